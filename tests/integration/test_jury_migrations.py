"""An older database with a year of the jury in it comes up to the newest tables, and keeps every row."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command

from services.jury.models import Application, ApplicationLink, Award, Juror, MailFate, Project, Round, ScoreCell
from services.jury.use_cases import applications
from shared import clock, migrations
from shared.db import new_id
from tests.integration import test_jury_results as rounds
from tests.jury_dossiers import add_filed, open_call
from tests.jury_room import Room

OLD = "jury_0430_mail_fates"


def kept(db: Any) -> dict[str, list[Any]]:
    """What stands in the columns that every version has."""
    columns: dict[str, tuple[Any, ...]] = {
        "rounds": (Round.id, Round.state, Round.frozen_hash, Round.seed),
        "projects": (Project.id, Project.number, Project.title),
        "jurors": (Juror.id, Juror.first_name, Juror.email),
        "cells": (ScoreCell.juror_id, ScoreCell.project_id, ScoreCell.field, ScoreCell.value),
        "awards": (Award.id, Award.state, Award.amount),
        "applications": (Application.id, Application.reference, Application.content),
        "links": (ApplicationLink.token_hash, ApplicationLink.issued_at),
        "mails": (MailFate.message_id, MailFate.template, MailFate.state),
    }
    with db.reading() as session:
        return {
            name: [tuple(row) for row in session.execute(sa.select(*found).order_by(*found[:3]))]
            for name, found in columns.items()
        }


@pytest.mark.slow
def test_a_database_of_before_is_brought_up_with_what_it_holds(
    jury_db: Any,
    jury_client: Any,
    environment_of: Callable[..., dict[str, str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    room = rounds.scored(Room(jury_db), jury_client)
    rounds.ask(room)
    rounds.decide(room)
    rounds.sign(room)
    (filed,) = add_filed(jury_db, open_call(jury_db), {})
    with jury_db.transaction() as session:
        applications.issue(session, filed.id, clock.now())
        mail = {"thing": filed.id, "template": "application_filed", "state": "accepted", "reason": "", "verdict": ""}
        session.add(MailFate(message_id=new_id(), at=clock.now(), **mail))
    before = kept(jury_db)
    assert [name for name, rows in before.items() if not rows] == []
    for name, value in environment_of("jury", jury_db.url).items():
        monkeypatch.setenv(name, value)
    try:
        command.downgrade(migrations.config("jury", jury_db.url), OLD)
        with jury_db.reading() as session:
            assert session.scalar(
                sa.text("SELECT to_regclass('experts') IS NULL AND to_regclass('jury_votes') IS NULL")
            )
    finally:
        migrations.upgrade("jury", jury_db.url)
        jury_db.engine.dispose()  # connections that know the former tables
    assert kept(jury_db) == before
    # What the new columns say of a row that was there before them.
    this = room.get(Round, room.round_id)
    assert (this.chosen, this.left_at, this.choice, this.shows_former) == (False, None, "", False)
    with jury_db.reading() as session:
        assert session.scalars(sa.select(ApplicationLink.half)).all() == [""]
        assert session.scalars(sa.select(MailFate.half)).all() == [""]
    rounds.publish(room)
