"""Who a campaign goes to: one condition, counted on the pages and frozen at the start. Step 4 of nine.

The count and the freeze share these words of SQL, so that a page never promises another number than leaves.
"""

from __future__ import annotations

import uuid
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.mailer.models.contacts import ECHO

AUDIENCE = """
    contacts p
    JOIN LATERAL (
        SELECT k.status FROM consents k WHERE k.contact_id = p.id AND k.list = :list ORDER BY k.id DESC LIMIT 1
    ) AS consent ON consent.status = 'given'
"""
ALLOWED = """
    p.status = 'active'
    AND NOT EXISTS (
        SELECT 1 FROM suppressions s
        WHERE s.email_key = p.email_key AND s.scope IN ('all', 'bulk', :list)
          AND (s.until IS NULL OR s.until > now()))
    AND (CAST(:topics AS text[]) = '{}' OR p.topics && CAST(:topics AS varchar[]))
    AND (CAST(:zones AS text[]) = '{}' OR p.zones && CAST(:zones AS varchar[]))
    AND (CAST(:departements AS text[]) = '{}' OR p.departement = ANY (CAST(:departements AS varchar[])))
    AND (CAST(:kinds AS text[]) = '{}' OR p.kind = ANY (CAST(:kinds AS varchar[])))
    AND (CAST(:about AS text[]) = '{}' OR p.kept = '{}' OR p.kept && CAST(:about AS varchar[]))
"""
UNREACHED = """
    -- An issue or a letter whose first campaign was cancelled half-way does not come twice to those it reached.
    AND NOT EXISTS (
        SELECT 1 FROM messages old JOIN campaigns o ON o.id = old.campaign_id
        WHERE (o.issue_id = :issue OR o.letter_id = :letter) AND old.email_key = p.email_key
          AND old.state IN ('transmitting', 'accepted', 'unknown'))
    -- Nor to those it reached under an address they had then.
    AND NOT EXISTS (
        SELECT 1 FROM messages old JOIN campaigns o ON o.id = old.campaign_id
        WHERE (o.issue_id = :issue OR o.letter_id = :letter) AND old.contact_id = p.id
          AND old.state IN ('transmitting', 'accepted', 'unknown'))
"""


@dataclass(frozen=True)
class Filter:
    """Within a list: any of the topics and any of the zones and … An empty one asks nothing.

    about: what the mail holds; who keeps only other things is left out (`kept.py`). Empty: the mail is for everybody.
    """

    topics: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()
    departements: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    about: tuple[str, ...] = ()

    @classmethod
    def of(cls, kept: dict[str, Any] | None) -> Filter:
        """From what `kept` once returned; everybody when that is nothing."""
        kept = kept or {}
        return cls(**{name: tuple(kept.get(name, ())) for name in cls.__dataclass_fields__})

    def kept(self) -> dict[str, list[str]]:
        """As it is stored with a segment, and with the campaign that went to it."""
        return {name: list(values) for name, values in asdict(self).items()}

    @property
    def everybody(self) -> bool:
        return not any(values for name, values in self.kept().items() if name != "about")


EVERYBODY = Filter()

_COUNT = sa.text(f"SELECT count(*) FROM {AUDIENCE} WHERE {ALLOWED}")  # noqa: S608  (constants; every value is bound)
_REST = sa.text(f"SELECT count(*) FROM {AUDIENCE} WHERE {ALLOWED} {UNREACHED}")  # noqa: S608  (the same)


def count(session: Session, asked: Filter, list: str = ECHO) -> int:
    """How many people a campaign to them would reach if it began now."""
    return int(session.scalar(_COUNT, {"list": list, **asked.kept()}) or 0)


def rest(
    session: Session, asked: Filter, list: str, *, issue: uuid.UUID | None = None, letter: uuid.UUID | None = None
) -> int:
    """How many of them its campaigns that were stopped did not reach."""
    return int(session.scalar(_REST, {"list": list, "issue": issue, "letter": letter, **asked.kept()}) or 0)


def choices(session: Session) -> dict[str, list[str]]:
    """The topics, zones and départements that any contact has, in order: what a filter may ask for."""
    return {"topics": _words(session, "topics"), "zones": zones(session), "departements": departements(session)}


def zones(session: Session) -> list[str]:
    """The zones that any contact has, in order."""
    return _words(session, "zones")


def departements(session: Session) -> list[str]:
    """The codes of the départements that any contact has, in order."""
    codes = "SELECT DISTINCT departement FROM contacts WHERE status = 'active' AND departement <> '' ORDER BY 1"
    return [*session.scalars(sa.text(codes))]


def _words(session: Session, column: str) -> list[str]:
    words = f"SELECT DISTINCT unnest({column}) AS word FROM contacts WHERE status = 'active' ORDER BY word"  # noqa: S608  (a constant)
    return [*session.scalars(sa.text(words))]
