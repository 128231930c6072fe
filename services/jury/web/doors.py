"""Who may open a page of a round: staff by their roles, and on the chair's pages whoever holds the chair's link."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from flask import Response, after_this_request, g, request

from services.jury import queries
from services.jury.models import Juror, Round
from services.jury.use_cases import chairing
from shared import clock
from shared.errors import Forbidden
from shared.identity import current_staff, requires
from shared.web import db

COOKIE = "agora_chair"
View = TypeVar("View", bound=Callable[..., Any])


def opens(*roles: str, writes: bool = False, scores: bool = True) -> Callable[[View], View]:
    """As `requires`, and open to the chair of the round that the address names. Staff stay staff.

    writes: the chair may change what this page shows. scores: it shows what jurors gave; a chair with a conflict then
    stays outside, for nobody could tell from such a page what to leave out.
    """

    def decorate(view: View) -> View:
        staffed = requires(*roles)(view)

        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            if current_staff() is not None or not _is_chair_of(kwargs.get("round_id"), scores=scores):
                return staffed(*args, **kwargs)
            g.chair_writes = writes
            after_this_request(_forget)
            return view(*args, **kwargs)

        return cast(View, guarded)

    return decorate


def _is_chair_of(round_id: uuid.UUID | None, *, scores: bool) -> bool:
    token = request.cookies.get(COOKIE, "")
    if not token or round_id is None:
        return False
    with db().reading() as session:
        juror = chairing.of_link(session, token, clock.now())
        this = session.get(Round, round_id)
        if juror is None or this is None or not queries.sits(session, this, juror):
            return False
        g.chair_is_recused = chairing.is_recused(session, this, juror)
        if scores and g.chair_is_recused:
            raise Forbidden("recused", "Vous êtes en retrait pour un projet : le secrétariat montre cette page.")
    g.chair = juror
    return True


def _forget(response: Response) -> Response:
    """What the chair sees must not stay on a shared computer."""
    response.headers["Cache-Control"] = "no-store, private"
    return response


def chair() -> Juror | None:
    """The chair whom `opens` let in, in this request."""
    return cast("Juror | None", g.get("chair"))


def chair_is_recused() -> bool:
    """The chair whom `opens` let in has a conflict: pages with scores stay closed."""
    return bool(g.get("chair_is_recused"))
