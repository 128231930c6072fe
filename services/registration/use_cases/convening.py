"""Step 2 of nine: the notice of an assembly, sent once and corrected with another. Next: rules/assembly/notices.py."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from services.registration.announce import gatherings
from services.registration.models.assembly import Assembly, Motion
from services.registration.queries import letters
from services.registration.queries.mails import FATES
from services.registration.rules import editing
from services.registration.rules.assembly import notices
from services.registration.rules.assembly.notices import Correction
from services.registration.rules.assembly.statutes import Statutes, from_json
from services.registration.rules.choices import N_
from services.registration.use_cases import assemblies, assembly_room
from services.registration.use_cases.assemblies import PointDraft
from shared import audit
from shared.errors import RuleError, Sentence

_OF_A_POINT = "title kind majority present_only secret college seats".split()


@dataclass(frozen=True)
class NoticeDraft:
    """points: by their place on the agenda that was sent, those added behind it. held_at is aware."""

    title: str
    held_at: dt.datetime
    place: str
    points: Mapping[int, PointDraft]
    reason: str = ""


def convene(session: Session, assembly_id: uuid.UUID, now: dt.datetime, *, who: str, seen: str | None = None) -> int:
    """Send the notice with the agenda to every voter; returns how many have an address.

    seen: the stamp of the draft that was read; None when it is read in this transaction. Raises RuleError when it is
    another by now, or the notice the statutes ask for is no longer possible. Whoever left the newsletter gets it all
    the same: it is a right of a member, not a letter.
    """
    assembly = assembly_room.load(session, assembly_id, lock=True)
    if assembly.rehearsal:
        raise RuleError("rehearsal", N_("Une répétition ne convoque personne."))
    if assembly.state != "draft":
        raise RuleError("already-convened", N_("Les convocations sont déjà parties."))
    if seen is not None and assemblies.stamp(assembly) != seen:
        raise RuleError(
            "edited-meanwhile",
            N_("Quelqu’un vient de corriger ce brouillon. Relisez-le, puis envoyez ; rien n’est parti."),
        )
    refuse_notice(assembly, now)
    assembly.state, assembly.convened_at = "convened", now
    reached = _send(session, assembly)
    assembly.notices = [_said(assembly, now) | {"reached": reached}]
    _record(session, assembly, "convened", who, now, {"reached": reached, "voters": len(assembly.voters)})
    session.flush()
    return reached


def settle_notice(session: Session, assembly_id: uuid.UUID, voter_id: uuid.UUID, now: dt.datetime, *, who: str) -> None:
    """A voter whom a mail did not reach was called otherwise, or told so that the meeting is off. Raises NotFound."""
    assembly = assembly_room.load(session, assembly_id)
    voter = assembly_room.find_voter(session, assembly, voter_id)
    if not FATES.settle(session, [voter.id], now):
        return
    if assembly.state == "called_off":
        _record(session, assembly, "told otherwise", who, now, {"structure": voter.structure})
    else:
        _record(session, assembly, "convened otherwise", who, now, {"structure": voter.structure})


def refuse_notice(assembly: Assembly, now: dt.datetime) -> None:
    """Raises RuleError when a draft has nothing to send, or no longer the days of notice that its statutes ask for."""
    if not assembly.motions or not assembly.voters:
        raise RuleError("agenda-empty", N_("Il faut un ordre du jour et une liste de votants avant de convoquer."))
    days, notice = notices.days_left(assembly.held_at, now), assembly.statutes["notice_days"]
    if days < notice:
        raise RuleError(
            "notice-too-short",
            Sentence(
                "Les statuts demandent %(notice)s jours entre la convocation et la séance ; il en reste %(days)s. "
                "Choisissez une date plus lointaine.",
                notice=notice,
                days=days,
            ),
        )


def sent(session: Session, assembly_id: uuid.UUID, *, lock: bool = False) -> Assembly:
    """The assembly while its notice stands, and the meeting did not begin. Raises RuleError before and after."""
    assembly = assembly_room.load(session, assembly_id, lock=lock)
    if assembly.state != "convened":
        said = N_("Une convocation se corrige entre son envoi et l’ouverture de la séance.")
        raise RuleError("not-convened", said)
    return assembly


def weigh(assembly: Assembly, draft: NoticeDraft, now: dt.datetime) -> Correction:
    """What a correction would change. Raises RuleError where it cannot be sent: see `notices.weigh`."""
    if not draft.points:
        said = N_("Écrivez au moins un point à l’ordre du jour.")
        raise RuleError("agenda-empty", said, status=422, field="point1_title")
    colleges = {college["key"] for college in assembly.statutes["colleges"]}
    made = {number: assemblies.motion(number, point, colleges) for number, point in draft.points.items()}
    rows = _rows(assembly.motions, made)
    order = [row.position for _number, row in sorted(rows.items())]
    if order != sorted(order):  # they come in another order: each line is told as it was and is
        rows = {one.position: one for one in assembly.motions}
    stay = [rows[number] for number in made if number in rows]
    lines: list[tuple[int, Motion | None, Motion | None]]
    lines = [(number, rows.get(number), made[number]) for number in made]
    lines += [(one.position, one, None) for one in assembly.motions if one not in stay]
    rules = from_json(assembly.statutes)
    pairs = ((_point(old, rules), _point(new, rules)) for _number, old, new in sorted(lines, key=lambda one: one[0]))
    return notices.weigh(
        rules,
        (assembly.held_at, assembly.place),
        draft.held_at,
        draft.place,
        notices.changes(pairs),
        now,
        renamed=assembly.title != draft.title,
        second_session=assembly.second_session,
    )


def correct(
    session: Session, assembly_id: uuid.UUID, draft: NoticeDraft, now: dt.datetime, *, who: str, seen: str
) -> int:
    """Hold the assembly as `draft` says, and send every voter the notice again with what changed; returns how many have
    an address. Points that stay keep who stands for them. Whose last notice came back is to be called by letter again.

    seen: the stamp of the notice that was read. Raises RuleError as `weigh` does, and "edited-meanwhile" when it was
    corrected since.
    """
    assembly = sent(session, assembly_id, lock=True)
    if stamp(assembly) != seen:
        raise RuleError("edited-meanwhile", N_("Quelqu’un vient de corriger cette convocation : rien n’est parti."))
    found = weigh(assembly, draft, now)
    earlier = register(assembly)
    was: dict[str, Any] = {
        "sent_at": dt.datetime.fromisoformat(earlier[-1]["sent_at"]),
        "held_at": assembly.held_at,
        "place": assembly.place,
        **({"title": assembly.title} if found.renamed else {}),
    }
    assembly.title, assembly.held_at, assembly.place = draft.title, draft.held_at, draft.place
    _put(session, assembly, draft.points)
    given, carried = {}, dict[str, str]()
    if found.another_day:
        was["proxies_hold"] = assembly.statutes.get("moved_proxies", "renewed") == "kept"
        given = assembly_room.room(session, assembly, now).there.named
        carried = assembly_room.standing_proxies(session, assembly, now)
        if not was["proxies_hold"]:
            assembly_room.lapse_proxies(session, assembly, now, who=who)
    points = [one.to_json() for one in found.points]
    assembly.notices = [*earlier, {}]  # one more was sent: the entry in calendars is its
    reached = _send(session, assembly, was | {"points": points}, draft.reason, given, carried)
    FATES.reopen(session, letters.unreachable(session, assembly), "assembly_notice")
    said = {"reached": reached, "points": points, "late": found.late, "reason": draft.reason}
    assembly.notices = [*earlier, _said(assembly, now) | said]
    audit.record(
        session,
        who=who,
        what="notice corrected",
        thing="assembly",
        thing_id=assembly.id,
        before=earlier[-1],
        after=assembly.notices[-1],
        now=now,
    )
    session.flush()
    return reached


def stamp(assembly: Assembly) -> str:
    """Of what the notice says, and how its points are voted."""
    agenda = [{name: getattr(motion, name) for name in _OF_A_POINT} for motion in assembly.motions]
    said = {name: getattr(assembly, name) for name in ("title", "held_at", "place")}
    return editing.stamp(said | {"agenda": agenda})


def register(assembly: Assembly) -> list[dict[str, Any]]:
    """The notices that were sent, the first one first, as plain data. Of a notice that was sent before they were kept:
    what the assembly says, for nothing could change."""
    if assembly.notices or assembly.convened_at is None:
        return list(assembly.notices)
    return [_said(assembly, assembly.convened_at) | {"reached": None}]


def _send(
    session: Session,
    assembly: Assembly,
    was: dict[str, Any] | None = None,
    reason: str = "",
    given: Mapping[str, str] | None = None,
    carried: Mapping[str, str] | None = None,
) -> int:
    """given: giver to holder, of the proxies that name another day than the meeting has now; carried: of those that
    counted until now, for who holds them is told once."""
    reached = [voter for voter in assembly.voters if voter.email]
    names = {str(voter.id): voter.structure for voter in assembly.voters}
    for voter in reached:
        holder = (given or {}).get(str(voter.id))
        own = dict(was or {})
        if was and holder:
            own["proxy_holder"] = names[holder]
        if was and (givers := [names[giver] for giver, to in (carried or {}).items() if to == str(voter.id)]):
            own["proxies_carried"] = givers
        gatherings.assembly_convened(session, assembly, voter, was=own, reason=reason)
    return len(reached)


def _said(assembly: Assembly, now: dt.datetime) -> dict[str, Any]:
    return {
        "sent_at": now.astimezone(dt.UTC).isoformat(),
        "title": assembly.title,
        "held_at": assembly.held_at.astimezone(dt.UTC).isoformat(),
        "place": assembly.place,
        "agenda": gatherings.agenda(assembly),
    }


def _point(motion: Motion | None, rules: Statutes) -> notices.Point | None:
    if motion is None:
        return None
    return notices.Point(gatherings.line(motion), gatherings.form(motion, rules), motion.kind != "point")


def _rows(there: Sequence[Motion], made: Mapping[int, Motion]) -> dict[int, Motion]:
    """Which point of the agenda that was sent each line goes on. A line that was typed anew further up or down, to put
    another before it, is the same point still; any other is the point of its own number, where that one is free."""
    free, found = {one.position: one for one in there}, dict[int, Motion]()
    for number, new in made.items():
        alike = [one.position for one in free.values() if _known(one) == _known(new)]
        if alike:
            found[number] = free.pop(min(alike, key=lambda position: abs(position - number)))
    for number in made.keys() - found.keys():
        if number in free:
            found[number] = free.pop(number)
    return found


def _known(motion: Motion) -> tuple[str, str, str]:
    return motion.title, motion.kind, motion.college


def _put(session: Session, assembly: Assembly, points: Mapping[int, PointDraft]) -> None:
    """The agenda as the points say it. A point that stays is the same row, with the list of who stands for it unless
    it became another kind of vote, or another college's."""
    colleges = {college["key"] for college in assembly.statutes["colleges"]}
    made = {number: assemblies.motion(number, points[number], colleges) for number in sorted(points)}
    rows = _rows(assembly.motions, made)
    agenda = []
    for number, new in made.items():
        row = rows.get(number)
        if row is None:
            agenda.append(new)
            continue
        if (row.kind, row.college) != (new.kind, new.college):
            row.candidates = []
        for name in _OF_A_POINT:
            setattr(row, name, getattr(new, name))
        agenda.append(row)
    assembly.motions = agenda
    for beyond, row in enumerate(agenda, start=1_000_000):
        row.position = beyond
    session.flush()  # the positions are free before others take them
    for position, row in enumerate(agenda, start=1):
        row.position = position


def _record(
    session: Session, assembly: Assembly, what: str, who: str, now: dt.datetime, after: dict[str, Any] | None
) -> None:
    audit.record(session, who=who, what=what, thing="assembly", thing_id=assembly.id, before=None, after=after, now=now)
