"""The journal of the whole network: what was done, on which thing, by whom, in words."""

from __future__ import annotations

import datetime as dt
import html
import re
from typing import Any

import pytest

from services.registration.queries import journal
from services.registration.use_cases import filters, identity, programs, registering
from shared import audit
from shared.db import Database
from tests.integration.registration_people import NOW, SITE, an_event, answers

PAGE = "/equipe/journal/"
WHO = "camille@agora.example"


@pytest.fixture
def done(registration_db: Database) -> None:
    names = {
        "name": "Occitanie Coopération",
        "legal_form": "association",
        "address": "Toulouse",
        "email": "a@b.example",
    }
    address = "https://region.example/faits"
    with registration_db.transaction() as session:
        event = an_event(session)
        filters.keep(session, event.id, "Sans repas", {"departement": "31"}, NOW, who=WHO)
        registering.register(session, event.id, answers(1), NOW, site=SITE)
        programs.give_token(session, "Site de la Région", ["events"], NOW, who=WHO)
        hook = programs.hooks.add(session, address, [], NOW, who=WHO, local=True)
        programs.hooks.stop(session, hook.id, NOW, who="webhooks", because="410 Gone")
        identity.keep(session, dt.date(2016, 1, 1), names, NOW, who=WHO)
        audit.record(session, who="admin@agora.example", what="signed_in", thing="staff", thing_id=event.id,
                     before=None, after=None, now=NOW)  # fmt: skip


def lines(client: Any, address: str = PAGE) -> list[str]:
    """The lines of the page, the newest first, as read; without the instant."""
    answer = client.get(address)
    assert answer.status_code == 200
    found = re.findall(r"<li><time[^>]*>.*?</time>(.*?)</li>", answer.text, re.S)
    plain = (html.unescape(re.sub(r"<[^>]+>", "", one)).replace("\u202f", " ").replace("\xa0", " ") for one in found)
    return [" ".join(one.split()) for one in plain]


NETWORK = f"Identité du réseau · Identité enregistrée : Occitanie Coopération · {WHO}"
STOPPED = "Adresses des programmes · Adresse arrêtée : https://region.example/faits · Agora"


@pytest.mark.parametrize("role", ["staff", "auditor"])
def test_what_has_no_page_of_its_own_is_told_there(
    registration_client: Any, sign_in: Any, done: None, role: str
) -> None:
    sign_in(registration_client, role)
    found = lines(registration_client)
    assert found[:4] == [
        NETWORK,
        STOPPED,
        f"Adresses des programmes · Adresse ajoutée : https://region.example/faits · {WHO}",
        f"Jetons des programmes · Jeton donné : Site de la Région · {WHO}",
    ]
    assert any(one.startswith("Évènements · Filtre de la liste gardé : Journée d’essai") for one in found)
    assert not [one for one in found if "Inscription reçue" in one or "identifié" in one]


def test_one_kind_of_thing_is_shown_alone_and_a_page_at_a_time(
    registration_client: Any, sign_in: Any, done: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_in(registration_client, "staff")
    (line,) = lines(registration_client, f"{PAGE}?quoi=registration")
    assert "Inscription reçue" in line
    assert lines(registration_client, f"{PAGE}?quoi=network") == [NETWORK]
    monkeypatch.setattr(journal, "AT_ONCE", 1)
    first = registration_client.get(f"{PAGE}?quoi=webhook").text
    older = re.search(r'href="([^"]*avant=[^"]+)"', first)
    assert older
    (added,) = lines(registration_client, html.unescape(older[1]))
    assert "Adresse ajoutée" in added
    for nonsense in ("?quoi=x", "?avant=x", "?avant=", "?quoi=staff"):
        assert lines(registration_client, PAGE + nonsense) == [NETWORK]


def test_who_administers_reads_the_accounts_too(registration_client: Any, sign_in: Any, done: None) -> None:
    sign_in(registration_client, "admin")
    assert lines(registration_client, f"{PAGE}?quoi=staff") == [
        "Comptes de l’équipe · S’est identifié(e) · admin@agora.example"
    ]
    sign_in(registration_client, "desk")
    assert registration_client.get(PAGE).status_code == 403
