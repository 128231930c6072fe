"""Make the keys and passwords of one installation: `python deploy/keys.py FOLDER [--domain DOMAIN]`.

Each folder under FOLDER is one audience, so that a container is given only what it needs:

    postgres/      superuser_password and the password of each service's role
    broker/        password
    registration/  database_url amqp_url secret_key staff_private.pem staff_public.pem
    jury/          database_url amqp_url secret_key staff_public.pem
    mailer/        database_url amqp_url secret_key staff_public.pem dkim.pem dkim.dns.txt

A secret that is there already is never made again, so running this twice changes nothing: a key is renewed by
deleting its file first (see docs/operations.md). Public halves and the DNS record follow their key. Needs
`cryptography`, nothing else of the project.
"""

from __future__ import annotations

import argparse
import base64
import secrets
import sys
from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

SERVICES = ("registration", "jury", "mailer")


def once(path: Path, make: Callable[[], str]) -> str:
    """What `path` holds; made first when it is not there."""
    if not path.exists():
        write(path, make())
    return path.read_text()


def follow(path: Path, text: str) -> None:
    """Have `path` hold `text`, which follows from a key."""
    if not path.exists() or path.read_text() != text:
        write(path, text)


def write(path: Path, text: str) -> None:
    """Whole or not at all. The mode lets other containers' users read it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    partial.write_text(text)
    partial.chmod(0o444)
    partial.rename(path)
    print(f"made {path}")


def password() -> str:
    """192 random bits, safe in a URL."""
    return secrets.token_urlsafe(24)


def private_pem(key: ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def public_of(pem: str) -> ed25519.Ed25519PublicKey | rsa.RSAPublicKey:
    key = serialization.load_pem_private_key(pem.encode(), password=None)
    if not isinstance(key, ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey):
        raise TypeError("expected an Ed25519 or RSA key")
    return key.public_key()


def public_pem(pem: str) -> str:
    encoding, form = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    return public_of(pem).public_bytes(encoding, form).decode()


def dkim_record(pem: str, domain: str, selector: str) -> str:
    """The DNS TXT record that lets others check our signatures (RFC 6376, section 3.6.1)."""
    encoding, form = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    key = base64.b64encode(public_of(pem).public_bytes(encoding, form)).decode()
    value = f"v=DKIM1; k=rsa; p={key}"
    pieces = " ".join(f'"{value[at : at + 250]}"' for at in range(0, len(value), 250))
    return f"{selector}._domainkey.{domain}. IN TXT ( {pieces} )\n"


def make(folder: Path, *, domain: str, selector: str, database: str, broker: str) -> None:
    """Every key that is missing under `folder`. `database` and `broker` are host:port."""
    once(folder / "postgres/superuser_password", password)
    broker_password = once(folder / "broker/password", password)
    for service in SERVICES:
        role_password = once(folder / f"postgres/{service}_password", password)
        url = f"postgresql+psycopg://{service}:{role_password}@{database}/{service}"
        once(folder / service / "database_url", lambda url=url: url)  # type: ignore[misc]
        once(folder / service / "amqp_url", lambda: f"amqp://agora:{broker_password}@{broker}/")
        once(folder / service / "secret_key", lambda: secrets.token_urlsafe(48))

    staff = once(
        folder / "registration/staff_private.pem",
        lambda: private_pem(ed25519.Ed25519PrivateKey.generate()),
    )
    for service in SERVICES:
        follow(folder / service / "staff_public.pem", public_pem(staff))

    dkim = once(
        folder / "mailer/dkim.pem",
        lambda: private_pem(rsa.generate_private_key(public_exponent=65537, key_size=2048)),
    )
    follow(folder / "mailer/dkim.dns.txt", dkim_record(dkim, domain, selector))


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--domain", default="agora.example", help="the domain that mails are signed for")
    parser.add_argument("--selector", default="agora", help="the DKIM selector")
    parser.add_argument("--database", default="postgres:5432", help="host:port of PostgreSQL")
    parser.add_argument("--broker", default="rabbitmq:5672", help="host:port of RabbitMQ")
    given = parser.parse_args(arguments)
    make(
        given.folder,
        domain=given.domain,
        selector=given.selector,
        database=given.database,
        broker=given.broker,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
