"""Which contacts the staff look at, as the address of the page says it: read, written again, and put in words."""

from __future__ import annotations

from typing import Any

from flask import request
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from services.mailer import lists
from services.mailer.contact_words import DEPARTEMENT, KINDS
from services.mailer.directory import Search
from services.mailer.web import words

LONGEST_WORDS, LONGEST_ZONE = 200, 60


def asked(session: Session) -> Search:
    """The search of the address bar; what is not a search there is no search."""
    status, kind, page = (request.args.get(name, "") for name in ("etat", "type", "page"))
    key, departement = request.args.get("liste", ""), request.args.get("departement", "").strip()
    return Search(
        words=" ".join(request.args.get("q", "").split())[:LONGEST_WORDS],
        status=status if status in words.CONTACT else "",
        list=key if key and key in {one.key for one in lists.every(session)} else "",
        zone=request.args.get("zone", "").strip()[:LONGEST_ZONE],
        departement=departement if DEPARTEMENT.fullmatch(departement) else "",
        kind=kind if kind in KINDS else "",
        page=min(int(page), 100_000) if page.isdecimal() and len(page) < 7 and int(page) else 1,
    )


def kept(search: Search) -> dict[str, Any]:
    """The same search for another address: whichever page of it one was on, it means all of its people."""
    said = {"q": search.words, "liste": search.list, "etat": search.status, "zone": search.zone}
    said |= {"departement": search.departement, "type": search.kind}
    return {name: value for name, value in said.items() if value}


def described(session: Session, search: Search) -> str:
    """The criteria in a line; "" when there is none."""
    said = [_("« %(words)s »", words=search.words)] if search.words else []
    if search.list:
        said.append(_("liste « %(list)s »", list=lists.get(session, search.list).name))
    if search.status:
        said.append(str(words.CONTACT[search.status][0]))
    if search.zone:
        said.append(_("zone « %(zone)s »", zone=search.zone))
    if search.departement:
        said.append(_("département %(code)s", code=search.departement))
    if search.kind:
        said.append(str(words.KIND[search.kind]))
    return ", ".join(said)
