"""Step 4 of nine: general assemblies. Next: services/registration/announce/.

The log of the room and the counts of each vote are enough to compute everything else again. A secret ballot and
the person who cast it stand in no common row: a slip is drawn at random from an envelope, so nobody knows whose it is.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.registration.models.events import INSTANT
from services.registration.models.orm import Base
from shared.db import new_id

if TYPE_CHECKING:
    from services.registration.models.calling_off import AssemblyCallingOff


def _assembly() -> Mapped[uuid.UUID]:
    return mapped_column(sa.ForeignKey("assemblies.id", ondelete="CASCADE"), index=True)


class StatutesVersion(Base):
    """The statutes as they were written down once. A change is another version; after_id: the one it was made from."""

    __tablename__ = "assembly_statutes"
    __table_args__ = (sa.CheckConstraint("number > 0", name="numbered"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    number: Mapped[int] = mapped_column(unique=True)
    title: Mapped[str] = mapped_column(sa.String(200))
    rules: Mapped[dict[str, Any]] = mapped_column(JSONB)
    after_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("assembly_statutes.id"))
    made_at: Mapped[dt.datetime] = mapped_column(INSTANT)
    who: Mapped[str] = mapped_column(sa.String(254))


NEW_SECRET = sa.text("replace((gen_random_uuid())::text, '-'::text, ''::text)")


class Assembly(Base):
    """One meeting under one version of the statutes. A rehearsal convenes nobody and can be removed.

    statutes: the rules themselves, which the minutes quote. statutes_id: the version they were taken from, if any.
    approved_on: the day a later assembly (approved_in_id) or the board approved the minutes; approved_at: when that was
    written down; approved_hash: of the minutes with the corrections they had by then. renewal: once those it elected
    sit on the board, the seed of the lot ("" where none was drawn) and the elections they come from, none where nobody
    is to sit.
    draw_secret: one half of the seed that says who sits how long, as of a draw: see `Motion`.
    notices: each that was sent, as plain data: when, what it said, what it changed; a voter added later got the last.
    """

    __tablename__ = "assemblies"
    __table_args__ = (
        sa.CheckConstraint("state IN ('draft', 'convened', 'open', 'closed', 'called_off')", name="state_known"),
        sa.CheckConstraint("(state = 'closed') = (minutes_hash IS NOT NULL)", name="closed_has_minutes"),
        sa.CheckConstraint(
            "minutes_number IS NULL OR (state = 'closed' AND NOT rehearsal)", name="numbered_when_closed"
        ),
        sa.CheckConstraint("approved_hash IS NULL OR minutes_number IS NOT NULL", name="approved_when_numbered"),
        sa.CheckConstraint("(approved_on IS NULL) = (approved_hash IS NULL)", name="approved_whole"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    title: Mapped[str] = mapped_column(sa.String(200))
    held_at: Mapped[dt.datetime] = mapped_column(INSTANT)
    place: Mapped[str] = mapped_column(sa.String(300))
    organiser_name: Mapped[str] = mapped_column(sa.String(200))
    organiser_email: Mapped[str] = mapped_column(sa.String(254))
    statutes: Mapped[dict[str, Any]] = mapped_column(JSONB)
    statutes_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("assembly_statutes.id"), index=True)
    rehearsal: Mapped[bool] = mapped_column(default=False)
    second_session: Mapped[bool] = mapped_column(default=False)
    state: Mapped[str] = mapped_column(sa.String(12), default="draft")
    convened_at: Mapped[dt.datetime | None] = mapped_column(INSTANT)
    notices: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list, server_default="[]")
    minutes: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    minutes_hash: Mapped[str | None] = mapped_column(sa.String(64))
    minutes_number: Mapped[int | None] = mapped_column(unique=True)
    approved_on: Mapped[dt.date | None]
    approved_at: Mapped[dt.datetime | None] = mapped_column(INSTANT)
    approved_in_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("assemblies.id"), index=True)
    approved_hash: Mapped[str | None] = mapped_column(sa.String(64))
    renewal: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    draw_secret: Mapped[str] = mapped_column(sa.String(32), server_default=NEW_SECRET)
    created_at: Mapped[dt.datetime] = mapped_column(INSTANT, server_default=sa.func.now())

    calling_off: Mapped[AssemblyCallingOff | None] = relationship(viewonly=True)
    voters: Mapped[list[AssemblyVoter]] = relationship(
        order_by="AssemblyVoter.college, AssemblyVoter.structure", cascade="all, delete-orphan"
    )
    motions: Mapped[list[Motion]] = relationship(order_by="Motion.position", cascade="all, delete-orphan")


NEW_CARD = sa.text(
    "upper(\"left\"(replace((gen_random_uuid())::text, '-'::text, ''::text), 20))"
)  # signs that every keyboard has


class AssemblyVoter(Base):
    """One structure, one named representative, in the college of the day the list was made.

    structure_id: the structure it was proposed from, if any; it may have another name since. card: what the code on its
    notice and its badge says.
    """

    __tablename__ = "assembly_voters"
    __table_args__ = (sa.UniqueConstraint("assembly_id", "structure"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    assembly_id: Mapped[uuid.UUID] = _assembly()
    structure: Mapped[str] = mapped_column(sa.String(200))
    structure_id: Mapped[uuid.UUID | None] = mapped_column(
        sa.ForeignKey("structures.id", ondelete="SET NULL"), index=True
    )
    representative: Mapped[str] = mapped_column(sa.String(200))
    email: Mapped[str] = mapped_column(sa.String(254), default="")
    college: Mapped[str] = mapped_column(sa.String(40))
    card: Mapped[str] = mapped_column(sa.String(60), unique=True, server_default=NEW_CARD)


class StruckVoter(Base):
    """Who was struck from the list after a notice reached them: the meeting is in their calendar still, and when it is
    called off they are told. title, held_at, place: what that notice said. email: "" of who was called by letter. It
    goes when that day is over.
    """

    __tablename__ = "assembly_struck_voters"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    """The voter's that it was."""
    assembly_id: Mapped[uuid.UUID] = _assembly()
    structure: Mapped[str] = mapped_column(sa.String(200))
    representative: Mapped[str] = mapped_column(sa.String(200))
    email: Mapped[str] = mapped_column(sa.String(254))
    title: Mapped[str] = mapped_column(sa.String(200))
    held_at: Mapped[dt.datetime] = mapped_column(INSTANT)
    place: Mapped[str] = mapped_column(sa.String(300))


