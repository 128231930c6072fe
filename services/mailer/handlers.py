"""Step 8 of nine: one function per fact of the other services. Each inserts ledger rows and never talks SMTP.

Next: `sender.py`, in another process, takes the rows. The inbox row, these rows and nothing else share a
transaction, so a fact delivered twice writes one mail.
"""

from __future__ import annotations

import contextlib

from sqlalchemy.orm import Session

from services.mailer import arrivals, contacts, erasure, moments, render, restitutions, transactional
from services.mailer.addresses import InvalidAddress
from services.mailer.models.contacts import ECHO
from services.mailer.models.identity import Identity
from shared import identity, network
from shared.contracts import registry
from shared.errors import RuleError
from shared.messaging.handlers import Event, Handlers, is_newer

handlers = Handlers("mailer")


def _write(session: Session, event: Event, template: str, version: str = "") -> None:
    """One mail to the person of the fact. Every fact owes its own mail, so an older one is not skipped; with a version
    its thing owes one for each.

    Raises RuleError for a template that is not there: the fact is parked, alerted, and replayed once it is.
    """
    if template not in render.templates():
        raise RuleError("template-unknown", f"Aucun modèle de courrier ne s’appelle {template}.")
    transactional.send(
        session,
        template=template,
        to=event.data["person"]["email"],
        data=registry.dump(event.type, event.data),
        business_key=(event.thing, version or str(event.sequence)),
        event_id=event.id,
    )


@handlers.on("registration.registration.confirmed.v1")
def on_registration_confirmed(session: Session, event: Event) -> None:
    """A place is certain: ticket, calendar, personal link."""
    _write(session, event, "registration_confirmed")
    moments.note_registration(session, event, "registered")


@handlers.on("registration.registration.wait_listed.v1")
def on_registration_wait_listed(session: Session, event: Event) -> None:
    """No place yet: the rank."""
    _write(session, event, "registration_wait_listed")
    moments.note_registration(session, event, "waits")


@handlers.on("registration.registration.promoted.v1")
def on_registration_promoted(session: Session, event: Event) -> None:
    """A place came free."""
    _write(session, event, "registration_promoted")
    moments.note_registration(session, event, "promoted")


@handlers.on("registration.seat.offered.v1")
def on_seat_offered(session: Session, event: Event) -> None:
    """A seat is kept until a deadline: the page to take or leave it."""
    _write(session, event, "seat_offered")


@handlers.on("registration.seat.expired.v1")
def on_seat_expired(session: Session, event: Event) -> None:
    """The deadline passed without an answer."""
    _write(session, event, "seat_expired")


@handlers.on("registration.registration.reminded.v1")
def on_registration_reminded(session: Session, event: Event) -> None:
    """The day comes near."""
    _write(session, event, "registration_reminder")


@handlers.on("registration.evaluation.asked.v1")
def on_evaluation_asked(session: Session, event: Event) -> None:
    """What somebody thought of a training: the link to the questions."""
    _write(session, event, "evaluation_asked")


@handlers.on("registration.registration.changed.v1")
def on_registration_changed(session: Session, event: Event) -> None:
    """The registration as it is now, with the calendar entry that replaces the former."""
    _write(session, event, "registration_changed")


@handlers.on("registration.registration.rescheduled.v1")
def on_registration_rescheduled(session: Session, event: Event) -> None:
    """The event moved: before and now, with the calendar entry that replaces the former."""
    _write(session, event, "registration_rescheduled")


@handlers.on("registration.registration.called_off.v1")
def on_registration_called_off(session: Session, event: Event) -> None:
    """The event does not take place: why, and the calendar entry is cancelled."""
    if event.data.get("mailed", True):  # else another mail tells both
        _write(session, event, "event_called_off")


@handlers.on("registration.workshops.allocated.v1")
def on_workshops_allocated(session: Session, event: Event) -> None:
    """What came of somebody's ranked wishes, and why."""
    _write(session, event, "workshops_allocated")


@handlers.on("registration.registration.cancelled.v1")
def on_registration_cancelled(session: Session, event: Event) -> None:
    """The place is given back; the calendar entry is cancelled."""
    _write(session, event, "registration_cancelled")
    moments.note_registration(session, event, "cancelled")


@handlers.on("registration.form.kept.v1")
def on_form_kept(session: Session, event: Event) -> None:
    """The link to finish a form."""
    _write(session, event, "form_kept")


@handlers.on("registration.link.requested.v1")
def on_link_requested(session: Session, event: Event) -> None:
    """The personal link again, to the address we hold."""
    _write(session, event, "registration_link")


