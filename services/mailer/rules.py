"""Step 3 of nine, for mail: which state may follow which, what a relay's answer means, when to try again.

Pure: no clock, no database, no socket. The tables are in `models/ledger.py`, the statements in `ledger.py`.
"""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from services.mailer.keyed import base32, keyed

LANES = ["transactional", "bulk"]
CAMPAIGN_STATES = ["draft", "running", "paused", "finished", "cancelled"]

STATES = [
    "pending",  # to be sent, from `next_at` on
    "claimed",  # leased by one connection; nothing has been said about it to a relay that counts
    "transmitting",  # body streamed, final dot allowed: from here on a crash leaves the outcome open
    "accepted",  # the relay took it
    "deferred",  # the relay said "not now"; again at `next_at`
    "rejected",  # the relay said "never", or it could not be sent at all
    "unknown",  # the dot may have been sent and the answer was never seen
    "suppressed",  # consent withdrawn or address suppressed before it was sent
    "cancelled",  # the campaign was cancelled before it was sent
]

TRANSITIONS: dict[str, frozenset[str]] = {
    "pending": frozenset({"claimed", "suppressed", "cancelled"}),
    "deferred": frozenset({"claimed", "suppressed", "cancelled"}),
    "claimed": frozenset({"transmitting", "pending", "deferred", "rejected", "cancelled"}),
    "transmitting": frozenset({"accepted", "deferred", "rejected", "unknown"}),
    "unknown": frozenset({"accepted", "deferred", "rejected", "pending"}),
    "rejected": frozenset({"pending"}),  # by hand only: the campaign was refused for a fault of ours
    "accepted": frozenset(),
    "suppressed": frozenset(),
    "cancelled": frozenset(),
}

MOMENTS = ["registered", "waits", "promoted", "cancelled", "arrived", "filed", "withdrawn", "restored", "result"]
"""What a fact of another service tells of a person: `moments.py`."""

FATES = [*STATES, "returned"]
"""What may become of a mail, as people read it: what came back after the relay had accepted it has not arrived."""

UNFINISHED = ["pending", "claimed", "deferred", "transmitting"]
"""A campaign with a row in one of these is not finished."""

OUTCOMES = ["accepted", "deferred", "rejected", "unknown"]


def message_id(secret: str, message: uuid.UUID, domain: str) -> str:
    """The Message-ID of a ledger row, `<base32(HMAC-SHA256(secret, id))@domain>`: the same in every attempt.

    160 bits of the digest make 32 letters, so the header never folds.
    """
    return f"<{base32(keyed(secret).code(message.bytes)[:20])}@{domain}>"


# --- the relay's answer -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Verdict:
    """What an answer means.

    outcome: one of OUTCOMES, or "none" when it says nothing about the recipient (the lane waits, the row
    goes back). reason: a stable word. suppress: the address does not exist. pause: the fault is ours, so a
    campaign that goes on would only make it worse.
    """

    outcome: str
    reason: str = ""
    suppress: bool = False
    pause: bool = False


_ENHANCED = re.compile(r"^([245])\.(\d{1,3})\.(\d{1,3})\b[ :-]*")

# RFC 3463 and the IANA registry: mailbox, domain or path that is not there. 5.1.10 is a null MX (RFC 7505).
_ABSENT = frozenset({"5.1.1", "5.1.2", "5.1.10"})
_ABSENT_TEXT = re.compile(
    r"user unknown|unknown user|no such (user|recipient|mailbox|address)"
    r"|(mailbox|user|recipient|account|address|domain)( \S+)?"
    r" (does not exist|doesn't exist|not found|unknown|n'existe pas)"
    r"|unrouteable address|null ?mx|host or domain name not found"
    r"|(adresse|utilisateur|destinataire|bo[iî]te)[^.]{0,20} (inconnue?|inexistante?)",
    re.I,
)
_OURS_TEXT = re.compile(
    r"\b(spf|dkim|dmarc|ptr|rdns|rbl|dnsbl)\b|reverse dns|reputation|blacklist|blocklist|block list|black list"
    r"|blocked|spamhaus|spam|policy|(sending|daily|hourly|message) (quota|limit)|rate limit|too many (messages|mails"
    r"|connections)|relay(ing)? (access )?denied|not permitted to relay|authenti?cation required"
    r"|exceeds? (size|fixed|maximum)|message (is )?too (big|large)",
    re.I,
)
_LANE_CODES = frozenset({421, 454, 530, 534, 535, 538})


