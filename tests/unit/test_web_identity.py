"""A staff token opens what it says, for as long as it says, and nothing else."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import json
import uuid
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc import jwt
from joserfc.jwk import OKPKey

from deploy.keys import private_pem, public_pem
from shared import identity
from shared.identity import BadToken, Staff

NOW = dt.datetime(2016, 10, 3, 7, 0, 0, 123456, tzinfo=dt.UTC)
STAFF = Staff(uuid.UUID(int=7), "Églantine Roux", "eglantine@agora.example", frozenset({"staff", "editor"}))


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    private, public = tmp_path / "staff.pem", tmp_path / "staff.pub.pem"
    private.write_text(private_pem(Ed25519PrivateKey.generate()))
    public.write_text(public_pem(private.read_text()))
    return private, public


def test_round_trip(pair: tuple[Path, Path]) -> None:
    token = identity.sign(STAFF, pair[0], NOW)

    staff, issued = identity.verify(token, pair[1], NOW)

    assert staff == STAFF
    assert issued == NOW


@pytest.mark.parametrize("late", [dt.timedelta(hours=12), dt.timedelta(days=400)])
def test_a_token_ends_after_twelve_hours(pair: tuple[Path, Path], late: dt.timedelta) -> None:
    token = identity.sign(STAFF, pair[0], NOW)

    identity.verify(token, pair[1], NOW + dt.timedelta(hours=11, minutes=59))
    with pytest.raises(BadToken, match="not now"):
        identity.verify(token, pair[1], NOW + late)


def test_a_token_from_the_future_is_refused(pair: tuple[Path, Path]) -> None:
    with pytest.raises(BadToken, match="not now"):
        identity.verify(identity.sign(STAFF, pair[0], NOW + dt.timedelta(hours=1)), pair[1], NOW)


def test_another_key_signs_for_nobody(pair: tuple[Path, Path], tmp_path: Path) -> None:
    other = tmp_path / "other.pem"
    other.write_text(private_pem(Ed25519PrivateKey.generate()))

    with pytest.raises(BadToken):
        identity.verify(identity.sign(STAFF, other, NOW), pair[1], NOW)


def _claims(**changed: object) -> dict[str, object]:
    claims: dict[str, object] = {
        "iss": identity.ISSUER,
        "sub": str(STAFF.id),
        "name": STAFF.name,
        "email": STAFF.email,
        "roles": ["admin"],
        "iat": NOW.timestamp(),
        "exp": int(NOW.timestamp()) + 3600,
    }
    return {key: value for key, value in (claims | changed).items() if value is not None}


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "someone"},
        {"iss": None},
        {"sub": "42"},
        {"roles": None},
        {"roles": 3},
        {"exp": None},
        {"exp": "demain"},
        {"iat": 1e300},
        {"iat": None},
    ],
)
def test_signed_nonsense_is_refused(pair: tuple[Path, Path], changed: dict[str, object]) -> None:
    key = OKPKey.import_key(pair[0].read_text())
    token = jwt.encode({"alg": "Ed25519"}, _claims(**changed), key, algorithms=["Ed25519"])

    with pytest.raises(BadToken):
        identity.verify(token, pair[1], NOW)


def _part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def test_the_public_key_is_not_a_password(pair: tuple[Path, Path]) -> None:
    """The old confusion: a token signed with HMAC, using the text of the public key as the secret."""
    signed = f"{_part({'alg': 'HS256', 'typ': 'JWT'})}.{_part(_claims())}"
    mac = hmac.new(pair[1].read_bytes(), signed.encode(), hashlib.sha256).digest()

    with pytest.raises(BadToken):
        identity.verify(f"{signed}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}", pair[1], NOW)


def test_no_algorithm_is_no_signature(pair: tuple[Path, Path]) -> None:
    with pytest.raises(BadToken):
        identity.verify(f"{_part({'alg': 'none'})}.{_part(_claims())}.", pair[1], NOW)


@pytest.mark.parametrize("token", ["", "a.b.c", "é" * 50, "..", "x" * 100_000, "\x00.\x00.\x00"])
def test_rubbish_is_refused(pair: tuple[Path, Path], token: str) -> None:
    with pytest.raises(BadToken):
        identity.verify(token, pair[1], NOW)


def test_an_admin_has_every_role() -> None:
    admin = Staff(uuid.UUID(int=1), "A", "a@agora.example", frozenset({"admin"}))

    assert admin.has("editor")
    assert STAFF.has("desk", "editor")
    assert not STAFF.has("secretary")


def test_a_role_that_does_not_exist_is_a_mistake_in_the_code() -> None:
    with pytest.raises(ValueError, match="no such role"):
        identity.requires("chef")
