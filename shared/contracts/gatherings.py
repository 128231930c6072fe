"""Facts that registration publishes about what brings people together, and about the network itself."""

from __future__ import annotations

from marshmallow import fields, validate

from shared.contracts.parts import FormerOccasion, Occasion, Organiser, Part, Person, Slot, identifier, instant, text
from shared.contracts.registry import Contract, fact


@fact("registration.event.published.v1", thing="event_id")
class EventPublished(Contract):
    """An event is open to the public, or what the public sees of it changed.

    `by_invitation`: only invited people register, and no agenda announces it.
    """

    event_id = identifier()
    title = text(200)
    starts_at = instant()
    ends_at = instant()
    place = text(300)
    capacity = fields.Integer(required=True, strict=True, allow_none=True)
    url = text(500)
    by_invitation = fields.Boolean()


@fact("registration.event.withdrawn.v1", thing="event_id")
class EventWithdrawn(Contract):
    """An event that was public is a draft again, and nobody had registered. Published later, it is told anew."""

    event_id = identifier()
    title = text(200)
    starts_at = instant()
    ends_at = instant()
    place = text(300)
    url = text(500)


@fact("registration.event.called_off.v1", thing="event_id")
class EventCalledOff(Contract):
    """An event that was public does not take place; everybody registered was told. `reason` is French."""

    event_id = identifier()
    title = text(200)
    starts_at = instant()
    ends_at = instant()
    place = text(300)
    reason = text(300)
    url = text(500)


class Assembly(Part):
    """The meeting that members are called to."""

    id = identifier()
    title = text(200)
    held_at = instant()
    place = text(300)
    second_session = fields.Boolean(load_default=False)


class PointChange(Part):
    """A point of an agenda as it was and as it is; `before` is empty where it was added, `after` where it was taken
    off."""

    before = text(400)
    after = text(400)


class FormerNotice(Part):
    """What the notice before said, and since when; of the agenda, what is another now. `title`: where that is.
    `proxies_hold`, where the day is another: whether a proxy for that day holds for this one; `proxy_holder`: whom this
    member had named; `proxies_carried`: who had named this member."""

    sent_at = instant()
    held_at = instant()
    place = text(300)
    points = fields.List(fields.Nested(PointChange), required=True)
    title = text(200, required=False)
    proxies_hold = fields.Boolean()
    proxy_holder = text(200, required=False)
    proxies_carried = fields.List(text(200), required=False)


@fact("registration.assembly.convened.v1", thing="voter_id")
class AssemblyConvened(Contract):
    """A member is called to an assembly: a right, so leaving the newsletter does not stop it. `was`: this notice
    corrects another, which said that; `reason`: why. `calendar`: its hour; it ends when it begins, for no end is said.
    """

    voter_id = identifier()
    assembly = fields.Nested(Assembly, required=True)
    agenda = fields.List(text(300), required=True)
    structure = text(200)
    person = fields.Nested(Person, required=True)
    organiser = fields.Nested(Organiser, required=True)
    proxies_cap = fields.Integer(strict=True, allow_none=True, load_default=None)
    proxies_same_college = fields.Boolean(load_default=False)
    proxies_blank = fields.Boolean()  # whether a proxy that names nobody is taken, and given to a member who is there
    ticket = text(60, required=False)  # what the QR code says that is shown at the entrance
    calendar = fields.List(fields.Nested(Slot), required=False)
    was = fields.Nested(FormerNotice, required=False)
    reason = text(300, required=False)


class GivenProxy(Part):
    """A proxy that lay there: which structure gave it, and to which."""

    giver = text(200)
    holder = text(200)


@fact("registration.assembly.called_off.v1", thing="voter_id")
class AssemblyCalledOff(Contract):
    """An assembly that members were called to does not take place. One fact to an address: `structures`, all that it
    speaks for. `proxies`: those they gave, `carried`: who named them; none of them counts any more. `event`: the title
    of the public event they were registered for, which is called off with it and whose entries are in `calendar`;
    `event_told`: of one that another mail told them of before; `event_invited`: of one that goes with it, which they
    were invited to without having answered."""

    voter_id = identifier()
    assembly = fields.Nested(Assembly, required=True)
    structures = fields.List(text(200), required=True, validate=validate.Length(min=1))
    person = fields.Nested(Person, required=True)
    organiser = fields.Nested(Organiser, required=True)
    reason = text(300)
    calendar = fields.List(fields.Nested(Slot), required=True)
    proxies = fields.List(fields.Nested(GivenProxy), required=False)
    carried = fields.List(text(200), required=False)
    event = text(200, required=False)
    event_told = text(200, required=False)
    event_invited = text(200, required=False)


@fact("registration.group.convened.v1", thing="member_id")
class GroupConvened(Contract):
    """A member of a group is called to its next meeting; without a meeting, asked for themes. `was`: they were called
    to it before, then and there, and had not registered; `reason`: why it moved."""

    member_id = identifier()
    group = text(200)
    person = fields.Nested(Person, required=True)
    organiser = fields.Nested(Organiser, required=True)
    animator = text(200, required=False, load_default="")
    meeting = fields.Nested(Occasion, required=True, allow_none=True)
    elsewhere = text(80, required=False, load_default="")  # the hour where partners live, in words
    topics = fields.List(text(200), required=True)
    calendar = fields.List(fields.Nested(Slot), required=True)
    link = text(500)
    was = fields.Nested(FormerOccasion, required=False)
    reason = text(300, required=False)


@fact("registration.group.called_off.v1", thing="member_id")
class GroupCalledOff(Contract):
    """A meeting does not take place that a member was called to, who had not registered for it. `assembly`: the title
    of one that it announced, of which another mail told them before that it does not take place."""

    member_id = identifier()
    group = text(200)
    person = fields.Nested(Person, required=True)
    organiser = fields.Nested(Organiser, required=True)
    meeting = fields.Nested(Occasion, required=True)
    reason = text(300)
    calendar = fields.List(fields.Nested(Slot), required=True)
    link = text(500)
    assembly = text(200, required=False)


class Paragraph(Part):
    """One part of what a workshop brought back. `heading` is French, as it is shown."""

    kind = fields.String(required=True, validate=validate.OneOf(("findings", "proposals", "next_steps")))
    heading = text(60)
    text = text(3000)


@fact("registration.workshop.restituted.v1", thing="workshop_id")
class WorkshopRestituted(Contract):
    """The staff hand a workshop's account to L'Écho; a later fact of the same workshop holds its corrected words."""

    workshop_id = identifier()
    event_id = identifier()
    event_title = text(200)
    workshop_title = text(200)
    host = text(200)
    held_at = instant()
    paragraphs = fields.List(fields.Nested(Paragraph), required=True, validate=validate.Length(min=1))
    organiser = fields.Nested(Organiser, required=True)
    url = text(500)


class NetworkName(Part):
    """What the network is called from a day of Paris on, until the next name's day. legal_form: French, in words."""

    since = fields.Date(required=True)
    name = fields.String(required=True, validate=validate.Length(1, 200))
    legal_form = text(120)
    address = text(300)
    email = text(254)


@fact("registration.identity.changed.v1", thing="network_id")
class IdentityChanged(Contract):
    """What the network is, was and will be called: every name it has, the latest first, in place of those told before.

    A name whose day is still to come is told with the others; who receives it looks at the day.
    """

    network_id = identifier()
    names = fields.List(fields.Nested(NetworkName), required=True)
