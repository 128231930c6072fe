"""Step 3 of nine: quorum and proxies, played. Next: rules/assembly/walkthrough/votes.py."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from services.registration.rules.assembly import attendance, quorum
from services.registration.rules.assembly.attendance import ARRIVED, LEFT, PROXY, VOID, Attendance, Entry, Voter
from services.registration.rules.assembly.quorum import Quorum
from services.registration.rules.assembly.statutes import Statutes, invented
from services.registration.rules.assembly.walkthrough.steps import Step
from services.registration.rules.choices import N_
from shared.errors import Sentence

NINE = dt.datetime(2017, 2, 3, 9, tzinfo=dt.UTC)
GIVERS = 20
"""A cap above this is said, not played."""


@dataclass
class _Room:
    """Invented structures, and the log of one meeting: one entry a minute."""

    statutes: Statutes
    voters: list[Voter]
    log: list[Entry] = field(default_factory=list)

    @classmethod
    def of(cls, statutes: Statutes, *, least: int = 0) -> _Room:
        """least: how many the first college has at least."""
        sizes = {one.key: invented(one) for one in statutes.colleges}
        first = statutes.colleges[0].key
        sizes[first] = max(sizes[first], least)
        return cls(statutes, [Voter(f"{key} {n}", "", key) for key, size in sizes.items() for n in range(1, size + 1)])

    def of_college(self, key: str) -> list[str]:
        return [one.id for one in self.voters if one.college == key]

    def write(self, what: str, *people: str, holder: str = "") -> None:
        for one in people:
            self.log.append(Entry(NINE + dt.timedelta(minutes=len(self.log)), what, one, holder))

    @property
    def there(self) -> Attendance:
        return attendance.at(self.statutes, self.voters, self.log, NINE + dt.timedelta(days=1))

    def quorum(self, *, second_session: bool = False) -> Quorum:
        return quorum.count(self.statutes, self.voters, self.there, second_session=second_session)

    def step(self, said: str, why: str, verdict: str = "") -> Step:
        found = self.quorum()
        if not verdict:
            verdict = "short" if not found.reached else "reached" if quorum.asked(self.statutes) else "unasked"
        return Step(said, why, verdict, found)


def _enough(statutes: Statutes, room: _Room) -> list[str]:
    """The fewest people that make the quorum."""
    empty = room.quorum()
    needed = {share.key: share.needed for share in empty.colleges}
    coming = [one for college in statutes.asking for one in room.of_college(college.key)[: needed[college.key]]]
    if not statutes.quorum_per_college:
        others = [one.id for one in room.voters if one.id not in coming]
        coming += others[: max(0, empty.whole.needed - len(coming))]
    return coming


def quorum_moves(statutes: Statutes) -> Iterator[Step]:
    """One college missing, one person missing, there, gone again, back; then a second session."""
    room = _Room.of(statutes)
    coming = _enough(statutes, room)
    if not coming:
        yield room.step(
            N_("La séance est ouverte et personne n’est encore là."),
            N_("Ces statuts ne demandent aucun quorum : un vote s’ouvre quel que soit le nombre de présents."),
        )
        return
    needed = {share.key: share.needed for share in room.quorum().colleges}
    asking = [one for one in statutes.asking if needed[one.key]]
    if len(asking) > 1:
        full = _Room.of(statutes)
        last = asking[-1]
        full.write(ARRIVED, *(one.id for one in full.voters if one.college != last.key))
        yield full.step(
            Sentence("Tout le monde est là, sauf le collège « %(college)s », dont personne n’est venu.", college=last),
            _lacking(statutes, full.quorum()),
        )
    *first, late = coming
    room.write(ARRIVED, *first)
    yield room.step(
        Sentence("Présents à l’ouverture de la séance : %(number)s.", number=len(first)),
        _lacking(statutes, room.quorum()),
    )
    room.write(ARRIVED, late)
    yield room.step(
        N_("Une personne de plus arrive. Le premier vote s’ouvre."),
        Sentence("Le quorum est atteint, et les voix de ce vote sont fixées : %(number)s.", number=len(coming)),
    )
    room.write(LEFT, late)
    yield room.step(
        N_("Elle repart avant le deuxième vote."),
        Sentence(
            "Le premier vote garde ses %(number)s voix. Le deuxième ne peut pas s’ouvrir : le quorum se recompte à "
            "chaque vote. %(lacking)s",
            number=len(coming),
            lacking=_lacking(statutes, room.quorum()),
        ),
    )
    room.write(ARRIVED, late)
    yield room.step(
        N_("Elle revient."), N_("Le quorum se recompte encore : le deuxième vote peut s’ouvrir maintenant.")
    )
    empty = _Room.of(statutes).quorum(second_session=True)
    yield Step(
        N_("Faute de quorum, une seconde séance est convoquée sur le même ordre du jour. Personne n’est encore là."),
        N_("Une seconde séance ne demande aucun quorum, si cette case est cochée sur l’assemblée."),
        "unasked",
        empty,
    )


def _lacking(statutes: Statutes, found: Quorum) -> str:
    """The first share that is not reached, with its arithmetic."""
    by_key = {one.key: one for one in statutes.colleges}
    asking = {one.key for one in statutes.asking}
    for share in found.colleges:
        if share.key in asking and not share.reached:
            return Sentence(
                "Collège « %(college)s » : %(part)s de %(voters)s votants, arrondi au nombre au-dessus, font "
                "%(needed)s. Représentés : %(there)s.",
                college=by_key[share.key],
                part=statutes.quorum_share(by_key[share.key]),
                voters=share.voters,
                needed=share.needed,
                there=share.represented,
            )
    return Sentence(
        "Tous collèges ensemble : %(part)s de %(voters)s votants, arrondi au nombre au-dessus, font %(needed)s. "
        "Représentés : %(there)s.",
        part=statutes.quorum_share(),
        voters=found.whole.voters,
        needed=found.whole.needed,
        there=found.whole.represented,
    )


def proxies(statutes: Statutes) -> Iterator[Step]:
    """A is asked to vote for B: before A comes, with too many others, once B comes, once A is gone."""
    cap = statutes.most_proxies(sum(invented(one) for one in statutes.colleges))
    played = 2 if cap is None else min(cap, GIVERS)
    room = _Room.of(statutes, least=played + 3)
    # A share is of the room that is played, also where it had to be made larger.
    room.statutes = statutes = replace(statutes, proxies_cap=cap, proxies_share="")
    a, b, *others = room.of_college(statutes.colleges[0].key)
    room.write(PROXY, b, holder=a)
    if cap == 0:
        room.write(ARRIVED, a)
        yield room.step(
            N_("B ne peut pas venir et donne pouvoir à A, qui est là."),
            N_("Ces statuts ne permettent aucun pouvoir : A n’a que sa propre voix."),
            _proxy(room, b),
        )
        return
    yield room.step(
        N_("B ne peut pas venir et donne un pouvoir écrit à A. La séance s’ouvre sans A."),
        VOID[room.there.void[b]],
        _proxy(room, b),
    )
    room.write(ARRIVED, a)
    yield room.step(N_("A arrive."), _carried(statutes, room, a), _proxy(room, b))
    more = others[:played]
    room.write(PROXY, *more, holder=a)
    if cap is None:
        yield room.step(
            N_("C et D donnent aussi pouvoir à A."),
            Sentence("Ces statuts ne limitent pas les pouvoirs : A a %(voices)s voix.", voices=room.there.voices(a)),
            _proxy(room, more[-1]),
        )
    elif cap <= GIVERS:
        yield room.step(
            Sentence("D’autres donnent pouvoir à A, qui en a reçu %(number)s en tout.", number=cap + 1),
            Sentence(
                "Une même personne en porte %(cap)s au plus et les premiers reçus comptent : A a %(voices)s voix, le "
                "dernier pouvoir est sans effet.",
                cap=cap,
                voices=room.there.voices(a),
            ),
            _proxy(room, more[-1]),
        )
    room.write(ARRIVED, b)
    yield room.step(
        N_("B arrive tout de même."),
        Sentence(
            "Le pouvoir de B tombe : B vote en personne. A a maintenant %(voices)s voix ; un pouvoir qui dépassait le "
            "nombre permis prend la place libre.",
            voices=room.there.voices(a),
        )
        if cap is not None and cap <= GIVERS
        else Sentence(
            "Le pouvoir de B tombe : B vote en personne. A a maintenant %(voices)s voix.", voices=room.there.voices(a)
        ),
        _proxy(room, b),
    )
    room.write(LEFT, b)
    yield room.step(
        N_("B repart avant la fin."),
        N_("Le pouvoir tombé ne revient pas : B peut en signer un nouveau en partant."),
        _proxy(room, b),
    )
    room.write(LEFT, a)
    yield room.step(
        N_("A sort de la salle."),
        N_("Les pouvoirs de A ne comptent plus, ni pour voter ni pour le quorum, tant que A n’est pas de retour."),
        _proxy(room, more[0]),
    )
    if len(statutes.colleges) > 1:
        yield _across(statutes)
    alone = _Room(statutes, room.voters)
    alone.write(PROXY, b, holder=a)
    alone.write(ARRIVED, a)
    found = quorum.count(statutes, alone.voters, alone.there, present_only=True)
    yield Step(
        N_("Un point de l’ordre du jour est réservé aux membres présents. A est là, avec le pouvoir de B."),
        Sentence(
            "Aucun pouvoir ne compte pour ce vote, ni dans son quorum : A a %(voices)s voix.",
            voices=alone.there.voices(a, proxies=False),
        ),
        "void",
        found,
    )


def _proxy(room: _Room, giver: str) -> str:
    return "counts" if giver in room.there.proxies else "void"


def _carried(statutes: Statutes, room: _Room, holder: str) -> str:
    voices, there = room.there.voices(holder), room.quorum().whole.represented
    if statutes.quorum_counts_proxies:
        return Sentence(
            "A porte le pouvoir de B et a %(voices)s voix. Le pouvoir compte dans le quorum : représentés, %(there)s.",
            voices=voices,
            there=there,
        )
    return Sentence(
        "A porte le pouvoir de B et a %(voices)s voix. Le quorum, lui, ne compte que les présents : %(there)s.",
        voices=voices,
        there=there,
    )


def _across(statutes: Statutes) -> Step:
    room = _Room.of(statutes)
    first, second = statutes.colleges[:2]
    holder, giver = room.of_college(first.key)[0], room.of_college(second.key)[0]
    room.write(ARRIVED, holder)
    room.write(PROXY, giver, holder=holder)
    return room.step(
        Sentence(
            "Une structure du collège « %(second)s » donne pouvoir à une autre, du collège « %(first)s », qui est là.",
            first=first,
            second=second,
        ),
        VOID[room.there.void[giver]]
        if giver in room.there.void
        else Sentence(
            "Ces statuts le permettent. La voix reste comptée dans le collège « %(second)s », celui de qui l’a donnée.",
            second=second,
        ),
        _proxy(room, giver),
    )
