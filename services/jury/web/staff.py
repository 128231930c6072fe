"""What the staff pages share: who acts, in which role, and how a refused action is told."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any, TypeVar

from flask import flash, g, redirect
from flask.typing import ResponseReturnValue
from flask_babel import ngettext
from marshmallow import Schema, ValidationError, fields, validate
from sqlalchemy.orm import Session

from services.jury import minutes, queries
from services.jury.meanwhile import Unread
from services.jury.models import Call, Identity, Round
from services.jury.said import Said, Told
from services.jury.use_cases import calls
from services.jury.web.doors import chair
from shared import clock, network
from shared.clock import PARIS
from shared.errors import Refusal, RuleError
from shared.identity import current_staff
from shared.web import db, settings
from shared.web.forms import Loaded
from shared.web.words import _

READERS = ("secretary", "staff", "auditor")
WRITERS = ("secretary", "staff")
MONEY_READERS, MONEY_WRITERS = (*READERS, "treasurer"), (*WRITERS, "treasurer")
"""Who follows what is paid, and who notes it: the treasurer sees nothing else of a call."""


Done = TypeVar("Done")


def our_name() -> str:
    """What the network is called today: who a new call is proposed to come from."""
    with db().reading() as session:
        called = network.on(session, Identity, clock.now().astimezone(PARIS).date())
    return called.name if called else settings().organisation


class CallForm(Schema):
    """A Tribune to create. With a day it takes proposals until then."""

    title = fields.String(required=True, validate=validate.Length(min=1, max=200))
    organiser_name = fields.String(required=True, validate=validate.Length(min=1, max=200))
    organiser_email = fields.Email(required=True, validate=validate.Length(max=254))
    closes_on = fields.Date(load_default=None)
    places = fields.Integer(required=True, validate=validate.Range(min=0, max=1000))
    reserve = fields.Integer(required=True, validate=validate.Range(min=0, max=1000))


class JurorForm(Schema):
    """A member of the jury to appoint."""

    first_name = fields.String(required=True, validate=validate.Length(min=1, max=120))
    last_name = fields.String(required=True, validate=validate.Length(min=1, max=120))
    function = fields.String(load_default="", validate=validate.Length(max=200))
    structure = fields.String(load_default="", validate=validate.Length(max=200))
    email = fields.Email(load_default="", validate=validate.Length(max=254))
    chairs = fields.Boolean(load_default=False)


class RecusalForm(Schema):
    """A conflict that the secretary notes."""

    juror = fields.UUID(required=True)
    project = fields.UUID(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(["direct", "indirect"]))
    note = fields.String(load_default="", validate=validate.Length(max=500))


def drawing(path: str) -> None:
    """A validator: the path of a drawn signature, and nothing else that an SVG may hold."""
    if len(path) > 16_000 or minutes.DRAWN.fullmatch(path) is None:
        raise ValidationError(_("Cette signature dessinée ne se lit pas : effacez-la, redessinez-la ou laissez vide."))
    if path and minutes.drawn_length(path) < minutes.SHORTEST:
        raise ValidationError(
            _("Ce trait est trop court pour une signature : effacez-le, redessinez-la ou laissez vide.")
        )


class SignForm(Schema):
    """Who signs the minutes, and what they add to them. `read`: the marks of what was on the page."""

    chair = fields.String(required=True, validate=validate.Length(min=1, max=200))
    secretary = fields.String(required=True, validate=validate.Length(min=1, max=200))
    chair_drawn = fields.String(load_default="", validate=drawing)
    secretary_drawn = fields.String(load_default="", validate=drawing)
    remarks = fields.String(load_default="", validate=validate.Length(max=5000), metadata={"multiline": True})
    read = fields.String(load_default="", validate=validate.Length(max=1000))


def who() -> str:
    """Who asks, for the audit: the e-mail of the staff member, or the juror who chairs."""
    staff, president = current_staff(), chair()
    if staff is None and president is not None:
        return f"juror:{president.id}"
    return staff.email if staff else "?"


def may_write() -> bool:
    staff = current_staff()
    return staff.has(*WRITERS) if staff is not None else bool(g.get("chair_writes"))


def may_read() -> bool:
    """More of a call than its money."""
    staff = current_staff()
    return staff is not None and staff.has(*READERS)


def sees_members() -> bool:
    """What comes of one juror: for the chair and the secretary, who answer for the jury, and for nobody else."""
    staff = current_staff()
    return chair() is not None or (staff is not None and staff.has("secretary"))


def may_pay() -> bool:
    staff = current_staff()
    return staff is not None and staff.has(*MONEY_WRITERS)


def told(error: Refusal) -> str:
    """What a refusal says, in the language of the page."""
    reason = getattr(error, "reason", None)
    return translated(reason) if isinstance(reason, Said) else str(_(error.message))


def tell_closed(closed: int) -> None:
    """To whoever closed the other links of a page of theirs."""
    words = ngettext(
        "%(num)d autre lien n’ouvre plus cette page.", "%(num)d autres liens n’ouvrent plus cette page.", closed
    )
    flash(words if closed else _("Un seul lien ouvre votre page : le vôtre."), "done")


def tell_renewed(mailed: bool) -> None:
    """To the staff member who closed somebody's links."""
    flash(
        _("Les anciens liens n’ouvrent plus cette page ; un nouveau part par courriel.")
        if mailed
        else _("Les anciens liens n’ouvrent plus cette page."),
        "done",
    )


def show_theirs(form: Loaded, refusal: Unread) -> None:
    """What somebody else wrote, beside what was typed in the same field; what only they changed is theirs."""
    form.raw |= {name: _typed(value) for name, value in refusal.left.items()}
    for name, value in refusal.theirs.items():
        form.refuse(name, theirs(value))


def theirs(value: Any) -> str:
    """What is said at a field where somebody else wrote something else."""
    said = _("Oui") if value is True else _typed(value) or "—"
    return str(_("Quelqu’un d’autre a enregistré ici : « %(said)s ». Gardez encore pour le remplacer.", said=said))


def _typed(value: Any) -> str:
    """As a form has it."""
    return "" if value is None or value is False else "true" if value is True else str(value)


def translated(reason: Said | Told) -> str:
    """The sentence in the language of the page, with its values in it."""
    return str(_(reason.sentence, **reason.values))


def act(
    work: Callable[[Session], Done],
    back: str,
    *,
    done: str = "",
    typed: tuple[Loaded, Callable[[Loaded], str]] | None = None,
) -> ResponseReturnValue:
    """Run `work` in a transaction, say that it is done or why it was refused, and go back to a page.

    typed: the form that was sent and what shows its page again: a refusal is said there, and nothing typed is lost.
    """
    try:
        with db().transaction() as session:
            work(session)
    except RuleError as refusal:
        if typed is None or refusal.field is None:
            flash(told(refusal), "stop")
        if typed is not None:
            form, again = typed
            if refusal.field is not None:
                form.refuse(refusal.field, told(refusal))
            return again(form), refusal.status
    else:
        if done:
            flash(done, "done")
    return redirect(back, 303)


def call_context(session: Session, call_id: uuid.UUID) -> dict[str, Any]:
    """The call and the round that it is at, for every page of a call."""
    call: Call = calls.find_call(session, call_id)
    this = queries.newest_round(session, call.id)
    return {"call": call, "round": this, "writes": may_write()}


def round_context(session: Session, round_id: uuid.UUID) -> dict[str, Any]:
    """The round and its call, for every page of a round."""
    this: Round = calls.find_round(session, round_id)
    call = calls.find_call(session, this.call_id)
    return {"call": call, "round": this, "writes": may_write(), "chairs": chair() is not None}
