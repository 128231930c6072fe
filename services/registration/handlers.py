"""Step 8 of nine, on this side: the other services' facts become news; our own are told to partners' programs."""

from __future__ import annotations

from functools import partial

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.registration.models.news import News
from services.registration.models.stage import StageTurn
from services.registration.queries.mails import FATES
from services.registration.rules.programs import TYPES
from services.registration.use_cases import carpool, erasing, programs, skills, structure_news, withdrawing
from shared import clock
from shared.messaging.handlers import Event, Handlers, is_newer

handlers = Handlers("registration")
NEWSLETTER = "echo"
"""The mailer's key of L'Écho du Réseau among its lists."""


@handlers.on("jury.call.opened.v1")
def on_call_opened(session: Session, event: Event) -> None:
    """A call opened, or what the public sees of it changed. The first opening stays its date."""
    if is_newer(session, event):
        data = event.data
        values = {"title": data["title"], "url": data["url"], "closes_at": data["closes_at"], "number": None}
        _tell(session, "call", event.thing, values, {"published_at": event.time})
        reopened = sa.update(News).where(News.kind == "call", News.thing == event.thing, News.closed_at < event.time)
        session.execute(reopened.values(closed_at=None))


@handlers.on("jury.minutes.signed.v1")
def on_minutes_signed(session: Session, event: Event) -> None:
    """The jury has decided: the call is not open any more, until it is opened again later.

    This fact counts its sequence by round, and the opening by call: their numbers do not compare. Both leave the
    jury's clock, days apart, so their times tell which came last. A closing that overtakes its opening leaves a
    closed row, which the late opening only fills.
    """
    if is_newer(session, event):
        values: dict[str, object] = {"closed_at": event.time}
        first: dict[str, object] = {"title": event.data["call_title"], "url": "", "published_at": event.time}
        _tell(session, "call", str(event.data["call_id"]), values, first)


@handlers.on("mailer.issue.planned.v1")
def on_issue_planned(session: Session, event: Event) -> None:
    """A number is being made: its days, for the staff's year."""
    if is_newer(session, event):
        data = event.data
        values = {"title": data["title"], "number": data["number"], "due_on": data["planned_on"]}
        values |= {"closes_at": data["contributions_until"]}
        _tell(session, "issue", event.thing, values, {"url": "", "published_at": None})


@handlers.on("jury.running_order.told.v1")
def on_running_order_told(session: Session, event: Event) -> None:
    """Who is on the stage of an event when: the whole order of that jury, in place of what it told before."""
    if not is_newer(session, event, "running order"):  # the minutes, about the same round, say nothing of it
        return
    data = event.data
    session.execute(sa.delete(StageTurn).where(StageTurn.round_id == data["round_id"]))
    if data["event_id"] is not None:
        same = {name: data[name] for name in ("round_id", "event_id")} | {"stage": data["call_title"]}
        session.add_all(StageTurn(**same, **slot) for slot in data["slots"])


@handlers.on("mailer.issue.published.v1")
def on_issue_published(session: Session, event: Event) -> None:
    """An issue of L'Écho can be read on the web."""
    if is_newer(session, event):
        data = event.data
        values = {"title": data["title"], "url": data["url"], "number": data["number"]}
        _tell(session, "issue", event.thing, values | {"published_at": data["published_at"]}, {})
        structure_news.note_articles(session, data)


@handlers.on("jury.application.filed.v1")
def on_application_filed(session: Session, event: Event) -> None:
    """A structure filed a project; filed again, after a correction, it is the same."""
    if is_newer(session, event):
        structure_news.note_application(session, event.data, event.data["filed_at"], state="filed")
        skills.note_need(session, event.data, event.time)


@handlers.on("jury.application.reviewed.v1")
def on_application_reviewed(session: Session, event: Event) -> None:
    """The completeness check answered."""
    if is_newer(session, event):
        structure_news.note_application(session, event.data, event.time, state=event.data["outcome"])
        skills.note_need(session, event.data, event.time, stands=event.data["outcome"] != "not_eligible")


@handlers.on("jury.application.withdrawn.v1")
def on_application_withdrawn(session: Session, event: Event) -> None:
    """Its bearer took it back."""
    if is_newer(session, event):
        structure_news.note_application(session, event.data, event.time, withdrawn_at=event.data["withdrawn_at"])
        skills.note_need(session, event.data, event.time, stands=False)


@handlers.on("jury.application.restored.v1")
def on_application_restored(session: Session, event: Event) -> None:
    """The withdrawal was undone."""
    if is_newer(session, event):
        structure_news.note_application(session, event.data, event.time, withdrawn_at=None)
        skills.note_need(session, event.data, event.time)


@handlers.on("jury.result.published.v1")
def on_result_published(session: Session, event: Event) -> None:
    """The jury answered."""
    if is_newer(session, event):
        structure_news.note_result(session, event.data, event.time)


@handlers.on("jury.award.changed.v1")
def on_award_changed(session: Session, event: Event) -> None:
    """A sum that was announced is another now."""
    if is_newer(session, event):
        structure_news.note_award(session, event.data, event.time)


@handlers.on("jury.award.opened.v1")
def on_award_opened(session: Session, event: Event) -> None:
    """An award is granted: also one that came free for the reserve list."""
    if is_newer(session, event):
        structure_news.note_award(session, event.data, event.time)


@handlers.on("mailer.contact.unsubscribed.v1")
def on_contact_unsubscribed(session: Session, event: Event) -> None:
    """Somebody left L'Écho at the mailer's: what we say that they agreed to follows."""
    if event.data["list"] == NEWSLETTER and event.data.get("email"):
        withdrawing.left_newsletter(session, event.data["email"], event.data["at"], event.data.get("by", ""))


@handlers.on("jury.person.erased.v1")
def on_erased_by_jury(session: Session, event: Event) -> None:
    """The jury's part of the receipt."""
    erasing.note_receipt(session, "jury", event.data)


@handlers.on("mailer.person.erased.v1")
def on_erased_by_mailer(session: Session, event: Event) -> None:
    """The mailer's part of the receipt."""
    erasing.note_receipt(session, "mailer", event.data)


@handlers.on("mailer.carpool.answered.v1")
def on_carpool_answered(session: Session, event: Event) -> None:
    """Somebody answered by mail what another wrote to them about a car."""
    carpool.answered(session, event.data, site=handlers.public_url)


FATES.listen(handlers)


def on_own_fact(session: Session, event: Event) -> None:
    """Write it down for each address that asked for it."""
    programs.write_down(session, event, clock.now())


for _type in TYPES:
    handlers.on(_type, wanted=partial(programs.hooks.wants, type=_type))(on_own_fact)


def _tell(session: Session, kind: str, thing: str, values: dict[str, object], at_first: dict[str, object]) -> None:
    row = insert(News).values(kind=kind, thing=thing, **values, **at_first)
    session.execute(row.on_conflict_do_update(index_elements=["kind", "thing"], set_=values))