class RoomEntry(Base):
    """One line of the log of the room; lines are added, never changed. blank: of a proxy that named nobody."""

    __tablename__ = "assembly_room_entries"
    __table_args__ = (
        sa.CheckConstraint(
            "what IN ('arrived', 'left', 'proxy', 'proxy_withdrawn', 'proxy_lapsed')", name="what_known"
        ),
        sa.CheckConstraint("(what = 'proxy') = (holder_id IS NOT NULL)", name="proxy_has_holder"),
        sa.CheckConstraint("holder_id IS NULL OR holder_id <> voter_id", name="holder_is_another"),
        sa.CheckConstraint("NOT blank OR what = 'proxy'", name="blank_is_proxy"),
    )

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(always=True), primary_key=True)
    assembly_id: Mapped[uuid.UUID] = _assembly()
    at: Mapped[dt.datetime] = mapped_column(INSTANT)
    what: Mapped[str] = mapped_column(sa.String(20))
    voter_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("assembly_voters.id", ondelete="CASCADE"))
    holder_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("assembly_voters.id", ondelete="CASCADE"))
    blank: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    who: Mapped[str] = mapped_column(sa.String(254))


class Motion(Base):
    """One point of the agenda. kind "point" is only talked about. voices and quorum: as they were when it opened.
    college: of an election, which one votes; "" for the whole assembly. tellers: who counted, where a name was written.

    round_after_id: the election whose tie this one parts; round: 2 for that one, 3 for the next. draw_secret: one
    half of the seed of a draw, whose sum is told before the count; the room says the other.
    """

    __tablename__ = "assembly_motions"
    __table_args__ = (
        sa.CheckConstraint("kind IN ('point', 'motion', 'election')", name="kind_known"),
        sa.CheckConstraint("state IN ('planned', 'open', 'decided')", name="state_known"),
        sa.CheckConstraint("majority IN ('simple', 'absolute', 'two_thirds')", name="majority_known"),
        sa.CheckConstraint("(state = 'decided') = (decision IS NOT NULL)", name="decided_has_decision"),
        sa.CheckConstraint("kind <> 'election' OR seats > 0", name="election_has_seats"),
        sa.UniqueConstraint("assembly_id", "position"),
        sa.Index("uq_assembly_motions_open", "assembly_id", unique=True, postgresql_where=sa.text("state = 'open'")),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    assembly_id: Mapped[uuid.UUID] = _assembly()
    position: Mapped[int]
    title: Mapped[str] = mapped_column(sa.String(300))
    kind: Mapped[str] = mapped_column(sa.String(10))
    majority: Mapped[str] = mapped_column(sa.String(12), default="simple")
    present_only: Mapped[bool] = mapped_column(default=False)
    secret: Mapped[bool] = mapped_column(default=False)
    college: Mapped[str] = mapped_column(sa.String(40), default="")
    seats: Mapped[int] = mapped_column(default=0)
    candidates: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)
    state: Mapped[str] = mapped_column(sa.String(10), default="planned")
    opened_at: Mapped[dt.datetime | None] = mapped_column(INSTANT)
    voices: Mapped[dict[str, int] | None] = mapped_column(JSONB)
    quorum: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    tellers: Mapped[list[str]] = mapped_column(JSONB, default=list, server_default="[]")
    counts: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    decision: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    decided_at: Mapped[dt.datetime | None] = mapped_column(INSTANT)
    draw_secret: Mapped[str] = mapped_column(sa.String(32), server_default=NEW_SECRET)
    round: Mapped[int] = mapped_column(default=1, server_default="1")
    round_after_id: Mapped[uuid.UUID | None] = mapped_column(
        sa.ForeignKey("assembly_motions.id", ondelete="CASCADE"), unique=True
    )


class BallotSlip(Base):
    """A one-use code on a paper slip, by its hash. It names a college and never a person."""

    __tablename__ = "assembly_ballot_slips"

    code_hash: Mapped[bytes] = mapped_column(sa.LargeBinary(32), primary_key=True)
    motion_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("assembly_motions.id", ondelete="CASCADE"), index=True)
    college: Mapped[str] = mapped_column(sa.String(40))
    used: Mapped[bool] = mapped_column(default=False)


class Ballot(Base):
    """One secret ballot: no person, no slip, no time. Its random key gives no order of arrival."""

    __tablename__ = "assembly_ballots"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    motion_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("assembly_motions.id", ondelete="CASCADE"), index=True)
    college: Mapped[str] = mapped_column(sa.String(40))
    choices: Mapped[list[str]] = mapped_column(JSONB)


class MinutesAmendment(Base):
    """A correction of closed minutes: it stands beside them and changes no word of theirs."""

    __tablename__ = "assembly_minutes_amendments"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    assembly_id: Mapped[uuid.UUID] = _assembly()
    at: Mapped[dt.datetime] = mapped_column(INSTANT)
    who: Mapped[str] = mapped_column(sa.String(254))
    text: Mapped[str] = mapped_column(sa.Text)
