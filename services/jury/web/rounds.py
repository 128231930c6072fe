"""Step 1 on the day: the chair's board, the tablets, late values, the ranking, the minutes. Next: use_cases."""

from __future__ import annotations

import datetime as dt
import json
import uuid

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _
from sqlalchemy.orm import Session, undefer

from services.jury import queries, rules, scoring
from services.jury.models import Minutes
from services.jury.use_cases import calls, rounds, signing, tablets
from services.jury.web.once import Once
from services.jury.web.staff import READERS, WRITERS, SignForm, act, round_context, told, who
from shared import clock
from shared.errors import NotFound, RuleError
from shared.identity import current_staff, requires
from shared.web import db, settings
from shared.web.forms import Loaded, load

blueprint = Blueprint("rounds", __name__, url_prefix="/equipe/tours/<uuid:round_id>")

PRINTED_CODE_LIFETIME = dt.timedelta(minutes=60)

_boards = Once(keep=64)


# The board


@blueprint.get("/")
@requires(*READERS)
def board(round_id: uuid.UUID) -> str:
    """Who scored what; the page asks for the table again and again."""
    with db().reading() as session:
        return render_template("jury/board.html", **round_context(session, round_id), table=_table(session, round_id))


@blueprint.get("/tableau")
@requires(*READERS)
def table(round_id: uuid.UUID) -> Response:
    """The table alone, with an ETag that changes exactly when something on it does."""
    return _polled(round_id, "jury/board_table.html")


@blueprint.get("/ecran")
@requires(*READERS)
def screen(round_id: uuid.UUID) -> str:
    """For the screen in the room: progress, and nothing about who scored what."""
    with db().reading() as session:
        table = _table(session, round_id, "jury/screen_table.html")
        return render_template("jury/screen.html", **round_context(session, round_id), table=table)


@blueprint.get("/ecran/tableau")
@requires(*READERS)
def screen_table(round_id: uuid.UUID) -> Response:
    return _polled(round_id, "jury/screen_table.html")


def _polled(round_id: uuid.UUID, template: str) -> Response:
    with db().reading() as session:
        version = _version(session, round_id)
        etag = f"{round_id.hex}-{version}-{get_locale()}"
        if etag in request.if_none_match:
            response = make_response("", 304)
        else:
            response = make_response(_table(session, round_id, template))
    response.set_etag(etag)
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["X-Server-Time"] = clock.now().isoformat()
    return response


def _version(session: Session, round_id: uuid.UUID) -> int:
    version = queries.board_version(session, round_id)
    if version is None:
        raise NotFound("unknown-round", "Ce tour n’existe pas, ou n’existe plus.")
    return version


def _table(session: Session, round_id: uuid.UUID, template: str = "jury/board_table.html") -> str:
    """Rendered once per change and language, for everyone who looks at it."""
    version = _version(session, round_id)

    def render() -> str:
        this = rounds.find_round(session, round_id)
        return render_template(template, board=queries.board(session, this, version))

    return _boards.get((settings().database_url, round_id, version, str(get_locale()), template), render)


# Opening and closing


@blueprint.get("/ouvrir")
@requires(*WRITERS)
def ask_open(round_id: uuid.UUID) -> str:
    with db().reading() as session:
        context = round_context(session, round_id)
        return render_template(
            "jury/open.html",
            **context,
            projects=len(queries.projects_of(session, context["call"].id)),
            jurors=len(queries.jurors_of(session, context["call"].id)),
            criteria=queries.criteria_of(session, context["call"].id),
        )


@blueprint.post("/ouvrir")
@requires(*WRITERS)
def open_(round_id: uuid.UUID) -> ResponseReturnValue:
    def work(session: Session) -> None:
        rounds.open_round(session, round_id, who=who(), now=clock.now())

    return act(work, url_for(".pairing", round_id=round_id), done=_("Le tour est ouvert. Appairez les tablettes."))


@blueprint.get("/clore")
@requires(*WRITERS)
def ask_close(round_id: uuid.UUID) -> str:
    with db().reading() as session:
        context = round_context(session, round_id)
        version = _version(session, round_id)
        return render_template("jury/close.html", **context, board=queries.board(session, context["round"], version))


