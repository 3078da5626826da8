"""What /faxi-bounces shows: verdict and pattern first, then kinds, domains, reasons, true senders; all masked."""

import random
from typing import Any

import pytest

from bot import wiring
from bot.base.database import Pool
from bot.engine.access import Right
from bot.mail import bounce_report
from bot.mail.bounce_report import Kinds
from bot.mail.metrics import bounces as metric
from bot.mail.metrics import status
from bot.slack.blocks import Message
from bot.slack.clicks import Click
from tests.support import screens
from tests.support.databases import Database
from tests.support.mailing import DAY, FULL, HOUR, UNKNOWN, Mail, lines
from tests.support.pressing import NOW, labels, press, shown, words
from tests.support.screens import elements

COUNTED = (
    f"Counted at <!date^{int(NOW.timestamp())}^{{time}}|09:50 JST>. `/faxi-bounces 7d` or `30d` looks further back; "
    "`/faxi-account` shows one person. Addresses stay hidden. This look is recorded."
)


async def bounces(pool: Pool, text: str = "", who: str = "U0OP1", **click: Any) -> Message:
    """Type /faxi-bounces and return the answer."""
    return shown(await press(pool, "/faxi-bounces", who, kind="command", text=text, **click))


def values(said: Message, label: str) -> list[str]:
    """Return what the buttons of this label carry."""
    found = [one for block in said.blocks for one in elements(block) if one["type"] == "button"]
    return [one["value"] for one in found if one["text"]["text"] == label]


async def pressed(pool: Pool, said: Message, label: str, name: str = "bounces.show") -> Message:
    """Press the first button of this label, as whoever sees it."""
    return shown(await press(pool, name, value=values(said, label)[0]))


@pytest.fixture
def mail() -> Mail:
    """Give an empty mail."""
    return Mail()


async def test_most_at_one_carrier_is_said_first_then_the_rate_and_all_parts_of_it(
    pool: Pool, database: Database, mail: Mail
) -> None:
    people = [mail.person() for _ in range(4)]
    for person in people[:3]:
        mail.bounced(person)
        mail.bounced(person)
        mail.bounced(person, at=NOW - 30 * HOUR)
    mail.bounced(people[0], "i.softbank.jp", kind="Transient", reason=FULL)
    mail.bounced(people[1], "a.example", kind="Undetermined", reason=None)
    mail.bounced(people[3], None)
    for _ in range(100):
        mail.sent(people[3])
    await mail.write(database)
    said = await bounces(pool)
    assert said.text == "Bounces are over 5%: 9 of 109 in 24 hours, most at one place."
    assert words(said.blocks).split("\n") == [
        ":rotating_light: Bounces are over 5%",
        "*66.67% (6 of 9) went to `docomo.ne.jp`, all unknown address.*",
        "Next: check the DNS configuration, that domain's and ours.",
        "*Last 24 hours*",
        ":rotating_light: *Bounces 8.26%* (9 of 109), over 5%",
        "7 permanent, 1 temporary, 1 unclear",
        "In the 24 hours before: 3 bounces.",
        "*By domain*",
        "docomo 6 (all permanent), also before: `docomo.ne.jp` 6",
        "2 other domains, 2 bounces (each of fewer than 3 senders)",
        ":grey_question: Unknown domain, 1 bounce",
        "*By reason*",
        "7 unknown address, 1 mailbox full, 1 no reason given",
        "*By sender*",
        "*+81 •••• 0001*, 3 bounces (2 permanent, 1 temporary), also before",
        "Show account",
        "*+81 •••• 0002*, 3 bounces (2 permanent, 1 unclear), also before",
        "Show account",
        "*+81 •••• 0003*, 2 bounces (all permanent), also before",
        "Show account",
        "*+81 •••• 0004*, 1 bounce (permanent), new",
        "Show account",
        "*New or again*",
        "1 of 3 domains and 3 of 4 senders had bounces in the 24 hours before, too.",
        COUNTED,
    ]


