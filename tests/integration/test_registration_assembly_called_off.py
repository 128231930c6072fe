"""An assembly that was convened is called off: everybody it concerns is told once, and nothing of it goes on."""

from __future__ import annotations

import dataclasses
import datetime as dt
import io
import re
import types
import uuid
from typing import Any

import icalendar
import pytest
import sqlalchemy as sa
from pypdf import PdfReader

from services.mailer import render
from services.registration import chores
from services.registration.models import Event
from services.registration.models.assembly import Assembly, RoomEntry, StruckVoter
from services.registration.models.groups import ExchangeGroup, GroupMeeting, GroupMember
from services.registration.models.mail_fates import MailFate
from services.registration.queries import assembly_names, letters
from services.registration.rules.messages import WINDOW
from services.registration.rules.people import email_key
from services.registration.use_cases import (
    assemblies,
    assembly_calling_off,
    assembly_room,
    assembly_voters,
    calling_off,
    convening,
    erasing,
    registering,
)
from services.registration.use_cases.assemblies import PointDraft, VoterDraft
from services.registration.use_cases.convening import NoticeDraft
from shared import audit, clock
from shared.db import Database
from shared.errors import RuleError
from shared.messaging.tables import outbox
from tests.integration.registration_people import SITE, an_event, answers
from tests.integration.test_registration_assembly import HELD, NOW, WHO, draft, voter
from tests.integration.test_registration_assembly_papers import one
from tests.integration.test_registration_invitations import guest, invite
from tests.integration.test_registration_invitations import leave as send
from tests.integration.test_registration_notice_corrections import words

AFTER = NOW + WINDOW
WHY = {"reason": "La salle est inondée.", "reason_en": "The hall is flooded."}


