"""Step 1 of nine: groups that meet again and again, for the staff and for their members. Next: use_cases/groups.py."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import marshmallow as ma
from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from marshmallow import validate
from sqlalchemy.orm import Session

from services.registration.models.groups import ExchangeGroup
from services.registration.queries import groups as queries
from services.registration.rules import editing, erasure
from services.registration.rules import recurrence as rules
from services.registration.rules.dates import WEEKDAYS, at, french_date, read_date, read_time
from services.registration.use_cases import groups as use_cases
from services.registration.web import group_form as forms
from services.registration.web import unreached
from services.registration.web.examples import example_day
from shared import clock
from shared.clock import PARIS
from shared.errors import NotFound, RuleError
from shared.identity import requires, who
from shared.web import db, settings
from shared.web.forms import Loaded, load
from shared.web.limits import limited
from shared.web.security import keep_private
from shared.web.words import _, ngettext

blueprint = Blueprint("groups", __name__)

_BASE = "/equipe/groupes"
_email = validate.Email()


@blueprint.get(f"{_BASE}/")
@requires("staff", "auditor")
def index() -> str:
    with db().reading() as session:
        return render_template("groups/index.html", rows=queries.groups(session), rhythms=forms.RHYTHMS)


@blueprint.get(f"{_BASE}/nouveau")
@requires("staff")
def new() -> str:
    raw = {"every_months": 3, "week": 3, "weekday": 3, "starts": "14:00", "minutes": 120, "capacity": 30}
    return _form(None, Loaded.of(raw))


@blueprint.post(f"{_BASE}/nouveau")
@requires("staff")
def create() -> ResponseReturnValue:
    typed, data = _read()
    if data is None:
        return _form(None, typed), 422
    try:
        with db().transaction() as session:
            slug = use_cases.create(session, data, clock.now(), who=who()).slug
    except RuleError as error:
        typed.refuse(error.field or "", _(error.message))
        return _form(None, typed), error.status
    flash(_("Le groupe est créé. Ajoutez ses membres, puis sa prochaine rencontre."), "done")
    return redirect(url_for(".show", slug=slug), 303)


@blueprint.get(f"{_BASE}/<slug>/modifier")
@requires("staff")
def edit(slug: str) -> str:
    with db().reading() as session:
        group = use_cases.load(session, slug)
        raw = {name: getattr(group, name) for name in use_cases.FIELDS} | {"starts": f"{group.starts:%H:%M}"}
        raw["animator"] = queries.seen(session, group).animator(_today().year)
        return _form(group, Loaded.of(raw))


@blueprint.post(f"{_BASE}/<slug>/modifier")
@requires("staff")
def change(slug: str) -> ResponseReturnValue:
    typed, data = _read()
    if data is None:
        with db().reading() as session:
            return _form(use_cases.load(session, slug), typed), 422
    with db().transaction() as session:
        use_cases.change(session, slug, data, clock.now(), who=who())
    flash(_("C’est enregistré. Les rencontres déjà prévues ne bougent pas."), "done")
    return redirect(url_for(".show", slug=slug), 303)


@blueprint.get(f"{_BASE}/<slug>")
@requires("staff", "auditor")
def show(slug: str) -> str:
    """Next meeting, topics, members, minutes."""
    with db().reading() as session:
        return _page(session, use_cases.load(session, slug), Loaded.of({}))


@blueprint.post(f"{_BASE}/<slug>/membres")
@requires("staff")
def members(slug: str) -> ResponseReturnValue:
    """One line each: first name; last name; address; structure. Lines that cannot be read come back."""
    text = request.form.get("members", "")[:100_000]
    found, wrong = rules.read_members(text)
    good = []
    for one in found:
        try:
            _email(one[2])
            good.append(one)
        except ma.ValidationError:
            wrong.append(" ; ".join(one))
    with db().transaction() as session:
        added = use_cases.add_members(session, slug, good, clock.now(), who=who())
    if wrong:
        typed = Loaded.of({"members": "\n".join(wrong)})
        typed.refuse("members", _("Ces lignes n’ont pas pu être lues : prénom ; nom ; adresse ; structure."))
        with db().reading() as session:
            return _page(session, use_cases.load(session, slug), typed), 422
    flash(ngettext("%(num)d membre de plus.", "%(num)d membres de plus.", added), "done")
    return redirect(url_for(".show", slug=slug), 303)


@blueprint.post(f"{_BASE}/<slug>/membres/<uuid:member_id>/retirer")
@requires("staff")
def remove_member(slug: str, member_id: uuid.UUID) -> ResponseReturnValue:
    with db().transaction() as session:
        use_cases.leave(session, use_cases.load(session, slug), member_id, clock.now(), who=who())
    flash(_("Cette personne ne recevra plus les courriels du groupe."), "done")
    return redirect(url_for(".show", slug=slug), 303)


@blueprint.post(f"{_BASE}/<slug>/rencontres")
@requires("staff")
def plan(slug: str) -> ResponseReturnValue:
    """The proposed day, or another one: a weekday that does not fit is said. With those that follow, if wanted."""
    typed = Loaded.of(request.form.to_dict())
    day, hour = read_date(request.form.get("date", "")[:60]), read_time(request.form.get("starts", "")[:20])
    if day is None:
        typed.refuse("date", _("Écrivez une date, par exemple « %(date)s ».", date=example_day()))
    elif day.mismatch:
        typed.refuse("date", _("%(mismatch)s Corrigez le jour ou la date.", mismatch=day.mismatch))
    if hour is None:
        typed.refuse("starts", _("Écrivez une heure, par exemple 9 h 30."))
    count = typed.raw.get("count") or "1"
    if count not in forms.COUNTS:
        typed.refuse("count", _("Choisissez dans la liste."))
    if day is None or hour is None or typed.errors:
        with db().reading() as session:
            return _page(session, use_cases.load(session, slug), typed), 422
    try:
        with db().transaction() as session:
            first = use_cases.plan(session, slug, at(day.date, hour), clock.now(), who=who(), count=int(count))
    except RuleError as error:
        typed.refuse(error.field or "date", _(error.message))
        with db().reading() as session:
            return _page(session, use_cases.load(session, slug), typed), error.status
    flash(
        ngettext(
            "La rencontre est prévue, en brouillon : choisissez ses sujets, puis conviez le groupe.",
            "%(num)d rencontres sont prévues, en brouillon. Le groupe est convié à l’une après l’autre.",
            int(count),
        ),
        "done",
    )
    return redirect(url_for(".show", slug=slug, _anchor=first.slug), 303)


@blueprint.post(f"{_BASE}/<slug>/convier")
@requires("staff")
def convene(slug: str) -> ResponseReturnValue:
    """To a meeting, or for themes when none is named."""
    event_id = _uuid(request.form.get("event", ""))
    with db().transaction() as session:
        count = use_cases.convene(session, slug, event_id, clock.now(), who=who(), site=settings().public_url)
    flash(ngettext("%(num)d membre reçoit un courriel.", "%(num)d membres reçoivent un courriel.", count), "done")
    return redirect(url_for(".show", slug=slug), 303)


@blueprint.post(f"{_BASE}/<slug>/sujets/<uuid:topic_id>")
@requires("staff")
def choose(slug: str, topic_id: uuid.UUID) -> ResponseReturnValue:
    with db().transaction() as session:
        event_id = _uuid(request.form.get("event", ""))
        use_cases.choose(session, slug, topic_id, event_id, clock.now(), who=who())
    flash(_("C’est noté."), "done")
    return redirect(url_for(".show", slug=slug), 303)


@blueprint.get(f"{_BASE}/<slug>/compte-rendu/<uuid:event_id>")
@requires("staff")
def minutes(slug: str, event_id: uuid.UUID) -> str:
    with db().reading() as session:
        return _minutes(session, slug, event_id, None)


@blueprint.post(f"{_BASE}/<slug>/compte-rendu/<uuid:event_id>")
@requires("staff")
def write_minutes(slug: str, event_id: uuid.UUID) -> ResponseReturnValue:
    typed = load(forms.MinutesFields(), request.form)
    if typed.data is not None:
        try:
            with db().transaction() as session:
                text, seen = typed.data["minutes"], request.form.get("seen", "")
                use_cases.write_minutes(session, slug, event_id, text, clock.now(), who=who(), seen=seen)
        except RuleError as error:
            typed.refuse("minutes", _(error.message))
        else:
            flash(_("Le compte rendu est enregistré : les membres le lisent sur la page du groupe."), "done")
            return redirect(url_for(".show", slug=slug), 303)
    with db().reading() as session:
        return _minutes(session, slug, event_id, typed), 409


@blueprint.get("/g/<token>")
def member(token: str) -> str:
    """A member's own page of the group; for who left, what is kept on them."""
    with db().reading() as session:
        return _member_page(session, token, Loaded.of({}))


