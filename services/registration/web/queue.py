"""Step 1 of nine for the staff: who waits, what is offered and until when. Next: use_cases/offers.py."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from services.registration.queries import waiting as queries
from services.registration.use_cases import offers
from services.registration.web.events import find
from shared import clock
from shared.errors import RuleError
from shared.identity import requires, who
from shared.web import db
from shared.web.forms import Loaded
from shared.web.words import _

blueprint = Blueprint("queue", __name__, url_prefix="/equipe/evenements/<slug>/attente")


@blueprint.get("")
@requires("staff", "auditor")
def index(slug: str) -> str:
    """The event's queue and each workshop's, in order; the offers under way."""
    return _page(slug, None)


@blueprint.post("")
@requires("staff")
def terms(slug: str) -> ResponseReturnValue:
    """Whether a freed seat is offered, and for how long."""
    text = request.form.get("hours", "").strip()
    hours = int(text) if text.isascii() and text.isdigit() and len(text) < 5 else None
    try:
        with db().transaction() as session:
            if text and hours is None:
                hours = 0
            offers.set_hours(session, find(session, slug), hours, clock.now(), who=who())
    except RuleError as error:
        typed = Loaded(raw={"hours": text[:20]})
        typed.refuse("hours", _(error.message))
        return _page(slug, typed), error.status
    flash(_("C’est enregistré. Les propositions déjà faites gardent leur délai."), "done")
    return redirect(url_for(".index", slug=slug), 303)


def _page(slug: str, typed: Loaded | None) -> str:
    with db().reading() as session:
        event = find(session, slug)
        return render_template(
            "events/queue.html",
            event=event,
            form=typed or Loaded.of({"hours": event.offer_hours}),
            rows=queries.queues(session, event.id),
        )
