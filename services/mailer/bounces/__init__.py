"""What comes back after we wrote: from the bytes of a mail to a `Reading`. Pure: no database, no socket, no clock.

The order is that of certainty: a complaint (ARF), a delivery status (DSN), an automatic answer, then free text.
`mails.py` takes a mail apart, `reports.py` reads reports, `kinds.py` tells the rest apart, `found.py` finds who failed,
`table.py` says why. Nobody is removed because *we* were refused: that is what `verdict` is for.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import zip_longest

from services.mailer.bounces import found, kinds, reports
from services.mailer.bounces.mails import Mail, parse
from services.mailer.bounces.notices import notice
from services.mailer.bounces.reasons import Reason, reply_code, statuses_in
from services.mailer.bounces.table import (
    DELAYED,
    DELIVERED,
    FEEDBACK,
    LEAVES,
    ORDINARY,
    UNDEFINED,
    VACATION,
    filtered_late,
    reason_of,
    refused_when,
)
from services.mailer.bounces.table import REASONS as REASONS

KINDS = ("bounce", "delay", "complaint", "auto-reply", "unsubscribe", "none")


@dataclass(frozen=True)
class Reading:
    """`recipient`: who failed, or "". `status`: RFC 3463, or "". `reason`: a name of REASONS.

    verdict: "remove" (nobody is there, or they complained), "keep" (wait), "ours" (we are to mend something).
    """

    kind: str
    recipient: str
    status: str
    reason: str
    verdict: str


def read(raw: bytes) -> Reading:
    """What one mail says. Never raises, whatever the bytes."""
    try:
        return read_mail(parse(raw))
    except Exception:  # noqa: BLE001 - a mail that nobody foresaw is kept and shown to the editor; it must not stop the others
        return Reading("none", "", "", UNDEFINED.name, UNDEFINED.verdict)


def read_for(raw: bytes) -> Reading:
    """As `read`, for a mail of ours, which goes to one address. A report of several recipients tells of those behind
    it, an alias or a list: it is gone only when all of them are. What a person hands on is about another mail. Never
    raises."""
    first = read(raw)
    if first.kind != "bounce":
        return first
    try:
        mail = parse(raw)
        if kinds.is_forwarded(mail):
            return _reading("none", "", "", ORDINARY)
        blocks = reports.blocks(mail) if first.verdict == "remove" else []
        every = [_block(one, blocks, mail) for one in blocks]
    except Exception:  # noqa: BLE001 - as in `read`
        return first
    return min([first, *every], key=lambda one: _SPARING.index(one.verdict))


_SPARING = ("ours", "keep", "remove")


def read_mail(mail: Mail) -> Reading:
    """What a mail already taken apart says."""
    if kinds.asks_to_leave(mail):
        return _reading("unsubscribe", found.address_in(mail.first("from")), "", LEAVES)
    complained = reports.complaint(mail)
    if complained is not None:
        return _complaint(complained)
    told = notice(mail.says)
    if told is not None:
        why = (
            FEEDBACK if told.kind == "complaint" else reason_of([told.diagnostic], [told.status] if told.status else [])
        )
        return _reading(told.kind, told.recipient, told.status, why)
    blocks = reports.blocks(mail)
    if blocks:
        return _report(blocks, mail)
    if kinds.is_auto_reply(mail):
        return _reading("auto-reply", found.address_in(mail.first("from")), "", VACATION)
    if kinds.is_failure(mail):
        return _words(mail)
    if kinds.has_no_return(mail):  # sent by a machine, and no failure: somebody's own words of thanks
        return _reading("auto-reply", found.address_in(mail.first("from")), "", VACATION)
    return _reading("none", "", "", ORDINARY)


def _complaint(complained: reports.Complaint) -> Reading:
    if "not-spam" in complained.type:
        return _reading("none", complained.recipient, "", ORDINARY)
    if "auth-failure" in complained.type or "dmarc" in complained.type:
        return _reading("complaint", complained.recipient, "", REASONS["authentication"])
    return _reading("complaint", complained.recipient, "", FEEDBACK)


def _report(blocks: list[reports.Block], mail: Mail) -> Reading:
    by_action = {one.action: one for one in reversed(blocks)}  # the first of each
    return _block(by_action.get("failed") or by_action.get("delayed") or blocks[0], blocks, mail)


def _block(block: reports.Block, blocks: list[reports.Block], mail: Mail) -> Reading:
    """What a report says of one of its recipients."""
    recipient = block.recipient or found.failing(mail)
    if block.action == "good":
        return _reading("none", recipient, block.status, DELIVERED)
    words = _about_failure(mail.says)
    nearby = _about_one(words, block.named or recipient, [one.named for one in blocks])
    said = block.diagnostic or _answers(nearby)
    status = reports.best_status(block, [block.diagnostic, nearby])
    codes = [one for one in (status, *statuses_in(block.diagnostic)) if one]
    why = reason_of([said, block.gloss, nearby], codes, block.category, reply_code(block.diagnostic or words))
    why = refused_when(filtered_late(why, recipient, mail.says), codes, f"{block.diagnostic} {nearby}")
    return _reading("bounce" if block.action == "failed" else "delay", recipient, status, why)


def _words(mail: Mail) -> Reading:
    words = _about_failure(mail.says)
    recipient = found.failing(mail)
    nearby = _about_one(words, recipient, found.listed(mail))
    codes = statuses_in(nearby) or statuses_in(words)
    why = reason_of(
        [_answers(nearby), nearby, words], codes, mail.first("x-powermta-bouncecategory"), reply_code(nearby)
    )
    if why is UNDEFINED:
        why = reason_of([mail.first("subject")], [])
    why = refused_when(filtered_late(why, recipient, mail.says), codes, nearby)
    late = found.is_delay(mail.first("subject")) or bool(_GOES_ON.search(words))
    return _reading("delay" if late else "bounce", recipient, codes[0] if codes else "", why)


_GOES_ON = re.compile(
    r"you do not need to resend|not required to do anything|no action is required|will (?:continue"
    r"|keep) (?:to try|trying)|still being retried"
    r"|this is a warning message only|will be retried|delivery attempts will continue",
    re.I,
)
# Sentences that relays add to every report, with words that would pass for reasons.
_POLITE = re.compile(
    r"(?:this is the mail system at|this is the [\w-]+ program|mail system <[^>\n]{0,80}>|the mail system$"
    r"|if you (?:do so|still)|for (?:further|more) (?:assistance|information)"
    r"|please[, ]|(?:reporting|received-from)-mta:|arrival-date:|x-[\w-]+:|message-id:|subject:|from:|date:|to:"
    r"|your message was|generated (?:from|by)|contact your)",
    re.I,
)


# What a filter on the way adds to every mail that it found clean.
_CLEAN = re.compile(r"(?:scanned|checked|swept) .{0,20}for .{0,20}virus|virus[- ]?free|no virus", re.I)


def _about_failure(says: str) -> str:
    """What is said, without politeness and without lines that only quote our mail."""
    lines = says[:12000].split("\n")
    kept = "\n".join(line for line in lines if not (_POLITE.match(line.strip(" \t>*-")) or _CLEAN.search(line)))
    return kept if kept.strip() else says[:12000]


_ANSWER = re.compile(
    r"(?<![\w.:/-])[45]\d\d[ -](?=\D|[245]\.)|[45]\.\d\.\d|\bsaid\b|\brepl(?:y|ied)\b"
    r"|\berror (?:was|is|message)|reported error|reason:",
    re.I,
)


def _answers(words: str) -> str:
    """The lines that quote what a server answered, each with the line after it: more telling than advice to people."""
    lines = [line for line in words.split("\n") if line.strip()]
    pairs = zip_longest(lines, lines[1:], fillvalue="")
    quoted = [f"{line} {following}" for line, following in pairs if _ANSWER.search(line)]
    return "\n".join(quoted)


def _about_one(words: str, recipient: str, all_failed: list[str]) -> str:
    """What is said of one of several recipients: from its address to the next one's. All of it when it is alone."""
    others = {one for one in all_failed if one and one.lower() != recipient.lower()}
    start = words.lower().find(recipient.lower()) if recipient and others else -1
    if start < 0:
        return words
    ends = [words.find(one, start + len(recipient)) for one in others]
    return words[start : min([end for end in ends if end > 0], default=len(words))]


def _reading(kind: str, recipient: str, status: str, why: Reason) -> Reading:
    """Put together. A relay that goes on trying removes nobody; a failure without a status gets its reason's own."""
    if kind == "delay":
        verdict = "ours" if why.verdict == "ours" else "keep"
        return Reading(kind, recipient, status, (DELAYED if why is UNDEFINED else why).name, verdict)
    if kind == "bounce" and not status:
        status = why.status
    return Reading(kind, recipient, status, why.name, why.verdict)
