"""Step 1 of nine: colleagues on the same form. Next: services/registration/use_cases/registering.py.

Each is asked only what the contact can know: name, address, function, meal, workshops. What only they can say,
diet, access needs, consents, they add from the link they get themselves.
"""

from __future__ import annotations

import re
from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from services.registration.models.events import Event
from services.registration.rules.choices import CONSENTS
from services.registration.web import answers
from shared.web.forms import Loaded, load
from shared.web.words import _

MOST = 9
SHARED = ("structure", "actor_type", "department", "locale", "form_version")
TOGETHER, POSSIBLE = "together", "possible"
_NAME = re.compile(r"^c([1-9])-[a-z_]")


class Colleague(ma.Schema):
    """What one person answers for another."""

    first_name = answers.line(120, required=True)
    last_name = answers.line(120, required=True)
    email = fields.Email(required=True, validate=validate.Length(max=254))
    function = answers.line(120)
    meal = fields.Boolean(required=True)


def numbers(values: dict[str, str]) -> list[int]:
    """Which blocks the posted form holds."""
    return sorted({int(found[1]) for name in values if (found := _NAME.match(name))})


def edited(values: dict[str, str]) -> dict[str, str] | None:
    """The form with a block more, or fewer, or with the contact's choices; None when nothing of this was asked."""
    if (block := values.get("same", "")) in map(str, numbers(values)):
        chosen = {name: value for name, value in values.items() if name == "meal" or name.startswith("slot-")}
        before = tuple(f"c{block}-{name}" for name in ("meal", "slot-"))
        others = {name: value for name, value in values.items() if not name.startswith(before)}
        return others | {f"c{block}-{name}": value for name, value in chosen.items()}
    if "remove" in values:
        return {name: value for name, value in values.items() if not name.startswith(f"c{values['remove']}-")}
    if "add" not in values:
        return None
    free = [number for number in range(1, MOST + 1) if number not in numbers(values)]
    return values | ({f"c{free[0]}-first_name": ""} if free else {})


def read(event: Event, values: dict[str, str], contact: Loaded, asked: answers.Asked) -> list[dict[str, Any]]:
    """Clean answers of each colleague; what is wrong is said on `contact` under the block's own names."""
    found = []
    for number in numbers(values):
        prefix = f"c{number}-"
        own = {name.removeprefix(prefix): value for name, value in values.items() if name.startswith(prefix)}
        if not asked.meal_required:
            own.setdefault("meal", "false")
        typed = load(Colleague(), answers.Posted(own))
        answers.check_person(typed)
        chosen = answers.choices(event, typed, own)
        for name, messages in typed.errors.items():
            for message in messages:
                contact.refuse(f"{prefix}{name}" if name else "", message)
        if typed.data is not None and contact.data is not None:
            nothing = {"phone": "", "diet": "", "diet_note": "", "access": "", "call_back": False}
            shared = {name: contact.data[name] for name in SHARED}
            # Another than the contact's: who sends the form again under a colleague's name is shown nobody's page.
            shared["form_key"] = f"{contact.data['form_key']} colleague"
            found.append({**nothing, **dict.fromkeys(CONSENTS, False), **shared, **typed.data, **chosen})
    return found


def labels(event: Event, values: dict[str, Any]) -> dict[str, str]:
    """The question of each field of each block, for the summary of errors."""
    own = answers.labels(event)
    asked = [*Colleague().fields, *(name for name in own if name.startswith("slot-"))]
    return {
        f"c{number}-{name}": _("Collègue %(place)s, %(question)s", place=place, question=own[name])
        for place, number in enumerate(numbers(values), start=1)
        for name in asked
    }
