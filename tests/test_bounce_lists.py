"""What may be asked of /faxi-bounces: a place, another page; and what an odd word is answered with."""

from typing import Any

import pytest

from bot import wiring
from bot.base.database import Pool
from bot.engine.access import Right
from bot.slack.blocks import Message
from bot.slack.clicks import Click
from tests.support.databases import Database
from tests.support.mailing import Mail, lines, values
from tests.support.pressing import NOW, labels, press, shown, words


async def bounces(pool: Pool, text: str = "", who: str = "U0OP1", **click: Any) -> Message:
    """Type /faxi-bounces and return the answer."""
    return shown(await press(pool, "/faxi-bounces", who, kind="command", text=text, **click))


async def pressed(pool: Pool, said: Message, label: str, name: str = "bounces.show") -> Message:
    """Press the first button of this label, as whoever sees it."""
    return shown(await press(pool, name, value=values(said, label)[0]))


@pytest.fixture
def mail() -> Mail:
    """Give an empty mail."""
    return Mail()


async def test_a_place_is_shown_by_its_carrier_or_its_domain_and_only_of_three_people_or_more(
    pool: Pool, database: Database, mail: Mail
) -> None:
    people = [mail.person() for _ in range(3)]
    for person in people:
        mail.bounced(person, "docomo.ne.jp")
    mail.bounced(people[0], "mopera.net", kind="Transient")
    mail.bounced(people[0], "a.example")
    await mail.write(database)
    for typed in ("docomo", "DOCOMO", "24h docomo"):
        said = words((await bounces(pool, typed)).blocks)
        assert "*docomo*\n" in said
        assert "80.00% (4 of 5) of all bounces in 24 hours\n3 permanent, 1 temporary" in said
        assert "docomo 4 (3 permanent, 1 temporary), new: `docomo.ne.jp` 3, 1 at others" in said
    for typed in ("docomo.ne.jp", "@Docomo.ne.jp", "http://docomo.ne.jp"):
        said = words((await bounces(pool, typed)).blocks)
        assert "*`docomo.ne.jp`*\n" in said
        assert "60.00% (3 of 5) of all bounces in 24 hours\n3 permanent" in said
    few = await bounces(pool, "a.example")
    assert few.text == "Too few people's mails bounced there to show more."
    assert "1 bounce in 24 hours, of fewer than 3 people." in words(few.blocks)
    assert labels(few.blocks) == []
    none = await bounces(pool, "docomo.ne.pj")
    assert "*Nothing bounced at `docomo.ne.pj` in 24 hours.*" in words(none.blocks)
    assert labels(none.blocks) == ["Show docomo.ne.jp"]
    assert "*`docomo.ne.jp`*\n" in words((await pressed(pool, none, "Show docomo.ne.jp")).blocks)


async def test_long_lists_have_pages_of_fifteen_that_go_on_and_back(pool: Pool, database: Database, mail: Mail) -> None:
    for _ in range(32):
        mail.bounced(mail.person())
    await mail.write(database)
    first = await bounces(pool, "7d")
    assert "27 other senders, 27 bounces" in words(first.blocks)
    one = await pressed(pool, first, "Show all 32 senders")
    assert words(one.blocks).startswith("Bounces by sender\n1-15 of 32 senders, last 7 days\n")
    assert labels(one.blocks) == ["Show account"] * 15 + ["Next", "Show the summary"]
    two = await pressed(pool, one, "Next", "bounces.next")
    assert two.text == "Senders of bounces, 16-30 of 32."
    assert labels(two.blocks)[15:] == ["Previous", "Next", "Show the summary"]
    three = await pressed(pool, two, "Next", "bounces.next")
    assert labels(three.blocks) == ["Show account"] * 2 + ["Previous", "Show the summary"]
    assert (await pressed(pool, two, "Previous", "bounces.previous")).text == one.text
    assert (await pressed(pool, two, "Show the summary")).text == first.text
    told = [line for part in (one, two, three) for line in words(part.blocks).split("\n") if line.startswith("*+81")]
    assert len(set(told)) == 32
    old = await press(pool, "bounces.next", value="bo_nothing")
    assert (old.result, old.allowed) == ("refused:unknown_button", False)
    # A button of another screen carries no view of these: it means all of 24 hours.
    assert (await press(pool, "bounces.show", value="al_mzFAPRF9")).parameters["period"] == "24h"


