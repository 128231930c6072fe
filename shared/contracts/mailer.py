"""Facts that mailer publishes."""

from __future__ import annotations

from marshmallow import fields, validate

from shared.contracts.parts import Erased, Kept, Part, identifier, instant, text
from shared.contracts.registry import Contract, fact


@fact("mailer.issue.planned.v1", thing="issue_id")
class IssuePlanned(Contract):
    """A number of L'Écho du Réseau is being made, or its days changed. `contributions_until`: None when none is set."""

    issue_id = identifier()
    number = fields.Integer(required=True, strict=True)
    title = text(200)
    planned_on = fields.Date(required=True, format="iso")
    contributions_until = instant(allow_none=True)


class PublishedPiece(Part):
    """An article, and the structure that it came from."""

    title = text(200)
    structure = text(200)


@fact("mailer.issue.published.v1", thing="issue_id")
class IssuePublished(Contract):
    """An issue of L'Écho du Réseau is out and can be read on the web. `pieces`: those of a structure."""

    issue_id = identifier()
    number = fields.Integer(required=True, strict=True)
    title = text(200)
    published_at = instant()
    url = text(500)
    recipients = fields.Integer(required=True, strict=True)
    pieces = fields.List(fields.Nested(PublishedPiece), required=False)


@fact("mailer.contact.unsubscribed.v1", thing="contact_id")
class ContactUnsubscribed(Contract):
    """Someone left a list; `list` is its key, `email` the address that it went to.

    `by`: themselves, by a letter or its page; the team at the mailer; or another service, which told it before."""

    contact_id = identifier()
    list = fields.String(required=True, validate=validate.Length(max=60))
    email = text(254, required=False)
    at = instant()
    by = fields.String(required=False, validate=validate.OneOf(["person", "staff", "service"]))


class _AboutMessage(Contract):
    """Which mail. `event_id`: the fact that asked for it; `about`: the thing it was about, a campaign for a letter."""

    message_id = identifier()
    template = text(60)
    event_id = identifier(allow_none=True)
    about = text(200)
    at = instant()


@fact("mailer.message.accepted.v1", thing="message_id")
class MessageAccepted(_AboutMessage):
    """The relay took a single mail. Letters to many are not announced one by one."""


@fact("mailer.message.unknown.v1", thing="message_id")
class MessageUnknown(_AboutMessage):
    """A single mail was handed to a relay, whose answer is not known: it may have left. Told once; another of these
    facts follows when the answer is known."""


@fact("mailer.message.refused.v1", thing="message_id")
class MessageRefused(_AboutMessage):
    """A single mail did not leave: refused for good, or not even tried. `verdict` as of a mail that came back."""

    status = text(20)
    reason = text(40)
    verdict = fields.String(required=True, validate=validate.OneOf(["remove", "keep", "ours"]))


@fact("mailer.message.bounced.v1", thing="message_id")
class MessageBounced(_AboutMessage):
    """A mail came back. verdict "remove": nobody is there; "keep": it may work later; "ours": the mailer is to act."""

    status = text(20)
    reason = text(40)
    verdict = fields.String(required=True, validate=validate.OneOf(["remove", "keep", "ours"]))


@fact("mailer.message.complained.v1", thing="message_id")
class MessageComplained(_AboutMessage):
    """Somebody told their provider that they do not want this mail."""


@fact("mailer.carpool.answered.v1", thing="note_id")
class CarpoolAnswered(Contract):
    """Somebody answered by mail what another wrote to them about sharing a car. `registration_id` answers `note_id`.

    `text` is all that passes of their mail, and is theirs when `read` is "words". Else it says why there are none: the
    mail held nothing of their own, or too much, or the mail that they quote could not be told from it.
    """

    note_id = identifier()
    registration_id = identifier()
    answer_id = identifier()
    read = fields.String(required=True, validate=validate.OneOf(["words", "empty", "long", "quoted"]))
    text = text(4000)
    at = instant()


@fact("mailer.person.erased.v1", thing="request_id")
class ErasedByMailer(Contract):
    """What this service erased of a person who asked, by kind of thing, and what it has to keep."""

    request_id = identifier()
    erased = fields.List(fields.Nested(Erased), required=True)
    kept = fields.List(fields.Nested(Kept), required=True)
    at = instant()
