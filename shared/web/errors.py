"""Every refusal becomes a page in plain French, or RFC 9457 problem+json for programs. What was typed is kept."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit

import sqlalchemy as sa
import structlog
from flask import Flask, Response, current_app, make_response, render_template, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge, TooManyRequests

from shared.errors import Refusal
from shared.identity import SignedOut, sign_in_url
from shared.tracing import correlation_id
from shared.web.security import from_here, ours
from shared.web.words import _

log = structlog.get_logger()

_SECRET = ("password", "passphrase", "secret")
_MOST_KEPT = 500
_DRAINED = 64 * 1024 * 1024


def wants_problem() -> bool:
    """Whether a program asks: an /api path, or an Accept header that prefers JSON to HTML."""
    if request.path.startswith("/api/"):
        return True
    accept = request.accept_mimetypes
    best = accept.best_match(["text/html", "application/json", "application/problem+json"])
    return best is not None and best != "text/html" and accept[best] > accept["text/html"]


def answer(
    status: int,
    title: str,
    message: str,
    *,
    code: str,
    again: bool = False,
    sign_in: str = "",
    headers: dict[str, str] | None = None,
    details: dict[str, Any] | None = None,
) -> Response:
    """One refusal. again: show the button that sends the same answers once more, when there are some.

    sign_in: where to become somebody first, in another tab.
    """
    if wants_problem():
        body = {
            "type": "about:blank",
            "title": title,
            "status": status,
            "detail": message,
            "code": code,
            "correlation_id": correlation_id(),
        } | (details or {})
        response = Response(json.dumps(body, ensure_ascii=False, default=str), status=status)
        response.mimetype = "application/problem+json"
    else:
        kept, secrets = _typed() if again else ([], [])
        html = render_template(
            "agora/error.html",
            status=status,
            heading=title,
            message=message,
            code=code,
            kept=kept,
            secrets=secrets,
            lost_files=again and bool(request.files),
            again=again and request.method == "POST",
            guarded=current_app.extensions["guarded"](),
            sign_in=sign_in,
            before=_before(),
            correlation=correlation_id(),
        )
        response = make_response(html, status)
    for name, value in (headers or {}).items():
        response.headers[name] = value
    return response


def _before() -> str:
    """The page of ours that led here, as an address on this host; "" when none did, or this very one."""
    page = request.referrer or ""
    if not ours(page) or (request.method == "GET" and urlsplit(page).path == request.path):
        return ""
    path, query = urlsplit(page).path, urlsplit(page).query
    return "" if not path.startswith("/") or path.startswith("//") else path + (f"?{query}" if query else "")


def _typed() -> tuple[list[tuple[str, str]], list[str]]:
    """What was posted: (name, value) pairs to keep, without what no text can hold, and secrets to ask again."""
    kept: list[tuple[str, str]] = []
    secrets: list[str] = []
    for name, values in request.form.lists():
        if name == "csrf_token":
            continue
        if any(word in name for word in _SECRET):
            secrets.append(name)
            continue
        kept.extend((name, value.replace("\0", "")) for value in values)
    return kept[:_MOST_KEPT], secrets


def on_refusal(error: Refusal) -> Response:
    titles = {403: _("Cette page ne vous est pas ouverte"), 404: _("Introuvable"), 410: _("Ce lien ne sert plus")}
    details = {**({"field": error.field} if error.field else {}), **error.details}
    title = titles.get(error.status, _("Ce n’est pas possible"))
    # A rule says its French sentence; the catalogue may know it in the reader’s language.
    return answer(error.status, title, _(error.message), code=error.code, details=details)


def on_signed_out(error: SignedOut) -> Response:
    """What was typed waits on this page while one signs in beside it."""
    if wants_problem() or not from_here():
        return on_refusal(error)
    message = _(
        "Vous n’êtes plus identifié·e : la page est restée ouverte longtemps, ou vous vous êtes déconnecté·e ailleurs. "
        "Rien n’est enregistré, et ce que vous avez écrit est gardé ici. Identifiez-vous dans un autre onglet, puis "
        "revenez à celui-ci et renvoyez."
    )
    return answer(401, _("Identification nécessaire"), message, code="signed-out", again=True, sign_in=sign_in_url())


def on_csrf(_error: CSRFError) -> Response:
    if not from_here():
        message = _("Cet envoi vient d’un autre site. Rien n’a été changé.")
        return answer(400, _("Envoi refusé"), message, code="csrf")
    message = _(
        "La page est restée ouverte longtemps. Par sécurité, nous vous demandons de confirmer l’envoi. "
        "Ce que vous avez écrit est gardé."
    )
    return answer(400, _("Encore un geste"), message, code="csrf", again=True)


def on_too_large(_error: RequestEntityTooLarge) -> Response:
    drain()
    limit = current_app.config["MAX_CONTENT_LENGTH"]
    if (request.content_length or 0) > limit:
        message = _(
            "Un envoi pèse %(limit)s Mo au plus, tous ses fichiers ensemble ; celui-ci en pèse %(weight)s. Rien n’est "
            "enregistré. Revenez à la page précédente : vos réponses y sont encore. Joignez les fichiers un par un, "
            "ou plus légers.",
            limit=limit // 1024**2,
            weight=-(-(request.content_length or 0) // 1024**2),
        )
    else:
        message = _(
            "Ce que vous envoyez est trop volumineux. Revenez à la page précédente : vos réponses y sont encore. "
            "Raccourcissez le texte ou choisissez un fichier plus léger."
        )
    return answer(413, _("Trop volumineux"), message, code="too-large")


def drain() -> None:
    """Read what is still being sent: a browser shows the answer only when it could finish sending."""
    stream = request.environ.get("wsgi.input")
    left = min(request.content_length or 0, _DRAINED)
    try:
        while stream is not None and left > 0:
            chunk = stream.read(min(65_536, left))
            if not chunk:
                break
            left -= len(chunk)
    except OSError:
        return


def on_too_many(error: TooManyRequests) -> Response:
    seconds = "60"
    if error.response is not None:
        seconds = error.response.headers.get("Retry-After", seconds)
    message = _("Trop d’envois depuis votre connexion. Attendez une minute, puis recommencez.")
    headers = {"Retry-After": seconds}
    return answer(429, _("Un instant"), message, code="too-many", again=from_here(), headers=headers)


def on_busy(error: sa.exc.OperationalError) -> Response:
    """The database is away, or a lock did not come in time: nothing was written."""
    busy = getattr(error.orig, "sqlstate", None) in ("55P03", "40P01", "57014")
    log.warning("database_busy" if busy else "database_away", error=str(error.orig))
    if busy:
        title, message = (
            _("Beaucoup de monde en ce moment"),
            _("Votre envoi n’a pas pu être enregistré à temps. Rien n’est perdu : renvoyez-le."),
        )
    elif request.method == "GET":
        title, message = (
            _("Service momentanément arrêté"),
            _("Cette page ne peut pas être montrée pour l’instant. Réessayez dans une minute."),
        )
    else:
        title, message = (
            _("Service momentanément arrêté"),
            _(
                "Nous ne pouvons rien enregistrer pour l’instant. Ce que vous avez écrit est gardé sur cette page : "
                "renvoyez-le dans une minute."
            ),
        )
    headers = {"Retry-After": "10"}
    return answer(503, title, message, code="busy", again=from_here(), headers=headers)


def on_clash(error: sa.exc.IntegrityError) -> Response:
    """Two did the same at one instant, or one removed what the other wrote about: nothing of the second is written, and
    it may be sent again. Whatever else a constraint refuses is our fault."""
    if getattr(error.orig, "sqlstate", None) not in ("23505", "23503"):
        log.error("constraint_refused", exc_info=error)
        return on_crash(error)
    # With where it happened: one that comes again each time is our fault too.
    constraint = getattr(getattr(error.orig, "diag", None), "constraint_name", None)
    log.warning("clash", error=str(error.orig).partition("\n")[0], constraint=constraint, exc_info=error)
    message = _(
        "Quelqu’un vient d’enregistrer la même chose, ou de la retirer, à cet instant ; un double clic suffit. Rien de "
        "cet envoi n’est enregistré. Ce que vous avez écrit est gardé sur cette page : renvoyez-le, et vous verrez ce "
        "qu’il en est."
    )
    return answer(409, _("Deux gestes au même instant"), message, code="clash", again=from_here())


def on_unreadable(error: Exception) -> Response:
    """A character that the database cannot hold, or a number beyond its range. Bytes that are no text are not kept."""
    log.info("unreadable_input", error=type(error).__name__)
    message = _("L’envoi contient un caractère ou un nombre que nous ne pouvons pas lire. Rien n’a été enregistré.")
    again = request.method == "POST" and not isinstance(error, UnicodeDecodeError) and from_here()
    if again:
        message += " " + _("Ce que vous avez écrit est gardé, sans les caractères invisibles : renvoyez-le.")
    return answer(400, _("Illisible"), message, code="unreadable", again=again)


def on_http(error: HTTPException) -> Response:
    if error.code is None or error.code < 400:
        return Response(status=500) if error.response is None else make_response(error.get_response())
    texts = {
        400: (_("Demande incomplète"), _("Nous n’avons pas compris cette demande. Revenez à la page précédente.")),
        401: (_("Identification nécessaire"), _("Identifiez-vous pour continuer.")),
        403: (_("Cette page ne vous est pas ouverte"), _("Votre compte ne donne pas accès à cette page.")),
        404: (
            _("Page introuvable"),
            _("Cette adresse ne mène à rien : elle est mal recopiée, ou la page a été retirée."),
        ),
        405: (_("Ce geste n’existe pas ici"), _("Revenez à la page précédente et recommencez.")),
        410: (_("Ce lien ne sert plus"), _("Il a été utilisé, ou sa durée est passée. Demandez-en un nouveau.")),
        415: (_("Format inattendu"), _("Ce format de données n’est pas reconnu.")),
    }
    title, message = texts.get(error.code, (_("Demande refusée"), _("Revenez à la page précédente.")))
    if error.code >= 500:
        return on_crash(error)
    response = answer(error.code, title, message, code=str(error.name).lower().replace(" ", "-"))
    for name in ("Allow", "Retry-After", "WWW-Authenticate"):
        value = dict(error.get_headers()).get(name)
        if value:
            response.headers[name] = value
    return response


def on_crash(_error: Exception) -> Response:
    """Our fault. Flask has logged the trace with the correlation id that the page shows."""
    if request.method == "POST":
        message = _(
            "Une panne de notre côté a interrompu votre envoi. Ce que vous avez écrit est gardé sur cette page : "
            "renvoyez-le dans un moment."
        )
    else:
        message = _("Une panne de notre côté a interrompu votre demande. Réessayez dans un moment.")
    return answer(500, _("Panne de notre côté"), message, code="crash", again=from_here())


def explain(app: Flask) -> None:
    """Register the handlers, and refuse the one character that no field or address may hold."""
    app.config["PROPAGATE_EXCEPTIONS"] = False
    app.register_error_handler(Refusal, on_refusal)
    app.register_error_handler(SignedOut, on_signed_out)
    app.register_error_handler(CSRFError, on_csrf)
    app.register_error_handler(RequestEntityTooLarge, on_too_large)
    app.register_error_handler(TooManyRequests, on_too_many)
    app.register_error_handler(sa.exc.OperationalError, on_busy)
    app.register_error_handler(sa.exc.DataError, on_unreadable)
    app.register_error_handler(sa.exc.IntegrityError, on_clash)
    app.register_error_handler(UnicodeEncodeError, on_unreadable)
    app.register_error_handler(HTTPException, on_http)
    app.register_error_handler(500, on_crash)

    @app.before_request
    def readable() -> Response | None:
        texts = [request.path, *request.args.keys(), *request.args.values()]
        if any("\x00" in text for text in texts):
            return on_unreadable(ValueError("null character"))
        if request.mimetype == "application/x-www-form-urlencoded" and request.content_length:
            # Werkzeug bounds the text of multipart forms only, and reads another encoding than UTF-8 without a
            # word: it drops raw bytes and keeps "%E9" as four letters.
            if request.content_length > app.config["MAX_FORM_MEMORY_SIZE"]:
                return on_too_large(RequestEntityTooLarge())
            try:
                unquote_to_bytes(request.get_data()).decode("utf-8")
            except UnicodeDecodeError as error:
                return on_unreadable(error)
        return None
