"""Step 2 of the committee of experts: the directory, and an opinion that is asked for, awaited, given or declined.

Next: experts.py, then announce_opinion.py.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from services.jury import announce_opinion, deadlines, experts, queries
from services.jury.models import Call, Expert, Opinion, OpinionLink, Project
from services.jury.queries import experts as found
from services.jury.use_cases import personal_links
from services.jury.use_cases.calls import find_call, touch_rounds
from shared import audit
from shared.db import hash_token, new_token
from shared.errors import NotFound, RuleError

AGAINST: dict[experts.Against, str] = {
    "away": "Cette personne ne peut plus être sollicitée.",
    "asked": "Cette personne est déjà sollicitée pour ce projet.",
    "conflict": "Cette personne a un lien d’intérêt avec ce projet.",
    "read_before": "Cette personne a lu ce projet lors de son premier dépôt : un autre regard est demandé.",
    "language": "Cette personne ne lit pas la langue de ce dossier.",
    "load": "Cette personne a autant d’avis en attente qu’elle en accepte.",
}
"""Why somebody is not asked, in the order of experts.weigh."""


def keep(
    session: Session, expert_id: uuid.UUID | None, data: Mapping[str, Any], *, who: str, now: dt.datetime
) -> Expert:
    """Write a member of the committee. data: the fields of the directory, and `away`."""
    expert = find(session, expert_id) if expert_id else Expert(created_at=now)
    twin = sa.select(Expert.id).where(sa.func.lower(Expert.email) == data["email"].lower())
    if session.scalar(twin if expert_id is None else twin.where(Expert.id != expert_id)) is not None:
        raise RuleError("twin", "Cette adresse est déjà dans l’annuaire.", field="email")
    for name in ("first_name", "last_name", "function", "structure", "email", "themes", "countries", "languages"):
        setattr(expert, name, data[name])
    expert.most = data["most"]
    if bool(data["away"]) != (expert.away_since is not None):
        expert.away_since = now if data["away"] else None
    try:
        with session.begin_nested():
            session.add(expert)
    except IntegrityError as twice:  # written at another window at the same moment
        raise RuleError("twin", "Cette adresse est déjà dans l’annuaire.", field="email") from twice
    what = "changed an expert" if expert_id else "added an expert"
    audit.record(session, who=who, what=what, thing="expert", thing_id=expert.id, before=None, after=None, now=now)
    return expert


def find(session: Session, expert_id: uuid.UUID, *, lock: bool = False) -> Expert:
    expert = session.get(Expert, expert_id, with_for_update=True if lock else None)
    if expert is None:
        raise NotFound("unknown-expert", "Cette personne n’est pas dans l’annuaire.")
    return expert


def find_project(session: Session, call_id: uuid.UUID, project_id: uuid.UUID) -> Project:
    project = session.get(Project, project_id)
    if project is None or project.call_id != call_id:
        raise NotFound("unknown-project", "Ce projet ne fait pas partie de cet appel.")
    return project


def ask(
    session: Session,
    project: Project,
    expert_id: uuid.UUID,
    due_on: dt.date,
    *,
    site: str,
    who: str,
    now: dt.datetime,
) -> Opinion:
    """Ask one expert about a project; the link to answer goes by mail. Again after it was taken back: it is asked anew.

    Raises RuleError where the directory or an earlier reading speaks against it."""
    call = find_call(session, project.call_id, lock=True)
    _refuse_closed(session, call, project)
    if deadlines.closing(due_on) <= now:
        raise RuleError("past", "Donnez une date à venir.", field="due_on")
    one = next((one for one in found.candidates(session, project) if one.expert.id == expert_id), None)
    if one is None:
        raise NotFound("unknown-expert", "Cette personne n’est pas dans l’annuaire.")
    if one.weighed.against:
        raise RuleError(f"expert-{one.weighed.against[0]}", AGAINST[one.weighed.against[0]], field="expert")
    known = sa.select(Opinion).where(Opinion.expert_id == expert_id, Opinion.project_id == project.id)
    opinion = session.scalar(known) or Opinion(expert_id=expert_id, project_id=project.id)
    opinion.state, opinion.due_on, opinion.asked_at, opinion.asked_by = "asked", due_on, now, who
    opinion.reminded_at = opinion.answered_at = None
    opinion.why = ""
    session.add(opinion)
    session.flush()
    _tell(session, call, project, one.expert, opinion, site=site, again=False, now=now)
    _note(session, project, "asked for an opinion", who, now)
    return opinion


def remind(session: Session, project: Project, opinion_id: uuid.UUID, *, site: str, who: str, now: dt.datetime) -> None:
    """The request once more, at most once a day; the links of before still open it."""
    opinion = _awaited(session, project, opinion_id)
    if now - (opinion.reminded_at or opinion.asked_at) < dt.timedelta(days=1):
        raise RuleError("reminded", "Un courriel est parti il y a moins d’un jour : attendez demain.")
    opinion.reminded_at = now
    call = find_call(session, project.call_id)
    _refuse_closed(session, call, project)
    expert = session.get_one(Expert, opinion.expert_id)
    _tell(session, call, project, expert, opinion, site=site, again=True, now=now)
    _note(session, project, "reminded of an opinion", who, now)


def take_back(session: Session, project: Project, opinion_id: uuid.UUID, *, who: str, now: dt.datetime) -> None:
    """Nobody waits for this opinion any more; one that was given stays."""
    _awaited(session, project, opinion_id).state = "taken"
    _note(session, project, "took a request for an opinion back", who, now)


def _awaited(session: Session, project: Project, opinion_id: uuid.UUID) -> Opinion:
    """A request about this project that was not answered, locked."""
    opinion = session.get(Opinion, opinion_id, with_for_update=True)
    if opinion is None or opinion.project_id != project.id or opinion.state != "asked":
        raise NotFound("not-asked", "Cet avis n’est plus attendu.")
    return opinion


def open_link(session: Session, token: str, *, lock: bool = False) -> Opinion:
    """The request that a link opens."""
    opinion_id = session.scalar(sa.select(OpinionLink.opinion_id).where(OpinionLink.token_hash == hash_token(token)))
    if opinion_id is None:
        raise NotFound("link-unknown", "Ce lien n’est pas ou plus valable. Écrivez à l’organisateur de l’appel.")
    return session.get_one(Opinion, opinion_id, with_for_update=True if lock else None)


def issue(session: Session, opinion_id: uuid.UUID, now: dt.datetime) -> str:
    """A new personal link of this request; only its hash is kept."""
    token = new_token()
    session.add(OpinionLink(token_hash=hash_token(token), opinion_id=opinion_id, issued_at=now))
    return token


def links_of(session: Session, opinion: Opinion) -> list[dt.datetime]:
    """When the links were made that open this request, the latest first."""
    return personal_links.made(session, OpinionLink, OpinionLink.opinion_id == opinion.id)


def close_other_links(session: Session, token: str, *, now: dt.datetime) -> int:
    """Every link but this one opens nothing any more, those of mails too. Returns how many."""
    opinion = open_link(session, token, lock=True)
    closed = personal_links.close_others(session, OpinionLink, token, OpinionLink.opinion_id == opinion.id)
    if closed:
        project = session.get_one(Project, opinion.project_id)
        _note(session, project, "closed the other links", _themselves(opinion), now)
    return closed


def renew_link(
    session: Session, project: Project, opinion_id: uuid.UUID, *, site: str, who: str, now: dt.datetime
) -> bool:
    """The expert told that somebody else has their link: all of them close. Returns whether the request leaves once
    more with a new one, as it does while the answer is awaited."""
    opinion = session.get(Opinion, opinion_id, with_for_update=True)
    if opinion is None or opinion.project_id != project.id:
        raise NotFound("not-asked", "Cet avis n’est plus attendu.")
    session.execute(sa.delete(OpinionLink).where(OpinionLink.opinion_id == opinion.id))
    _note(session, project, "closed the links", who, now)
    awaited = opinion.state == "asked" and may_answer(session, opinion)
    if awaited:
        opinion.reminded_at = now
        call, expert = find_call(session, project.call_id), session.get_one(Expert, opinion.expert_id)
        _tell(session, call, project, expert, opinion, site=site, again=True, now=now)
    return awaited


def may_answer(session: Session, opinion: Opinion) -> bool:
    """Until the jury's round is closed, or the project gives up or stops there; an answer may be put right until then,
    and stays as it was once another round follows."""
    project = session.get_one(Project, opinion.project_id)
    this = queries.newest_round(session, project.call_id)
    given_at = opinion.answered_at if opinion.state == "given" else None
    waits = opinion.state == "asked" or (given_at is not None and given_at > this.created_at)
    return waits and this.state not in _CLOSED and queries.stands(session, this, project.id)


def answer(session: Session, token: str, choice: str, said: Mapping[str, str], *, now: dt.datetime) -> Opinion:
    """What the expert says; again, it takes the place of what they said before. Raises RuleError."""
    opinion = open_link(session, token, lock=True)
    if not may_answer(session, opinion):
        raise RuleError("opinion-closed", "Cet avis n’est plus attendu : il ne se donne ni ne se change.")
    if missing := experts.lacking(choice, said):
        raise RuleError("no-reason", "Écrivez pourquoi : sans raison, un avis n’aide personne.", field=missing[0])
    opinion.state, opinion.choice, opinion.answered_at = "given", choice, now
    for name in experts.PARTS:
        setattr(opinion, name, said.get(name, ""))
    project = session.get_one(Project, opinion.project_id)
    touch_rounds(session, project.call_id)
    _note(session, project, "gave an opinion", _themselves(opinion), now)
    return opinion


def decline(session: Session, token: str, state: str, why: str, *, now: dt.datetime) -> Opinion:
    """The expert does not answer: "declined", or a "conflict" with the project, of which they say what it is."""
    opinion = open_link(session, token, lock=True)
    if opinion.state != "asked":
        raise RuleError("opinion-closed", "Cet avis n’est plus attendu : il ne se donne ni ne se change.")
    if state == "conflict" and not why.strip():
        raise RuleError("reason", "Dites en quelques mots quel lien vous avez avec ce projet.", field="why")
    opinion.state, opinion.why, opinion.answered_at = state, why.strip(), now
    project = session.get_one(Project, opinion.project_id)
    what = "declared a link with a project" if state == "conflict" else "declined to give an opinion"
    _note(session, project, what, _themselves(opinion), now)
    return opinion


def _themselves(opinion: Opinion) -> str:
    """Who did it, for the journal: the expert."""
    return f"expert:{opinion.expert_id}"


_CLOSED = ("closed", "signed")


def _refuse_closed(session: Session, call: Call, project: Project) -> None:
    if project.withdrawn_at is not None:
        raise RuleError("withdrawn", "Ce projet s’est retiré : aucun avis n’est plus attendu.")
    this = queries.newest_round(session, call.id)
    if this.state in _CLOSED:
        raise RuleError("round-closed", "Le tour est clos : un avis n’éclairerait plus personne.")
    if not queries.stands(session, this, project.id):
        raise RuleError("stopped", "Ce projet s’est arrêté à un tour précédent : aucun avis n’est plus attendu.")


def _tell(
    session: Session,
    call: Call,
    project: Project,
    expert: Expert,
    opinion: Opinion,
    *,
    site: str,
    again: bool,
    now: dt.datetime,
) -> None:
    link = f"{site}/expertise/{issue(session, opinion.id, now)}"
    announce_opinion.opinion_asked(session, call, project, expert, opinion, again=again, link=link)


def _note(session: Session, project: Project, what: str, who: str, now: dt.datetime) -> None:
    audit.record(session, who=who, what=what, thing="project", thing_id=project.id, before=None, after=None, now=now)
