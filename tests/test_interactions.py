"""Everything that a person can do has one access rule, leaves one audit record, and gets one answer."""

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot import wiring
from bot.engine.access import HOLDERS, Group, Right
from bot.local.postgres import Postgres
from bot.local.workspace import payloads, people
from bot.slack.blocks import message, section
from bot.slack.interactions import Call, Catalogue, Help, Interaction, Outcome, Say
from bot.slack.text import md
from tests.support import faces, raw
from tests.support.faces import MANAGEMENT, OPERATIONS, make_account
from tests.support.system import JSON, System
from tests.support.workspace import eventually

INTERACTIONS = {f"{one.kind} {one.name}": one for one in wiring.catalogue()}
PEOPLE: dict[str, Group | None] = {
    "op1": Group.OPERATIONS,
    "eng1": Group.ENGINEERING,
    "mgr1": Group.MANAGEMENT,
    "aud1": Group.AUDITORS,
    "op3": None,
    "guest1": None,
    "ext1": None,
}
OUTSIDERS = {"guest1", "ext1"}
NO_RIGHT = {"refused:outsider", "refused:in_no_group", "refused:not_allowed"}
_ANSWERS = {"response_url", "chat.postEphemeral", "chat.postMessage", "views.open", "views.update", "views.publish"}


@pytest.fixture(scope="module")
async def system(template: Postgres) -> AsyncIterator[System]:
    """Run one bot for this module; op3 is in no group."""

    async def leave(running: System) -> None:
        await running.post("people", handle="op3", groups=[])

    async with faces.running_faces(template, before=leave) as running:
        yield running


async def use(system: System, who: str, one: Interaction, *, channel: str = OPERATIONS, value: str = "x") -> bool:
    """Do what this interaction is as Slack would tell it; say whether its acknowledgement held an answer."""
    slack = system.workspace.slack
    person, place = slack.state.person_by_handle(who), slack.state.channel_by_name(channel)
    assert person is not None
    assert place is not None
    if one.kind == "action":
        outcome = await raw.hand_over(system, "interactive", raw.click(system, who, one.name, value, channel))
    elif one.kind == "view":
        body = raw.submission(system, who, one.name, {"why": "words"}, value)
        outcome = await raw.hand_over(system, "interactive", body)
    elif one.kind == "command":
        interaction = slack.permits.interaction(person.id)
        url = slack.permits.url(interaction, place.id, "command")
        handed = payloads.Handed(f"{slack.url}/respond/{url}", slack.permits.trigger(interaction))
        body = payloads.command(slack.sent(person), place, payloads.Typed(one.name, ""), handed)
        outcome = await raw.hand_over(system, "slash_commands", body)
    elif one.kind == "shortcut":
        interaction = slack.permits.interaction(person.id)
        url = slack.permits.url(interaction, place.id, "command")
        handed = payloads.Handed(f"{slack.url}/respond/{url}", slack.permits.trigger(interaction))
        poster = slack.state.person_by_handle("op1")
        assert poster is not None
        said = slack.post(place, poster.id, "Please look at this.")
        body = payloads.message_action(slack.sent(person), place, said, one.name, handed)
        outcome = await raw.hand_over(system, "interactive", body)
    else:
        assert one.kind == "event", one
        inner: JSON = {"type": one.name, "user": person.id, "team": person.team, "channel": place.id}
        inner |= (
            {"tab": "home"} if one.name == "app_home_opened" else {"text": f"<@{people.BOT_USER}> what", "ts": "1.2"}
        )
        outcome = await raw.hand_over(system, "events_api", payloads.event(slack.sent(person), inner))
    assert outcome.acknowledged, outcome
    assert outcome.ms < 3000
    return bool(outcome.payload)


def answers(system: System) -> int:
    """Count what the bot has said or shown to people."""
    calls = system.workspace.slack.wire.since(None)
    return sum(one.direction == "in" and one.method in _ANSWERS for one in calls)


