"""Step 1 of nine for the staff: ranked wishes, what they would give, and their allocation. Next: allocating.py."""

from __future__ import annotations

import json

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from services.registration.queries import ranking as queries
from services.registration.rules import allocation as rules
from services.registration.rules.choices import N_
from services.registration.rules.dates import at, french_date, read_date, read_time
from services.registration.use_cases import allocating
from services.registration.web.events import find
from services.registration.web.examples import example_day
from shared import clock
from shared.clock import PARIS
from shared.errors import NotFound, RuleError, Sentence
from shared.identity import requires, who
from shared.web import db, files
from shared.web.forms import Loaded
from shared.web.words import _

blueprint = Blueprint("allocations", __name__, url_prefix="/equipe/evenements/<slug>/souhaits")


@blueprint.get("")
@requires("staff", "auditor")
def index(slug: str) -> str:
    """How workshops are given; before the date what the wishes would give now, after it what they gave."""
    return _page(slug, None)


@blueprint.post("")
@requires("staff")
def terms(slug: str) -> ResponseReturnValue:
    """First come, first served, or ranks and a date."""
    values = {name: request.form.get(name, "").strip()[:60] for name in ("way", "date", "time")}
    typed = Loaded(raw=values)
    try:
        with db().transaction() as session:
            event = find(session, slug)
            due = None
            if values["way"] == "ranked":
                day, hour = read_date(values["date"]), read_time(values["time"] or "12 h")
                if day is None or hour is None:
                    raise RuleError(
                        "due-date",
                        Sentence(N_("Écrivez un jour et une heure : %(date)s, 12 h."), date=example_day()),
                        status=422,
                    )
                due = at(day.date, hour)
            allocating.set_terms(session, event, due, clock.now(), who=who())
    except RuleError as error:
        typed.refuse("date", _(error.message))
        return _page(slug, typed), error.status
    flash(_("C’est enregistré."), "done")
    return redirect(url_for(".index", slug=slug), 303)


@blueprint.post("/repartir")
@requires("staff")
def apply(slug: str) -> ResponseReturnValue:
    """Give the seats. The mails leave by themselves."""
    with db().transaction() as session:
        allocating.apply(session, find(session, slug).id, clock.now(), who=who())
    flash(_("Les ateliers sont répartis. Chaque personne reçoit les siens, avec la raison."), "done")
    return redirect(url_for(".index", slug=slug), 303)


@blueprint.get("/repartition.json")
@requires("staff", "auditor")
def export(slug: str) -> Response:
    """All it takes to do it again: seats, wishes by reference, seed, results. No name."""
    with db().reading() as session:
        found = queries.terms(session, find(session, slug).id)
        if found is None or found.record is None:
            raise NotFound("not-allocated", _("Les ateliers ne sont pas encore répartis."))
        body = json.dumps(found.record, ensure_ascii=False, indent=1, sort_keys=True)
    return files.download(body, f"repartition-{slug}.json")


def _page(slug: str, typed: Loaded | None) -> str:
    with db().reading() as session:
        event = find(session, slug)
        found = queries.terms(session, event.id)
        slots = []
        if found is not None:
            if found.record is None:
                round_, got = allocating.propose(session, event)
                problem, titles = round_.problem, round_.titles
            else:
                problem, titles = rules.problem_of(found.record), found.record["titles"]
                got = rules.allocate(problem)
            slots = _slots(problem, got, titles)
        raw = {"way": "ranked" if found else "first", "time": "12 h"}
        if found:
            local = found.due_at.astimezone(PARIS)
            raw |= {"date": french_date(local.date()), "time": f"{local.hour} h {local:%M}"}
        return render_template(
            "events/wishes.html",
            event=event,
            terms=found,
            slots=slots,
            due=found is not None and clock.now() >= found.due_at,
            form=typed or Loaded(raw=raw),
        )


def _slots(problem: rules.Problem, got: dict[str, dict[str, rules.Got]], titles: dict[str, str]) -> list[tuple]:  # type: ignore[type-arg]
    """(label, [none, first, second, third], rows of workshops: title, seats, taken, asked, asked first)."""
    asked = rules.asked(problem)
    taken: dict[str, int] = {}
    for slots in got.values():
        for room, _rank in slots.values():
            if room:
                taken[room] = taken.get(room, 0) + 1
    return [
        (
            slot[3:],
            counts,
            [
                (titles[room], seats, taken.get(room, 0), asked[room][0], asked[room][1])
                for room, (of, seats) in problem.workshops.items()
                if of == slot
            ],
        )
        for slot, counts in rules.summary(problem, got).items()
    ]
