"""Step 2 of nine for who signs in through a directory (OpenID Connect): who this is here.

The directory says who somebody is, never what they may do: accounts and roles are given in Agora. The first time, the
account is found by its address; the directory's own name for the person is kept with it, and counts from then on.
Pages: services/registration/web/openid.py.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from services.registration import accounts
from services.registration.models.accounts import StaffAccount
from shared.db import Database
from shared.errors import RuleError
from shared.identity import Staff
from shared.web.words import _

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Known:
    """Somebody as the directory names them. `email` is "" when it does not vouch for the address."""

    issuer: str
    subject: str
    email: str

    @property
    def name(self) -> str:
        return f"{self.issuer} {self.subject}"


def enter(db: Database, known: Known, *, now: dt.datetime) -> Staff | accounts.Halfway:
    """The staff member this is, or who must still give a code of the phone. Raises RuleError with what to do."""
    with db.transaction() as session:
        account = _account(session, known)
        if not account.active:
            log.info("openid_refused", why="closed")
            raise _unknown(known)
        if account.openid is None:
            account.openid = known.name
            accounts.note(session, account.email, "openid_tied", account, now)
        return accounts.let_in(session, account, [], now)


def untie(session: Session, staff_id: uuid.UUID, *, who: str, now: dt.datetime) -> None:
    """The next to come with this account's address is its person; who came before is out. Twice is once."""
    account = accounts.locked(session, staff_id)
    if account.openid is not None:
        account.openid = None
        accounts.note(session, who, "openid_untied", account, now)
        accounts.revoke_tokens(session, account.id)


def _account(session: Session, known: Known) -> StaffAccount:
    found = session.scalar(sa.select(StaffAccount.id).where(StaffAccount.openid == known.name))
    if found is None and known.email:
        key = accounts.email_key(known.email)
        found = session.scalar(sa.select(StaffAccount.id).where(StaffAccount.email_key == key))
    if found is None:
        log.info("openid_refused", why="unknown" if known.email else "address not vouched for")
        raise _unknown(known)
    account = accounts.locked(session, found)
    if account.openid not in (None, known.name):
        # The address went to somebody else, or to the same person entered anew: only a human can tell.
        log.info("openid_refused", why="address of another")
        raise RuleError(
            "openid-other",
            _("Le compte Agora de %(email)s est relié à une autre personne. Demandez à l’administration de le délier.")
            % {"email": known.email},
            status=403,
        )
    return account


def _unknown(known: Known) -> RuleError:
    if known.email:
        message = _(
            "Aucun compte Agora n’est ouvert pour %(email)s. Demandez-le à la personne qui administre Agora."
        ) % {"email": known.email}
    else:
        message = _("Votre annuaire ne confirme pas votre adresse : identifiez-vous avec votre mot de passe Agora.")
    return RuleError("openid-unknown", message, status=403)
