"""Who of the staff is asking. Registration signs a token; every service verifies it alone.

The token is a JWT signed with EdDSA in the cookie `agora_staff`. Nothing is called at run time: revocations
arrive as events and are kept in `revoked_staff`.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast
from urllib.parse import urlencode

import sqlalchemy as sa
from flask import current_app, g, redirect, request
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from shared.db import shared_metadata
from shared.errors import Forbidden, RuleError

if TYPE_CHECKING:
    from shared.messaging.handlers import Event

COOKIE = "agora_staff"
ISSUER = "agora/registration"
LASTS = dt.timedelta(hours=12)
ROLES = ("admin", "staff", "desk", "secretary", "editor", "auditor", "treasurer")
_SKEW = dt.timedelta(seconds=60)

revoked_staff = sa.Table(
    "revoked_staff",
    shared_metadata,
    sa.Column("staff_id", sa.Uuid, primary_key=True),
    sa.Column("not_before", sa.DateTime(timezone=True), nullable=False),
)
"""Tokens of `staff_id` issued before `not_before` open nothing."""

View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True)
class Staff:
    """Someone of the staff, as the token says.

    as_of: when this was read; a token says no later moment of itself, or it would outlive a revocation in between.
    """

    id: uuid.UUID
    name: str
    email: str
    roles: frozenset[str]
    as_of: dt.datetime = field(default_factory=lambda: real_now(), compare=False)

    def has(self, *roles: str) -> bool:
        """Whether one of `roles` is theirs; an admin has them all."""
        return "admin" in self.roles or bool(self.roles.intersection(roles))


class BadToken(Exception):
    """The token is not ours, or its time is over."""


def real_now() -> dt.datetime:
    """The instant that tokens are about: never the clock of a rehearsal, which starts anew with each run."""
    return dt.datetime.now(dt.UTC)


@cache
def _key(path: Path) -> OKPKey:
    return OKPKey.import_key(path.read_text())


def sign(staff: Staff, private_key_file: Path, now: dt.datetime) -> str:
    """A token for `staff`, good for 12 hours from `now`."""
    claims = {
        "iss": ISSUER,
        "sub": str(staff.id),
        "name": staff.name,
        "email": staff.email,
        "roles": sorted(staff.roles),
        # With fractions of a second: a revocation and a new sign-in may happen within the same one.
        "iat": now.timestamp(),
        "exp": int((now + LASTS).timestamp()),
    }
    return str(jwt.encode({"alg": "Ed25519"}, claims, _key(private_key_file), algorithms=["Ed25519"]))


def verify(token: str, public_key_file: Path, now: dt.datetime) -> tuple[Staff, dt.datetime]:
    """The staff member a token names, and when it was issued. Raises BadToken."""
    try:
        claims = jwt.decode(token, _key(public_key_file), algorithms=["Ed25519"]).claims
        issued = dt.datetime.fromtimestamp(float(claims["iat"]), dt.UTC)
        expires = dt.datetime.fromtimestamp(float(claims["exp"]), dt.UTC)
        staff = Staff(
            id=uuid.UUID(str(claims["sub"])),
            name=str(claims["name"]),
            email=str(claims["email"]),
            roles=frozenset(str(role) for role in claims["roles"]),
        )
    except (JoseError, KeyError, TypeError, ValueError, OverflowError, OSError) as problem:
        raise BadToken(str(problem)) from problem
    if claims.get("iss") != ISSUER:
        raise BadToken("another issuer")
    if not issued - _SKEW <= now < expires:
        raise BadToken("not now")
    return staff, issued


def revoke(session: Session, staff_id: uuid.UUID, not_before: dt.datetime) -> None:
    """Refuse the tokens of `staff_id` issued before `not_before`; an earlier instant never replaces a later."""
    row = insert(revoked_staff).values(staff_id=staff_id, not_before=not_before)
    session.execute(
        row.on_conflict_do_update(
            index_elements=[revoked_staff.c.staff_id],
            set_={"not_before": sa.func.greatest(revoked_staff.c.not_before, row.excluded.not_before)},
        )
    )


def on_staff_revoked(session: Session, event: Event) -> None:
    """Handler of `registration.staff.revoked.v1`, for the services that only verify."""
    revoke(session, event.data["staff_id"], event.data["not_before"])


def _is_revoked(session: Session, staff: Staff, issued: dt.datetime) -> bool:
    query = sa.select(revoked_staff.c.not_before).where(revoked_staff.c.staff_id == staff.id)
    not_before = session.scalar(query)
    return not_before is not None and issued < not_before


def current_staff() -> Staff | None:
    """The staff member who asks, or None. Looked up once per request."""
    if "staff" not in g:
        g.staff = _from_cookie()
    return cast("Staff | None", g.staff)


def who() -> str:
    """The e-mail of the staff member who asks, for the audit; behind `requires` there is one."""
    staff = current_staff()
    assert staff is not None
    return staff.email


def _from_cookie() -> Staff | None:
    settings = current_app.extensions["settings"]
    token = request.cookies.get(COOKIE, "")
    if not token or settings.staff_public_key_file is None:
        return None
    try:
        staff, issued = verify(token, settings.staff_public_key_file, real_now())
    except BadToken:
        return None
    with current_app.extensions["db"].reading() as session:
        return None if _is_revoked(session, staff, issued) else staff


def requires(*roles: str) -> Callable[[View], View]:
    """Only for staff with one of `roles` (none named: any staff). Signed out: to the sign-in page and back.

    Who sends something while signed out is not sent there: what was typed would be gone.
    """
    unknown = set(roles) - set(ROLES)
    if unknown:
        raise ValueError(f"no such role: {sorted(unknown)}")

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            staff = current_staff()
            if staff is None and (request.path.startswith("/api/") or request.method not in ("GET", "HEAD")):
                raise SignedOut("signed-out", _sign_in_first())
            if staff is None:
                return redirect(sign_in_url(), 303)
            if roles and not staff.has(*roles):
                raise Forbidden("role", _no_role())
            return view(*args, **kwargs)

        return cast(View, guarded)

    return decorate


class SignedOut(RuleError):
    """A script asked for what only the staff may read, or somebody signed out sent what only the staff may."""

    status = 401


def sign_in_url() -> str:
    """Registration's sign-in page, with the way back to the page that was asked for."""
    settings = current_app.extensions["settings"]
    back = settings.public_url + (request.full_path.rstrip("?") if request.method == "GET" else "/")
    return f"{settings.registration_url}/connexion?{urlencode({'next': back})}"


def _sign_in_first() -> str:
    from shared.web.words import _  # here, because shared.web imports this module

    return _("Vous n’êtes plus identifié·e. Identifiez-vous, puis rechargez la page.")


def _no_role() -> str:
    from shared.web.words import _  # here, because shared.web imports this module

    return _("Votre compte ne donne pas accès à cette page. Demandez ce rôle à la personne qui administre Agora.")