@blueprint.post("/g/<token>/je-viens")
@limited(20, "minute")
def come(token: str) -> ResponseReturnValue:
    """To the form of a meeting that is on invitation: a member is invited."""
    with db().transaction() as session:
        where = use_cases.come(session, token, clock.now(), site=request.script_root)
    return redirect(where, 303)


@blueprint.post("/g/<token>/sujet")
@limited(20, "minute")
def propose(token: str) -> ResponseReturnValue:
    typed = load(forms.TopicFields(), request.form)
    if typed.data is None:
        with db().reading() as session:
            return _member_page(session, token, typed), 422
    with db().transaction() as session:
        use_cases.propose(session, token, typed.data["title"], typed.data["details"], clock.now())
    flash(_("Merci. Votre sujet attend d’être choisi pour une rencontre."), "done")
    return redirect(url_for(".member", token=token), 303)


@blueprint.post("/g/<token>/langue")
@limited(20, "minute")
def speak(token: str) -> ResponseReturnValue:
    """In which language the group's mails come."""
    with db().transaction() as session:
        use_cases.speak(session, token, "en" if request.form.get("locale") == "en" else "fr", clock.now())
    flash(_("C’est noté."), "done")
    return redirect(url_for(".member", token=token), 303)


@blueprint.post("/g/<token>/quitter")
@limited(10, "minute")
def leave(token: str) -> ResponseReturnValue:
    with db().transaction() as session:
        group, found = use_cases.open_link(session, token, left=True)
        if found.left_at is None:
            use_cases.leave(session, group, found.id, clock.now(), who="participant")
    return redirect(url_for(".member", token=token), 303)


