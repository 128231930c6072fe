"""Step 1 of a correction: what was filed is taken up again, or left as it was. Next: use_cases/corrections.py."""

from __future__ import annotations

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue

from services.jury.use_cases import corrections
from services.jury.web.staff import act
from shared.web import arrived
from shared.web.limits import limited
from shared.web.words import _

blueprint = Blueprint("corrections", __name__)


@blueprint.post("/dossiers/<token>/corriger")
@limited(10, "minute")
def begin(token: str) -> ResponseReturnValue:
    now = arrived()
    return act(lambda session: corrections.begin(session, token, now=now), url_for("applications.show", token=token))


@blueprint.post("/dossiers/<token>/garder")
@limited(10, "minute")
def give_up(token: str) -> ResponseReturnValue:
    now = arrived()
    return act(
        lambda session: corrections.give_up(session, token, now=now),
        url_for("applications.show", token=token),
        done=_("La correction est abandonnée : votre dossier reste tel qu’il est déposé."),
    )
