"""Step 2 of nine for the staff's accounts: one function per thing a person can do with them.

What a token is and how the other services check it: shared/identity.py. Pages: services/registration/web/accounts.py.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from services.registration import passwords, second_factor
from services.registration.models.accounts import StaffAccount
from services.registration.throttle import begin_attempt, forgive
from shared import audit, identity
from shared.db import Database
from shared.errors import NotFound, RuleError
from shared.identity import ROLES, Staff
from shared.messaging import outbox
from shared.web.words import _

log = structlog.get_logger(__name__)


def email_key(email: str) -> str:
    """What makes two spellings of an address the same account."""
    return email.strip().lower()


@dataclass(frozen=True)
class Halfway:
    """The password, or the directory, was right; a code of the phone is wanted. `proof` ends with what it proves."""

    staff_id: uuid.UUID
    proof: str


def sign_in(db: Database, email: str, password: str, *, address: str, secret: str, now: dt.datetime) -> Staff | Halfway:
    """The staff member these words open, or who must still give a code.

    Raises RuleError "sign-in" with one sentence for every reason (unknown, wrong, deactivated), and
    "sign-in-throttled" after too many tries. No transaction is open while the password is checked.
    """
    with db.transaction() as session:
        attempt = _attempt(session, email_key(email), address, secret=secret, now=now)
        account = session.scalar(sa.select(StaffAccount).where(StaffAccount.email_key == email_key(email)))
    right = passwords.matches(account.password_hash if account else None, password)
    if account is None or not right or not account.active:
        log.info("sign_in_refused", address=address)
        raise RuleError(
            "sign-in", _("Cette adresse et ce mot de passe ne vont pas ensemble."), status=422, field="password"
        )
    with db.transaction() as session:
        stored = locked(session, account.id)
        if not stored.active:
            raise _closed()
        if passwords.is_outdated(stored.password_hash):
            stored.password_hash = passwords.hashed(password)
        # Not forgiven where a code is wanted: who holds the password alone tries as many codes as others try passwords.
        return let_in(session, stored, [attempt], now)


def let_in(session: Session, account: StaffAccount, attempts: list[uuid.UUID], now: dt.datetime) -> Staff | Halfway:
    """Whoever proved to be this open account's person: inside, or asked for the code of the phone.

    attempts: what is forgiven of them once they are inside.
    """
    if second_factor.is_on(session, account.id):
        return Halfway(account.id, _proof(account))
    return _entered(session, account, attempts, now)


def finish(db: Database, half: Halfway, code: str, *, address: str, secret: str, now: dt.datetime) -> Staff:
    """The second step of `sign_in`. Raises RuleError as it does, and "second-factor-wrong"."""
    with db.transaction() as session:
        account = session.get(StaffAccount, half.staff_id)
        if account is None or not account.active or not hmac.compare_digest(_proof(account), half.proof):
            raise _closed()
        attempts = _attempts_at_code(session, account.id, account.email_key, address, secret=secret, now=now)
    with db.transaction() as session:
        stored = locked(session, half.staff_id)
        if not stored.active:
            raise _closed()
        if not second_factor.check(session, stored.id, code, key=secret, now=now):
            log.info("second_factor_refused", address=address)
            raise second_factor.wrong()
        return _entered(session, stored, attempts, now)


def put_on_factor(db: Database, staff: Staff, code: str, *, secret: str, now: dt.datetime) -> tuple[list[str], Staff]:
    """`second_factor.confirm`; what the password alone had opened, elsewhere too, is closed.

    Returns the spare codes, and who a new token is for, with the roles of this moment.
    """
    with db.transaction() as session:
        account = locked(session, staff.id)
        if not account.active:
            raise _closed()
        codes = second_factor.confirm(session, staff.id, code, key=secret, now=now)
        revoke_tokens(session, staff.id)
        return codes, _staff(account)


def take_off_factor(db: Database, staff: Staff, code: str, *, address: str, secret: str, now: dt.datetime) -> None:
    """The password is enough again. Tries count like those of `finish`. Raises RuleError as it does."""
    with db.transaction() as session:
        attempts = _attempts_at_code(session, staff.id, email_key(staff.email), address, secret=secret, now=now)
    with db.transaction() as session:
        if not second_factor.check(session, staff.id, code, key=secret, now=now):
            raise second_factor.wrong()
        for attempt in attempts:
            forgive(session, attempt)
        second_factor.remove(session, staff.id, now=now)


def _attempt(session: Session, key: str, address: str, *, secret: str, now: dt.datetime) -> uuid.UUID:
    attempt = begin_attempt(session, key, address, secret=secret, now=now)
    if attempt is None:
        raise RuleError(
            "sign-in-throttled",
            _("Trop d’essais. Par sécurité, attendez un quart d’heure avant de recommencer."),
            status=429,
        )
    return attempt


def _attempts_at_code(
    session: Session, staff_id: uuid.UUID, key: str, address: str, *, secret: str, now: dt.datetime
) -> list[uuid.UUID]:
    """One from this address, as at the password, and one from anywhere: who tries codes has the password, and a
    thousand addresses must not be a thousand times as many tries."""
    return [_attempt(session, key, where, secret=secret, now=now) for where in (address, f"code:{staff_id}")]


def _entered(session: Session, account: StaffAccount, attempts: list[uuid.UUID], now: dt.datetime) -> Staff:
    for attempt in attempts:
        forgive(session, attempt)
    account.last_sign_in_at = now
    _audit(session, account.email, "signed_in", account, None, None, now)
    return _staff(account)


def _proof(account: StaffAccount) -> str:
    return hashlib.sha256(f"{account.password_hash} {account.openid}".encode()).hexdigest()[:32]


def _closed() -> RuleError:
    return RuleError("sign-in", _("Identifiez-vous de nouveau : ce compte a changé entre-temps."), status=422)


def sign_out(db: Database, staff: Staff, *, now: dt.datetime, everywhere: bool = False) -> None:
    """Note that someone left; everywhere: their tokens on every other machine stop working too."""
    with db.transaction() as session:
        account = locked(session, staff.id)
        _audit(session, staff.email, "signed_out", account, None, {"everywhere": everywhere}, now)
        if everywhere:
            revoke_tokens(session, account.id)


def create(
    session: Session, *, email: str, name: str, roles: Iterable[str], password: str, who: str, now: dt.datetime
) -> StaffAccount:
    """A new account. Raises RuleError "account-exists", or what the password or the roles say."""
    key = email_key(email)
    wanted = _known(roles)
    stored_hash = passwords.hashed(password, email=key)
    account = StaffAccount(
        email=email.strip(), email_key=key, name=name, password_hash=stored_hash, roles=wanted, created_at=now
    )
    try:
        with session.begin_nested():
            session.add(account)
    except sa.exc.IntegrityError as clash:
        message = _("Un compte existe déjà pour cette adresse.")
        raise RuleError("account-exists", message, field="email") from clash
    _audit(session, who, "created", account, None, {"email": account.email, "name": name, "roles": wanted}, now)
    return account


def create_admin(
    session: Session, *, email: str, name: str, password: str, reset: bool, now: dt.datetime
) -> StaffAccount:
    """The first admin, by command. reset: an existing account becomes admin again, with this password."""
    existing = session.scalar(
        sa.select(StaffAccount).where(StaffAccount.email_key == email_key(email)).with_for_update()
    )
    if existing is None or not reset:
        return create(session, email=email, name=name, roles=["admin"], password=password, who="command", now=now)
    before = {"roles": list(existing.roles), "active": existing.active}
    existing.roles = _known([*existing.roles, "admin"])
    existing.active = True
    existing.name = name or existing.name
    existing.password_hash = passwords.hashed(password, email=existing.email_key)
    existing.openid = None  # whoever took the account over comes back no way
    second_factor.remove(session, existing.id, who="command", now=now)
    _audit(session, "command", "reset", existing, before, {"roles": existing.roles, "active": True}, now)
    revoke_tokens(session, existing.id)
    return existing


def set_password(session: Session, staff_id: uuid.UUID, password: str, *, who: str, now: dt.datetime) -> None:
    """A new password; every token given under the old one stops working."""
    account = locked(session, staff_id)
    account.password_hash = passwords.hashed(password, email=account.email_key)
    _audit(session, who, "password_changed", account, None, None, now)
    revoke_tokens(session, account.id)


def change_own_password(db: Database, staff: Staff, old: str, new: str, *, now: dt.datetime) -> None:
    """As `set_password`, by the person, who proves the old one. Raises RuleError "password-wrong"."""
    prove(db, staff, old, field="old_password")
    with db.transaction() as session:
        set_password(session, staff.id, new, who=staff.email, now=now)


def prove(db: Database, staff: Staff, password: str, *, field: str) -> None:
    """Whoever found a screen left open is not this person. Raises RuleError "password-wrong"."""
    with db.reading() as session:
        stored = session.scalar(sa.select(StaffAccount.password_hash).where(StaffAccount.id == staff.id))
    if not passwords.matches(stored, password):
        message = _("Ce n’est pas votre mot de passe actuel.")
        raise RuleError("password-wrong", message, field=field, status=422)


def change_roles(session: Session, staff_id: uuid.UUID, roles: Iterable[str], *, who: str, now: dt.datetime) -> None:
    """Other roles, from the next sign-in: the tokens that carry the old ones stop working."""
    wanted = _known(roles)
    account = locked(session, staff_id)
    if sorted(account.roles) == wanted:
        return
    before = {"roles": list(account.roles)}
    account.roles = wanted
    _keep_an_admin(session)
    _audit(session, who, "roles_changed", account, before, {"roles": wanted}, now)
    revoke_tokens(session, account.id)


def deactivate(session: Session, staff_id: uuid.UUID, *, who: str, now: dt.datetime) -> None:
    """Close the account, at once and in every service. Twice is once."""
    account = locked(session, staff_id)
    if not account.active:
        return
    account.active = False
    _keep_an_admin(session)
    _audit(session, who, "deactivated", account, {"active": True}, {"active": False}, now)
    revoke_tokens(session, account.id)


def activate(session: Session, staff_id: uuid.UUID, *, who: str, now: dt.datetime) -> None:
    """Open a closed account again; its old tokens stay refused."""
    account = locked(session, staff_id)
    if account.active:
        return
    account.active = True
    _audit(session, who, "activated", account, {"active": False}, {"active": True}, now)


def everyone(session: Session) -> list[StaffAccount]:
    """All accounts, open ones first, by name."""
    return list(session.scalars(sa.select(StaffAccount).order_by(StaffAccount.active.desc(), StaffAccount.name)))


def one(session: Session, staff_id: uuid.UUID) -> StaffAccount:
    """One account. Raises NotFound."""
    account = session.get(StaffAccount, staff_id)
    if account is None:
        raise NotFound("no-account", _("Ce compte n’existe pas."))
    return account


def locked(session: Session, staff_id: uuid.UUID) -> StaffAccount:
    """One account, to be changed. Raises NotFound."""
    # Changes of accounts are rare: one after the other, so that two admins cannot close each other at once.
    session.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext('registration.staff'))"))
    account = one(session, staff_id)
    session.refresh(account)
    return account


def _keep_an_admin(session: Session) -> None:
    session.flush()
    is_admin = sa.literal("admin") == sa.any_(StaffAccount.roles)
    left = session.scalar(sa.select(sa.func.count()).where(StaffAccount.active, is_admin))
    if not left:
        raise RuleError("last-admin", _("C’est le dernier compte qui administre Agora : nommez d’abord quelqu’un."))


def revoke_tokens(session: Session, staff_id: uuid.UUID) -> None:
    """Whoever is signed in as this account is so no more, in any service."""
    not_before = identity.real_now()
    identity.revoke(session, staff_id, not_before)
    data = {"staff_id": staff_id, "not_before": not_before}
    outbox.add(session, "registration.staff.revoked.v1", data, thing=staff_id)


def _known(roles: Iterable[str]) -> list[str]:
    wanted = sorted(set(roles))
    if not wanted or not set(wanted) <= set(ROLES):
        message = _("Choisissez au moins un rôle dans la liste.")
        raise RuleError("roles", message, field="roles", status=422)
    return wanted


def _staff(account: StaffAccount) -> Staff:
    return Staff(id=account.id, name=account.name, email=account.email, roles=frozenset(account.roles))


def note(session: Session, who: str, what: str, account: StaffAccount, now: dt.datetime) -> None:
    """A line of the account's history."""
    _audit(session, who, what, account, None, None, now)


def _audit(
    session: Session,
    who: str,
    what: str,
    account: StaffAccount,
    before: Mapping[str, object] | None,
    after: Mapping[str, object] | None,
    now: dt.datetime,
) -> None:
    audit.record(
        session,
        who=who,
        what=what,
        thing="staff",
        thing_id=account.id,
        before=dict(before) if before else None,
        after=dict(after) if after else None,
        now=now,
    )
