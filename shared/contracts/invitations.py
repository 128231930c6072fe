"""Facts that registration publishes about people who are invited to an event and have not answered."""

from __future__ import annotations

from marshmallow import fields

from shared.contracts.parts import FormerOccasion, Occasion, Organiser, Person, identifier, text
from shared.contracts.registry import Contract, fact


class _Invitation(Contract):
    """`source` and `origin` say where the address comes from: a list of the team's ("file", in its words), whoever was
    "registered" at or "came" to another event, the members of a "group", the "members" of the network. `leave_link`: to
    be invited to nothing any more; it holds for as long as the mail is kept."""

    invitation_id = identifier()
    round_id = identifier()
    occasion = fields.Nested(Occasion, required=True)
    person = fields.Nested(Person, required=True)
    organiser = fields.Nested(Organiser, required=True)
    source = text(10)
    origin = text(200)
    link = text(500)
    leave_link = text(500, required=False)


@fact("registration.invitation.sent.v1", thing="invitation_id")
class InvitationSent(_Invitation):
    """Somebody is invited to an event, reminded of it or invited once more; one fact for each. `link` opens the form.
    `was`: they were invited to it before, then and there, and have not answered; `reason`: why it moved.

    An address has one invitation at an event: `invitation_id` with `round_id` is what the mailer knows a mail by.
    """

    word = text(1000, required=False)
    reminder = fields.Boolean(required=False)
    was = fields.Nested(FormerOccasion, required=False)
    reason = text(300, required=False)


@fact("registration.invitation.called_off.v1", thing="invitation_id")
class InvitationCalledOff(_Invitation):
    """An event does not take place that somebody was invited to, who had not answered. `assembly`: the title of one
    that it announced, of which another mail told them before that it does not take place."""

    reason = text(300)
    assembly = text(200, required=False)
