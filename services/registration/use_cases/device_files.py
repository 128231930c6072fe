"""Step 2 of nine for a device that sends nothing any more: what it kept arrives as a file. Next: rules/device_file.py.

The same writes under the same ids, by the same rules as if the device had sent them: it may still send them later, and
gets the same answers. Reading a file twice changes nothing.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registration.models.desk import Desk
from services.registration.models.events import Event, Slot, Workshop
from services.registration.models.restitution import HostLink
from services.registration.rules.choices import N_
from services.registration.rules.device_file import Kept, Write
from services.registration.use_cases import desk as entries
from services.registration.use_cases import restitution, workshop_attendance
from shared import audit
from shared.errors import RuleError

Result = entries.Result | restitution.Result | workshop_attendance.Result


@dataclass(frozen=True)
class TakenIn:
    """`lines`: each write with what became of it, in the order of the file. One of the two is whose it was."""

    lines: list[tuple[Write, Result]]
    desk: Desk | None
    workshop: Workshop | None


def take_in(session: Session, event: Event, kept: Kept, now: dt.datetime, *, who: str, site: str) -> TakenIn:
    """Apply what the file holds as the device would have sent it. Raises RuleError when it is of another event, or of a
    device that this one does not know."""
    desk = _desk(session, event, kept) if kept.desk is not None else None
    link = None if desk else _link(session, event, kept)
    workshop = session.get_one(Workshop, link.workshop_id) if link else None

    def deliver(lane: str, raw: list[Any]) -> list[Any]:
        if lane == "entries":
            assert desk is not None
            return entries.apply(session, desk, raw, now, site=site)
        if lane == "texts":
            assert link is not None
            return restitution.apply(session, link, raw, now)
        if desk is not None:
            return workshop_attendance.apply(session, workshop_attendance.of_desk(desk), raw, now, site=site)
        assert link is not None
        return workshop_attendance.apply(session, workshop_attendance.of_host(session, link), raw, now, site=site)

    lines = _in_turn(kept.writes, deliver)
    audit.record(
        session,
        who=who,
        what="device file read",
        thing="event",
        thing_id=event.id,
        before=None,
        after=({"desk": desk.number} if desk else {"workshop": workshop.title if workshop else ""})
        | {"operations": len(lines), "noted": sum(result.wrote for _write, result in lines)},
        now=now,
    )
    return TakenIn(lines, desk, workshop)


def _in_turn(writes: tuple[Write, ...], deliver: Any) -> list[tuple[Write, Result]]:
    """One lane after the other, never two writes of a cell at once: the second is written over what became of the
    first, as the device has it (shared/web/static/outbox/rules.js). But no text goes over one that its host never read.
    """
    left, answers = dict(enumerate(writes)), {}
    while left:
        first: dict[str, int] = {}
        for number, write in left.items():
            first.setdefault(write.cell, number)
        lane = left[min(first.values())].lane
        chosen = [number for number in first.values() if left[number].lane == lane]
        for number, answer in zip(chosen, deliver(lane, [left[one].raw for one in chosen]), strict=True):
            write = left.pop(number)
            answers[number] = (write, answer)
            if answer.outcome == "refused" or (lane == "texts" and answer.outcome == "conflict"):
                continue
            behind = {other: one for other, one in left.items() if one.cell == write.cell}
            for other, one in behind.items():
                left[other] = replace(one, raw=one.raw | {"base_version": answer.version})
    return [answers[number] for number in sorted(answers)]


def _desk(session: Session, event: Event, kept: Kept) -> Desk:
    query = sa.select(Desk).where(Desk.event_id == event.id, Desk.number == kept.desk, Desk.paired_at.is_not(None))
    found = session.scalar(query.with_for_update()) if kept.event_id == event.id else None
    if found is None:
        raise _foreign(N_("Ce fichier vient d’un poste d’un autre évènement : lisez-le à la page de celui-là."))
    return found


def _link(session: Session, event: Event, kept: Kept) -> HostLink:
    """The very link that the file was written under; in a file from before, which does not say, the last one."""
    query = sa.select(HostLink).join(Workshop).join(Slot)
    query = query.where(Slot.event_id == event.id, HostLink.workshop_id == kept.workshop_id)
    links = session.scalars(query.order_by(HostLink.issued_at.desc()).with_for_update(of=HostLink)).all()
    if not links:
        raise _foreign(
            N_(
                "Ce fichier vient d’un atelier qui n’est pas, ou plus, au programme de cet évènement : rien n’en est "
                "pris."
            )
        )
    for link in links:
        if link.token_hash.hex().startswith(kept.link):
            return link
    raise _foreign(N_("Ce fichier n’a été écrit avec aucun des liens donnés pour cet atelier : rien n’en est pris."))


def _foreign(words: str) -> RuleError:
    return RuleError("foreign-file", words, field="file")
