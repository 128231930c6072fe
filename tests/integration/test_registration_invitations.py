"""The team invites people by a personal link: who is left out, what leaves and when, what the link opens."""

from __future__ import annotations

import datetime as dt
import html
import io
import re
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa

from services.registration.models import Event, Invitation, InvitationMail, InvitationRound, Registration
from services.registration.queries import invitations as queries
from services.registration.rules import invitations as rules
from services.registration.rules.lists import fingerprint
from services.registration.rules.messages import WINDOW
from services.registration.use_cases import (
    changing,
    erasing,
    invitations_leaving,
    invited,
    inviting,
    keeping,
    registering,
    transferring,
)
from shared import clock
from shared.db import Database
from shared.errors import Gone, RuleError
from shared.messaging.tables import outbox
from tests.integration.registration_people import NOW, SITE, an_event, answers

ADDRESS = "/equipe/evenements/agora-2016/invitations"
LATER = NOW + WINDOW
WORD = ("Venez {{ vite }} %s.", "Do come.")
FILE = inviting.Source("file", "les partenaires de 2015")


def guest(number: int, **more: str) -> dict[str, str]:
    return {"first_name": "Awa", "last_name": f"Diop{number}", "email": f"awa{number}@example.org", "locale": "fr",
            "structure": "Eau Vive", "department": "31"} | more  # fmt: skip


def lines(*people: dict[str, str]) -> list[inviting.Line]:
    return [inviting.Line(number, one["last_name"], one["email"], one) for number, one in enumerate(people, start=2)]


@pytest.fixture
def event(registration_db: Database, monkeypatch: pytest.MonkeyPatch) -> Event:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    with registration_db.transaction() as session:
        return an_event(session, capacity=2)


def keep(db: Database, event: Event, *people: dict[str, str]) -> uuid.UUID:
    with db.transaction() as session:
        return inviting.keep(session, event, FILE, lines(*people), NOW, who="test")


def invite(db: Database, event: Event, *people: dict[str, str], now: dt.datetime = NOW) -> uuid.UUID:
    row = keep(db, event, *people)
    with db.transaction() as session:
        inviting.confirm(session, event, row, WORD, now, expected=len(people), who="test")
    return row


def leave(db: Database, now: dt.datetime = LATER) -> int:
    with db.reading() as session:
        due = invitations_leaving.due(session, now)
    count = 0
    for row in due:
        with db.transaction() as session:
            count += invitations_leaving.leave(session, row, now, site=SITE, key="k" * 32)
    return count


def facts(db: Database) -> list[dict[str, Any]]:
    query = sa.select(outbox.c.envelope).where(outbox.c.type == "registration.invitation.sent.v1")
    with db.reading() as session:
        return [one["data"] for one in session.scalars(query.order_by(outbox.c.id))]


def token(db: Database, number: int = -1) -> str:
    return str(facts(db)[number]["link"]).rpartition("/")[2]


def states(db: Database, event: Event) -> dict[str, str]:
    with db.reading() as session:
        return {one.invitation.email: one.state for one in queries.listed(session, event.id)}


def register(db: Database, event: Event, link: str, number: int = 0, **more: Any) -> registering.Registered:
    with db.transaction() as session:
        found = registering.load_event(session, event.id)
        party = [answers(number, **more)]
        return invited.register(session, link, found, party, NOW, site=SITE, together=False)[0]


def test_nothing_leaves_before_the_window_ends_then_each_address_once_in_its_language(
    registration_db: Database, event: Event
) -> None:
    invite(registration_db, event, guest(0), guest(1, locale="en"))
    assert leave(registration_db, LATER - dt.timedelta(seconds=1)) == 0
    assert [leave(registration_db) for _ in range(3)] == [2, 0, 0]
    told = {one["person"]["email"]: one for one in facts(registration_db)}
    assert [told[f"awa{number}@example.org"]["word"] for number in (0, 1)] == list(WORD)
    assert told["awa0@example.org"]["origin"] == FILE.origin
    with registration_db.reading() as session:
        kept = session.execute(sa.text("SELECT token_hash FROM invitation_links")).scalars().all()
    assert token(registration_db).encode() not in kept
    assert len(set(kept)) == 2


