"""The mail catcher over real SMTP and HTTP, as the mailer and the demo use it."""

from __future__ import annotations

import datetime as dt
import email.policy
import re
import smtplib
import time
from collections.abc import Iterator
from email.message import EmailMessage

import pytest
import requests

from deploy.local.mailcatcher.running import MailCatcher
from shared import clock


@pytest.fixture
def catcher() -> Iterator[MailCatcher]:
    with MailCatcher() as running:
        yield running


def open_smtp(catcher: MailCatcher) -> smtplib.SMTP:
    host, _, port = catcher.smtp_url.removeprefix("smtp://").rpartition(":")
    return smtplib.SMTP(host, int(port), timeout=10)


def a_mail(to: str) -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = "Réseau Coop’ <reseau@agora.example>"
    mail["To"] = to
    mail["Subject"] = "Votre place à l’Agora est confirmée"
    mail["Message-ID"] = "<1@agora.example>"
    mail["List-Unsubscribe"] = "<https://agora.example/unsubscribe/x>"
    mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail.set_content("Bonjour Zoé,\nà bientôt.")
    mail.add_alternative("<p>Bonjour <b>Zoé</b></p><script>alert(1)</script>", subtype="html")
    mail.add_attachment(b"BEGIN:VCALENDAR", maintype="text", subtype="calendar", filename="agora.ics")
    return mail


def test_a_mail_arrives_on_the_day_that_is_played(catcher: MailCatcher, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: dt.datetime(2016, 10, 3, 9, tzinfo=dt.UTC))
    with open_smtp(catcher) as smtp:
        smtp.send_message(a_mail("zoe@asso.example"))
    assert "03/10/2016 1" in requests.get(catcher.web_url, timeout=5).text


def test_a_mail_is_shown_like_mailpit_does(catcher: MailCatcher) -> None:
    with open_smtp(catcher) as smtp:
        smtp.send_message(a_mail("Zoé Martin <zoe@asso.example>"), to_addrs=["zoe@asso.example", "cachee@asso.example"])
        assert {"size", "pipelining", "8bitmime"} <= set(smtp.esmtp_features)
    found = requests.get(f"{catcher.web_url}/api/v1/search", {"query": "to:zoe@asso.example"}, timeout=5).json()
    assert (found["total"], found["messages_count"]) == (1, 1)
    summary = found["messages"][0]
    assert summary["Subject"] == "Votre place à l’Agora est confirmée"
    assert summary["To"] == [{"Name": "Zoé Martin", "Address": "zoe@asso.example"}]
    assert summary["Bcc"] == [{"Name": "", "Address": "cachee@asso.example"}]
    assert summary["Attachments"] == 1
    one = f"{catcher.web_url}/api/v1/message/{summary['ID']}"
    whole = requests.get(one, timeout=5).json()
    assert whole["Text"].splitlines() == ["Bonjour Zoé,", "à bientôt."]
    assert whole["ListUnsubscribe"]["Links"] == ["https://agora.example/unsubscribe/x"]
    part = whole["Attachments"][0]
    assert part["FileName"] == "agora.ics"
    assert requests.get(f"{one}/part/{part['PartID']}", timeout=5).content == b"BEGIN:VCALENDAR"
    assert requests.get(f"{one}/raw", timeout=5).content.startswith(b"From: ")
    assert requests.get(f"{one}/headers", timeout=5).json()["Message-ID"] == ["<1@agora.example>"]
    assert requests.delete(f"{catcher.web_url}/api/v1/messages", json={"IDs": [summary["ID"]]}, timeout=5).ok
    assert requests.get(f"{catcher.web_url}/api/v1/messages", timeout=5).json()["total"] == 0


def test_pages_for_people(catcher: MailCatcher) -> None:
    with open_smtp(catcher) as smtp:
        smtp.send_message(a_mail("zoe@asso.example"))
    listed = requests.get(catcher.web_url, {"q": 'subject:"place à"'}, timeout=5).text
    assert "Votre place à l’Agora est confirmée" in listed
    assert "introuvable.example" in listed
    id = catcher.store.page(0, 1)[0].id
    for view in ("html", "texte", "entetes", "source"):
        assert requests.get(f"{catcher.web_url}/mail/{id}", {"vue": view}, timeout=5).status_code == 200
    html = requests.get(f"{catcher.web_url}/mail/{id}/html", timeout=5)
    assert html.headers["Content-Security-Policy"].startswith("sandbox ")
    assert "allow-scripts" not in html.headers["Content-Security-Policy"]
    pictures = {}
    for view in ("html", "images"):
        page = requests.get(f"{catcher.web_url}/mail/{id}", {"vue": view}, timeout=5).text
        found = re.search(r'<iframe [^>]*src="([^"]+)"', page)
        assert found
        policy = requests.get(f"{catcher.web_url}{found[1]}", timeout=5).headers["Content-Security-Policy"]
        pictures[view] = policy.partition("img-src ")[2]
    assert pictures == {"html": "'self' data:", "images": "'self' data: http: https:"}
    assert requests.get(f"{catcher.web_url}/mail/nothing", timeout=5).status_code == 404
    assert requests.get(f"{catcher.web_url}/readyz", timeout=5).text == "ok\n"


@pytest.mark.parametrize(
    ("address", "code"), [("x@introuvable.example", 550), ("Bounce@asso.example", 550), ("x@plus-tard.example", 451)]
)
def test_addresses_that_fail(catcher: MailCatcher, address: str, code: int) -> None:
    with open_smtp(catcher) as smtp, pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        smtp.send_message(a_mail(address))
    assert refused.value.recipients[address][0] == code
    assert catcher.store.count() == 0


@pytest.mark.slow
def test_a_thousand_mails_in_fifteen_seconds(catcher: MailCatcher) -> None:
    mail = a_mail("zoe@asso.example")
    paragraph = "<p>L’Écho du Réseau, la lettre de la coopération internationale en région</p>\n"
    mail.get_body(("html",)).set_content(paragraph * 600, subtype="html")
    raw = mail.as_bytes(policy=email.policy.SMTP)
    began = time.process_time()  # of the catcher, its database and the client here
    with open_smtp(catcher) as smtp:
        for number in range(1000):
            smtp.sendmail("echo@agora.example", [f"c{number}@asso.example"], raw)
    assert time.process_time() - began < 15
    assert catcher.store.count() == 1000
