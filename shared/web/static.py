"""Style sheets, scripts and pictures: cached for a year, because a changed file has another address."""

from __future__ import annotations

import gzip
import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, Response, request

blueprint = Blueprint(
    "shared", __name__, static_folder="static", static_url_path="/static/shared", template_folder="templates"
)

_PACKED = ("text/css", "text/javascript", "application/javascript", "image/svg+xml", "application/json")


@lru_cache(maxsize=512)
def _digest(path: Path, changed_ns: int) -> str:  # noqa: ARG001
    return hashlib.sha256(path.read_bytes()).hexdigest()[:10]


@lru_cache(maxsize=128)
def _packed(etag: str, body: bytes) -> bytes:  # noqa: ARG001
    return gzip.compress(body, 9, mtime=0)


def serve(app: Flask) -> None:
    """Serve the shared files, mark every static address with the file's hash, and compress text."""
    app.register_blueprint(blueprint)

    @app.url_defaults
    def mark(endpoint: str, values: dict[str, Any]) -> None:
        if not _is_static(endpoint) or "v" in values or "filename" not in values:
            return
        folder = app.static_folder
        if endpoint != "static":
            folder = app.blueprints[endpoint.rsplit(".", 1)[0]].static_folder
        path = Path(folder or "") / values["filename"]
        if path.is_file():
            values["v"] = _digest(path, path.stat().st_mtime_ns)

    @app.after_request
    def keep(response: Response) -> Response:
        if not _is_static(request.endpoint or ""):
            return response
        if "v" in request.args and response.status_code in (200, 304):
            response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        else:
            response.headers["Cache-Control"] = "no-cache"
        if response.status_code == 200 and request.method == "GET" and response.mimetype in _PACKED:
            response.headers.add("Vary", "Accept-Encoding")
            if request.accept_encodings["gzip"] > 0:
                response.direct_passthrough = False
                etag = response.get_etag()[0] or ""
                response.set_data(_packed(etag, response.get_data()))
                response.headers["Content-Encoding"] = "gzip"
                if etag:
                    response.set_etag(etag + "-gzip")
        return response


def _is_static(endpoint: str) -> bool:
    return endpoint == "static" or endpoint.endswith(".static")
