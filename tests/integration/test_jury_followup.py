"""After the award: a payment waits for its report, whoever writes; reminders leave once; a renewal counts the past."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from services.jury import queries
from services.jury.models import Application, Award, Instalment, Project, Report, Round
from services.jury.use_cases import awards, calls, followups, rulebooks
from shared import audit, clock
from shared.clock import PARIS
from shared.errors import RuleError
from shared.process import resolve
from tests.jury_applications import COMPLETE
from tests.jury_dossiers import add_filed
from tests.jury_followup import DUE, SITE, WRITTEN, awarded, facts, first, opened, parts, report
from tests.jury_room import WHO, Room

PDF = b"%PDF-1.7\nhello\n%%EOF\n"


@pytest.fixture
def room(jury_app: Any, jury_db: Any, jury_client: Any, tmp_path: Path) -> Room:
    jury_app.extensions["settings"] = dataclasses.replace(jury_app.extensions["settings"], attachments=tmp_path)
    room = Room(jury_db)
    awarded(room, jury_client)
    return room


def send(client: Any, path: str, year: int = 1, **change: str) -> Any:
    page = client.get(path).text
    version = re.search(r'name="version" value="(\d+)"', page)
    assert version, page
    data = WRITTEN | {"version": version[1], "then": "send"} | change
    return client.post(f"{path}rapports/{year}", data=data)


def pay(room: Room, part: Instalment) -> None:
    today = clock.now().astimezone(PARIS).date()
    with room.db.transaction() as session:
        followups.pay(session, part.id, paid_on=today, reference="VIR 12", who=WHO, now=clock.now())


def test_the_balance_is_blocked_until_the_report_is_in_and_accepted(
    room: Room, jury_client: Any, sign_in: Callable[..., Any]
) -> None:
    path = opened(room, advance=80)
    award = first(room)
    plan = parts(room, award)
    assert [(p.year, p.kind, p.cents) for p in plan][:3] == [
        (1, "advance", 400_000),
        (1, "balance", 100_000),
        (2, "advance", 400_000),
    ]
    pay(room, plan[0])
    for blocked in plan[1:]:
        with pytest.raises(RuleError, match="reçu et accepté"):
            pay(room, blocked)
    assert send(jury_client, path).status_code == 303
    with pytest.raises(RuleError, match="reçu et accepté"):
        pay(room, plan[1])

    sign_in(jury_client, "staff")
    where = f"/equipe/rapports/{report(room, award).id}"
    assert "Deux puits creusés." in jury_client.get(where).text
    jury_client.post(f"{where}/rendre", data={"reason": "Le détail des dépenses."})
    assert facts(room, "jury.report.reviewed.v1")[-1]["outcome"] == "returned"
    assert "Le détail des dépenses." in jury_client.get(path).text
    assert send(jury_client, path, difficulties="La pluie.").status_code == 303
    jury_client.post(f"{where}/accepter")
    assert facts(room, "jury.report.reviewed.v1")[-1]["opened"] == {"cents": 500_000}
    pay(room, plan[1])
    pay(room, plan[2])
    with pytest.raises(RuleError, match="reçu et accepté"):
        pay(room, plan[3])
    page = jury_client.get(path).text
    assert "à compléter" not in page
    assert "La pluie." in page, "what was sent stays readable for who sent it"
    told = [entry.what for entry in _history(room, report(room, award).id)]
    assert {"sent", "returned", "accepted"} <= set(told)


def _history(room: Room, id: Any) -> list[Any]:
    with room.db.reading() as session:
        return list(audit.history(session, "followup", id))


def test_the_database_itself_pays_nothing_that_is_blocked_nor_more_than_the_award(room: Room) -> None:
    opened(room)
    award = first(room)
    _one, second, _third = parts(room, award)
    paid = sa.update(Instalment).where(Instalment.id == second.id).values(paid_at=clock.now(), paid_by="x")
    more = sa.update(Instalment).where(Instalment.id == second.id).values(cents=second.cents + 1)
    less = sa.update(Award).where(Award.id == award.id).values(asked=1, amount=1, year_1=1, year_2=0, year_3=0)
    for statement in (paid, more, less):
        with pytest.raises(sa.exc.IntegrityError), room.db.transaction() as session:
            session.execute(statement)
    accepted = sa.update(Report).where(Report.award_id == award.id, Report.year == 1)
    with room.db.transaction() as session:
        session.execute(accepted.values(state="accepted", sent_at=clock.now()))
        session.execute(paid)
    with pytest.raises(sa.exc.IntegrityError), room.db.transaction() as session:
        session.execute(accepted.values(state="returned", reason="x"))


def test_the_follow_up_begins_after_the_signature_and_once(room: Room) -> None:
    opened(room)
    with pytest.raises(RuleError, match="n’attend son suivi"):
        opened(room)
    assert len(facts(room, "jury.award.opened.v1")) == 2
    assert [one.due_on for one in (report(room, first(room), year) for year in (1, 2, 3))] == [
        DUE,
        dt.date(2032, 1, 31),
        dt.date(2033, 1, 31),
    ]


def test_each_reminder_leaves_once_also_when_the_command_runs_twice_or_late(room: Room) -> None:
    opened(room)

    def remind(day: dt.date) -> int:
        with room.db.transaction() as session:
            return followups.remind(session, site=SITE, now=dt.datetime.combine(day, dt.time(9), PARIS))

    assert remind(DUE - dt.timedelta(days=31)) == 0
    assert remind(DUE - dt.timedelta(days=30)) == 2
    assert remind(DUE - dt.timedelta(days=30)) == 0
    assert remind(DUE + dt.timedelta(days=20)) == 2  # two steps late: one mail, not two
    assert remind(DUE + dt.timedelta(days=21)) == 0
    sent = facts(room, "jury.report.reminded.v1")
    assert [one["late"] for one in sent] == [False, False, True, True]
    assert sent[0]["waiting"] == {"cents": 500_000}


def test_the_worker_sends_them_every_hour_by_itself(
    room: Room, environment_of: Callable[..., dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    opened(room, due=clock.now().astimezone(PARIS).date() + dt.timedelta(days=8))
    for name, value in environment_of("jury", "postgresql+psycopg://unused").items():
        monkeypatch.setenv(name, value)
    assert resolve("services.jury.commands:hourly")(room.db) == 2
    assert resolve("services.jury.commands:hourly")(room.db) == 0


def test_no_reminder_for_a_report_that_came_or_a_project_that_withdrew(room: Room, jury_client: Any) -> None:
    path = opened(room)
    send(jury_client, path)
    with room.db.transaction() as session:
        second = session.scalars(sa.select(Award).where(Award.rank == 2)).one()
        awards.withdraw(session, room.round_id, second.id, who=WHO, now=clock.now())
        due = dt.datetime.combine(DUE, dt.time(9), PARIS)
        assert followups.remind(session, site=SITE, now=due) == 0


def test_two_people_writing_the_report_lose_nothing(room: Room, jury_client: Any) -> None:
    path = opened(room)
    jury_client.post(f"{path}rapports/1", data={"version": "1", "done": "Le mien"})
    answer = jury_client.post(f"{path}rapports/1", data={"version": "1", "done": "Le leur", "results": "Bien"})
    assert answer.status_code == 409
    assert "Le mien" in answer.text
    assert "Le leur" in answer.text
    assert "Bien" in answer.text


@pytest.mark.parametrize("version", ["", "9" * 5000, "²", "-1", "1.5"])
def test_a_version_that_cannot_be_loses_nothing(version: str, room: Room, jury_client: Any) -> None:
    path = opened(room)
    answer = jury_client.post(f"{path}rapports/1", data={"version": version, "done": "Deux puits creusés."})
    assert answer.status_code == 409
    assert "Deux puits creusés." in answer.text


def test_an_incomplete_report_is_kept_and_not_sent(room: Room, jury_client: Any) -> None:
    path = opened(room)
    answer = send(jury_client, path, people="beaucoup", spent="")
    assert answer.status_code == 422
    assert "Écrivez un nombre entier." in answer.text
    kept = report(room, first(room))
    assert (kept.state, kept.content["done"]) == ("awaited", "Deux puits creusés.")
    early = send(jury_client, path, year=2, done="Un troisième puits.")
    assert (early.status_code, "Un troisième puits." in early.text) == (409, True)
    assert report(room, first(room), 2).state == "awaited"


def test_papers_of_a_report_are_checked_given_back_and_nobody_elses(
    room: Room, jury_client: Any, sign_in: Callable[..., Any]
) -> None:
    path = opened(room)
    for data, name in ((b"MZ", "x.pdf"), (PDF, "comptes.pdf"), (PDF, "trop.pdf")):
        jury_client.post(f"{path}rapports/1/pieces", data={"file": (BytesIO(data), name)})
    page = jury_client.get(path).text
    links = re.findall(rf"{path}pieces/([0-9a-f-]+)", page)
    assert len(links) == 2
    got = jury_client.get(f"{path}pieces/{links[0]}")
    assert got.data == PDF
    assert got.headers["Content-Disposition"] == "attachment; filename=comptes.pdf"
    other = str(facts(room, "jury.award.opened.v1")[1]["link"]).removeprefix(SITE)
    assert jury_client.get(f"{other}/pieces/{links[0]}").status_code == 404
    jury_client.post(f"{path}rapports/1/pieces/{links[1]}/retirer")
    assert "trop.pdf" not in jury_client.get(path).text
    send(jury_client, path)
    assert "comptes.pdf" in jury_client.get(path).text
    assert jury_client.post(f"{path}rapports/1/pieces/{links[0]}/retirer", follow_redirects=True).status_code == 200
    sign_in(jury_client, "auditor")
    where = f"/equipe/rapports/{report(room, first(room)).id}"
    assert "comptes.pdf" in jury_client.get(where).text
    assert jury_client.get(f"{where}/pieces/{links[0]}").data == PDF
    assert jury_client.get("/suivi/inconnu/").status_code == 404


def withdraw(room: Room, award: Award) -> None:
    with room.db.transaction() as session:
        awards.withdraw(session, room.round_id, award.id, who=WHO, now=clock.now())


def test_a_withdrawal_cancels_what_is_planned_and_its_sum_does_not_change_before(room: Room) -> None:
    opened(room)
    award = first(room)
    with pytest.raises(RuleError, match="suivi de cette aide"), room.db.transaction() as session:
        awards.change(session, room.round_id, award.id, 0, who=WHO, now=clock.now())
    withdraw(room, award)
    assert all(one.cancelled_at for one in parts(room, award))
    assert (first(room).amount, first(room).state) == (0, "withdrawn")


def test_who_gives_up_after_a_payment_keeps_it_and_frees_the_rest(
    room: Room, jury_client: Any, sign_in: Callable[..., Any]
) -> None:
    path = opened(room, advance=80)
    award = first(room)
    pay(room, parts(room, award)[0])
    with room.db.transaction() as session:
        session.execute(sa.update(Round).values(published_at=clock.now()))
    sign_in(jury_client, "secretary")
    asked = plain(jury_client.get(f"/equipe/tours/{room.round_id}/aides/{award.id}/retrait").text)
    assert "4 000 € sont versés : ce projet les garde" in asked
    assert "11 000 € redeviennent libres" in asked
    withdraw(room, award)
    ended = first(room)
    assert (ended.amount, ended.year_1, ended.year_2, ended.state) == (400_000, 400_000, 0, "awarded")
    assert [one.cents for one in parts(room, award) if one.cancelled_at is None] == [400_000]
    with room.db.reading() as session:
        assert session.scalars(sa.select(Report.year).where(Report.award_id == award.id)).all() == [1]
        offered = session.scalars(sa.select(Award).where(Award.state == "offered")).one()
        totals = queries.totals([one for one in queries.payments(session) if one.award.id == award.id])
    assert (offered.rank, offered.amount) == (3, 500_000)
    assert [(one.planned, one.paid, one.remaining) for one in totals] == [(400_000, 400_000, 0)]
    told = facts(room, "jury.award.changed.v1")[-1]
    assert (told["was"]["cents"], told["amount"]["cents"], told["given_back"]) == (1_500_000, 400_000, True)
    with room.db.transaction() as session:
        followups.remind(session, site=SITE, now=clock.now() + dt.timedelta(days=9999))
    reminded = [one for one in facts(room, "jury.report.reminded.v1") if one["project_title"] == told["project_title"]]
    assert [one["year"] for one in reminded] == [1], "of years without a payment nothing is asked"
    assert "Arrêtée" in jury_client.get(f"/equipe/tours/{room.round_id}/aides/").text
    assert "Vous avez renoncé au reste" in jury_client.get(path).text
    assert send(jury_client, path).status_code == 303, "what was paid is still to be reported on"
    with pytest.raises(RuleError, match="rien à rendre"):
        withdraw(room, award)


def test_what_is_paid_whole_cannot_be_given_back(jury_app: Any, jury_db: Any, jury_client: Any) -> None:
    room = Room(jury_db)
    awarded(room, jury_client, years=1)
    opened(room)
    award = first(room)
    pay(room, parts(room, award)[0])
    with pytest.raises(RuleError, match="versée tout entière"):
        withdraw(room, award)
    assert first(room).amount == 1_500_000


def plain(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def test_the_treasurer_sees_what_is_committed_paid_and_left_with_the_proof(
    room: Room, jury_client: Any, sign_in: Callable[..., Any]
) -> None:
    opened(room, advance=80)
    due = parts(room, first(room))[0]
    sign_in(jury_client, "auditor")
    assert jury_client.post(f"/equipe/versements/{due.id}/payer").status_code == 403
    sign_in(jury_client, "staff", email="tresor@agora.example")
    today = clock.now().astimezone(PARIS).date()
    ahead = {"paid_on": (today + dt.timedelta(days=2)).isoformat(), "reference": "VIR 7"}
    refused = jury_client.post(f"/equipe/versements/{due.id}/payer", data=ahead).text
    assert "date passée" in refused
    assert refused.count('value="VIR 7"') == 1
    jury_client.post(f"/equipe/versements/{due.id}/payer", data={"paid_on": today.isoformat(), "reference": "=VIR 1"})
    page = jury_client.get("/equipe/versements/?imprimer=1").text
    total = page[page.index("Ensemble") :]
    sums = [re.sub(r"\D", "", one) for one in re.findall(r'<td class="num"[^>]*>([^<]*)</td>', total)][:4]
    assert sums == ["20000", "4000", "133333", "16000"]
    lines = jury_client.get("/equipe/versements.csv").data.decode("utf-8-sig").splitlines()
    assert len(lines) == 1 + 12
    paid = next(one for one in lines if ";versé;" in one)
    assert "4000,00" in paid
    assert "'=VIR 1" in paid
    assert "tresor@agora.example" in paid
    assert len(jury_client.get("/equipe/versements.csv?state=due").text.splitlines()) == 2
    counts = re.findall(r"state=(\w+)\">[^<]*\((\d+)\)</a>", jury_client.get("/equipe/versements/").text)
    shown = {
        state: jury_client.get(f"/equipe/versements.csv?state={state}").text.count("\n") - 1 for state, _n in counts
    }
    assert {state: int(n) for state, n in counts} == shown
    assert set(shown) == {"due", "blocked", "paid"}


def test_above_23_000_euros_a_year_the_treasurer_is_told_of_the_agreement(
    jury_db: Any, jury_client: Any, sign_in: Callable[..., Any]
) -> None:
    room = Room(jury_db)
    awarded(room, jury_client, envelope=2_300_001, wish=2_300_001, years=1)
    opened(room)
    sign_in(jury_client, "staff")
    assert "convention est nécessaire" in jury_client.get("/equipe/versements/").text


# Renewals


def next_call(room: Room) -> str:
    data = {
        "preset": "coopdev-2016",
        "title": "Appel à projets 2031",
        "organiser_name": "Réseau Coop d’Oc",
        "organiser_email": "appel@agora.example",
        "funder": "Région d’exemple",
        "cents": 32_000_000,
        "closes_on": dt.date(2031, 3, 31),
    }
    with room.db.transaction() as session:
        call = rulebooks.create_funding(session, data, who=WHO, now=clock.now())
        calls.open_call(session, call.id, url=SITE, who=WHO, now=clock.now())
        return str(call.id)


@pytest.mark.parametrize(("years", "asked", "refused"), [(1, 2, ""), (2, 2, "4 ans")])
def test_a_renewal_is_written_for_the_bearer_and_a_fourth_year_is_refused(
    jury_app: Any, jury_db: Any, jury_client: Any, tmp_path: Path, years: int, asked: int, refused: str
) -> None:
    jury_app.extensions["settings"] = dataclasses.replace(jury_app.extensions["settings"], attachments=tmp_path)
    room = Room(jury_db)
    awarded(room, jury_client, envelope=500_000 * years, wish=500_000 * years, years=years)
    path = opened(room)
    call = next_call(room)
    assert "Appel à projets 2031" in jury_client.get(path).text
    draft = jury_client.post(f"{path}renouveler", data={"call": call}).location
    assert "commencé avec ce que vous aviez déposé" in jury_client.get(draft).text
    assert "Reprendre le dossier dans «\u202fAppel à projets 2031\u202f»" in jury_client.get(path).text
    again = jury_client.post(f"{path}renouveler", data={"call": call}).location
    page = jury_client.get(draft).text
    assert "commencé avec ce que vous aviez déposé" not in page, "only the first time"
    assert 'value="Mil de Casamance"' in page
    assert "Renouvellement" in page
    with jury_db.reading() as session:
        assert session.scalars(sa.select(Application)).one().renews_id == first(room).id
    assert again != draft
    total = 5000 * asked
    figures = {f"request_{year}": "5000" if year <= asked else "" for year in (1, 2, 3)}
    figures |= {"expense_amount_1": str(total + 5000), "income_amount_1": "5000", "starts_on": "2031-09-01"}
    jury_client.post(draft, data=COMPLETE | figures | {"version": "1"})
    for paper in ("statuts", "budget", "partenaire"):
        jury_client.post(f"{draft}/pieces/{paper}", data={f"file_{paper}": (BytesIO(PDF), "x.pdf")})
    checked = jury_client.get(f"{draft}/verifier").text
    assert (f"{refused} demandés" in checked) is bool(refused)
    assert ("Non rempli" in checked) is bool(refused)
    jury_client.post(f"{draft}/deposer")
    with jury_db.reading() as session:
        assert session.scalars(sa.select(Application)).one().state == ("draft" if refused else "filed")
    said = "Reprendre le dossier" if refused else "Revoir le dossier déposé"
    assert said in jury_client.get(path).text


def test_a_renewal_is_written_to_the_address_that_was_put_right(room: Room, jury_client: Any) -> None:
    (filed,) = add_filed(room.db, room.call_id, {"bearer_email": "faute@asso.example"})
    with room.db.transaction() as session:
        was = session.get_one(Application, filed.id)
        was.state, was.project_id = "accepted", first(room).project_id
        session.get_one(Project, first(room).project_id).bearer_email = "juste@asso.example"
    path, call = opened(room), next_call(room)
    jury_client.post(f"{path}renouveler", data={"call": call})
    (told,) = facts(room, "jury.application.started.v1")
    assert (told["person"]["email"], told["person"]["first_name"]) == ("juste@asso.example", "Dominique")


def test_nobody_renews_in_the_same_call_nor_after_giving_up(room: Room, jury_client: Any) -> None:
    path = opened(room)
    award = first(room)
    with room.db.transaction() as session:
        awards.withdraw(session, room.round_id, award.id, who=WHO, now=clock.now())
    call = next_call(room)
    for one in (call, str(room.call_id), "x"):
        jury_client.post(f"{path}renouveler", data={"call": one})
    with room.db.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Application)) == 0


def test_a_link_to_an_award_that_went_astray_is_closed_by_the_bearer_or_by_the_staff(
    room: Room, jury_client: Any, sign_in: Callable[..., Any]
) -> None:
    path = opened(room)
    award = first(room)

    def opens(*paths: str) -> list[int]:
        return [jury_client.get(one).status_code for one in paths]

    with room.db.transaction() as session:
        astray = f"/suivi/{followups.issue(session, award.id, clock.now())}/"
    assert "2 liens ouvrent votre page" in jury_client.get(f"{path}liens").text
    assert (jury_client.post(f"{path}liens").location, opens(path, astray)) == (path, [200, 404])
    assert jury_client.post(f"{astray}liens").status_code == 404
    assert "Un seul lien ouvre votre page" in re.sub("[\u202f\xa0]", " ", jury_client.get(f"{path}liens").text)
    sign_in(jury_client, "staff")
    where = f"/equipe/rapports/{report(room, award).id}"
    renewed = jury_client.post(f"{where}/lien", follow_redirects=True).text
    second = facts(room, "jury.report.reminded.v1")[-1]["link"].removeprefix(SITE) + "/"
    assert (opens(path, second), "un nouveau part par courriel" in renewed) == ([404, 200], True)
    # Once the report is in, nothing is asked of the bearer: the links close, and no mail claims the contrary.
    assert send(jury_client, second).status_code == 303
    closed = jury_client.post(f"{where}/lien", follow_redirects=True).text
    assert (opens(second), "un nouveau part" in closed) == ([404], False)
    assert len(facts(room, "jury.report.reminded.v1")) == 1


def test_of_two_who_close_each_others_link_to_an_award_at_once_one_stays(room: Room, jury_client: Any) -> None:
    paths = [opened(room)]
    with room.db.transaction() as session:
        paths.append(f"/suivi/{followups.issue(session, first(room).id, clock.now())}/")
    mine, theirs = (path.split("/")[2] for path in paths)

    def close() -> int:
        with room.db.transaction() as session:
            return followups.close_other_links(session, theirs, now=clock.now())

    with ThreadPoolExecutor(1) as pool:
        with room.db.transaction() as session:
            followups.close_other_links(session, mine, now=clock.now())
            late = pool.submit(close)
            assert not wait([late], 0.5).done  # for the lock
        assert late.result(30) == 0
    assert [jury_client.get(one).status_code for one in paths] == [200, 404]
