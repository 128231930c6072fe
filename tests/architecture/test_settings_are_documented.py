"""Whoever runs Agora finds every setting in .env.example."""

from __future__ import annotations

import dataclasses
import importlib
from pathlib import Path

import pytest

EXAMPLE = (Path(__file__).parents[2] / ".env.example").read_text()


@pytest.mark.parametrize("service", ["registration", "jury", "mailer"])
def test_every_setting_stands_in_the_example(service: str) -> None:
    settings = importlib.import_module(f"services.{service}.settings").Settings
    names = {entry.metadata["env"] for entry in dataclasses.fields(settings)}
    assert {name for name in names if f"{name}=" not in EXAMPLE} == set()
