"""What can only be known by asking others before sending: the DNS of our domain, whether each link answers, and whether
the way out takes the POST of a mail program.

Asked when somebody presses the button, never by itself. Step 2 of nine; nothing is stored. A link was typed by anybody:
only public addresses are called, at the address that was looked up, and no redirection is followed.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from urllib.parse import quote, urlsplit

from services.mailer import deliverability, unsubscribe
from services.mailer.models.contacts import ECHO
from services.mailer.publishing import Check
from services.mailer.settings import Settings
from shared import outward
from shared.web.words import _

TIMEOUT = 5.0  # seconds for each step to a link
PATIENCE = 3 * TIMEOUT  # and for its answer in all
MOST = 60  # links of one mail
_AT_ONCE = 10
_ALIVE = {401, 403, 405, 406, 429}  # somebody is there, and does not like to be asked by a machine

Public = Callable[[str], bool]


def answered(
    checks: list[Check], links: list[str], settings: Settings, *, callable: Public = outward.may_call
) -> list[Check]:
    """The checks again, with what the DNS and the links said; each stays open where nobody answered for sure."""
    known = {"dns": _dns(settings), "one-click": _one_click(settings), "dead-links": _links(links, callable)}
    return [known.get(check.key, check) for check in checks]


def _dns(settings: Settings) -> Check:
    verdicts = deliverability.check(settings)
    wrong = [one.record.about.upper() for one in verdicts if one.state in ("missing", "wrong")]
    unsure = any(one.state == "unknown" for one in verdicts)
    passed = False if wrong else (None if unsure else True)
    return Check("dns", passed, blocking=False, figure=", ".join(dict.fromkeys(wrong)))


def _one_click(settings: Settings) -> Check:
    """The POST of RFC 8058, about nobody: it must be answered 200 at once, by the address that mails carry."""
    token = unsubscribe.token(uuid.UUID(int=0), ECHO, secret=settings.secret_key)
    status = _post(unsubscribe.url(settings.public_url, token), "List-Unsubscribe=One-Click")
    figure = "" if status in (None, 200) else _("l’adresse des désabonnements répond %(status)s", status=status)
    return Check("one-click", None if status is None else status == 200, blocking=False, figure=figure)


def _post(address: str, body: str) -> int | None:
    """The status of the answer, no redirection followed; None when nobody answers."""
    parts = urlsplit(address)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=TIMEOUT)
    try:
        connection.request("POST", parts.path, body, {"Content-Type": "application/x-www-form-urlencoded"})
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def _links(links: list[str], callable: Public) -> Check:
    asked = list(dict.fromkeys(links))[:MOST]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        alive = list(pool.map(lambda link: answers(link, callable), asked))
    dead = [link for link, lives in zip(asked, alive, strict=True) if not lives]
    check = Check("dead-links", not dead, blocking=False, figure=" · ".join(dead[:5]) or str(len(asked)))
    return replace(check, figure=f"{check.figure} …") if len(dead) > 5 else check


def answers(link: str, callable: Public = outward.may_call) -> bool:
    """Whether a page is there. A redirection is an answer; where it leads is not asked."""
    parts = urlsplit(link)
    try:
        host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
        address = next(one for one in outward.addresses(host, port, TIMEOUT) if callable(one))
        connection = http.client.HTTPConnection(host, port, timeout=TIMEOUT)
        connection.sock = socket.create_connection((address, port), TIMEOUT)
        try:
            if parts.scheme == "https":
                connection.sock = ssl.create_default_context().wrap_socket(connection.sock, server_hostname=host)
            path = quote((parts.path or "/") + (f"?{parts.query}" if parts.query else ""), safe="/?&=%:@!$'()*+,;~")
            with outward.ends_within(connection.sock, PATIENCE):
                for method in ("HEAD", "GET"):
                    connection.request(method, path, headers={"User-Agent": "Agora", "Connection": "keep-alive"})
                    answer = connection.getresponse()
                    if answer.status not in (405, 501) or method == "GET":
                        return answer.status < 400 or answer.status in _ALIVE
                    answer.read()
        finally:
            connection.close()
    except (OSError, http.client.HTTPException, StopIteration, ValueError):
        return False
    return True
