"""Facts that registration publishes about people and their registrations. Those about meetings: gatherings.py;
about who is invited to one: invitations.py."""

from __future__ import annotations

from marshmallow import fields, validate

from shared.contracts.parts import (
    FormerOccasion,
    Occasion,
    Organiser,
    Part,
    Person,
    RankedSlot,
    Slot,
    WorkshopPlace,
    identifier,
    instant,
    text,
)
from shared.contracts.registry import Contract, fact


class _Registration(Contract):
    registration_id = identifier()
    reference = text(20)
    occasion = fields.Nested(Occasion, required=True)
    person = fields.Nested(Person, required=True)
    organiser = fields.Nested(Organiser, required=True)
    workshops = fields.List(fields.Nested(WorkshopPlace), required=True)
    link = text(500)  # the personal link; secret, so rows that hold it are pruned once published
    # As long as ranked wishes wait to be allocated: what they are, and the instant that was announced.
    ranked = fields.List(fields.Nested(RankedSlot), required=False)
    allocated_at = instant(required=False)


class _Certain(_Registration):
    ticket = text(60)  # what the QR code of the badge says
    calendar = fields.List(fields.Nested(Slot), required=True)


class _Withdrawal(Contract):
    """`withdrawn`: a workshop they had asked for, and that will not take place; `wishes`: what they rank in its slot
    from here on, the dearest first."""

    withdrawn = text(200, required=False)
    wishes = fields.List(text(200), required=False)


@fact("registration.registration.confirmed.v1", thing="registration_id")
class RegistrationConfirmed(_Certain):
    """A place is certain. `registered_by` is the colleague who filled the form in, if it was not the person;
    `passed_on_by` is who had this seat before and passed it on."""

    registered_by = text(250, required=False, load_default="")
    passed_on_by = text(250, required=False, load_default="")


@fact("registration.registration.wait_listed.v1", thing="registration_id")
class RegistrationWaitListed(_Registration, _Withdrawal):
    """No place yet; `rank` counts from 1 and was true at the instant of the fact. `together`: they wait with those who
    came on the same form, at one rank, for a place for each."""

    together = fields.Boolean(required=False)
    rank = fields.Integer(required=True, strict=True, validate=validate.Range(min=1))
    registered_by = text(250, required=False, load_default="")


@fact("registration.registration.promoted.v1", thing="registration_id")
class RegistrationPromoted(_Certain):
    """A place came free: the person left the waiting list and is certain now."""


@fact("registration.registration.changed.v1", thing="registration_id")
class RegistrationChanged(_Certain, _Withdrawal):
    """Something about a certain registration changed; the calendar replaces the earlier one.

    `gained`: workshops they waited for, or wished more than what they had, where a seat that came free is theirs now.
    """

    gained = fields.List(text(200), required=False)


@fact("registration.registration.rescheduled.v1", thing="registration_id")
class RegistrationRescheduled(_Registration):
    """The event moved: another date, hour or place. Who waits has no calendar entry to replace, but that of a call."""

    certain = fields.Boolean(required=True)
    was = fields.Nested(FormerOccasion, required=True)
    calendar = fields.List(fields.Nested(Slot), required=True)
    reason = text(300, required=False)


@fact("registration.registration.called_off.v1", thing="registration_id")
class RegistrationCalledOff(_Registration):
    """The event does not take place, so the registration ended. Who waited has no calendar entry to withdraw, but that
    of a call. `mailed`, where it is false: another mail tells the person of it. `assembly`: the title of one that it
    announced, of which another mail told them before that it does not take place."""

    certain = fields.Boolean(required=True)
    reason = text(300)
    calendar = fields.List(fields.Nested(Slot), required=True)
    mailed = fields.Boolean()
    assembly = text(200, required=False)


@fact("registration.registration.cancelled.v1", thing="registration_id")
class RegistrationCancelled(_Registration):
    """The person gave up the place, or left the waiting list, or passed the seat on to `passed_on_to`."""

    calendar = fields.List(fields.Nested(Slot), required=True)
    undo_until = instant(required=False, allow_none=True, load_default=None)
    passed_on_to = text(250, required=False, load_default="")
    reason = text(300, required=False, load_default="")  # why the staff took the place back


@fact("registration.registration.reminded.v1", thing="registration_id")
class RegistrationReminded(_Certain):
    """The day comes near, in `days_left` days; 0 is today. `cancel_link` asks once more, then gives the place to who
    waits. `directions`: how to get to each place, one sentence each."""

    cancel_link = text(500)
    days_left = fields.Integer(strict=True, validate=validate.Range(0, 60))
    directions = fields.List(text(720))


