"""One of everything that registration keeps, for tests that knock at every door."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registration import accounts
from services.registration.models import (
    ApiToken,
    AssemblyVoter,
    CarpoolNote,
    Delivery,
    Erasure,
    GroupMember,
    GroupTopic,
    Identity,
    Invitation,
    Notice,
    SavedFilter,
    Webhook,
)
from services.registration.queries import forms
from services.registration.queries.selection import Wanted
from services.registration.rules.assembly.statutes import TWO_COLLEGES
from services.registration.use_cases import (
    assemblies,
    assembly_room,
    assembly_votes,
    bulk,
    carpool,
    convening,
    desk,
    documents,
    filters,
    groups,
    importing,
    inviting,
    messages,
    notices,
    programs,
    registering,
    reserves,
    restitution,
    skills,
    statutes,
    structures,
    support,
)
from services.registration.use_cases.assemblies import AssemblyDraft, PointDraft, VoterDraft
from shared.db import Database, hash_token, new_id
from shared.messaging.tables import dead_letters
from tests.integration.registration_people import NOW, SITE, an_event, answers

WHO = "camille.roux@agora.example"
PASSWORD = "quatre mots sans rapport"
Ids = dict[str, tuple[Any, ...]]
GROUP = {"name": "Agir", "about": "", "animator": "", "every_months": 3, "week": 4, "weekday": 2, "starts": dt.time(14),
         "minutes": 120, "place": "Toulouse", "capacity": 30, "partner_zone": ""}  # fmt: skip


def world(db: Database) -> Ids:
    """What may stand at each place of an address, by the name of the place; of a token, by its page."""
    with db.transaction() as session:
        event = an_event(session, capacity=9, workshops=[[5, 5], [1]])
        event.framed_by = ["https://site.example"]
        an_event(session, slug="brouillon", workshops=[[5]]).state = "draft"
        slot, room = event.slots[0].id, event.workshops[0].id
        made = [
            registering.register(session, event.id, answers(number, workshops=[room], diet="vegan"), NOW, site=SITE)
            for number in range(3)
        ]
        until = dt.date(2016, 10, 7)
        reserve = reserves.keep(session, event.id, ["business"], 1, until, NOW, who=WHO).id
        mine, other = made[0].registration_id, made[1].registration_id
        for one, kind in ((mine, "offer"), (other, "seek")):
            carpool.travel(session, one, kind, 2, "Pau", None, NOW)
        carpool.write(session, mine, other, "Bonjour", NOW, site=SITE)
        filters.keep(session, event.id, "Les présents", {"present": "in"}, NOW, who=WHO)
        mark: dict[str, Any] = {"action_id": new_id(), "expected": 3, "words": "presse", "who": WHO, "site": SITE}
        action = bulk.run(session, event.id, "mark", Wanted(), NOW, **mark).id
        words = messages.Words("La salle change", "À vendredi.", "", "")
        sent: dict[str, Any] = {"message_id": new_id(), "selection": {}, "expected": 3, "who": WHO}
        message = messages.confirm(session, event.id, words, Wanted(), NOW, **sent).id
        titled: dict[str, Any] = dict.fromkeys(documents.COLUMNS) | {"title": "Le plan", "title_en": "The map"}
        plan = documents.put(session, event.id, titled, ("plan.pdf", b"%PDF-1.4"), NOW, who=WHO)
        notices.keep(session, event.id, "each", NOW, who=WHO, email="awa@asso.example")
        door, code = desk.open_desk(session, event.id, NOW, who=WHO)
        lines = [importing.Line(2, "Zoé", answers(9))]
        file = importing.keep(session, event.id, "gens.csv", lines, NOW, who=WHO)
        awa = {"first_name": "Awa", "last_name": "Diop", "email": "awa@example.org", "locale": "fr"}
        source, guest = inviting.Source("file", "les partenaires"), [inviting.Line(1, "Diop Awa", awa["email"], awa)]
        rounds = [inviting.keep(session, event, source, guest, NOW, who=WHO) for _ in range(2)]
        inviting.confirm(session, event, rounds[0], ("", ""), NOW, expected=1, who=WHO)
        guests = session.scalars(sa.select(Invitation.id)).all()
        invitation = inviting.issue(session, guests[0], NOW)
        host = restitution.invite(session, event.id, room, NOW, who=WHO)
        questions = tuple(one.key for one in forms.current(session, event.id).questions)
        mates = _group(session)
        meeting = groups.plan(session, "agir", NOW + dt.timedelta(days=30), NOW, who=WHO)
        session.flush()
        topic = session.scalars(sa.select(GroupTopic.id)).one()
        programs.give_token(session, "Le site", ["events"], NOW, who=WHO)
        told = ["registration.event.published.v1"]
        hook = programs.hooks.add(session, "https://site.example/faits", told, NOW, who=WHO, local=False)
        programs.hooks.try_out(session, hook.id, NOW)
        session.flush()
        kept, gone, third = (structures.settle(session, name, "association", NOW) for name in ("Un", "Deux", "Trois"))
        assert kept
        assert gone
        merge = structures.merge(session, kept, gone, NOW, who=WHO).id
        spoken = support.Draft(NOW.date(), "call", "Camille", note="Relire", next_step="Relire", next_on=NOW.date())
        appointment = support.note(session, kept, spoken, NOW, who=WHO).id
        lent = skills.offer(session, kept, skills.Draft("Forages", 5), NOW, who=WHO).id
        lacking = {"application_id": new_id(), "project_title": "Un puits", "call_title": "Appel",
                   "need": {"skills": "Forages", "goals": [], "place": "", "days": 2}}  # fmt: skip
        skills.note_need(session, lacking, NOW)
        match = skills.agree(session, lent, lacking["application_id"], 2, NOW, who=WHO).id
        statutes.write(session, TWO_COLLEGES, "Statuts de 2016", NOW, who=WHO)
        me, luc = (
            accounts.create(session, email=email, name=name, roles=["admin"], password=PASSWORD, who=WHO, now=NOW).id
            for email, name in ((WHO, "Camille Roux"), ("luc@agora.example", "Luc Petit"))
        )
        letter = {"id": new_id(), "type": "x.v1", "reason": "?", "body": b"{", "fingerprint": b"x"}
        session.execute(sa.insert(dead_letters).values(letter))
        asked: dict[str, Any] = {"asked_at": NOW, "expires_at": NOW + dt.timedelta(days=1), "receipts": {}}
        session.add(Erasure(registration_id=mine, token_hash=hash_token("effacer"), **asked))
        session.add(Identity(since=dt.date(2012, 1, 15), name="Le réseau", email="bonjour@agora.example"))
        gatherings, votes, slip = _assemblies(session)
        session.flush()

        def ids(model: Any) -> tuple[Any, ...]:
            return tuple(session.scalars(sa.select(model.id)))

        return {
            "slug": (event.slug, "brouillon"), "groups.slug": ("agir",), "event_id": (meeting.id,),
            "registration_id": (mine,), "reserve_id": (reserve,),
            "other": (other,), "slot_id": (slot,), "workshop_id": (room,),
            "kind": ("atelier", "creneau"), "entry_id": (room,), "key": (questions[0],), "purpose": ("newsletter",),
            "member_id": ids(GroupMember), "topic_id": (topic,), "action_id": (action,), "message_id": (message,),
            "filter_id": ids(SavedFilter), "file_id": (file,), "desk_id": (door.id,), "token_id": ids(ApiToken),
            "notice_id": ids(Notice), "document_id": (plan,),
            "webhook_id": ids(Webhook), "delivery_id": ids(Delivery),
            "structure_id": (third,), "merge_id": (merge,), "staff_id": (luc,),
            "letter_id": (letter["id"],), "assembly_id": gatherings, "motion_id": votes,
            "voter_id": ids(AssemblyVoter)[:1],
            "note": ids(CarpoolNote), "appointment_id": (appointment,),
            "offer_id": (lent,), "application_id": (lacking["application_id"],), "match_id": (match,),
            "token": (made[0].token,), "groups.token": (mates,),
            "round_id": tuple(reversed(rounds)), "invitation_id": tuple(guests),
            "invited.token": (invitation,), "invitations_left.token": (invitation,),
            "erasure.token": ("effacer",), "slip": (slip,),
            "day": ("2012-01-15",), "door": (code,), "host": (host,), "me": (me,),
        }  # fmt: skip


def _group(session: Session) -> str:
    """A group with a member and a topic; the token of the member's page."""
    groups.create(session, GROUP, NOW, who=WHO)
    groups.add_members(session, "agir", [("Awa", "Diop", "awa@example.org", "Les Amis du Lac")], NOW, who=WHO)
    token = groups.issue(session, session.scalars(sa.select(GroupMember.id)).one(), NOW)
    groups.propose(session, token, "Les pompes", "", NOW)
    return token


