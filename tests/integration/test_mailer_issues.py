"""From a contribution to a campaign: limits, answers, order, the checks, and a send that happens once."""

from __future__ import annotations

import datetime as dt
import re
import threading
import uuid
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from services.mailer import campaigns, contacts, contributions, issues
from services.mailer.models.contacts import ECHO
from services.mailer.models.issues import SECTIONS, Contribution, Issue, Item
from services.mailer.models.ledger import Campaign, Message
from shared import clock
from shared.errors import RuleError
from shared.messaging.tables import outbox

NOW = dt.datetime(2016, 10, 10, 9, tzinfo=dt.UTC)
WHO = "camille.roux@agora.example"
READER = "sacha.blanc@agora.example"  # who did not prepare the issue
PIECE = {"section": "members", "title": "Une classe ouvre", "text": "Quarante élèves ont un toit."}


@pytest.fixture(autouse=True)
def _in_october(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def issue(mailer_db: Any) -> uuid.UUID:
    """Number 34, which takes contributions until 15 October."""
    with mailer_db.transaction() as session:
        head = {"number": 34, "title": "L’Agora", "planned_on": dt.date(2016, 10, 17),
                "contributions_on": dt.date(2016, 10, 15), "editorial": "Bonjour."}  # fmt: skip
        return issues.create(session, head, who=WHO, now=NOW)


@pytest.fixture
def link(mailer_db: Any) -> str:
    """The token of Lo Camin's personal link."""
    with mailer_db.transaction() as session:
        return contributions.invite(
            session, structure="Lo Camin", name="Inès", email="ines@camin.example", who=WHO, now=NOW
        )[1]


@pytest.fixture
def editor(mailer_client: Any, sign_in: Callable[..., Any]) -> Any:
    sign_in(mailer_client, "editor", email=WHO)
    return mailer_client


@pytest.fixture
def second(mailer_app: Any, sign_in: Callable[..., Any]) -> Any:
    """A colleague who did not prepare anything."""
    client = mailer_app.test_client()
    sign_in(client, "editor", email=READER)
    return client


def readers(db: Any, count: int) -> list[uuid.UUID]:
    with db.transaction() as session:
        return [
            contacts.subscribe(
                session, contacts.Person(f"lecteur{n}@asso.example"), ECHO, "test", "Je veux L’Écho", "1", NOW
            )
            for n in range(count)
        ]


def test_sent_issue_reaches_the_subscribed_and_nobody_else(
    editor: Any, second: Any, mailer_app: Any, mailer_db: Any, issue: uuid.UUID, link: str
) -> None:
    people = readers(mailer_db, 4)
    with mailer_db.transaction() as session:
        contacts.withdraw(session, people[0], ECHO, "lien", "Me désabonner", "1", NOW)
        contacts.save(session, [contacts.Person("jamais-demande@asso.example")], NOW)

    assert editor.post(f"/contribuer/{link}", data=PIECE).status_code == 303
    with mailer_db.reading() as session:
        handed_in = session.scalars(sa.select(Contribution)).one()
    shorter = PIECE | {"title": "Une classe ouvre à Kaédi"}
    assert editor.post(f"/contributions/{handed_in.id}/accepter", data=shorter).status_code == 303
    assert "accepté pour le nº 34" in editor.get(f"/contribuer/{link}").text

    page = second.get(f"/numeros/{issue}/envoyer")
    assert "Envoyer à 3 personnes" in page.text
    sent = second.post(f"/numeros/{issue}/envoyer")
    assert sent.status_code == 303
    again = second.post(f"/numeros/{issue}/envoyer")
    assert (again.status_code, again.location) == (303, sent.location)

    with mailer_db.reading() as session:
        made = session.scalars(sa.select(Campaign)).one()
        assert (made.state, made.audience, made.issue_id) == ("running", 3, issue)
        assert made.subject == "L’Écho du Réseau nº\u00a034 – L’Agora"
        keys = session.scalars(sa.select(Message.email_key).where(Message.campaign_id.is_not(None))).all()
        assert sorted(keys) == ["lecteur1@asso.example", "lecteur2@asso.example", "lecteur3@asso.example"]
        facts = session.scalars(sa.select(outbox.c.envelope).where(outbox.c.type == "mailer.issue.published.v1")).all()
        assert [(fact["data"]["number"], fact["data"]["recipients"]) for fact in facts] == [(34, 3)]

    archive = mailer_app.test_client().get("/echo/34")
    assert "Une classe ouvre à Kaédi" in archive.text
    assert "Quarante élèves ont un toit." in archive.text
    assert "paru dans le nº 34" in editor.get(f"/contribuer/{link}").text
    refused = editor.post(f"/numeros/{issue}/articles/nouveau", data=PIECE)
    assert refused.status_code == 409


def test_two_editors_who_send_at_once_send_once(
    mailer_app: Any, mailer_db: Any, issue: uuid.UUID, sign_in: Any
) -> None:
    readers(mailer_db, 5)
    with mailer_db.transaction() as session:
        issues.add_item(session, issue, PIECE, who=WHO, now=NOW)
    answers: list[int] = []

    def send() -> None:
        client = mailer_app.test_client()
        sign_in(client, "editor", email=READER)
        answers.append(client.post(f"/numeros/{issue}/envoyer").status_code)

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [303] * 4
    with mailer_db.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Campaign)) == 1
        assert session.scalar(sa.select(sa.func.count()).select_from(Message)) == 5


