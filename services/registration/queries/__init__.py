"""Reading: what pages and facts need to know. Nothing in here writes.

standing.py: where one person stands. public.py: events as the public sees them. staff.py: lists, counts, exports.
checks.py: what must never be true, for the nightly check.
"""

from services.registration.queries.checks import drifted, idle_seats, oversold

__all__ = ["drifted", "idle_seats", "oversold"]
