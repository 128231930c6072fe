"""Step 2 of nine: who stands in an election, until the list is closed. Next: rules/assembly/elections.py.

The notice names the seats; candidates are often filed after it.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from sqlalchemy.orm import Session

from services.registration.models.assembly import Assembly, Motion
from services.registration.rules.assembly import statutes
from services.registration.rules.choices import N_
from services.registration.rules.people import fold
from services.registration.use_cases import assembly_room
from shared import audit
from shared.clock import PARIS
from shared.errors import NotFound, RuleError, Sentence

Standing = Sequence[tuple[str, dt.date | None]]
"""Names, with a date of birth where age may have to part them."""


def last_day(assembly: Assembly) -> dt.date | None:
    """The last day to be a candidate; None: until the vote opens."""
    days = statutes.from_json(assembly.statutes).candidates_days
    return None if days is None else assembly.held_at.astimezone(PARIS).date() - dt.timedelta(days=days)


def write(session: Session, motion_id: uuid.UUID, people: Standing, now: dt.datetime, *, who: str) -> Motion:
    """The whole list of a planned election, in the order of the paper.

    Whoever withdraws may until the vote opens. Raises RuleError for a name that comes after the last day, or in a later
    round, and once the vote has been open."""
    motion = session.get(Motion, motion_id)
    if motion is None or motion.kind != "election":
        raise NotFound("vote-unknown", N_("Ce vote n’existe pas."))
    assembly = assembly_room.load(session, motion.assembly_id, lock=True)
    session.refresh(motion, with_for_update=True)
    if motion.state != "planned" or assembly.state == "closed":
        raise RuleError("candidates-settled", N_("Ce vote a été ouvert : sa liste de candidatures ne change plus."))
    field = f"candidates_{motion.id}"
    names = [fold(name) for name, _born in people]
    if "" in names or len(set(names)) != len(names):
        raise RuleError("candidate-twice", N_("Un nom par ligne, et chacun une seule fois."), status=422, field=field)
    before = [one["name"] for one in motion.candidates]
    last = last_day(assembly)
    if motion.round_after_id:
        settled: str = N_("Un second tour se tient entre les candidats à égalité : personne ne s’ajoute.")
    elif last and now.astimezone(PARIS).date() > last:
        settled = Sentence(
            "Les candidatures étaient ouvertes jusqu’au %(day)s : personne ne s’ajoute.", day=f"{last:%d/%m/%Y}"
        )
    else:
        settled = ""
    if settled and set(names) - {fold(name) for name in before}:
        raise RuleError("candidates-late", settled, field=field)
    known = {fold(one["name"]): one["id"] for one in motion.candidates}
    motion.candidates = listed(people)
    if settled:  # the lot and a first round know their numbers; a date or a spelling is still put right
        motion.candidates = [one | {"id": known[name]} for name, one in zip(names, motion.candidates, strict=True)]
    session.flush()
    audit.record(
        session,
        who=who,
        what="candidates written",
        thing="assembly",
        thing_id=assembly.id,
        before={"candidates": before},
        after={"motion": motion.title, "candidates": [name for name, _born in people]},
        now=now,
    )
    return motion


def listed(people: Standing) -> list[dict[str, str | None]]:
    """As an election keeps them."""
    return [
        {"id": str(number), "name": name, "born": born.isoformat() if born else None}
        for number, (name, born) in enumerate(people, start=1)
    ]
