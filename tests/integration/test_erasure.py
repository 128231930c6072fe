"""Erased means erased, in each service, with a receipt; what the law keeps is said; counts stay right."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import uuid
from typing import Any

import pytest
import sqlalchemy as sa

from services.jury import project_import
from services.jury.handlers import handlers as jury_handlers
from services.jury.models import Application, Arrival, Juror, Project, Recusal, ScoreCell
from services.jury.use_cases import applications, calls, chairing, members, reviews
from services.jury.use_cases import erasing as jury_erasing
from services.mailer import erasure
from services.mailer.handlers import handlers as mailer_handlers
from services.mailer.models.contacts import Contact
from services.mailer.models.ledger import Attempt, Message
from services.mailer.models.programs import Order, Program
from services.registration.handlers import handlers as registration_handlers
from services.registration.models import (
    Consent,
    Erasure,
    Event,
    FormAnswer,
    PersonalLink,
    Registration,
    SensitiveAnswers,
)
from services.registration.models.lists import BulkAction, RegistrationMark, SavedFilter
from services.registration.models.messages import StaffMessage
from services.registration.queries import report
from services.registration.queries.selection import Wanted
from services.registration.rules import erasure as rules
from services.registration.use_cases import bulk, erasing, filters, messages, registering
from shared import audit, clock
from shared.contracts import registry
from shared.db import Database
from shared.errors import RuleError
from shared.messaging import consumer, deadletters
from shared.messaging.envelope import Event as Fact
from shared.messaging.tables import dead_letters, outbox
from tests.integration.registration_people import NOW, SITE, an_event, answers
from tests.jury_dossiers import add_filed, open_call
from tests.jury_room import Room

ZOE = "zoe@asso.example"


@pytest.fixture(autouse=True)
def october(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def fact(type: str, data: dict[str, Any]) -> Fact:
    """A fact as its contract lets it through."""
    clean = registry.load(type, registry.dump(type, data))
    thing = str(data["request_id"])
    return Fact(id=uuid.uuid4(), type=type, source="/x", thing=thing, sequence=1, time=NOW, data=clean)


def erased_fact(request: uuid.UUID, email: str = ZOE) -> Fact:
    data = {"request_id": request, "email": email, "email_hash": hashlib.sha256(email.encode()).hexdigest(), "at": NOW}
    return fact("registration.person.erased.v1", data)


def published(db: Database, type: str) -> list[dict[str, Any]]:
    with db.reading() as session:
        return [row["data"] for row in session.scalars(sa.select(outbox.c.envelope).where(outbox.c.type == type))]


# In registration


@pytest.fixture
def zoe(registration_db: Database) -> str:
    """The personal link of Zoé, who has the only seat; Noé waits behind her, and a namesake has another address."""
    with registration_db.transaction() as session:
        event = an_event(session, capacity=1).id
    who = {"first_name": "Zoé", "last_name": "Rakotondrainibé", "email": ZOE, "structure": "Rizières sans frontières"}
    with registration_db.transaction() as session:
        token = registering.register(
            session, event, answers(1, diet="vegan", diet_note="Sans quinoa", newsletter=True, **who), NOW, site=SITE
        ).token
    with registration_db.transaction() as session:
        registering.register(session, event, answers(2), NOW, site=SITE)
    assert token
    return token


def mailed_link(db: Database) -> str:
    return str(published(db, "registration.erasure.asked.v1")[-1]["link"]).removeprefix(SITE)


def ask(client: Any, db: Database, token: str) -> str:
    client.post(f"/i/{token}/effacer")
    with db.reading() as session:
        names = session.scalars(sa.select(Registration.first_name).order_by(Registration.id)).all()
        assert names == ["Zoé", "Noé"]  # nothing happened yet
    return "/effacement/" + mailed_link(db).rpartition("/")[2]


def parked(db: Database, type: str = "jury.application.filed.v1") -> None:
    """A fact about Zoé that no handler could take waits for a decision."""
    body = f'{{"type": "{type}", "data": {{"person": {{"first_name": "Zoé", "email": "{ZOE.title()}"}}}}}}'.encode()
    consumer.store_dead(db, type, "refused", body, 1)


def test_parked_facts_that_were_settled_go_after_a_month(jury_db: Database) -> None:
    for type in ("a.b.c.v1", "a.b.d.v1", "a.b.e.v1"):
        parked(jury_db, type)
    with jury_db.transaction() as session:
        waits, lately, long_ago = (letter.id for letter in deadletters.parked(session))
        for one in (lately, long_ago):
            deadletters.drop(session, one, who="x", now=NOW)
        dropped = sa.update(dead_letters).where(dead_letters.c.id == long_ago)
        session.execute(dropped.values(dropped_at=sa.func.now() - dt.timedelta(days=31)))
        assert deadletters.prune(session) == 1
        assert set(session.scalars(sa.select(dead_letters.c.id))) == {waits, lately}


def everything(db: Database) -> str:
    """All text of the database, but facts that have not left yet."""
    found = []
    with db.reading() as session:
        for table in session.scalars(sa.text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).all():
            rows = session.execute(sa.text(f"SELECT to_jsonb(t)::text FROM {table} t")).scalars()
            found += rows if table != "outbox" else []
        found += [one.decode() for one in session.scalars(sa.select(dead_letters.c.body))]
    return "\n".join(found)


def test_nothing_of_the_person_is_left_and_the_seat_goes_on(
    registration_client: Any, registration_db: Database, zoe: str
) -> None:
    page = ask(registration_client, registration_db, zoe)
    parked(registration_db)
    asked = registration_client.get(page).text
    assert ("Effacer définitivement" in asked, "Ne rien effacer" in asked) == (True, True)
    registration_client.post(page)

    left = everything(registration_db)
    assert not [word for word in ("Zoé", "rakotondrainib", "zoe@", "rizieres", "Rizières", "quinoa") if word in left]
    with registration_db.reading() as session:
        states = session.scalars(sa.select(Registration.status).order_by(Registration.id)).all()
        assert states == ["cancelled", "confirmed"]
        first = session.scalars(sa.select(Registration.id).order_by(Registration.id)).first()
        for model in (SensitiveAnswers, FormAnswer, Consent, PersonalLink):
            assert not session.scalars(sa.select(model).where(model.registration_id == first)).all()
    (told,) = published(registration_db, "registration.person.erased.v1")
    assert told["email_hash"] == hashlib.sha256(ZOE.encode()).hexdigest()
    assert registration_client.get(f"/i/{zoe}").status_code == 404


def test_what_the_team_wrote_names_who_is_erased_no_more_and_a_namesake_elsewhere_stays(
    registration_client: Any, registration_db: Database, zoe: str
) -> None:
    page = ask(registration_client, registration_db, zoe)
    words = messages.Words("Rakotondrainibé Zoé", f"Écrivez à {ZOE.upper()}.\nÀ zoe@asso.example.org, non.")
    with registration_db.transaction() as session:
        here = session.scalars(sa.select(Event.id)).one()
        elsewhere = an_event(session, capacity=1, slug="formation").id
        written = {"message_id": uuid.uuid4(), "selection": {"q": "zoé"}, "expected": 2, "who": "staff"}
        messages.confirm(session, here, words, Wanted(), NOW, **written)
        called = {"action_id": uuid.uuid4(), "expected": 2, "words": "amie de zoé rakotondrainibe"}
        bulk.run(session, here, "mark", Wanted(), NOW, **called, who="staff", site=SITE)
        noe = session.scalars(sa.select(Registration).where(Registration.first_name == "Noé")).one()
        noe.staff_note = f"Vient avec Zoé Rakotondrainibé ({ZOE})."
        filters.keep(session, here, "À rappeler", {"q": "rakotondrainibe"}, NOW, who="staff")
        filters.keep(session, here, "Noé", {"q": "noé"}, NOW, who="staff")
        for event in (here, elsewhere):
            filters.keep(session, event, "Pour Zoé Rakotondrainibé", {"etat": "waiting"}, NOW, who="staff")
        filters.keep(session, elsewhere, f"Pour {ZOE}", {"etat": "waiting"}, NOW, who="staff")
    registration_client.post(page)

    with registration_db.reading() as session:
        kept = session.scalars(sa.select(SavedFilter.name).order_by(SavedFilter.name)).all()
        assert kept == ["Noé", "Pour Zoé Rakotondrainibé"]
        (message,) = session.scalars(sa.select(StaffMessage))
        assert (message.subject, message.selection) == ("… …", {"q": "…"})
        assert message.body == "Écrivez à ….\nÀ zoe@asso.example.org, non."
        assert session.scalars(sa.select(BulkAction.words)).one() == "amie de … …"
        notes = session.scalars(sa.select(Registration.staff_note).order_by(Registration.staff_note)).all()
        assert notes == ["", "Vient avec … … (…)."]
        assert not session.scalars(sa.select(RegistrationMark)).all()
        journal = "\n".join(session.scalars(sa.select(sa.cast(audit.audit_entries.c.after, sa.Text))))
        assert [journal.lower().count(one) for one in ("rakotondrainib", ZOE)] == [1, 0], "elsewhere, a namesake"
        (request,) = session.scalars(sa.select(Erasure))
        told = {one["what"]: one["count"] for one in request.receipts["registration"]["erased"]}
        assert told["words"] == 12
    assert "textes de l’équipe qui vous nommaient" in registration_client.get(page).text


def test_an_erased_person_of_two_events_still_counts_once(registration_db: Database) -> None:
    ids = []
    for slug in ("agora-2016", "formation"):
        with registration_db.transaction() as session:
            event = an_event(session, capacity=5, slug=slug).id
        with registration_db.transaction() as session:
            data = answers(1) | {"form_key": slug}
            ids.append(registering.register(session, event, data, NOW, site=SITE).registration_id)
    period = (NOW - dt.timedelta(days=30), NOW + dt.timedelta(days=300))
    with registration_db.transaction() as session:
        before = report.report(session, *period)
        erasing.anonymise(session, ids)
        after = report.report(session, *period)
    assert (before.people, after.people, after.registered) == (1, 1, 2)


def test_the_receipt_fills_as_the_services_answer(
    registration_client: Any, registration_db: Database, zoe: str
) -> None:
    page = ask(registration_client, registration_db, zoe)
    registration_client.post(page)
    registration_client.post(page)  # twice changes nothing
    waiting = registration_client.get(page).text
    assert waiting.count("En cours") == 2
    assert "<h1>L’effacement est en cours</h1>" in waiting
    with registration_db.reading() as session:
        request = session.scalars(sa.select(Erasure.id)).one()
    naming = sa.select(sa.func.count()).where(sa.cast(outbox.c.envelope, sa.Text).icontains(ZOE))
    with registration_db.transaction() as session:
        session.execute(sa.update(outbox).values(published_at=NOW))
        assert session.scalar(naming) == 5  # agreement, place, question, erasure, cancellation
        for service in ("jury", "mailer"):
            kept = [{"what": "scores", "why": "integrity", "count": 24}] if service == "jury" else []
            data = {"request_id": request, "erased": [{"what": "contacts", "count": 1}], "kept": kept, "at": NOW}
            answer = fact(f"{service}.person.erased.v1", data)
            handler = registration_handlers.find(answer.type)
            assert handler
            handler(session, answer)
    receipt = registration_client.get(page).text
    assert "En cours" not in receipt
    assert "<h1>C’est effacé</h1>" in receipt
    assert "le classement doit pouvoir être recalculé" in receipt
    assert "Zoé" not in receipt
    with registration_db.reading() as session:
        assert session.scalar(naming) == 0


def test_a_link_too_late_or_unknown_erases_nothing(
    registration_client: Any, registration_db: Database, zoe: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = ask(registration_client, registration_db, zoe)
    assert registration_client.post("/effacement/x").status_code == 404
    monkeypatch.setattr(clock, "now", lambda: NOW + dt.timedelta(days=2))
    assert registration_client.post(page).status_code == 410
    with registration_db.reading() as session:
        assert session.scalars(sa.select(Registration.first_name).order_by(Registration.id)).all() == ["Zoé", "Noé"]


def test_the_staff_cannot_write_to_who_was_erased(
    registration_client: Any, registration_db: Database, zoe: str, sign_in: Any
) -> None:
    registration_client.post(ask(registration_client, registration_db, zoe))
    with registration_db.reading() as session:
        erased = session.scalars(sa.select(Registration.id).where(Registration.email == "")).one()
    sign_in(registration_client, "staff")
    assert registration_client.get(f"/equipe/inscriptions/{erased}").status_code == 200
    answer = registration_client.post(f"/equipe/inscriptions/{erased}/lien")
    assert answer.status_code == 410
    assert "effacée" in answer.text


def test_impatience_sends_one_mail(registration_client: Any, registration_db: Database, zoe: str) -> None:
    for _ in range(3):
        registration_client.post(f"/i/{zoe}/effacer")
    assert len(published(registration_db, "registration.erasure.asked.v1")) == 1


def test_needs_go_after_thirty_days_names_after_three_years_and_counts_stay(
    registration_client: Any, registration_db: Database, zoe: str, sign_in: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with registration_db.reading() as session:
        ended = session.scalars(sa.select(Event.ends_at)).one()
    day = dt.timedelta(days=1)

    def due(now: dt.datetime, *, dry_run: bool) -> tuple[int, int]:
        with registration_db.transaction() as session:
            found = erasing.retain(session, now, dry_run=dry_run)
            return found.sensitive, found.registrations

    assert due(ended + 29 * day, dry_run=True) == (0, 0)
    monkeypatch.setattr(clock, "now", lambda: ended + 31 * day)
    sign_in(registration_client, "staff")
    page = registration_client.get("/equipe/conservation").text
    assert '<td class="num" data-label="À effacer maintenant">1</td>' in page
    assert due(ended + 31 * day, dry_run=False) == (1, 0)
    assert due(ended + 31 * day, dry_run=False) == (0, 0)
    assert due(ended + 1096 * day, dry_run=False) == (0, 2)
    assert due(ended + 1096 * day, dry_run=False) == (0, 0)
    assert "Zoé" not in everything(registration_db)
    with registration_db.reading() as session:
        states = session.scalars(sa.select(Registration.status).order_by(Registration.id)).all()
        assert states == ["confirmed", "wait_listed"]
        assert set(session.scalars(sa.select(Registration.department))) == {"31"}


# In the mailer


def test_the_ledger_keeps_its_rows_and_names_nobody(mailer_db: Database) -> None:
    confirmed = registry.load("registration.erasure.asked.v1", _asked())
    with mailer_db.transaction() as session:
        session.add(Contact(email=ZOE, email_key=ZOE, first_name="Zoé", created_at=NOW, updated_at=NOW))
        handler = mailer_handlers.find("registration.erasure.asked.v1")
        assert handler
        handler(
            session,
            Fact(
                id=uuid.uuid4(),
                type="registration.erasure.asked.v1",
                source="/registration",
                thing="x",
                sequence=1,
                time=NOW,
                data=confirmed,
            ),
        )
        session.flush()
        message = session.scalars(sa.select(Message)).one()
        session.add(
            Attempt(
                message_id=message.id,
                owner="s",
                relay="r",
                outcome="deferred",
                enhanced="",
                text=f"450 {ZOE} later",
                reason="",
                milliseconds=1,
            )
        )
        program = Program(name="Carte", token_hash="x" * 64, templates=["jury_result"], created_at=NOW)
        session.add(program)
        session.flush()
        answer = {"id": str(message.id), "to": ZOE, "state": "pending"}
        session.add(Order(program_id=program.id, key="k", request_hash="x" * 64, answer=answer, at=NOW))
    parked(mailer_db)
    with mailer_db.transaction() as session:
        erasure.on_person_erased(session, erased_fact(uuid.uuid4()))
    left = everything(mailer_db)
    assert not [word for word in ("Zoé", "zoe@") if word in left]
    with mailer_db.reading() as session:
        row = session.scalars(sa.select(Message)).one()
        assert (row.state, row.email, row.email_key) == ("cancelled", "", erasure.mark(ZOE))
    (receipt,) = published(mailer_db, "mailer.person.erased.v1")
    assert receipt["erased"] == [{"what": "contacts", "count": 1}, {"what": "messages", "count": 1}]


def test_the_receipt_has_a_word_for_whatever_the_mailer_erases(mailer_db: Database) -> None:
    with mailer_db.transaction() as session:
        erased = erasure.forget(session, ZOE, NOW)
    assert set(erased) - set(rules.KINDS) == set()


def test_a_mail_on_the_line_is_waited_for(mailer_db: Database) -> None:
    with mailer_db.transaction() as session:
        session.execute(
            sa.insert(Message).values(
                kind="k",
                lane="transactional",
                template="t",
                email=ZOE,
                email_key=ZOE,
                domain_group="other",
                thing="x",
                thing_version="1",
                state="claimed",
                lease_owner="s",
                lease_until=NOW,
            )
        )
    with pytest.raises(erasure.StillSending), mailer_db.transaction() as session:
        erasure.on_person_erased(session, erased_fact(uuid.uuid4()))


def _asked() -> dict[str, Any]:
    person = {"first_name": "Zoé", "last_name": "R", "email": ZOE, "locale": "fr"}
    return registry.dump(
        "registration.erasure.asked.v1",
        {
            "request_id": uuid.uuid4(),
            "person": person,
            "organiser": {"name": "Réseau", "email": "reseau@agora.example"},
            "link": f"{SITE}/effacement/x",
            "expires_at": NOW,
        },
    )


# In the jury


def test_a_juror_becomes_a_pseudonym_and_their_scores_still_count(jury_db: Database, jury_client: Any) -> None:
    room = Room(jury_db)
    tablet = room.tablet(jury_client, 0)
    tablet.score(room.projects[0], [3] * len(tablet.pack()["grid"]["criteria"]))
    with jury_db.transaction() as session:
        juror = session.get_one(Juror, room.jurors[0])
        juror.email, name = ZOE.upper(), juror.last_name
        project = session.get_one(Project, room.projects[0])
        project.bearer_email = ZOE
        hashed = hashlib.sha256(ZOE.encode()).hexdigest()
        row = Arrival(registration_id=uuid.uuid4(), event_id=uuid.uuid4(), email_hash=hashed, at=NOW, undone=False)
        session.add(row)
        cells = session.scalar(sa.select(sa.func.count()).select_from(ScoreCell))
        juror.chairs = True
        link = chairing.make_link(session, room.call_id, juror.id, who="x", now=NOW)
        calls.recuse(session, juror, room.projects[1], kind="indirect", note="Ma sœur y travaille.", who="x", now=NOW)
    handler = jury_handlers.find("registration.person.erased.v1")
    assert handler
    parked(jury_db)
    parked(jury_db, "registration.person.erased.v1")
    with jury_db.transaction() as session:
        handler(session, erased_fact(uuid.uuid4()))
    with jury_db.reading() as session:
        assert [one.type for one in deadletters.parked(session)] == ["registration.person.erased.v1"]
        assert chairing.of_link(session, link, NOW) is None
        assert session.scalars(sa.select(Recusal.note)).all() == [""], "they are in retreat, and say no more why"
        juror = session.get_one(Juror, room.jurors[0])
        assert (juror.first_name, juror.email) == ("Juré·e", "")
        assert name not in juror.last_name
        assert session.scalar(sa.select(sa.func.count()).select_from(ScoreCell)) == cells
        assert not audit.history(session, "juror", juror.id) or all(
            row.after is None for row in audit.history(session, "juror", juror.id)
        )
        assert session.get_one(Project, room.projects[0]).bearer_email == ZOE  # the call is not decided yet
    (receipt,) = published(jury_db, "jury.person.erased.v1")
    assert receipt["erased"] == [{"what": "arrivals", "count": 1}, {"what": "jurors", "count": 1}]
    assert {(one["what"], one["why"]) for one in receipt["kept"]} == {("scores", "integrity"), ("projects", "appeals")}


def test_a_member_who_was_deleted_leaves_the_journal_too(jury_db: Database) -> None:
    room = Room(jury_db)
    with jury_db.transaction() as session:
        session.get_one(Juror, room.jurors[2]).email = ZOE.upper()
        members.leave(session, room.call_id, room.jurors[2], "", who="x", now=NOW)
    handler = jury_handlers.find("registration.person.erased.v1")
    assert handler
    with jury_db.transaction() as session:
        handler(session, erased_fact(uuid.uuid4()))
    with jury_db.reading() as session:
        entries = audit.history(session, "juror", room.jurors[2])
    assert [(one.what, one.before, one.after) for one in entries] == [
        ("appointed", None, None),
        ("removed a member", None, None),
    ]
    (receipt,) = published(jury_db, "jury.person.erased.v1")
    assert receipt["erased"] == [{"what": "jurors", "count": 1}]


OTHERS = {"board": "Ravo Andrianaivo, Naïs Capdevielle", "partner_contact": "Solofo Rabe"}


def test_people_whom_a_filed_application_names_go_and_what_was_decided_stays(jury_db: Database) -> None:
    call = open_call(jury_db)
    change = {"bearer_email": ZOE, "bearer_last_name": "Zafimahova", **OTHERS}
    add_filed(jury_db, call, change, OTHERS | {"title": "D’une autre structure"})
    handler = jury_handlers.find("registration.person.erased.v1")
    assert handler
    with jury_db.transaction() as session:
        handler(session, erased_fact(uuid.uuid4()))
    with jury_db.reading() as session:
        mine, other = session.scalars(sa.select(Application).order_by(Application.reference))
    assert mine.filed
    assert other.filed
    for content in (mine.content, mine.filed["content"]):
        assert not set(OTHERS) & set(content)
        assert (content["title"], content["bearer_email"]) == ("De l’eau à Battambang", ZOE)  # it can be appealed
    assert (sorted(mine.filed["erased"]), mine.filed_hash) == (sorted(jury_erasing.OTHERS), "0" * 64)
    assert other.content["board"] == OTHERS["board"]  # whoever filed that one did not ask
    (receipt,) = published(jury_db, "jury.person.erased.v1")
    assert receipt["erased"] == [{"what": "leaders", "count": 1}]
    assert receipt["kept"] == [{"what": "projects", "why": "appeals", "count": 1}]
    with jury_db.transaction() as session:
        later = erased_fact(uuid.uuid4())
        handler(session, dataclasses.replace(later, time=NOW + dt.timedelta(days=800)))
    assert not [word for word in (ZOE, "Zafimahova", "Bories, ") if word in everything(jury_db)]
    assert published(jury_db, "jury.person.erased.v1")[-1]["erased"] == [{"what": "filed", "count": 1}]


def test_what_was_filed_is_found_by_the_address_that_was_put_right_later(jury_db: Database) -> None:
    typed = {"bearer_email": "zoe@exemple.org", "bearer_last_name": "Zafimahova", **OTHERS}
    (mine,) = add_filed(jury_db, open_call(jury_db), typed)
    with jury_db.transaction() as session:
        project = reviews.accept(session, mine.id, site=SITE, who="secretaire@agora.example", now=NOW)
        project.bearer_email = ZOE
        names = {"first_name": "Ravo", "last_name": "Andrianaivo"}
        juror = calls.add_juror(session, mine.call_id, names | dict.fromkeys(("function", "structure", "email"), ""),
                                who="x", now=NOW)  # fmt: skip
        note = f"Son nom est parmi les dirigeants que le dossier nomme : « {OTHERS['board']} »."
        calls.recuse(session, juror, project.id, kind="direct", note=note, who="secretaire@agora.example", now=NOW)
    erase_in_jury(jury_db, NOW)
    assert OTHERS["board"] not in everything(jury_db)
    with jury_db.reading() as session:
        assert session.scalars(sa.select(Recusal.kind)).all() == ["direct"], "the retreat stands"
    assert published(jury_db, "jury.person.erased.v1")[-1]["erased"] == [{"what": "leaders", "count": 1}]


def test_who_bore_a_project_before_somebody_else_leaves_the_journal_and_is_told_what_names_them(
    jury_db: Database,
) -> None:
    (mine,) = add_filed(jury_db, open_call(jury_db), {"bearer_email": ZOE, "bearer_last_name": "Zafimahova"})
    with jury_db.transaction() as session:
        project = reviews.accept(session, mine.id, site=SITE, who="secretaire@agora.example", now=NOW)
        follows = {"bearer_last_name": "Rabe", "bearer_email": "rabe@exemple.org"}
        row = project_import.Row(project.number, follows)
        calls.import_projects(session, mine.call_id, [row], who="secretaire@agora.example", now=NOW)
    erase_in_jury(jury_db, NOW)
    with jury_db.reading() as session:
        changed = audit.history(session, "project", project.id)[-1]
        assert (changed.what, changed.before, changed.after) == ("changed", None, None)
        assert session.get_one(Project, project.id).bearer_last_name == "Rabe"
    (receipt,) = published(jury_db, "jury.person.erased.v1")
    assert receipt["kept"] == [{"what": "projects", "why": "appeals", "count": 1}]


def test_a_filed_application_whose_bearer_was_erased_is_decided_no_more(jury_db: Database) -> None:
    (mine,) = add_filed(jury_db, open_call(jury_db), {"bearer_email": ZOE})
    erase_in_jury(jury_db, NOW + dt.timedelta(days=800))
    for decide in (
        lambda s, **common: reviews.accept(s, mine.id, **common),
        lambda s, **common: reviews.refuse(s, mine.id, "1", "", **common),
        lambda s, **common: reviews.ask_more(s, mine.id, "Il manque.", NOW.date(), **common),
    ):
        with pytest.raises(RuleError, match="effacé"), jury_db.transaction() as session:
            decide(session, site=SITE, who="secretaire@agora.example", now=NOW)


def test_a_link_opens_what_was_filed_as_long_as_it_names_its_bearer(jury_db: Database, jury_client: Any) -> None:
    """The appeal is over, and nobody is left who may read or be asked: the page would be open to whoever finds it."""
    mine, other = add_filed(jury_db, open_call(jury_db), {"bearer_email": ZOE}, {"bearer_email": "autre@exemple.org"})
    with jury_db.transaction() as session:
        links = [applications.issue(session, one.id, NOW) for one in (mine, other)]
    erase_in_jury(jury_db, NOW)
    assert [jury_client.get(f"/dossiers/{one}").status_code for one in links] == [200, 200]
    erase_in_jury(jury_db, NOW + dt.timedelta(days=800))
    answers = [jury_client.get(f"/dossiers/{one}") for one in links]
    assert [one.status_code for one in answers] == [404, 200]
    assert "Écrivez à l’organisateur" in answers[0].text


def erase_in_jury(db: Database, at: dt.datetime) -> None:
    handler = jury_handlers.find("registration.person.erased.v1")
    assert handler
    with db.transaction() as session:
        handler(session, dataclasses.replace(erased_fact(uuid.uuid4()), time=at))


def test_what_was_filed_changes_for_no_other_reason(jury_db: Database) -> None:
    add_filed(jury_db, open_call(jury_db), OTHERS)
    with pytest.raises(sa.exc.DBAPIError), jury_db.transaction() as session:
        session.execute(sa.update(Application).values(content={}))
    with pytest.raises(sa.exc.DBAPIError), jury_db.transaction() as session:
        session.execute(sa.text("SET LOCAL agora.erasure = 'on'"))
        session.execute(sa.update(Application).values(filed_hash="1" * 64))