@blueprint.after_request
def keep_members_private(response: Response) -> Response:
    return keep_private(response) if request.endpoint in ("groups.member", "groups.propose") else response


def _read() -> tuple[Loaded, dict[str, Any] | None]:
    typed = load(forms.GroupFields(), request.form)
    hour = read_time(request.form.get("starts", "")[:20])
    if hour is None and "starts" not in typed.errors:
        typed.refuse("starts", _("Écrivez une heure, par exemple 9 h 30."))
    return typed, None if typed.data is None else typed.data | {"starts": hour}


def _form(group: ExchangeGroup | None, form: Loaded) -> str:
    return render_template(
        "groups/form.html",
        group=group,
        form=form,
        labels=forms.labels(),
        rhythms=[(key, _(words)) for key, words in forms.RHYTHMS.items()],
        weeks=[(key, _(words)) for key, words in forms.WEEKS.items()],
        weekdays=list(enumerate(WEEKDAYS)),
        zones=list(rules.PARTNERS.items()),
        year=_today().year,
    )


def _page(session: Session, group: ExchangeGroup, form: Loaded) -> str:
    seen = queries.seen(session, group)
    language = str(get_locale() or "fr")
    proposed = _proposed(session, group, seen)
    form.raw.setdefault("date", french_date(proposed[0][0].date()))
    form.raw.setdefault("starts", f"{group.starts:%H:%M}")
    return render_template(
        "groups/show.html",
        group=group,
        seen=seen,
        form=form,
        labels=forms.labels(),
        animator=seen.animator(_today().year),
        rhythm=_(forms.RHYTHMS.get(group.every_months, "")),
        week=_(forms.WEEKS[group.week]),
        weekday=WEEKDAYS[group.weekday],
        proposed=[(starts, ends, rules.elsewhere(starts, group.partner_zone, language)) for starts, ends in proposed],
        coming=seen.coming(clock.now()),
        counts=[(one, one) for one in forms.COUNTS],
        now=clock.now(),
        unreached=unreached.members(session, group, seen.members),
    )


def _proposed(session: Session, group: ExchangeGroup, seen: queries.Seen) -> list[tuple[dt.datetime, dt.datetime]]:
    """The next four meetings by the group's rule, the first after the last that is planned."""
    told, last = queries.last_days(session, seen)
    rule = {"every": group.every_months, "week": group.week, "weekday": group.weekday}
    first = rules.following(told, max(_today(), last or _today()), **rule)
    return rules.meetings(first, 4, group.starts, group.minutes, **rule)


def _minutes(session: Session, slug: str, event_id: uuid.UUID, typed: Loaded | None) -> str:
    group = use_cases.load(session, slug)
    meeting = next((one for one in queries.seen(session, group).meetings if one.event_id == event_id), None)
    if meeting is None:
        raise NotFound("meeting-unknown", _("Cette rencontre n’est pas de ce groupe."))
    form = Loaded.of({"minutes": meeting.minutes}) if typed is None else typed
    return render_template(
        "groups/minutes.html",
        group=group,
        meeting=meeting,
        form=form,
        labels={"minutes": _("Compte rendu")},
        theirs=meeting.minutes if typed is not None else "",
        seen=editing.stamp({"minutes": meeting.minutes}),
    )


def _member_page(session: Session, token: str, form: Loaded) -> str:
    group, found = use_cases.open_link(session, token, left=True)
    if found.left_at is not None:
        titles = queries.proposed_by(session, found.id)
        years = erasure.NAMES_KEPT_YEARS
        return render_template("groups/left.html", group=group, member=found, titles=titles, token=token, years=years)
    seen = queries.seen(session, group)
    coming, language = seen.coming(clock.now(), announced=True), str(get_locale() or "fr")
    return render_template(
        "groups/member.html",
        group=group,
        member=found,
        seen=seen,
        form=form,
        labels=forms.labels(),
        token=token,
        animator=seen.animator(_today().year),
        coming=coming,
        elsewhere=rules.elsewhere(coming.event.starts_at, group.partner_zone, language) if coming else "",
    )


def _today() -> dt.date:
    return clock.now().astimezone(PARIS).date()


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text) if text else None
    except ValueError:
        raise NotFound("meeting-unknown", _("Cette rencontre n’est pas de ce groupe.")) from None
