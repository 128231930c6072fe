"""No mail that a service owes somebody is lost in silence: it says of each of its facts whether it follows the mail."""

from __future__ import annotations

import pytest

from services.jury.queries import mails as jury
from services.registration.queries import mails as registration
from tests.integration.test_mailer_handlers import TEMPLATES

ASKED_AGAIN = {"form_kept", "erasure_asked"}
"""Whoever asked a moment ago for one of these waits for it, and asks again."""


@pytest.mark.parametrize("service", [jury, registration], ids=["jury", "registration"])
def test_what_became_of_each_mail_is_followed_by_whose_fact_it_was(service: object) -> None:
    name = service.__name__.split(".")[1]  # type: ignore[attr-defined]
    owed = {template for type, template in TEMPLATES.items() if type.startswith(f"{name}.")}
    assert owed - ASKED_AGAIN == service.FATES.kinds.keys() & owed  # type: ignore[attr-defined]
    assert service.FATES.kinds.keys() <= owed, "a kind that no fact asks for"  # type: ignore[attr-defined]
