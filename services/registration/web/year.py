"""Step 1 of nine for the staff: the year on one line, for a Monday morning. Next: queries/year.py."""

from __future__ import annotations

import datetime as dt

from babel import dates
from flask import Blueprint, render_template, request, url_for
from flask_babel import get_locale
from markupsafe import Markup

from services.registration.queries import support
from services.registration.queries import year as queries
from services.registration.rules import year as rules
from services.registration.rules.choices import N_
from services.registration.rules.year import Thing
from shared import clock
from shared.clock import PARIS
from shared.identity import current_staff, requires
from shared.web import db
from shared.web.words import _

blueprint = Blueprint("year", __name__, url_prefix="/equipe/annee")

LANES = {
    "event": N_("Évènements"),
    "assembly": N_("Assemblées"),
    "call": N_("Appels"),
    "issue": N_("L’Écho du Réseau"),
}
WHAT = {
    "event": N_("rencontre"),
    "opens": N_("ouverture des inscriptions"),
    "closes": N_("clôture des inscriptions"),
    "assembly": N_("séance"),
    "convene": N_("dernier jour pour convoquer"),
    "call_opens": N_("ouverture de l’appel"),
    "call_closes": N_("clôture de l’appel"),
    "call_decided": N_("procès-verbal signé"),
    "issue_due": N_("parution prévue"),
    "issue_out": N_("parution"),
    "contributions": N_("fin des contributions"),
}
LATE = {
    "call": N_("clos, le procès-verbal du jury n’est pas signé"),
    "issue": N_("la parution était prévue ce jour-là"),
}
ROW, WIDE = 16, 1200
"""Height of a row and width of the year, in units of the picture."""


@blueprint.get("/")
@requires("staff", "auditor")
def index() -> str:
    """The five weeks ahead in words, the year as a picture, and the table behind it."""
    now, staff = clock.now(), current_staff()
    today = now.astimezone(PARIS).date()
    year = _asked(today.year)
    first, last = dt.date(year, 1, 1), dt.date(year, 12, 31)
    with db().reading() as session:
        things = queries.things(session, first, last, now)
        waiting = support.waiting(session, today)
        near = queries.things(session, today - dt.timedelta(days=7), today + dt.timedelta(weeks=rules.WEEKS), now)
    lines = sorted(
        ((moment, thing) for thing in things for moment in thing.moments if moment.on.year == year),
        key=lambda line: (line[0].on, str(line[0].at or "")),
    )
    return render_template(
        "year/index.html",
        year=year,
        today=today,
        weeks=rules.ahead(near, today),
        waiting=waiting,
        may_change=bool(staff and staff.has("staff")),
        late=rules.late(near, today),
        lines=lines,
        pictures=[(_(words), _picture(lane, things, year, today)) for lane, words in LANES.items()],
        what={key: _(words) for key, words in WHAT.items()},
        late_words={key: _(words) for key, words in LATE.items()},
        lanes={key: _(words) for key, words in LANES.items()},
        months=[*dates.get_month_names("abbreviated", locale=get_locale() or "fr").values()],
        link=_link,
    )


def _asked(this: int) -> int:
    typed = request.args.get("annee", "")
    return min(2100, max(2000, int(typed))) if typed.isascii() and typed.isdigit() and len(typed) == 4 else this


def _link(thing: Thing) -> str:
    """Where to work on it; the address that the other service gave, or ""."""
    if thing.lane == "event":
        return url_for("events.show", slug=thing.key)
    if thing.lane == "assembly":
        return url_for("assemblies.show", assembly_id=thing.key)
    return thing.url


def _picture(lane: str, things: list[Thing], year: int, today: dt.date) -> Markup:
    """One lane of the year: a bar for each thing, hatched where it is a draft, and a line for today."""
    own = [one for one in things if one.lane == lane and one.first.year <= year <= one.last.year]
    rows = rules.rows(own) or [[]]
    height = ROW * len(rows)
    months = [
        Markup('<rect class="year-month" x="{}" width="100" height="{}"/>').format(m * 100, height)
        for m in range(0, 12, 2)
    ]
    bars = [_bar(one, number, year) for number, row in enumerate(rows) for one in row]
    now = Markup('<rect class="year-today" x="{:.1f}" width="3" height="{}"/>').format(
        WIDE * rules.place(today, year), height
    )
    label = _("%(what)s en %(year)d : %(count)d", what=_(LANES[lane]), year=year, count=len(own))
    return Markup(
        '<svg class="year-lane" viewBox="0 0 {wide} {height}" height="{height}" preserveAspectRatio="none" role="img"'
        ' aria-label="{label}">{months}{bars}{now}</svg>'
    ).format(
        wide=WIDE,
        height=height,
        label=label,
        months=Markup("").join(months),
        bars=Markup("").join(bars),
        now=now if today.year == year else "",
    )


def _bar(thing: Thing, row: int, year: int) -> Markup:
    begin, end = (WIDE * rules.place(day, year) for day in (thing.first, thing.last + dt.timedelta(days=1)))
    width = max(WIDE * rules.SHOWN.days / 365, end - begin)
    return Markup(
        '<rect class="year-{lane}{draft}" x="{x:.1f}" y="{y}" width="{w:.1f}" height="{h}">'
        "<title>{title}</title></rect>"
    ).format(
        lane=thing.lane,
        draft=" is-draft" if thing.draft else "",
        x=min(begin, WIDE - width),
        y=row * ROW + 2,
        w=width,
        h=ROW - 4,
        title=thing.title,
    )
