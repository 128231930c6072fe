"""From a claimed row to the bytes on the wire: headers, body, signature.

A campaign is prepared once per process; a single mail is rendered when it is sent, so that a mended template
also mends what waits.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections import OrderedDict
from dataclasses import dataclass

from services.mailer import addresses, campaigns, envelopes, mime, passing_on, render, rules, unsubscribe
from services.mailer.dkim import Signer
from services.mailer.ledger import Claimed
from services.mailer.models.ledger import Campaign
from services.mailer.settings import Settings
from shared import clock
from shared.db import Database

_KEPT = 16  # prepared campaigns


@dataclass(frozen=True)
class Envelope:
    """A finished mail and its SMTP envelope. on_the_wire: the mail as SMTP carries it, up to the final dot."""

    sender: str
    recipient: str
    message_id: str
    on_the_wire: bytes


def personal(body: mime.Alternative, token: str, first_name: str, public_url: str) -> mime.Content:
    """The body that one reader gets: what leaves, and what a preview as this reader shows."""
    return body.fill(
        {
            "first_name": mime.without_controls(first_name),
            "unsubscribe_url": unsubscribe.url(public_url, token),
            "preferences_url": unsubscribe.preferences_url(public_url, token),
        }
    )


@dataclass(frozen=True)
class _Prepared:
    """What is the same for all readers of a campaign."""

    topic: str  # the key of the list
    from_email: str
    answers: str  # where a reader's reply goes
    before: list[bytes]
    bodies: dict[str, mime.Alternative]  # per language


class Composer:
    """Makes mails. Safe to share between threads."""

    def __init__(self, db: Database, settings: Settings) -> None:
        self._db = db
        self._settings = settings
        self._prepared: OrderedDict[uuid.UUID, _Prepared] = OrderedDict()
        self._lock = threading.Lock()
        self._signers: dict[str, Signer] = {}
        if settings.dkim_key_file:
            selectors = {
                "bulk": settings.dkim_selector,
                "transactional": settings.dkim_transactional_selector or settings.dkim_selector,
            }
            self._signers = {
                lane: Signer.read(settings.dkim_key_file, domain=settings.mail_domain, selector=selector)
                for lane, selector in selectors.items()
            }

    def compose(self, mail: Claimed) -> Envelope:
        """Raises UnsafeHeader for an address or name that cannot be written, KeyError for missing data."""
        if mail.campaign_id:
            sender, headers, body = self._newsletter(mail)
        else:
            sender, headers, body = self._single(mail)
        message_id = mail.message_id or rules.message_id(self._settings.secret_key, mail.id, self._settings.mail_domain)
        headers = [
            *headers,
            mime.date_header(clock.now()),
            mime.token_header("Message-ID", [message_id]),
            *body.headers,
        ]
        if signer := self._signers.get(mail.lane):
            headers.insert(0, signer.sign(headers, body.canonical, at=int(time.time())))
        return Envelope(
            sender=self._bounce_address(mail.id) or sender,
            recipient=mail.email,
            message_id=message_id,
            on_the_wire=b"".join([*headers, mime.CRLF, body.stuffed]),  # no line of a header begins with a dot
        )

    def _newsletter(self, mail: Claimed) -> tuple[str, list[bytes], mime.Content]:
        assert mail.campaign_id is not None
        assert mail.contact_id is not None
        prepared = self._campaign(mail.campaign_id)
        token = unsubscribe.token(mail.contact_id, prepared.topic, secret=self._settings.secret_key)
        leave = unsubscribe.url(self._settings.public_url, token)
        whole = prepared.bodies.get(mail.data.get("locale", "fr"), prepared.bodies["fr"])
        body = personal(whole, token, mail.data.get("first_name", ""), self._settings.public_url)
        domain = self._settings.bounce_domain
        answers = f"{envelopes.LEAVE}@{domain}" if domain else prepared.answers
        by_mail = f"mailto:{answers}?subject=desinscription%20{token}"
        headers = [
            *prepared.before,
            mime.address_header("To", "", mail.email),
            mime.token_header("List-Unsubscribe", [f"<{leave}>", f"<{by_mail}>"]),
        ]
        return prepared.from_email, headers, body

    def _campaign(self, campaign_id: uuid.UUID) -> _Prepared:
        with self._lock:
            if found := self._prepared.get(campaign_id):
                self._prepared.move_to_end(campaign_id)
                return found
            with self._db.reading() as session:
                campaign = session.get_one(Campaign, campaign_id)
            before = [
                mime.address_header("From", campaign.from_name, campaign.from_email),
                mime.text_header("Subject", campaign.subject),
                mime.token_header("List-Id", [f"<{campaign.list}.{self._settings.mail_domain}>"]),
                mime.token_header("List-Unsubscribe-Post", ["List-Unsubscribe=One-Click"]),
            ]
            if campaign.reply_to:
                before.append(mime.address_header("Reply-To", "", campaign.reply_to))
            if campaign.archive_url:
                before.append(mime.token_header("Archived-At", [f"<{campaign.archive_url}>"]))
            made = _Prepared(
                topic=campaign.list,
                from_email=campaign.from_email,
                answers=campaign.reply_to or campaign.from_email,
                before=before,
                bodies=campaigns.bodies(campaign),
            )
            self._prepared[campaign_id] = made
            while len(self._prepared) > _KEPT:
                self._prepared.popitem(last=False)
            return made

    def _single(self, mail: Claimed) -> tuple[str, list[bytes], mime.Content]:
        rendered = render.render(mail.template, mail.data, self._answers(mail))
        sender = self._settings.mail_from_transactional
        headers = [
            mime.address_header("From", rendered.from_name, sender),
            mime.address_header("To", rendered.to_name, mail.email),
            mime.text_header("Subject", rendered.subject),
            mime.token_header("Auto-Submitted", ["auto-generated"]),
        ]
        if rendered.leave:
            headers.append(mime.token_header("List-Unsubscribe", [f"<{rendered.leave}>"]))
            headers.append(mime.token_header("List-Unsubscribe-Post", ["List-Unsubscribe=One-Click"]))
        if answers := _reachable(rendered.reply_to):
            headers.append(mime.address_header("Reply-To", "", answers))
        return sender, headers, mime.letter(rendered.text, rendered.html, rendered.attachments)

    def _answers(self, mail: Claimed) -> str:
        """Where an answer is passed on to who wrote the words of a mail; empty when nobody listens there."""
        domain = self._settings.bounce_domain
        if not domain or mail.kind not in passing_on.KINDS:
            return ""
        return envelopes.reply_to(mail.id, domain, secret=self._settings.secret_key)

    def _bounce_address(self, message: uuid.UUID) -> str:
        """The envelope sender that says which mail came back, `b+<id><mac>@…`; empty when nobody listens there."""
        domain = self._settings.bounce_domain
        return envelopes.sender(message, domain, secret=self._settings.secret_key) if domain else ""


def _reachable(email: str) -> str:
    """An organiser's address as a header takes it, its domain in IDNA; empty when no answer would arrive there.

    The mail leaves all the same: whoever waits for it did not type that address.
    """
    try:
        return addresses.parse(email).email
    except addresses.InvalidAddress:
        return ""