async def test_a_bounce_filed_under_another_person_is_its_senders_and_repeated_rows_are_one(
    pool: Pool, database: Database, mail: Mail
) -> None:
    blamed, sender = mail.person(), mail.person()
    for _ in range(5):
        mail.bounced(sender, "a.example", blamed=blamed, times=3)
    mail.sent(blamed)
    await mail.write(database)
    said = words((await bounces(pool)).blocks)
    assert "*100% (5 of 5) of one sender, +81 •••• 0002, all unknown address.*" in said
    assert "Next: show the account, call the person, and give guidance." in said
    assert "*Bounces 83.33%* (5 of 6), over 5%" in said
    assert "+81 •••• 0001" not in said
    assert "a.example" not in said
    assert lines(said, "*By domain*")[0] == "1 other domain, 5 bounces (each of fewer than 3 senders)"
    mine = words((await bounces(pool, "+819012300002")).blocks)
    assert "Bounces 100% (5 of 5 mails) in 24 hours" in mine
    other = words((await bounces(pool, "+819012300001")).blocks)
    assert "Nothing bounced in 24 hours: 0% (0 of 1 mails)." in other


async def test_bounces_of_nobody_known_are_said_to_be_so(pool: Pool, database: Database, mail: Mail) -> None:
    somebody = mail.person()
    mail.bounced(None, blamed=somebody)
    mail.bounced(None, blamed=somebody)
    mail.bounced(somebody)
    await mail.write(database)
    said = await bounces(pool)
    listed = [line for line in lines(words(said.blocks), "*By sender*") if line != "Show account"]
    assert listed[:2] == [
        "*+81 •••• 0001*, 1 bounce (permanent), new",
        ":grey_question: *Unknown owner*, 2 bounces",
    ]
    assert labels(said.blocks).count("Show account") == 1


@pytest.mark.parametrize(
    ("bounced", "head", "figure"),
    [
        (1, ":white_check_mark: Bounces are under 3%", "*Bounces 1.00%* (1 of 100), under 3%"),
        (3, ":white_check_mark: Bounces are not over 3%", "*Bounces 3.00%* (3 of 100), at 3%, not over"),
        (4, ":warning: Bounces are over 3%", "*Bounces 4.00%* (4 of 100), over 3%, under 5%"),
        (5, ":warning: Bounces are over 3%", "*Bounces 5.00%* (5 of 100), over 3%, at 5%"),
        (6, ":rotating_light: Bounces are over 5%", "*Bounces 6.00%* (6 of 100), over 5%"),
    ],
)
async def test_the_rate_is_held_against_both_limits_strictly(
    pool: Pool, database: Database, mail: Mail, bounced: int, head: str, figure: str
) -> None:
    person = mail.person()
    for _ in range(bounced):
        mail.bounced(person)
    for _ in range(100 - bounced):
        mail.sent(person)
    await mail.write(database)
    said = words((await bounces(pool)).blocks)
    assert said.startswith(f"{head}\n")
    assert figure in said
    assert ("Next: " in said) is not head.startswith(":white_check_mark:")


async def test_bounces_without_mail_are_no_rate(pool: Pool, database: Database, mail: Mail) -> None:
    mail.bounced(mail.person(), at=NOW - HOUR)
    mail.rows = [(*row[:3], NOW - 20 * DAY if row[0] == "sent" else row[3], row[4]) for row in mail.rows]
    await mail.write(database)
    said = await bounces(pool)
    assert said.text == "There is no bounce rate, for nothing was sent: 1 bounce in 24 hours."
    assert words(said.blocks).startswith(":grey_question: Bounces, but no rate\n*Too few bounces to see a pattern.*\n")
    assert ":grey_question: *Bounces no rate* (1 of 0), nothing was sent" in words(said.blocks)