@pytest.mark.parametrize("who", PEOPLE)
@pytest.mark.parametrize("name", INTERACTIONS)
async def test_each_interaction_asks_its_right_and_leaves_one_record_and_one_answer(
    system: System, name: str, who: str
) -> None:
    one, group = INTERACTIONS[name], PEOPLE[who]
    may = who not in OUTSIDERS and (one.right is Right.HELP or (group is not None and group in HOLDERS[one.right]))
    before, said = await faces.head(system), answers(system)
    answered = await use(system, who, one)
    (record,) = await faces.recorded(system, before)
    refused = record["result"] in NO_RIGHT
    assert refused is not may, record["result"]
    assert record["allowed"] is False or may
    assert record["actor"] == next(it.id for it in people.starting_people() if it.handle == who)
    assert record["action"].split(":")[0] in {one.tag.split(":")[0], "help"}
    assert record["interaction"].startswith(f"{one.kind}:")
    assert record["milliseconds"] < 3000
    if refused:
        expected = "outsider" if who in OUTSIDERS else "in_no_group" if group is None else "not_allowed"
        assert record["result"] == f"refused:{expected}"
    if not answered and not (may and one.name == "open.link"):

        async def look() -> bool:
            return answers(system) > said

        await eventually(look)


@pytest.mark.parametrize("name", [name for name, one in INTERACTIONS.items() if not one.anywhere])
async def test_what_belongs_to_the_teams_channels_is_refused_elsewhere(system: System, name: str) -> None:
    one = INTERACTIONS[name]
    if one.kind == "view":
        return  # a form has no channel: it was opened where its command works
    before = await faces.head(system)
    await use(system, "mgr1", one, channel="general")
    (record,) = await faces.recorded(system, before)
    assert record["result"] == "refused:not_here"


async def counts(system: System) -> list[Any]:
    """Return what no refused click may change."""
    return [
        await system.fetch(f"SELECT md5(string_agg(t::text, '' ORDER BY t::text)) FROM {table} AS t")  # noqa: S608
        for table in ("chatops.cases", "chatops.steps", "chatops.approvals", "chatops.restrictions", "public.users")
    ]


@pytest.fixture(scope="module")
async def real(system: System) -> dict[str, str]:
    """Return values that buttons and forms carry now: of a request, of a case's step, of an account."""
    waiting = await faces.ask(system, await make_account(system), "op1")
    approved = await faces.ask(system, await make_account(system), "op1")
    await faces.press(system, "mgr2", "Approve restriction", approved)
    account = await make_account(system)
    form = (await faces.form(system, "op1", account.number))["private_metadata"]
    await faces.close_all(system, "op1")
    return {
        "request": (await faces.request(system, waiting))["buttons"][0]["value"],
        "step": (await faces.request(system, approved))["buttons"][0]["value"],
        "account": form,
    }


@pytest.mark.parametrize(
    "name",
    [name for name, one in INTERACTIONS.items() if one.kind in {"action", "view"} and one.name != "oncall.take"],
)
async def test_tampered_stale_and_foreign_values_change_nothing_and_are_answered(
    system: System, real: dict[str, str], name: str
) -> None:
    one = INTERACTIONS[name]
    own = {"restriction": "request", "restrict": "account", "case": "step"}.get(one.name.split(".")[0])
    foreign = [value for kind, value in real.items() if kind != own]
    values = [real["request"][:-2] + "zz", "x" * 1999, "rq_<!channel>", *foreign]
    state = await counts(system)
    for value in values:
        before, said = await faces.head(system), answers(system)
        answered = await use(system, "mgr1", one, channel=MANAGEMENT, value=value)
        (record,) = await faces.recorded(system, before)
        assert record["result"] not in {"approved", "denied", "withdrawn", "done", "asked"}
        assert answered or answers(system) > said or one.name == "open.link"
    assert await counts(system) == state
    await faces.close_all(system, "mgr1")


UNKNOWN = {
    "an old button": ("action", "alert.acknowledge", "This button is old, or not one of mine."),
    "a button without a name": ("action", "", "This button is old, or not one of mine."),
    "a button with a name of 255 letters": ("action", "y" * 255, "This button is old, or not one of mine."),
    "a form of another app": ("view", "somebody.elses", "This button is old, or not one of mine."),
    "a command that is not declared": ("command", "/faxi-nothing", "I do not know"),
}


