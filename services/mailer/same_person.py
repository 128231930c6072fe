"""One person, several addresses: two contacts are merged, or somebody has a new address. Step 2 of nine.

An address that is not written to any more stays as a contact that leads to the one of today: a link in an old mail
still lets them leave, a no that comes under it counts, a file brings nobody twice, an erasure finds all of it. Where
two addresses said different things the stricter one holds.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.mailer import addresses, contacts, directory, suppressions
from services.mailer.models.contacts import GIVEN, WITHDRAWN, Consent, Contact, Reconfirmation
from shared import audit
from shared.errors import RuleError
from shared.web.words import _

SHORTEST_NOTE = 5
_KNOWN = ("email", "first_name", "last_name", "structure", "topics", "zones", "kept", "departement", "kind", "locale")


@dataclass(frozen=True)
class Plan:
    """What a merge will do. joins, leaves, stays_out: lists that the kept contact comes onto, leaves, or will be kept
    off; bars: why its address will get no letter any more; barred: why it gets none as it is. taken: the consents that
    it takes over."""

    kept: Contact
    gone: Contact
    taken: tuple[Consent, ...]
    joins: tuple[str, ...]
    leaves: tuple[str, ...]
    stays_out: tuple[str, ...]
    bars: tuple[str, ...]
    barred: tuple[str, ...]

    @property
    def seen(self) -> str:
        """A mark of everything that the page says: what is done is what was read."""
        who = (self.kept.id, self.kept.email, self.gone.email)
        told = (self.joins, self.leaves, self.stays_out, self.bars, self.barred)
        return hashlib.sha256(repr((*who, *told)).encode()).hexdigest()[:16]


def plan(session: Session, kept_id: uuid.UUID, gone_id: uuid.UUID) -> Plan:
    """Raises NotFound, and RuleError for a contact with itself or with one that is merged already."""
    kept, gone = directory.get(session, kept_id), directory.get(session, gone_id)
    if kept.id == gone.id or kept.merged_into or gone.merged_into:
        raise RuleError("merged-already", _("Ces deux fiches n’en font déjà qu’une."))
    mine, theirs = _latest(session, kept), _latest(session, gone)
    given = {key for key, one in mine.items() if one.status == GIVEN}
    taken = [one for key, one in sorted(theirs.items()) if key not in mine or _is_stricter(one, key in given)]
    barred = {one.reason for one in directory.suppressions(session, kept.email_key)}
    bars = {one.reason for one in directory.suppressions(session, gone.email_key)} & {
        *suppressions.OWN_WORD, suppressions.HAND
    }  # fmt: skip
    return Plan(
        kept,
        gone,
        tuple(taken),
        joins=tuple(one.list for one in taken if one.status == GIVEN),
        leaves=tuple(one.list for one in taken if one.status == WITHDRAWN and one.list in given),
        stays_out=tuple(
            key for key, one in sorted(theirs.items()) if one.status == GIVEN and key in mine.keys() - given
        ),
        bars=tuple(sorted(bars - barred)),
        barred=tuple(sorted(barred)),
    )


def _is_stricter(said: Consent, given: bool) -> bool:
    return said.status == WITHDRAWN and given


def _latest(session: Session, contact: Contact) -> dict[str, Consent]:
    latest: dict[str, Consent] = {}
    for one in directory.consents(session, contact.id):
        latest.setdefault(one.list, one)
    return latest


def merge(
    session: Session, kept_id: uuid.UUID, gone_id: uuid.UUID, *, seen: str, who: str, now: dt.datetime
) -> Contact:
    """The two are one person, who is written to at the address of `kept_id`. seen: `Plan.seen` of what was read.

    Raises NotFound, RuleError: also when something changed since it was read.
    """
    both = sa.select(Contact).where(Contact.id.in_([kept_id, gone_id])).order_by(Contact.id)
    session.execute(both.with_for_update())
    now_true = plan(session, kept_id, gone_id)
    if now_true.seen != seen:
        raise RuleError("merge-changed", _("Une des deux fiches a changé entre-temps : relisez ce qui va se passer."))
    kept, gone = now_true.kept, now_true.gone
    keys = [*_keys(session, gone), *_keys(session, kept)]
    before = {"email": gone.email} | {name: getattr(gone, name) for name in _KNOWN if getattr(gone, name)}
    for one in now_true.taken:
        contacts.take_over(session, kept.id, one)
    suppressions.follow(session, gone.email_key, kept.email_key)
    contacts.complete(kept, gone, now)
    kept.kept = kept.kept or gone.kept
    session.execute(sa.delete(Reconfirmation).where(Reconfirmation.contact_id == gone.id))
    lead = sa.update(Contact).where(Contact.merged_into == gone.id)
    session.execute(lead.values(merged_into=kept.id))
    gone.status, gone.merged_into, gone.updated_at = "merged", kept.id, now
    _bare(gone)
    session.flush()
    _mails_of(session, gone, keys, kept)
    after = {"into": kept.email, "joins": now_true.joins, "leaves": now_true.leaves, "bars": now_true.bars}
    audit.record(
        session, who=who, what="merged", thing="contact", thing_id=kept.id, before=before, after=after, now=now
    )
    return kept


def change_address(
    session: Session, contact_id: uuid.UUID, email: str, *, note: str, who: str, now: dt.datetime
) -> Contact:
    """Somebody told us their new address. note: how we know. Raises NotFound, RuleError."""
    contact = session.scalar(sa.select(Contact).where(Contact.id == contact_id).with_for_update())
    contact = contact or directory.get(session, contact_id)
    try:
        address = addresses.parse(email)
    except addresses.InvalidAddress:
        raise RuleError("address", _("Cette adresse n’a pas la forme nom@domaine.fr."), field="email") from None
    if len(note) < SHORTEST_NOTE:
        raise RuleError("no-note", _("Dites comment vous savez que c’est sa nouvelle adresse."), field="note")
    if contact.merged_into is not None or address.email == contact.email:
        raise RuleError("address-same", _("C’est déjà son adresse : rien n’a été changé."), field="email")
    other = session.scalar(sa.select(Contact).where(Contact.email_key == address.key, Contact.id != contact.id))
    if other is not None and other.merged_into != contact.id:
        raise _taken()
    before, before_key, keys = contact.email, contact.email_key, _keys(session, contact)
    if other is not None:
        other.email_key = str(other.id)  # for a moment: no two have one
        session.flush()
    contact.email, contact.email_key, contact.updated_at = address.email, address.key, now
    contact.search = contacts.search_text(contact)
    try:
        session.flush()
    except sa.exc.IntegrityError:  # at this very instant
        raise _taken() from None
    if address.key != before_key:
        # Back to an address they had, the two change places: with it goes what was said there, and old links.
        former = other or Contact(status="merged", merged_into=contact.id, created_at=now)
        former.email, former.email_key, former.updated_at = before, before_key, now
        session.add(former)
        session.flush()
        suppressions.follow(session, before_key, address.key)
        _mails_of(session, contact, keys, contact)
    audit.record(
        session,
        who=who,
        what="moved",
        thing="contact",
        thing_id=contact.id,
        before={"email": before},
        after={"email": address.email, "note": note},
        now=now,
    )
    return contact


def _taken() -> RuleError:
    message = _("Une autre fiche a cette adresse. Si c’est la même personne, réunissez les deux fiches.")
    return RuleError("address-taken", message, field="email")


def _bare(gone: Contact) -> None:
    """What was known of the person stands with the contact of today, once."""
    gone.first_name = gone.last_name = gone.structure = gone.departement = gone.kind = gone.search = ""
    gone.topics, gone.zones, gone.kept = [], [], []


_OUT = ("transmitting", "accepted", "unknown")
_CAMPAIGNS = sa.text("""
    SELECT id, campaign_id, email_key, state, reason FROM messages
    WHERE (email_key = :key OR email_key = ANY (:keys) AND contact_id = ANY (:ids)) AND campaign_id IS NOT NULL
    ORDER BY id FOR UPDATE
