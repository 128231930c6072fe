"""Step 5: what the jury tells the other services. The only place where its payloads are built.

Next: shared/messaging/outbox.py, in the same transaction.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from sqlalchemy.orm import Session

from services.jury import languages, rules, tandems
from services.jury.dossiers import goals_of
from services.jury.models import Application, Award, Call, Instalment, Juror, Project, Report, Round
from services.jury.queries import Result
from services.jury.scoring import shown
from services.jury.sections import sections_of, titled
from shared.messaging import outbox


@dataclass(frozen=True)
class Door:
    """How a juror comes to their sheets: the page, and for who has no device paired the link that pairs one."""

    tablet: str
    link: str | None
    until: dt.datetime | None


def call_opened(session: Session, call: Call, *, url: str) -> None:
    """A call is open to the public."""
    outbox.add(
        session,
        "jury.call.opened.v1",
        {
            "call_id": call.id,
            "title": call.title,
            "kind": call.kind,
            "closes_at": call.closes_at,
            "url": url,
        },
        thing=call.id,
    )


def minutes_signed(
    session: Session,
    call: Call,
    this: Round,
    *,
    signed_at: dt.datetime,
    content_hash: str,
    projects: int,
    jurors: int,
) -> None:
    """The minutes of a round are signed and will not change."""
    outbox.add(
        session,
        "jury.minutes.signed.v1",
        {
            "round_id": this.id,
            "call_id": call.id,
            "call_title": call.title,
            "signed_at": signed_at,
            "content_hash": content_hash,
            "projects": projects,
            "jurors": jurors,
        },
        thing=this.id,
    )


def result_published(
    session: Session,
    call: Call,
    project: Project,
    result: Result,
    *,
    criteria: Sequence[Mapping[str, Any]],
    projects: int,
    distance: Fraction | None,
    passed_over: str | None,
    feedback: list[str],
    locale: str,
) -> None:
    """The jury's answer to one project. Without an official score the rank is the last one, shared."""
    standing = result.standing
    given = result.award if result.award is not None and result.award.state == "awarded" else None
    outbox.add(
        session,
        "jury.result.published.v1",
        {
            "project_id": project.id,
            "call_id": call.id,
            "call_title": call.title,
            "project_title": project.title,
            "structure": project.structure,
            "person": {
                "first_name": project.bearer_first_name,
                "last_name": project.bearer_last_name,
                "email": project.bearer_email,
                "locale": locale,
            },
            "organiser": {"name": call.organiser_name, "email": call.organiser_email},
            "outcome": result.outcome,
            "rank": standing.rank if standing.rank is not None else projects,
            "score_rank": result.score_rank,
            "move_reason": result.move_reason,
            "projects": projects,
            "score": shown(standing.score, separator=".") or None,
            "readings": standing.readings,
            "criteria": [
                {
                    "title": titled(criterion, locale),
                    "weight": criterion["weight"],
                    "mean": shown(standing.means[criterion["id"]], separator="."),
                    "maximum": criterion["max"],
                }
                for criterion in criteria
                if criterion["id"] in standing.means
            ],
            "sections": [
                {
                    "title": section.named(locale),
                    "mean": shown(standing.sections[section.id], separator="."),
                    "maximum": section.most,
                    "minimum": section.minimum,
                }
                for section in sections_of(criteria)
                if section.id in standing.sections
            ],
            "eliminated_by": rules.why(standing, {"criteria": criteria}, locale),
            "distance": None if distance is None else shown(distance, separator=".").replace("−", "-"),
            "award": {"cents": given.amount} if given else None,
            "asked": {"cents": given.asked} if given else None,
            "feedback": feedback,
            **({"passed_over": passed_over} if passed_over else {}),
        },
        thing=project.id,
    )


def of_application(call: Call, application: Application, link: str) -> dict[str, Any]:
    """What every fact about an application says."""
    content = application.content
    half = "class" if tandems.lacking(content) == "association" else "association"
    return {
        "application_id": application.id,
        "reference": application.reference,
        "call_id": call.id,
        "call_title": call.title,
        "project_title": content.get("title", ""),
        "structure": content.get("structure", ""),
        "person": tandems.speaker(content, half) | {"locale": application.locale},
        "organiser": {"name": call.organiser_name, "email": call.organiser_email},
        "closes_at": call.closes_at,
        "link": link,
        "kind": call.kind,
        **({} if application.state == "not_eligible" else _need(content)),
    }


