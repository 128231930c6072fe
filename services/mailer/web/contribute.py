"""The page of a member association, opened by its personal link: hand in an item, see what became of it."""

from __future__ import annotations

import datetime as dt
import uuid

import structlog
from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import escape
from marshmallow import fields, validate
from sqlalchemy.orm import Session

from services.mailer import contributions, echo, prose, publishing
from services.mailer.models.issues import SECTIONS, TEXT_LIMIT, TITLE_LIMIT, Contribution, Contributor
from services.mailer.web import words
from services.mailer.web.house import house
from services.mailer.web.mail_view import framed
from services.mailer.web.photos import GrantedPhotoForm, as_typed, receive, refuse
from shared import clock
from shared.errors import NotFound, RuleError
from shared.web import db, settings
from shared.web.forms import Loaded, load, plain
from shared.web.limits import limited

log = structlog.get_logger()
blueprint = Blueprint("contribute", __name__, url_prefix="/contribuer")


class ContributionForm(GrantedPhotoForm):
    section = fields.String(load_default="members", validate=validate.OneOf(SECTIONS))
    title = fields.String(required=True, validate=validate.Length(min=1, max=TITLE_LIMIT))
    text = fields.String(required=True, validate=validate.Length(min=1, max=TEXT_LIMIT), metadata={"multiline": True})
    link = fields.String(load_default="", validate=validate.Length(max=500))
    credit = fields.String(load_default="", validate=validate.Length(max=200))
    expires_on = fields.Date(load_default=None, allow_none=True)


def _opened(session: Session, token: str) -> Contributor:
    return contributions.open_with(session, token, secret=settings().secret_key)


@blueprint.get("/<token>")
def show(token: str) -> str:
    return _page(token, None, None)


def _page(token: str, form: Loaded | None, editing: uuid.UUID | None) -> str:
    now = clock.now()
    with db().reading() as session:
        contributor = _opened(session, token)
        issue = contributions.open_issue(session, now)
        mine = contributions.of(session, contributor.id)
        changing = next((one for one in mine if one.id == editing), None)
        if editing and changing is None:
            raise NotFound("contribution", _("Cet article n’est pas dans vos envois."))
        published = {one.id: contributions.item_of(session, one) for one in mine}
        draft = contributions.draft(session, contributor.id)
    # A correction that cannot be made any more is shown where a new article is written.
    to_correct = next(
        (one.id for one in mine if draft and one.id == draft.contribution_id and _may_change(one, now)), None
    )
    restored = form is None and draft is not None and to_correct == editing
    if form is None and (changing is not None or restored):
        values = {name: str(getattr(changing, name) or "") for name in _TYPED} if changing else {}
        if changing and changing.photo:
            values |= {"photo_name": changing.photo.name, "photo_right": "true"}
        form = Loaded.of(values | draft.typed if draft and restored else values)
    return render_template(
        "contribute/show.html",
        token=token,
        contributor=contributor,
        issue=issue,
        mine=mine,
        changing=changing,
        published=published,
        may_change=lambda one: _may_change(one, now),
        restored=restored,
        to_correct=to_correct if draft and to_correct != editing else None,
        form=form if form is not None else Loaded.of({"section": "members"}),
        words=words,
        section_keys=SECTIONS,
        title_limit=TITLE_LIMIT,
        text_limit=TEXT_LIMIT,
        left=_left(issue.contributions_until, now) if issue and issue.contributions_until else "",
    )


def _may_change(one: Contribution, now: dt.datetime) -> bool:
    until = one.issue.contributions_until
    return one.state == "received" and one.issue.state != "sent" and until is not None and until >= now


def _left(until: dt.datetime, now: dt.datetime) -> str:
    days = (until.astimezone(clock.PARIS).date() - now.astimezone(clock.PARIS).date()).days
    if days == 0:
        return str(_("c’est aujourd’hui"))
    return str(_("c’est demain") if days == 1 else _("dans %(days)s jours", days=days))


@blueprint.post("/<token>")
@limited(20, "minute")
def submit(token: str) -> ResponseReturnValue:
    return _save(token, None)


@blueprint.get("/<token>/<uuid:contribution_id>")
def edit(token: str, contribution_id: uuid.UUID) -> str:
    return _page(token, None, contribution_id)


@blueprint.post("/<token>/<uuid:contribution_id>")
@limited(20, "minute")
def change(token: str, contribution_id: uuid.UUID) -> ResponseReturnValue:
    return _save(token, contribution_id)


