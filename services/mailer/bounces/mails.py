"""From the bytes of a mail to its pieces: headers, what it says to a person, its report, the mail it returns.

Broken mail is the normal case here: carriage returns alone, a missing last boundary, a wrong charset, a part that
says it is a report and is not. Nothing in this module raises, whatever the bytes. Next: `reports.py`, then `kinds.py`.
"""

from __future__ import annotations

import base64
import codecs
import email.header
import email.message
import html
import quopri
import re
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import compat32

LARGEST = 512 * 1024
"""Octets of a mail that are looked at; what a relay has to say comes before the mail it returns."""
_LONGEST_TEXT = 32 * 1024
_LONGEST_HEADER = 8 * 1024
# Charsets that write other letters with ASCII.
_SHIFTING = re.compile(r"utf-?7|hz|iso-?2022|unicode-?1-1-utf-7", re.I)
_TAG = re.compile(r"</?[a-zA-Z][a-zA-Z0-9]{0,12}(?:\s[^<>]{0,2000})?/?>")
_BREAK = re.compile(r"<(?:br|/p|/div|/tr|/h[1-6]|/li)\b[^<>]{0,200}>", re.I)
_UNSAID = re.compile(r"<style.*?(?:</style|\Z)|<script.*?(?:</script|\Z)|<!--.*?(?:-->|\Z)", re.I | re.S)
_FIELD = re.compile(r"^([A-Za-z][A-Za-z0-9-]{1,60})[ \t]*:[ \t]*(.*)$")

# How relays announce the mail that they return inside their own text.
_RETURNED = re.compile(
    r"^[ \t>*#=-]*(?:"
    r"this is a copy of (?:the|your) (?:message|mail)|below this line is a copy|original message (?:follows|headers)"
    r"|(?:begin )?(?:original|returned|unsent|undelivered) (?:message|mail)\b(?! could| was| is)"
    r"|message header follows"
    r"|here is a copy of|header of the source mail"
    r"|the header of the original message|headers of the original message|original headers"
    r"|message headers follow|the (?:rejected|original|undelivered) message (?:is|follows)|copy of the original"
    r"|received message follows|message text follows|texte? du message|message d'origine|message original"
    r"|content-type: message/rfc822"
    r"|original-?nachricht|ursprüngliche nachricht|messaggio originale|original message details|received headers"
    r")[^\n]{0,60}$",
    re.I | re.M,
)


@dataclass(frozen=True)
class Mail:
    """`headers`: lower-case name → decoded values. The other fields are text with "\\n" line ends, perhaps empty.

    says: what is written for a person. report: the fields of a delivery status (RFC 3464). feedback: those of a
    complaint (RFC 5965). returned: headers of the mail that comes back, with the start of its body.
    """

    headers: dict[str, list[str]] = field(default_factory=dict)
    kind: str = ""  # content type of the whole, with its parameters, lower case
    says: str = ""
    report: str = ""
    feedback: str = ""
    returned: str = ""

    def first(self, name: str) -> str:
        """The first value of a header, or the empty string."""
        values = self.headers.get(name, [])
        return values[0] if values else ""


_BYTE_ORDER = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def without_mark(raw: bytes) -> bytes:
    """Without the mark that some programs put before a text that they save, which would spoil its first line."""
    return next((raw.removeprefix(mark) for mark in _BYTE_ORDER if raw.startswith(mark)), raw)


def parse(raw: bytes) -> Mail:
    """The pieces of one mail. Never raises."""
    raw = plain_line_ends(without_mark(raw[:LARGEST]).replace(b"\0", b"")).lstrip(b"\n \t")
    if raw.startswith((b"From ", b">From ")):
        raw = raw.partition(b"\n")[2]
    if raw[:1] in (b"{", b"["):  # a notification that came by another road than SMTP: `notices.py` reads it
        return Mail(says=decode(raw, ""))
    try:
        return _from_message(BytesParser(policy=compat32).parsebytes(_sound_head(raw)))
    except Exception:  # noqa: BLE001 - the parser's own faults and its limit of depth: read the bytes as text instead
        return _from_text(raw)


