"""Step 1 of the completeness check, for staff. Next: use_cases/reviews.py."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from marshmallow import Schema, fields, validate
from sqlalchemy.orm import Session

from services.jury import application_rules, budget, deadlines, eligibility, filings, queries, tandems
from services.jury.queries.mails import FATES
from services.jury.use_cases import reviews, withdrawals
from services.jury.use_cases.rulebooks import version_of
from services.jury.web import application_pages, attached
from services.jury.web.staff import READERS, WRITERS, act, call_context, who
from shared import clock
from shared.identity import requires
from shared.web import db, mail_words, settings
from shared.web.forms import Loaded, load

blueprint = Blueprint("reviews", __name__, url_prefix="/equipe")


class MoreForm(Schema):
    """What is missing, and by when."""

    reason = fields.String(required=True, validate=validate.Length(min=1, max=2000), metadata={"multiline": True})
    until = fields.Date(required=True)


class RefusalForm(Schema):
    """The article that is not met, and why."""

    article = fields.String(required=True, validate=validate.Length(min=1, max=20))
    why = fields.String(required=True, validate=validate.Length(min=1, max=2000), metadata={"multiline": True})


class RemovalForm(Schema):
    """Why a paper is taken out."""

    why = fields.String(required=True, validate=validate.Length(min=1, max=500))


@blueprint.get("/dossiers/<uuid:application_id>")
@requires(*READERS)
def show(application_id: uuid.UUID) -> str:
    return _page(application_id, Loaded())


def _page(application_id: uuid.UUID, form: Loaded) -> str:
    with db().reading() as session:
        application = reviews.find(session, application_id)
        version = version_of(session, application.call_id, application.rulebook_version or 0)
        filed = application.filed or {}
        earlier = queries.earlier_of(session, application.renews_id)
        papers = queries.attachments_of(session, application.id)
        assert version.closes_at is not None
        context = call_context(session, application.call_id)
        closes_at = context["call"].closes_at
        return render_template(
            "jury/review.html",
            **context,
            form=form,
            application=application,
            rules=version.content,
            content=filed["content"],
            papers=papers,
            removed=queries.removed_by_staff(session, application.id),
            replaced=queries.replaced_of(session, application.id),
            earlier=earlier,
            budget=budget.of(filed["content"]),
            findings=eligibility.findings(
                version.content, application_rules.answers_of(filed["content"]), version.closes_at, earlier
            ),
            awaited=application_rules.awaited([one.paper for one in papers], version.content),
            meetings=tandems.meetings(filed["content"]),
            undo_until=withdrawals.undoable_until(session, application, clock.now()),
            mails=mail_words.said(queries.mails_of(session, application=application), FATES),
            late=not deadlines.is_open(clock.now(), application.complete_until),
            corrections=filings.successive(queries.filings_of(session, application)),
            being_corrected=application.correction is not None
            and deadlines.is_open(clock.now() - deadlines.GRACE, closes_at),
            until=closes_at,
        )


@blueprint.get("/dossiers/<uuid:application_id>/copie")
@requires(*READERS)
def copy(application_id: uuid.UUID) -> str:
    """What was filed, to print: ?depot= says which time, else the last."""
    with db().reading() as session:
        application = reviews.find(session, application_id)
        filing = filings.wanted(queries.filings_of(session, application), request.args.get("depot", ""))
        rules = version_of(session, application.call_id, application.rulebook_version or 0).content
        context = call_context(session, application.call_id) | {"application": application, "rules": rules}
        return application_pages.copy(context, filing)


@blueprint.get("/dossiers/<uuid:application_id>/pieces/<uuid:attachment_id>")
@requires(*READERS)
def paper(application_id: uuid.UUID, attachment_id: uuid.UUID) -> ResponseReturnValue:
    with db().reading() as session:
        application = reviews.find(session, application_id)
        return attached.give(reviews.paper_of(session, application, attachment_id))


@blueprint.get("/dossiers/<uuid:application_id>/pieces/<uuid:attachment_id>/retirer")
@requires(*WRITERS)
def ask_remove(application_id: uuid.UUID, attachment_id: uuid.UUID) -> str:
    return _ask_remove(application_id, attachment_id, Loaded())


def _ask_remove(application_id: uuid.UUID, attachment_id: uuid.UUID, form: Loaded) -> str:
    """The paper by its name, and why it goes."""
    with db().reading() as session:
        application = reviews.find(session, application_id)
        found = reviews.paper_of(session, application, attachment_id)
        context = call_context(session, application.call_id)
        return render_template("jury/remove_paper.html", **context, application=application, paper=found, form=form)


@blueprint.post("/dossiers/<uuid:application_id>/pieces/<uuid:attachment_id>/retirer")
@requires(*WRITERS)
def remove(application_id: uuid.UUID, attachment_id: uuid.UUID) -> ResponseReturnValue:
    form = load(RemovalForm(), request.form)
    if form.data is None:
        return _ask_remove(application_id, attachment_id, form), 422
    why = form.data["why"]

    def work(session: Session) -> None:
        reviews.remove_paper(session, application_id, attachment_id, why, who=who(), now=clock.now())

    return act(
        work,
        url_for(".show", application_id=application_id),
        done=_("La pièce est retirée."),
        typed=(form, lambda form: _ask_remove(application_id, attachment_id, form)),
    )


def _decide(
    application_id: uuid.UUID,
    work: Callable[[Session, dict[str, Any]], object],
    done: str,
    form: Loaded | None = None,
) -> ResponseReturnValue:
    common = {"seen": request.form.get("seen", ""), "site": settings().public_url, "who": who(), "now": clock.now()}
    return act(
        lambda session: work(session, common),
        url_for(".show", application_id=application_id),
        done=done,
        typed=(form, lambda form: _page(application_id, form)) if form is not None else None,
    )


@blueprint.post("/dossiers/<uuid:application_id>/accepter")
@requires(*WRITERS)
def accept(application_id: uuid.UUID) -> ResponseReturnValue:
    done = _("Le dossier est complet : il fait partie des projets de l’appel.")
    return _decide(application_id, lambda s, common: reviews.accept(s, application_id, **common), done)


@blueprint.post("/dossiers/<uuid:application_id>/lien")
@requires(*WRITERS)
def renew_link(application_id: uuid.UUID) -> ResponseReturnValue:
    def work(session: Session) -> None:
        reviews.renew_link(session, application_id, site=settings().public_url, who=who(), now=clock.now())

    done = _("Les anciens liens n’ouvrent plus ce dossier ; le porteur en reçoit un nouveau par courriel.")
    return act(work, url_for(".show", application_id=application_id), done=done)


@blueprint.post("/dossiers/<uuid:application_id>/completer")
@requires(*WRITERS)
def ask_more(application_id: uuid.UUID) -> ResponseReturnValue:
    form = load(MoreForm(), request.form)
    if form.data is None:
        return _page(application_id, form), 422
    reason, until = form.data["reason"], form.data["until"]
    done = _("La demande de compléments est envoyée.")
    return _decide(
        application_id, lambda s, common: reviews.ask_more(s, application_id, reason, until, **common), done, form
    )


@blueprint.post("/dossiers/<uuid:application_id>/refuser")
@requires(*WRITERS)
def refuse(application_id: uuid.UUID) -> ResponseReturnValue:
    form = load(RefusalForm(), request.form)
    if form.data is None:
        return _page(application_id, form), 422
    article, why = form.data["article"], form.data["why"]
    done = _("Le refus est envoyé ; il cite l’article.")
    return _decide(
        application_id, lambda s, common: reviews.refuse(s, application_id, article, why, **common), done, form
    )
