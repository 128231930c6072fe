"""A process starts with settings that can work, or says which variable is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from shared.settings import Settings, SettingsError, env

ENOUGH = {
    "AGORA_DATABASE_URL": "postgresql+psycopg://localhost/agora",
    "AGORA_SECRET_KEY": "a secret of sixteen and more",
    "AGORA_PUBLIC_URL": "https://agora.example",
}


@dataclass(frozen=True, kw_only=True)
class Special(Settings):
    copies: int = env("AGORA_COPIES", 2)
    strict: bool = env("AGORA_STRICT", False)


def test_what_is_given_is_converted_to_its_type() -> None:
    given = ENOUGH | {"AGORA_COPIES": "5", "AGORA_STRICT": "yes", "AGORA_STAFF_PUBLIC_KEY_FILE": "/keys/staff.pem"}
    settings = Special.read(given)
    assert (settings.copies, settings.strict) == (5, True)
    assert settings.staff_public_key_file == Path("/keys/staff.pem")


def test_an_empty_variable_counts_as_not_given() -> None:
    assert Special.read(ENOUGH | {"AGORA_COPIES": ""}).copies == 2


def test_every_wrong_variable_is_named_at_once() -> None:
    with pytest.raises(SettingsError) as wrong:
        Special.read({"AGORA_COPIES": "many"})
    for name in ("AGORA_DATABASE_URL", "AGORA_SECRET_KEY", "AGORA_PUBLIC_URL", "AGORA_COPIES"):
        assert name in str(wrong.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [("AGORA_ENV", "staging"), ("AGORA_SECRET_KEY", "short"), ("AGORA_PUBLIC_URL", "https://agora.example/")],
)
def test_values_that_cannot_work_are_refused(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        Settings.read(ENOUGH | {name: value})
