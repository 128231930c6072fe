"""An upload that began before the closing and ended soon after counts, on a day on which Paris changes its clocks."""

from __future__ import annotations

import dataclasses
import datetime as dt
import io
import re
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from services.jury import deadlines
from services.jury.models import Application, Attachment, Call
from services.jury.use_cases import application_papers, applications, reviews
from shared import clock
from shared.errors import RuleError
from tests.jury_applications import COMPLETE
from tests.jury_dossiers import SITE, open_call
from tests.jury_room import WHO

PDF = b"%PDF-1.7\nhello\n%%EOF\n"
CLOSES = dt.datetime(2030, 3, 31, 21, 59, 59, tzinfo=dt.UTC)  # 23:59:59 in Paris, whose clocks changed that morning
BEFORE, SECOND, TICK = CLOSES - dt.timedelta(minutes=2), dt.timedelta(seconds=1), dt.timedelta(microseconds=1)
LAST = CLOSES + SECOND + deadlines.GRACE - TICK
PAPER = {"name": "a.pdf", "media_type": "application/pdf", "size": 9, "sha256": "0" * 64}


@pytest.mark.parametrize(
    ("begun", "ended", "counts"),
    [
        (CLOSES + SECOND - TICK, CLOSES + SECOND, True),
        (CLOSES + SECOND - TICK, LAST, True),
        (CLOSES + SECOND - TICK, LAST + TICK, False),
        (CLOSES + SECOND, CLOSES + SECOND + TICK, False),
    ],
)
def test_the_bounds_are_a_second_after_the_last_one_and_fifteen_minutes_more(
    begun: dt.datetime, ended: dt.datetime, counts: bool
) -> None:
    assert deadlines.closing(dt.date(2030, 3, 31)) == CLOSES
    assert deadlines.bridges(begun, ended, CLOSES) is counts


@pytest.fixture
def draft(jury_db: Any) -> tuple[Any, str, list[str]]:
    """A draft that lacks nothing but one paper, its link, and the papers that it must have."""
    call_id = open_call(jury_db)
    data = {"first_name": "Léa", "last_name": "Bories", "email": "lea@eau.example", "locale": "fr"}
    with jury_db.transaction() as session:
        call = session.get_one(Call, call_id)
        call.closes_at = CLOSES
        token = applications.start(session, call_id, data, site=SITE, now=BEFORE)
        wanted = [one["key"] for one in call.rulebook["attachments"] if one["required"] and not one["later"]]
    with jury_db.transaction() as session:
        applications.save(session, token, COMPLETE, 1, now=BEFORE)
    for paper in wanted[1:]:
        with jury_db.transaction() as session:
            application_papers.attach(session, token, paper, **PAPER, now=BEFORE)  # type: ignore[arg-type]
    return jury_db, token, wanted


def upload(db: Any, token: str, paper: str, begun: dt.datetime, ended: dt.datetime) -> None:
    with db.transaction() as session:
        application_papers.attach(session, token, paper, **PAPER, begun=begun, now=ended)  # type: ignore[arg-type]


def file(db: Any, token: str, now: dt.datetime) -> str:
    with db.transaction() as session:
        return applications.file(session, token, site=SITE, now=now).state


def test_what_a_slow_upload_belongs_to_is_filed_within_the_grace(draft: Any) -> None:
    db, token, wanted = draft
    upload(db, token, wanted[0], CLOSES, CLOSES + dt.timedelta(minutes=3))
    with pytest.raises(RuleError, match="clos"):
        file(db, token, LAST + TICK)
    assert file(db, token, LAST) == "filed"


def test_an_upload_that_was_over_in_time_or_begun_too_late_gives_no_grace(draft: Any) -> None:
    db, token, wanted = draft
    after = CLOSES + dt.timedelta(minutes=1)
    upload(db, token, wanted[0], BEFORE, CLOSES)
    with pytest.raises(RuleError, match="clos"):
        file(db, token, after)
    with pytest.raises(RuleError, match="clos"):
        upload(db, token, wanted[1], CLOSES + SECOND, after)
    with pytest.raises(RuleError, match="clos"):
        file(db, token, after)


