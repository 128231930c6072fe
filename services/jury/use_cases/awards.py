"""Step 2 of the money: set the envelope, decide the awards, change one, offer what comes free to the reserve.

The pot's row is locked first, so two clerks work one after the other; a trigger and a constraint of the database
keep the sum inside the envelope whoever writes.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.jury import announce, budget, queries, rulebooks, selection
from services.jury.models import Application, Award, Instalment, Pot, Project, Report, ReportPaper, Round
from services.jury.use_cases.calls import find_call, find_round, refuse_left
from services.jury.use_cases.deliberation import refuse_tied
from shared import audit
from shared.errors import NotFound, RuleError


def set_pot(session: Session, round_id: uuid.UUID, data: dict[str, Any], *, who: str, now: dt.datetime) -> Pot:
    """data: envelope (cents), years, wishes {project id: (asked, minimum or None)}, and envelope_id when the call has
    several envelopes. Until the awards are decided. What is asked stays under the ceilings of the rulebook."""
    this = find_round(session, round_id, lock=True)
    refuse_left(this)
    chosen = _envelope(session, this, data.get("envelope_id"))
    rulebook = (this.frozen or {}).get("rulebook") or find_call(session, this.call_id).rulebook
    pot = queries.pot_of(session, this, chosen["id"])
    if pot is None:
        pot = Pot(round_id=this.id, envelope_id=chosen["id"], envelope=0, years=1, created_at=now)
        session.add(pot)
        session.flush()
    if pot.decided_at is not None:
        raise RuleError("awards-decided", "Les aides sont décidées : l’enveloppe et les demandes ne changent plus.")
    pot.unit, pot.yearly = chosen["per_person_cents"] or 1, rulebook.get("reserves") == "yearly"
    known = {project.id for project in queries.projects_in(session, this)}
    elsewhere = set(
        session.scalars(
            sa.select(Award.project_id)
            .join(Pot, Pot.id == Award.pot_id)
            .where(Pot.round_id == this.id, Pot.id != pot.id)
        )
    )
    standing = {a.project_id: a for a in session.scalars(sa.select(Award).where(Award.pot_id == pot.id))}
    applications = queries.applications_by_project(session, data["wishes"])
    for project_id, (asked, minimum) in data["wishes"].items():
        if project_id not in known:
            raise NotFound("unknown-project", "Ce projet ne fait pas partie de cet appel.")
        if asked <= 0:
            raise RuleError("asked", "La somme demandée doit être positive.")
        if minimum is not None and not 0 < minimum <= asked:
            raise RuleError("minimum", "Le minimum doit être positif et au plus égal à la demande.")
        field = f"asked_{project_id}"
        if project_id in elsewhere:
            raise RuleError(
                "other-envelope", "Un projet demande déjà à une autre enveloppe : il n’en a qu’une.", field=field
            )
        if asked % pot.unit or (minimum or 0) % pot.unit:
            raise RuleError("unit", "Dans cette enveloppe, une somme est un nombre entier d’unités.", field=field)
        application = applications.get(project_id)
        yearly = _yearly(application, data["years"])
        _refuse_over(session, rulebook, project_id, selection.instalments(asked, data["years"], yearly), application)
        award = standing.pop(project_id, None)
        if award is None:
            award = Award(pot_id=pot.id, project_id=project_id)
            session.add(award)
        award.asked, award.asked_yearly, award.minimum, award.changed_at = asked, yearly, minimum, now
    for gone in standing.values():
        session.delete(gone)
    before = {"envelope": pot.envelope, "years": pot.years}
    pot.envelope, pot.years = data["envelope"], data["years"]
    _note(session, pot, who, "set envelope", before, {"envelope": pot.envelope, "years": pot.years}, now)
    return pot


def decide(
    session: Session,
    round_id: uuid.UUID,
    *,
    rule: selection.Rule,
    partial: bool,
    who: str,
    now: dt.datetime,
    envelope_id: str | None = None,
    seen: str | None = None,
) -> selection.Selection:
    """Share an envelope (None: the first) out along the ranking by one of the rules that were shown; once.

    Of those that get nothing, the first are on the reserve list, as many as the rulebook says.
    seen: the `queries.award_marks` of what was looked at; anything else is not decided.
    """
    this, pot = _lock(session, round_id, envelope_id)
    if this.state not in ("closed", "signed"):
        raise RuleError("round-state", "Clôturez d’abord le tour : on partage l’enveloppe sur un classement arrêté.")
    if queries.waiting_late(session, this.id):
        raise RuleError("late-waiting", "Des saisies tardives attendent : tranchez-les avant de décider les aides.")
    if pot.decided_at is not None:
        raise RuleError("awards-decided", "Les aides de ce tour sont déjà décidées.")
    refuse_tied(session, this, [str(one) for one in queries.asking(session, pot)])
    if seen is not None and seen != queries.award_marks(queries.award_table(session, this, pot.envelope_id)):
        raise RuleError(
            "changed-meanwhile",
            "L’enveloppe, une demande ou un rang a changé depuis que ces montants sont affichés : rien n’est décidé. "
            "Regardez-les de nouveau, puis choisissez.",
        )
    lines = {str(a.project_id): a for a in session.scalars(sa.select(Award).where(Award.pot_id == pot.id))}
    ranked = [lines[project] for project in queries.official_order(session, this) if project in lines]
    if not lines:
        raise RuleError("no-wishes", "Aucun projet ne demande de somme : saisissez d’abord les demandes.")
    if not ranked:
        raise RuleError(
            "none-ranked", "Aucun des projets qui demandent une somme n’est classé : le classement dit pourquoi."
        )
    found = selection.select(
        [queries.wish(a) for a in ranked], pot.envelope, rule, partial=partial, terms=queries.terms_of(pot)
    )
    given = {award.project: award.awarded for award in found.awards}
    reserve = (this.frozen or {})["rulebook"]["reserve"]
    pot.rule, pot.partial, pot.decided_at = rule, partial, now
    for place, award in enumerate(ranked, start=1):
        award.rank = place
        cents = given.get(str(award.project_id), 0)
        state = "awarded" if cents else "reserve" if reserve > 0 else "refused"
        reserve -= state == "reserve"
        _give(award, cents, state, pot.years, now)
    for award in lines.values():
        if award.rank is None and award.state != "withdrawn":
            _give(award, 0, "refused", pot.years, now)
    session.flush()
    after = {"rule": rule, "partial": partial, "committed": found.committed, "awards": given}
    _note(session, pot, who, "decided awards", None, after, now)
    return found


def change(
    session: Session,
    round_id: uuid.UUID,
    award_id: uuid.UUID,
    cents: int,
    *,
    seen: int | None = None,
    who: str,
    now: dt.datetime,
) -> Award:
    """Give a project another sum, by hand; 0 puts it on the reserve list while that has a place. Never over the
    envelope, nor over a sum that is not the one that was `seen` (cents). Once published, its bearer is told. The same
    sum changes nothing, and what is offered waits for an answer whatever the sum."""
    pot, award = changeable(session, round_id, award_id, cents, seen=seen)
    if cents == award.amount:
        return award
    before = {"amount": award.amount, "state": award.state}
    was = award.amount
    held = "offered" if award.state == "offered" else "awarded"
    _give(award, cents, held if cents else without(session, round_id, award), pot.years, now)
    session.flush()
    after = {"amount": cents, "state": award.state}
    _note(session, pot, who, "changed award", before | {"project": str(award.project_id)}, after, now)
    _tell(session, round_id, award, was=was)
    return award


def _tell(session: Session, round_id: uuid.UUID, award: Award, *, was: int, given_back: bool = False) -> None:
    """The bearer, once the results are published; before, the result itself says it. was: cents."""
    this = find_round(session, round_id)
    if this.published_at is None:
        return
    call, project = find_call(session, this.call_id), session.get_one(Project, award.project_id)
    if project.bearer_email:  # else they were erased, two years after their answer
        locale = queries.locale_of(session, project.id)
        announce.award_changed(session, call, project, award, was=was, given_back=given_back, locale=locale)


def changeable(
    session: Session, round_id: uuid.UUID, award_id: uuid.UUID, cents: int, *, seen: int | None = None
) -> tuple[Pot, Award]:
    """The pot and the award, locked, when it may become that sum; nothing is changed. Raises RuleError."""
    pot, award = _find(session, round_id, award_id)
    _refuse_unseen(award, seen)
    if award.rank is None or award.state == "withdrawn":
        raise RuleError("award-state", "Ce projet ne peut rien recevoir : il s’est retiré ou n’est pas classé.")
    least = award.asked if award.minimum is None else award.minimum
    if cents and not least <= cents <= award.asked:
        raise RuleError(
            "award-bounds",
            "L’aide doit aller du minimum du porteur à la somme demandée, ou être nulle.",
            details={"least": least, "most": award.asked},
        )
    if _standing(session, award):
        raise RuleError("followup-open", "Le suivi de cette aide est ouvert : sa somme ne change plus.")
    terms, yearly = queries.terms_of(pot), award.asked_yearly
    if cents % pot.unit:
        raise RuleError("unit", "Dans cette enveloppe, une somme est un nombre entier d’unités.")
    if pot.committed - terms.weight(award.amount, yearly) + terms.weight(cents, yearly) > pot.envelope:
        raise RuleError(
            "over-envelope",
            "L’enveloppe n’y suffit pas : rien n’est changé.",
            details={"left": pot.envelope - pot.committed},
        )
    return pot, award


def without(session: Session, round_id: uuid.UUID, award: Award) -> str:
    """Where a project stands that gets nothing: on the reserve list as long as the rulebook leaves it a place."""
    others = sa.select(sa.func.count()).where(
        Award.pot_id == award.pot_id, Award.state == "reserve", Award.id != award.id
    )
    places: int = (find_round(session, round_id).frozen or {})["rulebook"]["reserve"]
    return "reserve" if (session.scalar(others) or 0) < places else "refused"


def withdraw(session: Session, round_id: uuid.UUID, award_id: uuid.UUID, *, who: str, now: dt.datetime) -> list[Award]:
    """A project gives up, or declines what it was offered; what comes free is offered down the reserve list, to as many
    as it serves. Once the results are published their bearers are told, and the one that gave up. It keeps what was
    paid, and owes the reports of the years that were.

    Returns the lines that get an offer.
    """
    pot, award = _find(session, round_id, award_id)
    if pot.decided_at is None or award.state in ("withdrawn", "refused") or award.ended_at is not None:
        raise RuleError("award-state", "Ce projet n’a rien à rendre : il s’est déjà retiré, ou rien n’est décidé.")
    was = award.amount
    before = {"amount": was, "state": award.state, "project": str(award.project_id)}
    planned = _standing(session, award)
    paid = [part for part in planned if part.paid_at is not None]
    if paid and len(paid) == len(planned):
        raise RuleError("already-paid", "Cette aide est versée tout entière : il ne reste rien à rendre ici.")
    for part in planned:
        part.cancelled_at = None if part.paid_at is not None else now
    session.flush()
    if paid:
        _end(session, pot, award, paid, now)
    else:
        _give(award, 0, "withdrawn", pot.years, now)
    session.flush()
    session.refresh(pot)
    _note(session, pot, who, "withdrew from award", before, {"state": award.state, "amount": award.amount}, now)
    _tell(session, round_id, award, was=was, given_back=True)
    query = sa.select(Award).where(Award.pot_id == pot.id, Award.state == "reserve").order_by(Award.rank)
    waiting = {str(one.project_id): one for one in session.scalars(query)}
    rule: selection.Rule = "stop" if pot.rule == "stop" else "skip"
    wishes, left = map(queries.wish, waiting.values()), pot.envelope - pot.committed
    found = selection.select(wishes, left, rule, partial=pot.partial, terms=queries.terms_of(pot))
    return [_offer(session, round_id, pot, waiting[one.project], one.awarded, who, now) for one in found.awards]


def _end(session: Session, pot: Pot, award: Award, paid: Sequence[Instalment], now: dt.datetime) -> None:
    """What was paid stays, with its reports; of the years after it nothing is paid, so nothing is asked for."""
    award.amount = sum(part.cents for part in paid)
    if award.amount % pot.unit:
        raise RuleError(
            "unit",
            "Dans cette enveloppe, une somme est un nombre entier d’unités, et ce qui est versé ne l’est pas : "
            "versez le reste de l’unité, puis notez le retrait.",
        )
    yearly = [sum(part.cents for part in paid if part.year == year) for year in (1, 2, 3)]
    award.year_1, award.year_2, award.year_3 = yearly
    award.ended_at = award.changed_at = now
    session.execute(
        sa.delete(Report).where(
            Report.award_id == award.id,
            Report.year > max(part.year for part in paid),
            Report.state == "awaited",
            ~sa.exists().where(ReportPaper.report_id == Report.id),
        )
    )


def _offer(
    session: Session, round_id: uuid.UUID, pot: Pot, award: Award, cents: int, who: str, now: dt.datetime
) -> Award:
    _give(award, cents, "offered", pot.years, now)
    session.flush()
    if (this := find_round(session, round_id)).published_at is not None:  # before, it is told with the result
        call, project = find_call(session, this.call_id), session.get_one(Project, award.project_id)
        if project.bearer_email:
            announce.award_offered(session, call, project, award, locale=queries.locale_of(session, project.id))
    after = {"project": str(award.project_id), "amount": cents}
    _note(session, pot, who, "offered to the reserve", None, after, now)
    return award


def accept(
    session: Session, round_id: uuid.UUID, award_id: uuid.UUID, *, seen: int | None = None, who: str, now: dt.datetime
) -> Award:
    """The project takes what it was offered; not another sum than the one that was `seen` (cents)."""
    pot, award = _find(session, round_id, award_id)
    if award.state != "offered":
        raise RuleError("award-state", "Rien n’est proposé à ce projet.")
    _refuse_unseen(award, seen)
    award.state, award.changed_at = "awarded", now
    _note(session, pot, who, "accepted award", None, {"project": str(award.project_id), "amount": award.amount}, now)
    return award


def _envelope(session: Session, this: Round, envelope_id: str | None) -> dict[str, Any]:
    found = queries.envelopes_of(session, this)
    if envelope_id is None:
        return found[0]
    for one in found:
        if one["id"] == envelope_id:
            return one
    raise NotFound("unknown-envelope", "Cette enveloppe ne fait pas partie du règlement de ce tour.")


def _yearly(application: Application | None, years: int) -> list[int]:
    """What the application asks for each year, in cents; empty where it says nothing, or more years than are paid."""
    asked = list(budget.of(application.content).yearly) if application else []
    return asked if sum(asked) and len(asked) <= years else []


def _refuse_over(
    session: Session,
    rulebook: Mapping[str, Any],
    project_id: uuid.UUID,
    parts: Sequence[int],
    application: Application | None,
) -> None:
    """The ceilings of the rulebook hold for awards too, with what the project already got in earlier calls.
    parts: the award by year, 0 for a year without."""
    if "ceilings" not in rulebook:
        return
    earlier = queries.earlier_of(session, application.renews_id if application else None)
    yearly = parts[: max((n for n, part in enumerate(parts, start=1) if part), default=1)]
    if over := rulebooks.over_ceilings(rulebook, yearly, earlier=earlier):
        raise RuleError(
            "over-ceiling",
            "Une demande dépasse un plafond du règlement : par an, par projet ou en années.",
            field=f"asked_{project_id}",
            details={"over": over[0]},
        )


def _lock(session: Session, round_id: uuid.UUID, envelope_id: str | None) -> tuple[Round, Pot]:
    """The round, which stays as it is, and one pot of it, locked until the transaction ends."""
    this = find_round(session, round_id)
    session.refresh(this, with_for_update={"read": True})
    chosen = _envelope(session, this, envelope_id)["id"]
    query = sa.select(Pot).where(Pot.round_id == round_id, Pot.envelope_id == chosen).with_for_update()
    pot = session.scalar(query)
    if pot is None:
        raise RuleError("no-pot", "Fixez d’abord l’enveloppe de ce tour.")
    return this, pot


def _find(session: Session, round_id: uuid.UUID, award_id: uuid.UUID) -> tuple[Pot, Award]:
    """An award and its pot, which is locked; the award is read under that lock."""
    query = sa.select(Pot).join(Award, Award.pot_id == Pot.id).where(Pot.round_id == round_id, Award.id == award_id)
    session.refresh(find_round(session, round_id), with_for_update={"read": True})
    pot = session.scalar(query.with_for_update(of=Pot))
    if pot is None:
        raise NotFound("unknown-award", "Cette ligne ne fait pas partie de ce tour.")
    return pot, session.get_one(Award, award_id, populate_existing=True)


def _refuse_unseen(award: Award, seen: int | None) -> None:
    if seen not in (None, award.amount):
        raise RuleError("changed-meanwhile", "Quelqu’un d’autre vient de changer cette aide : voyez, et recommencez.")


def _standing(session: Session, award: Award) -> list[Instalment]:
    """The payments that are planned for this award, once its follow-up is open; the award is locked with them."""
    session.refresh(award, with_for_update=True)
    query = sa.select(Instalment).where(Instalment.award_id == award.id, Instalment.cancelled_at.is_(None))
    return list(session.scalars(query))


def _give(award: Award, cents: int, state: str, years: int, now: dt.datetime) -> None:
    award.amount, award.state, award.changed_at = cents, state, now
    award.year_1, award.year_2, award.year_3 = selection.instalments(cents, years, award.asked_yearly)


def _note(
    session: Session,
    pot: Pot,
    who: str,
    what: str,
    before: dict[str, Any] | None,
    after: dict[str, Any],
    now: dt.datetime,
) -> None:
    audit.record(session, who=who, what=what, thing="pot", thing_id=pot.id, before=before, after=after, now=now)
