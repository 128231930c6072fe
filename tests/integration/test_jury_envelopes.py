"""A call with several envelopes, its own articles and grid: edited while it is a draft, frozen once a round opened."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from services.jury import queries
from services.jury.models import Award, Call, Grid, Pot, RulebookVersion
from services.jury.project_import import Row
from services.jury.use_cases import awards, calls, rounds, rulebooks
from shared import audit, clock
from shared.errors import NotFound, RuleError
from tests.jury_dossiers import CALL, SITE
from tests.jury_room import WHO, project_fields


@pytest.fixture
def call_id(jury_db: Any) -> uuid.UUID:
    with jury_db.transaction() as session:
        call = rulebooks.create_funding(session, CALL | {"cents": 1_500_000}, who=WHO, now=clock.now())
        rows = [Row(n, project_fields(n, f"Projet {n}")) for n in (1, 2, 3)]
        calls.import_projects(session, call.id, rows, who=WHO, now=clock.now())
        who = {"first_name": "Aline", "last_name": "Vidal", "function": "", "email": "", "chairs": True}
        calls.add_juror(session, call.id, who, who=WHO, now=clock.now())
        return call.id


@pytest.fixture
def staff(jury_client: Any, sign_in: Callable[..., Any]) -> Any:
    sign_in(jury_client, "secretary")
    return jury_client


def rows(**columns: list[str]) -> dict[str, str]:
    return {f"{name}-{at}": value for name, values in columns.items() for at, value in enumerate(values)}


TWO = rows(
    id=["principale", ""],
    title=["Soutien aux projets", "Accueil"],
    funder=["Région d’exemple", "Département d’exemple"],
    euros=["15 000", "3 000"],
    unit=["", "1 000"],
)


def edit(client: Any, call_id: uuid.UUID, name: str, data: dict[str, str]) -> Any:
    return client.post(f"/equipe/appels/{call_id}/{name}/modifier", data=data)


def call_of(db: Any, call_id: uuid.UUID) -> Call:
    with db.reading() as session:
        found: Call = session.get_one(Call, call_id)
        return found


def test_envelopes_articles_and_papers_are_new_versions_of_the_rulebook(
    staff: Any, jury_db: Any, call_id: uuid.UUID
) -> None:
    assert edit(staff, call_id, "enveloppes", TWO).status_code == 303
    article = rows(
        number=["1"], title=["Qui"], text=["Une association."], check=["legal_form"], values=["Association"], least=[""]
    )
    assert edit(staff, call_id, "articles", article).status_code == 303
    paper = rows(id=["", ""], title=["Statuts", "Photo"], required=["now", "no"])
    assert edit(staff, call_id, "pieces", paper).status_code == 303
    call = call_of(jury_db, call_id)
    assert [(e["funder"], e["cents"], e["per_person_cents"]) for e in call.rulebook["envelopes"]] == [
        ("Région d’exemple", 1_500_000, None),
        ("Département d’exemple", 300_000, 100_000),
    ]
    assert [one["values"] for one in call.rulebook["articles"]] == [["association"]]
    assert [one["required"] for one in call.rulebook["attachments"]] == [True, False]
    with jury_db.reading() as session:
        kept = session.scalars(sa.select(RulebookVersion.version).where(RulebookVersion.call_id == call_id)).all()
    assert sorted(kept) == [1, 2, 3, 4]
    page = staff.get(f"/equipe/appels/{call_id}/reglement").text
    assert "Accueil – Département d’exemple" in page
    assert "Ancienneté" in staff.get(f"/equipe/appels/{call_id}/reglement/1").text
    assert "Ancienneté" not in page


def test_what_is_wrong_is_named_and_what_was_typed_stays(staff: Any, jury_db: Any, call_id: uuid.UUID) -> None:
    answer = edit(staff, call_id, "enveloppes", TWO | {"euros-1": "beaucoup"})
    assert answer.status_code == 422
    assert 'value="beaucoup"' in answer.text
    assert "Ligne 2, Somme, en euros" in answer.text.replace("\u202f", " ")
    assert edit(staff, call_id, "grille", {}).status_code == 422
    assert call_of(jury_db, call_id).rulebook_version == 1


GRID = rows(
    title=["Besoin", "Budget"],
    help=["", "Est-il juste ?"],
    weight=["60", "40"],
    levels=["Non : rien\nOui : tout", "Non\nPresque\nOui"],
    minimum=["1", ""],
    comments=["0", ""],
)


def test_a_grid_is_a_new_version_and_frozen_once_the_round_opened(staff: Any, jury_db: Any, call_id: uuid.UUID) -> None:
    assert edit(staff, call_id, "grille", GRID).status_code == 303
    with jury_db.reading() as session:
        found = queries.criteria_of(session, call_id)
        assert [(c.title, c.weight, c.max_level, c.minimum) for c in found] == [
            ("Besoin", 60, 1, 1),
            ("Budget", 40, 2, None),
        ]
        assert found[0].levels[1] == {"value": 1, "label": "Oui", "evidence": "tout"}
        versions = session.scalars(sa.select(Grid.version).where(Grid.call_id == call_id)).all()
        assert sorted(versions) == [1, 2]
        assert "revised the grid" in [entry.what for entry in audit.history(session, "call", call_id)]
        round_id = queries.rounds_of(session, call_id)[0].id
    with jury_db.transaction() as session:
        this = rounds.open_round(session, round_id, who=WHO, now=clock.now())
        assert this.frozen is not None
        assert [one["title"] for one in this.frozen["criteria"]] == ["Besoin", "Budget"]
    for name, data in (("grille", GRID), ("enveloppes", TWO)):
        answer = edit(staff, call_id, name, data)
        assert answer.status_code == 422
        assert "figé" in answer.text


def test_an_auditor_edits_nothing_and_a_tribune_has_no_articles(
    jury_client: Any, jury_db: Any, call_id: uuid.UUID, sign_in: Callable[..., Any]
) -> None:
    sign_in(jury_client, "auditor")
    assert edit(jury_client, call_id, "grille", GRID).status_code == 403
    with jury_db.transaction() as session:
        data = {"title": "T", "organiser_name": "O", "organiser_email": "o@o.example", "places": 1, "reserve": 0}
        tribune = calls.create_tribune(session, data, who=WHO, now=clock.now()).id
    sign_in(jury_client, "secretary")
    assert jury_client.get(f"/equipe/appels/{tribune}/articles/modifier").status_code == 404
    assert jury_client.get(f"/equipe/appels/{tribune}/grille/modifier").status_code == 200


# Two pots


@pytest.fixture
def round_id(staff: Any, jury_db: Any, call_id: uuid.UUID) -> uuid.UUID:
    """Two envelopes, the round closed."""
    edit(staff, call_id, "enveloppes", TWO)
    with jury_db.transaction() as session:
        this = queries.rounds_of(session, call_id)[0]
        rounds.open_round(session, this.id, who=WHO, now=clock.now())
        rounds.close_round(session, this.id, who=WHO, now=clock.now())
        return this.id


def fix(db: Any, round_id: uuid.UUID, envelope: str, cents: int, wishes: dict[int, int], years: int = 1) -> None:
    with db.transaction() as session:
        this = rounds.find_round(session, round_id)
        projects = {p.number: p.id for p in queries.projects_of(session, this.call_id)}
        data = {
            "envelope": cents,
            "years": years,
            "wishes": {projects[number]: (asked, None) for number, asked in wishes.items()},
            "envelope_id": envelope,
        }
        awards.set_pot(session, round_id, data, who=WHO, now=clock.now())


def give(db: Any, number: int, cents: int) -> None:
    """By hand, past every use case: what stays is what the database keeps."""
    with db.transaction() as session:
        award = session.scalars(sa.select(Award).where(Award.asked == number)).one()
        award.rank, award.state, award.amount, award.year_1 = 1, "awarded", cents, cents


def test_each_envelope_is_its_own_pot_that_is_never_overdrawn(jury_db: Any, round_id: uuid.UUID) -> None:
    fix(jury_db, round_id, "principale", 400_000, {1: 300_000, 2: 200_000})
    fix(jury_db, round_id, "enveloppe-1", 300_000, {3: 400_000})
    give(jury_db, 300_000, 300_000)
    with pytest.raises(sa.exc.IntegrityError, match="ck_pots_committed"):
        give(jury_db, 200_000, 200_000)
    with pytest.raises(sa.exc.IntegrityError, match="ck_pots_committed"):
        give(jury_db, 400_000, 400_000)
    with jury_db.reading() as session:
        pots = {pot.envelope_id: pot.committed for pot in session.scalars(sa.select(Pot))}
    assert pots == {"principale": 300_000, "enveloppe-1": 0}


def test_a_project_asks_of_one_envelope_only(jury_db: Any, round_id: uuid.UUID) -> None:
    fix(jury_db, round_id, "principale", 400_000, {1: 300_000})
    with pytest.raises(RuleError, match="une autre enveloppe"):
        fix(jury_db, round_id, "enveloppe-1", 300_000, {1: 300_000})
    with pytest.raises(NotFound, match="ne fait pas partie du règlement"):
        fix(jury_db, round_id, "ailleurs", 300_000, {2: 300_000})


def test_an_envelope_per_person_gives_whole_units(jury_db: Any, round_id: uuid.UUID) -> None:
    with pytest.raises(RuleError, match="nombre entier"):
        fix(jury_db, round_id, "enveloppe-1", 300_000, {1: 150_000})
    fix(jury_db, round_id, "enveloppe-1", 300_000, {1: 200_000})
    with jury_db.transaction() as session:
        session.execute(sa.update(Award).values(minimum=1))
    with pytest.raises(sa.exc.IntegrityError, match="whole number"):
        give(jury_db, 200_000, 150_000)


def test_ceilings_hold_for_awards_too(jury_db: Any, round_id: uuid.UUID) -> None:
    """5,000.01 a year is refused, three times 5,000 is not."""
    with pytest.raises(RuleError, match="plafond"):
        fix(jury_db, round_id, "principale", 1_500_000, {1: 500_001})
    with pytest.raises(RuleError, match="plafond"):
        fix(jury_db, round_id, "principale", 1_500_000, {1: 1_500_001}, years=3)
    fix(jury_db, round_id, "principale", 1_500_000, {1: 1_500_000}, years=3)


def test_the_pages_of_money_follow_the_envelope(staff: Any, jury_db: Any, round_id: uuid.UUID) -> None:
    base = f"/equipe/tours/{round_id}/aides/"
    page = staff.get(base, query_string={"enveloppe": "enveloppe-1"}).text
    assert "Accueil – Département d’exemple" in page
    form = staff.get(f"{base}enveloppe", query_string={"enveloppe": "enveloppe-1"}).text
    assert 'value="3000"' in form
    assert "un nombre entier de fois" in form
    with jury_db.reading() as session:
        call_id = rounds.find_round(session, round_id).call_id
        first = queries.projects_of(session, call_id)[0].id
    data = {"envelope": "3000", "years": "1", f"asked_{first}": "2000"}
    odd = staff.post(
        f"{base}enveloppe", query_string={"enveloppe": "enveloppe-1"}, data=data | {f"asked_{first}": "1 950,50"}
    )
    assert odd.status_code == 422
    assert "est un nombre entier d’unités" in odd.text
    assert 'value="1 950,50"' in odd.text
    over = staff.post(
        f"{base}enveloppe", query_string={"enveloppe": "principale"}, data=data | {f"asked_{first}": "5 000,01"}
    )
    assert over.status_code == 422
    assert 'value="5 000,01"' in over.text, "what was typed stays"
    words = " ".join(over.text.split())  # also the spaces inside a sum
    assert f'<a href="#f-asked_{first}">' in words
    assert "demande 5 000,01 € par an" in words
    assert "au plus 5 000 €" in words
    answer = staff.post(f"{base}enveloppe", query_string={"enveloppe": "enveloppe-1"}, data=data)
    assert answer.location.endswith("?enveloppe=enveloppe-1")
    assert "enveloppe?enveloppe=enveloppe-1" in staff.get(answer.location).text
    assert staff.get(base, query_string={"enveloppe": "x"}).status_code == 404


def test_a_rulebook_that_reserves_a_year_at_a_time_counts_the_first_year(jury_db: Any, call_id: uuid.UUID) -> None:
    with jury_db.transaction() as session:
        rulebooks.revise(
            session, call_id, {"reserves": "yearly"}, dt.date(2030, 3, 31), site=SITE, who=WHO, now=clock.now()
        )
        this = queries.rounds_of(session, call_id)[0]
        rounds.open_round(session, this.id, who=WHO, now=clock.now())
        round_id = this.id
    fix(jury_db, round_id, "principale", 600_000, {1: 1_500_000}, years=3)
    with jury_db.transaction() as session:
        award = session.scalars(sa.select(Award)).one()
        award.rank, award.state, award.amount = 1, "awarded", 1_500_000
        award.year_1 = award.year_2 = award.year_3 = 500_000
    with jury_db.reading() as session:
        assert session.scalars(sa.select(Pot)).one().committed == 500_000


def test_the_portfolio_names_the_funder_who_gives_and_the_country(
    staff: Any, jury_db: Any, round_id: uuid.UUID
) -> None:
    fix(jury_db, round_id, "enveloppe-1", 300_000, {1: 200_000})
    give(jury_db, 200_000, 200_000)
    page = staff.get("/equipe/portefeuille/", query_string={"status": "supported"}).text
    funder = re.findall(r'data-label="Financeur">([^<]*)<', page)
    assert funder == ["Département d’exemple"]
    assert re.findall(r'data-label="Zone">([^<]*)<', page) == ["Sénégal"]


def test_the_desk_tries_each_envelope_by_itself(staff: Any, jury_db: Any, round_id: uuid.UUID) -> None:
    fix(jury_db, round_id, "principale", 400_000, {1: 300_000})
    fix(jury_db, round_id, "enveloppe-1", 300_000, {3: 200_000})
    page = staff.get(f"/equipe/tours/{round_id}/deliberation/?e_enveloppe-1=5000").text
    assert "Enveloppe à l’essai, en euros" in page
    captions = re.findall(r"<caption>Essai, sans effet[^<]*</caption>", page)
    sums = [tuple(re.sub(r"\D", "", part) for part in one.split("au lieu de")) for one in captions]
    assert sums == [("4000", "4000"), ("5000", "3000")]


def test_the_deliberation_says_that_its_line_waits_for_the_envelope_and_leads_there(
    staff: Any, jury_db: Any, round_id: uuid.UUID
) -> None:
    address = f"/equipe/tours/{round_id}/deliberation/"
    page = staff.get(address).text
    assert "enveloppe de ce tour n’est pas fixée" in page
    assert f'href="/equipe/tours/{round_id}/aides/enveloppe"' in page
    fix(jury_db, round_id, "principale", 400_000, {1: 300_000})
    assert "enveloppe de ce tour n’est pas fixée" not in staff.get(address).text
