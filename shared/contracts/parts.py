"""Pieces that several contracts share."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

LOCALES = ("fr", "en")


class Part(ma.Schema):
    """A nested object. Tolerant when received; `registry.dump` refuses what it would silently drop."""

    class Meta:
        unknown = ma.EXCLUDE


def text(limit: int, *, required: bool = True, **more: Any) -> fields.String:
    """A string of at most `limit` characters; the empty string stands for "not given"."""
    return fields.String(required=required, validate=validate.Length(max=limit), **more)


def instant(*, required: bool = True, **more: Any) -> fields.AwareDateTime:
    """An instant with its offset, ISO 8601."""
    return fields.AwareDateTime(required=required, format="iso", **more)


def identifier(*, required: bool = True, **more: Any) -> fields.UUID:
    return fields.UUID(required=required, **more)


class Person(Part):
    """Someone who gets mail."""

    first_name = text(120)
    last_name = text(120)
    email = fields.Email(required=True, validate=validate.Length(max=254))
    locale = fields.String(load_default="fr", validate=validate.OneOf(LOCALES))


class Erased(Part):
    """What an erasure took. `what` is a code; pages put it into words."""

    what = text(60)
    count = fields.Integer(required=True, strict=True, validate=validate.Range(min=1))


class Kept(Erased):
    """What an erasure had to leave, and why, a code too."""

    why = text(60)


class Slot(Part):
    """One entry of a calendar; the same `uid` and a higher `sequence` replace an earlier one."""

    uid = text(200)
    sequence = fields.Integer(required=True, strict=True)
    starts_at = instant()
    ends_at = instant()
    summary = text(300)
    location = text(300, load_default="", required=False)
    description = text(2000, load_default="", required=False)
    url = text(500, load_default="", required=False)
    cancelled = fields.Boolean(load_default=False)


class Occasion(Part):
    """The event that people register for, as much of it as a mail needs."""

    id = identifier()
    title = text(200)
    starts_at = instant()
    ends_at = instant()
    place = text(300)
    to_bring = text(2000, required=False, load_default="")
    word = text(1000, required=False)
    """What the team adds for whoever has a place; only where there is one."""
    url = text(500)


class FormerOccasion(Part):
    """When and where it was to be."""

    starts_at = instant()
    ends_at = instant()
    place = text(300)


class WorkshopPlace(Part):
    """What became of one wish for a workshop, which begins at `starts_at`. `offered_until`: until when a seat in
    it is kept for an answer. `beside`: of who waits for it, the workshops of the same time that have seats."""

    title = text(200)
    slot = text(120)
    starts_at = instant(required=False)
    room = text(120, required=False, load_default="")
    outcome = fields.String(required=True, validate=validate.OneOf(["confirmed", "waiting"]))
    rank = fields.Integer(strict=True, allow_none=True, load_default=None)
    offered_until = instant(required=False)
    beside = fields.List(text(200), required=False)


class RankedSlot(Part):
    """What somebody wishes for in one slot, the dearest first."""

    slot = text(120)
    titles = fields.List(text(200), required=True)


class Organiser(Part):
    """Who signs the mail."""

    name = text(200)
    email = fields.Email(required=True)


class Money(Part):
    """Integer cents of euro."""

    cents = fields.Integer(required=True, strict=True)
