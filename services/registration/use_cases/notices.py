"""Step 2 of nine, by the clock: who organises hears who registered. Next: rules/notices.py.

Registering does nothing for it: what is told is read from the registrations afterwards, up to a mark that moves with
the fact, in one transaction (decision 0636).
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.registration.announce import notices as telling
from services.registration.models.accounts import StaffAccount
from services.registration.models.events import Event
from services.registration.models.notices import Notice
from services.registration.models.registrations import Registration
from services.registration.queries import notices as queries
from services.registration.queries.mails import FATES
from services.registration.queries.notices import Window
from services.registration.queries.places import places
from services.registration.rules import notices as rules
from services.registration.rules.choices import N_
from services.registration.rules.notices import Pace
from shared import audit
from shared.errors import NotFound, RuleError

_OPEN = ("published", "closed")
_DAY = dt.timedelta(days=1)


def keep(
    session: Session,
    event_id: uuid.UUID,
    how: str,
    now: dt.datetime,
    *,
    who: str,
    staff_id: uuid.UUID | None = None,
    email: str = "",
    locale: str = "fr",
) -> None:
    """Tell somebody from now on, or the same person in another way. staff_id: an account, else the address `email`.

    Raises RuleError for an account that is not there, or when enough people are told already.
    """
    session.execute(sa.select(Event.id).where(Event.id == event_id).with_for_update(key_share=True))
    if staff_id is not None:
        account = session.get(StaffAccount, staff_id)
        if account is None or not account.active:
            raise RuleError("notice-account", N_("Choisissez dans la liste."), status=422, field="whom")
    else:
        # Somebody of the staff who is typed by address is told as an account: the mail follows the account.
        own = sa.select(StaffAccount.id).where(StaffAccount.email_key == email.lower(), StaffAccount.active)
        staff_id = session.scalar(own)
    mine = Notice.staff_id == staff_id if staff_id else sa.func.lower(Notice.email) == email.lower()
    standing = session.scalar(sa.select(Notice).where(Notice.event_id == event_id, mine).with_for_update())
    if standing is not None:
        before = {"how": standing.how}
        standing.how, standing.locale = how, locale
    else:
        before = None
        told = session.scalar(sa.select(sa.func.count()).where(Notice.event_id == event_id)) or 0
        if told >= rules.PEOPLE:
            message = N_("Vingt personnes reçoivent déjà ces courriels : retirez-en une d’abord.")
            raise RuleError("notice-many", message, field="whom")
        address = {"staff_id": staff_id} if staff_id else {"email": email}
        session.execute(insert(Notice).values(event_id=event_id, how=how, locale=locale, told_up_to=now, **address))
    _note(session, event_id, "notice kept", who, before, {"how": how}, now)


def drop(session: Session, event_id: uuid.UUID, notice_id: uuid.UUID, now: dt.datetime, *, who: str) -> bool:
    """No more mails; False when it stopped before."""
    gone = sa.delete(Notice).where(Notice.id == notice_id, Notice.event_id == event_id).returning(Notice.how)
    how = session.scalar(gone)
    if how is not None:
        FATES.forget(session, [notice_id])
        _note(session, event_id, "notice dropped", who, {"how": how}, None, now)
    return how is not None


def stop_address(site: str, key: str, notice_id: uuid.UUID) -> str:
    """What stands in each mail. Signed and not kept: it opens nothing, and stops this one notice only."""
    return f"{site}/avis-par-courriel/{_signer(key).dumps(notice_id.hex)}"


def of_link(session: Session, key: str, token: str) -> tuple[Notice, Event] | None:
    """What a mailed link stops; None when it is stopped. Raises NotFound."""
    try:
        notice_id = uuid.UUID(_signer(key).loads(token))
    except (BadSignature, ValueError, TypeError, AttributeError):
        message = N_("Ce lien n’est pas valable : reprenez-le dans le courriel, en entier.")
        raise NotFound("notice-unknown", message) from None
    query = sa.select(Notice, Event).join(Event, Event.id == Notice.event_id).where(Notice.id == notice_id)
    found = session.execute(query).one_or_none()
    return (found[0], found[1]) if found else None


def _signer(key: str) -> URLSafeSerializer:
    return URLSafeSerializer(key, salt="stop a notice")


def tell(session: Session, now: dt.datetime, *, site: str, key: str) -> int:
    """What is due to the next person; 0 when nothing is due to anybody, else 1 + the mails that left.

    Two workers never tell the same person the same: the row is locked, and its mark moves with the facts.
    """
    longest_ago = dt.datetime.min.replace(tzinfo=dt.UTC)
    morning = rules.until("daily", longest_ago, now)
    # Asked of each once a minute.
    each = (Notice.how == "each") & (Notice.told_up_to <= now - 2 * rules.SETTLED)
    full = sa.func.coalesce((Notice.sent >= rules.MOST) & (Notice.began > now - rules.HOUR), sa.false())
    query = (
        sa.select(Notice)
        .join(Event, Event.id == Notice.event_id)
        # The morning after its last day sums that day up.
        .where(Event.state.in_(_OPEN), Event.ends_at > now - _DAY)
        .where((each & ~full) | ((Notice.how == "daily") & (Notice.told_up_to < morning)))
        .order_by(Notice.told_up_to, Notice.id)
        .limit(1)
        .with_for_update(of=Notice, skip_locked=True)
    )
    notice = session.scalar(query)
    if notice is None:
        return 0
    until = rules.until(notice.how, notice.told_up_to, now)
    assert until is not None
    sent = _tell(session, notice, until, now, site=site, key=key)
    notice.told_up_to = until
    session.flush()
    return 1 + sent


def _tell(session: Session, notice: Notice, until: dt.datetime, now: dt.datetime, *, site: str, key: str) -> int:
    """The facts of what came since; how many. None to a closed account."""
    event = session.get_one(Event, notice.event_id)
    person = _person(session, notice)
    if person is None:
        return 0
    since, daily = notice.told_up_to, notice.how == "daily"
    window = Window(
        since,
        until,
        queries.arrivals(session, event.id, since, until),
        queries.promotions(session, event.id, since, until),
        queries.departures(session, event.id, since, until) if daily else (),
    )
    if not (window.arrivals or window.promotions or window.departures):
        return 0
    left = places(session, event.id).event
    list_of_people = f"{site}/equipe/evenements/{event.slug}/inscriptions"
    common: dict[str, Any] = {"site": site, "link": stop_address(site, key, notice.id)}
    if daily:
        telling.told(session, notice.id, event, person, "daily", window, left, page=list_of_people, **common)
        return 1
    groups = window.groups()
    alone, pace = Pace(notice.began, notice.sent).next(len(groups), now)
    for one in groups[:alone]:
        page = f"{site}/equipe/inscriptions/{one.alone.id}" if one.alone else list_of_people
        telling.told(session, notice.id, event, person, "each", one, left, page=page, **common)
    if rest := groups[alone:]:
        gathered = Window(since, until, [one for each in rest for one in each.arrivals], window.promotions)
        resumes: dict[str, Any] = {"resumes_at": pace.resumes} if pace.resumes else {}
        telling.told(
            session, notice.id, event, person, "gathered", gathered, left, page=list_of_people, **common, **resumes
        )
    notice.began, notice.sent = pace.began, pace.sent
    return alone + bool(rest)


def _person(session: Session, notice: Notice) -> dict[str, str] | None:
    """Whom the mail greets; None for an account that is closed."""
    if notice.staff_id is None:
        return {"first_name": "", "last_name": "", "email": notice.email, "locale": notice.locale}
    account = session.get_one(StaffAccount, notice.staff_id)
    if not account.active:
        return None
    first, _space, last = account.name.partition(" ")
    return {"first_name": first, "last_name": last, "email": account.email, "locale": notice.locale}


def forget(session: Session, email: str) -> int:
    """Whoever is erased is told of nothing; how often they were."""
    gone = sa.delete(Notice).where(sa.func.lower(Notice.email) == email.lower()).returning(Notice.id)
    return len(session.execute(gone).all())


def expire(session: Session, now: dt.datetime) -> None:
    """Nobody is told of an event any more that was over a month ago."""
    over = sa.select(Event.id).where(Event.ends_at < now - rules.KEPT)
    session.execute(sa.delete(Notice).where(Notice.event_id.in_(over)))


def naming(registrations: sa.Select[uuid.UUID]) -> sa.Select[str]:
    """Whose published facts may name somebody of these registrations: those about the same events."""
    events = sa.select(Registration.event_id).where(Registration.id.in_(registrations))
    return sa.select(sa.cast(Notice.id, sa.Text)).where(Notice.event_id.in_(events))


def _note(
    session: Session,
    event_id: uuid.UUID,
    what: str,
    who: str,
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
    now: dt.datetime,
) -> None:
    """Never the address: the journal outlives it."""
    audit.record(session, who=who, what=what, thing="event", thing_id=event_id, before=before, after=after, now=now)
