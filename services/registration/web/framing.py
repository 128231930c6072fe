"""Step 1 of nine for the staff: the form of an event on other sites. Next: services/registration/use_cases/framing.py.

What those sites then show is web/framed.py.
"""

from __future__ import annotations

from flask import Blueprint, Response, current_app, flash, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from services.registration.models.events import Event
from services.registration.rules import framing as rules
from services.registration.use_cases import framing as use_cases
from services.registration.web import framed, public
from services.registration.web.events import find
from shared import clock
from shared.identity import requires, who
from shared.web import db, settings
from shared.web.forms import Loaded, tidy
from shared.web.security import frame_for
from shared.web.words import _

blueprint = Blueprint("framing", __name__)
_STAFF = "/equipe/evenements/<slug>/cadre"


@blueprint.get("/cadre.js")
def script() -> Response:
    """What a page of another site may load, so that a frame is as high as what it shows."""
    answer = current_app.send_static_file("cadre.js")
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    answer.headers["Cache-Control"] = "public, max-age=3600"
    return answer


@blueprint.get(_STAFF)
@requires("staff")
def show(slug: str) -> str:
    """The sites that may, the line to copy there, and how it looks."""
    with db().reading() as session:
        event = find(session, slug, programme=False)
    return _page(event, Loaded(raw={"sites": "\n".join(event.framed_by)}))


@blueprint.post(_STAFF)
@requires("staff")
def allow(slug: str) -> ResponseReturnValue:
    """These sites and no others; a line that is no site is said, and nothing is changed."""
    text = tidy(request.form.get("sites", ""))
    found, wrong = rules.sites(text, local=settings().is_development)
    typed = Loaded(raw={"sites": text.replace("\0", "")})
    if wrong:
        typed.refuse(
            "sites",
            _(
                "« %(line)s » n’est pas l’adresse d’un site en https : corrigez la ligne. Rien n’est changé.",
                line=wrong[0][:100],
            ),
        )
    elif len(found) > rules.MOST:
        typed.refuse("sites", _("Au plus %(most)s sites pour une rencontre.", most=rules.MOST))
    with db().transaction() as session:
        event = find(session, slug, programme=False)
        if typed.errors:
            return _page(event, typed), 422
        changed = use_cases.allow(session, event.id, found, clock.now(), who=who())
    if not changed:
        flash(_("Rien n’a changé."), "going")
    else:
        flash(
            _("C’est enregistré. Copiez la ligne ci-dessous.")
            if found
            else _("Plus aucun site ne montre le formulaire."),
            "done",
        )
    return redirect(url_for(".show", slug=slug), 303)


@blueprint.get(f"{_STAFF}/apercu")
@requires("staff")
def preview(slug: str) -> Response:
    """As another site shows it. For the page above, whose frame runs nothing and lets nothing be sent."""
    g.framed, g.framed_by = True, []
    framed.speak_as_asked()
    return frame_for(make_response(public.opened(slug)), "'self'")


def _page(event: Event, form: Loaded) -> str:
    return render_template("framed/sites.html", event=event, form=form)
