"""``faxi-bot bench``: how long what people wait for takes, on tables of a real size, as ratios within one run.

It makes a PostgreSQL of its own, fills it, asks the bot's questions and, in turns, what one would ask
by hand; it compares what they find too. It is a measurement: a goal that is not met is said, no more.
"""

from bot.local.bench.running import SIZES, Options, bench

__all__ = ["SIZES", "Options", "bench"]
