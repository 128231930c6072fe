"""Step 3 of nine: the hard cases of an assembly, played under statutes and explained. Next: web/statutes.py.

Nothing is decided here: each step asks attendance.py, quorum.py, motions.py, elections.py or board.py what they would
on the day, with invented structures, as many as the statutes have seats (`invented`). So the page says what happens.
"""

from __future__ import annotations

from services.registration.rules.assembly.statutes import Statutes
from services.registration.rules.assembly.walkthrough import renewal, room, votes
from services.registration.rules.assembly.walkthrough.steps import VERDICTS, Case, Step
from services.registration.rules.choices import N_

__all__ = ["VERDICTS", "Case", "Step", "play"]


def play(statutes: Statutes) -> list[Case]:
    """Every case that can arise under these statutes, in the order of a meeting."""
    quorum = ("quorum", "quorum_per_college", "quorum_counts_proxies")
    proxies = ("proxies_cap", "proxies_same_college", "quorum_counts_proxies")
    motions = ("tie", "blanks_count", "abstentions_count")
    weights = ("weighted_colleges", "majority")
    cases = [
        Case("quorum", N_("Le quorum vient, s’en va et revient"), quorum, tuple(room.quorum_moves(statutes))),
        Case("proxies", N_("Les pouvoirs"), proxies, tuple(room.proxies(statutes))),
        Case("motions", N_("Une proposition, à la limite"), motions, tuple(votes.motions(statutes))),
        Case("weights", N_("Un collège contre les autres"), weights, tuple(votes.weights(statutes))),
        Case("vacant", N_("Des sièges que personne ne prend"), (), tuple(votes.vacant(statutes))),
        Case("tie", N_("Égalité pour le dernier siège"), ("election_tie",), tuple(votes.tie(statutes))),
        Case("thirds", N_("Le conseil se renouvelle par tiers"), ("renewal_thirds",), tuple(renewal.thirds(statutes))),
    ]
    return [case for case in cases if case.steps]
