"""Step 3 of nine: a motion, from the count to the decision. Next: rules/assembly/elections.py."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import Any

from services.registration.rules.assembly.statutes import Statutes, fraction
from services.registration.rules.choices import N_
from shared.errors import RuleError, Sentence

THRESHOLDS = {"simple": Fraction(1, 2), "absolute": Fraction(1, 2), "two_thirds": Fraction(2, 3)}


@dataclass(frozen=True)
class Count:
    """What was counted in one college. abstained: present and did not vote. void: a ballot nobody can read."""

    yes: int = 0
    no: int = 0
    blank: int = 0
    void: int = 0
    abstained: int = 0

    @property
    def total(self) -> int:
        return self.yes + self.no + self.blank + self.void + self.abstained


@dataclass(frozen=True)
class Decision:
    """share: of the votes the majority is taken of, weighted where the statutes say so; None when there is none."""

    adopted: bool
    share: Fraction | None
    tied: bool
    by_chair: bool = False

    def to_json(self) -> dict[str, Any]:
        """Plain data, as it is stored and as the minutes say it; the share as an exact fraction."""
        return asdict(self) | {"share": str(self.share) if self.share is not None else None}


@dataclass(frozen=True)
class Part:
    """What one college says where colleges weigh: `yes` of `base`. carries: how much of the result that is, its weight
    among those that expressed something; 0 where it expressed nothing."""

    key: str
    weight: Fraction
    yes: int
    base: int
    carries: Fraction

    @property
    def share(self) -> Fraction:
        return Fraction(self.yes, self.base) if self.base else Fraction(0)


def decide(
    statutes: Statutes,
    counts: Mapping[str, Count],
    voices: Mapping[str, int],
    *,
    majority: str = "simple",
    chair_says_yes: bool | None = None,
) -> Decision:
    """counts and voices: by college; voices: how many votes could be cast there.

    A simple majority sets those for against those against, whatever else the statutes count as expressed.
    Raises RuleError when a college's count differs from its voices: every voice is yes, no, blank, void or abstained.
    """
    refuse_miscount(counts, voices)
    share = _share(statutes, counts, majority)
    if share is None:
        return Decision(False, None, False)
    threshold = THRESHOLDS[majority]
    tied = share == threshold and majority != "two_thirds"
    if tied and statutes.tie == "chair":
        if chair_says_yes is None:
            raise RuleError(
                "casting-vote-needed", N_("À égalité, indiquez le vote de la présidence."), status=422, field="chair"
            )
        return Decision(chair_says_yes, share, True, by_chair=True)
    adopted = share >= threshold if majority == "two_thirds" else share > threshold
    return Decision(adopted, share, tied)


def refuse_miscount(counts: Mapping[str, Count], voices: Mapping[str, int]) -> None:
    """Raise unless every college counts as many as could vote."""
    for key in sorted({*counts, *voices}):
        count, expected = counts.get(key, Count()), voices.get(key, 0)
        if min(asdict(count).values()) < 0 or count.total != expected:
            raise RuleError(
                "count-does-not-add-up",
                Sentence(
                    "Le décompte donne %(counted)s voix pour %(voices)s possibles : recomptez ce collège.",
                    counted=count.total,
                    voices=expected,
                ),
                status=422,
                field=f"count-{key}",
                details={"college": key, "counted": count.total, "voices": expected},
            )


def refuse_disagreement(
    first: Mapping[str, Count] | Mapping[str, int], second: Mapping[str, Count] | Mapping[str, int]
) -> None:
    """Two tellers count apart, by college or by candidate. Raise naming the first number that differs."""
    one, two = _lines(first), _lines(second)
    for key in [*one, *(key for key in two if key not in one)]:
        if one.get(key, 0) != two.get(key, 0):
            raise RuleError(
                "tellers-disagree",
                Sentence(
                    "Les deux scrutateurs n’ont pas le même décompte, ici %(one)s et %(two)s : recomptez ensemble, "
                    "rien n’est enregistré.",
                    one=one.get(key, 0),
                    two=two.get(key, 0),
                ),
                status=422,
                field=f"count-{key}",
            )


def _lines(counts: Mapping[str, Count] | Mapping[str, int]) -> dict[str, int]:
    """Each number by the line on which it stands, as the tellers' sheet names it."""
    found: dict[str, int] = {}
    for key, count in counts.items():
        if isinstance(count, Count):
            found |= {f"{key}-{name}": number for name, number in asdict(count).items()}
        else:
            found[key] = count
    return found


def weighed(statutes: Statutes, counts: Mapping[str, Count], majority: str) -> list[Part]:
    """Each college's own result, in the order of the statutes. One that expressed nothing leaves the result to the
    weights of the others."""
    found = [
        (college.key, fraction(college.weight), *_expressed(statutes, [counts[college.key]], majority))
        for college in statutes.colleges
        if college.key in counts
    ]
    whole = sum((weight for _key, weight, _yes, base in found if base), Fraction(0))
    return [Part(key, weight, yes, base, weight / whole if base else Fraction(0)) for key, weight, yes, base in found]


def _share(statutes: Statutes, counts: Mapping[str, Count], majority: str) -> Fraction | None:
    """The yes share of what was expressed. Weighted: each college's own share times what it carries."""
    if not statutes.weighted_colleges:
        yes, base = _expressed(statutes, counts.values(), majority)
        return Fraction(yes, base) if base else None
    parts = weighed(statutes, counts, majority)
    return sum((one.carries * one.share for one in parts), Fraction(0)) if any(one.base for one in parts) else None


def _expressed(statutes: Statutes, counts: Iterable[Count], majority: str) -> tuple[int, int]:
    """How many said yes, of how many that the majority is taken of."""
    listed = list(counts)
    yes = sum(count.yes for count in listed)
    if majority == "simple":
        base = yes + sum(count.no for count in listed)
    elif statutes.abstentions_count:
        base = sum(count.total for count in listed)
    else:
        base = yes + sum(count.no + (count.blank if statutes.blanks_count else 0) for count in listed)
    return yes, base
