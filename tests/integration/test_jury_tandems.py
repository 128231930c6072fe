"""A tandem through its pages: two links, two halves, one dossier that both agree to; the staff pairs who is alone."""

from __future__ import annotations

import dataclasses
import io
import re
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from services.jury.handlers import handlers
from services.jury.models import Application, ApplicationLink, ApplicationVersion, Call
from services.jury.queries.mails import unreached
from services.jury.queries.portfolio import portfolio
from services.jury.use_cases import applications, calls, erasing, rulebooks, withdrawals
from services.jury.use_cases import tandems as halves
from shared import clock, workbooks
from shared.db import new_id
from shared.messaging.tables import outbox
from tests.jury_applications import ASSOCIATION, CLASS, PROJECT
from tests.jury_dossiers import CALL, SITE, WHO, open_call
from tests.mail_facts import tell

TEACHER = {"first_name": "Marc", "last_name": "Dupuy", "email": "marc.dupuy@ac-toulouse.example"}
LEA = {"first_name": "Léa", "last_name": "Bories", "email": "lea@eau.example"}


@pytest.fixture
def call_id(jury_app: Any, jury_db: Any) -> uuid.UUID:
    data = CALL | {"preset": "tandems", "title": "Tandems solidaires", "cents": 2_000_000}
    with jury_db.transaction() as session:
        call = rulebooks.create_funding(session, data, who=WHO, now=clock.now())
        calls.open_call(session, call.id, url=SITE, who=WHO, now=clock.now())
        return call.id


def begin(client: Any, call_id: uuid.UUID, half: str, who: dict[str, str]) -> str:
    answer = client.post(f"/appels/{call_id}/deposer", data=who | {"half": half})
    assert answer.status_code == 303, answer.text
    return str(answer.location)


def read(client: Any, path: str) -> str:
    """A page, with spaces that do not break as spaces that do."""
    return re.sub("[\u00a0\u202f]", " ", client.get(path).text)


def told(db: Any, what: str) -> list[dict[str, Any]]:
    """The facts of that kind about tandems, oldest first."""
    with db.reading() as session:
        rows = session.scalars(
            sa.select(outbox.c.envelope["data"]).where(outbox.c.type == "jury.tandem.told.v1").order_by(outbox.c.id)
        )
        return [one for one in rows if one["what"] == what]


def link_of(fact: dict[str, Any]) -> str:
    return (
        str(fact["link"]).removeprefix(SITE)
        if fact["link"].startswith(SITE)
        else re.sub(r"^https?://[^/]+", "", fact["link"])
    )


def version(client: Any, path: str) -> str:
    found = re.search(r'name="version" value="(\d+)"', read(client, path))
    assert found
    return found[1]


def save(client: Any, path: str, content: dict[str, str]) -> None:
    answer = client.post(path, data=content | {"version": version(client, path)})
    assert answer.status_code == 303, answer.text


def agree(client: Any, path: str) -> None:
    """To what the half reads at that moment."""
    assert client.post(f"{path}/accord", data={"version": version(client, path)}).status_code == 303


def invited(client: Any, db: Any, call_id: uuid.UUID) -> tuple[str, str]:
    """The paths of the two halves of a tandem that the association began."""
    association = begin(client, call_id, "association", LEA)
    assert client.post(f"{association}/moitie", data=TEACHER).status_code == 303
    return association, link_of(told(db, "invited")[-1])


def written(client: Any, db: Any, call_id: uuid.UUID) -> tuple[str, str]:
    association, school = invited(client, db, call_id)
    save(client, association, ASSOCIATION | PROJECT)
    save(client, school, PROJECT | CLASS)
    return association, school


def only(db: Any) -> Application:
    with db.reading() as session:
        return session.scalars(sa.select(Application)).one()


