"""Step 3 of nine: what a file is, by its bytes. Next: services/registration/models/forms.py."""

from __future__ import annotations

import io
import re
import unicodedata
import zipfile

LARGEST = 5 * 1024 * 1024
UNPACKED = 60 * 1024 * 1024
_ODT = "application/vnd.oasis.opendocument.text"
_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
ENDINGS = {"application/pdf": "pdf", "image/png": "png", "image/jpeg": "jpg", _ODT: "odt", _DOCX: "docx"}


def kind_of(body: bytes) -> str | None:
    """The content type, or None for what is not taken: programs, archives, macros, pages. The name does not count."""
    if body.startswith(b"%PDF-"):
        return "application/pdf"
    if body.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if body.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    return _document(body) if body.startswith(b"PK\x03\x04") else None


def _document(body: bytes) -> str | None:
    """OpenDocument text or Word; looked at, never unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            parts = archive.infolist()
            names = {part.filename for part in parts}
            macros = any(name.lower().endswith("vbaproject.bin") or "/basic/" in f"/{name.lower()}" for name in names)
            if len(parts) > 2000 or sum(part.file_size for part in parts) > UNPACKED or macros:
                return None
            if "mimetype" in names:
                marked = archive.getinfo("mimetype")
                if marked.file_size == len(_ODT) and archive.read(marked) == _ODT.encode():
                    return _ODT
            return _DOCX if {"[Content_Types].xml", "word/document.xml"} <= names else None
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, ValueError, EOFError):
        return None


def safe_name(name: str, content_type: str) -> str:
    """A name to show and to save under: letters, digits and a few signs, with the ending of what the file is."""
    stem = unicodedata.normalize("NFC", name.replace("\\", "/").rsplit("/", 1)[-1]).rsplit(".", 1)[0]
    kept = re.sub(r"[^\w \-’']+", "-", stem).strip(" -_")[:100]
    return f"{kept or 'fichier'}.{ENDINGS[content_type]}"
