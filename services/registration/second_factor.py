"""Step 2 of nine for the staff's second factor: a code of the phone beside the password, for who wants it.

Codes are those of RFC 6238 (six digits, SHA-1, 30 seconds), as every authenticator application makes them, at the
machine's own time whatever the rehearsal's clock says. Next: services/registration/models/accounts.py.
"""

from __future__ import annotations

import datetime as dt
import secrets
import uuid
from base64 import b32encode, urlsafe_b64encode
from dataclasses import dataclass

import sqlalchemy as sa
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from sqlalchemy.orm import Session

from services.registration.models.accounts import SecondFactor, StaffAccount
from shared import audit, identity
from shared.db import hash_token
from shared.errors import NotFound, RuleError
from shared.web.words import _

STEP = 30  # seconds
SPARE_CODES = 8
_LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"


@dataclass(frozen=True)
class Prepared:
    """What the phone is to learn. `uri` is for a QR code, `typed` for a hand: base 32 in groups of four."""

    uri: str
    typed: str


def is_on(session: Session, staff_id: uuid.UUID) -> bool:
    """Whether this account asks for a code."""
    found = session.get(SecondFactor, staff_id)
    return found is not None and found.confirmed_at is not None


def prepare(session: Session, staff_id: uuid.UUID, *, issuer: str, key: str) -> Prepared:
    """A new secret, which counts for nothing until `confirm`. Raises RuleError when a factor is on already."""
    found = _locked(session, staff_id)
    if found is not None and found.confirmed_at is not None:
        raise RuleError("second-factor-on", _("La double authentification est déjà active sur ce compte."))
    sealed = _box(key).encrypt(secrets.token_bytes(20))
    if found is None:
        session.add(SecondFactor(staff_id=staff_id, secret=sealed))
    else:
        found.secret = sealed
    session.flush()
    return prepared(session, staff_id, issuer=issuer, key=key)


def prepared(session: Session, staff_id: uuid.UUID, *, issuer: str, key: str) -> Prepared:
    """What `prepare` gave, again: a wrong code must not change what the phone has learnt. Raises RuleError."""
    account, found = session.get_one(StaffAccount, staff_id), session.get(SecondFactor, staff_id)
    if found is None or found.confirmed_at is not None:
        raise RuleError("second-factor-none", _("Recommencez depuis « Mon compte »."))
    secret = _open(found, key)
    letters = b32encode(secret).decode()
    typed = " ".join(letters[at : at + 4] for at in range(0, len(letters), 4))
    return Prepared(_codes(secret).get_provisioning_uri(account.email, issuer), typed)


def confirm(session: Session, staff_id: uuid.UUID, code: str, *, key: str, now: dt.datetime) -> list[str]:
    """From now on a code is asked for; the spare codes, which are shown this once. Raises RuleError on a wrong code."""
    found = _locked(session, staff_id)
    if found is None or found.confirmed_at is not None:
        raise RuleError("second-factor-none", _("Recommencez depuis « Mon compte »."))
    if not _takes(found, code, key):
        raise wrong()
    codes = ["".join(secrets.choice(_LETTERS) for _each in range(12)) for _one in range(SPARE_CODES)]
    found.confirmed_at = now
    found.spare_codes = [hash_token(one) for one in codes]
    _note(session, staff_id, "second_factor_on", None, now)
    return [f"{one[:4]}-{one[4:8]}-{one[8:]}" for one in codes]


def check(session: Session, staff_id: uuid.UUID, code: str, *, key: str, now: dt.datetime) -> bool:
    """Whether this code, of the phone or a spare one, opens the account. Each serves once."""
    found = _locked(session, staff_id)
    if found is None or found.confirmed_at is None:
        return False
    if _takes(found, code, key):
        return True
    spare = hash_token("".join(code[:100].lower().replace("-", " ").split()))
    if spare not in found.spare_codes:
        return False
    found.spare_codes = [one for one in found.spare_codes if one != spare]
    _note(session, staff_id, "spare_code_used", {"left": len(found.spare_codes)}, now)
    return True


def remove(session: Session, staff_id: uuid.UUID, *, now: dt.datetime, who: str = "") -> None:
    """The password is enough again. who: the admin or the command, when it is not the person. Twice is once."""
    found = _locked(session, staff_id)
    if found is None:
        return
    session.delete(found)
    _note(session, staff_id, "second_factor_off", None, now, who=who)


def wrong() -> RuleError:
    return RuleError(
        "second-factor-wrong",
        _("Ce code n’est pas le bon, ou il a déjà servi. Attendez le suivant : il change toutes les trente secondes."),
        status=422,
        field="code",
    )


def _takes(found: SecondFactor, code: str, key: str) -> bool:
    """Whether the phone shows this code now, or did half a minute ago; the half minute is used up then."""
    digits = "".join(code.split())
    if not (digits.isascii() and digits.isdigit() and len(digits) == 6):
        return False
    codes = _codes(_open(found, key))
    step = int(identity.real_now().timestamp()) // STEP
    for one in (step - 1, step, step + 1):
        if one > found.last_step and secrets.compare_digest(codes.generate(one * STEP), digits.encode()):
            found.last_step = one
            return True
    return False


def _codes(secret: bytes) -> TOTP:
    return TOTP(secret, 6, SHA1(), STEP)  # noqa: S303  (what the phones compute; an HMAC, which SHA-1 still carries)


def _box(key: str) -> Fernet:
    derived = HKDF(SHA256(), 32, salt=None, info=b"agora: second factor").derive(key.encode())
    return Fernet(urlsafe_b64encode(derived))


def _open(found: SecondFactor, key: str) -> bytes:
    try:
        return _box(key).decrypt(found.secret)
    except InvalidToken:
        # The service's secret key was changed: nobody can read these any more.
        raise RuleError(
            "second-factor-lost",
            _("La clé du service a changé : demandez à l’administration de retirer votre double authentification."),
        ) from None


def _locked(session: Session, staff_id: uuid.UUID) -> SecondFactor | None:
    if session.scalar(sa.select(StaffAccount.id).where(StaffAccount.id == staff_id).with_for_update()) is None:
        raise NotFound("no-account", _("Ce compte n’existe pas."))
    return session.get(SecondFactor, staff_id, populate_existing=True)


def _note(
    session: Session, staff_id: uuid.UUID, what: str, after: dict[str, int] | None, now: dt.datetime, *, who: str = ""
) -> None:
    account = session.get_one(StaffAccount, staff_id)
    audit.record(
        session,
        who=who or account.email,
        what=what,
        thing="staff",
        thing_id=staff_id,
        before=None,
        after=after,
        now=now,
    )