def test_who_is_left_out_is_told_why(registration_db: Database, event: Event) -> None:
    with registration_db.transaction() as session:
        registering.register(session, event.id, answers(0, email="Here@example.org"), NOW, site=SITE)
    invite(registration_db, event, guest(1), guest(2), guest(3))
    leave(registration_db)
    by_name = {one["person"]["email"]: one["link"].rpartition("/")[2] for one in facts(registration_db)}
    with registration_db.transaction() as session:
        invited.decline(session, by_name["awa2@example.org"], NOW)
        invited.stop(session, by_name["awa3@example.org"], NOW)
        session.execute(sa.delete(Invitation).where(Invitation.email == "awa3@example.org"))
    people = [
        guest(0, email="here@EXAMPLE.org"),
        guest(1),
        guest(2),
        guest(3),
        guest(4),
        guest(4, email="AWA4@example.org"),
    ]
    with registration_db.transaction() as session:
        wrong = inviting.Line(9, "Nobody", "nobody", None, "Adresse")
        row = inviting.keep(session, event, FILE, [*lines(*people), wrong], NOW, who="test")
        outcomes = [outcome for _line, outcome in queries.judged(session, event.id, row)]
    assert outcomes == ["registered", "invited", "declined", "stopped", "new", "twice", "unreadable"]


def test_one_who_registers_before_their_mail_leaves_gets_none(registration_db: Database, event: Event) -> None:
    invite(registration_db, event, guest(0), guest(1), guest(2))
    with registration_db.transaction() as session:
        registering.register(session, event.id, answers(0, email="awa0@example.org"), NOW, site=SITE)
        one = session.scalars(sa.select(Invitation).where(Invitation.email == "awa1@example.org")).one()
        inviting.take_back(session, event.id, one.id, NOW, who="test")
    assert leave(registration_db) == 3
    assert [one["person"]["email"] for one in facts(registration_db)] == ["awa2@example.org"]
    expected = {"awa0@example.org": "registered", "awa1@example.org": "taken_back", "awa2@example.org": "silent"}
    assert states(registration_db, event) == expected


def test_a_round_taken_back_invites_nobody_and_one_that_left_stays(registration_db: Database, event: Event) -> None:
    row = invite(registration_db, event, guest(0))
    with registration_db.transaction() as session:
        inviting.cancel(session, event.id, row, LATER - dt.timedelta(seconds=1), who="test")
    assert (leave(registration_db), states(registration_db, event)) == (0, {})
    row = invite(registration_db, event, guest(0))
    leave(registration_db)
    with registration_db.transaction() as session, pytest.raises(RuleError) as refused:
        inviting.cancel(session, event.id, row, LATER, who="test")
    assert refused.value.code == "round-left"


def test_what_moved_since_the_preview_is_not_confirmed_and_twice_is_once(
    registration_db: Database, event: Event
) -> None:
    first, second = keep(registration_db, event, guest(0)), keep(registration_db, event, guest(0), guest(1))
    with registration_db.transaction() as session:
        for _ in range(2):
            inviting.confirm(session, event, first, WORD, NOW, expected=1, who="test")
    with registration_db.transaction() as session, pytest.raises(RuleError) as refused:
        inviting.confirm(session, event, second, WORD, NOW, expected=2, who="test")
    assert refused.value.code == "round-moved"
    with registration_db.transaction() as session, pytest.raises(RuleError) as refused:  # as many, but others
        shown = fingerprint(session.scalars(sa.select(Invitation.id)))
        inviting.confirm(session, event, second, WORD, NOW, expected=1, seen=shown, who="test")
    assert refused.value.code == "round-moved"
    assert leave(registration_db) == 1


def test_invitations_to_an_event_that_takes_nobody_just_now_wait(registration_db: Database, event: Event) -> None:
    invite(registration_db, event, guest(0))
    with registration_db.transaction() as session:
        session.execute(sa.update(Event).values(state="closed"))
    assert leave(registration_db) == 0
    with registration_db.transaction() as session:
        session.execute(sa.update(Event).values(state="published", closes_at=NOW))
    assert leave(registration_db) == 0
    with registration_db.transaction() as session:
        session.execute(sa.update(Event).values(closes_at=None))
    assert leave(registration_db) == 1


