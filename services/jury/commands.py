"""Commands of an installation: reminders, retention, and `seed`, which makes a small Tribune to look at."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shared.db import Database


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
    print(f"{done.papers} papers of them and {done.arrivals} arrivals {'would go' if dry_run else 'are gone'}")
    return 1 if swept.stayed else 0


def hourly(db: Database) -> int:
    """What the worker does every hour: reminders, each once whoever else runs this; bytes that no paper has; names past
    their time; versions of drafts that a later one replaces.

    The number of reminders."""
    from services.jury.settings import load
    from services.jury.use_cases import draft_versions, paper_bytes, unreached
    from services.jury.use_cases import retention as names
    from shared import clock

    reminded = _remind(db)
    paper_bytes.sweep(db, paper_bytes.store_of(load()), now=clock.now())
    with db.transaction() as session:
        names.retain(session, clock.now())
        unreached.expire(session, clock.now())
        draft_versions.thin(session, clock.now())
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
