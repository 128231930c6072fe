"""Step 1 of nine: what the forms of a group ask. Next: services/registration/use_cases/groups.py."""

from __future__ import annotations

import marshmallow as ma
from marshmallow import fields, validate

from services.registration.rules import recurrence as rules
from services.registration.rules.choices import N_
from shared.web.words import _

WEEKS = {1: N_("premier"), 2: N_("deuxième"), 3: N_("troisième"), 4: N_("quatrième"), 5: N_("dernier")}
RHYTHMS = {1: N_("chaque mois"), 2: N_("tous les deux mois"), 3: N_("chaque trimestre"), 6: N_("tous les six mois")}
COUNTS = [str(number) for number in range(1, 13)]


def _text(limit: int, *, required: bool = True, multiline: bool = False) -> fields.String:
    check = validate.Length(1 if required else 0, limit)
    if required:
        return fields.String(required=True, validate=check, metadata={"multiline": multiline})
    return fields.String(load_default="", validate=check, metadata={"multiline": multiline})


class GroupFields(ma.Schema):
    name = _text(200)
    about = _text(2000, required=False, multiline=True)
    animator = _text(200, required=False)
    every_months = fields.Integer(required=True, validate=validate.OneOf(list(RHYTHMS)))
    week = fields.Integer(required=True, validate=validate.OneOf(list(WEEKS)))
    weekday = fields.Integer(required=True, validate=validate.Range(0, 6))
    starts = _text(10)
    minutes = fields.Integer(required=True, validate=validate.Range(15, 600))
    place = _text(200)
    capacity = fields.Integer(required=True, validate=validate.Range(1, 100_000))
    partner_zone = fields.String(load_default="", validate=validate.OneOf(["", *rules.PARTNERS]))


class TopicFields(ma.Schema):
    title = _text(200)
    details = _text(2000, required=False, multiline=True)


class MinutesFields(ma.Schema):
    minutes = _text(20_000, required=False, multiline=True)


def labels() -> dict[str, str]:
    """The question of each field, for the summary of errors."""
    return {
        "name": _("Nom du groupe"),
        "about": _("Présentation"),
        "animator": _("Animation cette année"),
        "every_months": _("Rythme"),
        "week": _("Quel jour du mois"),
        "weekday": _("Jour"),
        "starts": _("Début"),
        "minutes": _("Durée en minutes"),
        "place": _("Lieu"),
        "capacity": _("Places"),
        "partner_zone": _("Heure des partenaires"),
        "title": _("Sujet"),
        "details": _("En quelques mots"),
        "date": _("Date"),
        "count": _("Combien de rencontres"),
    }
