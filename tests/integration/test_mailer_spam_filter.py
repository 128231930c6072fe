"""Mails of every kind, as a relay gets them: signed, read back, and judged by SpamAssassin from the OS packages."""

from __future__ import annotations

import datetime as dt
import email
import email.utils
import io
import os
import re
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dkim
import pytest
from PIL import Image

from deploy.local import packages
from deploy.local.processes import wait_until
from services.mailer import contacts, issues, photos, pictures, previews, publishing, render, transactional
from services.mailer.dkim import Signer
from services.mailer.models.contacts import ECHO
from services.mailer.publishing import House
from services.mailer.sender import Sender
from services.mailer.settings import Settings
from shared import clock
from shared.db import Database
from tests.mailer_people import counts, run
from tests.smtp_server import SmtpServer

pytestmark = pytest.mark.slow

BAD = b"From: a@b.c\r\nTo: x@y.z\r\nSubject: WIN $$$\r\nContent-Type: text/html\r\n\r\n<html><img src='http://1.2.3.4/a.gif'></html>"
# That there is HTML; and where a mail came from and what DNS says of it: no test's network can answer that.
_OF_THE_ROAD = re.compile(
    r"HTML_MESSAGE|ALL_TRUSTED|RDNS_\w+|SPF_\w+|(T_)?DKIM\w*|(T_)?SCC_\w+|(T_)?RCVD_\w+|DMARC_\w+"
)
_TEXT = "Quarante élèves ont un toit, une cour et un puits. Merci à toutes celles et ceux qui ont tenu la truelle. "
# What the reader's provider writes when it takes a mail from our relay.
_RECEIVED = (
    "Received: from relais.agora.example (relais.agora.example [192.0.2.25]) by mx.lecteurs.test (Postfix)\n"
    " with ESMTPS id 4A1B2C3D4E for <lecteur@lecteurs.test>; {date}\n"
)
_BEGIN = b"From x@agora.example Fri Oct 14 09:00:00 2016\n"


def spamassassin(mails: list[bytes], folder: Path) -> dict[str, set[str]]:
    """The rules that each mail hits, by its To. The filter's own rules alone: it asks nobody and learns nothing."""
    packages.ensure("spamassassin", present=lambda: packages.find("spamassassin") is not None)
    program = packages.find("spamassassin")
    assert program is not None
    received = _RECEIVED.format(date=email.utils.format_datetime(dt.datetime.now(dt.UTC))).encode()
    stored = [_BEGIN + received + re.sub(rb"(?m)^From ", b">From ", raw.replace(b"\r\n", b"\n")) for raw in mails]
    (folder / "mails.mbox").write_bytes(b"\n".join(stored) + b"\n")
    options = ["--mbox", "--local", "--cf=use_bayes 0", "--cf=report_safe 0", f"--prefspath={folder / 'none'}"]
    done = subprocess.run(
        [program, *options, folder / "mails.mbox"],
        env=os.environ | {"HOME": str(folder)},
        capture_output=True,
        check=True,
        timeout=300,
    )
    judged = [email.message_from_bytes(one) for one in done.stdout.split(_BEGIN)[1:]]
    assert len(judged) == len(mails), done.stderr
    found = {str(one["To"]): re.search(r"tests=([\w,\s]*?)\s*autolearn=", str(one["X-Spam-Status"])) for one in judged}
    return {to: set(re.findall(r"\w+", hits[1])) - {"none"} for to, hits in found.items() if hits}


def road(hits: set[str]) -> set[str]:
    return {hit for hit in hits if _OF_THE_ROAD.fullmatch(hit)}


def a_photo(session: Any) -> dict[str, Any]:
    drawn = io.BytesIO()
    Image.new("RGB", (900, 600), (150, 60, 50)).save(drawn, "JPEG")
    kept = photos.keep(session, pictures.read(drawn.getvalue()), None, clock.now())
    return {"photo_id": kept.id, "photo_alt": "Des élèves devant leur classe", "credit": "Photo : Lo Camin"}


def an_issue(db: Database, settings: Settings) -> None:
    """A newsletter of the size of L'Écho to two readers."""
    now = clock.now()
    with db.transaction() as session:
        for name in ("Zoé", "Renée"):
            person = contacts.Person(f"{name[0].lower()}@lecteurs.test", name, "Dupont")
            contacts.subscribe(session, person, ECHO, "test", "oui", "1", now)
        head = {
            "number": 34,
            "title": "Agir ensemble",
            "planned_on": now.date(),
            "editorial": "Chères lectrices, chers lecteurs,\n\n" + _TEXT * 3,
        }
        issue = issues.create(session, head, who="camille@agora.example", now=now)
        for section in ("headline", "members", "agenda"):
            for title in ("Un toit pour l’école", "L’eau du village"):
                item = {"section": section, "title": title, "text": _TEXT * 4, "link": "https://lo-camin.example/eau"}
                item |= a_photo(session) if section == "headline" else {}
                issues.add_item(session, issue, item, who="camille@agora.example", now=now)
        publishing.send(session, issue, House.of(settings), who="sacha@agora.example", now=now)


def test_no_mail_looks_like_spam_and_each_is_signed(
    mailer_db: Database, settings_of: Callable[..., Settings], keys: Path, tmp_path: Path
) -> None:
    stop = threading.Event()
    expected = []
    with SmtpServer(pipelining=True) as relay:
        settings = settings_of(
            "mailer",
            mailer_db.url,
            smtp_url=relay.url,
            bounce_domain="bounces.agora.example",
            public_url="https://agora.example/mailer",
        )
        an_issue(mailer_db, settings)
        with mailer_db.transaction() as session:
            for template in render.templates():
                data = previews.sample(template)
                # Both languages have the same frame: every other mail is in English, which halves the filter's work.
                data["person"] = data["person"] | {"locale": previews.LANGUAGES[len(expected) % 2]}
                to = f"{template}@lecteurs.test"
                transactional.send(session, template=template, to=to, data=data, business_key=(template, "1"))
                expected.append(to)
        sender = threading.Thread(target=Sender(settings, stop).run)
        sender.start()
        try:
            wait_until(lambda: set(counts(mailer_db)) == {"accepted"}, "the sender", seconds=60)
        finally:
            stop.set()
            sender.join(30)
        taken = sorted(relay.taken, key=lambda one: one.recipient)
    assert len(taken) == len(expected) + 2, run(mailer_db, "SELECT email, state, last_text FROM messages")

    record = Signer.read(keys / "dkim.pem", domain="agora.example", selector="test").public_record().encode()
    for one in taken:
        assert dkim.verify(one.raw, dnsfunc=lambda _name, timeout=5: record), one.recipient
        assert [part.defects for part in one.message.walk() if part.defects] == [], one.recipient
        assert one.message.get_body(("plain",)) is not None, one.recipient

    judged = spamassassin([*(one.raw for one in taken), BAD], tmp_path)
    assert {"MISSING_DATE", "MISSING_MID", "MIME_HTML_ONLY"} <= judged.pop("x@y.z")  # else it would say nothing below
    assert len(judged) == len(taken)
    assert {who: hits - road(hits) for who, hits in judged.items() if hits - road(hits)} == {}
