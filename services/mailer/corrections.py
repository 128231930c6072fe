"""Corrections of the web version after the sending: step 2 of nine. The mail stays as it was, and so says the page."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.mailer import issues, photos, versions
from services.mailer.models.issues import Correction, Issue, Item
from shared.errors import NotFound, RuleError

HEAD = ("title", "editorial")
FIELDS = ("title", "text", "html", "link", "credit", "photo_id", "photo_alt")


def correct(
    session: Session,
    issue_id: uuid.UUID,
    item_id: uuid.UUID,
    data: dict[str, Any],
    *,
    who: str,
    now: dt.datetime,
    seen: str | None = None,
) -> None:
    """Put an item right on the web: title, text, link, credit, photo, and the note that readers see with its date.

    seen: the stamp of what the form was filled with. Raises RuleError, "edited-meanwhile" when it is another by now.
    """
    issue = _sent(session, issue_id)
    item = next((one for one in issue.items if one.id == item_id), None)
    if item is None:
        raise NotFound("item", "Cet article n’est plus dans le numéro.")
    note = _note(data)
    kept = {name: getattr(item, name) for name in ("section", "structure", "expires_on", "photo_id", "photo_alt")}
    photos.hold(session, data)
    values = issues.checked(kept | data)
    before = {name: getattr(item, name) for name in FIELDS if getattr(item, name) != values[name]}
    if not before:
        raise RuleError("same", "Rien n’a changé dans cet article.", field="text")
    versions.refuse_overwriting(versions.item(item), seen)
    for name in before:
        setattr(item, name, values[name])
    item.updated_at = now
    session.add(Correction(issue_id=issue.id, item_id=item.id, note=note, who=who, at=now))
    after = {"item": item.id, "note": note} | {name: values[name] for name in before}
    issues.record(session, issue, "corrected", {"item": item.id} | before, after, who, now)


def correct_head(
    session: Session,
    issue_id: uuid.UUID,
    data: dict[str, Any],
    *,
    who: str,
    now: dt.datetime,
    seen: str | None = None,
) -> None:
    """The same for what stands above the items: title and editorial. Raises RuleError."""
    issue = _sent(session, issue_id)
    note = _note(data)
    before = {name: getattr(issue, name) for name in HEAD if getattr(issue, name) != data[name]}
    if not before:
        raise RuleError("same", "Rien n’a changé dans le titre ni dans l’éditorial.", field="editorial")
    versions.refuse_overwriting(versions.head(issue), seen)
    for name in before:
        setattr(issue, name, data[name])
    issue.updated_at = now
    session.add(Correction(issue_id=issue.id, note=note, who=who, at=now))
    issues.record(session, issue, "corrected", before, {"note": note} | {name: data[name] for name in before}, who, now)


def _sent(session: Session, issue_id: uuid.UUID) -> Issue:
    issue = issues.get(session, issue_id, lock=True)
    if issue.state != "sent":
        raise RuleError("not-sent", "Ce numéro n’est pas parti : modifiez-le, tout simplement.")
    return issue


def _note(data: dict[str, Any]) -> str:
    note = str(data.get("note") or "").strip()
    if len(note) < 5:
        raise RuleError("note", "Dites aux lecteurs ce qui est corrigé.", field="note")
    return note


def of(session: Session, issue_id: uuid.UUID) -> list[tuple[Correction, str | None]]:
    """The corrections of an issue with the title of their item, None where it is the issue's own head; oldest first."""
    query = sa.select(Correction, Item.title).outerjoin(Item, Item.id == Correction.item_id)
    rows = session.execute(query.where(Correction.issue_id == issue_id).order_by(Correction.at, Correction.id))
    return [(row[0], row[1]) for row in rows]
