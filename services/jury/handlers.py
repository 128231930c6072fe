"""Step 8 of nine, the receiving end: one function per fact that concerns the jury."""

from __future__ import annotations

from sqlalchemy.orm import Session

from services.jury.models import Identity
from services.jury.queries.mails import FATES
from services.jury.use_cases import erasing, room
from shared import identity, network
from shared.messaging.handlers import Event, Handlers, is_newer

handlers = Handlers("jury")


FATES.listen(handlers)


@handlers.on("registration.staff.revoked.v1")
def on_staff_revoked(session: Session, event: Event) -> None:
    """Sessions of that account, signed before, no longer open the jury's pages."""
    identity.on_staff_revoked(session, event)


@handlers.on("registration.event.published.v1")
def on_event_published(session: Session, event: Event) -> None:
    """The secretary chooses from these events where a round is held."""
    if is_newer(session, event):
        room.know_gathering(session, event.data)


@handlers.on("registration.event.called_off.v1")
def on_event_called_off(session: Session, event: Event) -> None:
    """A round that is held there has to be held elsewhere; no other one chooses it."""
    if is_newer(session, event):
        room.know_gathering(session, event.data, called_off=True)


@handlers.on("registration.event.withdrawn.v1")
def on_event_withdrawn(session: Session, event: Event) -> None:
    """A draft again: no round chooses it until it is published anew."""
    if is_newer(session, event):
        room.know_gathering(session, event.data, called_off=True)


@handlers.on("registration.attendee.checked_in.v1")
def on_checked_in(session: Session, event: Event) -> None:
    """Jurors and bearers whom the desk lets in are seen on the board of a round that is held there."""
    if is_newer(session, event):
        room.arrived(session, event.data, undone=False)


@handlers.on("registration.attendee.undone.v1")
def on_undone(session: Session, event: Event) -> None:
    """A check-in that was a mistake."""
    if is_newer(session, event):
        room.arrived(session, event.data, undone=True)


@handlers.on("registration.person.erased.v1")
def on_person_erased(session: Session, event: Event) -> None:
    """Jurors get a pseudonym, drafts and arrivals go; what must be kept is said. The receipt is a fact."""
    erasing.erase(session, event.data, event.time)


@handlers.on("registration.identity.changed.v1")
def on_identity_changed(session: Session, event: Event) -> None:
    """What the network is called, from which day on."""
    if is_newer(session, event):
        network.receive(session, Identity, event)
