"""Who is called to an assembly by letter."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registration.models.assembly import Assembly, AssemblyVoter
from services.registration.queries.mails import FATES


def by_letter(session: Session, assembly: Assembly) -> list[AssemblyVoter]:
    """Voters that no mail reaches: without an address, or whose notice came back and nobody settled it yet."""
    returned = FATES.waiting(session, sa.select(AssemblyVoter.id).where(AssemblyVoter.assembly_id == assembly.id))
    return [voter for voter in assembly.voters if not voter.email or voter.id in returned]
