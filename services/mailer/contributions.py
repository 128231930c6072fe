"""What member associations hand in, and the editor's answer: step 2 of nine.

A contributor has a personal link instead of an account; only its hash is kept. A contribution is data: it is
cleaned when it is written and never rendered as a template.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hmac
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.mailer import issues, photos
from services.mailer.addresses import InvalidAddress, parse
from services.mailer.keyed import keyed
from services.mailer.models.issues import Contribution, ContributionDraft, Contributor, Issue, Item
from shared import audit
from shared.db import hash_token, new_token
from shared.errors import Gone, NotFound, RuleError

FIELDS = ("section", "title", "text", "link", "credit", "expires_on", "photo_id", "photo_alt")

_CODE = 16  # octets: 128 bits

FORMER_FOR = dt.timedelta(days=7)
"""How long what comes by a link that was replaced is kept for the new one."""

MOST_WAITING = 5
"""How many items of one contributor may wait for an answer: nobody fills an issue alone."""


def invite(
    session: Session, *, structure: str, name: str, email: str, who: str, now: dt.datetime
) -> tuple[Contributor, str]:
    """A contributor and the token of their new link; the link they had before stops working."""
    try:
        address = parse(email)
    except InvalidAddress:
        message = "Cette adresse électronique n’est pas complète : nom@domaine.fr."
        raise RuleError("email", message, field="email") from None
    token = new_token()
    contributor = session.scalar(sa.select(Contributor).where(Contributor.email_key == address.key).with_for_update())
    if contributor is None:
        contributor = Contributor(email=address.email, email_key=address.key, created_at=now)
        session.add(contributor)
    contributor.email, contributor.structure, contributor.name = address.email, structure, name
    contributor.former_hash = contributor.token_hash if contributor.revoked_at is None else None
    contributor.token_hash, contributor.invited_at, contributor.revoked_at = hash_token(token), now, None
    session.flush()
    _record(session, "invited", "contributor", contributor.id, {"structure": structure, "email": email}, who, now)
    return contributor, token


def revoke(session: Session, contributor_id: uuid.UUID, *, who: str, now: dt.datetime) -> None:
    """The link opens nothing any more; what was handed in stays."""
    contributor = session.get(Contributor, contributor_id)
    if contributor is None:
        raise NotFound("contributor", "Cette personne n’est plus dans la liste.")
    contributor.revoked_at = now
    _record(session, "revoked", "contributor", contributor.id, None, who, now)


INVITED = sa.exists().where(
    audit.audit_entries.c.thing == "contributor",
    audit.audit_entries.c.what == "invited",
    audit.audit_entries.c.thing_id == sa.cast(Contributor.id, sa.Text),
)
"""Whoever was given a link, and did not only lend a name to the notes of a workshop."""


def contributors(session: Session) -> list[tuple[Contributor, int, int]]:
    """Everybody who was invited, with how many items they handed in, and how many were published."""
    published = sa.func.count().filter(Contribution.state == "accepted")
    query = (
        sa.select(Contributor, sa.func.count(Contribution.id), published)
        .outerjoin(Contribution, Contribution.contributor_id == Contributor.id)
        .where(INVITED)
        .group_by(Contributor.id)
        .order_by(Contributor.structure, Contributor.name)
    )
    return [(row[0], row[1], row[2]) for row in session.execute(query)]


def second_token(contributor: Contributor, *, secret: str) -> str:
    """Another token of their link, for a later mail: of the first only the hash is kept. It goes when that one goes."""
    return _second(contributor.id, contributor.token_hash, secret)


def _second(contributor_id: uuid.UUID, token_hash: bytes, secret: str) -> str:
    code = keyed(secret, b"agora contribution v1").code(contributor_id.bytes + token_hash)
    return base64.urlsafe_b64encode(contributor_id.bytes + code[:_CODE]).rstrip(b"=").decode()


def open_with(session: Session, token: str, *, secret: str) -> Contributor:
    """Whose link this is. Raises NotFound, or Gone when it was taken back."""
    contributor = session.scalar(sa.select(Contributor).where(Contributor.token_hash == hash_token(token)))
    contributor = contributor or _of_second(session, token, secret)
    if contributor is None:
        message = "Ce lien n’est pas le bon, ou un plus récent l’a remplacé. Cherchez notre dernier message."
        raise NotFound("link", message)
    if contributor.revoked_at is not None:
        raise Gone("link", "Ce lien ne sert plus. Écrivez à la rédaction si c’est une erreur.")
    return contributor


def _of_second(session: Session, token: str, secret: str, *, former: bool = False) -> Contributor | None:
    try:
        raw = base64.urlsafe_b64decode(token.encode("ascii") + b"=" * (-len(token) % 4))
    except (UnicodeEncodeError, binascii.Error):
        return None
    found = session.get(Contributor, uuid.UUID(bytes=raw[:16])) if len(raw) == 16 + _CODE else None
    token_hash = found and (found.former_hash if former else found.token_hash)
    return found if found and token_hash and hmac.compare_digest(_second(found.id, token_hash, secret), token) else None


def keep_typed(
    session: Session,
    token: str,
    typed: dict[str, str],
    contribution_id: uuid.UUID | None,
    *,
    secret: str,
    now: dt.datetime,
) -> bool:
    """Keep what somebody sends by a link that a newer one replaced while they wrote: it opens nothing any more, and the
    newer one shows it. False, and nothing is kept, for any other link and after `FORMER_FOR`."""
    mine = sa.select(Contributor).where(Contributor.former_hash == hash_token(token))
    contributor = session.scalar(mine) or _of_second(session, token, secret, former=True)
    if contributor is None or contributor.revoked_at is not None or contributor.invited_at < now - FORMER_FOR:
        return False
    values = {"contribution_id": contribution_id, "typed": typed, "at": now}
    row = insert(ContributionDraft).values(contributor_id=contributor.id, **values)
    session.execute(row.on_conflict_do_update(index_elements=["contributor_id"], set_=values))
    return True


def draft(session: Session, contributor_id: uuid.UUID) -> ContributionDraft | None:
    """What waits for them since their link was replaced."""
    return session.get(ContributionDraft, contributor_id)


def _sent(session: Session, contributor: Contributor) -> None:
    """What waited has been seen, and something was sent since."""
    session.execute(sa.delete(ContributionDraft).where(ContributionDraft.contributor_id == contributor.id))


def open_issue(session: Session, now: dt.datetime, *, hold: bool = False) -> Issue | None:
    """The number that takes contributions now: the first unsent one whose deadline is to come. hold: it cannot leave
    before the transaction ends."""
    query = sa.select(Issue).where(Issue.state != "sent", Issue.contributions_until >= now)
    query = query.order_by(Issue.number).limit(1)
    return session.scalar(query.with_for_update(read=True, key_share=True) if hold else query)


def of(session: Session, contributor_id: uuid.UUID) -> list[Contribution]:
    """What one contributor handed in, latest first."""
    query = sa.select(Contribution).where(Contribution.contributor_id == contributor_id)
    return list(session.scalars(query.order_by(Contribution.created_at.desc())))


def waiting(session: Session, issue_id: uuid.UUID) -> list[Contribution]:
    """What waits for an answer for one issue: those who were published least, first."""
    published = (
        sa.select(sa.func.count())
        .where(Contribution.contributor_id == Contributor.id, Contribution.state == "accepted")
        .correlate(Contributor)
        .scalar_subquery()
    )
    query = (
        sa.select(Contribution)
        .join(Contributor)
        .where(Contribution.issue_id == issue_id, Contribution.state == "received")
        .order_by(published, Contribution.created_at)
    )
    return list(session.scalars(query))


def submit(session: Session, contributor: Contributor, data: dict[str, Any], *, now: dt.datetime) -> Contribution:
    """Hand in an item for the open issue. Raises RuleError; the text is the caller's to keep."""
    issue = open_issue(session, now, hold=True)
    if issue is None:
        raise RuleError("closed", "Aucun numéro n’attend de contribution aujourd’hui. Votre texte est gardé ici.")
    session.scalar(sa.select(Contributor.id).where(Contributor.id == contributor.id).with_for_update())
    mine = sa.select(sa.func.count()).where(
        Contribution.contributor_id == contributor.id, Contribution.state == "received"
    )
    if (session.scalar(mine) or 0) >= MOST_WAITING:
        message = f"Vous avez déjà {MOST_WAITING} articles en attente. Modifiez-en un, ou retirez-le."
        raise RuleError("many", message)
    photos.hold(session, data)
    values = _checked(data, contributor)
    contribution = Contribution(
        contributor_id=contributor.id, issue_id=issue.id, created_at=now, updated_at=now, **values
    )
    session.add(contribution)
    session.flush()
    session.refresh(contribution, ["contributor", "issue", "photo"])
    _sent(session, contributor)
    _record(session, "received", "contribution", contribution.id, _words(values), contributor.email, now)
    return contribution


