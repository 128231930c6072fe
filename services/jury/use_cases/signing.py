"""Step 2 at the end of a round: sign the minutes, then tell each bearer. Next: minutes.py, announce.py."""

from __future__ import annotations

import datetime as dt
import secrets
import uuid
from collections import Counter
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.jury import announce, minutes, minutes_pdf, queries, replay, rules, scoring
from services.jury.models import Call, Identity, Minutes, Project, Round, Signature
from services.jury.queries import experts
from services.jury.use_cases.calls import find_call, find_round
from services.jury.use_cases.deliberation import refuse_tied
from shared import audit, network
from shared.clock import PARIS
from shared.errors import RuleError, Sentence


def replay_of(session: Session, this: Round) -> dict[str, Any]:
    """The replay export of a closed or signed round. Raises RuleError before that."""
    _refuse_open(this)
    projects = [(str(p.id), p.number, p.title) for p in queries.projects_in(session, this)]
    held = sa.select(Minutes.content["replay_format"].as_string()).where(Minutes.round_id == this.id)
    return replay.export(
        this.frozen or {},
        this.seed or "",
        projects,
        queries.sheets(session, this),
        queries.ranking(session, this),
        (this.number, this.title) if this.chosen else None,
        votes=queries.voted_orders(session, this),
        opinions=[(str(project.id), opinion.choice) for opinion, _expert, project in experts.given_in(session, this)],
        # Its hash is in the minutes: what was signed is given as it was.
        format=session.scalar(held) or replay.BY_JUROR if this.state == "signed" else replay.FORMAT,
    )


def notes_of(session: Session, this: Round) -> list[tuple[str, str, str]]:
    """What `calibrate` reads of a closed or signed round: (project, pseudonym, score on 20, exact) of every sheet that
    counts. The pseudonyms are drawn anew each time, so that two files cannot be laid side by side."""
    _refuse_open(this)
    criteria = rules.criteria_of(this.frozen or {})
    titles = {str(p.id): f"{p.number}. {p.title}" for p in queries.projects_in(session, this)}
    counted = [s for s in queries.sheets(session, this) if scoring.state(criteria, s) == "complete"]
    jurors = sorted({sheet.juror for sheet in counted})
    secrets.SystemRandom().shuffle(jurors)
    pseudonyms = {juror: f"J{index:02d}" for index, juror in enumerate(jurors, start=1)}
    return sorted(
        (titles[s.project], pseudonyms[s.juror], str(scoring.sheet_score(criteria, s.values))) for s in counted
    )


def _refuse_open(this: Round) -> None:
    if this.state not in ("closed", "signed") or this.frozen is None:
        raise RuleError("round-state", "Le classement s’exporte une fois le tour clos.")


def drafted(
    session: Session,
    this: Round,
    *,
    signatures: Sequence[minutes.Signer] = (),
    remarks: str = "",
    signed_at: dt.datetime | None = None,
) -> dict[str, Any]:
    """What the minutes of a closed round say now; nothing is written."""
    call = find_call(session, this.call_id)
    criteria = rules.criteria_of(this.frozen or {})
    complete = Counter(
        uuid.UUID(s.juror) for s in queries.sheets(session, this) if scoring.state(criteria, s) == "complete"
    )
    members, quorum = queries.presence_of(session, this)
    results = queries.results(session, this)
    return minutes.content(
        call=call,
        this=this,
        jurors=queries.jurors_in(session, this),
        projects=queries.projects_in(session, this, withdrawn=True),
        recusals=queries.recusals_in(session, this, lifted=True),
        late=[
            late.entry
            for late in sorted(queries.late_tray(session, this.id), key=lambda late: late.entry.received_at)
            if late.waits or late.entry.state != "waiting"
        ],
        standings=[one.standing for one in results],
        outcomes=queries.outcomes(results),
        sheets_by_juror=complete,
        moves=queries.moves_of(session, this),
        draws=queries.draws_of(session, this),
        votes=queries.votes_of(session, this),
        opinions=experts.given_in(session, this),
        presence={member.juror.id: member.state for member in members},
        absences=queries.absences_in(session, this),
        quorum=quorum,
        envelopes=_shared_out(session, this),
        remarks=remarks,
        legal_form=network.legal_form(session, Identity, call.organiser_name, _day(this)),
        signatures=signatures,
        signed_at=signed_at,
        replay_hash=rules.content_hash(replay_of(session, this)),
    )


def _day(this: Round) -> dt.date:
    """When the jury decided."""
    assert this.closed_at is not None
    return this.closed_at.astimezone(PARIS).date()


def _shared_out(session: Session, this: Round) -> list[minutes.Envelope]:
    found = []
    for one in queries.envelopes_of(session, this):
        table = queries.award_table(session, this, one["id"])
        if table is not None and table.pot.decided_at is not None:
            found.append(minutes.Envelope(one["title"], one["funder"], table.pot, table.lines))
    return found


class NotRead(RuleError):
    """What would be signed is not what was read. `parts`: names of minutes.SECTIONS that changed."""

    def __init__(self, parts: Sequence[str]) -> None:
        super().__init__("not-read", "Le procès-verbal a changé depuis que vous l’avez lu : relisez-le, puis signez.")
        self.parts = parts


