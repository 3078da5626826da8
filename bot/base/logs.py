"""The log: one JSON object a line on standard error, each with its time in UTC; of a person it tells nothing.

An error of the database may quote a whole row, with a number, an address and a name in it, and other errors
the value that was wrong. So of what failed the log has the places and the kind, and no such value.
"""

import logging
import re
import sys
import traceback
from types import TracebackType
from typing import Final

import asyncpg
import structlog

_HIDDEN: Final = "••••"
_PRIVATE: Final = re.compile(r"\+?\d(?:[ ().-]?\d){8,}|[^\s'\"<>@]+@[^\s'\"<>@]+")  # numbers, and mail addresses
_OF_NAMES: Final = "42"
"""The class of SQLSTATE in whose messages stand names of tables and columns, and never a value."""


def configure(level: str) -> None:
    """Set up logging for this process.

    Parameters:
        level: ``DEBUG``, ``INFO``, ``WARNING`` or ``ERROR``.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Formatter("%(levelname)s %(name)s %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    # While the database is away the pool would write a traceback at each try; who needs it says so in a line.
    logging.getLogger("asyncpg.pool").setLevel(logging.ERROR)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.ExceptionRenderer(lambda found: told(found[1])),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )


def told(error: BaseException | None) -> str:
    """Return how an error came about, as a traceback says it, without what it quotes."""
    parts: list[str] = []
    known: set[int] = set()
    while error is not None and id(error) not in known:
        known.add(id(error))
        places = "".join(traceback.format_tb(error.__traceback__))
        parts.append(f"Traceback (most recent call last):\n{places}{_said(error)}")
        if isinstance(error, BaseExceptionGroup):
            parts += [told(one) for one in error.exceptions]
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "\n\nand then\n\n".join(reversed(parts))


def _said(error: BaseException) -> str:
    kind = f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")
    if isinstance(error, asyncpg.PostgresError):
        state = error.sqlstate or ""
        about = [error.table_name, error.column_name, error.constraint_name]
        message = str(error.args[0]) if state.startswith(_OF_NAMES) and error.args else ""
        return " ".join(str(one) for one in (f"{kind}: {state}", *about, message) if one)
    if isinstance(error, asyncpg.InterfaceError):  # also a value that does not fit, which it quotes
        return kind
    message = _PRIVATE.sub(_HIDDEN, str(error))
    return f"{kind}: {message}" if message else kind


class _Formatter(logging.Formatter):
    """Writes what libraries log, and what asyncio says of tasks that failed."""

    def formatException(  # noqa: N802 - logging's name
        self,
        ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None],
    ) -> str:
        """Return how the error came about, see :func:`told`."""
        return told(ei[1])
