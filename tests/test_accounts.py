"""An account is found however it is written, and never guessed."""

# ruff: noqa: RUF001  (full-width characters are what is tested)

import asyncio
from uuid import UUID, uuid4

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.base import telephone
from bot.base.database import Pool
from bot.mail import accounts
from bot.mail.accounts import Account, Malformed, NotFound, Several
from tests.support.databases import Database

PLAIN, HYPHENS, LAND, FOREIGN = (UUID(int=number, version=4) for number in range(4))
PEOPLE = [
    (PLAIN, "+819034714821", "819034714821@me.faxi.jp"),
    (HYPHENS, "+81-80-2345-6789", "Obaasan@me.faxi.jp"),
    (LAND, "03-4567-8901", "81345678901@me.faxi.jp"),
    (FOREIGN, "+12125551234", "12125551234@me.faxi.jp"),
]


@pytest.fixture
async def people(database: Database) -> Database:
    """Give a database with four people beside Faxi's demo user."""
    async with database.connect() as connection:
        await connection.executemany("INSERT INTO users (id, phone_number, email_address) VALUES ($1, $2, $3)", PEOPLE)
    return database


async def find(pool: Pool, text: str) -> accounts.Found:
    """Find what ``text`` means, as the bot."""
    async with pool.acquire() as connection:
        return await accounts.find(connection, text)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        *(
            (text, PLAIN)
            for text in (
                "+819034714821",
                "819034714821",
                "09034714821",
                "9034714821",
                "090-3471-4821",
                "090 3471 4821",
                "(090) 3471-4821",
                "+81 90-3471-4821",
                "+81 (0)90-3471-4821",
                "+81-090-3471-4821",
                "81-90-3471-4821",
                "０９０３４７１４８２１",
                "０９０－３４７１－４８２１",
                "０９０ー３４７１ー４８２１",
                "＋８１　９０　３４７１　４８２１",
                "090‐3471‑4821",
                "  090-3471-4821\n",
                "\u202a090-3471-4821\u202c\u200b",
                "819034714821@me.faxi.jp",
                "819034714821@ME.FAXI.JP",
                "09034714821@me.faxi.jp",
                "８１９０３４７１４８２１＠ｍｅ．ｆａｘｉ．ｊｐ",
                "<mailto:819034714821@me.faxi.jp|819034714821@me.faxi.jp>",
                "<tel:+819034714821|+81 90-3471-4821>",
                str(PLAIN),
                str(PLAIN).upper(),
                f"{{{PLAIN}}}",
            )
        ),
        *(
            (text, HYPHENS)
            for text in (
                "080-2345-6789",
                "+818023456789",
                "81 80 2345 6789",
                "obaasan@me.faxi.jp",
                "OBAASAN@me.faxi.jp",
            )
        ),
        ("08023456789@me.faxi.jp", HYPHENS),
        *((text, LAND) for text in ("0345678901", "+81 3 4567 8901", "81345678901", "03-4567-8901")),
        *((text, FOREIGN) for text in ("+1 212-555-1234", "12125551234", "+1 (212) 555 1234")),
        ("+81-0000-000-0001", accounts.DEMO),
        ("demo@me.faxi.jp", accounts.DEMO),
    ],
)
async def test_an_account_is_found_however_it_is_written(people: Database, pool: Pool, text: str, meant: UUID) -> None:
    """By number, address or id, in every form that people and Slack write."""
    assert people
    found = await find(pool, text)
    assert isinstance(found, Account)
    assert found.id == meant


@pytest.mark.parametrize(
    ("text", "typed"),
    [
        ("090-9999-1234", "+81 •••• 1234"),
        ("819034714821@gmail.com", "a mail address"),
        ("nobody@me.faxi.jp", "a mail address"),
        ("5f0c1a52-6f0b-4a7e-9a83-0d8f6f2f0a11", "5f0c1a52-6f0b-4a7e-9a83-0d8f6f2f0a11"),
    ],
)
async def test_what_no_account_has_is_said_masked(people: Database, pool: Pool, text: str, typed: str) -> None:
    """A number before another domain is not that number's account."""
    assert people
    assert await find(pool, text) == NotFound(typed)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "Give the telephone number"),
        ("   ", "Give the telephone number"),
        ("4821", "more than 4 digits"),
        ("090-9999-123", "no such telephone number"),
        ("812345678", "no such telephone number"),
        ("1" * 30, "fewer than 30 digits"),
        ("Mrs. Tanaka", "no telephone number, no mail address and no id"),
        ("090-1234-567x", "no telephone number, no mail address and no id"),
        ("５f0c1a52-6f0b", "no telephone number, no mail address and no id"),
        ("a@b", "no telephone number"),
        ("%' OR '1'='1", "no telephone number"),
        ("9" * 10_000, "too long"),
        ("\x00", "Give the telephone number"),
    ],
)
async def test_what_can_be_no_account_is_refused_with_the_reason(
    people: Database, pool: Pool, text: str, words: str
) -> None:
    """The reason says what to do; the text is not repeated."""
    assert people
    found = await find(pool, text)
    assert isinstance(found, Malformed)
    assert words in found.reason


