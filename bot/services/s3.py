"""The pages of a fax in S3: put there, linked to for the fax service, and deleted again.

Putting the same key again changes nothing, so an answer that was lost costs nothing. Nothing is
tried again here: whoever calls knows whether it may be.
"""

import asyncio
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar
from urllib.parse import urlsplit

LONGEST_LINK = 2000
"""Characters that the fax service takes as the address of the pages (its general limit for addresses)."""

_Answer = TypeVar("_Answer")
_THREADS = 4
_CONNECT_TIMEOUT = 3.0
_READ_TIMEOUT = 10.0
_SERVER = 500
_ELSEWHERE = frozenset({301, 302, 307})
# S3's own trouble, or too much of ours, told with another status than 5xx.
_LATER = frozenset(
    {"InternalError", "OperationAborted", "RequestTimeout", "ServiceUnavailable", "SlowDown", "Throttling",
     "ThrottlingException", "TooManyRequestsException", "RequestLimitExceeded", "429"}
)  # fmt: skip
_OTHER_REGION = "the bucket lies in another region than AWS_REGION says: correct AWS_REGION or FAX_MEDIA_BUCKET"
_KEY = "the AWS access key is not known or its secret is wrong: correct the AWS credentials"
_SENTENCES = {
    "AccessDenied": "the bot may not do this in the bucket: allow s3:PutObject, s3:GetObject and s3:DeleteObject",
    "AllAccessDisabled": "the AWS account or the bucket is closed: ask AWS support",
    "AuthorizationHeaderMalformed": _OTHER_REGION,
    "ExpiredToken": "the AWS session has ended: give the bot new credentials",
    "InvalidAccessKeyId": _KEY,
    "InvalidToken": "the AWS session token is not valid: give the bot new credentials",
    "NoSuchBucket": "there is no such bucket: make it, or correct FAX_MEDIA_BUCKET",
    "PermanentRedirect": _OTHER_REGION,
    "RequestTimeTooSkewed": "this machine's clock is wrong by more than 15 minutes: set it right",
    "SignatureDoesNotMatch": _KEY,
}


class S3Away(Exception):
    """S3 did not answer, or not now; the same call may be tried again."""


class S3Refused(Exception):
    """S3 said no: trying again does not help, a person must mend it; the message says what, without a secret."""


