"""The desk's page and its service worker: the same for everyone, kept on the device. The data comes through the API.

The scripts are in static/desk; the outbox they share with the jury's tablet is in shared/web/static/outbox.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from flask import Blueprint, Response, current_app, make_response, render_template, request, url_for
from flask_babel import force_locale

from shared.web import static as shared_static

blueprint = Blueprint("desk_shell", __name__, url_prefix="/poste")

_SHARED = Path(shared_static.__file__).parent / "static"
_SHARED_FILES = ("tokens.css", "components.css", "favicon.svg")


@blueprint.get("/")
def shell() -> Response:
    """The empty page. It must not depend on who asks: it is kept on the device and shown without a network."""
    with force_locale("fr"):
        return _cacheable(render_template("desk/shell.html"), "text/html")


@blueprint.get("/sw.js")
def worker() -> Response:
    """The service worker, with the list of files to keep and a version that changes with any of them."""
    own = Path(current_app.static_folder or "")
    paths = [("static", f"desk/{path.name}", path) for path in sorted((own / "desk").iterdir())]
    names = [*_SHARED_FILES, *(f"outbox/{path.name}" for path in sorted((_SHARED / "outbox").glob("*.js")))]
    paths += [("shared.static", name, _SHARED / name) for name in names]
    with force_locale("fr"):
        digest = hashlib.sha256(render_template("desk/shell.html").encode())
    for _endpoint, name, path in paths:
        digest.update(name.encode() + b"\0" + path.read_bytes())
    files = [url_for(endpoint, filename=name, v=None) for endpoint, name, _path in paths]
    body = render_template(
        "desk/sw.js", version=digest.hexdigest()[:10], shell=url_for("desk_shell.shell"), files=files
    )
    return _cacheable(body, "text/javascript")


def _cacheable(body: str, mimetype: str) -> Response:
    """An answer that holds nobody's data: kept by the browser, asked again each time."""
    answer = make_response(body)
    answer.mimetype = mimetype
    answer.headers["Cache-Control"] = "no-cache"
    answer.add_etag()
    answer.make_conditional(request)
    return answer
