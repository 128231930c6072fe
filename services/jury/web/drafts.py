"""A draft as the browser sends it: its texts, and the version that they were typed over."""

from __future__ import annotations

import re
from collections.abc import Iterable

from flask import request

from shared.web.forms import plain


def typed(names: Iterable[str]) -> tuple[dict[str, str], int]:
    """The fields of these names, without characters that no keyboard types, and the version; 0 where it is none."""
    given = {name: plain(request.form.get(name, "")) for name in names}
    version = request.form.get("version", "")
    return given, int(version) if re.fullmatch(r"[0-9]{1,9}", version) else 0