@pytest.fixture
def staff(registration_client: Any, sign_in: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    sign_in(registration_client, "staff")
    return registration_client


@pytest.fixture
def assembly(registration_db: Database) -> uuid.UUID:
    """Four voters: two of one person, one without an address; a proxy lies there."""
    voters = [*draft().voters, VoterDraft("Syndicat du Lac", "Paul Rey", "public", "Paul@lac.example")]
    with registration_db.transaction() as session:
        made = assemblies.create(session, draft(voters=voters), NOW, who=WHO)
        convening.convene(session, made.id, NOW, who=WHO)
    giver, holder = voter(registration_db, "Commune"), voter(registration_db, "Département")
    with registration_db.transaction() as session:
        assembly_room.give_proxy(session, made.id, giver, holder, NOW, who=WHO)
        session.execute(sa.delete(outbox))
    return made.id


ZOE, PAUL = "Zoé Martin", "Paul Rey"


def announced(db: Database, *people: tuple[str, str, str]) -> uuid.UUID:
    """The public event of that day; people: address, language and name of each who is registered."""
    with db.transaction() as session:
        event = an_event(session, capacity=50)
        event.kind, event.starts_at, event.ends_at = "assembly", HELD, HELD + dt.timedelta(hours=4)
        event.opens_at = event.closes_at = None
        made = event.id
    for number, (email, locale, name) in enumerate(people):
        with db.transaction() as session:
            first, _, last = name.partition(" ")
            data = answers(number, email=email, locale=locale, first_name=first, last_name=last)
            registering.register(session, made, data, NOW, site=SITE)
    with db.transaction() as session:
        session.execute(sa.delete(outbox))
    return made


def call_off(db: Database, assembly: uuid.UUID, told: int, *, with_event: bool = False) -> bool:
    with db.transaction() as session:
        return assembly_calling_off.call_off(session, assembly, NOW, **WHY, who=WHO, told=told, with_event=with_event)


def leave(db: Database, now: dt.datetime = AFTER) -> None:
    for some in (assembly_calling_off.leave, calling_off.leave):
        count = 1
        while count:
            with db.transaction() as session:
                count = some(session, now, site=SITE)


def facts(db: Database, kind: str = "registration.assembly.called_off.v1") -> list[dict[str, Any]]:
    with db.reading() as session:
        found = list(session.scalars(sa.select(outbox.c.envelope).order_by(outbox.c.id)))
    return [one["data"] for one in found if one["type"] == kind]


def by_address(told: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {fact["person"]["email"]: fact for fact in told}


def state(db: Database, assembly: uuid.UUID) -> str:
    with db.reading() as session:
        return session.get_one(Assembly, assembly).state


def test_the_staff_read_how_many_are_told_say_why_and_can_take_it_back(
    staff: Any, registration_db: Database, assembly: uuid.UUID
) -> None:
    page = f"/equipe/assemblees/{assembly}"
    assert "Annuler l’assemblée" in words(staff.get(page))
    asked = words(staff.get(f"{page}/annuler"))
    assert "2 personnes sont à prévenir : chacune reçoit un courriel." in asked  # Paul Rey stands for two, and is one
    assert "1 votant sans adresse, ou dont le courriel est revenu, l’apprend par lettre" in asked
    assert "Coopérative des Causses" in asked
    assert "1 pouvoir déjà noté tombe" in asked
    assert staff.post(f"{page}/annuler", data={"told": "2"}).status_code == 422  # a reason is owed
    others = staff.post(f"{page}/annuler", data={"told": "1", **WHY})
    assert others.status_code == 409
    assert "La salle est inondée." in others.text
    assert state(registration_db, assembly) == "convened"

    for _click in range(2):  # a double click is one
        done = staff.post(f"{page}/annuler", data={"told": "2", **WHY}, follow_redirects=True)
    said = words(done)
    assert "Annulée" in said
    assert "La salle est inondée." in said
    assert WHO.split("@")[0] not in said.split("par ")[0]
    assert "Aucun courriel n’est parti. Ils partent à 9 h 40." in said
    assert facts(registration_db) == []
    assert "Annulée" in words(staff.get("/equipe/assemblees/"))
    assert "Annulée" in staff.get(f"{page}/ecran").text
    assert staff.get(f"{page}/proces-verbal").status_code == 404

    back = words(staff.post(f"{page}/annuler/reprendre", follow_redirects=True))
    assert "L’assemblée a lieu : personne n’a été prévenu" in back
    assert "Pouvoir à Département du Lac" in back
    leave(registration_db)
    assert facts(registration_db) == []
    assert state(registration_db, assembly) == "convened"
    with registration_db.reading() as session:
        told = [row.what for row in audit.history(session, "assembly", assembly)]
        row = next(line for line in audit.history(session, "assembly", assembly) if line.what == "called off")
    assert told.count("called off") == 1
    assert told[-1] == "called off undone"
    assert row.after == {"people": 2, "reason": "La salle est inondée."}


def test_each_person_is_told_once_with_what_takes_the_entry_away(
    staff: Any, registration_db: Database, assembly: uuid.UUID
) -> None:
    with registration_db.transaction() as session:  # as long as the page takes it
        assembly_voters.represent(
            session, assembly, voter(registration_db, "Commune"), "Éloïse " + "R" * 193, NOW, who=WHO
        )
    call_off(registration_db, assembly, 2)
    leave(registration_db, AFTER - dt.timedelta(seconds=1))
    assert facts(registration_db) == []
    leave(registration_db)
    leave(registration_db, AFTER + dt.timedelta(hours=1))
    mails = by_address(facts(registration_db))
    assert len(facts(registration_db)) == 2
    assert set(mails) == {"eloise@commune.example", "paul@lac.example"}
    giver, holder = mails["eloise@commune.example"], mails["paul@lac.example"]
    assert giver["proxies"] == [{"giver": "Commune de Sainte-Croix", "holder": "Département du Lac"}]
    assert (giver["structures"], holder["structures"]) == (
        ["Commune de Sainte-Croix"],
        ["Département du Lac", "Syndicat du Lac"],
    )
    assert holder["carried"] == ["Commune de Sainte-Croix"]
    assert "carried" not in giver

    mail = render.render("assembly_called_off", giver)
    text, carried = one(mail.text), one(render.render("assembly_called_off", holder).text)
    assert one(mail.subject) == "Annulée : Assemblée générale 2017, vendredi 3 février 2017"
    assert "La salle est inondée." in text
    assert "Le pouvoir donné à « Département du Lac » tombe avec elle" in text
    assert "Le pouvoir que vous portiez pour « Commune de Sainte-Croix » tombe avec elle" in carried
    (file,) = [part for part in mail.attachments if part.subtype == "calendar"]
    calendar = icalendar.Calendar.from_ical(file.data)
    assert (calendar["METHOD"], file.parameters["method"]) == ("CANCEL", "CANCEL")
    (entry,) = calendar.walk("VEVENT")
    assert (entry["UID"], entry["SEQUENCE"], entry["STATUS"]) == (f"assembly-{assembly}@agora", 1, "CANCELLED")

    with registration_db.reading() as session:
        log = [row.what for row in session.scalars(sa.select(RoomEntry).order_by(RoomEntry.id))]
    assert log == ["proxy", "proxy_lapsed"]
    page = f"/equipe/assemblees/{assembly}"
    said = words(staff.get(page))
    assert "Les personnes sont prévenues depuis le" in said
    assert "Reçu de nouveau" not in said
    assert "ne se reprend plus" in words(staff.post(f"{page}/annuler/reprendre", follow_redirects=True))


def test_nothing_of_it_goes_on(staff: Any, registration_db: Database, assembly: uuid.UUID) -> None:
    page = f"/equipe/assemblees/{assembly}"
    giver, holder = voter(registration_db, "Commune"), voter(registration_db, "Coop")
    call_off(registration_db, assembly, 2)
    for path, data in (
        ("ouvrir", {}),
        ("presence", {"what": "proxy", "voter": str(giver), "holder": str(holder)}),
        ("presence", {"what": "arrived", "voter": str(giver)}),
    ):
        refused = staff.post(f"{page}/{path}", data=data)
        assert refused.status_code == 409, path
        assert "Cette assemblée est annulée." in words(refused)
    with registration_db.transaction() as session:
        for act in (
            lambda: assembly_voters.strike(session, assembly, giver, NOW, who=WHO),
            lambda: assembly_voters.represent(session, assembly, giver, "Awa Ba", NOW, who=WHO),
            lambda: convening.sent(session, assembly, lock=True),
        ):
            with pytest.raises(RuleError) as error:
                act()
            assert error.value.code == "assembly-called-off"


def test_who_is_called_by_letter_is_told_by_letter(staff: Any, registration_db: Database, assembly: uuid.UUID) -> None:
    with registration_db.transaction() as session:  # one lapsed when the meeting moved, another was given since
        assembly_room.lapse_proxies(session, session.get_one(Assembly, assembly), NOW, who=WHO)
        syndicate, town = voter(registration_db, "Syndicat"), voter(registration_db, "Commune")
        assembly_room.give_proxy(session, assembly, syndicate, town, NOW, who=WHO)
    call_off(registration_db, assembly, 2)
    leave(registration_db)
    page = f"/equipe/assemblees/{assembly}"
    assert "Imprimer 1 lettre" in words(staff.get(page))
    with registration_db.transaction() as session:  # what was sent to Éloïse comes back
        lost = {"template": "assembly_called_off", "thing": voter(registration_db, "Commune"), "state": "bounced"}
        session.add(MailFate(message_id=uuid.uuid4(), at=AFTER, reason="", verdict="", **lost))
    said = words(staff.get(page))
    assert "Imprimer 2 lettres" in said
    assert "L’annulation n’est pas arrivée à 1 votant." in said
    pdf = PdfReader(io.BytesIO(staff.get(f"{page}/convocations.pdf").data))
    letter = " ".join(pdf.pages[0].extract_text().split())
    assert len(pdf.pages) == 2
    assert "Assemblée annulée" in letter
    assert "La salle est inondée." in letter
    assert "donne pouvoir" not in letter
    both = letter + " ".join(pdf.pages[1].extract_text().split())
    assert both.count("tombe avec elle") == 1
    assert "Le pouvoir que vous portiez pour « Syndicat du Lac »" in both.replace("\u00a0", " ").replace("\u202f", " ")
    with registration_db.transaction() as session:  # one mail to Paul Rey spoke of both structures: so does its return
        lost |= {"thing": facts(registration_db)[-1]["voter_id"]}
        session.add(MailFate(message_id=uuid.uuid4(), at=AFTER, reason="", verdict="", **lost))
    assert "Imprimer 4 lettres" in words(staff.get(page))


def test_the_event_that_announces_it_goes_with_it_and_who_is_of_both_gets_one_mail(
    staff: Any, registration_db: Database, assembly: uuid.UUID
) -> None:
    event = announced(registration_db, ("paul@lac.example", "en", PAUL), ("zoe@ailleurs.example", "fr", ZOE))
    page = f"/equipe/assemblees/{assembly}/annuler"
    asked = words(staff.get(page))
    assert "3 personnes sont à prévenir" in asked  # two voters, two registered, one of them both
    assert page in staff.get(f"/equipe/evenements/{slug(registration_db, event)}/annuler").text
    staff.post(page, data={"told": "2", "others": "1", "with_event": "true", **WHY})
    with registration_db.reading() as session:
        assert session.get_one(Event, event).state == "called_off"
    leave(registration_db)
    own = by_address(facts(registration_db))
    told = by_address(facts(registration_db, "registration.registration.called_off.v1"))
    assert set(own) == {"eloise@commune.example", "paul@lac.example"}
    both = own["paul@lac.example"]
    assert both["person"]["locale"] == "en"
    assert both["reason"] == "The hall is flooded."
    assert [entry["cancelled"] for entry in both["calendar"]] == [True, True]
    assert both["calendar"][1]["uid"] == told["paul@lac.example"]["calendar"][0]["uid"]
    assert told["paul@lac.example"]["mailed"] is False
    assert "mailed" not in told["zoe@ailleurs.example"]
    text = one(render.render("assembly_called_off", both).text)
    assert "The hall is flooded." in text
    assert "is cancelled with it: your registration for it ends too." in text


SOON, LATER = NOW + dt.timedelta(minutes=3), NOW + dt.timedelta(hours=2)


def call_off_event(db: Database, event: uuid.UUID, now: dt.datetime, told: int = 2) -> None:
    with db.transaction() as session:
        why = {"reason": "Le repas est décommandé.", "reason_en": ""}
        assembly_calling_off.call_off_event(session, event, now, **why, who=WHO, told=told)


CALLED = (("Éloïse", "Rakotondrainibe", "Eloise@commune.example"), ("Lou", "Petit", "lou@x.example"))


def by_their_group(db: Database, event: uuid.UUID, *people: tuple[str, str, str]) -> None:
    """A group called these members to the event: first and last name, and address of each."""
    with db.transaction() as session:
        group = ExchangeGroup(slug="agir", name="Agir", starts=dt.time(14), place="Foix")
        session.add(group)
        session.flush()
        session.add(GroupMeeting(event_id=event, group_id=group.id, convened_at=NOW))
        for first, last, email in people:
            who = {"first_name": first, "last_name": last, "email": email, "email_key": email_key(email)}
            session.add(GroupMember(group_id=group.id, joined_at=NOW, **who))


def test_a_voter_who_was_invited_to_the_event_reads_that_it_goes_too(
    registration_db: Database, assembly: uuid.UUID
) -> None:
    event = announced(registration_db)
    with registration_db.reading() as session:
        announcing = session.get_one(Event, event)
    paul = guest(1, first_name="Paul", last_name="Rey", email="paul@lac.example", locale="en")
    invite(registration_db, announcing, paul, guest(2))
    send(registration_db)
    by_their_group(registration_db, event, *CALLED)
    call_off(registration_db, assembly, 4, with_event=True)
    leave(registration_db)
    told = by_address(facts(registration_db))["paul@lac.example"]
    text = one(render.render("assembly_called_off", told).text)
    assert "“Journée d’essai”, to which you were invited, is cancelled with it." in text  # in their language
    assert len(told["calendar"]) == 1
    send(registration_db, AFTER)
    others = facts(registration_db, "registration.invitation.called_off.v1")
    assert [fact["person"]["email"] for fact in others] == ["awa2@example.org"]
    eloise = by_address(facts(registration_db))["eloise@commune.example"]
    assert "« Journée d’essai », à laquelle vous étiez invité·e" in one(
        render.render("assembly_called_off", eloise).text
    )
    (of_group,) = facts(registration_db, "registration.group.called_off.v1")
    assert of_group["person"]["email"] == "lou@x.example"
    assert eloise["calendar"][1] == of_group["calendar"][0]  # it leaves her calendar too


@pytest.mark.parametrize("assembly_first", [True, False])
def test_what_is_called_off_in_two_gestures_within_ten_minutes_is_told_in_one_mail(
    staff: Any, registration_db: Database, assembly: uuid.UUID, monkeypatch: pytest.MonkeyPatch, assembly_first: bool
) -> None:
    event = announced(registration_db, ("paul@lac.example", "fr", PAUL), ("zoe@ailleurs.example", "fr", ZOE))
    pages = (f"/equipe/assemblees/{assembly}", f"/equipe/evenements/{slug(registration_db, event)}")
    said = "reçoit un seul courriel pour les deux"
    if assembly_first:
        call_off(registration_db, assembly, 2)
        assert said in words(staff.get(f"{pages[1]}/annuler"))
        board, public = staff.get(pages[1]), f"/e/{slug(registration_db, event)}"
        off = (
            "L’assemblée « Assemblée générale 2017 » est annulée ; la rencontre a lieu. Motif de l’assemblée : La salle"
        )
        assert off in words(board)
        assert f'href="{pages[0]}"' in board.text
        assert "L’assemblée n’a pas lieu. La rencontre, elle, est maintenue." in words(staff.get(public))
        assert "inondée" not in words(staff.get(public))
        with registration_db.transaction() as session:  # the event may announce another one
            other = assemblies.create(session, draft(), NOW, who=WHO)
            other.state = "convened"
        assert "n’a pas lieu" not in words(staff.get(public))
        assert "est annulée" not in words(staff.get(pages[1]))
        with registration_db.transaction() as session:
            session.delete(session.get_one(Assembly, other.id))
        monkeypatch.setattr(clock, "now", lambda: SOON)
        staff.post(f"{pages[1]}/annuler", data={"told": "2", **WHY})
    else:
        call_off_event(registration_db, event, NOW)
        assert said in words(staff.get(f"{pages[0]}/annuler"))
        monkeypatch.setattr(clock, "now", lambda: SOON)
        staff.post(f"{pages[0]}/annuler", data={"told": "2", **WHY})
    for page in pages:  # from either
        for words_of in ("Aucun courriel n’est parti. Ils partent à 9 h 43.", "se reprennent d’un même clic"):
            assert words_of in words(staff.get(page))
        for words_of in ("Motif de l’assemblée : La salle", "Motif de la rencontre : Le repas"):
            assert (words_of in words(staff.get(page))) != assembly_first  # one reason for both needs no label
    leave(registration_db)
    assert facts(registration_db) == facts(registration_db, "registration.registration.called_off.v1") == []
    leave(registration_db, SOON + WINDOW)
    told = by_address(facts(registration_db))["paul@lac.example"]
    assert [entry["cancelled"] for entry in told["calendar"]] == [True, True]
    assert "prend fin aussi" in one(render.render("assembly_called_off", told).text)
    others = by_address(facts(registration_db, "registration.registration.called_off.v1"))
    assert [email for email, fact in others.items() if fact.get("mailed", True)] == ["zoe@ailleurs.example"]


def test_who_was_struck_after_the_notice_is_told_once_of_the_day_that_it_said(
    staff: Any, registration_db: Database, assembly: uuid.UUID
) -> None:
    lake, later = voter(registration_db, "Syndicat"), HELD + dt.timedelta(days=7)
    with registration_db.transaction() as session:
        assembly_voters.strike(session, assembly, voter(registration_db, "Commune"), NOW, who=WHO)
        assembly_voters.strike(session, assembly, voter(registration_db, "Coop"), NOW, who=WHO)  # called by letter
        assembly_voters.strike(session, assembly, lake, NOW, who=WHO)  # whose address speaks for another still
        held = session.get_one(Assembly, assembly)
        points = {one.position: PointDraft(one.title, one.kind, college=one.college) for one in held.motions}
        moved = NoticeDraft(held.title, later, "Salle des fêtes", points | {9: PointDraft("Échanges")})
        convening.correct(session, assembly, moved, NOW, who=WHO, seen=convening.stamp(held))
        session.execute(sa.delete(outbox))
    asked = words(staff.get(f"/equipe/assemblees/{assembly}/annuler"))
    assert "2 personnes sont à prévenir" in asked
    assert "1 personne convoquée n’est plus sur la liste des votants" in asked
    assert "à imprimer ensuite : Coopérative des Causses." in asked
    call_off(registration_db, assembly, 2)
    leave(registration_db)
    leave(registration_db, AFTER + dt.timedelta(hours=1))
    assert len(facts(registration_db)) == 2
    told = by_address(facts(registration_db))
    struck, other = told["eloise@commune.example"], told["paul@lac.example"]
    mail = render.render("assembly_called_off", struck)
    assert one(mail.subject) == "Annulée : Assemblée générale 2017, vendredi 3 février 2017"
    assert "« Commune de Sainte-Croix » était convoquée à" in one(mail.text)
    assert "Salle des fêtes" not in one(mail.text)
    (file,) = [part for part in mail.attachments if part.subtype == "calendar"]
    (entry,) = icalendar.Calendar.from_ical(file.data).walk("VEVENT")
    assert (file.parameters["method"], entry["UID"], entry["SEQUENCE"]) == ("CANCEL", f"assembly-{assembly}@agora", 2)
    assert entry["DTSTART"].dt == HELD
    assert other["structures"] == ["Département du Lac", "Syndicat du Lac"]
    assert "Imprimer 1 lettre" in words(staff.get(f"/equipe/assemblees/{assembly}"))
    (page,) = PdfReader(io.BytesIO(staff.get(f"/equipe/assemblees/{assembly}/convocations.pdf").data)).pages
    letter = " ".join(page.extract_text().split())
    for said in ("« Coopérative des Causses » était convoquée", "vendredi 3 février 2017", "La salle est inondée."):
        assert said in letter.replace("\u00a0", " ").replace("\u202f", " ")
    assert "Salle des fêtes" not in letter
    with registration_db.transaction() as session:  # the mail that told Éloïse comes back
        lost = {"template": "assembly_called_off", "thing": struck["voter_id"], "state": "bounced"}
        session.add(MailFate(message_id=uuid.uuid4(), at=AFTER, reason="", verdict="", **lost))
    assert "Imprimer 2 lettres" in words(staff.get(f"/equipe/assemblees/{assembly}"))
    assert other["assembly"]["place"] == "Salle des fêtes"


def test_who_was_struck_is_kept_no_longer_than_needed(registration_db: Database, assembly: uuid.UUID) -> None:
    def kept() -> list[str]:
        with registration_db.reading() as session:
            return sorted(session.scalars(sa.select(StruckVoter.email)))

    with registration_db.transaction() as session:
        lost = {"template": "assembly_notice", "thing": voter(registration_db, "Syndicat"), "state": "bounced"}
        session.add(MailFate(message_id=uuid.uuid4(), at=NOW, reason="", verdict="", **lost))
        for name in ("Commune", "Département", "Syndicat"):
            assembly_voters.strike(session, assembly, voter(registration_db, name), NOW, who=WHO)
    assert kept() == ["eloise@commune.example", "paul@lac.example"]  # what the Syndicat was sent came back
    with registration_db.transaction() as session:
        found = assembly_names.kept(session, "Paul@lac.example", ["Paul Rey"]).surely()
        assert [row.structure for _assembly, row in found.struck] == ["Département du Lac"]
        assert assembly_voters.forget(session, "Paul@lac.example", "zoe martin") == 0
        assert assembly_voters.forget(session, "Paul@lac.example", "rey paul") == 1
        erasing.retain(session, HELD)
    assert kept() == ["eloise@commune.example"]
    with registration_db.transaction() as session:
        assert erasing.retain(session, HELD + dt.timedelta(minutes=1)).voters == 1
    assert kept() == []


def test_an_address_that_stands_for_two_people_greets_nobody_by_the_others_name(
    staff: Any, registration_db: Database, assembly: uuid.UUID
) -> None:
    announced(registration_db, ("paul@lac.example", "en", ZOE), ("eloise@commune.example", "en", ZOE))
    with registration_db.transaction() as session:
        assembly_voters.represent(session, assembly, voter(registration_db, "Syndicat"), "Awa Ba", NOW, who=WHO)
    asked = words(staff.get(f"/equipe/assemblees/{assembly}/annuler"))
    assert "4 personnes sont à prévenir" in asked  # two addresses of voters, and who is registered under each
    call_off(registration_db, assembly, 4, with_event=True)
    leave(registration_db)
    own = by_address(facts(registration_db))
    others = by_address(facts(registration_db, "registration.registration.called_off.v1"))
    town, lake = own["eloise@commune.example"], own["paul@lac.example"]
    assert (town["person"]["first_name"], town["person"]["locale"]) == ("Éloïse", "fr")
    assert (lake["person"]["first_name"], lake["person"]["last_name"]) == ("", "")  # Paul Rey and Awa Ba
    assert "Bonjour," in one(render.render("assembly_called_off", lake).text)
    for fact in own.values():
        assert "event" not in fact
        assert len(fact["calendar"]) == 1
    assert {fact["person"]["first_name"] for fact in others.values()} == {"Zoé"}
    assert not any("mailed" in fact for fact in others.values())


def test_who_stands_for_a_structure_that_was_put_back_is_told_by_their_name(
    registration_db: Database, assembly: uuid.UUID
) -> None:
    announced(registration_db, ("eloise@commune.example", "en", ZOE))
    with registration_db.transaction() as session:
        for name in ("Commune", "Coop"):
            assembly_voters.strike(session, assembly, voter(registration_db, name), NOW, who=WHO)
        again = VoterDraft("Commune de SAINTE-CROIX", ZOE, "public", "Eloise@commune.example")
        by_mail = VoterDraft("Coopérative des Causses", "Léa Sy", "economic", "lea@coop.example")
        assembly_voters.add(session, assembly, [again, by_mail], NOW, who=WHO)
    call_off(registration_db, assembly, 3, with_event=True)
    leave(registration_db)
    with registration_db.reading() as session:
        assert letters.by_letter(session, session.get_one(Assembly, assembly)) == []
    (told,) = (fact for fact in facts(registration_db) if fact["person"]["first_name"] == "Zoé")
    assert (told["event"], len(told["calendar"])) == ("Journée d’essai", 2)


def test_an_event_that_may_announce_two_assemblies_stays_unless_it_is_ticked(
    staff: Any, registration_db: Database, assembly: uuid.UUID
) -> None:
    announced(registration_db, ("zoe@ailleurs.example", "fr", ZOE))
    page, box = f"/equipe/assemblees/{assembly}/annuler", r'<input[^>]*name="with_event"[^>]*>'
    asked = staff.get(page)
    assert "checked" in re.findall(box, asked.text)[0]
    with registration_db.transaction() as session:
        other = assemblies.create(session, dataclasses.replace(draft(), title="Assemblée extraordinaire"), NOW, who=WHO)
        convening.convene(session, other.id, NOW, who=WHO)
    asked = staff.get(page)
    assert "checked" not in re.findall(box, asked.text)[0]
    assert "Les membres sont aussi convoqués ce jour-là à « Assemblée extraordinaire »." in words(asked)
    assert "2 personnes sont à prévenir" in words(asked)


def test_an_assembly_that_cannot_be_told_holds_up_no_event(
    registration_db: Database, assembly: uuid.UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = announced(registration_db, ("zoe@ailleurs.example", "fr", ZOE))
    with registration_db.transaction() as session:
        calling_off.call_off(session, event, NOW, **WHY, who=WHO, told=1)
    monkeypatch.setattr(clock, "now", lambda: AFTER)
    monkeypatch.setattr(assembly_calling_off, "leave", lambda *_, **__: 1 / 0)
    turns = iter((False, True))
    once: Any = types.SimpleNamespace(wait=lambda _seconds: next(turns))
    settings: Any = types.SimpleNamespace(public_url=SITE, secret_key="k" * 40)
    chores.run(registration_db, settings, once)
    assert len(facts(registration_db, "registration.registration.called_off.v1")) == 1


def test_taking_back_the_one_takes_back_the_other(staff: Any, registration_db: Database, assembly: uuid.UUID) -> None:
    event = announced(registration_db, ("zoe@ailleurs.example", "fr", ZOE))
    for address in (
        f"/equipe/assemblees/{assembly}/annuler/reprendre",
        f"/equipe/evenements/{slug(registration_db, event)}/annuler/reprendre",
    ):
        call_off(registration_db, assembly, 3, with_event=True)
        staff.post(address)
        with registration_db.reading() as session:
            assert session.get_one(Event, event).state == "published"
        assert state(registration_db, assembly) == "convened"
    leave(registration_db)
    assert facts(registration_db) == []


def slug(db: Database, event: uuid.UUID) -> str:
    with db.reading() as session:
        return session.get_one(Event, event).slug