def test_nothing_leaves_when_a_check_fails(second: Any, mailer_db: Any, issue: uuid.UUID) -> None:
    readers(mailer_db, 1)
    page = second.get(f"/numeros/{issue}/envoyer")
    assert "rien ne peut partir" in page.text
    assert second.post(f"/numeros/{issue}/envoyer").status_code == 409
    with mailer_db.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Campaign)) == 0


def test_after_a_stop_the_rest_is_reached_word_for_word(
    editor: Any, second: Any, mailer_db: Any, issue: uuid.UUID
) -> None:
    readers(mailer_db, 3)
    with mailer_db.transaction() as session:
        issues.add_item(session, issue, PIECE, who=WHO, now=NOW)
    first = second.post(f"/numeros/{issue}/envoyer").location
    with mailer_db.transaction() as session:
        one = session.scalars(sa.select(Message).order_by(Message.email_key)).first()
        for state in ("claimed", "transmitting"):
            session.execute(
                sa.text("""UPDATE messages SET state = :state, message_id = '<x@y>', lease_owner = 'o',
                    lease_until = now() + interval '1 minute' WHERE id = :id"""),
                {"id": one.id, "state": state},
            )
        session.execute(
            sa.text("UPDATE messages SET state = 'accepted', lease_until = NULL WHERE id = :id"), {"id": one.id}
        )
    assert editor.post(first + "/arreter").status_code == 303
    assert f'href="/numeros/{issue}/envoyer"' in editor.get(first).text
    page = editor.get(f"/numeros/{issue}/envoyer").text
    assert "qu’il n’avait pas atteintes" in page
    assert "Envoyer à 2 personnes" in page
    second = editor.post(f"/numeros/{issue}/envoyer").location
    assert second != first
    with mailer_db.reading() as session:
        bodies = session.scalars(sa.select(Campaign.html)).all()
        assert len(set(bodies)) == 1
        reached = session.scalars(sa.select(Message.email_key).where(Message.state.in_(["accepted", "pending"]))).all()
        assert sorted(reached) == [f"lecteur{n}@asso.example" for n in range(3)]


# --- contributions ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"title": "x" * 81}, "80 caractères au plus"),
        ({"text": "é" * 601}, "600 caractères au plus"),
        ({"title": ""}, "Répondez à cette question"),
        ({"link": "javascript:alert(1)"}, "Ce lien n’est pas complet"),
        ({"title": "deux\nlignes"}, "une seule ligne"),
        ({"text": "x\x07y"}, "caractères invisibles"),
    ],
)
def test_a_refused_contribution_keeps_what_was_typed(
    mailer_client: Any, mailer_db: Any, issue: uuid.UUID, link: str, changed: dict[str, str], words: str
) -> None:
    answer = mailer_client.post(f"/contribuer/{link}", data=PIECE | {"credit": "Photo de Zoé"} | changed)
    assert answer.status_code in (409, 422)
    assert words in answer.text
    assert "Photo de Zoé" in answer.text
    with mailer_db.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Contribution)) == 0


def test_exactly_at_the_limits(mailer_client: Any, mailer_db: Any, issue: uuid.UUID, link: str) -> None:
    full = PIECE | {"title": "é" * 80, "text": "l’é " * 150}
    assert mailer_client.post(f"/contribuer/{link}", data=full).status_code == 303


