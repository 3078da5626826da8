"""The tables of mail that the benchmark makes, for tests that look at plans with many rows."""

from bot.local.bench.rows import HEAVIEST, ROWS_A_MAIL, USERS, fill

__all__ = ["HEAVIEST", "ROWS_A_MAIL", "USERS", "fill"]