@blueprint.post("/clore")
@requires(*WRITERS)
def close(round_id: uuid.UUID) -> ResponseReturnValue:
    def work(session: Session) -> None:
        rounds.close_round(session, round_id, who=who(), now=clock.now())

    return act(work, url_for(".ranking", round_id=round_id), done=_("Le tour est clos."))


# Tablets


@blueprint.get("/tablettes")
@requires(*READERS)
def pairing(round_id: uuid.UUID) -> str:
    with db().reading() as session:
        context = round_context(session, round_id)
        board = queries.board(session, context["round"], 0)
        return render_template("jury/pairing.html", **context, board=board)


@blueprint.post("/tablettes/<uuid:juror_id>")
@requires(*WRITERS)
def code(round_id: uuid.UUID, juror_id: uuid.UUID) -> ResponseReturnValue:
    """A new one-use code, shown once: it is stored hashed, so it cannot be shown again."""
    now = clock.now()
    try:
        with db().transaction() as session:
            context = round_context(session, round_id)
            made = tablets.new_code(session, round_id, juror_id, who=who(), now=now)
            juror = calls.lock_juror(session, juror_id)
    except NotFound:
        raise
    except RuleError as refusal:
        flash(told(refusal), "stop")
        return redirect(url_for(".pairing", round_id=round_id), 303)
    return render_template(
        "jury/code.html", **context, juror=juror, link=_link(made), expires_at=now + rules.CODE_LIFETIME
    )


@blueprint.post("/tablettes")
@requires(*WRITERS)
def print_codes(round_id: uuid.UUID) -> ResponseReturnValue:
    """One sheet to print with a code for each juror who has no tablet yet."""
    now = clock.now()
    try:
        with db().transaction() as session:
            context = round_context(session, round_id)
            board = queries.board(session, context["round"], 0)
            waiting = [j for j in board.jurors if j.id not in board.tablets or not board.tablets[j.id].paired]
            cards = [
                (
                    juror,
                    _link(
                        tablets.new_code(
                            session, round_id, juror.id, who=who(), now=now, lifetime=PRINTED_CODE_LIFETIME
                        )
                    ),
                )
                for juror in sorted(waiting, key=lambda one: one.id)
            ]
    except NotFound:
        raise
    except RuleError as refusal:
        flash(told(refusal), "stop")
        return redirect(url_for(".pairing", round_id=round_id), 303)
    cards.sort(key=lambda card: (card[0].last_name.casefold(), card[0].first_name.casefold()))
    return render_template("jury/codes.html", **context, cards=cards, expires_at=now + PRINTED_CODE_LIFETIME)


@blueprint.get("/tablettes/<uuid:juror_id>/etat")
@requires(*READERS)
def pairing_state(round_id: uuid.UUID, juror_id: uuid.UUID) -> Response:
    """Whether the juror's tablet is paired, and how often one was: the code page waits for it to grow."""
    with db().reading() as session:
        tablet = queries.tablet_of(session, round_id, juror_id)
    state = {"paired": tablet is not None and tablet.paired, "epoch": tablet.epoch if tablet else 0}
    return Response(json.dumps(state), mimetype="application/json")


def _link(made: str) -> str:
    return f"{settings().public_url}/tablet/#{made}"


# After closing


@blueprint.get("/tardives")
@requires(*READERS)
def late(round_id: uuid.UUID) -> str:
    with db().reading() as session:
        context = round_context(session, round_id)
        titles = {c["id"]: c["title"] for c in (context["round"].frozen or {"criteria": []})["criteria"]}
        return render_template("jury/late.html", **context, entries=queries.late_tray(session, round_id), titles=titles)


@blueprint.post("/tardives/<uuid:entry_id>")
@requires(*WRITERS)
def settle(round_id: uuid.UUID, entry_id: uuid.UUID) -> ResponseReturnValue:
    accept = request.form.get("decision") == "accept"

    def work(session: Session) -> None:
        rounds.settle_late(session, entry_id, accept=accept, who=who(), now=clock.now())

    words = _("Saisie tardive acceptée.") if accept else _("Saisie tardive refusée.")
    return act(work, url_for(".late", round_id=round_id), done=words)


