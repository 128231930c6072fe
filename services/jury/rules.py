"""Step 3 of a change to a jury: what is allowed, and what a tablet's operation does. Next: models.

Pure: no framework, no database. Messages are French, for the person, because they are part of the answer that a
tablet keeps; the pages translate what they show themselves.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import math
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any, Literal, NamedTuple

from services.jury.scoring import Criterion, Rule, Standing, shown
from services.jury.sections import sections_of, titled

CODE_LIFETIME = dt.timedelta(minutes=15)
LINK_LIFETIME = dt.timedelta(days=30)
"""Of a pairing code that is mailed: a juror reads their mail when they do."""
TEXT_FIELDS = ("comment", "feedback")
TEXT_LIMIT = 2000
BIGGEST = 2**31 - 1
ABSTAINED = "abstained"
TIES = (["criteria", "draw"], ["draw"])
"""What a rulebook may say of equal projects, lots last so that there is an order; the first where it says nothing."""

Outcome = Literal["applied", "duplicate", "conflict", "refused", "late"]

_UNSTORABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def canonical(content: Any) -> bytes:
    """The bytes that are hashed: JSON with sorted keys, no spaces, UTF-8. Floats are refused: they drift."""
    _refuse_floats(content)
    return json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def content_hash(content: Any) -> str:
    """SHA-256 of the canonical JSON, hex."""
    return hashlib.sha256(canonical(content)).hexdigest()


def _refuse_floats(content: Any) -> None:
    if isinstance(content, float):
        raise ValueError("a hashed document holds no floating-point number")
    if isinstance(content, dict):
        for value in content.values():
            _refuse_floats(value)
    elif isinstance(content, list):
        for value in content:
            _refuse_floats(value)


def clean(text: str) -> str:
    """Text as it is stored: NFC, trimmed, one kind of line end."""
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def criteria_of(frozen: Mapping[str, Any]) -> list[Criterion]:
    """The criteria that a round was opened with, in their declared order.

    Required comments decide whether a sheet counts only where the round was opened under that rule: a ranking that was
    signed before it is recomputed as it was signed.
    """
    asks = frozen.get("comments_count", False)
    return [
        Criterion(c["id"], c["weight"], c["max"], c["minimum"], tuple(c["comment_required_for"]) if asks else ())
        for c in frozen["criteria"]
    ]


def rule_of(frozen: Mapping[str, Any], seed: str, voted: Iterable[Sequence[str]] = ()) -> Rule:
    """The ranking rule that a round was opened with. Ties go by the declared order of the criteria, where its rulebook
    has them decide, then by what the jury `voted`, see scoring.Rule, then by lots."""
    rulebook = frozen["rulebook"]
    by_criteria = "criteria" in rulebook.get("ties", TIES[0])
    return Rule(
        minimum_readings=rulebook["minimum_readings"],
        score=rulebook.get("score", "mean"),
        minimum_total=Fraction(total, 100) if (total := rulebook.get("minimum_total")) is not None else None,
        tie_criteria=tuple(c["id"] for c in frozen["criteria"]) if by_criteria else (),
        voted=tuple(tuple(order) for order in voted),
        seed=seed,
        sections=tuple(sections_of(frozen["criteria"])),
    )


def why(standing: Standing, frozen: Mapping[str, Any], language: str = "fr") -> list[str]:
    """What eliminated a project, in words: the title of a criterion, or a section with its points."""
    words = {c["id"]: titled(c, language) for c in frozen["criteria"]}
    for one in sections_of(frozen["criteria"]):
        if (points := standing.sections.get(one.id)) is not None:
            given = shown(points, separator="." if language == "en" else ",")
            figures = f"{given} of {one.most}" if language == "en" else f"{given} sur {one.most}"
            words[one.id] = f"{one.named(language)} ({figures}, minimum {one.minimum})"
    return [words[id] for id in standing.eliminated_by]


def result_of(position: int | None, eliminated: bool, rulebook: Mapping[str, Any]) -> str:
    """ "selected", "reserve" or "not_selected": the first `places`, then the next `reserve`."""
    if position is None or eliminated:
        return "not_selected"
    if position <= rulebook["places"]:
        return "selected"
    return "reserve" if position <= rulebook["places"] + rulebook["reserve"] else "not_selected"


# A pairing code: 128 random bits that a person can also read aloud and type

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})


def code_of(random_bytes: bytes) -> str:
    """Crockford's base 32: no I, L, O or U. 16 bytes make 26 signs."""
    number = int.from_bytes(random_bytes)
    length = -(-len(random_bytes) * 8 // 5)
    return "".join(_CROCKFORD[(number >> (5 * place)) & 31] for place in reversed(range(length)))


def read_code(typed: str) -> str:
    """The code as it was made, from what someone typed: small letters, spaces, O for 0 and I or L for 1 are fine."""
    return typed.upper().translate(_MISREAD)


# What a tablet may write: tuples, because a hall that comes back sends thousands a second


class Operation(NamedTuple):
    """One write of a tablet, checked for shape. `field`: a criterion id, "comment", "feedback" or "status"."""

    id: str
    project_id: str
    field: str
    value: int | str | None
    base_version: int
    counter: int
    client_time: str


class Cell(NamedTuple):
    """What the server holds for one (juror, project, field). Version 0: nothing was ever written."""

    version: int = 0
    value: int | str | None = None
    epoch: int = 0
    counter: int = 0


class Decision(NamedTuple):
    """`writes`: the operation's value becomes the cell's. The losing value stays in the history either way."""

    outcome: Outcome
    writes: bool
    reason: str | None = None


def check_value(field: str, value: Any, frozen: Mapping[str, Any]) -> str | None:
    """Why the value cannot stand in that field, in French; None when it can."""
    if field in TEXT_FIELDS:
        if value is None:
            return None
        if not isinstance(value, str):
            return "Ce champ attend du texte."
        if len(value) > TEXT_LIMIT:
            return f"Ce texte dépasse {TEXT_LIMIT} caractères."
        return "Ce texte contient un caractère qui ne peut être gardé." if _UNSTORABLE.search(value) else None
    if field == "status":
        return None if value in (None, ABSTAINED) else "Cet état n’existe pas."
    criterion = next((c for c in frozen["criteria"] if c["id"] == field), None)
    if criterion is None:
        return "Ce critère ne fait pas partie de la grille de ce tour."
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int):
        return "Ce critère attend un niveau entier."
    if not 0 <= value <= criterion["max"]:
        return f"Le niveau doit être compris entre 0 et {criterion['max']}."
    return None


