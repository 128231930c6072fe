"""Step 3 of nine: which sites may show the form of an event inside their own pages. Next: models/events.py."""

from __future__ import annotations

import re
from unicodedata import normalize
from urllib.parse import urlsplit

MOST = 20
LONGEST = 300
_NAME = re.compile(r"(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?!\d+$)[a-z0-9-]{2,63}")
_HERE = ("localhost", "127.0.0.1")


def site(said: str, *, local: bool = False) -> str | None:
    """The site that an address is of, as browsers write it (https://www.laregion.fr); None when it is of none.

    Whatever follows the name is left off: a site may, or may not, with all its pages. local: for development, this
    machine too, and without encryption.
    """
    try:
        url = urlsplit(said if "://" in said else f"https://{said}")
        said_name = normalize("NFKC", url.hostname or "")
        name, port = said_name.encode("idna").decode(), url.port
        # A few letters (ß, ς) stand for two sites: that of this old reading, and the one to which browsers go.
        if said_name not in (name, name.encode().decode("idna")):
            return None
    except ValueError:  # and UnicodeError, which is one
        return None
    here = local and name in _HERE
    if url.username is not None or not (here or _NAME.fullmatch(name)):
        return None
    if url.scheme != "https" and not (here and url.scheme == "http"):
        return None
    usual = {"https": 443, "http": 80}[url.scheme]
    return f"{url.scheme}://{name}" + ("" if port in (None, usual) else f":{port}")


def sites(text: str, *, local: bool = False) -> tuple[list[str], list[str]]:
    """(the sites of these lines, each once; the lines that name none)."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    read = {line: site(line, local=local) if len(line) <= LONGEST else None for line in lines}
    return list(dict.fromkeys(one for one in read.values() if one)), [line for line, one in read.items() if not one]
