"""The pieces a single mail is put together from, as HTML and as plain text.

A template says each thing once (`p`, `facts`, `button`…); rendered with `Html` it becomes the rich part, with
`Text` the plain one, so the two cannot disagree. Values are escaped here.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Sequence

from markupsafe import Markup, escape

from services.mailer import prose
from shared.web.i18n import typography

WIDTH = 72  # characters of a line of plain text


class Html:
    """Tables and classes; `css-inline` puts the styles of the frame on them."""

    def title(self, words: str) -> str:
        return Markup("<h1>{}</h1>\n").format(words)

    def p(self, words: str) -> str:
        return Markup("<p>{}</p>\n").format(words)

    def prose(self, text: str) -> str:
        """What people write: their paragraphs, their line breaks, and addresses that can be followed."""
        return Markup("{}\n").format(Markup(prose.paragraphs(text)))  # noqa: S704  (cleaned there)

    def note(self, words: str) -> str:
        return Markup('<p class="note">{}</p>\n').format(words)

    def facts(self, rows: Sequence[tuple[str, str]]) -> str:
        made = Markup("").join(
            Markup('<tr><th scope="row">{}</th><td>{}</td></tr>\n').format(label, _lines(value))
            for label, value in rows
            if value
        )
        return Markup('<table class="facts" role="presentation" width="100%">\n{}</table>\n').format(made)

    def items(self, rows: Sequence[str]) -> str:
        return Markup("<ul>\n{}</ul>\n").format(Markup("").join(Markup("<li>{}</li>\n").format(row) for row in rows))

    def table(self, head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
        heads = Markup("").join(Markup('<th scope="col">{}</th>').format(cell) for cell in head)
        made = Markup("").join(
            Markup('<tr><th scope="row">{}</th>{}</tr>\n').format(
                row[0], Markup("").join(Markup("<td>{}</td>").format(cell) for cell in row[1:])
            )
            for row in rows
        )
        return Markup('<table class="marks" width="100%">\n<tr>{}</tr>\n{}</table>\n').format(heads, made)

    plan = table

    def quote(self, words: str) -> str:
        return Markup("<blockquote>{}</blockquote>\n").format(_lines(words))

    def button(self, words: str, url: str) -> str:
        return Markup(
            '<table class="action" role="presentation"><tr><td class="button"><a href="{}">{}</a></td></tr></table>\n'
        ).format(url, words)

    def link(self, words: str, url: str) -> str:
        return Markup('<p><a href="{}">{}</a></p>\n').format(url, words)

    def ticket(self, code: str, words: str) -> str:
        return Markup(
            '<table class="ticket" role="presentation"><tr>\n'
            '<td><img src="cid:billet" width="148" height="148" alt="{}"></td>\n'
            '<td><p>{}</p><p class="code">{}</p></td>\n</tr></table>\n'
        ).format(code, words, code)


class Text:
    """Lines of 72 characters, links on lines of their own. French puts a space before a colon."""

    def __init__(self, language: str = "fr") -> None:
        self._colon = " :" if language == "fr" else ":"
        self._spaced: Callable[[str], str] = typography if language == "fr" else str

    def title(self, words: str) -> str:
        return f"{self._wrapped(words)}\n{'=' * min(len(words), WIDTH)}\n\n"

    def p(self, words: str) -> str:
        return f"{self._wrapped(words)}\n\n"

    note = p

    def prose(self, text: str) -> str:
        blocks = [block.strip() for block in re.split(r"\n\s*\n", text.replace("\r\n", "\n"))]
        lines = ["\n".join(map(self._wrapped, block.splitlines())) for block in blocks if block]
        return "".join(f"{prose.plain(block)}\n\n" for block in lines)

    def facts(self, rows: Sequence[tuple[str, str]]) -> str:
        said = [(label, value) for label, value in rows if value]
        return "".join(self._wrapped(f"{label}{self._colon} {value}", "    ") + "\n" for label, value in said) + "\n"

    def items(self, rows: Sequence[str]) -> str:
        return "".join(self._wrapped(f"- {row}", "  ") + "\n" for row in rows) + "\n"

    def table(self, head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
        lines = []
        for row in rows:
            cells = ", ".join(f"{name} {cell}" for name, cell in zip(head[1:], row[1:], strict=True))
            lines.append(self._wrapped(f"- {row[0]}{self._colon} {cells}", "  "))
        return "\n".join(lines) + "\n\n"

    def plan(self, _head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
        """A table whose cells say by themselves what they are."""
        return self.items([f"{row[0]}{self._colon} {', '.join(row[1:])}" for row in rows])

    def quote(self, words: str) -> str:
        return "".join(self._wrapped(f"> {line}", "> ") + "\n" for line in words.splitlines()) + "\n"

    def button(self, words: str, url: str) -> str:
        return f"{words}{self._colon}\n{url}\n\n"

    link = button

    def ticket(self, code: str, words: str) -> str:
        return f"{self._wrapped(words)}\n\n    {code}\n\n"

    def _wrapped(self, words: str, indent: str = "") -> str:
        """Set as the language wants before it is cut into lines: no line begins with a colon."""
        return textwrap.fill(
            self._spaced(words), WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
        )


def _lines(words: str) -> Markup:
    return Markup("<br>\n").join(escape(line) for line in words.splitlines())