def _assemblies(session: Session) -> tuple[tuple[Any, ...], tuple[Any, ...], str]:
    """Assemblies that are a draft, convened, and open; their votes, two of them open; the code of a secret one."""
    voters = [VoterDraft("Sainte-Croix", "Éloïse", "public"), VoterDraft("Les Causses", "Léa", "economic")]
    points = [
        PointDraft("Rapport moral", "motion"),
        PointDraft("Bureau", "election", college="public", seats=1, candidates=(("Awa", None),)),
    ]
    held = NOW + dt.timedelta(days=60)
    draft = AssemblyDraft(
        "Assemblée", held, "Pau", "Le réseau", "agora@agora.example", TWO_COLLEGES, voters=voters, points=points
    )
    made = [assemblies.create(session, draft, NOW, who=WHO) for _ in range(3)]
    for one in made[1:]:
        convening.convene(session, one.id, NOW, who=WHO)
    assemblies.open_session(session, made[2].id, held, who=WHO)
    made.append(assemblies.rehearse(session, TWO_COLLEGES, NOW, who=WHO))
    for one in made[2:]:
        for voter in one.voters:
            assembly_room.arrive(session, one.id, voter.id, NOW, who=WHO)
    assembly_votes.open_vote(session, made[2].motions[1].id, NOW, who=WHO)
    secret = next(one for one in made[3].motions if one.secret)
    slips = assembly_votes.open_vote(session, secret.id, NOW, who=WHO)
    votes = (made[2].motions[0].id, made[2].motions[1].id, secret.id)
    return tuple(one.id for one in made), votes, next(iter(slips.values()))[0]
