"""Counting how often a link of an issue or a letter is followed: per link and day, never per person.

A link of the mail leads through us and carries a signature, so that nobody sends people elsewhere in our name. It is
the same for all readers. The plain part keeps the addresses as they are.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import html
import re
import uuid
from dataclasses import dataclass
from urllib.parse import parse_qs, quote, urlsplit

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.mailer.models.arrivals import Click
from services.mailer.models.issues import Issue
from services.mailer.models.letters import Letter
from shared.clock import PARIS

FEWEST = 3
"""A smaller number could be one known person: it is not shown."""

_HREF = re.compile(r'(<a [^>]*?href=")(https?://[^"]*)(")')


def counted(content: str, sent_id: uuid.UUID, *, public_url: str, secret: str) -> str:
    """The HTML of what is sent, its links to elsewhere leading through us."""

    def through(found: re.Match[str]) -> str:
        url = html.unescape(found[2])
        if url.startswith(f"{public_url}/"):
            return found[0]
        return found[1] + html.escape(address(sent_id, url, public_url=public_url, secret=secret)) + found[3]

    return _HREF.sub(through, content)


def address(sent_id: uuid.UUID, url: str, *, public_url: str, secret: str) -> str:
    return f"{public_url}/vers/{sent_id}/{signature(sent_id, url, secret=secret)}?u={quote(url, safe='')}"


def signature(sent_id: uuid.UUID, url: str, *, secret: str) -> str:
    key = hashlib.sha256(b"agora link v1\0" + secret.encode()).digest()
    mac = hmac.new(key, sent_id.bytes + url.encode("utf-8", "replace"), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(mac[:15]).decode()


def target(link: str, public_url: str) -> str:
    """Where a link of the mail leads in the end."""
    if link.startswith(f"{public_url}/vers/"):
        return parse_qs(urlsplit(link).query).get("u", [""])[0]
    return link


def count(session: Session, sent_id: uuid.UUID, url: str, now: dt.datetime) -> None:
    """One more click; nothing before it has left, so that trying a test mail counts nothing."""
    states = [session.scalar(sa.select(one.state).where(one.id == sent_id)) for one in (Issue, Letter)]
    if "sent" not in states:
        return
    row = insert(Click).values(sent_id=sent_id, url=url[:500], day=now.astimezone(PARIS).date(), count=1)
    more = {"count": Click.count + 1}
    session.execute(row.on_conflict_do_update(index_elements=["sent_id", "url", "day"], set_=more))


@dataclass(frozen=True)
class Link:
    """One link of what was sent. days: clicks per day from the day on which it was."""

    url: str
    total: int
    days: list[int]

    @property
    def shown(self) -> str:
        """Without scheme, cut where it gets long."""
        words = re.sub(r"^https?://(www\.)?", "", self.url).rstrip("/")
        return words if len(words) <= 60 else words[:59] + "…"


def of(session: Session, sent: Issue | Letter, days: int = 21) -> list[Link]:
    """The links that were followed, the most first."""
    if sent.sent_at is None:
        return []
    first = sent.sent_at.astimezone(PARIS).date()
    found: dict[str, list[int]] = {}
    totals: dict[str, int] = {}
    for click in session.scalars(sa.select(Click).where(Click.sent_id == sent.id)):
        totals[click.url] = totals.get(click.url, 0) + click.count
        place = (click.day - first).days
        if 0 <= place < days:
            found.setdefault(click.url, [0] * days)[place] += click.count
    links = [Link(url, total, found.get(url, [])) for url, total in totals.items()]
    return sorted(links, key=lambda link: (-link.total, link.url))
