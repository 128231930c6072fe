"""Step 2 of nine: somebody asks to be erased; a link mailed to them confirms it. Next: use_cases/erasing.py."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registration import announce
from services.registration.models.erasures import Erasure
from services.registration.models.groups import GroupMember
from services.registration.models.invitations import Invitation
from services.registration.models.registrations import Registration
from services.registration.rules import erasure as rules
from services.registration.use_cases import groups, invited
from shared.db import hash_token, new_token


def ask(session: Session, registration_id: uuid.UUID, now: dt.datetime, *, site: str) -> bool:
    """Mail the link that confirms to the address of this registration; False when one left a moment ago."""
    registration = session.get_one(Registration, registration_id, with_for_update=True)
    return _ask(session, registration, now, site=site, registration_id=registration_id)


def ask_member(session: Session, token: str, now: dt.datetime, *, site: str) -> bool:
    """The same for a member of an exchange group, or who was one, by the link of their page. Raises NotFound."""
    _group, member = groups.open_link(session, token, left=True)
    session.refresh(member, with_for_update=True)
    return _ask(session, member, now, site=site, member_id=member.id)


def ask_invited(session: Session, token: str, now: dt.datetime, *, site: str) -> bool:
    """The same for who was invited, whose link may have been passed on: by itself it erases nobody. Raises NotFound."""
    one = invited.open_link(session, token, lock=True)
    return _ask(session, one, now, site=site, invitation_id=one.id)


def _ask(
    session: Session,
    of: Registration | GroupMember | Invitation,
    now: dt.datetime,
    *,
    site: str,
    **by: uuid.UUID,
) -> bool:
    recent = sa.select(Erasure.id).filter_by(**by).where(Erasure.asked_at > now - rules.ASK_AGAIN_AFTER)
    if session.scalar(recent.limit(1)):
        return False
    token = new_token()
    request = Erasure(
        **by,
        token_hash=hash_token(token),
        asked_at=now,
        expires_at=now + rules.CONFIRM_WITHIN,
        receipts={},
    )
    session.add(request)
    session.flush()
    announce.erasure_asked(session, request, of, link=f"{site}/effacement/{token}")
    return True
