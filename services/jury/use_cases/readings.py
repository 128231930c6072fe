"""Step 2 of who reads what: propose, adopt, hand over in mid-round. A proposal is never stored: the same seed makes it
again, and what is adopted must be what was looked at. Next: assignment.py, then models."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.jury import languages, queries, rules
from services.jury.models import Juror, Reading, Round, ScoreCell
from services.jury.queries import Pool
from services.jury.queries.scores import Pair
from services.jury.said import Said
from services.jury.use_cases import juror_mails
from services.jury.use_cases.calls import find_call, find_round, lock_juror, refuse_twin
from services.jury.use_cases.tablets import expire_codes
from shared import audit
from shared.errors import NotFound, RuleError


class Infeasible(RuleError):
    """No assignment exists; the message says what exceeds what and what would fix it. `reason` has it with its values
    apart, for a page in another language."""

    def __init__(self, reason: ValueError) -> None:
        super().__init__("infeasible", str(reason))
        self.reason = reason if isinstance(reason, Said) else Said(str(reason))


@dataclass(frozen=True)
class Proposal:
    """`pairs`: (juror, project). `digest`: of what was shown, so that nothing else is adopted. `one_college`: projects
    that one college alone would read; `unread`: pairs left out for the language."""

    pairs: list[Pair]
    digest: str
    is_connected: bool
    worst: float
    one_college: int
    unread: int


@dataclass(frozen=True)
class Handover:
    """`taken`: readings that come free; `given`: (juror, project) in their place."""

    taken: list[Pair]
    given: list[Pair]
    digest: str


def propose(session: Session, this: Round, *, per_project: int, per_juror: int, seed: str) -> Proposal:
    """Who would read what. Raises Infeasible."""
    # scipy stays out of the pages that do not need it.
    from services.jury import assignment

    pool = queries.pool_of(session, this)
    try:
        found = assignment.assign(
            [queries.number(project) for project in pool.projects],
            [assignment.Juror(queries.name(j), j.least, j.most, college=queries.college(j)) for j in pool.jurors],
            pool.affinities,
            pool.conflicts,
            readings=per_project,
            most=per_juror,
            seed=seed,
            unread=pool.unread,
        )
    except ValueError as refusal:
        raise Infeasible(refusal) from refusal
    pairs = sorted(pool.pairs(found.pairs))
    return Proposal(pairs, _digest(pairs, []), found.is_connected, found.worst, found.one_college, len(pool.unread))


def adopt(
    session: Session,
    round_id: uuid.UUID,
    *,
    per_project: int,
    per_juror: int,
    seed: str,
    digest: str,
    site: str,
    who: str,
    now: dt.datetime,
) -> Proposal:
    """Make the proposal that was looked at the round's assignment; only as long as nobody has scored. Where it takes
    the place of another in an open round, who got more to read is told."""
    this = _hold(session, round_id)
    if this.state not in ("draft", "open"):
        raise RuleError("round-state", "Le tour est clos : les lectures ne changent plus.")
    if session.scalar(sa.select(sa.exists().where(ScoreCell.round_id == this.id))):
        raise RuleError("scored", "Des notes sont déjà là : les lectures se passent maintenant de main en main.")
    proposal = propose(session, this, per_project=per_project, per_juror=per_juror, seed=seed)
    if proposal.digest != digest:
        raise RuleError("changed", "Le jury ou les projets ont changé entre-temps : regardez la proposition à nouveau.")
    held = queries.assigned(session, this) or set()
    _take(session, this, held - set(proposal.pairs), "nouvelle répartition", who=who, now=now)
    more = set(proposal.pairs) - held
    _give(session, this, more, who=who, now=now)
    if this.assigned_at is not None:
        juror_mails.tell_given(session, this, more, site=site, who=who, now=now)
    this.per_project, this.per_juror, this.assignment_seed, this.assigned_at = per_project, per_juror, seed, now
    this.version += 1
    after = {"seed": seed, "per_project": per_project, "per_juror": per_juror, "digest": digest}
    _note(session, this, who, "assigned readings", None, after, now)
    return proposal


def handover(session: Session, this: Round, juror_id: uuid.UUID | None) -> Handover:
    """What would move when that juror reads nothing more, and what fills every other gap; juror_id None: only the gaps.
    Complete sheets stay where they are. Raises Infeasible."""
    from services.jury import assignment

    if this.assigned_at is None or this.per_project is None or this.per_juror is None:
        raise RuleError("not-assigned", "Dans ce tour, tout le jury lit tout : il n’y a rien à passer.")
    if this.state not in ("draft", "open"):
        raise RuleError("round-state", "Le tour est clos : les lectures ne changent plus.")
    held = queries.assigned(session, this) or set()
    taken = {pair for pair in held - queries.complete_sheets(session, this) if pair[0] == juror_id}
    lacking = Counter(queries.missing_readings(session, this))
    recused = {(one.juror_id, one.project_id) for one in queries.recusals_in(session, this)}
    lacking.update(project for pair in taken - recused for project in pair[1:])
    pool = queries.pool_of(session, this)
    pool.jurors[:] = [juror for juror in pool.jurors if juror.id != juror_id]
    names = {juror.id: queries.name(juror) for juror in pool.jurors}
    numbers = {project.id: queries.number(project) for project in pool.projects}
    colleges = {j.id: queries.college(j) for j in queries.jurors_in(session, this)}
    given: list[Pair] = []
    while lacking:  # one more reader for each project that lacks one, until none does
        load = Counter(juror for juror, _project in (held - taken) | set(given))
        known = {(numbers[p], names[j]) for j, p in held | set(given) if j in names and p in numbers}
        wanted = sorted(numbers[project] for project in lacking)
        room = {j.id: (this.per_juror if j.most is None else min(this.per_juror, j.most)) for j in pool.jurors}
        jurors = [
            assignment.Juror(
                names[j.id], most=max(0, room[j.id] - load[j.id]), already=load[j.id], college=colleges[j.id]
            )
            for j in pool.jurors
        ]
        seated = Counter((numbers[p], colleges[j]) for j, p in (held - taken) | set(given) if p in numbers)
        current = {juror.id for juror in jurors}
        try:
            found = assignment.assign(
                wanted,
                jurors,
                {pair: value for pair, value in pool.affinities.items() if pair[0] in wanted and pair[1] in current},
                {pair for pair in pool.conflicts | known if pair[0] in wanted and pair[1] in current},
                readings=1,
                most=this.per_juror,
                seed=this.assignment_seed or "",
                unread={pair for pair in pool.unread if pair[0] in wanted and pair[1] in current},
                seated=seated,
            )
        except ValueError as refusal:
            raise Infeasible(refusal) from refusal
        given += pool.pairs(found.pairs)
        lacking -= Counter(dict.fromkeys(lacking, 1))
    return Handover(sorted(taken), sorted(given), _digest(given, taken))


def hand_over(
    session: Session,
    round_id: uuid.UUID,
    juror_id: uuid.UUID | None,
    *,
    reason: str,
    digest: str,
    site: str,
    who: str,
    now: dt.datetime,
) -> Handover:
    """Do it: the juror is away from now on, open sheets move, complete ones stay; tablets and their jurors are told."""
    this = _hold(session, round_id)
    juror = session.get(Juror, juror_id) if juror_id is not None else None
    if juror_id is not None and (juror is None or not queries.sits(session, this, juror)):
        raise NotFound("unknown-juror", "Ce membre du jury n’existe pas.")
    if juror is not None and not reason.strip():
        raise RuleError("reason", "Écrivez pourquoi ces lectures passent à d’autres.", field="reason")
    plan = handover(session, this, juror_id)
    if plan.digest != digest:
        raise RuleError("changed", "Des fiches ont bougé entre-temps : regardez le passage à nouveau.")
    if juror is not None:
        juror.away_since = juror.away_since or now
        juror.version += 1
    _take(session, this, set(plan.taken), reason.strip(), who=who, now=now)
    _give(session, this, set(plan.given), who=who, now=now)
    juror_mails.tell_given(session, this, plan.given, site=site, who=who, now=now)
    this.version += 1
    before = {"juror": str(juror_id) if juror_id else None, "readings": [str(project) for _j, project in plan.taken]}
    after = {"reason": reason.strip(), "readings": [f"{juror}/{project}" for juror, project in plan.given]}
    _note(session, this, who, "handed readings over", before, after, now)
    return plan


def set_reading(
    session: Session, round_id: uuid.UUID, *, blind: bool, shows_others: bool, who: str, now: dt.datetime
) -> None:
    """How the round is read; before it opens only, for what was once shown cannot be hidden again."""
    this = find_round(session, round_id, lock=True)
    if this.state != "draft":
        raise RuleError("round-state", "Le tour est ouvert : la façon de lire ne change plus.")
    before = {"blind": this.blind, "shows_others": this.shows_others}
    this.blind, this.shows_others, this.version = blind, shows_others, this.version + 1
    _note(session, this, who, "set how it is read", before, {"blind": blind, "shows_others": shows_others}, now)


def set_juror(
    session: Session, call_id: uuid.UUID, juror_id: uuid.UUID, data: dict[str, Any], *, who: str, now: dt.datetime
) -> Juror:
    """Who a juror is, what they know and how much they read.

    data: first_name, last_name, function, structure, email, chairs, themes, countries, languages, college, least,
    most, away.
    """
    call = find_call(session, call_id, lock=True)  # as for an appointment: two clerks write no name twice
    juror = lock_juror(session, juror_id)
    if juror.call_id != call.id:
        raise NotFound("unknown-juror", "Ce membre du jury n’existe pas.")
    if data["most"] is not None and data["most"] < data["least"]:
        raise RuleError("load", "Le maximum est plus petit que le minimum.", field="most")
    refuse_twin(session, call.id, data, besides=juror.id)
    who_they_are = ("first_name", "last_name", "function", "structure", "email", "chairs")
    names = (*who_they_are, "themes", "countries", "languages", "college", "least", "most")
    before = {name: getattr(juror, name) for name in names} | {"away": juror.away_since is not None}
    for name in names:
        setattr(juror, name, data[name])
    juror.away_since = (juror.away_since or now) if data["away"] else None
    if before["email"] != juror.email:  # the link went to somebody else's mailbox, or to one that nobody reads
        expire_codes(session, [juror.id], now, mailed=True)
    juror.version += 1
    audit.record(
        session, who=who, what="changed juror", thing="juror", thing_id=juror.id, before=before, after=data, now=now
    )
    return juror


def as_input(session: Session, this: Round) -> dict[str, Any]:
    """What `python -m services.jury assign` reads: whoever has it finds the same readings."""
    pool: Pool = queries.pool_of(session, this)
    return {
        "projects": [
            {"id": queries.number(project)} | ({"language": project.language} if project.language else {})
            for project in pool.projects
        ],
        "jurors": [
            {"id": queries.name(j), "min": j.least, "languages": sorted(languages.read(j.languages)[0])}
            | {"college": queries.college(j)}
            | ({} if j.most is None else {"max": j.most})
            for j in pool.jurors
        ],
        "affinities": [
            {"project": project, "juror": juror, "affinity": value}
            for (project, juror), value in sorted(pool.affinities.items())
        ],
        "conflicts": [{"project": project, "juror": juror} for project, juror in sorted(pool.conflicts)],
    }


def _hold(session: Session, round_id: uuid.UUID) -> Round:
    """Every juror, then the round: the order in which tablets take their locks."""
    this = find_round(session, round_id)
    jurors = sa.select(Juror.id).where(Juror.call_id == this.call_id).order_by(Juror.id)
    session.execute(jurors.with_for_update())
    return find_round(session, round_id, lock=True)


def _take(session: Session, this: Round, pairs: set[Pair], reason: str, *, who: str, now: dt.datetime) -> None:
    if not pairs:
        return
    session.execute(
        sa.update(Reading)
        .where(
            Reading.round_id == this.id,
            Reading.taken_at.is_(None),
            sa.tuple_(Reading.juror_id, Reading.project_id).in_(pairs),
        )
        .values(taken_at=now, taken_by=who, reason=reason)
        .execution_options(synchronize_session=False)
    )


def _give(session: Session, this: Round, pairs: set[Pair], *, who: str, now: dt.datetime) -> None:
    session.add_all(
        Reading(round_id=this.id, juror_id=juror, project_id=project, given_at=now, given_by=who)
        for juror, project in sorted(pairs)
    )
    session.flush()


def _digest(given: Any, taken: Any) -> str:
    return rules.content_hash([sorted([str(a), str(b)] for a, b in pairs) for pairs in (given, taken)])


def _note(
    session: Session,
    this: Round,
    who: str,
    what: str,
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
    now: dt.datetime,
) -> None:
    audit.record(session, who=who, what=what, thing="round", thing_id=this.id, before=before, after=after, now=now)
