"""What each funder is told of a year: from the same lines, and all together the whole, to the cent."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from services.jury import funder_reports
from services.jury.funder_reports import Payment, Support
from services.jury.models import AnnualFigure, PastProject
from services.jury.queries import funders as queries
from services.jury.texts import fold
from services.jury.use_cases import followups
from services.jury.use_cases import funders as use_cases
from shared import clock
from shared.errors import RuleError
from tests.jury_followup import awarded, first, opened, parts
from tests.jury_room import WHO, Room

PAGE = "/equipe/financeurs/"
PAST = "Année;Titre;Structure;Pays;Thème;Financeur;Montant\n2015;Puits;Eau 31;SN;Eau;Région Sud;5 000,01\n"


@pytest.fixture
def room(jury_db: Any, jury_client: Any) -> Room:
    room = Room(jury_db)
    awarded(room, jury_client)
    return room


@pytest.fixture
def treasurer(jury_client: Any, sign_in: Callable[..., Any]) -> Any:
    sign_in(jury_client, "treasurer")
    return jury_client


def plain(text: str) -> str:
    return text.replace("\u202f", " ").replace("\xa0", " ")


def pay(room: Room) -> None:
    """The first award's first instalment."""
    with room.db.transaction() as session:
        part = parts(room, first(room))[0]
        today = clock.now().astimezone(clock.PARIS).date()
        followups.pay(session, part.id, paid_on=today, reference="VIR 12", who=WHO, now=clock.now())


def agree(room: Room) -> tuple[int, int]:
    """Both ways to count, which must be the same; returns them."""
    with room.db.reading() as session:
        supports, counted = queries.supports(session), queries.whole(session)
    years, names = funder_reports.years(supports), funder_reports.funders(supports)
    reports = [funder_reports.report(supports, key, year).sums for key in names for year in years]
    told = sum(one.engaged for one in reports), sum(one.paid for one in reports)
    assert told == counted
    return told


def test_the_reports_of_all_funders_are_the_whole(room: Room, treasurer: Any, sign_in: Callable[..., Any]) -> None:
    opened(room)
    pay(room)
    sign_in(treasurer, "secretary")
    treasurer.post("/equipe/portefeuille/import", data={"file": (io.BytesIO(PAST.encode()), "2015.csv")})
    assert agree(room) == (2_000_000 + 500_001, 500_000)
    sign_in(treasurer, "treasurer")
    page = plain(treasurer.get(PAGE).text)
    assert "au centime : 25 000,01 € engagés, 5 000 € versés" in page
    past = plain(treasurer.get(f"{PAGE}2015?financeur=region sud").text)
    assert "Puits" in past
    assert "5 000,01 €" in past
    with room.db.reading() as session:
        supports = queries.supports(session)
    year, key = min(supports[0].plan), fold(supports[0].funder)
    file = treasurer.get(f"{PAGE}{year}.csv", query_string={"financeur": key}).data.decode("utf-8-sig")
    assert "VIR 12" in file
    assert treasurer.get(f"{PAGE}{year}.xlsx", query_string={"financeur": key}).data.startswith(b"PK")


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["Région", "REGION", "Département", "Union européenne", ""]),
            st.dictionaries(st.integers(2014, 2018), st.integers(1, 10**9), max_size=3),
            st.lists(st.tuples(st.integers(2014, 2019), st.integers(1, 10**9)), max_size=4),
        ),
        max_size=12,
    )
)
def test_no_cent_is_told_twice_or_to_nobody(given: list[tuple[str, dict[int, int], list[tuple[int, int]]]]) -> None:
    supports = [
        Support(funder, "", "", "Projet", "Association", "SN", "", plan,
                [Payment(dt.date(year, 12, 31), cents, "") for year, cents in paid])
        for funder, plan, paid in given
    ]  # fmt: skip
    years = funder_reports.years(supports)
    reports = [funder_reports.report(supports, key, year) for key in funder_reports.funders(supports) for year in years]
    engaged = sum(sum(plan.values()) for _funder, plan, _paid in given)
    gone = sum(cents for _funder, _plan, paid in given for _year, cents in paid)
    assert (sum(one.sums.engaged for one in reports), sum(one.sums.paid for one in reports)) == (engaged, gone)
    last = [one.sums.remaining for one in reports if one.year == max(years)]
    assert sum(last) == engaged - gone


