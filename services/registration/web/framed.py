"""Step 1 of nine: the form of an event inside a page of another site. Next: web/public.py, which reads it.

Browsers keep cookies from a frame of another site, and whoever is signed in must lose nothing by what such a page
frames: here nobody has a cookie, whether the browser sends them or not. The form carries a seal, as the ordinary one
does, which names those sites (web/seal.py, decision 0633).
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import ImmutableMultiDict

from services.registration.queries import public as queries
from services.registration.queries.parties import colleagues
from services.registration.queries.ranking import explained
from services.registration.queries.standing import standing
from services.registration.web import public, seal
from shared import clock
from shared.contracts.parts import LOCALES
from shared.web import db, i18n
from shared.web.limits import public_form
from shared.web.security import frame_for, keep_private

blueprint = Blueprint("framed", __name__, url_prefix="/e/<slug>/cadre")


@blueprint.url_value_preprocessor
def as_a_stranger(_endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """Before anything looks at a cookie: there is none, so that nobody is signed in."""
    g.framed, g.framed_by = True, []
    request.cookies = ImmutableMultiDict()
    speak_as_asked()


def speak_as_asked() -> None:
    """The language is that of the address, as if it were remembered already: no cookie is set for it."""
    request.cookies = ImmutableMultiDict({**request.cookies, i18n.COOKIE: request.args.get("lang", "")})


@blueprint.before_request
def whose_pages() -> None:
    """The sites that may show the answer, whatever it is: those of today, or those that the form was given out to, for
    as long as it is good."""
    try:
        with db().reading() as reading:
            g.framed_by = queries.framed_by(reading, (request.view_args or {})["slug"])
    finally:
        if request.method == "POST" and (found := seal.posted()) and not found.old:
            g.framed_by = found.sites


@blueprint.after_request
def shown_there(answer: Response) -> Response:
    answer.headers["X-Robots-Tag"] = "noindex"
    return frame_for(answer, *g.framed_by) if g.framed_by else answer


@blueprint.app_url_defaults
def same_language(endpoint: str, values: dict[str, Any]) -> None:
    """No cookie remembers it: neither for the next page in the frame nor for those that its links open outside."""
    if not g.get("framed") or endpoint.partition(".")[0] not in ("framed", "public", "personal"):
        return
    lang = request.args.get("lang")
    if lang in LOCALES:
        values.setdefault("lang", lang)


@blueprint.get("")
def form(slug: str) -> ResponseReturnValue:
    """For whoever comes where no site may show it, the ordinary form."""
    if not g.framed_by:
        return redirect(url_for("public.form", slug=slug), 303)
    return public.opened(slug)


@blueprint.post("")
@public_form
def register(slug: str) -> ResponseReturnValue:
    """As `public.register`; the personal page opens outside, and what came of it is said here."""
    sent = public.receive(slug)
    if not isinstance(sent, public.Sent):
        return sent
    if sent.token is None:
        return redirect(url_for(".known", slug=slug), 303)
    with db().reading() as reading:
        found = standing(reading, sent.registration_id)
        body = render_template(
            "framed/done.html",
            standing=found,
            ranked=explained(reading, found),
            colleagues=colleagues(reading, sent.registration_id),
            token=sent.token,
            now=clock.now(),
            ignored=public.ignored() if sent.ignored else "",
        )
    return keep_private(make_response(body))


blueprint.add_url_rule("/garde", "kept", public.kept)
blueprint.add_url_rule("/deja-inscrit", "known", public.known)
