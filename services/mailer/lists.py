"""The lists one can be on: step 2 of nine. Tables in `models/lists.py`; who is on one is in `contacts.py`."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.mailer import addresses
from services.mailer.contacts import searchable
from services.mailer.models.contacts import ECHO
from services.mailer.models.issues import Issue
from services.mailer.models.letters import Letter
from services.mailer.models.lists import IN_EVERY_MAIL, MailingList
from shared import audit
from shared.errors import NotFound, RuleError
from shared.web.words import _

_WORDS = ("name", "name_en", "description", "description_en", "open", "reply_to")


def echo() -> MailingList:
    """L'Écho before anybody wrote about it: it needs no row to exist."""
    return MailingList(
        key=ECHO,
        name="L’Écho du Réseau",
        name_en="L’Écho du Réseau",
        description="Six numéros par an : appels à projets, agenda, vie des associations.",
        description_en="Six issues a year: calls for projects, diary, news of the associations.",
        open=True,
        reply_to="",
    )


def every(session: Session) -> list[MailingList]:
    """All lists, L'Écho first, then by name."""
    found = list(session.scalars(sa.select(MailingList).order_by(MailingList.name)))
    ours = next((one for one in found if one.key == ECHO), None) or echo()
    return [ours, *(one for one in found if one.key != ECHO)]


def get(session: Session, key: str) -> MailingList:
    """Raises NotFound."""
    found = session.get(MailingList, key) or (echo() if key == ECHO else None)
    if found is None:
        raise NotFound("list", _("Cette liste n’existe pas."))
    return found


def readers(session: Session) -> dict[str, int]:
    """How many people what is sent to each list reaches now, by its key; one query."""
    rows = session.execute(
        sa.text("""
            SELECT list, count(*) AS people FROM (
                SELECT DISTINCT ON (k.contact_id, k.list) k.list, k.status
                FROM consents k JOIN contacts p ON p.id = k.contact_id AND p.status = 'active'
                WHERE NOT EXISTS (
                    SELECT 1 FROM suppressions s
                    WHERE s.email_key = p.email_key AND s.scope IN ('all', 'bulk', k.list)
                      AND (s.until IS NULL OR s.until > now()))
                ORDER BY k.contact_id, k.list, k.id DESC) AS latest
            WHERE status = 'given' GROUP BY list
        """)
    )
    return {row.list: row.people for row in rows}


def create(session: Session, values: dict[str, Any], *, who: str, now: dt.datetime) -> MailingList:
    """A new list; its key comes from its first name and never changes. Raises RuleError."""
    values = _answered(values)
    key = "-".join("".join(c if c.isascii() and c.isalnum() else " " for c in searchable(values["name"])).split())[:60]
    key = key.strip("-")
    if not key or not key[0].isalpha() or key in ("all", "bulk"):
        raise RuleError("list-name", _("Choisissez un nom qui commence par une lettre."), field="name")
    if key == ECHO or session.get(MailingList, key) is not None:
        raise RuleError("list-exists", _("Une autre liste porte déjà ce nom."), field="name")
    _free(session, values["name"], key)
    made = MailingList(key=key, created_at=now, updated_at=now, **{name: values[name] for name in _WORDS})
    session.add(made)
    session.flush()
    _record(session, made, "created", None, {name: values[name] for name in _WORDS}, who, now)
    return made


def change(session: Session, key: str, values: dict[str, Any], *, who: str, now: dt.datetime) -> list[str]:
    """What the public reads about a list, whether anybody may ask for it, who gets the answers.

    What stands in every mail to it voids the approvals of those that have not left: returns their titles. Raises
    NotFound, RuleError.
    """
    values = _answered(values)
    _free(session, values["name"], key)
    found = session.get(MailingList, key, with_for_update=True)
    if found is None:
        found = get(session, key)
        found.created_at = now
        session.add(found)
    before = {name: getattr(found, name) for name in _WORDS if getattr(found, name) != values[name]}
    for name in before:
        setattr(found, name, values[name])
    found.updated_at = now
    session.flush()
    anew = _approve_anew(session, key, who, now) if before.keys() & {*IN_EVERY_MAIL} else []
    if before:
        _record(session, found, "changed", before, {name: values[name] for name in before}, who, now)
    return anew


def _approve_anew(session: Session, key: str, who: str, now: dt.datetime) -> list[str]:
    """What stands in every mail to a list changes: who approved one that has not left approved another.

    Raises RuleError while one of them is to leave at a set hour: nothing leaves that nobody has approved as it is.
    """
    anew = []
    kinds: tuple[tuple[type[Any], str], ...] = ((Issue, "issue"), (Letter, "letter"))
    for kind, thing in kinds:
        rows = sa.select(kind).where(kind.list_key == key, kind.state != "sent").order_by(kind.id).with_for_update()
        for row in session.scalars(rows.execution_options(populate_existing=True)):
            if row.send_at is not None:
                message = _(
                    "Un envoi à cette liste est programmé : « %(title)s ». Annulez-le d’abord, puis changez la liste.",
                    title=row.title,
                )
                raise RuleError("scheduled", message, field="reply_to")
            if row.approved_by or row.alone_because:
                row.prepared_by = [*dict.fromkeys([*row.prepared_by, who])]
                row.approved_by, row.alone_because = [], ""
                anew.append(row.title)
                audit.record(session, who=who, what="list_changed", thing=thing, thing_id=row.id, before=None,
                             after={"list": key}, now=now)  # fmt: skip
    return anew


def _answered(values: dict[str, Any]) -> dict[str, Any]:
    """With an address for answers that a mail can name, or none."""
    typed = str(values.get("reply_to") or "")
    try:
        return values | {"reply_to": addresses.parse(typed).email if typed else ""}
    except addresses.InvalidAddress:
        message = _("Cette adresse ne peut pas recevoir de courriel : écrivez-la comme nom@domaine.fr.")
        raise RuleError("reply-to", message, field="reply_to") from None


def _free(session: Session, name: str, key: str) -> None:
    if any(one.key != key and searchable(one.name) == searchable(name) for one in every(session)):
        raise RuleError("list-exists", _("Une autre liste porte déjà ce nom."), field="name")


def _record(
    session: Session,
    found: MailingList,
    what: str,
    before: dict[str, Any] | None,
    after: dict[str, Any],
    who: str,
    now: dt.datetime,
) -> None:
    audit.record(session, who=who, what=what, thing="list", thing_id=found.key, before=before, after=after, now=now)
