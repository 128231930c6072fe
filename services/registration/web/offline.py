"""Pages that are kept on a device, with their service workers: the desk's and the workshop host's.

They are the same for everyone; the data comes through the API. The scripts are in static/desk and static/host; the
outbox they share with the jury's tablet is in shared/web/static/outbox.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from flask import Blueprint, Response, current_app, make_response, render_template, request, url_for
from flask_babel import force_locale

from shared.web import static as shared_static

desk = Blueprint("desk_shell", __name__, url_prefix="/poste")
host = Blueprint("host_shell", __name__, url_prefix="/atelier")

_SHARED = Path(shared_static.__file__).parent / "static"
_QR = "node_modules/qr"
_SHARED_FILES = ("tokens.css", "components.css", "favicon.svg", "outbox/page.css")


@desk.get("/")
def desk_page() -> Response:
    """The empty page. It must not depend on who asks: it is kept on the device and shown without a network."""
    return _page("desk")


@desk.get("/sw.js")
def desk_worker() -> Response:
    return _worker("desk", url_for(".desk_page"))


@host.get("/")
def host_page() -> Response:
    """The same for every workshop: the link's secret stands behind the # and never leaves in an address."""
    return _page("host")


@host.get("/sw.js")
def host_worker() -> Response:
    return _worker("host", url_for(".host_page"))


def _page(name: str) -> Response:
    with force_locale("fr"):
        return _cacheable(render_template(f"{name}/shell.html"), "text/html")


def _worker(name: str, shell: str) -> Response:
    """The service worker, with the list of files to keep and a version that changes with any of them."""
    own = Path(current_app.static_folder or "")
    paths = [("static", f"{name}/{path.name}", path) for path in sorted((own / name).iterdir())]
    if name == "desk":  # the reader of QR codes that deploy/local/browser.py fetches; a desk goes without, too
        paths += [("static", f"{_QR}/{path.name}", path) for path in sorted((own / _QR).glob("*.js"))]
        paths.append(("shared.static", "camera.js", _SHARED / "camera.js"))
    names = [*_SHARED_FILES, *(f"outbox/{path.name}" for path in sorted((_SHARED / "outbox").glob("*.js")))]
    paths += [("shared.static", file, _SHARED / file) for file in names]
    with force_locale("fr"):
        digest = hashlib.sha256(render_template(f"{name}/shell.html").encode())
    for _endpoint, file, path in paths:
        digest.update(file.encode() + b"\0" + path.read_bytes())
    files = [url_for(endpoint, filename=file, v=None) for endpoint, file, _path in paths]
    body = render_template(
        "offline_worker.js", cache=f"agora-{name}-", version=digest.hexdigest()[:10], shell=shell, files=files
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
