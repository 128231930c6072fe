"""Every page of the mailer answers, for staff, for readers and for member associations."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from services.mailer import contacts, contributions, issues, letters, unsubscribe
from services.mailer.models.contacts import ECHO
from tests.mailer_people import run

NOW = dt.datetime(2016, 10, 3, 9, tzinfo=dt.UTC)
STAFF_PAGES = [
    "/equipe/",
    "/contacts/",
    "/contacts/?q=dupont&etat=given",
    "/contacts/{contact}",
    "/contacts/importer/",
    "/contacts/export.csv",
    "/numeros/",
    "/numeros/{issue}",
    "/numeros/{issue}/articles/nouveau",
    "/numeros/{issue}/articles/{item}",
    "/numeros/{issue}/apercu",
    "/numeros/{issue}/apercu/message",
    "/numeros/{issue}/envoyer",
    "/contributeurs/",
    "/contributeurs/rotation",
    "/numeros/plan",
    "/numeros/chiffres",
    "/delivrabilite",
    "/numeros/plan?annee=2031",
    "/contributions/{contribution}",
    "/campagnes/",
    "/lettres/",
    "/lettres/nouvelle",
    "/lettres/{letter}",
    "/lettres/{letter}/modifier",
    "/lettres/{letter}/message",
]
PUBLIC_PAGES = ["/echo/", "/echo/flux.xml", "/unsubscribe/{token}", "/preferences/{token}", "/contribuer/{link}"]


@pytest.fixture
def world(mailer_app: Any, mailer_db: Any) -> dict[str, Any]:
    """A contact, a draft with one item, a contribution that waits."""
    secret = mailer_app.extensions["settings"].secret_key
    with mailer_db.transaction() as session:
        person = contacts.Person("Zoe.Dupont@asso.example", "Zoé", "Dupont", "Eau Partagée", topics=("eau",))
        contact = contacts.subscribe(session, person, ECHO, "formulaire", "Je veux L’Écho", "1", NOW)
        head = {"number": 34, "title": "L’Agora", "planned_on": dt.date(2016, 10, 17),
                "contributions_on": dt.date(2099, 1, 1)}  # fmt: skip
        issue = issues.create(session, head, who="a@b.fr", now=NOW)
        piece = {"section": "headline", "title": "Titre", "text": "Texte https://exemple.fr/x"}
        item = issues.add_item(session, issue, piece, who="a@b.fr", now=NOW)
        contributor, link = contributions.invite(
            session, structure="Lo Camin", name="Inès", email="ines@camin.example", who="a@b.fr", now=NOW
        )
        handed_in = contributions.submit(session, contributor, piece | {"section": "members"}, now=NOW)
        typed = {"list_key": ECHO, "title": "Titre", "text": "Texte", "public": True, "embargo_until": None}
        return {
            "letter": letters.write(session, None, typed, who="a@b.fr", now=NOW).id,
            "contact": contact,
            "issue": issue,
            "item": item,
            "contribution": handed_in.id,
            "link": link,
            "token": unsubscribe.token(contact, ECHO, secret=secret),
        }


@pytest.mark.parametrize("path", STAFF_PAGES)
@pytest.mark.parametrize("language", ["fr", "en"])
def test_staff_page(
    mailer_client: Any, sign_in: Callable[..., Any], world: dict[str, Any], path: str, language: str
) -> None:
    sign_in(mailer_client, "editor")
    answer = mailer_client.get(path.format(**world), headers={"Accept-Language": language})
    assert answer.status_code == 200, answer.text[:2000]


@pytest.mark.parametrize("path", [path for path in STAFF_PAGES if "{" not in path])
def test_staff_page_is_closed_to_strangers(mailer_client: Any, path: str) -> None:
    answer = mailer_client.get(path)
    assert answer.status_code == 303
    assert "/connexion?" in answer.location


def test_desk_volunteers_do_not_see_addresses(mailer_client: Any, sign_in: Callable[..., Any]) -> None:
    sign_in(mailer_client, "desk")
    assert mailer_client.get("/contacts/").status_code == 403


@pytest.mark.parametrize("path", PUBLIC_PAGES)
def test_public_page(mailer_client: Any, world: dict[str, Any], path: str) -> None:
    answer = mailer_client.get(path.format(**world))
    assert answer.status_code == 200, answer.text[:2000]


@pytest.mark.parametrize(
    "path", ["/contacts/{0}", "/numeros/{0}", "/lettres/{0}", "/campagnes/{0}", "/contributions/{0}"]
)
def test_what_does_not_exist_is_said_so(mailer_client: Any, sign_in: Callable[..., Any], path: str) -> None:
    sign_in(mailer_client, "editor")
    assert mailer_client.get(path.format(uuid.uuid4())).status_code == 404


def test_who_administers_is_led_to_the_facts_that_were_set_aside(
    mailer_client: Any, mailer_db: Any, sign_in: Callable[..., Any]
) -> None:
    run(mailer_db, """INSERT INTO dead_letters (id, type, reason, body, fingerprint)
        VALUES (new_uuid7(), 'jury.thing.unheard.v1', 'unknown event type', '{}', 'x')""")  # fmt: skip
    sign_in(mailer_client, "editor")
    assert "mis-de-cote" not in mailer_client.get("/equipe/").text
    sign_in(mailer_client, "admin")
    assert 'href="/equipe/mis-de-cote/">Un fait mis de côté</a>' in mailer_client.get("/equipe/").text
    page = mailer_client.get("/equipe/mis-de-cote/").text.replace("<wbr>", "")
    assert '<a href="/campagnes/">Envois</a>' in page
    assert "jury.thing.unheard.v1" in page
    assert "Ce service ne connaît pas ce fait. Mettez ce service à jour, puis rejouez le message." in page
    assert '<code lang="en">unknown event type</code>' in page
