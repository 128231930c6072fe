"""A menu of two lines for the staff: a few groups, and the pages of the one where we are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import request


@dataclass(frozen=True)
class Page:
    label: str
    href: str
    here: bool


@dataclass(frozen=True)
class Group:
    """`here`: one of its pages is shown, or what one leads to. A group of one page has no second line."""

    label: str
    href: str
    here: bool
    pages: tuple[Page, ...]


def group(label: str, pages: Sequence[Page]) -> Group:
    """The group leads to the first of its pages, of which there is at least one."""
    return Group(label, pages[0].href, any(page.here for page in pages), tuple(pages) if len(pages) > 1 else ())


def current(endpoints: Sequence[str], behind: Mapping[str, str]) -> str:
    """The one of these endpoints that is shown, or that leads to what is.

    behind: a page that stands behind one of the menu, or its blueprint, -> that one. Without an entry, a page stands
    behind the first of its own blueprint; "" where there is none.
    """
    now = request.endpoint or ""
    blueprint = now.partition(".")[0]
    now = behind.get(now) or behind.get(blueprint) or now
    return now if now in endpoints else next((one for one in endpoints if one.partition(".")[0] == blueprint), "")