def test_the_deadline_includes_its_last_second(mailer_db: Any, issue: uuid.UUID, link: str) -> None:
    end = dt.datetime(2016, 10, 15, 23, 59, 59, tzinfo=clock.PARIS)
    with mailer_db.transaction() as session:
        contributor = contributions.open_with(session, link, secret="")
        contributions.submit(session, contributor, PIECE, now=end)
        with pytest.raises(RuleError) as refusal:
            contributions.submit(session, contributor, PIECE, now=end + dt.timedelta(seconds=1))
        assert refusal.value.code == "closed"


def test_a_refusal_says_why_to_its_author(editor: Any, mailer_db: Any, issue: uuid.UUID, link: str) -> None:
    editor.post(f"/contribuer/{link}", data=PIECE)
    with mailer_db.reading() as session:
        handed_in = session.scalars(sa.select(Contribution.id)).one()
    for reason, told in ("Non.", "Dites pourquoi"), ("Hélas. " * 150, "1\u202f000 caractères au plus"):
        again = editor.post(f"/contributions/{handed_in}/refuser", data={"reason": reason})
        assert (again.status_code, told in again.text, reason.strip() in again.text) == (422, True, True)
        # What stands beside it, to accept the article all the same, is still filled in.
        assert f'value="{PIECE["title"]}"' in again.text
    said = {"reason": "Ce sujet est déjà traité dans ce numéro."}
    assert editor.post(f"/contributions/{handed_in}/refuser", data=said).status_code == 303
    assert said["reason"] in editor.get(f"/contribuer/{link}").text
    with mailer_db.reading() as session:
        mail = session.scalars(sa.select(Message)).one()
        assert (mail.template, mail.data["reason"]) == ("contribution_refused", said["reason"])
    assert editor.post(f"/contributions/{handed_in}/accepter", data=PIECE).status_code == 409


def test_an_author_whose_link_was_taken_back_is_not_told_to_use_it(
    editor: Any, mailer_client: Any, mailer_db: Any, issue: uuid.UUID, link: str
) -> None:
    mailer_client.post(f"/contribuer/{link}", data=PIECE)
    with mailer_db.reading() as session:
        handed_in, author = session.execute(sa.select(Contribution.id, Contribution.contributor_id)).one()
    editor.post(f"/contributeurs/{author}/retirer")
    answer = editor.post(
        f"/contributions/{handed_in}/refuser", data={"reason": "Le numéro en parle déjà."}, follow_redirects=True
    )
    assert "elle part à l’association" not in answer.text
    with mailer_db.reading() as session:
        assert session.scalars(sa.select(Message)).all() == []


def test_an_author_is_told_once_that_it_is_out(
    second: Any, mailer_db: Any, issue: uuid.UUID, link: str, mailer_client: Any
) -> None:
    for title in ("Un puits", "Une récolte"):
        mailer_client.post(f"/contribuer/{link}", data=PIECE | {"title": title})
    with mailer_db.transaction() as session:
        for one in session.scalars(sa.select(Contribution)).all():
            contributions.accept(session, one.id, PIECE | {"title": one.title}, who=WHO, now=NOW)
    readers(mailer_db, 1)
    assert second.post(f"/numeros/{issue}/envoyer").status_code == 303
    with mailer_db.reading() as session:
        mail = session.scalars(sa.select(Message).where(Message.template == "contribution_published")).one()
        assert mail.data["titles"] == ["Un puits", "Une récolte"]
        assert mail.data["url"].endswith("/echo/34")


def test_a_new_link_replaces_the_old_and_a_revoked_one_is_gone(
    editor: Any, mailer_client: Any, mailer_db: Any, issue: uuid.UUID, link: str
) -> None:
    person = {"structure": "Lo Camin", "name": "Inès", "email": "INES@camin.example"}
    answer = editor.post("/contributeurs/", data=person)
    found = re.search(r"/contribuer/([\w-]+)", answer.text)
    assert found
    assert mailer_client.get(f"/contribuer/{link}").status_code == 404
    assert mailer_client.get(f"/contribuer/{found[1]}").status_code == 200
    with mailer_db.reading() as session:
        mail = session.scalars(sa.select(Message)).one()
        assert (mail.template, mail.email) == ("contribution_invitation", "INES@camin.example")
        assert found[1] in mail.data["link"]
        contributor = contributions.contributors(session)[0][0]
    assert editor.post(f"/contributeurs/{contributor.id}/retirer").status_code == 303
    assert mailer_client.get(f"/contribuer/{found[1]}").status_code == 410


