"""Step 1 of nine: a page rendered once for everybody, with holes for what is one person's own. Next: web/public.py.

What a page says of nobody in particular is kept in the process for a minute, under a key that names all it depends
on; only the structures it proposes while one types may be as old as that. Names, tokens and seats are never kept: they
are holes, filled for each request.
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass

from flask import current_app
from markupsafe import escape

KEPT_FOR = 60.0  # seconds
MOST = 64
_MARK = secrets.token_hex(12)  # never shown: what people type cannot look like a hole
_HOLE = re.compile(f"{_MARK}:([^;]*);")


def hole(name: str) -> str:
    """What stands in the page where the value `name` goes."""
    return f"{_MARK}:{name};"


@dataclass(frozen=True)
class _Page:
    parts: list[str]
    """Text, the name of a hole, text, … and text."""
    until: float


def filled(key: Hashable, render: Callable[[], str], values: Mapping[str, str]) -> str:
    """The page under `key`, rendered with holes unless it is kept already, and `values` in its holes.

    A hole whose value is gone stays empty: what was read after the key may know less than the page.
    """
    pages: dict[Hashable, _Page] = current_app.extensions.setdefault("pages rendered once", {})
    page = pages.get(key)
    if page is None or page.until < time.monotonic():
        if len(pages) >= MOST:
            pages.clear()
        page = pages[key] = _Page(_HOLE.split(render()), time.monotonic() + KEPT_FOR)
    return "".join(escape(values.get(part, "")) if odd % 2 else part for odd, part in enumerate(page.parts))
