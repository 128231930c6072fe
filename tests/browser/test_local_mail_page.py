"""The mail catcher's page in a real browser: readable at each width, and a mail can do nothing."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator
from email.message import EmailMessage
from typing import Any

import pytest
from playwright.sync_api import expect

from deploy.local.mailcatcher.running import MailCatcher

pytestmark = pytest.mark.browser


@pytest.fixture
def catcher() -> Iterator[MailCatcher]:
    with MailCatcher() as running:
        host, _, port = running.smtp_url.removeprefix("smtp://").rpartition(":")
        with smtplib.SMTP(host, int(port), timeout=10) as smtp:
            for number in range(3):
                mail = EmailMessage()
                mail["From"] = "Réseau Coop’ <reseau@agora.example>"
                mail["To"] = f"personne{number}@asso.example"
                mail["Subject"] = f"Votre place à l’Agora est confirmée ({number})"
                mail.set_content("Bonjour,\n\nà bientôt.")
                mail.add_alternative(
                    "<h1>Bonjour</h1><p id='p'>à bientôt</p><a href='/livez'>Ma place</a>"
                    "<script>document.getElementById('p').textContent = 'piégé'</script>",
                    subtype="html",
                )
                smtp.send_message(mail)
        yield running


@pytest.mark.parametrize("viewport", ["phone", "desk"])
def test_list_and_mail(page: Any, catcher: MailCatcher, viewport: str) -> None:
    page.goto(catcher.web_url)
    assert page.get_by_role("heading", level=1).inner_text() == "3 courriels"
    page.get_by_label("Chercher").fill("to:personne1@")
    page.get_by_role("button", name="Chercher").click()
    expect(page.locator("tbody tr")).to_have_count(1)
    page.get_by_role("link", name="Votre place à l’Agora est confirmée (1)").click()
    inside = page.frame_locator("iframe")
    assert inside.locator("#p").inner_text() == "à bientôt"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("link", name="En-têtes").click()
    expect(page.locator("table").get_by_text("personne1@asso.example")).to_be_visible()
