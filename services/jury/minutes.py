"""The minutes of a round (procès-verbal): their content as plain JSON. Pure. The PDF of it: minutes_pdf.py.

What is signed is the SHA-256 of its canonical JSON.
"""

from __future__ import annotations

import datetime as dt
import itertools
import math
import re
import uuid
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from services.jury import followup_rules, replay, rules, running
from services.jury.models import (
    Award,
    Call,
    Draw,
    Expert,
    Juror,
    JuryVote,
    LateEntry,
    Move,
    Opinion,
    Pot,
    Project,
    Recusal,
    Round,
)
from services.jury.scoring import Standing, shown

FORMAT = (
    "agora-minutes/8"  # 2: envelopes, remarks, drawn signatures; 3: outcomes by award, "open" before; 4: votes, ties;
    # 5: "goes_on", and why other projects than the best do; 6: the organiser's legal form, when it is known,
    # and the order that a vote gave to equal projects; 7: when a member left the room and came back;
    # 8: which export of the replay its hash is of; late values are settled by an office, no more by an address
)
DRAWN = re.compile(r"(?:M[0-9]{1,3} [0-9]{1,3}(?:L[0-9]{1,3} [0-9]{1,3})*)*")
"""The path of a drawn signature, in a box of 600 × 160; nothing else ever reaches an SVG."""
SHORTEST = 60  # of that box, all strokes together: less is a tap or a slip, no signature

SECTIONS = {
    "head": ("organiser", "legal_form", "call", "round"),
    "jury": ("present", "absent", "quorum"),
    "recusals": ("recusals",),
    "rule": ("rulebook", "criteria"),
    "sheets": ("replay_hash",),
    "ranking": ("ranking",),
    "moves": ("moves",),
    "draws": ("draws",),
    "votes": ("votes",),
    "opinions": ("opinions",),
    "late": ("late",),
    "envelopes": ("envelopes",),
}
"""What a person reads before signing, under the names by which `read_marks` tells the parts apart."""


class Signer(NamedTuple):
    """Who signs. `drawn`: the path of the drawn signature (see DRAWN), empty for a name that was only typed."""

    name: str
    role: str
    drawn: str = ""


class Envelope(NamedTuple):
    """An envelope that was shared out: its title and funder, and its lines, best rank first."""

    title: str
    funder: str
    pot: Pot
    lines: Sequence[tuple[Award, Project]]


