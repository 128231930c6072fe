"""Step 5, for the stage: who is on when, to each bearer and to the programme of the event. Beside announce.py.

Next: shared/messaging/outbox.py, in the same transaction.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from services.jury.announce import about
from services.jury.models import Call, Project, Round, ToldSlot
from shared.messaging import outbox


def slot_told(
    session: Session,
    call: Call,
    project: Project,
    slot: ToldSlot,
    *,
    event: str,
    moved: bool = False,
    taken_back: bool = False,
    locale: str,
    url: str = "",
) -> None:
    """When a project is on the stage, when it is now (moved), or that it no longer is (taken_back: it gave up).
    event: where it is held, "" where none is named."""
    where = ", ".join(part for part in (event, slot.place) if part)
    entry = {
        "uid": f"slot-{slot.round_id}-{project.id}@agora",
        "sequence": slot.sequence,
        "starts_at": slot.starts_at,
        "ends_at": slot.ends_at,
        "summary": f"{call.title[:90]} – {project.title}"[:300],
        "location": where[:300],
        "url": url,
        "cancelled": taken_back,
    }
    data = about(call, project, locale) | {
        "project_id": project.id,
        "round_id": slot.round_id,
        "starts_at": slot.starts_at,
        "ends_at": slot.ends_at,
        "event": event,
        "place": slot.place,
        "moved": moved,
        "taken_back": taken_back,
        "calendar": [entry],
    }
    outbox.add(session, "jury.slot.told.v1", data, thing=project.id)


def running_order_told(session: Session, call: Call, this: Round, slots: Sequence[tuple[ToldSlot, Project]]) -> None:
    """Who is on the stage when, as the bearers were told; what gave up since is not among them."""
    data = {
        "round_id": this.id,
        "call_id": call.id,
        "call_title": call.title,
        "event_id": this.gathering_id,
        "slots": [
            {
                "project_id": project.id,
                "number": project.number,
                "title": project.title,
                "structure": project.structure,
                "starts_at": slot.starts_at,
                "ends_at": slot.ends_at,
            }
            for slot, project in slots
        ],
    }
    outbox.add(session, "jury.running_order.told.v1", data, thing=this.id)