@handlers.on("registration.message.written.v1")
def on_message_written(session: Session, event: Event) -> None:
    """What the staff wrote to a selection: each registration once per message, whatever is announced twice."""
    _write(session, event, "staff_message", version=str(event.data["message_id"]))


@handlers.on("registration.organiser.told.v1")
def on_organiser_told(session: Session, event: Event) -> None:
    """Who registered, to somebody who organises."""
    _write(session, event, "registrations_told")


@handlers.on("registration.invitation.sent.v1")
def on_invitation_sent(session: Session, event: Event) -> None:
    """An invitation, its reminder, once more, or to what moved: each address once per round, whatever is announced
    twice."""
    _write(session, event, "event_invitation", version=str(event.data["round_id"]))


@handlers.on("registration.invitation.called_off.v1")
def on_invitation_called_off(session: Session, event: Event) -> None:
    """What somebody is invited to does not take place; they had not answered."""
    _write(session, event, "invitation_called_off")


@handlers.on("registration.carpool.written.v1")
def on_carpool_written(session: Session, event: Event) -> None:
    """What one participant writes to another, who answers on their page or by mail."""
    _write(session, event, "carpool_note")


@handlers.on("registration.carpool.refused.v1")
def on_carpool_refused(session: Session, event: Event) -> None:
    """Why an answer by mail did not reach the other."""
    _write(session, event, "carpool_refused")


@handlers.on("registration.erasure.asked.v1")
def on_erasure_asked(session: Session, event: Event) -> None:
    """The link that confirms an erasure."""
    _write(session, event, "erasure_asked")


@handlers.on("registration.person.erased.v1")
def on_person_erased(session: Session, event: Event) -> None:
    """What the mailer holds under that address goes; the receipt is a fact."""
    erasure.on_person_erased(session, event)


@handlers.on("registration.assembly.convened.v1")
def on_assembly_convened(session: Session, event: Event) -> None:
    """The notice of an assembly, to every voter, whatever newsletters they left."""
    _write(session, event, "assembly_notice")


@handlers.on("registration.assembly.called_off.v1")
def on_assembly_called_off(session: Session, event: Event) -> None:
    """An assembly does not take place: to everybody who was called to it, once."""
    _write(session, event, "assembly_called_off")


@handlers.on("registration.group.convened.v1")
def on_group_convened(session: Session, event: Event) -> None:
    """A meeting of a group, or a call for themes: to its members only."""
    _write(session, event, "group_convened")


@handlers.on("registration.group.called_off.v1")
def on_group_called_off(session: Session, event: Event) -> None:
    """A meeting of a group does not take place: to the members who were called to it."""
    _write(session, event, "group_called_off")


@handlers.on("jury.result.published.v1")
def on_result_published(session: Session, event: Event) -> None:
    """The jury's answer to one project."""
    _write(session, event, "jury_result")
    moments.note_application(session, event, "result")


@handlers.on("jury.application.started.v1")
def on_application_started(session: Session, event: Event) -> None:
    """The link to go on with an application."""
    _write(session, event, "application_started")


@handlers.on("jury.application.link_requested.v1")
def on_application_link_requested(session: Session, event: Event) -> None:
    """The link of an application again."""
    _write(session, event, "application_link")


@handlers.on("jury.application.filed.v1")
def on_application_filed(session: Session, event: Event) -> None:
    """Proof of filing."""
    _write(session, event, "application_filed")
    moments.note_application(session, event, "filed")


@handlers.on("jury.application.reviewed.v1")
def on_application_reviewed(session: Session, event: Event) -> None:
    """Accepted, to be completed, or not eligible with the article."""
    _write(session, event, "application_reviewed")


@handlers.on("jury.application.withdrawn.v1")
def on_application_withdrawn(session: Session, event: Event) -> None:
    """Proof that an application was taken back."""
    _write(session, event, "application_withdrawn")
    moments.note_application(session, event, "withdrawn")


@handlers.on("jury.application.restored.v1")
def on_application_restored(session: Session, event: Event) -> None:
    """A withdrawal was undone."""
    _write(session, event, "application_restored")
    moments.note_application(session, event, "restored")


@handlers.on("jury.tandem.told.v1")
def on_tandem_told(session: Session, event: Event) -> None:
    """To one half of a tandem: invited, paired, or what became of the whole."""
    _write(session, event, "tandem_told")


@handlers.on("jury.opinion.asked.v1")
def on_opinion_asked(session: Session, event: Event) -> None:
    """An expert is asked what they think of a project, or reminded of it."""
    _write(session, event, "opinion_asked")


