"""Two people at one text: nobody undoes what the other saved, and nobody approves what they have not read."""

from __future__ import annotations

import datetime as dt
import html
import re
from collections.abc import Callable
from typing import Any

import pytest

from services.mailer import issues, letters, lists, photos, pictures
from shared import clock
from tests.mailer_people import readers, run

NOW = dt.datetime(2016, 10, 10, 9, tzinfo=dt.UTC)
AUTHOR, OTHER = "ines@agora.example", "sacha@agora.example"
HEAD = {"number": 34, "title": "L’Agora", "planned_on": dt.date(2016, 10, 17), "editorial": "Bonjour."}
PIECE = {"section": "members", "title": "Une classe ouvre", "text": "Quarante élèves ont un toit. " * 10}
LETTER = {"list_key": "echo", "title": "Réunion", "text": "À lundi.", "public": False, "embargo_until": None}


@pytest.fixture(autouse=True)
def _in_october(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def places(mailer_db: Any) -> dict[str, str]:
    """Forms and pages about a text of AUTHOR, by what they are about."""
    readers(mailer_db, 1)
    by = {"who": AUTHOR, "now": NOW}
    with mailer_db.transaction() as session:
        issue = issues.create(session, HEAD, **by)
        item = issues.add_item(session, issue, PIECE, **by)
        letter = letters.write(session, None, LETTER, **by).id
    return {
        "head": f"/numeros/{issue}",
        "item": f"/numeros/{issue}/articles/{item}",
        "letter": f"/lettres/{letter}/modifier",
    }


@pytest.fixture
def person(mailer_app: Any, sign_in: Callable[..., Any]) -> Callable[[str], Any]:
    def client(email: str) -> Any:
        made = mailer_app.test_client()
        sign_in(made, "editor", email=email)
        return made

    return client


def filled(page: str, name: str) -> dict[str, str]:
    """What a browser would post of the form with this field, nothing typed."""
    form = next(one for one in re.findall(r"<form[^>]*>.*?</form>", page, re.S) if f'name="{name}"' in one)
    fields = {}
    for tag in re.findall(r"<input [^>]*>", form):
        attributes = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        if attributes.get("type") not in ("checkbox", "radio") or " checked" in tag:
            fields[attributes["name"]] = html.unescape(attributes.get("value", ""))
    fields |= dict(re.findall(r'<textarea [^>]*?name="([^"]+)"[^>]*>\n?(.*?)</textarea>', form, re.S))
    return fields | dict(re.findall(r'<select [^>]*?name="([^"]+)".*?value="([^"]*)" selected', form, re.S))


TEXTS = {"head": ("editorial", "issues", "editorial"), "item": ("text", "items", "text"),
         "letter": ("text", "letters", "text")}  # fmt: skip


@pytest.mark.parametrize("about", TEXTS)
def test_who_saves_second_sees_both_versions(
    about: str, places: dict[str, str], person: Callable[[str], Any], mailer_db: Any
) -> None:
    name, table, column = TEXTS[about]
    mine, theirs = person(AUTHOR), person(OTHER)
    first, second = (filled(one.get(places[about]).text, name) for one in (mine, theirs))
    assert theirs.post(places[about], data=second | {name: "De Sacha."}).status_code == 303

    refused = mine.post(places[about], data=first | {name: "D’Inès."})
    assert refused.status_code == 409
    assert run(mailer_db, f"SELECT {column} AS text FROM {table}")[0].text == "De Sacha."
    assert all(part in refused.text for part in ("Les deux versions", "D’Inès.", "De Sacha.", OTHER))
    assert filled(refused.text, name)[name] == "D’Inès."

    compared = mine.post(places[about], data=filled(refused.text, name) | {name: "Des deux."})
    assert compared.status_code == 303
    assert run(mailer_db, f"SELECT {column} AS text FROM {table}")[0].text == "Des deux."


def test_who_saves_the_same_is_not_asked_to_compare(places: dict[str, str], person: Callable[[str], Any]) -> None:
    first = filled(person(AUTHOR).get(places["item"]).text, "text")
    for who in (AUTHOR, OTHER):
        assert person(who).post(places["item"], data=first | {"text": "Le même."}).status_code == 303


def test_a_correction_on_the_web_overwrites_no_other(
    places: dict[str, str], person: Callable[[str], Any], mailer_db: Any
) -> None:
    issue = places["head"]
    sender = person(OTHER)
    assert sender.post(f"{issue}/envoyer").status_code == 303
    page = f"{places['item']}/corriger"
    first, second = (filled(sender.get(page).text, "note") for _ in range(2))
    assert sender.post(page, data=second | {"title": "Une école", "note": "C’est une école."}).status_code == 303
    refused = sender.post(page, data=first | {"title": "Un lycée", "note": "C’est un lycée."})
    assert refused.status_code == 409
    assert filled(refused.text, "note")["note"] == "C’est un lycée."
    assert run(mailer_db, "SELECT title FROM items")[0].title == "Une école"


@pytest.mark.parametrize("kind", ["issue", "letter"])
@pytest.mark.parametrize("act", ["approuver", "envoyer", "programmer"])
def test_nobody_approves_or_sends_what_they_have_not_read(
    kind: str, act: str, places: dict[str, str], person: Callable[[str], Any], mailer_db: Any
) -> None:
    author, reader = person(AUTHOR), person(OTHER)
    edited, name = (places["item"], "text") if kind == "issue" else (places["letter"], "text")
    page = places["head"] if kind == "issue" else places["letter"].removesuffix("/modifier")
    shown = page if act == "approuver" or kind == "letter" else f"{page}/envoyer"
    read = re.findall(rf'action="{page}/{act}"[^>]*>.*?name="seen" value="(\w+)"', reader.get(shown).text, re.S)[0]
    assert author.post(edited, data=filled(author.get(edited).text, name) | {name: "Autre chose."}).status_code == 303

    asked = {"seen": read, "day": "2016-10-17", "time": "09:00"}
    again = reader.post(f"{page}/{act}", data=asked, follow_redirects=True)
    assert "Relisez-le" in again.text
    table = "issues" if kind == "issue" else "letters"
    row = run(mailer_db, f"SELECT approved_by, state, send_at FROM {table}")[0]
    assert (row.approved_by, row.state, row.send_at) == ([], "draft", None)

    fresh = re.findall(rf'action="{page}/{act}"[^>]*>.*?name="seen" value="(\w+)"', again.text, re.S)[0]
    assert reader.post(f"{page}/{act}", data=asked | {"seen": fresh}).status_code == 303
    assert run(mailer_db, f"SELECT approved_by FROM {table}")[0].approved_by == [OTHER]


@pytest.mark.parametrize(("about", "name"), [("letter", "text"), ("head", "editorial")])
def test_who_saves_second_sees_that_the_other_one_wrote_to_another_list(
    about: str, name: str, places: dict[str, str], person: Callable[[str], Any], mailer_db: Any
) -> None:
    page, mine, theirs = places[about], person(AUTHOR), person(OTHER)
    with mailer_db.transaction() as session:
        board = {"name": "Bureau", "description": "Le bureau.", "name_en": "", "description_en": "", "open": False}
        lists.create(session, board, who=OTHER, now=NOW)
    form = filled(mine.get(page).text, name) | {"list_key": "echo"}
    other = {"list_key": "bureau"} | ({"public": "true"} if about == "letter" else {})
    assert theirs.post(page, data=form | other).status_code == 303

    refused = mine.post(page, data=form | {name: "À mardi."})

    assert refused.status_code == 409
    cells = re.findall(r'<td data-label="Déjà enregistré">(.*?)</td>', refused.text)
    assert ({"Bureau", "oui"} if about == "letter" else {"Bureau"}) <= set(cells)


def test_who_saves_second_sees_that_the_other_one_changed_section_and_photo(
    places: dict[str, str], person: Callable[[str], Any], mailer_db: Any
) -> None:
    with mailer_db.transaction() as session:
        shown = [photos.keep(session, pictures.Picture(b"jpeg", 8, 6), None, NOW).name for _ in range(2)]
    page, mine, theirs = places["item"], person(AUTHOR), person(OTHER)
    said = {"photo_alt": "Un toit", "credit": "Photo : Inès", "section": "members"}
    first = filled(mine.get(page).text, "text") | said
    changed = {"section": "headline", "photo_name": shown[0]}
    assert theirs.post(page, data=first | changed).status_code == 303

    refused = mine.post(page, data=first | {"photo_name": shown[1]})

    assert refused.status_code == 409
    cells = re.findall(r"<td data-label=\"(Vous avez écrit|Déjà enregistré)\">(.*?)</td>", refused.text)
    assert ("Vous avez écrit", "Vie des associations") in cells
    assert ("Déjà enregistré", "À la une") in cells
    assert [name for _label, cell in cells for name in shown if name in cell] == [shown[1], shown[0]]


@pytest.mark.parametrize("kind", ["issue", "letter"])
def test_an_approval_falls_when_the_answers_go_elsewhere(
    kind: str, places: dict[str, str], person: Callable[[str], Any], mailer_db: Any
) -> None:
    reader, other = person(OTHER), person("lea@agora.example")
    page = places["head"] if kind == "issue" else places["letter"].removesuffix("/modifier")
    table = f"{kind}s"

    def seen(act: str) -> str:
        shown = reader.get(f"{page}/envoyer" if kind == "issue" and act != "approuver" else page).text
        return str(re.findall(rf'action="{page}/{act}"[^>]*>.*?name="seen" value="(\w+)"', shown, re.S)[0])

    def answers_to(address: str) -> Any:
        said = {"name": "L’Écho du Réseau", "name_en": "L’Écho du Réseau", "description": "Six par an.", "open": "true"}
        return other.post("/contacts/listes/echo", data=said | {"reply_to": address})

    before = seen("approuver")
    assert answers_to("redaction@agora.example").status_code == 303
    assert "Relisez-le" in reader.post(f"{page}/approuver", data={"seen": before}, follow_redirects=True).text
    reader.post(f"{page}/approuver", data={"seen": seen("approuver")})
    assert run(mailer_db, f"SELECT approved_by FROM {table}")[0].approved_by == [OTHER]

    assert answers_to("ailleurs@agora.example").status_code == 303
    assert "À approuver de nouveau" in other.get("/contacts/listes/").text
    row = run(mailer_db, f"SELECT approved_by, prepared_by FROM {table}")[0]
    assert (row.approved_by, row.prepared_by) == ([], [AUTHOR, "lea@agora.example"])

    asked = {"seen": seen("programmer"), "day": "2016-10-17", "time": "09:00"}
    assert reader.post(f"{page}/programmer", data=asked).status_code == 303
    refused = answers_to("encore@agora.example")
    assert refused.status_code == 422
    assert "est programmé" in refused.text
    assert run(mailer_db, "SELECT reply_to FROM lists")[0].reply_to == "ailleurs@agora.example"
