"""Nothing about a person is kept that the register of processing does not tell."""

from __future__ import annotations

import importlib
import re
from itertools import chain

import pytest

from shared.web.processing import ACTIVITIES, IMPERSONAL

PERSONAL = re.compile(
    r"(^|_)(email|name|phone|address|email_key|email_hash|who|by|note|typed|answers|values|text)$|^content$"
)


def tables(service: str) -> dict[str, set[str]]:
    importlib.import_module(f"services.{service}.app")
    models = importlib.import_module(f"services.{service}.models")
    metadata = next(one.metadata for one in vars(models).values() if hasattr(one, "registry"))
    return {name: {column.name for column in table.columns} for name, table in metadata.tables.items()}


@pytest.mark.parametrize("service", ["registration", "jury", "mailer"])
def test_every_table_that_tells_of_a_person_belongs_to_an_activity(service: str) -> None:
    kept = tables(service)
    told = set(chain.from_iterable(one.tables.get(service, ()) for one in ACTIVITIES))
    personal = {name for name, columns in kept.items() if any(PERSONAL.search(column) for column in columns)}
    assert personal - told - set(IMPERSONAL.get(service, ())) == set()
    assert told - set(kept) == set(), "a table that is no more"


def test_the_times_it_tells_are_those_of_the_code() -> None:
    from services.jury.use_cases import erasing
    from services.mailer import reconsent
    from services.mailer import rules as mail
    from services.registration.rules import erasure

    kept = {one.title: one.kept for one in ACTIVITIES}
    assert f"{erasure.NAMES_KEPT_YEARS} ans après la rencontre" in kept["Inscriptions aux rencontres"]
    assert f"{erasure.SENSITIVE_KEPT.days} jours" in kept["Régimes et besoins d’accessibilité"]
    assert f"{reconsent.YEARS} ans" in kept["L’Écho du Réseau et les autres lettres"]
    assert f"{erasing.APPEALS.days // 365} ans" in kept["Appels à projets"]
    assert f"{mail.ATTEMPTS_KEPT.days // 365} an." in kept["Courriers envoyés"]
    assert f"{mail.NAMES_KEPT.days // 365} ans" in kept["Courriers envoyés"]