def _save(token: str, contribution_id: uuid.UUID | None) -> ResponseReturnValue:
    """Keep what was typed whatever happens: an error shows the form again, filled."""
    form = load(ContributionForm(), request.form)
    try:
        return _hand_in(token, form, contribution_id)
    except NotFound as refusal:
        typed = {name: plain(str(form.raw.get(name, "")))[:2000] for name in _TYPED}
        with db().transaction() as session:
            secret, now = settings().secret_key, clock.now()
            if not contributions.keep_typed(session, token, typed, contribution_id, secret=secret, now=now):
                raise refusal
    return render_template("contribute/replaced.html", typed=typed), 410


_TYPED = ("section", "title", "text", "link", "credit", "photo_alt", "expires_on")


def _hand_in(token: str, form: Loaded, contribution_id: uuid.UUID | None) -> ResponseReturnValue:
    with db().reading() as session:
        contributor = _opened(session, token)
    receive(form, contributor.id)
    if form.data is None:
        return _page(token, form, contribution_id), 422
    try:
        with db().transaction() as session:
            contributor = _opened(session, token)
            if contribution_id is None:
                done = contributions.submit(session, contributor, form.data, now=clock.now())
                said = _("Reçu pour le nº %(number)s. La réponse de la rédaction sera ici.", number=done.issue.number)
            else:
                contributions.change(session, contributor, contribution_id, form.data, now=clock.now())
                said = _("Votre article est corrigé.")
    except RuleError as refusal:
        refuse(form, refusal)
        return _page(token, form, contribution_id), refusal.status
    flash(said, "done")
    return redirect(url_for(".show", token=token, _anchor="envois"), 303)


@blueprint.post("/<token>/<uuid:contribution_id>/retirer")
@limited(20, "minute")
def withdraw(token: str, contribution_id: uuid.UUID) -> ResponseReturnValue:
    with db().transaction() as session:
        contributor = _opened(session, token)
        contributions.withdraw(session, contributor, contribution_id, now=clock.now())
    flash(_("Votre article est retiré."), "going")
    return redirect(url_for(".show", token=token, _anchor="envois"), 303)


@blueprint.get("/<token>/apercu")
def sample(token: str) -> Response:
    """The frame before anything is typed: one of their items, or where title and text will stand."""
    with db().reading() as session:
        contributor = _opened(session, token)
        mine = {str(one.id): one for one in contributions.of(session, contributor.id)}
    chosen = mine.get(request.args.get("article", ""))
    if chosen is not None:
        return _framed(chosen.section, publishing.piece(chosen))
    return _framed("members", _half_written(contributor.structure, {}, None, None))


@blueprint.post("/<token>/apercu")
@limited(60, "minute")
def preview(token: str) -> Response:
    """What was typed, in the mail itself: the same template, with this one item."""
    with db().reading() as session:
        contributor = _opened(session, token)
    form = load(ContributionForm(), request.form)
    typed = {name: str(form.raw.get(name, ""))[:2000] for name in ("section", "title", "text", "link", "credit")}
    section = typed["section"] if typed["section"] in SECTIONS else "members"
    expires_on = form.data["expires_on"] if form.data else None
    photo = as_typed(form, contributor.id)
    return _framed(section, _half_written(contributor.structure, typed, expires_on, photo))


def _half_written(
    structure: str, typed: dict[str, str], expires_on: dt.date | None, photo: echo.Photo | None
) -> echo.Piece:
    text = typed.get("text") or _("Votre texte se lira ici.")
    return echo.Piece(
        title=typed.get("title") or _("Votre titre"),
        text=text,
        html=prose.paragraphs(text),
        link=prose.link(typed.get("link", "")) or "",
        structure=structure,
        credit=typed.get("credit", ""),
        expires_on=expires_on,
        photo=photo,
    )


def _framed(section: str, piece: echo.Piece) -> Response:
    now = clock.now()
    with db().reading() as session:
        issue = contributions.open_issue(session, now)
        publisher = house(session).answered(issue.readers if issue else None)
    edition = echo.Edition(
        number=issue.number if issue else 1,
        title=issue.title if issue else "",
        date=issue.planned_on if issue else now.astimezone(clock.PARIS).date(),
        editorial="",
        sections={section: [piece]},
        archive_url=publisher.public_url,
        organiser=publisher.organiser,
        address=publisher.address,
        reply_to=publisher.reply_to,
        photos_at=publisher.photos_at,
    )
    try:
        return framed(echo.render(edition).html)
    except Exception:
        log.exception("a contribution could not be previewed")
        message = _("L’aperçu ne se compose pas pour l’instant. Envoyez votre article : rien n’en est perdu.")
        return framed(f"<p>{escape(message)}</p>")
