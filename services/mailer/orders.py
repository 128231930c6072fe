"""Programs order single mails: who may, which ones, and each order once however often it is sent."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
import secrets
import uuid
from dataclasses import dataclass
from typing import Any

import jinja2
import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.mailer import addresses, partners, render, transactional
from services.mailer.models.ledger import Message
from services.mailer.models.programs import Order, Program
from services.mailer.models.returns import Return
from shared import audit
from shared.errors import Forbidden, NotFound, RuleError

_LINK = re.compile(r'<a [^>]*?href="([^"]*)"')


class UnknownProgram(RuleError):
    """No token, a wrong one, or one that was taken back."""

    status = 401


class BadOrder(RuleError):
    """An order that can never become a mail."""

    status = 422


@dataclass(frozen=True)
class Answer:
    """What the program hears; `replayed` when it had heard it before."""

    body: dict[str, Any]
    replayed: bool


def register(session: Session, name: str, templates: list[str], *, who: str, now: dt.datetime) -> str:
    """Let a program order these mails; returns its token, which is shown once and kept nowhere. Raises RuleError."""
    unknown = sorted(set(templates) - set(render.templates()))
    if unknown or not templates:
        raise BadOrder("template-unknown", f"Aucun modèle ne s’appelle {', '.join(unknown) or '«  »'}.")
    token = secrets.token_urlsafe(32)
    program = Program(name=name, token_hash=_hash(token.encode()), templates=sorted(set(templates)), created_at=now)
    try:
        with session.begin_nested():
            session.add(program)
    except sa.exc.IntegrityError as taken:
        raise RuleError("program-exists", "Un programme porte déjà ce nom, ou l’a porté.", field="name") from taken
    _note(session, program, "registered", {"name": name, "templates": program.templates}, who, now)
    return token


def revoke(session: Session, which: str | uuid.UUID, *, who: str, now: dt.datetime) -> None:
    """The token of a program, by its name or its id, opens nothing any more. Raises NotFound."""
    named = Program.name == which if isinstance(which, str) else Program.id == which
    program = session.scalar(sa.select(Program).where(named).with_for_update())
    if program is None:
        raise NotFound("program", "Aucun programme ne porte ce nom.")
    if program.revoked_at is None:
        program.revoked_at = now
        _note(session, program, "revoked", {"name": program.name}, who, now)
        partners.stop_addresses(session, program.id, now, who=who)


def programs(session: Session) -> list[Program]:
    """By name, those too whose token was taken back."""
    return list(session.scalars(sa.select(Program).order_by(Program.name)))


def authenticate(session: Session, token: str) -> Program:
    """The program of a token. Raises UnknownProgram."""
    found = session.scalar(
        sa.select(Program).where(Program.token_hash == _hash(token.encode()), Program.revoked_at.is_(None))
    )
    if found is None:
        raise UnknownProgram("unknown-token", "Ce jeton n’est pas connu, ou ne vaut plus.")
    return found


def place(
    session: Session, program: Program, key: str, template: str, to: str, data: dict[str, Any], now: dt.datetime
) -> Answer:
    """Write the mail into the ledger, or answer as the first time. Raises Forbidden, BadOrder, RuleError."""
    request = _hash(json.dumps([template, to, data], sort_keys=True).encode())
    # Two equal orders at once: the second waits here, then finds the answer of the first.
    session.execute(sa.text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": f"{program.id} {key}"})
    earlier = session.get(Order, (program.id, key))
    if earlier is not None:
        if earlier.request_hash != request:
            raise BadOrder("key-reused", "Cette clé a déjà servi pour un autre envoi.")
        return Answer(earlier.answer, replayed=True)
    if template not in program.templates:
        raise Forbidden("template-not-yours", "Ce programme ne peut pas envoyer ce modèle.")
    _check(template, to, data)
    message = transactional.send(
        session,
        template=template,
        to=to,
        data=data,
        business_key=(partners.thing_of(program.id), key),
        kind=partners.ORDERED,
    )
    if message is None:
        raise RuleError("already-written", "Ce message a déjà été écrit.")
    body = {"id": str(message), "template": template, "to": to, "state": "pending"}
    session.add(Order(program_id=program.id, key=key, request_hash=request, answer=body, at=now))
    session.flush()
    return Answer(body, replayed=False)


@dataclass(frozen=True)
class Delivery:
    """What became of an ordered mail: its row of the ledger, and what came back, the latest first."""

    message: Message
    returns: list[Return]

    @property
    def next_at(self) -> dt.datetime | None:
        """When it is tried next, while it waits."""
        return self.message.next_at if self.message.state in ("pending", "deferred") else None


def delivery(session: Session, program: Program, *, key: str = "", message_id: uuid.UUID | None = None) -> Delivery:
    """By the key of the order or the id of its answer; a program asks about its own mails only. Raises NotFound."""
    mine = sa.select(Message).where(Message.kind == partners.ORDERED, Message.thing == partners.thing_of(program.id))
    named = Message.id == message_id if message_id is not None else Message.thing_version == key
    message = session.scalar(mine.where(named))
    if message is None:
        raise NotFound("mail", "Ce programme n’a pas ordonné ce message, ou ses traces sont effacées depuis longtemps.")
    back = sa.select(Return).where(Return.message_id == message.id).order_by(Return.at.desc())
    return Delivery(message, list(session.scalars(back.limit(20))))


def _check(template: str, to: str, data: dict[str, Any]) -> None:
    """Refuse now what could only fail later, when nobody listens."""
    try:
        addresses.parse(to)
    except addresses.InvalidAddress as error:
        raise BadOrder("address", "Cette adresse ne peut pas recevoir de courriel.") from error
    try:
        text = json.dumps(data, ensure_ascii=False)
        text.encode()
        if "\\u0000" in text:
            raise BadOrder("data", "Les données contiennent un caractère nul.")
        made = render.render(template, data)
    except (jinja2.TemplateError, KeyError, TypeError, AttributeError, ValueError) as error:
        raise BadOrder("data", f"Ces données ne suffisent pas à ce modèle : {error}") from error
    for link in _LINK.findall(made.html):
        if not link.startswith(("https://", "http://", "mailto:")):
            raise BadOrder("data", f"Un lien s’écrit avec https:// ; celui-ci ne peut pas partir : {link[:200]}")


def _note(session: Session, program: Program, what: str, after: dict[str, Any], who: str, now: dt.datetime) -> None:
    audit.record(session, who=who, what=what, thing="program", thing_id=program.id, before=None, after=after, now=now)


def _hash(octets: bytes) -> str:
    return hashlib.sha256(octets).hexdigest()
