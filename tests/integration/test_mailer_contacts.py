"""Contacts: import, consent, unsubscribe. Nobody who left is written to again because of a file."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from services.mailer import audience, campaigns, contacts, directory, imports, unsubscribe
from services.mailer.models.contacts import ECHO, GIVEN, WITHDRAWN, Consent, Contact, ContactImport
from services.mailer.models.ledger import Message, Suppression
from shared.db import new_id
from shared.messaging.tables import outbox
from tests.mailer_people import run

NOW = dt.datetime(2016, 10, 3, 9, tzinfo=dt.UTC)
TITLES = "Courriel;Prénom;Nom;Structure;Sujets\n"


def subscribed(session: Any, email: str, **more: Any) -> Any:
    return contacts.subscribe(session, contacts.Person(email, **more), ECHO, "formulaire", "Je veux L’Écho", "1", NOW)


def bring(db: Any, content: bytes) -> ContactImport:
    with db.transaction() as session:
        import_id = imports.begin(session, filename="liste.csv", content=content, who="a@b.fr", now=NOW)
    with db.transaction() as session:
        return imports.confirm(
            session, import_id, source="bulletins d’adhésion", wording="J’accepte de recevoir L’Écho", who="a@b.fr",
            now=NOW,
        )  # fmt: skip


def campaign(session: Any) -> Any:
    made = campaigns.create(
        session, list=ECHO, title="nº 34", subject="nº 34", from_name="L’Écho", from_email="echo@reseau.example",
        html="<p>{{unsubscribe_url}}</p>", text="{{unsubscribe_url}}",
    )  # fmt: skip
    return made.id


# --- import -----------------------------------------------------------------------------------------------


def test_import_through_the_pages(mailer_client: Any, mailer_db: Any, sign_in: Callable[..., Any]) -> None:
    sign_in(mailer_client, "editor")
    text = TITLES + "Zoe@Asso.example;Zoé;L’Hôte;Eau;santé, eau\n zoe@asso.example ;;;;\npas-une-adresse;X;;;\n"
    posted = {"file": (io.BytesIO(text.encode("cp1252")), "liste.csv")}
    answer = mailer_client.post("/contacts/importer/", data=posted, content_type="multipart/form-data")
    assert answer.status_code == 303
    preview = mailer_client.get(answer.location)
    assert "Importer 1 personne" in preview.text
    assert "il manque l’arobase" in preview.text
    with mailer_db.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Contact)) == 0

    refused = mailer_client.post(answer.location + "/confirmer", data={"source": "adhésions 2016", "wording": ""})
    assert refused.status_code == 422
    assert "adhésions 2016" in refused.text
    for field, words in ("source", "é" * 201), ("wording", "J’accepte. " * 200):
        long = mailer_client.post(
            answer.location + "/confirmer", data={"source": "2016…", "wording": "oui…"} | {field: words}
        )
        assert (long.status_code, words.strip() in long.text) == (422, True), "a proof is never cut"

    proof = {"source": "adhésions 2016", "wording": "J’accepte de recevoir L’Écho"}
    written = mailer_client.post(answer.location + "/confirmer", data=proof, follow_redirects=True)
    assert "1 contact ajouté." in written.text
    with mailer_db.reading() as session:
        person = session.scalars(sa.select(Contact)).one()
        consent = session.scalars(sa.select(Consent)).one()
        assert (person.email, person.last_name, person.topics) == ("Zoe@asso.example", "L’Hôte", ["santé", "eau"])
        assert (consent.status, consent.source, consent.wording) == (GIVEN, proof["source"], proof["wording"])
        assert consent.evidence == "liste.csv, ligne 2"
        assert session.scalars(sa.select(ContactImport)).one().content is None

    report = mailer_client.get(answer.location + "/compte-rendu.csv").get_data().decode("utf-8-sig")
    assert [row[2] for row in csv.reader(io.StringIO(report), delimiter=";")] == [
        "Résultat", "nouveau", "doublon dans le fichier", "ligne à corriger",
    ]  # fmt: skip

    again = mailer_client.post(answer.location + "/confirmer", data=proof)
    assert again.status_code == 409


def test_hostile_files_get_a_clear_answer(mailer_client: Any, sign_in: Callable[..., Any]) -> None:
    sign_in(mailer_client, "editor")
    for content, words in [
        (b"PK\x03\x04" + b"x" * 1000, "classeur"),
        (b"mail\nzoe@asso.example\0", "pas du texte"),
        (b"", "vide"),
        (b"mail;x\n" * 720_000, "dépasse 5 Mo"),
        (b'mail\n"' + b"y" * 300_000, "guillemet"),
    ]:
        head = b'--edge\r\nContent-Disposition: form-data; name="file"; filename="contacts.csv"\r\n\r\n'
        posted = head + content + b"\r\n--edge--\r\n"
        kind = "multipart/form-data; boundary=edge"
        answer = mailer_client.post("/contacts/importer/", data=posted, content_type=kind)
        assert (answer.status_code, words in answer.text) == (422, True), words


def test_a_file_too_large_to_be_received_is_refused_where_another_is_chosen(
    mailer_client: Any, sign_in: Callable[..., Any]
) -> None:
    sign_in(mailer_client, "editor")
    head = b'--edge\r\nContent-Disposition: form-data; name="file"; filename="contacts.csv"\r\n\r\n'
    posted = head + b"mail;x\n" * 9_000_000 + b"\r\n--edge--\r\n"
    kind = "multipart/form-data; boundary=edge"
    answer = mailer_client.post("/contacts/importer/", data=posted, content_type=kind)
    assert (answer.status_code, "Ce fichier dépasse 5 Mo" in answer.text) == (413, True)
    assert "Voir ce que contient ce fichier" in answer.text


def test_a_stranger_who_sends_too_much_sees_nothing_of_the_imports(mailer_app: Any, mailer_db: Any) -> None:
    bring(mailer_db, (TITLES + "zoe@asso.example;Zoé;;;\n").encode())
    mailer_app.config["WTF_CSRF_ENABLED"] = True  # it reads the form before anybody asks who sent it
    posted = b"--edge\r\n" + b"x" * 65_000_000
    kind = "multipart/form-data; boundary=edge"
    answer = mailer_app.test_client().post("/contacts/importer/", data=posted, content_type=kind)
    assert (answer.status_code, "liste.csv" in answer.text) == (413, False)


def preview_of(client: Any, text: str) -> str:
    """The page that a file of contacts leads to."""
    posted = {"file": (io.BytesIO(text.encode()), "liste.csv")}
    answer = client.post("/contacts/importer/", data=posted, content_type="multipart/form-data", follow_redirects=True)
    return str(answer.text)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Courriel;Courriel 2\nzoe@asso.example;zoe@perso.example\n", "contient aussi des adresses"),
        ("Adhérents;\nCourriel;Nom\nzoe@asso.example;Zoé\n", "Les titres sont à la ligne 2"),
    ],
)
def test_what_may_surprise_about_a_file_is_said_before_it_is_written(
    mailer_client: Any, mailer_db: Any, sign_in: Callable[..., Any], text: str, told: str
) -> None:
    sign_in(mailer_client, "editor")
    page = preview_of(mailer_client, text)
    assert told in page
    assert "Importer 1 personne" in page


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Où écrire;Nom\nzoe (at) asso.example;Zoé\n", "Aucune colonne n’a été reconnue comme celle des adresses"),
        ("Courriel;Nom\nzoe;Zoé\n", "Aucune de ces lignes ne peut être importée"),
    ],
)
def test_a_file_of_which_nobody_comes_says_what_to_do_instead_of_importing_nobody(
    mailer_client: Any, mailer_db: Any, sign_in: Callable[..., Any], text: str, told: str
) -> None:
    sign_in(mailer_client, "editor")
    page = preview_of(mailer_client, text)
    assert told in page
    assert "/confirmer" not in page


def test_columns_that_are_refused_stay_as_they_were_chosen(mailer_client: Any, sign_in: Callable[..., Any]) -> None:
    sign_in(mailer_client, "editor")
    posted = {"file": (io.BytesIO(b"Courriel;A;B\nzoe@asso.example;x;y\n"), "liste.csv")}
    page = mailer_client.post("/contacts/importer/", data=posted, content_type="multipart/form-data").location
    refused = mailer_client.post(f"{page}/colonnes", data={"email": "0", "first_name": "2", "last_name": "2"})
    assert refused.status_code == 422
    assert refused.text.count('<option value="2" selected>') == 2


def test_three_thousand_lines_in_three_seconds(mailer_db: Any) -> None:
    lines = [f"Personne.{n}@asso{n % 300}.example;Prénom {n};Nom {n};Structure {n % 300};eau" for n in range(3000)]
    lines += [line.upper() for line in lines[:50]] + ["sans-arobase;;;;"] * 3
    began = time.process_time()  # our own work: a busy machine is nobody's fault
    done = bring(mailer_db, (TITLES + "\n".join(lines)).encode())
    took = time.process_time() - began
    assert done.counts == {"new": 3000, "known": 0, "duplicate": 50, "suppressed": 0, "invalid": 3}
    with mailer_db.reading() as session:
        assert directory.totals(session)["given"] == 3000
    assert took < 3


def test_a_second_import_completes_and_overwrites_nothing(mailer_db: Any) -> None:
    bring(mailer_db, (TITLES + "zoe@asso.example;Zoé;;Eau;eau\n").encode())
    done = bring(mailer_db, (TITLES + "ZOE@asso.example;Zozo;Hôte;;santé\n").encode())
    assert done.counts["known"] == 1
    with mailer_db.reading() as session:
        person = session.scalars(sa.select(Contact)).one()
        assert (person.first_name, person.last_name, person.structure) == ("Zoé", "Hôte", "Eau")
        assert person.topics == ["eau", "santé"]
        assert "hote" in person.search
        assert session.scalar(sa.select(sa.func.count()).select_from(Consent)) == 1


def test_who_left_or_bounced_is_not_brought_back(mailer_db: Any) -> None:
    with mailer_db.transaction() as session:
        left = subscribed(session, "parti@asso.example")
        contacts.withdraw(session, left, ECHO, "lien du message", "Me désabonner", "1", NOW)
        session.add(Suppression(email_key="mort@asso.example", scope="all", reason="no-such-address"))
    done = bring(
        mailer_db, (TITLES + "PARTI@asso.example;;;;\nmort@asso.example;;;;\nneuf@asso.example;;;;\n").encode()
    )
    assert (done.counts["suppressed"], done.counts["new"]) == (2, 1)
    assert [line["outcome"] for line in done.report] == ["suppressed", "suppressed", "new"]
    with mailer_db.transaction() as session:
        assert contacts.status(session, left, ECHO) == WITHDRAWN
        assert campaigns.start(session, campaign(session), NOW) == 1
        assert session.scalars(sa.select(Message.email_key)).all() == ["neuf@asso.example"]


def test_two_imports_at_once_make_one_contact_each(mailer_db: Any) -> None:
    content = (TITLES + "".join(f"p{n}@asso.example;;;;\n" for n in range(200))).encode()
    failures: list[BaseException] = []

    def run(order: int) -> None:
        try:
            lines = content.splitlines(keepends=True)
            bring(mailer_db, b"".join(lines[:1] + lines[1:][:: 1 if order else -1]))
        except BaseException as error:  # noqa: BLE001
            failures.append(error)

    threads = [threading.Thread(target=run, args=(order,)) for order in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with mailer_db.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Contact)) == 200
        assert directory.totals(session)["given"] == 200


# --- consent ----------------------------------------------------------------------------------------------


def test_consent_is_a_history(mailer_db: Any) -> None:
    with mailer_db.transaction() as session:
        who = subscribed(session, "zoe@asso.example", structure="Eau")
        assert subscribed(session, "ZOE@asso.example") == who
        assert contacts.withdraw(session, who, ECHO, "lien", "Me désabonner", "1", NOW) is True
        assert contacts.withdraw(session, who, ECHO, "lien", "Me désabonner", "1", NOW) is False
        assert subscribed(session, "zoe@asso.example") == who
    with mailer_db.reading() as session:
        assert [one.status for one in directory.consents(session, who)] == [GIVEN, WITHDRAWN, GIVEN]
        (told,) = session.scalars(sa.select(outbox.c.envelope)).all()
        assert (told["type"], told["data"]["list"]) == ("mailer.contact.unsubscribed.v1", ECHO)
        assert told["data"]["by"] == "person"
        assert told["data"]["email"] == "zoe@asso.example", "by which the other services know who it is"


def test_the_database_refuses_to_rewrite_a_consent(mailer_db: Any) -> None:
    with mailer_db.transaction() as session:
        subscribed(session, "zoe@asso.example")
    with pytest.raises(sa.exc.DBAPIError, match="only ever added"), mailer_db.transaction() as session:
        session.execute(sa.update(Consent).values(status=WITHDRAWN))


def test_a_note_that_is_too_long_is_said_and_kept_as_typed(
    mailer_client: Any, mailer_db: Any, sign_in: Callable[..., Any]
) -> None:
    sign_in(mailer_client, "editor")
    with mailer_db.transaction() as session:
        page = f"/contacts/{subscribed(session, 'zoe@asso.example')}"
    before = run(mailer_db, "SELECT count(*) AS n FROM audit_entries")
    for door, field in ("desabonner", "reason"), ("ecarter", "note"), ("nouvelles", "how"):
        words = f"{field} a" * 70
        refused = mailer_client.post(f"{page}/{door}", data={field: words})
        assert (refused.status_code, f'value="{words}"' in refused.text) == (422, True), door
        assert f"300 caractères au plus, il en a {len(words)}" in refused.text, door
    assert run(mailer_db, "SELECT count(*) AS n FROM audit_entries") == before


def test_the_timeline_shows_no_number_that_only_programs_read(
    mailer_client: Any, mailer_db: Any, sign_in: Callable[..., Any]
) -> None:
    sign_in(mailer_client, "editor")
    thing, asked = new_id(), contacts.Person("zoe@asso.example")
    with mailer_db.transaction() as session:
        who = contacts.subscribe(
            session, asked, ECHO, "registration", "Je veux L’Écho", "1", NOW, f"registration {thing}, event {thing}"
        )
        proof = f"demande {thing} du 2016-10-03 09:00 UTC, confirmée par le lien envoyé"
        contacts.subscribe(session, asked, "agenda", "formulaire public", "Je veux", "1", NOW, proof)
        campaigns.start(session, campaign(session), NOW)
    for statement in (
        "UPDATE messages SET state = 'claimed', lease_owner = 'x', lease_until = now()",
        "UPDATE messages SET state = 'transmitting', message_id = '<x@y>'",
        """UPDATE messages SET state = 'accepted', lease_owner = NULL, lease_until = NULL, last_code = 250,
           last_text = '2.0.0 Ok: queued as 4F3B12A0C7'""",
    ):
        run(mailer_db, statement)
    shown = mailer_client.get(f"/contacts/{who}").text.partition("Ce qui s’est passé")[2].partition("<form")[0]
    assert "demande du 2016-10-03 09:00 UTC, confirmée par le lien envoyé" in shown
    assert (str(thing) in shown, "queued" in shown) == (False, False)


def test_search_ignores_accents_and_order(mailer_db: Any) -> None:
    with mailer_db.transaction() as session:
        subscribed(session, "z@asso.example", first_name="Zoé", last_name="L’Hôte", structure="Œuvre d’Été")
        subscribed(session, "p@asso.example", first_name="Paul", last_name="Pic")
    with mailer_db.reading() as session:
        for words, found in [("hote zoe", 1), ("oeuvre d'ete", 1), ("ASSO.example", 2), ("100%", 0), ("zoé paul", 0)]:
            assert directory.find(session, directory.Search(words)).total == found, words


def test_export_is_safe_and_written_down(mailer_client: Any, mailer_db: Any, sign_in: Callable[..., Any]) -> None:
    sign_in(mailer_client, "editor")
    with mailer_db.transaction() as session:
        subscribed(session, "z@asso.example", structure="=HYPERLINK(1)")
    text = mailer_client.get("/contacts/export.csv").get_data().decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(text), delimiter=";"))[1][:4] == ["z@asso.example", "", "", "'=HYPERLINK(1)"]
    english = (
        mailer_client.get("/contacts/export.csv", headers={"Accept-Language": "en"}).get_data().decode("utf-8-sig")
    )
    assert english.startswith("E-mail;First name;Last name;")
    with mailer_db.reading() as session:
        assert session.scalar(sa.text("SELECT count(*) FROM audit_entries WHERE what = 'exported'")) == 2


# --- unsubscribe ------------------------------------------------------------------------------------------


@pytest.fixture
def reader(mailer_app: Any, mailer_db: Any) -> tuple[Any, str]:
    """A subscribed contact and the token of their mails."""
    with mailer_db.transaction() as session:
        who = subscribed(session, "zoe.hote@asso.example")
    return who, unsubscribe.token(who, ECHO, secret=mailer_app.extensions["settings"].secret_key)


def status(db: Any, who: Any) -> str:
    with db.reading() as session:
        return contacts.status(session, who, ECHO)


def test_a_get_changes_nothing(mailer_client: Any, mailer_db: Any, reader: tuple[Any, str]) -> None:
    for _ in range(3):
        answer = mailer_client.get(f"/unsubscribe/{reader[1]}")
        assert answer.status_code == 200
        assert "zoe.hote" not in answer.text
    assert mailer_client.head(f"/unsubscribe/{reader[1]}").status_code == 200
    assert status(mailer_db, reader[0]) == GIVEN


def test_one_click_needs_nothing_and_may_come_twice(
    mailer_app: Any, mailer_client: Any, mailer_db: Any, reader: tuple[Any, str]
) -> None:
    mailer_app.config["WTF_CSRF_ENABLED"] = True
    for _ in range(2):
        answer = mailer_client.post(f"/unsubscribe/{reader[1]}", data={"List-Unsubscribe": "One-Click"})
        assert answer.status_code == 200
        assert "C’est fait" in answer.text
    assert status(mailer_db, reader[0]) == WITHDRAWN
    with mailer_db.reading() as session:
        assert [one.source for one in directory.consents(session, reader[0])] == [
            "bouton de la messagerie",
            "formulaire",
        ]

    assert mailer_client.post(f"/unsubscribe/{reader[1]}/annuler").status_code == 200
    assert status(mailer_db, reader[0]) == GIVEN


def test_preferences_page(mailer_app: Any, mailer_client: Any, mailer_db: Any, reader: tuple[Any, str]) -> None:
    mailer_app.config["WTF_CSRF_ENABLED"] = True
    page = f"/preferences/{reader[1]}"
    shown = mailer_client.get(page).text
    assert "Je veux L’Écho" in shown
    settings = mailer_app.extensions["settings"]
    for other in (f"{settings.registration_url}/mon-lien", f"{settings.jury_url}/"):  # what hangs on no list
        assert f'<a href="{other}">' in shown
    assert mailer_client.post(page, data={"was_lists": "echo"}).status_code == 200
    assert status(mailer_db, reader[0]) == WITHDRAWN
    assert mailer_client.post(page, data={"lists": "echo"}).status_code == 200
    assert status(mailer_db, reader[0]) == GIVEN


def test_a_broken_link_says_so(mailer_client: Any, reader: tuple[Any, str]) -> None:
    for token in (reader[1][:-3], "x", "é" * 20, reader[1] + "AA"):
        answer = mailer_client.post(f"/unsubscribe/{token}")
        assert (answer.status_code, "coupé" in answer.text) == (404, True)


def test_leaving_after_the_start_is_respected(mailer_db: Any, reader: tuple[Any, str]) -> None:
    """The row is there, but the claim looks at the consent again."""
    from services.mailer import ledger

    with mailer_db.transaction() as session:
        assert campaigns.start(session, campaign(session), NOW) == 1
        contacts.withdraw(session, reader[0], ECHO, "lien", "Me désabonner", "1", NOW)
    with mailer_db.transaction() as session:
        taken = ledger.claim(session, lane="bulk", relay="r", owner="t 1 1", allowances={"other": 9}, limit=9, lease=60)
        assert taken == []
        assert session.execute(sa.select(Message.state, Message.reason)).all() == [("suppressed", "consent")]


def test_list_page_costs_the_same_for_many(mailer_client: Any, mailer_db: Any, sign_in: Callable[..., Any]) -> None:
    sign_in(mailer_client, "editor")

    def queries(path: str) -> int:
        seen: list[str] = []

        def note(_c: Any, _cur: Any, statement: str, *_more: Any) -> None:
            if re.match(r"\s*(SELECT|WITH)", statement):
                seen.append(statement)

        sa.event.listen(mailer_db.engine, "before_cursor_execute", note)
        assert mailer_client.get(path).status_code == 200
        sa.event.remove(mailer_db.engine, "before_cursor_execute", note)
        return len(seen)

    with mailer_db.transaction() as session:
        subscribed(session, "a@asso.example")
    few = queries("/contacts/")
    bring(mailer_db, (TITLES + "".join(f"p{n}@asso.example;;;;\n" for n in range(45))).encode())
    assert queries("/contacts/") == few == 7


def test_who_took_it_back_unknown_and_comes_by_their_own_page_is_written_to(mailer_db: Any) -> None:
    no = {"source": "registration", "wording": "oui", "wording_version": "1", "evidence": "x"}
    with mailer_db.transaction() as session:
        contacts.take_back(session, "zoe@asso.example", ECHO, at=NOW, **no)
        person = contacts.Person("zoe@asso.example")
        zoe = contacts.subscribe(session, person, "formations", "formulaire", "Je veux les formations", "1", NOW)
        assert contacts.resubscribe(session, zoe, ECHO, "préférences", NOW + dt.timedelta(days=1))
        assert audience.count(session, audience.Filter()) == 1
