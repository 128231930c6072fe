"""A person keeps what they want of L'Écho, sees all that is held about them, and can end it for good."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command

from services.mailer import (
    as_reader,
    audience,
    campaigns,
    contacts,
    erasure,
    imports,
    kept,
    marks,
    suppressions,
    unsubscribe,
)
from services.mailer.audience import Filter
from services.mailer.models.contacts import ECHO, Contact
from services.mailer.models.issues import Issue, Item
from services.mailer.models.ledger import Message, Suppression
from services.mailer.publishing import House
from shared import clock, migrations
from shared.db import Database
from tests.mailer_people import HTML, TEXT, run, suppress

NOW = dt.datetime(2016, 10, 3, 9, tzinfo=dt.UTC)
ZOE = "zoe@asso.test"


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def agree(db: Database, email: str, **more: Any) -> Any:
    with db.transaction() as session:
        return contacts.subscribe(
            session, contacts.Person(email, **more), ECHO, "formulaire", "oui", "1", NOW - dt.timedelta(days=9)
        )


def preferences(app: Any, who: Any) -> str:
    return f"/preferences/{unsubscribe.token(who, ECHO, secret=app.extensions['settings'].secret_key)}"


def an_issue(**sections: str) -> Issue:
    items = [
        Item(section=section, position=0, title=title, text="", html="", structure="", link="", credit="")
        for section, title in sections.items()
    ]
    return Issue(number=34, list_key=ECHO, title="Octobre", planned_on=NOW.date(), editorial="", items=items)


def reached(db: Database, issue: Issue, asked: Filter = audience.EVERYBODY) -> set[str]:
    """Whom the issue would go to; the page's count must be the same."""
    with db.transaction() as session:
        narrowed = kept.narrowed(session, issue, asked)
        made = campaigns.create(session, list=ECHO, title="nº 34", subject="nº 34", from_name="L’Écho",
                                from_email="echo@reseau.example", html=HTML, text=TEXT, asked=narrowed)  # fmt: skip
        assert campaigns.start(session, made.id, NOW) == audience.count(session, narrowed)
        return set(session.scalars(sa.select(Message.email_key).where(Message.campaign_id == made.id)))


def preview(app: Any, db: Database, issue: Issue, who: Any) -> bool:
    """Whether the editor's preview says that this person would be spared the issue."""
    settings = app.extensions["settings"]
    issue.id = uuid.uuid4()
    with db.reading() as session:
        return as_reader.see(session, issue, House.of(settings), who, secret=settings.secret_key).spared


def test_who_keeps_calls_and_madagascar_gets_only_the_issues_that_hold_one(
    mailer_app: Any, mailer_client: Any, mailer_db: Database
) -> None:
    zoe = agree(mailer_db, ZOE, zones=("Madagascar",))
    agree(mailer_db, "tout@asso.test")
    page = preferences(mailer_app, zoe)
    shown = mailer_client.get(page).text
    assert re.search(r"Vous le recevez depuis le samedi 24\s+septembre.{0,6}\. Pourquoi\s:\s+formulaire\.", shown)
    chosen = {"which": "some", "kept_section": "section:calls", "kept_zone": "zone:Madagascar",
              "kept_topic": "topic:inventé"}  # fmt: skip
    mailer_client.post(page, data=chosen)
    with mailer_db.reading() as session:
        assert session.get_one(Contact, zoe).kept == ["section:calls", "zone:Madagascar"]
    both = {ZOE, "tout@asso.test"}
    assert reached(mailer_db, an_issue(calls="Eau 2017")) == both
    assert preview(mailer_app, mailer_db, an_issue(calls="Eau 2017"), zoe) is False
    assert preview(mailer_app, mailer_db, an_issue(agenda="Bal"), zoe) is True
    assert reached(mailer_db, an_issue(members="Un puits à MADAGASCAR, enfin")) == both
    assert reached(mailer_db, an_issue(members="Madagascariens de Toulouse")) == {"tout@asso.test"}
    with mailer_db.reading() as session:
        asked = kept.narrowed(session, an_issue(members="x"), Filter(zones=("Madagascar",)))
        assert audience.count(session, asked) == 1
    mailer_client.post(page, data={"which": "all", "was_kept": "section:calls"})
    assert reached(mailer_db, an_issue(members="Rien")) == both


def test_a_word_that_few_have_is_offered_to_nobody_else(mailer_db: Database) -> None:
    for number in range(3):
        agree(mailer_db, f"p{number}@asso.test", topics=("eau",))
    agree(mailer_db, "q@asso.test", topics=("fâché avec la trésorière",))
    zoe = agree(mailer_db, ZOE)
    with mailer_db.reading() as session:
        assert kept.offered(session, session.get_one(Contact, zoe))["topic"] == ["topic:eau"]


def mailed_link(db: Database) -> str:
    with db.reading() as session:
        link = session.scalars(
            sa.select(Message.data["link"].astext).where(Message.template == "own_data_link")
        ).first()
    return re.sub(r"^.*(?=/mes-donnees/)", "", link)