def test_nobody_changes_the_item_of_another(mailer_client: Any, mailer_db: Any, issue: uuid.UUID, link: str) -> None:
    mailer_client.post(f"/contribuer/{link}", data=PIECE)
    with mailer_db.transaction() as session:
        other = contributions.invite(session, structure="B", name="B", email="b@b.example", who=WHO, now=NOW)[1]
        handed_in = session.scalars(sa.select(Contribution.id)).one()
    assert mailer_client.get(f"/contribuer/{other}/{handed_in}").status_code == 404
    assert mailer_client.post(f"/contribuer/{other}/{handed_in}", data=PIECE).status_code == 404
    assert mailer_client.post(f"/contribuer/{other}/{handed_in}/retirer").status_code == 404


# --- the editor's desk ------------------------------------------------------------------------------------


def titles(db: Any, section: str = "members") -> list[str]:
    with db.reading() as session:
        query = sa.select(Item.title).where(Item.section == section).order_by(Item.position)
        return list(session.scalars(query))


def test_order_by_buttons_and_by_dragging(editor: Any, mailer_db: Any, issue: uuid.UUID) -> None:
    with mailer_db.transaction() as session:
        ids = [issues.add_item(session, issue, PIECE | {"title": name}, who=WHO, now=NOW) for name in "abc"]
    editor.post(f"/numeros/{issue}/articles/{ids[2]}/monter")
    assert titles(mailer_db) == ["a", "c", "b"]
    order = {"members": [str(ids[1]), str(ids[0])], "agenda": [str(ids[2])]}
    assert editor.post(f"/numeros/{issue}/ordre", json=order).status_code == 200
    assert (titles(mailer_db), titles(mailer_db, "agenda")) == (["b", "a"], ["c"])
    everything = [*order["members"], *order["agenda"]]
    for wrong in ({}, {"members": order["members"]}, order | {"calls": order["agenda"]}, {"sport": everything}):
        assert editor.post(f"/numeros/{issue}/ordre", json=wrong).status_code == 409
    for nonsense in ({"members": "abc"}, {"members": 7}, ["x"], 7, None):
        assert editor.post(f"/numeros/{issue}/ordre", json=nonsense).status_code == 400


def test_the_buttons_pass_from_one_section_into_the_next(editor: Any, mailer_db: Any, issue: uuid.UUID) -> None:
    with mailer_db.transaction() as session:
        for section, name in (("headline", "a"), ("resources", "z")):
            issues.add_item(session, issue, PIECE | {"title": name, "section": section}, who=WHO, now=NOW)
        one = issues.add_item(session, issue, PIECE | {"title": "c"}, who=WHO, now=NOW)

    def stands() -> dict[str, list[str]]:
        return {key: found for key in SECTIONS if (found := titles(mailer_db, key))}

    def step(way: str, times: int) -> dict[str, list[str]]:
        for _ in range(times):
            assert editor.post(f"/numeros/{issue}/articles/{one}/{way}").status_code == 303
        return stands()

    assert step("monter", 1) == {"headline": ["a"], "agenda": ["c"], "resources": ["z"]}
    assert step("monter", 2) == {"headline": ["a", "c"], "resources": ["z"]}
    assert step("monter", 5) == {"headline": ["c", "a"], "resources": ["z"]}
    assert step("descendre", 5) == {"headline": ["a"], "resources": ["c", "z"]}
    assert step("descendre", 5) == {"headline": ["a"], "resources": ["z", "c"]}


def test_a_removed_item_gives_the_contribution_back(editor: Any, mailer_db: Any, issue: uuid.UUID, link: str) -> None:
    editor.post(f"/contribuer/{link}", data=PIECE)
    with mailer_db.transaction() as session:
        handed_in = session.scalars(sa.select(Contribution.id)).one()
        item = contributions.accept(session, handed_in, PIECE, who=WHO, now=NOW)
    assert editor.post(f"/numeros/{issue}/articles/{item}/retirer").status_code == 303
    assert titles(mailer_db) == []
    with mailer_db.reading() as session:
        assert session.scalars(sa.select(Contribution.state)).one() == "received"


