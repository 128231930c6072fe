"""Staff pages about contacts: the list, one person, the export."""

from __future__ import annotations

import uuid
from typing import Any

import marshmallow as ma
from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from marshmallow import fields, validate

from services.mailer import (
    audience,
    contacts,
    directory,
    lists,
    moments,
    reconsent,
    returns,
    suppressions,
    unsubscribe,
    why,
)
from services.mailer.addresses import InvalidAddress
from services.mailer.bounces.explain import sentence
from services.mailer.contact_files import split_topics
from services.mailer.contact_words import DEPARTEMENT, KINDS, named
from services.mailer.models.contacts import ECHO, Consent
from services.mailer.models.ledger import Message
from services.mailer.web import selection, words
from services.mailer.web.moments import entries
from shared import audit, clock
from shared.errors import RuleError
from shared.identity import requires, who
from shared.web import db, files, settings
from shared.web.forms import Loaded, load
from shared.web.i18n import number
from shared.web.words import pgettext

blueprint = Blueprint("contacts", __name__, url_prefix="/contacts")
TOLD = {
    "added": "none",
    "corrected": "none",
    "heard": "none",
    "barred": "stop",
    "restored": "done",
    "merged": "none",
    "moved": "none",
}
"""Changes that the page of a person tells, with their tone."""
LONGEST_NOTE = 300
"""Characters: a sentence or three, which the timeline shows whole."""


class PersonForm(ma.Schema):
    first_name = fields.String(load_default="", validate=validate.Length(max=120))
    last_name = fields.String(load_default="", validate=validate.Length(max=120))
    structure = fields.String(load_default="", validate=validate.Length(max=200))
    topics = fields.String(load_default="", validate=validate.Length(max=600))
    zones = fields.String(load_default="", validate=validate.Length(max=600))
    departement = fields.String(
        load_default="", validate=validate.Regexp(rf"({DEPARTEMENT.pattern})?\Z", error=_l("Un code comme 31 ou 2A."))
    )
    kind = fields.String(load_default="", validate=validate.OneOf(["", *KINDS]))
    locale = fields.String(load_default="fr", validate=validate.OneOf(["fr", "en"]))


class NewPersonForm(PersonForm):
    email = fields.String(required=True, validate=validate.Length(min=1, max=254))


class NoteForm(ma.Schema):
    """What the team adds to what it does; each small form of the page has one of these fields."""

    reason = fields.String(load_default="", validate=validate.Length(max=LONGEST_NOTE))
    note = fields.String(load_default="", validate=validate.Length(max=LONGEST_NOTE))
    how = fields.String(load_default="", validate=validate.Length(max=LONGEST_NOTE))


@blueprint.get("/")
@requires("editor", "staff", "auditor")
def index() -> str:
    with db().reading() as session:
        search = selection.asked(session)
        found = directory.find(session, search)
        totals = directory.totals(session)
        of_list = directory.totals(session, search.list) if search.list else totals
        every = [(one.key, one.name) for one in lists.every(session)]
        # A zone or a département that nobody has any more is still shown as what was asked.
        zones = dict.fromkeys([*audience.zones(session), *filter(None, [search.zone])])
        departements = dict.fromkeys([*audience.departements(session), *filter(None, [search.departement])])
    return render_template(
        "contacts/index.html", found=found, totals=totals, of_list=of_list, lists=every, zones=zones,
        departements=departements, named=named, words=words, said=_said(found.total),
        kept=selection.kept(search),
    )  # fmt: skip


@blueprint.get("/compte")
@requires("editor", "staff", "auditor")
def counted() -> Response:
    """How many contacts a search finds, in words: what the page's script shows while one chooses."""
    with db().reading() as session:
        found = directory.count(session, selection.asked(session))
    response = Response(_said(found), mimetype="text/plain")
    response.headers["Cache-Control"] = "no-store, private"
    return response


def _said(found: int) -> str:
    return str(ngettext("%(n)s contact", "%(n)s contacts", found, n=number(found)))


@blueprint.get("/export.csv")
@requires("editor", "staff")
def export() -> Response:
    """The contacts of the search as CSV. Addresses leave the house: it is written down who took them."""
    with db().transaction() as session:
        search = selection.asked(session)
        rows = [
            [
                one.contact.email,
                one.contact.first_name,
                one.contact.last_name,
                one.contact.structure,
                ", ".join(one.contact.topics),
                ", ".join(one.contact.zones),
                one.contact.departement,
                str(words.KIND[one.contact.kind]) if one.contact.kind else "",
                one.contact.locale,
                str(words.CONTACT[one.status][0]),
                one.since.astimezone(clock.PARIS).strftime("%Y-%m-%d %H:%M") if one.since else "",
            ]
            for one in directory.every(session, search)
        ]
        audit.record(
            session,
            who=who(),
            what="exported",
            thing="contacts",
            thing_id="export",
            before=None,
            after={"rows": len(rows), **search.told()},
            now=clock.now(),
        )
    titles = [_("Courriel"), _("Prénom"), pgettext("of a person", "Nom"), _("Structure"), _("Sujets"), _("Zones"),
              _("Département"), _("Type d’acteur"), _("Langue"), _("État"), _("Depuis")]  # fmt: skip
    return files.as_csv([titles, *rows], "contacts.csv")


