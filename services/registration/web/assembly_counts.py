"""Step 1 of nine for the staff: what two tellers counted, as it was typed. Next: use_cases/assembly_votes.py."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from flask import request

from services.registration.models.assembly import Motion
from services.registration.rules.assembly.motions import Count
from services.registration.rules.people import fold
from shared.errors import RuleError
from shared.web.forms import control_characters, tidy
from shared.web.words import _

COUNTED = ("yes", "no", "blank", "void", "abstained")
OTHERS = ("blank", "void", "abstained")
TELLERS = "ab"


def of_motion(colleges: Iterable[str]) -> list[dict[str, Count]]:
    """By college, once for each teller."""
    keys = list(colleges)
    return [
        {key: Count(**{name: _number(f"{teller}-{key}-{name}") for name in COUNTED}) for key in keys}
        for teller in TELLERS
    ]


def of_election(motion: Motion) -> list[dict[str, int]]:
    """By candidate and what is no vote for one, once for each teller."""
    lines = [*(one["id"] for one in motion.candidates), *OTHERS]
    return [{line: _number(f"{teller}-{line}") for line in lines} for teller in TELLERS]


def tellers() -> list[str]:
    """The names of who counted, where they were written. Raises RuleError for one person twice."""
    names = [tidy(request.form.get(f"teller-{teller}", ""))[:200] for teller in TELLERS]
    if any(control_characters(name) or "\n" in name for name in names):
        said = _("Ce texte contient des caractères invisibles : recopiez-le à la main.")
        raise RuleError("teller-unreadable", said, status=422, field="teller-a")
    if names[0] and fold(names[0]) == fold(names[1]):
        said = _("Deux scrutateurs sont deux personnes : écrivez l’autre nom. Rien n’est enregistré.")
        raise RuleError("teller-twice", said, status=422, field="teller-b")
    return [name for name in names if name]


def of_before(motions: Iterable[Motion]) -> dict[str, str]:
    """The tellers of the last count, in the fields of the next: they mostly are the same."""
    counted = [(motion.decided_at, motion.tellers) for motion in motions if motion.decided_at and motion.tellers]
    names = max(counted, key=lambda one: one[0])[1] if counted else []
    return {f"teller-{teller}": name for teller, name in zip(TELLERS, names, strict=False)}


def births(motion: Motion) -> dict[str, dt.date]:
    """Of candidates whose date of birth was asked for, at a tie that age parts."""
    found = {}
    for one in motion.candidates:
        name = f"born-{one['id']}"
        try:
            if text := request.form.get(name, "").strip():
                found[one["id"]] = dt.date.fromisoformat(text)
        except ValueError:
            said = _("Cette date n’existe pas : écrivez jour, mois, année.")
            raise RuleError("birth-date-unreadable", said, status=422, field=name) from None
    return found


def drawn() -> list[int]:
    """The numbers that the tellers said for the lot; none where they said none. Raises RuleError for one alone."""
    names = [f"draw-{teller}" for teller in TELLERS]
    written = [name for name in names if request.form.get(name, "").strip()]
    if len(written) == 1:
        said = _("Le sort se tire avec deux nombres, un de chaque scrutateur : écrivez l’autre. Rien n’est enregistré.")
        missing = next(name for name in names if name not in written)
        raise RuleError("draw-number-missing", said, status=422, field=missing)
    return [_number(name) for name in written]


def _number(name: str) -> int:
    """A count as typed; empty is zero. Raises RuleError for anything else."""
    text = request.form.get(name, "").strip()
    if text and not (text.isascii() and text.isdigit() and len(text) <= 6):
        raise RuleError("count-unreadable", _("Un décompte s’écrit en nombres entiers."), status=422, field=name)
    return int(text or 0)
