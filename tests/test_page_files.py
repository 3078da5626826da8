"""The page's files: nothing from elsewhere, no markup made of text, each for one purpose; and how they are served."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.local.workspace.state import Message
from tests.support.workspace import Hands, running

STATIC = Path(__file__).parent.parent / "bot" / "local" / "workspace" / "static"
FILES = sorted(STATIC.iterdir())
_MARKUP = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|createContextualFragment|srcdoc"
    r"|\beval\(|new Function"
)
_ELSEWHERE = re.compile(r"""(?:src|href|url|import|from)\W{1,3}(?:https?:)?//""")


@pytest.fixture
async def hands(tmp_path: Path) -> AsyncIterator[Hands]:
    """Run a workspace."""
    async with running(tmp_path) as made:
        yield made


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_file_makes_no_markup_of_text_and_takes_nothing_from_elsewhere(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not _MARKUP.search(text)
    assert not _ELSEWHERE.search(text)
    assert " style=" not in text
    assert "onclick=" not in text
    assert len(text.splitlines()) < 300


@pytest.mark.parametrize("path", [one for one in FILES if one.suffix in {".js", ".css"}], ids=lambda path: path.name)
def test_a_file_says_first_what_it_is_for(path: Path) -> None:
    first = path.read_text(encoding="utf-8").splitlines()[0]
    assert re.fullmatch(r"/\*\*? \S.{15,}[.:] ?\*/", first), first


def test_modules_do_not_import_each_other_in_a_circle() -> None:
    uses = {
        path.name: set(re.findall(r'from "\./([\w.]+)"', path.read_text(encoding="utf-8")))
        for path in FILES
        if path.suffix == ".js"
    }
    while free := [name for name, needs in uses.items() if not needs & set(uses)]:
        for name in free:
            del uses[name]
    assert uses == {}


async def test_the_page_may_load_from_its_own_origin_alone_and_be_framed_by_nobody(hands: Hands) -> None:
    for path in ("/", "/static/main.js", "/static/base.css"):
        async with hands.session.get(f"{hands.workspace.url}{path}") as response:
            assert response.status == 200
            policy = response.headers["Content-Security-Policy"]
            assert "default-src 'self'" in policy
            assert "frame-ancestors 'none'" in policy
            assert "unsafe" not in policy
            assert response.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("name", ["..%2fpage.py", "%2e%2e/page.py", "nothing.js", "..", "main.js%00"])
async def test_only_the_pages_files_are_served(hands: Hands, name: str) -> None:
    from yarl import URL  # noqa: PLC0415 - keeps the address as it is written

    async with hands.session.get(URL(f"{hands.workspace.url}/static/{name}", encoded=True)) as response:
        assert response.status == 404


@pytest.mark.parametrize("path", ["/", "/page/view?as=mgr1", "/live", "/page/message?as=mgr1", "/static/main.js"])
async def test_a_page_of_another_origin_is_refused_what_the_page_is_given(hands: Hands, path: str) -> None:
    for headers in ({"Origin": "https://example.com"}, {"Sec-Fetch-Site": "cross-site"}, {"Host": "example.com"}):
        async with hands.session.get(f"{hands.workspace.url}{path}", headers=headers) as response:
            assert response.status == 403
    async with hands.session.post(
        f"{hands.workspace.url}/page/read", headers={"Origin": "https://example.com"}, json={}
    ) as response:
        assert response.status == 403


@pytest.mark.parametrize("query", ["as=nobody", "as=op1&last=many", "as=op1&around=x&thread=y", "as=op1&place=%00"])
async def test_a_strange_question_gets_an_answer(hands: Hands, query: str) -> None:
    async with hands.session.get(f"{hands.workspace.url}/page/view?{query}") as response:
        answer = await response.json()
    assert response.status == (404 if "nobody" in query else 200)
    assert answer.get("error", "There is nobody called 'nobody'.") == "There is nobody called 'nobody'."


@pytest.mark.parametrize("body", ["", "[]", "7", '{"as": "op1"}', '{"as": "op1", "channel": "C0ALERTS", "ts": "1.0"}'])
async def test_a_strange_note_of_what_was_read_harms_nobody(hands: Hands, body: str) -> None:
    async with hands.session.post(f"{hands.workspace.url}/page/read", data=body) as response:
        assert response.status in {200, 400}


async def test_what_a_channel_shows_does_not_grow_with_what_stands_in_it(hands: Hands) -> None:
    state = hands.workspace.slack.state
    channel = state.channels["C0ALERTS"]
    for number in range(5_000):
        state.add(channel, Message(state.stamp(channel), channel.id, "U0MGR1", f"{number} <@U0OP1>"))
    looked = 0
    backwards = channel.backwards

    def counted(viewer: str) -> object:
        nonlocal looked
        for message in backwards(viewer):
            looked += 1
            yield message

    channel.backwards = counted  # type: ignore[method-assign, assignment]
    async with hands.session.get(f"{hands.workspace.url}/page/view?as=op1&place=email-alerts") as response:
        shown = (await response.json())["channel"]
    assert [one["text"][:4] for one in shown["messages"]][-1] == "4999"
    assert len(shown["messages"]) == 100
    assert shown["earlier"]
    assert looked < 1_000


async def test_a_folded_message_is_given_whole_to_those_alone_who_see_it(hands: Hands) -> None:
    words = "long " * 4_000
    posted = await hands.do("message", who="mgr1", channel="#email-management", text=words)
    address = f"{hands.workspace.url}/page/message?channel=C0MANAGEMENT&ts={posted['ts']}"
    async with hands.session.get(f"{address}&as=mgr2") as response:
        assert (await response.json())["text"] == words
    async with hands.session.get(f"{address}&as=op1") as response:
        assert response.status == 404
