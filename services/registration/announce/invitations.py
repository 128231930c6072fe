"""Step 5 of nine: the facts about who is invited. Next: shared/messaging/outbox.py.

The word of the team is data: no service reads a template in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from services.registration.announce import occasion
from services.registration.models.events import Event
from services.registration.models.invitations import Invitation, InvitationRound
from shared.messaging import outbox


def invited(
    session: Session,
    event: Event,
    row: InvitationRound,
    to: Invitation,
    *,
    site: str,
    link: str,
    leave: str,
    was: Mapping[str, Any] | None = None,
    reason: str = "",
) -> None:
    """One person is invited, reminded, or invited once more; was: to what has another date, hour or place now."""
    data = told(event, row, to, site=site, link=link, leave=leave)
    data |= ({"was": was} if was else {}) | ({"reason": reason} if reason else {})
    outbox.add(session, "registration.invitation.sent.v1", data, thing=to.id)


def called_off(
    session: Session,
    event: Event,
    row: InvitationRound,
    to: Invitation,
    reason: str,
    *,
    site: str,
    link: str,
    leave: str,
    assembly: str,
) -> None:
    """What one person was invited to does not take place. assembly: the title of one that it announced, of which
    another mail told them before that it does not either; "" for none."""
    data = told(event, row, to, site=site, link=link, leave=leave) | {"reason": reason}
    data |= {"assembly": assembly} if assembly else {}
    outbox.add(session, "registration.invitation.called_off.v1", data, thing=to.id)


def told(
    event: Event, row: InvitationRound, to: Invitation, *, site: str, link: str, leave: str = ""
) -> dict[str, Any]:
    """The payload; the preview of the mail is made of it too."""
    english = to.locale == "en"
    word = (english and row.word_en) or row.word
    about = occasion(event, site, to.locale)
    about.pop("word", None)  # that one is for who has a place
    return {
        "invitation_id": to.id,
        "round_id": row.id,
        "occasion": about,
        "person": {name: getattr(to, name) for name in ("first_name", "last_name", "email", "locale")},
        "organiser": {"name": event.organiser_name, "email": event.organiser_email},
        "source": to.source,
        "origin": (english and to.origin_en) or to.origin,
        "link": link,
        **({"leave_link": leave} if leave else {}),
        **({"word": word} if word else {}),
        **({"reminder": True} if row.kind == "reminder" else {}),
    }