def enhanced_status(text: str) -> str:
    """The RFC 3463 status at the start of a reply's text, or the empty string."""
    found = _ENHANCED.match(text)
    return ".".join(found.groups()) if found else ""


def judge(code: int, text: str) -> Verdict:
    """What a reply with this code and text means for the recipient, the lane and the campaign."""
    if 200 <= code < 300:
        return Verdict("accepted")
    enhanced = enhanced_status(text)
    if code in _LANE_CODES:
        return Verdict("none", "lane")
    if 400 <= code < 500:
        return Verdict("deferred", "later")
    if 500 <= code < 600:
        if enhanced in _ABSENT:
            return Verdict("rejected", "absent", suppress=True)
        if enhanced == "5.2.2":
            return Verdict("rejected", "full")
        if enhanced.startswith("5.7.") or enhanced in ("5.3.4", "5.4.5") or _OURS_TEXT.search(text):
            return Verdict("rejected", "ours", pause=True)
        if enhanced in ("", "5.0.0", "5.1.0", "5.5.0") and _ABSENT_TEXT.search(text):
            return Verdict("rejected", "absent", suppress=True)
        return Verdict("rejected", "refused")
    return Verdict("none", "lane")  # not an SMTP reply: the relay is unwell


# --- when to try again ------------------------------------------------------------------------------------

_MINUTE = 60.0
_HOUR = 3600.0
_FIRST = [5 * _MINUTE, 15 * _MINUTE, 30 * _MINUTE, 60 * _MINUTE]
GIVE_UP_AFTER = 72 * _HOUR
UNKNOWN_RESEND_AFTER = 15 * _MINUTE
"""Longer than the ten minutes that the sender waits for the reply to the dot."""


def retry_delay(failures: int, age: float, chance: float) -> float | None:
    """Seconds until the next try after `failures` (≥ 1) deferrals of a mail `age` seconds old; None: give up.

    chance: uniform in [0, 1), spreads the delay by ±20 % so that a thousand deferred together do not return
    together.
    """
    if age >= GIVE_UP_AFTER:
        return None
    later = 2 * _HOUR if age < 24 * _HOUR else 6 * _HOUR
    delay = _FIRST[failures - 1] if failures <= len(_FIRST) else later
    return min(delay * (0.8 + 0.4 * chance), max(GIVE_UP_AFTER - age, _MINUTE))


def breaker_delay(failures: int) -> float:
    """Seconds that a lane waits after `failures` (≥ 1) refusals in a row: 1, 2, 4 … 300."""
    return float(min(2 ** (min(failures, 10) - 1), 300))


# --- how long what is kept -------------------------------------------------------------------------------

ATTEMPTS_KEPT = dt.timedelta(days=365)
"""Each try with the relay's words: long enough to argue with a provider."""
RETURNS_KEPT = dt.timedelta(days=365)
ORDERS_KEPT = dt.timedelta(days=90)
"""How long the same order of a program is answered as the first time."""
UNPUBLISHED_KEPT = dt.timedelta(days=90)
"""A photo that was refused, from the answer on; one that nobody answered, from the day of its issue on; a draft."""
NAMES_KEPT = dt.timedelta(days=3 * 365 + 1)
"""Then the ledger's rows name nobody."""


def two_persons(prepared_by: Sequence[str], approved_by: Sequence[str]) -> bool:
    """Somebody approved who did not prepare, or two persons did."""
    return bool(set(approved_by) - set(prepared_by)) or len(set(approved_by)) > 1
