"""Step 1 of nine for the staff: the true form, filled and sent, of which nothing is kept. Next: registering.py.

What the sending would do is done, with its rules, seats and waiting list; it is read, and the transaction is undone.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from services.registration.models.events import Event
from services.registration.queries import forms
from services.registration.queries.standing import standing
from services.registration.use_cases import forms as form_use_cases
from services.registration.use_cases import registering
from services.registration.web import answers, attached, colleagues, seal
from services.registration.web.public import find, form_page
from shared import clock
from shared.errors import RuleError
from shared.identity import requires
from shared.web import db, settings
from shared.web.forms import Loaded

blueprint = Blueprint("trying", __name__, url_prefix="/equipe/evenements/<slug>/formulaire/essai")


class _Done(Exception):
    def __init__(self, page: str) -> None:
        self.page = page


@blueprint.get("")
@requires("staff")
def show(slug: str) -> str:
    """The form as it is for the team now, its draft included, whether the event takes registrations or not."""
    with db().reading() as session:
        event = find(session, slug)
        return _form(session, event, _asked(session, event), Loaded())


@blueprint.post("")
@requires("staff")
def send(slug: str) -> ResponseReturnValue:
    values = request.form.to_dict()
    if values.get("use_email"):
        values |= {"email": values["use_email"], "email_checked": values["use_email"]}
    typed: Loaded | None = None
    try:
        with db().transaction() as session:
            event = find(session, slug)
            asked = _asked(session, event)
            values[seal.KEY], _doubted = seal.read(event.id)
            files, wrong = attached.receive(asked.form, event.id, values, trial=True)
            asked = answers.Asked(asked.form, files)
            if (edited := colleagues.edited(values)) is not None:
                pressed = (seal.FIELD, "add", "remove", "same")
                kept = {name: value for name, value in edited.items() if name not in pressed}
                return _form(session, event, asked, Loaded(raw=kept))
            typed = answers.read(event, values, asked)
            attached.refuse(typed, wrong)
            others = colleagues.read(event, values, typed, asked)
            if typed.data is None:
                return _form(session, event, asked, typed), 422
            party = [typed.data, *others]
            ask: dict[str, Any] = {
                "site": settings().public_url,
                "together": values.get("policy") == colleagues.TOGETHER,
            }
            made = registering.register_party(session, event.id, party, clock.now(), event=event, trial=True, **ask)
            raise _Done(_told(session, event, made, party))
    except _Done as done:
        return done.page
    except RuleError as error:
        if typed is None:
            raise
        attached.take(typed, error)
        with db().reading() as session:
            event = find(session, slug)
            return _form(session, event, _asked(session, event), typed), error.status


def _asked(session: Session, event: Event) -> answers.Asked:
    return answers.Asked(forms.read(form_use_cases.latest(session, event.id)))


def _form(session: Session, event: Event, asked: answers.Asked, typed: Loaded) -> str:
    return form_page(session, event, asked, typed, closed="", trial=url_for(".send", slug=event.slug))


def _told(session: Session, event: Event, made: list[registering.Registered], party: list[dict[str, Any]]) -> str:
    people = [
        (standing(session, one.registration_id), forms.given(session, one.registration_id), one.repeated)
        for one in made
    ]
    return render_template("forms/tried.html", event=event, people=people, email=party[0]["email"], now=clock.now())
