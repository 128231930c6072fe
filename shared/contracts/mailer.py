"""Facts that mailer publishes."""

from __future__ import annotations

from marshmallow import fields, validate

from shared.contracts.parts import identifier, instant, text
from shared.contracts.registry import Contract, fact


@fact("mailer.issue.published.v1", thing="issue_id")
class IssuePublished(Contract):
    """An issue of L'Écho du Réseau is out and can be read on the web."""

    issue_id = identifier()
    number = fields.Integer(required=True, strict=True)
    title = text(200)
    published_at = instant()
    url = text(500)
    recipients = fields.Integer(required=True, strict=True)


@fact("mailer.contact.unsubscribed.v1", thing="contact_id")
class ContactUnsubscribed(Contract):
    """Someone left a list; `list` is its key."""

    contact_id = identifier()
    list = fields.String(required=True, validate=validate.Length(max=60))
    at = instant()