async def test_a_window_without_mail_or_without_bounces_says_so(pool: Pool, database: Database, mail: Mail) -> None:
    empty = await bounces(pool, "7d")
    assert words(empty.blocks).startswith(":warning: *No mail was sent in 7 days*, and nothing bounced: no rate.")
    mail.sent(mail.person())
    await mail.write(database)
    calm = await bounces(pool)
    assert calm.text == "Nothing bounced in 24 hours."
    assert words(calm.blocks).startswith(":white_check_mark: *Nothing bounced in 24 hours.*\nBounces 0% (0 of 1).\n")


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


async def test_the_parts_are_those_of_the_rate_whatever_faxis_rows_hold(
    pool: Pool, database: Database, mail: Mail
) -> None:
    chance = random.Random(6)  # noqa: S311 - lifelike, not secret
    people = [None, *(mail.person() for _ in range(5))]
    for _ in range(150):
        mail.bounced(
            chance.choice(people),
            chance.choice([None, "docomo.ne.jp", "a.example"]),
            at=NOW - chance.uniform(-1, 60) * HOUR,
            kind=chance.choice([None, "Permanent", "Transient", "Undetermined", "permanent"]),
            reason=chance.choice([None, UNKNOWN, FULL]),
            blamed=chance.choice(people),
            times=chance.choice([1, 1, 2, 40]),
        )
    await mail.write(database)
    async with pool.acquire() as connection:
        counted = await status.window(connection, NOW - DAY, NOW)
        found = await metric.bounces(connection, NOW - DAY, NOW)
    made = bounce_report.report(found, (), bounce_report.nameable(found))
    assert made.kinds == Kinds(counted.permanent, counted.transient, counted.undetermined)
    assert 0 < made.kinds.total < 100


def test_a_mention_does_what_the_command_does() -> None:
    catalogue = wiring.catalogue()
    one = catalogue.find("event", "app_mention")
    assert one is not None
    click = Click(
        "event", "app_mention", "event:1", "U0OP1", None, "C0OPS", 0.0, NOW, text="<@U0BOT> bounces 7d docomo"
    )
    meant, does = catalogue.route(click, one)
    assert (meant.text, does.tag, does.right) == ("7d docomo", "bounces:show", Right.READ)


async def test_an_auditor_may_look_and_a_look_says_what_was_looked_at(
    pool: Pool, database: Database, mail: Mail
) -> None:
    person = mail.person()
    mail.bounced(person)
    await mail.write(database)
    outcome = await press(pool, "/faxi-bounces", "U0AUD1", kind="command", text=f"30d {person}")
    assert (outcome.result, outcome.subject) == ("shown", person)
    assert outcome.parameters == {"period": "30d", "part": "summary", "of": "account", "from": 0}
    place = await press(pool, "/faxi-bounces", kind="command", text="docomo.ne.jp")
    assert "docomo" not in str(place.parameters)


async def test_a_number_in_a_mention_is_answered_with_the_advice_to_delete_it(
    pool: Pool, database: Database, mail: Mail
) -> None:
    mail.bounced(mail.person())
    await mail.write(database)
    command = wiring.catalogue().find("command", "/faxi-bounces")
    said = shown(await press(pool, "app_mention", kind="event", text="+819012300001", run=command))
    assert words(said.blocks).endswith("Only you see this. If your own message holds the number, please delete it.")


async def test_each_row_is_told_apart_when_it_is_read_out_and_names_nobody_in_its_value(
    pool: Pool, database: Database, mail: Mail
) -> None:
    mail.bounced(mail.person(), reason=UNKNOWN)
    mail.bounced(mail.person())
    await mail.write(database)
    said = await bounces(pool)
    read_out = [one["accessibility_label"] for block in said.blocks for one in screens.elements(block)]
    assert read_out == ["Show account ending in 0001", "Show account ending in 0002"]
    assert all(value.startswith("ac_") for value in values(said, "Show account"))
