"""Step 3 of nine: who votes, proposed from the members of a day. Next: services/registration/models/assembly.py."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from services.registration.rules.assembly.statutes import Statutes
from services.registration.rules.choices import N_
from services.registration.rules.people import fold

FLAGS = {
    "no-type": N_("Son type d’acteur n’est pas connu à cette date."),
    "no-college": N_("Son type d’acteur n’est dans aucun collège de ces statuts."),
    "unpaid": N_("Sa cotisation n’est pas à jour à la date que demandent les statuts."),
    "no-representative": N_("Personne n’est nommé pour la représenter."),
    "no-address": N_("Sans adresse électronique : convocation par lettre."),
}
LETTER = "no-address"
"""It hinders nothing."""


@dataclass(frozen=True)
class Member:
    """A structure that is a member on the day of the assembly, with the actor type it has then, "" for none."""

    id: str
    name: str
    actor_type: str
    representative: str = ""
    email: str = ""
    paid_until: dt.date | None = None


@dataclass(frozen=True)
class Proposal:
    """college: its key, "" where the statutes give none. flags: keys of FLAGS."""

    member: Member
    college: str
    flags: tuple[str, ...]

    @property
    def votes(self) -> bool:
        """Nothing speaks against it: proposed with a tick."""
        return not set(self.flags) - {LETTER}


def fees_day(statutes: Statutes, held_on: dt.date) -> dt.date | None:
    """The day on which fees must be paid, where the statutes ask."""
    return None if statutes.fees_days is None else held_on - dt.timedelta(days=statutes.fees_days)


def college_of(statutes: Statutes, actor_type: str) -> str:
    """The key of the college that gathers a type; a single college that gathers none by name gathers all."""
    if len(statutes.colleges) == 1 and not statutes.colleges[0].gathers:
        return statutes.colleges[0].key
    return next((one.key for one in statutes.colleges if actor_type in one.gathers), "")


def propose(statutes: Statutes, members: Iterable[Member], held_on: dt.date) -> list[Proposal]:
    """Every member, by college in the order of the statutes, those without a college last, then by name."""
    due = fees_day(statutes, held_on)
    order = {one.key: at for at, one in enumerate(statutes.colleges)}
    found = [_proposal(statutes, one, due) for one in members]
    return sorted(found, key=lambda one: (order.get(one.college, len(order)), fold(one.member.name), one.member.id))


def _proposal(statutes: Statutes, member: Member, due: dt.date | None) -> Proposal:
    college = college_of(statutes, member.actor_type)
    flags = {
        "no-type": not college and not member.actor_type,
        "no-college": not college and bool(member.actor_type),
        "unpaid": due is not None and (member.paid_until is None or member.paid_until < due),
        "no-representative": not member.representative,
        "no-address": not member.email,
    }
    return Proposal(member, college, tuple(name for name, raised in flags.items() if raised))