def decide(cell: Cell, operation: Operation, epoch: int) -> Decision:
    """What becomes of a valid operation sent by the tablet of that epoch.

    The base version tells whether anyone wrote in between. If it was the same tablet, its counter says which
    write is the newer one, so its own writes never conflict with each other; between two tablets of one juror
    the one paired last wins, and the juror is told.
    """
    if operation.base_version == cell.version:
        return Decision("applied", writes=True)
    if epoch == cell.epoch:
        if operation.counter > cell.counter:
            return Decision("applied", writes=True)
        return Decision("conflict", writes=False, reason="Une saisie plus récente de cette tablette est gardée.")
    if epoch > cell.epoch:
        if operation.base_version > cell.version:
            # The tablet has seen more than we hold: this database was restored from a backup.
            return Decision("applied", writes=True)
        reason = "Une autre tablette avait écrit ici : votre saisie la remplace, les deux restent à l’historique."
        return Decision("conflict", writes=True, reason=reason)
    reason = "Une tablette appairée plus tard a écrit ici : sa valeur est gardée, la vôtre reste à l’historique."
    return Decision("conflict", writes=False, reason=reason)


def read_operation(raw: Any) -> Operation | str:
    """An operation from whatever a client sent, or why it is none, in French."""
    if not isinstance(raw, dict):
        return "Opération illisible."
    texts: dict[str, Any] = {}
    for name, limit in (("id", 36), ("project_id", 36), ("field", 36), ("client_time", 64)):
        found = raw.get(name, "" if name == "client_time" else None)
        if not isinstance(found, str) or len(found) > limit or _UNSTORABLE.search(found):
            return f"Le champ « {name} » manque ou n’est pas lisible."
        texts[name] = found
    numbers: dict[str, Any] = {}
    for name in ("base_version", "counter"):
        found = raw.get(name)
        if isinstance(found, bool) or not isinstance(found, int) or not 0 <= found <= BIGGEST:
            return f"Le champ « {name} » doit être un entier positif."
        numbers[name] = found
    value = raw.get("value")
    if isinstance(value, float) and math.isfinite(value) and value == int(value):
        value = int(value)  # JavaScript makes no difference between 3 and 3.0
    if not isinstance(value, int | str | None):
        return "La valeur doit être un entier, un texte ou vide."
    return Operation(value=value, **texts, **numbers)


def history_to_cells(entries: Iterable[Mapping[str, Any]]) -> dict[tuple[str, str, str], tuple[Any, int]]:
    """Replay a history, oldest first: what each (juror, project, field) holds at the end, and its version."""
    cells: dict[tuple[str, str, str], tuple[Any, int]] = {}
    for entry in entries:
        if entry["written"]:
            cells[entry["juror_id"], entry["project_id"], entry["field"]] = (entry["value"], entry["version"])
    return cells
