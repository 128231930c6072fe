"""Step 8, behind the handler: a person confirmed to registration that they want to be erased."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from services.jury import announce, tandems
from services.jury.models import (
    Application,
    ApplicationVersion,
    Arrival,
    Award,
    Call,
    ChairLink,
    EarlierFiling,
    Expert,
    Juror,
    Minutes,
    Opinion,
    OpinionLink,
    Project,
    Recusal,
    Round,
    ScoreCell,
)
from services.jury.models.applications import ApplicationLink
from services.jury.queries.mails import FATES
from services.jury.use_cases.tablets import expire_codes
from shared import audit
from shared.messaging import deadletters

BEARER = ("bearer_first_name", "bearer_last_name", "bearer_email")
OTHERS = ("board", "partner_contact", "representative", "representative_role", "authority_contact", "presenters")
"""People whom the bearer named, by whom links with jurors were suggested; what was declared then stays."""
TEACHER = tandems.SPEAKERS["class"]
"""Who writes for the class of a tandem."""
BEARERS = ("", "association")
"""The links of a bearer: to any application, or to the half of a tandem that is not the class."""
APPEALS = dt.timedelta(days=2 * 365 + 1)
"""How long a project that got nothing is kept with its bearer, after it was answered."""


def erase(session: Session, data: dict[str, Any], at: dt.datetime) -> None:
    """Erase what may go, count what may not, and answer with both."""
    email = data["email"].casefold()
    erased: dict[str, int] = {"arrivals": _arrivals(session, data["email_hash"])}
    kept: list[dict[str, Any]] = []
    erased["jurors"] = _jurors(session, email, at, kept)
    erased["experts"] = _experts(session, email, kept)
    erased["applications"] = _drafts(session, email) + _replaced(session, email)
    theirs = _borne_by(email) | Application.project_id.in_(_projects_of(session, email))
    erased["projects"] = _projects(session, email, at, kept)
    erased["leaders"] = _leaders(session, theirs) + _teachers(session, email)
    erased["filed"] = _filed(session, theirs, at)
    deadletters.forget(session, email)
    left = [{"what": kind, "count": count} for kind, count in erased.items() if count]
    announce.person_erased(session, data["request_id"], left, kept, at)


def _arrivals(session: Session, email_hash: str) -> int:
    gone = sa.delete(Arrival).where(Arrival.email_hash == email_hash).returning(Arrival.registration_id)
    return len(session.execute(gone).all())


def _jurors(session: Session, email: str, at: dt.datetime, kept: list[dict[str, Any]]) -> int:
    """A juror becomes a pseudonym: the ranking can still be recomputed, and nobody is named. They are in retreat as
    before; what links them to a project is said no more, and no link opens the session for them."""
    found = list(session.scalars(sa.select(Juror).where(sa.func.lower(Juror.email) == email).with_for_update()))
    ids = [juror.id for juror in found]
    for juror in found:
        juror.first_name, juror.last_name = "Juré·e", juror.id.hex[-6:]
        juror.email = juror.function = juror.structure = ""
        juror.version += 1
    expire_codes(session, ids, at)
    FATES.forget(session, ids)
    session.execute(sa.delete(ChairLink).where(ChairLink.juror_id.in_(ids)))
    session.execute(sa.update(Recusal).where(Recusal.juror_id.in_(ids)).values(note=""))
    deleted = _deleted_jurors(session, email)
    if not ids and not deleted:
        return 0
    forget_history(session, "juror", [*ids, *deleted])
    scores = sa.select(sa.func.count()).select_from(ScoreCell).where(ScoreCell.juror_id.in_(ids))
    _keep(kept, "scores", "integrity", session.scalar(scores))
    rounds = sa.select(ScoreCell.round_id).where(ScoreCell.juror_id.in_(ids))
    minutes = sa.select(sa.func.count()).select_from(Minutes).where(Minutes.round_id.in_(rounds))
    _keep(kept, "minutes", "appeals", session.scalar(minutes))
    return len(ids) + len(deleted)


def _experts(session: Session, email: str, kept: list[dict[str, Any]]) -> int:
    """An expert becomes a pseudonym, and is asked nothing more. What they said of projects stays; what they said of
    themselves goes: why they declined, what links them to a project."""
    found = list(session.scalars(sa.select(Expert).where(sa.func.lower(Expert.email) == email).with_for_update()))
    for one in found:
        one.first_name, one.last_name = "Expert·e", one.id.hex[-6:]
        one.email = one.function = one.structure = ""
        one.away_since = one.away_since or one.created_at
        mine = sa.select(Opinion.id).where(Opinion.expert_id == one.id)
        session.execute(sa.delete(OpinionLink).where(OpinionLink.opinion_id.in_(mine)))
        waiting = sa.update(Opinion).where(Opinion.expert_id == one.id, Opinion.state == "asked")
        session.execute(waiting.values(state="taken"))
        session.execute(sa.update(Opinion).where(Opinion.expert_id == one.id, Opinion.why != "").values(why=""))
        said = list(session.scalars(mine))
        FATES.forget(session, said)
        _keep(kept, "opinions", "integrity", len(said))
    return len(found)


def _deleted_jurors(session: Session, email: str) -> list[str]:
    """Members by mistake, whom nothing but the journal names any more."""
    entries = audit.audit_entries.c
    named = sa.func.lower(entries.before["email"].astext) == email
    gone = sa.select(entries.thing_id).where(entries.thing == "juror", entries.what == "removed a member", named)
    return list(session.scalars(gone))


def _drafts(session: Session, email: str) -> int:
    """Who bears a draft is taken out of it, out of its earlier versions too; their links open nothing any more."""
    bearer = sa.func.lower(Application.content["bearer_email"].astext)
    ids = list(session.scalars(sa.select(Application.id).where(Application.state == "draft", bearer == email)))
    unname_drafts(session, ids, BEARER + OTHERS, *BEARERS)
    return len(ids)


def unname_drafts(session: Session, ids: list[uuid.UUID], names: tuple[str, ...], *halves: str) -> None:
    """Take people out of drafts and their earlier versions, and close their links; those of `halves` alone, if any."""
    _unname_drafts(session, ids, names)
    close_links(session, ids, *halves)
    FATES.forget(session, ids)
    forget_history(session, "application", ids)


def _unname_drafts(session: Session, ids: list[uuid.UUID], names: tuple[str, ...]) -> None:
    for model, mine in ((Application, Application.id), (ApplicationVersion, ApplicationVersion.application_id)):
        session.execute(sa.update(model).where(mine.in_(ids)).values(content=_without(model.content, names)))


def _teachers(session: Session, email: str) -> int:
    """Who wrote for the class of a tandem goes at once, and so do the links of the class."""
    theirs = sa.func.lower(Application.content[TEACHER[2]].astext) == email
    ids = list(session.scalars(sa.select(Application.id).where(theirs)))
    drafts = list(session.scalars(sa.select(Application.id).where(theirs, Application.state == "draft")))
    unname(session, TEACHER, Application.id.in_(ids))
    _unname_drafts(session, drafts, TEACHER)
    mine = ApplicationLink.application_id.in_(ids), ApplicationLink.half == "class"
    session.execute(sa.delete(ApplicationLink).where(*mine))
    return len(ids)


def close_links(session: Session, ids: list[uuid.UUID], *halves: str) -> None:
    """Nobody holds the links of these applications any more who may read them; or those of these halves."""
    of_halves = ApplicationLink.half.in_(halves) if halves else sa.true()
    session.execute(sa.delete(ApplicationLink).where(ApplicationLink.application_id.in_(ids), of_halves))


def _projects_of(session: Session, email: str) -> list[uuid.UUID]:
    """Read before they are erased: what was filed says the address as it was typed, which may have been put right."""
    return list(session.scalars(sa.select(Project.id).where(sa.func.lower(Project.bearer_email) == email)))


def _leaders(session: Session, theirs: sa.ColumnElement[bool]) -> int:
    """Whom a filed application names besides its bearer goes at once: no award and no minutes need them."""
    return len(unname(session, OTHERS, theirs))


def _filed(session: Session, theirs: sa.ColumnElement[bool], at: dt.datetime) -> int:
    """The bearer goes from what was filed when from the project, or two years after when there is none; so do the
    links, which nobody holds any more who may read it; those of a class stay with who writes for it."""
    gone = sa.exists().where(Project.id == Application.project_id, Project.bearer_email == "")
    old = sa.and_(Application.project_id.is_(None), Application.filed_at < at - APPEALS)
    ids = unname(session, BEARER, theirs, sa.or_(gone, old))
    close_links(session, ids, *BEARERS)
    return len(ids)


def _borne_by(email: str) -> sa.ColumnElement[bool]:
    return sa.func.lower(Application.content["bearer_email"].astext) == email


def unname(session: Session, names: tuple[str, ...], *which: sa.ColumnElement[bool]) -> list[uuid.UUID]:
    """Take these fields out of filed applications, their earlier filings and versions; the copies say which. Whose
    they were."""
    fields = sa.cast(names, sa.ARRAY(sa.Text))
    earlier = sa.exists().where(
        EarlierFiling.application_id == Application.id, EarlierFiling.filed["content"].op("?|")(fields)
    )
    says = sa.or_(Application.content.op("?|")(fields), Application.correction.op("?|")(fields), earlier)
    ids = list(session.scalars(sa.select(Application.id).where(Application.filed_at.is_not(None), says, *which)))
    if not ids:
        return []
    # The triggers that keep what was filed as it is let this transaction take names out, and no other.
    session.execute(sa.text("SET LOCAL agora.erasure = 'on'"))
    change = sa.update(Application).where(Application.id.in_(ids))
    session.execute(
        change.values(
            content=_without(Application.content, names),
            correction=_without(Application.correction, names),
            filed=_filed_without(Application.filed, names),
        )
    )
    filings = sa.update(EarlierFiling).where(EarlierFiling.application_id.in_(ids))
    session.execute(filings.values(filed=_filed_without(EarlierFiling.filed, names)))
    versions = sa.update(ApplicationVersion).where(ApplicationVersion.application_id.in_(ids))
    session.execute(versions.values(content=_without(ApplicationVersion.content, names)))
    session.execute(sa.text("SET LOCAL agora.erasure = 'off'"))
    _unquote(session, ids)
    return ids


def _unquote(session: Session, ids: list[uuid.UUID]) -> None:
    """Who is in retreat stays so; the note that the secretary took of it quotes whom the application named."""
    theirs = sa.select(Application.project_id).where(Application.id.in_(ids), Application.project_id.is_not(None))
    noted = sa.update(Recusal).where(Recusal.project_id.in_(theirs), ~Recusal.declared_by.startswith("juror:"))
    session.execute(noted.values(note=""))


def _replaced(session: Session, email: str) -> int:
    """Whom a correction took out, or names without being filed, or once named: what counts never names them, and stays
    as it is."""
    found: set[uuid.UUID] = set()
    session.execute(sa.text("SET LOCAL agora.erasure = 'on'"))
    for names in (BEARER + OTHERS, TEACHER):
        address = names[2]
        filed, written = EarlierFiling.filed["content"], Application.correction
        theirs, own, versions = (
            sa.func.lower(content[address].astext) == email for content in (filed, written, ApplicationVersion.content)
        )
        another = sa.func.coalesce(sa.func.lower(Application.content[address].astext), "") != email
        earlier = sa.exists().where(EarlierFiling.application_id == Application.id, theirs)
        saved_once = sa.exists().where(ApplicationVersion.application_id == Application.id, versions)
        named = sa.or_(earlier, own, saved_once)
        ids = list(session.scalars(sa.select(Application.id).where(another, named)))
        mine = sa.update(EarlierFiling).where(EarlierFiling.application_id.in_(ids), theirs)
        session.execute(mine.values(filed=_filed_without(EarlierFiling.filed, names)))
        being_written = sa.update(Application).where(Application.id.in_(ids), own)
        session.execute(being_written.values(correction=_without(written, names)))
        saved = sa.update(ApplicationVersion).where(ApplicationVersion.application_id.in_(ids), versions)
        session.execute(saved.values(content=_without(ApplicationVersion.content, names)))
        found |= set(ids)
    session.execute(sa.text("SET LOCAL agora.erasure = 'off'"))
    return len(found)


def _filed_without(filed: Any, names: tuple[str, ...]) -> Any:
    """The copy of what was filed, without these fields; it says that they were erased."""
    fields = sa.cast(names, sa.ARRAY(sa.Text))
    said = sa.func.coalesce(filed["erased"], sa.cast([], JSONB)).op("||")(sa.func.to_jsonb(fields))
    return filed.op("||")(sa.func.jsonb_build_object("content", _without(filed["content"], names), "erased", said))


def _without(content: Any, names: tuple[str, ...]) -> Any:
    return content.op("-")(sa.cast(names, sa.ARRAY(sa.Text)))


def _projects(session: Session, email: str, at: dt.datetime, kept: list[dict[str, Any]]) -> int:
    """Aid is accounted for ten years, a refusal can be appealed for two; a bearer of neither is erased."""
    mine = sa.select(Project).where(sa.func.lower(Project.bearer_email) == email).with_for_update()
    theirs = list(session.scalars(mine))
    erased = awards = refusals = 0
    for project in theirs:
        held, since = session.execute(sa.select(is_helped(), answered()).where(Project.id == project.id)).one()
        if held:
            awards += 1
        elif at - since < APPEALS:
            refusals += 1
        else:
            forget_bearer(session, project)
            erased += 1
    before = _borne_before(session, email) - {str(project.id) for project in theirs}
    forget_history(session, "project", list(before))
    _keep(kept, "awards", "accounting", awards)
    _keep(kept, "projects", "appeals", refusals + _only_filed(session, email, at))
    return erased


def is_helped() -> sa.ColumnElement[bool]:
    """Whether this project holds an award; what is only offered was given to nobody yet."""
    return sa.exists().where(Award.project_id == Project.id, Award.state == "awarded")


def answered() -> sa.ColumnElement[dt.datetime]:
    """When this project had its answer: the minutes of the last round of its call, or where those were never signed the
    last that was done with the call, which is where it was left."""
    last = sa.select(Round.id).where(Round.call_id == Project.call_id).order_by(Round.number.desc()).limit(1)
    signed = sa.select(Minutes.signed_at).where(Minutes.round_id == last.scalar_subquery()).scalar_subquery()
    left = (
        sa.select(
            sa.func.max(
                sa.func.greatest(
                    *(Call.created_at, Call.opened_at, Call.closes_at),
                    *(Round.created_at, Round.opened_at, Round.closed_at, Minutes.signed_at),
                )
            )
        )
        .join(Round, Round.call_id == Call.id)
        .outerjoin(Minutes, Minutes.round_id == Round.id)
        .where(Call.id == Project.call_id)
        .scalar_subquery()
    )
    return sa.func.coalesce(signed, sa.func.greatest(left, Project.created_at))


def forget_bearer(session: Session, project: Project) -> None:
    project.bearer_first_name = project.bearer_email = ""
    project.bearer_last_name = "—"
    FATES.forget(session, [project.id])
    forget_history(session, "project", [project.id])


def _borne_before(session: Session, email: str) -> set[str]:
    """Projects whose journal names them as the bearer; somebody else may have taken their place since."""
    entries = audit.audit_entries.c
    named = (sa.func.lower(said["bearer_email"].astext) == email for said in (entries.before, entries.after))
    return set(session.scalars(sa.select(entries.thing_id).where(entries.thing == "project", sa.or_(*named))))


def _only_filed(session: Session, email: str, at: dt.datetime) -> int:
    """How many filed applications keep their name though no project does: none was made, or another bears it now."""
    none = sa.and_(Application.project_id.is_(None), Application.filed_at >= at - APPEALS)
    another = sa.exists().where(
        Project.id == Application.project_id, sa.func.lower(Project.bearer_email).not_in(["", email])
    )
    filed = sa.select(sa.func.count()).select_from(Application)
    return session.scalar(filed.where(_borne_by(email), sa.or_(none, another))) or 0


def _keep(kept: list[dict[str, Any]], what: str, why: str, count: int | None) -> None:
    if count:
        kept.append({"what": what, "why": why, "count": count})


def forget_history(session: Session, thing: str, ids: list[Any]) -> None:
    entries = audit.audit_entries
    mine = sa.update(entries).where(entries.c.thing == thing, entries.c.thing_id.in_([str(one) for one in ids]))
    session.execute(mine.values(before=None, after=None))
