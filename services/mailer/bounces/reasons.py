"""Why a mail came back: one row per reason, in the order in which they are tried.

A row has four ways to be recognised, from sure to vague: `phrases` that mean this and nothing else; `sayings`, a word
for who is meant close to a word for what is wrong, in many languages (`tongues.py`); `codes`, the subject and detail of
RFC 3463 ("1.1" of 5.1.1 and of 4.1.1); `hints`, said for this reason but for others too. All rows' phrases are tried
before any saying, those before any code, all codes before any hint. The words are in `absent.py`, `refusals.py` and
`limits.py`; case, accents and runs of spaces do not count, an address is `@`, `*` stands for up to eighty characters,
`~` for up to forty of the same sentence.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field

from services.mailer.bounces.tongues import Saying

VERDICTS = ("remove", "keep", "ours")


@dataclass(frozen=True)
class Reason:
    """`verdict`: remove (nobody is there), keep (it may work later), ours (refused). `status`: when none is told."""

    name: str
    verdict: str
    status: str = ""
    codes: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()
    sayings: tuple[Saying, ...] = ()
    pairs: tuple[tuple[re.Pattern[str], re.Pattern[str]], ...] = field(init=False, default=())

    def __post_init__(self) -> None:
        object.__setattr__(self, "phrases", tuple(fold(one) for one in self.phrases))
        object.__setattr__(self, "hints", tuple(fold(one) for one in self.hints))
        object.__setattr__(self, "pairs", tuple((_any_of(who), _any_of(what)) for who, what in self.sayings))


_GAPS = {"*": 80, "~": 40}
_MARKS = str.maketrans({"\u2019": "'", "\u2018": "'", "`": "'", "\u201c": '"', "\u201d": '"', "\u2026": "..."})


def fold(text: str) -> str:
    """Lower case, without accents, typographic quotes or line ends: how texts and rows are compared."""
    text = unicodedata.normalize("NFKD", text.translate(_MARKS)).lower()
    return " ".join("".join(one for one in text if not unicodedata.combining(one)).split())


_ENDS = re.compile(r"[.;!?] |[\u3002\uff01]")  # of a sentence
_AFTER, _BEFORE = 40, 16  # characters between the two words of a saying, "user … unknown" and "unknown user"


def _any_of(words: tuple[str, ...]) -> re.Pattern[str]:
    """A pattern for words that begin one. Only Latin letters are told apart: others run on without spaces."""
    return re.compile(f"(?<![a-z0-9])(?:{'|'.join(fold(word) for word in words)})")


def told(folded: str, who: re.Pattern[str], what: re.Pattern[str]) -> bool:
    """Whether a folded text has both words of a saying close together in one sentence, in either order."""
    for number, match in enumerate(who.finditer(folded)):
        if number == 20:
            return False
        after = _ENDS.split(folded[match.end() : match.end() + _AFTER + 20], maxsplit=1)[0]
        found = what.search(after)
        if found and found.start() <= _AFTER:
            return True
        before = _ENDS.split(folded[max(0, match.start() - _BEFORE - 20) : match.start()])[-1]
        if any(len(before) - one.end() <= _BEFORE for one in what.finditer(before)):
            return True
    return False


def says(folded: str, phrase: str) -> bool:
    """Whether a folded text contains the phrase, with its gaps (`*` and `~`)."""
    mark = next((one for one in phrase if one in _GAPS), "")
    if not mark:
        return phrase in folded
    first, _, rest = phrase.partition(mark)
    start = folded.find(first)
    for _try in range(8):
        if start < 0:
            return False
        end = start + len(first)
        near = folded[end : end + _GAPS[mark] + len(rest)]
        if says(_ENDS.split(near, maxsplit=1)[0] if mark == "~" else near, rest):
            return True
        start = folded.find(first, end)
    return False


# Codes that relays give for anything: the words of the report decide before them.
_VAGUE = frozenset({"1.0", "2.0", "3.0", "4.0", "5.0", "6.0", "7.0", "7.1", "4.1", "4.7", "3.5", "5.1", "5.2", "5.4"})


_ADDRESS = re.compile(r"[^\s<>()\[\]\"':;,@]{1,64}@[\w.-]{1,255}\w")  # its parts are no words of the answer


# "Rejected by the recipient domain" says which server answered; "rejected by the recipient" is the person's own filter.
_THEIR_SERVER = re.compile(r"(?<= by )(?:the )?recipient(?:'s)? (?:domain|(?:e-?mail )?(?:server|system|provider))\b")


def _plain(text: str) -> str:
    return _THEIR_SERVER.sub("a server", _ADDRESS.sub("@", fold(text[:6000])))


def is_sure(text: str, rows: tuple[Reason, ...]) -> bool:
    """Whether a text alone gives a reason, by a phrase or by a saying."""
    folded = [_plain(text)]
    return bool(_by_words(folded, rows, sure=True) or _by_sayings(folded, rows))


def judge(texts: list[str], statuses: list[str], rows: tuple[Reason, ...]) -> Reason | None:
    """The reason that the texts (most telling first) and statuses give, or None when nothing is recognised."""
    folded = [_plain(text) for text in texts if text.strip()]
    details = [status.partition(".")[2] for status in statuses]
    return (
        _by_words(folded[:1], rows, sure=True)
        or _by_sayings(folded[:1], rows)
        or _by_code([one for one in details if one not in _VAGUE], rows)
        or _by_words(folded[1:], rows, sure=True)
        or _by_sayings(folded[1:], rows)
        or _by_words(folded[:1], rows, sure=False)
        or _by_code(details, rows)
        or _by_words(folded[1:], rows, sure=False)
    )


def _by_words(folded: list[str], rows: tuple[Reason, ...], *, sure: bool) -> Reason | None:
    for text in folded:
        for row in rows:
            if any(says(text, phrase) for phrase in (row.phrases if sure else row.hints)):
                return row
    return None


def _by_sayings(folded: list[str], rows: tuple[Reason, ...]) -> Reason | None:
    for text in folded:
        for row in rows:
            if any(told(text, who, what) for who, what in row.pairs):
                return row
    return None


def _by_code(details: list[str], rows: tuple[Reason, ...]) -> Reason | None:
    for detail in details:
        for row in rows:
            if detail in row.codes:
                return row
    return None


_ENHANCED = re.compile(r"(?<![\d.])([245])\.(\d)\.(\d{1,3})(?![\d.]*\d)(?!\.\w)")
_REPLY = re.compile(r"(?<![\d.\-/:#])([45]\d\d)[ \-]")


def statuses_in(text: str) -> list[str]:
    """Enhanced status codes in a text, in order, those that say nothing ("5.0.0") last; no version numbers, no IPs."""
    found = [".".join(match.groups()) for match in _ENHANCED.finditer(text[:20000])]
    found = [one for one in found if one[0] != "2" and int(one[2]) <= 7]
    return sorted(dict.fromkeys(found), key=lambda one: one.endswith((".0.0", ".5.0")))


def reply_code(text: str) -> int:
    """The first SMTP reply code of failure in a text, or 0."""
    match = _REPLY.search(text[:20000])
    return int(match[1]) if match else 0
