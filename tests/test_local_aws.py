"""The AWS of trials refuses what the real one refuses: signatures, links, regions, wrong and unwritten requests."""

import asyncio
import base64
import hashlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import aiohttp
import boto3
import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from bot.local.aws import LocalAws
from bot.local.aws.models import load
from tests.support.outside import fetched, local_aws, made_new

KEY = "a/b.pdf"
_CONFIG = Config(signature_version="s3v4", retries={"total_max_attempts": 1, "mode": "standard"})


@pytest.fixture(scope="module")
async def running() -> AsyncIterator[tuple[LocalAws, Any]]:
    """Run AWS, and make a client of S3."""
    with pytest.MonkeyPatch.context() as patch:
        async with local_aws(patch) as aws:
            yield aws, client(aws)


@pytest.fixture
def aws(running: tuple[LocalAws, Any]) -> LocalAws:
    """Give AWS as new."""
    return made_new(running[0])


@pytest.fixture
def s3(running: tuple[LocalAws, Any]) -> Any:
    """Give a client of its S3."""
    return running[1]


def client(aws: LocalAws, service: str = "s3", *, region: str | None = None, config: Config = _CONFIG) -> Any:
    """Make a client of a service."""
    return boto3.session.Session().client(
        service, region_name=region or aws.region, endpoint_url=aws.url, config=config
    )


async def refused(call: Callable[..., Any], **members: Any) -> tuple[int, str, str]:
    """Make a call that is refused; return status, code and message."""
    with pytest.raises(ClientError) as caught:
        await asyncio.to_thread(call, **members)
    answer = caught.value.response
    return answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"], answer["Error"].get("Message", "")


def link(s3: Any, aws: LocalAws, seconds: int = 60) -> str:
    """Return a link to the one object."""
    return str(s3.generate_presigned_url("get_object", Params={"Bucket": aws.bucket, "Key": KEY}, ExpiresIn=seconds))


async def code_of(url: str) -> tuple[int, str]:
    """Fetch an address that is refused; return status and code."""
    status, content = await fetched(url)
    return status, content.decode().partition("<Code>")[2].partition("</Code>")[0]


async def test_an_object_is_put_looked_at_fetched_and_deleted(aws: LocalAws, s3: Any) -> None:
    await asyncio.to_thread(s3.put_object, Bucket=aws.bucket, Key=KEY, Body=b"%PDF-", ContentType="application/pdf")
    head = await asyncio.to_thread(s3.head_object, Bucket=aws.bucket, Key=KEY)
    assert (head["ContentType"], head["ContentLength"]) == ("application/pdf", 5)
    got = await asyncio.to_thread(s3.get_object, Bucket=aws.bucket, Key=KEY)
    assert await asyncio.to_thread(got["Body"].read) == b"%PDF-"
    await asyncio.to_thread(s3.delete_object, Bucket=aws.bucket, Key=KEY)
    assert (await refused(s3.get_object, Bucket=aws.bucket, Key=KEY))[:2] == (404, "NoSuchKey")
    assert (await refused(s3.head_object, Bucket=aws.bucket, Key=KEY))[:2] == (404, "404")


