"""Step 2 after an award: open its follow-up, take and judge reports, note payments, remind.

The award's row is the lock; triggers of the database refuse a payment whose report is not accepted.
Next: followup_rules.py.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.jury import announce, followup_rules, queries
from services.jury.models import Award, AwardLink, Instalment, Report, ReportPaper
from services.jury.use_cases import personal_links
from services.jury.use_cases.calls import find_round
from shared import audit
from shared.clock import PARIS
from shared.db import hash_token, new_token
from shared.errors import NotFound, RuleError

MOST_PAPERS = 20


def open_all(
    session: Session,
    round_id: uuid.UUID,
    *,
    advance: int,
    first_report_on: dt.date,
    site: str,
    who: str,
    now: dt.datetime,
) -> int:
    """Plan the payments and reports of each award of a signed round that has none, and mail the links.

    advance: per cent of each year's sum that is paid before its report. Returns how many were opened.
    """
    this = find_round(session, round_id, lock=True)
    if this.state != "signed":
        raise RuleError("round-state", "Signez d’abord le procès-verbal : le suivi commence après.")
    if first_report_on <= now.astimezone(PARIS).date():
        raise RuleError("bad-date", "Donnez une date à venir pour le premier rapport.", field="first_report_on")
    opened = 0
    for award in queries.awards_without_followup(session, this.id, lock=True):
        _open(session, award, advance, first_report_on, site, who, now)
        opened += 1
    if not opened:
        raise RuleError("nothing-to-open", "Aucune aide accordée n’attend son suivi.")
    return opened


def _open(
    session: Session, award: Award, advance: int, first_report_on: dt.date, site: str, who: str, now: dt.datetime
) -> None:
    yearly = followup_rules.years_of(award)
    known = set(session.scalars(sa.select(Report.year).where(Report.award_id == award.id)))
    for year, _cents in enumerate(yearly, start=1):
        due_on = followup_rules.same_day(first_report_on, year - 1)
        if year not in known:
            session.add(Report(award_id=award.id, year=year, due_on=due_on, content={}, created_at=now))
    parts = [
        Instalment(award_id=award.id, year=one.year, kind=one.kind, cents=one.cents, created_at=now)
        for one in followup_rules.plan(yearly, advance)
    ]
    session.add_all(parts)
    session.flush()
    call, project = queries.around(session, award)
    link = address(site, issue(session, award.id, now))
    announce.award_opened(
        session,
        call,
        project,
        award,
        parts,
        locale=queries.locale_of(session, project.id),
        first_report_on=first_report_on,
        link=link,
    )
    after = {"advance": advance, "first_report_on": first_report_on.isoformat(), "cents": award.amount}
    note(session, award.id, "opened the follow-up", now, who=who, after=after)


def issue(session: Session, award_id: uuid.UUID, now: dt.datetime) -> str:
    """A new personal link to what follows this award; only its hash is kept."""
    token = new_token()
    session.add(AwardLink(token_hash=hash_token(token), award_id=award_id, issued_at=now))
    return token


def address(site: str, token: str) -> str:
    return f"{site}/suivi/{token}"


def open_link(session: Session, token: str, *, lock: bool = False) -> Award:
    """The award that a link opens."""
    found = session.scalar(sa.select(AwardLink.award_id).where(AwardLink.token_hash == hash_token(token)))
    if found is None:
        raise NotFound("link-unknown", "Ce lien n’est pas ou plus valable. Écrivez à l’organisateur de l’appel.")
    return session.get_one(Award, found, with_for_update=True if lock else None)


def links_of(session: Session, award: Award) -> list[dt.datetime]:
    """When the links were made that open what follows this award, the latest first."""
    return personal_links.made(session, AwardLink, AwardLink.award_id == award.id)


def close_other_links(session: Session, token: str, *, now: dt.datetime) -> int:
    """Every link but this one opens nothing any more, those of mails too. Returns how many."""
    award = open_link(session, token, lock=True)
    closed = personal_links.close_others(session, AwardLink, token, AwardLink.award_id == award.id)
    if closed:
        note(session, award.id, "closed the other links", now, who="applicant", after={"closed": closed})
    return closed


def renew_link(session: Session, report_id: uuid.UUID, *, site: str, who: str, now: dt.datetime) -> bool:
    """The bearer told that somebody else has their link: all of them close. Returns whether a reminder brings a new
    one, as it does while this report is awaited; else the next mail will."""
    award, report = find_report(session, report_id, lock=True)
    session.execute(sa.delete(AwardLink).where(AwardLink.award_id == award.id))
    note(session, award.id, "closed the links", now, who=who, after=None)
    awaited = is_awaited(award, report)
    if awaited:
        _remind(session, award, report, site, who, now)
    return awaited


def is_awaited(award: Award, report: Report) -> bool:
    return report.state in ("awaited", "returned") and award.state == "awarded"


def report_of(session: Session, award: Award, year: int) -> Report:
    """The report of one year, to write in: the bearer's turn, and no earlier one is still to be sent."""
    reports = queries.reports_of(session, award.id)
    found = next((one for one in reports if one.year == year), None)
    if found is None or award.state != "awarded":
        raise NotFound("unknown-report", "Ce rapport n’existe pas.")
    if found.state not in ("awaited", "returned"):
        raise RuleError("report-sent", "Ce rapport est déjà envoyé : il ne change plus.")
    if any(one.year < year and one.state in ("awaited", "returned") for one in reports):
        raise RuleError("report-before", "Envoyez d’abord le rapport de l’année précédente.")
    return found


