"""Each failure of a database names the setting and what to do, and never the password."""

import errno
import socket
import ssl

import asyncpg
import pytest

from bot.base.reaching import failure, place, refusal

URL = "postgresql://role:very%2Fsecret@db:5432/faxi?sslpassword=very-hidden"
WAITS: list[tuple[Exception, str]] = [
    (TimeoutError(), "it did not answer in time"),
    (ConnectionRefusedError(errno.ECONNREFUSED, "Connect call failed ('10.0.0.1', 5432)"), "nothing listens there"),
    (OSError("Multiple exceptions: [Errno 111] Connect call failed, [Errno 99] no"), "nothing listens there"),
    (OSError(errno.EHOSTUNREACH, "Connect call failed ('10.0.0.1', 5432)"), "No route to host"),
    (socket.gaierror(-2, "Name or service not known"), "no machine has this name"),
    (asyncpg.CannotConnectNowError("the database system is starting up"), "the database system is starting up"),
    (asyncpg.TooManyConnectionsError("too many clients"), "too many clients"),
]
REFUSES: list[tuple[Exception, str]] = [
    (asyncpg.InvalidPasswordError('password authentication failed for user "role"'), "correct the role, the password"),
    (asyncpg.InvalidCatalogNameError('database "faxi" does not exist'), "the database's name"),
    (asyncpg.InsufficientPrivilegeError("permission denied"), "take the role that the settings ask for"),
    (asyncpg.UndefinedTableError("no such table"), "run `faxi-bot migrate` first"),
    (asyncpg.ClientConfigurationError("invalid DSN: very/secret"), "write it like postgresql://"),
    (asyncpg.ClientConfigurationError("`sslmode` parameter must be one of: disable"), "`sslmode` parameter must be"),
    (ValueError("invalid literal for int(): 'very'"), "write it like postgresql://"),
    (ssl.SSLCertVerificationError(1, "certificate verify failed"), "certificate verify failed"),
    (ConnectionError("PostgreSQL server at db:5432 rejected SSL upgrade"), "take another sslmode"),
]


@pytest.mark.parametrize(("error", "words"), WAITS)
def test_a_server_that_does_not_answer_may_be_waited_for(error: Exception, words: str) -> None:
    assert refusal(error, "DATABASE_URL", URL) is None
    assert failure(error, "DATABASE_URL", URL) == (
        f"DATABASE_URL: the database at db:5432 cannot be reached ({words}): start it, or correct the address"
    )


@pytest.mark.parametrize(("error", "words"), REFUSES)
def test_what_waiting_does_not_help_is_refused_with_what_to_do(error: Exception, words: str) -> None:
    said = refusal(error, "DATABASE_URL", URL)
    assert said is not None
    assert said.startswith("DATABASE_URL")
    assert words in said
    assert failure(error, "DATABASE_URL", URL) == said


@pytest.mark.parametrize("secret", ["very/secret", "very%2Fsecret", "very-hidden", URL])
def test_a_password_in_what_the_server_says_is_not_repeated(secret: str) -> None:
    for kind in (asyncpg.InvalidPasswordError, asyncpg.DataError, OSError, asyncpg.InterfaceError):
        said = failure(kind(f"it said {secret} twice"), "DATABASE_URL", URL)
        assert not any(one in said for one in ("very/secret", "very%2Fsecret", "very-hidden"))


def test_a_place_is_said_without_role_and_password() -> None:
    assert place(URL) == "db:5432"
    assert place("postgresql:///faxi?host=/run/postgresql&password=very-secret") == "/run/postgresql"
    assert place("postgresql://role:very-secret@[::1/faxi") == "that address"
