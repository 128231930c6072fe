"""From a letter to a campaign, now or at an hour: step 2 of nine. `campaigns.py` is next.

The same promises as for an issue: the audience is frozen from the consents of that list in the transaction that sends,
two persons have read it, nothing leaves before its embargo, and what left is kept word for word.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import replace

from sqlalchemy.orm import Session

from services.mailer import (
    approval,
    audience,
    campaigns,
    clicks,
    echo,
    hours,
    letters,
    lists,
    prose,
    publishing,
    segments,
    unmade,
)
from services.mailer.audience import Filter
from services.mailer.models.ledger import Campaign
from services.mailer.models.letters import Letter
from services.mailer.publishing import Check, House
from shared.clock import PARIS
from shared.db import Database
from shared.errors import RuleError
from shared.web.i18n import typography
from shared.web.words import _


def archive_url(letter: Letter, house: House) -> str:
    """Where everybody may read it; empty when only the list's people get it."""
    return f"{house.public_url}/listes/{letter.list_key}/{letter.id}" if letter.public else ""


def rendered(
    session: Session, letter: Letter, house: House, at: dt.datetime, language: str = "fr"
) -> echo.RenderedIssue:
    """The mail as it would leave at that instant; as it left, if it did. Raises Unmade."""
    if letter.html is not None and letter.plain is not None:
        if language == "en" and letter.english:
            return echo.RenderedIssue(typography(letter.title), **letter.english)
        return echo.RenderedIssue(typography(letter.title), letter.html, letter.plain)
    to = lists.get(session, letter.list_key)
    sheet = echo.LetterSheet(
        title=letter.title,
        date=(letter.send_at or at).astimezone(PARIS).date(),
        text=letter.text,
        html=prose.paragraphs(letter.text),
        list_name=to.words(language)[0],
        organiser=house.organiser,
        address=house.address,
        reply_to=house.answered(to).reply_to,
        archive_url=archive_url(letter, house),
    )
    try:
        mail = echo.render_letter(sheet, language)
    except Exception as error:
        bare = replace(sheet, text="", html="")
        text = unmade.Part(_("Le texte de la lettre"), lambda: echo.render_letter(sheet, language))
        raise unmade.refusal(error, lambda: echo.render_letter(bare, language), [text]) from error
    if not house.link_key:
        return mail
    through = clicks.counted(mail.html, letter.id, public_url=house.public_url, secret=house.link_key)
    return echo.RenderedIssue(mail.subject, through, mail.text)


def preflight(
    session: Session, letter: Letter, mail: echo.RenderedIssue | None, house: House, reached: int, at: dt.datetime
) -> list[Check]:
    """What is checked before sending. mail: as of `publishing.made`; at: when it would leave."""
    early = letter.embargo_until is not None and letter.embargo_until > at
    figure = publishing.moment(letter.embargo_until) if letter.embargo_until else ""
    return [
        Check("audience", reached > 0, figure=publishing.people(reached)),
        *publishing.mail_checks(mail, house),
        publishing.variants(lambda language: rendered(session, letter, house, at, language), house),
        Check("release", not early, figure=figure),
        Check("dns", None, blocking=False),
        Check("one-click", None, blocking=False),
        Check("dead-links", None, blocking=False),
    ]


def ready(session: Session, letter: Letter, house: House, asked: Filter, at: dt.datetime) -> echo.RenderedIssue:
    """The mail, when nothing that must hold at that instant fails. Raises RuleError."""
    mail = publishing.made(lambda: rendered(session, letter, house, at))
    reached = audience.count(session, asked, letter.list_key)
    publishing.refuse_failed(preflight(session, letter, mail, house, reached, at))
    assert mail is not None  # or its variants had failed
    return mail


def _read_by_two(session: Session, letter: Letter, *, who: str, now: dt.datetime, seen: str | None) -> None:
    letters.approve(session, letter, who=who, now=now, seen=seen)
    if not approval.holds(letter):
        message = _("Qui a écrit cette lettre ne peut pas être seul à l’approuver. Demandez à quelqu’un de la relire.")
        raise RuleError("two-person", message)


