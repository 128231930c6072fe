"""Step 3 of nine: what a file is, by its bytes. Next: services/registration/models/forms.py."""

from __future__ import annotations

import datetime as dt
import io
import re
import unicodedata
import zipfile
from collections.abc import Container

LARGEST = 5 * 1024 * 1024
DOUBTED_KEPT = dt.timedelta(hours=1)
MOST_DOUBTED = 20
"""Files of forms that may be no person's, of one event: how long they wait for who reads the form again, how many.
The trials of the team have as many of their own."""
TRIAL = "trial"
"""The sender of a file that came with a trial."""
MOST_WAITING = 300
MOST_BYTES = 300 * 1024 * 1024
"""What the forms of one event have sent that nobody has registered with yet; as much of those kept for later."""
UNPACKED = 60 * 1024 * 1024
PARTS = 2000
_OPEN = "application/vnd.oasis.opendocument."
_OFFICE = "application/vnd.openxmlformats-officedocument."
ENDINGS = {
    "application/pdf": "pdf",
    "image/png": "png",
    "image/jpeg": "jpg",
    f"{_OPEN}text": "odt",
    f"{_OFFICE}wordprocessingml.document": "docx",
}
"""What a form takes, and how the names of such files end."""
PUBLISHED = ENDINGS | {
    f"{_OPEN}presentation": "odp",
    f"{_OPEN}spreadsheet": "ods",
    f"{_OFFICE}presentationml.presentation": "pptx",
    f"{_OFFICE}spreadsheetml.sheet": "xlsx",
}
"""What the team puts on the page of an event: slides and tables too."""
_MAIN_PARTS = {
    "word/document.xml": f"{_OFFICE}wordprocessingml.document",
    "ppt/presentation.xml": f"{_OFFICE}presentationml.presentation",
    "xl/workbook.xml": f"{_OFFICE}spreadsheetml.sheet",
}
_BROKEN = (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, ValueError, EOFError)


def kind_of(body: bytes, taken: Container[str] = ENDINGS) -> str | None:
    """The content type, or None for what is not taken: programs, archives, macros, pages. The name does not count."""
    kind = _kind(body)
    return kind if kind in taken else None


def _kind(body: bytes) -> str | None:
    if body.startswith(b"%PDF-"):
        return "application/pdf"
    if body.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if body.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    return _document(body) if body.startswith(b"PK\x03\x04") else None


def _document(body: bytes) -> str | None:
    """OpenDocument or Office; looked at, never unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            parts = archive.infolist()
            names = {part.filename for part in parts}
            macros = any(name.lower().endswith("vbaproject.bin") or "/basic/" in f"/{name.lower()}" for name in names)
            if _swells(parts) or macros:
                return None
            if "mimetype" in names:
                marked = archive.getinfo("mimetype")
                said = archive.read(marked).decode("ascii", "replace") if marked.file_size < 100 else ""
                return said if said.startswith(_OPEN) else None
            if "[Content_Types].xml" not in names:
                return None
            return next((kind for part, kind in _MAIN_PARTS.items() if part in names), None)
    except _BROKEN:
        return None


def is_swollen(body: bytes) -> bool:
    """Whether it is an archive, as documents are, with more in it than is taken."""
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            return _swells(archive.infolist())
    except _BROKEN:
        return False


def _swells(parts: list[zipfile.ZipInfo]) -> bool:
    return len(parts) > PARTS or sum(part.file_size for part in parts) > UNPACKED


def safe_name(name: str, content_type: str) -> str:
    """A name to show and to save under: letters, digits and a few signs, with the ending of what the file is."""
    stem = unicodedata.normalize("NFC", name.replace("\\", "/").rsplit("/", 1)[-1]).rsplit(".", 1)[0]
    kept = re.sub(r"[^\w \-’']+", "-", stem).strip(" -_")[:100]
    return f"{kept or 'fichier'}.{PUBLISHED[content_type]}"
