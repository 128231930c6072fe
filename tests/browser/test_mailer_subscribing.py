"""From the public form to the preferences, in a real browser, on a telephone and at a desk."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from services.mailer import lists, unsubscribe
from services.mailer.models.contacts import Contact
from services.mailer.models.ledger import Message
from shared import clock
from shared.db import Database
from tests.soundness import sound

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.mark.parametrize("viewport", ["phone"])
def test_subscribe_and_choose(
    new_context: Callable[..., Any],
    mailer_app: Any,
    mailer_db: Database,
    serve: Callable[[Any], str],
    sign_in: Callable[..., Any],
) -> None:
    about = {"name": "Formations", "name_en": "", "description": "Quatre messages par an.", "description_en": ""}
    with mailer_db.transaction() as session:
        lists.create(session, about | {"open": True}, who="camille@agora.example", now=clock.now())
    address = serve(mailer_app)
    context = new_context(bypass_csp=True)
    page = context.new_page()
    page.goto(f"{address}/abonnement")
    sound(page)
    page.get_by_role("checkbox", name="Formations").check()
    page.get_by_label("Votre adresse électronique").fill("zoe.hote@asso.example")
    page.get_by_role("button", name="Recevoir le message").click()
    page.get_by_role("heading", name="Regardez votre boîte").wait_for()
    sound(page)
    with mailer_db.reading() as session:
        link = session.scalars(sa.select(Message.data["link"].astext)).one()
    page.goto(address + link[link.index("/abonnement/") :])
    sound(page)
    page.get_by_role("button", name="Confirmer mon abonnement").click()
    page.get_by_role("heading", name="C’est fait").wait_for()
    sound(page)
    with mailer_db.reading() as session:
        who = session.scalars(sa.select(Contact.id)).one()
    token = unsubscribe.token(who, "formations", secret=mailer_app.extensions["settings"].secret_key)
    page.goto(f"{address}/preferences/{token}")
    sound(page)
    page.get_by_role("button", name="Tout arrêter").click()
    page.get_by_text("« Formations » ne vous sera plus envoyé").wait_for()
    sound(page)
    expect(page.get_by_role("button", name="Tout arrêter")).to_have_count(0)

    sign_in(context, "editor")
    page.goto(f"{address}/contacts/listes/")
    sound(page)
    page.get_by_role("link", name="Formations").click()
    sound(page)
