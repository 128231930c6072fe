"""A QR code as inline SVG, with what it says beside it."""

from __future__ import annotations

import re
from functools import cache
from itertools import compress

import segno
from markupsafe import Markup, escape

_DARK = re.compile("1+")
_WORTH = {character: worth for worth, character in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:")}
_OFTEN = 20  # characters of a ticket; what is longer is drawn too seldom for its bits to be
_BORDER = 4  # modules of paper around a code
_PIECE = 8  # modules drawn at once: there are few such pieces, so that each is put into words once
_PAIR = 11  # bits that two of these characters take


def qr_svg(content: str, label: str, *, level: str = "m") -> Markup:
    """The code of `content` as an SVG image named `label`.

    level: error correction, "m" for screens, "q" for paper that gets folded. Dark on white also in the dark
    theme: many readers refuse an inverted code. Raises ValueError when `content` does not fit.
    """
    size, modules = _modules(content, level)
    rows = (modules[start : start + size] for start in range(0, len(modules), size + 1))
    path = [f"M{_BORDER} {y}{_strokes(row)}" for y, row in enumerate(rows, _BORDER)]
    return Markup(
        '<svg class="qr" viewBox="0 0 {w} {w}" role="img" aria-label="{label}" shape-rendering="crispEdges">'
        '<rect width="{w}" height="{w}" class="qr-paper"/><path d="{path}" class="qr-ink"/></svg>'
    ).format(w=size + 2 * _BORDER, label=escape(label), path="".join(path))


def _strokes(row: str) -> str:
    return "".join([_stroke(row[start : start + _PIECE]) for start in range(0, len(row), _PIECE)])


@cache
def _stroke(piece: str) -> str:
    """The dark modules of a piece of a row, from its left end to its right end."""
    at, way = 0, ""
    for run in _DARK.finditer(piece):
        length = run.end() - run.start()
        way += f"m{run.start() - at} 0h{length}v1h-{length}z"
        at = run.start()
    return f"{way}m{len(piece) - at} 0"


def _modules(content: str, level: str) -> tuple[int, str]:
    """(width, "1" for each dark module and "0" for each other, row by row with a "0" between two rows).

    Each module is the exclusive or of some of the bits that the code says, also those of the error correction: so the
    code of a ticket is put together from those of its bits, which are drawn once.
    """
    if len(content) % 2 or len(content) > _OFTEN or not _WORTH.keys() >= set(content):
        return _drawn(content, level)
    size, blank, bits = _bits(len(content), level)
    code = blank
    for place in range(0, len(content), 2):
        pair = 45 * _WORTH[content[place]] + _WORTH[content[place + 1]]
        for one in compress(bits[place // 2], map(int, f"{pair:0{_PAIR}b}")):
            code ^= one
    return size, f"{code:0{size * (size + 1) - 1}b}"


@cache
def _bits(length: int, level: str) -> tuple[int, int, list[list[int]]]:
    """(width, the code of zeros, what each bit of each pair of characters changes in it)."""
    characters = list(_WORTH)
    size, zeros = _drawn("0" * length, level, "alphanumeric")
    blank = int(zeros, 2)

    def changed(place: int, worth: int) -> int:
        pair = characters[worth // 45] + characters[worth % 45]
        text = "0" * place + pair + "0" * (length - place - 2)
        return int(_drawn(text, level, "alphanumeric")[1], 2) ^ blank

    worths = [1 << bit for bit in reversed(range(_PAIR))]
    return size, blank, [[changed(place, worth) for worth in worths] for place in range(0, length, 2)]


def _drawn(content: str, level: str, mode: str | None = None) -> tuple[int, str]:
    # Readers take any mask. Drawing all eight to choose the prettiest costs more than the rest of a page, and what
    # our codes say is drawn at random, so that the checkerboard leaves no large blot.
    code = segno.make(content, error=level, micro=False, boost_error=False, mask=0, mode=mode)
    return len(code.matrix), "0".join("".join(map(str, row)) for row in code.matrix)
