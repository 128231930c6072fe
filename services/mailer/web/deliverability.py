"""Staff page: what to publish in the DNS, whether it is there, what each provider answers, whom to write to."""

from __future__ import annotations

import datetime as dt
from typing import Any, cast

from flask import Blueprint, render_template, request

from services.mailer import deliverability, statistics
from services.mailer.settings import Settings
from services.mailer.web import words
from services.mailer.web.figures import parts
from shared import clock
from shared.identity import requires
from shared.web import db, settings
from shared.web.limits import limited

blueprint = Blueprint("deliverability", __name__)

YEAR = dt.timedelta(days=365)


@blueprint.get("/delivrabilite")
@requires("editor", "staff", "auditor")
@limited(20, "minute", methods=["GET"])
def show() -> str:
    """The DNS is asked only when somebody says so: the page itself waits for nobody."""
    ours = cast(Settings, settings())
    asked = "verifier" in request.args
    verdicts = deliverability.check(ours) if asked else []
    if not asked:
        verdicts = [deliverability.Verdict(one, "unknown") for one in deliverability.records(ours)]
    with db().reading() as session:
        providers = statistics.providers(session, clock.now() - YEAR)
    return render_template(
        "deliverability.html", asked=asked, verdicts=verdicts, providers=providers, words=words, parts=parts,
        standing=standing,
    )  # fmt: skip


def standing(verdicts: list[deliverability.Verdict]) -> list[tuple[Any, int, str]]:
    """The picture: how many records are as they should be, and how the others are."""
    found = [
        (text, sum(one.state == state for one in verdicts), tone) for state, (text, tone) in words.RECORD_STATE.items()
    ]
    return [one for one in found if one[1]]
