"""Facts that this service could not handle are told to the house by mail: behind each may be a mail that nobody got.

The page of parked facts is for who looks, the metric for who has Prometheus. Next: `chores.py`, every hour.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.mailer import transactional
from services.mailer.models.ledger import Message
from shared.messaging import deadletters

if TYPE_CHECKING:
    from services.mailer.publishing import House

TEMPLATE = "facts_parked"
_OF_MAILS = "mailer.message."
"""What became of a mail is counted, but is no reason to write: of each such mail there is such a fact."""


def tell(session: Session, house: House) -> bool:
    """All that waits, in one mail; only when something was parked since the last such mail."""
    kinds = deadletters.kinds(session)
    latest = max((one.latest for one in kinds if not one.type.startswith(_OF_MAILS)), default=None)
    told_at = session.scalar(sa.select(sa.func.max(Message.created_at)).where(Message.kind == TEMPLATE))
    if latest is None or (told_at is not None and latest <= told_at):
        return False
    made = transactional.send(
        session,
        template=TEMPLATE,
        to=house.reply_to,
        data={
            "person": {"first_name": "", "last_name": "", "locale": "fr"},
            "organiser": {"name": house.organiser, "email": house.reply_to},
            "facts": [{"type": one.type, "count": one.many} for one in kinds],
            "count": sum(one.many for one in kinds),
            "since": min(one.since for one in kinds).isoformat(),
            "link": f"{house.public_url}/equipe/mis-de-cote/",
        },
        # Not of the fact: one that was replayed and parked again keeps its number.
        business_key=("parked", latest.isoformat()),
    )
    return made is not None