async def test_buckets_are_made_by_their_rules(aws: LocalAws, s3: Any) -> None:
    here = {"LocationConstraint": aws.region}
    await asyncio.to_thread(s3.create_bucket, Bucket="another", CreateBucketConfiguration=here)
    head = await asyncio.to_thread(s3.head_bucket, Bucket="another")
    assert head["BucketRegion"] == aws.region
    again = await refused(s3.create_bucket, Bucket="another", CreateBucketConfiguration=here)
    assert again[:2] == (409, "BucketAlreadyOwnedByYou")
    there = {"LocationConstraint": "eu-west-1"}
    for bad in ({"CreateBucketConfiguration": there}, {}):
        assert (await refused(s3.create_bucket, Bucket="third", **bad))[1] == "IllegalLocationConstraintException"
    strange = {"LocationConstraint": "the-moon-1"}
    assert (await refused(s3.create_bucket, Bucket="third", CreateBucketConfiguration=strange))[1] == "InvalidArgument"
    named = await refused(s3.create_bucket, Bucket="Not_A_Bucket", CreateBucketConfiguration=here)
    assert named[1] == "InvalidBucketName"
    assert (await refused(s3.head_bucket, Bucket="nowhere"))[:2] == (404, "404")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (f"/{KEY}?", "/a/c.pdf?"),
        ("X-Amz-Expires=60", "X-Amz-Expires=61"),
        ("X-Amz-SignedHeaders=host", "X-Amz-SignedHeaders=host%3Brange"),
        ("X-Amz-Signature=", "X-Amz-Signature=0"),
        ("?", "?versionId=1&"),
    ],
)
async def test_a_link_that_was_changed_is_refused(aws: LocalAws, s3: Any, before: str, after: str) -> None:
    await asyncio.to_thread(s3.put_object, Bucket=aws.bucket, Key=KEY, Body=b"%PDF-")
    good = link(s3, aws)
    assert (await fetched(good))[0] == 200
    assert await code_of(good.replace(before, after, 1)) == (403, "SignatureDoesNotMatch")


async def test_a_link_ends_and_begins_by_machine_time(aws: LocalAws, s3: Any) -> None:
    good = link(s3, aws)
    aws.ahead = 62
    assert await code_of(good) == (403, "AccessDenied")
    aws.ahead = -1000
    assert await code_of(good) == (403, "AccessDenied")
    aws.ahead = 0
    assert await code_of(link(s3, aws, 604_801)) == (400, "AuthorizationQueryParametersError")


async def test_a_link_for_elsewhere_or_of_the_old_kind_is_refused(aws: LocalAws, s3: Any) -> None:
    elsewhere = link(client(aws, region="eu-west-1"), aws)
    assert await code_of(elsewhere) == (400, "AuthorizationQueryParametersError")
    old = link(client(aws, config=Config(signature_version="s3")), aws)
    assert "AWSAccessKeyId" in old
    assert await code_of(old) == (400, "InvalidRequest")
    good = link(s3, aws)
    assert await code_of(good.partition("?")[0]) == (403, "AccessDenied")
    assert await code_of(good.replace("X-Amz-Date", "X-Amz-Day")) == (400, "AuthorizationQueryParametersError")
    assert await code_of(good.replace(aws.access_key_id, "NOBODY")) == (403, "InvalidAccessKeyId")
    assert await code_of(f"{good}&X-Amz-Security-Token=token") == (400, "InvalidToken")


async def put_signed(aws: LocalAws, change: Callable[[AWSRequest], None]) -> tuple[int, str]:
    """Sign a request well, change it, and send it; return status and code."""
    body = b"%PDF-"
    request = AWSRequest("PUT", f"{aws.url}/{aws.bucket}/{KEY}", data=body)
    request.headers["X-Amz-Content-SHA256"] = hashlib.sha256(body).hexdigest()
    credentials = Credentials(aws.access_key_id, aws.secret_access_key)
    S3SigV4Auth(credentials, "s3", aws.region).add_auth(request)
    change(request)
    async with (
        aiohttp.ClientSession() as session,
        session.put(request.url, data=request.data, headers=dict(request.headers.items())) as response,
    ):
        text = await response.text()
        return response.status, text.partition("<Code>")[2].partition("</Code>")[0]


