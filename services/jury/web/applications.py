"""Step 1 of an application: the form behind a personal link. Next: use_cases/applications.py.

What counts for a deadline is when the request began to arrive: shared.web.arrived(), before the body is read.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import asdict
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import Schema, fields, validate

from services.jury import application_rules, budget, deadlines, eligibility, filings, papers, queries, tandems
from services.jury.models import Call
from services.jury.use_cases import application_papers, applications
from services.jury.web import application_pages as pages
from services.jury.web import attached, drafts
from services.jury.web.eligibility import answerable
from services.jury.web.staff import told, translated
from shared import clock
from shared.errors import Refusal, RuleError
from shared.web import arrived, db, i18n, settings
from shared.web.forms import Loaded, load, tidy
from shared.web.limits import limited
from shared.web.words import _, ngettext

blueprint = Blueprint("applications", __name__)
PAPER = "file_"
"""Before the key of a paper: the field in which its file is chosen."""


class StartForm(Schema):
    """Who begins; the rest comes later."""

    first_name = fields.String(required=True, validate=validate.Length(min=1, max=120))
    last_name = fields.String(required=True, validate=validate.Length(min=1, max=120))
    email = fields.Email(required=True, validate=validate.Length(max=254))
    locale = fields.String(load_default="fr", validate=validate.OneOf(["fr", "en"]))
    half = fields.String(load_default="", validate=validate.OneOf(["", *tandems.HALVES]))
    site_web = fields.String(load_default="")


@blueprint.get("/appels/<uuid:call_id>/deposer")
def begin(call_id: uuid.UUID) -> str:
    return _begin(call_id, Loaded())


def _begin(call_id: uuid.UUID, form: Loaded) -> str:
    with db().reading() as session:
        call = answerable(session, call_id)
        late = not deadlines.is_open(clock.now(), call.closes_at)
        return render_template(
            "jury/application_start.html", call=call, organisation=call.organiser_name, form=form, late=late
        )


@blueprint.post("/appels/<uuid:call_id>/deposer")
@limited(10, "minute")
def start(call_id: uuid.UUID) -> ResponseReturnValue:
    now = clock.now()
    form = load(StartForm(), request.form)
    if form.data is not None and not form.data["email"].isascii():
        form.refuse("email", _("Cette adresse électronique n’est pas complète : nom@domaine.fr."))
    if form.data is None or form.data["site_web"]:
        return _begin(call_id, form), 422
    try:
        with db().transaction() as session:
            token = applications.start(session, call_id, form.data, site=settings().public_url, now=now)
    except RuleError as refusal:
        form.refuse(refusal.field or "", told(refusal))
        return _begin(call_id, form), 422
    flash(_("Le dossier est commencé. Son lien vous est aussi envoyé par courriel."), "done")
    return redirect(url_for(".show", token=token), 303)


class ResendForm(Schema):
    """The address that an application carries."""

    email = fields.Email(required=True, validate=validate.Length(max=254))
    site_web = fields.String(load_default="")


@blueprint.get("/appels/<uuid:call_id>/retrouver")
def ask_link(call_id: uuid.UUID) -> str:
    return _ask_link(call_id, Loaded(), told_so=False)


def _ask_link(call_id: uuid.UUID, form: Loaded, *, told_so: bool) -> str:
    with db().reading() as session:
        call = answerable(session, call_id)
        return render_template(
            "jury/application_resend.html", call=call, organisation=call.organiser_name, form=form, told_so=told_so
        )


@blueprint.post("/appels/<uuid:call_id>/retrouver")
@limited(5, "minute")
def resend(call_id: uuid.UUID) -> ResponseReturnValue:
    """The link again, by mail to the address that the application holds; the same answer whether there is one."""
    form = load(ResendForm(), request.form)
    if form.data is None:
        return _ask_link(call_id, form, told_so=False), 422
    if not form.data["site_web"]:
        with db().transaction() as session:
            answerable(session, call_id)
            applications.resend(session, call_id, form.data["email"], site=settings().public_url, now=clock.now())
    return _ask_link(call_id, Loaded(), told_so=True)


@blueprint.post("/dossiers/<token>/lien")
@limited(10, "minute")
def invite(token: str) -> ResponseReturnValue:
    """A second link to the draft, to hand to whoever writes with me; shown once, since only its hash is kept."""
    if (answer := _keep_typed(token, arrived())) is not None:
        return answer
    _take(token, attached.chosen(PAPER))
    try:
        with db().transaction() as session:
            second = applications.invite(session, token, now=clock.now())
            application = applications.open_link(session, token)
            address = applications.address(settings().public_url, second)
            return render_template(
                "jury/application_link.html", **pages.about(session, token, application), address=address
            )
    except RuleError as refusal:
        flash(told(refusal), "stop")
        return redirect(url_for(".show", token=token), 303)


@blueprint.get("/dossiers/<token>/liens")
def links(token: str) -> str:
    """Which links open it, before the others close."""
    with db().reading() as session:
        application = applications.open_link(session, token)
        context = pages.about(session, token, application)
        made = applications.links_of(session, application, context["half"])
        back, close = url_for(".show", token=token), url_for(".close_links", token=token)
        return render_template("jury/links.html", **context, kind="dossier", made=made, back=back, close=close)


@blueprint.post("/dossiers/<token>/liens")
@limited(10, "minute")
def close_links(token: str) -> ResponseReturnValue:
    with db().transaction() as session:
        closed = applications.close_other_links(session, token, now=clock.now())
    words = ngettext(
        "%(num)d autre lien n’ouvre plus ce dossier.", "%(num)d autres liens n’ouvrent plus ce dossier.", closed
    )
    flash(words if closed else _("Cette page est la seule à ouvrir ce dossier."), "done")
    return redirect(url_for(".show", token=token), 303)


@blueprint.get("/dossiers/<token>")
def show(token: str) -> ResponseReturnValue:
    """The draft to go on with, or where the filed application stands."""
    with db().reading() as session:
        application = applications.open_link(session, token)
        if not application.is_written:
            return pages.filed(session, token, application, Loaded())
        if not deadlines.is_open(clock.now(), session.get_one(Call, application.call_id).closes_at):
            return pages.late(session, token, application, {})
        return pages.form(session, token, application, application.written, {}, application.version)


@blueprint.post("/dossiers/<token>")
@limited(60, "minute")
def save(token: str) -> ResponseReturnValue:
    """Save what was typed. What two people changed differently is shown side by side; nothing is lost."""
    given, version = drafts.typed(application_rules.FIELDS)
    if request.form.get("then") == "keep":
        return _keep(token, given, version, arrived())
    if (answer := _save(token, given, version, arrived())) is not None:
        return answer
    _take(token, attached.chosen(PAPER))
    if request.form.get("then") == "check":
        return redirect(url_for(".check", token=token), 303)
    if (kind := request.form.get("add")) in budget.KINDS:
        shown = sum(name.startswith(f"{kind}_amount_") for name in request.form)
        more: dict[str, Any] = {kind: 1 + budget.rows(given, kind, shown)}
        return redirect(url_for(".show", token=token, _anchor=f"budget-{kind}", **more), 303)
    flash(_("Enregistré. Vous pouvez fermer la page et revenir par le même lien."), "done")
    return redirect(url_for(".show", token=token), 303)


def _save(token: str, given: dict[str, str], version: int, now: dt.datetime) -> ResponseReturnValue | None:
    """None once it is saved, or the page that gives back what could not be."""
    try:
        with db().transaction() as session:
            of = request.form.get("reference", "")
            saved = applications.save(session, token, given, version, of=of, now=now)
            return (pages.both(session, token, saved), 409) if saved.left else None
    except RuleError as refusal:
        with db().reading() as session:
            application = applications.open_link(session, token)
            if refusal.code == "too-late":
                return pages.late(session, token, application, given), refusal.status
            flash(told(refusal), "stop")
            if refusal.code == "already-filed":
                return pages.filed(session, token, application, Loaded(), given), refusal.status
    return redirect(url_for(".show", token=token), 303)


def _keep(token: str, given: dict[str, str], version: int, now: dt.datetime) -> ResponseReturnValue:
    """What the page keeps by itself while somebody writes: {said, version}; without a version it was not kept."""
    try:
        with db().transaction() as session:
            of = request.form.get("reference", "")
            kept = applications.keep(session, token, given, version, of=of, now=now)
    except Refusal as refusal:
        return {"said": told(refusal)}, refusal.status
    return {"said": _("Enregistré à %(time)s.", time=i18n.time(clock.now())), "version": kept}


def _keep_typed(token: str, now: dt.datetime) -> ResponseReturnValue | None:
    """Save what was being typed when a paper comes or goes."""
    return _save(token, *drafts.typed(application_rules.FIELDS), now) if "version" in request.form else None


@blueprint.get("/dossiers/<token>/verifier")
def check(token: str) -> ResponseReturnValue:
    """What is missing, and what each article says; then the filing."""
    with db().reading() as session:
        application = applications.open_link(session, token)
        if not application.is_written:
            return redirect(url_for(".show", token=token), 303)
        context = pages.about(session, token, application)
        call, held = context["call"], [one.paper for one in context["papers"]]
        return render_template(
            "jury/application_check.html",
            **context,
            problems=application_rules.problems(application.written, held, call.rulebook, context["earlier"]),
            findings=eligibility.findings(
                call.rulebook,
                application_rules.answers_of(application.written),
                call.closes_at,
                context["earlier"],
            ),
            awaited=application_rules.awaited(held, call.rulebook),
            meetings=tandems.meetings(application.written),
            names=[name for name in tandems.TOGETHER if tandems.lists_names(application.written.get(name, ""))],
            open=applications.in_time(session, application, call.closes_at, clock.now()),
            grace=call.closes_at + deadlines.GRACE if deadlines.in_grace(clock.now(), call.closes_at) else None,
        )


@blueprint.post("/dossiers/<token>/deposer")
@limited(10, "minute")
def file(token: str) -> ResponseReturnValue:
    now = arrived()
    try:
        with db().transaction() as session:
            applications.file(session, token, site=settings().public_url, now=now)
    except RuleError as refusal:
        flash(told(refusal), "stop")
        return redirect(url_for(".check", token=token), 303)
    flash(_("Votre dossier est déposé. La preuve vous est envoyée par courriel."), "done")
    return redirect(url_for(".show", token=token), 303)


@blueprint.get("/dossiers/<token>/copie")
def copy(token: str) -> ResponseReturnValue:
    """Exactly what was filed, to print: ?depot= says which time, else the last; where it is written, what it says now,
    which says that it is not filed."""
    with db().reading() as session:
        application = applications.open_link(session, token)
        context = pages.about(session, token, application)
        number = request.args.get("depot", "")
        if application.is_written and not number:
            return pages.copy(context, None)
        return pages.copy(context, filings.wanted(queries.filings_of(session, application), number))


@blueprint.post("/dossiers/<token>/pieces/<paper>")
@limited(30, "minute")
def attach(token: str, paper: str) -> ResponseReturnValue:
    """Keep what is being typed, and each file that was chosen."""
    now = arrived()
    with db().reading() as session:
        applications.open_link(session, token)
    if (answer := _keep_typed(token, now)) is not None:
        return answer
    refused = _take(token, attached.chosen(PAPER) or [paper], beside=True)
    return _back(token, f"#piece-{refused[0] if refused else paper}")


def _take(token: str, chosen: list[str], *, beside: bool = False) -> list[str]:
    """Check what each file is by its bytes, keep it, note it, and say what became of it; of a refused one `beside` its
    field, when the draft is shown next. Returns the papers that were refused."""
    refused = []
    for paper in chosen:
        try:
            taken = attached.take(PAPER + paper)
            with db().transaction() as session:
                application_papers.attach(session, token, paper, **asdict(taken), begun=arrived(), now=clock.now())
        except papers.Refused as refusal:
            flash(translated(refusal), f"at-piece-{paper}" if beside else "stop")
            refused.append(paper)
        except RuleError as refusal:
            flash(told(refusal), "stop")
            refused.append(paper)
        else:
            flash(_("La pièce est jointe."), "done")
    return refused


@blueprint.post("/dossiers/<token>/pieces/<uuid:attachment_id>/retirer")
@limited(30, "minute")
def detach(token: str, attachment_id: uuid.UUID) -> ResponseReturnValue:
    """Take a paper back out of the draft, or out of what I am completing."""
    now, where = arrived(), ""
    if (answer := _keep_typed(token, now)) is not None:
        return answer
    try:
        with db().transaction() as session:
            where = f"#piece-{application_papers.detach(session, token, attachment_id, now=now).paper}"
    except RuleError as refusal:
        flash(told(refusal), "stop")
    else:
        flash(_("La pièce est retirée."), "done")
    return _back(token, where)


def _back(token: str, where: str, status: int = 200) -> ResponseReturnValue:
    """To the page. An answer to the staff is kept when it is handed over, and until then shown again as typed."""
    if "supplement" not in request.form:
        return redirect(url_for(".show", token=token) + where, 303)
    with db().reading() as session:
        application = applications.open_link(session, token)
        return pages.filed(session, token, application, Loaded.of(request.form)), status


@blueprint.get("/dossiers/<token>/pieces/<uuid:attachment_id>")
def paper(token: str, attachment_id: uuid.UUID) -> ResponseReturnValue:
    with db().reading() as session:
        application = applications.open_link(session, token)
        return attached.give(application_papers.written_paper_of(session, application, attachment_id))


@blueprint.post("/dossiers/<token>/completer")
@limited(10, "minute")
def complete(token: str) -> ResponseReturnValue:
    """Hand over the answer with the files that were chosen; one that is refused keeps it back."""
    now = arrived()
    if _take(token, attached.chosen(PAPER)):
        return _back(token, "")
    try:
        with db().transaction() as session:
            applications.supplement(session, token, tidy(request.form.get("supplement", ""))[:2000], now=now)
    except RuleError as refusal:
        flash(told(refusal), "stop")
        return _back(token, "", refusal.status)
    flash(_("Merci : vos compléments sont transmis."), "done")
    return redirect(url_for(".show", token=token), 303)