def _need(content: Mapping[str, str]) -> dict[str, Any]:
    """The skills that the project lacks, if any."""
    days = content.get("skills_days", "")
    if not content.get("skills"):
        return {}
    told = {
        "skills": content["skills"],
        "days": int(days) if days.isascii() and days.isdigit() else None,
        "goals": list(goals_of(content)),
        "place": content.get("place", ""),
    }
    return {"need": told}


def application_started(session: Session, call: Call, application: Application, *, link: str) -> uuid.UUID:
    """A draft began: its link. Returns the number of the fact."""
    return outbox.add(
        session, "jury.application.started.v1", of_application(call, application, link), thing=application.id
    )


def application_link_requested(
    session: Session, call: Call, application: Application, *, link: str, person: Mapping[str, str] | None = None
) -> uuid.UUID:
    """The link of an application again, to the address that it holds; person: who writes for a half of a tandem.
    Returns the number of the fact."""
    data = of_application(call, application, link)
    if person is not None:
        data["person"] = dict(person) | {"locale": application.locale}
    return outbox.add(session, "jury.application.link_requested.v1", data, thing=application.id)


def application_filed(
    session: Session, call: Call, application: Application, *, replaces: dt.datetime | None, link: str
) -> None:
    """Proof of filing: the server's time and the hash of what was filed. replaces: when it was filed before."""
    data = of_application(call, application, link) | ({"replaces": replaces} if replaces else {})
    data |= {"filed_at": application.filed_at, "content_hash": application.filed_hash}
    outbox.add(session, "jury.application.filed.v1", data, thing=application.id)


def application_reviewed(
    session: Session, call: Call, application: Application, *, article: Mapping[str, Any] | None, link: str
) -> None:
    """The completeness check: accepted, to complete by a date, or not eligible with the article."""
    data = of_application(call, application, link) | {
        "outcome": application.state,
        "reason": application.reason,
        "complete_until": application.complete_until if application.state == "to_complete" else None,
        "article": f"{article['number']} – {article['title']}" if article else "",
        "article_text": article["text"] if article else "",
    }
    outbox.add(session, "jury.application.reviewed.v1", data, thing=application.id)


def application_withdrawn(
    session: Session, call: Call, application: Application, *, undo_until: dt.datetime | None, link: str
) -> None:
    """Proof that its bearer took it back; undo_until: None when nobody can undo it."""
    data = of_application(call, application, link) | {
        "withdrawn_at": application.withdrawn_at,
        "why": application.withdrawn_why,
        "undo_until": undo_until,
    }
    outbox.add(session, "jury.application.withdrawn.v1", data, thing=application.id)


def application_restored(session: Session, call: Call, application: Application, *, link: str) -> None:
    """A withdrawal was undone."""
    outbox.add(session, "jury.application.restored.v1", of_application(call, application, link), thing=application.id)


def award_offered(session: Session, call: Call, project: Project, award: Award, *, locale: str) -> None:
    """A project of the reserve list is offered what came free."""
    data = about(call, project, locale) | {
        "award_id": award.id,
        "amount": {"cents": award.amount},
        "asked": {"cents": award.asked},
    }
    outbox.add(session, "jury.award.offered.v1", data, thing=award.id)


def award_changed(
    session: Session, call: Call, project: Project, award: Award, *, was: int, given_back: bool = False, locale: str
) -> None:
    """A published sum is another now; was: cents. given_back: its bearer renounced."""
    data = about(call, project, locale) | {
        "award_id": award.id,
        "project_id": project.id,
        "amount": {"cents": award.amount},
        "was": {"cents": was},
        "reserve": award.state == "reserve",
        "given_back": given_back,
        "offered": award.state == "offered",
        "asked": {"cents": award.asked},
    }
    outbox.add(session, "jury.award.changed.v1", data, thing=award.id)


def _after(call: Call, project: Project, locale: str, link: str) -> dict[str, Any]:
    """What every fact about what follows an award says."""
    return about(call, project, locale) | {"link": link}


