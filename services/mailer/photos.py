"""Photos beside articles: kept as soon as they come, gone when nothing shows them any more. Step 2 of nine.

A form that is sent back with an error names the photo that came with it, so that nobody chooses it twice. Hence some
belong to nothing yet: after a day they go, and so does one whose article or contribution is gone. One that was handed
in and never published goes some time after the answer, or after the issue that it was meant for.
"""

from __future__ import annotations

import datetime as dt
import re
import secrets
import uuid
from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, undefer

from services.mailer import pictures, rules
from services.mailer.models.issues import Contribution, Issue, Item
from services.mailer.models.photos import ALT_LIMIT, Photo
from shared.errors import NotFound, RuleError

WAITS = dt.timedelta(days=1)
"""How long a photo waits for the form that it came with."""

MOST_WAITING = 5
"""How many of one contributor: a form that is sent again and again does not fill the database."""

GONE = "photo-gone"
"""The code of the error for a form that names a photo which is not there any more."""

_NAME = re.compile(r"[A-Za-z0-9_-]{1,40}")
_PUBLISHED = sa.exists().where(Item.photo_id == Photo.id)
_HANDED_IN = sa.and_(
    Contribution.photo_id == Photo.id,
    Contribution.item_id.is_(None),  # once accepted, its item alone says what is shown
)
_SHOWN = _PUBLISHED | sa.exists().where(_HANDED_IN)


def keep(session: Session, picture: pictures.Picture, contributor_id: uuid.UUID | None, now: dt.datetime) -> Photo:
    """A photo with an address of its own. contributor_id: None when the newsroom brings it."""
    if contributor_id is not None:
        waiting = sa.select(Photo.id).where(Photo.contributor_id == contributor_id, ~_SHOWN)
        drop(session, session.scalars(waiting.order_by(Photo.created_at.desc()).offset(MOST_WAITING - 1)))
    photo = Photo(
        name=secrets.token_urlsafe(16),
        body=picture.jpeg,
        width=picture.width,
        height=picture.height,
        contributor_id=contributor_id,
        created_at=now,
    )
    session.add(photo)
    session.flush()
    return photo


def named(session: Session, name: str, contributor_id: uuid.UUID | None) -> Photo | None:
    """The photo that a form names. contributor_id: only theirs; None: any, for the newsroom."""
    if not _NAME.fullmatch(name):
        return None
    query = sa.select(Photo).where(Photo.name == name)
    if contributor_id is not None:
        query = query.where(Photo.contributor_id == contributor_id)
    return session.scalar(query)


def served(session: Session, name: str) -> Photo:
    """With its bytes. Raises NotFound."""
    query = sa.select(Photo).where(Photo.name == name).options(undefer(Photo.body))
    photo = session.scalar(query) if _NAME.fullmatch(name) else None
    if photo is None:
        raise NotFound("photo", "Cette photo n’est plus là.")
    return photo


def hold(session: Session, data: Mapping[str, Any]) -> None:
    """Keep the photo that an article is about to show: it does not go before the article is written.

    Raises RuleError when it went already, for instance from another tab.
    """
    wanted = sa.select(Photo.id).where(Photo.id == data.get("photo_id"))
    if data.get("photo_id") and session.scalar(wanted.with_for_update(read=True, key_share=True)) is None:
        raise RuleError(GONE, "Cette photo n’est plus là : choisissez-la à nouveau.", field="photo")


def described(data: dict[str, Any], credit: str) -> dict[str, Any]:
    """photo_id and photo_alt of an article: who shows a photo says what is on it and who took it. Raises RuleError."""
    photo_id, alt = data.get("photo_id"), str(data.get("photo_alt") or "").strip()
    if photo_id is None:
        return {"photo_id": None, "photo_alt": ""}
    for refusal in missing(alt, credit):
        raise refusal
    return {"photo_id": photo_id, "photo_alt": alt}


def missing(alt: str, credit: str) -> list[RuleError]:
    """What is still to be said of a photo, each on its field."""
    wanted = []
    if not alt.strip():
        wanted.append(
            RuleError(
                "photo-alt",
                "Dites en une phrase ce que montre la photo : certains lecteurs ne la verront pas.",
                field="photo_alt",
            )
        )
    elif len(alt) > ALT_LIMIT:
        wanted.append(RuleError("photo-alt", f"{ALT_LIMIT} caractères au plus pour ceci.", field="photo_alt"))
    if not credit.strip():
        wanted.append(RuleError("photo-credit", "Dites qui a pris la photo.", field="credit"))
    return wanted


def drop(session: Session, ids: Iterable[uuid.UUID | None]) -> int:
    """Of these, those that nothing shows any more. Returns how many."""
    session.flush()
    return _gone(session, Photo.id.in_([one for one in ids if one is not None]), _SHOWN)


def drop_unused(session: Session, now: dt.datetime, *, dry_run: bool = False) -> int:
    """Every photo that has waited long enough and that nothing shows, nor will. Returns how many."""
    late, wanted = Photo.created_at < now - WAITS, _wanted(now)
    if dry_run:
        return session.scalar(sa.select(sa.func.count()).select_from(Photo).where(late, ~wanted)) or 0
    return _gone(session, late, wanted)


def _wanted(now: dt.datetime) -> sa.ColumnElement[bool]:
    """Whether an article shows it, or one that may still be published, or whose answer is young."""
    said = sa.func.coalesce(Contribution.decided_at, Contribution.updated_at)
    due = (Contribution.state == "received") & sa.exists().where(
        Issue.id == Contribution.issue_id, Issue.planned_on > now.date() - rules.UNPUBLISHED_KEPT
    )
    return _PUBLISHED | sa.exists().where(_HANDED_IN, due | (said > now - rules.UNPUBLISHED_KEPT))


def _gone(session: Session, which: sa.ColumnElement[bool], shown: sa.ColumnElement[bool]) -> int:
    # One that an article is about to show is held by it (`hold`), and passed over.
    lock = sa.select(Photo.id).where(which, ~shown).order_by(Photo.id).with_for_update(skip_locked=True)
    ids = session.scalars(lock).all()
    # Asked again: an article may have been written while the lock was taken.
    held = [] if not ids else session.scalars(sa.select(Photo.id).where(Photo.id.in_(ids), ~shown)).all()
    if not held:
        return 0
    told = sa.update(Contribution).where(Contribution.photo_id.in_(held)).values(photo_id=None, photo_alt="")
    session.execute(told, execution_options={"synchronize_session": False})
    gone = sa.delete(Photo).where(Photo.id.in_(held))
    session.execute(gone, execution_options={"synchronize_session": False})
    return len(held)
