"""The form inside another site: no cookie, only there, and whatever happens nothing typed is lost."""

from __future__ import annotations

import dataclasses
import datetime as dt
import io
import re
import time
from typing import Any

import pytest
import sqlalchemy as sa
from itsdangerous import URLSafeSerializer

from services.registration.models import Event, FormFile, KeptForm, Registration
from services.registration.rules.attachments import DOUBTED_KEPT, MOST_DOUBTED, TRIAL
from services.registration.use_cases import allocating, attaching, changing
from shared import clock
from shared.db import Database
from tests.integration.registration_people import NOW, an_event
from tests.integration.test_registration_attachments import LETTER, PDF
from tests.integration.test_registration_form import PERSON, found
from tests.integration.test_registration_questions import publish

SITES = ["https://www.laregion.example", "https://reseau.example:8443"]
FRAME = "/e/agora-2016/cadre"
STAFF = "/equipe/evenements/agora-2016/cadre"


@pytest.fixture(autouse=True)
def event(registration_db: Database, monkeypatch: pytest.MonkeyPatch) -> Event:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    with registration_db.transaction() as session:
        made = an_event(session, capacity=2, workshops=[[1, 5]])
        made.framed_by = SITES
    return made


@pytest.fixture
def stranger(registration_app: Any) -> Any:
    """A browser that keeps no cookie, and pages that ask for their tokens as in production."""
    registration_app.config["WTF_CSRF_ENABLED"] = True
    return registration_app.test_client(use_cookies=False)


def hidden(page: str) -> dict[str, str]:
    return {name: found(page, name) for name in ("seal", "form_version")}


def send(client: Any, address: str = FRAME, **fields: Any) -> Any:
    return client.post(address, data=PERSON | hidden(client.get(FRAME).text) | fields)


def registered(db: Database) -> int:
    with db.reading() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(Registration)) or 0


def only_there(answer: Any) -> None:
    """What is answered can be shown by the sites of the event, and by no other; and it needs no cookie."""
    policy = answer.headers["Content-Security-Policy"]
    assert re.findall(r"frame-ancestors ([^;]*)", policy) == [" ".join(SITES)]
    assert answer.headers["X-Frame-Options"] == "ALLOWALL"
    assert "Set-Cookie" not in answer.headers
    assert "Cookie" not in answer.vary
    assert "csrf_token" not in answer.text
    assert "/connexion" not in answer.text


def test_who_has_no_cookie_registers_and_a_second_click_changes_nothing(
    stranger: Any, registration_db: Database
) -> None:
    empty = stranger.get(FRAME)
    only_there(empty)
    data = PERSON | hidden(empty.text)
    first, second = (stranger.post(FRAME, data=data) for _ in range(2))
    for answer in (first, second):
        assert answer.status_code == 200
        only_there(answer)
        assert "Votre place est certaine" in answer.text
        assert answer.headers["Cache-Control"] == "no-store"
    assert registered(registration_db) == 1
    (own,) = re.findall(r'href="(/i/[^"]+)" target="_blank" rel="noopener"', first.text)
    ticket = stranger.get(own)
    assert (ticket.status_code, "frame-ancestors 'none'" in ticket.headers["Content-Security-Policy"]) == (200, True)
    other = stranger.post(FRAME, data=data | {"department": "09"})
    assert "n’ont rien changé" in other.text


