"""A file to keep: what a browser saves under a name, and no cache keeps."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from flask import Response

from shared import csv_files

_KINDS = {
    "csv": "text/csv",
    "json": "application/json",
    "md": "text/markdown",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def download(body: bytes | str | Iterable[bytes] | Iterable[str], name: str) -> Response:
    """body: whole, or piece by piece. name: in ASCII; its end says what it is."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(body, mimetype=_KINDS[name.rpartition(".")[2]], headers=headers)


def as_csv(rows: Iterable[Sequence[Any]], name: str) -> Response:
    """A table as a spreadsheet opens it, streamed; no cell runs as a formula."""
    return download(csv_files.streamed(rows), name)
