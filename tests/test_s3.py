"""The pages of a fax in S3: put, linked to and deleted over the real protocol, and what each failure means."""

import re
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from urllib.parse import parse_qs, urlsplit

import pytest

from bot.local.aws import LocalAws
from bot.local.aws.endpoint import Kind
from bot.services import s3
from bot.services.s3 import FaxMedia, S3Away, S3Refused
from tests.support.outside import fetched, local_aws, made_new, media_of, pdf

KEY = "faxes/2026/11/24/opsbot-0.pdf"


@pytest.fixture(scope="module")
async def running() -> AsyncIterator[tuple[LocalAws, FaxMedia]]:
    """Run AWS, and make the bot's client of it."""
    with pytest.MonkeyPatch.context() as patch:
        async with local_aws(patch) as aws:
            media = media_of(aws)
            yield aws, media
            media.close()


@pytest.fixture
def aws(running: tuple[LocalAws, FaxMedia]) -> LocalAws:
    """Give AWS as new."""
    return made_new(running[0])


@pytest.fixture
def media(running: tuple[LocalAws, FaxMedia]) -> FaxMedia:
    """Give the bot's client of it."""
    return running[1]


async def test_pages_are_put_linked_to_and_deleted(aws: LocalAws, media: FaxMedia) -> None:
    await media.put(KEY, pdf("first"))
    await media.put(KEY, pdf("second"))
    assert aws.objects() == {KEY: pdf("second")}
    assert await fetched(await media.link(KEY)) == (200, pdf("second"))
    await media.delete(KEY)
    await media.delete(KEY)
    assert aws.objects() == {}


async def test_a_key_of_unusual_characters_is_linked_to_as_well(aws: LocalAws, media: FaxMedia) -> None:
    key = "faxes/a b+c~d%2Fe/御案内.pdf"
    await media.put(key, b"%PDF-")
    assert await fetched(await media.link(key)) == (200, b"%PDF-")
    assert aws.objects() == {key: b"%PDF-"}


@pytest.mark.parametrize(
    ("kind", "kept", "status"),
    [("status", 0, 500), ("status", 0, 503), ("throttle", 0, 503), ("answer_lost", 1, 500)],
)
async def test_what_may_be_tried_again_was_tried_once(
    aws: LocalAws, media: FaxMedia, kind: Kind, kept: int, status: int
) -> None:
    aws.fault(kind, status=status, count=1)
    with pytest.raises(S3Away):
        await media.put(KEY, b"%PDF-")
    assert aws.requests == {"PutObject": 1}
    assert len(aws.objects()) == kept
    await media.put(KEY, b"%PDF-")
    assert aws.objects() == {KEY: b"%PDF-"}


async def test_an_s3_that_never_answers_is_waited_for_no_longer_than_its_time(
    aws: LocalAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(s3, "_READ_TIMEOUT", 0.3)
    media = media_of(aws)
    aws.fault("black_hole", count=1)
    with pytest.raises(S3Away, match="ReadTimeoutError"):
        await media.put(KEY, b"%PDF-")
    media.close()
    assert (aws.requests, aws.objects()) == ({"PutObject": 1}, {})


async def test_a_slow_answer_is_an_answer(aws: LocalAws, media: FaxMedia) -> None:
    aws.fault("delay", seconds=0.05, count=1)
    await media.put(KEY, b"%PDF-")
    assert aws.objects() == {KEY: b"%PDF-"}


async def test_that_nothing_listens_may_be_tried_again(aws: LocalAws) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    media = FaxMedia(bucket=aws.bucket, region=aws.region, endpoint_url=url)
    with pytest.raises(S3Away, match="does not answer"):
        await media.put(KEY, b"%PDF-")


async def refusal(media: FaxMedia, aws: LocalAws) -> str:
    """Put pages, and return why that is refused: in one request, and without a secret or a link."""
    before = aws.requests["PutObject"]
    with pytest.raises(S3Refused) as caught:
        await media.put(KEY, b"%PDF-")
    said = str(caught.value)
    assert aws.requests["PutObject"] - before <= 1
    assert aws.objects() == {}
    assert not re.search(rf"{aws.access_key_id}|{aws.secret_access_key}|http|X-Amz", said)
    return said


async def test_what_a_person_must_mend_is_said_in_words(aws: LocalAws, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "correct FAX_MEDIA_BUCKET" in await refusal(media_of(aws, bucket="no-such-bucket"), aws)
    aws.fault("denied", count=1)
    assert "s3:PutObject" in await refusal(media_of(aws), aws)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another")
    assert "credentials" in await refusal(media_of(aws), aws)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "another")
    assert "credentials" in await refusal(media_of(aws), aws)


async def test_a_bucket_in_another_region_is_refused_and_never_followed(aws: LocalAws) -> None:
    """Boto3 would follow it; a link signed for the first region would then lead nowhere."""
    aws.s3.add_bucket("far-away", "eu-west-1")
    media = media_of(aws, bucket="far-away")
    for _ in range(2):
        with pytest.raises(S3Refused, match="another region"):
            await media.put(KEY, b"%PDF-")
    media.close()
    assert aws.requests == {"PutObject": 2}
    assert "another region" in await refusal(media_of(aws, region="eu-west-1"), aws)


async def test_a_clock_that_is_wrong_is_named(aws: LocalAws, media: FaxMedia) -> None:
    aws.ahead = 16 * 60
    assert "clock" in await refusal(media, aws)


async def test_no_credentials_are_named(aws: LocalAws, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    assert "no AWS credentials" in await refusal(media_of(aws), aws)


async def test_a_link_longer_than_the_fax_service_takes_is_refused(
    aws: LocalAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SESSION_TOKEN", "t" * 1700)
    media = media_of(aws)
    with pytest.raises(S3Refused, match="the fax service takes 2,000"):
        await media.link(KEY)
    media.close()


@pytest.mark.parametrize("bad", [{"region": "Not a region"}, {"endpoint_url": "nonsense"}])
def test_settings_that_cannot_be_are_refused_when_the_client_is_made(bad: dict[str, str]) -> None:
    with pytest.raises(S3Refused, match="AWS_REGION or AWS_ENDPOINT_URL"):
        FaxMedia(**{"bucket": "some-bucket", "region": "ap-northeast-1", "endpoint_url": None, **bad})  # type: ignore[arg-type]


async def test_at_aws_itself_a_link_is_signed_by_version_4_for_the_buckets_own_host(aws: LocalAws) -> None:
    media = FaxMedia(bucket=aws.bucket, region="ap-northeast-1", endpoint_url=None)
    link = urlsplit(await media.link(KEY, seconds=60))
    media.close()
    query = parse_qs(link.query)
    assert (link.scheme, link.netloc) == ("https", f"{aws.bucket}.s3.ap-northeast-1.amazonaws.com")
    assert link.path == f"/{KEY}"
    assert query["X-Amz-Algorithm"] == ["AWS4-HMAC-SHA256"]
    assert query["X-Amz-Expires"] == ["60"]
    assert "/ap-northeast-1/s3/" in query["X-Amz-Credential"][0]


def test_boto3_is_loaded_for_faxes_only() -> None:
    code = "import sys, bot.services.s3; sys.exit(bool({'boto3', 'botocore'} & sys.modules.keys()))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


async def test_a_client_shows_no_secret(aws: LocalAws, media: FaxMedia) -> None:
    assert repr(media) == f"FaxMedia(bucket='{aws.bucket}')"