def content(
    *,
    call: Call,
    this: Round,
    jurors: Sequence[Juror],
    projects: Sequence[Project],
    recusals: Iterable[Recusal],
    late: Iterable[LateEntry],
    standings: Sequence[Standing],
    outcomes: Mapping[str, str],
    moves: Sequence[Move] = (),
    draws: Sequence[Draw] = (),
    votes: Sequence[tuple[JuryVote, Project | None]] = (),
    opinions: Sequence[tuple[Opinion, Expert, Project]] = (),
    presence: Mapping[uuid.UUID, running.Standing] | None = None,
    absences: Mapping[uuid.UUID, Sequence[running.Absence]] = MappingProxyType({}),
    quorum: running.Quorum | None = None,
    sheets_by_juror: Mapping[uuid.UUID, int],
    envelopes: Sequence[Envelope] = (),
    remarks: str = "",
    legal_form: str = "",
    signatures: Sequence[Signer],
    signed_at: dt.datetime | None,
    replay_hash: str,
) -> dict[str, Any]:
    """Everything the minutes say. sheets_by_juror: complete sheets. outcomes: by project, see
    queries.Result. remarks: what the secretary adds, as typed. legal_form: of the organiser, French, in words.

    The quorum counts those that the minutes call present, whoever left the jury aside. A draft has no signatures and no
    signed_at.
    A juror is present who confirmed on a tablet or filled at least one sheet, or whom the secretary or the desk saw.
    """
    frozen = this.frozen or {}
    names = {juror.id: f"{juror.first_name} {juror.last_name}" for juror in jurors}
    by_id = {str(project.id): project for project in projects}
    gone = [project for project in by_id.values() if this.saw(project.withdrawn_at)]

    def member(juror: Juror) -> dict[str, Any]:
        return {
            "name": names[juror.id],
            "function": juror.function,
            "chairs": juror.chairs,
            "sheets": sheets_by_juror.get(juror.id, 0),
            "state": seen.get(juror.id, "expected"),
            **({"absences": [_absent(one) for one in away]} if (away := absences.get(juror.id)) else {}),
        }

    seen = presence or {}
    present = [
        j
        for j in jurors
        if sheets_by_juror.get(j.id)
        or seen.get(j.id, "present" if j.confirmed_at else "expected") in ("present", "left")
    ]
    return {
        "format": FORMAT,
        "organiser": call.organiser_name,
        **({"legal_form": legal_form} if legal_form else {}),
        "call": {"id": str(call.id), "title": call.title, "kind": call.kind},
        "round": {
            "id": str(this.id),
            "number": this.number,
            "title": this.title,
            "opened_at": _instant(this.opened_at),
            "closed_at": _instant(this.closed_at),
            "seed": this.seed,
            **({"choice": this.choice} if this.choice else {}),
        },
        "rulebook": {
            "version": frozen["rulebook_version"],
            "hash": this.frozen_hash,
            "places": frozen["rulebook"]["places"],
            "reserve": frozen["rulebook"]["reserve"],
            "minimum_readings": frozen["rulebook"]["minimum_readings"],
            "score": frozen["rulebook"].get("score", "mean"),
            "minimum_total": frozen["rulebook"].get("minimum_total", 0),
            "ties": frozen["rulebook"].get("ties", rules.TIES[0]),
        },
        "criteria": [
            {key: c[key] for key in ("title", "weight", "max", "minimum", "section") if key in c}
            for c in frozen["criteria"]
        ],
        "present": [member(j) for j in present],
        "absent": [member(j) for j in jurors if j not in present],
        "recusals": [
            {
                "juror": names[r.juror_id],
                "project": by_id[str(r.project_id)].number,
                "title": by_id[str(r.project_id)].title,
                "kind": r.kind,
                "at": _instant(r.declared_at),
                "by": "juror" if r.declared_by.startswith("juror:") else "secretary",
                "lifted_at": _instant(r.lifted_at) if this.saw(r.lifted_at) else None,
            }
            for r in recusals
        ],
        "late": _late(late, names, by_id),
        "ranking": [_ranked(one, by_id[one.project], frozen, outcomes[one.project]) for one in standings],
        "moves": [
            {
                "project": by_id[str(move.project_id)].number,
                "title": by_id[str(move.project_id)].title,
                "place": move.place,
                "reason": move.reason,
                "at": _instant(move.moved_at),
            }
            for move in moves
        ],
        "draws": [
            {
                "projects": [by_id[str(project)].number for project in one.projects],
                "seed": one.seed,
                "reason": one.reason,
                "at": _instant(one.drawn_at),
            }
            for one in draws
        ],
        "votes": [_voted(vote, project, by_id) for vote, project in votes],
        **({"opinions": [_said(*one) for one in opinions]} if opinions else {}),
        "quorum": None
        if quorum is None
        else {
            "members": quorum.members,
            "present": sum(not this.saw(j.away_since) for j in present),
            "needed": quorum.needed,
        },
        "envelopes": [_shared_out(one) for one in envelopes],
        **({"given_up": [_given_up(one) for one in gone]} if gone else {}),
        "remarks": remarks,
        "replay_hash": replay_hash,
        "replay_format": replay.FORMAT,
        "signatures": [{**one._asdict(), "at": _instant(signed_at)} for one in signatures],
        "signed_at": _instant(signed_at),
    }


def _absent(one: running.Absence) -> dict[str, Any]:
    return {"left_at": _instant(one.left_at), "back_at": _instant(one.back_at)}


def _voted(vote: JuryVote, project: Project | None, by_id: Mapping[str, Project]) -> dict[str, Any]:
    """One vote with its own quorum; one that was set aside says why, one on a tie in which order."""
    return {
        "question": vote.question,
        "project": project.number if project else None,
        "title": project.title if project else "",
        **({"placed": [by_id[str(one)].number for one in vote.placed]} if vote.placed else {}),
        **{name: getattr(vote, name) for name in ("yes", "no", "abstained", "casting", "outcome")},
        **{name: getattr(vote, name) for name in ("members", "present", "needed", "recused")},
        "at": _instant(vote.held_at),
        "set_aside": vote.set_aside_why,
    }


