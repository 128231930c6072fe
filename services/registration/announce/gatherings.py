"""Step 5 of nine: facts about what brings people together. Next: shared/messaging/outbox.py."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from services.registration.agenda import event_uid
from services.registration.announce import occasion
from services.registration.models.assembly import Assembly, AssemblyVoter, Motion, StruckVoter
from services.registration.models.calling_off import CallingOff
from services.registration.models.events import Event, Workshop
from services.registration.models.groups import ExchangeGroup, GroupMember
from services.registration.queries import identity
from services.registration.rules.assembly import statutes
from services.registration.rules.english import told
from services.registration.rules.restitution import PARTS
from shared.calendar import Slot
from shared.messaging import outbox
from shared.network import NETWORK

POINT = 300
"""Characters of a point of an agenda, as the contract has it."""
NAME = 120
"""Characters of a first or a last name, as the contract has it."""
ENTRY = 2000
"""Characters of what an entry of a calendar says, as the contract has it."""


def _when_and_where(event: Event, site: str) -> dict[str, object]:
    return {
        "event_id": event.id,
        "title": event.title,
        "starts_at": event.starts_at,
        "ends_at": event.ends_at,
        "place": event.where[:300],
        "url": f"{site}/e/{event.slug}",
    }


def event_published(session: Session, event: Event, capacity: int, *, site: str) -> None:
    """Open to the public, or what the public sees changed."""
    data = _when_and_where(event, site) | {"capacity": capacity}
    if event.by_invitation:
        data["by_invitation"] = True
    outbox.add(session, "registration.event.published.v1", data, thing=event.id)


def event_withdrawn(session: Session, event: Event, *, site: str) -> None:
    """What was told of it is a draft again."""
    outbox.add(session, "registration.event.withdrawn.v1", _when_and_where(event, site), thing=event.id)


def event_called_off(session: Session, event: Event, made: CallingOff, *, site: str) -> None:
    """It does not take place, and everybody registered is told."""
    data = _when_and_where(event, site) | {"reason": made.reason}
    outbox.add(session, "registration.event.called_off.v1", data, thing=event.id)


def workshop_restituted(
    session: Session, event: Event, workshop: Workshop, written: list[tuple[str, str]], *, site: str
) -> None:
    """What a workshop brought back, for L'Écho. written: (part, text)."""
    data = {
        "workshop_id": workshop.id,
        "event_id": event.id,
        "event_title": event.title,
        "workshop_title": workshop.title,
        "host": workshop.host,
        "held_at": workshop.starts_at,
        "paragraphs": [{"kind": part, "heading": PARTS[part], "text": text} for part, text in written],
        "organiser": {"name": event.organiser_name, "email": event.organiser_email},
        "url": f"{site}/e/{event.slug}",
    }
    outbox.add(session, "registration.workshop.restituted.v1", data, thing=workshop.id)


def group_convened(
    session: Session,
    group: ExchangeGroup,
    member: GroupMember,
    event: Event | None,
    *,
    organiser: dict[str, str],
    topics: list[str],
    animator: str,
    elsewhere: str,
    seated: bool,
    site: str,
    link: str,
    answer: str,
) -> None:
    """A member of a group is called to a meeting or, without one, asked for themes. organiser: who signs. seated: their
    calendar has the entry of a seat already. answer: where they say that they come."""
    data = _to_member(group, member, organiser, link) | {
        "animator": animator,
        "meeting": occasion(event, site, member.locale) | {"url": answer} if event else None,
        "elsewhere": elsewhere,
        "topics": topics,
        "calendar": _calendar(event, site, member.locale) if event and not seated else [],
    }
    outbox.add(session, "registration.group.convened.v1", data, thing=member.id)