async def test_several_accounts_are_all_named_and_none_is_guessed(people: Database, pool: Pool) -> None:
    """The same number stored twice in two forms, or as another's address."""
    twin, other = uuid4(), uuid4()
    async with people.connect() as connection:
        await connection.execute(
            "INSERT INTO users (id, phone_number, email_address) VALUES ($1, '+81-9034-71-4821', 'a@x.jp'), "
            "($2, '+810000000009', '818023456789@me.faxi.jp')",
            twin,
            other,
        )
    for text, both in (("090-3471-4821", {PLAIN, twin}), ("080-2345-6789", {HYPHENS, other})):
        found = await find(pool, text)
        assert isinstance(found, Several)
        assert {account.id for account in found.accounts} == both


async def test_an_account_shows_what_faxi_holds_and_null_means_no(people: Database, pool: Pool) -> None:
    """Restriction, verification, and whether it is a demo account."""
    async with people.connect() as connection:
        await connection.execute(
            "UPDATE users SET email_restricted = NULL, fax_number_verified = NULL WHERE id = $1", PLAIN
        )
        await connection.execute(
            "UPDATE users SET email_restricted = true, email_restriction_reason = 'why', fax_number_verified = true, "
            "feature_flags = '{\"demoUser\": true}' WHERE id = $1",
            HYPHENS,
        )
    async with pool.acquire() as connection:
        plain = await accounts.load(connection, PLAIN)
        assert plain is not None
        assert (plain.number_masked, plain.restricted, plain.fax_verified, plain.demo) == (
            "+81 •••• 4821",
            False,
            False,
            False,
        )
        loaded = await accounts.load(connection, HYPHENS)
        assert loaded is not None
        assert (loaded.restricted, loaded.restriction_reason, loaded.fax_verified, loaded.demo) == (
            True,
            "why",
            True,
            True,
        )
        demo = await accounts.load(connection, accounts.DEMO)
        assert demo is not None
        assert demo.demo
        assert await accounts.load(connection, uuid4()) is None


async def test_a_locked_account_keeps_out_changes_but_not_faxis_new_rows(people: Database, pool: Pool) -> None:
    """Mail goes on to be counted while an approval is decided."""
    async with pool.acquire() as holder, holder.transaction():
        assert await accounts.load(holder, PLAIN, lock=True)
        async with people.connect() as faxi:
            await faxi.execute("SET lock_timeout = '2s'")
            await faxi.execute("INSERT INTO email_metrics (event_type, user_id) VALUES ('sent', $1)", PLAIN)
        async with pool.acquire() as other:
            with pytest.raises(asyncpg.LockNotAvailableError):
                async with asyncio.timeout(5), other.transaction():
                    await accounts.load(other, PLAIN, lock=True)


NUMBERS = st.tuples(st.sampled_from(["70", "80", "90"]), st.integers(10_000_000, 99_999_999)).map(
    lambda parts: f"81{parts[0]}{parts[1]}"
)
DASHES = st.sampled_from(
    ["", "-", " ", "\N{KATAKANA-HIRAGANA PROLONGED SOUND MARK}", "\N{FULLWIDTH HYPHEN-MINUS}", "\u2013"]
)
WIDE = str.maketrans("0123456789", "".join(chr(0xFF10 + digit) for digit in range(10)))


@given(NUMBERS, st.sampled_from(["+81", "81", "0", "+810"]), DASHES, st.booleans())
def test_every_way_of_writing_a_number_means_the_digits_it_may_be_stored_under(
    number: str,
    before: str,
    dash: str,
    wide: bool,  # noqa: FBT001
) -> None:
    """Checked for any mobile number of Japan."""
    written = f"{before}{dash}{number[2:4]}{dash}{number[4:8]}{dash}{number[8:]}"
    meant = telephone.valid_numbers(telephone.tidy(written.translate(WIDE) if wide else written))
    assert number in meant
    assert {number, f"0{number[2:]}"} <= set(telephone.stored_forms(number))
