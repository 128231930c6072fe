"""Step 1 of nine for the staff: events and their dashboard. Next: services/registration/use_cases/events.py."""

from __future__ import annotations

import calendar
import dataclasses
import datetime as dt
from collections.abc import Mapping

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from services.registration import drafts
from services.registration.drafts import EventDraft, draft, moved, next_edition, within
from services.registration.event_templates import TEMPLATES
from services.registration.models.events import Event
from services.registration.queries import callings_off, identity
from services.registration.queries import public as public_queries
from services.registration.queries import selection as selected
from services.registration.queries import staff as queries
from services.registration.queries.copies import left_behind
from services.registration.queries.places import Places, places
from services.registration.queries.workshop_attendance import turnouts
from services.registration.rules.choices import ACTOR_LABELS, EVENT_STATES
from services.registration.rules.seats import Count
from services.registration.use_cases import badges, reserves
from services.registration.use_cases import events as use_cases
from services.registration.use_cases import forms as form_use_cases
from services.registration.web import answers, dashboard, event_form, programme_form, seats, settled
from services.registration.web.departments import department_labels
from services.registration.web.happened import EVENT
from shared import audit, clock
from shared.clock import PARIS
from shared.errors import NotFound, RuleError
from shared.identity import current_staff, requires, who
from shared.web import db, i18n, settings
from shared.web.forms import Loaded, tidy
from shared.web.words import _, ngettext

blueprint = Blueprint("events", __name__, url_prefix="/equipe")

STATE_TONES = {"draft": "none", "published": "done", "closed": "stop", "archived": "none", "called_off": "stop"}
MOST_PLACES = 100_000


@blueprint.get("/")
@requires("staff", "desk", "auditor", "treasurer")
def index() -> ResponseReturnValue:
    """Every event, with how full it is; the treasurer's work begins elsewhere."""
    staff = current_staff()
    if staff and not staff.has("staff", "desk", "auditor"):
        return redirect(url_for("report.index"), 303)
    with db().reading() as session:
        events = queries.events(session)
        return render_template(
            "events/index.html",
            rows=[(event, places(session, event.id).event) for event in events],
            beyond=queries.beyond(session, events),
            states=EVENT_STATES,
            tones=STATE_TONES,
        )


@blueprint.get("/evenements")
@requires("staff", "desk", "auditor")
def shortened() -> ResponseReturnValue:
    """Who cuts the end off an event's address means the list."""
    return redirect(url_for(".index"), 303)


@blueprint.get("/evenements/nouveau")
@requires("staff")
def new() -> ResponseReturnValue:
    """Choose a template or an earlier event; then the form, filled with it."""
    with db().reading() as session:
        base = _base(session, request.args)
        if base and not request.args.get("copie"):
            ours = identity.organiser(session, clock.now())
            base = dataclasses.replace(base, organiser_name=ours["name"], organiser_email=ours["email"])
        if base is None:
            return render_template(
                "events/choose.html", templates=list(TEMPLATES.values()), earlier=queries.events(session)[:12]
            )
        return _new_page(event_form.filled(base), request.args, base)


@blueprint.post("/evenements/nouveau")
@requires("staff")
def create() -> ResponseReturnValue:
    values = request.form.to_dict()
    with db().reading() as session:
        base = _base(session, values) or draft(TEMPLATES["agora"], clock.now().date())
    today = clock.now().astimezone(PARIS).date()
    typed, made = event_form.read(answers.Posted(values), values, base, today=today)
    if made is None:
        return _new_page(typed, values, base), 422
    missing: list[str] = []
    if values.get("modele") in TEMPLATES:
        asked, made = made, drafts.settled(made)
        missing = _missing(base, asked, made)
    try:
        with db().transaction() as session:
            event, kept, left = use_cases.create(session, within(made), clock.now(), who=who()), 0, []
            if copied := values.get("copie"):
                earlier = find(session, copied)
                kept = reserves.keep_again(session, earlier, event, clock.now(), who=who())
                badges.keep_again(earlier, event)
                left = left_behind(session, earlier)
    except RuleError as error:
        typed.refuse(error.field or "", _(error.message))
        return _new_page(typed, values, base), error.status
    flash(_("L’évènement est créé, en brouillon. Relisez sa page, puis publiez-le."), "done")
    if missing:
        flash(" ".join(missing), "wait")
    if kept:
        again = ngettext(
            "%(num)d réserve de places est reprise : relisez « Places gardées ».",
            "%(num)d réserves de places sont reprises : relisez « Places gardées ».",
            kept,
        )
        flash(again, "done")
    if left:
        flash(_("À régler de nouveau, la copie ne le reprend pas : %(what)s.", what=", ".join(map(_, left))), "going")
    return redirect(url_for(".show", slug=event.slug), 303)