def test_everything_held_goes_to_the_mailbox_and_can_be_erased(
    mailer_app: Any, mailer_client: Any, mailer_db: Database, sign_in: Callable[..., Any]
) -> None:
    zoe = agree(mailer_db, ZOE, first_name="Zoé", last_name="Rakoto", topics=("eau",))
    suppress(mailer_db, ZOE, "formations")
    page = preferences(mailer_app, zoe)
    assert "Rakoto" not in mailer_client.get(page).text
    for _ in range(5):
        assert "z…e@asso.test" in mailer_client.post(page, data={"own_data": "yes"}).text
    assert run(mailer_db, "SELECT count(*) FROM messages")[0][0] == 3
    link = mailed_link(mailer_db)
    shown = mailer_client.get(link)
    assert ("Zoé Rakoto" in shown.text, shown.headers["Cache-Control"]) == (True, "no-store")
    held = json.loads(mailer_client.get(f"{link}/tout.json").data)
    assert (held["contact"]["last_name"], held["consents"][0]["wording"]) == ("Rakoto", "oui")
    assert [one["what"] for one in held["mails"]] == ["own_data_link"] * 3
    assert held["not_written_to"][0]["scope"] == "formations"

    assert 'method="post"' not in shown.text.partition("<main")[2]
    asked = mailer_client.get(f"{link}/effacer").text
    assert ("C’est définitif" in asked, "Ne rien effacer" in asked, ZOE in asked) == (True, True, True)
    assert run(mailer_db, "SELECT count(*) FROM contacts")[0][0] == 1  # asking changes nothing
    receipt = mailer_client.post(f"{link}/effacer").text
    assert re.findall(r"<li>([^<]+)</li>", receipt.replace("\u202f", " ")) == [
        "Fiches : 1", "Courriers envoyés ou en attente : 3", "Demandes d’abonnement : 3",
    ]  # fmt: skip
    left = everything(mailer_db)
    assert not [word for word in ("Rakoto", "zoe@asso", "Zoé") if word in left]
    assert mailer_client.get(link).status_code == 404
    with mailer_db.reading() as session:
        assert {(one.email_key, one.scope) for one in session.scalars(sa.select(Suppression))} == {
            (marks.mark(ZOE), "bulk"), (marks.mark(ZOE), "formations"),
        }  # fmt: skip


def everything(db: Database) -> str:
    with db.reading() as session:
        tables = session.scalars(sa.text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).all()
        rows = [session.scalars(sa.text(f"SELECT to_jsonb(t)::text FROM {one} t")).all() for one in tables]
    return "\n".join(row for found in rows for row in found)


def test_who_was_erased_is_not_written_to_whatever_door_the_address_comes_by(mailer_db: Database) -> None:
    agree(mailer_db, ZOE)
    with mailer_db.transaction() as session:
        erasure.forget(session, ZOE, NOW)
    content = f"Courriel\n{ZOE}\nneuf@asso.test\n".encode()
    with mailer_db.transaction() as session:
        brought = imports.begin(session, filename="l.csv", content=content, who="a@b.fr", now=NOW)
        done = imports.confirm(session, brought, source="adhésions", wording="J’accepte", who="a@b.fr", now=NOW)
        assert [line["outcome"] for line in done.report] == ["suppressed", "new"]
        # By another door: somebody types the address into a record.
        contacts.save(session, [contacts.Person(ZOE)], NOW)
    with mailer_db.transaction() as session:
        assert session.get_one(Suppression, (ZOE, "bulk")).reason == "erased"
        # A yes of before the erasure, told late, brings nobody back; one of after does.
        for days, people in ((-1, 1), (1, 2)):
            at = NOW + dt.timedelta(days=days)
            contacts.subscribe(session, contacts.Person(ZOE), ECHO, "inscription", "oui", "1", at)
            assert audience.count(session, audience.EVERYBODY) == people
    with mailer_db.reading() as session:
        assert not suppressions.barred(session, ECHO, [ZOE])


def test_what_was_hashed_without_a_key_is_keyed_by_the_migration(
    mailer_db: Database, environment_of: Callable[..., dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = "erased " + hashlib.sha256(ZOE.encode()).hexdigest()
    for name, value in environment_of("mailer", mailer_db.url).items():
        monkeypatch.setenv(name, value)
    row = {"kind": "k", "lane": "transactional", "template": "t", "email": "", "email_key": plain,
           "domain_group": "other", "thing": "x", "thing_version": "1", "state": "cancelled"}  # fmt: skip
    with mailer_db.transaction() as session:
        session.execute(sa.insert(Message).values(row))
    suppress(mailer_db, ZOE, "bulk")
    suppress(mailer_db, "noe@asso.test", "bulk")
    command.downgrade(migrations.config("mailer", mailer_db.url), "mail_0210_letters")
    migrations.upgrade("mailer", mailer_db.url)
    assert run(mailer_db, "SELECT email_key FROM messages")[0][0] == marks.mark(ZOE) != plain
    rows = run(mailer_db, "SELECT email_key FROM suppressions ORDER BY email_key")
    assert [row[0] for row in rows] == [marks.mark(ZOE), "noe@asso.test"]
