"""The way around the three services, and the names that every page shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Flask, current_app, redirect, request
from flask_babel import get_locale

from shared.contracts.parts import LOCALES
from shared.identity import Staff, current_staff
from shared.web import settings
from shared.web.called import network_name, this_year
from shared.web.drawing import curves, envelope, gauge, interval, sparkline, stacked
from shared.web.qr import qr_svg
from shared.web.words import _

LANGUAGES = {"fr": "Français", "en": "English"}


@dataclass(frozen=True)
class Entry:
    """One entry of the staff navigation."""

    label: str
    href: str
    current: bool


def staff_entries(here: str) -> list[Entry]:
    """Where the person who is signed in may work. here: the service that answers."""
    staff = current_staff()
    return [] if staff is None else workplaces(staff, here)


def workplaces(staff: Staff, here: str = "") -> list[Entry]:
    """The services where somebody may work, in the order of the year. here: the service that answers."""
    all_ = [
        ("registration", _("Inscriptions"), settings().registration_url, ("staff", "desk", "auditor", "treasurer")),
        ("jury", _("Jury"), settings().jury_url, ("secretary", "staff", "auditor", "treasurer")),
        ("mailer", _("Courrier et L’Écho"), settings().mailer_url, ("editor", "staff", "auditor")),
    ]
    return [Entry(label, f"{base}/equipe/", name == here) for name, label, base, roles in all_ if staff.has(*roles)]


def _languages() -> list[tuple[str, str, str]]:
    """(code, name, address of this page in that language); none where no link leads to this page."""
    if request.method == "POST" and not _is_page():
        return []
    return [(code, LANGUAGES[code], _here(lang=code)) for code in LOCALES]


def _is_page() -> bool:
    """Whether this address answers to a link, and not to a form alone."""
    adapter = current_app.create_url_adapter(request)
    return adapter is not None and adapter.test(method="GET")


def _here(**changes: Any) -> str:
    """The address of this page with some of its parameters changed."""
    kept = [(key, value) for key, value in request.args.items(multi=True) if key not in changes]
    query = urlencode([*kept, *((key, str(value)) for key, value in changes.items())])
    return f"{request.script_root or ''}{request.path}?{query}"


def sort_link(key: str, direction: str) -> str:
    """This list, sorted otherwise; back on its first page."""
    return _here(sort=key, direction=direction, page=1)


def page_link(page: int) -> str:
    """Another page of this list."""
    return _here(page=page)


def staff_door(app: Flask) -> None:
    """/equipe/ leads the staff in, in every service; one that has no such page of its own sends them to "/"."""
    if any(rule.rule == "/equipe/" for rule in app.url_map.iter_rules()):
        return
    app.add_url_rule("/equipe/", "staff_door", lambda: redirect((request.script_root or "") + "/", 303))


def legal_pages() -> list[tuple[str, str]]:
    """(path, name) of what the law asks every site to say; registration answers for the three services."""
    return [
        ("donnees-personnelles", _("Données personnelles")),
        ("accessibilite", _("Accessibilité")),
        ("mentions-legales", _("Mentions légales")),
    ]


def guide(app: Flask, name: str) -> None:
    """Give the templates what every frame shows."""

    def language() -> str:
        return str(get_locale() or "fr")

    shown: dict[str, Any] = {
        "service_name": name,
        "staff_frame": "agora/staff.html",  # a service that has a second line of menu names its own
        "current_staff": current_staff,
        "legal_pages": legal_pages,
        "network_name": network_name,
        "this_year": this_year,
        "staff_entries": lambda: staff_entries(name),
        "languages": _languages,
        "language": language,
        "site": settings,
        "sort_link": sort_link,
        "page_link": page_link,
        "gauge_svg": gauge,
        "sparkline_svg": sparkline,
        "curves_svg": curves,
        "stacked_svg": stacked,
        "interval_svg": interval,
        "envelope_svg": envelope,
        "qr_svg": qr_svg,
    }
    app.jinja_env.globals.update(shown)
