"""The numbers under which France registers who applies: SIRET, and RNA for an association. Pure.

Only their form is judged: whether such a body exists is for the staff to look up.
"""

from __future__ import annotations

import re

LA_POSTE = "356000000"
"""Its offices are too many for the usual check digit: their digits add up to a multiple of five."""
_RNA = re.compile(r"W[0-9][0-9A-Z][0-9][0-9]{6}")


def plain(text: str) -> str:
    """Without the spaces and points that people put in."""
    return re.sub(r"[\s.\-]", "", text).upper()


def is_siret(text: str) -> bool:
    """Fourteen digits whose last one checks the others (Luhn, ISO/IEC 7812-1)."""
    digits = plain(text)
    if not (digits.isascii() and digits.isdigit() and len(digits) == 14) or not digits.strip("0"):
        return False
    if digits.startswith(LA_POSTE):
        return sum(map(int, digits)) % 5 == 0 or _luhn(digits)
    return _luhn(digits)


def _luhn(digits: str) -> bool:
    doubled = (int(one) * (2 if at % 2 else 1) for at, one in enumerate(reversed(digits)))
    return sum(one // 10 + one % 10 for one in doubled) % 10 == 0


def is_rna(text: str) -> bool:
    """ "W" with the prefecture's three characters and six digits, as on the receipt of the declaration: W313012345."""
    return _RNA.fullmatch(plain(text)) is not None
