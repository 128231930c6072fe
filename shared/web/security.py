"""The headers that every answer carries."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask, Response, current_app, request

from shared.identity import COOKIE
from shared.settings import Settings


def content_security_policy(settings: Settings) -> str:
    """No inline style or script anywhere: what a person types can never become code.

    Forms may end on a page of the other services too: after signing in, one goes back to where one came from,
    and browsers count that redirect as part of the form.
    """
    family = (settings.public_url, settings.registration_url, settings.jury_url, settings.mailer_url)
    origins = sorted({f"{url.scheme}://{url.netloc}" for url in map(urlsplit, family)})
    return "; ".join(
        [
            "default-src 'self'",
            "img-src 'self' data: blob:",
            "object-src 'none'",
            "base-uri 'none'",
            f"form-action 'self' {' '.join(origins)}",
            "frame-ancestors 'none'",
        ]
    )


def frame_for(response: Response, *ancestors: str) -> Response:
    """Let the pages of these sites ("'self'", "*", "https://…"), and no others, show this answer in a frame."""
    policy = content_security_policy(current_app.extensions["settings"])
    named = f"frame-ancestors {' '.join(ancestors)}"
    response.headers["Content-Security-Policy"] = policy.replace("frame-ancestors 'none'", named)
    # Browsers that know frame-ancestors pass over this header; the others, and what stands between, know no list.
    response.headers["X-Frame-Options"] = "SAMEORIGIN" if ancestors == ("'self'",) else "ALLOWALL"
    return response


_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Personal links are secrets that stand in the address: no other site may learn them.
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


_SECRETS = ("token", "code")
"""How the part of an address is called that opens something by itself: a personal link, a slip."""


def guard(app: Flask, settings: Settings) -> None:
    """Put the headers on every answer; a view that set one itself keeps its own, but for a secret in its address."""
    always = [
        (name.lower(), name, value)
        for name, value in ({"Content-Security-Policy": content_security_policy(settings)} | _HEADERS).items()
    ]

    @app.after_request
    def headers(response: Response) -> Response:
        if any(name in _SECRETS for name in request.view_args or ()):
            secret_address(response)
        given = {name.lower() for name in response.headers.keys()}  # noqa: SIM118  (not a dict: iterating gives pairs)
        for lower, name, value in always:
            if lower not in given:
                response.headers.add(name, value)
        if request.is_secure:
            response.headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
        if response.mimetype in ("text/html", "application/json", "application/problem+json"):
            # What the staff sees must not stay on a shared computer. Everyone else keeps the way back to a page
            # as they left it: with no-store, browsers forget what was typed there.
            keep = "no-store, private" if COOKIE in request.cookies else "no-cache, private"
            response.headers.setdefault("Cache-Control", keep)
        return response


def from_here() -> bool:
    """Whether what was sent came from one of our own pages, as its browser says: a stranger's form must not find a
    button here."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        # "none" is who typed the address, or asks again for a page: whose form it then was, a browser may not say.
        return site == "same-origin" or (site == "none" and request.method != "POST")
    origin = request.headers.get("Origin") or request.headers.get("Referer")
    return origin is None or ours(origin)


def ours(address: str) -> bool:
    """On the host that was asked, or as the network calls it: what stands between may ask by another name."""
    settings: Settings = current_app.extensions["settings"]
    try:
        host = urlsplit(address).netloc
    except ValueError:  # a header may say anything
        return False
    return bool(host) and host in (request.host, urlsplit(settings.public_url).netloc)


def secret_address(response: Response) -> Response:
    """For pages behind a personal link: no search engine keeps their address, no other site learns it."""
    response.headers["X-Robots-Tag"] = "noindex"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def keep_private(response: Response) -> Response:
    """A secret address whose page leaves no copy on a shared computer either."""
    response.headers["Cache-Control"] = "no-store"
    return secret_address(response)
