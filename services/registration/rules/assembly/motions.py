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
    share = _share(statutes, counts, against_only=majority == "simple")
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


def refuse_disagreement(first: Mapping[str, object], second: Mapping[str, object]) -> None:
    """Two tellers count apart, by college or by candidate. Raise naming the first line that differs."""
    for key in sorted({*first, *second}):
        if first.get(key) != second.get(key):
            raise RuleError(
                "tellers-disagree",
                N_("Les deux scrutateurs n’ont pas le même décompte : recomptez ensemble, rien n’est enregistré."),
                status=422,
                field=f"count-{key}",
            )


def _share(statutes: Statutes, counts: Mapping[str, Count], *, against_only: bool) -> Fraction | None:
    """The yes share of what was expressed. Weighted: each college's own share times its weight.

    A weighted college that expressed nothing leaves the weights of the others alone.
    """
    if not statutes.weighted_colleges:
        return _of(statutes, counts.values(), against_only)
    parts = [
        (fraction(college.weight), share)
        for college in statutes.colleges
        if college.key in counts and (share := _of(statutes, [counts[college.key]], against_only)) is not None
    ]
    whole = sum((weight for weight, _ in parts), Fraction(0))
    return sum((weight * share for weight, share in parts), Fraction(0)) / whole if whole else None


def _of(statutes: Statutes, counts: Iterable[Count], against_only: bool) -> Fraction | None:
    listed = list(counts)
    yes = sum(count.yes for count in listed)
    if against_only:
        base = yes + sum(count.no for count in listed)
    elif statutes.abstentions_count:
        base = sum(count.total for count in listed)
    else:
        base = yes + sum(count.no + (count.blank if statutes.blanks_count else 0) for count in listed)
    return Fraction(yes, base) if base else None
