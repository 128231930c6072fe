"""Step 1 of nine, for whoever asks who we are and what we keep: the pages that the law wants on every site.

What they say of personal data is the register in shared/web/processing.py.
"""

from __future__ import annotations

from flask import Blueprint, render_template

from services.registration.queries import identity
from shared import clock
from shared.clock import PARIS
from shared.identity import requires
from shared.network import of_day
from shared.web import db
from shared.web.processing import ACTIVITIES

blueprint = Blueprint("legal", __name__)


@blueprint.get("/mentions-legales")
def notice() -> str:
    """Who publishes this site, and whose machines it runs on."""
    today = clock.now().astimezone(PARIS).date()
    with db().reading() as session:
        known = identity.listed(session)
    current = of_day(known, today)
    former = identity.former(known, current) if current else []
    return render_template("legal/notice.html", current=current, former=former)


@blueprint.get("/donnees-personnelles")
def personal_data() -> str:
    """What the three services keep about people, why and how long, and what each person may ask for."""
    return render_template("legal/personal_data.html", activities=ACTIVITIES)


@blueprint.get("/accessibilite")
def accessibility() -> str:
    """What was done so that everybody can use these pages, how it was checked, and whom to write to."""
    return render_template("legal/accessibility.html")


@blueprint.get("/equipe/registre")
@requires("staff", "auditor")
def register() -> str:
    """The register of processing, for the network's own file: it prints."""
    return render_template("legal/register.html", activities=ACTIVITIES)
