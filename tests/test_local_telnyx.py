"""The Telnyx of trials refuses what the real one refuses, fetches pages itself, and tells what becomes of a fax."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp
import pytest
from aiohttp import web

from bot.local.telnyx import LocalTelnyx, account, fetching
from tests.support.outside import (
    NUMBER,
    SetClock,
    local_aws,
    local_telnyx,
    media_of,
    pages,
    pdf,
    send,
    telnyx_client,
)

DEAD = "http://127.0.0.1:9/pages.pdf"


@pytest.fixture
def clock() -> SetClock:
    """Give business time."""
    return SetClock()


@pytest.fixture
async def telnyx(clock: SetClock) -> AsyncIterator[LocalTelnyx]:
    """Run Telnyx."""
    async with local_telnyx(clock) as running:
        yield running


def wanted(telnyx: LocalTelnyx, **other: Any) -> dict[str, Any]:
    """Write a request for a fax, with these fields set or (None) left out."""
    whole = {
        "connection_id": telnyx.connection_id,
        "from": telnyx.from_number,
        "to": NUMBER,
        "media_url": DEAD,
        **{name.removesuffix("_"): value for name, value in other.items()},
    }
    return {name: value for name, value in whole.items() if value is not None}


async def ask(
    telnyx: LocalTelnyx, method: str = "POST", path: str = "/faxes", *, key: str | None = None, **more: Any
) -> tuple[int, Any]:
    """Ask Telnyx, and return status and answer."""
    headers = {"Authorization": f"Bearer {key or telnyx.api_key}"}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.request(method, telnyx.url + path, **more) as response,
    ):
        return response.status, await response.json()


def said(answer: Any) -> tuple[str, str | None]:
    """Return code and field of a refusal."""
    (error,) = answer["errors"]
    return error["code"], error.get("source", {}).get("pointer")


@pytest.mark.parametrize(
    ("field", "value", "status", "code"),
    [
        ("connection_id", None, 422, "10004"),
        ("connection_id", "17", 422, "10017"),
        ("from_", None, 422, "10004"),
        ("from_", "0345670199", 422, "10016"),
        ("to", None, 422, "10004"),
        ("to", "sip:somebody@example.com", 422, "10016"),
        ("to", "+81 3 9876 5432", 422, "10016"),
        ("media_url", None, 422, "10004"),
        ("media_url", "faxes/pages.pdf", 422, "10015"),
        ("media_url", DEAD + "x" * 2000, 422, "10003"),
        ("media_name", "pages", 422, "10015"),
        ("client_state", "not base64", 422, "10015"),
        ("client_state", "bm8gcGFkZGluZw", 422, "10015"),
        ("webhook_url", "ftp://127.0.0.1/", 422, "10015"),
        ("quality", "best", 422, "10015"),
        ("monochrome", "yes", 422, "10015"),
        ("black_threshold", 50, 422, "10015"),
        ("from_display_name", "ファクシ", 422, "10015"),
        ("preview_format", "png", 422, "10015"),
        ("command_id", "1", 422, "10015"),
    ],
)
async def test_a_wrong_field_is_refused_by_its_name(
    telnyx: LocalTelnyx, field: str, value: str | None, status: int, code: str
) -> None:
    answer = await ask(telnyx, json=wanted(telnyx, **{field: value}))
    assert (answer[0], said(answer[1])) == (status, (code, f"/{field.removesuffix('_')}"))
    assert telnyx.faxes() == []


async def test_a_stranger_an_unknown_fax_and_an_unknown_path_are_refused(telnyx: LocalTelnyx) -> None:
    assert (await ask(telnyx, key="KEYwrong", json=wanted(telnyx)))[0] == 401
    assert (await ask(telnyx, json=wanted(telnyx, media_url=None, media_name="pages")))[0] == 404
    assert (await ask(telnyx, json=[]))[0] == 400
    assert (await ask(telnyx, data="no JSON", headers={"Content-Type": "application/json"}))[0] == 400
    assert (await ask(telnyx, data="to=1"))[0] == 415
    assert said((await ask(telnyx, "GET", f"/faxes/{uuid4()}"))[1])[0] == "10005"
    assert said((await ask(telnyx, "GET", "/faxes/17"))[1])[0] == "10006"
    assert (await ask(telnyx, "POST", f"/faxes/{uuid4()}/actions/cancel"))[0] == 501
    assert telnyx.faxes() == []


@pytest.mark.parametrize(
    "query",
    [
        {"filter[to]": NUMBER},
        {"filter[to][gte]": NUMBER},
        {"filter[state][eq]": "failed"},
        {"filter[direction][eq]": "out"},
        {"filter[created_at][gte]": "yesterday"},
        {"page[size]": "251"},
        {"page[number]": "0"},
        {"limit": "5"},
    ],
)
async def test_a_list_is_not_asked_for_by_words_that_telnyx_does_not_know(
    telnyx: LocalTelnyx, query: dict[str, str]
) -> None:
    assert (await ask(telnyx, "GET", "/faxes", params=query))[0] == 400


async def test_too_many_at_once_must_wait(telnyx: LocalTelnyx, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(account, "MOST_AT_ONCE", 1)
    async with pages(lambda: web.Response(body=pdf("a"))) as url:
        assert (await ask(telnyx, json=wanted(telnyx, media_url=url)))[0] == 202
        assert (await ask(telnyx, json=wanted(telnyx, media_url=url)))[0] == 429


async def test_a_fax_goes_on_with_business_time(telnyx: LocalTelnyx, clock: SetClock) -> None:
    async with pages(lambda: web.Response(body=pdf("first", "second"))) as url, telnyx_client(telnyx) as client:
        fax = await send(telnyx, url)
        states = []
        for seconds in (0, 2, 1, 1, 7, 1, 3600):
            clock.move(seconds)
            seen = await client.status(fax.id)
            assert seen is not None
            states.append(seen.status)
    assert states == ["queued", "media.processed", "media.processed", "sending", "sending", "delivered", "delivered"]
    assert (fax.pages, fax.media_key, fax.pdf) == (2, "faxes/pages.pdf", pdf("first", "second"))
    assert [text.strip() for text in fax.page_texts()] == ["first", "second"]
    assert all(picture.startswith(b"\x89PNG") and len(picture) > 500 for picture in fax.page_pictures())


async def test_what_becomes_of_the_next_faxes_is_planned_by_number_and_for_all(
    telnyx: LocalTelnyx, clock: SetClock
) -> None:
    other = "+81311112222"
    telnyx.plan("user_busy", "user_busy", None, number=NUMBER)
    telnyx.plan("receiver_no_answer")
    async with pages(lambda: web.Response(body=pdf("a"))) as url:
        faxes = [await send(telnyx, url, to=to) for to in (NUMBER, other, NUMBER, NUMBER, other)]
        clock.move(12)
        telnyx.faxes()
    assert [(fax.status, fax.failure_reason) for fax in faxes] == [
        ("failed", "user_busy"),
        ("failed", "receiver_no_answer"),
        ("failed", "user_busy"),
        ("delivered", None),
        ("delivered", None),
    ]


async def test_what_becomes_of_one_fax_is_decided(telnyx: LocalTelnyx, clock: SetClock) -> None:
    async with pages(lambda: web.Response(body=pdf("a"))) as url:
        fax = await send(telnyx, url)
    telnyx.decide(fax.id, "sending")
    clock.move(3600)
    assert telnyx.faxes()[0].status == "sending"
    telnyx.decide(fax.id, "failed", "carrier_lost")
    assert (fax.status, fax.failure_reason) == ("failed", "carrier_lost")
    with pytest.raises(ValueError, match="does not become"):
        telnyx.decide(fax.id, "delivered")


async def test_a_number_that_is_not_ours_does_not_send(telnyx: LocalTelnyx, clock: SetClock) -> None:
    async with pages(lambda: web.Response(body=pdf("a"))) as url:
        await ask(telnyx, json=wanted(telnyx, from_="+81311112222", media_url=url))
        await telnyx.quiet()
    clock.move(12)
    assert telnyx.faxes()[0].failure_reason == "unverified_origination_number"


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (lambda: web.Response(status=404), "file_download_failed"),
        (lambda: web.Response(status=307, headers={"Location": "/pages.pdf"}), "file_download_failed"),
        (lambda: web.Response(text="<html>"), "file_format_invalid"),
        (lambda: web.Response(body=b"%PDF-1.4 and nothing more"), "file_format_invalid"),
        (lambda: web.Response(body=pdf("a") + b"x" * 2000), "file_size_limit_exceeded"),
        (lambda: web.Response(body=pdf("a", "b", "c")), "page_count_limit_exceeded"),
    ],
)
async def test_pages_that_cannot_be_sent_are_found(
    telnyx: LocalTelnyx, monkeypatch: pytest.MonkeyPatch, answer: Callable[[], web.Response], reason: str
) -> None:
    monkeypatch.setattr(fetching, "LARGEST", 2000)
    monkeypatch.setattr(fetching, "MOST_PAGES", 2)
    async with pages(answer) as url:
        fax = await send(telnyx, url)
    assert (fax.status, fax.failure_reason, fax.pdf) == ("failed", reason, None)
    assert (fax.page_texts(), fax.page_pictures()) == ([], [])


@pytest.mark.parametrize("url", [DEAD, "https://pages.example.com/pages.pdf"])
async def test_a_dead_link_and_one_that_leaves_this_machine_are_not_fetched(telnyx: LocalTelnyx, url: str) -> None:
    assert (await send(telnyx, url)).failure_reason == "file_download_failed"


async def test_a_link_to_s3_is_fetched_while_it_lives(telnyx: LocalTelnyx, monkeypatch: pytest.MonkeyPatch) -> None:
    async with local_aws(monkeypatch) as aws:
        media = media_of(aws)
        await media.put("faxes/a b/1.pdf", pdf("a"))
        link = await media.link("faxes/a b/1.pdf", seconds=60)
        fax = await send(telnyx, link)
        assert (fax.status, fax.pdf, fax.media_key) == ("queued", pdf("a"), f"{aws.bucket}/faxes/a b/1.pdf")
        aws.ahead = 61
        assert (await send(telnyx, link)).failure_reason == "file_download_failed"
        media.close()


async def test_faxes_are_kept_in_a_folder_and_go_on(tmp_path: Path, clock: SetClock) -> None:
    first = await LocalTelnyx.start(clock=clock, folder=tmp_path)
    async with pages(lambda: web.Response(body=pdf("a"))) as url:
        fax = await send(first, url)
    clock.move(1)
    await send(first, DEAD)
    await first.close()
    second = await LocalTelnyx.start(clock=clock, folder=tmp_path)
    kept = second.faxes()[0]
    assert (kept.id, kept.status, kept.pdf) == (fax.id, "queued", pdf("a"))
    clock.move(12)
    assert [one.status for one in second.faxes()] == ["delivered", "failed"]
    await second.close()
