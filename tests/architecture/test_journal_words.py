"""Whatever the journal of an event, of a registration or of a call notes has French words on the page that tells it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from services.jury.web.happened import HAPPENED
from services.registration.rules import lists
from services.registration.web.happened import ASSEMBLY, EVENT, PERSON, THINGS

SERVICE = Path(__file__).parents[2] / "services" / "registration"
USE_CASES = SERVICE / "use_cases"
OF_OTHERS = {"erasing", "programs"}
"""Requests for erasure, and the programs of partners: their journals are other pages, or none."""
NO_WORDS = {"participant", "system", "event", "registration", "invitation"}


def noted() -> Iterator[str]:
    """The words that use cases note about an event or a registration."""
    for path in USE_CASES.glob("*.py"):
        source = path.read_text(encoding="utf-8")
        others = set(re.findall(r'thing="(\w+)"', source)) - {"event", "registration"}
        if others or path.stem in OF_OTHERS:
            continue
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1].strip("_") in ("note", "record"):
                given = [*node.args, *(one.value for one in node.keywords if one.arg == "what")]
                yield from (one.value for one in given if isinstance(one, ast.Constant) and isinstance(one.value, str))
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "what":
                yield from (one.value for one in ast.walk(node.value) if isinstance(one, ast.Constant))


def test_every_word_of_the_journal_is_said_in_french() -> None:
    said = {*EVENT, *PERSON}
    words = {*noted()} - NO_WORDS
    assert len(words) > 40
    assert words - said == set()
    for kind in lists.KINDS:
        assert f"bulk {kind}" in EVENT


def test_every_word_of_the_journal_of_the_network_is_said_in_french() -> None:
    """Whatever thing it is about: the journal of the whole network tells all of them."""
    said = {words for _label, words_of in THINGS.values() for words in words_of}
    noted: set[str] = set()
    for path in USE_CASES.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1].strip("_") in ("note", "record"):
                given = [*node.args, *(one.value for one in node.keywords if one.arg == "what")]
                noted |= {one.value for one in given if isinstance(one, ast.Constant) and isinstance(one.value, str)}
    things = {thing for path in SERVICE.rglob("*.py") for thing in re.findall(r'thing="(\w+)"', path.read_text())}
    assert noted - said - NO_WORDS - {*THINGS, "", "webhooks"} == set()
    assert things - {*THINGS} == set()


def noted_of_assemblies() -> Iterator[str]:
    """The words that use cases note about an assembly."""
    for path in USE_CASES.glob("*.py"):
        source = path.read_text(encoding="utf-8")
        if 'thing="assembly"' not in source:
            continue
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1].strip("_") == "record":
                given = [*node.args, *(one.value for one in node.keywords if one.arg == "what")]
                yield from (one.value for one in given if isinstance(one, ast.Constant) and isinstance(one.value, str))


def test_every_word_of_the_journal_of_an_assembly_is_said_in_french() -> None:
    assert {*noted_of_assemblies()} - {"removed"} == {*ASSEMBLY}  # what is removed has no page


JURY = Path(__file__).parents[2] / "services" / "jury" / "use_cases"
TOGETHER = {"late value ": {"late value accepted", "late value refused"}}
"""What a use case puts together, beside what can come of it."""


def noted_by_the_jury() -> Iterator[str]:
    """The words in the calls that note something, and those of the choices that such a word is taken from."""
    for path in JURY.glob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1].strip("_") in (
                "note",
                "record",
                "audit",
            ):
                given = [*node.args, *(one.value for one in node.keywords if one.arg == "what")]
                for one in given:
                    if isinstance(one, ast.JoinedStr):
                        yield from TOGETHER[str(one.values[0].value)]  # type: ignore[attr-defined]
                    elif isinstance(one, ast.Constant) and isinstance(one.value, str):
                        yield one.value
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.IfExp | ast.Dict):
                choices = (
                    node.value.values if isinstance(node.value, ast.Dict) else [node.value.body, node.value.orelse]
                )
                if ast.unparse(node.targets[0]) in ("said", "words"):
                    yield from (one.value for one in choices if isinstance(one, ast.Constant))


def test_every_word_of_the_journal_of_a_call_is_said_in_french() -> None:
    words = {*noted_by_the_jury()} - {"invited", "reminded", "readings"}
    assert len(words) > 60
    assert words - {*HAPPENED} == set()