def test_a_tandem_with_one_half_is_incomplete_and_cannot_be_filed(
    jury_app: Any, jury_db: Any, call_id: uuid.UUID
) -> None:
    client = jury_app.test_client()
    path = begin(client, call_id, "association", LEA)
    save(client, path, ASSOCIATION | PROJECT)
    page = read(client, f"{path}/verifier")
    assert "Incomplet : il manque la classe" in page
    assert "Déposer le dossier" not in page
    client.post(f"{path}/deposer")
    assert only(jury_db).state == "draft"


def test_the_class_writes_by_its_own_link_and_changes_nothing_of_the_association(
    jury_app: Any, jury_db: Any, call_id: uuid.UUID
) -> None:
    client = jury_app.test_client()
    association, school = invited(client, jury_db, call_id)
    save(client, association, ASSOCIATION | PROJECT)
    page = read(client, school)
    assert 'name="structure"' not in page
    assert "Eau et Compagnie" in page
    assert 'name="request_1"' not in page
    save(client, school, CLASS | PROJECT | {"structure": "Autre", "request_1": "9", "title": "Un autre titre"})
    content = only(jury_db).content
    assert (content["structure"], content["request_1"], content["pupils"]) == ("Eau et Compagnie", "800", "27")
    assert content["title"] == "Un autre titre"


def test_it_is_filed_once_the_other_half_has_agreed_to_what_it_says(
    jury_app: Any, jury_db: Any, call_id: uuid.UUID
) -> None:
    client = jury_app.test_client()
    association, school = written(client, jury_db, call_id)
    client.post(f"{association}/deposer")
    assert only(jury_db).state == "draft"
    agree(client, school)
    save(client, association, ASSOCIATION | PROJECT | {"summary": "Un autre résumé."})
    assert "Déposer le dossier" not in read(client, f"{association}/verifier")
    client.post(f"{association}/deposer")
    assert only(jury_db).state == "draft", "what the class agreed to has changed"
    agree(client, school)
    assert "Déposer le dossier" in read(client, f"{association}/verifier")
    assert client.post(f"{association}/deposer").status_code == 303
    assert only(jury_db).state == "filed"
    fact = told(jury_db, "filed")[-1]
    assert fact["person"]["email"] == TEACHER["email"]
    assert client.get(link_of(fact)).status_code == 200


def test_it_agrees_to_the_version_that_it_read_and_to_the_papers_of_then(
    jury_app: Any, jury_db: Any, call_id: uuid.UUID, tmp_path: Path
) -> None:
    jury_app.extensions["settings"] = dataclasses.replace(jury_app.extensions["settings"], attachments=tmp_path)
    client = jury_app.test_client()
    association, school = written(client, jury_db, call_id)
    read_then = {"version": version(client, school)}
    save(client, association, ASSOCIATION | PROJECT | {"title": "Un autre titre"})
    late = client.post(f"{school}/accord", data=read_then, follow_redirects=True)
    assert "Le dossier a changé entre-temps" in late.text
    assert only(jury_db).class_agreed is None
    agree(client, school)
    assert "Déposer le dossier" in read(client, f"{association}/verifier")
    with jury_db.reading() as session:
        key = session.get_one(Call, call_id).rulebook["attachments"][0]["key"]
    paper = {f"file_{key}": (io.BytesIO(b"%PDF-1.4 budget %%EOF"), "budget.pdf")}
    assert "La pièce est jointe." in client.post(f"{association}/pieces/{key}", data=paper, follow_redirects=True).text
    client.post(f"{association}/deposer")
    assert only(jury_db).state == "draft", "the class did not agree to that paper"


def test_a_half_writes_nothing_of_the_other_even_where_that_one_left(
    jury_app: Any, jury_db: Any, call_id: uuid.UUID
) -> None:
    client = jury_app.test_client()
    association, school = written(client, jury_db, call_id)
    client.post(f"{association}/effacer")
    save(client, school, CLASS | PROJECT | {"structure": "Autre", "bearer_email": "autre@eau.example"})
    content = only(jury_db).content
    assert not content.get("structure")
    assert not content.get("bearer_email")