@handlers.on("jury.slot.told.v1")
def on_slot_told(session: Session, event: Event) -> None:
    """When a project is on the stage, or when it is now; for the calendar too."""
    _write(session, event, "slot_told")


@handlers.on("jury.award.offered.v1")
def on_award_offered(session: Session, event: Event) -> None:
    """What came free is offered to a project of the reserve list."""
    _write(session, event, "award_offered")


@handlers.on("jury.award.changed.v1")
def on_award_changed(session: Session, event: Event) -> None:
    """A sum that was announced is another now."""
    _write(session, event, "award_changed")


@handlers.on("jury.juror.invited.v1")
def on_juror_invited(session: Session, event: Event) -> None:
    """A juror is asked to read: until when, what to declare, and the link to begin."""
    _write(session, event, "juror_invited")


@handlers.on("jury.juror.reminded.v1")
def on_juror_reminded(session: Session, event: Event) -> None:
    """Sheets are still to be filled."""
    _write(session, event, "juror_reminded")


@handlers.on("jury.readings.given.v1")
def on_readings_given(session: Session, event: Event) -> None:
    """More projects to read, while the round is open."""
    _write(session, event, "readings_given")


@handlers.on("jury.award.opened.v1")
def on_award_opened(session: Session, event: Event) -> None:
    """An award is granted: payments, first report, and the link to what follows."""
    _write(session, event, "award_opened")


@handlers.on("jury.report.reminded.v1")
def on_report_reminded(session: Session, event: Event) -> None:
    """A report is due soon, or late."""
    _write(session, event, "report_reminded")


@handlers.on("jury.report.reviewed.v1")
def on_report_reviewed(session: Session, event: Event) -> None:
    """A report is accepted, or to be completed."""
    _write(session, event, "report_reviewed")


@handlers.on("jury.call.opened.v1")
def on_call_opened(session: Session, event: Event) -> None:
    """A call that an issue of L'Écho may name, until it closes."""
    arrivals.receive_call(session, event)


@handlers.on("registration.newsletter.consented.v1")
def on_newsletter_consented(session: Session, event: Event) -> None:
    """The newsletter box was ticked: a contact, and the proof of what they agreed to."""
    data = event.data
    with contextlib.suppress(InvalidAddress):  # their ticket was refused for the same reason, which the ledger shows
        contacts.subscribe(
            session,
            contacts.Person(
                email=data["person"]["email"],
                first_name=data["person"]["first_name"],
                last_name=data["person"]["last_name"],
                structure=data["structure"],
                locale=data["person"]["locale"],
                topics=tuple(data["topics"]),
            ),
            list=ECHO,
            source="registration",
            wording=data["wording"],
            wording_version=data["wording_version"],
            at=data["consented_at"],
            evidence=f"registration {data['registration_id']}, event {event.id}",
        )


@handlers.on("registration.newsletter.withdrawn.v1")
def on_newsletter_withdrawn(session: Session, event: Event) -> None:
    """Who agreed on the page of a registration took it back there."""
    data = event.data
    addresses = [data["person"]["email"], data.get("subscribed_email")]
    for email in dict.fromkeys(one for one in addresses if one):
        with contextlib.suppress(InvalidAddress):  # nobody was ever subscribed there
            contacts.take_back(
                session,
                email,
                list=ECHO,
                source="registration",
                wording=data["wording"],
                wording_version=data["wording_version"],
                at=data["withdrawn_at"],
                evidence=f"registration {data['registration_id']}, event {event.id}",
            )


@handlers.on("registration.workshop.restituted.v1")
def on_workshop_restituted(session: Session, event: Event) -> None:
    """What a workshop brought back waits on the contribution desk, for the editor to trim."""
    restitutions.receive(session, event)


@handlers.on("registration.staff.revoked.v1")
def on_staff_revoked(session: Session, event: Event) -> None:
    """Sessions of that account, signed before, no longer open the mailer's pages."""
    identity.on_staff_revoked(session, event)


@handlers.on("registration.attendee.checked_in.v1")
def on_checked_in(session: Session, event: Event) -> None:
    """Somebody is there: for the timeline of who is a contact."""
    moments.note_attendance(session, event)


@handlers.on("registration.attendee.undone.v1")
def on_check_in_undone(session: Session, event: Event) -> None:
    """They were not, after all."""
    moments.note_attendance(session, event)


@handlers.on("registration.identity.changed.v1")
def on_identity_changed(session: Session, event: Event) -> None:
    """What the network is called, from which day on."""
    if is_newer(session, event):
        network.receive(session, Identity, event)
