"""Mail addresses: what is one, and when are two of them the same person's. Pure.

`email_key` is the identity of a recipient everywhere in this service: contacts, suppressions and the ledger
are unique on it, which is what keeps a mail from reaching somebody twice.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from email_validator import EmailNotValidError, validate_email
from email_validator.rfc_constants import CASE_INSENSITIVE_MAILBOX_NAMES

LONGEST = 254  # RFC 5321, octets of a forward path without its angle brackets
_INVISIBLE = dict.fromkeys([0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF, 0x00AD])  # spreadsheets and web pages leave them
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_PLAIN = re.compile(r"[a-z0-9]+(?:[._+-][a-z0-9]+)*", re.ASCII | re.IGNORECASE)
"""Nearly every local part there is; nothing in it for the library to doubt."""


class InvalidAddress(ValueError):
    """Not an address that can be written to. `reason` is one of REASONS, stable."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


REASONS = ("missing", "too-long", "control", "no-at", "several", "local-not-ascii", "domain", "syntax")


@dataclass(frozen=True)
class Address:
    """`email` as we write it in a header (its own capitals kept), `key` as we compare it."""

    email: str
    key: str


def tidy(text: str) -> str:
    """NFC, without invisible characters, surrounding spaces, `mailto:` or angle brackets."""
    text = unicodedata.normalize("NFC", text).translate(_INVISIBLE).replace("\u00a0", " ").strip()
    if text.lower().startswith("mailto:"):
        text = text[7:]
    return text.strip("<> \t;,'\"").strip()


@lru_cache(maxsize=4096)
def parse(text: str) -> Address:
    """Read one address. Raises InvalidAddress; never anything else, whatever the text."""
    text = tidy(text)
    if not text:
        raise InvalidAddress("missing")
    if _CONTROL.search(text):
        raise InvalidAddress("control")
    if len(text.encode()) > LONGEST:
        raise InvalidAddress("too-long")
    if "@" not in text:
        raise InvalidAddress("no-at")
    if text.count("@") > 1 and any(mark in text for mark in " ,;/"):
        raise InvalidAddress("several")
    local, _, domain = text.rpartition("@")
    if not local.isascii():
        # A relay that does not speak SMTPUTF8 would refuse it at the last moment: refuse it at the first.
        raise InvalidAddress("local-not-ascii")
    try:
        email = f"{local}@{_domain(domain)}" if _is_plain(local) and domain.isascii() else _checked(text)
    except EmailNotValidError:
        raise InvalidAddress("domain" if "." not in domain else "syntax") from None
    except (UnicodeError, ValueError, IndexError):
        raise InvalidAddress("syntax") from None
    return Address(email=email, key=email.lower())


def _checked(text: str) -> str:
    # The `.test` domain is reserved, but a rehearsal needs addresses that reach nobody.
    found = validate_email(text, check_deliverability=False, allow_smtputf8=False, test_environment=True)
    return f"{found.ascii_local_part}@{found.ascii_domain}"


def _is_plain(local: str) -> bool:
    """The library would change nothing in it; a name such as Postmaster it writes in lower case."""
    names = CASE_INSENSITIVE_MAILBOX_NAMES
    return len(local) <= 64 and _PLAIN.fullmatch(local) is not None and local.lower() not in names


@lru_cache(maxsize=4096)
def _domain(domain: str) -> str:
    """A domain as the library writes it: a file has many people of few domains, and that check is the dear one."""
    return _checked(f"a@{domain}").partition("@")[2]


def email_key(text: str) -> str:
    """The key of one address: trimmed, NFC, domain in IDNA, lower case. Raises InvalidAddress."""
    return parse(text).key


def domain_group(key: str) -> str:
    """The provider behind a key, for throttling and for the table of a campaign."""
    domain = key.rpartition("@")[2]
    for group, domains in _GROUPS.items():
        if domain in domains:
            return group
    return "other"


_GROUPS = {
    "gmail": frozenset({"gmail.com", "googlemail.com"}),
    "microsoft": frozenset(
        {"hotmail.com", "hotmail.fr", "outlook.com", "outlook.fr", "live.com", "live.fr", "msn.com"}
    ),
    "yahoo": frozenset({"yahoo.com", "yahoo.fr", "ymail.com", "aol.com"}),
    "orange": frozenset({"orange.fr", "wanadoo.fr"}),
    "free": frozenset({"free.fr", "aliceadsl.fr", "libertysurf.fr"}),
    "sfr": frozenset({"sfr.fr", "neuf.fr", "cegetel.net", "club-internet.fr", "numericable.fr"}),
    "laposte": frozenset({"laposte.net"}),
}
