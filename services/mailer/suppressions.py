"""Who must not be written to, also after we forgot who they are: step 2 of nine. Table in `models/ledger.py`.

An erased person's suppressions stay under the mark of their address (`marks.py`). The senders compare addresses, so
when an address comes back by whatever door, its suppressions come back with it, before anything can be sent.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Iterable

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.orm import Session

from services.mailer.marks import mark
from services.mailer.models.contacts import Contact
from services.mailer.models.ledger import Suppression
from shared import audit
from shared.errors import NotFound, RuleError

ERASED, HAND, TAKEN_BACK = "erased", "hand", "taken-back"
OWN_WORD = ("complaint", ERASED, TAKEN_BACK)
"""What only the owner of the mailbox takes back, by asking for mail again."""
_MARKED = sa.text("starts_with(email_key, 'erased ')")  # in the very words of the index

_RECALL = sa.text("""
    INSERT INTO suppressions (email_key, scope, reason, evidence, created_at, until)
    SELECT back.key, s.scope, s.reason, s.evidence, s.created_at, s.until
    FROM unnest(CAST(:marks AS text[]), CAST(:keys AS text[])) AS back (mark, key)
    JOIN suppressions s ON s.email_key = back.mark
    ON CONFLICT (email_key, scope) DO NOTHING
