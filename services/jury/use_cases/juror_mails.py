"""Step 2 of writing to jurors: invite, remind, tell of new readings, take a link back. Next: announce.py."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.jury import announce, queries, rules
from services.jury.models import Call, Gathering, Juror, JurorMail, Project, Round, Stage
from services.jury.queries.scores import Pair
from services.jury.use_cases import tablets
from services.jury.use_cases.calls import find_call, find_round, lock_juror
from shared import audit
from shared.clock import PARIS
from shared.errors import NotFound, RuleError


def address(site: str, code: str) -> str:
    """The link of a mail. Unlike a QR it asks before it pairs: programs that look at mails follow links."""
    return f"{site}/tablet/#lien={code}"


def set_read_by(session: Session, round_id: uuid.UUID, day: dt.date | None, *, who: str, now: dt.datetime) -> None:
    """The last day for reading, which mails say from now on; None: none is said."""
    this = find_round(session, round_id, lock=True)
    if this.state not in ("draft", "open"):
        raise RuleError("round-state", "Le tour est clos : les lectures ne changent plus.")
    if day is not None and day < _day(now):
        raise RuleError("past-day", "Donnez un jour à venir : ce jour est passé.", field="read_by")
    before, this.read_by = this.read_by, day
    audit.record(
        session,
        who=who,
        what="set the last day for reading",
        thing="round",
        thing_id=this.id,
        before={"read_by": before.isoformat() if before else None},
        after={"read_by": day.isoformat() if day else None},
        now=now,
    )


def invite(
    session: Session, round_id: uuid.UUID, juror_id: uuid.UUID | None, *, site: str, who: str, now: dt.datetime
) -> list[Juror]:
    """Invite one juror, again if need be, with a link in any case; juror_id None: all who have an address and were not
    invited yet."""
    this, call = _hold(session, round_id)
    if this.state not in ("draft", "open"):
        raise RuleError("round-state", "Le tour est clos : il n’y a plus rien à lire.")
    known = queries.reached(session, this, now)
    if juror_id is not None:
        chosen = [one.juror for one in known if one.juror.id == juror_id]
        if not chosen:
            raise NotFound("unknown-juror", "Ce membre du jury n’existe pas.")
        if not chosen[0].email:
            raise RuleError("no-address", "Ce membre n’a pas d’adresse : écrivez-la sur sa page.")
    else:
        chosen = [one.juror for one in known if one.juror.email and "invited" not in one.sent]
    if not chosen:
        raise RuleError("nobody", "Tous ceux qui ont une adresse sont déjà invités.")
    meets_at, place = _meeting(session, this)
    given = queries.assigned(session, this)
    for juror in chosen:
        readings = None if given is None else sum(reader == juror.id for reader, _project in given)
        door = _door(session, this, juror, site=site, who=who, now=now, always=juror_id is not None)
        announce.juror_invited(session, call, this, juror, door, readings=readings, meets_at=meets_at, place=place)
        _note(session, this, juror, "invited", who, now)
    return chosen


def remind(
    session: Session, round_id: uuid.UUID, juror_id: uuid.UUID | None, *, site: str, who: str, now: dt.datetime
) -> list[Juror]:
    """Remind who has not finished and was not reminded today: one of them, or with None all."""
    this, call = _hold(session, round_id)
    if this.state != "open":
        raise RuleError("round-state", "On relance pendant que le tour est ouvert.")
    due = [
        one
        for one in queries.reached(session, this, now)
        if one.to_remind(_day(now)) and juror_id in (None, one.juror.id)
    ]
    if not due:
        raise RuleError("nobody", "Personne n’est à relancer : tous ont fini, ou ont été relancés aujourd’hui.")
    for one in due:
        door = _door(session, this, one.juror, site=site, who=who, now=now)
        announce.juror_reminded(session, call, this, one.juror, door, left=one.left)
        _note(session, this, one.juror, "reminded", who, now)
    return [one.juror for one in due]


def tell_given(
    session: Session, this: Round, pairs: Iterable[Pair], *, site: str, who: str, now: dt.datetime
) -> list[Juror]:
    """Tell those who got readings while the round is open; before it opens, the invitation says what there is."""
    if this.state != "open":
        return []
    given: dict[uuid.UUID, list[uuid.UUID]] = defaultdict(list)
    for juror_id, project_id in pairs:
        given[juror_id].append(project_id)
    call = find_call(session, this.call_id)
    told = []
    for juror in session.scalars(sa.select(Juror).where(Juror.id.in_(given), Juror.email != "").order_by(Juror.id)):
        mine = sa.select(Project).where(Project.id.in_(given[juror.id])).order_by(Project.number)
        door = _door(session, this, juror, site=site, who=who, now=now)
        announce.readings_given(session, call, this, juror, door, projects=list(session.scalars(mine)))
        _note(session, this, juror, "readings", who, now)
        told.append(juror)
    return told


def take_link_back(session: Session, round_id: uuid.UUID, juror_id: uuid.UUID, *, who: str, now: dt.datetime) -> None:
    """The link that was mailed to this juror opens nothing any more; a device that it paired stays paired."""
    this, juror = find_round(session, round_id), lock_juror(session, juror_id)
    if not queries.sits(session, this, juror):
        raise NotFound("unknown-juror", "Ce membre du jury n’existe pas.")
    if not tablets.expire_codes(session, [juror.id], now, mailed=True):
        raise RuleError("no-link", "Ce membre n’a pas de lien qui attend : il a servi, ou son temps est passé.")
    _audit(session, juror, "took a mailed link back", who, now)


def _hold(session: Session, round_id: uuid.UUID) -> tuple[Round, Call]:
    """Two clerks who write at once take turns: the second sees whom the first wrote to."""
    this = find_round(session, round_id)
    session.execute(sa.select(Juror.id).where(Juror.call_id == this.call_id).order_by(Juror.id).with_for_update())
    return this, find_call(session, this.call_id)


def _door(
    session: Session, this: Round, juror: Juror, *, site: str, who: str, now: dt.datetime, always: bool = False
) -> announce.Door:
    """A new link, which replaces the one before; none for who has a device paired, as using it would put that one out:
    `always`, it was asked for so that they may change devices."""
    page = f"{site}/tablet/"
    if not always and queries.is_paired(session, this, juror.id):
        return announce.Door(page, None, None)
    code = tablets.new_code(session, this.id, juror.id, who=who, now=now, lifetime=rules.LINK_LIFETIME, mailed=True)
    return announce.Door(page, address(site, code), now + rules.LINK_LIFETIME)


def _meeting(session: Session, this: Round) -> tuple[dt.datetime | None, str]:
    """When and where the jury meets, as far as the room's page knows."""
    event = session.get(Gathering, this.gathering_id) if this.gathering_id else None
    event = None if event is not None and event.called_off else event
    stage = session.get(Stage, this.id)
    begins = stage.starts_at if stage else event.starts_at if event else None
    return begins, event.place[:300] if event else ""


def _note(session: Session, this: Round, juror: Juror, kind: str, who: str, now: dt.datetime) -> None:
    session.add(JurorMail(round_id=this.id, juror_id=juror.id, kind=kind, day=_day(now), sent_at=now, sent_by=who))
    session.flush()
    words = {"invited": "invited by mail", "reminded": "reminded by mail", "readings": "told of new readings"}
    _audit(session, juror, words[kind], who, now)


def _audit(session: Session, juror: Juror, what: str, who: str, now: dt.datetime) -> None:
    audit.record(session, who=who, what=what, thing="juror", thing_id=juror.id, before=None, after=None, now=now)


def _day(now: dt.datetime) -> dt.date:
    return now.astimezone(PARIS).date()