def test_who_begins_says_for_which_half(jury_app: Any, call_id: uuid.UUID) -> None:
    answer = jury_app.test_client().post(f"/appels/{call_id}/deposer", data=LEA)
    assert answer.status_code == 422
    assert "Dites pour quelle moitié" in answer.text


def test_nobody_agrees_to_what_is_not_whole(jury_app: Any, jury_db: Any, call_id: uuid.UUID) -> None:
    client = jury_app.test_client()
    _association, school = invited(client, jury_db, call_id)
    agree(client, school)
    assert only(jury_db).class_agreed is None
    assert client.post(f"{school}/accord", data={"version": "\0" * 9}).status_code == 303


def test_a_list_of_pupils_keeps_it_back_and_the_page_says_why(jury_app: Any, jury_db: Any, call_id: uuid.UUID) -> None:
    client = jury_app.test_client()
    _association, school = written(client, jury_db, call_id)
    save(client, school, PROJECT | CLASS | {"class_work": "Emma Martin, Lucas Petit, Chloé Durand", "pupils": "Emma"})
    page = read(client, f"{school}/verifier")
    assert "cela ressemble à une liste de noms" in page
    assert "Aucun nom d’élève n’est gardé ici" in page
    assert "Emma Martin, Lucas Petit, Chloé Durand" in read(client, school), "what was typed stays to be corrected"


def test_a_day_of_holidays_is_told_to_both_and_to_the_staff(
    jury_app: Any, jury_db: Any, call_id: uuid.UUID, sign_in: Callable[..., Any]
) -> None:
    client = jury_app.test_client()
    association, school = written(client, jury_db, call_id)
    save(client, school, PROJECT | CLASS | {"meeting_1": "2027-02-10"})
    for path in (association, f"{association}/verifier", f"{school}/verifier"):
        assert "vacances d’hiver en zone C" in read(client, path)
    agree(client, school)
    client.post(f"{association}/deposer")
    sign_in(client, "secretary")
    assert "vacances d’hiver en zone C" in read(client, f"/equipe/dossiers/{only(jury_db).id}")


def test_the_staff_sees_who_is_alone_and_pairs_them_and_both_are_told(
    jury_app: Any, jury_db: Any, call_id: uuid.UUID, sign_in: Callable[..., Any]
) -> None:
    client = jury_app.test_client()
    association = begin(client, call_id, "association", LEA)
    save(client, association, ASSOCIATION | PROJECT)
    school = begin(client, call_id, "class", TEACHER)
    save(client, school, CLASS | {"title": "Une autre idée", "theme": "eau"})
    with jury_db.reading() as session:
        ids = {
            ("class" if not one.content["bearer_email"] else "association"): one.id
            for one in session.scalars(sa.select(Application))
        }
    staff = jury_app.test_client()
    sign_in(staff, "secretary")
    page = read(staff, f"/equipe/appels/{call_id}/tandems")
    assert "Incomplet : il manque la classe" in page
    assert "Incomplet : il manque l’association" in page
    assert PROJECT["summary"] not in page, "what they write is theirs until it is filed"
    answer = staff.post(
        f"/equipe/appels/{call_id}/tandems",
        data={"association": str(ids["association"]), "school": str(ids["class"])},
    )
    assert answer.status_code == 303, answer.text
    content = only(jury_db).content
    assert (content["structure"], content["school_name"]) == ("Eau et Compagnie", "Collège Jean-Moulin")
    assert (content["title"], content["theme"]) == (PROJECT["title"], "eau")
    facts = told(jury_db, "paired")
    assert [(one["half"], one["person"]["email"]) for one in facts] == [
        ("association", LEA["email"]),
        ("class", TEACHER["email"]),
    ]
    assert [one["with_whom"]["organisation"] for one in facts] == ["Collège Jean-Moulin, Albi", "Eau et Compagnie"]
    assert 'name="pupils"' in read(client, school), "the link that the class held opens the same dossier"
    again = staff.post(
        f"/equipe/appels/{call_id}/tandems",
        data={"association": str(ids["association"]), "school": str(ids["class"])},
    )
    assert again.status_code in (409, 422)
    assert "Aucune moitié ne cherche l’autre" in again.text