""")
# Who is claimed is taken back, as when a campaign is cancelled: it does not get as far as its final dot.
_MOVE = sa.text("""
    UPDATE messages SET email = :email, email_key = :key, domain_group = :domain_group,
        state = CASE state WHEN 'claimed' THEN 'pending' ELSE state END, lease_owner = NULL, lease_until = NULL
    WHERE id = ANY (:ids)
""")
_DROP = sa.text("""
    UPDATE messages SET state = CASE state WHEN 'rejected' THEN state ELSE 'cancelled' END, reason = 'merged',
        lease_owner = NULL, lease_until = NULL
    WHERE id = ANY (:ids)
""")
_THEIRS = sa.text("UPDATE messages SET contact_id = :kept WHERE email_key = ANY (:keys) AND contact_id = :gone")


def _keys(session: Session, contact: Contact) -> list[str]:
    """All addresses of a person: what the ledger is asked by."""
    return [contact.email_key, *(one.email_key for one in directory.former(session, contact.id))]


def _mails_of(session: Session, gone: Contact, keys: list[str], kept: Contact) -> None:
    """What waits of a campaign goes to the address of today, once; what somebody asked for goes where they asked.

    keys: all addresses of both.
    """
    to = {"email": kept.email, "key": kept.email_key, "domain_group": addresses.domain_group(kept.email_key)}
    of_campaigns: dict[uuid.UUID, list[sa.Row[Any]]] = {}
    for row in session.execute(_CAMPAIGNS, {"key": kept.email_key, "keys": keys, "ids": [kept.id, gone.id]}):
        of_campaigns.setdefault(row.campaign_id, []).append(row)
    move, drop = [], []
    for rows in of_campaigns.values():
        # The one at the address of today first: another could not take its place.
        waiting = sorted(filter(_waits, rows), key=lambda row: row.email_key != kept.email_key)
        if not any(row.state in _OUT or row.email_key == kept.email_key for row in rows if not _waits(row)):
            move += [row.id for row in waiting[:1] if row.email_key != kept.email_key]
            waiting = waiting[1:]
        drop += [row.id for row in waiting]
    session.execute(_MOVE, to | {"ids": move})
    session.execute(_DROP, {"ids": drop})
    session.execute(_THEIRS, {"kept": kept.id, "gone": gone.id, "keys": [*keys, kept.email_key]})


def _waits(row: sa.Row[Any]) -> bool:
    """Also what a relay refused for a fault of ours: it is sent again when that is mended."""
    return row.state in ("pending", "deferred", "claimed") or (row.state, row.reason) == ("rejected", "ours")