async def test_many_domains_are_cut_with_their_count_and_shown_in_pages(
    pool: Pool, database: Database, mail: Mail
) -> None:
    people = [mail.person() for _ in range(3)]
    for number in range(17):
        for person in people:
            mail.bounced(person, f"d{number:02}.example")
    await mail.write(database)
    first = await bounces(pool)
    by_domain = lines(words(first.blocks), "*By domain*")
    assert by_domain[4:6] == ["`d04.example` 3 (all permanent), new", "12 more domains, 36 bounces"]
    page = await pressed(pool, first, "Show all 17 domains")
    assert lines(words(page.blocks), "*By domain*")[14] == "`d14.example` 3 (all permanent), new"
    last = await pressed(pool, page, "Next", "bounces.next")
    assert "16-17 of 17 domains, last 24 hours\n*By domain*\n`d15.example`" in words(last.blocks)


@pytest.mark.parametrize(
    ("typed", "guess", "button"),
    [("7 days", "7d", "Show 7 days"), ("docmo", "docomo", "Show docomo"), ("1w", "7d", "Show 7 days")],
)
async def test_an_unknown_option_gets_the_nearest_as_a_button_that_runs_it_then_the_list(
    pool: Pool, typed: str, guess: str, button: str
) -> None:
    outcome = await press(pool, "/faxi-bounces", kind="command", text=typed)
    said = shown(outcome)
    assert (outcome.result, outcome.allowed) == ("refused:unknown_option", False)
    assert words(said.blocks).split("\n")[:3] == [
        f":grey_question: `/faxi-bounces` does not know “{typed}”.",
        f"Did you mean `/faxi-bounces {guess}`?",
        "`/faxi-bounces` what bounced in 24 hours",
    ]
    assert labels(said.blocks) == [button]
    ran = await press(pool, "bounces.show", value=values(said, button)[0])
    assert ran.result == "shown"


async def test_what_may_be_of_a_person_is_neither_repeated_nor_recorded(pool: Pool) -> None:
    for typed in ("090-123-4821x", "Tanaka Hanako 4821", "7d 田中"):
        outcome = await press(pool, "/faxi-bounces", kind="command", text=typed)
        assert "does not know that word." in words(shown(outcome).blocks)
        assert typed not in str(outcome)
    nobody = await press(pool, "/faxi-bounces", kind="command", text="7d +81 90-9999-0000")
    assert nobody.result == "refused:not_found"
    assert nobody.parameters == {"typed": "+81 •••• 0000"}
    assert words(shown(nobody).blocks).startswith(":grey_question: *No account has this number, address or id.*")


def test_a_mention_does_what_the_command_does() -> None:
    catalogue = wiring.catalogue()
    one = catalogue.find("event", "app_mention")
    assert one is not None
    click = Click(
        "event", "app_mention", "event:1", "U0OP1", None, "C0OPS", 0.0, NOW, text="<@U0BOT> bounces 7d docomo"
    )
    meant, does = catalogue.route(click, one)
    assert (meant.text, does.tag, does.right) == ("7d docomo", "bounces:show", Right.READ)


@pytest.mark.parametrize("typed", ["7d +81 90-1230-0001 docomo", "docomo 090-1230-0001 7d", "7d {id} docomo"])
async def test_an_account_and_a_domain_together_are_offered_one_at_a_time(
    pool: Pool, database: Database, mail: Mail, typed: str
) -> None:
    sender = mail.person()
    for _ in range(2):
        mail.bounced(sender)
    await mail.write(database)
    outcome = await press(pool, "/faxi-bounces", kind="command", text=typed.format(id=sender))
    assert (outcome.result, outcome.allowed, outcome.subject) == ("refused:one_at_a_time", False, sender)
    said = shown(outcome)
    assert words(said.blocks).startswith(
        ":grey_question: *An account or a domain, one at a time.* Nothing was looked up."
    )
    assert labels(said.blocks) == ["Show this account", "Show docomo"]
    assert "1230" not in str(said)
    assert "Bounces 100% (2 of 2 mails) in 7 days" in words((await pressed(pool, said, "Show this account")).blocks)
    assert "2 bounces in 7 days, of fewer than 3 people." in words((await pressed(pool, said, "Show docomo")).blocks)


async def test_an_account_that_there_is_not_is_said_before_the_domain_beside_it(pool: Pool) -> None:
    nobody = await press(pool, "/faxi-bounces", kind="command", text="7d +81 90-9999-0000 docomo")
    assert (nobody.result, nobody.parameters) == ("refused:not_found", {"typed": "+81 •••• 0000"})