@pytest.mark.parametrize("case", UNKNOWN)
async def test_what_nothing_declares_is_answered_and_recorded(system: System, case: str) -> None:
    kind, name, said = UNKNOWN[case]
    before, calls = await faces.head(system), len(system.workspace.slack.wire.since(None))
    strange = Interaction(kind, name, "unknown:click", Right.HELP, _nothing)  # type: ignore[arg-type]
    await use(system, "op1", strange)
    (record,) = await faces.recorded(system, before)
    assert (record["action"], record["allowed"]) == ("unknown:click", False)
    assert record["result"] in {"refused:unknown_button", "refused:unknown_command"}

    async def look() -> bool:
        new = system.workspace.slack.wire.since(None)[calls:]
        return said in faces.words_of([[one.body, one.response] for one in new])

    await eventually(look)
    await faces.close_all(system, "op1")


async def test_an_unknown_shortcut_is_answered_and_recorded(system: System) -> None:
    slack = system.workspace.slack
    person = slack.state.person_by_handle("op1")
    assert person is not None
    before = await faces.head(system)
    trigger = slack.permits.trigger(slack.permits.interaction(person.id))
    outcome = await raw.hand_over(system, "interactive", payloads.shortcut(slack.sent(person), "case.new", trigger))
    assert outcome.acknowledged
    (record,) = await faces.recorded(system, before)
    assert (record["action"], record["result"]) == ("unknown:click", "refused:unknown_button")
    await faces.message(system, "op1", faces.DIRECT, "This button is old, or not one of mine.")


@pytest.mark.parametrize(
    "change",
    [
        lambda body: body.pop("user"),
        lambda body: body.pop("actions"),
        lambda body: body.update(user="U0MGR1"),
        lambda body: body.pop("trigger_id"),
        lambda body: body.update(type="interactive_message"),
        lambda body: body["user"].update(id=7),
    ],
)
async def test_a_payload_that_lacks_something_changes_nothing_and_does_not_harm(system: System, change: Any) -> None:
    account = await make_account(system)
    value = (await faces.request(system, await faces.ask(system, account)))["buttons"][0]["value"]
    body = raw.click(system, "mgr1", "restriction.approve", value, MANAGEMENT)
    change(body)
    await raw.hand_over(system, "interactive", body)
    await system.settle()
    assert await system.value("SELECT count(*) FROM chatops.restrictions WHERE subject = $1", account.id) == 0
    assert (await system.command("op1", OPERATIONS, "/faxi-oncall"))["answer"] is not None


async def _nothing(_call: Call) -> Outcome:
    return Outcome(Say(message("Nothing.", section(md("Nothing.")))))


def test_every_interaction_has_a_right_that_names_its_holders_and_a_tag_of_subject_and_action() -> None:
    for name, one in INTERACTIONS.items():
        assert one.right in HOLDERS, name
        assert re.fullmatch(r"[a-z]+:[a-z_]+", one.tag), name
        if one.kind == "command":
            assert one.name.startswith("/faxi-")
            assert one.help is not None
        if one.kind != "event" and one.right is Right.HELP:
            assert one.name in {"open.link", "/faxi-help", "help.show"}, f"{name} is open to everybody"


@pytest.mark.parametrize(
    ("declared", "why"),
    [
        ([("action", "a.b", "a:b"), ("action", "a.b", "a:c")], "declared twice"),
        ([("action", "a.b", "ab")], "no audit tag"),
        ([("action", "a.b", "")], "no audit tag"),
        ([("action", "a.b", "a:b:c")], "no audit tag"),
        ([("command", "/faxi-a", "a:b")], "has no help"),
        ([("shortcut", "a.open", "a:b")], "does not say how a menu offers it"),
    ],
)
def test_a_declaration_twice_or_without_tag_or_help_is_refused_at_once(
    declared: list[tuple[Any, str, str]], why: str
) -> None:
    made = [Interaction(kind, name, tag, Right.WORK, _nothing) for kind, name, tag in declared]
    with pytest.raises(ValueError, match=why):
        Catalogue(made)


def test_a_declaration_without_its_right_or_its_tag_cannot_be_written() -> None:
    with pytest.raises(TypeError):
        Interaction("action", "a.b", run=_nothing)  # type: ignore[call-arg]
    good = Interaction("command", "/faxi-a", "a:b", Right.READ, _nothing, help=Help("Now", "does", ()))
    assert list(Catalogue([good])) == [good]
