"""Step 2 of nine: tokens are given and taken back; facts are written down for the addresses that asked."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registration.models.programs import ApiToken, Delivery, Webhook
from services.registration.rules import programs as rules
from services.registration.rules.choices import N_
from shared import audit
from shared.errors import Forbidden, NotFound, RuleError, Sentence
from shared.webhooks.addresses import Webhooks

hooks = Webhooks(Webhook, Delivery, rules.TYPES)
# What a webhook is told of a fact, as far as the fact has it: no name, no address, and never a personal link.
TOLD = ("registration_id", "event_id", "reference", "title", "starts_at", "ends_at", "place", "url", "rank", "at")


class UnknownToken(RuleError):
    """No token, a wrong one, or one that was taken back."""

    status = 401


def give_token(session: Session, name: str, scopes: list[str], now: dt.datetime, *, who: str) -> str:
    """A new token for a program; shown once and kept nowhere. Raises RuleError when the name is taken."""
    token = "agora_" + secrets.token_urlsafe(32)
    row = ApiToken(name=name, token_hash=_hash(token), scopes=sorted(set(scopes)), created_at=now)
    try:
        with session.begin_nested():
            session.add(row)
    except sa.exc.IntegrityError as taken:
        raise RuleError("program-exists", N_("Un programme porte déjà ce nom."), field="name") from taken
    _note(session, "api_token", row.id, "given", {"name": name, "scopes": row.scopes}, who, now)
    return token


def take_back(session: Session, token_id: uuid.UUID, now: dt.datetime, *, who: str) -> None:
    """It opens nothing any more. Raises NotFound."""
    row = session.get(ApiToken, token_id, with_for_update=True)
    if row is None:
        raise NotFound("token-unknown", N_("Ce jeton n’existe pas."))
    if row.revoked_at is None:
        row.revoked_at = now
        _note(session, "api_token", row.id, "taken back", {"name": row.name}, who, now)


def authenticate(session: Session, token: str, scope: str, now: dt.datetime) -> ApiToken:
    """The program of a token that covers `scope`. Raises UnknownToken, Forbidden."""
    found = session.scalar(
        sa.select(ApiToken).where(ApiToken.token_hash == _hash(token), ApiToken.revoked_at.is_(None))
    )
    if found is None:
        raise UnknownToken("unknown-token", N_("Ce jeton n’est pas connu, ou ne vaut plus."))
    if scope not in found.scopes:
        raise Forbidden(
            "scope",
            Sentence(
                "Ce jeton ne couvre pas la portée « %(scope)s » : demandez au réseau un jeton qui la couvre.",
                scope=scope,
            ),
        )
    if found.used_on != now.date():
        found.used_on = now.date()
    return found


def write_down(session: Session, fact: Any, now: dt.datetime) -> None:
    """A fact happened: one delivery for each address that asked for its type, once however often it comes."""
    data = {name: fact.data[name] for name in TOLD if name in fact.data}
    if "occasion" in fact.data:
        data["event"] = {name: fact.data["occasion"][name] for name in ("id", "title") if name in fact.data["occasion"]}
    if fact.data.get("passed_on_to"):  # a name, which stays here
        data["passed_on"] = True
    body = {"type": fact.type, "timestamp": fact.time.isoformat(), "sequence": fact.sequence, "data": data}
    hooks.write_down(session, fact.id, body, now)


def _note(
    session: Session, thing: str, thing_id: uuid.UUID, what: str, after: dict[str, Any], who: str, now: dt.datetime
) -> None:
    audit.record(session, who=who, what=what, thing=thing, thing_id=thing_id, before=None, after=after, now=now)


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