def save(
    session: Session, token: str, year: int, given: Mapping[str, str], version: int, *, now: dt.datetime
) -> Report | None:
    """Keep what was typed. None: somebody else saved since that version; nothing is written."""
    award = open_link(session, token, lock=True)
    report = report_of(session, award, year)
    content = followup_rules.kept(given)
    if report.version != version and content != report.content:
        return None
    if content != report.content:
        report.content, report.version = content, report.version + 1
        note(session, report.id, "saved", now, who="applicant", after={"version": report.version})
    return report


def attach(
    session: Session, token: str, year: int, *, name: str, media_type: str, size: int, sha256: str, now: dt.datetime
) -> ReportPaper:
    """Add a paper whose bytes are stored already."""
    report = report_of(session, open_link(session, token, lock=True), year)
    if len(queries.report_papers(session, report.id)) >= MOST_PAPERS:
        raise RuleError("too-many-papers", "Ce rapport a déjà trop de pièces.")
    added = ReportPaper(
        report_id=report.id, file_name=name, media_type=media_type, size=size, sha256=sha256, added_at=now
    )
    session.add(added)
    session.flush()
    note(session, report.id, "added a paper", now, who="applicant", after={"sha256": sha256})
    return added


def remove_paper(session: Session, token: str, year: int, paper_id: uuid.UUID, *, now: dt.datetime) -> None:
    report = report_of(session, open_link(session, token, lock=True), year)
    paper = next((one for one in queries.report_papers(session, report.id) if one.id == paper_id), None)
    if paper is None:
        raise NotFound("unknown-paper", "Cette pièce n’existe pas, ou a été retirée.")
    paper.removed_at = now
    note(session, report.id, "removed a paper", now, who="applicant", after={"sha256": paper.sha256})


def send(session: Session, token: str, year: int, *, now: dt.datetime) -> Report:
    """Hand the report in; it stays as it is until staff accept it or give it back."""
    report = report_of(session, open_link(session, token, lock=True), year)
    if followup_rules.problems(report.content):
        raise RuleError("report-incomplete", "Ce rapport ne peut pas encore être envoyé : voyez ce qui manque.")
    report.state, report.sent_at, report.reason = "sent", now, ""
    note(session, report.id, "sent", now, who="applicant", after={"year": year, "content": report.content})
    return report


def find_report(session: Session, report_id: uuid.UUID, *, lock: bool = False) -> tuple[Award, Report]:
    report = session.get(Report, report_id)
    if report is None:
        raise NotFound("unknown-report", "Ce rapport n’existe pas.")
    award = session.get_one(Award, report.award_id, with_for_update=True if lock else None)
    if lock:
        session.refresh(report)
    return award, report


def judge(
    session: Session, report_id: uuid.UUID, *, accept: bool, reason: str, site: str, who: str, now: dt.datetime
) -> Report:
    """Accept a report, which opens the payments that waited for it, or give it back with the reason."""
    award, report = find_report(session, report_id, lock=True)
    if report.state != "sent":
        raise RuleError("report-state", "Ce rapport n’attend pas d’examen.")
    if not accept and not reason:
        raise RuleError("reason", "Dites au porteur ce qui manque.", field="reason")
    report.state, report.reason = ("accepted", "") if accept else ("returned", reason)
    report.decided_at, report.decided_by = now, who
    session.flush()
    call, project = queries.around(session, award)
    opened = sum(
        one.cents
        for one in queries.instalments_of(session, award.id)
        if accept and one.cancelled_at is None and followup_rules.report_needed(one.year, one.kind) == report.year
    )
    link = address(site, issue(session, award.id, now))
    announce.report_reviewed(
        session, call, project, report, opened=opened, locale=queries.locale_of(session, project.id), link=link
    )
    note(session, report.id, report.state, now, who=who, after={"year": report.year, "reason": reason})
    return report


