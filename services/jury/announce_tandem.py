"""Step 5, for a tandem: what one half is told of the whole. Beside announce.py.

Next: shared/messaging/outbox.py, in the same transaction.
"""

from __future__ import annotations

import uuid
from typing import Literal

from sqlalchemy.orm import Session

from services.jury import tandems
from services.jury.announce import of_application
from services.jury.models import Application, Call
from shared.messaging import outbox

What = Literal["invited", "paired", "filed", "reviewed", "withdrawn"]


def told(
    session: Session,
    call: Call,
    application: Application,
    half: str,
    what: What,
    *,
    link: str,
    undone: bool = False,
    corrected: bool = False,
) -> uuid.UUID:
    """To who writes for `half`: invited by the other half, paired with it by the staff, or what became of the whole.
    undone: it is no review, its withdrawal was undone. corrected: it is filed anew, in place of an earlier filing.
    Returns the number of the fact."""
    content, other = application.content, tandems.other(half)
    person = tandems.speaker(content, other)
    data = of_application(call, application, link) | {
        "person": tandems.speaker(content, half) | {"locale": application.locale},
        "half": half,
        "what": what,
        "with_whom": {
            "name": f"{person['first_name']} {person['last_name']}".strip(),
            "organisation": tandems.organisation(content, other),
        },
    }
    data |= ({"undone": True} if undone else {}) | ({"corrected": True} if corrected else {})
    return outbox.add(session, "jury.tandem.told.v1", data, thing=application.id)
