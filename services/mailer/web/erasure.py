"""Staff page: what the mailer would erase of somebody who asks for it by telephone or letter, and what it would keep.

The erasure itself begins at registration, which tells the other services and shows the receipt of all three.
"""

from __future__ import annotations

import uuid

from flask import Blueprint, render_template

from services.mailer import directory, erasure
from services.mailer.web import words
from shared import clock
from shared.identity import requires
from shared.web import db

blueprint = Blueprint("erasure", __name__, url_prefix="/contacts")


@blueprint.get("/<uuid:contact_id>/effacer")
@requires("staff")
def show(contact_id: uuid.UUID) -> str:
    with db().transaction() as session:
        contact = directory.get(session, contact_id)
        person = directory.get(session, contact.merged_into) if contact.merged_into else contact
        addresses = [one.email for one in (person, *directory.former(session, person.id))]
        name = person.name
        try:
            would = erasure.preview(session, person, clock.now())
        except erasure.StillSending:
            would = None
    return render_template(
        "contacts/erase.html", contact_id=contact_id, name=name, addresses=addresses, would=would, words=words
    )