def change(
    session: Session, contributor: Contributor, contribution_id: uuid.UUID, data: dict[str, Any], *, now: dt.datetime
) -> Contribution:
    """Correct an item that was not answered yet, before the deadline."""
    contribution = _mine(session, contributor, contribution_id, now)
    photos.hold(session, data)
    values, photo = _checked(data, contributor), contribution.photo_id
    for name, value in values.items():
        setattr(contribution, name, value)
    contribution.updated_at = now
    photos.drop(session, {photo} - {contribution.photo_id})
    _sent(session, contributor)
    _record(session, "changed", "contribution", contribution.id, _words(values), contributor.email, now)
    return contribution


def withdraw(session: Session, contributor: Contributor, contribution_id: uuid.UUID, *, now: dt.datetime) -> None:
    """Take an item back that was not answered yet; its photo is erased."""
    contribution = _mine(session, contributor, contribution_id, now)
    photo = contribution.photo_id
    contribution.state, contribution.updated_at = "withdrawn", now
    contribution.photo_id, contribution.photo_alt = None, ""
    photos.drop(session, [photo])
    _record(session, "withdrawn", "contribution", contribution.id, None, contributor.email, now)


def accept(
    session: Session, contribution_id: uuid.UUID, data: dict[str, Any], *, who: str, now: dt.datetime
) -> uuid.UUID:
    """Put it in its issue, as trimmed in `data`. Returns the item's id."""
    if (
        number := session.scalar(sa.select(Contribution.issue_id).where(Contribution.id == contribution_id))
    ) is not None:
        issues.get(session, number, lock=True)  # before the contribution, as whoever sends the number does
    contribution = _waiting(session, contribution_id)
    item_id = issues.add_item(
        session,
        contribution.issue_id,
        data | {"structure": contribution.contributor.structure},
        who=who,
        now=now,
    )
    contribution.state, contribution.item_id = "accepted", item_id
    contribution.decided_at, contribution.decided_by = now, who
    _record(session, "accepted", "contribution", contribution.id, {"item": str(item_id)}, who, now)
    return item_id