def group_moved(
    session: Session,
    group: ExchangeGroup,
    member: GroupMember,
    event: Event,
    was: Mapping[str, Any],
    reason: str,
    *,
    organiser: dict[str, str],
    elsewhere: str,
    site: str,
    link: str,
    answer: str,
) -> None:
    """The meeting that a member was called to has another date, hour or place; who registered is told as a
    participant. answer: where they say that they come."""
    data = _to_member(group, member, organiser, link) | {
        "meeting": occasion(event, site, member.locale) | {"url": answer},
        "elsewhere": elsewhere,
        "topics": [],
        "calendar": _calendar(event, site, member.locale),
        "was": was,
        **({"reason": reason} if reason else {}),
    }
    outbox.add(session, "registration.group.convened.v1", data, thing=member.id)


def group_called_off(
    session: Session,
    group: ExchangeGroup,
    member: GroupMember,
    event: Event,
    reason: str,
    *,
    organiser: dict[str, str],
    site: str,
    link: str,
    assembly: str,
) -> None:
    """A meeting that a member was called to does not take place; who registered is told as a participant. assembly: the
    title of one that it announced, of which another mail told them before that it does not either; "" for none."""
    data = _to_member(group, member, organiser, link) | {
        "meeting": occasion(event, site, member.locale),
        "reason": reason,
        "calendar": _calendar(event, site, member.locale, cancelled=True),
        **({"assembly": assembly} if assembly else {}),
    }
    outbox.add(session, "registration.group.called_off.v1", data, thing=member.id)


def _to_member(group: ExchangeGroup, member: GroupMember, organiser: dict[str, str], link: str) -> dict[str, object]:
    return {
        "member_id": member.id,
        "group": group.name,
        "person": {
            "first_name": member.first_name,
            "last_name": member.last_name,
            "email": member.email,
            "locale": member.locale,
        },
        "organiser": organiser,
        "link": link,
    }


def _calendar(event: Event, site: str, language: str, *, cancelled: bool = False) -> list[dict[str, object]]:
    return [dataclasses.asdict(meeting_entry(event, site, language, cancelled=cancelled))]


def meeting_entry(event: Event, site: str, language: str, *, cancelled: bool = False) -> Slot:
    """The one entry of a meeting, in the calendar of a member who was called to it."""
    return Slot(
        uid=event_uid(event),
        sequence=event.revision,
        starts_at=event.starts_at,
        ends_at=event.ends_at,
        summary=told(event, "title", language),
        location=event.where[:300],
        url=f"{site}/e/{event.slug}",
        cancelled=cancelled,
    )


def assembly_convened(
    session: Session,
    assembly: Assembly,
    voter: AssemblyVoter,
    *,
    was: Mapping[str, Any] | None = None,
    reason: str = "",
) -> None:
    """The notice of an assembly to one voter, with the whole agenda. was: of a corrected one, what the one before said
    and the points that changed; reason: why, "" for none."""
    points = agenda(assembly)
    rules = statutes.from_json(assembly.statutes)
    data = {
        "voter_id": voter.id,
        "assembly": _of(assembly),
        "agenda": points,
        "structure": voter.structure,
        "person": _person(voter.representative, voter.email, "fr"),
        "organiser": {"name": assembly.organiser_name, "email": assembly.organiser_email},
        "proxies_cap": rules.most_proxies(len(assembly.voters)),
        "proxies_same_college": rules.proxies_same_college,
        "proxies_blank": rules.proxies_blank,
        "ticket": voter.card,
        "calendar": [dataclasses.asdict(_entry(assembly, points))],
        **({"was": was} if was else {}),
        **({"reason": reason} if reason else {}),
    }
    outbox.add(session, "registration.assembly.convened.v1", data, thing=voter.id)


