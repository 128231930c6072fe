"""Partners' programs are told what became of the mails that they ordered, each of its own and of no other.

Written down in the transaction that announces the fact, under the fact's own id; the worker calls
(`shared/webhooks/calls.py`). No address and no name is told: the program knows them by its key.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.mailer.models.ledger import Message
from services.mailer.models.programs import Delivery, Program, Webhook
from shared.errors import NotFound, RuleError
from shared.marks import N_
from shared.webhooks.addresses import Webhooks

ORDERED = "order"
"""The kind of a mail that a program ordered."""
AT_MOST = 5
"""Addresses of one program that are told."""
TYPES = {
    "mailer.message.accepted.v1": N_("Remis au serveur d’envoi"),
    "mailer.message.refused.v1": N_("Pas parti, et ne partira pas"),
    "mailer.message.unknown.v1": N_("Issue inconnue pour le moment"),
    "mailer.message.bounced.v1": N_("Revenu après l’envoi"),
    "mailer.message.complained.v1": N_("Signalé comme indésirable par qui l’a reçu"),
}


class OfPrograms(Webhooks):
    """Addresses that each belong to a program: none is told, again or for the first time, that it may not have."""

    def tell_again(self, session: Session, webhook_id: uuid.UUID, now: dt.datetime, *, who: str) -> int:
        row = self.get(session, webhook_id)
        if row.stopped_at is not None:
            _room(session, row.program_id)
        return super().tell_again(session, webhook_id, now, who=who)


hooks = OfPrograms(Webhook, Delivery, TYPES)


def thing_of(program_id: uuid.UUID | str) -> str:
    """What the mails of a program are about, in the ledger."""
    return f"program {program_id}"


def add_address(
    session: Session, program_id: uuid.UUID, url: str, types: list[str], now: dt.datetime, *, who: str, local: bool
) -> Webhook:
    """Tell this address of the mails of that program. Raises NotFound, RuleError."""
    _room(session, program_id)
    row: Webhook = hooks.add(session, url, types, now, who=who, local=local, program_id=program_id)
    return row


def _room(session: Session, program_id: uuid.UUID) -> None:
    """Raises NotFound for a program whose token is taken back, RuleError for one that has all it may have."""
    program = session.get(Program, program_id, with_for_update=True)  # whoever adds one at the same time waits
    if program is None or program.revoked_at is not None:
        raise NotFound("program", "Ce programme n’existe pas, ou son jeton est repris.")
    told = sa.select(sa.func.count()).where(Webhook.program_id == program_id, Webhook.stopped_at.is_(None))
    if (session.scalar(told) or 0) >= AT_MOST:
        raise RuleError("webhooks-many", "Ce programme a déjà cinq adresses : arrêtez-en une d’abord.", field="url")


def stop_addresses(session: Session, program_id: uuid.UUID, now: dt.datetime, *, who: str) -> None:
    """The token is taken back: nothing is told any more."""
    theirs = sa.select(Webhook.id).where(Webhook.program_id == program_id)
    for webhook_id in session.scalars(theirs.order_by(Webhook.id)):  # in the order in which a fact holds them
        hooks.stop(session, webhook_id, now, who=who)


def tell(
    session: Session, message: Message, fact_id: uuid.UUID, type: str, told: dict[str, Any], *, now: dt.datetime
) -> None:
    """Write down what became of a mail for the addresses of the program that ordered it, if one did."""
    if message.kind == ORDERED:
        data = {"id": message.id, "key": message.thing_version, "template": message.template, **told}
        body = {"type": type, "timestamp": now, "data": data}
        program_id = uuid.UUID(message.thing.removeprefix(thing_of("")))
        hooks.write_down(session, fact_id, body, now, Webhook.program_id == program_id)
