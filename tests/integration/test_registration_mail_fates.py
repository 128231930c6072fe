"""What became of a mail stands where people work: at the person, in the list, on the dashboard, at the assembly."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
import sqlalchemy as sa

from services.registration.handlers import handlers
from services.registration.models.mail_fates import MailFate
from services.registration.rules.dates import at
from services.registration.use_cases import assemblies, changing, convening, erasing, groups, registering
from shared import clock
from shared.db import Database, new_id
from shared.messaging.tables import inbox
from tests.integration.registration_people import NOW, SITE, an_event, answers
from tests.integration.test_registration_assembly import NOW as CONVENED
from tests.integration.test_registration_assembly import draft
from tests.integration.test_registration_assembly_drafts import typed
from tests.integration.test_registration_seats import announced
from tests.mail_facts import tell

LIST = "/equipe/evenements/agora-2016/inscriptions"
CONFIRMED = "registration_confirmed"
LATER = NOW + dt.timedelta(hours=5, minutes=2)


@pytest.fixture(autouse=True)
def october_2016(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def people(registration_db: Database) -> list[uuid.UUID]:
    with registration_db.transaction() as session:
        event = an_event(session).id
        return [
            registering.register(session, event, answers(number), NOW, site=SITE).registration_id for number in (1, 2)
        ]


@pytest.fixture
def staff(registration_client: Any, sign_in: Any) -> Any:
    sign_in(registration_client, "staff")
    return registration_client


def told(db: Database, state: str, about: uuid.UUID, template: str = CONFIRMED, **more: Any) -> str:
    return tell(db, handlers, state, about, template, **{"at": LATER} | more)


def page(staff: Any, person: uuid.UUID) -> str:
    return said(staff.get(f"/equipe/inscriptions/{person}"))


def said(answer: Any) -> str:
    """The page with plain spaces."""
    read: str = answer.text
    return read.replace("\xa0", " ").replace("\u202f", " ")


def test_a_mail_that_a_server_took_says_when_and_promises_no_reader(
    staff: Any, registration_db: Database, people: list[uuid.UUID]
) -> None:
    told(registration_db, "accepted", people[0])
    read = page(staff, people[0])
    assert "Confirmation" in read
    assert "pris par le serveur" in read
    assert "à 14 h 02" in read
    assert "ne dit pas que le courriel est lu" in read
    assert "courriel=non" not in staff.get("/equipe/evenements/agora-2016").text


def test_a_mail_without_an_answer_says_so_until_the_answer_is_known(
    staff: Any, registration_db: Database, people: list[uuid.UUID]
) -> None:
    failed, mail = new_id(), new_id()
    told(registration_db, "bounced", people[0], message=failed)
    told(registration_db, "unknown", people[0], message=mail)
    read = page(staff, people[0])
    assert "envoyé, sans réponse du serveur" in read
    assert "il est peut-être arrivé" in read
    assert "Un courriel n’est pas arrivé à 1 personne." in staff.get("/equipe/evenements/agora-2016").text
    told(registration_db, "accepted", people[0], message=mail)
    told(registration_db, "unknown", people[0], message=mail)  # the broker brings the earlier word last
    read = page(staff, people[0])
    assert "sans réponse" not in read
    assert "pris par le serveur" in read
    assert "non arrivé, réglé" in read
    told(registration_db, "unknown", people[1])
    assert "courriel=non" not in staff.get("/equipe/evenements/agora-2016").text


def test_a_mail_that_came_back_is_on_the_dashboard_in_the_list_and_at_the_person_with_what_to_do(
    staff: Any, registration_db: Database, people: list[uuid.UUID]
) -> None:
    mail = new_id()
    told(registration_db, "bounced", people[0], message=mail)
    told(registration_db, "accepted", people[0], message=mail)  # the broker brings the earlier word last
    dashboard = staff.get("/equipe/evenements/agora-2016").text
    assert "Un courriel n’est pas arrivé à 1 personne." in dashboard
    assert f"{LIST}?courriel=non" in dashboard
    assert "1 inscription" in staff.get(f"{LIST}?courriel=non").text
    assert len(staff.get(f"{LIST}.csv?courriel=non").text.splitlines()) == 2
    read = page(staff, people[0])
    assert "l’adresse n’existe pas" in read
    assert "Corrigez l’adresse" in read


def test_another_address_gets_what_stands_and_the_mail_is_nobodys_business_any_more(
    staff: Any, registration_db: Database, people: list[uuid.UUID]
) -> None:
    told(registration_db, "refused", people[0])
    with registration_db.transaction() as session:
        data = changing.answers(session, people[0]) | {"email": "juste@example.org"}
        changing.change(session, people[0], data, NOW, site=SITE, who="staff")
    assert announced(registration_db, "registration.registration.changed.v1") == 1
    assert "n’est pas arrivé" not in staff.get("/equipe/evenements/agora-2016").text
    assert "non arrivé, réglé" in page(staff, people[0])


def test_a_later_mail_that_says_the_same_settles_it_and_an_earlier_or_another_does_not(
    registration_db: Database, people: list[uuid.UUID]
) -> None:
    def waits() -> int:
        with registration_db.reading() as session:
            query = sa.select(sa.func.count()).where(MailFate.settled_at.is_(None), MailFate.state == "bounced")
            return session.scalar(query) or 0

    earlier, failed, other, link = (new_id() for _number in range(4))
    told(registration_db, "bounced", people[0], message=failed)
    told(registration_db, "accepted", people[0], message=earlier)
    told(registration_db, "accepted", people[0], "staff_message", message=other)
    told(registration_db, "accepted", people[1], "registration_link")
    assert waits() == 1
    told(registration_db, "accepted", people[0], "registration_link", message=link)
    assert waits() == 0
    told(registration_db, "bounced", people[0], "registration_link", message=link)  # it had only seemed to
    assert waits() == 1


def test_the_team_says_that_it_is_settled_and_the_journal_keeps_who(
    staff: Any, registration_db: Database, people: list[uuid.UUID]
) -> None:
    told(registration_db, "bounced", people[0], reason="mailbox-full", verdict="keep")
    assert "la boîte est pleine" in page(staff, people[0])
    done = said(staff.post(f"/equipe/inscriptions/{people[0]}/courriels/regle", follow_redirects=True))
    assert "Courriel non arrivé : réglé par l’équipe" in done
    assert "n’est pas arrivé" not in staff.get("/equipe/evenements/agora-2016").text
    assert staff.post(f"/equipe/inscriptions/{uuid.uuid4()}/courriels/regle").status_code == 404


@pytest.mark.parametrize(
    ("template", "asked"),
    [("campaign", False), (CONFIRMED, False), ("jury_result", True), ("erasure_asked", True)],
    ids=["a letter", "a program's order", "another service's", "what erases"],
)
def test_three_thousand_letters_leave_no_trace_here(
    registration_db: Database, people: list[uuid.UUID], template: str, asked: bool
) -> None:
    assert told(registration_db, "bounced", people[0], template, asked=asked) == "unwanted"
    with registration_db.reading() as session:
        for table in (MailFate, inbox):
            assert session.scalar(sa.select(sa.func.count()).select_from(table)) == 0


def test_it_goes_with_the_person_and_after_a_year(registration_db: Database, people: list[uuid.UUID]) -> None:
    for person in people:
        told(registration_db, "bounced", person)
    with registration_db.transaction() as session:
        erasing.anonymise(session, people[:1])
        assert list(session.scalars(sa.select(MailFate.thing))) == people[1:]
        erasing.retain(session, LATER + dt.timedelta(days=364))
        assert session.scalar(sa.select(sa.func.count()).select_from(MailFate)) == 1
        erasing.retain(session, LATER + dt.timedelta(days=366))
        assert session.scalar(sa.select(sa.func.count()).select_from(MailFate)) == 0


def test_a_notice_of_the_assembly_that_did_not_arrive_asks_for_a_letter(staff: Any, registration_db: Database) -> None:
    with registration_db.transaction() as session:
        assembly = assemblies.create(session, draft(), CONVENED, who="test")
        convening.convene(session, assembly.id, CONVENED, who="test")
        where, voter = f"/equipe/assemblees/{assembly.id}", assembly.voters[0].id
    told(registration_db, "bounced", voter, "assembly_notice")
    assert "Une convocation n’est pas arrivée à 1 votant." in staff.get(where).text
    assert staff.post(f"{where}/convocations/{uuid.uuid4()}/regle").status_code == 404
    read = staff.post(f"{where}/convocations/{voter}/regle", follow_redirects=True).text
    assert "prévenu autrement" in read
    assert "n’est pas arrivée" not in read
    assert "Imprimer 1 lettre" in read


def test_whose_notice_came_back_is_called_by_letter_to_the_corrected_one_at_once(
    staff: Any, registration_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Settled or not, another mail would come back too: until one arrives."""
    monkeypatch.setattr(clock, "now", lambda: CONVENED)
    with registration_db.transaction() as session:
        assembly = assemblies.create(session, draft(), CONVENED, who="test")
        convening.convene(session, assembly.id, CONVENED, who="test")
        where = f"/equipe/assemblees/{assembly.id}"
        settled, arrived = [one.id for one in assembly.voters if one.email]
    first, second = new_id(), new_id()
    told(registration_db, "bounced", settled, "assembly_notice", message=first)
    told(registration_db, "bounced", arrived, "assembly_notice", message=new_id())
    told(registration_db, "accepted", arrived, "assembly_notice", message=new_id())
    staff.post(f"{where}/convocations/{settled}/regle")
    change = typed(staff.get(f"{where}/convocation/corriger").text) | {"place": "Albi"}
    read = said(staff.post(f"{where}/convocation/corriger", data=change))
    assert "2 votants sans adresse, ou dont le courriel est revenu, la reçoivent par lettre" in read
    staff.post(f"{where}/convocation/corriger", data=change | {"confirm": "true"})
    read = said(staff.get(where))
    assert "Imprimer 2 lettres" in read
    assert "Une convocation n’est pas arrivée à 1 votant." in read
    told(registration_db, "accepted", settled, "assembly_notice", message=second)
    assert "Imprimer 1 lettre" in said(staff.get(where))


def test_a_member_of_a_group_whom_a_mail_did_not_reach_is_named(staff: Any, registration_db: Database) -> None:
    with registration_db.transaction() as session:
        data = {"name": "Eau", "about": "", "every_months": 3, "week": 3, "weekday": 3, "minutes": 120, "place": "Albi"}
        data |= {"capacity": 30, "partner_zone": "", "animator": "", "starts": at(NOW.date(), dt.time(14)).time()}
        group = groups.create(session, data, NOW, who="test")
        groups.add_members(session, group.slug, [("Léa", "Roy", "lea@example.org", "")], NOW, who="test")
        where, member = f"/equipe/groupes/{group.slug}", session.scalars(sa.text("SELECT id FROM group_members")).one()
    told(registration_db, "refused", member, "group_convened")
    assert "l’adresse n’existe pas" in staff.get(where).text
    read = staff.post(f"{where}/membres/{member}/courriels/regle", follow_redirects=True).text
    assert "l’adresse n’existe pas" not in read
