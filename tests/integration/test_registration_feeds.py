"""The agenda for calendars, readers and other sites."""

from __future__ import annotations

import datetime as dt
import json
from email.utils import parsedate_to_datetime
from typing import Any
from xml.etree import ElementTree

import icalendar
import pytest
import sqlalchemy as sa

from services.registration.models import Event, EventSite
from services.registration.queries import public as queries
from shared import clock
from shared.db import Database
from tests.integration.registration_people import NOW, an_event


@pytest.fixture(autouse=True)
def published(registration_db: Database, monkeypatch: pytest.MonkeyPatch) -> Event:
    """One event with a title that XML and HTML must escape, and one draft that nobody may see."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    with registration_db.transaction() as session:
        made = an_event(session, capacity=2)
        made.title = "Eau & <commune>"
        draft = an_event(session, capacity=2, slug="brouillon")
        draft.title, draft.state = "Secret", "draft"
    return made


def test_the_calendar_holds_each_published_event_once(registration_client: Any, published: Event) -> None:
    answer = registration_client.get("/agenda/agenda.ics")
    (entry,) = icalendar.Calendar.from_ical(answer.data).walk("VEVENT")

    assert answer.content_type == "text/calendar; charset=utf-8"
    assert (str(entry["summary"]), str(entry["uid"])) == ("Eau & <commune>", f"event-{published.id}@agora")
    assert entry["dtstart"].dt == published.starts_at


def test_a_reader_of_news_is_told_when_an_event_was_announced(registration_client: Any, published: Event) -> None:
    """Not when its draft was begun: a reader passes over what is older than what it has shown."""
    (item,) = ElementTree.fromstring(registration_client.get("/agenda/agenda.rss").data).iter("item")  # noqa: S314  (our own)
    assert parsedate_to_datetime(item.findtext("pubDate") or "") == NOW


def test_a_calendar_that_subscribes_is_told_its_name_and_how_often_to_look(registration_client: Any) -> None:
    feed = icalendar.Calendar.from_ical(registration_client.get("/agenda/agenda.ics").data)

    assert (str(feed["name"]), str(feed["x-wr-calname"])) == ("Agenda du réseau", "Agenda du réseau")
    assert feed["refresh-interval"].dt == dt.timedelta(hours=1)


def test_who_does_not_register_yet_notes_the_date_as_the_agenda_tells_it(registration_client: Any) -> None:
    page = registration_client.get("/e/agora-2016").text
    address = page.split('.ics"')[0].rsplit('href="', 1)[1] + ".ics"
    answer = registration_client.get(address)

    (entry,) = icalendar.Calendar.from_ical(answer.data).walk("VEVENT")
    (same,) = icalendar.Calendar.from_ical(registration_client.get("/agenda/agenda.ics").data).walk("VEVENT")
    assert "effacez celle-ci" in entry.pop("description")  # whoever registers then has another one
    assert (entry, same.get("description")) == (same, None)
    assert registration_client.get(address.replace("agora-2016", "brouillon")).status_code == 404


def test_a_search_engine_reads_when_where_and_by_whom(registration_client: Any, published: Event) -> None:
    page = registration_client.get("/e/agora-2016").text
    told = json.loads(page.split('<script type="application/ld+json">')[1].split("</script>")[0])

    assert (told["@type"], told["name"]) == ("Event", "Eau & <commune>")
    assert dt.datetime.fromisoformat(told["startDate"]) == published.starts_at
    assert [place["name"] for place in told["location"]] == [published.place]
    assert told["eventStatus"] == "https://schema.org/EventScheduled"


def test_the_feed_can_be_read_by_a_program(registration_client: Any) -> None:
    feed = ElementTree.fromstring(registration_client.get("/agenda/agenda.rss").data)  # noqa: S314  (our own)

    assert [item.findtext("title") for item in feed.iter("item")] == ["Eau & <commune>"]
    assert feed.findtext("channel/item/link", "").endswith("/e/agora-2016")


@pytest.mark.parametrize("name", ["agenda.ics", "agenda.rss"])
def test_a_reader_that_has_it_already_gets_nothing_again(
    registration_client: Any, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    tag = registration_client.get(f"/agenda/{name}").headers["ETag"]
    monkeypatch.setattr(clock, "now", lambda: NOW + dt.timedelta(hours=1))

    assert registration_client.get(f"/agenda/{name}", headers={"If-None-Match": tag}).status_code == 304


def test_an_event_that_moves_changes_in_the_calendars_that_have_it(
    registration_client: Any, registration_db: Database, published: Event
) -> None:
    before = registration_client.get("/agenda/agenda.ics").data
    with registration_db.transaction() as session:
        session.execute(sa.update(Event).where(Event.id == published.id).values(revision=1, place="Albi"))
    (entry,) = icalendar.Calendar.from_ical(registration_client.get("/agenda/agenda.ics").data).walk("VEVENT")

    assert b"SEQUENCE:0" in before
    assert (int(entry["sequence"]), "Albi" in str(entry["location"])) == (1, True)


def test_every_feed_takes_the_same_choice_of_place_and_subject(
    registration_client: Any, registration_db: Database, published: Event
) -> None:
    with registration_db.transaction() as session:
        here = session.get_one(Event, published.id)
        here.address, here.tags = "1 place de la Mairie, 31000 Toulouse", ["Mobilité", "Madagascar"]
        there = an_event(session, capacity=2, slug="ailleurs")
        there.title, there.tags = "Ailleurs", ["Eau"]
        there.sites.append(EventSite(position=0, name="Antenne, 34000 Montpellier"))
    for wanted, asked in (
        ("agora-2016", "departement=31"),
        ("agora-2016", "etiquette=mobilite"),
        ("ailleurs", "departement=34&etiquette=EAU"),
        ("", "departement=34&etiquette=mobilite"),
        ("", "departement=75&etiquette=%27"),
    ):
        for address in ("/agenda/", "/agenda/agenda.ics", "/agenda/agenda.rss", "/agenda/cadre", "/api/events"):
            english = asked.replace("departement", "department").replace("etiquette", "tag")
            text = registration_client.get(f"{address}?{english if 'api' in address else asked}").text
            assert [slug for slug in ("agora-2016", "ailleurs") if f"/e/{slug}" in text] == [wanted] * bool(wanted), (
                asked
            )
    page = registration_client.get("/agenda/?departement=34").text
    assert "/agenda/agenda.ics?departement=34" in page
    assert "/api/events?department=34" in page
    assert 'href="/agenda/?departement=31"' in page, "the other départements stay in reach"
    assert "departement=65" not in page, "where nothing happens there is nothing to choose"
    assert 'href="/agenda/?etiquette=Mobilit%C3%A9"' in registration_client.get("/e/agora-2016").text


def test_only_the_frame_may_stand_inside_another_site(registration_client: Any) -> None:
    frame, page = registration_client.get("/agenda/cadre"), registration_client.get("/agenda/")

    assert "frame-ancestors *" in frame.headers["Content-Security-Policy"]
    assert frame.headers["X-Frame-Options"] == "ALLOWALL"
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
    assert "Set-Cookie" not in frame.headers
    assert "<script" not in frame.text
    assert "Eau &amp; &lt;commune&gt;" in frame.text
    assert "Secret" not in frame.text


def test_a_theme_that_comes_late_in_the_year_is_offered_and_found(
    registration_client: Any, registration_db: Database, published: Event
) -> None:
    with registration_db.transaction() as session:
        for number in range(queries.SHOWN + 1):
            made = an_event(session, capacity=2, slug=f"rencontre-{number}")
            made.starts_at, made.ends_at = (at + dt.timedelta(days=number + 1) for at in (made.starts_at, made.ends_at))
        made.title, made.tags = "Forêts", ["forêt"]
    page, chosen = (registration_client.get(f"/agenda/{query}").text for query in ("", "?etiquette=foret"))

    assert '<option value="forêt"' in page
    assert "/e/rencontre-20" not in page
    assert "/e/rencontre-20" in chosen


def test_a_tile_counts_the_meetings_of_the_subject_that_it_leads_to(
    registration_client: Any, registration_db: Database, published: Event
) -> None:
    with registration_db.transaction() as session:
        session.get_one(Event, published.id).address = "31000 Toulouse"
        there = an_event(session, capacity=2, slug="ailleurs")
        there.address, there.tags = "34000 Montpellier", ["Eau"]
    page = registration_client.get("/agenda/?etiquette=eau").text

    assert "departement=34&amp;etiquette=eau" in page
    assert "departement=31&amp;etiquette=eau" not in page, "nothing about water there"
    assert '<option value="31"' in page, "still to be chosen from the list"


def test_a_choice_stays_chosen_when_its_last_meeting_is_over(registration_client: Any) -> None:
    assert '<option value="75" selected>' in registration_client.get("/agenda/?departement=75").text
    assert "annoncée pour ce choix" in registration_client.get("/agenda/cadre?departement=75").text


@pytest.mark.parametrize("name", ["agenda.ics", "agenda.rss", "cadre"])
def test_a_feed_is_in_one_language(
    registration_client: Any, registration_db: Database, published: Event, name: str
) -> None:
    with registration_db.transaction() as session:
        session.get_one(Event, published.id).title_en = "Water for all"
    feed, english = (
        registration_client.get(f"/agenda/{name}", headers={"Accept-Language": language}).text
        for language in ("fr", "en")
    )

    assert ("Water for all" in feed, "Water for all" in english) == (False, True)
    assert ("commune" in feed, "commune" in english) == (True, False)
    if name == "agenda.rss":
        assert "<language>en</language>" in english


@pytest.mark.parametrize("name", ["agenda.ics", "agenda.rss", "cadre"])
def test_what_is_kept_on_the_way_is_kept_for_one_language(registration_client: Any, name: str) -> None:
    assert set(registration_client.get(f"/agenda/{name}").vary) >= {"Accept-Language", "Cookie"}
