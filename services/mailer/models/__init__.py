"""Step 4 of nine: the tables, and the constraints that repeat each rule which must never break.

`contacts.py` and `issues.py` are what people keep; `ledger.py` is what became of every mail, `returns.py`
what came back. A change that others must know of goes on to `announce.py`.
"""

from services.mailer.models import (
    arrivals,
    contacts,
    identity,
    issues,
    ledger,
    letters,
    lists,
    moments,
    opportunities,
    photos,
    programs,
    returns,
    segments,
)
from services.mailer.models.orm import Base

__all__ = [
    "Base", "arrivals", "contacts", "identity", "issues", "ledger", "letters", "lists", "moments", "opportunities",
    "photos", "programs", "returns", "segments",
]  # fmt: skip
