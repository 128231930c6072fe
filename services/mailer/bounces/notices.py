"""Bounces and complaints told as JSON (Amazon SES through its notifications), alone or inside a mail."""

from __future__ import annotations

import json
from dataclasses import dataclass


@dataclass(frozen=True)
class Notice:
    """`kind`: bounce, complaint, delay or none."""

    kind: str
    recipient: str
    status: str
    diagnostic: str


_KINDS = {"bounce": "bounce", "complaint": "complaint", "deliverydelay": "delay", "delivery": "none"}
_LISTS = {"bounce": "bouncedRecipients", "complaint": "complainedRecipients", "deliverydelay": "delayedRecipients"}


def notice(text: str) -> Notice | None:
    """The notification that a text holds, or None. Never raises."""
    start = text.find("{")
    if start < 0 or ("otificationType" not in text and "eventType" not in text):
        return None
    try:
        data, _end = json.JSONDecoder().raw_decode(text[start:])
        for _level in range(3):
            if isinstance(data, dict) and isinstance(data.get("Message"), str):
                data = json.loads(data["Message"])
        return _read(data)
    except (ValueError, RecursionError, TypeError, AttributeError):
        return None


def _read(data: dict[str, object]) -> Notice | None:
    word = str(data.get("notificationType") or data.get("eventType") or "").lower()
    kind = _KINDS.get(word)
    about = data.get({"deliverydelay": "deliveryDelay"}.get(word, word))
    if kind is None or not isinstance(about, dict):
        return None
    people = about.get(_LISTS.get(word, "recipients"))
    one = people[0] if isinstance(people, list) and people else {}
    one = one if isinstance(one, dict) else {"emailAddress": one}
    diagnostic = str(one.get("diagnosticCode") or "")
    if str(about.get("bounceSubType")) in ("NoEmail", "Suppressed", "OnAccountSuppressionList"):
        diagnostic += " user unknown"
    return Notice(kind, str(one.get("emailAddress") or ""), str(one.get("status") or ""), diagnostic)