@pytest.mark.parametrize("address", ["marc.dupuy", "marc@dupuy", "marc dupuy@ac.example", "é@ac.example"])
def test_a_half_whose_address_is_mistyped_is_said_to_the_staff_who_pairs(
    address: str, jury_app: Any, jury_db: Any, call_id: uuid.UUID, sign_in: Callable[..., Any]
) -> None:
    client = jury_app.test_client()
    begin(client, call_id, "association", LEA)
    save(client, begin(client, call_id, "class", TEACHER), CLASS | {"teacher_email": address})
    with jury_db.reading() as session:
        drafts = {one.content["bearer_email"]: str(one.id) for one in session.scalars(sa.select(Application))}
    sign_in(client, "secretary")
    chosen = {"association": drafts[LEA["email"]], "school": drafts[""]}
    answer = client.post(f"/equipe/appels/{call_id}/tandems", data=chosen)
    assert answer.status_code == 409
    assert "L’adresse de cette moitié n’est pas complète" in answer.text


def test_what_a_class_was_typing_while_it_was_paired_takes_the_place_of_nothing(
    jury_app: Any, jury_db: Any, call_id: uuid.UUID
) -> None:
    client = jury_app.test_client()
    association = begin(client, call_id, "association", LEA)
    save(client, association, ASSOCIATION | PROJECT)
    school = begin(client, call_id, "class", TEACHER)
    with jury_db.reading() as session:
        drafts = {one.content["bearer_email"]: one for one in session.scalars(sa.select(Application))}
    typed = CLASS | {"title": "Une autre idée", "version": "1", "reference": drafts[""].reference}
    with ThreadPoolExecutor(1) as one:
        with jury_db.transaction() as session:
            ids = drafts[LEA["email"]].id, drafts[""].id
            halves.pair(session, call_id, *ids, site=SITE, who=WHO, now=clock.now())
            sent = one.submit(client.post, school, data=typed)
            wait([sent], timeout=0.5)
        answer = sent.result(5)
    assert answer.status_code == 409
    assert "Une autre idée" in answer.text
    content = only(jury_db).content
    assert (content["title"], content["pupils"]) == (PROJECT["title"], CLASS["pupils"])


def test_a_half_that_leaves_takes_its_own_part_along_and_the_other_goes_on(
    jury_app: Any, jury_db: Any, call_id: uuid.UUID
) -> None:
    client = jury_app.test_client()
    association, school = written(client, jury_db, call_id)
    assert "Quitter ce tandem" in read(client, f"{school}/retirer")
    client.post(f"{school}/effacer")
    assert client.get(school).status_code == 404
    content = only(jury_db).content
    assert not any(content.get(name) for name in CLASS)
    assert content["title"] == PROJECT["title"]
    assert "Incomplet : il manque la classe" in read(client, association)


def test_the_class_hears_that_a_withdrawal_was_undone(jury_app: Any, jury_db: Any, call_id: uuid.UUID) -> None:
    client = jury_app.test_client()
    association, school = written(client, jury_db, call_id)
    agree(client, school)
    client.post(f"{association}/deposer")
    client.post(f"{association}/retirer", data={"why": "Le partenaire renonce."})
    with jury_db.transaction() as session:
        withdrawals.restore(session, only(jury_db).id, site=SITE, who=WHO, now=clock.now())
    assert [one["person"]["email"] for one in told(jury_db, "withdrawn")] == [TEACHER["email"]]
    (back,) = told(jury_db, "reviewed")
    assert (back["undone"], back["half"], back["person"]["email"]) == (True, "class", TEACHER["email"])
    assert client.get(link_of(back)).status_code == 200