@fact("registration.evaluation.asked.v1", thing="registration_id")
class EvaluationAsked(_Registration):
    """Somebody was at a training and is asked, the day after and once, what they thought of it. `link` leads to the
    questions; the answer is kept without a name."""


class OfferedSeat(Part):
    """A seat that is kept until a deadline: in the event, or in one workshop."""

    title = text(200)
    workshop = fields.Boolean(required=True)
    until = instant()


@fact("registration.seat.offered.v1", thing="registration_id")
class SeatOffered(_Registration):
    """Seats came free and are kept for a person who waits; the link leads to the answer."""

    offers = fields.List(fields.Nested(OfferedSeat), required=True)


@fact("registration.seat.expired.v1", thing="registration_id")
class SeatExpired(_Registration):
    """An offer was not answered in time: the seat goes to the next."""

    title = text(200)
    workshop = fields.Boolean(required=True)


class DearerWish(Part):
    """A workshop that somebody wished more than what they got: how many asked for it, and for how many seats."""

    title = text(200)
    rank = fields.Integer(required=True, strict=True, validate=validate.Range(1, 3))
    asked = fields.Integer(required=True, strict=True)
    first = fields.Integer(required=True, strict=True)
    seats = fields.Integer(required=True, strict=True)


class WishOutcome(Part):
    """What came of the wishes of one slot; without a title, nothing."""

    slot = text(120)
    title = text(200, required=False, load_default="")
    room = text(120, required=False, load_default="")
    rank = fields.Integer(required=True, strict=True, allow_none=True)
    better = fields.List(fields.Nested(DearerWish), required=True)


@fact("registration.workshops.allocated.v1", thing="registration_id")
class WorkshopsAllocated(_Certain):
    """Ranked wishes became seats. `lot`: this person's number among `people`, which settled what was equal."""

    outcomes = fields.List(fields.Nested(WishOutcome), required=True)
    lot = fields.Integer(required=True, strict=True, allow_none=True)
    people = fields.Integer(required=True, strict=True)


@fact("registration.link.requested.v1", thing="registration_id")
class LinkRequested(_Registration):
    """Someone asked for the personal link again; the mail goes to the address we hold."""


@fact("registration.message.written.v1", thing="registration_id")
class MessageWritten(Contract):
    """The staff wrote to a selection of people; one fact for each. The words are data, in the person's language.

    A message reaches a registration once: `message_id` with `registration_id` is what the mailer knows it by. A `trial`
    goes to who writes it: its ids are of no registration and of no message, and its link is the event's page.
    """

    registration_id = identifier()
    message_id = identifier()
    occasion = fields.Nested(Occasion, required=True)
    person = fields.Nested(Person, required=True)
    organiser = fields.Nested(Organiser, required=True)
    title = text(150)
    body = text(5000)
    link = text(500)
    trial = fields.Boolean(required=False)


class Arrival(Part):
    """Somebody who registered, as much of them as who organises needs to read. Without a certain place they wait for
    the event; with one, `waits_for` are the workshops in whose queue they are."""

    name = text(250)
    structure = text(200)
    actor_type = text(20)
    certain = fields.Boolean(required=True)
    waits_for = fields.List(text(200), required=True)
    # What an erasure finds them by: their address is told to nobody.
    email_hash = fields.String(required=True, validate=validate.Regexp(r"^[0-9a-f]{64}$"))


class Promotion(Part):
    """Somebody who waited and has a place now: at the `event`, else in the `workshops` named, which they may have
    left since."""

    name = text(250)
    structure = text(200)
    event = fields.Boolean(required=True)
    workshops = fields.List(text(200), required=True)
    email_hash = fields.String(required=True, validate=validate.Regexp(r"^[0-9a-f]{64}$"))


class Departure(Part):
    """Somebody who gave up a place, or left the waiting list. `passed_on`: the place went to somebody else at once, who
    is among the arrivals; absent where it did not."""

    name = text(250)
    structure = text(200)
    held = fields.Boolean(required=True)
    passed_on = fields.Boolean(required=False)
    email_hash = fields.String(required=True, validate=validate.Regexp(r"^[0-9a-f]{64}$"))


