"""Step 2 of nine: a half-filled form is kept, and finished later by a mailed link. Next: models/kept_forms.py.

The values are kept as they were typed, right or wrong: they are checked when the form is sent. No seat is held.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registration import announce
from services.registration.models.events import Event
from services.registration.models.kept_forms import KeptForm
from services.registration.rules import seats as rules
from services.registration.rules.choices import N_
from services.registration.rules.people import email_key
from services.registration.use_cases import attaching
from shared.db import hash_token, new_token
from shared.errors import NotFound, RuleError
from shared.messaging import outbox

KEPT_FOR = dt.timedelta(days=7)
MOST_MAILS = 3
"""To one address for one event, in a day: whoever types somebody else's address does not fill their mailbox."""


def keep(
    session: Session, event: Event, values: Mapping[str, str], locale: str, now: dt.datetime, *, site: str, token: str
) -> dt.datetime:
    """Keep these values until the instant returned. With the token of a kept form, that one is replaced, and no mail
    leaves unless the address changed; else a link is mailed. Raises RuleError."""
    rules.refuse_closed(event.state, event.opens_at, event.closes_at, event.ends_at, now)
    rules.refuse_uninvited(event.by_invitation)
    until = min(now + KEPT_FOR, event.closes_at or event.ends_at)
    key = email_key(values["email"])
    same = sa.select(KeptForm).where(KeptForm.token_hash == hash_token(token), KeptForm.event_id == event.id)
    found = session.scalar(same.with_for_update()) if token else None
    if found is not None and found.email_key == key:
        found.values, found.kept_at, found.expires_at = dict(values), now, until
        return until
    _refuse_flood(session, event, key, now)
    fresh = new_token()
    if found is not None:  # the address was wrong: its link stops
        session.delete(found)
    made = KeptForm(
        event_id=event.id,
        token_hash=hash_token(fresh),
        email_key=key,
        values=dict(values),
        kept_at=now,
        mailed_at=now,
        expires_at=until,
    )
    session.add(made)
    session.flush()
    person = {
        "first_name": values.get("first_name", "")[:120],
        "last_name": values.get("last_name", "")[:120],
        "email": values["email"],
        "locale": locale,
    }
    announce.form_kept(session, made, event, person, site=site, link=f"{site}/brouillon/{fresh}")
    return until


def resume(session: Session, token: str, now: dt.datetime) -> tuple[str, dict[str, Any]]:
    """(slug of the event, what was typed). Raises NotFound for an unknown, expired or finished one, alike."""
    row = session.execute(
        sa.select(Event.slug, KeptForm.values)
        .join(Event, Event.id == KeptForm.event_id)
        .where(KeptForm.token_hash == hash_token(token), KeptForm.expires_at > now)
    ).first()
    if row is None:
        raise NotFound(
            "kept-form-unknown",
            N_("Ce formulaire n’est plus gardé : il a été envoyé, ou son délai est passé. Vous pouvez recommencer."),
        )
    return row.slug, row.values


def finished(session: Session, token: str) -> None:
    """The form was sent: nothing of it is kept beside the registration. token: "" when it was never kept."""
    if token:
        session.execute(sa.delete(KeptForm).where(KeptForm.token_hash == hash_token(token)))


def expire(session: Session, now: dt.datetime, *, dry_run: bool = False) -> int:
    """Erase the forms whose time is over, or count them."""
    over = list(session.scalars(sa.select(KeptForm.id).where(KeptForm.expires_at <= now)))
    if not dry_run:
        session.execute(sa.delete(KeptForm).where(KeptForm.id.in_(over)))
    return len(over)


def forget(session: Session, email: str) -> int:
    """Erase every form kept under this address, their files, and the facts that were told of them."""
    gone = sa.delete(KeptForm).where(KeptForm.email_key == email_key(email))
    about = []
    for one, event_id, values in session.execute(gone.returning(KeptForm.id, KeptForm.event_id, KeptForm.values)):
        about.append(str(one))
        attaching.forget(session, event_id, values.values())
    outbox.forget(session, about)
    return len(about)


def _refuse_flood(session: Session, event: Event, key: str, now: dt.datetime) -> None:
    recent = sa.select(sa.func.count()).where(
        KeptForm.event_id == event.id, KeptForm.email_key == key, KeptForm.mailed_at > now - dt.timedelta(days=1)
    )
    if (session.scalar(recent) or 0) >= MOST_MAILS:
        raise RuleError(
            "kept-too-often",
            N_("Trois liens sont déjà partis aujourd’hui vers cette adresse : reprenez par le dernier."),
            status=429,
            field="email",
        )
