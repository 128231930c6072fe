"""Facts that this service could not handle are told to the house by mail: behind each may be a mail that nobody got.

The page of parked facts is for who looks, the metric for who has Prometheus. Next: `chores.py`, every hour.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.mailer import transactional
from services.mailer.models.ledger import Message
from shared.messaging import deadletters

if TYPE_CHECKING:
    from services.mailer.publishing import House

TEMPLATE = "facts_parked"


def tell(session: Session, house: House) -> bool:
    """All that waits, in one mail; only when something was parked since the last such mail."""
    letters = deadletters.parked(session)
    told_at = session.scalar(sa.select(sa.func.max(Message.created_at)).where(Message.kind == TEMPLATE))
    if not letters or (told_at is not None and max(one.parked_at for one in letters) <= told_at):
        return False
    types = Counter(one.type for one in letters)
    transactional.send(
        session,
        template=TEMPLATE,
        to=house.reply_to,
        data={
            "person": {"first_name": "", "last_name": "", "locale": "fr"},
            "organiser": {"name": house.organiser, "email": house.reply_to},
            "facts": [{"type": type, "count": count} for type, count in types.most_common()],
            "count": len(letters),
            "since": letters[0].parked_at.isoformat(),
            "link": f"{house.public_url}/equipe/mis-de-cote/",
        },
        business_key=("parked", str(letters[-1].id)),
    )
    return True
