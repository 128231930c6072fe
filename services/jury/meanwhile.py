"""A form that two people had open: what only the other one changed stays theirs, what both changed is shown to whoever
comes second."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.jury import rules
from shared.errors import RuleError


class Unread(RuleError):
    """Somebody else wrote in the same fields since they were read. theirs: what they wrote there; left: what stands in
    the fields that were left as they were read."""

    status = 409

    def __init__(self, theirs: Mapping[str, Any], left: Mapping[str, Any]) -> None:
        super().__init__("changed", "Quelqu’un d’autre a enregistré autre chose entre-temps.")
        self.theirs, self.left = theirs, left


def marks(said: Mapping[str, Any]) -> str:
    """What a page that is sent back needs to know of each field: whether it is still what was read."""
    return " ".join(_mark(name, value) for name, value in said.items())


def merged(mine: Mapping[str, Any], there: Mapping[str, Any], seen: str) -> dict[str, Any]:
    """What to write of a form: what was typed, and in fields that were left as they were read, what stands there.

    there: what stands, read under a lock; seen: the marks of what the page showed, empty when nobody read it on a page.
    Raises Unread where both changed a field, each to something else.
    """
    read = set(seen.split())
    if not read:
        return dict(mine)
    left = {name: said for name, said in there.items() if _mark(name, mine[name]) in read}
    theirs = {
        name: said
        for name, said in there.items()
        if name not in left and said != mine[name] and _mark(name, said) not in read
    }
    if theirs:
        raise Unread(theirs, left)
    return dict(mine) | left


def _mark(name: str, value: Any) -> str:
    """With its name: a form may have a field more or less by the time that it is sent."""
    return rules.content_hash([name, value])[:10]
