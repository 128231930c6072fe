"""What is filed is taken up again and filed anew before the deadline; until then the former filing counts."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
import uuid
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from services.jury import queries
from services.jury.models import Application, ApplicationVersion, Attachment, Call, EarlierFiling, PaperBytes, Project
from services.jury.use_cases import (
    application_papers,
    applications,
    corrections,
    erasing,
    paper_bytes,
    reviews,
    rulebooks,
)
from shared import clock
from shared.errors import RuleError
from shared.messaging.tables import outbox
from tests.jury_applications import COMPLETE
from tests.jury_dossiers import SITE, WHO, open_call

PDF = b"%PDF-1.7\nhello\n%%EOF\n"
OTHER = PDF + b"%other\n"
PAPERS = ("statuts", "budget", "partenaire")


@pytest.fixture
def call_id(jury_app: Any, jury_db: Any, tmp_path: Path) -> uuid.UUID:
    jury_app.extensions["settings"] = dataclasses.replace(jury_app.extensions["settings"], attachments=tmp_path)
    return open_call(jury_db)


def send(client: Any, path: str, paper: str, data: bytes, name: str) -> None:
    answer = client.post(f"{path}/pieces/{paper}", data={f"file_{paper}": (BytesIO(data), name)})
    assert answer.status_code == 303, answer.text


def write(client: Any, db: Any, path: str, **change: str) -> None:
    saved = client.post(path, data=COMPLETE | change | {"version": str(only(db).version)})
    assert saved.status_code == 303, saved.text


@pytest.fixture
def path(jury_client: Any, jury_db: Any, call_id: uuid.UUID) -> str:
    """The link of an application that is filed."""
    who = {"first_name": "Léa", "last_name": "Bories", "email": "lea@eau.example"}
    found = str(jury_client.post(f"/appels/{call_id}/deposer", data=who).location)
    write(jury_client, jury_db, found)
    for paper in PAPERS:
        send(jury_client, found, paper, PDF, f"{paper}.pdf")
    assert jury_client.post(f"{found}/deposer").status_code == 303
    return found


def only(db: Any) -> Application:
    with db.reading() as session:
        found: Application = session.scalars(sa.select(Application)).one()
        return found


def counting(db: Any) -> dict[str, str]:
    """The papers that the staff and the jurors read: heading -> file."""
    with db.reading() as session:
        return {one.paper: one.file_name for one in queries.attachments_of(session, only(db).id)}


def earlier(db: Any) -> list[EarlierFiling]:
    with db.reading() as session:
        return list(session.scalars(sa.select(EarlierFiling).order_by(EarlierFiling.filed_at)))


def proofs(db: Any) -> list[dict[str, Any]]:
    with db.reading() as session:
        query = sa.select(outbox.c.envelope["data"]).where(outbox.c.type == "jury.application.filed.v1")
        return list(session.scalars(query.order_by(outbox.c.id)))


def close(db: Any, ago: dt.timedelta = dt.timedelta(hours=1)) -> None:
    with db.transaction() as session:
        session.execute(sa.update(Call).values(closes_at=clock.now() - ago))


def read(client: Any, address: str) -> str:
    """A page, with spaces that do not break as spaces that do."""
    answer = client.get(address)
    assert answer.status_code == 200, address
    return re.sub("[\u00a0\u202f]", " ", answer.text)


def test_what_is_filed_is_corrected_and_filed_again_and_both_filings_are_kept(
    jury_client: Any, jury_db: Any, path: str, call_id: uuid.UUID, sign_in: Any
) -> None:
    first = only(jury_db)
    page = read(jury_client, path)
    assert "Corriger ce dossier" in page
    assert jury_client.post(f"{path}/corriger").status_code == 303
    assert "Vous corrigez un dossier déposé le" in read(jury_client, path)
    write(jury_client, jury_db, path, title="De l’eau à Pailin", expense_label_1="Deux puits")
    send(jury_client, path, "budget", OTHER, "budget-2.pdf")
    with jury_db.transaction() as session:
        rulebooks.revise(session, call_id, {"quorum": 3}, dt.date(2030, 4, 1), site=SITE, who=WHO, now=clock.now())
    # Until it is filed again, the former filing counts, with its papers.
    during = only(jury_db)
    assert (during.state, during.content["title"], during.filed_hash) == ("filed", COMPLETE["title"], first.filed_hash)
    assert counting(jury_db)["budget"] == "budget.pdf"
    assert "De l’eau à Pailin" in read(jury_client, f"{path}/copie")
    assert COMPLETE["title"] in read(jury_client, f"{path}/copie?depot=dernier")
    assert len(proofs(jury_db)) == 1
    assert "Déposer la correction" in read(jury_client, f"{path}/verifier")
    assert jury_client.post(f"{path}/deposer").status_code == 303
    last, (before,) = only(jury_db), earlier(jury_db)
    assert (last.state, last.correction, last.content["title"]) == ("filed", None, "De l’eau à Pailin")
    assert (last.rulebook_version, before.rulebook_version) == (2, 1)
    assert (before.filed, before.filed_hash, before.filed_at) == (first.filed, first.filed_hash, first.filed_at)
    assert counting(jury_db)["budget"] == "budget-2.pdf"
    proof = proofs(jury_db)[-1]
    assert (proof["content_hash"], proof["replaces"]) == (last.filed_hash, first.filed_at.isoformat())
    assert "replaces" not in proofs(jury_db)[0]
    assert jury_client.post(f"{path}/deposer").status_code == 303
    assert len(proofs(jury_db)) == 2, "filing without a correction changes nothing"
    # Each keeps its copy.
    assert "1 dépôt précédent" in read(jury_client, path)
    old, new = (read(jury_client, f"{path}/copie?depot={number}") for number in (1, 2))
    assert (str(first.filed_hash) in old, "a été remplacé" in old, "Règlement version 1" in old) == (True, True, True)
    assert (str(last.filed_hash) in new, "a été remplacé" in new, "Règlement version 2" in new) == (True, False, True)
    # The staff reads what differs, and what was filed before with the papers of then.
    sign_in(jury_client, "secretary")
    desk = f"/equipe/dossiers/{last.id}"
    page = read(jury_client, desk)
    rows = re.findall(r'<tr><th scope="row">(.*?)</th><td.*?>(.*?)</td><td.*?>(.*?)</td></tr>', page, re.DOTALL)
    said = {what: (was, now) for what, was, now in rows}
    assert said["Titre du projet"] == (COMPLETE["title"], "De l’eau à Pailin")
    assert said["Dépenses"] == ("Puits : 20 000 €", "Deux puits : 20 000 €")
    (paper,) = said.keys() - {"Titre du projet", "Dépenses"}
    assert [re.sub(r" \(\w{8}\)", "", one) for one in said[paper]] == ["budget.pdf", "budget-2.pdf"]
    assert COMPLETE["title"] in read(jury_client, f"{desk}/copie?depot=1")
    (replaced,) = re.findall(r'Déposées, puis remplacées par le porteur :\s*<a href="([^"]+)">budget.pdf</a>', page)
    assert jury_client.get(replaced).data == PDF
    journal = read(jury_client, f"/equipe/appels/{call_id}/journal/")
    assert ("Correction d’un dossier déposé commencée" in journal, "Dossier corrigé déposé" in journal) == (True, True)


def test_a_correction_that_is_not_filed_in_time_leaves_what_was_filed_and_is_shown(
    jury_client: Any, jury_db: Any, path: str, sign_in: Any
) -> None:
    jury_client.post(f"{path}/corriger")
    write(jury_client, jury_db, path, title="Trop tard filé")
    send(jury_client, path, "budget", OTHER, "budget-2.pdf")
    send(jury_client, path, "statuts", OTHER, "statuts-2.pdf")
    close(jury_db)
    for _time in range(2):  # before the staff decides, and after
        page = read(jury_client, path)
        assert "Votre correction n’a pas été déposée" in page
        assert "Trop tard filé" in page
        assert counting(jury_db) == {paper: f"{paper}.pdf" for paper in PAPERS}
        refused = jury_client.post(path, data=COMPLETE | {"version": "9", "title": "Encore plus tard"})
        assert (refused.status_code, "Encore plus tard" in refused.text) == (409, True)
        jury_client.post(f"{path}/deposer")
        assert (len(proofs(jury_db)), only(jury_db).content["title"]) == (1, COMPLETE["title"])
        with jury_db.transaction() as session:
            reviews.accept(session, only(jury_db).id, site=SITE, who=WHO, now=clock.now())
    assert only(jury_db).correction is None
    with jury_db.reading() as session:
        assert session.scalars(sa.select(Project.title)).all() == [COMPLETE["title"]]
        kept = session.scalars(sa.select(ApplicationVersion.content["title"].astext)).all()
    assert "Trop tard filé" in kept
    assert "Corriger ce dossier" not in read(jury_client, path)


def test_who_gives_a_correction_up_has_what_was_filed_with_its_papers(
    jury_client: Any, jury_db: Any, path: str
) -> None:
    filed = only(jury_db)
    for _again in range(2):
        jury_client.post(f"{path}/corriger")
        write(jury_client, jury_db, path, title="Autrement")
        send(jury_client, path, "budget", OTHER, "budget-2.pdf")
        assert jury_client.post(f"{path}/garder").status_code == 303
        assert (only(jury_db).filed_hash, only(jury_db).correction) == (filed.filed_hash, None)
        assert counting(jury_db) == {paper: f"{paper}.pdf" for paper in PAPERS}
        assert "Autrement" not in read(jury_client, path)
    jury_client.post(f"{path}/corriger")
    assert "Autrement" not in read(jury_client, path)
    assert 'value="De l’eau à Battambang"' in read(jury_client, path)


def test_a_link_to_write_together_and_papers_work_in_a_correction(jury_client: Any, jury_db: Any, path: str) -> None:
    assert jury_client.post(f"{path}/lien").status_code == 303, "nothing is written in what is filed"
    jury_client.post(f"{path}/corriger")
    jury_client.post(f"{path}/corriger")
    found = re.search(r"/dossiers/[\w-]+", jury_client.post(f"{path}/lien").text)
    assert found
    for title in ("À quatre mains", "À deux"):  # from one version to the next, nobody wrote in between
        write(jury_client, jury_db, found[0], title=title)
    assert 'value="À deux"' in read(jury_client, path)
    with jury_db.reading() as session:
        (budget,) = [one for one in queries.written_papers_of(session, only(jury_db).id) if one.paper == "budget"]
    assert jury_client.post(f"{path}/pieces/{budget.id}/retirer").status_code == 303
    assert ("budget.pdf" in read(jury_client, path), counting(jury_db)["budget"]) == (False, "budget.pdf")
    jury_client.post(f"{path}/deposer")
    assert (earlier(jury_db), only(jury_db).content["title"]) == ([], COMPLETE["title"]), "a paper is missing"


def test_the_staff_decides_on_no_filing_that_may_still_be_replaced_nor_on_one_they_did_not_read(
    jury_client: Any, jury_db: Any, path: str, sign_in: Any
) -> None:
    sign_in(jury_client, "secretary")
    desk = f"/equipe/dossiers/{only(jury_db).id}"
    seen = {"seen": str(only(jury_db).filed_hash)}
    jury_client.post(f"{path}/corriger")
    page = read(jury_client, desk)
    assert ("Son porteur corrige ce dossier" in page, "en faire un projet" in page) == (True, False)
    more = {"reason": "Il manque le RIB.", "until": (clock.now() + dt.timedelta(days=9)).date().isoformat()}
    refusal = {"article": "1", "why": "Hors région."}
    for where, data in (("accepter", {}), ("completer", more), ("refuser", refusal)):
        jury_client.post(f"{desk}/{where}", data=data | seen)
        assert only(jury_db).state == "filed", where
    write(jury_client, jury_db, path, title="Corrigé")
    jury_client.post(f"{path}/deposer")
    answer = jury_client.post(f"{desk}/completer", data=more | seen)
    assert (answer.status_code, "Il manque le RIB." in answer.text, "à nouveau" in answer.text) == (409, True, True)
    assert only(jury_db).state == "filed"
    jury_client.post(f"{desk}/completer", data=more | {"seen": str(only(jury_db).filed_hash)})
    assert only(jury_db).state == "to_complete"
    # Whom the staff asked for more completes; they do not correct.
    jury_client.post(f"{path}/corriger")
    assert only(jury_db).correction is None
    jury_client.post(f"{path}/completer", data={"supplement": "Le voici."})
    jury_client.post(f"{path}/corriger")
    assert (only(jury_db).state, only(jury_db).correction) == ("filed", None)


def test_what_is_withdrawn_is_corrected_no_more(jury_client: Any, jury_db: Any, path: str) -> None:
    jury_client.post(f"{path}/corriger")
    write(jury_client, jury_db, path, title="Retiré ensuite")
    assert jury_client.post(f"{path}/retirer", data={"why": "Nous renonçons."}).status_code == 303
    assert (only(jury_db).standing, only(jury_db).correction) == ("withdrawn", None)
    jury_client.post(f"{path}/corriger")
    assert only(jury_db).correction is None


def test_after_the_deadline_nothing_is_taken_up_but_a_slow_upload_of_before_is_filed(
    jury_client: Any, jury_db: Any, path: str
) -> None:
    token = path.rpartition("/")[2]
    closes = only_call(jury_db).closes_at
    assert closes is not None
    second = dt.timedelta(seconds=1)
    with pytest.raises(RuleError, match="clos"), jury_db.transaction() as session:
        corrections.begin(session, token, now=closes + second)
    with jury_db.transaction() as session:
        corrections.begin(session, token, now=closes)
    paper = {"name": "b.pdf", "media_type": "application/pdf", "size": 9, "sha256": "0" * 64}
    late = closes + dt.timedelta(minutes=5)
    with pytest.raises(RuleError, match="clos"), jury_db.transaction() as session:
        applications.file(session, token, site=SITE, now=late)
    with jury_db.transaction() as session:
        application_papers.attach(session, token, "budget", **paper, begun=closes, now=late)  # type: ignore[arg-type]
    with jury_db.transaction() as session:
        applications.file(session, token, site=SITE, now=late + second)
    assert (only(jury_db).filed_at, len(earlier(jury_db))) == (late + second, 1)


def only_call(db: Any) -> Call:
    with db.reading() as session:
        found: Call = session.scalars(sa.select(Call)).one()
        return found


def test_no_filing_is_lost_whatever_is_written_to_the_tables(jury_client: Any, jury_db: Any, path: str) -> None:
    anew = sa.update(Application).values(filed_at=clock.now(), filed_hash="0" * 64)
    with pytest.raises(sa.exc.IntegrityError), jury_db.transaction() as session:
        session.execute(anew)
    jury_client.post(f"{path}/corriger")
    jury_client.post(f"{path}/deposer")
    assert len(earlier(jury_db)) == 1
    for change in (sa.update(EarlierFiling).values(filed_hash="0" * 64), sa.delete(EarlierFiling), anew):
        with pytest.raises(sa.exc.IntegrityError), jury_db.transaction() as session:
            session.execute(change)


def test_bytes_of_each_filing_stay_and_those_that_were_never_filed_go(
    jury_client: Any, jury_db: Any, path: str, tmp_path: Path, jury_app: Any
) -> None:
    jury_client.post(f"{path}/corriger")
    send(jury_client, path, "budget", OTHER, "jamais.pdf")
    send(jury_client, path, "budget", OTHER + b"%", "budget-2.pdf")
    store = paper_bytes.store_of(jury_app.extensions["settings"])
    with jury_db.transaction() as session:
        session.execute(sa.update(PaperBytes).values(kept_at=clock.now() - dt.timedelta(days=2)))
    paper_bytes.sweep(jury_db, store, now=clock.now())
    jury_client.post(f"{path}/deposer")
    with jury_db.reading() as session:
        files = {one.file_name: one.sha256 for one in session.scalars(sa.select(Attachment))}
        kept = set(session.scalars(sa.select(PaperBytes.sha256)))
        replaced = [one.file_name for one in queries.replaced_of(session, only(jury_db).id)]
    assert {name for name, digest in files.items() if digest in kept} == {f"{one}.pdf" for one in (*PAPERS, "budget-2")}
    assert replaced == ["budget.pdf"]


def test_whom_a_correction_took_out_can_be_erased_and_what_counts_stays(
    jury_client: Any, jury_db: Any, path: str
) -> None:
    new = {"bearer_first_name": "Sok", "bearer_last_name": "Dara", "bearer_email": "sok@eau.example"}
    jury_client.post(f"{path}/corriger")
    write(jury_client, jury_db, path, **new, board="Anne Roux")
    jury_client.post(f"{path}/deposer")
    last = only(jury_db)
    erase(jury_db, "lea@eau.example", clock.now())
    (before,) = earlier(jury_db)
    assert not {*new} & {*before.filed["content"]}
    assert "bearer_email" in before.filed["erased"]
    assert (only(jury_db).content, only(jury_db).filed) == (last.content, last.filed)
    with jury_db.reading() as session:
        assert "lea@eau.example" not in set(
            session.scalars(sa.select(ApplicationVersion.content["bearer_email"].astext))
        )


def test_whom_only_a_correction_named_that_was_given_up_can_be_erased(
    jury_client: Any, jury_db: Any, path: str
) -> None:
    new = {"bearer_first_name": "Sok", "bearer_last_name": "Dara", "bearer_email": "sok@eau.example"}
    jury_client.post(f"{path}/corriger")
    write(jury_client, jury_db, path, **new)
    jury_client.post(f"{path}/garder")
    last = only(jury_db)
    erase(jury_db, "sok@eau.example", clock.now())
    with jury_db.reading() as session:
        versions = session.scalars(sa.select(ApplicationVersion.content)).all()
    assert "Dara" not in str(versions)
    assert "lea@eau.example" in str(versions)
    assert (only(jury_db).content, only(jury_db).filed) == (last.content, last.filed)


def erase(db: Any, email: str, at: dt.datetime) -> None:
    with db.transaction() as session:
        erasing.erase(session, {"request_id": uuid.uuid4(), "email": email, "email_hash": "0" * 64}, at)


def test_who_bears_what_is_being_corrected_goes_from_all_of_it(jury_client: Any, jury_db: Any, path: str) -> None:
    jury_client.post(f"{path}/corriger")
    jury_client.post(f"{path}/deposer")
    jury_client.post(f"{path}/corriger")
    erase(jury_db, "lea@eau.example", clock.now() + dt.timedelta(days=800))
    found, (before,) = only(jury_db), earlier(jury_db)
    assert found.correction is not None
    for said in (found.content, found.correction, found.filed["content"], before.filed["content"]):  # type: ignore[index]
        assert "bearer_email" not in said
        assert said["title"] == COMPLETE["title"]
