"""The questions of an event, from the form to whoever may read the answers: docs/forms.md."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.registration.models import Event, FormAnswer, FormVersion, Registration, SensitiveAnswers
from services.registration.queries import dashboard, desk, report
from services.registration.queries import forms as queries
from services.registration.rules import forms as rules
from services.registration.rules.forms import Question, Words
from services.registration.rules.question_library import LIBRARY, default
from services.registration.use_cases import erasing, forms, seats
from shared import audit, clock, migrations
from shared.db import Database
from shared.errors import RuleError
from tests.integration.registration_people import NOW, an_event
from tests.integration.test_registration_form import PERSON, opened

FORM = "/e/agora-2016/inscription"
EQUALS = Question("motto", "text", Words("=Votre devise", "Your motto"), section="choices")
ZONES = LIBRARY["countries"]


@pytest.fixture(autouse=True)
def october_2016(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def event(registration_db: Database) -> Event:
    with registration_db.transaction() as session:
        return an_event(session, capacity=20)


def publish(db: Database, event: Event, *questions: Question, now: dt.datetime = NOW) -> None:
    """The next version of the form: these questions and no other."""
    with db.transaction() as session:
        seen = forms.state(forms.latest(session, event.id))
        draft = forms.edit(session, event.id, seen, lambda _: questions, now, who="camille", what="test")
        forms.publish(session, event.id, forms.state(draft), now, who="camille")


def send(client: Any, **fields: Any) -> Any:
    return client.post(FORM, data=PERSON | opened(client) | {name.replace("__", "-"): v for name, v in fields.items()})


def kept(db: Database) -> dict[str, Any]:
    with db.reading() as session:
        return {row.question: row.value for row in session.scalars(sa.select(FormAnswer).order_by(FormAnswer.question))}


def test_what_the_condition_asks_is_required_and_what_it_does_not_ask_is_not_kept(
    registration_client: Any, registration_db: Database, event: Event
) -> None:
    missing = send(registration_client, q__carpool_role="offer", q__carpool_place="Foix")
    assert missing.status_code == 422
    assert 'href="#f-q-carpool_seats">Combien de places' in missing.text
    assert 'value="Foix"' in missing.text
    own = replace(LIBRARY["carpool_seats"], wording={"association": Words("Combien de places, dans votre minibus ?")})
    publish(registration_db, event, LIBRARY["meal"], LIBRARY["carpool_role"], own)
    missing = send(registration_client, q__carpool_role="offer", form_version="")
    assert 'href="#f-q-carpool_seats">Combien de places, dans votre minibus' in missing.text  # as the page asks them
    publish(registration_db, event, *default("agora"))
    none = send(
        registration_client,
        q__carpool_role="none",
        q__carpool_seats="trente",
        meal="false",
        diet="vegan",
        access="Rampe",
    )
    assert none.status_code == 303
    assert kept(registration_db) == {"carpool_role": "none"}
    with registration_db.reading() as session:
        needs = session.scalars(sa.select(SensitiveAnswers)).one()
        assert (needs.diet, needs.access) == ("", "Rampe")


def test_an_answer_keeps_its_version_and_its_words(
    registration_client: Any, registration_db: Database, event: Event
) -> None:
    page = send(registration_client, **{"q__carpool_role": "seek", "q__countries.mg": "true"}).location
    link = page.split("?")[0]
    role = LIBRARY["carpool_role"]
    other = replace(role, options=(rules.Option("seek", Words("Emmenez-moi", "Take me")), role.options[0]))
    publish(registration_db, event, LIBRARY["meal"], replace(role, options=role.options[::2]))
    kept_by = registration_client.get(f"{link}/modifier").text
    assert re.search(r'value="seek"[^>]* checked', kept_by)  # taken out of the form, and still theirs
    assert "Je cherche une place" in kept_by
    assert "Je cherche une place" not in registration_client.get(FORM).text
    alone = {"meal": "false", "q-carpool_role": "seek", "function": "Trésorière", "phone": "06"}
    assert "Covoiturage" not in registration_client.post(f"{link}/modifier", data=PERSON | alone).text
    publish(registration_db, event, LIBRARY["meal"], other)
    with registration_db.reading() as session:
        first, _without, second = session.scalars(sa.select(FormVersion.id).order_by(FormVersion.number))
        person = session.scalars(sa.select(Registration)).one()
        told = [(row.question, row.said, row.version_id) for row in queries.given(session, person.id)]
        assert told == [("countries", "Madagascar", first), ("carpool_role", "Je cherche une place", first)]
        assert person.form_version_id == first
    same = PERSON | {"meal": "false", "q-carpool_role": "seek"}
    assert registration_client.post(f"{link}/modifier", data=same | {"confirm": "1"}).status_code == 303
    data = registration_client.get(f"{link}/mes-donnees").text
    assert "Je cherche une place" in data  # in the words of that day
    assert "Madagascar" in data  # not asked any more, and kept
    changed = registration_client.post(f"{link}/modifier", data=same | {"q-carpool_role": "offer"})
    assert "Je propose des places" in changed.text
    registration_client.post(f"{link}/modifier", data=same | {"q-carpool_role": "offer", "confirm": "1"})
    with registration_db.reading() as session:
        versions = {row.question: row.version_id for row in session.scalars(sa.select(FormAnswer))}
    assert versions == {"carpool_role": second, "countries": first}


def test_answers_follow_the_class_of_their_question_at_once(
    registration_client: Any,
    registration_app: Any,
    registration_db: Database,
    event: Event,
    sign_in: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    publish(registration_db, event, LIBRARY["meal"], EQUALS, ZONES)
    with registration_db.reading() as session:
        before = queries.current(session, event.id).id
    link = send(registration_client, **{"q__motto": "Pas à pas", "q__countries.mg": "true"}).location.split("?")[0]
    with registration_db.reading() as session:
        person = session.scalars(sa.select(Registration.id)).one()
    auditor, staff = registration_app.test_client(), registration_app.test_client()
    sign_in(auditor, "auditor")
    sign_in(staff, "staff")
    rows = "/equipe/evenements/agora-2016/inscriptions"
    secret = replace(EQUALS, protection="sensitive")

    def seen(text: str) -> list[bool]:
        pages = [auditor.get(f"/equipe/inscriptions/{person}"), auditor.get(f"{rows}.csv")]
        pages += [auditor.get(rows, query_string={"col": "q-motto"})]
        pages += [staff.get(rows, query_string={"col": "q-motto"}), staff.get(f"{rows}.csv")]
        pages += [staff.get(f"{rows}.csv?sensible=1"), registration_client.get(f"{link}/mes-donnees")]
        return [text in page.text for page in pages]

    def counted() -> list[list[tuple[str, int]]]:
        with registration_db.reading() as session:
            year = report.report(session, event.starts_at, event.ends_at)
            return [dashboard.by_zone(session, event.id)[0], year.by_zone]

    assert (seen("Pas à pas"), counted()) == ([True] * 7, [[("mg", 1)]] * 2)
    publish(registration_db, event, LIBRARY["meal"], secret, replace(ZONES, protection="sensitive"))
    assert (seen("Pas à pas"), counted()) == ([False] * 5 + [True] * 2, [[], []])
    late = {"form_version": str(before), "q__motto": "À petits pas", "email": "b@example.org"}
    assert send(registration_client, **late).status_code == 303  # begun before, sent after
    assert [value for value in seen("À petits pas")[1:5] if value] == []
    with registration_db.transaction() as session:  # sent at the same instant as the new version
        session.execute(sa.update(FormAnswer).values(sensitive=False))
    with registration_db.transaction() as session:
        assert forms.protect_late(session, NOW + dt.timedelta(minutes=1)) == 3
    assert seen("Pas à pas") == [False] * 5 + [True] * 2
    publish(registration_db, event, LIBRARY["meal"])  # taken out, and asked again
    with registration_db.transaction() as session:
        state = forms.state(forms.latest(session, event.id))
        forms.edit(session, event.id, state, lambda _: (EQUALS,), NOW, who="camille", what="test")
    assert (
        "les 2 réponses déjà données seront lues" in staff.get("/equipe/evenements/agora-2016/formulaire/publier").text
    )
    publish(registration_db, event, EQUALS, LIBRARY["meal"])
    assert seen("Pas à pas") == [True] * 7
    with registration_db.transaction() as session:
        state = forms.state(forms.latest(session, event.id))
        forms.edit(session, event.id, state, lambda _: (secret,), NOW, who="camille", what="test")
    monkeypatch.setattr(clock, "now", lambda: event.ends_at + dt.timedelta(days=31))
    sign_in(staff, "staff")
    past = staff.get("/equipe/evenements/agora-2016/formulaire/publier").text
    assert ("les 2 réponses déjà" in past, "s’effacent dans l’heure" in past) == (True, True)
    with registration_db.reading() as session:
        kept_under = sa.select(FormAnswer.version_id).where(FormAnswer.question == "motto")
        assert set(session.scalars(kept_under)) == {before}


def test_what_is_taken_out_tells_nothing_of_what_becomes_sensitive(
    registration_client: Any, registration_app: Any, registration_db: Database, event: Event, sign_in: Any
) -> None:
    ill = Question("ill", "choice", Words("Êtes-vous suivi ?"), options=LIBRARY["carpool_role"].options)
    where = Question("where", "text", Words("Où ?"), show_if=rules.Condition("ill", ("offer",)))
    publish(registration_db, event, LIBRARY["meal"], ill, where, EQUALS)
    with registration_db.reading() as session:
        before = queries.current(session, event.id).id
    said: dict[str, Any] = {"q__ill": "offer", "q__where": "Foix", "q__motto": "Pas à pas"}
    assert send(registration_client, **said).status_code == 303
    secret = replace(ill, protection="sensitive")
    staff = registration_app.test_client()
    sign_in(staff, "staff")
    with registration_db.transaction() as session:
        state = forms.state(forms.latest(session, event.id))
        forms.edit(session, event.id, state, lambda _: (LIBRARY["meal"], secret), NOW, who="camille", what="test")
    told = staff.get("/equipe/evenements/agora-2016/formulaire/publier").text
    assert told.count("la réponse déjà donnée devient sensible aussi") == 1
    publish(registration_db, event, secret)
    late = said | {"form_version": str(before), "email": "b@example.org"}  # begun before, sent after
    assert send(registration_client, **late).status_code == 303
    publish(registration_db, event, LIBRARY["meal"])
    late |= {"email": "c@example.org"}
    assert send(registration_client, **late).status_code == 303  # not asked, and not open either
    with registration_db.reading() as session:
        held = session.execute(sa.select(FormAnswer.question, FormAnswer.sensitive).order_by(FormAnswer.question))
        assert [tuple(row) for row in held] == ([("ill", True)] * 3 + [("motto", False)] * 3 + [("where", True)] * 3)


def test_what_was_taken_out_before_is_shut_by_the_upgrade(
    registration_client: Any,
    registration_db: Database,
    event: Event,
    environment_of: Callable[..., dict[str, str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ill = Question("ill", "choice", Words("Êtes-vous suivi ?"), options=LIBRARY["carpool_role"].options)
    where = Question("where", "text", Words("Où ?"), show_if=rules.Condition("ill", ("offer",)))
    publish(registration_db, event, LIBRARY["meal"], ill, where, EQUALS)
    said: dict[str, Any] = {"q__ill": "offer", "q__where": "Foix", "q__motto": "Pas à pas"}
    assert send(registration_client, **said).status_code == 303
    publish(registration_db, event, LIBRARY["meal"], replace(ill, protection="sensitive"))
    with registration_db.transaction() as session:  # as the code of before left it
        session.execute(sa.update(FormAnswer).values(sensitive=False))
    for name, value in environment_of("registration", registration_db.url).items():
        monkeypatch.setenv(name, value)
    try:
        command.downgrade(migrations.config("registration", registration_db.url), "reg_0692_letters")
    finally:
        migrations.upgrade("registration", registration_db.url)
        registration_db.engine.dispose()
    with registration_db.reading() as session:
        held = session.execute(sa.select(FormAnswer.question, FormAnswer.sensitive).order_by(FormAnswer.question))
        assert [tuple(row) for row in held] == [("ill", True), ("motto", False), ("where", True)]


def test_who_edits_a_form_keeps_nobody_from_registering(registration_db: Database, event: Event) -> None:
    keys = sa.select(FormVersion.id).with_for_update(read=True, key_share=True, nowait=True)  # as foreign keys do
    with registration_db.transaction() as editing, registration_db.transaction() as session:
        assert forms.latest(editing, event.id, lock=True).id == session.scalar(keys)


def test_a_form_is_published_while_the_event_moves(
    registration_client: Any, registration_db: Database, event: Event
) -> None:
    publish(registration_db, event, EQUALS)
    assert send(registration_client, **{"q__motto": "Pas à pas"}).status_code == 303
    secret = (replace(EQUALS, protection="sensitive"),)
    with registration_db.transaction() as session:
        state = forms.state(forms.latest(session, event.id))
        state = forms.state(forms.edit(session, event.id, state, lambda _: secret, NOW, who="camille", what="test"))

    def publishing() -> None:
        with registration_db.transaction() as session:
            forms.publish(session, event.id, state, NOW, who="camille")

    later = threading.Thread(target=publishing)
    waits = sa.text(
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    )
    with registration_db.transaction() as session:
        seats.lock_event(session, event.id)
        later.start()
        while not session.scalar(waits):
            time.sleep(0.01)
        forms.follow_days(session, event.id, [NOW.date()], NOW, who="camille")
    later.join()
    with registration_db.reading() as session:
        assert session.scalar(sa.select(FormAnswer.sensitive))


def test_who_began_under_the_version_before_is_read_under_it_for_a_day(
    registration_client: Any, registration_db: Database, event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    with registration_db.reading() as session:
        before = queries.current(session, event.id)
    seen = opened(registration_client) | {"form_version": str(before.id)}
    must = replace(EQUALS, required=True)
    publish(registration_db, event, LIBRARY["meal"], must)
    assert registration_client.post(FORM, data=PERSON | seen).status_code == 303
    monkeypatch.setattr(clock, "now", lambda: NOW + dt.timedelta(days=2))
    late = opened(registration_client) | {"form_version": str(before.id)}
    answer = registration_client.post(FORM, data=PERSON | late | {"email": "b@example.org"})
    assert answer.status_code == 422
    assert "=Votre devise" in answer.text


def test_a_published_version_never_changes(registration_db: Database, event: Event) -> None:
    with pytest.raises(sa.exc.IntegrityError, match="never changes"), registration_db.transaction() as session:
        session.execute(sa.update(FormVersion).values(questions=[]))


def test_a_stale_change_is_refused_and_the_first_one_stays(registration_db: Database, event: Event) -> None:
    with registration_db.transaction() as session:
        seen = forms.state(forms.latest(session, event.id))
        forms.edit(session, event.id, seen, lambda form: rules.put(form, EQUALS), NOW, who="a", what="motto")
    with pytest.raises(RuleError) as stale, registration_db.transaction() as session:
        forms.edit(session, event.id, seen, lambda form: rules.without(form, "phone"), NOW, who="b", what="phone")
    assert (stale.value.code, stale.value.status) == ("form-stale", 409)
    with registration_db.reading() as session:
        assert {"phone", "motto"} <= queries.read(forms.latest(session, event.id)).keys
        assert queries.current(session, event.id).number == 1


def test_a_training_asks_no_meal_and_shows_none(
    registration_client: Any, registration_db: Database, event: Event, sign_in: Any
) -> None:
    publish(registration_db, event, *default("training"))
    assert "Déjeunez-vous" not in registration_client.get(FORM).text
    person = {name: value for name, value in PERSON.items() if name != "meal"}
    answer = registration_client.post(FORM, data=person | opened(registration_client))
    link = answer.headers["Location"].split("?")[0]
    with registration_db.reading() as session:
        one = session.scalars(sa.select(Registration.id)).one()
    sign_in(registration_client, "staff")
    for page in (link, f"{link}/mes-donnees", f"/equipe/inscriptions/{one}"):
        shown = registration_client.get(page).text
        assert (person["last_name"] in shown, "Déjeuner" in shown) == (True, False)


def test_sensitive_answers_are_read_by_few_and_each_reading_is_noted(
    registration_client: Any, registration_app: Any, registration_db: Database, event: Event, sign_in: Any
) -> None:
    given = {"q__access_needs.hearing": "true", "q__carpool_role": "none"}
    link = send(registration_client, **given).location.split("?")[0]
    with registration_db.reading() as session:
        person = session.scalars(sa.select(Registration)).one()
        event = session.get_one(Event, event.id)
        assert desk.people(session, event, event.starts_at)[0]["access"] is True
    new = {name.replace("__", "-"): value for name, value in given.items()} | {"access": "Une boucle", "phone": ""}
    assert registration_client.post(f"{link}/modifier", data=PERSON | new | {"confirm": "1"}).status_code == 303
    seen = {}
    for role in ("staff", "auditor"):
        client = registration_app.test_client()
        sign_in(client, role)
        file = client.get("/equipe/evenements/agora-2016/inscriptions.csv?sensible=1").text
        seen[role] = (client.get(f"/equipe/inscriptions/{person.id}").text, file)
    assert all("Audition" in text for text in seen["staff"])
    assert not any("Audition" in text for text in seen["auditor"])
    changed = [seen[role][0].partition("Réponses modifiées")[2].partition("<br>")[0] for role in seen]
    assert ["De quoi avez-vous besoin" in words for words in changed] == [True, False]  # the question tells, too
    assert "réponse sensible" in changed[1]
    assert all("Je ne covoiture pas" in text for both in seen.values() for text in both)
    heads = seen["staff"][1].lstrip("\ufeff").partition("\r\n")[0].split(";")
    assert sorted(heads) == sorted(set(heads)), "the agreement to share a car is not the answer about it"
    with registration_db.reading() as session:
        read = [row.what for row in audit.history(session, "registration", person.id)]
        taken = [row.what for row in audit.history(session, "event", event.id)]
    assert read.count("sensitive answers read") == 1
    assert taken.count("sensitive answers exported") == 1
    with registration_db.transaction() as session:
        after = event.ends_at + dt.timedelta(days=31)
        assert erasing.retain(session, after, dry_run=True).sensitive == 1
        erasing.retain(session, after)
    assert kept(registration_db) == {"carpool_role": "none"}
    with registration_db.transaction() as session:
        assert erasing.anonymise(session, [person.id])["answers"] == 1
    assert kept(registration_db) == {}


def test_no_cell_of_the_export_runs(
    registration_client: Any, registration_db: Database, event: Event, sign_in: Any
) -> None:
    publish(registration_db, event, LIBRARY["meal"], EQUALS)
    send(registration_client, q__motto="=1+1")
    sign_in(registration_client, "staff")
    text = registration_client.get("/equipe/evenements/agora-2016/inscriptions.csv").text.lstrip("\ufeff")
    heads, row = csv.reader(io.StringIO(text), delimiter=";")
    assert (heads[-1], row[-1]) == ("'=Votre devise", "'=1+1")


ODD = ("offer", "true", "on", "x" * 5000, "\x00", "\u202e", "1e400", "-0", "")
NAMES = (
    "q-carpool_role q-carpool_seats q-countries.mg q-countries. q-speaker_question q- meal diet form_version".split()
)


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(fields=st.dictionaries(st.sampled_from(NAMES), st.sampled_from(ODD) | st.text(max_size=12), max_size=6))
def test_no_answer_breaks_the_form(
    registration_client: Any, event: Event, stamp: dict[str, str], fields: dict[str, str]
) -> None:
    stamp["number"] = str(int(stamp["number"]) + 1)
    sent = {name: value.encode("utf-8", "replace") for name, value in fields.items()}
    who = {"seal": stamp["seal"], "email": f"n{stamp['number']}@example.org"}
    assert registration_client.post(FORM, data=PERSON | who | sent).status_code in (303, 422)


@pytest.fixture
def stamp(registration_client: Any, event: Event) -> dict[str, str]:
    return opened(registration_client) | {"number": "0"}
