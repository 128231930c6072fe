"""/styleguide, in development only: every piece with the call that makes it."""

from __future__ import annotations

import datetime as dt

from flask import Blueprint, abort, flash, render_template, request
from flask.typing import ResponseReturnValue

from shared.errors import RuleError
from shared.web.forms import Loaded

blueprint = Blueprint("styleguide", __name__, url_prefix="/styleguide")

FRAMES = ("public", "staff", "tablet", "screen", "print")


@blueprint.get("/")
def pieces() -> ResponseReturnValue:
    """All the pieces on one page."""
    form = Loaded(
        errors={"email": ["Cette adresse électronique n’est pas complète : nom@domaine.fr."]},
        raw={"first_name": "Églantine", "email": "eglantine@gmial", "meal": "yes", "topics": ["eau", "ecole"]},
    )
    flash("Votre inscription est enregistrée.", "done")
    return render_template("agora/styleguide.html", form=form, frames=FRAMES, **_samples())


@blueprint.post("/")
def post() -> ResponseReturnValue:
    """The sample form says what it received."""
    return render_template("agora/confirm_sample.html", received=list(request.form.items()))


@blueprint.get("/cadre/<name>")
def frame(name: str) -> ResponseReturnValue:
    """One page frame, nearly empty."""
    if name not in FRAMES:
        abort(404)
    return render_template("agora/frame_sample.html", frame=f"agora/{name}.html", name=name, **_samples())


@blueprint.get("/refus")
def refusal() -> ResponseReturnValue:
    """The page of a rule that says no."""
    raise RuleError("full", "Il ne reste plus de place dans cet atelier. Votre place à la journée est gardée.")


def _samples() -> dict[str, object]:
    at = dt.datetime(2016, 10, 14, 7, 30, tzinfo=dt.UTC)
    return {
        "at": at,
        "per_day": [2, 5, 4, 9, 14, 11, 18, 25, 21, 33, 29, 41],
        "rows": [
            ("Rakotondrainibe", "Association Soa Maharitra", "done", "Inscrite", 2),
            ("Lacombe", "Commune de Saint-Affrique", "wait", "Liste d’attente, rang 3", 1),
            ("Delmas-Vidal", "Lycée agricole de Pamiers", "stop", "Annulée", 1),
        ],
    }
