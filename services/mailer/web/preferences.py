"""A person's own page: which lists, which issues of L'Écho, which language. One form, one button, no sign-in.

As for `unsubscribe.py`, the link is the proof, and opens nothing but this. A GET changes nothing.
"""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from marshmallow import fields, validate

from services.mailer import directory, kept, lists, own_data
from services.mailer.models.contacts import ECHO, GIVEN, Consent, Contact
from services.mailer.preferences import Settled, Wishes, settle
from services.mailer.unsubscribe import Link
from services.mailer.web import words
from services.mailer.web.house import house
from services.mailer.web.signup import language
from services.mailer.web.unsubscribe import link_of, masked
from shared import clock
from shared.errors import RuleError
from shared.web import db, settings
from shared.web.forms import Loaded, load
from shared.web.limits import limited

blueprint = Blueprint("preferences", __name__, url_prefix="/preferences")

KINDS = ("section", "zone", "topic")
MOST = 200


def _several(longest: int) -> Any:
    words = fields.String(validate=validate.Length(max=longest))
    return fields.List(words, load_default=list, validate=validate.Length(max=MOST))


class PreferencesForm(ma.Schema):
    """`was_…` says what the page showed: only what differs from it was changed by the person."""

    lists = _several(60)
    was_lists = _several(60)
    which = fields.String(load_default=None, validate=validate.OneOf(["all", "some"]))
    kept_section = _several(80)
    kept_zone = _several(80)
    kept_topic = _several(80)
    was_kept = _several(80)
    locale = fields.String(load_default=None, validate=validate.OneOf(["fr", "en"]))
    was_locale = fields.String(load_default=None)
    leave_all = fields.Boolean(load_default=False)
    own_data = fields.Boolean(load_default=False)


@blueprint.get("/<token>")
def show(token: str) -> str:
    """Every list, with what the person said of it last: their receipt."""
    return _page(link_of(token))


@blueprint.post("/<token>")
@limited(60, "minute")
def save(token: str) -> ResponseReturnValue:
    """Everything on the page, whichever of its buttons was pressed: nothing that was chosen is lost."""
    link = link_of(token)
    form = load(PreferencesForm(), request.form)
    if form.data is None:
        return _page(link, form), 422
    try:
        with db().transaction() as session:
            ours = house(session)
            us: dict[str, Any] = {
                "organiser": {"name": ours.organiser, "email": ours.reply_to},
                "public_url": settings().public_url,
                "now": clock.now(),
            }
            done = settle(session, link.contact_id, _wishes(form.data), **us)
            contact = session.get(Contact, link.contact_id)
            if form.data["own_data"] and contact is not None:
                own_data.ask(session, contact, **us)
    except RuleError as refusal:
        form.take(refusal)
        return _page(link, form), 422
    return _page(link, done=done, data_sent=form.data["own_data"])


def _wishes(data: dict[str, Any]) -> Wishes:
    """What the person changed of what the page showed them."""
    ticked, shown = frozenset(data["lists"]), frozenset(data["was_lists"])
    chosen = [one for kind in KINDS for one in data[f"kept_{kind}"]] if data["which"] == "some" else []
    as_it_was = data["which"] == ("some" if data["was_kept"] else "all") and {*chosen} == {*data["was_kept"]}
    leaves_echo = data["leave_all"] or ECHO in shown - ticked
    return Wishes(
        join=frozenset() if data["leave_all"] else ticked - shown,
        leave=shown - ticked,
        leave_all=data["leave_all"],
        keeps=None if as_it_was or leaves_echo else data["which"],
        chosen=tuple(chosen),
        locale=None if data["locale"] == data["was_locale"] else data["locale"],
    )


def _page(link: Link, form: Loaded | None = None, *, done: Settled | None = None, data_sent: bool = False) -> str:
    with db().reading() as session:
        contact = session.get(Contact, link.contact_id)
        if contact is None:
            return render_template("lists/preferences.html", contact=None)
        latest: dict[str, Consent] = {}
        for one in directory.consents(session, contact.id):
            latest.setdefault(one.list, one)
        # A closed list is shown to those who are on it: they must be able to leave.
        every = [
            (one.key, *one.words(language()), latest.get(one.key))
            for one in lists.every(session)
            if one.open or one.key in latest
        ]
        offered = kept.offered(session, contact)
        barred = {one.scope for one in directory.suppressions(session, contact.email_key)}
    on = [key for key, _name, _about, said in every if said is not None and said.status == GIVEN]
    now = {"lists": on, "which": "some" if contact.kept else "all", "locale": contact.locale}
    now |= {f"kept_{kind}": [one for one in contact.kept if one.startswith(f"{kind}:")] for kind in KINDS}
    was = {"lists": on, "kept": contact.kept, "locale": contact.locale}
    if form is not None:  # what the page showed first stays what the person changes
        was = {name: form.raw.get(f"was_{name}", [] if name != "locale" else "") for name in was}
        now = {name: form.raw.get(name, []) for name in now}
    return render_template(
        "lists/preferences.html",
        form=Loaded(errors=form.errors if form else {}, raw=now),
        was=was,
        contact=contact,
        every=every,
        on=on,
        stopped={key for key, *_more in every if barred & {"all", "bulk", key}},
        offered=offered,
        echo=ECHO,
        words=words,
        address=masked(contact.email),
        done=_sentences(done) if done else None,
        asked=[one.words(language())[0] for one in done.asked] if done else [],
        data_sent=data_sent,
    )


def _sentences(done: Settled) -> list[str]:
    """What is different from before, each change in a sentence."""
    said = [_("« %(list)s » ne vous sera plus envoyé.", list=one.words(language())[0]) for one in done.left]
    said += [_("« %(list)s » vous sera de nouveau envoyé.", list=one.words(language())[0]) for one in done.joined]
    if done.kept:
        what = ", ".join(str(words.choice(one)) for one in done.kept)
        said.append(_("De L’Écho, vous recevez les numéros où il y a : %(what)s.", what=what))
    elif done.kept is not None:
        said.append(_("De L’Écho, vous recevez tous les numéros."))
    if done.locale:
        said.append(
            _("Nous vous écrivons en anglais.") if done.locale == "en" else _("Nous vous écrivons en français.")
        )
    return said
