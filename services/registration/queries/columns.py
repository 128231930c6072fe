"""Which columns a list of registrations can show beside the name, and what stands in them. One place says so.

A question that holds sensitive answers is no column, whoever asks: these are read one person at a time, or in a file,
and each reading is noted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from services.registration.queries import wording
from services.registration.queries.forms import Form
from services.registration.rules.choices import CONSENTS, N_
from services.registration.rules.question_library import COLUMNS

OWN: dict[str, str] = {
    "reference": N_("Référence"),
    "email": N_("Adresse électronique"),
    "phone": N_("Téléphone"),
    "structure": N_("Structure"),
    "function": N_("Fonction"),
    "actor_type": N_("Type d’acteur"),
    "department": N_("Département"),
    "status": N_("État"),
    "workshops": N_("Ateliers"),
    "meal": N_("Déjeuner"),
    "marks": N_("Marques"),
    "registered": N_("Inscription"),
}
"""What every registration has, in the words of the list and of the file."""
USUAL = ("structure", "department", "status", "workshops", "registered")
"""What is shown to who chose nothing."""
MOST = 12
_ASKED = "q-"


@dataclass(frozen=True)
class Column:
    """key: what an address says. question: whose answers stand there; "": a value of the registration itself."""

    key: str
    label: str
    question: str = ""


def offered(form: Form, language: str) -> list[Column]:
    """Those that may be chosen, in the order in which they stand."""
    own = [Column(key, words) for key, words in OWN.items()]
    asked = [one for one in form.questions if not one.sensitive and one.key not in {*COLUMNS, *CONSENTS}]
    return own + [Column(f"{_ASKED}{one.key}", one.label.of(language), one.key) for one in asked]


def chosen(form: Form, keys: Sequence[str], language: str = "fr") -> list[Column]:
    """The columns of these keys; the usual ones when none of them may be shown."""
    known = offered(form, language)
    found = [one for one in known if one.key in keys][:MOST]
    return found or [one for one in known if one.key in USUAL]


def answers(wanted: Sequence[Column]) -> Any:
    """What a row of registrations answered to those that are questions, as a column for `wording.words`; or None."""
    return wording.column([one.question for one in wanted if one.question])
