"""The runbook's limits of rates, as fractions of whole numbers: ``rate.over(*BOUNCES)``."""

from typing import Final, NamedTuple


class Limit(NamedTuple):
    """A limit as a fraction, so that no rounding comes between it and a rate."""

    numerator: int
    denominator: int


BOUNCES_WARN: Final = Limit(3, 100)
"""Over 3 %: warning, 4 hours (runbook, Alert Response Times)."""
BOUNCES: Final = Limit(5, 100)
"""Over 5 %: critical, 30 minutes (runbook, Alert Response Times; Handling High Bounce Rate Alert)."""
COMPLAINTS_WARN: Final = Limit(5, 10_000)
"""Over 0.05 %: warning, 4 hours (runbook, Alert Response Times)."""
COMPLAINTS: Final = Limit(1, 1_000)
"""Over 0.1 %: critical, 15 minutes (runbook, Alert Response Times; Handling High Complaint Rate Alert)."""
DELIVERED: Final = Limit(95, 100)
"""Under 95 %: critical, 30 minutes (runbook, Alert Response Times)."""