class FaxMedia:
    """The bucket in which the pages of faxes lie, for as long as the fax service fetches them."""

    def __init__(self, *, bucket: str, region: str, endpoint_url: str | None) -> None:
        """Make the one client of the process; this takes some 0.3 s, so do it in a thread, before serving.

        Args:
            bucket: the bucket's name.
            region: the region in which the bucket lies; a link that is signed for another one is refused.
            endpoint_url: the address of S3 where it is not AWS's own; loopback gets path style by itself.

        Raises:
            S3Refused: bucket, region or address cannot be right.
        """
        import boto3  # noqa: PLC0415 - takes a quarter of a second and 25 MB that only faxes need
        from botocore.config import Config  # noqa: PLC0415 - the same

        self._bucket = bucket
        # boto3 would sign links the old way, and for the host without a region, which redirects.
        config = Config(
            signature_version="s3v4",
            s3={"addressing_style": "path" if _is_loopback(endpoint_url) else "virtual"},
            retries={"total_max_attempts": 1, "mode": "standard"},
            connect_timeout=_CONNECT_TIMEOUT,
            read_timeout=_READ_TIMEOUT,
            max_pool_connections=_THREADS,
            proxies={} if _is_loopback(endpoint_url) else None,
        )
        with _failures():
            session = boto3.session.Session()
            self._client = session.client("s3", region_name=region, endpoint_url=endpoint_url, config=config)
        self._client.meta.events.register_first("needs-retry.s3", _stay)
        # Of its own, so that an S3 that hangs leaves the threads of others free.
        self._threads = ThreadPoolExecutor(max_workers=_THREADS, thread_name_prefix="s3")

    def __repr__(self) -> str:
        """Name the bucket and no secret."""
        return f"FaxMedia(bucket={self._bucket!r})"

    async def put(self, key: str, pdf: bytes) -> None:
        """Put the pages under a key; the same key again replaces them.

        A cancelled call may still be carried out: it goes on in its thread, until S3's time-out.

        Raises:
            S3Away: no answer; it may be tried again.
            S3Refused: a person must mend it.
        """
        await self._call(
            lambda: self._client.put_object(Bucket=self._bucket, Key=key, Body=pdf, ContentType="application/pdf")
        )

    async def link(self, key: str, *, seconds: int = 3600) -> str:
        """Return an address under which anybody can fetch the pages, for a while of machine time.

        With the credentials of a role it dies with their session, however long ``seconds`` is; so it is made
        when the fax is sent. It is a secret: neither logged nor stored.

        Raises:
            S3Away: the credentials could not be renewed; it may be tried again.
            S3Refused: there are no credentials, or the address is longer than the fax service takes.
        """
        link: str = await self._call(
            lambda: self._client.generate_presigned_url(
                "get_object", Params={"Bucket": self._bucket, "Key": key}, ExpiresIn=seconds
            )
        )
        if len(link) > LONGEST_LINK:
            raise S3Refused(
                f"The link to the pages has {len(link):,} characters, and the fax service takes {LONGEST_LINK:,}: "
                "use credentials with a shorter session token, or none"
            )
        return link

    async def delete(self, key: str) -> None:
        """Delete the pages; that there are none is no failure.

        Raises:
            S3Away: no answer; it may be tried again.
            S3Refused: a person must mend it.
        """
        await self._call(lambda: self._client.delete_object(Bucket=self._bucket, Key=key))

    def close(self) -> None:
        """Let go of the threads and connections; what runs ends by its time-out."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._client.close()

    async def _call(self, work: Callable[[], _Answer]) -> _Answer:
        def in_thread() -> _Answer:
            with _failures():
                return work()

        return await asyncio.get_running_loop().run_in_executor(self._threads, in_thread)


def _is_loopback(url: str | None) -> bool:
    return (urlsplit(url or "").hostname or "") in {"127.0.0.1", "localhost", "::1"}


def _stay(response: Any = None, **_more: Any) -> None:
    """Refuse to follow the bucket to another region: boto3 would, but a link signed for here would not work.

    Raises:
        S3Refused: the bucket lies in another region.
    """
    if response is None:
        return
    answer, said = response
    code = str(said.get("Error", {}).get("Code", ""))
    if (answer is not None and answer.status_code in _ELSEWHERE) or _SENTENCES.get(code) == _OTHER_REGION:
        raise S3Refused(f"S3 refuses: {_OTHER_REGION}")


@contextmanager
def _failures() -> Iterator[None]:
    """Turn what boto3 raises inside into one of ours.

    Raises:
        S3Away: it may be tried again.
        S3Refused: it may not.
    """
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - loaded with boto3
    from botocore.parsers import ResponseParserError  # noqa: PLC0415 - the same

    try:
        yield
    except ClientError as error:
        raise _said(error.response) from None
    except (BotoCoreError, ResponseParserError) as error:
        raise _unsaid(error) from None
    except ValueError as error:  # an address or a region that is none
        raise S3Refused(f"S3 cannot be used ({type(error).__name__}): correct AWS_REGION or AWS_ENDPOINT_URL") from None


def _said(response: Any) -> S3Away | S3Refused:
    """Say what an error that S3 answered means; AWS's own text names accounts and keys, so it is not repeated."""
    code = str(response.get("Error", {}).get("Code", ""))
    status = int(response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    shown = re.sub(r"[^A-Za-z0-9.]", "", code)[:60] or "no reason"
    if status >= _SERVER or code in _LATER:
        return S3Away(f"S3 has trouble of its own ({shown})")
    return S3Refused(f"S3 refuses: {_SENTENCES.get(code, f'{shown} (status {status})')}")


def _unsaid(error: Exception) -> S3Away | S3Refused:
    """Say what it means that no answer came."""
    from botocore import exceptions, parsers  # noqa: PLC0415 - loaded with boto3

    kind = type(error).__name__
    # What boto3 could not reach, could not read, or could not renew from where credentials come.
    away = (
        exceptions.ConnectionError,
        exceptions.HTTPClientError,
        exceptions.IncompleteReadError,
        parsers.ResponseParserError,
        exceptions.CredentialRetrievalError,
    )
    if isinstance(error, away):
        return S3Away(f"S3 does not answer ({kind})")
    if isinstance(error, exceptions.NoCredentialsError | exceptions.PartialCredentialsError):
        return S3Refused("S3 cannot be used: there are no AWS credentials, or not all: give the bot some")
    return S3Refused(f"S3 cannot be used ({kind}): correct AWS_REGION or AWS_ENDPOINT_URL")
