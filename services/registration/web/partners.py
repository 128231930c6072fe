"""Step 1 of nine: who stands behind an event, with their logos. Next: services/registration/use_cases/partners.py."""

from __future__ import annotations

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from services.registration import logos
from services.registration.models.events import Event
from services.registration.queries import partners as queries
from services.registration.rules.partners import ROLES
from services.registration.use_cases import partners as use_cases
from services.registration.web.events import find
from shared import clock
from shared.errors import NotFound, RuleError
from shared.identity import requires, who
from shared.web import db
from shared.web.forms import Loaded
from shared.web.words import _

blueprint = Blueprint("partners", __name__)
_STAFF = "/equipe/evenements/<slug>/partenaires"


@blueprint.get("/logos/<address>.png")
def logo(address: str) -> Response:
    """The picture, for everybody alike: kept for a day, so that one taken away is gone the day after."""
    with db().reading() as session:
        body = queries.served(session, address)
    if body is None:
        raise NotFound("logo-unknown", _("Ce logo n’est plus là."))
    answer = Response(body, mimetype="image/png")
    answer.headers["Cache-Control"] = "public, max-age=86400"
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer.set_etag(address)
    answer.make_conditional(request)
    return answer


@blueprint.get(_STAFF)
@requires("staff", "auditor")
def index(slug: str) -> str:
    """Each of them, with what it does and its logo."""
    with db().reading() as session:
        return _page(session, find(session, slug))


@blueprint.post(f"{_STAFF}/logo")
@requires("staff")
def keep(slug: str) -> ResponseReturnValue:
    """A logo for the name that the form says; refused, the page says why beside it."""
    with db().reading() as session:
        event = find(session, slug)
        number = _number(event)
        name = queries.names(event)[number]
        sent = request.files.get(f"logo-{number}")
        try:
            if sent is None or not sent.filename:
                raise RuleError("logo", _("Choisissez d’abord une image."), status=422)
            drawn = logos.read(sent.stream.read(logos.LARGEST + 1))
        except RuleError as error:
            typed = Loaded()
            typed.refuse(f"logo-{number}", _(error.message))
            return _page(session, event, typed), error.status
        finally:
            if sent is not None:
                sent.close()
    with db().transaction() as session:
        use_cases.keep_logo(session, event.id, name, drawn, clock.now(), who=who())
    flash(_("Le logo de %(name)s est en place.", name=name), "done")
    return redirect(url_for(".index", slug=slug), 303)


@blueprint.post(f"{_STAFF}/sans-logo")
@requires("staff")
def remove(slug: str) -> ResponseReturnValue:
    with db().transaction() as session:
        event = find(session, slug)
        name = queries.names(event)[_number(event)]
        gone = use_cases.remove_logo(session, event.id, name, clock.now(), who=who())
    flash(_("Le logo de %(name)s est retiré.", name=name) if gone else _("Il n’y avait pas de logo."), "done")
    return redirect(url_for(".index", slug=slug), 303)


def _number(event: Event) -> int:
    """Where the name that the form says stands. Raises NotFound when it does not, any more."""
    names = queries.names(event)
    said = request.form.get("name", "")
    if said not in names:
        raise NotFound("partner-unknown", _("Ce nom n’est plus parmi les partenaires. Ouvrez la page de nouveau."))
    return names.index(said)


def _page(session: Session, event: Event, form: Loaded | None = None) -> str:
    names = queries.names(event)
    roles = [_("Organise, répond aux courriels"), *(_(ROLES[one.role]) for one in event.partners)]
    return render_template(
        "events/partners.html",
        event=event,
        rows=list(zip(names, roles, strict=True)),
        logos=queries.logos(session, names),
        form=form or Loaded(),
        labels={f"logo-{number}": name for number, name in enumerate(names)},
    )
