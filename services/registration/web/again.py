"""Step 1 of nine: who registered before, at the form of another event. Next: services/registration/web/public.py."""

from __future__ import annotations

from flask import Blueprint, make_response, render_template
from flask.typing import ResponseReturnValue

from services.registration.queries import forms
from services.registration.queries import public as queries
from services.registration.queries.standing import standing
from services.registration.rules.people import is_reachable
from services.registration.use_cases import links
from services.registration.web import answers, public
from shared import clock
from shared.web import db
from shared.web.forms import Loaded
from shared.web.security import keep_private

blueprint = Blueprint("again", __name__)

_WHO = ("first_name", "last_name", "email", "phone", "structure", "function", "actor_type", "department")


@blueprint.get("/prochaines/<token>")
def coming(token: str) -> ResponseReturnValue:
    """Where one can register now, for who holds a link of an event. The address is a secret."""
    with db().reading() as reading:
        before = standing(reading, links.open_link(reading, token))
        rows = [one for one in queries.coming(reading, clock.now()) if one != before.event and not public.closed(one)]
        body = render_template("public/coming.html", token=token, before=before.event, rows=rows)
    return keep_private(make_response(body))


@blueprint.get("/e/<slug>/inscription/<token>")
def form(slug: str, token: str) -> ResponseReturnValue:
    """The form with who they are in it, for who holds a link of another event; what they chose then is not."""
    with db().reading() as reading:
        before = standing(reading, links.open_link(reading, token))
        found = public.find(reading, slug)
        known = {name: getattr(before.registration, name) for name in _WHO}
        if not is_reachable(known["email"]):
            known["email"] = ""
        asked = answers.Asked(forms.current(reading, found.id))
        body = public.form_page(reading, found, asked, Loaded(raw=known), again=before.event)
    return keep_private(make_response(body))