def sign(
    session: Session,
    round_id: uuid.UUID,
    signatures: Sequence[minutes.Signer],
    *,
    read: str | None = None,
    remarks: str = "",
    who: str,
    now: dt.datetime,
) -> Minutes:
    """Freeze the ranking in signed minutes. Refuses while a late value waits.

    read: the `minutes.read_marks` of what the signers had before their eyes, NotRead when it changed since; None when
    nobody read it on a page.
    """
    this = find_round(session, round_id, lock=True)
    if this.state == "signed":
        raise RuleError("round-state", "Le procès-verbal de ce tour est déjà signé.")
    if this.state != "closed":
        raise RuleError("round-state", "Clôturez d’abord le tour : on signe ce qui ne change plus.")
    if queries.waiting_late(session, this.id):
        raise RuleError("late-waiting", "Des saisies tardives attendent : tranchez-les avant de signer.")
    refuse_tied(session, this)
    document = drafted(session, this, signatures=signatures, remarks=remarks, signed_at=now)
    if read is not None and (parts := minutes.changed_since(read, document)):
        raise NotRead(parts)
    digest = rules.content_hash(document)
    signed = Minutes(
        round_id=this.id,
        content=document,
        content_hash=digest,
        pdf=minutes_pdf.pdf(document, digest),
        signed_at=now,
    )
    session.add(signed)
    session.flush()
    for one in signatures:
        session.add(Signature(minutes_id=signed.id, name=one.name, role=one.role, drawn=one.drawn, signed_at=now))
    this.state, this.version = "signed", this.version + 1
    announce.minutes_signed(
        session,
        find_call(session, this.call_id),
        this,
        signed_at=now,
        content_hash=digest,
        projects=len(document["ranking"]),
        jurors=len(document["present"]),
    )
    audit.record(
        session,
        who=who,
        what="signed",
        thing="round",
        thing_id=this.id,
        before={"state": "closed"},
        after={"state": "signed", "hash": digest, "signatures": [one.name for one in signatures]},
        now=now,
    )
    return signed


def publish(session: Session, round_id: uuid.UUID, *, who: str, now: dt.datetime) -> int:
    """Tell every bearer the result, once, but who gave up. Returns how many facts were announced."""
    this = find_round(session, round_id, lock=True)
    if this.state != "signed" or this.frozen is None:
        raise RuleError("round-state", "Signez d’abord le procès-verbal : on publie ce qui est signé.")
    if this.published_at is not None:
        raise RuleError("published", "Les résultats sont déjà publiés : chaque porteur a été prévenu une fois.")
    lines = queries.feedback_lines(session, this)
    if any(line.decision is None for line in lines):
        raise RuleError("feedback-waiting", "Des mots aux porteurs attendent la présidence : tranchez-les d’abord.")
    call = find_call(session, this.call_id)
    if waiting := queries.undecided(session, this):
        raise RuleError(
            "awards-open",
            Sentence(
                "Les aides ne sont pas décidées (%(envelopes)s) : décidez-les à la page « Aides », puis publiez.",
                envelopes=", ".join(title or call.title for title in waiting),
            ),
        )
    told = _announce(session, this, call)
    this.published_at, this.version = now, this.version + 1
    audit.record(
        session,
        who=who,
        what="published",
        thing="round",
        thing_id=this.id,
        before=None,
        after={"projects": told},
        now=now,
    )
    return told


def tell_again(
    session: Session, round_id: uuid.UUID, project: Project, *, offer: bool, who: str, now: dt.datetime
) -> None:
    """The result of one project, to its bearer alone, once more: the mail before did not arrive. offer: nor did that of
    what it is offered."""
    this = find_round(session, round_id)
    if this.published_at is None:
        raise RuleError("round-state", "Les résultats ne sont pas encore publiés.")
    if not _announce(session, this, find_call(session, this.call_id), only=project.id, offers=offer):
        raise RuleError("gave-up", "Ce projet s’est retiré : il n’a pas de résultat à recevoir.")
    after = {"project": str(project.id)}
    audit.record(
        session, who=who, what="told again", thing="round", thing_id=this.id, before=None, after=after, now=now
    )


def _announce(session: Session, this: Round, call: Call, *, only: uuid.UUID | None = None, offers: bool = True) -> int:
    """The results, but of who gave up or was erased, or of one project, with what came free before anybody was
    answered; how many."""
    results = queries.results(session, this)
    distances, passed_over = queries.distances(results), queries.passed_over(session, this, results)
    projects = {str(p.id): p for p in queries.projects_in(session, this)}
    feedback = queries.approved(queries.feedback_lines(session, this))
    told = [one for one in results if one.is_told and (only is None or one.standing.project == str(only))]
    # Of a round that was left for two years, a bearer may have been erased.
    told = [one for one in told if projects[one.standing.project].bearer_email]
    for one in told:
        project = projects[one.standing.project]
        announce.result_published(
            session,
            call,
            project,
            one,
            criteria=(this.frozen or {})["criteria"],
            projects=len(results),
            distance=distances.get(one.standing.project),
            passed_over=passed_over.get(one.standing.project),
            feedback=feedback.get(project.id, []),
            locale=queries.locale_of(session, project.id),
        )
        if offers and one.award is not None and one.award.state == "offered":
            locale = queries.locale_of(session, project.id)
            announce.award_offered(session, call, project, one.award, locale=locale)
    return len(told)
