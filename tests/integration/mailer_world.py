"""One of everything that the mailer keeps, for tests that knock at every door."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.mailer import addresses as mail_addresses
from services.mailer import (
    campaigns,
    contacts,
    contributions,
    imports,
    issues,
    letters,
    mailed_links,
    opportunities,
    orders,
    partners,
    segments,
    transactional,
    unsubscribe,
)
from services.mailer.audience import Filter
from services.mailer.models.contacts import ECHO
from shared.db import Database, new_id
from shared.messaging.tables import dead_letters
from tests.mailer_people import HTML, TEXT

NOW = dt.datetime(2016, 10, 10, 9, tzinfo=dt.UTC)
WHO = "camille.roux@agora.example"
ITEM = {"section": "members", "title": "Titre", "text": "Texte"}
BY = {"who": WHO, "now": NOW}


def world(db: Database, secret: str) -> dict[str, tuple[Any, ...]]:
    """What may stand at each place of an address, by the name of the place; of a token, by its page."""
    with db.transaction() as session:
        contact = contacts.subscribe(session, contacts.Person("zoe@asso.example", "Zoé"), ECHO, "test", "oui", "1", NOW)
        (other,) = contacts.save(session, [contacts.Person("noe@asso.example")], NOW).values()
        head = {"number": 34, "title": "L’Agora", "planned_on": dt.date(2016, 10, 17), "editorial": "Bonjour",
                "contributions_on": dt.date(2016, 10, 15)}  # fmt: skip
        issue = issues.create(session, head, **BY)
        item = issues.add_item(session, issue, ITEM, **BY)
        author, token = contributions.invite(
            session, structure="Lo Camin", name="Inès", email="ines@camin.example", **BY
        )
        handed_in = contributions.submit(session, author, ITEM, now=NOW).id
        segment = segments.save(session, None, "Haute-Garonne", Filter(departements=("31",)), **BY).id
        typed = {"list_key": ECHO, "title": "Titre", "text": "Texte", "public": True, "embargo_until": None}
        letter = letters.write(session, None, typed, **BY).id
        call = {"title": "Eau 2017", "funder": "Agence de l’eau", "about": "Des puits", "eligibility": "Tous",
                "amount": "", "link": "https://eau.example/", "closes_on": dt.date(2016, 11, 30)}  # fmt: skip
        offer = opportunities.save(session, None, call, **BY).id
        waits = {"id": new_id(), "type": "x.v1", "reason": "?", "body": b"{", "fingerprint": b"x"}
        session.execute(sa.insert(dead_letters).values(waits))
        sent = campaigns.create(
            session, list=ECHO, title="nº 33", subject="nº 33", from_name="L’Écho", from_email="e@agora.example",
            html=HTML, text=TEXT,
        ).id  # fmt: skip
        campaigns.start(session, sent, NOW)
        mail = transactional.send(
            session, template="campaign_test", to="zoe@asso.example", data={}, business_key=("x", "1")
        )
        links = {purpose: _link(session, purpose) for purpose in ("subscribe", "data")}
        orders.register(session, "site", ["registration_link"], **BY)
        (program,) = orders.programs(session)
        told = ["mailer.message.bounced.v1"]
        url = "https://site.example/faits"
        webhook = partners.add_address(session, program.id, url, told, NOW, who=WHO, local=False).id
        partners.hooks.try_out(session, webhook, NOW)
        session.flush()
        delivery = partners.hooks.latest(session, webhook)[0].id
        rows = b"courriel;nom\nlea@asso.example;Roy\n"
        file = imports.begin(session, filename="liste.csv", content=rows, **BY)
    way_out = unsubscribe.token(contact, ECHO, secret=secret)
    return {
        "issue_id": (issue,), "item_id": (item,), "contact_id": (contact,), "other_id": (other,),
        "contributor_id": (author.id,), "contribution_id": (handed_in,), "import_id": (file,), "campaign_id": (sent,),
        "message_id": (mail,), "mail_id": (mail,), "segment_id": (segment,), "letter_id": (letter,),
        "opportunity_id": (offer,), "program_id": (program.id,), "webhook_id": (webhook,), "delivery_id": (delivery,),
        "deadletters.letter_id": (waits["id"],), "list_key": (ECHO,), "number": (34,), "sent_id": (issue,),
        "mac": ("0" * 20,), "template": ("registration_confirmed",), "language": ("en",),
        "name": ("0" * 32,), "way": ("monter",), "campaigns.act": ("pause", "reprendre", "arreter"),
        "bulk.act": ("join", "leave", "topic"),
        "contribute.token": (token,), "signup_links.token": (links["subscribe"],), "own_data.token": (links["data"],),
        "preferences.token": (way_out,), "unsubscribe.token": (way_out,),
        "reconsent_links.token": (unsubscribe.token(contact, "rester", secret=secret),),
    }  # fmt: skip


def _link(session: Session, purpose: str) -> str:
    asked = dict.fromkeys(("first_name", "last_name", "structure"), "")
    asked = asked | {"lists": [ECHO], "locale": "fr", "wording": "oui"} if purpose == "subscribe" else {}
    email = "neuve@asso.example" if purpose == "subscribe" else "zoe@asso.example"
    made = mailed_links.make(session, purpose, mail_addresses.parse(email), asked, NOW)
    assert made is not None
    return made[1]