def pay(
    session: Session, instalment_id: uuid.UUID, *, paid_on: dt.date, reference: str, who: str, now: dt.datetime
) -> Instalment:
    """Note that a part was paid; refused while its report is not accepted. Twice changes nothing."""
    part = _part(session, instalment_id)
    if part.paid_at is not None:
        return part
    accepted = {one.year for one in queries.reports_of(session, part.award_id) if one.state == "accepted"}
    state = followup_rules.state_of(
        part.year, part.kind, paid=False, cancelled=part.cancelled_at is not None, accepted=accepted
    )
    if state == "cancelled":
        raise RuleError("cancelled", "Ce versement est annulé : le projet s’est retiré.")
    if state == "blocked":
        raise RuleError("report-missing", "Ce versement attend que le rapport soit reçu et accepté.")
    if paid_on > now.astimezone(PARIS).date():
        raise RuleError("bad-date", "Un versement est noté une fois fait : donnez une date passée.", field="paid_on")
    part.paid_at, part.paid_by, part.paid_on, part.reference = now, who, paid_on, reference
    after = {"year": part.year, "kind": part.kind, "cents": part.cents, "on": paid_on.isoformat(), "ref": reference}
    note(session, part.award_id, "paid", now, who=who, after=after)
    return part


def unpay(session: Session, instalment_id: uuid.UUID, *, who: str, now: dt.datetime) -> Instalment:
    """A payment noted by mistake; both stay in the history."""
    part = _part(session, instalment_id)
    if part.paid_at is None:
        return part
    before = {"year": part.year, "kind": part.kind, "cents": part.cents, "ref": part.reference}
    part.paid_at = part.paid_by = part.paid_on = None
    part.reference = ""
    note(session, part.award_id, "took back a payment", now, who=who, after=None, before=before)
    return part


def _part(session: Session, instalment_id: uuid.UUID) -> Instalment:
    part = session.get(Instalment, instalment_id)
    if part is None:
        raise NotFound("unknown-instalment", "Ce versement n’existe pas.")
    session.get_one(Award, part.award_id, with_for_update=True)
    session.refresh(part)
    return part


def remind_one(session: Session, report_id: uuid.UUID, *, site: str, who: str, now: dt.datetime) -> None:
    """A reminder that staff ask for, whatever the calendar says."""
    award, report = find_report(session, report_id, lock=True)
    if not is_awaited(award, report):
        raise RuleError("report-state", "Ce rapport n’est plus attendu.")
    _remind(session, award, report, site, who, now)


def remind(session: Session, *, site: str, now: dt.datetime) -> int:
    """Mail the reminders of this day, each once, also when the command runs twice or late. Returns how many."""
    today = now.astimezone(PARIS).date()
    sent = 0
    for report in queries.reports_awaited(session, until=today - followup_rules.REMINDERS[0]):
        wanted = followup_rules.reminders_by(report.due_on, today)
        if wanted > report.reminders:
            award = session.get_one(Award, report.award_id)
            report.reminders = wanted
            _remind(session, award, report, site, "calendar", now)
            sent += 1
    return sent


def _remind(session: Session, award: Award, report: Report, site: str, who: str, now: dt.datetime) -> None:
    call, project = queries.around(session, award)
    waiting = sum(
        one.cents
        for one in queries.instalments_of(session, award.id)
        if one.cancelled_at is None
        and one.paid_at is None
        and followup_rules.report_needed(one.year, one.kind) == report.year
    )
    late = report.due_on < now.astimezone(PARIS).date()
    link = address(site, issue(session, award.id, now))
    announce.report_reminded(
        session,
        call,
        project,
        report,
        late=late,
        waiting=waiting,
        locale=queries.locale_of(session, project.id),
        link=link,
    )
    note(session, report.id, "reminded", now, who=who, after={"year": report.year, "late": late})


def note(
    session: Session,
    thing_id: uuid.UUID,
    what: str,
    now: dt.datetime,
    *,
    who: str,
    after: dict[str, Any] | None,
    before: dict[str, Any] | None = None,
) -> None:
    audit.record(session, who=who, what=what, thing="followup", thing_id=thing_id, before=before, after=after, now=now)
