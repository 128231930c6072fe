"""The documents speak of what is there: links lead somewhere, and a function that is named in a link exists."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"!?\[([^\]]*)\]\(([^)\s]+)\)")
CODE = re.compile(r"```.*?```", re.DOTALL)


def links(document: Path) -> list[tuple[str, str]]:
    """(text, target) of each link that leads to a file of ours or to a heading."""
    found = LINK.findall(CODE.sub("", document.read_text(encoding="utf-8")))
    return [(text, target) for text, target in found if "://" not in target and not target.startswith("mailto:")]


def anchors(document: Path) -> set[str]:
    """Headings as addresses, the way code hosts make them."""
    titles = re.findall(r"^#+ (.+)$", CODE.sub("", document.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_somewhere(document: Path) -> None:
    lost = []
    for _, target in links(document):
        path, _, anchor = target.partition("#")
        goal = (document.parent / path).resolve() if path else document
        if not goal.exists() or (anchor and goal.suffix == ".md" and anchor not in anchors(goal)):
            lost.append(target)
    assert lost == []


@pytest.mark.parametrize("name", ["README.md", "docs/architecture.md"])
def test_functions_named_in_links_exist(name: str) -> None:
    document = ROOT / name
    named = [
        (text.strip("`"), (document.parent / target).resolve())
        for text, target in links(document)
        if target.endswith(".py") and text.endswith("()`")
    ]
    assert len(named) >= 9, "one for each of the nine steps"
    for text, path in named:
        wanted = text.removesuffix("()").split(".")[-1]
        tree = ast.parse(path.read_text(encoding="utf-8"))
        defined = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
        assert wanted in defined, f"{name} names {text}, which is not in {path.relative_to(ROOT)}"


def test_every_make_target_in_the_documents_exists() -> None:
    listed = subprocess.run(["make", "-s", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    targets = set(re.findall(r"^\s+make ([a-z-]+)", listed, re.MULTILINE))
    named = {
        found
        for document in DOCUMENTS
        for found in re.findall(r"(?:`|^)make ([a-z-]+)", document.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert named - targets == set()


def test_every_decision_is_listed() -> None:
    folder = ROOT / "docs" / "decisions"
    listed = [target for _, target in links(folder / "README.md")]
    assert listed == sorted(path.name for path in folder.glob("0*.md"))
