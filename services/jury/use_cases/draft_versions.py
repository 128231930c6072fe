"""What a draft said at each save: what two people's typing is compared with, thinned out as days pass.

A draft keeps itself every half minute while it is written (docs/decisions/0485): its versions would outgrow all else.
"""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.jury.models import Application, ApplicationVersion

ALL_FOR = dt.timedelta(days=1)


def before(session: Session, application: Application, version: int) -> ApplicationVersion | None:
    """What a page that shows `version` was made from: that version, or the last one before it that is kept.

    None of a version that never was, or before which none is kept. From an earlier one, what came in between counts as
    typed by this page: it stands in the draft already, unless somebody else wrote over it, and then both are shown.
    """
    if version > application.version:
        return None
    mine = ApplicationVersion.application_id == application.id
    query = sa.select(ApplicationVersion).where(mine, ApplicationVersion.version <= version)
    return session.scalar(query.order_by(ApplicationVersion.version.desc()).limit(1))


def thin(session: Session, now: dt.datetime) -> int:
    """Of what was saved more than a day ago, the last version of each hour stays, and the draft's own.

    Returns how many went.
    """
    gone, later = ApplicationVersion, sa.orm.aliased(ApplicationVersion)
    hour = [sa.func.date_trunc("hour", one.saved_at) for one in (gone, later)]
    replaced = sa.exists().where(
        later.application_id == gone.application_id, later.version > gone.version, hour[0] == hour[1]
    )
    own = sa.exists().where(Application.id == gone.application_id, Application.version == gone.version)
    query = sa.delete(gone).where(gone.saved_at < now - ALL_FOR, replaced, ~own).returning(gone.version)
    return len(session.scalars(query, execution_options={"synchronize_session": False}).all())
