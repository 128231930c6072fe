"""The English catalogues: each sentence is its own, whatever two branches that were joined made of its lines, and the
sources still say it in French.
"""

from __future__ import annotations

import functools
import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from tests.architecture.test_architecture import ROOT

CATALOGUES = sorted(ROOT.glob("s*/**/translations/en/LC_MESSAGES/messages.po"))
LITERAL = re.compile(r'"([^"\\\n]+)"')
JOINT = re.compile(r'(?<=[^"])"\s*\n\s*"(?=[^"])')  # a text that is too long for one line
GLUED = re.compile(r"[a-zé]{2}[.!?:][A-Z][a-z]")
QUOTED = re.compile(r"“[^”]*”")
HOLES = re.compile(r"%\(\w+\)[sd]|\{\{.*?\}\}|\{%.*?%\}")
FRENCH = {
    "guillemets": re.compile("[«»]"),
    "a space before a sign": re.compile(r"\w[ \u00a0\u202f][;:!?](?=\s|$)"),
    "a straight apostrophe": re.compile(r"[a-z]'[a-z]"),
    "hours as in French": re.compile(r"\d\s?h\b"),
    "hours of twelve": re.compile(r"\d\s?[ap]m\b"),
    "“structure” for an organisation": re.compile(r"\b[Ss]tructures?\b(?! and Courriel| at least|; if)"),
    "French words": re.compile(r"(?i)(?<![\w’])(?:le|les|(?<!Tribune )des|une|est|pour|vous|avec|dans)(?![\w’])"),
}


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: str(path.relative_to(ROOT)).split("/translations")[0])
def test_no_sentence_is_glued_to_another(path: Path) -> None:
    with path.open("rb") as file:
        catalogue = read_po(file)
    texts = [one for message in catalogue if message.id for one in _all(message.string)]
    assert texts
    assert [text for text in texts if GLUED.search(text)] == []


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: str(path.relative_to(ROOT)).split("/translations")[0])
def test_english_is_set_as_english(path: Path) -> None:
    """What stands between quotes is somebody's words, a name or what is to be typed."""
    with path.open("rb") as file:
        texts = [one for message in read_po(file) if message.id for one in _all(message.string)]
    assert texts
    assert [found for text in texts for found in _french(QUOTED.sub("x", text))] == []


def test_english_mails_are_set_as_english() -> None:
    """Of what a template does, only the texts are read: between tags, and between quotes."""
    files = sorted(ROOT.glob("services/mailer/templates/**/en/*.j2"))
    assert files
    found = {}
    for path in files:
        source = path.read_text(encoding="utf-8")
        said = LITERAL.findall(source) + HOLES.sub("x", source).splitlines()
        if wrong := [one for text in said for one in _french(text)]:
            found[path.name] = wrong
    assert found == {}


def _french(text: str) -> list[tuple[str, str]]:
    bare = HOLES.sub("x", text)
    return [(what, text) for what, pattern in FRENCH.items() if pattern.search(bare)]


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: str(path.relative_to(ROOT)).split("/translations")[0])
def test_no_sentence_outlives_its_source(path: Path) -> None:
    """What is put together at run time stands in its parts, or within a longer text: only what is nowhere is dead."""
    with path.open("rb") as file:
        catalogue = read_po(file)
    used, text = _said_by(path.parents[3])
    more, shared = _said_by(ROOT / "shared")
    known = used | more
    left = [message for message in catalogue if message.id and _all(message.id)[0] not in known]
    everything = text + shared if left else ""
    dead = [message.id for message in left if " ".join(_all(message.id)[0].split()) not in everything]
    assert dead == [], "no source says these any more: take them out of the catalogue by hand"


@functools.cache
def _said_by(folder: Path) -> tuple[set[str], str]:
    """Each text between quotes in the sources below a folder, and the sources with every blank alike."""
    files = [path for kind in ("*.py", "*.html", "*.txt", "*.xml") for path in folder.rglob(kind)]
    whole = [JOINT.sub("", path.read_text(encoding="utf-8")) for path in files]
    plain = " ".join("\n".join(whole).replace("\\u202f", "\u202f").replace("\\n", " ").replace("\\", "").split())
    return {one for text in whole for one in LITERAL.findall(text)}, plain


def _all(text: str | tuple[str, ...] | list[str]) -> list[str]:
    return [text] if isinstance(text, str) else list(text)


REMARK = re.compile(r"\{#.*?#\}", re.DOTALL)
BLOCK = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|<(?:script|style|pre|code)\b.*?</(?:script|style|pre|code)>", re.DOTALL)
SAID = re.compile(r"""\b(?:_|ngettext)\(\s*"[^"]*"(?:\s*,\s*"[^"]*")?""")
QUOTES = re.compile(r'"([^"]*)"')
SPACED = re.compile(r"[«»]|(?:^|\s|\}\}|\w)[ ][;:!?](?:\s|$|<)")
ONLY_FRENCH = ("styleguide", "_sample", "/papers/", "archive/show.html", "tablet/shell.html")
"""Shown in development alone; certificates and the like; corrections to texts that are in French; what a tablet keeps
in one language, until its script speaks the juror's."""


def test_no_template_sets_its_own_french_signs() -> None:
    """« », and a space before : or ;, stand in sentences, which have their English; between them `_(" :")` does."""
    wrong = {}
    for path in sorted(ROOT.glob("s*/**/templates/**/*.html")):
        if any(one in path.as_posix() for one in ONLY_FRENCH):
            continue
        source = REMARK.sub("", path.read_text(encoding="utf-8"))
        text = re.sub(r"<[^>]*>", " \n", BLOCK.sub("x", source))
        held = [one for block in BLOCK.findall(source) for one in QUOTES.findall(SAID.sub("", block))]
        if found := [one.strip() for one in text.splitlines() + held if SPACED.search(one)]:
            wrong[path.name] = found[:3]
    assert wrong == {}
