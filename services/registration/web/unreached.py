"""Step 1 of nine for the staff: voters and members of groups whom a mail did not reach. Next: queries/mails.py."""

from __future__ import annotations

import uuid
from collections.abc import Collection

import sqlalchemy as sa
from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from services.registration.models.assembly import Assembly, AssemblyVoter
from services.registration.models.groups import ExchangeGroup, GroupMember
from services.registration.queries.mails import FATES
from services.registration.use_cases import convening, groups
from shared import clock
from shared.identity import requires, who
from shared.web import db, mail_words
from shared.web.words import _

blueprint = Blueprint("unreached", __name__, url_prefix="/equipe")

Row = tuple[str, mail_words.Said, str]
"""A name, the mail that did not arrive, and where one says that it is settled."""


def voters(session: Session, assembly: Assembly) -> list[Row]:
    """Voters whose notice did not arrive, until the meeting is over; of one that was called off, who does not know."""
    if assembly.state not in ("convened", "open", "called_off"):
        return []
    waiting = FATES.waiting(session, sa.select(AssemblyVoter.id).where(AssemblyVoter.assembly_id == assembly.id))
    if assembly.state == "called_off":  # what a notice did not say does not matter any more
        waiting = {key: one for key, one in waiting.items() if one.template == "assembly_called_off"}
    return [
        (
            f"{one.structure} – {one.representative}",
            mail_words.said([waiting[one.id]], FATES)[0],
            url_for("unreached.settle_voter", assembly_id=assembly.id, voter_id=one.id),
        )
        for one in assembly.voters
        if one.id in waiting
    ]


def members(session: Session, group: ExchangeGroup, there: Collection[GroupMember]) -> list[Row]:
    """Those of the members whom the group's mail did not reach."""
    waiting = FATES.waiting(session, sa.select(GroupMember.id).where(GroupMember.group_id == group.id))
    return [
        (
            one.full_name,
            mail_words.said([waiting[one.id]], FATES)[0],
            url_for("unreached.settle_member", slug=group.slug, member_id=one.id),
        )
        for one in there
        if one.id in waiting
    ]


@blueprint.post("/assemblees/<uuid:assembly_id>/convocations/<uuid:voter_id>/regle")
@requires("staff")
def settle_voter(assembly_id: uuid.UUID, voter_id: uuid.UUID) -> ResponseReturnValue:
    """Somebody called this voter to the meeting otherwise."""
    with db().transaction() as session:
        convening.settle_notice(session, assembly_id, voter_id, clock.now(), who=who())
    flash(_("C’est noté : ce votant est prévenu autrement."), "done")
    return redirect(url_for("assemblies.show", assembly_id=assembly_id), 303)


@blueprint.post("/groupes/<slug>/membres/<uuid:member_id>/courriels/regle")
@requires("staff")
def settle_member(slug: str, member_id: uuid.UUID) -> ResponseReturnValue:
    """Somebody told this member otherwise."""
    with db().transaction() as session:
        groups.settle_mails(session, slug, member_id, clock.now(), who=who())
    flash(_("C’est noté : plus rien ne manque à cette personne."), "done")
    return redirect(url_for("groups.show", slug=slug), 303)
