"""The runbook's limits of rates, as fractions of whole numbers: ``rate.over(*BOUNCES)``.

A team's own file may have others: who shows or judges figures for a team asks ``team.runbook.thresholds``.
"""

from typing import Final

from bot.engine.handbook import STANDARD, Limit

__all__ = ["BOUNCES", "BOUNCES_WARN", "COMPLAINTS", "COMPLAINTS_WARN", "DELIVERED", "Limit"]

BOUNCES_WARN: Final = STANDARD.bounce_rate.warning
"""Over 3 %: warning, 4 hours (runbook, Alert Response Times)."""
BOUNCES: Final = STANDARD.bounce_rate.critical
"""Over 5 %: critical, 30 minutes (runbook, Alert Response Times; Handling High Bounce Rate Alert)."""
COMPLAINTS_WARN: Final = STANDARD.complaint_rate.warning
"""Over 0.05 %: warning, 4 hours (runbook, Alert Response Times)."""
COMPLAINTS: Final = STANDARD.complaint_rate.critical
"""Over 0.1 %: critical, 15 minutes (runbook, Alert Response Times; Handling High Complaint Rate Alert)."""
DELIVERED: Final = STANDARD.delivery_rate.critical
"""Under 95 %: critical, 30 minutes (runbook, Alert Response Times)."""