def assembly_called_off(
    session: Session,
    assembly: Assembly,
    voters: Sequence[AssemblyVoter | StruckVoter],
    reason: str,
    *,
    name: str,
    locale: str,
    proxies: Sequence[Mapping[str, str]],
    carried: Sequence[str],
    event: str,
    event_told: str,
    event_invited: str,
    entries: Sequence[Slot],
) -> None:
    """It does not take place, to one address. voters: all that it speaks for; where all of them were struck, what their
    notice said is what they read. name: who reads there, "" for several people. proxies: those that they gave;
    carried: who named them. event: the title of the public event that they were registered for and that goes with it,
    "" for none; event_told: of one that they were told of before; event_invited: of one that they were invited to, or
    called to by their group; entries: what it has in their calendar."""
    first, points = voters[0], agenda(assembly)
    said = first if isinstance(first, StruckVoter) else assembly
    data = {
        "voter_id": first.id,
        "assembly": _of(assembly, said),
        "structures": list(dict.fromkeys(one.structure for one in voters)),
        "person": _person(name, first.email, locale),
        "organiser": {"name": assembly.organiser_name, "email": assembly.organiser_email},
        "reason": reason,
        "calendar": [dataclasses.asdict(one) for one in (_entry(assembly, points, said, cancelled=True), *entries)],
        **({"proxies": proxies} if proxies else {}),
        **({"carried": carried} if carried else {}),
        **({"event": event} if event else {}),
        **({"event_told": event_told} if event_told else {}),
        **({"event_invited": event_invited} if event_invited else {}),
    }
    outbox.add(session, "registration.assembly.called_off.v1", data, thing=first.id)


def _person(name: str, email: str, locale: str) -> dict[str, str]:
    """One name as two, neither longer than a fact takes: somebody else may speak for a structure once it is called."""
    first_name, _, last_name = name.partition(" ")
    return {"first_name": first_name[:NAME], "last_name": last_name[:NAME], "email": email, "locale": locale}


def _of(assembly: Assembly, said: Assembly | StruckVoter | None = None) -> dict[str, object]:
    """said: what says its title, hour and place, if not itself."""
    said = said or assembly
    return {
        "id": assembly.id,
        "title": said.title,
        "held_at": said.held_at,
        "place": said.place,
        "second_session": assembly.second_session,
    }


def _entry(
    assembly: Assembly, points: list[str], said: Assembly | StruckVoter | None = None, *, cancelled: bool = False
) -> Slot:
    """Its hour in a calendar, without an end, for no notice says one. A corrected notice replaces the entry, and so
    does one that takes it away. said: as above."""
    said = said or assembly
    return Slot(
        uid=f"assembly-{assembly.id}@agora",
        sequence=max(1, len(assembly.notices)) if cancelled else max(0, len(assembly.notices) - 1),
        starts_at=said.held_at,
        ends_at=said.held_at,
        summary=said.title,
        location=said.place,
        description=_short("\n".join(points), ENTRY),
        cancelled=cancelled,
    )


def agenda(assembly: Assembly) -> list[str]:
    """Each point as a notice says it, in French: of an election also how many seats, for who stands is often written
    after it. A title as long as a point may be is cut to make room."""
    return [line(motion) for motion in assembly.motions]


def line(motion: Motion) -> str:
    """One point of it."""
    seats = f" ({motion.seats} {'siège' if motion.seats == 1 else 'sièges'})" if motion.kind == "election" else ""
    return _short(motion.title, POINT - len(seats)) + seats


def form(motion: Motion, rules: statutes.Statutes) -> str:
    """How a point ends, in French: what a corrected notice says where its title alone is as before."""
    if motion.kind == "point":
        return "on en parle, sans vote"
    college = rules.college(motion.college).label.lower() if motion.college else ""
    said = [
        ", ".join(["élection", college] if college else ["élection"]) if motion.kind == "election" else "vote",
        statutes.MAJORITIES[motion.majority].lower() if motion.kind == "motion" else "",
        "secret" if motion.secret else "",
        "membres présents seulement" if motion.present_only else "",
    ]
    return ", ".join(one for one in said if one)


def _short(text: str, room: int) -> str:
    return text if len(text) <= room else text[: room - 1].rstrip() + "…"


def identity_changed(session: Session) -> None:
    """All that the network is, was and will be called. Whose day is to come is told at once: each looks at the day."""
    names = [
        {
            "since": one.since,
            "name": one.name,
            "legal_form": one.legal_form,
            "address": one.address,
            "email": one.email,
        }
        for one in identity.listed(session)
    ]
    outbox.add(session, "registration.identity.changed.v1", {"network_id": NETWORK, "names": names}, thing=NETWORK)