def test_nobody_else_may_frame_it_nor_anything_else(
    registration_client: Any, registration_db: Database, event: Event
) -> None:
    for address in ("/e/agora-2016", "/e/agora-2016/inscription", STAFF):
        assert "frame-ancestors 'none'" in registration_client.get(address).headers["Content-Security-Policy"]
    for change in ({"framed_by": []}, {"state": "draft"}):
        with registration_db.transaction() as session:
            for name, value in ({"framed_by": SITES} | change).items():
                setattr(session.get_one(Event, event.id), name, value)
        answer = registration_client.get(FRAME)
        assert (answer.status_code, answer.location) == (303, "/e/agora-2016/inscription")
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize("wrong", ["forged", "missing", "of another event", "of a version before", "old"])
def test_a_form_that_we_did_not_give_out_comes_back_with_everything(
    stranger: Any, registration_db: Database, monkeypatch: pytest.MonkeyPatch, wrong: str
) -> None:
    with registration_db.transaction() as session:
        an_event(session, capacity=2, slug="ailleurs").framed_by = SITES
    data = PERSON | hidden(stranger.get(FRAME).text) | {"structure": "Eau « Partagée »"}
    other = hidden(stranger.get("/e/ailleurs/cadre").text)
    changed: dict[str, Any] = {
        "forged": {"seal": "x" + data["seal"]},
        "missing": {"seal": ""},
        "of another event": {"seal": other["seal"]},
        "of a version before": {
            "seal": URLSafeSerializer("a key for tests, known to all", salt="framed registration form").dumps(
                ["a", "b"]
            )
        },
        "old": {},
    }
    if wrong == "old":
        today = time.time
        monkeypatch.setattr(time, "time", lambda: today() + 13 * 3600)
    answer = stranger.post(FRAME, data=data | changed[wrong])
    assert answer.status_code == 422
    only_there(answer)
    assert "Tout est conservé" in answer.text
    assert 'value="Eau « Partagée »"' in answer.text
    assert registered(registration_db) == 0
    again = hidden(answer.text)
    keys = [one["seal"].split(" ")[1] for one in (again, data)]
    assert len(set(keys)) == (1 if wrong == "old" else 2), "a key that we did not give out opens nothing"
    assert stranger.post(FRAME, data=data | again).status_code == 200
    assert registered(registration_db) == 1


def test_whoever_is_signed_in_is_nobody_there(
    registration_app: Any, registration_db: Database, event: Event, sign_in: Any
) -> None:
    client = registration_app.test_client()
    sign_in(client, "admin")
    client.set_cookie("agora_lang", "en")
    with client.session_transaction() as kept:
        kept["_flashes"] = [("done", "Un mot pour l’équipe")]
    only_there(client.get(FRAME, headers={"Accept-Language": "fr"}))
    answer = send(client)
    only_there(answer)
    assert "Votre place est certaine" in answer.text, "in the language of the browser, not of a cookie"
    with client.session_transaction() as kept:
        assert kept == {"_flashes": [("done", "Un mot pour l’équipe")]}
    with registration_db.transaction() as session:
        session.get_one(Event, event.id).state = "draft"
    assert client.get("/e/agora-2016/inscription").status_code == 200
    assert client.get(FRAME).status_code == 303
    assert client.post(FRAME, data=PERSON).status_code == 404


def test_the_language_stays_in_the_address(stranger: Any) -> None:
    page = stranger.get(f"{FRAME}?lang=en")
    only_there(page)
    assert 'action="/e/agora-2016/cadre?lang=en"' in page.text
    done = send(stranger, f"{FRAME}?lang=en").text
    assert "Your place is certain" in done
    (outside,) = re.findall(r'href="(/i/[^"]+)" target="_blank"', done)
    assert "Your place is certain" in stranger.get(outside, headers={"Accept-Language": "fr"}).text


def test_what_the_form_does_besides_stays_in_the_frame(stranger: Any, registration_db: Database) -> None:
    wrong = send(stranger, email="pas une adresse")
    more = send(stranger, add="1")
    for answer, status in ((wrong, 422), (more, 200)):
        only_there(answer)
        assert answer.status_code == status
        assert 'value="Bélières"' in answer.text
        assert hidden(answer.text)["seal"]
    assert 'formaction="/e/agora-2016/cadre#step-3"' in more.text
    kept = send(stranger, keep="1")
    assert (kept.status_code, kept.location) == (303, "/e/agora-2016/cadre/garde")
    only_there(stranger.get(kept.location))
    with registration_db.reading() as session:
        assert "seal" not in session.scalars(sa.select(KeptForm)).one().values
    send(stranger)
    known = send(stranger)
    assert (known.status_code, known.location) == (303, "/e/agora-2016/cadre/deja-inscrit")
    only_there(stranger.get(known.location))


