"""The whole of Agora, played: three services with their workers, from the public form to the reader's mailbox."""

from __future__ import annotations

import pytest

from deploy.local.__main__ import DEMO_CLOCK
from deploy.local.demo import play
from deploy.local.demo.partners import TEMPLATE
from deploy.local.stack import running

pytestmark = pytest.mark.slow


def test_an_agora_goes_as_expected() -> None:
    many = {"AGORA_RATE_LIMIT_FACTOR": "1000"}
    with running("test", fresh=True, ours=True, clock=DEMO_CLOCK, extra=many) as stack:
        token = stack.command("mailer", "program", "add", "Site d’un partenaire", "--template", TEMPLATE).strip()
        admin = (stack.admin_email, stack.admin_password)
        assert play(stack.urls, admin, token=token, way_back=stack.way_back)
        assert stack.restarts == []