async def test_a_signature_covers_body_headers_and_path(aws: LocalAws) -> None:
    def body(request: AWSRequest) -> None:
        request.data = b"%PDF+"

    def header(request: AWSRequest) -> None:
        request.headers["x-amz-acl"] = "public-read"

    def path(request: AWSRequest) -> None:
        request.url += "x"

    def unsigned(request: AWSRequest) -> None:
        del request.headers["Authorization"]

    def garbled(request: AWSRequest) -> None:
        request.headers.replace_header("Authorization", "AWS4-HMAC-SHA256 whatever")

    assert await put_signed(aws, lambda _request: None) == (200, "")
    assert aws.objects() == {KEY: b"%PDF-"}
    assert await put_signed(aws, body) == (400, "XAmzContentSHA256Mismatch")
    assert await put_signed(aws, header) == (403, "AccessDenied")
    assert await put_signed(aws, path) == (403, "SignatureDoesNotMatch")
    assert await put_signed(aws, unsigned) == (403, "AccessDenied")
    assert await put_signed(aws, garbled) == (400, "AuthorizationHeaderMalformed")
    aws.ahead = 901
    assert await put_signed(aws, lambda _request: None) == (403, "RequestTimeTooSkewed")


async def test_an_unwritten_operation_is_named_and_never_invented(aws: LocalAws, s3: Any) -> None:
    source = {"Bucket": aws.bucket, "Key": KEY}
    unwritten: list[tuple[str, Callable[..., Any], dict[str, Any]]] = [
        ("ListObjectsV2", s3.list_objects_v2, {"Bucket": aws.bucket}),
        ("ListBuckets", s3.list_buckets, {}),
        ("CopyObject", s3.copy_object, {"CopySource": source, "Bucket": aws.bucket, "Key": "c"}),
        ("UploadPart", s3.upload_part, {**source, "PartNumber": 1, "UploadId": "u", "Body": b""}),
        ("PutBucketLifecycleConfiguration", s3.put_bucket_lifecycle_configuration, {"Bucket": aws.bucket}),
    ]
    for name, call, members in unwritten:
        assert await refused(call, **members) == (501, "NotImplemented", f"{name} is not written here.")
    status, _, _ = await refused(client(aws, "cloudwatch").list_dashboards)
    assert status == 501


async def test_what_an_operation_does_not_heed_is_refused_and_not_passed_over(aws: LocalAws, s3: Any) -> None:
    put = {"Bucket": aws.bucket, "Key": KEY, "Body": b"%PDF-"}
    kms = await refused(s3.put_object, **put, ServerSideEncryption="aws:kms")
    assert kms == (501, "NotImplemented", "PutObject with ServerSideEncryption is not written here.")
    assert (await refused(s3.put_object, **put, StorageClass="CUPBOARD"))[:2] == (400, "InvalidArgument")
    wrong = base64.b64encode(bytes(16)).decode()
    assert (await refused(s3.put_object, **put, ContentMD5=wrong))[:2] == (400, "BadDigest")
    assert (await refused(s3.put_object, **put, ChecksumCRC32="AAAAAA=="))[:2] == (400, "BadDigest")
    assert aws.objects() == {}


async def test_an_answer_that_is_lost_was_given_all_the_same(aws: LocalAws, s3: Any) -> None:
    aws.fault("answer_lost", operation="PutObject", count=1)
    with pytest.raises(Exception, match="Connection was closed"):
        await asyncio.to_thread(s3.put_object, Bucket=aws.bucket, Key=KEY, Body=b"%PDF-")
    assert (aws.objects(), aws.requests["PutObject"]) == ({KEY: b"%PDF-"}, 1)


async def test_objects_are_kept_in_a_folder(
    tmp_path: Path, running: tuple[LocalAws, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await LocalAws.start(folder=tmp_path)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", first.access_key_id)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", first.secret_access_key)
    s3 = client(first)
    for key in (KEY, "../gone.pdf"):
        await asyncio.to_thread(s3.put_object, Bucket=first.bucket, Key=key, Body=b"%PDF-")
    await asyncio.to_thread(s3.delete_object, Bucket=first.bucket, Key="../gone.pdf")
    await first.close()
    second = await LocalAws.start(folder=tmp_path)
    assert second.objects() == {KEY: b"%PDF-"}
    await second.close()
    assert [path.parent.name for path in tmp_path.rglob("*.object")] == [running[0].bucket]


def test_botocore_speaks_to_s3_as_it_is_read_here() -> None:
    assert load("s3").resolved_protocol == "rest-xml"
