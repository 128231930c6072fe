"""Every form of the mailer, sent with what nobody should send: a clear answer, never a crash, nothing injected."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
import sqlalchemy as sa

from services.mailer import orders, previews
from services.mailer.models.issues import Issue
from services.mailer.models.ledger import Campaign, Message
from shared import clock
from tests import hostile_forms as hostile
from tests.hostile_forms import HOSTILE, Ids
from tests.integration.mailer_world import NOW, WHO, world

GOOD = {
    "email": "zoe@asso.example", "first_name": "Zoé", "last_name": "Roy", "name": "Nom", "title": "Titre",
    "text": "Texte", "number": "35", "day": "2016-10-20", "time": "09:00", "reason": "Un courriel",
    "note": "Au téléphone", "how": "Au téléphone", "source": "Une rencontre", "wording": "oui", "topic": "eau",
    "structure": "Lo Camin", "planned_on": "2016-12-01", "because": "Une coquille",
}  # fmt: skip
"""What fills the fields that a page leaves empty, so that one bad answer among good ones goes as far as it can."""
IN_ADDRESSES = [
    "/contacts/?q={0}&etat={0}&page={0}",
    "/contacts/export.csv?q={0}",
    "/contacts/segments/compte?topics={0}&zones={0}&departements={0}&kinds={0}",
    "/contacts/ensemble/?action={0}&q={0}",
    "/courriers/?q={0}&etat={0}&page={0}",
    "/courriers/modeles/{0}",
    "/numeros/{issue}/envoyer?segment={0}",
    "/numeros/{issue}/apercu?q={0}&contact={0}&langue={0}",
    "/unsubscribe/{0}",
    "/preferences/{0}",
    "/mes-donnees/{0}",
    "/contribuer/{0}",
    "/listes/{0}/",
    "/echo/{0}",
    "/vers/01578957-9180-7ef2-8c80-dba16cf563f1/{0}?u={0}",
    "/numeros/plan?annee={0}",
]


@pytest.fixture
def ids(mailer_app: Any, mailer_db: Any, monkeypatch: pytest.MonkeyPatch) -> Ids:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    return world(mailer_db, mailer_app.extensions["settings"].secret_key)


@pytest.fixture
def staff(mailer_app: Any, ids: Ids, sign_in: Callable[..., Any]) -> Any:
    client = mailer_app.test_client()
    sign_in(client, "admin", "editor", "staff", email=WHO)
    return client


@pytest.mark.slow
def test_no_form_crashes(staff: Any, mailer_app: Any, mailer_db: Any, ids: Ids) -> None:
    forms = hostile.filled(staff, mailer_app, ids, GOOD)
    for shift in (0, 4, 9):
        assert hostile.a_few_bad_answers_among_good_ones(staff, mailer_app, ids, forms, shift) > 100
    hostile.all_that_any_form_asks_sent_everywhere(staff, mailer_app, ids, forms)
    hostile.another_shape_for_what_does_not_exist(staff, mailer_app, ids)
    with mailer_db.reading() as session:
        for mail in session.scalars(sa.select(Message)):
            assert not any(ord(character) < 32 for character in mail.email)
        for campaign in session.scalars(sa.select(Campaign)):
            assert campaign.html.count("{{") == 2
            assert "\r" not in campaign.subject
        for issue in session.scalars(sa.select(Issue)):
            assert "\n" not in issue.title


def test_no_address_crashes(staff: Any, ids: Ids) -> None:
    for path in IN_ADDRESSES:
        for kind, value in HOSTILE.items():
            typed = quote(value.encode("utf-8", "surrogatepass")[:2000], safe="")
            answer = staff.get(path.format(typed, issue=ids["issue_id"][0]))
            assert answer.status_code < 500, (path, kind)
            assert b"<script>alert" not in answer.data, (path, kind)


def test_no_program_crashes_it(mailer_client: Any, mailer_db: Any) -> None:
    """One wrong thing at a time in an order of a program that may send."""
    with mailer_db.transaction() as session:
        token = orders.register(session, "site", ["registration_link"], who=WHO, now=NOW)
    asked = previews.sample("registration_link")
    whole = {"template": "registration_link", "to": "lea@asso.example", "data": asked}
    odd: tuple[Any, ...] = (*HOSTILE.values(), None, [], {}, 10**30, 1.5, True)
    bodies: list[Any] = [whole | {name: wrong} for name in whole for wrong in odd]
    bodies += [whole | {"data": asked | {name: wrong}} for name in asked for wrong in odd]
    for number, body in enumerate([*bodies, *odd]):
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": f"k{number}"}
        answer = mailer_client.post("/api/mails", json=body, headers=headers)
        assert answer.status_code < 500, body
    for name, value in HOSTILE.items():
        if not any(character in value for character in "\r\n\0\ud800"):  # no program can put these in a header
            headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": value}
            assert mailer_client.post("/api/mails", json=whole, headers=headers).status_code < 500, name