@blueprint.get("/nouveau")
@requires("editor", "staff")
def new() -> str:
    return render_template("contacts/new.html", form=Loaded.of({"locale": "fr"}), words=words)


@blueprint.post("/nouveau")
@requires("editor", "staff")
def add() -> ResponseReturnValue:
    """Somebody met at a meeting: known from now on, and on no list before there is a proof that they agreed."""
    form = load(NewPersonForm(), request.form)
    if form.data is None:
        return render_template("contacts/new.html", form=form, words=words), 422
    values = form.data | {name: tuple(split_topics(form.data[name])) for name in ("topics", "zones")}
    try:
        with db().transaction() as session:
            contact_id, known = contacts.add(session, contacts.Person(**values), who=who(), now=clock.now())
    except InvalidAddress as refusal:
        form.refuse("email", str(words.REASON[refusal.reason]))
        return render_template("contacts/new.html", form=form, words=words), 422
    if known:
        flash(_("Cette personne a déjà une fiche, la voici : ce qui y manquait a été complété."), "wait")
    else:
        flash(_("La fiche est créée. Cette personne n’est encore sur aucune liste."), "done")
    return redirect(url_for(".show", contact_id=contact_id), 303)


@blueprint.get("/<uuid:contact_id>")
@requires("editor", "staff", "auditor")
def show(contact_id: uuid.UUID) -> ResponseReturnValue:
    with db().reading() as session:
        today = contacts.leads_to(session, contact_id)
    return page(contact_id) if today == contact_id else redirect(url_for(".show", contact_id=today), 302)


def page(contact_id: uuid.UUID, form: Loaded | None = None, note: Loaded | None = None) -> str:
    """The page of a person; form, note: what was refused, shown again as it was typed."""
    with db().reading() as session:
        contact = directory.get(session, contact_id)
        former = directory.former(session, contact_id)
        keys = [contact.email_key, *(one.email_key for one in former)]
        # A consent that was taken over from another address says the same as its original.
        every = directory.consents(session, contact_id, *(one.id for one in former))
        consents = {(one.list, one.status, one.at): one for one in every}.values()
        barred = directory.suppressions(session, contact.email_key)
        messages = directory.messages(session, *keys)
        back = returns.of_address(session, *keys)
        told = moments.of(session, [contact.email, *(one.email for one in former)])
        changes = [one for person in (contact, *former) for one in audit.history(session, "contact", person.id)]
        names = {one.key: one.name for one in lists.every(session)}
        answers = why.of(session, contact)
        question = reconsent.question(session, contact_id)
        status = directory.status(session, contact)
    titles: dict[uuid.UUID | None, str] = {one.campaign_id: one.title for one in answers}
    happened = []
    for one in consents:
        title, tone = _consent_words(one.status, names.get(one.list, one.list))
        happened.append((one.at, title, _proof(one), tone))
    happened += [
        (
            clock.lived(one.changed_at),
            _("%(mail)s : %(state)s", mail=_mail_words(one), state=words.MESSAGE[one.state][0]),
            " · ".join(filter(None, [titles.get(one.campaign_id) or _about(one), _answer(one)])),
            words.MESSAGE[one.state][1],
        )
        for one in messages
    ]
    happened += [
        (
            one.at,
            words.RETURN[one.kind],
            " ".join(filter(None, [str(_(sentence(one.reason))), one.status])),
            "stop" if one.action == "suppressed" else "none",
        )
        for one in back
        if one.kind in words.RETURN
    ]
    happened += [(one.at, *_change_words(one), TOLD[one.what]) for one in changes if one.what in TOLD]
    happened += entries(told)
    happened.sort(key=lambda entry: entry[0], reverse=True)
    values = {
        "first_name": contact.first_name,
        "last_name": contact.last_name,
        "structure": contact.structure,
        "topics": ", ".join(contact.topics),
        "zones": ", ".join(contact.zones),
        "departement": contact.departement,
        "kind": contact.kind,
        "locale": contact.locale,
    }
    token = unsubscribe.token(contact_id, ECHO, secret=settings().secret_key)
    return render_template(
        "contacts/show.html",
        contact=contact,
        former=former,
        status=status,
        barred=barred,
        own_word=any(one.reason in suppressions.OWN_WORD for one in barred),
        note=note or Loaded(),
        happened=happened,
        form=form if form is not None else Loaded.of(values),
        answers=answers,
        question=question,
        preferences=unsubscribe.preferences_url(settings().public_url, token),
        words=words,
    )


def _answer(message: Message) -> str:
    """What the relay said, where that is why; of a mail it took it says but the number in its own queue."""
    if message.state == "accepted":
        return ""
    return words.answer(message.last_code, message.last_text, message.reason).removeprefix("—")


