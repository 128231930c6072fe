"""How two texts are compared when people type them: letters and digits alone, without accents. Pure."""

from __future__ import annotations

import re
import unicodedata


def fold(text: str) -> str:
    """ "L’Œuvre d’Évry" becomes "l oeuvre d evry"."""
    spread = unicodedata.normalize("NFKD", text.casefold().replace("œ", "oe").replace("æ", "ae"))
    return " ".join(re.findall(r"[^\W_]+", "".join(c for c in spread if not unicodedata.combining(c))))
