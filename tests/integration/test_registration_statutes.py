"""An association writes its own statutes down, keeps their versions, and holds assemblies under one of them."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.registration.models.assembly import Assembly, StatutesVersion
from services.registration.rules.assembly.statutes import TWO_COLLEGES, from_json
from services.registration.use_cases import assemblies, convening
from services.registration.use_cases import statutes as use_cases
from services.registration.use_cases.assemblies import VoterDraft
from shared.db import Database
from shared.messaging.tables import outbox
from tests.integration.test_registration_assembly import GENERAL, NOW, WHO, draft
from tests.integration.test_registration_assembly_drafts import typed

PAGE = "/equipe/statuts/ecrire"


@pytest.fixture
def staff(registration_client: Any, sign_in: Any) -> Any:
    sign_in(registration_client, "staff")
    return registration_client


def form_of(client: Any, start: str = "two-colleges") -> dict[str, Any]:
    """The form as a browser would post it, under a title."""
    text = client.get(f"{PAGE}?de={start}").text
    form: dict[str, Any] = typed(text) | {"title": "Statuts de 2017"}
    for name in ("look", "add", "remove", "c0_gathers", "c1_gathers"):
        form.pop(name, None)
    return form | {"c0_gathers": ["authority", "public_body"], "c1_gathers": "business"}


def kept(db: Database) -> list[StatutesVersion]:
    with db.reading() as session:
        return list(session.scalars(sa.select(StatutesVersion).order_by(StatutesVersion.number)))


def plain(text: str) -> str:
    return text.replace("\u202f", " ").replace("\xa0", " ")


def test_a_model_kept_as_it_is_shown_has_the_same_rules(staff: Any, registration_db: Database) -> None:
    assert staff.post(f"{PAGE}?de=two-colleges", data=form_of(staff)).status_code == 303
    (version,) = kept(registration_db)
    assert (version.number, version.title) == (1, "Statuts de 2017")
    assert from_json(version.rules) == TWO_COLLEGES


def test_twenty_public_and_thirteen_economic_seats_with_weights_and_alternates_are_kept_exactly(
    staff: Any, registration_db: Database
) -> None:
    form = form_of(staff) | {"c0_alternates": "10", "c0_weight": "1,5", "c1_weight": "4/3", "c1_quorum": "0.50"}
    answer = staff.post(f"{PAGE}?de=two-colleges", data=form | {"weighted_colleges": "true"})
    page = plain(staff.get(answer.headers["Location"]).text)
    public, economic = from_json(kept(registration_db)[0].rules).colleges
    assert (public.seats, public.alternates, public.weight) == (20, 10, "3/2")
    assert (economic.seats, economic.weight, economic.quorum) == (13, "4/3", "1/2")
    assert "20 + 13 = 33 sièges" in page
    assert "poids 3/2, soit 52,9 % du résultat" in page


def test_a_long_decimal_is_kept_and_the_version_can_be_written_on(staff: Any, registration_db: Database) -> None:
    form = form_of(staff) | {"c0_weight": "0,1234567", "quorum": "0,12345678"}
    assert staff.post(f"{PAGE}?de=two-colleges", data=form).status_code == 303
    version = kept(registration_db)[0]
    again = form_of(staff, str(version.id)) | {"title": "Statuts de 2018"}
    assert staff.post(f"{PAGE}?de={version.id}", data=again).status_code == 303
    assert from_json(kept(registration_db)[1].rules) == from_json(version.rules)


def test_two_colleges_have_two_names(staff: Any, registration_db: Database) -> None:
    """Voters are listed with their college by name: of two with one name, nobody knows which."""
    form = form_of(staff) | {"c0_label": "Économiques", "c1_label": "economiques"}
    answer = staff.post(f"{PAGE}?de=two-colleges", data=form)
    assert (answer.status_code, "Un autre collège porte ce nom." in answer.text) == (422, True)
    assert kept(registration_db) == []


def test_while_it_is_written_the_sum_and_what_changes_are_shown_and_nothing_is_kept(
    staff: Any, registration_db: Database
) -> None:
    text = plain(staff.post(f"{PAGE}?de=two-colleges", data=form_of(staff) | {"c1_seats": "15", "look": "true"}).text)
    changes = text.split('id="changes"', 1)[1].split("</section>")[0]
    assert "20 + 15 = 35 sièges" in text
    assert "13 sièges" in changes
    assert "15 sièges" in changes
    assert "Pouvoirs par personne" not in changes  # it is the same
    assert kept(registration_db) == []


def test_colleges_are_added_and_removed_without_a_script_and_keep_what_was_typed(
    staff: Any, registration_db: Database
) -> None:
    form = form_of(staff) | {"c0_label": "Collectivités", "quorum": "x"}
    added = staff.post(f"{PAGE}?de=two-colleges", data=form | {"add": "true"}).text
    assert typed(added)["c0_label"] == "Collectivités"
    assert typed(added)["c2_label"] == ""
    form = {name: value for name, value in typed(added).items() if name not in ("look", "add", "remove")}
    form |= {"c2_label": "Jeunes", "c2_seats": "3", "quorum": "1/3", "remove": "1"}
    removed = typed(staff.post(f"{PAGE}?de=two-colleges", data=form).text)
    assert [removed.get(f"c{line}_label") for line in range(3)] == ["Collectivités", "Jeunes", None]
    for name in ("look", "add", "remove"):
        removed.pop(name, None)
    assert staff.post(f"{PAGE}?de=two-colleges", data=removed).status_code == 303
    rules = from_json(kept(registration_db)[0].rules)
    assert [(one.key, one.label, one.seats) for one in rules.colleges] == [
        ("public", "Collectivités", 20),
        ("jeunes", "Jeunes", 3),
    ]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"c1_weight": "0"}, "Le poids est un nombre"),
        ({"c1_seats": "-1"}, "Ce nombre est trop petit"),
        ({"c1_quorum": "3/2"}, "Le quorum s’écrit comme une fraction"),
        ({"quorum": "1e9999999"}, "Le quorum s’écrit comme une fraction"),
        ({"quorum": "٣/٤"}, "Le quorum s’écrit comme une fraction"),
        ({"quorum": "9/1"}, "Le quorum s’écrit comme une fraction"),
        ({"c1_gathers": "authority"}, "Collège 2, Qui en fait partie : Un type d’acteur est dans un seul collège"),
        ({"proxies_cap": "-1"}, "Pouvoirs par personne : Ce nombre est trop petit"),
        ({"proxies_share": "2"}, "La part s’écrit comme une fraction entre 0 et 1"),
        ({"proxies_share": "un dixième"}, "La part s’écrit comme une fraction entre 0 et 1"),
        ({"c0_label": "Élus ; agents"}, "Sans point-virgule"),
        ({"c0_label": ""}, "Répondez à cette question"),
        ({"title": ""}, "Répondez à cette question"),
    ],
)
def test_what_cannot_be_is_said_beside_its_field_and_nothing_typed_is_lost(
    staff: Any, registration_db: Database, wrong: dict[str, str], said: str
) -> None:
    answer = staff.post(f"{PAGE}?de=two-colleges", data=form_of(staff) | {"c0_seats": "27"} | wrong)
    assert (answer.status_code, said in plain(answer.text)) == (422, True)
    assert f'href="#f-{next(iter(wrong))}"' in answer.text
    assert typed(answer.text)["c0_seats"] == "27"
    assert kept(registration_db) == []


def test_a_change_is_another_version_and_says_what_it_changed(staff: Any, registration_db: Database) -> None:
    staff.post(f"{PAGE}?de=two-colleges", data=form_of(staff))
    first = kept(registration_db)[0]
    form = form_of(staff, str(first.id))
    same = staff.post(f"{PAGE}?de={first.id}", data=form)
    assert (same.status_code, "Rien n’a changé" in same.text) == (409, True)
    answer = staff.post(f"{PAGE}?de={first.id}", data=form | {"proxies_cap": "1"})
    page = plain(staff.get(answer.headers["Location"]).text)
    assert "Ce qui a changé depuis la version 1" in page
    assert page.count("Pouvoirs par personne") == 2  # what it says, and the one thing that changed
    versions = kept(registration_db)
    assert [one.number for one in versions] == [1, 2]
    assert from_json(versions[0].rules) == TWO_COLLEGES


def test_a_share_of_the_voices_is_kept_exactly_and_told_to_who_is_convened(
    staff: Any, registration_db: Database
) -> None:
    answer = staff.post(f"{PAGE}?de=two-colleges", data=form_of(staff) | {"proxies_cap": "", "proxies_share": "10/100"})
    page = plain(staff.get(answer.headers["Location"]).text)
    assert "1/10 des voix au plus" in page
    rules = from_json(kept(registration_db)[0].rules)
    assert (rules.proxies_cap, rules.proxies_share) == (None, "1/10")
    everybody = [VoterDraft(f"Commune {n:02}", "Élue", "public", f"c{n}@commune.example") for n in range(33)]
    with registration_db.transaction() as session:
        made = assemblies.create(session, draft(statutes=rules, voters=everybody), NOW, who=WHO)
        convening.convene(session, made.id, NOW, who=WHO)
        notices = session.execute(sa.select(outbox.c.envelope)).scalars().all()
    assert {one["data"]["proxies_cap"] for one in notices} == {3}  # of thirty-three


def test_an_assembly_points_at_its_version_and_keeps_its_rules(staff: Any, registration_db: Database) -> None:
    staff.post(f"{PAGE}?de=two-colleges", data=form_of(staff) | {"majority": "two_thirds"})
    version = kept(registration_db)[0]
    form = GENERAL | {"statutes": str(version.id), "voters": "Commune ; É. Sy ; public", "point1_title": "Rapport"}
    form |= {"point1_kind": "motion", "point1_majority": ""}
    page = staff.post("/equipe/assemblees/nouvelle", data=form).headers["Location"]
    staff.post(f"{PAGE}?de={version.id}", data=form_of(staff, str(version.id)) | {"quorum": "1/2"})
    with registration_db.reading() as session:
        made = session.scalars(sa.select(Assembly)).one()
        assert (made.statutes_id, made.statutes["quorum"]) == (version.id, "1/4")
        assert made.motions[0].majority == "two_thirds"  # the agenda named no other
    assert typed(staff.get(f"{page}/corriger").text)["statutes"] == str(version.id)
    assert page.split("/")[-1] in staff.get(f"/equipe/statuts/{version.id}").text


def test_the_hard_cases_are_played_under_the_version_asked_for(staff: Any, registration_db: Database) -> None:
    form = form_of(staff) | {"c0_label": "100 % publics", "c0_seats": "8", "c0_quorum": "1/2", "proxies_cap": "0"}
    staff.post(f"{PAGE}?de=two-colleges", data=form)
    version = kept(registration_db)[0]
    page = plain(staff.get(f"/equipe/statuts/{version.id}").text)
    assert f"/equipe/statuts/cas?statuts={version.id}" in page
    page = plain(staff.get(f"/equipe/statuts/cas?statuts={version.id}").text)
    assert "100 % publics : 4 représentés, 4 nécessaires sur 8" in page
    assert "Ces statuts ne permettent aucun pouvoir" in page
    assert "« 100 % publics » vote" not in page  # thirteen are more than eight


def test_the_hard_cases_are_told_in_english_with_the_colleges_in_it(staff: Any) -> None:
    page = plain(staff.get("/equipe/statuts/cas?statuts=two-colleges", headers={"Accept-Language": "en"}).text)
    assert "College “Businesses”: 1/4 of 13 voters, rounded up, makes 4. Represented: 3." in page
    told = page.partition("<h1>")[2].partition("</main>")[0]
    assert [word for word in ("collège", "quorum se", "pouvoir", "voix") if word in told] == []


def test_statutes_that_do_not_exist_play_the_first_there_is(staff: Any) -> None:
    for asked in ("", "?statuts=nothing", "?statuts=" + "9" * 5000):
        assert staff.get(f"/equipe/statuts/cas{asked}").status_code == 200


def test_versions_written_at_the_same_time_have_numbers_without_a_gap(registration_db: Database) -> None:
    together = threading.Barrier(4)

    def write(proxies: int) -> None:
        together.wait()
        with registration_db.transaction() as session:
            use_cases.write(session, replace(TWO_COLLEGES, proxies_cap=proxies), "Statuts", NOW, who=WHO)

    writers = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for one in writers:
        one.start()
    for one in writers:
        one.join()
    assert [one.number for one in kept(registration_db)] == [1, 2, 3, 4]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    form=st.dictionaries(
        st.sampled_from(
            "title quorum notice_days proxies_cap proxies_share tie c0_key c0_label c0_seats c0_weight c0_quorum "
            "c0_gathers c1_key c1_label c1_seats c11_key c99_key add remove look".split()
        ),
        st.one_of(st.text(max_size=50), st.sampled_from(["1/4", "0", "9" * 4400, "business", "c1", "²", "1"])),
    )
)
def test_whatever_is_typed_the_form_answers(registration_client: Any, sign_in: Any, form: dict[str, str]) -> None:
    sign_in(registration_client, "staff")
    assert registration_client.post(PAGE, data=form).status_code in (200, 303, 422)
