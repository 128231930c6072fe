"""The minutes of an assembly, drawn up from its log: plain data first, a page from it after."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registration.models.assembly import Assembly, AssemblyVoter, Motion, RoomEntry
from services.registration.models.identity import Identity
from services.registration.queries import suspensions
from services.registration.rules.assembly.elections import commitment
from shared import audit, network
from shared.clock import PARIS


def draw_up(session: Session, assembly: Assembly, now: dt.datetime) -> dict[str, Any]:
    """Everything the minutes say, as plain JSON. Instants are ISO 8601 in UTC. number: None until they are closed.

    The log is quoted whole, with the statutes: from these two, attendance, proxies and each quorum can be
    computed again by anyone.
    """
    positions = {motion.id: motion.position for motion in assembly.motions}
    opened = audit.first(session, "assembly", "opened", [assembly.id])
    log = session.scalars(sa.select(RoomEntry).where(RoomEntry.assembly_id == assembly.id).order_by(RoomEntry.id))
    return {
        "number": assembly.minutes_number,
        "title": assembly.title,
        "organiser": assembly.organiser_name,
        "legal_form": network.legal_form(
            session, Identity, assembly.organiser_name, assembly.held_at.astimezone(PARIS).date()
        ),
        "held_at": _instant(assembly.held_at),
        "place": assembly.place,
        "convened_at": _instant(assembly.convened_at),
        "notices": assembly.notices,
        "second_session": assembly.second_session,
        "rehearsal": assembly.rehearsal,
        "terms_commitment": commitment(assembly.draw_secret) if _renewed(assembly) else None,
        "opened_at": _instant(opened.get(str(assembly.id))),
        "closed_at": _instant(now),
        "statutes": assembly.statutes,
        "voters": [_voter(voter) for voter in assembly.voters],
        "log": [
            {
                "at": _instant(entry.at),
                "what": entry.what,
                "voter": str(entry.voter_id),
                "holder": str(entry.holder_id) if entry.holder_id else None,
                "blank": entry.blank,
            }
            for entry in log
        ],
        "agenda": [
            {
                "position": motion.position,
                "title": motion.title,
                "round": motion.round,
                "kind": motion.kind,
                "majority": motion.majority,
                "present_only": motion.present_only,
                "secret": motion.secret,
                "college": motion.college,
                "seats": motion.seats,
                "candidates": motion.candidates,
                "opened_at": _instant(motion.opened_at),
                "decided_at": _instant(motion.decided_at),
                "voices": motion.voices,
                "quorum": motion.quorum,
                "tellers": motion.tellers,
                "counts": motion.counts,
                "decision": motion.decision,
                "draw_commitment": commitment(motion.draw_secret) if _drawn(assembly, motion) else None,
                "round_after": positions[motion.round_after_id] if motion.round_after_id else None,
            }
            for motion in assembly.motions
        ],
    } | _suspended(session, assembly)


def _suspended(session: Session, assembly: Assembly) -> dict[str, Any]:
    """Nothing where it never was: as in the minutes from before suspensions were written down."""
    found = suspensions.of(session, assembly)
    said = [{"at": _instant(one.at), "resumed_at": _instant(one.resumed_at)} for one in found]
    return {"suspensions": said} if said else {}


def _renewed(assembly: Assembly) -> bool:
    """Whether the lot may say who of those it elects sits how long."""
    return assembly.statutes.get("renewal_thirds", False) and any(motion.college for motion in assembly.motions)


def _drawn(assembly: Assembly, motion: Motion) -> bool:
    """Whether a lot would part a tie of this vote."""
    return motion.kind == "election" and assembly.statutes["election_tie"] == "draw"


def _voter(voter: AssemblyVoter) -> dict[str, str]:
    return {
        "id": str(voter.id),
        "structure": voter.structure,
        "representative": voter.representative,
        "college": voter.college,
    }


def _instant(at: dt.datetime | None) -> str | None:
    return at.astimezone(dt.UTC).isoformat() if at else None
