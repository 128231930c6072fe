"""The keys of a local stack: made once, for the owner's eyes only, and kept so that links and sessions last."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

from deploy.keys import private_pem, public_pem


def keep(path: Path, make: Callable[[], str]) -> str:
    """What the file holds; made first, with mode 0600, when it is not there."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        partial = path.with_name(path.name + ".partial")
        partial.unlink(missing_ok=True)
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(make())
        partial.rename(path)
    return path.read_text()


def make_keys(folder: Path) -> None:
    """staff.pem and staff.pub.pem (EdDSA, the staff's session tokens) and dkim.pem (RSA 2048)."""
    staff = keep(folder / "staff.pem", lambda: private_pem(ed25519.Ed25519PrivateKey.generate()))
    keep(folder / "staff.pub.pem", lambda: public_pem(staff))
    keep(folder / "dkim.pem", lambda: private_pem(rsa.generate_private_key(public_exponent=65537, key_size=2048)))


def secret(folder: Path, name: str) -> str:
    """A random secret by name, the same each time."""
    return keep(folder / name, lambda: secrets.token_urlsafe(36))
