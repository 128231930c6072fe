"""Step 1 of mails of a call that did not arrive: to whom, why, and what helps. Next: use_cases/unreached.py."""

from __future__ import annotations

import uuid

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import Schema, ValidationError, fields, validate

from services.jury import project_import, queries
from services.jury.queries.mails import FATES
from services.jury.use_cases import unreached
from services.jury.web.staff import READERS, WRITERS, act, call_context, told, who
from shared import clock
from shared.errors import RuleError
from shared.identity import requires
from shared.web import db, mail_words
from shared.web.forms import Loaded, load
from shared.web.words import _

blueprint = Blueprint("unreached", __name__, url_prefix="/equipe/appels/<uuid:call_id>/courriels")


def _address(text: str) -> None:
    """A validator, as strict as the fact that will carry the address."""
    if not project_import.is_email(text):
        raise ValidationError(_("Cette adresse est incomplète."))


class AgainForm(Schema):
    """Where a result goes that did not arrive."""

    email = fields.String(required=True, validate=[validate.Length(min=1, max=254), _address])


@blueprint.get("")
@requires(*READERS)
def page(call_id: uuid.UUID) -> str:
    return _page(call_id, Loaded(), None)


def _page(call_id: uuid.UUID, form: Loaded, typed_for: uuid.UUID | None) -> str:
    """form: a refused one, of the mail `typed_for`."""
    with db().reading() as session:
        found = queries.unreached(session, call_id)
        return render_template(
            "jury/unreached.html",
            **call_context(session, call_id),
            rows=list(zip(found, mail_words.said([one.mail for one in found], FATES), strict=True)),
            form=form,
            typed_for=typed_for,
        )


@blueprint.post("/<uuid:message_id>/regle")
@requires(*WRITERS)
def settle(call_id: uuid.UUID, message_id: uuid.UUID) -> ResponseReturnValue:
    return act(
        lambda session: unreached.settle(session, call_id, message_id, who=who(), now=clock.now()),
        url_for(".page", call_id=call_id),
        done=_("C’est noté : ce courriel ne manque plus."),
    )


@blueprint.post("/<uuid:message_id>/renvoyer")
@requires(*WRITERS)
def send_again(call_id: uuid.UUID, message_id: uuid.UUID) -> ResponseReturnValue:
    form = load(AgainForm(), request.form)
    if form.data is not None:
        email = form.data["email"]
        try:
            with db().transaction() as session:
                unreached.send_result_again(session, call_id, message_id, email, who=who(), now=clock.now())
        except RuleError as refusal:
            form.refuse("email", told(refusal))
        else:
            flash(_("Le résultat repart à %(email)s.", email=email), "done")
            return redirect(url_for(".page", call_id=call_id), 303)
    return _page(call_id, form, message_id), 422
