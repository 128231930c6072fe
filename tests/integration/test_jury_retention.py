"""Names leave by themselves: two years after a refusal, ten after the last payment of an aid, and never before."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa

from services.jury import commands
from services.jury.models import (
    Application,
    Arrival,
    Attachment,
    Award,
    Instalment,
    Minutes,
    Project,
    Report,
    ReportPaper,
    Round,
)
from services.jury.papers import Folder
from services.jury.use_cases import applications, paper_bytes, retention
from shared import clock
from shared.db import Database
from tests.integration.test_jury_results import scored
from tests.integration.test_jury_second_round import make
from tests.jury_dossiers import add_filed, open_call
from tests.jury_followup import awarded, opened
from tests.jury_room import WHO, Room

REFUSED = dt.timedelta(days=2 * 365 + 2)
HELPED = dt.timedelta(days=10 * 365 + 4)
TYPED = {"bearer_last_name": "Zafimahova", "bearer_email": "zoe@asso.example", "board": "Ravo Andrianaivo"}


def retained(db: Database, at: dt.datetime, *, dry_run: bool = False) -> tuple[int, int, int]:
    with db.transaction() as session:
        done = retention.retain(session, at, dry_run=dry_run)
    return done.drafts, done.filed, done.projects


def everything(db: Database) -> str:
    with db.reading() as session:
        names = session.scalars(sa.text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).all()
        rows = [
            session.scalars(sa.text(f"SELECT to_jsonb(t)::text FROM {one} t")).all() for one in names if one != "outbox"
        ]
    return "\n".join(text for table in rows for text in table)


def signed(room: Room) -> dt.datetime:
    """The minutes are signed now."""
    now = clock.now()
    with room.db.transaction() as session:
        session.add(Minutes(round_id=room.round_id, content={}, content_hash="0" * 64, pdf=b"%PDF", signed_at=now))
        for number, project in enumerate(session.scalars(sa.select(Project).order_by(Project.number))):
            project.bearer_last_name, project.bearer_email = f"Porteuse {number}", f"p{number}@asso.example"
    return now


def bearers(db: Database) -> list[str]:
    with db.reading() as session:
        return list(session.scalars(sa.select(Project.bearer_email).order_by(Project.number)))


def test_a_refused_project_goes_after_two_years_and_a_helped_one_stays(jury_db: Database, jury_client: Any) -> None:
    room = Room(jury_db)
    awarded(room, jury_client)
    at = signed(room)
    helped = [number for number, one in enumerate(room.projects) if one in held(jury_db)]
    assert retained(jury_db, at + dt.timedelta(days=729)) == (0, 0, 0)
    assert retained(jury_db, at + REFUSED, dry_run=True) == (0, 0, len(room.projects) - len(helped))
    assert all(bearers(jury_db)), "a dry run only counts"
    retained(jury_db, at + REFUSED)
    assert [number for number, email in enumerate(bearers(jury_db)) if email] == helped
    assert retained(jury_db, at + REFUSED) == (0, 0, 0)


def test_an_aid_is_accounted_for_ten_years_after_its_last_payment(jury_db: Database, jury_client: Any) -> None:
    room = Room(jury_db)
    awarded(room, jury_client)
    path = opened(room)
    at = signed(room)
    paid = at + dt.timedelta(days=400)
    with jury_db.transaction() as session:
        award = session.scalars(sa.select(Award).where(Award.rank == 1)).one()
        first = session.scalars(
            sa.select(Instalment).where(Instalment.award_id == award.id, Instalment.year == 1)
        ).first()
        assert first
        first.paid_at, first.paid_by = paid, WHO
        report = session.scalars(sa.select(Report).where(Report.award_id == award.id)).first()
        assert report
        paper = {"file_name": "facture.pdf", "media_type": "application/pdf", "size": 9, "sha256": "0" * 64}
        session.add(ReportPaper(report_id=report.id, added_at=at, **paper))
    retained(jury_db, at + HELPED)
    assert "facture.pdf" in everything(jury_db)
    assert [bool(email) for email in bearers(jury_db)][:2] == [True, False], "the first was paid later"
    assert jury_client.get(path).status_code == 200
    retained(jury_db, paid + HELPED)
    assert not any(bearers(jury_db))
    assert jury_client.get(path).status_code == 404, "nobody is left who may read it"
    assert "facture.pdf" not in everything(jury_db)


def held(db: Database) -> set[uuid.UUID]:
    with db.reading() as session:
        return set(session.scalars(sa.select(Award.project_id).where(Award.amount > 0)))


def test_a_call_that_is_never_signed_ends_two_years_after_the_last_that_was_done_with_it(
    jury_db: Database, jury_client: Any
) -> None:
    room = Room(jury_db)
    awarded(room, jury_client)
    left = clock.now() + dt.timedelta(days=100)
    with jury_db.transaction() as session:
        session.execute(sa.update(Round).values(state="closed", closed_at=left))
        session.execute(sa.update(Project).values(bearer_email="p@asso.example"))
        session.execute(sa.update(Award).values(amount=0, year_1=0, year_2=0, year_3=0, state="refused"))
    assert retained(jury_db, left + dt.timedelta(days=729)) == (0, 0, 0)
    assert retained(jury_db, left + REFUSED) == (0, 0, len(room.projects))
    assert not any(bearers(jury_db))


def test_a_call_of_two_rounds_is_kept_until_the_last_one_was_answered(jury_db: Database, jury_client: Any) -> None:
    room = scored(Room(jury_db), jury_client)
    at = signed(room)
    second = make(room)
    later = at + dt.timedelta(days=500)
    with jury_db.transaction() as session:
        before, oral = session.get_one(Round, room.round_id), session.get_one(Round, second.round_id)
        before.state = "signed"
        oral.frozen, oral.frozen_hash, oral.seed = before.frozen, before.frozen_hash, before.seed
        oral.state, oral.opened_at, oral.closed_at = "closed", later, later
    assert retained(jury_db, at + REFUSED) == (0, 0, 0)
    with jury_db.transaction() as session:
        signature = later + dt.timedelta(days=200)
        session.add(Minutes(round_id=oral.id, content={}, content_hash="0" * 64, pdf=b"%PDF", signed_at=signature))
    assert retained(jury_db, later + REFUSED) == (0, 0, 0)
    assert retained(jury_db, signature + REFUSED) == (0, 0, len(room.projects))


def test_an_award_that_was_only_offered_is_not_kept_like_one_that_was_given(
    jury_db: Database, jury_client: Any
) -> None:
    room = Room(jury_db)
    awarded(room, jury_client)
    at = signed(room)
    with jury_db.transaction() as session:
        session.execute(sa.update(Award).where(Award.amount > 0).values(state="offered"))
    retained(jury_db, at + REFUSED)
    assert not any(bearers(jury_db))


def test_what_never_became_a_project_goes_after_two_years_with_all_whom_it_names(jury_db: Database) -> None:
    call = open_call(jury_db)
    (refused,) = add_filed(jury_db, call, TYPED | {"state": "not_eligible"})
    now = clock.now()
    with jury_db.transaction() as session:
        who = {"first_name": "Zoé", "last_name": "Zafimahova", "email": "zoe@asso.example", "locale": "fr"}
        applications.start(session, call, who, site="https://agora.example", now=now)
    assert retained(jury_db, now + dt.timedelta(days=700)) == (0, 0, 0)
    assert retained(jury_db, now + REFUSED) == (1, 1, 0)
    left = everything(jury_db)
    assert not [name for name in TYPED.values() if name in left]
    with jury_db.reading() as session:
        one = session.get_one(Application, refused.id)
        assert (one.state, one.content["title"]) == ("not_eligible", "De l’eau à Battambang"), "what was decided stays"


def test_papers_go_with_the_last_name_of_their_application(jury_db: Database, tmp_path: Any) -> None:
    call = open_call(jury_db)
    refused, other = add_filed(jury_db, call, TYPED | {"state": "not_eligible"}, {"bearer_email": "n@x.example"})
    now, store = clock.now(), Folder(tmp_path)
    digest = paper_bytes.keep(jury_db, store, b"%PDF-1 FR76 3000", now=now)
    called = {"paper": "rib", "file_name": "RIB Zafimahova.pdf", "media_type": "application/pdf", "size": 9}
    with jury_db.transaction() as session:
        for application in (refused, other):
            session.add(Attachment(**called, application_id=application.id, sha256=digest, added_at=now))
        replaced = {"removed_at": now, "removed_by": "applicant", "sha256": digest, "added_at": refused.filed_at}
        session.add(Attachment(**called, **replaced, application_id=refused.id))
        session.execute(sa.text("SET LOCAL agora.erasure = 'on'"))
        filed = {"content": refused.content, "papers": [{"name": "RIB Zafimahova.pdf", "sha256": digest}]}
        session.execute(sa.update(Application).where(Application.id == refused.id).values(filed=filed))
        session.add(Arrival(registration_id=uuid.uuid4(), event_id=uuid.uuid4(), email_hash="f" * 64, at=now,
                            undone=False))  # fmt: skip
    with jury_db.transaction() as session:
        assert retention.retain(session, now + REFUSED, dry_run=True) == retention.Retained(0, 2, 0, 3, 0)
    with jury_db.transaction() as session:
        third = now + dt.timedelta(days=1100)
        assert retention.retain(session, third) == retention.Retained(0, 2, 0, 3, 1)
        assert retention.retain(session, third) == retention.Retained(0, 0, 0, 0, 0)
    assert paper_bytes.sweep(jury_db, store, now=third) == paper_bytes.Swept(1, 0)
    left = everything(jury_db)
    assert not [word for word in ("Zafimahova", "f" * 64) if word in left]
    with jury_db.reading() as session:
        copy = session.get_one(Application, refused.id).filed
    assert copy is not None
    assert copy["papers"] == [{"name": "—", "sha256": digest}]


def test_the_worker_does_it_every_hour(jury_db: Database, monkeypatch: Any, tmp_path: Any) -> None:
    (old,) = add_filed(jury_db, open_call(jury_db), TYPED | {"state": "not_eligible"})
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + REFUSED)
    given = {"DATABASE_URL": jury_db.url, "SECRET_KEY": "x" * 48, "PUBLIC_URL": "https://agora.example/jury"}
    for name, value in (given | {"ATTACHMENTS": str(tmp_path)}).items():
        monkeypatch.setenv(f"AGORA_{name}", value)
    commands.hourly(jury_db)
    with jury_db.reading() as session:
        assert "bearer_email" not in session.get_one(Application, old.id).content
