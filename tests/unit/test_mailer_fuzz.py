"""Hostile names and contributions are read back as they were typed; `make load-mailer` does it with ten thousand."""

from __future__ import annotations

from tests.load.mailer import fuzz


def test_hostile_names_make_no_header_and_come_back_equal() -> None:
    assert fuzz.names(300) == []


def test_hostile_contributions_run_nothing_and_come_back_equal() -> None:
    assert fuzz.contributions(200) == []