@fact("registration.organiser.told.v1", thing="notice_id")
class OrganiserTold(Contract):
    """Who organises is told who registered after `since`, up to `until`. `how`: "each" is one form, or who waited and
    has a place by now; "gathered" the rest of a rush, "daily" a day. `unnamed`: how many more there are than arrivals,
    promotions and departures name; `resumes_at`: before it no more is written. `page` asks to
    sign in; `link` stops these mails."""

    notice_id = identifier()
    occasion = fields.Nested(Occasion, required=True)
    person = fields.Nested(Person, required=True)
    organiser = fields.Nested(Organiser, required=True)
    how = fields.String(required=True, validate=validate.OneOf(["each", "gathered", "daily"]))
    since = instant()
    until = instant()
    arrivals = fields.List(fields.Nested(Arrival), required=True)
    promotions = fields.List(fields.Nested(Promotion), required=False)
    departures = fields.List(fields.Nested(Departure), required=True)
    unnamed = fields.Integer(required=True, strict=True, validate=validate.Range(min=0))
    places_left = fields.Integer(required=True, strict=True, validate=validate.Range(min=0))
    waiting = fields.Integer(required=True, strict=True, validate=validate.Range(min=0))
    resumes_at = instant(required=False)
    page = text(500)
    link = text(500)


@fact("registration.form.kept.v1", thing="kept_form_id")
class FormKept(Contract):
    """Somebody keeps a half-filled form to finish it later by this link. No seat is held."""

    kept_form_id = identifier()
    occasion = fields.Nested(Occasion, required=True)
    person = fields.Nested(Person, required=True)
    organiser = fields.Nested(Organiser, required=True)
    link = text(500)
    expires_at = instant()


@fact("registration.carpool.written.v1", thing="registration_id")
class CarpoolWritten(Contract):
    """A participant writes to another about sharing a car. `person` receives it; of the sender only a first name.

    The answer is written on the page behind `link`, or by mail through the mailer: no address, no telephone passes.
    """

    registration_id = identifier()
    note_id = identifier()
    occasion = fields.Nested(Occasion, required=True)
    person = fields.Nested(Person, required=True)
    organiser = fields.Nested(Organiser, required=True)
    from_name = text(120)
    link = text(500)
    text = text(1000)


@fact("registration.carpool.refused.v1", thing="registration_id")
class CarpoolRefused(Contract):
    """What `person` answered by mail about sharing a car does not pass, and why. `to_name`: the first name of whom it
    was for, "" when they cannot be reached any more. `link`: the page where it can be written."""

    registration_id = identifier()
    answer_id = identifier()
    occasion = fields.Nested(Occasion, required=True)
    person = fields.Nested(Person, required=True)
    organiser = fields.Nested(Organiser, required=True)
    to_name = text(120)
    reason = text(40)
    link = text(500)


@fact("registration.newsletter.consented.v1", thing="registration_id")
class NewsletterConsented(Contract):
    """The newsletter box was ticked by the person, with the words they read."""

    registration_id = identifier()
    person = fields.Nested(Person, required=True)
    structure = text(200, required=False, load_default="")
    topics = fields.List(fields.String(), load_default=list)
    wording = text(1000)
    wording_version = text(40)
    consented_at = instant()


@fact("registration.newsletter.withdrawn.v1", thing="registration_id")
class NewsletterWithdrawn(Contract):
    """The person took back, on the page of their registration, what they had agreed to with the newsletter box.

    `subscribed_email`: the address they had agreed under, when they have another one since; both leave.
    """

    registration_id = identifier()
    person = fields.Nested(Person, required=True)
    subscribed_email = text(254, required=False)
    wording = text(1000)
    wording_version = text(40)
    withdrawn_at = instant()


@fact("registration.staff.revoked.v1", thing="staff_id")
class StaffRevoked(Contract):
    """Tokens of this account issued before `not_before` no longer open anything."""

    staff_id = identifier()
    not_before = instant()


class _Attendance(Contract):
    registration_id = identifier()
    event_id = identifier()
    email_hash = fields.String(required=True, validate=validate.Regexp(r"^[0-9a-f]{64}$"))
    at = instant()


@fact("registration.attendee.checked_in.v1", thing="registration_id")
class AttendeeCheckedIn(_Attendance):
    """Someone is in the building. `email_hash`: SHA-256 of the folded address, for who holds that address already."""


@fact("registration.attendee.undone.v1", thing="registration_id")
class AttendeeUndone(_Attendance):
    """A check-in was taken back."""


@fact("registration.erasure.asked.v1", thing="request_id")
class ErasureAsked(Contract):
    """Somebody asked to be erased: the link that confirms it, to their address and nowhere else."""

    request_id = identifier()
    person = fields.Nested(Person, required=True)
    organiser = fields.Nested(Organiser, required=True)
    link = text(500)
    expires_at = instant()


@fact("registration.person.erased.v1", thing="request_id")
class PersonErased(Contract):
    """A person confirmed: every service erases what it holds under this address, and says what it erased and kept.

    `email_hash`: SHA-256 of the folded address. The address itself is for services that look people up by it; rows
    that hold it are pruned once published.
    """

    request_id = identifier()
    email = text(254)
    email_hash = fields.String(required=True, validate=validate.Regexp(r"^[0-9a-f]{64}$"))
    at = instant()
