"""A mail that cannot be made never leaves, crashes no page, and says which part breaks and what to do."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

import jinja2
import pytest

from services.mailer import contacts, contributions, echo, issues, letters, publishing, render, scheduling
from services.mailer.models.contacts import ECHO
from services.mailer.models.issues import Issue
from services.mailer.publishing import House
from shared import clock
from shared.errors import RuleError
from tests.mailer_people import run

NOW = dt.datetime(2016, 10, 10, 9, tzinfo=dt.UTC)
WHO = {"who": "a@b.fr", "now": NOW}


def break_template(monkeypatch: pytest.MonkeyPatch, name: str, source: str) -> None:
    assert echo._templates.loader
    first = jinja2.DictLoader({name: source})
    monkeypatch.setattr(echo._templates, "loader", jinja2.ChoiceLoader([first, echo._templates.loader]))


@pytest.fixture
def issue(mailer_db: Any, monkeypatch: pytest.MonkeyPatch) -> uuid.UUID:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    with mailer_db.transaction() as session:
        contacts.subscribe(session, contacts.Person("zoe@asso.example", "Zoé"), ECHO, "test", "oui", "1", NOW)
        head = {"number": 34, "title": "L’Agora", "planned_on": dt.date(2016, 10, 17), "editorial": "Bonjour."}
        made = issues.create(session, head, **WHO)
        for section, title in (("agenda", "Une fête"), ("calls", "Un appel pour l’eau")):
            item = {"section": section, "title": title, "text": "Il est ouvert à toutes les associations."}
            issues.add_item(session, made, item, **WHO)
    return made


@pytest.fixture
def editor(mailer_client: Any, sign_in: Callable[..., Any]) -> Any:
    sign_in(mailer_client, "editor", email="sacha@agora.example")
    return mailer_client


@pytest.mark.parametrize(
    ("breaks", "says"),
    [
        ("{% if piece.title == 'Un appel pour l’eau' %}{{ nothing.said }}{% endif %}",
         "L’article « Un appel pour l’eau » (Appels à projets) ne se compose pas."),
        ("{% if edition.editorial %}{{ nothing.said }}{% endif %}", "L’éditorial ne se compose pas."),
        ("{{ nothing.said }}", "Le modèle du message ne se compose pas. Vos textes n’y sont pour rien"),
        ("{% if %}", "Le modèle du message ne se compose pas. Vos textes n’y sont pour rien"),
    ],
)  # fmt: skip
def test_the_sending_page_says_which_part_breaks_and_what_to_do(
    mailer_app: Any,
    mailer_db: Any,
    editor: Any,
    issue: uuid.UUID,
    monkeypatch: pytest.MonkeyPatch,
    breaks: str,
    says: str,
) -> None:
    source = (
        f"{{% for key, title, pieces in sections %}}{{% for piece in pieces %}}{breaks}{{% endfor %}}{{% endfor %}}"
    )
    break_template(monkeypatch, "_foot.txt.j2", source if "piece" in breaks else breaks)
    page = _plain(editor.get(f"/numeros/{issue}/envoyer"))
    assert f"en français, en anglais : {says}" in page
    assert ("Ouvrir l’article" in page) == ("piece" in breaks)
    assert "Envoyer à 1 personne<" not in page
    assert says in _plain(editor.get(f"/numeros/{issue}"))
    assert says in _plain(editor.get(f"/numeros/{issue}/apercu/message"), 409)
    assert editor.get(f"/numeros/{issue}/apercu").location == f"/numeros/{issue}"
    assert says in _plain(editor.post(f"/numeros/{issue}/essai"), 409)
    assert says in _plain(editor.post(f"/numeros/{issue}/envoyer"), 422)
    assert run(mailer_db, "SELECT id FROM campaigns") == []
    assert run(mailer_db, "SELECT id FROM messages") == []


def test_one_broken_version_keeps_all_from_leaving(
    mailer_app: Any, mailer_db: Any, editor: Any, issue: uuid.UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    only_english = "{{ unsubscribe_url }}{% if words.lang == 'en' %}{{ nothing.said }}{% endif %}"
    break_template(monkeypatch, "_foot.txt.j2", only_english)
    page = _plain(editor.get(f"/numeros/{issue}/envoyer"))
    assert "en anglais : Le modèle du message ne se compose pas." in page
    assert "UndefinedError" in page
    assert "en français" not in page
    house = House.of(mailer_app.extensions["settings"])
    with mailer_db.transaction() as session, pytest.raises(RuleError) as refused:
        publishing.send(session, issue, house, who="sacha@agora.example", now=NOW)
    assert list(refused.value.details["failed"]) == ["variants"]
    assert run(mailer_db, "SELECT id FROM campaigns") == []


def test_an_hour_that_comes_while_it_is_broken_says_so_and_holds_nothing_else_up(
    mailer_app: Any, mailer_db: Any, issue: uuid.UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    house, at = House.of(mailer_app.extensions["settings"]), NOW + dt.timedelta(hours=1)
    with mailer_db.transaction() as session:
        scheduling.schedule(session, issue, at, house, who="sacha@agora.example", now=NOW)
    break_template(monkeypatch, "_foot.txt.j2", "{{ nothing.said }}")
    assert scheduling.send_due(mailer_db, house, at) == []
    with mailer_db.reading() as session:
        assert session.get_one(Issue, issue).schedule_failed == "preflight"


def test_the_page_of_a_letter_shows_what_breaks(
    mailer_db: Any, editor: Any, issue: uuid.UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = {"list_key": ECHO, "title": "Une place", "text": "Bonjour.", "public": True, "embargo_until": None}
    with mailer_db.transaction() as session:
        letter = letters.write(session, None, values, **WHO).id
    break_template(monkeypatch, "_foot.txt.j2", "{% if letter.text %}{{ nothing.said }}{% endif %}")
    says = "Le texte de la lettre ne se compose pas."
    assert f"en français, en anglais : {says}" in _plain(editor.get(f"/lettres/{letter}"))
    assert says in _plain(editor.post(f"/lettres/{letter}/essai"), 409)
    assert says in _plain(editor.post(f"/lettres/{letter}/envoyer"), 422)


def test_the_author_of_an_article_loses_nothing_and_the_models_say_what_breaks(
    mailer_db: Any, editor: Any, issue: uuid.UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    with mailer_db.transaction() as session:
        _author, token = contributions.invite(session, structure="Lo Camin", name="Inès", email="i@c.example", **WHO)
    break_template(monkeypatch, "_foot.mjml.j2", "{{ nothing.said }}")
    seen = editor.post(f"/contribuer/{token}/apercu", data={"title": "Titre", "text": "Texte"})
    assert "L’aperçu ne se compose pas pour l’instant." in _plain(seen)
    monkeypatch.setattr(render._html, "loader", jinja2.DictLoader({"fr/still_there.j2": "{% if %}"}))
    assert "Ce modèle ne se compose pas (en français)" in _plain(editor.get("/courriers/modeles/still_there"), 409)


def _plain(answer: Any, status: int = 200) -> str:
    assert answer.status_code == status
    return " ".join(str(answer.text).replace("\u202f", " ").replace("\u00a0", " ").split())
