"""Step 3 of nine: where a meeting is and what it is about, to find it in the agenda. Next: queries/public.py."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from services.registration.rules.people import fold

MOST_TAGS, LONGEST_TAG = 8, 40
POSTCODE = re.compile(r"(?<!\d)\d{5}(?!\d)")

MAPS = {"Occitanie": "46 12 48 32 82 81 34 30 65 31 09 11 66".split()}
"""The départements of a region as a map of tiles is read, from the north-west; registration.css places them. A region
without one has the list."""


@dataclass(frozen=True)
class Wanted:
    """What somebody looks for; "": anything. tag: in any spelling."""

    department: str = ""
    tag: str = ""

    def takes(self, departments: Collection[str], tags: Iterable[str]) -> bool:
        if self.department and self.department not in departments:
            return False
        return not self.tag or fold(self.tag) in {fold(one) for one in tags}


ANY = Wanted()


def tags(typed: str) -> list[str]:
    """ "Mobilité, eau ; mobilite" gives ["Mobilité", "eau"]: each once, however it is spelt, in the order typed."""
    found: dict[str, str] = {}
    for one in re.split(r"[,;\n]", typed):
        words = " ".join(one.split())
        if words:
            found.setdefault(fold(words), words)
    return list(found.values())


def department(address: str) -> str:
    """The code of the département of an address, by the last postcode in it; "" when it has none."""
    codes = POSTCODE.findall(address)
    if not codes:
        return ""
    code: str = codes[-1]
    if code.startswith(("97", "98")):
        return code[:3]
    if code.startswith("20"):
        return "2A" if code < "20200" else "2B"
    return code[:2]
