"""A QR code as inline SVG, with what it says beside it."""

from __future__ import annotations

import re

import segno
from markupsafe import Markup, escape

_DARK = re.compile(b"\x01+")


def qr_svg(content: str, label: str, *, level: str = "m") -> Markup:
    """The code of `content` as an SVG image named `label`.

    level: error correction, "m" for screens, "q" for paper that gets folded. Dark on white also in the dark
    theme: many readers refuse an inverted code. Raises ValueError when `content` does not fit.
    """
    # Readers take any mask. Drawing all eight to choose the prettiest costs more than the rest of a page, and what
    # our codes say is drawn at random, so that the checkerboard leaves no large blot.
    code = segno.make(content, error=level, micro=False, boost_error=False, mask=0)
    border = 4
    width, height = code.symbol_size(border=border)
    path = []
    for y, row in enumerate(code.matrix, border):
        for run in _DARK.finditer(row):
            length = run.end() - run.start()
            path.append(f"M{run.start() + border} {y}h{length}v1h-{length}z")
    return Markup(
        '<svg class="qr" viewBox="0 0 {w} {h}" role="img" aria-label="{label}" shape-rendering="crispEdges">'
        '<rect width="{w}" height="{h}" class="qr-paper"/><path d="{path}" class="qr-ink"/></svg>'
    ).format(w=width, h=height, label=escape(label), path="".join(path))
