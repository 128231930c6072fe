"""Step 1 after the last score: late values, the ranking, the minutes, the results. Next: use_cases/signing.py."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections import Counter
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _
from sqlalchemy.orm import Session, undefer

from services.jury import minutes as written
from services.jury import queries, rules, scoring
from services.jury.minutes import Signer
from services.jury.models import Minutes, Round
from services.jury.sections import titled
from services.jury.use_cases import calls, rounds, signing
from services.jury.web.doors import opens
from services.jury.web.staff import READERS, WRITERS, SignForm, act, round_context, sees_members, told, who
from shared import clock
from shared.errors import NotFound, RuleError
from shared.identity import current_staff, requires
from shared.web import db, files
from shared.web.forms import Loaded, load
from shared.web.i18n import moment

blueprint = Blueprint("closing", __name__, url_prefix="/equipe/tours/<uuid:round_id>")


@blueprint.get("/tardives")
@opens(*READERS, writes=True)
def late(round_id: uuid.UUID) -> str:
    with db().reading() as session:
        context = round_context(session, round_id)
        titles = {
            c["id"]: titled(c, str(get_locale())) for c in (context["round"].frozen or {"criteria": []})["criteria"]
        }
        return render_template(
            "jury/late.html",
            **context,
            entries=queries.late_tray(session, round_id),
            titles=titles,
            said_at=_said_at,
        )


def _said_at(text: str) -> str:
    """When a tablet says that it was; what is no instant is shown as it came: its clock is its own."""
    try:
        return moment(dt.datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        return text


@blueprint.post("/tardives/<uuid:entry_id>")
@opens(*WRITERS, writes=True)
def settle(round_id: uuid.UUID, entry_id: uuid.UUID) -> ResponseReturnValue:
    accept = request.form.get("decision") == "accept"

    def work(session: Session) -> None:
        rounds.settle_late(session, round_id, entry_id, accept=accept, who=who(), now=clock.now())

    words = _("Saisie tardive acceptée.") if accept else _("Saisie tardive refusée.")
    return act(work, url_for(".late", round_id=round_id), done=words)


@blueprint.get("/classement")
@opens(*READERS)
def ranking(round_id: uuid.UUID) -> str:
    """The official ranking, once nobody can be influenced by it."""
    with db().reading() as session:
        context = round_context(session, round_id)
        this = context["round"]
        closed = this.state in ("closed", "signed")
        frozen = this.frozen or {"criteria": [], "rulebook": {}}
        standings = queries.ranking(session, this) if closed else []
        return render_template(
            "jury/ranking.html",
            **context,
            standings=standings,
            projects={str(p.id): p for p in queries.projects_in(session, this)},
            why=lambda standing: rules.why(standing, frozen, str(get_locale())),
            outcomes=queries.outcomes(queries.results(session, this, standings)) if closed else {},
            shown=lambda value, digits=2: scoring.shown(value, digits, "." if str(get_locale()) == "en" else ","),
            late=queries.waiting_late(session, round_id),
            ties=queries.open_ties(session, this) if closed else [],
            moved=len(queries.moves_of(session, this)),
        )


@blueprint.get("/rejeu.json")
@requires(*READERS)
def replay(round_id: uuid.UUID) -> Response:
    """The export from which an outsider recomputes the ranking."""
    with db().reading() as session:
        document = signing.replay_of(session, calls.find_round(session, round_id))
    return files.download(json.dumps(document, ensure_ascii=False, indent=1), f"rejeu-{round_id}.json")


@blueprint.get("/notes.csv")
@requires("secretary")
def notes(round_id: uuid.UUID) -> Response:
    """What `calibrate` reads. Beside the minutes it lets one guess who gave what: the secretary alone hands it out."""
    with db().reading() as session:
        rows = signing.notes_of(session, calls.find_round(session, round_id))
    return files.as_csv([("projet", "juré", "note"), *rows], f"notes-{round_id}.csv")


@blueprint.get("/signer")
@requires(*WRITERS)
def ask_sign(round_id: uuid.UUID) -> str:
    with db().reading() as session:
        context = round_context(session, round_id)
        chair = next((j for j in queries.jurors_in(session, context["round"]) if j.chairs), None)
    staff = current_staff()
    form = Loaded.of(
        {
            "chair": f"{chair.first_name} {chair.last_name}" if chair else "",
            "secretary": staff.name if staff else "",
        }
    )
    return _sign_page(round_id, form)


def _sign_page(round_id: uuid.UUID, form: Loaded, *, refused: bool = False) -> str:
    """refused: the form was sent; what was typed and drawn stays on the page, whatever came in between. What changed
    since it was read is said, and shown to be read again."""
    with db().reading() as session:
        context = round_context(session, round_id)
        shown = _document(session, context["round"])
        document = shown["document"]
        changed = written.changed_since(form.raw.get("read", ""), document) if refused and document else []
        return render_template(
            "jury/sign.html",
            **context,
            **shown,
            form=form,
            refused=refused,
            read=written.read_marks(document) if document else "",
            changed=[name for part, name in _parts().items() if part in changed],
            ties=queries.open_ties(session, context["round"]) if document else [],
            late=queries.waiting_late(session, round_id),
        )


def _parts() -> dict[str, str]:
    """The parts of the minutes (see minutes.SECTIONS) as the page names them."""
    return {
        "head": _("Titres et dates"),
        "jury": _("Composition du jury"),
        "recusals": _("Retraits"),
        "rule": _("Critères et règle"),
        "sheets": _("Notes des fiches"),
        "ranking": _("Classement"),
        "moves": _("Rangs déplacés"),
        "draws": _("Tirages au sort"),
        "votes": _("Votes"),
        "opinions": _("Avis du comité d’experts"),
        "late": _("Saisies tardives"),
        "envelopes": _("Aides"),
    }


def _document(session: Session, this: Round) -> dict[str, Any]:
    """What minutes_content.html shows: the draft of a closed round; document is None before."""
    document = signing.drafted(session, this) if this.state == "closed" else None
    return {"document": document, "at": dt.datetime.fromisoformat, "why": _why(session, this)}


def _why(session: Session, this: Round) -> dict[int, list[str]]:
    """What eliminated each project, by its number, on an English page: the minutes themselves say it in French."""
    language = str(get_locale())
    if language == "fr" or this.state not in ("closed", "signed") or this.frozen is None:
        return {}
    numbers = {str(one.id): one.number for one in queries.projects_in(session, this)}
    return {numbers[one.project]: rules.why(one, this.frozen, language) for one in queries.ranking(session, this)}


@blueprint.post("/signer")
@requires(*WRITERS)
def sign(round_id: uuid.UUID) -> ResponseReturnValue:
    form = load(SignForm(), request.form)
    if form.data is None:
        return _sign_page(round_id, form, refused=True), 422
    given = form.data
    signers = [  # in French like all that is signed; the page translates it
        Signer(given["chair"], "présidence du jury", given["chair_drawn"]),
        Signer(given["secretary"], "secrétariat du jury", given["secretary_drawn"]),
    ]
    try:
        with db().transaction() as session:
            signing.sign(
                session, round_id, signers, read=given["read"], remarks=given["remarks"], who=who(), now=clock.now()
            )
    except signing.NotRead:
        return _sign_page(round_id, form, refused=True), 409  # the page says itself what changed
    except RuleError as refusal:
        flash(told(refusal), "stop")
        return _sign_page(round_id, form, refused=True), 409
    flash(_("Le procès-verbal est signé."), "done")
    return redirect(url_for(".minutes", round_id=round_id), 303)


@blueprint.get("/proces-verbal")
@opens(*READERS)
def minutes(round_id: uuid.UUID) -> str:
    with db().reading() as session:
        context = round_context(session, round_id)
        signed = session.query(Minutes).filter_by(round_id=round_id).one_or_none()
        shown = _document(session, context["round"])
        if signed is not None:
            shown["document"] = signed.content
        unreached = len(queries.unreached(session, context["call"].id)) if context["round"].published_at else 0
        context["sees_members"] = sees_members()
        return render_template("jury/minutes.html", **context, **shown, minutes=signed, unreached=unreached)


@blueprint.get("/proces-verbal.pdf")
@opens(*READERS)
def minutes_pdf(round_id: uuid.UUID) -> Response:
    with db().reading() as session:
        query = session.query(Minutes).options(undefer(Minutes.pdf)).filter_by(round_id=round_id)
        signed = query.one_or_none()
    if signed is None:
        raise NotFound("no-minutes", _("Le procès-verbal de ce tour n’est pas encore signé."))
    response = Response(signed.pdf, mimetype="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="proces-verbal-{signed.content_hash[:8]}.pdf"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


@blueprint.get("/proces-verbal.json")
@requires(*READERS)
def minutes_json(round_id: uuid.UUID) -> Response:
    """Exactly the bytes whose SHA-256 is printed on every page of the PDF."""
    with db().reading() as session:
        signed = session.query(Minutes).filter_by(round_id=round_id).one_or_none()
    if signed is None:
        raise NotFound("no-minutes", _("Le procès-verbal de ce tour n’est pas encore signé."))
    return files.download(rules.canonical(signed.content), f"proces-verbal-{signed.content_hash[:8]}.json")


@blueprint.get("/publier")
@requires(*WRITERS)
def ask_publish(round_id: uuid.UUID) -> str:
    with db().reading() as session:
        context = round_context(session, round_id)
        this = context["round"]
        told_to = [one for one in queries.results(session, this) if one.is_told] if this.frozen else []
        pots = queries.pots_of(session, round_id)
        money = context["call"].kind == "funding" or bool(pots)
        return render_template(
            "jury/publish.html",
            **context,
            count=len(told_to),
            tally=Counter(one.outcome for one in told_to),
            waiting=queries.undecided(session, this) if this.frozen else [],
            words_waiting=sum(line.decision is None for line in queries.feedback_lines(session, this)),
            undecided=money and this.left_at is None and not any(pot.decided_at for pot in pots),
        )


@blueprint.post("/publier")
@requires(*WRITERS)
def publish(round_id: uuid.UUID) -> ResponseReturnValue:
    try:
        with db().transaction() as session:
            told_to = signing.publish(session, round_id, who=who(), now=clock.now())
    except RuleError as refusal:
        flash(told(refusal), "stop")
    else:
        flash(ngettext("%(num)d porteur est prévenu.", "%(num)d porteurs sont prévenus.", told_to), "done")
    return redirect(url_for(".minutes", round_id=round_id), 303)
