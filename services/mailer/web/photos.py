"""Step 1 of nine: a photo that comes with a form, and its public address. Next: photos.py."""

from __future__ import annotations

import base64
import uuid

import marshmallow as ma
from flask import Blueprint, Response, request
from flask_babel import gettext as _
from marshmallow import fields, validate
from werkzeug.datastructures import FileStorage

from services.mailer import echo, photos, pictures
from services.mailer.models.photos import ALT_LIMIT, Photo
from shared import clock
from shared.errors import RuleError
from shared.web import db
from shared.web.forms import Loaded

blueprint = Blueprint("photos", __name__, url_prefix="/echo/photos")


class PhotoForm(ma.Schema):
    """photo_name: one that came before with this form, or that the article has."""

    photo_name = fields.String(load_default="", validate=validate.Length(max=64))
    photo_alt = fields.String(load_default="", validate=validate.Length(max=ALT_LIMIT))
    photo_remove = fields.Boolean(load_default=False)


class GrantedPhotoForm(PhotoForm):
    """photo_right_for: the photo that the box was ticked for when the page was made."""

    photo_right = fields.Boolean(load_default=False)
    photo_right_for = fields.String(load_default="", validate=validate.Length(max=64))


@blueprint.get("/<name>.jpg")
def show(name: str) -> Response:
    """The bytes, for everybody alike: kept for a day, so that one taken off is gone the day after."""
    with db().reading() as session:
        photo = photos.served(session, name)
    response = Response(photo.body, mimetype="image/jpeg")
    response.headers["Cache-Control"] = "public, max-age=86400"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    # Mail programs on the web show it in pages of theirs.
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.set_etag(photo.name)
    response.make_conditional(request)
    return response


def receive(form: Loaded, contributor_id: uuid.UUID | None) -> None:
    """Put photo_id into the form's data; a photo that came is kept even where the rest is wrong.

    contributor_id: whose photos the form may name, and who must have the right to give them; None: the newsroom.
    """
    sent = request.files.get("photo")
    if sent is not None and sent.filename:
        if _take(form, sent, contributor_id) and form.raw.pop("photo_right_for", ""):
            form.raw.pop("photo_right", None)  # that was said of the photo before
    elif form.raw.get("photo_remove"):
        form.raw["photo_name"] = ""
    photo = _named(form, contributor_id)
    if photo is not None:
        for refusal in photos.missing(form.raw.get("photo_alt", ""), form.raw.get("credit", "")):
            form.refuse(str(refusal.field), _(refusal.message))
        if contributor_id is not None and form.raw.get("photo_right") != "true":
            form.refuse("photo_right", _("Dites que vous avez le droit de la publier, ou retirez-la."))
    if form.data is not None:
        form.data["photo_id"] = photo.id if photo else None


def refuse(form: Loaded, refusal: RuleError) -> None:
    """A use case said no, on a field; a photo that is not there any more is not named again."""
    form.refuse(refusal.field or "", refusal.message)
    if refusal.code == photos.GONE:
        form.raw["photo_name"] = ""


def as_typed(form: Loaded, contributor_id: uuid.UUID) -> echo.Photo | None:
    """The photo of a form that only asks how it will look: nothing is kept."""
    alt = str(form.raw.get("photo_alt", ""))[:ALT_LIMIT]
    sent = request.files.get("photo")
    if sent is not None and sent.filename:
        try:
            picture = pictures.read(sent.stream.read(pictures.LARGEST + 1))
        except RuleError:
            return None
        finally:
            sent.close()
        data = f"data:image/jpeg;base64,{base64.b64encode(picture.jpeg).decode()}"
        return echo.Photo("", picture.width, picture.height, alt, data)
    with db().reading() as session:
        photo = photos.named(session, form.raw.get("photo_name", ""), contributor_id)
    if photo is None or form.raw.get("photo_remove"):
        return None
    return echo.Photo(photo.name, photo.width, photo.height, alt)


def _take(form: Loaded, sent: FileStorage, contributor_id: uuid.UUID | None) -> bool:
    """Keep the photo that came; False when it is none."""
    try:
        picture = pictures.read(sent.stream.read(pictures.LARGEST + 1))
    except RuleError as refusal:
        form.refuse("photo", _(refusal.message))
        return False
    finally:
        sent.close()
    with db().transaction() as session:
        form.raw["photo_name"] = photos.keep(session, picture, contributor_id, clock.now()).name
    form.raw.pop("photo_remove", None)
    return True


def _named(form: Loaded, contributor_id: uuid.UUID | None) -> Photo | None:
    name = form.raw.get("photo_name", "")
    if not name:
        return None
    with db().reading() as session:
        photo = photos.named(session, name, contributor_id)
    if photo is None:
        form.raw["photo_name"] = ""
        form.refuse("photo", _("Cette photo n’est plus là : choisissez-la à nouveau."))
    return photo
