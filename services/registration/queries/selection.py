"""Which registrations of an event are meant: by the list, an export, a message, a bulk action. One place decides."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import InstrumentedAttribute, Session

from services.registration.models.lists import RegistrationMark
from services.registration.models.registrations import Registration, SensitiveAnswers
from services.registration.models.seats import Quota, SeatClaim, WaitingEntry
from services.registration.models.workshop_attendance import WorkshopAttendance
from services.registration.queries.attendance import came
from services.registration.queries.forms import holds
from services.registration.queries.mails import FATES
from services.registration.rules.choices import LIVING
from services.registration.rules.forms import Condition
from services.registration.rules.people import NOWHERE, fold


@dataclass(frozen=True)
class Wanted:
    """What a list shows. `search` is any piece of name, structure, address or reference; accents do not count.

    status: one of STATES, or LIVING: who did not cancel. workshop: who has a seat in it or waits for one.
    seen_in: whom somebody saw there. present: "in" who was checked in, "out" who was not. mark: a word the staff put on
    them.
    answer: what they chose among the options of an ordinary question of the form.
    call_back: who lives and asked to be called about access, which only the staff may know. unreached: whom a mail did
    not reach. ids: these and no others.
    """

    search: str = ""
    status: str = ""
    workshop: uuid.UUID | None = None
    seen_in: uuid.UUID | None = None
    actor_type: str = ""
    department: str = ""
    present: str = ""
    mark: str = ""
    answer: Condition | None = None
    call_back: bool = False
    unreached: bool = False
    ids: tuple[uuid.UUID, ...] = ()
    sort: str = "name"
    descending: bool = False
    columns: tuple[str, ...] = ()
    """What is shown of each, as `queries.columns` names it; (): the usual ones. As the order, not who is meant."""

    @property
    def filtered(self) -> bool:
        return self != Wanted(sort=self.sort, descending=self.descending, columns=self.columns)

    @property
    def narrowed(self) -> bool:
        """Filtered by more than words."""
        return replace(self, search="").filtered


def saying(search: str) -> list[sa.ColumnElement[bool]]:
    """Each of the typed words stands somewhere in name, structure, address or reference; signs that are no word, as an
    accent alone, stand in none."""
    if search.strip() and not fold(search):
        return [sa.false()]
    return said_in(Registration.search, search)


def said_in(column: sa.ColumnElement[str] | InstrumentedAttribute[str], search: str) -> list[sa.ColumnElement[bool]]:
    """Each of the typed words, the first six, stands in a folded text, whether a name is written there in one piece or
    not: "ndi" finds N'Diaye, "legoff" finds Le Goff."""
    found = []
    for word in fold(search).split()[:6]:
        piece = word.translate(_NOTHING)
        if not piece:  # signs alone are looked for as they are
            found.append(column.contains(word, autoescape=True))
            continue
        joined: sa.ColumnElement[str] | InstrumentedAttribute[str] = column
        for sign in _SIGNS + " " if len(piece) >= _LONG else _SIGNS:
            joined = sa.func.replace(joined, sign, "")  # translate() takes ten times as long
        found.append(joined.contains(piece, autoescape=True))
    return found


_SIGNS = "'\u02bc-\u2010\u2011\u2012\u2013\u2014\u2015"  # as the desk has them: shared/web/static/outbox/names.js
_NOTHING = dict.fromkeys(map(ord, _SIGNS))
_LONG = 5
"""Letters: fewer also stand where one name ends and the next begins."""


def matching(event_id: uuid.UUID, wanted: Wanted) -> list[sa.ColumnElement[bool]]:
    """The conditions that a selection puts on `registrations`."""
    conditions: list[sa.ColumnElement[bool]] = [Registration.event_id == event_id, *saying(wanted.search)]
    if wanted.status == LIVING:
        conditions.append(Registration.status != "cancelled")
    elif wanted.status:
        conditions.append(Registration.state == wanted.status)
    if wanted.actor_type:
        conditions.append(Registration.actor_type == wanted.actor_type)
    if wanted.department:
        conditions.append(Registration.department == wanted.department)
    if wanted.present:
        conditions.append(came() if wanted.present == "in" else ~came())
    if wanted.mark:
        marked = (RegistrationMark.registration_id == Registration.id) & (RegistrationMark.label == wanted.mark)
        conditions.append(sa.exists().where(marked))
    if wanted.answer:
        conditions.append(holds(wanted.answer, ordinary=True))
    if wanted.call_back:
        asked = (SensitiveAnswers.registration_id == Registration.id) & SensitiveAnswers.call_back
        conditions += [Registration.status != "cancelled", sa.exists().where(asked)]
    if wanted.unreached:
        conditions.append(FATES.unarrived(Registration.id))
    if wanted.ids:
        conditions.append(Registration.id.in_(wanted.ids))
    if wanted.seen_in:
        seen = WorkshopAttendance.registration_id == Registration.id
        conditions.append(sa.exists().where(seen, WorkshopAttendance.workshop_id == wanted.seen_in))
    if wanted.workshop:
        quota = sa.select(Quota.id).where(Quota.workshop_id == wanted.workshop).scalar_subquery()
        conditions.append(
            sa.exists().where(SeatClaim.registration_id == Registration.id, SeatClaim.quota_id == quota)
            | sa.exists().where(WaitingEntry.registration_id == Registration.id, WaitingEntry.quota_id == quota)
        )
    return conditions


def count(session: Session, event_id: uuid.UUID, wanted: Wanted) -> int:
    query = sa.select(sa.func.count()).select_from(Registration).where(*matching(event_id, wanted))
    return session.scalar(query) or 0


def people(event_id: uuid.UUID, wanted: Wanted) -> sa.Select[uuid.UUID]:
    """Whom a message to this selection reaches: each person once, nobody who was erased or left no address.

    Somebody who cancelled and registered again is in the table twice: the living registration counts.
    """
    person: tuple[Any, ...] = (Registration.email_key, Registration.name_key)
    return (
        sa.select(Registration.id)
        .where(*matching(event_id, wanted), Registration.email != "", Registration.email_key.not_like(f"%{NOWHERE}"))
        .ext(distinct_on(*person))
        .order_by(*person, Registration.status == "cancelled", Registration.id)
    )


def without_address(session: Session, event_id: uuid.UUID, wanted: Wanted) -> int:
    """How many of this selection no message reaches, since they left no address; who was erased is not among them."""
    nowhere = (Registration.email == "") | Registration.email_key.like(f"%{NOWHERE}")
    query = sa.select(sa.func.count()).select_from(Registration)
    return session.scalar(query.where(*matching(event_id, wanted), nowhere, Registration.last_name != "")) or 0
