"""Step 9 of nine for a spreadsheet: a table as a CSV file that Excel reads as it is, and that runs nothing."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from flask import Response

from services.registration.rules.people import safe_cell

PIECE = 32_000
"""Characters that leave at once."""


def csv_answer(rows: Iterable[Sequence[object]], name: str) -> Response:
    """A file of this name, streamed; no cell runs as a formula."""
    return Response(_lines(rows), mimetype="text/csv", headers=as_file(name))


def as_file(name: str) -> dict[str, str]:
    """The headers of a file to keep under this name; no cache keeps it."""
    return {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}


def _lines(rows: Iterable[Sequence[object]]) -> Iterator[str]:
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=";", lineterminator="\r\n")
    buffer.write("\ufeff")  # without it, Excel takes UTF-8 for something else
    for row in rows:
        writer.writerow([safe_cell(cell) for cell in row])
        if buffer.tell() > PIECE:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()
