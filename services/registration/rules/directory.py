"""Step 3 of nine: who works where and on what, found by words. Pure. Next: models/directory.py.

A word is found at the beginning of a word, accents and capitals aside: "mah" finds Mahajanga, "eau" does not find
« réseau ». Every word that was typed has to be found; they may stand in different parts of an entry.
"""

from __future__ import annotations

import re
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from services.registration.rules.choices import DEPARTMENTS
from services.registration.rules.matchmaking import ZONES
from services.registration.rules.people import fold
from services.registration.rules.question_library import GOALS
from services.registration.rules.structures import college

MOST_PLACES, LONGEST_PLACE, EARLIEST = 40, 80, 1900
_SAYS_NOTHING = frozenset(
    "a au aux avec d dans de des du en et l la le les qui sur agit agissent travaille travaillent "
    "in on the who works".split()
)


@dataclass(frozen=True)
class Work:
    """kind: "zone" or "goal", with a key of the list, or "place", as it was typed.

    declared: the structure, or the staff for it, said so; otherwise its people answered it on a form.
    """

    kind: str
    key: str
    since: int | None = None
    source: str = ""
    declared: bool = True


@dataclass(frozen=True)
class Entry:
    """One structure as the directory knows it. representative: a person, for the staff alone."""

    id: uuid.UUID
    name: str
    actor_type: str
    department: str
    works: tuple[Work, ...] = ()
    email: str = ""
    phone: str = ""
    website: str = ""
    public: bool = False
    representative: str = ""

    def of(self, kind: str) -> list[Work]:
        return [one for one in self.works if one.kind == kind]


@dataclass(frozen=True)
class Wanted:
    """What somebody looks for; "": anything. college: a key of rules.structures.COLLEGES."""

    words: str = ""
    department: str = ""
    college: str = ""


@dataclass(frozen=True)
class Found:
    """near: the same words with those that lead nowhere put right, "" when there is nothing like them."""

    entries: list[Entry]
    by_department: Counter[str]
    near: str = ""


def tokens(text: str) -> list[str]:
    return re.findall(r"\w+", fold(text))


def places(typed: str) -> list[str]:
    """ "Mahajanga\\n mahajanga ; Foix" gives ["Mahajanga", "Foix"]: each once, in the order typed."""
    found: dict[str, str] = {}
    for one in re.split(r"[;\n]", typed):
        words = " ".join(one.split())
        if fold(words):
            found.setdefault(fold(words), words)
    return list(found.values())


def find(entries: Iterable[Entry], wanted: Wanted, say: Callable[[str, str], str]) -> Found:
    """The entries that every word leads to, by name.

    say(kind, key): a "zone", a "goal", an actor "type", a "college" or a "department" in the reader's language; the
    French words are found too. by_department counts what the words and the college lead to, in every département.
    """
    words = [one for one in tokens(wanted.words) if one not in _SAYS_NOTHING]
    haystacks = [(one, _tokens(one, say)) for one in entries]
    taken = [
        one
        for one, own in haystacks
        if (not wanted.college or college(one.actor_type) == wanted.college)
        and all(any(token.startswith(word) for token in own) for word in words)
    ]
    shown = [one for one in taken if not wanted.department or one.department == wanted.department]
    near = "" if taken else _near(words, {token for _one, own in haystacks for token in own})
    return Found(sorted(shown, key=lambda one: fold(one.name)), Counter(one.department for one in taken), near)


def _tokens(one: Entry, say: Callable[[str, str], str]) -> set[str]:
    coded = [("type", one.actor_type), ("college", college(one.actor_type)), ("department", one.department)]
    coded += [(work.kind, work.key) for work in one.works if work.kind != "place"]
    said = [say(kind, key) for kind, key in coded if key]
    french = {"zone": ZONES, "goal": GOALS, "department": DEPARTMENTS}
    said += [french[kind].get(key, "") for kind, key in coded if kind in french]
    said += [one.name, one.department, *(work.key for work in one.of("place"))]
    return set(tokens(" ".join(said)))


def _near(words: Sequence[str], known: Iterable[str]) -> str:
    vocabulary = [one for one in known if len(one) > 2 and not one.isdigit()]
    put_right = []
    for word in words:
        if any(token.startswith(word) for token in vocabulary):
            put_right.append(word)
        elif close := get_close_matches(word, vocabulary, 1, 0.72):
            put_right.append(close[0])
        else:
            return ""
    return " ".join(put_right) if put_right != list(words) else ""
