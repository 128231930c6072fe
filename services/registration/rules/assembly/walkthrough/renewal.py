"""Step 3 of nine: a board renewed by thirds, played over its first years. Next: web/statutes.py."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from services.registration.rules.assembly import board
from services.registration.rules.assembly.board import Elected
from services.registration.rules.assembly.statutes import Statutes
from services.registration.rules.assembly.walkthrough.steps import Step
from services.registration.rules.choices import N_
from shared.errors import Sentence

YEAR, SEED = 2017, "2017"


def thirds(statutes: Statutes) -> Iterator[Step]:
    """Each college elected whole; then, in the largest, a third with somebody who resigned, and a year left out."""
    if not statutes.renewal_thirds:
        return
    for college in statutes.colleges:
        if college.seats:
            ends = [one.ends for one in board.drawn(college.seats, YEAR, SEED)]
            yield Step(
                Sentence(
                    "« %(college)s » élit ses sièges d’un coup : %(seats)s.", college=college, seats=college.seats
                ),
                Sentence(
                    "Le sort dit qui siège combien de temps : %(one)s pour un an, %(two)s pour deux, %(three)s pour "
                    "trois.",
                    one=ends.count(YEAR + 1),
                    two=ends.count(YEAR + 2),
                    three=ends.count(YEAR + 3),
                ),
                "elected",
            )
    largest = max(statutes.colleges, key=lambda one: one.seats)
    if largest.seats < board.TERM:
        return
    everybody = [Elected(str(number), 1) for number in range(largest.seats)]
    seats = board.renewed([], largest.seats, YEAR, everybody, SEED)
    gone = next(one for one in seats if one.ends == YEAR + 2)
    left = [replace(one, name="") if one is gone else one for one in seats]
    places = board.to_fill(left, YEAR + 1)
    yield Step(
        Sentence("Un an après, « %(college)s » ; quelqu’un dont il restait un an a démissionné.", college=largest),
        Sentence(
            "Sièges à pourvoir : %(whole)s pour trois ans, et %(rest)s pour l’an qui reste, à qui a le moins de voix.",
            whole=sum(one.whole for one in places),
            rest=sum(not one.whole for one in places),
        ),
        "vacant",
    )
    late = board.to_fill(seats, YEAR + 2)
    yield Step(
        N_("Aucune assemblée cette année-là : elle se tient un an plus tard."),
        Sentence(
            "Deux tiers arrivent à leur terme, %(seats)s sièges : %(whole)s pour trois ans, et %(rest)s pour deux, car "
            "chaque série garde son année.",
            seats=len(late),
            whole=sum(one.ends == YEAR + 5 for one in late),
            rest=sum(one.ends == YEAR + 4 for one in late),
        ),
        "vacant",
    )