def test_a_file_is_kept_while_the_form_comes_back(stranger: Any, registration_db: Database, event: Event) -> None:
    publish(registration_db, event, LETTER)
    sent = PERSON | hidden(stranger.get(FRAME).text) | {"seal": ""}
    first = stranger.post(FRAME, data=sent | {"q-letter": (io.BytesIO(PDF), "lettre.pdf")})
    assert (first.status_code, "Reçu : lettre.pdf" in first.text.replace("\u202f", " ")) == (422, True)
    robot: dict[str, Any] = {"environ_base": {"REMOTE_ADDR": "198.51.100.7"}}
    theirs: dict[str, Any] = {"sensitive": False, "name": "essai.pdf", "body": PDF, "now": NOW}
    with registration_db.transaction() as session:
        for _ in range(2):
            attaching.keep(session, event.id, "letter", **theirs, doubted=True, sender=TRIAL)
    for _ in range(MOST_DOUBTED + 5):  # a robot sends its files: these make room for each other
        stranger.post(FRAME, data=PERSON | {"seal": "", "q-letter": (io.BytesIO(PDF), "robot.pdf")}, **robot)
    kept = {"lettre.pdf": 1, "robot.pdf": MOST_DOUBTED - 1, "essai.pdf": 2}
    with registration_db.transaction() as session:
        names = sa.select(FormFile.name, sa.func.count()).group_by(FormFile.name)
        assert dict(session.execute(names).all()) == kept, "neither for a person's nor for a trial's"
        assert attaching.end_doubted(session, NOW + DOUBTED_KEPT - dt.timedelta(seconds=1)) == 0
        assert attaching.end_doubted(session, NOW + DOUBTED_KEPT) == MOST_DOUBTED + 2
    with registration_db.transaction() as session:
        handle = attaching.keep(session, event.id, "letter", **theirs, doubted=True, sender="@one")["handle"]
    with registration_db.transaction() as session, registration_db.transaction() as worker:
        assert attaching.named(session, event.id, "letter", handle, None, now=NOW)
        assert attaching.end_doubted(worker, NOW + DOUBTED_KEPT) == 0  # at the very instant when it is sent again
    with registration_db.transaction() as session:
        session.execute(sa.delete(FormFile))
    first = stranger.post(FRAME, data=sent | {"q-letter": (io.BytesIO(PDF), "lettre.pdf")})
    wrong = PERSON | hidden(first.text) | {"q-letter": found(first.text, "q-letter"), "email": "pas une adresse"}
    assert stranger.post(FRAME, data=wrong).status_code == 422
    with registration_db.transaction() as session:  # sent again by a form that is not doubted: it stays
        assert attaching.end_doubted(session, NOW + DOUBTED_KEPT) == 0
    again = hidden(first.text) | {"q-letter": found(first.text, "q-letter")}
    assert stranger.post(FRAME, data=PERSON | again).status_code == 200
    with registration_db.reading() as session:
        held = [(one.registration_id is not None, one.sender) for one in session.scalars(sa.select(FormFile))]
        assert held == [(True, None)], "where it was sent from is nobody's business any more"


