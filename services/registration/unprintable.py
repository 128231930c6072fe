"""Signs that our papers cannot print. The program that prints is asked, with the fonts that there are. Next: papers.py.

Its own fonts have Latin, Greek, Cyrillic, Arabic and Hebrew letters; Chinese, Japanese, Korean and pictures are boxes,
unless the machine has a font for them.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable

from services.registration.papers import Paper

_NOBODY_HAS = "\U0010ffff"
_SURE = re.compile("[\0-\u024f\u1e00-\u206f]+")
"""Latin letters and the signs between words."""
_GLYPH = re.compile(rb'href="#(g\w+)"')


def unprintable(people: Iterable[tuple[str, str]]) -> list[str]:
    """Those of (name, structure) with a sign that would be a box: the name, and the structure where it is the one."""
    rows = [(name, structure, _rare(name), _rare(structure)) for name, structure in people]
    signs = frozenset[str]().union(*(rare for row in rows for rare in row[2:]))
    boxes = _boxes("".join(sorted(signs))) if signs else frozenset()
    return [
        f"{name} ({structure})" if rare_structure & boxes else name
        for name, structure, rare_name, rare_structure in rows
        if (rare_name | rare_structure) & boxes
    ]


def _rare(text: str) -> frozenset[str]:
    return frozenset(_SURE.sub("", text))


@functools.lru_cache(maxsize=64)
def _boxes(signs: str) -> frozenset[str]:
    """Those of these signs that are drawn as one is which no font has. A tenth of a second, once for the same signs."""
    drawn = Paper("signs", {"signs": [_NOBODY_HAS, *signs]}).compiled("svg")
    box, *each = [frozenset(_GLYPH.findall(page)) for page in drawn]
    return frozenset(sign for sign, glyphs in zip(signs, each, strict=True) if glyphs & box)
