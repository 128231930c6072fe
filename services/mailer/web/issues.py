"""Staff pages: the numbers of L'Écho, one number being made, its preview."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import marshmallow as ma
from flask import Blueprint, Response, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from marshmallow import fields, validate
from sqlalchemy.orm import Session

from services.mailer import (
    approval,
    arrivals,
    as_reader,
    audience,
    contributions,
    directory,
    hours,
    issues,
    kept,
    lists,
    opportunities,
    publishing,
    rotation,
    versions,
)
from services.mailer.audience import EVERYBODY
from services.mailer.models.issues import SECTIONS, TEXT_LIMIT, TITLE_LIMIT, Issue, Item
from services.mailer.unmade import Unmade
from services.mailer.web import trial, words
from services.mailer.web.archive import shown
from services.mailer.web.both_versions import ISSUE, ITEM, compare
from services.mailer.web.house import house
from services.mailer.web.mail_view import as_read, framed, not_made, reader, source_of, spoken
from services.mailer.web.photos import PhotoForm, receive, refuse
from shared import clock
from shared.errors import RuleError
from shared.identity import requires, who
from shared.web import db, settings
from shared.web.forms import Loaded, load

blueprint = Blueprint("issues", __name__, url_prefix="/numeros")


class IssueForm(ma.Schema):
    number = fields.Integer(required=True, validate=validate.Range(min=1, max=100_000))
    title = fields.String(required=True, validate=validate.Length(min=1, max=120))
    planned_on = fields.Date(required=True)
    contributions_on = fields.Date(load_default=None, allow_none=True)


class HeadForm(ma.Schema):
    title = fields.String(required=True, validate=validate.Length(min=1, max=120))
    editorial = fields.String(load_default="", validate=validate.Length(max=4000), metadata={"multiline": True})
    planned_on = fields.Date(required=True)
    contributions_on = fields.Date(load_default=None, allow_none=True)
    list_key = fields.String(load_default="", validate=validate.Length(max=60))


class ItemForm(PhotoForm):
    section = fields.String(required=True, validate=validate.OneOf(SECTIONS))
    title = fields.String(required=True, validate=validate.Length(min=1, max=TITLE_LIMIT))
    text = fields.String(required=True, validate=validate.Length(min=1, max=TEXT_LIMIT), metadata={"multiline": True})
    link = fields.String(load_default="", validate=validate.Length(max=500))
    structure = fields.String(load_default="", validate=validate.Length(max=200))
    credit = fields.String(load_default="", validate=validate.Length(max=200))
    expires_on = fields.Date(load_default=None, allow_none=True)
    embargo_on = fields.Date(load_default=None, allow_none=True)
    embargo_at = fields.Time(load_default=None, allow_none=True)


ITEM_FIELDS = ("section", "title", "text", "link", "structure", "credit", "photo_alt", "expires_on")


def today() -> Any:
    return clock.now().astimezone(clock.PARIS).date()


@blueprint.get("/")
@requires("editor", "staff", "auditor")
def index() -> str:
    return _index(None)


def _index(form: Loaded | None) -> str:
    with db().reading() as session:
        every = issues.every(session)
        number, day = issues.next_plan(session, today())
    proposed = Loaded.of({"number": str(number), "planned_on": day.isoformat()})
    return render_template("issues/index.html", issues=every, form=form if form is not None else proposed, words=words)


@blueprint.post("/")
@requires("editor", "staff")
def create() -> ResponseReturnValue:
    form = load(IssueForm(), request.form)
    if form.data is not None:
        try:
            with db().transaction() as session:
                issue_id = issues.create(session, form.data, who=who(), now=clock.now())
            return redirect(url_for(".show", issue_id=issue_id), 303)
        except RuleError as refusal:
            form.refuse(refusal.field or "", refusal.message)
    return _index(form), 422


@blueprint.get("/<uuid:issue_id>")
@requires("editor", "staff", "auditor")
def show(issue_id: uuid.UUID) -> str:
    return _editor(issue_id, None)


def _editor(issue_id: uuid.UUID, form: Loaded | None, *, meanwhile: bool = False) -> str:
    with db().reading() as session:
        issue = issues.get(session, issue_id)
        waiting = contributions.waiting(session, issue_id)
        reached = audience.count(session, kept.narrowed(session, issue, EVERYBODY), issue.list_key)
        choices = [(one.key, one.name) for one in lists.every(session)]
        brought = arrivals.waiting(session, issue, clock.now()) if issue.state != "sent" else None
        offers = opportunities.proposed(session, issue, clock.now()) if issue.state != "sent" else []
        turns = rotation.rotation(session) if waiting else None
        publisher = house(session, issue.sent_at or issue.send_at)
        values = _head(issue)
        form = form if form is not None else Loaded.of(values)
        asked = {name: label for name, label in ISSUE.items() if name in form.raw}  # one list alone is not asked
        said = {"list_key": dict(choices)}
        both = compare(session, form, values, asked, ("issue", issue_id), choices=said) if meanwhile else None
    return render_template(
        "issues/editor.html",
        issue=issue,
        waiting=waiting,
        form=form,
        both=both,
        read=versions.whole(issue),
        piece=publishing.piece,
        checks=_checks(issue, publisher, reached),
        lists=choices,
        turns=turns,
        arrivals=brought,
        offers=offers,
        approved=approval.holds(issue),
        may_approve=approval.helps(issue, who()),
        words=words,
        section_keys=SECTIONS,
        **shown(publishing.edition(issue, publisher)),
    )


def _head(issue: Issue) -> dict[str, str]:
    values = {name: getattr(issue, name) for name in ("title", "editorial", "list_key")}
    values |= {"planned_on": issue.planned_on.isoformat(), "seen": versions.head(issue)}
    if issue.contributions_until:
        values["contributions_on"] = issue.contributions_until.astimezone(clock.PARIS).date().isoformat()
    return values


def _checks(issue: Issue, publisher: publishing.House, reached: int) -> list[publishing.Check]:
    at = issue.send_at or clock.now()
    rendered = publishing.made(lambda: publishing.render_issue(issue, publisher))
    return publishing.preflight(issue, rendered, publisher, reached, at)


@blueprint.post("/<uuid:issue_id>")
@requires("editor", "staff")
def edit(issue_id: uuid.UUID) -> ResponseReturnValue:
    form = load(HeadForm(), request.form)
    if form.data is None:
        return _editor(issue_id, form), 422
    try:
        with db().transaction() as session:
            issues.edit(session, issue_id, form.data, who=who(), now=clock.now(), seen=form.raw.get("seen"))
    except RuleError as refusal:
        if refusal.code != versions.MEANWHILE:
            raise
        return _editor(issue_id, form, meanwhile=True), 409
    flash(_("L’en-tête du numéro est enregistré."), "done")
    return redirect(url_for(".show", issue_id=issue_id), 303)


# --- items ------------------------------------------------------------------------------------------------


@blueprint.get("/<uuid:issue_id>/articles/nouveau")
@requires("editor", "staff")
def new_item(issue_id: uuid.UUID) -> str:
    section = request.args.get("rubrique", "members")
    return _item_page(issue_id, None, Loaded.of({"section": section}))


def _item_page(issue_id: uuid.UUID, item_id: uuid.UUID | None, form: Loaded | None, *, meanwhile: bool = False) -> str:
    with db().reading() as session:
        issue = issues.get(session, issue_id)
        item = next((one for one in issue.items if one.id == item_id), None)
        both = None
        if item is not None:
            values = _written(item)
            form = form if form is not None else Loaded.of(values)
            if meanwhile:
                said = {"section": words.SECTION}
                both = compare(session, form, values, ITEM, ("issue", issue_id), item_id, said)
    return render_template(
        "issues/item.html",
        issue=issue,
        item=item,
        form=form if form is not None else Loaded(),
        both=both,
        words=words,
        title_limit=TITLE_LIMIT,
        text_limit=TEXT_LIMIT,
    )


def _written(item: Item) -> dict[str, str]:
    values = {name: _typed(getattr(item, name)) for name in ITEM_FIELDS}
    values |= {"photo_name": item.photo.name if item.photo else "", "seen": versions.item(item)}
    if item.embargo_until:
        local = item.embargo_until.astimezone(clock.PARIS)
        values |= {"embargo_on": local.date().isoformat(), "embargo_at": f"{local:%H:%M}"}
    return values


def _typed(value: object) -> str:
    return "" if value is None else str(value)


@blueprint.post("/<uuid:issue_id>/articles/nouveau")
@requires("editor", "staff")
def add_item(issue_id: uuid.UUID) -> ResponseReturnValue:
    return _save_item(issue_id, None)


@blueprint.get("/<uuid:issue_id>/articles/<uuid:item_id>")
@requires("editor", "staff")
def item(issue_id: uuid.UUID, item_id: uuid.UUID) -> str:
    return _item_page(issue_id, item_id, None)


@blueprint.post("/<uuid:issue_id>/articles/<uuid:item_id>")
@requires("editor", "staff")
def edit_item(issue_id: uuid.UUID, item_id: uuid.UUID) -> ResponseReturnValue:
    return _save_item(issue_id, item_id)


def embargoed(data: dict[str, Any]) -> dict[str, Any]:
    """The fields of an item with the instant of its embargo, from a day and an hour in Paris. Raises RuleError."""
    day, hour = data.get("embargo_on"), data.get("embargo_at")
    if hour and not day:
        raise RuleError("embargo", _("Donnez aussi le jour de l’embargo."), field="embargo_on")
    return data | {"embargo_until": hours.instant(day, hour or dt.time(0), field="embargo_at") if day else None}


def _save_item(issue_id: uuid.UUID, item_id: uuid.UUID | None) -> ResponseReturnValue:
    form = load(ItemForm(), request.form)
    receive(form, None)
    if form.data is not None:
        try:
            data = embargoed(form.data)
            with db().transaction() as session:
                if item_id is None:
                    item_id = issues.add_item(session, issue_id, data, who=who(), now=clock.now())
                else:
                    seen = form.raw.get("seen")
                    issues.edit_item(session, issue_id, item_id, data, who=who(), now=clock.now(), seen=seen)
            return redirect(url_for(".show", issue_id=issue_id, _anchor=f"i-{item_id}"), 303)
        except RuleError as refusal:
            if refusal.code == versions.MEANWHILE:
                return _item_page(issue_id, item_id, form, meanwhile=True), 409
            if refusal.field is None:
                raise
            refuse(form, refusal)
    return _item_page(issue_id, item_id, form), 422


@blueprint.post("/<uuid:issue_id>/articles/<uuid:item_id>/<any(monter, descendre):way>")
@requires("editor", "staff")
def move(issue_id: uuid.UUID, item_id: uuid.UUID, way: str) -> ResponseReturnValue:
    with db().transaction() as session:
        issues.move_item(session, issue_id, item_id, -1 if way == "monter" else 1, who=who(), now=clock.now())
    return redirect(url_for(".show", issue_id=issue_id, _anchor=f"i-{item_id}"), 303)


@blueprint.post("/<uuid:issue_id>/articles/<uuid:item_id>/retirer")
@requires("editor", "staff")
def remove(issue_id: uuid.UUID, item_id: uuid.UUID) -> ResponseReturnValue:
    with db().transaction() as session:
        issues.remove_item(session, issue_id, item_id, who=who(), now=clock.now())
    flash(_("L’article est retiré. S’il venait d’une association, il attend de nouveau votre réponse."), "going")
    return redirect(url_for(".show", issue_id=issue_id), 303)


@blueprint.post("/<uuid:issue_id>/faire-entrer")
@requires("editor", "staff")
def bring_in(issue_id: uuid.UUID) -> ResponseReturnValue:
    """Everything that the other services have for this issue, in one click."""
    with db().transaction() as session:
        brought = arrivals.bring_in(session, issue_id, who=who(), now=clock.now())
    flash(ngettext("Un article est entré.", "%(num)d articles sont entrés.", brought), "done")
    return redirect(url_for(".show", issue_id=issue_id), 303)


@blueprint.post("/<uuid:issue_id>/ordre")
@requires("editor", "staff")
def order(issue_id: uuid.UUID) -> ResponseReturnValue:
    """Where everything stands after a drag: JSON {section: [ids], …}."""
    asked: Any = request.get_json(silent=True)
    try:
        ids = {str(section): [uuid.UUID(str(one)) for one in some] for section, some in asked.items()}
    except (TypeError, AttributeError, ValueError):
        raise RuleError("order", _("Cet ordre ne se lit pas."), status=400) from None
    with db().transaction() as session:
        issues.order_items(session, issue_id, ids, who=who(), now=clock.now())
    return jsonify({"saved": True})


# --- preview ----------------------------------------------------------------------------------------------


@blueprint.get("/<uuid:issue_id>/apercu")
@requires("editor", "staff", "auditor")
def preview(issue_id: uuid.UUID) -> ResponseReturnValue:
    with db().reading() as session:
        issue = issues.get(session, issue_id)
        question = request.args.get("q", "").strip()[:100]
        found = directory.find(session, directory.Search(words=question)) if question else None
        try:
            seen = _as_reader(session, issue)
            rendered = publishing.render_issue(issue, house(session, issue.send_at), spoken())
        except Unmade as refusal:
            flash(refusal.message, "stop")
            return redirect(url_for(".show", issue_id=issue_id), 302)
    return render_template(
        "issues/preview.html",
        issue=issue,
        rendered=rendered,
        text=seen.text if seen else as_read(rendered.text),
        found=found,
        question=question,
        seen=seen,
        spoken=spoken(),
        typed=trial.typed(),
        words=words,
    )


def _as_reader(session: Session, issue: Issue) -> as_reader.Seen | None:
    contact_id = reader()
    if contact_id is None:
        return None
    return as_reader.see(session, issue, house(session, issue.send_at), contact_id, secret=settings().secret_key)


@blueprint.get("/<uuid:issue_id>/apercu/message")
@requires("editor", "staff", "auditor")
def mail(issue_id: uuid.UUID) -> Response:
    """The mail itself, as it will be sent."""
    try:
        with db().reading() as session:
            issue = issues.get(session, issue_id)
            made = _as_reader(session, issue) or publishing.render_issue(issue, house(session, issue.send_at), spoken())
    except Unmade as refusal:
        return not_made(refusal)
    return framed(made.html, images="sans-images" not in request.args)


@blueprint.get("/<uuid:issue_id>/apercu/source")
@requires("editor", "staff")
def source(issue_id: uuid.UUID) -> Response:
    """The body as the relay would get it, octet for octet."""
    with db().reading() as session:
        seen = _as_reader(session, issues.get(session, issue_id))
    return source_of(seen.raw if seen else None)
