"""The HTTP edge lets Slack's signed requests through and answers everything else kindly."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Mapping
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from bot.slack.edge import MAX_BODY, make_web_app, serve
from tests.support.edge import ANOTHER_SECRET, CLICK, EVENT, FORM, SECRET, SUBMIT, Edge, form, payload, running_edge


@pytest.fixture
async def edge() -> AsyncIterator[Edge]:
    """Run an edge for one test."""
    async with running_edge() as running:
        yield running


async def test_a_signed_command_arrives_and_is_acknowledged_empty(edge: Edge) -> None:
    assert await edge.send(form(text="words & <more>")) == (200, "")
    ((kind, name, body, headers),) = edge.door.arrived
    assert (kind, name, body["text"]) == ("command", "/faxi-help", "words & <more>")
    assert "x-slack-signature" in headers


@pytest.mark.parametrize(
    "words", ["show the payload please", "payload", "payload={}&command=", "{payload", "payload=%7B%7D"]
)
async def test_a_command_whose_text_holds_the_word_payload_arrives(edge: Edge, words: str) -> None:
    assert await edge.send(form(text=words)) == (200, "")
    assert [body["text"] for _, _, body, _ in edge.door.arrived] == [words]


async def test_a_command_with_a_field_named_payload_is_still_a_command(edge: Edge) -> None:
    assert await edge.send(form(payload="{}")) == (200, "")
    assert edge.door.arrived[0][0] == "command"


@pytest.mark.parametrize(
    ("content", "kind", "name"),
    [
        (CLICK, "action", "restriction.approve"),
        (SUBMIT, "view", "restrict.ask"),
        (SUBMIT | {"type": "view_closed"}, "view_closed", "restrict.ask"),
        ({"type": "shortcut", "callback_id": "open.case", "user": {"id": "U0AOI"}}, "shortcut", "open.case"),
        ({"type": "message_action", "callback_id": "add.note", "user": {"id": "U0AOI"}}, "shortcut", "add.note"),
        ({"type": "block_suggestion", "action_id": "find", "value": "x", "user": {"id": "U0AOI"}}, "options", "find"),
    ],
)
async def test_each_kind_of_interaction_arrives_by_its_name(edge: Edge, content: object, kind: str, name: str) -> None:
    assert await edge.send(payload(content)) == (200, "")
    assert [one[:2] for one in edge.door.arrived] == [(kind, name)]


async def test_an_event_arrives_with_its_retry_headers(edge: Edge) -> None:
    sent = json.dumps(EVENT)
    assert (await edge.send(sent, content_type="application/json", retry_num="2", retry_reason="http_timeout"))[
        0
    ] == 200
    ((kind, name, body, headers),) = edge.door.arrived
    assert (kind, name, body["event_id"]) == ("event", "app_home_opened", "Ev1")
    assert (headers["x-slack-retry-num"], headers["x-slack-retry-reason"]) == ("2", "http_timeout")


async def test_what_the_bot_itself_does_does_not_come_back_as_an_event(edge: Edge) -> None:
    own = EVENT | {"event": {"type": "message", "user": "U0BOT", "bot_id": "B0BOT", "text": "hello"}}
    assert (await edge.send(json.dumps(own), content_type="application/json"))[0] == 200
    assert edge.door.arrived == []


async def test_a_submits_errors_and_options_travel_in_the_acknowledgement(edge: Edge) -> None:
    edge.door.answer = {"response_action": "errors", "errors": {"why": "Write a reason."}}
    status, text = await edge.send(payload(SUBMIT))
    assert (status, json.loads(text)) == (200, edge.door.answer)
    edge.door.answer = {"options": [{"text": {"type": "plain_text", "text": "One"}, "value": "1"}]}
    status, text = await edge.send(payload({"type": "block_suggestion", "action_id": "find", "user": {"id": "U0AOI"}}))
    assert (status, json.loads(text)) == (200, edge.door.answer)


@pytest.mark.parametrize("body", [form(), payload(CLICK), json.dumps(EVENT), payload(SUBMIT)])
async def test_an_interaction_that_fails_at_the_door_is_acknowledged_once_and_logged(edge: Edge, body: str) -> None:
    edge.door.failure = RuntimeError("the door is stuck")
    with capture_logs() as logs:
        assert await edge.send(body, content_type="application/json" if body[0] == "{" else FORM) == (200, "")
    assert len(edge.door.arrived) == 1
    (line,) = [one for one in logs if one["log_level"] == "error"]
    assert line["reference"]


BAD_SIGNATURES: dict[str, dict[str, Any]] = {
    "absent signature": {"signature": None},
    "absent timestamp": {"request_timestamp": None},
    "empty timestamp": {"request_timestamp": ""},
    "timestamp in words": {"request_timestamp": "yesterday"},
    "timestamp with a point": {"request_timestamp": "1795563660.5"},
    "negative timestamp": {"request_timestamp": "-1795563660"},
    "timestamp in other digits": {"request_timestamp": "\u0661\u0667"},
    "endless timestamp": {"request_timestamp": "9" * 5000},
    "late": {"age": 301},
    "from the future": {"age": -302},
    "signed by another": {"secret": ANOTHER_SECRET},
    "tampered body": {"sent": form(user_id="U0KEN").encode()},
    "signature of another form": {"signature": "v1=00"},
    "signature of zeros": {"signature": "v0=" + "0" * 64},
    "signature not ASCII": {"signature": "v0=\u00e9"},
    "empty signature": {"signature": ""},
}


@pytest.mark.parametrize("wrong", BAD_SIGNATURES.values(), ids=BAD_SIGNATURES)
@pytest.mark.parametrize("body", [form(), "{not json", payload(CLICK)], ids=["form", "bad JSON", "click"])
async def test_a_request_that_slack_did_not_sign_is_refused_and_logged_under_the_same_reference(
    edge: Edge, wrong: dict[str, Any], body: str
) -> None:
    with capture_logs() as logs:
        status, text = await edge.send(body, **wrong)
    assert status == 401
    assert edge.door.arrived == []
    (line,) = logs
    assert f"Reference {line['reference']}." in text
    assert "nothing was done" in text


async def test_a_signature_almost_five_minutes_old_still_holds(edge: Edge) -> None:
    assert (await edge.send(form(), age=295))[0] == 200


@pytest.mark.parametrize("signed", [True, False])
async def test_a_body_of_two_megabytes_is_refused_before_anything(edge: Edge, *, signed: bool) -> None:
    status, text = await edge.send(form(text="x" * 2_000_000), secret=SECRET if signed else ANOTHER_SECRET)
    assert status == 413
    assert "1 MB" in text
    assert edge.door.arrived == []


async def test_a_body_of_unknown_length_is_cut_at_the_limit(edge: Edge) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b"x" * (MAX_BODY // 20)

    headers = {"X-Slack-Request-Timestamp": str(int(time.time())), "X-Slack-Signature": "v0=" + "0" * 64}
    async with edge.session.post(f"{edge.served.url}/slack/events", data=endless(), headers=headers) as answer:
        assert answer.status == 413


UNREADABLE: dict[str, str] = {
    "bad JSON": "{not json",
    "bad JSON in a payload": urlencode({"payload": "{not json"}),
    "JSON that is no object": urlencode({"payload": "[1]"}),
    "empty": "",
    "very deep JSON": '{"a":' * 100_000,
    "very many fields": "&".join(f"a{n}=1" for n in range(5000)),
    "an event that is a word": json.dumps({"type": "event_callback", "event": "words"}),
    "a click without an action": payload({"type": "block_actions", "actions": []}),
    "a user that is a number": payload(CLICK | {"user": 7}),
    "authorizations that are words": json.dumps(EVENT | {"authorizations": "words"}),
}


@pytest.mark.parametrize("body", UNREADABLE.values(), ids=UNREADABLE)
async def test_a_signed_body_that_cannot_be_read_is_answered_with_400(edge: Edge, body: str) -> None:
    status, text = await edge.send(body)
    assert status == 400
    assert "cannot be read" in text
    assert edge.door.arrived == []


KEYS = st.sampled_from(["type", "command", "event", "actions", "view", "user", "team", "channel", "ssl_check", "id"])
VALUES = (
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from(["block_actions", "shortcut"])
)
SHAPES = st.dictionaries(
    KEYS, st.recursive(VALUES, lambda one: st.lists(one, max_size=2) | st.dictionaries(KEYS, one), max_leaves=4)
)


@settings(max_examples=25, deadline=None)
@given(st.lists(SHAPES, min_size=10, max_size=40))
def test_no_signed_shape_makes_a_500(shapes: list[dict[str, Any]]) -> None:
    async def send_all() -> None:
        async with running_edge() as running:
            for shape in shapes:
                for body in (json.dumps(shape), payload(shape)):
                    status, _ = await running.send(body)
                    assert status in {200, 400}

    asyncio.run(send_all())


async def test_bytes_that_are_no_text_are_refused(edge: Edge) -> None:
    assert (await edge.send(b"\xff\xfe"))[0] == 401


async def test_an_unknown_kind_of_request_is_acknowledged_and_logged(edge: Edge) -> None:
    with capture_logs() as logs:
        assert await edge.send(payload({"type": "a_kind_to_come", "user": {"id": "U0AOI"}})) == (200, "")
    assert [one["kind"] for one in logs] == ["a_kind_to_come"]


async def test_slacks_check_of_the_address_is_answered(edge: Edge) -> None:
    challenge = json.dumps({"type": "url_verification", "challenge": "c-123"})
    status, text = await edge.send(challenge, content_type="application/json")
    assert (status, "c-123" in text) == (200, True)
    assert (await edge.send(challenge, content_type="application/json", secret=ANOTHER_SECRET))[0] == 401
    assert (await edge.send(urlencode({"ssl_check": "1", "token": "x"})))[0] == 200


async def test_refused_requests_do_not_put_peoples_words_into_the_log(
    edge: Edge, caplog: pytest.LogCaptureFixture
) -> None:
    with capture_logs() as logs:
        await edge.send(form(text="words-of-a-person"), secret=ANOTHER_SECRET)
        await edge.send(payload({"type": "a_kind_to_come", "text": "words-of-a-person"}))
    assert "words-of-a-person" not in caplog.text + repr(logs)


async def test_the_process_says_whether_it_is_alive_and_ready_and_shows_its_figures(edge: Edge) -> None:
    assert (await edge.get("/healthz"))[0] == 200
    assert (await edge.get("/readyz"))[0] == 200
    edge.parts["database"] = "no answer since 12:03"
    status, text = await edge.get("/readyz")
    assert (status, json.loads(text)["database"]) == (503, "no answer since 12:03")
    await edge.send(form(), secret=ANOTHER_SECRET)
    status, text = await edge.get("/metrics")
    assert status == 200
    assert 'faxi_http_refused_total{reason="signature"}' in text


async def test_with_socket_mode_there_is_no_address_for_events() -> None:
    async def broken() -> Mapping[str, bool | str]:
        raise OSError("no database")

    served = await serve(make_web_app(slack=None, readiness=broken), "127.0.0.1", 0)
    async with aiohttp.ClientSession() as session:
        async with session.post(f"{served.url}/slack/events") as answer:
            assert answer.status == 404
        async with session.get(f"{served.url}/readyz") as answer:
            assert answer.status == 503
    await served.close()


async def test_closing_delivers_the_answer_that_is_under_way() -> None:
    asked, may_answer = asyncio.Event(), asyncio.Event()

    async def slow() -> Mapping[str, bool | str]:
        asked.set()
        await may_answer.wait()
        return {"database": True}

    served = await serve(make_web_app(slack=None, readiness=slow), "127.0.0.1", 0)

    async def ask() -> int:
        async with aiohttp.ClientSession() as session, session.get(f"{served.url}/readyz") as answer:
            return answer.status

    asking = asyncio.create_task(ask())
    await asked.wait()
    closing = asyncio.create_task(served.close())
    may_answer.set()
    assert await asking == 200
    await closing