def test_within_the_grace_nothing_new_is_written_sent_or_taken_back_and_it_is_still_filed(draft: Any) -> None:
    db, token, wanted = draft
    after = CLOSES + dt.timedelta(minutes=1)
    upload(db, token, wanted[0], CLOSES, after)
    with db.transaction() as session:
        version = session.scalars(sa.select(Application.version)).one()
        with pytest.raises(RuleError, match="clos"):
            applications.save(session, token, COMPLETE | {"need": "Plus encore."}, version, now=after)
        paper = session.scalars(sa.select(Attachment.id).where(Attachment.paper == wanted[1])).one()
        with pytest.raises(RuleError, match="clos"):
            application_papers.detach(session, token, paper, now=after)
    assert file(db, token, after) == "filed"
    with db.reading() as session:
        assert session.scalars(sa.select(Application.content)).one()["need"] == COMPLETE["need"]


def test_once_the_call_is_closed_the_page_says_so_and_gives_back_what_was_typed(
    draft: Any, jury_client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    _db, token, wanted = draft
    page = jury_client.get(f"/dossiers/{token}").text
    version = re.findall('name="version" value="([0-9]+)"', page)[0]
    monkeypatch.setattr(clock, "now", lambda: CLOSES + SECOND)
    closed = jury_client.get(f"/dossiers/{token}").text
    assert "l’appel est clos depuis le" in closed
    assert "<input" not in closed.partition("<h1>")[2]
    typed = COMPLETE | {"need": "Plus encore.", "version": version}
    for path in ("", f"/pieces/{wanted[0]}"):
        refused = jury_client.post(f"/dossiers/{token}{path}", data=typed)
        assert refused.status_code == 409
        assert "n’est pas enregistré" in refused.text
        assert re.findall('class="typed">([^<]*)<', refused.text) == ["Plus encore."]
    assert "Vérifier et déposer" not in closed


def test_what_is_asked_to_complete_has_the_same_grace(draft: Any) -> None:
    db, token, wanted = draft
    upload(db, token, wanted[0], BEFORE, BEFORE)
    file(db, token, BEFORE)
    with db.transaction() as session:
        one = session.scalars(sa.select(Application)).one()
        day = dt.date(2030, 4, 10)
        reviews.ask_more(session, one.id, "Une pièce", day, site=SITE, who=WHO, now=CLOSES + SECOND)
    until = deadlines.closing(day)
    late = until + SECOND + deadlines.GRACE
    with pytest.raises(RuleError, match="ne compte pas"):
        upload(db, token, wanted[0], until, late)
    with pytest.raises(RuleError, match="délai"):
        upload(db, token, wanted[0], until + SECOND, until + SECOND)
    upload(db, token, wanted[0], until, late - TICK)
    with db.transaction() as session:
        assert applications.supplement(session, token, "Voilà.", now=late - TICK).state == "filed"


class Slow(io.BytesIO):
    """A body that takes three minutes to arrive: whoever reads it looks at the clock again afterwards."""

    def __init__(self, data: bytes, time: dict[str, dt.datetime], at: dt.datetime) -> None:
        super().__init__(data)
        self.time, self.at = time, at

    def read(self, *size: Any) -> bytes:
        self.time["now"] = self.at
        return super().read(*size)

    def readinto(self, buffer: Any) -> int:
        self.time["now"] = self.at
        return super().readinto(buffer)


def test_the_clock_is_read_before_the_body_and_the_page_says_until_when(
    draft: Any, jury_app: Any, jury_client: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    db, token, wanted = draft
    jury_app.extensions["settings"] = dataclasses.replace(jury_app.extensions["settings"], attachments=tmp_path)
    time = {"now": BEFORE}
    monkeypatch.setattr(clock, "now", lambda: time["now"])
    page = jury_client.get(f"/dossiers/{token}").text
    assert "dans les 15 minutes" in page
    head = f'--x\r\nContent-Disposition: form-data; name="file_{wanted[0]}"; filename="a.pdf"\r\n\r\n'
    body = head.encode() + PDF + b"\r\n--x--\r\n"
    time["now"] = CLOSES
    jury_client.post(
        f"/dossiers/{token}/pieces/{wanted[0]}",
        input_stream=Slow(body, time, CLOSES + dt.timedelta(minutes=3)),
        content_type="multipart/form-data; boundary=x",
        headers={"Content-Length": str(len(body))},
    )
    with db.reading() as session:
        kept = session.scalars(sa.select(Attachment).where(Attachment.paper == wanted[0])).one()
    assert (kept.begun_at, kept.added_at) == (CLOSES, CLOSES + dt.timedelta(minutes=3))
    check = jury_client.get(f"/dossiers/{token}/verifier").text
    assert "déposez avant 0" in check.replace("\u202f", " ").replace("\xa0", " ")
    assert "Déposer le dossier" in check
    jury_client.post(f"/dossiers/{token}/deposer")
    with db.reading() as session:
        assert session.scalars(sa.select(Application.state)).one() == "filed"
