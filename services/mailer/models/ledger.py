"""The send ledger: one row per person per mail, every attempt, who must not be written to, and how fast.

The states and who may change them are in `rules.py` and `docs/ledger.md`; the migration repeats the list of
allowed transitions as a trigger, so that no statement of any process can break it.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.mailer import rules
from services.mailer.models.orm import Base
from shared.db import new_id

_now = sa.text("now()")
_instant = sa.DateTime(timezone=True)


def _one_of(column: str, values: list[str]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


class Campaign(Base):
    """One mail to many people: what is sent, frozen at its start, and whether it may go on."""

    __tablename__ = "campaigns"
    __table_args__ = (
        sa.CheckConstraint(_one_of("state", rules.CAMPAIGN_STATES), name="state"),
        sa.CheckConstraint("(state = 'draft') = (started_at IS NULL)", name="started"),
        # An issue has one campaign that counts: a second one only after the first was cancelled.
        sa.Index("uq_campaigns_issue_id", "issue_id", unique=True, postgresql_where=sa.text("state <> 'cancelled'")),
        sa.Index("uq_campaigns_letter_id", "letter_id", unique=True, postgresql_where=sa.text("state <> 'cancelled'")),
        sa.CheckConstraint("issue_id IS NULL OR letter_id IS NULL", name="one_thing"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(sa.Text, default="newsletter")
    issue_id: Mapped[uuid.UUID | None]
    letter_id: Mapped[uuid.UUID | None]
    list: Mapped[str] = mapped_column(sa.Text)  # the consent that its readers gave
    title: Mapped[str] = mapped_column(sa.Text)
    state: Mapped[str] = mapped_column(sa.Text, default="draft")
    paused_because: Mapped[str] = mapped_column(sa.Text, default="")
    subject: Mapped[str] = mapped_column(sa.Text)
    from_name: Mapped[str] = mapped_column(sa.Text)
    from_email: Mapped[str] = mapped_column(sa.Text)
    reply_to: Mapped[str] = mapped_column(sa.Text, default="")
    html: Mapped[str] = mapped_column(sa.Text)  # holes: {{unsubscribe_url}} {{preferences_url}} {{first_name}}
    text: Mapped[str] = mapped_column(sa.Text)
    english: Mapped[dict[str, str] | None] = mapped_column(JSONB)  # the same in an English frame: {html, text}
    archive_url: Mapped[str] = mapped_column(sa.Text, default="")
    segment: Mapped[str] = mapped_column(sa.Text, default="", server_default="")  # its name then; "" is the whole list
    filter: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict, server_default="{}")
    audience: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[dt.datetime] = mapped_column(_instant, server_default=_now)
    started_at: Mapped[dt.datetime | None] = mapped_column(_instant)
    resumed_at: Mapped[dt.datetime | None] = mapped_column(_instant)  # by the database's clock, as `changed_at`
    finished_at: Mapped[dt.datetime | None] = mapped_column(_instant)


class Message(Base):
    """One mail to one person. Its three unique keys are what "nobody twice" rests on."""

    __tablename__ = "messages"
    __table_args__ = (
        sa.CheckConstraint(_one_of("state", rules.STATES), name="state"),
        sa.CheckConstraint(_one_of("lane", rules.LANES), name="lane"),
        sa.CheckConstraint("(campaign_id IS NOT NULL) = (lane = 'bulk')", name="campaign"),
        sa.CheckConstraint(
            "(state IN ('claimed', 'transmitting')) = (lease_until IS NOT NULL)"
            " AND (lease_until IS NULL OR lease_owner IS NOT NULL)",
            name="lease",
        ),
        # No transmission without the identity by which the relay's log can be asked about it.
        sa.CheckConstraint(
            "message_id IS NOT NULL OR state NOT IN ('transmitting', 'accepted', 'unknown')", name="message_id"
        ),
        # Each change of a row writes every index but those whose condition leaves it out. Address first: the mails of a
        # campaign begin alike in all the rest. A person's mails are looked up by it too.
        sa.UniqueConstraint("email_key", "kind", "thing", "thing_version"),
        sa.UniqueConstraint("campaign_id", "email_key"),
        sa.Index(
            "uq_messages_event",
            "event_id",
            "email_key",
            "template",
            unique=True,
            postgresql_where=sa.text("event_id IS NOT NULL"),
        ),
        sa.Index(
            "uq_messages_message_id", "message_id", unique=True, postgresql_where=sa.text("message_id IS NOT NULL")
        ),
        sa.Index(
            "ix_messages_due",
            "lane",
            "domain_group",
            "next_at",
            "id",
            postgresql_where=sa.text("state IN ('pending', 'deferred')"),
        ),
        sa.Index(
            "ix_messages_leased",
            "lease_until",
            postgresql_where=sa.text("state IN ('claimed', 'transmitting')"),
        ),
        sa.Index("ix_messages_unknown", "changed_at", postgresql_where=sa.text("state = 'unknown'")),
        sa.Index(
            "ix_messages_to_announce",
            "id",
            postgresql_where=sa.text(
                "state IN ('accepted', 'rejected', 'suppressed') AND lane = 'transactional' AND NOT announced"
            ),
        ),
        sa.Index("ix_messages_campaign_id_state", "campaign_id", "state"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(sa.Text)
    lane: Mapped[str] = mapped_column(sa.Text)
    template: Mapped[str] = mapped_column(sa.Text)
    template_version: Mapped[int] = mapped_column(default=1)
    contact_id: Mapped[uuid.UUID | None]
    email: Mapped[str] = mapped_column(sa.Text)
    email_key: Mapped[str] = mapped_column(sa.Text)
    domain_group: Mapped[str] = mapped_column(sa.Text)
    data: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    event_id: Mapped[uuid.UUID | None]
    campaign_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("campaigns.id"))
    thing: Mapped[str] = mapped_column(sa.Text)
    thing_version: Mapped[str] = mapped_column(sa.Text)
    state: Mapped[str] = mapped_column(sa.Text, default="pending", server_default="pending")
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    resends: Mapped[int] = mapped_column(default=0, server_default="0")  # of an unknown outcome
    next_at: Mapped[dt.datetime] = mapped_column(_instant, server_default=_now)
    lease_owner: Mapped[str | None] = mapped_column(sa.Text)
    lease_until: Mapped[dt.datetime | None] = mapped_column(_instant)
    message_id: Mapped[str | None] = mapped_column(sa.Text)
    relay: Mapped[str] = mapped_column(sa.Text, default="", server_default="")
    last_code: Mapped[int | None]
    last_enhanced: Mapped[str] = mapped_column(sa.Text, default="", server_default="")
    last_text: Mapped[str] = mapped_column(sa.Text, default="", server_default="")
    reason: Mapped[str] = mapped_column(sa.Text, default="", server_default="")
    correlation_id: Mapped[str] = mapped_column(sa.Text, default="", server_default="")
    traceparent: Mapped[str] = mapped_column(sa.Text, default="", server_default="")
    announced: Mapped[bool] = mapped_column(default=False, server_default=sa.false())  # how it ended, told as a fact
    doubted: Mapped[bool] = mapped_column(default=False, server_default=sa.false())  # unknown once, told as a fact
    created_at: Mapped[dt.datetime] = mapped_column(_instant, server_default=_now)
    changed_at: Mapped[dt.datetime] = mapped_column(_instant, server_default=_now)


class Attempt(Base):
    """One try and how it ended. Append-only: a trigger refuses changes."""

    __tablename__ = "attempts"
    __table_args__ = (
        sa.CheckConstraint(_one_of("outcome", rules.OUTCOMES), name="outcome"),
        # A result whose commit was cut off is written again: it counts once.
        sa.UniqueConstraint("message_id", "owner", "outcome"),
    )

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(always=True), primary_key=True)
    message_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("messages.id"))
    at: Mapped[dt.datetime] = mapped_column(_instant, server_default=_now)
    owner: Mapped[str] = mapped_column(sa.Text)
    relay: Mapped[str] = mapped_column(sa.Text)
    outcome: Mapped[str] = mapped_column(sa.Text)
    code: Mapped[int | None]
    enhanced: Mapped[str] = mapped_column(sa.Text)
    text: Mapped[str] = mapped_column(sa.Text)
    reason: Mapped[str] = mapped_column(sa.Text)
    milliseconds: Mapped[int]


class Suppression(Base):
    """An address that must not be written to. scope: "all", or the key of a list."""

    __tablename__ = "suppressions"
    __table_args__ = (
        # Each single mail asks whether anybody was erased at all: `suppressions.py` uses the same words.
        sa.Index("ix_suppressions_erased", "email_key", postgresql_where=sa.text("starts_with(email_key, 'erased ')")),
    )

    email_key: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    scope: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    reason: Mapped[str] = mapped_column(sa.Text)
    evidence: Mapped[str] = mapped_column(sa.Text, default="", server_default="")
    created_at: Mapped[dt.datetime] = mapped_column(_instant, server_default=_now)
    until: Mapped[dt.datetime | None] = mapped_column(_instant)


class Limiter(Base):
    """A token bucket. key: "<relay> <lane> <domain group>"; rate in mails per second."""

    __tablename__ = "limiters"

    key: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    rate: Mapped[float]
    burst: Mapped[float]
    tokens: Mapped[float]
    updated_at: Mapped[dt.datetime] = mapped_column(_instant, server_default=_now)


class Breaker(Base):
    """Why a lane to a relay waits: the relay as a whole said no, which is nobody's address's fault."""

    __tablename__ = "breakers"

    relay: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    lane: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    failures: Mapped[int] = mapped_column(default=0)
    open_until: Mapped[dt.datetime] = mapped_column(_instant, server_default=_now)
    reason: Mapped[str] = mapped_column(sa.Text, default="")
