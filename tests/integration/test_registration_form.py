"""The public form, the personal page and the home page, through HTTP."""

from __future__ import annotations

import dataclasses
import datetime as dt
import html
import re
import time
import uuid
from typing import Any

import icalendar
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.registration.handlers import handlers
from services.registration.models import Consent, Event, PersonalLink, Registration, SensitiveAnswers
from services.registration.use_cases import changing, registering
from shared import clock
from shared.db import Database
from shared.messaging.envelope import Event as Fact
from shared.messaging.tables import outbox
from tests.integration.registration_people import NOW, SITE, an_event, answers

PERSON = {
    "first_name": "Aïcha",
    "last_name": "Bélières",
    "email": "aicha@example.org",
    "structure": "Eau Partagée",
    "actor_type": "association",
    "department": "31",
    "meal": "true",
}


@pytest.fixture(autouse=True)
def october_2016(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock stands in the days when the event takes registrations."""
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def event(registration_db: Database) -> Event:
    with registration_db.transaction() as session:
        made = an_event(session, capacity=2, workshops=[[1, 5], [5]])
        assert len(made.workshops) == 3
    return made


def opened(client: Any) -> dict[str, str]:
    """The hidden fields of a fresh form."""
    return {"seal": found(client.get("/e/agora-2016/inscription").text, "seal")}


def found(page: str, name: str) -> str:
    match = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert match, name
    return html.unescape(match[1])


def send(client: Any, **fields: Any) -> Any:
    return client.post("/e/agora-2016/inscription", data=PERSON | opened(client) | fields)


def test_a_person_registers_and_lands_on_the_ticket(registration_client: Any, event: Event) -> None:
    slot = event.slots[0]
    answer = send(registration_client, **{f"slot-{slot.id}": slot.workshops[0].id, "newsletter": "true"})
    assert answer.status_code == 303
    page = registration_client.get(answer.location)
    assert "Votre place est certaine" in page.text
    assert '<svg class="qr"' in page.text
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["X-Robots-Tag"] == "noindex"
    told = registration_client.get(f"{answer.location}&lang=en").text
    assert ("confirmed place" in told, "place certaine" in told) == (True, False)  # it has a plural elsewhere


def test_facts_leave_with_the_registration(registration_client: Any, registration_db: Database, event: Event) -> None:
    send(registration_client, newsletter="true")
    with registration_db.reading() as session:
        rows = session.execute(sa.select(outbox.c.type, outbox.c.envelope).order_by(outbox.c.id)).all()
        tokens = session.scalars(sa.select(PersonalLink.token_hash)).all()
    facts = {row.type: row.envelope["data"] for row in rows}
    assert list(facts) == [
        "registration.event.published.v1",
        "registration.newsletter.consented.v1",
        "registration.registration.confirmed.v1",
    ]
    confirmed = facts["registration.registration.confirmed.v1"]
    token = confirmed["link"].rsplit("/", 1)[1]
    assert len(token) >= 32
    assert all(token.encode() not in one for one in tokens)
    assert registration_client.get(f"/i/{token}").status_code == 200
    assert [slot["summary"] for slot in confirmed["calendar"]] == ["Journée d’essai"]


def test_nothing_is_ticked_and_nothing_is_assumed(
    registration_client: Any, registration_db: Database, event: Event
) -> None:
    page = registration_client.get("/e/agora-2016/inscription").text
    assert "checked" not in page
    send(registration_client)
    with registration_db.reading() as session:
        row = session.scalars(sa.select(Registration)).one()
        assert (row.newsletter, row.participant_list, row.carpool, row.photo) == (False,) * 4
        assert session.scalars(sa.select(Consent)).all() == []
        assert session.scalars(sa.select(SensitiveAnswers)).all() == []


def test_sensitive_answers_stand_apart(registration_client: Any, registration_db: Database, event: Event) -> None:
    send(registration_client, diet="vegan", access="Fauteuil\nPlace devant", call_back="true", phone="05 61 00 00 00")
    with registration_db.reading() as session:
        row = session.scalars(sa.select(SensitiveAnswers)).one()
        assert (row.diet, row.access, row.call_back) == ("vegan", "Fauteuil\nPlace devant", True)
        told = session.scalars(sa.select(sa.cast(outbox.c.envelope, sa.Text))).all()
    assert not any("Fauteuil" in one or "vegan" in one for one in told)


def test_certain_or_waiting_is_said_before_the_button(registration_client: Any, event: Event) -> None:
    assert "Votre place sera certaine." in registration_client.get("/e/agora-2016/inscription").text
    for number in range(2):
        send(registration_client, email=f"p{number}@example.org")
    page = registration_client.get("/e/agora-2016/inscription").text
    assert "vous serez sur la liste d’attente, au rang 1" in page
    answer = send(registration_client, email="late@example.org")
    assert "vous êtes au rang 1" in registration_client.get(answer.location).text
    assert '<p class="small">1 personne en liste d’attente</p>' in registration_client.get("/e/agora-2016").text


def test_errors_keep_everything_typed(registration_client: Any, event: Event) -> None:
    slot = event.slots[0]
    chosen = str(slot.workshops[1].id)
    answer = send(registration_client, email="pas une adresse", access="Rampe <b>", **{f"slot-{slot.id}": chosen})
    assert answer.status_code == 422
    assert 'value="pas une adresse"' in answer.text
    assert "Rampe &lt;b&gt;" in answer.text
    assert re.search(rf'value="{chosen}"[^>]* checked', answer.text)
    assert 'value="Bélières"' in answer.text


def test_a_mistyped_address_is_asked_once(registration_client: Any, event: Event) -> None:
    first = send(registration_client, email="aicha@gmial.com")
    assert first.status_code == 422
    assert found(first.text, "use_email") == "aicha@gmail.com"
    again = send(registration_client, email="aicha@gmial.com", email_checked="aicha@gmial.com")
    assert again.status_code == 303


@pytest.mark.parametrize("email", ["aïcha@example.org", "aicha@localhost"])
def test_an_address_that_our_mail_cannot_reach_is_refused(registration_client: Any, event: Event, email: str) -> None:
    answer = send(registration_client, email=email, email_checked=email)
    assert answer.status_code == 422
    assert "Nos courriels n’arriveraient pas" in answer.text


def test_an_address_with_accents_in_its_domain_is_taken(registration_client: Any, event: Event) -> None:
    assert send(registration_client, email="aicha@eau-partagée.fr").status_code == 303


def test_a_name_whose_letters_unfold_is_refused_with_everything_kept(registration_client: Any, event: Event) -> None:
    answer = send(registration_client, last_name="\ufdfa" * 60)
    assert answer.status_code == 422
    assert 'value="aicha@example.org"' in answer.text


def test_the_suggested_address_can_be_taken(registration_client: Any, registration_db: Database, event: Event) -> None:
    answer = send(registration_client, email="aicha@gmial.com", use_email="aicha@gmail.com")
    assert answer.status_code == 303
    with registration_db.reading() as session:
        assert session.scalars(sa.select(Registration.email)).one() == "aicha@gmail.com"


@pytest.mark.parametrize("sign", [{"site_web": "https://spam.example"}, {"seal": "forged"}, {"seal": ""}])
def test_a_robot_is_asked_again_and_nothing_is_written(
    registration_client: Any, registration_db: Database, event: Event, sign: dict[str, str]
) -> None:
    answer = send(registration_client, **sign)
    assert answer.status_code == 422
    assert "Tout est conservé" in answer.text
    with registration_db.reading() as session:
        assert session.scalars(sa.select(Registration)).all() == []


def test_a_form_sent_faster_than_anyone_reads_is_asked_again(
    registration_app: Any, registration_client: Any, event: Event
) -> None:
    usual = registration_app.extensions["settings"]
    registration_app.extensions["settings"] = dataclasses.replace(usual, rate_limit_factor=1)
    sent = opened(registration_client)
    page = registration_client.post("/e/agora-2016/inscription", data=PERSON | sent)
    assert page.status_code == 422
    assert "est parti très vite" in page.text
    english = registration_client.post("/e/agora-2016/inscription?lang=en", data=PERSON | sent)
    assert "was sent very quickly" in english.text


def test_a_retry_and_a_second_tab_make_one_registration(
    registration_client: Any, registration_db: Database, event: Event
) -> None:
    """The same form sent again opens the page; another tab is anybody who knows a name and an address."""
    tab, other = opened(registration_client), opened(registration_client)
    sent = [registration_client.post("/e/agora-2016/inscription", data=PERSON | hidden) for hidden in (tab, tab, other)]
    own, again, elsewhere = (registration_client.get(answer.location).text for answer in sent)
    assert len({re.search(r"<dt>Référence</dt><dd>(\w+)", page)[1] for page in (own, again)}) == 1  # type: ignore[index]
    assert "ne change pas cette inscription" in elsewhere
    with registration_db.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Registration)) == 1
        facts = session.scalars(sa.select(outbox.c.type).order_by(sa.text("id"))).all()
    assert facts[1:] == ["registration.registration.confirmed.v1", "registration.link.requested.v1"]


def test_other_answers_in_a_second_tab_do_not_vanish_unsaid(registration_client: Any, event: Event) -> None:
    tab = PERSON | opened(registration_client)
    slot = event.slots[0]
    for more, said in (
        ({"phone": "05 61 00 00 00"}, False),
        ({"phone": "05 61 00 00 00"}, False),
        ({"phone": "05 61 00 00 00", f"slot-{slot.id}": str(slot.workshops[0].id)}, True),
    ):
        answer = registration_client.post("/e/agora-2016/inscription", data=tab | more)
        assert ("n’ont rien changé" in registration_client.get(answer.location).text) is said


def test_a_retry_after_the_closing_still_shows_the_place(
    registration_client: Any, registration_db: Database, event: Event
) -> None:
    tab = PERSON | opened(registration_client)
    assert registration_client.post("/e/agora-2016/inscription", data=tab).status_code == 303
    with registration_db.transaction() as session:
        session.execute(sa.update(Event).values(state="closed"))
    again = registration_client.post("/e/agora-2016/inscription", data=tab)
    assert again.status_code == 303
    assert "Votre place est certaine" in registration_client.get(again.location).text
    assert registration_client.post("/e/agora-2016/inscription", data=tab | {"last_name": "Autre"}).status_code == 409


def test_an_event_that_is_over_takes_nobody(
    registration_client: Any, event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert event.closes_at is None
    hidden = opened(registration_client)
    monkeypatch.setattr(clock, "now", lambda: event.ends_at)
    assert registration_client.post("/e/agora-2016/inscription", data=PERSON | hidden).status_code == 409
    assert registration_client.get("/api/events/agora-2016").json["open"] is False


def test_nothing_changes_once_the_event_is_over(
    registration_client: Any, registration_db: Database, event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = personal(registration_client)
    monkeypatch.setattr(clock, "now", lambda: event.ends_at)
    for answer in (
        registration_client.post(f"{page}/annuler"),
        registration_client.post(f"{page}/modifier", data=PERSON | {"department": "34", "confirm": "true"}),
    ):
        assert answer.status_code == 409
        assert "passé" in answer.text
    with registration_db.reading() as session:
        row = session.scalars(sa.select(Registration)).one()
        assert (row.status, row.department) == ("confirmed", "31")


def test_two_browsers_show_nothing_of_each_other(registration_app: Any, event: Event) -> None:
    assert send(registration_app.test_client()).status_code == 303
    answer = send(registration_app.test_client())
    assert answer.location.endswith("/deja-inscrit")


def test_link_requests_answer_the_same(registration_client: Any, registration_db: Database, event: Event) -> None:
    send(registration_client)
    known = registration_client.post("/mon-lien", data={"email": "AICHA@example.org"})
    unknown = registration_client.post("/mon-lien", data={"email": "nobody@example.org"})
    assert (known.status_code, known.text) == (unknown.status_code, unknown.text)
    registration_client.post("/mon-lien", data={"email": "aicha@example.org"})
    with registration_db.reading() as session:
        types = session.scalars(sa.select(outbox.c.type)).all()
    assert types.count("registration.link.requested.v1") == 1


def test_the_way_home_is_not_the_desk_in_english(registration_client: Any, event: Event) -> None:
    asked = registration_client.post("/mon-lien?lang=en", data={"email": "aicha@example.org"}, follow_redirects=True)
    assert '<a class="btn btn-plain" href="/">Home page</a>' in asked.text


def test_link_requests_take_the_same_time(registration_client: Any, event: Event) -> None:
    send(registration_client)
    for email in ("aicha@example.org", "nobody@example.org"):
        began = time.monotonic()
        registration_client.post("/mon-lien", data={"email": email})
        assert time.monotonic() - began >= 0.2


def test_an_unknown_link_says_what_to_do(registration_client: Any) -> None:
    answer = registration_client.get("/i/not-a-token")
    assert answer.status_code == 404
    assert "Demandez-en un nouveau" in answer.text


def personal(client: Any, **fields: Any) -> str:
    return str(send(client, **fields).location).split("?")[0]


def test_the_calendar_holds_my_workshops_and_grows_its_sequence(
    registration_client: Any, registration_db: Database, event: Event
) -> None:
    slot = event.slots[0]
    page = personal(registration_client, **{f"slot-{slot.id}": slot.workshops[1].id})
    before = entries(registration_client.get(f"{page}/agenda.ics").data)
    assert [one["SUMMARY"] for one in before] == ["Journée d’essai", "Atelier 0.1"]
    assert before[1]["LOCATION"] == "Salle 1, Toulouse"
    with registration_db.transaction() as session:
        row = session.scalars(sa.select(Registration)).one()
        same = answers(email=PERSON["email"], workshops=[slot.workshops[1].id])
        changing.change(session, row.id, same, NOW, site=SITE)
    after = entries(registration_client.get(f"{page}/agenda.ics").data)
    assert [one["UID"] for one in after] == [one["UID"] for one in before]
    assert [one["SEQUENCE"] for one in after] == [one["SEQUENCE"] + 1 for one in before]


def entries(body: bytes) -> list[Any]:
    return list(icalendar.Calendar.from_ical(body).walk("VEVENT"))


def test_differences_are_shown_before_they_are_saved(
    registration_client: Any, registration_db: Database, event: Event
) -> None:
    page = personal(registration_client)
    new = PERSON | {"department": "34", "email": "aicha@example.org"}
    shown = registration_client.post(f"{page}/modifier", data=new)
    assert "<del>Haute-Garonne</del>" in shown.text
    assert "<ins>Hérault</ins>" in shown.text
    with registration_db.reading() as session:
        assert session.scalars(sa.select(Registration.department)).one() == "31"
    saved = registration_client.post(f"{page}/modifier", data=new | {"confirm": "true"})
    assert saved.status_code == 303
    with registration_db.reading() as session:
        assert session.scalars(sa.select(Registration.department)).one() == "34"


def test_nobody_becomes_somebody_who_is_registered(registration_client: Any, event: Event) -> None:
    send(registration_client)
    page = personal(registration_client, first_name="Bruno", email="bruno@example.org")
    answer = registration_client.post(f"{page}/modifier", data=PERSON | {"confirm": "true"})
    assert answer.status_code == 409
    assert "Une autre inscription existe" in answer.text


def test_correcting_the_address_closes_the_links_that_went_to_the_wrong_one(
    registration_client: Any, registration_db: Database, event: Event
) -> None:
    page = personal(registration_client)
    new = PERSON | {"email": "aicha.b@example.org", "confirm": "true"}

    def mailed() -> list[str]:
        with registration_db.reading() as session:
            link = outbox.c.envelope["data"]["link"].astext
            return [one for one in session.scalars(sa.select(link).order_by(outbox.c.id)) if one]

    def opens(link: str) -> int:
        return int(registration_client.get(link[link.index("/i/") :]).status_code)

    registration_client.post("/mon-lien", data={"email": PERSON["email"]})
    stranger = mailed()[-1]
    registration_client.post(f"{page}/modifier", data=PERSON | {"department": "34", "confirm": "true"})
    assert opens(stranger) == 200
    assert registration_client.post(f"{page}/modifier", data=new).status_code == 303
    assert (opens(stranger), opens(mailed()[-1]), opens(page)) == (404, 200, 200)


def test_a_cancellation_is_undone_for_fifteen_minutes(
    registration_client: Any, registration_db: Database, event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = personal(registration_client, **{f"slot-{event.slots[0].id}": event.slots[0].workshops[0].id})
    registration_client.post(f"{page}/annuler")
    assert "Reprendre mon inscription" in registration_client.get(page).text
    with registration_db.transaction() as session:  # somebody was quicker, and has its only seat
        registering.register(session, event.id, answers(7, workshops=[event.slots[0].workshops[0].id]), NOW, site=SITE)
    back = registration_client.post(f"{page}/reprendre", follow_redirects=True).text
    assert "Votre place est certaine" in back
    assert "En liste d’attente : Atelier 0.0." in back
    registration_client.post(f"{page}/annuler")
    monkeypatch.setattr(clock, "now", lambda: NOW + dt.timedelta(minutes=16))
    late = registration_client.post(f"{page}/reprendre")
    assert late.status_code == 409
    assert "plus de quinze minutes" in late.text


def test_undoing_after_the_seat_went_offers_the_waiting_list(registration_client: Any, event: Event) -> None:
    page = personal(registration_client)
    for number in range(2):
        send(registration_client, email=f"p{number}@example.org")
    assert "va aussitôt à la première personne" in registration_client.get(f"{page}/annuler").text
    registration_client.post(f"{page}/annuler")
    gone = registration_client.post(f"{page}/reprendre")
    assert gone.status_code == 409
    assert "Votre place n’est plus libre" in gone.text
    registration_client.post(f"{page}/reprendre", data={"attente": "true"})
    assert "vous êtes au rang 1" in registration_client.get(page).text


def test_who_only_waited_comes_back_to_the_end_of_the_list(registration_client: Any, event: Event) -> None:
    seated = [personal(registration_client, email=f"p{number}@example.org") for number in range(2)]
    page = personal(registration_client)
    personal(registration_client, email="next@example.org")
    registration_client.post(f"{page}/annuler")
    left = registration_client.get(page).text
    assert "Vous avez quitté la liste d’attente" in left
    assert "si une place est encore libre" not in left
    assert "Revenir sur la liste d’attente" in left
    back = registration_client.post(f"{page}/reprendre", follow_redirects=True)
    assert "Vous êtes de nouveau sur la liste d’attente, au rang 2" in back.text
    registration_client.post(f"{page}/annuler")
    for place in seated:
        registration_client.post(f"{place}/annuler")
    certain = registration_client.post(f"{page}/reprendre", follow_redirects=True)
    assert "Votre place est certaine" in certain.text


@pytest.mark.parametrize("door", ["modifier", "annuler"])
def test_a_cancelled_registration_shows_no_form_that_does_nothing(
    registration_client: Any, event: Event, door: str
) -> None:
    page = personal(registration_client)
    assert registration_client.get(f"{page}/{door}").status_code == 200
    registration_client.post(f"{page}/annuler")
    answer = registration_client.get(f"{page}/{door}")
    assert (answer.status_code, answer.headers["Location"]) == (303, page)


def test_leaving_the_queue_of_a_workshop(registration_client: Any, event: Event) -> None:
    slot = event.slots[0]
    full = {f"slot-{slot.id}": slot.workshops[0].id}
    personal(registration_client, email="first@example.org", **full)
    page = personal(registration_client, **full)
    assert "liste d’attente, rang 1" in registration_client.get(page).text
    registration_client.post(f"{page}/atelier/{slot.workshops[0].id}/quitter")
    assert "rang 1" not in registration_client.get(page).text


NASTY = st.one_of(
    st.text(max_size=60),
    st.sampled_from(
        [
            "x" * 10_000,
            "Léa\r\nBcc: all@example.org",
            "\x00",
            "\ud800",
            "=cmd|' /C calc'!A0",
            "<script>alert(1)</script>",
            "\u202e\u200b",
            "%s%n{{7*7}}",
            "none",
            str(uuid.UUID(int=0)),
        ]
    ),
)
NAMES = [*PERSON, "phone", "function", "diet", "diet_note", "access", "call_back", "photo", "form_key", "seal"]


def post_raw(client: Any, path: str, fields: dict[str, str]) -> Any:
    """As a browser would, whatever the text: lone surrogates become bytes that are not UTF-8."""
    from urllib.parse import quote_plus

    def quoted(text: str) -> str:
        return quote_plus(text.encode("utf-8", "surrogatepass"))

    body = "&".join(f"{quoted(name)}={quoted(value)}" for name, value in fields.items())
    return client.post(path, data=body.encode(), content_type="application/x-www-form-urlencoded")


@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(fields=st.dictionaries(st.sampled_from([*NAMES, "slot"]), NASTY, max_size=8))
def test_no_answer_breaks_the_form(registration_client: Any, event: Event, fields: dict[str, str]) -> None:
    named = {name.replace("slot", f"slot-{event.slots[0].id}"): value for name, value in fields.items()}
    answer = post_raw(registration_client, "/e/agora-2016/inscription", PERSON | opened(registration_client) | named)
    assert answer.status_code in (303, 400, 422)


@pytest.mark.parametrize("name", ["first_name", "last_name", "structure", "function", "email", "phone", "diet_note"])
@pytest.mark.parametrize("value", ["Léa\r\nBcc: all@example.org", "Léa\nX", "Léa\x0bX", "x" * 10_000])
def test_no_header_and_no_novel_gets_in(
    registration_client: Any, registration_db: Database, event: Event, name: str, value: str
) -> None:
    answer = send(registration_client, **{name: value})
    assert answer.status_code == 422
    assert f'id="e-{name}"' in answer.text
    with registration_db.reading() as session:
        assert session.scalars(sa.select(Registration)).all() == []


@pytest.mark.parametrize("body", [b"first_name=\xff\xfe\xe9", b"%ZZ=%", b"=" * 1000, b"\x80" * 50])
def test_wrong_encodings_are_refused_politely(registration_client: Any, event: Event, body: bytes) -> None:
    answer = registration_client.post(
        "/e/agora-2016/inscription", data=body, content_type="application/x-www-form-urlencoded"
    )
    assert answer.status_code in (400, 422)


def test_an_oversized_form_is_refused_politely(registration_client: Any, event: Event) -> None:
    assert send(registration_client, access="x" * 2_000_000).status_code == 413


def test_drafts_are_not_public(registration_client: Any, registration_db: Database, event: Event) -> None:
    with registration_db.transaction() as session:
        session.execute(sa.update(Event).values(state="draft"))
    for path in ("/e/agora-2016", "/e/agora-2016/inscription", "/api/events/agora-2016"):
        assert registration_client.get(path).status_code == 404


def test_a_closed_event_keeps_the_page_and_refuses_the_form(
    registration_client: Any, registration_db: Database, event: Event
) -> None:
    hidden = opened(registration_client)
    with registration_db.transaction() as session:
        session.execute(sa.update(Event).values(state="closed"))
    assert registration_client.get("/e/agora-2016").status_code == 200
    answer = registration_client.post("/e/agora-2016/inscription", data=PERSON | hidden)
    assert answer.status_code == 409
    assert 'value="Bélières"' in answer.text
    assert "<h2>Cela n’a pas pu se faire</h2>" in answer.text
    assert "réponse est à revoir" not in answer.text


def tell(db: Database, type: str, sequence: int, data: dict[str, Any], time: dt.datetime = NOW) -> None:
    """Handle a fact of another service; the first value of `data` is its thing."""
    fact = Fact(
        id=uuid.uuid4(),
        type=type,
        source=type.split(".")[0],
        thing=str(data[next(iter(data))]),
        sequence=sequence,
        time=time,
        data=data,
        correlation_id="",
        causation_id=None,
        traceparent="",
    )
    handle = handlers.find(type)
    assert handle is not None
    with db.transaction() as session:
        handle(session, fact)


def test_the_home_page_tells_what_the_others_told(
    registration_client: Any, registration_db: Database, event: Event
) -> None:
    call, issue = uuid.uuid4(), uuid.uuid4()
    told = [
        ("jury.call.opened.v1", 2, {"call_id": call, "title": "Tribune 2016", "kind": "tribune"}),
        ("jury.call.opened.v1", 1, {"call_id": call, "title": "Ancien titre", "kind": "tribune"}),
        ("mailer.issue.published.v1", 1, {"issue_id": issue, "number": 34, "title": "L’eau", "recipients": 3}),
    ]
    for type, sequence, data in told:
        extra = {"url": "http://example.org/x", "closes_at": None, "published_at": NOW}
        tell(registration_db, type, sequence, data | extra)
    page = registration_client.get("/").text
    assert "Tribune 2016" in page
    assert "Ancien titre" not in page
    assert "No 34, L’eau" in page
    assert "Journée d’essai" in page


@pytest.mark.parametrize("order", [("opened", "signed"), ("signed", "opened")])
def test_a_call_whose_minutes_are_signed_is_open_no_more(
    registration_client: Any, registration_db: Database, order: tuple[str, ...]
) -> None:
    call = uuid.uuid4()
    opened = {
        "call_id": call,
        "title": "Tribune 2016",
        "kind": "tribune",
        "closes_at": None,
        "url": "http://example.org/x",
    }
    signed = {"round_id": uuid.uuid4(), "call_id": call, "call_title": "Tribune 2016", "signed_at": NOW}
    facts: dict[str, Any] = {
        "opened": ("jury.call.opened.v1", 7, opened, NOW - dt.timedelta(days=9)),
        "signed": ("jury.minutes.signed.v1", 1, signed, NOW),
    }
    for one in order:
        tell(registration_db, *facts[one])
    assert "Aucun appel n’est ouvert en ce moment" in registration_client.get("/").text
    tell(registration_db, "jury.call.opened.v1", 8, opened, NOW + dt.timedelta(days=1))
    assert "Tribune 2016" in registration_client.get("/").text


def test_the_api_says_what_the_page_says(registration_client: Any, event: Event) -> None:
    send(registration_client)
    (listed,) = registration_client.get("/api/events").json
    assert (listed["slug"], listed["open"]) == ("agora-2016", True)
    assert listed["seats"] == {"capacity": 2, "taken": 1, "free": 1, "kept": 0, "waiting": 0}
    one = registration_client.get("/api/events/agora-2016").json
    assert [workshop["title"] for workshop in one["workshops"]] == ["Atelier 0.0", "Atelier 0.1", "Atelier 1.0"]
    assert registration_client.get("/api/events/agora-2016/seats").json == listed["seats"]
    missing = registration_client.get("/api/events/none")
    assert (missing.status_code, missing.json["code"]) == (404, "event-unknown")