_HEAD_LINE = re.compile(rb"[ \t]|[!-9;-~]{1,76}[ \t]*:")


def _sound_head(raw: bytes) -> bytes:
    """Without the lines in a head that are no field: the parser would take all that follows one for the text."""
    head, blank, body = raw.partition(b"\n\n")
    lines = head.split(b"\n")
    kept = [line for line in lines if _HEAD_LINE.match(line)]
    if not 3 <= len(kept) < len(lines) or len(kept) * 2 < len(lines):
        return raw
    return b"\n".join(kept) + blank + body


def plain_line_ends(raw: bytes) -> bytes:
    """CR LF, and CR alone, as LF."""
    return raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n")


def fields_of(text: str, limit: int = 200) -> dict[str, list[str]]:
    """The header fields at the start of a text: lower-case name → values. Stops at the first blank line."""
    found: dict[str, list[str]] = {}
    last = ""
    for line in text.lstrip("\n ").split("\n")[:limit]:
        if not line.strip():
            break
        if line[0] in " \t" and last:
            found[last][-1] += " " + line.strip()
            continue
        match = _FIELD.match(line)
        last = match[1].lower() if match else ""
        if match:
            found.setdefault(last, []).append(match[2].strip())
    return found


def _from_text(raw: bytes) -> Mail:
    """Without the parser: a head, a body, and no structure."""
    head, _, body = decode(raw, "").partition("\n\n")
    says, returned = _split(body[:_LONGEST_TEXT])
    return Mail(headers=fields_of(head), says=says, returned=returned)


def _from_message(message: email.message.Message) -> Mail:
    headers: dict[str, list[str]] = {}
    for name, value in message.raw_items():  # `items` replaces the octets of headers that are not ASCII
        headers.setdefault(name.lower(), []).append(_header(value))
    found: dict[str, list[str]] = {"says": [], "html": [], "report": [], "feedback": [], "returned": []}
    for part, _depth in _leaves(message, 0):
        _sort(part, found)
    says = "\n".join(found["says"])
    if not says.strip():
        says = "\n".join(found["html"])
    says, quoted = _split(says[:_LONGEST_TEXT])
    if not headers and not says:
        says = decode(message.as_bytes(), "")[:_LONGEST_TEXT]
    returned = "\n".join(found["returned"]) or quoted
    kind = " ".join(str(message.get("content-type", "")).split()).lower()
    return Mail(
        headers=headers,
        kind=kind,
        says=says,
        report="\n\n".join(found["report"])[:_LONGEST_TEXT],
        feedback="\n\n".join(found["feedback"])[:_LONGEST_TEXT],
        returned=returned[:_LONGEST_TEXT],
    )


def _leaves(message: email.message.Message, depth: int) -> list[tuple[email.message.Message, int]]:
    """The parts that have no parts, in order; a returned mail and a report count as one.

    A filter on the way may have put the whole report into a mail of its own: that one is opened.
    """
    payload = message.get_payload()
    whole = message.get_content_maintype() == "message" and not _holds_a_report(message)
    if depth > 20 or whole or not isinstance(payload, list):
        return [(message, depth)]
    leaves = []
    for part in payload:
        if isinstance(part, email.message.Message):
            leaves += _leaves(part, depth + 1)
    return leaves


def _holds_a_report(message: email.message.Message) -> bool:
    """Whether a part is a mail that is itself a report."""
    inner = message.get_payload()
    first = inner[0] if isinstance(inner, list) and inner else None
    if message.get_content_type() != "message/rfc822" or not isinstance(first, email.message.Message):
        return False
    return first.get_content_type() == "multipart/report"


_REPORTS = re.compile(r"^(?:final|original)-recipient[ \t]*:", re.I | re.M)


