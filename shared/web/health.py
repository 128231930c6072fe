"""Is the process alive, is it ready, and how is it doing."""

from __future__ import annotations

import ipaddress
import os
import time

from flask import Blueprint, Flask, Response, abort, g, request
from flask.typing import ResponseReturnValue
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Histogram,
    generate_latest,
    multiprocess,
)

from shared.web import db

http_seconds = Histogram(
    "agora_http_request_seconds",
    "Time to answer a request, by route (never by address: addresses may hold personal links).",
    ["service", "method", "route", "status"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
)

blueprint = Blueprint("health", __name__)


@blueprint.get("/livez")
def livez() -> ResponseReturnValue:
    """The process answers."""
    return Response("ok\n", mimetype="text/plain")


@blueprint.get("/readyz")
def readyz() -> ResponseReturnValue:
    """The process can do its work: the database answers. The broker is not asked: forms work without it."""
    if db().is_up():
        return Response("ok\n", mimetype="text/plain")
    return Response("database: no answer\n", status=503, mimetype="text/plain")


@blueprint.get("/metrics")
def metrics() -> ResponseReturnValue:
    """For Prometheus inside the house; through the proxy, or from a public address, it does not exist."""
    if not _from_inside():
        abort(404)
    registry = REGISTRY
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _from_inside() -> bool:
    forwarded = ("X-Forwarded-For", "X-Forwarded-Host", "Forwarded", "X-Real-Ip", "Via")
    if any(name in request.headers for name in forwarded):
        return False
    peer = str(request.environ.get("REMOTE_ADDR", ""))
    try:
        address = ipaddress.ip_address(peer)
    except ValueError:
        return peer == ""  # a unix socket has no address
    return bool(address.is_loopback or address.is_private)


def watch(app: Flask, name: str) -> None:
    """Serve the three addresses and time every request."""
    app.register_blueprint(blueprint)

    @app.before_request
    def start() -> None:
        g.started = time.perf_counter()

    @app.after_request
    def stop(response: Response) -> Response:
        route = request.url_rule.rule if request.url_rule else "(none)"
        if "started" in g:
            seconds = time.perf_counter() - g.started
            http_seconds.labels(name, request.method, route, str(response.status_code)).observe(seconds)
        return response