def refuse(session: Session, contribution_id: uuid.UUID, reason: str, *, who: str, now: dt.datetime) -> None:
    """Say no, with the reason that the author reads on their link."""
    if len(reason.strip()) < 5:
        raise RuleError("reason", "Dites pourquoi, en une phrase : l’association la lira.", field="reason")
    if len(reason.strip()) > 1000:
        raise RuleError("reason", "1 000 caractères au plus pour ceci.", field="reason")
    contribution = _waiting(session, contribution_id)
    contribution.state, contribution.reason = "refused", reason.strip()
    contribution.decided_at, contribution.decided_by = now, who
    _record(session, "refused", "contribution", contribution.id, {"reason": contribution.reason}, who, now)


def item_of(session: Session, contribution: Contribution) -> Item | None:
    """The item as it stands in the issue, perhaps trimmed since."""
    return session.get(Item, contribution.item_id) if contribution.item_id else None


def _checked(data: dict[str, Any], contributor: Contributor) -> dict[str, Any]:
    values = issues.checked(data | {"structure": contributor.structure})
    del values["structure"]
    return values


def _mine(session: Session, contributor: Contributor, contribution_id: uuid.UUID, now: dt.datetime) -> Contribution:
    contribution = _locked(session, contribution_id)
    if contribution is None or contribution.contributor_id != contributor.id:
        raise NotFound("contribution", "Cet article n’est pas dans vos envois.")
    if contribution.state != "received":
        raise RuleError("answered", "La rédaction a déjà répondu : cet article ne change plus ici.")
    until = contribution.issue.contributions_until
    if contribution.issue.state == "sent" or until is None or until < now:
        raise RuleError("closed", "La date limite est passée. Votre texte est gardé ici.")
    return contribution


def _waiting(session: Session, contribution_id: uuid.UUID) -> Contribution:
    contribution = _locked(session, contribution_id)
    if contribution is None:
        raise NotFound("contribution", "Cette contribution n’existe pas.")
    if contribution.state != "received":
        raise RuleError("answered", "Quelqu’un a déjà répondu à cette contribution.")
    return contribution


def _locked(session: Session, contribution_id: uuid.UUID) -> Contribution | None:
    query = sa.select(Contribution).where(Contribution.id == contribution_id)
    return session.scalar(query.with_for_update(of=Contribution))


def _words(values: dict[str, Any]) -> dict[str, Any]:
    said = {name: values[name] for name in ("section", "title", "text", "link")}
    if values["photo_id"] is None:
        return said
    return said | {"photo": str(values["photo_id"]), "photo_alt": values["photo_alt"], "credit": values["credit"]}


def _record(
    session: Session,
    what: str,
    thing: str,
    thing_id: uuid.UUID,
    after: dict[str, Any] | None,
    who: str,
    now: dt.datetime,
) -> None:
    audit.record(session, who=who, what=what, thing=thing, thing_id=thing_id, before=None, after=after, now=now)
