"""Step 3 of nine: motions and elections, played. Next: web/statutes.py."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import replace
from fractions import Fraction

from services.registration.rules.assembly import elections
from services.registration.rules.assembly.elections import Candidate
from services.registration.rules.assembly.motions import Count, decide
from services.registration.rules.assembly.statutes import College, Statutes, fraction, invented
from services.registration.rules.assembly.walkthrough.steps import Step
from services.registration.rules.choices import N_
from shared.errors import Sentence


def motions(statutes: Statutes) -> Iterator[Step]:
    """A tie, two thirds exactly, blank votes, abstentions; every college votes alike, so weights change nothing."""

    def everywhere(**count: int) -> dict[str, Count]:
        return {one.key: Count(**count) for one in statutes.colleges}

    tie = everywhere(yes=1, no=1)
    said = N_("À la majorité simple, chaque collège se partage : une voix pour, une voix contre.")
    if statutes.tie == "chair":
        why = N_("À égalité, la voix de la présidence compte double. Elle a voté pour.")
        yield _decided(statutes, tie, said, why, chair_says_yes=True)
        again, why = N_("Le même vote, mais la présidence vote contre."), N_("Sa voix décide aussi du rejet.")
        yield _decided(statutes, tie, again, why, chair_says_yes=False)
    else:
        yield _decided(statutes, tie, said, N_("À égalité, la proposition est rejetée : il faut plus de la moitié."))
    yield _decided(
        statutes,
        everywhere(yes=2, no=1),
        N_("Aux deux tiers, chaque collège donne deux voix pour et une contre."),
        N_("Les deux tiers exactement suffisent."),
        majority="two_thirds",
    )
    blanks = statutes.blanks_count or statutes.abstentions_count
    expressed = N_("Les votes blancs sont des suffrages exprimés : la part des voix pour est %(share)s.")
    left_out = N_("Les votes blancs ne sont pas exprimés : la part des voix pour est %(share)s.")
    yield _decided(
        statutes,
        everywhere(yes=4, no=3, blank=2),
        N_("À la majorité absolue, chaque collège donne quatre voix pour, trois contre et deux blanches."),
        expressed if blanks else left_out,
        majority="absolute",
    )
    yield _decided(
        statutes,
        everywhere(yes=4, no=2, abstained=3),
        N_("À la majorité absolue, chaque collège donne quatre voix pour, deux contre et trois abstentions."),
        N_("Les abstentions comptent dans le total : la part des voix pour est %(share)s.")
        if statutes.abstentions_count
        else N_("Les abstentions ne comptent pas : la part des voix pour est %(share)s."),
        majority="absolute",
    )


def weights(statutes: Statutes) -> Iterator[Step]:
    """The largest college against all others; with weights, also as it would be without, and when others abstain."""
    if len(statutes.colleges) < 2:
        return
    largest = max(statutes.colleges, key=invented)
    majority = statutes.majority
    others = {one.key: invented(one) for one in statutes.colleges if one is not largest}
    yes = {largest.key: Count(yes=invented(largest))}
    against = yes | {key: Count(no=number) for key, number in others.items()}
    said = Sentence("« %(college)s » vote pour d’une seule voix, et tous les autres votent contre.", college=largest)
    if not statutes.weighted_colleges:
        why = N_("Chaque structure a une voix : la part des voix pour est %(share)s.")
        yield _decided(statutes, against, said, why, majority=majority)
        return
    why = N_("Les collèges pèsent : celui-ci fait %(weight)s du résultat, et la part des voix pour est %(share)s.")
    yield _decided(statutes, against, said, why, majority=majority, weight=_weight(statutes, largest))
    again = N_("Le même vote, si les statuts comptaient les structures et non les collèges.")
    why = N_("La part des voix pour serait %(share)s.")
    yield _decided(replace(statutes, weighted_colleges=False), against, again, why, majority=majority)
    silent = yes | {key: Count(abstained=number) for key, number in others.items()}
    said = Sentence("« %(college)s » vote pour, et tous les autres s’abstiennent.", college=largest)
    why = N_("Un collège qui n’exprime rien ne pèse pas : il laisse le résultat à ceux qui votent.")
    yield _decided(statutes, silent, said, why, majority=majority)


def _decided(
    statutes: Statutes,
    counts: Mapping[str, Count],
    said: str,
    why: str,
    *,
    majority: str = "simple",
    chair_says_yes: bool = False,
    **values: object,
) -> Step:
    """Everybody who could vote did. `why` may quote %(share)s, the part that said yes."""
    voices = {key: count.total for key, count in counts.items()}
    found = decide(statutes, counts, voices, majority=majority, chair_says_yes=chair_says_yes)
    why = Sentence(why, share=found.share, **values)
    return Step(said, why, "adopted" if found.adopted else "rejected", counts=counts)


def _weight(statutes: Statutes, college: College) -> Fraction:
    return fraction(college.weight) / sum((fraction(one.weight) for one in statutes.colleges), Fraction(0))


def vacant(statutes: Statutes) -> Iterator[Step]:
    """In each college a quarter of the seats finds nobody, and one candidate gets no vote."""
    for college in statutes.colleges:
        if not college.seats:
            continue
        voters, chosen = invented(college), college.seats - max(1, college.seats // 4)
        people = [Candidate(str(number), "") for number in range(chosen + 1)]
        votes = {one.id: max(1, voters - number) for number, one in enumerate(people[:chosen])}
        found = elections.elect(people, votes, college.seats, tie=statutes.election_tie)
        yield Step(
            Sentence(
                "« %(college)s » : sièges à pourvoir, %(seats)s ; candidatures, %(people)s, dont une sans aucune voix.",
                college=college,
                seats=college.seats,
                people=len(people),
            ),
            Sentence(
                "Élus : %(elected)s. Sièges vacants : %(vacant)s, jusqu’à la prochaine assemblée. Aucun autre collège "
                "ne les reçoit, et personne n’est élu sans une voix.",
                elected=len(found.elected),
                vacant=found.vacant,
            ),
            "vacant",
        )


AWA, BRUNO = Candidate("Awa", "Awa", dt.date(1955, 5, 1)), Candidate("Bruno", "Bruno", dt.date(1960, 5, 1))
SEED = "9f2c 47 5"


def tie(statutes: Statutes) -> Iterator[Step]:
    """Two candidates as high as each other for one seat; where age parts them, also two of the same day."""
    college = next((one for one in statutes.colleges if one.seats), None)
    if college is None:
        return
    half = max(4, invented(college)) // 2
    votes = {"Awa": half, "Bruno": half}
    found = elections.elect([AWA, BRUNO], votes, 1, tie=statutes.election_tie, seed=SEED)
    whys = {
        "second_round": N_("Un second tour s’ajoute à l’ordre du jour, avec le quorum et les voix du moment."),
        "draw": N_(
            "Le sort désigne %(name)s, d’un secret fixé avant le vote et de deux nombres dits dans la salle. Le "
            "procès-verbal cite cette graine, ici « %(seed)s » : chacun peut refaire le tirage."
        ),
        "oldest": N_("La personne la plus âgée est élue : %(name)s."),
    }
    yield Step(
        Sentence(
            "« %(college)s » : un siège reste. Awa, née en 1955, et Bruno, né en 1960, ont %(votes)s voix chacun.",
            college=college,
            votes=half,
        ),
        Sentence(whys[statutes.election_tie], name="".join(found.elected), seed=SEED),
        "tied" if found.tied else "elected",
    )
    if statutes.election_tie == "oldest":
        twins = elections.elect([AWA, replace(BRUNO, born=AWA.born)], votes, 1, tie="oldest")
        yield Step(
            N_("Les mêmes voix, mais les deux sont nés le même jour."),
            N_("L’âge ne départage pas : un second tour s’ajoute à l’ordre du jour."),
            "tied" if twins.tied else "elected",
        )