def _about(message: Message) -> str:
    """What a single mail was about, as its fact told it: an event, a call, a project."""
    data = message.data
    things = [data.get(name) for name in ("event", "occasion", "assembly", "meeting")]
    named = [one.get("title") for one in things if isinstance(one, dict)]
    named += [data.get(name) for name in ("event_title", "call_title", "project_title", "title")]
    return " · ".join(dict.fromkeys(one for one in named if isinstance(one, str) and one))


def _change_words(entry: Any) -> tuple[str, str]:
    own = entry.who == "contact"
    if entry.what in ("barred", "restored"):
        title = _("Adresse écartée par l’équipe") if entry.what == "barred" else _("Adresse rétablie par l’équipe")
        return title, " · ".join(filter(None, [(entry.after or {}).get("note", ""), entry.who]))
    if entry.what == "added":
        return _("Fiche créée par l’équipe"), entry.who
    if entry.what == "merged":
        told = _(
            "%(before)s et %(after)s : une seule personne", before=entry.before["email"], after=entry.after["into"]
        )
        return _("Deux fiches réunies"), f"{told} · {entry.who}"
    if entry.what == "moved":
        told = f"{entry.before['email']} → {entry.after['email']}"
        return _("Adresse changée"), " · ".join([told, entry.after["note"], entry.who])
    if entry.what == "heard":
        return _("A donné de ses nouvelles"), " · ".join([(entry.after or {}).get("how", ""), entry.who])
    if own and "kept" in (entry.after or {}):
        kept = ", ".join(str(words.choice(one)) for one in entry.after["kept"])
        return _("A choisi ce qu’elle garde de L’Écho"), kept or _("tous les numéros")
    return (_("A changé ses préférences"), "") if own else (_("Fiche modifiée"), entry.who)


def _proof(consent: Consent) -> str:
    """Where a consent comes from, and the words that were agreed to."""
    wording = words.quoted(consent.wording) if consent.wording else ""
    return " · ".join(filter(None, [words.proof(consent.source, consent.evidence), wording]))


def _consent_words(status: str, name: str) -> tuple[str, str]:
    if status == "given":
        return _("A accepté de recevoir %(list)s", list=name), "done"
    return _("A quitté %(list)s", list=name), "stop"


def _mail_words(message: Message) -> str:
    if message.template == "campaign":
        return str(_("Lettre") if message.kind == "letter" else _("L’Écho du Réseau"))
    return str(words.MAIL.get(message.template, message.template))


@blueprint.post("/<uuid:contact_id>")
@requires("editor", "staff")
def correct(contact_id: uuid.UUID) -> ResponseReturnValue:
    form = load(PersonForm(), request.form)
    if form.data is None:
        return page(contact_id, form), 422
    values = form.data | {name: list(split_topics(form.data[name])) for name in ("topics", "zones")}
    try:
        with db().transaction() as session:
            contacts.correct(session, contact_id, values, who=who(), now=clock.now())
    except RuleError as refusal:
        if refusal.code != "merged-already":
            raise
        form.refuse("", refusal.message)
        return page(contact_id, form), 409
    flash(_("La fiche est à jour."), "done")
    return redirect(url_for(".show", contact_id=contact_id), 303)


@blueprint.post("/<uuid:contact_id>/desabonner")
@requires("editor", "staff")
def leave(contact_id: uuid.UUID) -> ResponseReturnValue:
    form = load(NoteForm(), request.form)
    if form.data is None:
        return page(contact_id, note=form), 422
    reason = form.data["reason"] or _("demande reçue par l’équipe")
    with db().transaction() as session:
        done = contacts.withdraw_by_staff(session, contact_id, ECHO, reason=reason, who=who(), at=clock.now())
    flash(_("Cette personne ne recevra plus L’Écho.") if done else _("Cette personne était déjà désabonnée."), "done")
    return redirect(url_for(".show", contact_id=contact_id), 303)


@blueprint.post("/<uuid:contact_id>/ecarter")
@requires("editor", "staff")
def bar(contact_id: uuid.UUID) -> ResponseReturnValue:
    """We know that nothing should go to this address, though no server has said so."""
    form = load(NoteForm(), request.form)
    if form.data is None:
        return page(contact_id, note=form), 422
    note = form.data["note"]
    with db().transaction() as session:
        done = suppressions.bar_by_staff(session, contact_id, note=note, who=who(), now=clock.now())
    flash(_("Nous n’écrivons plus à cette adresse.") if done else _("Cette adresse était déjà écartée."), "done")
    return redirect(url_for(".show", contact_id=contact_id), 303)


@blueprint.post("/<uuid:contact_id>/retablir")
@requires("editor", "staff")
def restore(contact_id: uuid.UUID) -> ResponseReturnValue:
    form = load(NoteForm(), request.form)
    if form.data is None:
        return page(contact_id, note=form), 422
    try:
        with db().transaction() as session:
            done = suppressions.lift_by_staff(session, contact_id, note=form.data["note"], who=who(), now=clock.now())
    except RuleError as refusal:
        form.take(refusal)
        return page(contact_id, note=form), 422
    flash(_("Cette adresse reçoit de nouveau.") if done else _("Cette adresse n’était pas écartée."), "done")
    return redirect(url_for(".show", contact_id=contact_id), 303)
