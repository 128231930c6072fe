"""One way to make a web application, so that the three behave alike.

A service calls `create_web_app` in its own app.py and hands over its blueprints.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable
from typing import Any, cast

import structlog
from flask import Blueprint, Flask, Response, g, request
from flask.sessions import SecureCookieSessionInterface
from flask_wtf.csrf import CSRFProtect
from itsdangerous import TimedSerializer, URLSafeTimedSerializer
from itsdangerous.encoding import base64_encode
from werkzeug.middleware.proxy_fix import ProxyFix

from shared import clock
from shared.db import Database
from shared.settings import Settings
from shared.tracing import current_traceparent, thread_of
from shared.web import errors, health, i18n, limits, navigation, security, static, together

log = structlog.get_logger()

LARGEST_REQUEST = 12 * 1024 * 1024
LARGEST_TEXT = 1024 * 1024
SESSION_HOURS = 12
SHORT = 600  # bytes of a session
_QUIET = ("health.livez", "health.readyz", "health.metrics")


def create_web_app(
    import_name: str,
    settings: Settings,
    db: Database,
    *,
    name: str,
    blueprints: Iterable[Blueprint],
    csrf_exempt: Iterable[Blueprint | Callable[..., Any] | str] = (),
) -> Flask:
    """A Flask application with everything that every service needs.

    name: the service ("jury"). csrf_exempt: blueprints or views whose callers carry their own proof (a bearer
    token, a signed link): every other POST needs the token of the page it comes from.
    """
    app = _App(import_name)
    app.session_interface = _Sessions()
    secure = settings.public_url.startswith("https://")
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SESSION_COOKIE_NAME=f"agora_{name}",
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=secure,
        SESSION_COOKIE_PATH=(settings.url_prefix or "") + "/",
        MAX_CONTENT_LENGTH=LARGEST_REQUEST,
        MAX_FORM_MEMORY_SIZE=LARGEST_TEXT,
        MAX_FORM_PARTS=2000,
        WTF_CSRF_TIME_LIMIT=SESSION_HOURS * 3600,
        # Origins are checked by the browser's own headers and the SameSite cookies; a missing referrer is common.
        WTF_CSRF_SSL_STRICT=False,
        PREFERRED_URL_SCHEME="https" if secure else "http",
    )
    app.extensions["settings"] = settings
    app.extensions["db"] = db
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    together.compile_once(app)

    _follow(app, name)
    health.watch(app, name)
    security.guard(app, settings)
    errors.explain(app)
    limits.count(app)
    i18n.speak(app)
    static.serve(app)
    navigation.guide(app, name)

    csrf = CSRFProtect(app)
    for blueprint in blueprints:
        app.register_blueprint(blueprint)
    exempt = [*csrf_exempt]
    for one in exempt:
        csrf.exempt(one)
    app.extensions["guarded"] = lambda: _guarded(app, exempt)
    navigation.staff_door(app)
    if settings.is_development:
        from shared.web.styleguide import blueprint as styleguide

        app.register_blueprint(styleguide)

    _behind_proxy(app, settings)
    return app


def _guarded(app: Flask, exempt: Collection[Blueprint | Callable[..., Any] | str]) -> bool:
    """Whether what this request asks for needs the token of a page, and so a cookie."""
    view = app.view_functions.get(request.endpoint or "")
    asked = (app.blueprints.get(request.blueprint or ""), view, view and f"{view.__module__}.{view.__name__}")
    return not any(one in exempt for one in asked if one)


class _App(Flask):
    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """No view and no hook here is a coroutine: Flask need not look at each of them on each request."""
        return func


class _Sessions(SecureCookieSessionInterface):
    """As Flask's, which makes its serializer anew to read each session and to write it."""

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        if "sessions" not in app.extensions:
            app.extensions["sessions"] = _Serializer(
                app.secret_key or "",
                salt=self.salt,
                serializer=self.serializer,
                signer_kwargs={"key_derivation": self.key_derivation, "digest_method": self.digest_method},
            )
        return cast("URLSafeTimedSerializer | None", app.extensions["sessions"])


class _Serializer(URLSafeTimedSerializer):
    """Compresses long sessions only: what it does to try clears a quarter of a megabyte, for thirty bytes less."""

    def dump_payload(self, obj: Any) -> bytes:
        plain = TimedSerializer.dump_payload(self, obj)
        return base64_encode(plain) if len(plain) < SHORT else super().dump_payload(obj)


def _follow(app: Flask, name: str) -> None:
    """Give each request its correlation id and trace, and write one access line when it ends."""

    @app.before_request
    def begin() -> None:
        g.began, g.arrived = time.perf_counter(), clock.now()
        g.thread = thread_of(request.headers.get("X-Correlation-ID", ""), request.headers.get("traceparent", ""))
        g.correlation = g.thread.__enter__()

    @app.after_request
    def end(response: Response) -> Response:
        if "correlation" in g:
            response.headers["X-Correlation-ID"] = g.correlation
            quiet = request.endpoint in _QUIET or (request.endpoint or "").endswith("static")
            if not quiet or response.status_code >= 400:
                # The route, never the address: an address may hold a personal link.
                log.info(
                    "request",
                    service=name,
                    method=request.method,
                    route=request.url_rule.rule if request.url_rule else "(none)",
                    status=response.status_code,
                    ms=round((time.perf_counter() - g.began) * 1000, 1),
                    traceparent=current_traceparent(),
                )
        return response

    @app.teardown_request
    def leave(_error: BaseException | None) -> None:
        thread = g.pop("thread", None)
        if thread is not None:
            thread.__exit__(None, None, None)


class _Prefix:
    """Serve the application below `prefix`, whether or not the proxy has cut it off already."""

    def __init__(self, inner: Any, prefix: str) -> None:
        self.inner = inner
        self.prefix = prefix

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        path = environ.get("PATH_INFO", "")
        if path == self.prefix or path.startswith(self.prefix + "/"):
            environ["PATH_INFO"] = path[len(self.prefix) :] or "/"
        environ["SCRIPT_NAME"] = self.prefix
        return self.inner(environ, start_response)


def _behind_proxy(app: Flask, settings: Settings) -> None:
    inner: Any = app.wsgi_app
    if settings.url_prefix:
        inner = _Prefix(inner, settings.url_prefix.rstrip("/"))
    if settings.trusted_proxies:
        count = settings.trusted_proxies
        inner = ProxyFix(inner, x_for=count, x_proto=count, x_host=count)
    app.wsgi_app = inner  # type: ignore[method-assign]
