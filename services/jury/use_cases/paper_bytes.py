"""The bytes of papers: kept while a paper has them, gone from the store when none has any more.

A row per digest is locked while its bytes are written or removed: neither happens between the steps of the other.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass

import sqlalchemy as sa
import structlog
from sqlalchemy.dialects.postgresql import insert

from services.jury import object_store, papers, queries
from services.jury.models import Attachment, PaperBytes, ReportPaper
from services.jury.settings import Settings
from shared.db import Database

log = structlog.get_logger(__name__)

SETTLING = dt.timedelta(days=1)
"""A paper is named by its row a moment after its bytes came; younger bytes are not looked at."""


@dataclass(frozen=True)
class Swept:
    """How many files went, or would; how many stayed because the store did not answer."""

    gone: int
    stayed: int


def store_of(settings: Settings) -> papers.Store:
    if settings.s3_url:
        return object_store.Bucket(settings.s3_url, settings.s3_region, settings.s3_key, settings.s3_secret)
    return papers.Folder(settings.attachments)


def keep(db: Database, store: papers.Store, data: bytes, *, now: dt.datetime) -> str:
    """The SHA-256 under which the bytes stand, hex. Raises StoreDown; nothing is noted then."""
    row = insert(PaperBytes).values(sha256=hashlib.sha256(data).hexdigest(), kept_at=now)
    with db.transaction() as session:
        session.execute(row.on_conflict_do_update(index_elements=["sha256"], set_={"kept_at": now}))
        return store.keep(data)


def sweep(db: Database, store: papers.Store, *, now: dt.datetime, dry_run: bool = False) -> Swept:
    """Remove the bytes that no paper has any more: each alone, so that one failure keeps back no other."""
    with db.reading() as session:
        unused = list(session.scalars(sa.select(PaperBytes.sha256).where(_unused(now)).order_by(PaperBytes.sha256)))
    if dry_run:
        return Swept(len(unused), 0)
    gone = stayed = 0
    for digest in unused:
        try:
            gone += _remove(db, store, digest, now)
        except OSError as problem:
            log.error("bytes of a removed paper stay", sha256=digest, error=str(problem))
            stayed += 1
    return Swept(gone, stayed)


def _remove(db: Database, store: papers.Store, digest: str, now: dt.datetime) -> bool:
    """Whether they went: the row is locked and asked again, for the same file may just have come anew."""
    mine = sa.select(PaperBytes).where(PaperBytes.sha256 == digest, _unused(now))
    with db.transaction() as session:
        row = session.scalar(mine.with_for_update(skip_locked=True))
        if row is None:
            return False
        store.drop(digest)
        session.delete(row)
        return True


def _unused(now: dt.datetime) -> sa.ColumnElement[bool]:
    filed = queries.filed_and_replaced().where(Attachment.sha256 == PaperBytes.sha256)
    held = (
        sa.exists().where(table.sha256 == PaperBytes.sha256, table.removed_at.is_(None))
        for table in (Attachment, ReportPaper)
    )
    return sa.and_(PaperBytes.kept_at < now - SETTLING, ~filed.correlate(PaperBytes).exists(), *(~one for one in held))
