"""Step 5, for the committee of experts: an opinion is asked for, or awaited. Beside announce.py.

Next: shared/messaging/outbox.py, in the same transaction.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from services.jury import languages
from services.jury.models import Call, Expert, Opinion, Project
from shared.messaging import outbox


def opinion_asked(
    session: Session, call: Call, project: Project, expert: Expert, opinion: Opinion, *, again: bool, link: str
) -> None:
    """The request to one expert, with the link to answer it; again: it is awaited."""
    data = {
        "opinion_id": opinion.id,
        "call_id": call.id,
        "call_title": call.title,
        "project_title": project.title,
        "structure": project.structure,
        "person": {
            "first_name": expert.first_name,
            "last_name": expert.last_name,
            "email": expert.email,
            "locale": languages.to_write_in(expert.languages),
        },
        "organiser": {"name": call.organiser_name, "email": call.organiser_email},
        "due_on": opinion.due_on,
        "again": again,
        "link": link,
    }
    outbox.add(session, "jury.opinion.asked.v1", data, thing=opinion.id)