def about(call: Call, project: Project, locale: str) -> dict[str, Any]:
    return {
        "call_id": call.id,
        "call_title": call.title,
        "project_title": project.title,
        "person": {
            "first_name": project.bearer_first_name,
            "last_name": project.bearer_last_name,
            "email": project.bearer_email,
            "locale": locale,
        },
        "organiser": {"name": call.organiser_name, "email": call.organiser_email},
    }


def _to_juror(call: Call, this: Round, juror: Juror, door: Door) -> dict[str, Any]:
    """What every fact that writes to a juror says."""
    return {
        "juror_id": juror.id,
        "round_id": this.id,
        "call_title": call.title,
        "round_title": this.title,
        "person": {
            "first_name": juror.first_name,
            "last_name": juror.last_name,
            "email": juror.email,
            "locale": languages.to_write_in(juror.languages),
        },
        "organiser": {"name": call.organiser_name, "email": call.organiser_email},
        "read_by": this.read_by,
        "link": door.link,
        "link_until": door.until,
        "tablet": door.tablet,
    }


def juror_invited(
    session: Session,
    call: Call,
    this: Round,
    juror: Juror,
    door: Door,
    *,
    readings: int | None,
    meets_at: dt.datetime | None,
    place: str,
) -> None:
    """A juror is asked to read; readings: None when all read all."""
    data = _to_juror(call, this, juror, door) | {
        "is_open": this.state == "open",
        "readings": readings,
        "meets_at": meets_at,
        "place": place,
    }
    outbox.add(session, "jury.juror.invited.v1", data, thing=juror.id)


def juror_reminded(session: Session, call: Call, this: Round, juror: Juror, door: Door, *, left: int) -> None:
    """Sheets are still to be filled."""
    outbox.add(session, "jury.juror.reminded.v1", _to_juror(call, this, juror, door) | {"left": left}, thing=juror.id)


def readings_given(
    session: Session, call: Call, this: Round, juror: Juror, door: Door, *, projects: Sequence[Project]
) -> None:
    """Projects were given to a juror while the round is open."""
    titles = [{"number": one.number, "title": one.title} for one in projects]
    data = _to_juror(call, this, juror, door) | {"projects": titles}
    outbox.add(session, "jury.readings.given.v1", data, thing=juror.id)


def award_opened(
    session: Session,
    call: Call,
    project: Project,
    award: Award,
    parts: Sequence[Instalment],
    *,
    locale: str,
    first_report_on: dt.date,
    link: str,
) -> None:
    """An award is granted: what is paid when, and the link to what follows."""
    data = _after(call, project, locale, link) | {
        "award_id": award.id,
        "project_id": project.id,
        "amount": {"cents": award.amount},
        "parts": [{"year": one.year, "kind": one.kind, "amount": {"cents": one.cents}} for one in parts],
        "first_report_on": first_report_on,
    }
    outbox.add(session, "jury.award.opened.v1", data, thing=award.id)


def report_reminded(
    session: Session, call: Call, project: Project, report: Report, *, late: bool, waiting: int, locale: str, link: str
) -> None:
    """A report is awaited, or late; `waiting`: the cents that it opens."""
    data = _after(call, project, locale, link) | {
        "report_id": report.id,
        "year": report.year,
        "due_on": report.due_on,
        "late": late,
        "waiting": {"cents": waiting},
    }
    outbox.add(session, "jury.report.reminded.v1", data, thing=report.id)


def report_reviewed(
    session: Session, call: Call, project: Project, report: Report, *, opened: int, locale: str, link: str
) -> None:
    """A report is accepted, which opens `opened` cents, or given back with the reason."""
    data = _after(call, project, locale, link) | {
        "report_id": report.id,
        "year": report.year,
        "outcome": report.state,
        "reason": report.reason,
        "opened": {"cents": opened},
    }
    outbox.add(session, "jury.report.reviewed.v1", data, thing=report.id)


def person_erased(
    session: Session, request_id: uuid.UUID, erased: list[dict[str, Any]], kept: list[dict[str, Any]], at: dt.datetime
) -> None:
    """The jury's part of a receipt."""
    data = {"request_id": request_id, "erased": erased, "kept": kept, "at": at}
    outbox.add(session, "jury.person.erased.v1", data, thing=request_id)
