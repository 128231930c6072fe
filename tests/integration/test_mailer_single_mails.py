"""The page of single mails: found by address, and settled by a person when nobody knows whether they came."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from services.mailer import deliveries, ledger, single_mails, transactional
from services.mailer.app import create_app
from services.mailer.models.ledger import Message
from shared import clock
from shared.db import Database
from tests.mailer_people import campaign, readers, run, suppress

LINK = "https://agora.example/i/secret"


def written(db: Database, email: str, *, template: str = "registration_confirmed", name: str = "Zoé") -> uuid.UUID:
    with db.transaction() as session:
        person = {"first_name": name, "last_name": "Dupont", "locale": "fr"}
        made = transactional.send(
            session, template=template, to=email, data={"person": person, "link": LINK}, business_key=(email, "1")
        )
    assert made is not None
    return made


def lost(db: Database, email: str, *, resends: int = 0) -> uuid.UUID:
    """A mail whose connection ended after the dot: claimed, transmitting, then reaped."""
    made = written(db, email)
    taken = "UPDATE messages SET state = 'claimed', lease_owner = 'gone c1 1', lease_until = now() WHERE id = :id"
    run(db, taken, id=made)
    run(
        db,
        """UPDATE messages SET state = 'transmitting', message_id = '<' || :id || '@agora.example>', relay = 'relay:25',
               resends = :resends, lease_until = now() - interval '1 second' WHERE id = :id""",
        id=str(made),
        resends=resends,
    )
    with db.transaction() as session:
        assert ledger.reap(session) == {"unknown": 1}
    return made


def addresses(page: str) -> list[str]:
    """The addresses of the list of all mails, in their order."""
    table = whole(page[page.index('id="liste"') :])
    return re.findall(r'class="address">(?:<a[^>]*>)?([^<]+)<', table)


def whole(page: str) -> str:
    """The page without the places where an address may break."""
    return page.replace("<wbr>", "")


def test_of_a_mail_that_never_leaves_no_link_and_no_words_are_kept(mailer_db: Database) -> None:
    made = written(mailer_db, "renée@asso.example")
    (row,) = run(mailer_db, "SELECT state, data FROM messages WHERE id = :id", id=made)
    assert (row.state, sorted(row.data)) == ("rejected", ["person"])


def test_a_single_mail_that_came_back_says_why(
    mailer_db: Database, mailer_client: Any, sign_in: Callable[..., Any]
) -> None:
    made = lost(mailer_db, "zoe@asso.example")
    with mailer_db.transaction() as session:
        ledger.taken(session, made, owner="return", text="", reason="answered")
    run(
        mailer_db,
        """INSERT INTO returns (hash, at, message_id, email_key, kind, recipient, status, reason, verdict, action, said)
           VALUES ('a', now(), :id, 'zoe@asso.example', 'bounce', '', '5.2.2', 'mailbox-full', 'keep', 'none', '')""",
        id=made,
    )
    sign_in(mailer_client, "editor")
    page = mailer_client.get("/courriers/").text
    assert "revenu</span>" in page
    assert "La boîte est pleine." in page


def test_newest_first_without_campaigns_or_links(
    mailer_client: Any, mailer_db: Database, sign_in: Callable[..., Any]
) -> None:
    readers(mailer_db, 1)
    campaign(mailer_db)
    for email in ("first@asso.example", "second@asso.example", "third@asso.example"):
        written(mailer_db, email)
    sign_in(mailer_client, "editor")

    page = mailer_client.get("/courriers/").text

    assert addresses(page) == ["third@asso.example", "second@asso.example", "first@asso.example"]
    assert "Inscription confirmée" in page
    assert LINK not in page
    assert 'id="inconnus"' not in page


@pytest.mark.parametrize("words", ["renée", "RENEE", "renee@", "Léa asso", "dupont renee"])
def test_search_ignores_accents_and_capitals(
    mailer_client: Any, mailer_db: Database, sign_in: Callable[..., Any], words: str
) -> None:
    written(mailer_db, "Renee@asso.example", name="Léa")
    written(mailer_db, "paul@autre.example", name="Paul")
    sign_in(mailer_client, "staff")

    page = mailer_client.get("/courriers/", query_string={"q": words}).text

    assert addresses(page) == ["Renee@asso.example"]


def test_an_address_refused_for_its_accent_is_found_without_it(
    mailer_client: Any, mailer_db: Database, sign_in: Callable[..., Any]
) -> None:
    written(mailer_db, "renée@asso.example")
    written(mailer_db, "paul@asso.example")
    sign_in(mailer_client, "staff")

    assert addresses(mailer_client.get("/courriers/?q=renee").text) == ["renée@asso.example"]
    refused = mailer_client.get("/courriers/?etat=rejected").text
    assert addresses(refused) == ["renée@asso.example"]
    assert "cette adresse n’est pas valable" in refused
    assert addresses(mailer_client.get("/courriers/?etat=pending").text) == ["paul@asso.example"]
    assert "Aucun courrier ne correspond" in mailer_client.get("/courriers/?etat=accepted").text
    assert "Aucun courrier ne correspond" in mailer_client.get("/courriers/?q=%25").text


def test_pages_hold_every_mail_once(mailer_client: Any, mailer_db: Database, sign_in: Callable[..., Any]) -> None:
    for number in range(single_mails.PAGE + 3):
        written(mailer_db, f"p{number}@asso.example")
    sign_in(mailer_client, "auditor")

    first, second = (addresses(mailer_client.get(f"/courriers/?page={page}").text) for page in (1, 2))

    assert (len(first), len(second)) == (single_mails.PAGE, 3)
    assert len({*first, *second}) == single_mails.PAGE + 3


@pytest.mark.parametrize(("role", "reads", "acts"), [("editor", 200, 303), ("staff", 200, 303), ("auditor", 200, 403),
                                                     ("desk", 403, 403)])  # fmt: skip
def test_who_reads_and_who_acts(
    mailer_client: Any, mailer_db: Database, sign_in: Callable[..., Any], role: str, reads: int, acts: int
) -> None:
    mail = lost(mailer_db, "jeanne@asso.example")
    sign_in(mailer_client, role)

    page = mailer_client.get("/courriers/")

    assert page.status_code == reads
    assert ('name="how" value="accepted"' in page.text) == (acts == 303)
    assert mailer_client.post(f"/courriers/{mail}", data={"how": "accepted"}).status_code == acts


def test_strangers_sign_in_first(mailer_client: Any) -> None:
    assert mailer_client.get("/courriers/").status_code == 303


def test_unknowns_show_what_the_relays_log_is_asked_for(
    mailer_client: Any, mailer_db: Database, sign_in: Callable[..., Any]
) -> None:
    once = lost(mailer_db, "once@asso.example")
    twice = lost(mailer_db, "twice@asso.example", resends=1)
    sign_in(mailer_client, "editor")

    page = whole(mailer_client.get("/courriers/").text)
    doubts = page[page.index('id="inconnus"') : page.index('id="liste"')]
    first, second = doubts.split("once@asso.example")[1].split("twice@asso.example")

    assert f"&lt;{once}@agora.example&gt;" in first
    assert f"&lt;{twice}@agora.example&gt;" in second
    assert "la connexion s’est coupée avant la réponse" in first
    assert "repart seul" in first
    assert "déjà renvoyé" in second
    with mailer_db.reading() as session:
        assert [(one.resends, one.reason) for one in single_mails.unknown(session)] == [(0, "lease"), (1, "lease")]


@pytest.mark.parametrize(("how", "state", "resends"), [("accepted", "accepted", 1), ("resend", "pending", 2)])
def test_a_person_settles_it(
    mailer_client: Any, mailer_db: Database, sign_in: Callable[..., Any], how: str, state: str, resends: int
) -> None:
    mail = lost(mailer_db, "jeanne@asso.example", resends=1)
    sign_in(mailer_client, "staff", email="lea@agora.example")

    answer = mailer_client.post(f"/courriers/{mail}", data={"how": how})

    assert (answer.status_code, answer.location) == (303, "/courriers/#inconnus")
    with mailer_db.reading() as session:
        row = session.get_one(Message, mail)
        assert (row.state, row.resends) == (state, resends)
        assert ("link" in row.data) == (how == "resend")  # what is out needs its personal link no more
        noted = session.execute(sa.text("SELECT who, what, thing, thing_id, after FROM audit_entries")).one()
    assert tuple(noted) == ("lea@agora.example", "resolved", "message", str(mail), {"state": state})
    assert 'id="inconnus"' not in mailer_client.get("/courriers/").text
    again = mailer_client.post(f"/courriers/{mail}", data={"how": "resend"})
    assert again.status_code == 409


def test_sending_again_wakes_the_lane_of_single_mails(mailer_client: Any, mailer_db: Database,
                                                      sign_in: Callable[..., Any]) -> None:  # fmt: skip
    mail = lost(mailer_db, "jeanne@asso.example")
    sign_in(mailer_client, "editor")
    with mailer_db.engine.connect() as listening:
        raw: Any = listening.connection.driver_connection
        raw.rollback()
        raw.autocommit = True
        raw.execute(f"LISTEN {ledger.CHANNEL}")
        mailer_client.post(f"/courriers/{mail}", data={"how": "resend"})
        heard = [note.payload for note in raw.notifies(timeout=5, stop_after=1)]
        raw.execute("UNLISTEN *")
        raw.autocommit = False
    assert heard == ["transactional"]


def test_of_a_mail_that_never_leaves_neither_the_link_nor_private_words_stay(mailer_db: Database) -> None:
    written(mailer_db, "jeanne@asso.example")
    run(mailer_db, """UPDATE messages SET data = data || '{"text": "Je pars à 7 h", "note_id": "7"}'""")
    suppress(mailer_db, "jeanne@asso.example", "all")
    with mailer_db.transaction() as session:
        taken = {"relay": "relay:25", "owner": "sender c1 1", "allowances": {"other": 9}, "limit": 9, "lease": 60.0}
        assert ledger.claim(session, lane="transactional", **taken) == []
    with mailer_db.reading() as session:
        row = session.scalars(sa.select(Message)).one()
        assert (row.state, set(row.data)) == ("suppressed", {"person", "note_id"})


def test_neither_answer_is_refused(mailer_client: Any, mailer_db: Database, sign_in: Callable[..., Any]) -> None:
    mail = lost(mailer_db, "jeanne@asso.example")
    sign_in(mailer_client, "editor")
    assert mailer_client.post(f"/courriers/{mail}", data={"how": "perhaps"}).status_code == 400
    assert mailer_client.post(f"/courriers/{uuid.uuid4()}", data={"how": "resend"}).status_code == 404
    assert 'id="inconnus"' in mailer_client.get("/courriers/").text


def test_the_page_of_a_campaign_has_the_same_list(
    mailer_client: Any, mailer_db: Database, sign_in: Callable[..., Any]
) -> None:
    readers(mailer_db, 1)
    made = campaign(mailer_db)
    run(mailer_db, "UPDATE messages SET state = 'claimed', lease_owner = 'gone c1 1', lease_until = now()")
    run(mailer_db, "UPDATE messages SET state = 'transmitting', message_id = '<a@b.example>', lease_until = 'epoch'")
    with mailer_db.transaction() as session:
        ledger.reap(session)
    sign_in(mailer_client, "editor")
    page = mailer_client.get(f"/campagnes/{made}").text
    assert "&lt;a@b.example&gt;" in page
    (action,) = set(re.findall(rf'action="(/campagnes/{made}/messages/[^"]+)"', page))
    assert mailer_client.post(action, data={"how": "accepted"}).location == f"/campagnes/{made}#inconnus"
    assert 'id="inconnus"' not in mailer_client.get(f"/campagnes/{made}").text
    assert 'id="inconnus"' not in mailer_client.get("/courriers/").text


def test_the_dashboard_asks_for_a_decision(
    mailer_client: Any, mailer_db: Database, sign_in: Callable[..., Any]
) -> None:
    sign_in(mailer_client, "editor")
    assert "/courriers/#inconnus" not in mailer_client.get("/equipe/").text
    mail = lost(mailer_db, "jeanne@asso.example")
    page = mailer_client.get("/equipe/").text
    assert re.search(r'href="/courriers/#inconnus">Un courrier à l’issue inconnue', page)
    mailer_client.post(f"/courriers/{mail}", data={"how": "accepted"})
    assert "/courriers/#inconnus" not in mailer_client.get("/equipe/").text


def test_english(mailer_client: Any, mailer_db: Database, sign_in: Callable[..., Any]) -> None:
    lost(mailer_db, "jeanne@asso.example")
    sign_in(mailer_client, "editor")
    page = mailer_client.get("/courriers/?lang=en").text
    assert "the connection ended before the answer" in page
    assert "Registration confirmed" in page


def test_the_page_costs_the_same_for_one_and_for_fifty(
    mailer_client: Any, mailer_db: Database, sign_in: Callable[..., Any]
) -> None:
    sign_in(mailer_client, "editor")

    def queries() -> int:
        seen: list[str] = []

        def note(_c: Any, _cur: Any, statement: str, *_more: Any) -> None:
            if re.match(r"\s*(SELECT|WITH)", statement):
                seen.append(statement)

        sa.event.listen(mailer_db.engine, "before_cursor_execute", note)
        assert mailer_client.get("/courriers/").status_code == 200
        sa.event.remove(mailer_db.engine, "before_cursor_execute", note)
        return len(seen)

    lost(mailer_db, "p0@asso.example")
    one = queries()
    for number in range(1, 50):
        (lost if number % 5 == 0 else written)(mailer_db, f"p{number}@asso.example")
    assert queries() == one == 5  # who was signed out, how many, one page, the unknown ones, relays that refuse


def test_one_click_lets_a_mail_provider_through(mailer_db: Database, settings_of: Callable[..., Any]) -> None:
    """A provider's servers may leave for 600 readers a minute; a page that a person uses keeps to 60. Here: 6 and 1."""
    app = create_app(settings_of("mailer", mailer_db.url, rate_limit_factor=0.01), mailer_db)
    client = app.test_client()
    here = {"REMOTE_ADDR": "192.0.2.77"}

    def leave(path: str) -> int:
        return client.post(path, data={"List-Unsubscribe": "One-Click"}, environ_overrides=here).status_code

    assert [leave(f"/unsubscribe/reader{n}") for n in range(7)] == [404] * 6 + [429]
    assert [leave(f"/unsubscribe/reader{n}/annuler") for n in range(2)] == [404, 429]


