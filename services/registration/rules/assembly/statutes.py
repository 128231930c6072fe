"""Step 3 of nine: the statutes of an association as parameters. Next: rules/assembly/attendance.py.

The law of 1901 says nothing on assemblies: the statutes decide, so nothing here is fixed but the shape.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from fractions import Fraction
from typing import Any

from services.registration.rules.choices import N_
from shared.errors import RuleError

MAJORITIES = {
    "simple": N_("Plus de pour que de contre"),
    "absolute": N_("Plus de la moitié des suffrages"),
    "two_thirds": N_("Deux tiers des suffrages"),
}
TIES = {
    "rejected": N_("À égalité, la proposition est rejetée"),
    "chair": N_("À égalité, la voix de la présidence compte double"),
}
ELECTION_TIES = {
    "oldest": N_("À égalité, la personne la plus âgée est élue"),
    "second_round": N_("À égalité, un second tour départage"),
    "draw": N_("À égalité, un tirage au sort départage"),
}
BUREAU = {
    "assembly": N_("L’assemblée élit le bureau"),
    "board": N_("L’assemblée élit le conseil, qui élit le bureau"),
}
LATE_CORRECTIONS = {
    "refused": N_("Refusée, sauf pour retirer un vote ou changer un point sans vote"),
    "warned": N_("Elle part, et le procès-verbal dit qu’elle est venue après le délai"),
}
MOVED_PROXIES = {
    "renewed": N_("Il ne compte plus : il en faut un autre, ou un mot écrit"),
    "kept": N_("Il vaut aussi pour la nouvelle date"),
}
CHOICES = {
    "majority": MAJORITIES,
    "tie": TIES,
    "election_tie": ELECTION_TIES,
    "bureau": BUREAU,
    "late_correction": LATE_CORRECTIONS,
    "moved_proxies": MOVED_PROXIES,
}


@dataclass(frozen=True)
class College:
    """A group of structures that votes together. seats, alternates: on the board. weight: its share of the result when
    votes are weighted, exact ("3/2"). quorum: its own, "" for that of the statutes. gathers: the actor types in it.
    """

    key: str
    label: str
    seats: int
    alternates: int = 0
    weight: str = "1"
    quorum: str = ""
    gathers: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.label


@dataclass(frozen=True)
class Statutes:
    """quorum: the share of voters needed, as a fraction ("1/4"); "0" asks for none. proxies_cap: how many one
    person may hold, None for no limit; proxies_share: the same as a share of all voters ("1/10"), "" for no such limit;
    the lower of the two holds. proxies_blank: one that names nobody is taken, and given to somebody who is there.
    blanks_count: blank votes belong to the votes that an absolute majority or two thirds are taken of;
    abstentions_count: so does every voice present or represented. majority: of a point whose agenda names no other.
    fees_days: a voter's fees must be paid that many days before the meeting, 0 for that day;
    None does not ask. candidates_days: how many days before the meeting candidatures close; None: when the vote opens.
    late_correction: what becomes of a notice that is corrected when less than notice_days are left.
    moved_proxies: what becomes of a proxy that was handed in for another day than the meeting's.
    """

    colleges: tuple[College, ...]
    notice_days: int = 15
    quorum: str = "1/4"
    quorum_per_college: bool = False
    quorum_counts_proxies: bool = True
    proxies_cap: int | None = 2
    proxies_share: str = ""
    proxies_same_college: bool = False
    proxies_blank: bool = False
    weighted_colleges: bool = False
    blanks_count: bool = False
    abstentions_count: bool = False
    majority: str = "simple"
    tie: str = "rejected"
    election_tie: str = "oldest"
    bureau: str = "board"
    renewal_thirds: bool = False
    fees_days: int | None = None
    candidates_days: int | None = None
    late_correction: str = "refused"
    moved_proxies: str = "renewed"

    def quorum_share(self, college: College | None = None) -> Fraction:
        """Of the voters of a college, or of all of them."""
        return fraction((college.quorum if college else "") or self.quorum)

    def most_proxies(self, voters: int) -> int | None:
        """How many one person may hold when so many are on the list; None for no limit. A share is rounded down."""
        limits = [] if self.proxies_cap is None else [self.proxies_cap]
        if self.proxies_share:
            limits.append(math.floor(fraction(self.proxies_share) * voters))
        return min(limits, default=None)

    @property
    def asking(self) -> list[College]:
        """The colleges that must each reach a quorum."""
        own = (college for college in self.colleges if self.quorum_per_college or college.quorum)
        return [college for college in own if self.quorum_share(college)]

    @property
    def asks_together(self) -> bool:
        """Whether the whole assembly must reach a quorum, all colleges together."""
        return not self.quorum_per_college and self.quorum_share() > 0

    def college(self, key: str) -> College:
        for college in self.colleges:
            if college.key == key:
                return college
        raise LookupError(f"no college {key}")

    def to_json(self) -> dict[str, Any]:
        """Plain data, as it is stored and as the minutes quote it."""
        return asdict(self) | {"colleges": [asdict(college) for college in self.colleges]}


def from_json(data: dict[str, Any]) -> Statutes:
    """Statutes from their plain data; what is unknown is refused by the dataclass itself."""
    return check(Statutes(**data | {"colleges": tuple(_college(**college) for college in data["colleges"])}))


def _college(*, gathers: Sequence[str] = (), weight: str | int = "1", **more: Any) -> College:
    """Weights were whole numbers once."""
    return College(gathers=tuple(gathers), weight=str(weight), **more)


def invented(college: College) -> int:
    """How many structures of a college a rehearsal plays with: one for each seat, some where seats are not counted."""
    return min(college.seats, 60) or 4


_FRACTION = re.compile(r"\+?([0-9]{0,9})(?:(?<=[0-9])/([0-9]{1,9})|[.,]([0-9]{1,9}))?")


def fraction(text: str) -> Fraction:
    """ "1/4", "3", "1,5": exactly. Raises ValueError for anything else, and for more than nine digits: Fraction
    itself reads "1e-9999999" too, for ten seconds.
    """
    found = _FRACTION.fullmatch(text.strip())
    if not found or not (found[1] or found[3]) or (found[2] and int(found[2]) == 0):
        raise ValueError(text)
    return Fraction(int(found[1] or 0), int(found[2] or 1)) + Fraction(int(found[3] or 0), 10 ** len(found[3] or ""))


def check(statutes: Statutes) -> Statutes:
    """Raise a RuleError that says which parameter cannot be."""
    for field, text in (("quorum", statutes.quorum), *_own_quorums(statutes)):
        if (share := _read(text)) is None or share > 1:
            raise _refused(field, N_("Le quorum s’écrit comme une fraction entre 0 et 1, par exemple 1/4."))
    keys = [college.key for college in statutes.colleges]
    if not keys or len(set(keys)) != len(keys):
        raise _refused("colleges", N_("Il faut au moins un collège, et chacun une seule fois."))
    for number, college in enumerate(statutes.colleges):
        if min(college.seats, college.alternates) < 0:
            raise _refused(f"c{number}_seats", N_("Un collège a zéro siège ou plus."))
        if not _read(college.weight):
            raise _refused(
                f"c{number}_weight", N_("Le poids est un nombre ou une fraction au-dessus de zéro : 2, 3/2.")
            )
        if {one for other in statutes.colleges[:number] for one in other.gathers} & {*college.gathers}:
            raise _refused(f"c{number}_gathers", N_("Un type d’acteur est dans un seul collège."))
    if statutes.proxies_cap is not None and statutes.proxies_cap < 0:
        raise _refused("proxies_cap", N_("Le nombre de pouvoirs par personne est zéro ou plus."))
    if statutes.proxies_share and not 0 < (_read(statutes.proxies_share) or 0) <= 1:
        raise _refused("proxies_share", N_("La part s’écrit comme une fraction entre 0 et 1, par exemple 1/10."))
    if statutes.fees_days is not None and statutes.fees_days < 0:
        raise _refused("fees_days", N_("Le délai des cotisations est un nombre de jours, zéro ou plus."))
    if statutes.candidates_days is not None and statutes.candidates_days < 0:
        raise _refused("candidates_days", N_("Le délai des candidatures est un nombre de jours, zéro ou plus."))
    if statutes.notice_days < 0:
        raise _refused("notice_days", N_("Le délai de convocation est un nombre de jours."))
    for name, known in CHOICES.items():
        if getattr(statutes, name) not in known:
            raise _refused(name, N_("Choisissez dans la liste."))
    return statutes


def _own_quorums(statutes: Statutes) -> Iterator[tuple[str, str]]:
    return ((f"c{number}_quorum", one.quorum) for number, one in enumerate(statutes.colleges) if one.quorum)


def _read(text: str) -> Fraction | None:
    try:
        return fraction(text)
    except ValueError:
        return None


def _refused(field: str, message: str) -> RuleError:
    return RuleError("statutes-impossible", message, status=422, field=field)


COOPDEV_2016 = Statutes(
    colleges=(
        College("public", N_("Acteurs publics"), 20, gathers=("authority", "public_body")),
        College("economic", N_("Acteurs économiques"), 13, gathers=("business",)),
        College("associations", N_("Associations"), 20, gathers=("association",)),
    ),
    quorum="1/4",
    quorum_per_college=True,
    proxies_same_college=True,
    renewal_thirds=True,
)
TWO_COLLEGES = replace(COOPDEV_2016, colleges=COOPDEV_2016.colleges[:2])
PRESETS = {
    "coopdev-2016": (N_("Trois collèges, quorum d’un quart dans chacun"), COOPDEV_2016),
    "two-colleges": (N_("Vingt sièges publics et treize économiques"), TWO_COLLEGES),
    "single": (
        N_("Association simple : un seul collège, quorum d’un quart"),
        Statutes(colleges=(College("members", N_("Membres"), 12),)),
    ),
}
