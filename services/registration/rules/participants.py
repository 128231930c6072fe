"""Step 3 of nine: who sees the list of participants, and what each agreed to. Pure.

Next: services/registration/models/registrations.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.registration.rules.choices import ACTOR_TYPES, CONSENT_WORDING_VERSION, CONSENTS, N_
from services.registration.rules.forms import Words
from services.registration.rules.people import fold
from services.registration.rules.question_library import LIBRARY

PAPER, REGISTERED, EVERYBODY = REACHES = ("paper", "registered", "everybody")
"""How far a list goes, the narrowest first. Whoever agreed to one agreed to those before it."""
CONSENT = "participant_list"

SHOWN_TO: dict[str, str] = {
    PAPER: N_("Personne en ligne"),
    REGISTERED: N_("Les personnes dont la place est certaine, par leur lien personnel"),
    EVERYBODY: N_("Tout le monde, sur une page publique"),
}
WORDING: dict[str, Words] = {
    PAPER: LIBRARY[CONSENT].label,
    REGISTERED: Words(
        "J’accepte que mon nom, ma structure, mon type d’acteur et mon département figurent sur la liste des "
        "participants, que lisent les personnes inscrites à cette rencontre.",
        "I agree that my name, organisation, type of actor and département appear on the list of participants, which "
        "the people registered for this event read.",
    ),
    EVERYBODY: Words(
        "J’accepte que mon nom, ma structure, mon type d’acteur et mon département figurent sur la liste publique "
        "des participants, que tout le monde peut lire sur ce site.",
        "I agree that my name, organisation, type of actor and département appear on the public list of participants, "
        "which anybody can read on this site.",
    ),
}
"""Agreed to in these words; other ones are another version."""
VERSIONS = {PAPER: CONSENT_WORDING_VERSION, REGISTERED: "2026-1", EVERYBODY: "2026-1"}
assert WORDING[PAPER].fr == CONSENTS[CONSENT]


def read(text: object) -> str:
    """What a form says that its words were; those that tell the fewest people when it says nothing."""
    return text if isinstance(text, str) and text in REACHES else PAPER


def at_least(reach: str) -> tuple[str, ...]:
    """What one may have agreed to, to stand on a list that goes that far."""
    return REACHES[REACHES.index(reach) :]


@dataclass(frozen=True)
class Listed:
    """One line, as whoever may see the list reads it."""

    name: str
    structure: str
    actor_type: str
    department: str


BY = {"name": N_("Par nom"), "structure": N_("Par structure"), "type": N_("Par type d’acteur")}


def found(people: Iterable[Listed], words: str) -> list[Listed]:
    """Those whose name and structure hold each of the words, accents and case aside."""
    wanted = fold(words).split()
    return [one for one in people if all(word in fold(f"{one.name} {one.structure}") for word in wanted)]


def grouped(people: Sequence[Listed], by: str) -> list[tuple[str, list[Listed]]]:
    """(structure or type, its people in their order); by name all are one group. Who comes for themselves is last."""
    if by == "name":
        return [("", list(people))] if people else []
    groups: dict[str, tuple[str, list[Listed]]] = {}
    for one in people:
        said = one.structure if by == "structure" else one.actor_type
        groups.setdefault(fold(said), (said, []))[1].append(one)
    order = list(ACTOR_TYPES)

    def place(key: str) -> tuple[bool, int, str]:
        said = groups[key][0]
        return (not said, order.index(said) if by == "type" and said in order else len(order), key)

    return [groups[key] for key in sorted(groups, key=place)]
