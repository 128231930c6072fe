"""Single mails: a row of the ledger for one person about one thing. Next: `sender.py`, in another process."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.mailer import addresses, ledger, render, suppressions
from shared import tracing
from shared.db import new_id

_INSERT = sa.text("""
    INSERT INTO messages (id, kind, lane, template, template_version, contact_id, email, email_key, domain_group,
        data, event_id, thing, thing_version, state, reason, last_text, correlation_id, traceparent)
    VALUES (:id, :kind, 'transactional', :template, :version, :contact, :email, :key, :group, :data, :event,
        :thing, :thing_version, :state, :reason, :text, :correlation, :traceparent)
    ON CONFLICT DO NOTHING
    RETURNING id
""").bindparams(sa.bindparam("data", type_=sa.dialects.postgresql.JSONB))

_REASONS = {
    "local-not-ascii": "the part before the @ has letters that mail relays refuse (SMTPUTF8)",
    "too-long": "the address is longer than 254 octets",
}


def send(
    session: Session,
    *,
    template: str,
    to: str,
    data: Mapping[str, Any],
    business_key: tuple[str, str],
    kind: str = "",
    event_id: uuid.UUID | None = None,
    contact_id: uuid.UUID | None = None,
) -> uuid.UUID | None:
    """Write the mail into the ledger; returns its id, or None when it stood there already.

    data: plain JSON, as the template needs it: `person` (first_name, last_name, locale), `organiser` (name,
    email) and more; a personal link belongs in `link`, which is forgotten once the mail is out. business_key:
    (thing, version) that this mail is about; the same one never makes a second mail to the same address. An
    address that cannot be written to becomes a rejected row, so that somebody sees it.
    """
    state, reason, text = "pending", "", ""
    try:
        address = addresses.parse(to)
    except addresses.InvalidAddress as error:
        address = addresses.Address(email=to[:254], key=to.strip().lower()[:254])
        state, reason, text = "rejected", "address", _REASONS.get(error.reason, "not an address")
    suppressions.recall(session, [address.key])
    made: uuid.UUID | None = session.scalar(
        _INSERT,
        {
            "id": new_id(),
            "kind": kind or template,
            "template": template,
            "version": render.VERSION,
            "contact": contact_id,
            "email": address.email,
            "key": address.key,
            "group": addresses.domain_group(address.key),
            # Of a mail that never leaves neither the personal link is kept nor what somebody wrote.
            "data": {name: data[name] for name in data if state == "pending" or name not in ("link", "text")},
            "event": event_id,
            "thing": business_key[0],
            "thing_version": business_key[1],
            "state": state,
            "reason": reason,
            "text": text,
            "correlation": tracing.correlation_id(),
            "traceparent": tracing.current_traceparent(),
        },
    )
    if made is not None and state == "pending":
        ledger.wake(session, "transactional")
    return made
