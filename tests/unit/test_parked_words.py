"""Every reason for which a fact is set aside is said in words, with what to do; the reason itself is kept as it was."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from shared.errors import ContractError
from shared.messaging import envelope
from shared.web import parked_words

ROOT = Path(__file__).parents[2]
UNKNOWN = "Une raison que cette page ne connaît pas."


def _written() -> list[str]:
    """Every sentence with which our code parks a fact, its values as « thing.v1 »."""
    found = []
    for path in [*(ROOT / "shared" / "messaging").glob("*.py"), ROOT / "shared" / "contracts" / "registry.py"]:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "ContractError":
                words = node.args[0]
                parts = words.values if isinstance(words, ast.JoinedStr) else [words]
                found.append("".join(str(p.value) if isinstance(p, ast.Constant) else "thing.v1" for p in parts))
    return found


def test_each_reason_that_our_code_writes_has_its_words() -> None:
    written = _written()
    assert len(written) >= 10
    for reason in written:
        assert parked_words.said(reason).why != UNKNOWN, reason
        assert parked_words.said(reason).detail == reason


@pytest.mark.parametrize("body", [b"\xff", b"[]", b"{}", b'{"specversion": "1.0"}'])
def test_what_is_no_fact_is_said_to_be_unreadable(body: bytes) -> None:
    with pytest.raises(ContractError) as refused:
        envelope.parse(body)
    assert parked_words.said(str(refused.value)).why == "Le message est illisible."


@pytest.mark.parametrize(
    ("reason", "why"),
    [
        ("3 attempts: OperationalError: (psycopg) deadlock", "La base de données n’a pas pu l’enregistrer."),
        ("3 attempts: IntegrityError: (psycopg) fk", "Le fait contredit ce qui est enregistré ici."),
        ("3 attempts: KeyError: 'call'", "Il manque au fait quelque chose dont on a besoin ici."),
        ("3 attempts: ZeroDivisionError: division by zero", "Le traiter a échoué à chaque essai."),
        ("delivered too many times without an answer", "Le service s’est arrêté chaque fois qu’il le traitait."),
        ("Aucun modèle de courrier ne s’appelle x.", "Le courrier à écrire n’a pas de modèle ici."),
        ("Cet appel n’existe pas.", "Cet appel n’existe pas."),
        ("something new", UNKNOWN),
        ("100 % strange", UNKNOWN),
    ],
)
def test_a_reason_is_said_in_words_with_what_to_do(reason: str, why: str) -> None:
    said = parked_words.said(reason)
    assert said.why == why
    assert re.search(r"rejouez|Rejouez|Écartez|écartez", said.do)