def test_a_change_asks_for_a_new_look(editor: Any, mailer_db: Any, issue: uuid.UUID) -> None:
    with mailer_db.transaction() as session:
        item = issues.add_item(session, issue, PIECE, who=WHO, now=NOW)
        issues.mark(session, issue, "ready", who=WHO, now=NOW)
    editor.post(f"/numeros/{issue}/articles/{item}", data=PIECE | {"title": "Corrigé"})
    with mailer_db.reading() as session:
        assert session.get_one(Issue, issue).state == "draft"


def test_the_test_mail_goes_to_oneself(editor: Any, mailer_db: Any, issue: uuid.UUID) -> None:
    with mailer_db.transaction() as session:
        issues.add_item(session, issue, PIECE, who=WHO, now=NOW)
    assert editor.post(f"/numeros/{issue}/essai").status_code == 303
    with mailer_db.reading() as session:
        mail = session.scalars(sa.select(Message)).one()
        assert (mail.email, mail.lane, mail.template) == (WHO, "transactional", "campaign_test")
        assert mail.data["subject"].startswith("[essai] L’Écho du Réseau")
        assert "{{" not in mail.data["html"]


@pytest.mark.parametrize(
    ("latest", "today", "expected"),
    [
        (dt.date(2016, 10, 17), dt.date(2016, 10, 18), dt.date(2016, 12, 19)),  # the 17th is a Saturday
        (dt.date(2016, 12, 30), dt.date(2017, 1, 2), dt.date(2017, 2, 28)),
        (dt.date(2016, 2, 1), dt.date(2016, 10, 5), dt.date(2016, 10, 5)),
    ],
)
def test_the_next_number_is_proposed(mailer_db: Any, latest: dt.date, today: dt.date, expected: dt.date) -> None:
    with mailer_db.transaction() as session:
        issues.create(session, {"number": 34, "title": "x", "planned_on": latest}, who=WHO, now=NOW)
        assert issues.next_plan(session, today) == (35, expected)


def test_every_change_is_written_down(editor: Any, mailer_db: Any, issue: uuid.UUID, link: str) -> None:
    editor.post(f"/contribuer/{link}", data=PIECE)
    with mailer_db.transaction() as session:
        contributions.accept(session, session.scalars(sa.select(Contribution.id)).one(), PIECE, who=WHO, now=NOW)
    with mailer_db.reading() as session:
        rows = session.execute(sa.text("SELECT who, thing, what FROM audit_entries ORDER BY id")).all()
    assert [tuple(row) for row in rows] == [
        (WHO, "issue", "created"),
        (WHO, "contributor", "invited"),
        ("ines@camin.example", "contribution", "received"),
        (WHO, "issue", "item_added"),
        (WHO, "contribution", "accepted"),
    ]


def test_ledger_page_and_proof(editor: Any, second: Any, mailer_db: Any, issue: uuid.UUID) -> None:
    readers(mailer_db, 60)
    with mailer_db.transaction() as session:
        issues.add_item(session, issue, PIECE, who=WHO, now=NOW)
    ledger = second.post(f"/numeros/{issue}/envoyer").location
    page = editor.get(ledger)
    assert "60 messages" in page.text
    assert "Page 1 sur 2" in page.text
    assert re.findall(r"lecteur\d+<wbr>@", editor.get(ledger + "?q=lecteur59").text) == ["lecteur59<wbr>@"]
    assert "Personne ne correspond" in editor.get(ledger + "?etat=rejected").text
    fragment = editor.get(ledger + "/progres")
    assert fragment.headers["X-Campaign-State"] == "running"
    assert editor.post(ledger + "/pause", data={"because": "Une coquille"}).status_code == 303
    assert "Une coquille" in editor.get(ledger).text
    assert "voici où il en est" in editor.post(ledger + "/pause", follow_redirects=True).text
    assert editor.post(ledger + "/reprendre").status_code == 303
    proof = editor.get(ledger + "/registre.csv").get_data().decode("utf-8-sig").splitlines()
    assert len(proof) == 61
    assert proof[0].startswith("Courriel;Nom;Structure;État")
    with mailer_db.reading() as session:
        assert campaigns.progress(session, uuid.UUID(ledger.rsplit("/", 1)[1])).state == "running"