def test_what_waits_for_an_event_that_takes_nobody_can_still_be_taken_back(
    registration_client: Any, registration_db: Database, event: Event, sign_in: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = invite(registration_db, event, guest(0))
    with registration_db.transaction() as session:
        session.execute(sa.update(Event).values(state="closed"))
    monkeypatch.setattr(clock, "now", lambda: LATER + dt.timedelta(days=2))
    sign_in(registration_client, "staff")
    page = registration_client.get(f"{ADDRESS}/{row}").text
    assert "1 courriel attend." in page.replace("\u00a0", " ")
    back = {"csrf_token": value(page, "csrf_token")}
    assert registration_client.post(f"{ADDRESS}/{row}/reprendre", data=back).status_code == 303
    with registration_db.transaction() as session:
        session.execute(sa.update(Event).values(state="published"))
    assert (leave(registration_db), states(registration_db, event)) == (0, {})


def test_the_link_registers_once_and_again_only_the_same_form(registration_db: Database, event: Event) -> None:
    invite(registration_db, event, guest(0))
    leave(registration_db)
    link = token(registration_db)
    made = register(registration_db, event, link, email="elsewhere@example.org")
    assert states(registration_db, event) == {"awa0@example.org": "registered"}
    again = register(registration_db, event, link, email="elsewhere@example.org")
    assert (again.registration_id, again.repeated) == (made.registration_id, True)
    with pytest.raises(Gone):
        register(registration_db, event, link, 1)
    with registration_db.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Registration)) == 1


def test_two_tabs_at_one_link_register_once(registration_db: Database, event: Event) -> None:
    invite(registration_db, event, guest(0))
    leave(registration_db)
    link = token(registration_db)
    with ThreadPoolExecutor(1) as pool:
        with registration_db.transaction() as session:
            found = registering.load_event(session, event.id)
            invited.register(session, link, found, [answers(0)], NOW, site=SITE, together=False)
            other = pool.submit(register, registration_db, event, link, 1)
            with pytest.raises(TimeoutError):
                other.result(0.2)
        with pytest.raises(Gone):
            other.result(20)
    with registration_db.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Registration)) == 1


def test_on_invitation_only_the_link_and_the_team_register_and_no_seat_is_sold_twice(
    registration_db: Database, event: Event
) -> None:
    with registration_db.transaction() as session:
        session.execute(sa.update(Event).values(by_invitation=True))
    invite(registration_db, event, guest(0), guest(1))
    leave(registration_db)
    links = [token(registration_db, number) for number in (0, 1)]

    def refused(attempt: Any) -> str:
        with registration_db.transaction() as session, pytest.raises(RuleError) as error:
            attempt(session)
        return error.value.code

    assert refused(lambda s: registering.register(s, event.id, answers(7), NOW, site=SITE)) == "invitation-only"
    form = {"email": "x@example.org"}
    kept = registering.load_event
    assert (
        refused(lambda s: keeping.keep(s, kept(s, event.id), form, "fr", NOW, site=SITE, token="")) == "invitation-only"
    )
    two = [answers(0), answers(1)]
    assert (
        refused(lambda s: invited.register(s, links[0], kept(s, event.id), two, NOW, site=SITE, together=False))
        == "invited-alone"
    )
    with registration_db.transaction() as session:
        registering.register(session, event.id, answers(8), NOW, site=SITE, noted=("registered by staff", "test"))
    made = [register(registration_db, event, link, number) for number, link in enumerate(links)]
    with registration_db.reading() as session:
        found = [session.get_one(Registration, one.registration_id).status for one in made]
    assert found == ["confirmed", "wait_listed"]
    taker = {"first_name": "Luc", "last_name": "Petit", "email": "luc@example.org"}
    assert (
        refused(lambda s: transferring.transfer(s, made[0].registration_id, taker, NOW, site=SITE)) == "invitation-only"
    )


