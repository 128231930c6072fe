"""What a person wrote in answer to one of our mails: their own words, without the mail that they quote. Pure.

The mail that is answered holds a personal link, and a quotation holds the name and the address that it went to: so
what surely begins a quotation ends the answer, and a text that still shows a piece of our mail passes to nobody.
Nothing in this module raises, whatever the bytes.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from email import message_from_bytes, policy
from email.message import Message

from services.mailer.bounces import kinds
from services.mailer.bounces.mails import LARGEST, Mail, decode, parse, plain_line_ends, words_of_html
from services.mailer.mime import without_controls

LONGEST = 4000  # characters that are handed on; who passes them to somebody has a limit of its own
ABOVE = {"fr": "Écrivez votre réponse au-dessus de cette ligne", "en": "Write your answer above this line"}
"""Stands at the top of a mail whose answers are passed on, by language: what follows it is no answer."""
_LOOKED_AT = 32 * 1024  # characters of a text: what a person writes comes before what they quote
_PAGE = 64 * 1024  # of HTML


@dataclass(frozen=True)
class Answer:
    """read: "words" with their `text`; "empty"; "long"; "quoted" when our own mail could not be told from the answer;
    "machine" when nobody wrote it."""

    read: str
    text: str = ""


def read(raw: bytes, sender: str | None, ours: Collection[str]) -> Answer:
    """What one mail answers. sender: of its envelope, None when it is not known. ours: what only our mails hold."""
    mail = parse(raw)
    if sender == "" or is_of_a_machine(mail):
        return Answer("machine")
    text = own_words(_body(raw))
    if not text:
        return Answer("empty")
    shown = " ".join(text.split()).lower()
    if any(one.lower() in shown for one in (*ABOVE.values(), *ours) if one):
        return Answer("quoted")
    return Answer("words", text) if len(text) <= LONGEST else Answer("long")


def is_of_a_machine(mail: Mail) -> bool:
    """By what a mail says of itself: a report (RFC 3464), an automatic answer (RFC 3834), a list, a relay."""
    if mail.report or mail.feedback or "multipart/report" in mail.kind or "list-id" in mail.headers:
        return True
    if mail.first("auto-submitted").lower().partition(";")[0].strip() not in ("", "no"):
        return True
    if mail.first("precedence").strip().lower() in ("bulk", "junk", "list", "auto_reply"):
        return True
    # What comes here answers a mail, whether its program says so or not: a person may well write that they are away.
    said = replace(mail, headers=mail.headers | {"in-reply-to": [""]})
    return kinds.is_relay(mail) or kinds.is_auto_reply(said)


# Where the mail that is answered begins, as programs write it; it takes the rest of the text with it. Its head names an
# address, or the hour of sending: « De : Lodève », « À : Toulouse » are the words of who shares a car.
_FROM, _SENT = r"\*?(?:de|from|von)\*?[ \t\xa0\u202f]?:", r"\*?(?:envoyé|sent|gesendet)\b[^\n:]{0,12}:"
_BEGINS = re.compile(
    r"^[ \t]*(?:"
    r"[-–—_*=]{2,}[ \t]*(?:mail|message|courriel|e-?mail|original|forwarded|ursprüngliche|mensaje|messaggio)\b"
    r"|-{2,}[ \t]*(?:le|on|am)\b[^\n]{0,200}\d[^\n]{0,200}-{2,}[ \t]*$"
    r"|_{10,}[ \t]*$"
    rf"|{_FROM}[^\n]{{0,200}}@[^\n]{{0,200}}\n(?:[^\n]{{1,400}}\n){{0,2}}"
    r"[ \t]*\*?(?:envoyé|sent|gesendet|date|à|to|an|objet|subject|betreff)\b[^\n:]{0,12}:"
    rf"|{_FROM}[^\n]{{1,200}}\n(?:[^\n]{{0,200}}@[^\n]{{0,200}}\n)?[ \t]*{_SENT}"
    rf"|{_SENT}[^\n]{{1,200}}\n[ \t]*{_FROM}[^\n]{{0,200}}@"
    r")",
    re.I | re.M,
)
# « Le 3 octobre 2016 à 9 h 12, Réseau <bonjour@…> a écrit : », on up to three lines, with a number in it. It may
# break between any two words.
_SAYS_WHO = re.compile(
    r"^[ \t]*(?:le|on|am|il|el|em|op)\b(?P<when>[^\n]{0,200}(?:\n[^\n]{0,200}){0,2}?)"
    r"\b(?:a\s{1,3}écrit|wrote|schrieb|ha scritto|escribió|escreveu|schreef)\b[^\n]{0,80}:[ \t]*$",
    re.I | re.M,
)
_SIGNED = re.compile(r"^--[ \t]?$", re.M)  # RFC 3676, 4.3: what follows is put there by the program
_TELEPHONE = re.compile(
    r"\n[ \t]*(?:envoyé (?:de|depuis|à partir d)|sent from|télécharge[zr] outlook|(?:get|download) outlook)"
    r"[^\n]{0,120}$",
    re.I,
)
_QUOTED = re.compile(r"[ \t]*>")
_LINES = "|".join(r"\s+".join(map(re.escape, one.split())) for one in ABOVE.values())  # programs fold what they quote
_ABOVE = re.compile(rf"^(?![ \t]*>)[^\n]*(?:{_LINES})", re.M)


def own_words(text: str) -> str:
    """A text without what it quotes, its signature, and what a telephone adds. Lines that stand between quoted ones
    stay: some answer below what they answer."""
    for ends in (_ABOVE, _BEGINS):
        if begins := ends.search(text):
            text = text[: begins.start()]
    for who in reversed([one for one in _SAYS_WHO.finditer(text) if re.search(r"\d", one["when"])]):
        after = text[who.end() :]
        # A quotation that is marked line by line is taken out below; one that is not goes on to the end.
        text = text[: who.start()] + (after if _QUOTED.match(after.lstrip()) else "")
    text = "\n".join(line for line in text.split("\n") if not _QUOTED.match(line))
    if signed := _SIGNED.search(text):
        text = text[: signed.start()]
    text = _TELEPHONE.sub("", "\n" + text.strip())
    lines = [without_controls(line.replace("\t", " ")).rstrip() for line in text.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


# Where programs begin the quotation in HTML.
_HTML_BEGINS = re.compile(
    r"<blockquote\b|<hr[^>]{0,40}\bzwchr|<div[^>]{0,200}\b(?:gmail_quote|yahoo_quoted|moz-cite-prefix|appendonsend|divrplyfwdmsg)",
    re.I,
)


def _body(raw: bytes) -> str:
    """The first text that says something, else the first page of HTML as text; without the files beside it."""
    try:
        parts = _inside(message_from_bytes(plain_line_ends(raw[:LARGEST]), policy=policy.compat32))
    except Exception:  # noqa: BLE001 - the parser's own faults: there is nothing to read then
        return ""
    for part in parts:
        flowed = str(part.get_param("format", "")).lower() == "flowed"
        text = (_unfolded(part) if flowed else _text(part))[:_LOOKED_AT]
        if part.get_content_type() == "text/plain" and text.strip():
            return text
    page = next((_text(part) for part in parts if part.get_content_type() == "text/html"), "")[:_PAGE]
    begins = _HTML_BEGINS.search(page)
    return words_of_html(page[: begins.start()] if begins else page)[:_LOOKED_AT]


def _inside(message: Message, depth: int = 0) -> list[Message]:
    """The parts that are written to be read, in order; not those of a mail that is enclosed."""
    if message.get_content_disposition() == "attachment" or message.get_content_maintype() == "message":
        return []
    payload = message.get_payload()
    if depth > 20 or not isinstance(payload, list):
        return [message]
    return [one for part in payload if isinstance(part, Message) for one in _inside(part, depth + 1)]


def _text(part: Message) -> str:
    octets = part.get_payload(decode=True)
    charset = part.get_param("charset", "")
    return decode(octets, charset if isinstance(charset, str) else "") if isinstance(octets, bytes) else ""


def _unfolded(part: Message) -> str:
    """Text whose lines end in a space where they go on (RFC 3676)."""
    deleted = str(part.get_param("delsp", "")).lower() == "yes"
    whole = ""
    for line in _text(part)[:_LOOKED_AT].split("\n"):
        line = line.removeprefix(" ")
        goes_on = line.endswith(" ") and line != "-- " and not _QUOTED.match(line)
        whole += (line[:-1] if deleted else line) if goes_on else line + "\n"
    return whole
