"""Collects the texts to translate: `python -m deploy.local.messages`.

French is the language of the sources. Each service, and shared/web, has one English catalogue, read as it is:
nothing is compiled. A text that changed becomes "fuzzy" and is shown in French until somebody has looked at it.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from deploy.local.processes import ROOT

FOLDERS = ("shared/web", "services/registration", "services/jury", "services/mailer")
MAPPING = "[python: **.py]\n[jinja2: **/templates/**]\nencoding = utf-8\n"
KEYWORDS = ["--keyword", "_l", "--keyword", "_n:1,2"]


def collect(folder: Path) -> Path:
    """Bring one catalogue up to date; its path."""
    catalogue = folder / "translations" / "en" / "LC_MESSAGES" / "messages.po"
    with tempfile.TemporaryDirectory() as scratch:
        mapping, template = Path(scratch) / "babel.cfg", Path(scratch) / "messages.pot"
        mapping.write_text(MAPPING)
        extract: list[str | Path] = ["--no-location", "--sort-output", "--omit-header", "-F", mapping, "-o", template]
        _babel("extract", *extract, *KEYWORDS, ".", cwd=folder)
        verb = "update" if catalogue.exists() else "init"
        _babel(verb, "-i", template, "-o", catalogue, "-l", "en", cwd=folder)
    return catalogue


def _babel(verb: str, *arguments: str | Path, cwd: Path) -> None:
    command = [sys.executable, "-m", "babel.messages.frontend", verb, *arguments]
    subprocess.run([str(part) for part in command], cwd=cwd, check=True, capture_output=True)


def main() -> None:
    for name in FOLDERS:
        catalogue = collect(ROOT / name)
        print(catalogue.relative_to(ROOT))


if __name__ == "__main__":
    main()
