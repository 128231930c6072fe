"""One file of bytes as one or many mails (mbox, RFC 4155)."""

from __future__ import annotations

import re

from services.mailer.bounces.mails import plain_line_ends, without_mark

# "From " somebody, a year at the end of the line, then a header: a paragraph that begins with "From " is not one.
_START = re.compile(rb"^From [^\n]{0,300}\d{4}[^\n]{0,20}\n(?=[A-Za-z][A-Za-z0-9-]{0,60}:|>From )", re.M)


def split(raw: bytes) -> list[bytes]:
    """The mails of a file, in order; one for a file that is no mbox, whatever its bytes."""
    raw = without_mark(raw)
    if not raw.lstrip(b"\r\n").startswith(b"From "):
        return [raw]
    text = plain_line_ends(raw).lstrip(b"\n")
    starts = [match.start() for match in _START.finditer(text)]
    if not starts or starts[0] != 0:
        starts.insert(0, 0)
    return [text[start:end] for start, end in zip(starts, [*starts[1:], len(text)], strict=True)]
