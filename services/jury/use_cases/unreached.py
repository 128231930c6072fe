"""Step 2 of mails that did not arrive: say that one is settled, or send a result again. Next: queries/mails.py."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.jury import queries
from services.jury.models import ClassMail, Project
from services.jury.queries.mails import FATES, Unreached
from services.jury.use_cases import signing
from services.jury.use_cases.calls import find_call
from shared import audit
from shared.errors import NotFound
from shared.mail_fates import KEPT


def settle(session: Session, call_id: uuid.UUID, message_id: uuid.UUID, *, who: str, now: dt.datetime) -> Unreached:
    """Somebody told this person in another way. Raises NotFound when it is settled already."""
    found = _find(session, call_id, message_id)
    found.mail.settled_at = now
    audit.record(
        session,
        who=who,
        what="settled a mail that did not arrive",
        thing=found.about,
        thing_id=found.id,
        before=None,
        after={"mail": found.mail.template},
        now=now,
    )
    return found


def send_result_again(
    session: Session, call_id: uuid.UUID, message_id: uuid.UUID, email: str, *, who: str, now: dt.datetime
) -> Unreached:
    """A result that did not arrive goes to another address of the bearer, or to the same, with the offer that did
    not arrive either; no other bearer is written to. Raises NotFound when it is settled already."""
    find_call(session, call_id, lock=True)  # of two who send it again, the second finds it settled
    found = _find(session, call_id, message_id)
    if found.mail.template != "jury_result":
        raise NotFound("no-result", "Ce courriel n’est pas un résultat : il ne se renvoie pas d’ici.")
    project = session.get_one(Project, found.id)
    if project.bearer_email != email:
        before, project.bearer_email = project.bearer_email, email
        audit.record(
            session,
            who=who,
            what="corrected the address of a bearer",
            thing="project",
            thing_id=project.id,
            before={"bearer_email": before},
            after={"bearer_email": email},
            now=now,
        )
    offers = [
        one.mail
        for one in queries.unreached(session, call_id)
        if one.id == project.id and one.mail.template == "award_offered"
    ]
    this = queries.last_round_with(session, project)
    signing.tell_again(session, this.id, project, offer=bool(offers), who=who, now=now)
    for mail in (found.mail, *offers):
        mail.settled_at = now
    return found


def expire(session: Session, now: dt.datetime) -> None:
    """What is a year old of mails goes."""
    FATES.expire(session, now)
    session.execute(sa.delete(ClassMail).where(ClassMail.at < now - KEPT))


def _find(session: Session, call_id: uuid.UUID, message_id: uuid.UUID) -> Unreached:
    for one in queries.unreached(session, call_id):
        if one.mail.message_id == message_id:
            return one
    raise NotFound("mail-settled", "Ce courriel ne manque plus à personne : c’est réglé.")
