"""An application from its first link to a project of the round: drafts, papers, filing, check."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
import sys
import threading
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from services.jury import queries
from services.jury.models import Application, ApplicationLink, Attachment, Call, Project
from services.jury.use_cases import applications, calls, reviews, rulebooks, withdrawals
from shared import clock
from shared.errors import RuleError
from shared.messaging.tables import outbox
from tests.jury_applications import COMPLETE
from tests.jury_dossiers import open_call
from tests.s3_server import OBJECTS, s3

PDF = b"%PDF-1.7\nhello\n%%EOF\n"
WHO = "secretaire@agora.example"
SITE = "https://agora.example"


@pytest.fixture
def call_id(jury_app: Any, jury_db: Any, tmp_path: Path) -> uuid.UUID:
    jury_app.extensions["settings"] = dataclasses.replace(jury_app.extensions["settings"], attachments=tmp_path)
    return open_call(jury_db)


def begin(client: Any, call_id: uuid.UUID) -> str:
    """The path of a new draft."""
    who = {"first_name": "Léa", "last_name": "Bories", "email": "lea@eau.example"}
    answer = client.post(f"/appels/{call_id}/deposer", data=who)
    assert answer.status_code == 303, answer.text
    return str(answer.location)


def send(client: Any, path: str, paper: str, data: bytes = PDF, name: str = "x.pdf") -> Any:
    return client.post(f"{path}/pieces/{paper}", data={f"file_{paper}": (BytesIO(data), name)})


def filed(client: Any, call_id: uuid.UUID, **change: str) -> str:
    path = begin(client, call_id)
    assert client.post(path, data=COMPLETE | change | {"version": "1"}).status_code == 303
    for paper in ("statuts", "budget", "partenaire"):
        assert send(client, path, paper).status_code == 303
    assert client.post(f"{path}/deposer").status_code == 303
    return path


def only(db: Any) -> Application:
    with db.reading() as session:
        found: Application = session.scalars(sa.select(Application)).one()
        return found


def facts(db: Any, name: str) -> list[dict[str, Any]]:
    with db.reading() as session:
        query = sa.select(outbox.c.envelope).where(outbox.c.type == f"jury.application.{name}.v1")
        return [row[0]["data"] for row in session.execute(query.order_by(outbox.c.id))]


def test_a_draft_is_begun_left_and_taken_up_again_by_its_link(jury_client: Any, jury_db: Any, call_id: Any) -> None:
    path = begin(jury_client, call_id)
    assert facts(jury_db, "started")[0]["link"].endswith(path)
    jury_client.post(path, data={"version": "1", "title": "De l’eau", "bearer_email": "lea@eau.example"})
    page = jury_client.get(path)
    assert 'value="De l’eau"' in page.text
    assert page.headers["Referrer-Policy"] == "no-referrer"
    with jury_db.reading() as session:
        hashes = session.scalars(sa.select(ApplicationLink.token_hash)).all()
    assert all(path.rpartition("/")[2].encode() not in one for one in hashes)
    assert jury_client.get("/dossiers/unknown").status_code == 404


def test_nobody_fills_a_mailbox_by_beginning_again_and_again(jury_client: Any, jury_db: Any, call_id: Any) -> None:
    for _draft in range(5):
        begin(jury_client, call_id)
    name = {"first_name": "Léa", "last_name": "Bories"}
    again = jury_client.post(f"/appels/{call_id}/deposer", data=name | {"email": "LEA@eau.example"})
    assert (again.status_code, "commencés à cette adresse" in again.text) == (422, True)
    assert len(facts(jury_db, "started")) == 5
    other = jury_client.post(f"/appels/{call_id}/deposer", data=name | {"email": "noe@eau.example"})
    assert other.status_code == 303


def test_two_people_typing_at_once_lose_nothing(jury_client: Any, jury_db: Any, call_id: Any) -> None:
    path = begin(jury_client, call_id)
    mine = dict(only(jury_db).content)
    jury_client.post(path, data=mine | {"version": "1", "title": "Le mien", "need": "Un besoin"})
    answer = jury_client.post(path, data=mine | {"version": "1", "title": "Le leur", "summary": "Un résumé"})
    assert answer.status_code == 409
    assert "Le leur" in answer.text
    assert "Le mien" in answer.text
    assert answer.text.count('<li><a href="#f-title">Titre du projet</a>') == 1, (
        "a long page: a link leads to the field"
    )
    content = only(jury_db).content
    assert (content["title"], content["need"], content["summary"]) == ("Le mien", "Un besoin", "Un résumé")
    version = re.search(r'name="version" value="(\d+)"', answer.text)
    assert version
    jury_client.post(path, data=content | {"version": version[1], "title": "Le leur"})
    assert only(jury_db).content["title"] == "Le leur"


def test_what_is_being_typed_is_kept_by_itself_until_somebody_else_writes(
    jury_client: Any, jury_db: Any, call_id: Any
) -> None:
    path = begin(jury_client, call_id)
    typed = dict(only(jury_db).content) | {"need": "Un besoin", "then": "keep"}
    kept = jury_client.post(path, data=typed | {"version": "1"})
    assert (kept.status_code, kept.json["version"]) == (200, 2)
    assert jury_client.post(path, data=typed | {"version": "2"}).json["version"] == 2
    jury_client.post(path, data=only(jury_db).content | {"version": "2", "need": "Le sien"})
    late = jury_client.post(path, data=typed | {"version": "2", "need": "Le mien"})
    assert (late.status_code, "version" in late.json, "enregistrez" in late.json["said"]) == (409, False, True)
    assert only(jury_db).content["need"] == "Le sien"
    with jury_db.transaction() as session:
        session.execute(sa.update(Call).values(closes_at=clock.now() - dt.timedelta(minutes=1)))
    closed = jury_client.post(path, data=typed | {"version": "3", "need": "Trop tard"})
    assert (closed.status_code, "clos" in closed.json["said"], only(jury_db).content["need"]) == (409, True, "Le sien")
    assert jury_client.post("/dossiers/unknown", data=typed).status_code == 404


def test_what_is_being_typed_is_saved_when_a_second_link_is_made(jury_client: Any, jury_db: Any, call_id: Any) -> None:
    path = begin(jury_client, call_id)
    typed = dict(only(jury_db).content) | {"version": "1", "need": "Un besoin"}
    assert "/dossiers/" in jury_client.post(f"{path}/lien", data=typed).text
    assert only(jury_db).content["need"] == "Un besoin"


def test_a_link_that_went_where_it_should_not_is_closed_by_who_holds_another(
    jury_client: Any, jury_db: Any, call_id: Any
) -> None:
    path = begin(jury_client, call_id)
    astray = re.search(r"/dossiers/[\w-]+", jury_client.post(f"{path}/lien").text)[0]  # type: ignore[index]
    assert "2 liens ouvrent" in jury_client.get(f"{path}/liens").text
    assert jury_client.post(f"{path}/liens").status_code == 303
    assert [jury_client.get(one).status_code for one in (path, astray)] == [200, 404]
    assert jury_client.post(f"{astray}/liens").status_code == 404
    assert "la seule à ouvrir" in jury_client.post(f"{path}/liens", follow_redirects=True).text


def test_of_two_who_close_each_others_link_at_once_one_stays(jury_client: Any, jury_db: Any, call_id: Any) -> None:
    paths = [begin(jury_client, call_id)]
    paths += re.findall(r"/dossiers/[\w-]+", jury_client.post(f"{paths[0]}/lien").text)[:1]
    first, second = (path.removeprefix("/dossiers/") for path in paths)

    def close() -> int:
        with jury_db.transaction() as session:
            return applications.close_other_links(session, second, now=clock.now())

    with ThreadPoolExecutor(1) as pool:
        with jury_db.transaction() as session:
            applications.close_other_links(session, first, now=clock.now())
            late = pool.submit(close)
            assert not wait([late], 0.5).done  # for the lock
        assert late.result(30) == 0
    assert [jury_client.get(one).status_code for one in paths] == [200, 404]


def test_the_staff_closes_the_links_of_a_bearer_who_gets_a_new_one(
    jury_client: Any, jury_db: Any, call_id: Any, sign_in: Any
) -> None:
    path = filed(jury_client, call_id)
    proof = re.sub(r"^https?://[^/]+", "", facts(jury_db, "filed")[0]["link"])
    assert jury_client.get(proof).status_code == 200
    sign_in(jury_client, "auditor")
    where = f"/equipe/dossiers/{only(jury_db).id}"
    assert jury_client.post(f"{where}/lien").status_code == 403
    sign_in(jury_client, "secretary")
    assert f"{where}/lien" in jury_client.get(where).text
    assert jury_client.post(f"{where}/lien").status_code == 303
    (fact,) = facts(jury_db, "link_requested")
    links = [path, proof, re.sub(r"^https?://[^/]+", "", fact["link"])]
    assert [jury_client.get(one).status_code for one in links] == [404, 404, 200]


def test_two_people_with_two_links_write_one_application(jury_client: Any, jury_db: Any, call_id: Any) -> None:
    path = begin(jury_client, call_id)
    page = jury_client.post(f"{path}/lien").text
    found = re.search(r"/dossiers/([\w-]+)\"", page)
    assert found
    second = f"/dossiers/{found[1]}"
    assert second != path
    mine = dict(only(jury_db).content)
    jury_client.post(path, data=mine | {"version": "1", "need": "Un besoin"})
    assert jury_client.post(second, data=mine | {"version": "1", "activities": "Creuser"}).status_code == 303
    content = only(jury_db).content
    assert (content["need"], content["activities"]) == ("Un besoin", "Creuser")
    assert "Un besoin" in jury_client.get(f"{second}/copie").text
    assert "n’est pas déposé" in jury_client.get(f"{second}/copie").text
    jury_client.post(path, data=COMPLETE | {"version": str(only(jury_db).version)})
    for paper in ("statuts", "budget", "partenaire"):
        send(jury_client, path, paper)
    assert jury_client.post(f"{path}/deposer").status_code == 303
    late = jury_client.post(second, data=COMPLETE | {"version": "3", "activities": "Creuser aussi à Pailin."})
    assert (late.status_code, "n’est pas enregistré" in late.text) == (409, True)
    assert "Creuser aussi à Pailin." in late.text
    assert only(jury_db).content["activities"] == COMPLETE["activities"]


def test_the_link_is_sent_again_and_nobody_learns_who_has_an_application(
    jury_client: Any, jury_db: Any, call_id: Any
) -> None:
    jury_client.get(begin(jury_client, call_id))
    where = f"/appels/{call_id}/retrouver"
    known = jury_client.post(where, data={"email": " LEA@eau.example "})
    other = jury_client.post(where, data={"email": "autre@eau.example"})
    assert known.status_code == other.status_code == 200
    token = re.compile(r'name="csrf_token" value="[^"]*"')
    assert token.sub("", known.text) == token.sub("", other.text)
    (fact,) = facts(jury_db, "link_requested")
    assert fact["person"]["email"] == "lea@eau.example"
    path = str(fact["link"]).partition("/dossiers/")[2]
    assert jury_client.get(f"/dossiers/{path}").status_code == 200
    for _again in range(9):
        jury_client.post(where, data={"email": "lea@eau.example"})
    assert len(facts(jury_db, "link_requested")) == 4  # five links an hour, the first mail among them
    assert jury_client.post(where, data={"email": "x"}).status_code == 422


def test_a_bearer_adds_rows_to_the_budget_without_a_script(jury_client: Any, jury_db: Any, call_id: Any) -> None:
    path = begin(jury_client, call_id)
    shown = {f"expense_amount_{row}": "" for row in range(1, 4)}
    answer = jury_client.post(path, data=shown | COMPLETE | {"version": "1", "add": "expense"})
    assert answer.location.endswith("?expense=4#budget-expense")
    page = jury_client.get(answer.location).text
    assert ('name="expense_amount_4"' in page, 'name="income_amount_4"' in page) == (True, False)
    more = {"expense_label_4": "Pompe", "expense_amount_4": "12 500", "income_amount_2": "12500", "version": "2"}
    jury_client.post(path, data=COMPLETE | more)
    assert 'value="Pompe"' in jury_client.get(path).text
    assert "expense_label_5" not in only(jury_db).content
    plain = jury_client.get(f"{path}/copie").text.replace("\u202f", " ")
    assert "Pompe : 12 500 €" in plain


def test_what_is_filed_is_proved_printed_and_never_changes(jury_client: Any, jury_db: Any, call_id: Any) -> None:
    path = filed(jury_client, call_id)
    application = only(jury_db)
    assert application.state == "filed"
    fact = facts(jury_db, "filed")[0]
    assert fact["content_hash"] == application.filed_hash
    assert application.filed is not None
    assert [one["paper"] for one in application.filed["papers"]] == ["statuts", "budget", "partenaire"]
    copy = jury_client.get(f"{path}/copie").text
    assert "De l’eau à Battambang" in copy
    assert str(application.filed_hash) in copy
    assert "1er janvier 2031" in copy
    assert "2031-01-01" not in copy
    jury_client.post(path, data=COMPLETE | {"version": "2", "title": "Autre"})
    send(jury_client, path, "statuts", PDF + b"%%EOF")
    jury_client.post(f"{path}/deposer")
    assert only(jury_db).filed == application.filed
    assert len(facts(jury_db, "filed")) == 1
    with pytest.raises(sa.exc.IntegrityError), jury_db.transaction() as session:
        session.execute(sa.update(Application).values(filed_hash="0" * 64))


def test_the_skills_that_a_project_lacks_are_told_with_it(jury_client: Any, jury_db: Any, call_id: Any) -> None:
    filed(jury_client, call_id, skills="Un hydrogéologue", skills_days="5", goal_1="6")
    need = {"skills": "Un hydrogéologue", "days": 5, "goals": ["6"], "place": "KH"}
    assert facts(jury_db, "filed")[0]["need"] == need


def test_a_project_that_lacks_none_tells_of_none(jury_client: Any, jury_db: Any, call_id: Any) -> None:
    filed(jury_client, call_id, skills="", skills_days="5")
    assert "need" not in facts(jury_db, "filed")[0]


def test_a_project_that_is_not_eligible_lacks_none_when_its_withdrawal_is_undone(
    jury_client: Any, jury_db: Any, call_id: Any
) -> None:
    path = filed(jury_client, call_id, skills="Un hydrogéologue")
    with jury_db.transaction() as session:
        why = "Le siège est hors de la région."
        reviews.refuse(session, only(jury_db).id, "2", why, site=SITE, who=WHO, now=clock.now())
    with jury_db.transaction() as session:
        withdrawals.withdraw(session, path.rpartition("/")[2], "À quoi bon.", site=SITE, now=clock.now())
        withdrawals.restore(session, only(jury_db).id, site=SITE, who=WHO, now=clock.now())
    assert ["need" in facts(jury_db, one)[0] for one in ("filed", "reviewed", "restored")] == [True, False, False]


def test_above_the_ceiling_nothing_is_filed_and_the_figure_is_shown(
    jury_client: Any, jury_db: Any, call_id: Any
) -> None:
    path = filed(jury_client, call_id, request_1="5000,01")
    assert only(jury_db).state == "draft"
    page = jury_client.get(f"{path}/verifier").text
    assert re.search(r"Pour une année.: 5.000,01.€ demandés, 5.000.€ au plus", page)
    assert len(re.findall("Part du coût du projet", page)) == 1  # the same figures as the project's: told apart


def test_the_desk_reads_papers_by_their_title(jury_client: Any, jury_db: Any, call_id: Any, sign_in: Any) -> None:
    filed(jury_client, call_id)
    sign_in(jury_client, "secretary")
    page = jury_client.get(f"/equipe/dossiers/{only(jury_db).id}").text
    assert "x.pdf</a> – Derniers comptes approuvés" in page


def test_the_last_second_counts_and_the_next_does_not(jury_db: Any, jury_client: Any, call_id: Any) -> None:
    path = begin(jury_client, call_id)
    token = path.rpartition("/")[2]
    closes = dt.datetime(2030, 3, 31, 21, 59, 59, tzinfo=dt.UTC)
    with pytest.raises(RuleError, match="clos"), jury_db.transaction() as session:
        applications.file(session, token, site=SITE, now=closes + dt.timedelta(seconds=1))
    with pytest.raises(RuleError, match="manque"), jury_db.transaction() as session:
        applications.file(session, token, site=SITE, now=closes + dt.timedelta(microseconds=999_999))


def test_an_application_keeps_the_rules_it_was_filed_under(jury_client: Any, jury_db: Any, call_id: Any) -> None:
    filed(jury_client, call_id)
    with jury_db.transaction() as session:
        call = calls.find_call(session, call_id)
        ceilings = call.rulebook["ceilings"] | {"per_year_cents": 1000, "per_project_cents": 1000}
        rulebooks.revise(
            session, call_id, {"ceilings": ceilings}, dt.date(2030, 4, 1), site=SITE, who=WHO, now=clock.now()
        )
    application = only(jury_db)
    assert application.rulebook_version == 1
    with jury_db.reading() as session:
        kept = rulebooks.version_of(session, call_id, 1).content
    assert kept["ceilings"]["per_year_cents"] == 500_000


def test_a_paper_of_the_rules_it_was_filed_under_is_still_taken(
    jury_client: Any, jury_db: Any, call_id: Any, sign_in: Any
) -> None:
    path = begin(jury_client, call_id)
    jury_client.post(path, data=COMPLETE | {"version": "1"})
    for paper in ("statuts", "budget", "partenaire"):
        send(jury_client, path, paper)
    jury_client.post(f"{path}/deposer")
    with jury_db.transaction() as session:
        papers = [one for one in session.get_one(Call, call_id).rulebook["attachments"] if one["key"] != "lettre"]
        day = dt.date(2030, 3, 31)
        rulebooks.revise(session, call_id, {"attachments": papers}, day, site="", who="x", now=clock.now())
        until = clock.now() + dt.timedelta(days=9)
        session.execute(sa.update(Application).values(state="to_complete", complete_until=until))
    send(jury_client, path, "lettre")
    with jury_db.reading() as session:
        assert "lettre" in session.scalars(sa.select(Attachment.paper)).all()


def test_papers_are_judged_by_their_bytes_and_given_back_as_downloads(
    jury_client: Any, jury_db: Any, call_id: Any
) -> None:
    path = begin(jury_client, call_id)
    page = jury_client.post(
        f"{path}/pieces/statuts", data={"file_statuts": (BytesIO(b"MZ bad"), "statuts.pdf")}, follow_redirects=True
    )
    assert "ni un PDF" in page.text
    assert send(jury_client, path, "autre").status_code == 404
    send(jury_client, path, "statuts", name="../../etc/statuts.pdf")
    with jury_db.reading() as session:
        paper = session.scalars(sa.select(Attachment)).one()
    got = jury_client.get(f"{path}/pieces/{paper.id}")
    assert got.data == PDF
    assert got.headers["Content-Disposition"] == "attachment; filename=statuts.pdf"
    other = begin(jury_client, call_id)
    assert jury_client.get(f"{other}/pieces/{paper.id}").status_code == 404


def test_papers_go_to_a_bucket_and_come_back_whole_or_not_at_all(
    jury_app: Any, jury_client: Any, jury_db: Any, call_id: Any
) -> None:
    path = begin(jury_client, call_id)
    with s3() as address:
        chosen = {"s3_url": address, "s3_region": "r", "s3_key": "k", "s3_secret": "s"}
        jury_app.extensions["settings"] = dataclasses.replace(jury_app.extensions["settings"], **chosen)
        send(jury_client, path, "statuts")
        with jury_db.reading() as session:
            paper = session.scalars(sa.select(Attachment)).one()
        assert {f"/papers/{paper.sha256}": PDF} == OBJECTS
        where = f"{path}/pieces/{paper.id}"
        assert jury_client.get(where).data == PDF
        OBJECTS[f"/papers/{paper.sha256}"] = b"something else"
        assert jury_client.get(where).status_code == 404
    assert jury_client.get(where).status_code == 503
    send(jury_client, path, "statuts", PDF + b"%%EOF")
    assert "n’a pas pu être gardé" in jury_client.get(path).text


def test_a_paper_that_the_scanner_refuses_or_cannot_see_is_not_kept(
    jury_app: Any, jury_client: Any, jury_db: Any, call_id: Any, tmp_path: Path
) -> None:
    script = tmp_path / "scanner.py"
    script.write_text(
        "import sys, time\n"
        "data = open(sys.argv[1], 'rb').read()\n"
        "time.sleep(9 if b'slow' in data else 0)\n"
        "sys.exit(1 if b'virus' in data else 2 if b'broken' in data else 0)\n"
    )
    path = begin(jury_client, call_id)
    folder = tmp_path / "papers"

    def sent(data: bytes, command: str = f"{sys.executable} {script}") -> str:
        chosen = {"scan_command": command, "scan_seconds": 2, "attachments": folder}
        jury_app.extensions["settings"] = dataclasses.replace(jury_app.extensions["settings"], **chosen)
        send(jury_client, path, "statuts", data)
        return str(jury_client.get(path).text)

    assert "a trouvé quelque chose" in sent(PDF + b"virus%%EOF")
    for data, command in ((PDF + b"slow%%EOF", None), (PDF + b"broken%%EOF", None), (PDF, "/no/such/scanner")):
        page = sent(data, command) if command else sent(data)
        assert "n’a pas pu être contrôlé" in page
    assert not folder.exists()
    assert "La pièce est jointe." in sent(PDF)
    assert len([one for one in folder.rglob("*") if one.is_file()]) == 1


def test_a_missing_letter_is_asked_for_then_the_application_becomes_a_project(
    jury_client: Any, jury_db: Any, call_id: Any, sign_in: Callable[..., Any]
) -> None:
    path = filed(jury_client, call_id)
    application = only(jury_db)
    sign_in(jury_client, "secretary")
    where = f"/equipe/dossiers/{application.id}"
    page = jury_client.get(where).text
    assert "À compléter" in page
    assert "Lettre de l’autorité locale" in page
    past = jury_client.post(f"{where}/completer", data={"reason": "La lettre.", "until": "2016-01-31"})
    assert (past.status_code, "Donnez une date à venir" in past.text, "La lettre.</textarea>" in past.text) == (
        409,
        True,
        True,
    )
    until = (clock.now() + dt.timedelta(days=10)).date().isoformat()
    jury_client.post(f"{where}/completer", data={"reason": "La lettre.", "until": until})
    assert facts(jury_db, "reviewed")[0]["outcome"] == "to_complete"
    assert send(jury_client, path, "lettre").status_code == 303
    jury_client.post(f"{path}/completer", data={"supplement": "La voici."})
    assert "La voici." in jury_client.get(where).text
    assert "Le secrétariat vérifie maintenant" in jury_client.get(path).text
    jury_client.post(f"{where}/accepter")
    jury_client.post(f"{where}/accepter")
    with jury_db.reading() as session:
        projects = queries.projects_of(session, call_id)
        assert [(p.number, p.title, p.country) for p in projects] == [(1, "De l’eau à Battambang", "KH")]
    assert [one["outcome"] for one in facts(jury_db, "reviewed")] == ["to_complete", "accepted"]
    assert "Complet" in jury_client.get(f"/equipe/appels/{call_id}/dossiers").text
    assert "que le jury examine" in jury_client.get(path).text


def test_an_answer_that_comes_too_late_or_twice_is_given_back_as_it_was_typed(
    jury_client: Any, jury_db: Any, call_id: Any, sign_in: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = filed(jury_client, call_id)
    sign_in(jury_client, "secretary")
    today = clock.now()
    until = (today + dt.timedelta(days=10)).date().isoformat()
    where = f"/equipe/dossiers/{only(jury_db).id}/completer"
    jury_client.post(where, data={"reason": "La lettre.", "until": until})
    with monkeypatch.context() as later:
        later.setattr(clock, "now", lambda: today + dt.timedelta(days=12))
        late = jury_client.post(f"{path}/completer", data={"supplement": "La mairie signe lundi."})
    assert late.status_code == 409
    assert "La mairie signe lundi.</textarea>" in late.text
    jury_client.post(f"{path}/completer", data={"supplement": "La voici."})
    twice = jury_client.post(f"{path}/completer", data={"supplement": "Et son cachet."})
    assert twice.status_code == 409
    assert "Et son cachet." in twice.text
    with jury_db.reading() as session:
        assert session.scalar(sa.select(Application.supplement)) == "La voici."


def test_a_refusal_cites_an_article_of_the_rules(
    jury_client: Any, jury_db: Any, call_id: Any, sign_in: Callable[..., Any]
) -> None:
    path = filed(jury_client, call_id, place="CN-YN")
    application = only(jury_db)
    sign_in(jury_client, "secretary")
    where = f"/equipe/dossiers/{application.id}/refuser"
    assert jury_client.post(where, data={"article": "", "why": "non"}).status_code == 422
    jury_client.post(where, data={"article": "99", "why": "non"})
    assert only(jury_db).state == "filed"
    jury_client.post(where, data={"article": "4", "why": "Le Yunnan n’est pas une zone."})
    fact = facts(jury_db, "reviewed")[0]
    assert fact["article"] == "4 – Zones"
    page = jury_client.get(path).text
    assert "Article 4" in page
    assert "Yunnan" in page


def test_drafts_are_hidden_and_an_auditor_decides_nothing(
    jury_client: Any, jury_db: Any, call_id: Any, sign_in: Callable[..., Any]
) -> None:
    begin(jury_client, call_id)
    application = only(jury_db)
    sign_in(jury_client, "auditor")
    assert jury_client.get(f"/equipe/dossiers/{application.id}").status_code == 404
    assert jury_client.post(f"/equipe/dossiers/{application.id}/accepter").status_code == 403
    assert "1 brouillon" in jury_client.get(f"/equipe/appels/{call_id}/dossiers").text


def test_two_clerks_accepting_at_once_make_one_project(jury_client: Any, jury_db: Any, call_id: Any) -> None:
    filed(jury_client, call_id)
    application = only(jury_db)

    def accept() -> None:
        with jury_db.transaction() as session:
            reviews.accept(session, application.id, site=SITE, who=WHO, now=clock.now())

    threads = [threading.Thread(target=accept) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    with jury_db.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Project)) == 1
