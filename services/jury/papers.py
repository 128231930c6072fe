"""What an attached file really is, by its bytes and never by its name; and where its bytes are kept. No framework."""

from __future__ import annotations

import hashlib
import io
import os
import shlex
import subprocess
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from services.jury.said import Said

LIMIT_BYTES = 10_000_000
LIMIT_UNPACKED = 100_000_000
LIMIT_RATIO = 200
LIMIT_ENTRIES = 5000

PDF = "application/pdf"
_OPEN_DOCUMENT = {
    "application/vnd.oasis.opendocument.text",
    "application/vnd.oasis.opendocument.spreadsheet",
    "application/vnd.oasis.opendocument.presentation",
}
_OFFICE = {
    "word/document.xml": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xl/workbook.xml": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ppt/presentation.xml": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}


class Refused(Said):
    """The file cannot be taken."""


def media_type(data: bytes) -> str:
    """The type that the bytes say. Raises Refused for what is not a document or a picture, or could do harm."""
    if not data:
        raise Refused("Ce fichier est vide.")
    if len(data) > LIMIT_BYTES:
        raise Refused("Ce fichier dépasse 10 Mo.")
    if data.startswith(b"%PDF-") and b"%%EOF" in data[-2048:]:
        return PDF
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data.startswith(b"PK\x03\x04"):
        return _packed(data)
    raise Refused("Ce fichier n’est ni un PDF, ni une image, ni un document de bureau (ODT, DOCX…).")


def _packed(data: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            names = {entry.filename for entry in entries}
            unpacked = sum(entry.file_size for entry in entries)
            if len(entries) > LIMIT_ENTRIES or unpacked > LIMIT_UNPACKED or unpacked > LIMIT_RATIO * len(data):
                raise Refused("Ce fichier se déplie en trop de données : il est refusé par prudence.")
            if any(name.lower().endswith(("vbaproject.bin", ".exe", ".js")) for name in names):
                raise Refused("Ce document contient un programme : enregistrez-le sans macros, ou en PDF.")
            if "mimetype" in names and archive.getinfo("mimetype").file_size < 100:
                said = archive.read("mimetype").decode("ascii", "replace").strip()
                if said in _OPEN_DOCUMENT and "content.xml" in names:
                    return said
            if "[Content_Types].xml" in names:
                for part, type in _OFFICE.items():
                    if part in names:
                        return type
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, ValueError) as problem:
        if isinstance(problem, Refused):
            raise
        raise Refused("Ce fichier est abîmé : il ne s’ouvre pas.") from problem
    raise Refused("Cette archive n’est pas un document : joignez chaque document à part.")


def scan(data: bytes, command: str, seconds: int) -> None:
    """Run the scanner that the settings name on these bytes, before they are kept anywhere. Raises Refused.

    A scanner that is absent, slow or broken lets nothing in: what was not looked at is not clean.
    """
    if not command:
        return
    with tempfile.NamedTemporaryFile(prefix="agora-scan-") as waiting:
        waiting.write(data)
        waiting.flush()
        try:
            found = subprocess.run(
                [*shlex.split(command), waiting.name],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=seconds,
                check=False,
            ).returncode
        except (OSError, ValueError, subprocess.TimeoutExpired):
            found = -1
    if found == 1:
        raise Refused("L’antivirus a trouvé quelque chose dans ce fichier : il n’est pas gardé.")
    if found != 0:
        raise Refused("Ce fichier n’a pas pu être contrôlé, il n’est pas gardé : réessayez dans quelques minutes.")


class Store(Protocol):
    """Where the bytes of papers are kept, by their SHA-256: a folder, or a bucket (object_store.py)."""

    def keep(self, data: bytes) -> str: ...
    def read(self, digest: str) -> bytes | None: ...
    def drop(self, digest: str) -> None: ...


@dataclass(frozen=True)
class Folder:
    """A folder of this machine, or one that is mounted."""

    path: Path

    def keep(self, data: bytes) -> str:
        return store(self.path, data)

    def read(self, digest: str) -> bytes | None:
        file = path_of(self.path, digest)
        return file.read_bytes() if file.exists() else None

    def drop(self, digest: str) -> None:
        path_of(self.path, digest).unlink(missing_ok=True)


def store(folder: Path, data: bytes) -> str:
    """Keep the bytes under their SHA-256, whole or not at all; the same bytes twice are one file."""
    digest = hashlib.sha256(data).hexdigest()
    target = path_of(folder, digest)
    if target.exists():
        return digest
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=target.parent, delete=False) as draft:
        draft.write(data)
        draft.flush()
        os.fsync(draft.fileno())
    Path(draft.name).replace(target)
    return digest


def path_of(folder: Path, digest: str) -> Path:
    """Where the bytes of a digest stand. The name never comes from a person."""
    if len(digest) != 64 or not set(digest) <= set("0123456789abcdef"):
        raise ValueError("not a digest")
    return folder / digest[:2] / digest


def shown_name(name: str) -> str:
    """A file name that is safe in a header and on a page."""
    last = name.replace("\\", "/").rpartition("/")[2]
    plain = "".join(c for c in last if c.isprintable() and c not in '<>:"/\\|?*;').strip(". ")
    return plain[-120:] or "fichier"
