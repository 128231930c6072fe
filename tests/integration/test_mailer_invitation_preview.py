"""What the team sees of an invitation before it confirms is what the mailer writes, sentence by sentence."""

from __future__ import annotations

import html
import json
import re
from itertools import product
from typing import Any

import pytest

from services.mailer import render
from services.registration.announce.invitations import told
from services.registration.models import Invitation, InvitationRound
from services.registration.rules.invitations import SOURCES
from services.registration.web.invitation_preview import letters
from shared.db import Database
from tests.integration.registration_people import SITE, an_event

PERSON = {"first_name": "Éloïse", "last_name": "Diop", "email": "e@example.org"}
ONLY_IN_THE_MAIL = {"fr": "Vous êtes invité·e Quand Où", "en": "You are invited When , from 9 00 to 17 00 Where"}
"""Its title, what stands before the day and the place, and English hours, which pages write as 9:00 and 17:00."""


def plain(text: str) -> str:
    return " ".join(html.unescape(text).split())


def parts(letter: str) -> list[str]:
    """The sentences of a preview; of what it announces, the words of the button or the link."""
    found = re.findall(r"<p[^>]*>(.*?)</p>", letter, re.DOTALL)
    lines = [plain(re.sub(r"<[^>]+>", " ", line)) for one in found for line in one.split("<br>")]
    lines = [line.removesuffix(", 9:00 to 17:00") for line in lines]
    return [re.sub(r"^(?:Puis|Then)\b[^«“]*[«“](.*)[»”].*$", r"\1", line).strip() for line in lines]


@pytest.mark.parametrize("kind", ["first", "reminder"])
def test_the_preview_says_what_the_mail_says(registration_client: Any, registration_db: Database, kind: str) -> None:
    with registration_db.transaction() as session:
        event = an_event(session)
    origin = {"origin": "les partenaires", "origin_en": "our partners"}
    with registration_client.application.test_request_context("/"):
        for source, language in product(SOURCES, ("fr", "en")):
            row = InvitationRound(
                kind=kind, source=source, word="Un mot.\n\nDeux.", word_en="A word.\n\nTwo.", **origin
            )
            to = Invitation(**PERSON, **origin, source=source, locale=language)
            letter = dict(letters(event, row, to))[language]
            data = told(event, row, to, site=SITE, link=f"{SITE}/invitation/x")
            mail = render.render("event_invitation", json.loads(json.dumps(data, default=str)))
            subject, *said = parts(letter)
            assert subject == plain(mail.subject)
            rest = re.sub(r"https?://\S+", "", plain(mail.text.partition("\n-- \n")[0]))
            for part in said:
                assert part in rest
                rest = rest.replace(part, " ", 1)
            assert " ".join(re.findall(r"[^\s=:]+", rest)) == ONLY_IN_THE_MAIL[language]
