"""The staff build the form of an event: docs/forms.md, as the pages say it."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.registration.models import Event, FormAnswer
from services.registration.queries import forms as queries
from services.registration.rules.forms import Condition, Question
from services.registration.use_cases import forms, registering
from shared import audit, clock
from shared.db import Database
from tests.integration.registration_people import NOW, SITE, an_event, answers
from tests.integration.test_registration_form import found

BUILDER = "/equipe/evenements/agora-2016/formulaire"


@pytest.fixture(autouse=True)
def october_2016(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def event(registration_db: Database) -> Event:
    with registration_db.transaction() as session:
        return an_event(session, capacity=20)


@pytest.fixture
def staff(registration_client: Any, sign_in: Any, event: Event) -> Any:
    sign_in(registration_client, "staff")
    return registration_client


def seen(client: Any) -> str:
    return found(client.get(BUILDER).text, "seen")


def do(client: Any, what: str, **fields: str) -> Any:
    return client.post(f"{BUILDER}/{what}", data={"seen": seen(client)} | fields)


def typed_as(page: str) -> str:
    """Without the narrow spaces of French."""
    return html.unescape(re.sub(r"\s+", " ", page))


def draft(db: Database, event: Event) -> dict[str, Question]:
    with db.reading() as session:
        return {one.key: one for one in queries.read(forms.latest(session, event.id)).questions}


def test_from_the_library_to_the_participant(staff: Any, registration_db: Database, event: Event) -> None:
    assert do(staff, "ajouter", key="arrival").status_code == 303
    public = "/e/agora-2016/inscription"
    assert "Comment venez-vous" not in staff.get(public).text
    assert "Comment venez-vous" in staff.get(f"{BUILDER}/apercu").text
    difference = staff.get(f"{BUILDER}/publier").text
    assert "Comment venez-vous" in difference
    assert "Ajoutée" in difference
    assert do(staff, "publier").status_code == 303
    assert "Comment venez-vous" in staff.get(public).text
    with registration_db.reading() as session:
        rows = audit.history(session, "event", event.id)
        told = [row for row in rows if row.what == "form published"]
    assert told[0].after == {"version": 2, "changes": [["added", "arrival"]]}


def test_an_event_goes_out_with_the_form_prepared_for_it_and_says_later_what_nobody_sees(
    staff: Any, registration_db: Database, event: Event
) -> None:
    board, public = "/equipe/evenements/agora-2016", "/e/agora-2016/inscription"
    assert staff.post(f"{board}/brouillon").status_code == 303
    do(staff, "ajouter", key="arrival")
    assert staff.post(f"{board}/publier").status_code == 303
    assert "Comment venez-vous" in staff.get(public).text
    assert "que personne ne voit encore" not in staff.get(board).text
    do(staff, "ajouter", key="member")
    staff.post(f"{board}/clore")
    staff.post(f"{board}/publier")
    assert "membre du réseau" not in staff.get(public).text
    assert "que personne ne voit encore" in staff.get(board).text


WHY = "Une réponse sensible n’est proposée ici qu’à une question sensible"


def test_a_question_of_ones_own_and_its_english_if_any(staff: Any, registration_db: Database, event: Event) -> None:
    page = do(staff, "nouvelle", label="Un hébergement ?", type="choice", section="day").location
    key = page.rsplit("/", 1)[1]
    assert do(staff, "publier").status_code == 303
    assert "Un hébergement" in staff.get("/e/agora-2016/inscription", headers={"Accept-Language": "en"}).text
    assert ("when.diet.vegan" in staff.get(page).text, WHY in staff.get(page).text) == (False, True)
    fields = {
        "label_fr": "Un hébergement ?",
        "label_en": "A bed for the night?",
        "required": "true",
        "section": "day",
        "protection": "sensitive",
        "option-0-key": "yes",
        "option-0-fr": "Oui",
        "option-0-en": "Yes",
        "option-1-fr": "Chez l’habitant",
        "w-authority-fr": "Un hébergement pour la délégation ?",
        "w-authority-en": "Beds for the delegation?",
        "when.carpool_role.seek": "true",
    }
    assert staff.post(page, data=fields | {"seen": seen(staff)}).status_code == 303
    assert ("when.diet.vegan" in staff.get(page).text, WHY in staff.get(page).text) == (True, False)
    one = draft(registration_db, event)[key]
    assert [option.key for option in one.options] == ["yes", "chez-l'habitant".replace("'", "")]
    assert (one.required, one.protection, one.show_if) == (True, "sensitive", Condition("carpool_role", ("seek",)))
    assert one.said_for("authority", "en") == "Beds for the delegation?"
    difference = typed_as(staff.get(f"{BUILDER}/publier").text)
    assert "Selon le type d’acteur, Collectivité territoriale" in difference
    assert "Un hébergement pour la délégation ? / Beds for the delegation" in difference
    assert "Selon le type d’acteur, Acteur économique" not in difference
    shown = staff.post(page, data=fields | {"preview": "true", "label_fr": "Pas encore enregistré"})
    assert "Pas encore enregistré" in shown.text
    assert shown.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert do(staff, "publier").status_code == 303


def test_a_library_question_keeps_what_its_column_holds(staff: Any, registration_db: Database, event: Event) -> None:
    fields = {"label_fr": "Votre repas", "label_en": "Your meal", "section": "day", "protection": "ordinary"}
    staff.post(f"{BUILDER}/question/diet", data=fields | {"seen": seen(staff), "option-0-fr": "Carnivore"})
    diet = draft(registration_db, event)["diet"]
    assert (diet.label.fr, diet.protection, len(diet.options)) == ("Votre repas", "sensitive", 5)
    fields = {"label_fr": "Oui à tout", "label_en": "Yes", "section": "choices", "required": "true"}
    staff.post(f"{BUILDER}/question/newsletter", data=fields | {"seen": seen(staff)})
    assert draft(registration_db, event)["newsletter"].label.fr.startswith("Je souhaite recevoir L’Écho")
    assert not draft(registration_db, event)["newsletter"].required
    page, fields = f"{BUILDER}/question/carpool_return", {"label_fr": "Votre retour ?", "section": "day"}
    for protection, status, kept in (("sensitive", 422, "ordinary"), ("ordinary", 303, "ordinary")):
        answer = staff.post(page, data=fields | {"seen": seen(staff), "protection": protection})
        shown_to_others = "Elle sert au covoiturage : ce qu’on y répond est montré" in typed_as(answer.text)
        assert (answer.status_code, shown_to_others) == (status, status == 422)
        assert draft(registration_db, event)["carpool_return"].protection == kept


def test_two_at_once_neither_loses_a_word(staff: Any, registration_db: Database, event: Event) -> None:
    mine = seen(staff)
    do(staff, "ajouter", key="member")
    late = staff.post(f"{BUILDER}/retirer", data={"seen": mine, "key": "phone"})
    assert late.status_code == 409
    assert "Quelqu’un a changé ce formulaire" in late.text
    assert {"member", "phone"} <= draft(registration_db, event).keys()
    words = {"label_fr": "Vos souhaits", "label_en": "Your wishes", "section": "day", "seen": mine}
    typed = staff.post(f"{BUILDER}/question/speaker_question", data=words)
    assert typed.status_code == 409
    assert 'value="Vos souhaits"' in typed.text
    assert "Enregistré entre-temps" in typed.text
    again = words | {"seen": found(typed.text, "seen")}
    assert staff.post(f"{BUILDER}/question/speaker_question", data=again).status_code == 303


def test_what_hung_on_a_question_taken_out_is_named_and_is_back_with_it(
    staff: Any, registration_db: Database, event: Event
) -> None:
    """It is asked of everybody from then on, and nothing else on the page would say so."""
    before = draft(registration_db, event)
    assert do(staff, "retirer", key="phone").location.endswith("/formulaire")  # from the top, or it is not seen
    told = typed_as(staff.get(BUILDER).text)
    assert ("« Téléphone » est retirée du brouillon." in told, "dépendait" in told) == (True, False)
    do(staff, "retirer", key="carpool_role")
    said = staff.get(BUILDER).text.partition("se demande maintenant à chaque personne")[2].partition("</p>")[0]
    assert ["D’où partez-vous" in said, "Combien de places" in said, "Déjeunez" in said] == [True, True, False]
    assert "2 questions retirées" in staff.get(BUILDER).text
    for key in ("phone", "carpool_role"):
        assert do(staff, "remettre", key=key).location.endswith(f"#q-{key}")
    assert list(draft(registration_db, event).values()) == list(before.values())
    assert "questions retirées" not in staff.get(BUILDER).text
    assert do(staff, "remettre", key="never").status_code == 404


def test_a_question_taken_out_says_how_many_answered_and_one_never_published_is_asked_about(
    staff: Any, registration_db: Database, event: Event
) -> None:
    key = do(staff, "nouvelle", label="Un vélo ?", type="choice", section="day").location.rsplit("/", 1)[1]
    asked = do(staff, "retirer", key=key)
    assert (asked.status_code, "n’a jamais été publiée : retirée, elle est perdue" in typed_as(asked.text)) == (
        200,
        True,
    )
    assert key in draft(registration_db, event)
    assert do(staff, "retirer", key=key, sure="1").status_code == 303
    assert key not in draft(registration_db, event)

    key = do(staff, "nouvelle", label="Un vélo ?", type="choice", section="day").location.rsplit("/", 1)[1]
    do(staff, "publier")
    with registration_db.transaction() as session:
        person = registering.register(session, event.id, answers(1), NOW, site=SITE).registration_id
        given = {"question": key, "label": "Un vélo ?", "value": "yes", "said": "Oui", "given_at": NOW}
        version = queries.current(session, event.id).id
        session.add(FormAnswer(registration_id=person, version_id=version, sensitive=False, **given))
    assert do(staff, "retirer", key=key).status_code == 303
    told = typed_as(staff.get(BUILDER).text)
    assert "« Un vélo ? » est retirée du brouillon. La réponse déjà donnée reste." in told
    do(staff, "publier")
    do(staff, "remettre", key=key)
    assert key in draft(registration_db, event)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"label": " "}, "Écrivez la question."),
        ({"label": "é" * 301}, "Elle compte 301 caractères, sur 300 au plus."),
        ({"type": "poem"}, "Choisissez un type de réponse."),
    ],
)
def test_a_question_of_ones_own_that_is_refused_stays_as_typed(staff: Any, typed: dict[str, str], said: str) -> None:
    fields = {"label": "Un vélo ?", "type": "number", "section": "choices"} | typed
    refused = do(staff, "nouvelle", **fields)
    page = typed_as(refused.text)
    assert (refused.status_code, said in page) == (422, True)
    assert f'value="{fields["label"].strip()}"' in page
    assert '<option value="choices" selected' in page


def test_order_by_buttons_and_a_draft_thrown_away(staff: Any, registration_db: Database, event: Event) -> None:
    moved = do(staff, "deplacer", key="themes", direction="up")
    assert moved.location.endswith("#up-themes")
    order = list(draft(registration_db, event))
    assert order.index("themes") == order.index("countries") - 1
    do(staff, "abandonner")
    order = list(draft(registration_db, event))
    assert order.index("themes") == order.index("countries") + 1


def test_only_the_staff_build(registration_app: Any, sign_in: Any, event: Event) -> None:
    for role in ("desk", "auditor"):
        client = registration_app.test_client()
        sign_in(client, role)
        assert client.get(BUILDER).status_code == 403
        assert client.post(f"{BUILDER}/publier").status_code == 403


names = st.sampled_from(
    "label_fr label_en hint_fr section protection most least option-0-fr option-0-key w-person-fr when.meal.true "
    "when.x.y when.. required rows seen type label key direction".split()
)


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(fields=st.dictionaries(names, st.sampled_from(["9" * 30, "-", "\x00", "x" * 5000]) | st.text(max_size=9)))
def test_no_input_breaks_the_builder(staff: Any, fields: dict[str, str]) -> None:
    sent = {name: value.encode("utf-8", "replace") for name, value in fields.items()}
    for path in ("question/carpool_seats", "nouvelle", "ajouter", "deplacer"):
        assert staff.post(f"{BUILDER}/{path}", data=sent).status_code < 500
