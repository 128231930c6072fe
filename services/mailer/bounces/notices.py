"""Bounces and complaints told as JSON (Amazon SES, SendGrid), alone or inside a mail."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Notice:
    """`kind`: bounce, complaint, delay or none."""

    kind: str
    recipient: str
    status: str
    diagnostic: str


_KINDS = {"bounce": "bounce", "complaint": "complaint", "deliverydelay": "delay", "delivery": "none"}
_LISTS = {"bounce": "bouncedRecipients", "complaint": "complainedRecipients", "deliverydelay": "delayedRecipients"}
_SUBTYPES = {
    "NoEmail": "user unknown",
    "Suppressed": "user unknown",
    "OnAccountSuppressionList": "user unknown",
    "MailboxFull": "mailbox full",
    "MessageTooLarge": "message too large",
    "ContentRejected": "content rejected",
    "AttachmentRejected": "banned attachment",
}
_EVENTS = {"bounce": "bounce", "dropped": "bounce", "spamreport": "complaint", "deferred": "delay", "delivered": "none"}
_MARKS = ("otificationType", "eventType", "Message", '"email"')


def notice(text: str) -> Notice | None:
    """The notification that a text holds, or None. Never raises."""
    text = text.replace("!\n ", "")  # how Sendmail breaks the lines that are too long for SMTP
    start = min((at for at in (text.find("{"), text.find("[{")) if at >= 0), default=-1)
    if start < 0 or not any(mark in text for mark in _MARKS):
        return None
    try:
        data, _end = json.JSONDecoder().raw_decode(text[start:])
        for _level in range(3):
            if isinstance(data, list):
                data = data[0] if data else {}
            if isinstance(data, dict) and isinstance(data.get("Message"), str):
                data = json.loads(data["Message"])
        return (_amazon(data) or _sendgrid(data)) if isinstance(data, dict) else None
    except (ValueError, RecursionError, TypeError, AttributeError):
        return None


def _amazon(data: dict[str, Any]) -> Notice | None:
    word = str(data.get("notificationType") or data.get("eventType") or "").lower()
    kind = _KINDS.get(word)
    about = data.get({"deliverydelay": "deliveryDelay"}.get(word, word))
    if kind is None or not isinstance(about, dict):
        return None
    people = about.get(_LISTS.get(word, "recipients"))
    one = people[0] if isinstance(people, list) and people else {}
    one = one if isinstance(one, dict) else {"emailAddress": one}
    diagnostic = str(one.get("diagnosticCode") or "")
    more = _SUBTYPES.get(str(about.get("bounceSubType")), "")
    return Notice(
        kind, str(one.get("emailAddress") or ""), str(one.get("status") or ""), f"{diagnostic} {more}".strip()
    )


def _sendgrid(data: dict[str, Any]) -> Notice | None:
    """An event of its webhook, or a line of its list of bounces."""
    kind = _EVENTS.get(str(data.get("event", "bounce")).lower())
    recipient = data.get("email")
    if kind is None or not isinstance(recipient, str) or not ("event" in data or "reason" in data):
        return None
    return Notice(kind, recipient, str(data.get("status") or ""), str(data.get("reason") or data.get("response") or ""))