def send(
    session: Session,
    letter_id: uuid.UUID,
    house: House,
    *,
    who: str,
    now: dt.datetime,
    segment_id: uuid.UUID | None = None,
    segment_version: int | None = None,
    seen: str | None = None,
) -> uuid.UUID:
    """Freeze the letter and its audience, start the campaign. Returns the campaign's id.

    Once; after a campaign that was stopped for good it goes, word for word, to those whom that had not reached.
    Whoever sends approves what they saw (`seen`, its stamp). Raises RuleError.
    """
    letter = letters.get(session, letter_id, lock=True)
    stopped = stopped_audience(session, letter)
    if letter.state == "sent" and stopped is None:
        raise RuleError("letter-sent", _("Cette lettre est déjà partie. Son registre d’envoi est ouvert."))
    if letter.state != "sent":
        _read_by_two(session, letter, who=who, now=now, seen=seen)
    chosen = stopped or segments.chosen(session, segment_id, segment_version)
    return _leave(session, letter, house, *chosen, who=who, now=now)


def stopped_audience(session: Session, letter: Letter) -> tuple[str, Filter] | None:
    """To whom the campaign went that was stopped for good; None when there is none."""
    campaign = session.get(Campaign, letter.campaign_id) if letter.campaign_id else None
    if campaign is None or campaign.state != "cancelled":
        return None
    return campaign.segment, Filter.of(campaign.filter)


def _leave(
    session: Session, letter: Letter, house: House, name: str, asked: Filter, *, who: str, now: dt.datetime
) -> uuid.UUID:
    mail = ready(session, letter, house, asked, now)
    to = lists.get(session, letter.list_key)
    stopped = session.get(Campaign, letter.campaign_id) if letter.campaign_id else None
    campaign = campaigns.create(
        session,
        list=letter.list_key,
        letter_id=letter.id,
        kind="letter",
        title=letter.title,
        subject=mail.subject,
        html=mail.html,
        text=mail.text,
        english=publishing.in_english(rendered(session, letter, house, now, "en")),
        from_name=house.organiser,
        from_email=house.from_email,
        reply_to=stopped.reply_to if stopped else house.answered(to).reply_to,  # as the mail says
        archive_url=archive_url(letter, house),
        segment=name,
        asked=asked,
    )
    recipients = campaigns.start(session, campaign.id, now)
    letter.state, letter.campaign_id, letter.sent_at, letter.updated_at = "sent", campaign.id, now, now
    letter.html, letter.plain, letter.english = mail.html, mail.text, campaign.english
    letter.send_at, letter.schedule, letter.schedule_failed = None, None, ""
    sent = {"campaign": str(campaign.id), "list": letter.list_key, "recipients": recipients}
    letters.record(session, letter, "sent", None, sent | ({"segment": name} if name else {}), who, now)
    return campaign.id


def schedule(
    session: Session,
    letter_id: uuid.UUID,
    at: dt.datetime,
    house: House,
    *,
    who: str,
    now: dt.datetime,
    segment_id: uuid.UUID | None = None,
    segment_version: int | None = None,
    seen: str | None = None,
) -> None:
    """Send at that instant, to the audience as it was shown.

    Whoever schedules approves what they saw (`seen`, its stamp). Raises RuleError.
    """
    letter = letters.unsent(session, letter_id)
    hours.refuse(at, now)
    if letter.embargo_until is not None and at < letter.embargo_until:
        message = _("L’embargo dure jusqu’au %(until)s.", until=publishing.moment(letter.embargo_until))
        raise RuleError("embargo", message, field="time")
    name, asked = segments.chosen(session, segment_id, segment_version)
    ready(session, letter, house, asked, at)
    _read_by_two(session, letter, who=who, now=now, seen=seen)
    hours.appoint(letter, at, name, asked, who, now)
    letters.record(session, letter, "scheduled", None, {"send_at": at.isoformat(), "segment": name}, who, now)


def cancel(session: Session, letter_id: uuid.UUID, *, who: str, now: dt.datetime) -> None:
    """Not at that hour, and not at all until somebody sends it. Raises RuleError once it has left."""
    letter = letters.unsent(session, letter_id)
    before = hours.lift(letter)
    letter.updated_at = now
    letters.record(session, letter, "unscheduled", before, None, who, now)


def send_due(db: Database, house: House, now: dt.datetime) -> list[uuid.UUID]:
    """Send the letters that are due; returns the campaigns."""

    def leave(session: Session, letter: Letter, segment: str, asked: Filter, who: str) -> uuid.UUID:
        return _leave(session, letter, house, segment, asked, who=who, now=now)

    return hours.send_due(db, Letter, leave, letters.record, now)
