"""A call for projects on the pages: from a preset to the verdict that anyone may ask for."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from services.jury import deadlines, place_names
from services.jury.models import Call, RulebookVersion
from services.jury.use_cases import rulebooks as changes
from services.jury.web import places
from shared import clock
from tests.hostile_forms import Forms
from tests.jury_room import Room

NEW = {
    "preset": "coopdev-2016",
    "title": "Appel à projets 2017",
    "organiser_name": "Réseau Coop d’Oc",
    "organiser_email": "appel@agora.example",
    "funder": "Région d’exemple",
    "envelope": "320 000",
    "closes_on": "2030-03-31",
}
GOOD = {
    "legal_form": "association",
    "department": "31",
    "founded_on": "2010-01-01",
    "place": "CN-SC",
    "authority": "letter",
    "starts_on": "2031-01-01",
    "years": "3",
    "yearly": "5 000",
    "total": "30000",
    "first": "yes",
}


@pytest.fixture
def call(jury_client: Any, jury_db: Any, sign_in: Callable[..., Any]) -> Call:
    sign_in(jury_client, "secretary")
    assert jury_client.post("/equipe/appels/financement", data=NEW).status_code == 303
    with jury_db.reading() as session:
        found: Call = session.scalars(sa.select(Call)).one()
    jury_client.post(f"/equipe/appels/{found.id}/ouvrir")
    return found


def test_a_new_call_says_how_it_becomes_public_and_where_projects_come_from(
    jury_client: Any, sign_in: Callable[..., Any]
) -> None:
    sign_in(jury_client, "secretary")
    assert "/equipe/appels/financement" in jury_client.get("/equipe/").text
    assert 'value="Réseau régional de coopération internationale"' in jury_client.get("/equipe/appels/financement").text
    rules = jury_client.post("/equipe/appels/financement", data=NEW).location
    base = rules.removesuffix("/reglement")
    assert f'action="{base}/ouvrir"' in jury_client.get(rules).text
    assert "Importez la liste des projets" not in jury_client.get(base).text
    assert "Les dossiers arrivent dès que l’appel est public" in jury_client.get(base).text
    jury_client.post(f"{base}/ouvrir")
    assert f'action="{base}/ouvrir"' not in jury_client.get(rules).text
    assert "Brésil, Palestine, Cambodge, Sénégal, Chine – Sichuan, Madagascar" in jury_client.get(rules).text


def test_a_jury_too_small_for_a_ranking_is_said_before_the_round_opens(jury_client: Any, sign_in: Any) -> None:
    sign_in(jury_client, "secretary")
    base = jury_client.post("/equipe/appels/financement", data=NEW).location.removesuffix("/reglement")
    for named, said in (("Aline", True), ("Bruno", True), ("Chloé", False)):
        jury_client.post(f"{base}/jury", data={"first_name": named, "last_name": "Vidal"})
        this = re.search(r"/equipe/tours/[0-9a-f-]{36}", jury_client.get(f"{base}/jury").text)
        assert this
        opening = jury_client.get(f"{this[0]}/ouvrir").text
        assert ("n’est classé qu’avec 3 fiches complètes" in opening) is said


def test_ten_answers_get_a_verdict_per_article_without_an_account(call: Call, jury_app: Any) -> None:
    anyone = jury_app.test_client()
    page = anyone.get(f"/appels/{call.id}/eligibilite", query_string=GOOD).text
    assert "chaque article est rempli" in page
    assert page.count("Rempli<") == 10
    page = anyone.get(f"/appels/{call.id}/eligibilite", query_string=GOOD | {"place": "CN-YN"}).text
    assert "Non : un article au moins" in page.replace("\u202f", " ")
    assert "Article 4" in page
    page = anyone.get(f"/appels/{call.id}/eligibilite", query_string=GOOD | {"yearly": "5000,01"}).text
    assert re.search(r"5.000,01.€ demandés, 5.000.€ au plus", page)
    page = anyone.get(f"/appels/{call.id}/eligibilite", query_string=GOOD | {"authority": "none"}).text
    assert "si le dossier est complété" in page
    page = anyone.get(f"/appels/{call.id}/eligibilite", query_string=GOOD | {"place": "CN"}).text
    assert "choisissez la région" in page  # answered, and yet no verdict: said why
    assert anyone.get(f"/appels/{call.id}/eligibilite", query_string={"years": "x"}).status_code == 422


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"place": "MG"}, "(Madagascar), ce sera déjà le lendemain : lundi 1er avril 2030 à 0 h 59."),
        ({"place": "BR-DF"}, "ce sera le même jour : dimanche 31 mars 2030 à 18 h 59."),
        ({"place": "MG", "lang": "en"}, "(Madagascar) it will already be the next day: Monday 1 April 2030 at 0:59."),
    ],
)
def test_the_partners_hour_is_told_as_one_says_it(
    asked: dict[str, str], told: str, call: Call, jury_client: Any
) -> None:
    page = jury_client.get(f"/appels/{call.id}/eligibilite", query_string=asked).text
    assert told in re.sub("[\u202f\xa0]", " ", page)


def test_regions_have_their_name_in_the_language_of_the_page(call: Call, jury_client: Any) -> None:
    path = f"/appels/{call.id}/eligibilite"
    french, english = (jury_client.get(path, query_string={"lang": one}).text for one in ("fr", "en"))
    assert ("Chine – Pékin" in french, "China – Beijing" in english, "Pékin" in english) == (True, True, False)


def test_the_partner_time_and_the_calendar_entry_tell_the_same_instant(call: Call, jury_client: Any) -> None:
    body = jury_client.get(f"/appels/{call.id}/echeance.ics").text
    assert "DTEND:20300331T215959Z" in body


def test_a_change_is_a_new_version_and_the_old_one_stays(call: Call, jury_client: Any, jury_db: Any) -> None:
    figures = {
        "per_year": "5 000",
        "per_project": "10 000",
        "years": "2",
        "funder": "Autre financeur",
        "envelope": "100 000",
        "mode": "bonus",
        "codes": "sn, CN-SC",
        "line": "skip",
        "reserves": "yearly",
        "quorum": "50",
        "reserve": "4",
        "minimum_readings": "2",
        "closes_on": "2030-04-30",
    }
    where = f"/equipe/appels/{call.id}/reglement/chiffres"
    assert jury_client.post(where, data=figures | {"per_project": "100"}).status_code == 422
    assert jury_client.post(where, data=figures | {"codes": "Atlantide"}).status_code == 422
    assert jury_client.post(where, data=figures | {"ties": "vote"}).status_code == 422
    figures["ties"] = "draw"
    assert jury_client.post(where, data=figures).status_code == 303
    assert jury_client.post(where, data=figures).status_code == 303
    with jury_db.reading() as session:
        kept = session.scalars(sa.select(RulebookVersion).order_by(RulebookVersion.version)).all()
        assert [one.version for one in kept] == [1, 2]
        assert [one.content["ceilings"]["years"] for one in kept] == [3, 2]
        assert kept[1].content["zones"]["codes"] == ["SN", "CN-SC"]
        assert (kept[1].content["reserve"], kept[1].content["minimum_readings"]) == (4, 2)
    with pytest.raises(sa.exc.IntegrityError), jury_db.transaction() as session:
        session.execute(sa.update(RulebookVersion).values(content_hash=""))


def test_zones_are_typed_by_name_whatever_the_case_and_accents(call: Call, jury_app: Any) -> None:
    with jury_app.test_request_context():
        assert place_names.read("BRESIL, palestine ;  Sichuan\nChine - Yunnan, côte d'ivoire, Cambodia") == (
            ["BR", "PS", "CN-SC", "CN-YN", "CI", "KH"],
            [],
        )
        assert place_names.read("sn mg CN-SC, SN") == (["SN", "MG", "CN-SC"], [])
        assert place_names.read("Atlantide, Mali, XQ, Sénégal Mali") == (["ML"], ["Atlantide", "XQ", "Sénégal Mali"])
        for code, name in places.choices():
            assert place_names.read(name) == ([code], []), name


def test_the_zones_of_a_call_come_first_and_all_names_in_their_order(call: Call, jury_client: Any) -> None:
    page = jury_client.get(f"/appels/{call.id}/eligibilite").text
    zones, _mark, others = page.partition('label="Ailleurs"')
    assert [name in zones for name in ("Palestine", "Chine – Sichuan", "Chine – Yunnan")] == [True, True, False]
    order = [others.index(f">{name}<") for name in ("Costa Rica", "Côte d’Ivoire", "Croatie", "Suède", "Suisse")]
    assert order == sorted(order)
    where = f"/equipe/appels/{call.id}/reglement/chiffres"
    wider = filled(jury_client.get(where).text, where) | {"codes": "Chine"}
    assert jury_client.post(where, data=wider).status_code == 303
    zones = jury_client.get(f"/appels/{call.id}/eligibilite").text.partition('label="Ailleurs"')[0]
    assert [name in zones for name in (">Chine<", "Chine – Sichuan", ">Suisse<")] == [True, True, False]


def filled(page: str, where: str) -> dict[str, str]:
    """What the form of this page holds."""
    chosen = re.findall(r'type="radio" name="(\w+)" value="([^"]*)"[^>]* checked', page)
    return {name: value.removeprefix("\n") for name, value in Forms(page, where).found[where]} | dict(chosen)


def test_a_figure_changed_in_another_tab_stays(call: Call, jury_client: Any, jury_db: Any) -> None:
    where = f"/equipe/appels/{call.id}/reglement/chiffres"
    shown = filled(jury_client.get(where).text, where)
    assert jury_client.post(where, data=shown | {"per_year": "4000"}).status_code == 303
    assert jury_client.post(where, data=shown | {"quorum": "60"}).status_code == 303
    with jury_db.reading() as session:
        kept = session.get_one(Call, call.id).rulebook
    assert (kept["ceilings"]["per_year_cents"], kept["quorum_percent"]) == (400_000, 60)
    both = jury_client.post(where, data=shown | {"per_year": "3000"})
    assert (both.status_code, "ici entre-temps" in both.text) == (422, True)
    assert jury_client.post(where, data=filled(both.text, where)).status_code == 303
    with jury_db.reading() as session:
        kept = session.get_one(Call, call.id).rulebook
    assert (kept["ceilings"]["per_year_cents"], kept["quorum_percent"]) == (300_000, 60)


def test_a_zone_stays_whatever_language_the_other_tab_is_in(call: Call, jury_client: Any, jury_db: Any) -> None:
    where = f"/equipe/appels/{call.id}/reglement/chiffres"
    shown = filled(jury_client.get(where).text, where)
    assert "Sénégal" in shown["codes"]
    assert jury_client.post(where, data=shown | {"codes": "Mali"}).status_code == 303
    late = jury_client.post(f"{where}?lang=en", data=shown | {"quorum": "60"})
    assert late.status_code == 303
    with jury_db.reading() as session:
        kept = session.get_one(Call, call.id).rulebook
    assert (kept["zones"]["codes"], kept["quorum_percent"]) == (["ML"], 60)


@pytest.mark.parametrize(("name", "field"), [("articles", "text-0"), ("pieces", "title-0"), ("grille", "title-0")])
def test_rows_changed_in_another_tab_are_not_written_over_unseen(
    name: str, field: str, call: Call, jury_client: Any
) -> None:
    where = f"/equipe/appels/{call.id}/{name}/modifier"
    shown = filled(jury_client.get(where).text, where)
    assert jury_client.post(where, data=shown | {field: "Ce qu’elle écrit."}).status_code == 303
    late = jury_client.post(where, data=shown | {field: "Ce qu’il écrit."})
    assert (late.status_code, "pendant que vous écriviez" in late.text) == (409, True)
    assert filled(late.text, where)[field] == "Ce qu’il écrit."
    assert jury_client.post(where, data=filled(late.text, where)).status_code == 303


def test_a_last_day_that_is_over_is_refused_and_one_that_passed_stays(
    call: Call, jury_client: Any, jury_db: Any
) -> None:
    past = {"closes_on": "2016-01-31"}
    for where, rest in (("financement", NEW), ("nouveau", NEW | {"places": "2", "reserve": "1"})):
        answer = jury_client.post(f"/equipe/appels/{where}", data=rest | past)
        assert (answer.status_code, "Ce jour est passé" in answer.text) == (422, True)
        assert (NEW["title"] in answer.text, 'value="2016-01-31"' in answer.text) == (True, True)
    papers = {"key-0": "statuts", "title-0": "Statuts", "required-0": "now"}
    with jury_db.transaction() as session:
        session.execute(sa.update(Call).values(closes_at=deadlines.closing(dt.date(2016, 1, 31))))
    assert jury_client.post(f"/equipe/appels/{call.id}/pieces/modifier", data=papers).status_code == 303
    with jury_db.transaction() as session:
        assert len(session.scalars(sa.select(Call)).one().rulebook["attachments"]) == 1
        session.execute(sa.update(Call).values(state="draft"))
    opened = jury_client.post(f"/equipe/appels/{call.id}/ouvrir", follow_redirects=True)
    assert "Le dernier jour de cet appel est passé" in opened.text


def test_every_preset_makes_a_call_whose_pages_open(jury_client: Any, sign_in: Callable[..., Any]) -> None:
    from services.jury.funding_presets import PRESETS

    sign_in(jury_client, "secretary")
    for name in PRESETS:
        answer = jury_client.post("/equipe/appels/financement", data=NEW | {"preset": name})
        assert answer.status_code == 303
        assert jury_client.get(answer.location).status_code == 200
        assert jury_client.get(answer.location.removesuffix("/reglement")).status_code == 200


def test_a_tribune_and_a_draft_have_no_such_pages(jury_client: Any, jury_db: Any, sign_in: Callable[..., Any]) -> None:
    room = Room(jury_db, opened=False)
    assert jury_client.get(f"/appels/{room.call_id}/eligibilite").status_code == 404
    sign_in(jury_client, "secretary")
    where = f"/equipe/appels/{room.call_id}"
    assert jury_client.get(f"{where}/reglement").status_code == 404
    with jury_db.transaction() as session:
        changes.take_proposals(
            session, room.call_id, dt.date(2030, 1, 31), 5, site="https://jury.example", who="equipe", now=clock.now()
        )
        version = session.scalar(sa.select(RulebookVersion.version).where(RulebookVersion.call_id == room.call_id))
    assert jury_client.post(f"{where}/reglement/chiffres", data={"seen": str(version)}).status_code == 404


def test_an_auditor_reads_the_rules_and_changes_nothing(call: Call, jury_app: Any, sign_in: Callable[..., Any]) -> None:
    auditor = jury_app.test_client()
    sign_in(auditor, "auditor")
    assert auditor.get(f"/equipe/appels/{call.id}/reglement").status_code == 200
    assert auditor.post(f"/equipe/appels/{call.id}/reglement/chiffres", data={}).status_code == 403
    assert auditor.post("/equipe/appels/financement", data=NEW).status_code == 403


def test_a_preset_says_what_its_grid_does(jury_client: Any, sign_in: Callable[..., Any]) -> None:
    sign_in(jury_client, "secretary")
    page = re.sub(r"\s", " ", jury_client.get("/equipe/appels/financement").text)
    assert "2 critères, 50 points, en 2 sections, éliminé sous 15 en « Section éliminatoire »" in page
    assert "5 critères, 100 points, éliminé sous 15 sur 20 en tout" in page
    assert "commentaire exigé aux niveaux 1, 2, 5." in page
    assert "guide pratique PRAG" not in page


def test_figures_are_read_on_the_rulebook_and_typed_on_a_page_of_their_own(call: Call, jury_client: Any) -> None:
    page = jury_client.get(f"/equipe/appels/{call.id}/reglement").text
    assert 'name="per_year"' not in page
    assert re.search("<dt>Plafond par an</dt><dd>5.000.€</dd>", page)
    form = jury_client.get(f"/equipe/appels/{call.id}/reglement/chiffres").text
    assert 'name="per_year"' in form
    assert "/grille/modifier" not in form
