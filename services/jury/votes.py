"""A vote of the jury by show of hands: who counts, whether they are enough, what comes of it. Pure.

Rule 11 of the domain: the quorum is counted anew for each vote, and who is recused for the project counts neither among
the members nor among those present. Abstentions are no votes: more hands for than against carry it. Hands being equal,
the chair's hand decides where the rulebook gives it a casting vote; else nothing is decided.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeVar

from services.jury import running
from shared.errors import RuleError, Sentence

Outcome = Literal["adopted", "rejected", "tied"]
Hand = Literal["yes", "no", ""]
Who = TypeVar("Who", bound=Hashable)


@dataclass(frozen=True)
class Body:
    """Who may vote on a question: `present` of `members`; `recused` members are in neither number."""

    recused: int
    quorum: running.Quorum

    @property
    def present(self) -> int:
        return self.quorum.present


def body(states: Mapping[Who, running.Standing], recused: Collection[Who], percent: int) -> Body:
    """states: each member of the jury. recused: those who are, for the project that the question is about."""
    counted = [state for member, state in states.items() if member not in recused]
    present = sum(state == "present" for state in counted)
    return Body(len(states) - len(counted), running.quorum(present, len(counted), percent))


@dataclass(frozen=True)
class Hands:
    """What was counted. casting: the chair's own hand, one of those counted; "" where it is not told."""

    yes: int
    no: int
    abstained: int
    casting: Hand = ""


def outcome(hands: Hands) -> Outcome:
    """What comes of it."""
    if hands.yes != hands.no:
        return "adopted" if hands.yes > hands.no else "rejected"
    return {"yes": "adopted", "no": "rejected", "": "tied"}[hands.casting]  # type: ignore[return-value]


def refuse(hands: Hands, voters: Body, *, casting_vote: bool, chair_votes: bool) -> None:
    """Raises RuleError when the vote cannot stand. casting_vote: the rulebook's word. chair_votes: the chair is there,
    and not recused."""
    quorum = voters.quorum
    if not quorum.reached:
        raise RuleError(
            "no-quorum",
            Sentence(
                "Le quorum n’est pas atteint : il faut %(needed)s membres, %(present)s sont là ; les membres déportés "
                "(%(recused)s) ne comptent pas. Rien n’a été voté.",
                needed=quorum.needed,
                present=quorum.present,
                recused=voters.recused,
            ),
        )
    total = hands.yes + hands.no + hands.abstained
    if total > quorum.present:
        raise RuleError(
            "too-many-hands",
            Sentence(
                "%(total)s voix pour %(present)s membres qui peuvent voter : recomptez, ou notez d’abord qui est là.",
                total=total,
                present=quorum.present,
            ),
            field="yes",
        )
    if not total:
        raise RuleError("no-hands", "Personne n’a voté : écrivez les voix que vous avez comptées.", field="yes")
    if not hands.casting:
        return
    if not casting_vote:
        raise RuleError(
            "no-casting", "Le règlement ne donne pas de voix prépondérante à la présidence.", field="casting"
        )
    if not chair_votes:
        raise RuleError(
            "chair-out",
            "La présidence n’est pas là, ou s’est déportée : sa voix ne peut pas trancher.",
            field="casting",
        )
    if not (hands.yes if hands.casting == "yes" else hands.no):
        raise RuleError(
            "chair-hand", "La voix de la présidence est l’une de celles qui sont comptées.", field="casting"
        )