def test_a_half_closes_its_links_those_that_name_no_half_too(jury_app: Any, jury_db: Any, call_id: uuid.UUID) -> None:
    client = jury_app.test_client()
    association, school = invited(client, jury_db, call_id)
    with jury_db.transaction() as session:
        unnamed = f"/dossiers/{applications.issue(session, only(jury_db).id, clock.now())}"
    assert client.post(f"{school}/liens").status_code == 303
    assert [client.get(one).status_code for one in (association, school, unnamed)] == [200, 200, 200]
    assert client.post(f"{association}/liens").status_code == 303
    assert [client.get(one).status_code for one in (association, school, unnamed)] == [200, 200, 404]


def test_a_mail_that_did_not_reach_the_class_is_not_said_of_the_association(
    jury_app: Any, jury_db: Any, call_id: uuid.UUID
) -> None:
    client = jury_app.test_client()
    association, school = written(client, jury_db, call_id)
    agree(client, school)
    client.post(f"{association}/deposer")
    with jury_db.reading() as session:
        query = sa.select(outbox.c.envelope).where(outbox.c.type == "jury.tandem.told.v1").order_by(outbox.c.id.desc())
        to_class = session.scalars(query).first()["id"]
    about = only(jury_db).id
    for template, fact in (("tandem_told", to_class), ("application_filed", new_id())):
        tell(jury_db, handlers, "bounced", about, template, at=clock.now(), message=new_id(), event_id=str(fact))
    with jury_db.reading() as session:
        lost = {(one.mail.template, one.email) for one in unreached(session, call_id)}
    assert lost == {("tandem_told", TEACHER["email"]), ("application_filed", LEA["email"])}
    # A link that reaches the association brings the class nothing.
    tell(jury_db, handlers, "accepted", about, "application_link", at=clock.now(), message=new_id())
    with jury_db.reading() as session:
        assert [one.mail.half for one in unreached(session, call_id)] == ["class"]


def test_the_link_again_goes_to_the_half_of_that_address(jury_app: Any, jury_db: Any, call_id: uuid.UUID) -> None:
    client = jury_app.test_client()
    written(client, jury_db, call_id)
    client.post(f"/appels/{call_id}/retrouver", data={"email": TEACHER["email"]})
    with jury_db.reading() as session:
        kind = outbox.c.type == "jury.application.link_requested.v1"
        (fact,) = session.scalars(sa.select(outbox.c.envelope["data"]).where(kind)).all()
    assert fact["person"]["email"] == TEACHER["email"]
    assert 'name="pupils"' in read(client, link_of(fact))


def test_list_file_and_portfolio_name_both_halves(
    jury_app: Any, jury_db: Any, call_id: uuid.UUID, sign_in: Callable[..., Any]
) -> None:
    client = jury_app.test_client()
    association, school = written(client, jury_db, call_id)
    agree(client, school)
    client.post(f"{association}/deposer")
    sign_in(client, "secretary")
    both = "Eau et Compagnie + Collège Jean-Moulin, Albi"
    assert both in read(client, f"/equipe/appels/{call_id}/dossiers")
    head, line = workbooks.table(client.get(f"/equipe/appels/{call_id}/dossiers/classeur.xlsx").data)
    row = dict(zip(head, line, strict=True))
    assert (row["Structure"], row["Établissement scolaire"], row["Nombre d’élèves"]) == (
        "Eau et Compagnie",
        "Collège Jean-Moulin",
        "27",
    )
    assert client.post(f"/equipe/dossiers/{only(jury_db).id}/accepter").status_code == 303
    assert told(jury_db, "reviewed")[-1]["half"] == "class"
    with jury_db.reading() as session:
        assert [one.structure for one in portfolio(session)] == [both]


