"""The order in which reasons are tried, and the reason of a mail from its texts and codes.

What is said about *us* comes first, because a relay that blocks often adds that it knows nobody; then what is said
about the mailbox; then the vague words about systems and roads.
"""

from __future__ import annotations

import re

from services.mailer.bounces import absent, limits, refusals
from services.mailer.bounces.reasons import Reason, fold, is_sure, judge, reply_code

SURE = (
    refusals.AUTHENTICATION,
    refusals.REVERSE_NAME,
    refusals.SENDER,
    limits.FULL,
    limits.RECIPIENT_LIMIT,
    absent.MOVED,
    limits.SUSPENDED,
    refusals.RELAY,
    refusals.REPUTATION,
    refusals.RATE,
    absent.NO_MAIL,
    absent.HOST_UNKNOWN,
    absent.USER_UNKNOWN,
    refusals.TOO_BIG,
    limits.GREYLISTED,
    limits.FILTERED,
    refusals.VIRUS,
    refusals.SPAM,
    refusals.SECURITY,
    refusals.CONTENT,
    refusals.POLICY,
    limits.NOT_ACCEPTING,
    limits.NETWORK,
    limits.EXPIRED,
    limits.SYSTEM,
)
UNDEFINED = Reason("undefined", "keep")
FEEDBACK = Reason("complaint", "remove")
VACATION = Reason("auto-reply", "keep")
LEAVES = Reason("unsubscribe", "keep")
DELAYED = Reason("delayed", "keep", "4.4.7")
DELIVERED = Reason("delivered", "keep", "2.0.0")
ORDINARY = Reason("ordinary", "keep")
REASONS = {row.name: row for row in (*SURE, UNDEFINED, FEEDBACK, VACATION, LEAVES, DELAYED, DELIVERED, ORDINARY)}

# The category that PowerMTA adds to each recipient of its reports.
_CATEGORIES = {
    "bad-mailbox": absent.USER_UNKNOWN,
    "bad-domain": absent.HOST_UNKNOWN,
    "inactive-mailbox": limits.SUSPENDED,
    "quota-issues": limits.FULL,
    "message-expired": limits.EXPIRED,
    "no-answer-from-host": limits.NETWORK,
    "routing-errors": limits.NETWORK,
    "bad-connection": limits.NETWORK,
    "bad-configuration": limits.SYSTEM,
    "policy-related": refusals.POLICY,
    "content-related": refusals.CONTENT,
    "spam-related": refusals.SPAM,
    "virus-related": refusals.VIRUS,
    "relaying-issues": refusals.RELAY,
    "invalid-sender": refusals.SENDER,
    "protocol-errors": limits.SYSTEM,
}


# Orange and Wanadoo (OFR004_416) and La Poste (LPN105_416) number their answers alike; the words beside them are vague.
_FRENCH = re.compile(r"\b(?:ofr|lpn|ouk)[a-z]{0,3}[ _-]?(?:\d{3}[ _-])?(\d{3})\b", re.I)
_FRENCH_CODES = {
    **dict.fromkeys(("101", "102", "103", "501", "506", "507", "508", "510", "513", "999"), refusals.REPUTATION),
    **dict.fromkeys(("104", "105", "108", "109", "201", "302"), refusals.RATE),
    **dict.fromkeys(("305", "402"), refusals.SECURITY),
    **dict.fromkeys(("416", "418"), absent.USER_UNKNOWN),
    **dict.fromkeys(("420", "426"), limits.SUSPENDED),
    **dict.fromkeys(("401", "517"), refusals.AUTHENTICATION),
    **dict.fromkeys(("403", "405", "415", "421"), refusals.SENDER),
    "417": limits.FULL,
    "500": refusals.SPAM,
    "505": limits.SYSTEM,
    "514": refusals.TOO_BIG,
    "630": refusals.POLICY,
}

