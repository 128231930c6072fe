"""The structured answers: complaints (ARF, RFC 5965) and delivery statuses (DSN, RFC 3464).

Reports that are not well formed are common: fields in the text instead of a part of their own, no blank line between
recipients, no action, a local name where an address is wanted. Next: `kinds.py` for mails without any report.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from services.mailer.bounces import found
from services.mailer.bounces.mails import Mail, fields_of
from services.mailer.bounces.reasons import statuses_in

_KNOWN = re.compile(
    r"^[> \t]{0,8}(final-recipient|original-recipient|x-actual-recipient|action|status|diagnostic-code|remote-mta"
    r"|x-powermta-bouncecategory|x-supplementary-info|x-display-name|original-envelope-id|x-failed-recipient"
    r"|reporting-mta|arrival-date|last-attempt-date|will-retry-until)[ \t]*:[ \t]*(.*)$",
    re.I,
)
_ADDRESS_FIELDS = (  # what the sender wrote comes before what relays made of it
    "original-recipient",
    "final-recipient",
    "x-actual-recipient",
    "x-failed-recipient",
    "x-display-name",
)
_STATUS = re.compile(r"([245])\.(\d{1,3})\.(\d{1,3})")


@dataclass(frozen=True)
class Block:
    """What a report says of one recipient.

    recipient: whom the mail was written to. named: whom it was passed on to, an alias' target, as the text names them.
    action: "failed", "delayed" or "good". diagnostic: the relay's answer. gloss: the words beside the status, which
    mostly say what the code means, so less than the answer.
    """

    recipient: str
    named: str
    action: str
    status: str
    diagnostic: str
    gloss: str
    category: str


def blocks(mail: Mail) -> list[Block]:
    """One per recipient of a delivery status; empty when the mail has none."""
    groups = _groups(mail.report) or _groups(mail.says)
    return [_block(group, mail) for group in groups]


def _groups(text: str) -> list[dict[str, str]]:
    """The fields of each recipient. A group starts at an address field that the current one already has."""
    groups: list[dict[str, str]] = []
    current: dict[str, str] = {}
    last = ""
    for line in [*text.split("\n")[:2000], ""]:
        match = _KNOWN.match(line)
        if match:
            last = match[1].lower()
            if last in current and last in _ADDRESS_FIELDS[:2]:
                groups.append(current)
                current = {}
            current.setdefault(last, match[2].strip())
        elif line[:1] in (" ", "\t") and line.strip() and last:
            current[last] += " " + line.strip()
        elif not line.strip():
            last = ""
            if _is_recipient(current):
                groups.append(current)
                current = {}
        else:
            last = ""
    if current:
        groups.append(current)
    return [group for group in groups if _is_recipient(group)]


def _is_recipient(group: dict[str, str]) -> bool:
    return any(name in group for name in _ADDRESS_FIELDS) and ("action" in group or "status" in group)


def _block(group: dict[str, str], mail: Mail) -> Block:
    values = [group.get(name, "").partition(";")[2] or group.get(name, "") for name in _ADDRESS_FIELDS]
    told = [one for one in map(found.address_in, values) if one]
    # A name of the inside ("lea@backend-3") is what the relay made of the address that we had written.
    outside = [one for one in told if "." in one.partition("@")[2]] or told
    written = found.written_to(mail)
    recipient = next((one for one in outside if one.lower() in written), outside[0] if outside else "")
    match = _STATUS.search(group.get("status", ""))
    status = match[0] if match else ""
    diagnostic = re.sub(r"^[\w .-]{1,20};\s*", "", group.get("diagnostic-code", ""))
    beside_status = group.get("status", "").replace(status, "").strip(" ()")
    named = found.address_in(group.get("final-recipient", "")) or recipient
    return Block(
        found.before_alias(mail.says, named) or recipient,
        named,
        _action(group, status, mail),
        status,
        f"{diagnostic} {group.get('x-supplementary-info', '')}".strip(),
        beside_status,
        group.get("x-powermta-bouncecategory", ""),
    )


def _action(group: dict[str, str], status: str, mail: Mail) -> str:
    word = group.get("action", "").lower()
    if word.startswith(("delay", "deferred", "warn")):
        return "delayed"
    if word.startswith(("deliver", "relay", "expand")) and "fail" not in word and "error" not in word:
        return "good" if not status.startswith("5") else "failed"
    if not word and status.startswith("2"):
        return "good"
    if not word and found.is_delay(mail.first("subject")):
        return "delayed"
    return "failed"


# --- complaints -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Complaint:
    """`type`: what Feedback-Type says, lower case ("abuse", "auth-failure", "not-spam" …)."""

    type: str
    recipient: str


def complaint(mail: Mail) -> Complaint | None:
    """A person, through the provider, says that they do not want our mail; None when the mail is no such report."""
    text = mail.feedback
    if not text and ("feedback-report" in mail.kind or re.search(r"^feedback-type\s*:", mail.says, re.I | re.M)):
        text = mail.report or mail.says
    fields: dict[str, list[str]] = {}
    for piece in text.split("\n\n")[:10]:
        fields.update(fields_of(piece))
    if "feedback-type" not in fields and not mail.feedback:
        return _old_complaint(mail)
    kind = " ".join(fields.get("feedback-type", ["abuse"])).strip().lower()
    told = []
    for name in ("original-rcpt-to", "removal-recipient", "final-recipient", "x-hmxmroriginalrecipient"):
        told += [found.address_in(value) for value in fields.get(name, [])]
    recipient = next((one for one in told if one and not _is_hidden(one)), "")
    return Complaint(kind, recipient or _from_returned(mail))


def _old_complaint(mail: Mail) -> Complaint | None:
    """Providers that return the mail complained about without a report: Microsoft's programme, abuse desks."""
    subject = mail.first("subject").lower()
    sender = mail.first("from").lower()
    if (
        subject.startswith("complaint about message from")
        or "staff@hotmail" in sender
        or "x-hmxmroriginalrecipient" in mail.headers
    ):
        recipient = found.address_in(mail.first("x-hmxmroriginalrecipient")) or _from_returned(mail)
        return Complaint("abuse", recipient)
    return None


def _from_returned(mail: Mail) -> str:
    returned = fields_of(mail.returned)
    names = (  # whom we wrote to comes before whom a list or an alias made of it
        "x-hmxmroriginalrecipient",
        "to",
        "x-original-to",
        "delivered-to",
        "envelope-to",
        "x-rcpt-to",
        "x-apparently-to",
    )
    told = [found.address_in(value) for name in names for value in returned.get(name, [])]
    return next((one for one in told if one and not _is_hidden(one)), "") or found.from_verp(
        [*returned.get("return-path", []), *returned.get("x-envelope-from", []), mail.first("to")]
    )


def _is_hidden(address: str) -> bool:
    """Providers replace the address of who complains."""
    return address.lower().startswith(("redacted", "undisclosed", "removed@", "user@redacted"))


def best_status(block: Block, texts: list[str]) -> str:
    """The status of a block, or a more telling one in the texts when it says nothing or is missing."""
    if block.status and not block.status.endswith((".0.0", ".5.0")):
        return block.status
    told = [one for text in texts for one in statuses_in(text)]
    telling = [one for one in told if not one.endswith((".0.0", ".5.0"))]
    return (telling or [block.status] if block.status else told or [""])[0]
