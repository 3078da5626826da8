"""Faxes through Telnyx: one request each, what every failure of it means, and how a lost answer is settled."""

import base64
import json
import socket
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from aiohttp import web

from bot.local.telnyx import LocalTelnyx
from bot.local.telnyx.server import Kind
from bot.services import telnyx as services
from bot.services.telnyx import RANK, AnswerLost, NotSent, TelnyxAway, TelnyxRefused, client, effect_of, group, words
from tests.support.outside import NUMBER, Handler, SetClock, client_of, local_telnyx, serving, telnyx_client

LINK = "http://127.0.0.1:9/faxes/secret.pdf?X-Amz-Signature=secret"
REASONS = {
    "user_busy": "later",
    "fax_signaling_error": "later",
    "receiver_unallocated_number": "number",
    "file_format_invalid": "file",
    "unverified_origination_number": "account",
    "sender_canceled": "canceled",
    "something_new": "unknown",
    None: "unknown",
}


@pytest.fixture(scope="module")
async def running() -> AsyncIterator[LocalTelnyx]:
    """Run Telnyx."""
    async with local_telnyx(SetClock()) as telnyx:
        yield telnyx


@pytest.fixture
def telnyx(running: LocalTelnyx) -> LocalTelnyx:
    """Give Telnyx without faults; faxes of earlier tests are there."""
    running.heal()
    running.requests.clear()
    return running


def carrying(telnyx: LocalTelnyx, effect: UUID) -> list[str]:
    """Return the ids of the accepted faxes that carry this effect."""
    return [fax.id for fax in telnyx.faxes() if effect_of(fax.client_state) == effect]


async def test_a_fax_is_asked_for_once_and_carries_our_id(telnyx: LocalTelnyx) -> None:
    effect = uuid4()
    async with telnyx_client(telnyx, hook="http://127.0.0.1:9/telnyx/events") as made:
        fax = await made.send(to=NUMBER, media_url=LINK, effect=effect)
        assert await made.status(fax.id) is not None
        assert await made.status(str(uuid4())) is None
    assert (fax.status, fax.failure_reason, fax.to, effect_of(fax.client_state)) == ("queued", None, NUMBER, effect)
    assert fax.created_at == SetClock().now()
    (accepted,) = [one for one in telnyx.faxes() if one.id == fax.id]
    assert (accepted.media_url, accepted.webhook_url) == (LINK, "http://127.0.0.1:9/telnyx/events")
    assert telnyx.requests == {"send": 1, "status": 2}


@pytest.mark.parametrize(
    ("kind", "raised", "accepted"),
    [
        ("answer_lost", AnswerLost, 1),
        ("dropped", AnswerLost, 0),
        ("timeout_before", AnswerLost, 0),
        ("timeout_after", AnswerLost, 1),
        ("error_before", AnswerLost, 0),
        ("error_after", AnswerLost, 1),
        ("redirect", AnswerLost, 0),
        ("garbage", AnswerLost, 1),
        ("rate_limited", NotSent, 0),
    ],
)
async def test_under_each_fault_there_is_one_request_and_finding_says_what_became_of_it(
    telnyx: LocalTelnyx, monkeypatch: pytest.MonkeyPatch, kind: Kind, raised: type[Exception], accepted: int
) -> None:
    effect = uuid4()
    telnyx.fault(kind, count=1)
    async with telnyx_client(telnyx) as made:
        with monkeypatch.context() as patch:
            patch.setattr(client, "TIMEOUT", 0.5 if kind.startswith("timeout") else client.TIMEOUT)
            with pytest.raises(raised) as caught:
                await made.send(to=NUMBER, media_url=LINK, effect=effect)
        found = await made.find(to=NUMBER, effect=effect, since=SetClock().now())
        assert await made.find(to=NUMBER, effect=uuid4(), since=SetClock().now()) is None
    assert telnyx.requests["send"] == 1
    ids = carrying(telnyx, effect)
    assert len(ids) == accepted
    assert [found.id] == ids if found else ids == []
    assert not any(secret in str(caught.value) for secret in (NUMBER, "secret", telnyx.api_key))