def test_a_teacher_who_asks_to_be_erased_goes_and_the_association_stays(
    jury_app: Any, jury_db: Any, call_id: uuid.UUID
) -> None:
    client = jury_app.test_client()
    association, school = written(client, jury_db, call_id)
    data = {"request_id": uuid.uuid4(), "email": TEACHER["email"], "email_hash": "x" * 64}
    with jury_db.transaction() as session:
        erasing.erase(session, data, clock.now())
    assert client.get(school).status_code == 404
    assert client.get(association).status_code == 200
    with jury_db.reading() as session:
        everything = [one.content for one in session.scalars(sa.select(ApplicationVersion))]
        everything += [one.content for one in session.scalars(sa.select(Application))]
        assert session.scalars(sa.select(ApplicationLink.half)).all() == ["association"]
    assert not any(TEACHER["email"] in content.values() for content in everything)
    assert only(jury_db).content["bearer_email"] == LEA["email"]


def test_a_bearer_who_asks_to_be_erased_leaves_the_class_its_link_and_another_may_be_called_in(
    jury_app: Any, jury_db: Any, call_id: uuid.UUID, sign_in: Callable[..., Any]
) -> None:
    client = jury_app.test_client()
    association, school = written(client, jury_db, call_id)
    data = {"request_id": uuid.uuid4(), "email": LEA["email"], "email_hash": "x" * 64}
    with jury_db.transaction() as session:
        erasing.erase(session, data, clock.now())
    assert client.get(association).status_code == 404
    assert "Incomplet : il manque l’association" in read(client, school)
    other = LEA | {"email": "anne@eau.example"}
    assert client.post(f"{school}/moitie", data=other).status_code == 303
    assert told(jury_db, "invited")[-1]["person"]["email"] == other["email"]


def test_a_draft_that_nobody_writes_in_any_more_is_paired_with_nobody(
    jury_app: Any, jury_db: Any, call_id: uuid.UUID, sign_in: Callable[..., Any]
) -> None:
    client = jury_app.test_client()
    begin(client, call_id, "association", LEA)
    begin(client, call_id, "class", TEACHER)
    with jury_db.reading() as session:
        drafts = {one.content["bearer_email"]: str(one.id) for one in session.scalars(sa.select(Application))}
    data = {"request_id": uuid.uuid4(), "email": TEACHER["email"], "email_hash": "x" * 64}
    with jury_db.transaction() as session:
        erasing.erase(session, data, clock.now())
    sign_in(client, "secretary")
    chosen = {"association": drafts[LEA["email"]], "school": drafts[""]}
    answer = client.post(f"/equipe/appels/{call_id}/tandems", data=chosen)
    assert answer.status_code in (409, 422)
    assert "Cette classe n’est plus seule" in answer.text


def test_a_call_without_tandems_has_neither_halves_nor_a_page_of_them(
    jury_app: Any, jury_db: Any, sign_in: Callable[..., Any]
) -> None:
    other = open_call(jury_db)
    client = jury_app.test_client()
    path = begin(client, other, "class", LEA)
    assert only(jury_db).content["bearer_email"] == LEA["email"]
    assert client.post(f"{path}/moitie", data=TEACHER).status_code == 404
    sign_in(client, "secretary")
    assert client.get(f"/equipe/appels/{other}/tandems").status_code == 404


def test_a_tandem_is_corrected_by_either_half_and_filed_again_once_both_agree(
    jury_app: Any, jury_db: Any, call_id: uuid.UUID
) -> None:
    client = jury_app.test_client()
    association, school = written(client, jury_db, call_id)
    agree(client, school)
    client.post(f"{association}/deposer")
    assert client.post(f"{school}/corriger").status_code == 303
    save(client, school, CLASS | PROJECT | {"pupils": "28"})
    assert (only(jury_db).content["pupils"], only(jury_db).written["pupils"]) == ("27", "28")
    client.post(f"{school}/deposer")
    assert only(jury_db).content["pupils"] == "27", "the association has not agreed to what changed"
    assert "Retirer ma candidature…" in read(client, association)
    agree(client, association)
    assert client.post(f"{school}/deposer").status_code == 303
    assert (only(jury_db).content["pupils"], only(jury_db).state) == ("28", "filed")
    assert ["corrected" in one for one in told(jury_db, "filed")] == [False, True]
