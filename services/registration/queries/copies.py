"""What the copy of an event does not take along: it was decided of that event, and is decided anew.

Next: services/registration/web/events.py.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registration.models.documents import EventDocument
from services.registration.models.events import Event
from services.registration.models.notices import Notice
from services.registration.rules.choices import N_
from services.registration.rules.participants import PAPER


def left_behind(session: Session, event: Event) -> list[str]:
    """In words, only what the event has: who would read names again, and what depends on its workshops."""
    told = session.scalar(sa.select(sa.exists().where(Notice.event_id == event.id)))
    documents = session.scalar(sa.select(sa.exists().where(EventDocument.event_id == event.id)))
    words = {
        N_("qui est averti par courriel"): told,
        N_("qui lit en ligne la liste des participants"): event.list_reach != PAPER,
        N_("les documents de la page"): documents,
        N_("les sites qui montrent le formulaire"): event.framed_by,
        N_("le délai d’une place proposée"): event.offer_hours,
        N_("l’attribution des ateliers par vœux"): event.allocation,
    }
    return [said for said, had in words.items() if had]
