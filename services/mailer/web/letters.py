"""Staff pages: a letter to a list, from its first word to the button that sends it."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import marshmallow as ma
from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from marshmallow import fields, validate
from sqlalchemy.orm import Session

from services.mailer import (
    approval,
    as_reader,
    audience,
    directory,
    letter_sending,
    letters,
    lists,
    publishing,
    segments,
    trials,
    versions,
)
from services.mailer.audience import Filter
from services.mailer.echo import RenderedIssue
from services.mailer.hours import instant
from services.mailer.models.letters import TEXT_LIMIT, Letter
from services.mailer.publishing import House
from services.mailer.web import trial, words
from services.mailer.web.both_versions import LETTER, compare, read_again
from services.mailer.web.figures import shown
from services.mailer.web.house import house
from services.mailer.web.issues import embargoed
from services.mailer.web.mail_view import as_read, framed, reader, source_of, spoken
from services.mailer.web.sending import AloneForm, ScheduleForm, chosen_segment, not_then, probed, seen_version
from shared import clock
from shared.errors import NotFound, RuleError
from shared.identity import current_staff, requires, who
from shared.web import db, settings
from shared.web.forms import Loaded, load
from shared.web.i18n import typography
from shared.web.limits import limited

blueprint = Blueprint("letters", __name__, url_prefix="/lettres")


class LetterForm(ma.Schema):
    list_key = fields.String(required=True, validate=validate.Length(min=1, max=60))
    title = fields.String(required=True, validate=validate.Length(min=1, max=120))
    text = fields.String(required=True, validate=validate.Length(min=1, max=TEXT_LIMIT), metadata={"multiline": True})
    public = fields.Boolean(load_default=False)
    embargo_on = fields.Date(load_default=None, allow_none=True)
    embargo_at = fields.Time(load_default=None, allow_none=True)


@blueprint.get("/")
@requires("editor", "staff", "auditor")
def index() -> str:
    with db().reading() as session:
        every = letters.every(session)
        names = _names(session)
    return render_template("letters/index.html", every=every, names=names, words=words)


def _names(session: Session) -> dict[str, str]:
    return {one.key: one.name for one in lists.every(session)}


# --- writing ----------------------------------------------------------------------------------------------


@blueprint.get("/nouvelle")
@requires("editor", "staff")
def new() -> str:
    return _form(None, Loaded.of({"list_key": request.args.get("liste", "")[:60]}))


@blueprint.get("/<uuid:letter_id>/modifier")
@requires("editor", "staff")
def edit(letter_id: uuid.UUID) -> ResponseReturnValue:
    with db().reading() as session:
        letter = letters.get(session, letter_id)
    if letter.state == "sent" or letter.send_at:
        return redirect(url_for(".show", letter_id=letter_id), 303)
    return _form(letter_id, Loaded.of(_written(letter)))


def _written(letter: Letter) -> dict[str, str]:
    values = {name: getattr(letter, name) for name in ("list_key", "title", "text")}
    values["seen"] = versions.letter(letter)
    if letter.public:
        values["public"] = "true"
    if letter.embargo_until:
        local = letter.embargo_until.astimezone(clock.PARIS)
        values |= {"embargo_on": local.date().isoformat(), "embargo_at": f"{local:%H:%M}"}
    return values


def _form(letter_id: uuid.UUID | None, form: Loaded, *, meanwhile: bool = False) -> str:
    with db().reading() as session:
        both = None
        if letter_id is not None and meanwhile:
            saved = _written(letters.get(session, letter_id))
            said = {"list_key": {one.key: one.name for one in lists.every(session)}, "public": {"true": _("oui")}}
            both = compare(session, form, saved, LETTER, ("letter", letter_id), choices=said)
        readers = lists.readers(session)
        choices = [
            (one.key, f"{one.name} ({readers.get(one.key, 0)})", one.description if one.open else _("liste fermée"))
            for one in lists.every(session)
        ]
    if len(choices) == 1 and not form.raw.get("list_key"):
        form.raw["list_key"] = choices[0][0]
    return render_template(
        "letters/write.html", letter_id=letter_id, form=form, both=both, choices=choices, limit=TEXT_LIMIT
    )


@blueprint.post("/nouvelle")
@requires("editor", "staff")
def create() -> ResponseReturnValue:
    return _save(None)


@blueprint.post("/<uuid:letter_id>/modifier")
@requires("editor", "staff")
def change(letter_id: uuid.UUID) -> ResponseReturnValue:
    return _save(letter_id)


def _save(letter_id: uuid.UUID | None) -> ResponseReturnValue:
    form = load(LetterForm(), request.form)
    if form.data is not None:
        try:
            data = embargoed(form.data)
            with db().transaction() as session:
                seen = form.raw.get("seen")
                letter_id = letters.write(session, letter_id, data, who=who(), now=clock.now(), seen=seen).id
            return redirect(url_for(".show", letter_id=letter_id), 303)
        except RuleError as refusal:
            if refusal.code == versions.MEANWHILE:
                return _form(letter_id, form, meanwhile=True), 409
            form.take(refusal)
    return _form(letter_id, form), 422


@blueprint.post("/<uuid:letter_id>/supprimer")
@requires("editor", "staff")
def drop(letter_id: uuid.UUID) -> ResponseReturnValue:
    with db().transaction() as session:
        letters.drop(session, letter_id, who=who(), now=clock.now())
    flash(_("La lettre est supprimée : elle n’est partie à personne."), "going")
    return redirect(url_for(".index"), 303)


# --- the letter as it stands, and sending it --------------------------------------------------------------


@blueprint.get("/<uuid:letter_id>")
@requires("editor", "staff", "auditor")
@limited(60, "minute", methods=["GET"])
def show(letter_id: uuid.UUID) -> str:
    return _show(letter_id, None)


def _show(letter_id: uuid.UUID, form: Loaded | None) -> str:
    now = clock.now()
    with db().reading() as session:
        letter = letters.get(session, letter_id)
        publisher = house(session, letter.sent_at or letter.send_at)
        stopped = letter_sending.stopped_audience(session, letter)
        choice = chosen_segment(request.values)
        segment = segments.get(session, choice) if choice and not stopped else None
        name, asked = stopped or ((segment.name, Filter.of(segment.filter)) if segment else ("", Filter()))
        if letter.schedule:
            name, asked = str(letter.schedule["segment"]), Filter.of(letter.schedule["filter"])
        reached = audience.count(session, asked, letter.list_key)
        if stopped:
            reached = audience.rest(session, asked, letter.list_key, letter=letter.id)
        mail, read = (_made(session, letter, publisher, language) for language in ("fr", spoken()))
        checks = letter_sending.preflight(session, letter, mail, publisher, reached, letter.send_at or now)
        to = lists.get(session, letter.list_key)
        publisher = publisher.answered(to)
        saved = segments.every(session)
        question = request.args.get("q", "").strip()[:100]
        found = directory.find(session, directory.Search(words=question)) if question else None
        seen = _as_reader(session, letter) if read else None
    checks = probed(checks, mail, publisher)
    early = letter.embargo_until is not None and letter.embargo_until > now
    return render_template(
        "letters/show.html",
        letter=letter,
        to=to,
        name=name,
        segment=segment,
        choices=[(one.id, one.name) for one in saved],
        reached=reached,
        subject=typography(letter.title),
        made=read is not None,
        text=seen.text if seen else as_read(read.text) if read else "",
        question=question,
        found=found,
        seen=seen,
        spoken=spoken(),
        typed=trial.typed(),
        publisher=publisher,
        archive=letter_sending.archive_url(letter, publisher),
        checks=checks,
        early=early,
        blocked=any(check.blocking and not check.passed and check.key != "release" for check in checks),
        again=stopped is not None,
        alone=letter.state != "sent" and not approval.holds(letter, who()),
        approved=approval.holds(letter),
        may_approve=approval.helps(letter, who()),
        read=versions.whole_letter(letter, to),
        form=form if form is not None else Loaded.of(_proposed(letter.embargo_until, now)),
        words=words,
    )


def _made(session: Session, letter: Letter, publisher: House, language: str) -> RenderedIssue | None:
    return publishing.made(lambda: letter_sending.rendered(session, letter, publisher, clock.now(), language))


def _proposed(embargo: dt.datetime | None, now: dt.datetime) -> dict[str, str]:
    """The end of the embargo, else tomorrow morning."""
    if embargo is not None and embargo > now:
        local = embargo.astimezone(clock.PARIS)
        return {"day": local.date().isoformat(), "time": f"{local:%H:%M}"}
    return {"day": (now.astimezone(clock.PARIS).date() + dt.timedelta(days=1)).isoformat(), "time": "09:00"}


@blueprint.get("/<uuid:letter_id>/message")
@requires("editor", "staff", "auditor")
def mail(letter_id: uuid.UUID) -> Response:
    """The mail itself, as it will be sent."""
    with db().reading() as session:
        letter = letters.get(session, letter_id)
        seen = _as_reader(session, letter)
        made = seen or letter_sending.rendered(session, letter, house(session, letter.send_at), clock.now(), spoken())
    return framed(made.html, images="sans-images" not in request.args)


@blueprint.get("/<uuid:letter_id>/source")
@requires("editor", "staff")
def source(letter_id: uuid.UUID) -> Response:
    """The body as the relay would get it, octet for octet."""
    with db().reading() as session:
        seen = _as_reader(session, letters.get(session, letter_id))
    return source_of(seen.raw if seen else None)


@blueprint.get("/<uuid:letter_id>/chiffres")
@requires("editor", "staff", "auditor")
def figures(letter_id: uuid.UUID) -> str:
    """What became of it, without a pixel."""
    with db().reading() as session:
        letter = letters.get(session, letter_id)
        if letter.campaign_id is None:
            raise NotFound("letter", _("Cette lettre n’est pas encore partie : elle n’a pas de chiffres."))
        back = url_for(".show", letter_id=letter_id)
        return shown(session, letter, letter.campaign_id, letter.title, _("Chiffres de la lettre"), back, letter.title)


def _as_reader(session: Session, letter: Letter) -> as_reader.Seen | None:
    contact_id = reader()
    if contact_id is None:
        return None
    publisher = house(session, letter.send_at)
    return as_reader.see_letter(session, letter, publisher, contact_id, secret=settings().secret_key, at=clock.now())


@blueprint.post("/<uuid:letter_id>/essai")
@requires("editor", "staff")
@limited(10, "minute")
def test(letter_id: uuid.UUID) -> ResponseReturnValue:
    """The letter, to the person who asks or to mailboxes that they name, in the language that they look at."""
    staff, now = current_staff(), clock.now()
    assert staff is not None
    to = trial.asked(staff)
    with db().transaction() as session:
        letter = letters.get(session, letter_id)
        publisher = house(session, letter.send_at)
        made = letter_sending.rendered(session, letter, publisher, now, spoken())
        publisher = publisher.answered(lists.get(session, letter.list_key))
        thing = f"letter:{letter_id}"
        trials.send(session, thing, made, publisher, to=to, name=staff.name, now=now)
    if to:
        flash(_("L’essai part à %(email)s.", email=", ".join(to)), "done")
    return redirect(url_for(".show", letter_id=letter_id, langue=request.form.get("langue")), 303)


@blueprint.post("/<uuid:letter_id>/approuver")
@requires("editor", "staff")
def approve(letter_id: uuid.UUID) -> ResponseReturnValue:
    try:
        with db().transaction() as session:
            letter = letters.unsent(session, letter_id)
            letters.approve(session, letter, who=who(), now=clock.now(), seen=request.form.get("seen"))
    except RuleError as refusal:
        return read_again(refusal, url_for(".show", letter_id=letter_id))
    flash(_("Votre approbation est notée. Elle tombe si le texte change."), "done")
    return redirect(url_for(".show", letter_id=letter_id), 303)


@blueprint.post("/<uuid:letter_id>/seul")
@requires("editor", "staff")
def alone(letter_id: uuid.UUID) -> ResponseReturnValue:
    """Nobody else can read it: the reason stays in the journal."""
    form = load(AloneForm(), request.form)
    if form.data is not None:
        try:
            with db().transaction() as session:
                letters.except_alone(session, letter_id, form.data["reason"], who=who(), now=clock.now())
            return redirect(url_for(".show", letter_id=letter_id), 303)
        except RuleError as refusal:
            form.take(refusal)
    return _show(letter_id, form), 422


def _as_shown() -> dict[str, Any]:
    """To whom, and which text: what the page said when its button was pressed."""
    seen = request.form.get("seen")
    return {"segment_id": chosen_segment(request.form), "segment_version": seen_version(), "seen": seen}


@blueprint.post("/<uuid:letter_id>/envoyer")
@requires("editor", "staff")
def send(letter_id: uuid.UUID) -> ResponseReturnValue:
    """Send. A second click finds the letter sent, and shows its ledger."""
    segment = _as_shown()
    try:
        with db().transaction() as session:
            campaign_id = letter_sending.send(session, letter_id, house(session), who=who(), now=clock.now(), **segment)
    except RuleError as refusal:
        if refusal.code == "preflight":
            return _show(letter_id, None), 422
        if refusal.code != "letter-sent":
            return read_again(refusal, url_for(".show", letter_id=letter_id))
        with db().reading() as session:
            campaign_id = letters.get(session, letter_id).campaign_id or uuid.UUID(int=0)
    return redirect(url_for("campaigns.show", campaign_id=campaign_id), 303)


@blueprint.post("/<uuid:letter_id>/programmer")
@requires("editor", "staff")
def schedule(letter_id: uuid.UUID) -> ResponseReturnValue:
    """Send at an hour of Paris."""
    form = load(ScheduleForm(), request.form)
    segment = _as_shown()
    if form.data is not None:
        try:
            at = instant(form.data["day"], form.data["time"])
            with db().transaction() as session:
                letter_sending.schedule(
                    session, letter_id, at, house(session, at), who=who(), now=clock.now(), **segment
                )
            flash(_("L’envoi est programmé. Vous pouvez l’annuler jusqu’à la dernière seconde."), "done")
            return redirect(url_for(".show", letter_id=letter_id), 303)
        except RuleError as refusal:
            if refusal.code == versions.MEANWHILE:
                return read_again(refusal, url_for(".show", letter_id=letter_id))
            not_then(form, refusal)
    return _show(letter_id, form), 422


@blueprint.post("/<uuid:letter_id>/deprogrammer")
@requires("editor", "staff")
def unschedule(letter_id: uuid.UUID) -> ResponseReturnValue:
    with db().transaction() as session:
        letter_sending.cancel(session, letter_id, who=who(), now=clock.now())
    flash(_("Rien ne partira à cette heure-là."), "going")
    return redirect(url_for(".show", letter_id=letter_id), 303)
