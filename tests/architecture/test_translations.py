"""The English catalogues: each sentence is its own, whatever two branches that were joined made of its lines."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from tests.architecture.test_architecture import ROOT

CATALOGUES = sorted(ROOT.glob("s*/**/translations/en/LC_MESSAGES/messages.po"))
GLUED = re.compile(r"[a-zé]{2}[.!?][A-Z][a-z]")


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: str(path.relative_to(ROOT)).split("/translations")[0])
def test_no_sentence_is_glued_to_another(path: Path) -> None:
    with path.open("rb") as file:
        catalogue = read_po(file)
    texts = [one for message in catalogue if message.id for one in _all(message.string)]
    assert texts
    assert [text for text in texts if GLUED.search(text)] == []


def _all(text: str | tuple[str, ...] | list[str]) -> list[str]:
    return [text] if isinstance(text, str) else list(text)
