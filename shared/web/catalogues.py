"""`python -m shared.web.catalogues [name…]`: bring the English catalogues up to date with the sources.

Names are "shared" and the services; without one, all. New sentences arrive untranslated, translations stay, even
those of sentences that no scan sees because they are put together at run time: what left for good is taken out by
hand. Prints how many still wait, per catalogue; status 1 when some do.
"""

from __future__ import annotations

import sys
from pathlib import Path

from babel.messages import Catalog, pofile
from babel.messages.catalog import Message
from babel.messages.extract import extract_from_dir

ROOT = Path(__file__).parent.parent.parent
FOLDERS = {"shared": ROOT / "shared" / "web"} | {
    name: ROOT / "services" / name for name in ("registration", "jury", "mailer")
}
_METHODS = [("**.py", "python"), ("templates/**.html", "jinja2"), ("templates/**.txt", "jinja2")]
_OPTIONS = {"templates/**.html": {"newstyle_gettext": "true"}, "templates/**.txt": {"newstyle_gettext": "true"}}
_KEYWORDS = {
    "_": None,
    "_l": None,
    "N_": None,
    **dict.fromkeys(("RuleError", "NotFound", "Forbidden", "Gone"), (2,)),
    **dict.fromkeys(("Infeasible", "Refused", "Unreadable", "Told", "Sentence"), (1,)),
    "gettext": None,
    "lazy_gettext": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
}


def path_of(name: str) -> Path:
    """Where the English catalogue of `name` stands."""
    folder = FOLDERS[name]
    return folder / "translations" / "en" / "LC_MESSAGES" / "messages.po"


def sentences(name: str) -> Catalog:
    """Every sentence of the sources of `name`, untranslated."""
    found = Catalog(locale="en", domain="messages", project="agora", charset="utf-8", fuzzy=False)
    elsewhere = [ROOT / "shared" / "identity.py", *(ROOT / "shared" / "webhooks").glob("*.py")]
    extra = elsewhere if name == "shared" else []
    hits = extract_from_dir(FOLDERS[name], _METHODS, _OPTIONS, keywords=_KEYWORDS)
    for file, _line, message, _comments, context in hits:
        if "styleguide" not in file and "_sample" not in file:
            found.add(message, context=context)
    for path in extra:
        for file, _line, message, _comments, context in extract_from_dir(
            path.parent,
            [(path.name, "python")],
            keywords=_KEYWORDS,
            directory_filter=lambda _folder: False,
        ):
            assert file
            found.add(message, context=context)
    return found


def stored(name: str) -> Catalog:
    """The English catalogue as it stands; empty when there is none."""
    path = path_of(name)
    if not path.exists():
        return Catalog(locale="en", fuzzy=False)
    with path.open("rb") as source:
        return pofile.read_po(source, locale="en")


def waiting(name: str) -> list[Message]:
    """Sentences of the sources that have no English yet."""
    english = stored(name)
    missing = []
    for message in sentences(name):
        if not message.id:
            continue
        known = english.get(message.id if isinstance(message.id, str) else message.id[0], message.context)
        said = known.string if known else ""
        if not (all(said) if isinstance(said, tuple | list) else said):
            missing.append(message)
    return missing


def update(name: str) -> int:
    """Write the catalogue of `name`; returns how many sentences wait for a translation."""
    fresh = sentences(name)
    english = stored(name)
    for message in fresh:
        if not message.id:
            continue
        known = english.get(message.id if isinstance(message.id, str) else message.id[0], message.context)
        if known is not None and known.string and known.pluralizable == message.pluralizable:
            message.string = known.string
    for kept in english:
        if kept.id and kept.string and kept.id not in fresh:
            fresh.add(kept.id, kept.string, context=kept.context)
    path = path_of(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    # A header without dates or names: the file changes only when a sentence does.
    fresh.header_comment = "# English sentences; French is the language of the sources."
    with path.open("wb") as target:
        pofile.write_po(target, fresh, width=110, no_location=True, sort_output=True, omit_header=True)
    header = f'{fresh.header_comment}\nmsgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n'
    header += '"Language: en\\n"\n"Plural-Forms: nplurals=2; plural=(n != 1);\\n"\n\n'
    path.write_text(_as_it_was(header + path.read_text(encoding="utf-8"), before), encoding="utf-8")
    return len(waiting(name))


def _as_it_was(text: str, before: str) -> str:
    """The text, in which each sentence that says what it said keeps the lines that somebody broke it into."""
    lines = {_unbroken(one): one for one in before.strip().split("\n\n")}
    return "\n\n".join(lines.get(_unbroken(one), one) for one in text.strip().split("\n\n")) + "\n"


def _unbroken(entry: str) -> str:
    return entry.replace('"\n"', "")


def main(names: list[str]) -> int:
    left = 0
    for name in names or list(FOLDERS):
        count = update(name)
        left += count
        print(f"{name}: {count} sentences wait for their English")
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