@blueprint.get("/classement")
@requires(*READERS)
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
            projects={str(p.id): p for p in queries.projects_of(session, this.call_id)},
            titles={c["id"]: c["title"] for c in frozen["criteria"]},
            outcomes={s.project: rules.result_of(s.rank, s.eliminated, frozen["rulebook"]) for s in standings},
            shown=lambda value, digits=2: scoring.shown(value, digits, "." if str(get_locale()) == "en" else ","),
            late=queries.waiting_late(session, round_id),
        )


@blueprint.get("/rejeu.json")
@requires(*READERS)
def replay(round_id: uuid.UUID) -> Response:
    """The export from which an outsider recomputes the ranking."""
    with db().reading() as session:
        document = signing.replay_of(session, rounds.find_round(session, round_id))
    response = Response(json.dumps(document, ensure_ascii=False, indent=1), mimetype="application/json")
    response.headers["Content-Disposition"] = f'attachment; filename="rejeu-{round_id}.json"'
    return response


@blueprint.get("/signer")
@requires(*WRITERS)
def ask_sign(round_id: uuid.UUID) -> str:
    with db().reading() as session:
        context = round_context(session, round_id)
        chair = next((j for j in queries.jurors_of(session, context["call"].id) if j.chairs), None)
    staff = current_staff()
    form = Loaded.of(
        {
            "chair": f"{chair.first_name} {chair.last_name}" if chair else "",
            "secretary": staff.name if staff else "",
        }
    )
    return _sign_page(round_id, form)


def _sign_page(round_id: uuid.UUID, form: Loaded) -> str:
    with db().reading() as session:
        context = round_context(session, round_id)
        return render_template("jury/sign.html", **context, form=form, late=queries.waiting_late(session, round_id))


@blueprint.post("/signer")
@requires(*WRITERS)
def sign(round_id: uuid.UUID) -> ResponseReturnValue:
    form = load(SignForm(), request.form)
    if form.data is None:
        return _sign_page(round_id, form), 422
    names = [(form.data["chair"], _("présidence du jury")), (form.data["secretary"], _("secrétariat du jury"))]

    def work(session: Session) -> None:
        signing.sign(session, round_id, names, who=who(), now=clock.now())

    return act(work, url_for(".minutes", round_id=round_id), done=_("Le procès-verbal est signé."))


@blueprint.get("/proces-verbal")
@requires(*READERS)
def minutes(round_id: uuid.UUID) -> str:
    with db().reading() as session:
        context = round_context(session, round_id)
        signed = session.query(Minutes).filter_by(round_id=round_id).one_or_none()
        return render_template("jury/minutes.html", **context, minutes=signed)


@blueprint.get("/proces-verbal.pdf")
@requires(*READERS)
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
    response = Response(rules.canonical(signed.content), mimetype="application/json")
    response.headers["Content-Disposition"] = f'attachment; filename="proces-verbal-{signed.content_hash[:8]}.json"'
    return response


@blueprint.get("/publier")
@requires(*WRITERS)
def ask_publish(round_id: uuid.UUID) -> str:
    with db().reading() as session:
        context = round_context(session, round_id)
        count = len(queries.projects_of(session, context["call"].id))
        return render_template("jury/publish.html", **context, count=count)


@blueprint.post("/publier")
@requires(*WRITERS)
def publish(round_id: uuid.UUID) -> ResponseReturnValue:
    try:
        with db().transaction() as session:
            told_to = signing.publish(session, round_id, who=who(), now=clock.now())
    except NotFound:
        raise
    except RuleError as refusal:
        flash(told(refusal), "stop")
    else:
        flash(ngettext("%(num)d porteur est prévenu.", "%(num)d porteurs sont prévenus.", told_to), "done")
    return redirect(url_for(".minutes", round_id=round_id), 303)