def test_one_reminder_to_who_is_silent_for_a_week_and_no_more(registration_db: Database, event: Event) -> None:
    with registration_db.transaction() as session:
        session.execute(sa.update(Event).values(ends_at=NOW + dt.timedelta(days=60)))
    invite(registration_db, event, guest(0), guest(1), guest(2))
    leave(registration_db)
    by_name = {one["person"]["email"]: one["link"].rpartition("/")[2] for one in facts(registration_db)}
    with registration_db.transaction() as session:
        invited.decline(session, by_name["awa1@example.org"], NOW)
        made = registering.register(session, event.id, answers(2, email="awa2@example.org"), NOW, site=SITE)
        invitation = session.scalars(sa.select(Invitation.id).where(Invitation.email == "awa2@example.org")).one()
        transferred = transferring.transfer(session, made.registration_id, guest(9), NOW, site=SITE)
        assert queries.states(session, event.id, [invitation]) == {invitation: "passed_on"}
        changing.cancel(session, transferred.registration.id, NOW, site=SITE)
    week = LATER + rules.REMIND_AFTER
    with registration_db.transaction() as session:
        event = session.get_one(Event, event.id)
        assert queries.count_to_remind(session, event.id, week - dt.timedelta(seconds=1)) == 0
        key = uuid.uuid4()
        for _ in range(2):
            inviting.remind(session, event, key, ("", ""), week, expected=1, who="test")
    assert leave(registration_db, week + WINDOW) == 1
    last = facts(registration_db)[-1]
    assert (last["person"]["email"], last["reminder"]) == ("awa0@example.org", True)
    with registration_db.transaction() as session:
        assert queries.count_to_remind(session, event.id, week + dt.timedelta(days=30)) == 0
        one = session.scalars(sa.select(Invitation).where(Invitation.email == "awa0@example.org")).one()
        with pytest.raises(RuleError) as soon:
            inviting.invite_again(session, event, one.id, week + dt.timedelta(hours=1), who="test")
        assert soon.value.code == "again-soon"
        inviting.invite_again(session, event, one.id, week + dt.timedelta(days=2), who="test")
    assert leave(registration_db, week + dt.timedelta(days=3)) == 1


def test_the_database_refuses_a_second_invitation_and_a_second_reminder(
    registration_db: Database, event: Event
) -> None:
    row = invite(registration_db, event, guest(0))
    with registration_db.reading() as session:
        one = session.scalars(sa.select(Invitation)).one()
        values = {
            column.name: getattr(one, column.name) for column in Invitation.__table__.columns if column.name != "id"
        }
    with pytest.raises(sa.exc.IntegrityError), registration_db.transaction() as session:
        session.execute(sa.insert(Invitation).values(values | {"id": uuid.uuid4()}))
    with pytest.raises(sa.exc.IntegrityError), registration_db.transaction() as session:
        other = InvitationRound(event_id=event.id, kind="first", source="", origin="", made_by="test", made_at=NOW)
        session.add(other)
        session.flush()
        assert other.id != row
        session.execute(sa.insert(InvitationMail).values(round_id=other.id, invitation_id=one.id, kind="first"))


def test_erased_they_leave_no_list_no_invitation_and_no_fact_but_are_still_not_invited(
    registration_db: Database, event: Event
) -> None:
    invite(registration_db, event, guest(0), guest(1))
    leave(registration_db)
    keep(registration_db, event, guest(0), guest(1))
    with registration_db.transaction() as session:
        one = session.scalars(sa.select(Invitation).where(Invitation.email == "awa0@example.org")).one()
        invited.stop(session, inviting.issue(session, one.id, NOW), NOW)
        session.execute(sa.update(outbox).values(published_at=NOW))
        asked = erasing.Asker("awa0@example.org", "awa0@example.org", "diop0 awa")
        erasing.by_staff(session, asked, announced=0, how="phone", who="test", now=NOW, site=SITE)
    assert states(registration_db, event) == {"awa1@example.org": "silent"}
    assert "awa0@example.org" not in str(facts(registration_db))
    row = keep(registration_db, event, guest(0), guest(2))
    with registration_db.reading() as session:
        everything = session.execute(sa.text("SELECT string_agg(i::text, ' ') FROM invitation_lines i")).scalar()
        assert str(everything).count("awa0@example.org") == 2  # name and answers of the list loaded since
        assert [outcome for _line, outcome in queries.judged(session, event.id, row)] == ["stopped", "new"]


