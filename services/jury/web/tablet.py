"""The jury's tablet: one page without data, its service worker and its manifest. The data comes through the API.

The page is the same for everyone and works offline once it has been opened; scripts are in static/tablet.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from flask import Blueprint, Response, current_app, make_response, render_template, request, url_for
from flask_babel import force_locale

from shared.web import static as shared_static

blueprint = Blueprint("tablet", __name__, url_prefix="/tablet")

_SHARED = Path(shared_static.__file__).parent
_QR = "node_modules/qr"
"""What draws QR codes, as deploy/local/browser.py fetches it; a tablet goes without, too."""
_SHARED_FILES = ("tokens.css", "components.css", "favicon.svg")
_TEMPLATES = ("tablet/shell.html", "agora/tablet.html", "agora/frame.html", "agora/components.html")


@blueprint.get("/")
def shell() -> Response:
    """The empty page. It must not depend on who asks: it is kept on the tablet and shown without a network."""
    # Named here, all scripts are fetched at once instead of one level of imports after the other.
    scripts = [(endpoint, name) for endpoint, name, _ in shell_files() if name.endswith(".js") and _QR not in name]
    modules = [url_for(endpoint, filename=name, v=None) for endpoint, name in scripts if name != "tablet/boot.js"]
    with force_locale("fr"):  # the script says it in the juror's language
        return _cacheable(render_template("tablet/shell.html", modules=modules), "text/html")


@blueprint.get("/sw.js")
def worker() -> Response:
    """The service worker, carrying the list of files to keep and a version that changes with any of them."""
    files = shell_files()
    body = render_template(
        "tablet/sw.js",
        version=version(files),
        shell=url_for("tablet.shell"),
        files=[url_for(endpoint, filename=name, v=None) for endpoint, name, _ in files],
    )
    response = _cacheable(body, "text/javascript")
    response.headers["Service-Worker-Allowed"] = url_for("tablet.shell")
    return response


@blueprint.get("/manifest.webmanifest")
def manifest() -> Response:
    """What the tablet's home screen shows when the page is put there."""
    icon = url_for("shared.static", filename="favicon.svg")
    body = current_app.json.dumps(
        {
            "name": "Agora — tablette du jury",
            "short_name": "Jury",
            "start_url": url_for("tablet.shell"),
            "scope": url_for("tablet.shell"),
            "display": "standalone",
            "background_color": "#faf5ea",
            "theme_color": "#9a2530",
            "icons": [{"src": icon, "sizes": "any", "type": "image/svg+xml"}],
        }
    )
    return _cacheable(body, "application/manifest+json")


def shell_files() -> list[tuple[str, str, Path]]:
    """What the tablet needs without a network: (endpoint, name below it, file), in a stable order."""
    own = Path(current_app.static_folder or "")
    shared = _SHARED / "static"
    paths = [*sorted((own / "tablet").rglob("*.*")), *(own / _QR).glob("index.js")]
    found = [("static", path.relative_to(own).as_posix(), path) for path in paths]
    names = [*_SHARED_FILES, *(f"outbox/{path.name}" for path in sorted((shared / "outbox").glob("*.js")))]
    return found + [("shared.static", name, shared / name) for name in names]


def version(files: list[tuple[str, str, Path]]) -> str:
    """Ten hex digits of the files' and the page's own content: the same on every server with the same code."""
    digest = hashlib.sha256()
    for _, name, path in files:
        digest.update(name.encode() + b"\0" + path.read_bytes())
    for name in _TEMPLATES:
        source, _, _ = current_app.jinja_env.loader.get_source(current_app.jinja_env, name)  # type: ignore[union-attr]
        digest.update(source.encode())
    return digest.hexdigest()[:10]


def _cacheable(body: str, mimetype: str) -> Response:
    """An answer that holds nobody's data: kept by the browser, asked again each time."""
    response = make_response(body)
    response.mimetype = mimetype
    response.headers["Cache-Control"] = "no-cache"
    response.add_etag()
    response.make_conditional(request)
    return response