def test_a_report_is_laid_out_as_its_funder_asks(room: Room, treasurer: Any) -> None:
    with room.db.transaction() as session:
        session.add(PastProject(year=2015, title="Puits", structure="Eau", place="SN", funder="European Union",
                                cents=100, imported_at=clock.now()))  # fmt: skip
    where = f"{PAGE}modele?financeur=european union"
    typed = {"language": "en", "title": "Grant agreement 12", "opening": "Ours <truly>",
             "place_projects": "2", "place_money": "1", "heading_money": "Funds"}  # fmt: skip
    assert treasurer.post(where, data=typed).status_code == 303
    page = plain(treasurer.get(f"{PAGE}2015?financeur=european union").text)
    assert "Grant agreement 12" in page
    assert "Ours &lt;truly&gt;" in page
    assert page.index(">Funds<") < page.index("1 project")
    assert "Where they" not in page
    nothing = treasurer.post(where, data={"language": "en", "title": "Kept"})
    assert nothing.status_code == 409
    assert "Kept" in nothing.text
    wrong = treasurer.post(where, data=typed | {"place_money": "first"})
    assert wrong.status_code == 422
    assert "Grant agreement 12" in wrong.text
    assert f"{PAGE}2015?financeur" in treasurer.get(where).text, "its own last year, not that of another funder"
    assert treasurer.get(f"{PAGE}modele?financeur=nobody").status_code == 404
    assert treasurer.get(f"{PAGE}{10**30}?financeur=european union").status_code == 400


def test_a_figure_appears_with_its_source_and_year(room: Room, treasurer: Any) -> None:
    with room.db.reading() as session:
        supports = queries.supports(session)
    year, key = min(supports[0].plan), fold(supports[0].funder)
    typed = {"year": str(year), "label": "Budget du réseau", "sum": "200 000", "source": "comptes de mai"}
    assert treasurer.post(f"{PAGE}chiffres", data=typed).status_code == 303
    assert "déjà noté" in treasurer.post(f"{PAGE}chiffres", data=typed).text
    for wrong in ({"sum": "beaucoup"}, {"source": " "}, {"year": "2016 et demi"}):
        answer = treasurer.post(f"{PAGE}chiffres", data=typed | {"label": "Autre"} | wrong)
        assert answer.status_code == 422
        assert "Autre" in answer.text
    page = plain(treasurer.get(f"{PAGE}{year}", query_string={"financeur": key}).text)
    assert "200 000 €" in page
    assert "source : comptes de mai" in page
    with room.db.reading() as session:
        (figure,) = session.scalars(sa.select(AnnualFigure))
    assert treasurer.post(f"{PAGE}chiffres/{figure.id}/retirer").status_code == 303
    assert "comptes de mai" not in treasurer.get(PAGE).text


def test_two_people_note_the_same_figure_and_lay_the_same_report_out_at_once(jury_db: Any) -> None:
    figure = {"year": 2016, "label": "Budget du réseau", "cents": 1, "source": "comptes"}
    layout = {"language": "fr", "title": "", "opening": "", "closing": "", "parts": [{"part": "money", "heading": ""}]}

    def note() -> str:
        try:
            with jury_db.transaction() as session:
                use_cases.note_figure(session, figure, who=WHO, now=clock.now())
        except RuleError as refusal:
            return refusal.code
        return "noted"

    def lay_out(title: str) -> None:
        with jury_db.transaction() as session:
            use_cases.lay_out(session, "region", layout | {"title": title}, who=WHO, now=clock.now())

    with ThreadPoolExecutor(2) as two, jury_db.transaction() as session:
        use_cases.note_figure(session, figure, who=WHO, now=clock.now())
        use_cases.lay_out(session, "region", layout | {"title": "Un"}, who=WHO, now=clock.now())
        noted, laid_out = two.submit(note), two.submit(lay_out, "Deux")
        wait([noted, laid_out], timeout=0.5)
        session.commit()
        assert noted.result(5) == "figure-taken"
        laid_out.result(5)
    with jury_db.reading() as session:
        assert queries.layout(session, "region").title == "Deux"