def test_one_erased_while_the_mails_leave_stops_nobody_else(registration_db: Database, event: Event) -> None:
    invite(registration_db, event, guest(0), guest(1))
    begun, erased = threading.Event(), []

    def erase() -> None:
        with registration_db.transaction() as session:
            erased.append(invited.forget(session, "awa0@example.org"))
            session.flush()
            begun.set()
            time.sleep(0.3)  # the worker has read the mails by now, and waits for the row

    other = threading.Thread(target=erase)
    other.start()
    assert begun.wait(5)
    leave(registration_db)
    other.join()
    assert (erased, [one["person"]["email"] for one in facts(registration_db)]) == ([1], ["awa1@example.org"])


def test_what_is_past_its_time_goes(registration_db: Database, event: Event) -> None:
    invite(registration_db, event, guest(0))
    keep(registration_db, event, guest(1))
    day, after = NOW + rules.LIST_KEPT, event.ends_at + rules.KEPT
    ages = [day, day + dt.timedelta(seconds=1), after, after + dt.timedelta(seconds=1)]
    found = []
    for now in ages:
        with registration_db.transaction() as session:
            found.append(erasing.retain(session, now).invitations)
    assert found == [0, 1, 0, 1]
    assert states(registration_db, event) == {}


def value(page: str, name: str) -> str:
    found = re.search(rf'name="{name}"[^>]*? value="([^"]*)"', page)
    return found[1] if found else ""