def _missing(base: EventDraft, asked: EventDraft, made: EventDraft) -> list[str]:
    """What of its template an event has not, at the hours that were chosen, and whether its words still have it."""
    unfed, out = drafts.loses_its_meal(base, made), drafts.left_out(asked, made)
    said = []
    if unfed:
        said.append(
            _("À ces heures, la journée n’a pas de déjeuner : ni son programme ni son formulaire n’en parlent.")
        )
    if out:
        what = ", ".join(_("« %(title)s »", title=one) for one in out)
        said.append(_("Pas repris du modèle, faute de place à ces heures : %(what)s.", what=what))
    told = f"{made.summary} {made.description}"
    if (unfed and drafts.tells_of_a_meal(told)) or any(one in told for one in out):
        said.append(_("La présentation en parle encore : relisez-la."))
    return said


def _new_page(form: Loaded, chosen: Mapping[str, str], base: EventDraft) -> str:
    template = TEMPLATES.get(chosen.get("modele", ""))
    slots = {f"workshops-{number}": slot for number, slot in enumerate(base.slots)}
    return render_template(
        "events/new.html",
        form=form,
        event_rows=event_form.rows,
        partner_roles=event_form.partner_roles,
        remind_words=event_form.remind_words,
        labels=event_form.labels() | {name: slot.label for name, slot in slots.items()},
        slots=slots,
        template=template,
        copied=chosen.get("copie", "") if template is None else "",
    )


def _base(session: Session, chosen: Mapping[str, str]) -> EventDraft | None:
    """What the form starts from: a template, or an earlier event a year later on the same weekday."""
    if template := TEMPLATES.get(chosen.get("modele", "")):
        latest = next((event for event in queries.events(session) if event.kind == template.kind), None)
        edition = (latest.edition or 0) + 1 if latest else 1
        return draft(template, _proposed(template.kind, latest), edition=edition)
    if copied := chosen.get("copie", ""):
        earlier = use_cases.draft_of(session, find(session, copied))
        again = moved(earlier, earlier.starts_at + dt.timedelta(weeks=52))
        return dataclasses.replace(next_edition(_renamed(session, again)), slug="")
    return None


def _renamed(session: Session, again: EventDraft) -> EventDraft:
    """With the network's name of today, where the earlier event has the one of then."""
    now = clock.now()
    if not identity.now_called(session, again.organiser_name, now.astimezone(PARIS).date()):
        return again
    ours = identity.organiser(session, now)
    return dataclasses.replace(again, organiser_name=ours["name"], organiser_email=ours["email"])


def _proposed(kind: str, latest: Event | None) -> dt.date:
    """A day to start from, always to come: a Thursday four weeks on; for the Agora the second Friday of October."""
    today = clock.now().date()
    if kind == "agora":
        year = today.year if _second_friday_of_october(today.year) > today else today.year + 1
        return _second_friday_of_october(year if latest is None else max(year, latest.starts_at.year + 1))
    return today + dt.timedelta(days=28 + calendar.THURSDAY - today.weekday())


@blueprint.get("/evenements/<slug>")
@requires("staff", "desk", "auditor")
def show(slug: str) -> str:
    """The dashboard of one event."""
    return _dashboard(slug, Loaded())


