"""Badges as PDF, on the paper and with the parts that the team chose: rules/badges.py. Next: papers.py."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from services.registration.logos import as_svg
from services.registration.models.events import Event, Workshop
from services.registration.models.partners import Logo
from services.registration.models.registrations import Registration
from services.registration.papers import Paper, hour, qr
from services.registration.rules.badges import COLOURS, PLAIN, Badge
from services.registration.rules.choices import ACTOR_TYPES
from shared.clock import PARIS

_TITLE = 110
"""Letters of an event's title: more are two lines of a small badge."""
_ENDLESS = re.compile(r"[^\s-]{25,}")


@dataclass(frozen=True)
class More:
    """What else may be printed of one person."""

    said: str = ""
    marks: Sequence[str] = ()
    workshops: Sequence[Workshop] = field(default_factory=list)


def badges(
    event: Event,
    people: Sequence[Registration],
    badge: Badge = Badge(),  # noqa: B008 - frozen
    more: Mapping[uuid.UUID, More] = MappingProxyType({}),
    logo: Logo | None = None,
) -> Paper:
    """The badges of these people. No sensitive answer stands on them, nor a mark that the team did not name."""
    nothing = More()
    title = event.title if len(event.title) <= _TITLE else event.title[: _TITLE - 1].rstrip() + "…"
    return Paper(
        "badges",
        {
            "event": title,
            "layout": badge.layout,
            "logo": as_svg(logo.body, logo.width, logo.height) if logo and "logo" in badge.parts else "",
            "people": [_one(person, badge, more.get(person.id, nothing)) for person in people],
        },
    )


def picture(paper: Paper) -> str:
    """The first badge alone, as SVG."""
    [one] = replace(paper, data=paper.data | {"alone": True}).compiled("svg")
    return one.decode()


def _one(person: Registration, badge: Badge, more: More) -> dict[str, Any]:
    kind = ACTOR_TYPES.get(person.actor_type, "") if "type" in badge.parts else ""
    marks = [one for one in more.marks if one in badge.marks]
    return {
        "first": person.first_name,
        "last": person.last_name,
        "structure": _breaking(person.structure) if "structure" in badge.parts else "",
        "function": _breaking(person.function) if "function" in badge.parts else "",
        "said": _breaking(more.said) if badge.question else "",
        "workshops": [_workshop(one) for one in more.workshops] if "workshops" in badge.parts else [],
        "type": kind,
        "marks": marks,
        "colour": COLOURS.get(person.actor_type, PLAIN) if kind else PLAIN,
        "code": qr(person.ticket) if "code" in badge.parts else "",
    }


def _breaking(text: str) -> str:
    """A word that is longer than a line, such as an address, may end it anywhere: it must not run over the code."""
    return _ENDLESS.sub(lambda word: "\u200b".join(re.findall(".{1,16}", word[0])), text)


def _workshop(one: Workshop) -> str:
    parts = (hour(one.starts_at.astimezone(PARIS)), one.room, one.title)
    return _breaking(" · ".join(part for part in parts if part))