def test_the_page_of_the_link_knows_them_and_answers_for_every_end(
    registration_client: Any, registration_db: Database, event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    invite(registration_db, event, guest(0))
    leave(registration_db)
    where = f"/invitation/{token(registration_db)}"
    buttons = re.findall(r'formaction="([^"#]*)#', registration_client.get(where).text)
    assert buttons == [where], "who adds a colleague is still who was invited"
    with registration_db.transaction() as session:
        session.execute(sa.update(Event).values(by_invitation=True))
    public = registration_client.get("/e/agora-2016").text
    assert "sur invitation" in public
    assert "/inscription" not in public
    assert "reseau@agora.example" in registration_client.get("/e/agora-2016/inscription").text
    assert "Journée d" not in registration_client.get("/").text.replace("&#39;", "’")
    page = registration_client.get(where)
    assert [value(page.text, name) for name in ("first_name", "email", "structure")] == [
        "Awa",
        "awa0@example.org",
        "Eau Vive",
    ]
    assert page.headers["Cache-Control"] == "no-store"
    assert "keep" not in re.findall(r'name="(\w+)"', page.text)
    monkeypatch.setitem(registration_client.application.config, "WTF_CSRF_ENABLED", True)

    def send(path: str, **form: str) -> str:
        answer = registration_client.post(f"{where}{path}", data=form, follow_redirects=True)
        return str(answer.text.replace("\u00a0", " ").replace("\u202f", " "))

    assert "vous ne viendrez pas" in send("/je-ne-viendrai-pas")
    assert states(registration_db, event) == {"awa0@example.org": "declined"}
    assert value(send("/je-viendrai"), "email") == "awa0@example.org"
    registration_client.get(f"{where}/ne-plus-etre-invite")
    assert states(registration_db, event) == {"awa0@example.org": "silent"}
    # A mail program posts what RFC 8058 says, without a cookie: nobody has one.
    for address in ("", "/je-ne-viendrai-pas", "/je-viendrai", "/ne-plus-etre-invite"):
        answer = registration_client.get(f"{where}{address}") if "plus" in address or not address else (
            registration_client.post(f"{where}{address}"))  # fmt: skip
        assert (answer.status_code < 400, "Set-Cookie" in answer.headers) == (True, False), address
    registration_client.post(f"{where}/ne-plus-etre-invite", data={"List-Unsubscribe": "One-Click"})
    assert states(registration_db, event) == {"awa0@example.org": "stopped"}
    assert "Ne plus être invité·e" in send("/ne-plus-etre-invite", again="1")
    assert states(registration_db, event) == {"awa0@example.org": "silent"}
    form = {name: value(page.text, name) for name in ("form_version", "seal")}
    form |= {"first_name": "Awa", "last_name": "Diop", "email": "awa0@example.org", "actor_type": "association",
             "department": "31", "structure": "Eau Vive", "meal": "true"}  # fmt: skip
    monkeypatch.setattr("services.registration.web.trap.QUICKEST", 0.0)
    assert "awa0@example.org" in send("", **form)
    assert states(registration_db, event) == {"awa0@example.org": "registered"}
    after = registration_client.get(where).text
    assert "/mon-lien" in after
    assert "awa0@example.org" not in after
    assert "Diop" not in after
    monkeypatch.setattr(clock, "now", lambda: event.ends_at)
    over = registration_client.get(where)
    assert (over.status_code, "est passée" in over.text) == (410, True)


def test_the_link_of_an_invitation_erases_nobody_but_what_it_mails_to_them_does(
    registration_client: Any, registration_db: Database, event: Event
) -> None:
    invite(registration_db, event, guest(0), guest(1))
    leave(registration_db)
    where = f"/invitation/{token(registration_db, 0)}"
    for said in ("Un courriel part à votre adresse", "Un courriel est déjà parti"):
        answer = registration_client.post(f"{where}/effacer", follow_redirects=True)
        assert said in answer.text.replace("\u00a0", " ")
    assert len(states(registration_db, event)) == 2
    asked = sa.select(outbox.c.envelope).where(outbox.c.type == "registration.erasure.asked.v1")
    with registration_db.reading() as session:
        (fact,) = session.scalars(asked)
    assert fact["data"]["person"]["email"] == "awa0@example.org"
    confirm = fact["data"]["link"].removeprefix(SITE)
    assert registration_client.get(confirm).status_code == 200
    receipt = registration_client.post(confirm, follow_redirects=True).text.replace("\u00a0", " ")
    assert "invitations à des rencontres (1)" in receipt
    assert states(registration_db, event) == {"awa1@example.org": "silent"}
    told = sa.select(sa.func.count()).where(outbox.c.type == "registration.person.erased.v1")
    with registration_db.reading() as session:
        assert session.scalar(told) == 1


def test_who_confirms_after_a_colleague_reads_what_leaves_and_keeps_what_they_wrote(
    registration_client: Any, registration_db: Database, event: Event, sign_in: Any
) -> None:
    sign_in(registration_client, "staff")
    row = keep(registration_db, event, guest(0))
    seen = re.findall(r'name="seen" value="(\w+)"', registration_client.get(f"{ADDRESS}/{row}").text)[0]
    mine = {"people": "1", "seen": seen, "confirm": "1", "word": "Venez vite."}
    for _ in range(2):
        assert registration_client.post(f"{ADDRESS}/{row}", data=mine).status_code == 303, "twice is once"
    late = registration_client.post(f"{ADDRESS}/{row}", data=mine | {"word": "Venez nombreux."})
    assert late.status_code == 409
    assert [words in late.text for words in ("déjà confirmé", "Venez vite.", "Venez nombreux.", "Tout reprendre")] == [
        True
    ] * 4
    leave(registration_db)
    assert facts(registration_db)[0]["word"] == "Venez vite."
    week = LATER + rules.REMIND_AFTER
    with registration_db.transaction() as session:
        inviting.remind(session, event, uuid.uuid4(), ("Vite.", ""), week, expected=1, who="marc@agora.example")
    other = registration_client.post(f"{ADDRESS}/rappel", data=mine | {"word": "Nombreux."})
    assert other.status_code == 409
    there = ("Vite.", "marc@agora.example", "Nombreux.", "déjà confirmé", "personne à qui écrire")
    assert [words in other.text for words in there] == [True] * 4 + [False]


def test_the_option_of_the_event_is_ticked_and_told(
    registration_client: Any, registration_db: Database, event: Event, sign_in: Any
) -> None:
    sign_in(registration_client, "staff")
    address = "/equipe/evenements/agora-2016/modifier"
    page = registration_client.get(address).text
    names = ("csrf_token", "title", "date", "starts", "ends", "place", "capacity", "organiser_name", "organiser_email")
    form = {name: html.unescape(value(page, name)) for name in (*names, "seen")} | {"by_invitation": "✓"}
    shown = registration_client.post(address, data=form).text
    assert "Sur invitation" in shown
    registration_client.post(address, data=form | {"confirm": "1"})
    with registration_db.reading() as session:
        assert session.scalar(sa.select(Event.by_invitation)) is True
    dashboard = registration_client.get("/equipe/evenements/agora-2016").text
    assert "Voir qui est invité, et inviter" in dashboard
    assert "L’adresse à diffuser" not in dashboard


@pytest.mark.parametrize("by_invitation", [True, False])
def test_what_was_typed_stays_when_the_invitation_is_taken_back_meanwhile(
    registration_client: Any,
    registration_db: Database,
    event: Event,
    monkeypatch: pytest.MonkeyPatch,
    by_invitation: bool,
) -> None:
    with registration_db.transaction() as session:
        session.execute(sa.update(Event).values(by_invitation=by_invitation))
    monkeypatch.setattr("services.registration.web.trap.QUICKEST", 0.0)
    invite(registration_db, event, guest(0))
    leave(registration_db)
    where = f"/invitation/{token(registration_db)}"
    page = registration_client.get(where).text
    with registration_db.transaction() as session:
        one = session.scalars(sa.select(Invitation)).one()
        inviting.take_back(session, event.id, one.id, NOW, who="test")
    form = {name: value(page, name) for name in ("form_version", "seal")}
    form |= {"first_name": "Awa", "last_name": "Diop", "email": "awa0@example.org", "actor_type": "association",
             "department": "31", "structure": "Sources du Sud", "meal": "true"}  # fmt: skip
    sent = registration_client.post(where, data=form)
    assert (sent.status_code, value(sent.text, "structure")) == (410, "Sources du Sud")
    assert 'action="/e/agora-2016/inscription"' in sent.text
    again = registration_client.post("/e/agora-2016/inscription", data=form).status_code
    assert again == (403 if by_invitation else 303)


def test_the_team_invites_from_a_file_and_from_another_list(
    registration_client: Any, registration_db: Database, event: Event, sign_in: Any
) -> None:
    with registration_db.transaction() as session:
        before = an_event(session, slug="agora-2015")
        for number in range(2):
            registering.register(session, before.id, answers(number), NOW, site=SITE)
    sign_in(registration_client, "staff")
    csrf = value(registration_client.get(f"{ADDRESS}/nouvelles").text, "csrf_token")

    def read(**form: Any) -> str:
        answer = registration_client.post(
            f"{ADDRESS}/nouvelles", data={"csrf_token": csrf} | form, follow_redirects=True,
            content_type="multipart/form-data",
        )  # fmt: skip
        return str(answer.text.replace("\u00a0", " ").replace("\u202f", " "))

    table = "Nom;Prénom;Adresse électronique;Structure\nDiop;Awa;awa@example.org;=Eau\nX;Y;pas;\nX;Z;;\n"
    listed = read(source="file", origin="les partenaires", file=(io.BytesIO(table.encode()), "gens.csv"))
    assert "1 personne à inviter" in listed
    assert listed.count('class="letter"') == 2
    assert "Adresse électronique : Il manque dans cette ligne." in listed
    assert "Répondez à cette question" not in listed
    assert "2 personnes à inviter" in read(source="registered:agora-2015")
    selected = read(source="event:agora-2015", q="personne1")
    assert "1 personne à inviter" in selected
    with registration_db.transaction() as session:
        gone = session.scalars(sa.select(Registration.id).where(Registration.event_id == before.id)).first()
        changing.cancel(session, gone, NOW, site=SITE)
    where = registration_client.get("/equipe/evenements/agora-2015/inscriptions/ensemble?action=invite").location
    assert 'name="etat" value="living"' in registration_client.get(where).text
    assert "Choisissez" in read(source="nowhere")
    assert "D’où viennent" in read(source="file", file=(io.BytesIO(table.encode()), "gens.csv"))
    there = f"{ADDRESS}/{re.findall(r'/invitations/([0-9a-f-]{36})', listed)[0]}"
    seen = re.findall(r'name="seen" value="(\w+)"', registration_client.get(there).text)[0]
    typed = {"csrf_token": csrf, "people": "1", "seen": seen, "confirm": "1", "word": "Venez."}
    confirmed = registration_client.post(there, data=typed)
    assert confirmed.status_code == 303
    page = registration_client.get(ADDRESS).text
    assert "awa@example.org" in page
    english = registration_client.get(f"{ADDRESS}/export.csv", headers={"Accept-Language": "en"}).text
    assert ("'=Eau" in english, "Last name;First name;" in english) == (True, True)
