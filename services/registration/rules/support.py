"""Step 3 of nine: appointments with structures, and whom a note names. Pure. Next: models/support.py."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from services.registration.rules.choices import N_
from services.registration.rules.directory import tokens

KINDS: dict[str, str] = {
    "meeting": N_("entretien au réseau"),
    "visit": N_("visite"),
    "call": N_("téléphone"),
    "video": N_("visioconférence"),
    "mail": N_("échange de courriels"),
}
AHEAD_DAYS = 7
"""What is to be done within these days stands in the list of a Monday."""
NOTES_KEPT_YEARS = 3
GONE = "…"


def names(text: str, person: str) -> bool:
    """Whether a person's name stands in a text: « Awa Diop a appelé », and not « Mme Diop et Awa Sy »."""
    return without(text, person) != text


@dataclass(frozen=True)
class Named:
    """Somebody as texts may name them: by their address, or by all the words of one of these names, side by side.

    Long texts tell of many people: the first name of one and the last name of another are nobody's. An address that
    serves others too is "": it names them.
    """

    email: str
    names: tuple[str, ...] = ()

    def out_of(self, told: Any) -> Any:
        """The same text, or plain data with texts in it, without them."""
        if isinstance(told, dict):
            return {key: self.out_of(value) for key, value in told.items()}
        if isinstance(told, list):
            return [self.out_of(one) for one in told]
        if not isinstance(told, str):
            return told
        address = rf"(?<![\w.+-]){re.escape(self.email)}(?![\w-]|\.\w)"
        text = re.sub(address, GONE, told, flags=re.IGNORECASE) if self.email else told
        for name in self.names:
            text = without(text, name)
        return text

    def out_of_search(self, searched: str) -> str:
        """What was searched for; nothing more than words of their name names them too."""
        words = set(tokens(searched))
        alone = any(words and words <= set(tokens(name)) for name in self.names)
        return GONE if alone else str(self.out_of(searched))


_SIDE_BY_SIDE = re.compile(r"[^\w\n.;:!?]{1,3}")
_IN_ONE = r"[ \u00a0\u202f’'-]"
"""Between two words of one name; a comma, a stroke or a bracket may as well stand between two people."""
_BEGINS = re.compile(r"(^|[\n.!?])\W*$")
_TITLES = frozenset("m mr mme mlle mlles mmes dr pr me madame monsieur mademoiselle maitre docteur".split())


def without(text: str, person: str) -> str:
    """The text without a name, where all its words stand side by side; as it is when it does not name the person."""
    words = set(tokens(person))
    if len(words) < 2 or not words <= set(tokens(text)):
        return text  # a first name alone is anybody's
    found = list(re.finditer(r"\w+", text))
    theirs = [set(tokens(one[0])) for one in found]
    gone: list[re.Match[str]] = []
    start = 0
    while start < len(found):
        end = start
        while end < len(found) and theirs[end] and theirs[end] <= words:
            end += 1
            if end < len(found) and not _SIDE_BY_SIDE.fullmatch(text, found[end - 1].end(), found[end].start()):
                break
        if words <= set().union(*theirs[start:end]):
            gone += [one for part in _parts(text, found[start:end], words) for one in part]
        start = max(end, start + 1)
    for one in reversed(gone):
        text = text[: one.start()] + GONE + text[one.end() :]
    return text


def _parts(text: str, run: list[re.Match[str]], words: set[str]) -> list[list[re.Match[str]]]:
    """What of a run of their words is their name: all of it; or, of what commas part, each part that is all of the
    name, where one is, or another name goes on beside: « Fatou Diop, Awa Martin » are two people, neither Awa Diop."""
    parts = [[run[0]]]
    for before, one in pairwise(run):
        if re.fullmatch(_IN_ONE, text[before.end() : one.start()]):
            parts[-1].append(one)
        else:
            parts.append([one])
    whole = [part for part in parts if words <= {word for one in part for word in tokens(one[0])}]
    return whole if whole or _goes_on(text, run) else [run]


def _goes_on(text: str, run: list[re.Match[str]]) -> bool:
    """Whether the word right before or after is of a name too: written as names are, and no title; the first word of a
    sentence is written so as well."""
    before = re.search(rf"(\w+){_IN_ONE}$", text[: run[0].start()])
    after = re.match(rf"{_IN_ONE}(\w+)", text[run[-1].end() :])
    begins = before and _BEGINS.search(text, 0, before.start())
    beside = [found[1] for found in (None if begins else before, after) if found]
    return any(one[0].isupper() and not _TITLES.intersection(tokens(one)) for one in beside)
