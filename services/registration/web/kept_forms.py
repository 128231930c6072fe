"""Step 1 of nine: « keep it, and finish later ». Next: use_cases/keeping.py."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import get_locale

from services.registration.models.events import Event
from services.registration.use_cases import attaching, keeping
from services.registration.web import answers, seal, trap
from shared import clock
from shared.errors import RuleError
from shared.web import db, settings
from shared.web.forms import Loaded, tidy
from shared.web.words import _

TOKEN = "kept"  # noqa: S105  (the name of a field)
LEFT_OUT = {seal.FIELD, seal.KEY, "keep", TOKEN, trap.FIELD, "use_email", "add", "remove"}


def opened(values: Mapping[str, Any], token: str) -> dict[str, Any]:
    """What the form opens with again. A version before kept its key too, as anybody may have posted it."""
    return {name: value for name, value in values.items() if name not in LEFT_OUT} | {TOKEN: token}


def keep(event: Event, values: dict[str, str], doubt: str) -> tuple[Loaded, int]:
    """Keep what was typed: the form to show again with a status when it cannot be; an empty one and 303 when it is.

    Only the address must be right; all else may be wrong or missing for now. doubt: why it may be no person's.
    """
    held = {name: tidy(value).replace("\0", "") for name, value in list(values.items())[:1000] if name not in LEFT_OUT}
    typed = answers.address(values)
    typed.raw = held | {name: values[name] for name in (TOKEN,) if name in values} | typed.raw
    if typed.data is not None and doubt:
        typed.refuse("", doubt)
    if typed.data is None:
        return typed, 422
    try:
        with db().transaction() as session:
            until = keeping.keep(
                session,
                session.get_one(Event, event.id),
                held | {"email": str(typed.raw["email"])},
                str(get_locale() or "fr"),
                clock.now(),
                site=settings().public_url,
                token=values.get(TOKEN, ""),
            )
            attaching.hold(session, event.id, held.values(), until)
    except RuleError as error:
        typed.refuse(error.field or "", _(error.message))
        return typed, error.status
    return Loaded(), 303
