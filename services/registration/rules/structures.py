"""Step 3 of nine: colleges, and names that may be the same structure. Next: models/structures.py."""

from __future__ import annotations

from services.registration.rules.choices import N_
from services.registration.rules.people import fold

COLLEGES: dict[str, str] = {
    "civil_society": N_("Associations et fondations"),
    "public": N_("Acteurs publics"),
    "education": N_("Enseignement et recherche"),
    "economic": N_("Acteurs économiques"),
    "qualified": N_("Personnes qualifiées"),
}
_OF_TYPE = {
    "association": "civil_society",
    "authority": "public",
    "public_body": "public",
    "education": "education",
    "business": "economic",
    "person": "qualified",
}
_SAYS_NOTHING = frozenset("association asso assoc l la le les de du des d et a au aux en pour the of".split())
LONGEST_KEY = 400


def college(actor_type: str) -> str:
    """The college of an actor type, "" for who never said theirs."""
    return _OF_TYPE.get(actor_type, "")


def key(name: str) -> str:
    """How two names are compared: without accents, letter case or doubled spaces."""
    return fold(name)[:LONGEST_KEY]


def core(name_key: str) -> str:
    """What is left of a name without the words that half of them have: two equal cores may be one structure."""
    bare = "".join(char if char.isalnum() else " " for char in name_key)
    words = [word for word in bare.split() if word not in _SAYS_NOTHING]
    return " ".join(words) or bare