def _said(opinion: Opinion, expert: Expert, project: Project) -> dict[str, Any]:
    """What an expert came to; their words stay with the secretary and whom the call shows them to."""
    return {
        "number": project.number,
        "title": project.title,
        "expert": expert.name,
        "function": expert.function,
        "choice": opinion.choice,
        "at": _instant(opinion.answered_at),
    }


def _given_up(project: Project) -> dict[str, Any]:
    """A project that withdrew before the decision; why is for the secretary alone."""
    return {"number": project.number, "title": project.title, "at": _instant(project.withdrawn_at)}


def read_marks(document: Mapping[str, Any]) -> str:
    """What was read, part by part: "head:5f2c… jury:…". The same for a draft and for what is signed of it."""
    parts = ((name, {key: document[key] for key in keys if key in document}) for name, keys in SECTIONS.items())
    return " ".join(f"{name}:{rules.content_hash(part)[:16]}" for name, part in parts)


def changed_since(marks: str, document: Mapping[str, Any]) -> list[str]:
    """The parts of SECTIONS that differ from what was read under these marks; all of them when there are none."""
    read = set(marks.split())
    return [one.partition(":")[0] for one in read_marks(document).split() if one not in read]


def drawn_length(path: str) -> float:
    """How long the strokes of a path (see DRAWN) are together, in units of its box."""
    strokes = ([tuple(map(int, point.split())) for point in one.split("L")] for one in path.split("M")[1:])
    return sum(math.dist(before, after) for stroke in strokes for before, after in itertools.pairwise(stroke))


def _ranked(standing: Standing, project: Project, frozen: Mapping[str, Any], outcome: str) -> dict[str, Any]:
    return {
        "rank": standing.rank,
        "number": project.number,
        "title": project.title,
        "structure": project.structure,
        "score": None if standing.score is None else str(standing.score),
        "shown": shown(standing.score),
        "readings": standing.readings,
        "lowest": shown(standing.lowest),
        "highest": shown(standing.highest),
        "eliminated_by": rules.why(standing, frozen),
        "below_minimum": standing.below_minimum,
        "decided_by": standing.decided_by,
        "recused": standing.counts["recused"],
        "abstained": standing.counts["abstained"],
        "outcome": outcome,
    }


def _late(
    late: Iterable[LateEntry], names: Mapping[uuid.UUID, str], projects: Mapping[str, Project]
) -> list[dict[str, Any]]:
    """One line for the values of a sheet of which the same was decided: `values` of them, the first `received_at`."""
    found: dict[tuple[str, int, str, str], dict[str, Any]] = {}
    for entry in late:
        line = names[entry.juror_id], projects[str(entry.project_id)].number, entry.state, _office(entry.decided_by)
        came = _instant(entry.received_at)
        found.setdefault(
            line, dict(zip(("juror", "project", "state", "by"), line, strict=True)) | {"received_at": came, "values": 0}
        )["values"] += 1
    return list(found.values())


def _office(decided_by: str | None) -> str:
    return "" if decided_by is None else "chair" if decided_by.startswith("juror:") else "secretary"


def _shared_out(one: Envelope) -> dict[str, Any]:
    """Amounts in cents, and what `select` needs to share them out again. `years`: the instalments of each award."""
    return {
        "title": one.title,
        "funder": one.funder,
        "envelope": one.pot.envelope,
        "committed": one.pot.committed,
        "rule": one.pot.rule,
        "partial": one.pot.partial,
        "decided_at": _instant(one.pot.decided_at),
        "lines": [
            {
                "rank": award.rank,
                "number": project.number,
                "title": project.title,
                "state": award.state,
                "asked": award.asked,
                "minimum": award.minimum,
                "amount": award.amount,
                "years": followup_rules.years_of(award),
            }
            for award, project in one.lines
        ],
    }


def _instant(instant: dt.datetime | None) -> str | None:
    return None if instant is None else instant.astimezone(dt.UTC).isoformat(timespec="seconds")
