"""Why a database cannot be reached or used, in one sentence that names the setting and repeats no secret."""

import errno
import os
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import parse_qs, unquote, urlsplit

import asyncpg

_ROLE = (asyncpg.InvalidAuthorizationSpecificationError, asyncpg.InvalidCatalogNameError)
_TABLES = (asyncpg.UndefinedTableError, asyncpg.UndefinedFunctionError, asyncpg.InvalidSchemaNameError)
_AWAY = (
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
)
CONNECTING = (OSError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
"""What connecting to a database can raise."""
ASKING = (TimeoutError, ConnectionResetError, asyncpg.PostgresError, asyncpg.InterfaceError)
"""What a question can raise, once connected; other errors are not the database's."""


class DatabaseError(Exception):
    """A database cannot be reached or used; the message names the setting and says what to do."""


class DatabaseRefusedError(DatabaseError):
    """The server or the address says no: asking again gives the same answer."""


def place(url: str) -> str:
    """Return where a database is, as host and port, without role and password."""
    try:
        parts = urlsplit(url)
        where = parts.netloc.rpartition("@")[2] or parse_qs(parts.query)["host"][0]
    except (ValueError, LookupError):
        return "that address"
    return where


def _scrubbed(error: BaseException, url: str) -> str:
    """Return what an error says, on one line, without the password of ``url``."""
    said = re.sub(r"\s+", " ", str(error)).strip() or type(error).__name__
    secrets = re.findall(r"[?&](?:password|sslpassword)=([^&]*)", url) + re.findall(r"//[^:/]*:(.*)@", url)
    for secret in secrets:
        for form in {secret, unquote(secret)} - {""}:
            said = said.replace(form, "***")
    return said


def refusal(error: BaseException, setting: str, url: str) -> str | None:
    """Say why trying again would not help; ``None`` when it may.

    Params:
        error: what connecting, or a question, raised.
        setting: the name of the setting that holds ``url``.
        url: the address; its password is not repeated.
    """
    said = _scrubbed(error, url)
    if isinstance(error, asyncpg.ClientConfigurationError) and said.startswith("`"):
        return f"{setting} is refused: {said}"
    if isinstance(error, _ROLE):
        return f"{setting}: {place(url)} refuses ({said}): correct the role, the password and the database's name"
    if isinstance(error, asyncpg.InsufficientPrivilegeError):
        return f"{setting}: {place(url)} refuses ({said}): take the role that the settings ask for"
    if isinstance(error, _TABLES):
        return f"{setting}: the bot's tables are not there ({said}): run `faxi-bot migrate` first"
    if "rejected SSL upgrade" in said:
        return f"{setting}: {place(url)} speaks no TLS: take another sslmode in it, or turn TLS on at the server"
    if isinstance(error, ValueError):  # also of a certificate, and of asyncpg's reading of the address
        reason = f": {said}" if isinstance(error, OSError) else ""
        return f"{setting} cannot be used{reason}: write it like postgresql://user:password@host:5432/faxi"
    return None


def _silence(error: BaseException, said: str) -> str:
    """Say in words why nothing was answered."""
    if isinstance(error, TimeoutError):
        return "it did not answer in time"
    if isinstance(error, socket.gaierror):
        return "no machine has this name"
    if isinstance(error, OSError) and error.errno not in {None, errno.ECONNREFUSED}:
        return os.strerror(error.errno)
    if isinstance(error, ConnectionRefusedError) or "Connect call failed" in said:  # the latter of several addresses
        return "nothing listens there"
    return said


def failure(error: BaseException, setting: str, url: str) -> str:
    """Say in one sentence what happened and what to do, whatever it was; see :func:`refusal`."""
    refused = refusal(error, setting, url)
    if refused is not None:
        return refused
    said = _scrubbed(error, url)
    if isinstance(error, asyncpg.PostgresError) and not isinstance(error, _AWAY):
        return f"{setting}: the database at {place(url)} could not do it ({said}): nothing was changed"
    silence = _silence(error, said)
    return f"{setting}: the database at {place(url)} cannot be reached ({silence}): start it, or correct the address"


@contextmanager
def in_words(setting: str, url: str, kinds: tuple[type[Exception], ...] = CONNECTING) -> Iterator[None]:
    """Let what a database's failure raises be said in words.

    Params:
        setting: the name of the setting that holds ``url``.
        url: the address; its password is not repeated.
        kinds: the failures, ``CONNECTING`` or ``ASKING``.

    Raises:
        DatabaseRefusedError: asking again does not help.
        DatabaseError: the database does not answer.
    """
    try:
        yield
    except kinds as error:
        refused = refusal(error, setting, url)
        if refused is not None:
            raise DatabaseRefusedError(refused) from None
        raise DatabaseError(failure(error, setting, url)) from None