@pytest.mark.parametrize(
    "kind", ["answer_lost", "dropped", "timeout_before", "error_before", "redirect", "garbage", "rate_limited"]
)
async def test_a_question_without_an_answer_is_never_taken_for_no(
    telnyx: LocalTelnyx, monkeypatch: pytest.MonkeyPatch, kind: Kind
) -> None:
    async with telnyx_client(telnyx) as made:
        fax = await made.send(to=NUMBER, media_url=LINK, effect=uuid4())
        monkeypatch.setattr(client, "TIMEOUT", 0.3 if kind.startswith("timeout") else client.TIMEOUT)
        telnyx.fault(kind, operation="*", retry_after=7)
        for question in (made.find(to=NUMBER, effect=uuid4(), since=SetClock().now()), made.status(fax.id)):
            with pytest.raises(TelnyxAway) as caught:
                await question
            assert caught.value.retry_after == (7 if kind == "rate_limited" else None)
            assert NUMBER not in str(caught.value)


async def test_how_long_to_wait_is_read_where_telnyx_says_it(telnyx: LocalTelnyx) -> None:
    async with telnyx_client(telnyx) as made:
        for retry_after in (12.0, None):
            telnyx.fault("rate_limited", count=1, retry_after=retry_after)
            with pytest.raises(NotSent) as caught:
                await made.send(to=NUMBER, media_url=LINK, effect=uuid4())
            assert caught.value.retry_after == retry_after


def answering(status: int, content: object) -> Handler:
    """Answer everything so."""

    async def handler(_request: web.Request) -> web.StreamResponse:
        text = content if isinstance(content, str) else json.dumps(content)
        return web.Response(status=status, text=text, content_type="application/json")

    return handler


@pytest.mark.parametrize(
    ("status", "content", "raised"),
    [
        *((status, {"errors": [{"code": "10015"}]}, TelnyxRefused) for status in (400, 401, 402, 403, 404, 413, 422)),
        (403, "<html>", TelnyxRefused),
        *((status, {}, AnswerLost) for status in (301, 302, 307, 408, 409, 425, 499, 500, 502, 503, 504)),
        (202, "", AnswerLost),
        (202, {"data": {"id": "", "status": "queued"}}, AnswerLost),
        (202, {"data": {"id": "1"}}, AnswerLost),
        (200, [1], AnswerLost),
        (200, "[" * 100_000, AnswerLost),
        (200, "x" * (client._LARGEST_ANSWER + 1), AnswerLost),  # noqa: SLF001
    ],
)
async def test_what_an_answer_means(status: int, content: object, raised: type[Exception]) -> None:
    async with serving(answering(status, content)) as url, client_of(url) as made:
        with pytest.raises(raised):
            await made.send(to=NUMBER, media_url=LINK, effect=uuid4())


async def test_where_nothing_listens_nothing_was_sent() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/v2"
    async with client_of(url) as made:
        with pytest.raises(NotSent):
            await made.send(to=NUMBER, media_url=LINK, effect=uuid4())
        with pytest.raises(TelnyxAway):
            await made.status("1")


async def test_a_refusal_says_why_in_words_and_never_repeats_what_was_sent(telnyx: LocalTelnyx) -> None:
    told = []
    for key, connection in (("KEYwrong", telnyx.connection_id), (telnyx.api_key, "17")):
        async with client_of(telnyx.url, key=key, connection=connection) as made:
            with pytest.raises(TelnyxRefused) as caught:
                await made.send(to=NUMBER, media_url=LINK, effect=uuid4())
            told.append((caught.value.code, str(caught.value)))
            assert not any(secret in repr((made, caught.value)) for secret in (key, NUMBER, "secret"))
    no_connection = "there is no such connection: correct TELNYX_CONNECTION_ID (field connection_id)"
    assert told == [
        ("10009", "Telnyx refuses: the key is not valid: correct TELNYX_API_KEY, code 10009"),
        ("10017", f"Telnyx refuses: {no_connection}, code 10017"),
    ]
    async with client_of(telnyx.url, key="KEYwrong") as made:
        with pytest.raises(TelnyxRefused, match="TELNYX_API_KEY"):
            await made.find(to=NUMBER, effect=uuid4(), since=SetClock().now())


