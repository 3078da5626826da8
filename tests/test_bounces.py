"""What /faxi-bounces shows: verdict and pattern first, then kinds, domains, reasons, true senders; all masked."""

import random
from typing import Any

import pytest

from bot import wiring
from bot.base.database import Pool
from bot.mail import bounce_report
from bot.mail.bounce_report import Kinds
from bot.mail.metrics import bounces as metric
from bot.mail.metrics import status
from bot.slack.blocks import Message
from tests.support import screens
from tests.support.databases import Database
from tests.support.mailing import DAY, FULL, HOUR, UNKNOWN, Mail, lines, values
from tests.support.pressing import NOW, labels, press, shown, words

COUNTED = (
    f"Counted at <!date^{int(NOW.timestamp())}^{{time}}|09:50 JST>. `/faxi-bounces 7d` or `30d` looks further back; "
    "`/faxi-account` shows one person. Addresses stay hidden. This look is recorded."
)


async def bounces(pool: Pool, text: str = "", who: str = "U0OP1", **click: Any) -> Message:
    """Type /faxi-bounces and return the answer."""
    return shown(await press(pool, "/faxi-bounces", who, kind="command", text=text, **click))


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
        "docomo 6 (all permanent), also before: all `docomo.ne.jp`",
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
    assert "\nIts senders were looked for in the 45 days around." in words(said.blocks)
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