""")


def recall(session: Session, keys: Collection[str]) -> None:
    """These addresses are known (again): what was kept under their marks holds for them."""
    if keys and session.scalar(sa.select(sa.exists().select_from(Suppression).where(_MARKED))):
        session.execute(_RECALL, {"marks": [mark(key) for key in keys], "keys": list(keys)})


def forget(session: Session, key: str, now: dt.datetime) -> None:
    """Keep that nobody writes to this address, and not the address. No letter goes to it until its owner asks."""
    kept = session.execute(
        sa.delete(Suppression)
        .where(Suppression.email_key == key)
        .returning(Suppression.scope, Suppression.reason, Suppression.created_at, Suppression.until)
    ).all()
    rows = [{"email_key": mark(key), "evidence": "", **one._mapping} for one in kept]
    if not any(one.scope in ("all", "bulk") and one.until is None for one in kept):
        rows = [one for one in rows if one["scope"] != "bulk"]
        rows.append({"email_key": mark(key), "scope": "bulk", "reason": ERASED, "evidence": "", "created_at": now,
                     "until": None})  # fmt: skip
    session.execute(insert(Suppression).on_conflict_do_nothing(), rows)


def lift_erased(session: Session, key: str, at: dt.datetime) -> None:
    """Who was erased before `at` has come back themselves."""
    own = Suppression.email_key.in_([key, mark(key)])
    session.execute(sa.delete(Suppression).where(own, Suppression.reason == ERASED, Suppression.created_at < at))


def keep_early_no(session: Session, key: str, list: str, at: dt.datetime, evidence: str) -> None:
    """Somebody unknown took back what they agreed to: a fact that overtook its own yes. Only its mark is kept."""
    row = {"email_key": mark(key), "scope": list, "reason": TAKEN_BACK, "evidence": evidence, "created_at": at}
    made = insert(Suppression).values(row)
    later = {"created_at": sa.func.greatest(Suppression.created_at, made.excluded.created_at)}
    session.execute(made.on_conflict_do_update(index_elements=["email_key", "scope"], set_=later))


def take_early_no(session: Session, key: str, list: str) -> tuple[dt.datetime, str] | None:
    """When, and by which fact, a yes that comes only now was taken back; whatever follows, it is told from now on."""
    own = Suppression.email_key.in_([key, mark(key)])
    gone = sa.delete(Suppression).where(own, Suppression.scope == list, Suppression.reason == TAKEN_BACK)
    rows = session.execute(gone.returning(Suppression.created_at, Suppression.evidence)).all()
    return max(((row.created_at, row.evidence) for row in rows), default=None)


def lift(session: Session, key: str, scopes: Iterable[str]) -> list[dict[str, str]]:
    """The owner of the mailbox asks for mail again. Returns what was lifted."""
    own = Suppression.email_key.in_([key, mark(key)])
    gone = sa.delete(Suppression).where(own, Suppression.scope.in_(list(scopes)))
    rows = session.execute(gone.returning(Suppression.scope, Suppression.reason)).all()
    return [dict(one) for one in sorted({(("scope", row.scope), ("reason", row.reason)) for row in rows})]


def barred(session: Session, list: str, keys: Iterable[str]) -> set[str]:
    """Those of these addresses that were erased, and may not get this list."""
    found = set(
        session.scalars(
            sa.select(Suppression.email_key).where(
                _MARKED,
                Suppression.scope == sa.func.any(sa.cast(["all", "bulk", list], ARRAY(sa.Text))),
                sa.or_(Suppression.until.is_(None), Suppression.until > sa.func.now()),
            )
        )
    )
    return {key for key in keys if mark(key) in found} if found else set()


def bar_by_staff(session: Session, contact_id: uuid.UUID, *, note: str, who: str, now: dt.datetime) -> bool:
    """No letter goes to that address any more; what its owner asks for still does. False when none did."""
    contact = _locked(session, contact_id)
    row = {"email_key": contact.email_key, "scope": "bulk", "reason": HAND, "evidence": note, "created_at": now}
    made = insert(Suppression).values(row).on_conflict_do_nothing().returning(Suppression.scope)
    if session.scalar(made) is None:
        return False
    _note(session, "barred", contact_id, note, who, now)
    return True


def lift_by_staff(session: Session, contact_id: uuid.UUID, *, note: str, who: str, now: dt.datetime) -> bool:
    """The address works, says somebody who knows. False when it was not barred.

    Raises RuleError without a note, and for what only the person takes back.
    """
    if len(note) < 5:
        raise RuleError("no-note", "Dites comment vous savez que cette adresse marche de nouveau.", field="note")
    key = _locked(session, contact_id).email_key
    # What is kept from before an erasure goes too: it would come back with the next mail.
    theirs = Suppression.email_key.in_([key, mark(key)])
    rows = session.execute(sa.select(Suppression.reason).where(theirs)).scalars().all()
    if any(reason in OWN_WORD for reason in rows):
        raise RuleError("own-word", "Cette personne l’a demandé elle-même : elle seule peut revenir.", field="note")
    session.execute(sa.delete(Suppression).where(theirs))
    if rows:
        _note(session, "restored", contact_id, note, who, now)
    return bool(rows)


_FOLLOW = sa.text("""
    INSERT INTO suppressions (email_key, scope, reason, evidence, created_at, until)
    SELECT :now, scope, reason, evidence, created_at, until FROM suppressions
    WHERE email_key = :before AND reason = ANY (:theirs) AND (until IS NULL OR until > now())
    ON CONFLICT (email_key, scope) DO UPDATE
    SET reason = EXCLUDED.reason, evidence = EXCLUDED.evidence, until = EXCLUDED.until
    WHERE suppressions.reason <> ALL (:own)
""")


def follow(session: Session, before: str, now: str) -> None:
    """What a person or the team said of an address holds for another of theirs; what a server said does not."""
    recall(session, [now])
    asked = {"before": before, "now": now, "theirs": [*OWN_WORD, HAND], "own": list(OWN_WORD)}
    session.execute(_FOLLOW, asked)


def _locked(session: Session, contact_id: uuid.UUID) -> Contact:
    contact = session.get(Contact, contact_id, with_for_update=True)
    if contact is None:
        raise NotFound("contact", "Ce contact n’existe pas, ou plus.")
    return contact


def _note(session: Session, what: str, contact_id: uuid.UUID, note: str, who: str, now: dt.datetime) -> None:
    after = {"note": note}
    audit.record(session, who=who, what=what, thing="contact", thing_id=contact_id, before=None, after=after, now=now)
