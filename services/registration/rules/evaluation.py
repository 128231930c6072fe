"""Step 3 of nine: what is asked after a training, and when. Pure. Next: services/registration/models/evaluations.py."""

from __future__ import annotations

import datetime as dt

from services.registration.rules.choices import N_
from services.registration.rules.dates import at
from shared.clock import PARIS

KINDS = ("training",)
QUESTIONS = {
    "expected": N_("Le contenu répondait à mes attentes."),
    "clear": N_("Les explications étaient claires."),
    "pace": N_("Le niveau et le rythme me convenaient."),
    "useful": N_("Ce que j’ai appris me servira."),
    "advised": N_("Je conseillerais cette formation."),
}
LEVELS = {
    1: N_("Pas du tout d’accord"),
    2: N_("Plutôt pas d’accord"),
    3: N_("Plutôt d’accord"),
    4: N_("Tout à fait d’accord"),
}
LONGEST = 2000
"""Characters of the free words."""
LATE = dt.timedelta(days=4)
"""A mail that could not leave the day after still does so long after: a worker may rest over a week-end."""
OPEN = dt.timedelta(days=30)
"""How long the link answers."""
ENOUGH = 3
"""So many answers are shown at once, never fewer: who looks before and after one would know whose it is."""


def period(now: dt.datetime) -> tuple[dt.datetime, dt.datetime]:
    """[first, after): whoever was at a training that ended in it is asked now, the day after or as soon as may be."""
    today = at(now.astimezone(PARIS).date(), dt.time())
    return today - LATE, today
