"""`python -m services.jury rank FILE` recomputes a ranking; `seed` makes a small Tribune to look at."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from services.jury import recompute, replay, rules, scoring

if TYPE_CHECKING:
    from shared.db import Database


def rank(arguments: list[str]) -> int:
    """Recompute the ranking of a replay export (JSON) or of scores (CSV: project, juror, score).

    0: equal to the published one, or there is none to compare with; 1: it differs; 2: unreadable.
    """
    parser = argparse.ArgumentParser(prog="rank", description=rank.__doc__)
    parser.add_argument("file", type=Path, help="the replay export (JSON), or CSV")
    chosen = parser.parse_args(arguments)
    if chosen.file.suffix.casefold() == ".csv":
        return recompute.rank(chosen.file)
    try:
        document = json.loads(chosen.file.read_text(encoding="utf-8"))
        standings, same = replay.recompute(document)
    except (OSError, ValueError, RecursionError) as error:
        print(f"{chosen.file}: {recompute.refusal(error)}", file=sys.stderr)
        return 2
    known = {p["id"]: p for p in document["projects"]}
    if "round" in document:
        print(f"Round {document['round']['number']}: {document['round']['title']}")
    print(f"{'rank':>4}  {'no.':>4}  {'score/20':>8}  {'n':>3}  project")
    for standing in standings:
        project = known[standing.project]
        place = "–" if standing.rank is None else str(standing.rank)
        note = f"  (eliminated{_reason(standing, document)})" if standing.eliminated else ""
        note += "" if standing.decided_by == "score" else f"  (tie: {standing.decided_by})"
        score = scoring.shown(standing.score, separator=".") or "–"
        line = f"{place:>4}  {project['number']:>4}  {score:>8}  {standing.readings:>3}  {project['title']}{note}"
        print(line)
    print("The ranking equals the published one." if same else "THE RANKING DIFFERS from the published one.")
    return 0 if same else 1


def _reason(standing: scoring.Standing, document: Mapping[str, Any]) -> str:
    reasons = rules.why(standing, document, "en") + ["below the minimum total"] * standing.below_minimum
    return f": {'; '.join(reasons)}"


def remind(arguments: list[str]) -> int:
    """Mail the reminders of this day for reports that have not come. The worker does it every hour by itself."""
    argparse.ArgumentParser(prog="remind", description=remind.__doc__).parse_args(arguments)
    from services.jury.settings import load
    from shared.db import Database

    db = Database(load().database_url, pool_size=1, application_name="jury remind")
    print(f"{_remind(db)} reminders")
    return 0


def retention(arguments: list[str]) -> int:
    """Remove the bytes of papers that were removed, and names past their time; the worker does it every hour."""
    parser = argparse.ArgumentParser(prog="retention", description=retention.__doc__)
    parser.add_argument("--dry-run", action="store_true", help="only count")
    dry_run = parser.parse_args(arguments).dry_run
    from services.jury.settings import load
    from services.jury.use_cases import paper_bytes
    from services.jury.use_cases import retention as names
    from shared import clock
    from shared.db import Database

    loaded = load()
    db = Database(loaded.database_url, pool_size=1, application_name="jury retention")
    swept = paper_bytes.sweep(db, paper_bytes.store_of(loaded), now=clock.now(), dry_run=dry_run)
    print(f"{swept.gone} files of removed papers {'would go' if dry_run else 'are gone'}; {swept.stayed} could not go")
    with db.transaction() as session:
        done = names.retain(session, clock.now(), dry_run=dry_run)
    verb = "would lose" if dry_run else "lost"
    print(f"{done.drafts} drafts, {done.filed} filed applications and {done.projects} projects {verb} their names")
    return 1 if swept.stayed else 0


def hourly(db: Database) -> int:
    """What the worker does every hour: reminders, each once whoever else runs this; bytes that no paper has; names past
    their time.

    The number of reminders."""
    from services.jury.queries.mails import FATES
    from services.jury.settings import load
    from services.jury.use_cases import paper_bytes
    from services.jury.use_cases import retention as names
    from shared import clock

    reminded = _remind(db)
    paper_bytes.sweep(db, paper_bytes.store_of(load()), now=clock.now())
    with db.transaction() as session:
        names.retain(session, clock.now())
        FATES.expire(session, clock.now())
    return reminded


def _remind(db: Database) -> int:
    from services.jury.settings import load
    from services.jury.use_cases import followups
    from shared import clock

    with db.transaction() as session:
        return followups.remind(session, site=load().public_url, now=clock.now())


def seed(arguments: list[str]) -> int:
    """Make a Tribune call with four projects and three jurors, unless there is a call already."""
    argparse.ArgumentParser(prog="seed", description=seed.__doc__).parse_args(arguments)
    import sqlalchemy as sa

    from services.jury import presets
    from services.jury.models import Call
    from services.jury.project_import import Row
    from services.jury.settings import load
    from services.jury.use_cases import calls
    from shared import clock
    from shared.db import Database

    settings = load()
    db = Database(settings.database_url, pool_size=1)
    who, now = "command:seed", clock.now()
    with db.transaction() as session:
        if session.scalar(sa.select(sa.exists().select_from(Call))):
            print("There is a call already; nothing was added.")
            return 0
        call = calls.create_tribune(session, presets.SAMPLE_CALL, who=who, now=now)
        calls.open_call(session, call.id, url=f"{settings.public_url}/appels/{call.id}", who=who, now=now)
        rows = [Row(number, fields) for number, fields in enumerate(presets.SAMPLE_PROJECTS, start=1)]
        calls.import_projects(session, call.id, rows, who=who, now=now)
        for juror in presets.SAMPLE_JURORS:
            calls.add_juror(session, call.id, dict(juror), who=who, now=now)
    print(f"Added “{call.title}”: {settings.public_url}/equipe/appels/{call.id}")
    return 0