def _sort(part: email.message.Message, found: dict[str, list[str]]) -> None:
    """Put the text of one part where it belongs."""
    kind = part.get_content_type()
    if kind == "message/feedback-report":
        found["feedback"].append(_text(part))
    elif kind.endswith("delivery-status") or kind == "message/disposition-notification":
        found["report"].append(_text(part))
    elif kind == "application/octet-stream" and _REPORTS.search(text := _text(part)):
        found["report"].append(text)
    elif kind in ("message/rfc822", "message/rfc822-headers", "text/rfc822-headers", "message/global") or kind in (
        "message/partial",
        "message/global-headers",
    ):
        found["returned"].append(_text(part))
    elif kind == "text/html":
        found["html"].append(words_of_html(_text(part)))
    elif kind.startswith(("text/", "multipart/")):
        found["says"].append(_text(part))


def _text(part: email.message.Message) -> str:
    payload = part.get_payload()
    if isinstance(payload, list):  # a report or a returned mail: the parser cut it into messages
        text = "\n".join(_whole(one) for one in payload if isinstance(one, email.message.Message))
        if str(part.get("content-transfer-encoding", "")).strip().lower() == "base64":  # forbidden, and done
            text = decode(base64.b64decode("".join(text.split()) + "==", validate=False), "")
        return text
    octets = part.get_payload(decode=True)
    if not isinstance(octets, bytes):
        return str(payload or "")
    if part.get_content_maintype() == "multipart" and (b"=3D" in octets or b"=\n" in octets):
        octets = quopri.decodestring(octets)  # a boundary that was never found leaves its parts encoded
    charset = part.get_param("charset", "")
    return decode(octets, charset if isinstance(charset, str) else "")


def _whole(message: email.message.Message) -> str:
    """The head of a returned mail or one block of a report, with its first text."""
    lines = [f"{name}: {_header(value)}" for name, value in message.raw_items()]
    payload = message.get_payload()
    if isinstance(payload, str):
        # A relay that returns mail keeps its charset and its encoding; addresses in it are all that is wanted.
        octets = message.get_payload(decode=True)
        if not payload.isascii() and isinstance(octets, bytes) and "content-transfer-encoding" not in message:
            payload = decode(octets, "")  # the parser put marks in the place of what is not ASCII
        lines += ["", payload[:4000]]
    return "\n".join(lines) + "\n"


def decode(octets: bytes, charset: str) -> str:
    """Text of octets: as declared, else UTF-8, else Japanese escapes, else the Western octets. Never raises."""
    octets = octets[:LARGEST]
    if octets.isascii() and b"\0" not in octets and b"\x1b" not in octets and not _SHIFTING.match(charset):
        return plain(octets.decode("ascii"))  # whatever was declared: relays copy the charset of the mail they return
    japanese = ["iso2022_jp_ext"] if b"\x1b$" in octets else []
    for name in [*japanese, charset, "utf-8"]:
        try:
            return plain(octets.decode(name or "utf-8"))
        except Exception:  # noqa: BLE001, S112 - an unknown or a broken codec says so in many ways
            continue
    return plain(octets.decode("cp1252", "replace"))


def plain(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\u00a0", " ").replace("\u202f", " ")


def _header(value: object) -> str:
    """One header as text: RFC 2047 decoded where that works, on one line."""
    text = str(value)[:_LONGEST_HEADER]
    if "=?" in text:
        try:
            pieces = email.header.decode_header(text)
            text = "".join(one if isinstance(one, str) else decode(one, name or "") for one, name in pieces)
        except Exception:  # noqa: BLE001 - a broken encoded word is shown as it came
            text = str(value)[:_LONGEST_HEADER]
    if any("\udc80" <= character <= "\udcff" for character in text):
        text = decode(text.encode("utf-8", "surrogateescape"), "")
    return " ".join(text.split())


def words_of_html(text: str) -> str:
    """What a page of HTML says, one line per block."""
    text = _UNSAID.sub("", text)
    return html.unescape(_TAG.sub(" ", _BREAK.sub("\n", text)))


def _split(says: str) -> tuple[str, str]:
    """What a relay says, and the mail that it returns in the same text."""
    match = _RETURNED.search(says)
    if match is None:
        return says, ""
    before, after = says[: match.start()], says[match.end() :]
    return (before, after) if before.strip() else (says, "")
