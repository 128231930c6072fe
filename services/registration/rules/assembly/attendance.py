"""Step 3 of nine: who is in the room and which proxies count, at any instant. Next: rules/assembly/quorum.py.

The log of arrivals, departures and proxies is the only source: everything is computed again for each vote, so a
replay of the log gives the same answer, and a quorum that was there can be gone.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from services.registration.rules.assembly.statutes import Statutes
from services.registration.rules.choices import N_

ARRIVED, LEFT, PROXY, PROXY_WITHDRAWN = "arrived", "left", "proxy", "proxy_withdrawn"
PROXY_LAPSED = "proxy_lapsed"
"""The meeting has another day, and its statutes ask for another proxy: the one that names the old day is void."""
EARLIER_DATE = "earlier-date"

VOID = {
    "giver-present": N_("La personne est arrivée : elle vote elle-même."),
    "holder-absent": N_("La personne qui porte le pouvoir n’est pas dans la salle."),
    "other-college": N_("Les statuts demandent deux membres du même collège."),
    "blank": N_("Les statuts ne reçoivent pas de pouvoir en blanc : il nomme qui le porte."),
    "holder-not-there": N_("Un pouvoir en blanc se confie à quelqu’un qui est dans la salle."),
    "over-cap": N_("La personne porte déjà le nombre de pouvoirs permis."),
    "not-a-voter": N_("Cette structure n’est pas sur la liste des votants."),
    "holder-is-giver": N_("On ne peut pas se donner pouvoir à soi-même."),
    EARLIER_DATE: N_("Il nomme l’ancienne date : il en faut un autre."),
}


@dataclass(frozen=True)
class Voter:
    """One structure with one named representative; its college was fixed when the list was closed."""

    id: str
    name: str
    college: str


@dataclass(frozen=True)
class Entry:
    """One line of the log. holder: for a proxy, the voter who carries it; blank: it named nobody, and was given to
    them."""

    at: dt.datetime
    what: str
    voter: str
    holder: str = ""
    blank: bool = False


@dataclass(frozen=True)
class Suspension:
    """resumed_at: None where nobody came back."""

    at: dt.datetime
    resumed_at: dt.datetime | None


def suspension(at: dt.datetime, came: Iterable[dt.datetime]) -> Suspension:
    """The meeting goes on with the first who signs in after it. came: when each did."""
    return Suspension(at, min((when for when in came if when > at), default=None))


@dataclass(frozen=True)
class Attendance:
    """present: ids in the room. proxies: giver to holder, those that count. void: giver to the reason. named: giver to
    holder, of every proxy that lies there, counted or not."""

    present: frozenset[str]
    proxies: dict[str, str] = field(default_factory=dict)
    void: dict[str, str] = field(default_factory=dict)
    named: dict[str, str] = field(default_factory=dict)

    @property
    def lapsed(self) -> dict[str, str]:
        """Giver to holder: proxies that name an earlier date."""
        return {giver: holder for giver, holder in self.named.items() if self.void.get(giver) == EARLIER_DATE}

    def voices(self, voter: str, *, proxies: bool = True) -> int:
        """How many votes this person casts: none when absent."""
        if voter not in self.present:
            return 0
        return 1 + (sum(holder == voter for holder in self.proxies.values()) if proxies else 0)

    def represented(self, *, proxies: bool = True) -> frozenset[str]:
        """Every voter whose vote can be cast."""
        return self.present | (frozenset(self.proxies) if proxies else frozenset())


def at(statutes: Statutes, voters: Sequence[Voter], log: Iterable[Entry], when: dt.datetime) -> Attendance:
    """The room at `when`, entries of that very instant included.

    A proxy counts while its holder is present and its giver is not; it is void for good once the giver has come,
    even if they leave again: they had the floor, and may sign a new one. Over the cap, the earliest proxies count.
    """
    known = {voter.id: voter for voter in voters}
    present: set[str] = set()
    given: dict[str, str] = {}
    void: dict[str, str] = {}
    lapsed: dict[str, str] = {}
    for entry in sorted((one for one in log if one.at <= when), key=lambda one: one.at):
        if entry.what == ARRIVED and entry.voter in known:
            present.add(entry.voter)
            if given.pop(entry.voter, None) or lapsed.pop(entry.voter, None):
                void[entry.voter] = "giver-present"
        elif entry.what == LEFT:
            present.discard(entry.voter)
        elif entry.what == PROXY:
            given.pop(entry.voter, None)  # a later proxy replaces an earlier one, and joins the end of the queue
            void.pop(entry.voter, None)
            lapsed.pop(entry.voter, None)
            if reason := impossible(statutes, known, entry, present):
                void[entry.voter] = reason
            else:
                given[entry.voter] = entry.holder
        elif entry.what == PROXY_LAPSED and entry.voter in given:
            lapsed[entry.voter] = given.pop(entry.voter)
            void[entry.voter] = EARLIER_DATE
        elif entry.what == PROXY_WITHDRAWN:
            given.pop(entry.voter, None)
            lapsed.pop(entry.voter, None)
            void.pop(entry.voter, None)
    counted: dict[str, str] = {}
    carried = Counter[str]()
    cap = statutes.most_proxies(len(voters))
    for giver, holder in given.items():
        carried[holder] += 1
        if cap is not None and carried[holder] > cap:
            void[giver] = "over-cap"  # said before the holder comes, while another can still be named
        elif holder not in present:
            void[giver] = "holder-absent"
        else:
            counted[giver] = holder
    return Attendance(frozenset(present), counted, void, given | lapsed)


def impossible(statutes: Statutes, known: Mapping[str, Voter], entry: Entry, present: Collection[str]) -> str:
    """Why a proxy can never count, or ""."""
    if entry.voter not in known or entry.holder not in known:
        return "not-a-voter"
    if entry.voter == entry.holder:
        return "holder-is-giver"
    if entry.voter in present:
        return "giver-present"
    if entry.blank and not statutes.proxies_blank:
        return "blank"
    if entry.blank and entry.holder not in present:
        return "holder-not-there"
    if statutes.proxies_same_college and known[entry.voter].college != known[entry.holder].college:
        return "other-college"
    return ""
