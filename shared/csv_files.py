"""Tables as CSV, as a spreadsheet set to French opens them: a mark of UTF-8, semicolons, a comma in sums. Pure.

What a person typed never runs: a text that would start a formula gets an apostrophe.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from shared.workbooks import Cents

PIECE = 32_000
"""Characters that leave at once."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def safe(text: str) -> str:
    """A text that a spreadsheet shows and never runs. Spaces before a formula hide nothing: some trim them first."""
    return "'" + text if text.startswith(_FORMULA) or text.lstrip().startswith(_FORMULA) else text


def as_typed(cell: str) -> str:
    """The text as it was before `safe`, of a file that comes back."""
    text = cell.strip()
    return text[1:] if text[:1] == "'" and safe(text[1:]) == text else text


def streamed(rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """A file piece by piece: neither the rows nor the text ever stand in memory. Cells: texts, numbers, Cents, None."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=";", lineterminator="\r\n")
    buffer.write("\ufeff")  # without it, Excel takes UTF-8 for something else
    for row in rows:
        writer.writerow(map(_shown, row))
        if buffer.tell() > PIECE:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


def _shown(cell: Any) -> Any:
    if isinstance(cell, Cents):
        return cell.decimal(",")
    return safe(cell) if isinstance(cell, str) else cell
