"""What the processes of one gunicorn share: a folder, and there each template as the first of them compiled it."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from flask import Flask
from jinja2 import FileSystemBytecodeCache
from jinja2.bccache import Bucket

VARIABLE = "AGORA_WEB_FOLDER"
"""Names a folder that nobody else can read; see deploy/gunicorn.conf.py."""


def folder() -> Path | None:
    """None where one process is alone: a command, a test."""
    found = Path(os.environ.get(VARIABLE) or "/nonexistent")
    return found if found.is_dir() else None


def compile_once(app: Flask) -> None:
    """To compile all templates of a service takes seconds of processor: each process and each successor would."""
    if where := folder():
        app.jinja_env.bytecode_cache = _Compiled(str(where), "%s.template")


class _Compiled(FileSystemBytecodeCache):
    def dump_bytecode(self, bucket: Bucket) -> None:
        with suppress(OSError):  # full, or gone: the next process compiles it again, and this page is shown
            super().dump_bytecode(bucket)
