"""Step 2 of a renewal: an application to a new call, written for the bearer from what was filed before.

The ceilings count what the project already got. A tandem looks for its class anew: that of another year.
Next: use_cases/applications.py.
"""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.jury import budget, queries, tandems
from services.jury.models import Application, Call, Project
from services.jury.use_cases import applications, followups
from services.jury.use_cases.erasing import BEARER
from shared.errors import RuleError

ASKED_ANEW = (
    "starts_on",
    "first",
    "commitment",
    "calendar",
    *(f"request_{year}" for year in range(1, budget.YEARS + 2)),
)


def start(session: Session, token: str, call_id: uuid.UUID, *, site: str, now: dt.datetime) -> str:
    """The link of a prefilled draft. Asking twice gives another link to the same draft."""
    award = followups.open_link(session, token, lock=True)
    call = session.get(Call, call_id)
    if call is None or call not in queries.calls_to_renew_in(session, award, now):
        raise RuleError("no-renewal", "Cette aide ne peut pas être renouvelée dans cet appel.")
    known = session.scalar(
        sa.select(Application).where(Application.call_id == call.id, Application.renews_id == award.id)
    )
    half = "association" if tandems.is_one(call.rulebook) else ""
    if known is not None:
        return applications.issue(session, known.id, now, half=half)
    project = session.get_one(Project, award.project_id)
    filed = queries.application_of(session, project.id)
    content = dict(filed.content) if filed else _of(project)
    content |= dict.fromkeys(ASKED_ANEW, "") | dict.fromkeys(tandems.TEXTS, "")
    # Who bears it now, at the address that was put right: mails go there.
    content |= {name: getattr(project, name) for name in BEARER}
    return applications.begin(
        session,
        call,
        content,
        half=half,
        locale=filed.locale if filed else "fr",
        renews_id=award.id,
        site=site,
        now=now,
    )


def _of(project: Project) -> dict[str, str]:
    """What is known of a project that came from a list."""
    return {
        "title": project.title,
        "structure": project.structure,
        "bearer_first_name": project.bearer_first_name,
        "bearer_last_name": project.bearer_last_name,
        "bearer_email": project.bearer_email,
        "place": project.country,
        "department": project.department,
        "summary": project.summary,
    }
