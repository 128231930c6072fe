"""Step 1 of nine: a participant's own page, opened by a personal link. Next: use_cases/changing.py."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, send_from_directory, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from sqlalchemy.orm import Session

from services.registration import agenda
from services.registration.queries import forms
from services.registration.queries import papers as papers_of
from services.registration.queries.held import held
from services.registration.queries.parties import colleagues
from services.registration.queries.places import places
from services.registration.queries.ranking import explained
from services.registration.queries.standing import Standing, offer_ran_out, standing, with_seats_beside
from services.registration.queries.workshop_attendance import attended
from services.registration.rules import seats as rules
from services.registration.rules.choices import CONSENTS
from services.registration.rules.english import told
from services.registration.use_cases import (
    answering,
    attaching,
    changing,
    links,
    offers,
    queues,
    registering,
    withdrawing,
)
from services.registration.web import answers, attached, calling_off, differences, public, questions, seats, tickets
from services.registration.web.papers import attesting
from shared import clock
from shared.calendar import ics
from shared.errors import NotFound, RuleError
from shared.web import db, files, settings
from shared.web.forms import Loaded
from shared.web.limits import limited
from shared.web.words import _

blueprint = Blueprint("personal", __name__, url_prefix="/i")


@blueprint.after_request
def keep_ticket(response: Response) -> Response:
    """Shown at the door with no network: the browser may keep this page (static/ticket.js) and show it again."""
    if request.method == "GET" and request.endpoint == "personal.show":
        response.headers["Cache-Control"] = "private, no-cache"
    return response


@blueprint.get("/worker.js")
def worker() -> Response:
    """The script that shows the ticket again without network; it stands here so that it covers /i/ and no more."""
    response = send_from_directory(Path(__file__).parent.parent / "static", "ticket_worker.js")
    response.headers["Cache-Control"] = "no-cache"
    return response


@blueprint.get("/<token>")
def show(token: str) -> str:
    """Certain or waiting, ticket, workshops, what to bring; and what can be done."""
    with db().reading() as session:
        return tickets.kept(session, token) or rendered(session, token)


def rendered(session: Session, token: str) -> str:
    """The page of this link, whatever it has to say."""
    found = standing(session, links.open_link(session, token))
    came = papers_of.has_come(session, found.registration.id)
    return render_template(
        "personal/show.html",
        token=token,
        standing=found,
        qr=tickets.drawn(found.registration.ticket) if found.registration.status == rules.CONFIRMED else "",
        colleagues=colleagues(session, found.registration.id),
        thanks="merci" in request.args,
        ignored=public.ignored() if "deja" in request.args else "",
        undo=rules.may_undo(found.registration.cancelled_at, clock.now()),
        over=clock.now() >= found.event.ends_at,
        now=clock.now(),
        kept=tickets.KEPT,
        begun=clock.now() >= found.event.starts_at,
        called_off=calling_off.reason(found.event),
        came=came,
        seen=came and attended(session, found.registration.id),
        ranked=explained(session, found),
        ran_out=offer_ran_out(session, found.registration),
        elsewhere=with_seats_beside(session, found),
        asked=forms.asked_of(session, found.registration),
    )


@blueprint.get("/<token>/agenda.ics")
def calendar(token: str) -> Response:
    """My workshops and rooms, for the calendar on the phone."""
    with db().reading() as session:
        found = standing(session, links.open_link(session, token))
        off = found.registration.status != rules.CONFIRMED or found.event.state == "called_off"
        body = ics(agenda.slots(found, settings().public_url, cancelled=off))
    name = f"agora-{found.registration.reference}.ics"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(body, mimetype="text/calendar", headers=headers)


@blueprint.get("/<token>/attestation.pdf")
def certificate(token: str) -> Response:
    """The certificate of attendance, for who was checked in, once the meeting began. ateliers: with the workshops."""
    with db().reading() as session:
        found = standing(session, links.open_link(session, token))
        if not papers_of.has_come(session, found.registration.id):
            raise NotFound(
                "not-checked-in",
                _("L’attestation est là dès que vous avez été pointé·e, à l’accueil ou dans un atelier."),
            )
        body = attesting(session, found.event, [found.registration], named="ateliers" in request.args).pdf()
        name = "certificate" if found.registration.locale == "en" else "attestation"
    headers = {"Content-Disposition": f'inline; filename="{name}.pdf"', "Cache-Control": "no-store"}
    return Response(body, mimetype="application/pdf", headers=headers)


@blueprint.get("/<token>/mes-donnees")
def data(token: str) -> str:
    """Everything we hold on this person here: answers, agreements in their words, links sent, what was done."""
    with db().reading() as session:
        return render_template(
            "personal/data.html",
            token=token,
            held=held(session, links.open_link(session, token), proven=links.proves(session, token)),
            words=answers.labels,
            withdrawn=tuple(CONSENTS),
            said=answers.said,
            asked=(*answering.ORDINARY, *answering.SENSITIVE),
        )


@blueprint.get("/<token>/mes-donnees.json")
def download(token: str) -> Response:
    """The same as a file that other programs read."""
    with db().reading() as session:
        found = held(session, links.open_link(session, token), proven=links.proves(session, token))
        body = json.dumps(found.plain(), ensure_ascii=False, indent=2, default=_written)
    return files.download(body, f"agora-{found.standing.registration.reference}.json")


@blueprint.post("/<token>/accords/<purpose>/retirer")
@limited(10, "minute")
def withdraw(token: str, purpose: str) -> ResponseReturnValue:
    """Take one agreement back, also after the event."""
    with db().transaction() as session:
        withdrawing.withdraw(session, links.open_link(session, token), purpose, clock.now())
    flash(_("C’est retiré, et noté avec sa date."), "done")
    return redirect(url_for(".data", token=token), 303)


@blueprint.get("/<token>/fichier/<uuid:file_id>")
def file(token: str, file_id: uuid.UUID) -> Response:
    """A file this person attached."""
    with db().reading() as session:
        row = attaching.open_file(session, links.open_link(session, token), file_id)
        return attached.download(row)


@blueprint.get("/<token>/modifier")
def edit(token: str) -> ResponseReturnValue:
    with db().reading() as session:
        found = standing(session, links.open_link(session, token))
        if found.registration.status == rules.CANCELLED:
            return redirect(url_for(".show", token=token), 303)
        event = registering.load_event(session, found.event.id)
        form = forms.with_chosen(session, found.registration.id, forms.current(session, event.id))
        raw = answers.as_raw(event, changing.answers(session, found.registration.id))
        raw |= questions.raw(forms.given(session, found.registration.id), form)
        if found.registration.participant_list:
            raw["list_reach"] = found.registration.list_reach  # in the words that they agreed to
        raw["seen"] = changing.stamp(session, found.registration.id)
        asked = answers.Asked(form, attached.receive(form, event.id, raw, found.registration.id)[0])
        return _form(session, token, found, event, asked, Loaded(raw=raw))


@blueprint.post("/<token>/modifier")
@limited(30, "minute")
def change(token: str) -> ResponseReturnValue:
    """First the differences are shown; the same answers with `confirm` save them."""
    values = request.form.to_dict()
    if values.get("use_email"):
        values |= {"email": values["use_email"], "email_checked": values["use_email"]}
    with db().reading() as session:
        found = standing(session, links.open_link(session, token))
        event = registering.load_event(session, found.event.id)
        begun = forms.seen(session, event.id, values.get("form_version", ""), clock.now())
        form = forms.with_chosen(session, found.registration.id, begun)
        files, wrong = attached.receive(form, event.id, values, found.registration.id)
        asked = answers.Asked(form, files)
        typed = answers.read(event, values, asked)
        attached.refuse(typed, wrong)
        if typed.data is None or "correct" in values:
            return _form(session, token, found, event, asked, typed), 422 if typed.data is None else 200
        changes = differences.said(session, found, event, asked.form, typed.data)
        if not changes:
            flash(_("Rien n’a changé."), "going")
            return redirect(url_for(".show", token=token), 303)
        meanwhile = differences.meanwhile(session, found.registration.id, values)
        if meanwhile or "confirm" not in values:
            return render_template(
                "personal/differences.html",
                token=token,
                event=event,
                changes=changes,
                meanwhile=meanwhile,
                full=differences.lost(session, found, event, typed.data),
                kept=differences.kept(session, found.registration.id, values),
            ), 409 if meanwhile else 200
    try:
        with db().transaction() as session:
            changing.change(
                session,
                found.registration.id,
                typed.data | {"locale": questions.language()},
                clock.now(),
                site=settings().public_url,
                link=token,
                asked=form.keys,
                seen=values.get("seen", ""),
            )
    except RuleError as error:
        attached.take(typed, error)
        with db().reading() as session:
            found = standing(session, found.registration.id)
            event = registering.load_event(session, found.event.id)
            return _form(session, token, found, event, asked, typed), error.status
    flash(_("C’est modifié. Un courriel le confirme."), "done")
    return redirect(url_for(".show", token=token), 303)


@blueprint.get("/<token>/annuler")
def ask_cancel(token: str) -> ResponseReturnValue:
    with db().reading() as session:
        found = standing(session, links.open_link(session, token))
        if found.registration.status == rules.CANCELLED:
            return redirect(url_for(".show", token=token), 303)
        return render_template(
            "personal/cancel.html",
            token=token,
            standing=found,
            goes_to=queues.goes_to(session, found) if found.registration.status == rules.CONFIRMED else "",
        )


@blueprint.post("/<token>/annuler")
@limited(10, "minute")
def cancel(token: str) -> ResponseReturnValue:
    with db().transaction() as session:
        changing.cancel(session, links.open_link(session, token), clock.now(), site=settings().public_url)
    return redirect(url_for(".show", token=token), 303)


@blueprint.post("/<token>/reprendre")
@limited(10, "minute")
def undo(token: str) -> ResponseReturnValue:
    """Take the cancellation back; told when the seat is gone."""
    try:
        with db().transaction() as session:
            back = changing.undo(
                session,
                links.open_link(session, token),
                clock.now(),
                site=settings().public_url,
                accept_waiting="attente" in request.form,
            )
    except RuleError as error:
        if error.code != "seat-gone":
            raise
        return render_template("personal/seat_gone.html", token=token), 409
    if back.registration.status == rules.WAIT_LISTED:
        flash(_("Vous êtes de nouveau sur la liste d’attente, au rang %(rank)s.", rank=back.rank), "done")
    else:
        flash(_("Votre inscription est de nouveau enregistrée : votre place est certaine."), "done")
        if waiting := [place.workshop for place in back.places if place.outcome == "waiting"]:
            titles = ", ".join(told(workshop, "title", str(get_locale() or "fr")) for workshop in waiting)
            flash(_("En liste d’attente : %(workshops)s.", workshops=titles), "wait")
    return redirect(url_for(".show", token=token), 303)


@blueprint.post("/<token>/atelier/<uuid:workshop_id>/quitter")
@limited(10, "minute")
def leave(token: str, workshop_id: uuid.UUID) -> ResponseReturnValue:
    with db().transaction() as session:
        changing.leave_queue(session, links.open_link(session, token), workshop_id, clock.now())
    flash(_("Vous n’êtes plus sur la liste d’attente de cet atelier."), "done")
    return redirect(url_for(".show", token=token), 303)


@blueprint.post("/<token>/creneau/<uuid:slot_id>/garder")
@limited(10, "minute")
def stay(token: str, slot_id: uuid.UUID) -> ResponseReturnValue:
    """No dearer wish moves me from the workshop that I have."""
    with db().transaction() as session:
        changing.stay(session, links.open_link(session, token), slot_id, clock.now())
    flash(_("C’est noté : vous gardez cet atelier."), "done")
    return redirect(url_for(".show", token=token), 303)


@blueprint.post("/<token>/place")
@limited(20, "minute")
def answer_offer(token: str) -> ResponseReturnValue:
    """Take or leave the seat that is offered, in the event or in one workshop."""
    text = request.form.get("workshop", "")
    try:
        workshop_id = uuid.UUID(text) if text else None
    except ValueError:
        raise RuleError("workshop-unknown", _("Cet atelier n’existe plus."), status=422) from None
    answer = offers.accept if "take" in request.form else offers.decline
    try:
        with db().transaction() as session:
            answer(session, links.open_link(session, token), workshop_id, clock.now(), site=settings().public_url)
    except RuleError as error:
        if error.code != "offer-over":
            raise
        flash(_(error.message), "wait")  # their page says what they have, and what they can do
        return redirect(url_for(".show", token=token), 303)
    taken = _("La place est à vous. Un courriel le confirme.")
    flash(taken if "take" in request.form else _("C’est noté : vous laissez la place."), "done")
    return redirect(url_for(".show", token=token), 303)


def _written(value: Any) -> str:
    return value.isoformat() if isinstance(value, dt.datetime) else str(value)


def _form(session: Session, token: str, found: Standing, event: Any, asked: answers.Asked, typed: Loaded) -> str:
    return render_template(
        "personal/edit.html",
        token=token,
        standing=found,
        event=event,
        form=typed,
        places=seats.said(places(session, event.id)),
        mine={place.workshop.id: place for place in found.places},
        structures=[],
        **answers.options(event, asked, typed, sections=("day", "you", "choices")),
    )