def _dashboard(slug: str, changing: Loaded) -> str:
    """changing: numbers of places that were not taken, each by its limit."""
    staff, now = current_staff(), clock.now()
    with db().reading() as session:
        event = find(session, slug)
        left = places(session, event.id)
        see_to = settled.to_see_to(event, settled.parts(session, event, now), now) if event.state == "draft" else []
        return render_template(
            "events/show.html",
            see_to=len(see_to),
            outside=programme_form.outside(event, event.starts_at, event.ends_at) if event.state == "draft" else "",
            **(dashboard.needs(session, event) if staff and staff.has("staff") else {}),
            event=event,
            places=left,
            kept=seats.kept(left.event),
            limits=_limits(event, left),
            changing=changing,
            happened={what: _(words) for what, words in EVENT.items()},
            words=event_form.labels(),
            said=event_form.said,
            **dashboard.pictures(session, event, left.event.capacity, clock.now()),
            dates=dashboard.dates(session, event, left.event.reserves, clock.now()),
            now=clock.now(),
            off_with=callings_off.joined(session, event.id) if event.state == "called_off" else None,
            assembly_off=callings_off.assembly_off(session, event),
            figures=queries.figures(session, event.id, clock.now()),
            turnouts=turnouts(session, event.id),
            history=audit.history(session, "event", event.id),
            address=f"{settings().public_url}/e/{event.slug}",
            state=_(EVENT_STATES[event.state]),
            tone=STATE_TONES[event.state],
            types={key: _(words) for key, words in ACTOR_LABELS.items()},
            departments=department_labels(),
            over=event.ends_at <= clock.now(),
            unreached=selected.count(session, event.id, selected.Wanted(unreached=True)),
            form_waits=form_use_cases.latest(session, event.id).published_at is None,
            removable=event.state == "draft" and use_cases.removable(session, event),
            days_left=(event.starts_at.date() - clock.now().date()).days,
        )


@blueprint.get("/evenements/<slug>/reglages")
@requires("staff", "auditor")
def settings_page(slug: str) -> str:
    """All that is set, each with the page that changes it, and what to see to before publishing."""
    staff, now = current_staff(), clock.now()
    with db().reading() as session:
        event = find(session, slug)
        found = settled.parts(session, event, now)
        return render_template(
            "events/settled.html",
            event=event,
            parts=found,
            see_to=settled.to_see_to(event, found, now),
            state=_(EVENT_STATES[event.state]),
            tone=STATE_TONES[event.state],
            may_change=staff is not None and staff.has("staff") and event.state != "called_off",
        )


@blueprint.post("/evenements/<slug>/publier")
@requires("staff")
def publish(slug: str) -> ResponseReturnValue:
    with db().transaction() as session:
        event = find(session, slug)
        use_cases.publish(session, event.id, clock.now(), who=who(), site=settings().public_url)
        opens, unfit = event.opens_at, programme_form.warnings(event, programme_form.uses(event))
    flash(_("L’évènement est publié : sa page est ouverte à tout le monde."), "done")
    if opens and clock.now() < opens:
        flash(
            _("On s’y inscrira à partir du %(moment)s. Plus tôt ? Changez l’ouverture.", moment=i18n.moment(opens)),
            "going",
        )
    if unfit:
        flash(_("À revoir dans le programme : %(what)s", what=" ".join(unfit[:3])), "going")
    return redirect(url_for(".show", slug=slug), 303)


@blueprint.post("/evenements/<slug>/clore")
@requires("staff")
def close(slug: str) -> ResponseReturnValue:
    with db().transaction() as session:
        use_cases.close(session, find(session, slug).id, clock.now(), who=who())
    flash(_("Les inscriptions sont closes. Les liens personnels marchent toujours."), "done")
    return redirect(url_for(".show", slug=slug), 303)


