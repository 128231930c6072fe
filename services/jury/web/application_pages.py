"""What a bearer is shown of an application: the draft, where it stands, and what could not be saved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import render_template, request
from sqlalchemy.orm import Session

from services.jury import budget, deadlines, queries, tandems
from services.jury.filings import Filing
from services.jury.models import Application, Call
from services.jury.use_cases import application_papers, applications, corrections
from services.jury.web import goals, places, tongues
from shared import clock
from shared.web.forms import Loaded

PAUSE = 30
"""Seconds after a change until the page keeps it by itself."""


def about(session: Session, token: str, application: Application) -> dict[str, Any]:
    """What each of these pages needs. rules: those it was filed under, for a draft those of the call."""
    call = session.get_one(Call, application.call_id)
    half = applications.half_of(session, token)
    return {
        "token": token,
        "half": half,
        "other_half": tandems.other(half) if half else "",
        "application": application,
        "call": call,
        "organisation": call.organiser_name,
        "rules": application_papers.rules_of(session, application),
        "papers": queries.written_papers_of(session, application.id),
        "may_correct": corrections.may_begin(application, call, clock.now()),
        "removed": queries.removed_by_staff(session, application.id),
        "earlier": queries.earlier_of(session, application.renews_id),
    }


def form(
    session: Session, token: str, application: Application, values: Any, theirs: dict[str, str], version: int
) -> str:
    """The draft to write in. values: field -> text. theirs: what somebody else saved where I typed something else."""
    context = about(session, token, application)
    there = deadlines.partner_clock(application.written.get("place", ""), context["call"].closes_at)
    return render_template(
        "jury/tandem.html" if tandems.is_one(context["rules"]) else "jury/application.html",
        **context,
        form=Loaded.of(values),
        theirs=theirs,
        version=version,
        places=places.of_call(context["rules"]),
        goals=goals.choices(),
        tongues=tongues.choices(),
        budget=budget.of(values),
        meetings=tandems.meetings(values),
        rows={kind: range(1, 1 + budget.rows(values, kind, _wanted(kind))) for kind in budget.KINDS},
        most=budget.MOST,
        grace=deadlines.GRACE.seconds // 60,
        pause=PAUSE,
        years=range(1, context["rules"].get("ceilings", {}).get("years", 0) + 1),
        partner=places.told(there) if there else "",
    )


def filed(
    session: Session, token: str, application: Application, form: Loaded, given: Mapping[str, str] | None = None
) -> str:
    """Where it stands, with what was written in a correction and not filed. form: an answer to the staff. given: what
    was being typed when it was filed, or could be written in no more."""
    context = about(session, token, application)
    closes_at = context["call"].closes_at
    return render_template(
        "jury/application_filed.html",
        **context,
        form=form,
        left=_left(session, token, application, given or {}),
        unfiled=_own(session, token, corrections.unfiled(session, application)),
        may_file=application.is_written and applications.in_time(session, application, closes_at, clock.now()),
        until=closes_at and closes_at + deadlines.GRACE,
        filings=queries.filings_of(session, application),
    )


def copy(context: dict[str, Any], filing: Filing | None) -> str:
    """What was filed once, to print; without a filing what is written now, which says that it is not filed."""
    application = context["application"]
    filed = (
        filing.filed
        if filing is not None
        else {
            "call": {"title": context["call"].title},
            "reference": application.reference,
            "content": application.written,
            "papers": [{"name": p.file_name, "size": p.size, "sha256": p.sha256} for p in context["papers"]],
        }
    )
    figures = budget.of(filed["content"])
    return render_template("jury/application_copy.html", **context, filing=filing, filed=filed, budget=figures)


def ask_half(session: Session, token: str, form: Loaded) -> str:
    """Who writes for the half of a tandem that is missing."""
    application = applications.open_link(session, token)
    return render_template("jury/tandem_half.html", **about(session, token, application), form=form)


def _left(session: Session, token: str, application: Application, given: Mapping[str, str]) -> dict[str, str]:
    """What was typed and is not in the draft, of the fields that this link may write."""
    return {
        name: text for name, text in _own(session, token, given).items() if text != application.written.get(name, "")
    }


def _own(session: Session, token: str, given: Mapping[str, str]) -> dict[str, str]:
    """Of these fields those that this link may write."""
    half = applications.half_of(session, token) if given else ""
    return {name: text for name, text in given.items() if tandems.may_write(half, name)}


def late(session: Session, token: str, application: Application, given: Mapping[str, str]) -> str:
    """Once its call is closed: what was filed counts, and what was not is said so; nothing typed is lost."""
    if application.filed_at is not None:
        return filed(session, token, application, Loaded(), given)
    return closed(session, token, application, given)


def closed(session: Session, token: str, application: Application, given: Mapping[str, str]) -> str:
    """The draft once its call is closed. given: what was being typed; what of it is not in the draft is given back."""
    context = about(session, token, application)
    closes_at = context["call"].closes_at
    return render_template(
        "jury/application_closed.html",
        **context,
        left=_left(session, token, application, given),
        may_file=applications.in_time(session, application, closes_at, clock.now()),
        until=closes_at + deadlines.GRACE,
    )


def _wanted(kind: str) -> int:
    """How many rows of a kind the address asks for: one more than there were, after "add a row"."""
    typed = request.args.get(kind, "")
    return int(typed[:2]) if typed.isascii() and typed.isdigit() else 0


def both(session: Session, token: str, saved: applications.Saved) -> str:
    """The form with what somebody else saved beside what was typed."""
    theirs = {name: saved.application.written.get(name, "") for name in saved.left}
    values = saved.application.written | saved.left
    return form(session, token, saved.application, values, theirs, saved.application.version)