async def test_what_telnyx_would_refuse_is_not_even_asked(telnyx: LocalTelnyx) -> None:
    async with telnyx_client(telnyx) as made:
        for number in (
            "0398765432",
            "+0398765432",
            "+81-3-9876-5432",
            "sip:a@example.com",
            "+\N{FULLWIDTH DIGIT EIGHT}1398765432",
            "",
        ):
            with pytest.raises(TelnyxRefused) as caught:
                await made.send(to=number, media_url=LINK, effect=uuid4())
            assert caught.value.code == "10016"
        with pytest.raises(TelnyxRefused):
            await made.send(to=NUMBER, media_url=LINK + "x" * 2000, effect=uuid4())
    assert telnyx.requests == {}


async def test_a_fax_is_found_on_every_page_and_among_others(
    telnyx: LocalTelnyx, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "_PAGE_SIZE", 2)
    other, effects = "+81311112222", [uuid4() for _ in range(5)]
    async with telnyx_client(telnyx) as made:
        sent = [await made.send(to=other, media_url=LINK, effect=effect) for effect in effects]
        for effect, fax in zip(effects, sent, strict=True):
            found = await made.find(to=other, effect=effect, since=SetClock().now())
            assert found is not None
            assert found.id == fax.id
        assert await made.find(to=NUMBER, effect=effects[0], since=SetClock().now()) is None
        telnyx.requests.clear()
        assert await made.find(to=other, effect=uuid4(), since=SetClock().now()) is None
        assert telnyx.requests == {"list": 3}
        # Its clock and ours differ, so an hour is looked at before the time at which we began.
        for earlier, there in ((59, True), (61, False)):
            since = SetClock().now() + timedelta(minutes=earlier)
            assert (await made.find(to=other, effect=effects[0], since=since) is not None) is there


async def test_a_fax_that_does_not_appear_at_once_is_found_later(telnyx: LocalTelnyx) -> None:
    effect = uuid4()
    async with telnyx_client(telnyx) as made:
        await made.send(to=NUMBER, media_url=LINK, effect=effect)
        telnyx.fault("hidden", count=1)
        assert await made.find(to=NUMBER, effect=effect, since=SetClock().now()) is None
        assert await made.find(to=NUMBER, effect=effect, since=SetClock().now()) is not None


async def test_a_list_without_an_end_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "_MOST_PAGES", 3)
    endless: dict[str, object] = {"data": [{"client_state": "other"}], "meta": {"total_pages": 1000}}
    broken: list[dict[str, object]] = [{"data": []}, {"data": [1], "meta": {"total_pages": 1}}, {"meta": {}}]
    for content in (endless, *broken):
        async with serving(answering(200, content)) as url, client_of(url) as made:
            with pytest.raises(TelnyxAway):
                await made.find(to=NUMBER, effect=uuid4(), since=SetClock().now())


def test_our_id_is_read_back_and_nothing_else_is() -> None:
    effect = uuid4()
    assert effect_of(base64.b64encode(str(effect).encode()).decode()) == effect
    for other in (None, "", "no base64", base64.b64encode(b"\xff\xfe").decode(), base64.b64encode(b"id").decode()):
        assert effect_of(other) is None


@pytest.mark.parametrize("reason", REASONS)
def test_each_reason_has_a_group_and_words(reason: str | None) -> None:
    assert group(reason) == REASONS[reason]
    assert words(reason)


def test_a_reason_that_nobody_knows_is_shown_as_it_is_made_safe() -> None:
    assert words("line_eaten_by_mice") == "Telnyx says line_eaten_by_mice"
    assert words("<!channel> *x* `y` &") == "Telnyx says channel x y"
    assert len(words("x" * 1000)) < 80
    assert words("<>") == words(None) == "Telnyx gave no reason"


def test_states_go_forward_and_the_last_ones_stay() -> None:
    assert sorted(RANK, key=lambda one: RANK[one])[:5] == [
        "queued",
        "media.processing",
        "media.processed",
        "originated",
        "sending",
    ]
    assert RANK["delivered"] == RANK["failed"] > RANK["sending"]


async def test_the_older_name_of_sending_is_read_as_sending() -> None:
    content = {"data": {"id": "1", "status": "sending.started", "created_at": "2026-11-24T01:00:00Z", "page_count": 2}}
    async with serving(answering(200, content)) as url, client_of(url) as made:
        fax = await made.status("1")
    assert fax == services.Fax("1", "sending", None, None, "", datetime(2026, 11, 24, 1, tzinfo=UTC), 2)
