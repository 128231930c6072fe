"""Step 8 of nine, the receiving end: one function per fact that concerns the jury."""

from __future__ import annotations

from sqlalchemy.orm import Session

from shared import identity
from shared.messaging.handlers import Event, Handlers

handlers = Handlers("jury")


@handlers.on("registration.staff.revoked.v1")
def on_staff_revoked(session: Session, event: Event) -> None:
    """Sessions of that account, signed before, no longer open the jury's pages."""
    identity.on_staff_revoked(session, event)
