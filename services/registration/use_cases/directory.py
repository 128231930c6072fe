"""Step 2 of nine: what a structure says of itself in the directory is written down. Next: rules/directory.py."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registration.models.directory import DirectoryPage, DirectoryWork
from services.registration.models.structures import Structure
from services.registration.queries.directory import declared, page_of
from services.registration.rules import directory as rules
from services.registration.rules.choices import DEPARTMENTS, N_
from services.registration.rules.matchmaking import ZONES
from services.registration.rules.people import fold
from services.registration.rules.question_library import GOALS
from services.registration.rules.support import without
from services.registration.use_cases import structures
from shared import audit
from shared.clock import PARIS
from shared.errors import RuleError


@dataclass(frozen=True)
class Draft:
    """since and source: of what this adds; what was declared before keeps its own."""

    zones: Sequence[str] = ()
    places: Sequence[str] = ()
    goals: Sequence[str] = ()
    since: int | None = None
    source: str = ""
    department: str = ""
    email: str = ""
    phone: str = ""
    website: str = ""
    agreed_on: dt.date | None = None


def write(session: Session, structure_id: uuid.UUID, draft: Draft, now: dt.datetime, *, who: str) -> None:
    """Its page as it stands from here on. Raises RuleError, beside the field."""
    _check(draft, now)
    structure = structures.get(session, structure_id, lock=True)
    structure.known = True  # the staff know what it works on
    before = {(one.kind, one.key): one for one in declared(session, structure_id)}
    wanted = [("zone", key, "") for key in ZONES if key in draft.zones]
    wanted += [("place", fold(said), said) for said in draft.places]
    wanted += [("goal", key, "") for key in GOALS if key in draft.goals]
    rows = []
    for kind, key, said in wanted:
        old = before.get((kind, key))
        since, source = (old.since, old.source) if old else (draft.since, draft.source)
        rows.append(DirectoryWork(structure_id=structure_id, kind=kind, key=key, said=said, since=since, source=source))
    known = page_of(session, structure_id)
    agreed_before = bool(known and known.agreed_on)
    own = sa.select(Structure.id).where((Structure.id == structure_id) | (Structure.merged_into == structure_id))
    for model in (DirectoryWork, DirectoryPage):
        session.execute(sa.delete(model).where(model.structure_id.in_(own)))
    session.expire_all()
    session.add_all(rows)
    session.add(
        DirectoryPage(
            structure_id=structure_id,
            department=draft.department,
            email=draft.email,
            phone=draft.phone,
            website=draft.website,
            agreed_on=draft.agreed_on,
        )
    )
    session.flush()
    audit.record(
        session,
        who=who,
        what="directory written",
        thing="structure",
        thing_id=structure_id,
        before={"works": sorted(f"{kind} {key}" for kind, key in before), "public": agreed_before},
        after={"works": sorted(f"{kind} {key}" for kind, key, _said in wanted), "public": bool(draft.agreed_on)},
        now=now,
    )


def forget(session: Session, email: str, name: str = "") -> int:
    """An address that stood for a structure was somebody's own, or they said where it works: they leave the directory.

    Returns how many pages."""
    own = sa.select(DirectoryPage).where(DirectoryPage.email != "", sa.func.lower(DirectoryPage.email) == email.lower())
    pages = list(session.scalars(own))
    for one in pages:
        one.email = ""
    touched = {one.structure_id for one in pages}
    for work in session.scalars(sa.select(DirectoryWork).where(DirectoryWork.source != "")):
        said = without(work.source, name)
        if said != work.source or email.lower() in work.source.lower():
            work.source = "" if email.lower() in work.source.lower() else said
            touched.add(work.structure_id)
    session.flush()
    return len(touched)


def _check(draft: Draft, now: dt.datetime) -> None:
    today = now.astimezone(PARIS).date()
    wrong = [
        ("zones", not set(draft.zones) <= set(ZONES), N_("Choisissez dans la liste.")),
        ("goals", not set(draft.goals) <= set(GOALS), N_("Choisissez dans la liste.")),
        ("department", draft.department not in {"", *DEPARTMENTS}, N_("Choisissez dans la liste.")),
        ("places", len(draft.places) > rules.MOST_PLACES, N_("40 lieux au plus.")),
        ("places", any(len(one) > rules.LONGEST_PLACE for one in draft.places), N_("80 caractères au plus par lieu.")),
        (
            "since",
            draft.since is not None and not rules.EARLIEST <= draft.since <= today.year,
            N_("Écrivez une année passée, par exemple 2014."),
        ),
        ("agreed_on", draft.agreed_on is not None and draft.agreed_on > today, N_("Cette date n’est pas passée.")),
    ]
    for field, bad, words in wrong:
        if bad:
            raise RuleError("directory-wrong", words, status=422, field=field)
