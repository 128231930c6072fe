"""Step 3 of nine: each college elects its seats. Next: services/registration/models/assembly.py."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.registration.rules.choices import N_
from shared.errors import RuleError

SAID = 2
"""How many numbers the room adds to a draw: one for each teller."""


@dataclass(frozen=True)
class Candidate:
    id: str
    name: str
    born: dt.date | None = None


def read(data: Mapping[str, Any]) -> Candidate:
    """From its plain data, as a vote keeps it."""
    born = data.get("born")
    return Candidate(data["id"], data["name"], dt.date.fromisoformat(born) if born else None)


@dataclass(frozen=True)
class Outcome:
    """elected: in order of votes. tied: those a second round must part, with `contested` seats for them.

    vacant: seats that nobody takes; they stay vacant until the next assembly. by_tie_rule: elected by age or draw.
    """

    elected: tuple[str, ...]
    tied: tuple[str, ...]
    contested: int
    vacant: int
    by_tie_rule: tuple[str, ...] = ()


def elect(
    candidates: Sequence[Candidate],
    votes: Mapping[str, int],
    seats: int,
    *,
    tie: str,
    seed: str = "",
) -> Outcome:
    """Most votes first; a candidate without a single vote is not elected. votes: by candidate id.

    tie: "oldest" (raises when a date of birth is missing), "draw" (by `seed`, which the minutes quote, so that anyone
    can draw again), or "second_round".
    """
    known = {candidate.id: candidate for candidate in candidates}
    if unknown := sorted(set(votes) - set(known)):
        raise LookupError(f"votes for unknown candidates {unknown}")
    ranked = sorted((one for one in known if votes.get(one, 0) > 0), key=lambda one: (-votes[one], one))
    if len(ranked) <= seats:
        return Outcome(tuple(ranked), (), 0, seats - len(ranked))
    if seats == 0:
        return Outcome((), (), 0, 0)
    line = votes[ranked[seats - 1]]
    above = [one for one in ranked if votes[one] > line]
    level = [one for one in ranked if votes[one] == line]
    contested = seats - len(above)
    if len(level) == contested:
        return Outcome(tuple(above + level), (), 0, 0)
    if tie == "second_round":
        return Outcome(tuple(above), tuple(level), contested, 0)
    ordered = _by_age([known[one] for one in level], contested) if tie == "oldest" else _draw(level, seed)
    if ordered is None:  # two born on the same day: age cannot part them
        return Outcome(tuple(above), tuple(level), contested, 0)
    winners = tuple(ordered[:contested])
    return Outcome((*above, *winners), (), 0, 0, winners)


def refuse_miscount(votes: Mapping[str, int], *, blank: int, void: int, voters: int, choices: int) -> None:
    """count + blank + void = voters. A ballot names at most `choices` people, so votes may be fewer or more.

    Raises RuleError when the ballots cannot be those of that many voters.
    """
    marked = sum(votes.values())
    valid = voters - blank - void
    impossible = min([blank, void, *votes.values()], default=0) < 0 or valid < 0
    if impossible or marked < valid or marked > valid * choices or any(one > valid for one in votes.values()):
        raise RuleError(
            "count-does-not-add-up",
            N_("Le décompte ne correspond pas au nombre de votants : recomptez, rien n’est enregistré."),
            status=422,
            field="count",
        )


def _by_age(level: list[Candidate], contested: int) -> list[str] | None:
    births = [candidate.born for candidate in level]
    if None in births:
        raise RuleError(
            "birth-date-needed",
            N_("Égalité pour le dernier siège : écrivez les dates de naissance, l’âge départage. Rien n’est clos."),
            status=422,
            field="born",
        )
    ordered = sorted(level, key=lambda one: (one.born or dt.date.max, one.id))
    if ordered[contested - 1].born == ordered[contested].born:
        return None
    return [candidate.id for candidate in ordered]


def commitment(secret: str) -> str:
    """SHA-256 of the half of a seed that is drawn before the vote: told then, it cannot become another one after."""
    return hashlib.sha256(secret.encode()).hexdigest()


LAST_SEAT = N_("Égalité au dernier siège : le sort départage. Écrivez le nombre de chaque scrutateur. Rien n’est clos.")
TERMS = N_(
    "Le sort dit qui siège combien d’années. Écrivez le nombre de chaque scrutateur. Personne n’est encore installé."
)


def seed_of(secret: str, said: Sequence[int], asks: str = LAST_SEAT) -> str:
    """What decides a draw: the half that was fixed, then the two numbers that the tellers said, a space between each.

    Raises RuleError where they said none; asks: what it says then.
    """
    if len(said) != SAID:
        raise RuleError("draw-numbers-needed", asks, status=422, field="draw-a")
    return " ".join([secret, *map(str, said)])


def kept_its_word(seed: str, committed: str) -> bool:
    """Whether a draw was made from the secret that was committed to, and two numbers."""
    secret, *said = seed.split(" ")
    return commitment(secret) == committed and len(said) == SAID and all(one.isdecimal() for one in said)


def lot(seed: str, candidate: str) -> str:
    """SHA-256 of the seed, the sign U+001F and the candidate's id: anyone with the minutes can draw again."""
    return hashlib.sha256(f"{seed}\x1f{candidate}".encode()).hexdigest()


def _draw(level: list[str], seed: str) -> list[str]:
    """The smallest lot first."""
    return sorted(level, key=lambda one: lot(seed, one))
