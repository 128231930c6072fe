"""The mails that the jury owes people, by template, and whom one of a call did not reach."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.jury.models import Application, Award, ClassMail, Expert, Juror, MailFate, Opinion, Project, Report
from shared.mail_fates import Fates, Kind
from shared.marks import N_


def _half(session: Session, data: Mapping[str, Any]) -> dict[str, Any]:
    """Whether the mail went to the class of a tandem."""
    to_class = session.get(ClassMail, uuid.UUID(str(data["event_id"]))) is not None
    return {"half": "class" if to_class else ""}


_LINK = ("application_link",)

FATES = Fates(
    MailFate,
    {
        "jury_result": Kind(N_("Résultat")),
        "application_started": Kind(N_("Lien du brouillon"), _LINK),
        "application_link": Kind(N_("Lien du dossier"), _LINK),
        "application_filed": Kind(N_("Preuve de dépôt"), _LINK),
        "application_reviewed": Kind(N_("Contrôle du dossier")),
        "opinion_asked": Kind(N_("Demande d’avis")),
        "tandem_told": Kind(N_("Nouvelle à une moitié du tandem"), _LINK),
        "application_withdrawn": Kind(N_("Retrait du dossier")),
        "application_restored": Kind(N_("Retrait annulé")),
        "slot_told": Kind(N_("Horaire de passage")),
        "award_offered": Kind(N_("Aide proposée")),
        "award_changed": Kind(N_("Aide changée")),
        "award_opened": Kind(N_("Suivi de l’aide")),
        "report_reminded": Kind(N_("Rappel de compte rendu")),
        "report_reviewed": Kind(N_("Avis sur le compte rendu")),
        "juror_invited": Kind(N_("Invitation à lire")),
        "juror_reminded": Kind(N_("Relance"), ("juror_invited",)),
        "readings_given": Kind(N_("Nouvelles lectures"), ("juror_invited",)),
    },
    to=_half,
)


@dataclass(frozen=True)
class Unreached:
    """A mail that did not arrive. `about`: "juror", "application", "project" or "expert", with its id and `name` on
    screen; `mail.half` says whether an application's was for its class."""

    mail: MailFate
    about: str
    id: uuid.UUID
    name: str
    email: str


def unreached(session: Session, call_id: uuid.UUID) -> list[Unreached]:
    """The mails of a call that did not arrive and wait for somebody, the latest first. One query."""
    owners = _owners(call_id)
    whose = sa.and_(owners.c.thing == MailFate.thing, owners.c.half == MailFate.half)
    query = sa.select(MailFate, owners).join(owners, whose).where(*FATES.is_open)
    rows = session.execute(query.order_by(MailFate.at.desc()))
    return [Unreached(row[0], row.about, row.id, row.name, row.email) for row in rows]


def mails_of(session: Session, *, application: Application) -> list[MailFate]:
    """What was sent about an application and the project it became, the latest first."""
    things = [application.id]
    if application.project_id:
        awards = sa.select(Award.id).where(Award.project_id == application.project_id)
        reports = sa.select(Report.id).where(Report.award_id.in_(awards))
        things += [application.project_id, *session.scalars(awards), *session.scalars(reports)]
    return FATES.of(session, things)


def _owners(call_id: uuid.UUID) -> sa.Subquery:
    """(thing, half, about, id, name, email) of all that a call writes about; drafts are nobody's business but their
    authors'."""

    def of(thing: Any, about: str, id: Any, name: Any, email: Any, half: str = "") -> sa.Select[Any]:
        columns = {"thing": thing, "half": sa.literal(half), "about": sa.literal(about)}
        columns |= {"id": id, "name": name, "email": email}
        return sa.select(*(column.label(name) for name, column in columns.items()))

    def of_project(thing: Any) -> sa.Select[Any]:
        return of(thing, "project", Project.id, Project.title, Project.bearer_email).where(Project.call_id == call_id)

    juror = sa.func.concat_ws(" ", Juror.first_name, Juror.last_name)
    expert = sa.func.concat_ws(" ", Expert.first_name, Expert.last_name)
    title, email, teacher = (Application.content[name].astext for name in ("title", "bearer_email", "teacher_email"))
    filed = sa.and_(Application.call_id == call_id, Application.state != "draft")
    return sa.union_all(
        of(Juror.id, "juror", Juror.id, juror, Juror.email).where(Juror.call_id == call_id),
        of(Application.id, "application", Application.id, title, email).where(filed),
        of(Application.id, "application", Application.id, title, teacher, half="class").where(filed),
        of(Opinion.id, "expert", Expert.id, expert, Expert.email)
        .join(Opinion, Opinion.expert_id == Expert.id)
        .join(Project, Project.id == Opinion.project_id)
        .where(Project.call_id == call_id),
        of_project(Project.id),
        of_project(Award.id).join(Project, Project.id == Award.project_id),
        of_project(Report.id).join(Award, Award.id == Report.award_id).join(Project, Project.id == Award.project_id),
    ).subquery("owners")