@pytest.mark.parametrize("how", ["accepted", "resend"])
def test_an_open_outcome_is_told_once_and_once_more_when_it_is_known(mailer_db: Database, how: str) -> None:
    made = lost(mailer_db, "zoe@asso.example")
    for count in (1, 0):
        with mailer_db.transaction() as session:
            assert deliveries.announce_outcomes(session) == count
    with mailer_db.transaction() as session:
        ledger.resolve_unknown(session, made, how, who="camille@agora.example", now=clock.now())
    known = {"accepted": 1, "resend": 0}[how]
    with mailer_db.transaction() as session:
        assert deliveries.announce_outcomes(session) == known
    if how == "resend":  # it goes again, and once more nobody hears the answer
        run(mailer_db, "UPDATE messages SET state = 'claimed', lease_owner = 'o', lease_until = now()")
        run(mailer_db, "UPDATE messages SET state = 'transmitting'")
        run(mailer_db, "UPDATE messages SET state = 'unknown', lease_until = NULL")
        with mailer_db.transaction() as session:
            assert deliveries.announce_outcomes(session) == 0
    told = run(mailer_db, "SELECT type, envelope -> 'data' ->> 'message_id' AS id FROM outbox ORDER BY id")
    types = ["mailer.message.unknown.v1", "mailer.message.accepted.v1"][: 1 + known]
    assert [(row.type, row.id) for row in told] == [(type, str(made)) for type in types]


def test_an_outcome_is_told_at_the_time_that_people_live(mailer_db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    lost(mailer_db, "zoe@asso.example")
    monkeypatch.setattr(clock, "now", lambda: dt.datetime(2016, 10, 3, 7, tzinfo=dt.UTC))
    with mailer_db.transaction() as session:
        deliveries.announce_outcomes(session)
    told = run(mailer_db, "SELECT envelope -> 'data' ->> 'at' AS at FROM outbox")
    assert [row.at[:10] for row in told] == ["2016-10-03"]


def test_an_address_breaks_before_its_signs_and_shows_nothing_else(
    mailer_client: Any, mailer_db: Database, sign_in: Callable[..., Any]
) -> None:
    written(mailer_db, "camille.de-la-tour+agora@asso.example")
    sign_in(mailer_client, "editor")
    page = mailer_client.get("/courriers/").text
    assert ">camille<wbr>.de-la-tour<wbr>+agora<wbr>@asso<wbr>.example<" in page
