"""Step 1 of nine: the public page of an event and its form. Next: services/registration/use_cases/registering.py."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import structlog
from flask import Blueprint, make_response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale

from services.registration.models.events import Event, ProgrammeItem, Slot
from services.registration.models.partners import Logo
from services.registration.models.reschedulings import Rescheduling
from services.registration.queries import callings_off, documents, forms, groups, partners
from services.registration.queries import public as queries
from services.registration.queries.places import Places, places
from services.registration.queries.reschedulings import from_another_day
from services.registration.queries.stage import OnStage, on_stage
from services.registration.rules import seats as rules
from services.registration.rules.choices import N_
from services.registration.rules.partners import ROLES
from services.registration.rules.timetable import days
from services.registration.use_cases import changing, invited, keeping, links, registering
from services.registration.web import answers, attached, calling_off, colleagues, kept_forms, once, seal, seats
from services.registration.web.programme_form import speaker, uses
from services.registration.web.structured import structured
from shared import clock
from shared.clock import PARIS
from shared.errors import NotFound, RuleError
from shared.identity import current_staff
from shared.web import db, settings
from shared.web.forms import Loaded
from shared.web.limits import limited, public_form
from shared.web.security import keep_private
from shared.web.words import _

log = structlog.get_logger()
blueprint = Blueprint("public", __name__)

ANSWER_AFTER = 0.2  # seconds


@blueprint.get("/e/<slug>")
def event(slug: str) -> str:
    """What, when, where, how many places are left, the programme."""
    with db().reading() as reading:
        found = find(reading, slug, programme=True)
        moved = from_another_day(reading, found)
        logos = partners.logos(reading, partners.names(found))
        left, stage = places(reading, found.id), on_stage(reading, found.id)
        files = documents.by_line(reading, found.id, clock.now())
        assembly_off = found.state in ("published", "closed") and callings_off.assembly_off(reading, found) is not None
        return page(
            found,
            left,
            moved=moved,
            stage=stage,
            logos=logos,
            files=files,
            group=_calling(reading, found),
            assembly_off=assembly_off,
        )


def page(
    event: Event,
    left: Places,
    *,
    moved: Rescheduling | None = None,
    stage: Sequence[OnStage] = (),
    logos: Mapping[str, Logo] | None = None,
    files: documents.ByLine | None = None,
    group: str = "",
    assembly_off: bool = False,
    preview: bool = False,
) -> str:
    """The public page of an event. moved: from another day. stage: what juries hear there. logos: by name. files:
    documents. group: whose members are invited. assembly_off: the assembly that it announces does not take place.
    preview: with changes that are not saved."""
    # Of what starts together, the item (welcome, plenary) is said first.
    entries: list[ProgrammeItem | Slot | OnStage] = [*event.programme, *event.slots, *stage]
    entries.sort(key=lambda entry: (entry.starts_at, not isinstance(entry, ProgrammeItem)))
    return render_template(
        "public/event.html",
        event=event,
        programme=entries,
        places=left,
        kept=seats.kept(left.event),
        closed=closed(event),
        group=group,
        called_off=calling_off.reason(event),
        moved=moved,
        assembly_off=assembly_off and clock.now() < event.ends_at,
        why=moved.reason_in(str(get_locale() or "fr")) if moved else "",
        now=clock.now(),
        preview=preview,
        speaker=speaker,
        logos=logos or {},
        files=files or {},
        structured=None if preview or event.state == "draft" else structured(event, settings().public_url, moved),
        roles={key: _(words) for key, words in ROLES.items()},
        several=event.starts_at.astimezone(PARIS).date() != event.ends_at.astimezone(PARIS).date(),
    )


@blueprint.get("/e/<slug>/grille")
def timetable(slug: str) -> str:
    """The time-table for a screen or a printer: rooms side by side."""
    with db().reading() as reading:
        found = find(reading, slug, programme=True)
        return render_template("public/timetable.html", event=found, days=days(uses(found, str(get_locale() or "fr"))))


@blueprint.get("/e/<slug>/inscription")
def form(slug: str) -> str:
    """The form of the event, on a page of its own."""
    return opened(slug, said="_flashes" in session)


def opened(slug: str, *, said: bool = False) -> str:
    """The form, empty, as most people open it: what it says to everybody is rendered once. said: something is said to
    this person."""
    with db().reading() as reading:
        both = queries.opened_with_places(reading, slug, drafts=_drafts())
        if both is None:
            raise _unknown()
        seen, counted = both
        if closed(seen) or request.query_string or said:
            return _empty(reading, slug)
        left = seats.said(counted)
        key = (
            "form",
            request.blueprint,
            seen.mark,
            seen.form_id,
            str(get_locale()),
            left.event.grants,
            left.event.kept > 0,
            request.script_root,
        )
        return once.filled(
            key, partial(_with_holes, reading, slug, left), {"seal": seal.of(seen.event_id)} | left.values()
        )


@blueprint.post("/e/<slug>/inscription")
@public_form
def register(slug: str) -> ResponseReturnValue:
    return submit(slug)


def submit(slug: str, token: str = "") -> ResponseReturnValue:
    """One registration, and the personal page; the same one when the same form is sent again. token: of the invitation
    that opened the form."""
    sent = receive(slug, token)
    if not isinstance(sent, Sent):
        return sent
    if sent.token is None:
        return redirect(url_for(".known", slug=slug), 303)
    if sent.ignored:  # in the address: who takes no cookie must read it too
        return redirect(url_for("personal.show", token=sent.token, deja=1), 303)
    return redirect(url_for("personal.show", token=sent.token, merci=1), 303)


def ignored() -> str:
    """For « back » after an answer that was lost, or seen: what was typed must not vanish unsaid."""
    return _(
        "Vous étiez déjà inscrit·e : les réponses que vous venez d’envoyer n’ont rien changé. "
        "Pour les donner, choisissez « Modifier »."
    )


@dataclass(frozen=True)
class Sent:
    """A form that was sent, and is a registration."""

    event: Event
    registration_id: uuid.UUID
    token: str | None
    """Of the personal page; None for who was registered from elsewhere: the link went by mail."""
    ignored: bool
    """They were registered by this form already, with other answers."""


def receive(slug: str, token: str = "") -> Sent | ResponseReturnValue:
    """The form that was sent: registered, or what to answer when it is to be read again, grows, or is kept for later.

    token: of the invitation that opened the form.
    """
    values = request.form.to_dict()
    if values.get("use_email"):
        values |= {"email": values["use_email"], "email_checked": values["use_email"]}
    typed: Loaded | None = None
    try:
        with db().transaction() as writing:  # and reading: a transaction for each would cost a fifteenth more
            seen = queries.opened(writing, slug, drafts=_drafts())
            if seen is None:
                raise _unknown()
            found = queries.kept(writing, seen.event_id, seen.mark)
            form = forms.seen(writing, found.id, values.get("form_version", ""), clock.now(), seen.form_id)
            values[seal.KEY], doubted = seal.read(found.id)
            files, wrong = attached.receive(form, found.id, values, doubted=bool(doubted))
            asked = answers.Asked(form, files)
            if (edited := colleagues.edited(values)) is not None:
                pressed = (seal.FIELD, "add", "remove", "same")
                kept = {name: value for name, value in edited.items() if name not in pressed}
                return form_page(writing, find(writing, slug), asked, Loaded(raw=kept), token=token)
            if "keep" in values:
                typed, status = kept_forms.keep(found, values, doubted)
                return (
                    _again(writing, find(writing, slug), asked, typed, status, token)
                    if typed.errors
                    else redirect(url_for(".kept", slug=slug), 303)
                )
            typed = answers.read(found, values, asked)
            attached.refuse(typed, wrong)
            others = colleagues.read(found, values, typed, asked)
            if typed.data is not None and doubted:
                typed.refuse("", doubted)
            if typed.data is None:
                return _again(writing, find(writing, slug), asked, typed, 422, token)
            party, together = [typed.data, *others], values.get("policy") == colleagues.TOGETHER
            ask: dict[str, Any] = {"site": settings().public_url, "together": together}
            done, *_others = (
                invited.register(writing, token, found, party, clock.now(), **ask)
                if token
                else registering.register_party(writing, found.id, party, clock.now(), event=found, **ask)
            )
            keeping.finished(writing, values.get(kept_forms.TOKEN, ""))
            unheard = done.repeated and changing.differs(writing, done.registration_id, typed.data)
    except RuleError as error:
        if error.code == "invitation-ended":
            return redirect(url_for("invited.show", token=token), 303)
        if typed is None:
            raise
        if error.code == "invitation-taken-back":
            token = ""  # the form of everybody, with what was typed in it
        # A rule about an answer, or too many people at once: the page comes back with everything in it.
        attached.take(typed, error)
        with db().reading() as reading:
            return _again(reading, find(reading, slug), asked, typed, error.status, token)
    log.info("registered", slug=slug, repeated=done.repeated, waiting=bool(done.standing and done.standing.rank))
    return Sent(found, done.registration_id, done.token, ignored=unheard)


@blueprint.get("/brouillon/<token>")
def resume(token: str) -> ResponseReturnValue:
    """The form with everything that was typed, on whatever device. The address is a secret."""
    with db().reading() as reading:
        slug, values = keeping.resume(reading, token, clock.now())
        found = find(reading, slug)
        form = forms.seen(reading, found.id, str(values.get("form_version", "")), clock.now())
        asked = answers.Asked(form, attached.kept(reading, form, found.id, values))
        typed = Loaded(raw=kept_forms.opened(values, token))
        response = make_response(form_page(reading, found, asked, typed))
    return keep_private(response)


@blueprint.get("/e/<slug>/garde")
def kept(slug: str) -> str:
    """What was typed is kept and no seat is; where the link went is not shown."""
    with db().reading() as reading:
        return render_template("public/kept.html", event=find(reading, slug), days=keeping.KEPT_FOR.days)


@blueprint.get("/e/<slug>/deja-inscrit")
def known(slug: str) -> str:
    """Somebody of that name and address is registered: the link went to the address, nothing is shown."""
    with db().reading() as reading:
        return render_template("public/known.html", event=find(reading, slug))


@blueprint.get("/mon-lien")
def ask_link() -> str:
    return render_template("public/link.html", form=Loaded(), sent=False)


@blueprint.post("/mon-lien")
@limited(10, "minute")
def send_link() -> ResponseReturnValue:
    """The answer is the same, and as quick, whether the address is known or not."""
    email = request.form.get("email", "").strip()
    if "@" not in email or len(email) > 254:
        typed = Loaded(raw={"email": email[:300]})
        typed.refuse("email", _("Cette adresse électronique n’est pas complète : nom@domaine.fr."))
        return render_template("public/link.html", form=typed, sent=False), 422
    began = time.monotonic()
    with db().transaction() as writing:
        sent = links.request(writing, email, clock.now(), site=settings().public_url)
    log.info("link_requested", sent=sent)
    # Writing a mail takes longer than finding nobody: the time must not tell what the page does not.
    time.sleep(max(0.0, ANSWER_AFTER - (time.monotonic() - began)))
    return render_template("public/link.html", form=Loaded(raw={"email": email}), sent=True)


def find(reading: Any, slug: str, *, programme: bool = False) -> Event:
    """Raises NotFound."""
    found = queries.event_page(reading, slug, drafts=_drafts(), programme=programme)
    if found is None:
        raise _unknown()
    return found


def _unknown() -> NotFound:
    return NotFound("event-unknown", N_("Cet évènement n’existe pas, ou n’est pas encore publié."))


def _drafts() -> bool:
    staff = current_staff()
    return staff is not None and staff.has("staff", "auditor")


def closed(found: Event | queries.Opened, *, invited: bool = False) -> str:
    """Why nobody can register now, or only who was invited, in words; "" when one can."""
    try:
        rules.refuse_closed(found.state, found.opens_at, found.closes_at, found.ends_at, clock.now())
        rules.refuse_uninvited(found.by_invitation and not invited)
    except RuleError as error:
        whom = ""
        if error.code == "invitation-only" and isinstance(found, Event):
            whom = " " + _("Pour demander une invitation, écrivez à %(email)s.", email=found.organiser_email)
        return _(error.message) + whom
    return ""


def _calling(reading: Any, event: Event) -> str:
    """The group whose members have a way in, while there is one: they may have been called before the meeting was on
    invitation."""
    shut = not event.by_invitation or closed(event, invited=True)
    return "" if shut else groups.calling(reading, event.id)


def _again(
    reading: Any, found: Event, asked: answers.Asked, typed: Loaded, status: int, token: str
) -> ResponseReturnValue:
    response = make_response(form_page(reading, found, asked, typed, token=token), status)
    if status == 503:
        response.headers["Retry-After"] = "5"
    return response


def _empty(reading: Any, slug: str, left: seats.Said | None = None, **own: Any) -> str:
    found = find(reading, slug)
    asked = answers.Asked(forms.current(reading, found.id))
    return form_page(reading, found, asked, Loaded(), left, **own)


def _with_holes(reading: Any, slug: str, left: seats.Said) -> str:
    """The empty form of nobody in particular."""
    return _empty(reading, slug, left.holes(), seal=once.hole("seal"))


def form_page(
    reading: Any,
    found: Event,
    asked: answers.Asked,
    typed: Loaded,
    left: seats.Said | None = None,
    *,
    token: str = "",
    **own: Any,
) -> str:
    """The form as it was typed, or begun. token: of the invitation that opens it."""
    choices = answers.options(found, asked, typed, others=colleagues.labels(found, typed.raw))
    shown = choices | {
        "event": found,
        "places": left or seats.said(places(reading, found.id)),
        "form": typed,
        "closed": closed(found, invited=bool(token)),
        "group": "" if token else _calling(reading, found),
        "token": token,
        "alone": bool(token) and found.by_invitation,
        "structures": queries.known_structures(reading),
        "seal": own.pop("seal", "") or seal.of(found.id, str(typed.raw.get(seal.KEY, ""))),
        "colleagues": colleagues.numbers(typed.raw),
        "most": colleagues.MOST,
    }
    return render_template("public/form.html", **shown | own)