def test_the_frame_says_who_waits_and_what_is_offered_since(
    stranger: Any, registration_db: Database, event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    with registration_db.transaction() as session:
        session.get_one(Event, event.id).offer_hours = 48
    for number in range(2):
        send(stranger, email=f"p{number}@example.org")
    data = PERSON | hidden(stranger.get(FRAME).text) | {"email": "late@example.org"}
    answer = stranger.post(FRAME, data=data)
    only_there(answer)
    assert "vous êtes au rang 1" in answer.text
    with registration_db.transaction() as session:
        first = session.scalars(sa.select(Registration.id).where(Registration.email == "p0@example.org")).one()
        changing.cancel(session, first, NOW, site="https://agora.example")
    assert "Une place vous est proposée" in stranger.post(FRAME, data=data).text
    monkeypatch.setattr(clock, "now", lambda: NOW + dt.timedelta(hours=72))  # and the worker has not passed yet
    late = stranger.post(FRAME, data=data).text
    assert ("Une place vous est proposée" in late, "<h1>Le délai est passé</h1>" in late) == (False, True)


def test_wishes_wait_for_their_day(stranger: Any, registration_db: Database, event: Event) -> None:
    with registration_db.transaction() as session:
        allocating.set_terms(session, session.get_one(Event, event.id), NOW + dt.timedelta(days=2), NOW, who="test")
    (first, second) = event.slots[0].workshops
    slot = f"slot-{event.slots[0].id}"
    answer = send(stranger, **{f"{slot}-1": second.id, f"{slot}-2": first.id})
    assert "Votre place est certaine" in answer.text
    assert "La répartition a lieu le" in answer.text


def test_an_error_page_stays_in_the_frame_with_what_was_typed(stranger: Any, registration_app: Any) -> None:
    data = PERSON | hidden(stranger.get(FRAME).text)
    away = Database("postgresql+psycopg://nobody@127.0.0.1:9/nothing")
    database, registration_app.extensions["db"] = registration_app.extensions["db"], away
    answers = [stranger.post(FRAME, data=data)]
    registration_app.extensions["db"] = database
    kind = "multipart/form-data; boundary=x"
    too_large = stranger.post(FRAME, data=b"x" * 13 * 1024**2, content_type=kind)
    whole = registration_app.extensions["settings"]
    registration_app.extensions["settings"] = dataclasses.replace(whole, rate_limit_factor=1 / 30)
    registration_app.extensions["knocks"].storage.reset()
    answers += [stranger.post(FRAME, data=data) for _ in range(2)][1:]
    registration_app.extensions["settings"] = whole
    assert [one.status_code for one in (*answers, too_large)] == [503, 429, 413]
    for answer in (*answers, too_large):
        only_there(answer)
    for answer in answers:
        assert 'value="Bélières"' in answer.text
        assert found(answer.text, "seal") == data["seal"]


def test_the_frame_is_no_way_around_the_limit_of_an_address(registration_client: Any, registration_app: Any) -> None:
    whole = registration_app.extensions["settings"]
    registration_app.extensions["settings"] = dataclasses.replace(whole, rate_limit_factor=1 / 30)
    sent = [registration_client.post(f"/e/agora-2016/{way}", data={}).status_code for way in ("inscription", "cadre")]
    registration_app.extensions["settings"] = whole
    assert sent == [422, 429]


def test_a_site_that_was_taken_off_shows_an_opened_form_for_half_a_day_and_no_longer(
    stranger: Any, registration_db: Database, event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = PERSON | hidden(stranger.get(FRAME).text) | {"email": "pas une adresse"}
    with registration_db.transaction() as session:
        session.get_one(Event, event.id).framed_by = ["https://autre.example"]
    today = time.time
    monkeypatch.setattr(time, "time", lambda: today() + 11 * 3600)
    answer = stranger.post(FRAME, data=data)
    only_there(answer)
    monkeypatch.setattr(time, "time", lambda: today() + 13 * 3600)
    later = stranger.post(FRAME, data=data | hidden(answer.text))
    assert "frame-ancestors https://autre.example" in later.headers["Content-Security-Policy"]
    assert 'value="Bélières"' in later.text


def test_the_staff_say_which_sites_and_copy_the_line(
    registration_client: Any, registration_db: Database, event: Event, sign_in: Any
) -> None:
    sign_in(registration_client, "staff")
    refused = registration_client.post(STAFF, data={"sites": "www.laregion.example\nhttp://rien"})
    assert refused.status_code == 422
    assert "www.laregion.example\nhttp://rien</textarea>" in refused.text
    assert "« http://rien »" in refused.text.replace("\u202f", " ")
    answer = registration_client.post(STAFF, data={"sites": "https://autre.example/page"}, follow_redirects=True)
    assert "https://autre.example</textarea>" in answer.text
    assert re.search(r'&lt;iframe src="http://[^"]+/e/agora-2016/cadre" title="[^"]+" width="100%"', answer.text)
    assert "Sites qui montrent le formulaire changés" in registration_client.get("/equipe/evenements/agora-2016").text
    assert "frame-ancestors https://autre.example" in registration_client.get(FRAME).headers["Content-Security-Policy"]
    shown = registration_client.get(f"{STAFF}/apercu")
    assert "frame-ancestors 'self'" in shown.headers["Content-Security-Policy"]
    english = registration_client.get(f"{STAFF}/apercu?lang=en")
    assert ("Register" in english.text, "Set-Cookie" in english.headers) == (True, False), "the staff's own stays"
    many = "\n".join(f"https://s{number}.example" for number in range(21))
    assert registration_client.post(STAFF, data={"sites": many}).status_code == 422


def test_the_script_of_the_height_may_be_loaded_by_other_sites(registration_client: Any) -> None:
    answer = registration_client.get("/cadre.js")
    assert (answer.status_code, answer.mimetype) == (200, "text/javascript")
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    answer.close()


def test_the_database_holds_no_site_that_is_none(registration_db: Database, event: Event) -> None:
    for bad in ("*", "https://a.example; script-src *", "https://a.example\r\nX: y", None):
        with pytest.raises(sa.exc.IntegrityError), registration_db.transaction() as session:
            session.get_one(Event, event.id).framed_by = ["https://a.example", bad]  # type: ignore[list-item]
