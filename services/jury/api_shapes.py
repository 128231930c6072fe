"""The shapes of what a tablet and the server say to each other. Next: api.py."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from services.jury import rules

BATCH = 200


class _Schema(ma.Schema):
    class Meta:
        unknown = ma.EXCLUDE


class JurorName(_Schema):
    id = fields.UUID()
    first_name = fields.String()
    last_name = fields.String()


class RoundTitle(_Schema):
    id = fields.UUID()
    title = fields.String()


class PairRequest(_Schema):
    code = fields.String(required=True, validate=validate.Length(min=1, max=64))
    device = fields.UUID(required=True)


class PairAnswer(_Schema):
    token = fields.String()
    epoch = fields.Integer()
    juror = fields.Nested(JurorName)
    round = fields.Nested(RoundTitle)


class Conflict(_Schema):
    project_id = fields.UUID(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(["direct", "indirect"]))
    note = fields.String(load_default="", validate=validate.Length(max=500))

    @ma.validates("note")
    def storable(self, value: str, **_kwargs: Any) -> None:
        if rules.check_value("comment", value, {}) is not None:
            raise ma.ValidationError("Ce texte contient un caractère qui ne peut être gardé.")


class ConfirmRequest(_Schema):
    conflicts = fields.List(fields.Nested(Conflict), load_default=list, validate=validate.Length(max=1000))


class HeartbeatRequest(_Schema):
    pending = fields.Integer(required=True, strict=True, validate=validate.Range(min=0, max=1_000_000))
    idle = fields.Integer(
        load_default=None,
        allow_none=True,
        validate=validate.Range(min=0, max=1_000_000_000),
        metadata={"description": "Seconds since a finger or a key was last on the tablet."},
    )


class OperationShape(_Schema):
    """Documents one operation; each is checked on its own, so that one bad operation never stops the others."""

    id = fields.UUID(required=True, metadata={"description": "UUIDv7 made by the tablet"})
    project_id = fields.UUID(required=True)
    field = fields.String(required=True, metadata={"description": "criterion id, comment, feedback or status"})
    value = fields.Raw(required=True, allow_none=True, metadata={"type": ["integer", "string", "null"]})
    base_version = fields.Integer(required=True)
    counter = fields.Integer(required=True)
    client_time = fields.String(metadata={"description": "for information only"})


class OperationsRequest(_Schema):
    operations = fields.List(
        fields.Raw(allow_none=True, metadata={"$ref": "#/components/schemas/OperationShape"}),
        required=True,
        validate=validate.Length(max=BATCH),
    )


class ResultAnswer(_Schema):
    id = fields.String(allow_none=True)
    outcome = fields.String(
        validate=validate.OneOf(["applied", "duplicate", "conflict", "refused", "late"]),
    )
    version = fields.Integer()
    value = fields.Raw(allow_none=True, metadata={"type": ["integer", "string", "null"]})
    reason = fields.String(allow_none=True)


class OperationsAnswer(_Schema):
    results = fields.List(fields.Nested(ResultAnswer))
    server_time = fields.AwareDateTime(format="iso")
    pack_version = fields.Integer()


class PackRound(RoundTitle):
    """`blind`: structures are not told. `shows_others`: /projects/…/others answers once my sheet is complete.
    `exercise`: the projects are samples, scored before the round opens; nothing of it counts."""

    state = fields.String(validate=validate.OneOf(["open", "closed"]))
    blind = fields.Boolean()
    shows_others = fields.Boolean()
    exercise = fields.Boolean()


class PackJuror(JurorName):
    confirmed = fields.Boolean()


class PackLevel(_Schema):
    value = fields.Integer()
    label = fields.String()
    evidence = fields.String()


class PackSection(_Schema):
    """Begins with this criterion and runs until the next one. `minimum`: of its points, which are weights."""

    title = fields.String()
    title_en = fields.String()
    minimum = fields.Integer(allow_none=True)


class PackCriterion(_Schema):
    id = fields.String()
    title = fields.String()
    title_en = fields.String()
    help = fields.String()
    weight = fields.Integer()
    max = fields.Integer()
    levels = fields.List(fields.Nested(PackLevel))
    comment_required_for = fields.List(fields.Integer())
    section = fields.Nested(PackSection)


class PackGrid(_Schema):
    """`comments_count`: a sheet that lacks a comment required for a chosen level does not count."""

    id = fields.String()
    criteria = fields.List(fields.Nested(PackCriterion))
    comments_count = fields.Boolean()


class PackProject(_Schema):
    """A project the juror is recused from has only id, number and recused."""

    id = fields.UUID()
    number = fields.Integer()
    recused = fields.Boolean()
    title = fields.String()
    structure = fields.String()
    country = fields.String()
    department = fields.String()
    summary = fields.String()
    dossier = fields.String(
        metadata={"description": "changes with what /projects/…/dossier says; empty when there is nothing more to read"}
    )
    former = fields.String(
        metadata={"description": "its score of the round before, “14.50”; empty unless shown and my sheet is complete"}
    )


class DossierText(_Schema):
    title = fields.String()
    text = fields.String()


class DossierLine(_Schema):
    label = fields.String()
    amount = fields.String()


class DossierTable(_Schema):
    title = fields.String()
    lines = fields.List(fields.Nested(DossierLine))
    total = fields.String()


class DossierPaper(_Schema):
    id = fields.UUID()
    name = fields.String()
    size = fields.Integer(metadata={"description": "bytes"})


class Dossier(_Schema):
    """What was filed, in words: no person, no address; of a blind round nothing that says who, and no papers."""

    facts = fields.List(fields.Nested(DossierText))
    texts = fields.List(fields.Nested(DossierText))
    tables = fields.List(fields.Nested(DossierTable))
    asked = fields.String()
    papers = fields.List(fields.Nested(DossierPaper))


class OthersAnswer(_Schema):
    """What the others gave, lowest first, on 20 with two decimals; nothing says who."""

    scores = fields.List(fields.String())


class BesideAnswer(_Schema):
    """`difference`: hundredths of a point on 20 that this juror gave more than the others, on average over `projects`;
    null where too few can be compared."""

    difference = fields.Integer(allow_none=True)
    projects = fields.Integer()


class PackCell(_Schema):
    project_id = fields.UUID()
    field = fields.String()
    value = fields.Raw(allow_none=True, metadata={"type": ["integer", "string", "null"]})
    version = fields.Integer()


class PackDecision(_Schema):
    """What the chair decided about a value that arrived after closing: the newest of that field."""

    project_id = fields.UUID()
    field = fields.String()
    operation_id = fields.UUID()
    state = fields.String(validate=validate.OneOf(["accepted", "refused"]))


class Pack(_Schema):
    version = fields.Integer()
    server_time = fields.AwareDateTime(format="iso")
    round = fields.Nested(PackRound)
    juror = fields.Nested(PackJuror)
    grid = fields.Nested(PackGrid)
    projects = fields.List(fields.Nested(PackProject))
    cells = fields.List(fields.Nested(PackCell))
    decisions = fields.List(fields.Nested(PackDecision))
    declared = fields.List(
        fields.UUID(),
        metadata={
            "description": "projects a link of mine was ever noted with, lifted ones too: any other declaration is lost"
        },
    )
