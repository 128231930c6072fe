"""Step 2 of nine: who was invited answers by their link. Next: services/registration/use_cases/registering.py.

The link opens a form, never a registration; what it opens ends with the event, or once it was used (decision 0639).
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from itsdangerous import BadData, URLSafeSerializer
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.registration.models.events import Event
from services.registration.models.invitations import (
    Invitation,
    InvitationLine,
    InvitationLink,
    InvitationRound,
    InvitationStop,
)
from services.registration.queries import invitations as queries
from services.registration.queries.mails import FATES
from services.registration.rules import invitations as rules
from services.registration.rules.choices import N_
from services.registration.rules.people import may_name
from services.registration.use_cases import registering
from services.registration.use_cases.registering import Registered
from shared import audit
from shared.db import hash_token
from shared.errors import Gone, NotFound, RuleError
from shared.messaging import outbox

_ALONE = N_(
    "L’équipe a repris cette invitation pendant que vous écriviez. Vos réponses sont encore ici, mais rien n’est "
    "envoyé."
)
_AS_EVERYBODY = N_(
    "L’équipe a repris cette invitation pendant que vous écriviez. Vos réponses sont encore ici : envoyez-les de "
    "nouveau pour vous inscrire sans elle, comme tout le monde."
)
ENDED = ("over", "taken_back", "registered")
"""Where an invitation stands when its link opens no form."""


def open_link(session: Session, token: str, *, lock: bool = False) -> Invitation:
    """The invitation of a link, wherever it stands. Raises NotFound."""
    query = (
        sa.select(Invitation)
        .join(InvitationLink, InvitationLink.invitation_id == Invitation.id)
        .where(InvitationLink.token_hash == hash_token(token))
    )
    found = session.scalar(query.with_for_update(of=Invitation, key_share=True) if lock else query)
    if found is None:
        raise NotFound(
            "invitation-unknown",
            N_("Ce lien d’invitation n’est pas ou plus valable. Reprenez-le dans le courriel, en entier."),
        )
    return found


def standing(session: Session, invitation: Invitation, now: dt.datetime) -> str:
    """Where it stands for who holds its link: one of ENDED, "declined", or "open"."""
    event = session.get_one(Event, invitation.event_id)
    if event.ends_at <= now or event.state == "archived":
        return "over"
    state = queries.states(session, invitation.event_id, [invitation.id])[invitation.id]
    if state == "registered":
        return state
    if invitation.taken_back_at is not None:
        return "taken_back"
    return "declined" if invitation.declined_at is not None else "open"


def register(
    session: Session,
    token: str,
    event: Event,
    party: Sequence[Mapping[str, Any]],
    now: dt.datetime,
    *,
    site: str,
    together: bool,
) -> list[Registered]:
    """Register who was invited, by the same grant of seats as everybody; the link is spent. The same submission sent
    again gives the same registrations. Raises Gone when the invitation has ended, and what registering raises."""
    invitation = open_link(session, token, lock=True)
    where = standing(session, invitation, now)
    if where in ENDED:
        if again := registering.sent_before(session, event.id, party, now):
            return again
        if where == "taken_back":
            raise Gone("invitation-taken-back", _ALONE if event.by_invitation else _AS_EVERYBODY)
        raise Gone("invitation-ended", N_("Cette invitation ne sert plus."))
    if event.by_invitation and len(party) > 1:
        words = N_("Une invitation est pour une personne : retirez les collègues, et demandez une invitation pour eux.")
        raise RuleError("invited-alone", words, status=422)
    made = registering.register_party(
        session, event.id, party, now, site=site, together=together, event=event, invited=True
    )
    invitation.registration_id = made[0].registration_id
    invitation.declined_at = None
    return made


def decline(session: Session, token: str, now: dt.datetime) -> None:
    """« Je ne viendrai pas ». Again changes nothing; who is registered gives their place up on their own page."""
    invitation = open_link(session, token, lock=True)
    if standing(session, invitation, now) == "open":
        invitation.declined_at = now
        _note(session, invitation.id, "declined", now)


def undo_decline(session: Session, token: str, now: dt.datetime) -> None:
    invitation = open_link(session, token, lock=True)
    if invitation.declined_at is not None:
        invitation.declined_at = None
        _note(session, invitation.id, "decline undone", now)


def stop(session: Session, token: str, now: dt.datetime) -> None:
    """This address is not invited any more, to whatever event. Again changes nothing."""
    one = open_link(session, token)
    stop_address(session, one.email_hash, now, about=one.id)


def undo_stop(session: Session, token: str, now: dt.datetime) -> None:
    one = open_link(session, token)
    undo_stop_address(session, one.email_hash, now, about=one.id)


def stop_address(session: Session, email_hash: str, now: dt.datetime, *, about: uuid.UUID) -> None:
    if put_in(session, email_hash, now):
        _note(session, about, "stopped", now)


def undo_stop_address(session: Session, email_hash: str, now: dt.datetime, *, about: uuid.UUID) -> None:
    if take_out(session, email_hash):
        _note(session, about, "stop undone", now)


def put_in(session: Session, email_hash: str, now: dt.datetime) -> bool:
    """Among those who want no invitation. Returns False when they were there."""
    row = insert(InvitationStop).values(email_hash=email_hash, stopped_at=now)
    return session.scalar(row.on_conflict_do_nothing().returning(InvitationStop.email_hash)) is not None


def take_out(session: Session, email_hash: str) -> bool:
    gone = sa.delete(InvitationStop).where(InvitationStop.email_hash == email_hash)
    return session.scalar(gone.returning(InvitationStop.email_hash)) is not None


def way_out(email_hash: str, key: str) -> str:
    """What a mail carries beside the link of its invitation: signed, so that it holds when all else is erased."""
    return str(_signer(key).dumps(email_hash))


def who_leaves(proof: str, key: str) -> str:
    """The hash of the address that a mail with this proof went to; "" when it is none of ours."""
    try:
        return str(_signer(key).loads(proof))
    except BadData:
        return ""


def _signer(key: str) -> URLSafeSerializer:
    return URLSafeSerializer(key, salt="not invited any more")


def _note(session: Session, invitation_id: uuid.UUID, what: str, now: dt.datetime) -> None:
    audit.record(
        session,
        who="participant",
        what=what,
        thing="invitation",
        thing_id=invitation_id,
        before=None,
        after=None,
        now=now,
    )


def forget(session: Session, key: str, name: str = "") -> int:
    """Take a person out of every list and invitation; that they want none stays, under the hash. Returns how many.

    key: their address as addresses are compared. name: theirs; "" when the address serves nobody else."""
    lines = session.scalars(sa.select(InvitationLine).where(sa.func.lower(InvitationLine.email) == key)).all()
    theirs = [one for one in lines if not name or may_name(one.name, name)]
    for one in theirs:
        session.delete(one)
    held = [one for one in queries.of_address(session, key) if not name or may_name(one.full_name, name)]
    _erase(session, held)
    return len(theirs) + len(held)


def _erase(session: Session, held: Sequence[Invitation]) -> None:
    ids = [one.id for one in held]
    FATES.forget(session, ids)
    outbox.forget(session, [str(one) for one in ids])
    session.execute(sa.delete(Invitation).where(Invitation.id.in_(ids)))


def expire(session: Session, now: dt.datetime, *, dry_run: bool = False) -> int:
    """Lists that nobody confirmed within a day, and invitations of events that ended ninety days ago."""
    waits = InvitationRound.confirmed_at.is_(None) & (InvitationRound.made_at < now - rules.LIST_KEPT)
    lists = list(session.scalars(sa.select(InvitationRound.id).where(waits)))
    past = sa.select(Event.id).where(Event.ends_at < now - rules.KEPT)
    held = session.scalars(sa.select(Invitation).where(Invitation.event_id.in_(past))).all()
    if not dry_run:
        session.execute(sa.delete(InvitationRound).where(InvitationRound.id.in_(lists)))
        _erase(session, held)
    return len(lists) + len(held)