@blueprint.post("/evenements/<slug>/archiver")
@requires("staff")
def archive(slug: str) -> ResponseReturnValue:
    with db().transaction() as session:
        use_cases.archive(session, find(session, slug).id, clock.now(), who=who())
    flash(_("L’évènement est archivé : sa page reste, les listes ne le montrent plus."), "done")
    return redirect(url_for(".show", slug=slug), 303)


@blueprint.post("/evenements/<slug>/brouillon")
@requires("staff")
def withdraw(slug: str) -> ResponseReturnValue:
    with db().transaction() as session:
        use_cases.withdraw(session, find(session, slug).id, clock.now(), who=who(), site=settings().public_url)
    flash(_("L’évènement est de nouveau un brouillon, visible de l’équipe seule."), "done")
    return redirect(url_for(".show", slug=slug), 303)


@blueprint.get("/evenements/<slug>/effacer")
@requires("staff")
def ask_removal(slug: str) -> str:
    with db().reading() as session:
        event = find(session, slug)
        use_cases.refuse_to_remove(session, event)
        return render_template("events/remove.html", event=event)


@blueprint.post("/evenements/<slug>/effacer")
@requires("staff")
def remove(slug: str) -> ResponseReturnValue:
    with db().transaction() as session:
        use_cases.remove(session, find(session, slug).id, clock.now(), who=who())
    flash(_("Le brouillon est effacé."), "done")
    return redirect(url_for(".index"), 303)


@blueprint.post("/evenements/<slug>/places")
@requires("staff")
def capacity(slug: str) -> ResponseReturnValue:
    """Change the capacity of the event or of one workshop; refused, the dashboard says why beside what was typed."""
    name, typed = request.form.get("quota", ""), tidy(request.form.get("capacity", ""))
    with db().reading() as session:
        event = find(session, slug)
        left = {place: one for place, _words, one in _limits(event, places(session, event.id))}.get(f"places-{name}")
    if left is None:
        raise NotFound("quota-unknown", _("Cette limite n’existe pas."))
    changing = Loaded.of({f"places-{name}": typed[:40]})
    number = "".join(typed.split())
    if not (number.isascii() and number.isdigit() and len(number) < 9 and int(number) <= MOST_PLACES):
        changing.refuse(
            f"places-{name}",
            ngettext(
                "Écrivez un nombre entier, de %(num)d, la place déjà donnée, à %(most)s.",
                "Écrivez un nombre entier, de %(num)d, les places déjà données, à %(most)s.",
                left.taken,
                most=i18n.number(MOST_PLACES),
            )
            if left.taken
            else _("Écrivez un nombre entier, de 0 à %(most)s.", most=i18n.number(MOST_PLACES)),
        )
        return _dashboard(slug, changing), 422
    try:
        with db().transaction() as session:
            moved = use_cases.set_capacity(
                session, left.quota_id, int(number), clock.now(), who=who(), site=settings().public_url
            )
    except RuleError as error:
        changing.refuse(f"places-{name}", _(error.message))
        return _dashboard(slug, changing), error.status
    flash(
        ngettext(
            "C’est enregistré. %(num)d personne quitte la liste d’attente.",
            "C’est enregistré. %(num)d personnes quittent la liste d’attente.",
            moved,
        ),
        "done",
    )
    return redirect(url_for(".show", slug=slug), 303)


def _limits(event: Event, left: Places) -> list[tuple[str, str, Count]]:
    """(name of its field, words, what is left): the whole event, then each workshop."""
    found = [(_("Toute la rencontre"), left.event)]
    found += [(workshop.title, left.workshops[workshop.id]) for workshop in event.workshops]
    return [(f"places-{one.quota_id}", words, one) for words, one in found]


def find(session: Session, slug: str, *, programme: bool = True) -> Event:
    event = public_queries.event_page(session, slug, drafts=True, programme=programme)
    if event is None:
        raise NotFound("event-unknown", _("Cet évènement n’existe pas."))
    return event


def _second_friday_of_october(year: int) -> dt.date:
    first = dt.date(year, 10, 1)
    return first + dt.timedelta(days=(4 - first.weekday()) % 7 + 7)
