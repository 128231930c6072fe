"""Step 1 on the day: opening, the chair's board, the tablets, closing. Next: use_cases/rounds.py; then closing.py."""

from __future__ import annotations

import datetime as dt
import json
import uuid

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _
from prometheus_client import Counter
from sqlalchemy.orm import Session

from services.jury import deadlines, queries, rules
from services.jury.models import Round
from services.jury.use_cases import calls, rounds, tablets
from services.jury.web.doors import chair_is_recused, opens
from services.jury.web.once import Once
from services.jury.web.staff import READERS, WRITERS, act, round_context, told, who
from shared import clock
from shared.errors import NotFound, RuleError
from shared.identity import requires
from shared.web import db, settings

blueprint = Blueprint("rounds", __name__, url_prefix="/equipe/tours/<uuid:round_id>")

PRINTED_CODE_LIFETIME = dt.timedelta(minutes=60)

_boards = Once(keep=64)
_tables_made = Counter("agora_board_tables_made_total", "Times that a table of the board was computed and rendered")


# The board


@blueprint.get("/")
@opens(*READERS, scores=False)
def board(round_id: uuid.UUID) -> str:
    """Who scored what; the page asks for the table again and again."""
    with db().reading() as session:
        context = round_context(session, round_id)
        table = table_of(session, round_id)
        return render_template("jury/board.html", **context, table=table, recused=chair_is_recused())


@blueprint.get("/tableau")
@opens(*READERS, scores=False)
def table(round_id: uuid.UUID) -> Response:
    """The table alone, with an ETag that changes exactly when something on it does."""
    return polled(round_id, "jury/board_table.html")


@blueprint.get("/ecran")
@opens(*READERS, scores=False)
def screen(round_id: uuid.UUID) -> str:
    """For the screen in the room: progress, and nothing about who scored what."""
    with db().reading() as session:
        table = table_of(session, round_id, "jury/screen_table.html")
        poll = url_for(".screen_table", round_id=round_id)
        return render_template("jury/screen.html", **round_context(session, round_id), table=table, poll=poll)


@blueprint.get("/ecran/tableau")
@opens(*READERS, scores=False)
def screen_table(round_id: uuid.UUID) -> Response:
    return polled(round_id, "jury/screen_table.html")


def polled(round_id: uuid.UUID, template: str) -> Response:
    with db().reading() as session:
        version = _version(session, round_id)
        etag = f"{round_id.hex}-{version}-{get_locale()}-{chair_is_recused():d}"
        if etag in request.if_none_match:
            response = make_response("", 304)
        else:
            response = make_response(table_of(session, round_id, template))
    response.set_etag(etag)
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["X-Server-Time"] = clock.now().isoformat()
    return response


def _version(session: Session, round_id: uuid.UUID) -> int:
    version = queries.board_version(session, round_id, clock.now())
    if version is None:
        raise NotFound("unknown-round", "Ce tour n’existe pas, ou n’existe plus.")
    return version


def table_of(session: Session, round_id: uuid.UUID, template: str = "jury/board_table.html") -> str:
    """Rendered once per change and language, for everyone who looks at it; once more for a chair with a conflict."""
    version, outside = _version(session, round_id), chair_is_recused()

    def render() -> str:
        _tables_made.inc()
        this = calls.find_round(session, round_id)
        exercise = queries.exercise_view(session, this) if _shows_exercise(this, template) else None
        if exercise is not None:
            return render_template("jury/exercise_table.html", exercise=exercise, ten_minutes=dt.timedelta(minutes=10))
        if template == "jury/exercise_table.html":
            return ""
        board = queries.board(session, this, version)
        room = queries.room_view(session, this, clock.now())
        return render_template(template, board=board, room=room, scores_shown=not outside)

    return _boards.get((settings().database_url, round_id, version, str(get_locale()), template, outside), render)


def _shows_exercise(this: Round, template: str) -> bool:
    """Its own page does, and before the round the screen in the room."""
    return template == "jury/exercise_table.html" or (this.state == "draft" and template == "jury/screen_table.html")


# Opening and closing


@blueprint.get("/ouvrir")
@requires(*WRITERS)
def ask_open(round_id: uuid.UUID) -> str:
    with db().reading() as session:
        context = round_context(session, round_id)
        return render_template(
            "jury/open.html",
            **context,
            projects=len(queries.projects_in(session, context["round"])),
            jurors=len(queries.jurors_in(session, context["round"])),
            criteria=queries.criteria_of(session, context["call"].id),
            exercise=queries.exercise_of(session, round_id),
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
        this, call = context["round"], context["call"]
        board = queries.board(session, this, _version(session, round_id))
        # Closing is the end for a dossier that is no project yet.
        first = this.number == 1 and call.takes_applications
        waiting = queries.to_check(session, call.id, ("filed", "to_complete")) if first else 0
        still_open = first and call.state == "open" and deadlines.is_open(clock.now(), call.closes_at)
        return render_template("jury/close.html", **context, board=board, waiting=waiting, still_open=still_open)


@blueprint.post("/clore")
@requires(*WRITERS)
def close(round_id: uuid.UUID) -> ResponseReturnValue:
    def work(session: Session) -> None:
        rounds.close_round(session, round_id, who=who(), now=clock.now())

    return act(work, url_for("closing.ranking", round_id=round_id), done=_("Le tour est clos."))


# Tablets


@blueprint.get("/tablettes")
@requires(*READERS)
def pairing(round_id: uuid.UUID) -> str:
    with db().reading() as session:
        context = round_context(session, round_id)
        board = queries.board(session, context["round"], 0)
        exercise = queries.exercise_of(session, round_id)
        return render_template("jury/pairing.html", **context, board=board, exercise=exercise)


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
            paired = {juror_id for juror_id, tablet in board.tablets.items() if tablet.paired}
            waiting = [j for j in board.jurors if j.away_since is None and j.id not in paired]
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