# Facebook answers 5.1.1 to everything; its own number tells what it means.
_FACEBOOK = re.compile(r"\b(rcp-[pt][1-9]|int-p[1-9]|pol-p[1-9]|con-t[1-9]|msg-t[1-9]|int-t[1-9])\b", re.I)
_FACEBOOK_CODES = {
    "rcp-p1": absent.USER_UNKNOWN,
    "rcp-p2": limits.FILTERED,
    "rcp-p3": limits.FILTERED,
    **dict.fromkeys(("rcp-t1", "rcp-t2", "rcp-t3", "rcp-t4"), limits.SYSTEM),
    "int-p1": limits.SYSTEM,
    "int-t1": limits.SYSTEM,
    "con-t1": refusals.RATE,
    "con-t2": refusals.RATE,
    "con-t3": refusals.RATE,
    "pol-p1": refusals.POLICY,
    "pol-p2": refusals.CONTENT,
    "pol-p3": refusals.SPAM,
    "pol-p4": refusals.CONTENT,
    "pol-p5": refusals.VIRUS,
    "msg-t1": refusals.RATE,
}
# NetEase (163, 126, yeah) answers with its own codes and no words.
_NETEASE = re.compile(r"\b(?:HL|MI|DT|RP|WM):([A-Z]{3})\b")
_NETEASE_CODES = {
    **dict.fromkeys(("SPM", "SPB", "SUM"), refusals.SPAM),
    **dict.fromkeys(("ICC", "IFC", "MEP", "CEL", "CCL", "DRC", "QRC", "DMC", "SFQ", "QDA"), refusals.RATE),
}
# Sentences whose words would pass for those of another row: read before all rows.
_TELLING = {
    "host not found, try again": limits.NETWORK,  # a name server that did not answer: the domain may well exist
    "host not found try again": limits.NETWORK,
    "name server timeout": limits.NETWORK,
    "not pre-approved": limits.FILTERED,  # a service that keeps strangers out at the person's wish
    "greylist": limits.GREYLISTED,  # the recipient may be called unknown until the next try
    "graylist": limits.GREYLISTED,
    "account or domain may not exist": absent.HOST_UNKNOWN,  # cPanel goes on: or be blacklisted, or lack an entry
    "inconnu ou boite": absent.USER_UNKNOWN,  # Italian and French providers go on: or deactivated
    "unknown or mailbox d": absent.USER_UNKNOWN,
    "sending quota": refusals.RATE,
    "submission quota": refusals.RATE,
    "relay quota": refusals.RATE,
    "message quota": refusals.RATE,
    "maximum hop count": limits.NETWORK,
    "maximum delivery attempts": limits.EXPIRED,
    "failure policy error": refusals.POLICY,
    "reject due to policy": refusals.POLICY,  # GMX begins with "mailbox unavailable"
    "access denied, please try again later": refusals.REPUTATION,
    "domain may not exist or dns check": refusals.SENDER,  # QQ, about the sender's domain
    "mailbox unavailable or access denied": limits.RECIPIENT_LIMIT,  # QQ, of a mailbox that gets too many at once
    "listed by recipient": limits.FILTERED,  # the list is the person's own
    "listed by the recipient": limits.FILTERED,
    "access denied, rejected by recipient": refusals.REPUTATION,  # Microsoft 5.7.507: an organisation bars our network
}

_AFTER_DATA = re.compile(r"[@.](?:docomo\.ne\.jp|ezweb\.ne\.jp|au\.com|softbank\.ne\.jp|vodafone\.ne\.jp)\b", re.I)
"""Telephone operators that say "unknown user" after the mail was sent when the person's own filter refused it."""


def filtered_late(why: Reason, recipient: str, text: str) -> Reason:
    """`why`, or the person's filter where an operator hides it behind an unknown user."""
    late = "end of data" in text.lower() or ">>> data" in text.lower()
    if why is absent.USER_UNKNOWN and late and _AFTER_DATA.search(f"{recipient} {text}"):  # or a domain that they host
        return limits.FILTERED
    return why


_EARLY = re.compile(
    r"in reply to (?:mail from|helo|ehlo)|error (?:from remote mail(?:er| server) )?after (?:initial connection"
    r"|(?:sending )?(?:mail from|helo|ehlo))|refused to talk to me|but (?:sender|my name) was rejected"
    r"|but greeting failed|>>> (?:mail from|helo|ehlo)[^<]{0,20}(?:<[^<>]{0,200}>[^<]{0,60})?<<< [45]"
)
"""How relays say that a server answered before it had heard the recipient."""


_LATE = re.compile(r"in reply to end of data|after end of data|error after (?:sending )?data|after i sent the message")
"""How relays say that a server took the recipient and refused once it had heard the mail."""


def refused_when(why: Reason, statuses: list[str], text: str) -> Reason:
    """`why`, or what the moment of the refusal tells: too early to mean the recipient, or in words nobody reads.

    A server that refused before it heard the recipient means our address, whatever it says. One that took the recipient
    and refused the mail for good, in words that give no reason, means the mail.
    """
    folded = fold(text)
    early = any(status.endswith((".1.7", ".1.8")) for status in statuses) or _EARLY.search(folded)
    if early and why in (absent.USER_UNKNOWN, absent.HOST_UNKNOWN):
        return refusals.SENDER
    if why is not UNDEFINED or reply_code(text) < 500:
        return why
    if early:
        return refusals.SENDER
    return refusals.POLICY if _LATE.search(folded) else why


def says_why(text: str) -> bool:
    """Whether a text says, in words that mean nothing else, why a mail did not arrive."""
    return is_sure(text, SURE)


def reason_of(texts: list[str], statuses: list[str], category: str = "", code: int = 0) -> Reason:
    """The row for what was said. texts: most telling first. code: the SMTP reply, 0 when there is none."""
    for text in texts:
        numbered = _FRENCH.search(text)
        if numbered and numbered[1] in _FRENCH_CODES:
            return _FRENCH_CODES[numbered[1]]
        named = _FACEBOOK.search(text)
        if named and named[1].lower() in _FACEBOOK_CODES:
            return _FACEBOOK_CODES[named[1].lower()]
        numbered = _NETEASE.search(text)
        if numbered:
            return _NETEASE_CODES.get(numbered[1], refusals.REPUTATION)
        folded = fold(text)
        telling = next((why for phrase, why in _TELLING.items() if phrase in folded), None)
        if telling is not None:
            return telling
    found = judge(texts, statuses, SURE)
    if found is None or found in (refusals.POLICY, limits.SYSTEM):
        found = _CATEGORIES.get(category.strip().lower(), found)
    if found is None and code in (551, 556):
        found = absent.MOVED if code == 551 else absent.NO_MAIL
    if found is None and code in (421, 451, 452, 500, 502, 503, 504):
        found = limits.SYSTEM
    if found is None and code in (530, 535, 538):
        found = refusals.SECURITY
    return found or UNDEFINED
