"""How often one may try at the sign-in page: per account and address together, per address, per account.

An attempt counts as failed from its first instant, so that a hundred at once are a hundred; success forgives it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registration.models.accounts import SignInAttempt
from shared.db import new_id

WINDOW = dt.timedelta(minutes=15)
KEPT = dt.timedelta(days=30)
PER_PAIR = 5
PER_ADDRESS = 40
PER_ACCOUNT = 60
"""Far above what a person needs: strangers cannot lock someone out by failing in their name a few times."""


def account_hash(key: str, secret: str) -> bytes:
    """The account as it stands in the table of attempts."""
    return hmac.new(secret.encode(), b"sign-in:" + key.encode("utf-8", "replace"), hashlib.sha256).digest()


def begin_attempt(session: Session, key: str, address: str, *, secret: str, now: dt.datetime) -> uuid.UUID | None:
    """Note an attempt; its id, or None when there were too many in the last quarter of an hour."""
    account = account_hash(key, secret)
    session.execute(sa.text("SELECT pg_advisory_xact_lock(hashtextextended(:address, 7))"), {"address": address[:64]})
    session.execute(sa.text("SELECT pg_advisory_xact_lock(hashtextextended(:account, 8))"), {"account": account.hex()})
    # Attempts "in the future" are of an earlier rehearsal with the same database.
    recent = sa.and_(SignInAttempt.at.between(now - WINDOW, now + WINDOW), SignInAttempt.succeeded.is_(False))
    same_account = SignInAttempt.account == account
    same_address = SignInAttempt.address == address[:64]
    count = sa.func.count
    pair, by_address, by_account = session.execute(
        sa.select(
            count().filter(same_account, same_address),
            count().filter(same_address),
            count().filter(same_account),
        ).where(recent, same_account | same_address)
    ).one()
    if pair >= PER_PAIR or by_address >= PER_ADDRESS or by_account >= PER_ACCOUNT:
        return None
    session.execute(sa.delete(SignInAttempt).where(SignInAttempt.at < now - KEPT))
    attempt = new_id()
    session.add(SignInAttempt(id=attempt, account=account, address=address[:64], at=now, succeeded=False))
    return attempt


def forgive(session: Session, attempt: uuid.UUID) -> None:
    """The attempt was right, and so the failures just before it were slips of the same hand."""
    row = sa.select(SignInAttempt.account, SignInAttempt.address).where(SignInAttempt.id == attempt).subquery()
    session.execute(
        sa.update(SignInAttempt)
        .where(SignInAttempt.account == row.c.account, SignInAttempt.address == row.c.address)
        .values(succeeded=True)
    )
