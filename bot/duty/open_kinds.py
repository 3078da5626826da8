"""All kinds of open things, the ones that stand for others first."""

from typing import Final

from bot.duty import handoff_notes, open_accounts, open_work
from bot.duty.open_things import Kind

KINDS: Final[tuple[Kind, ...]] = (
    open_work.CASES,
    open_work.APPROVALS,
    open_accounts.RESTRICTIONS,
    open_accounts.FLAGGED,
    open_work.LISTS,
    open_work.EFFECTS,
    open_work.MESSAGES,
    handoff_notes.NOTES,
    open_work.HEALTH,
)
"""In this order they stand in a handoff."""
