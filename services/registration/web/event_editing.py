"""Step 1 of nine for the staff: an event is changed after it was made. Next: use_cases/event_editing.py."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from services.registration.drafts import EventDraft
from services.registration.models.events import Event
from services.registration.queries import documents, partners
from services.registration.queries.places import places
from services.registration.rules import editing as rules
from services.registration.use_cases import documents as filed
from services.registration.use_cases import event_editing as use_cases
from services.registration.use_cases import events
from services.registration.web import answers, event_form, programme_form, public
from services.registration.web.events import find
from shared import audit, clock
from shared.clock import PARIS
from shared.errors import RuleError
from shared.identity import requires, who
from shared.web import db, settings
from shared.web.forms import Loaded, load
from shared.web.words import _, ngettext

blueprint = Blueprint("event_editing", __name__, url_prefix="/equipe/evenements/<slug>/modifier")


class Why(ma.Schema):
    """Why it moves: the mails and the public page say it."""

    reason = answers.line(300)
    reason_en = answers.line(300)


_BUTTONS = ("csrf_token", "confirm", "correct", "preview", "tell", "told", "reason", "reason_en")


@blueprint.get("")
@requires("staff")
def edit(slug: str) -> str:
    """The form, filled with the event as it is now."""
    with db().reading() as session:
        event = find(session, slug)
        form = event_form.filled(events.draft_of(session, event))
        form.raw["seen"] = rules.stamp(use_cases.current(session, event))
        return _page(event, form)


@blueprint.post("")
@requires("staff")
def save(slug: str) -> ResponseReturnValue:
    """First the differences are shown; the same answers with `confirm` save them."""
    posted = request.form.to_dict()
    with db().reading() as session:
        event = find(session, slug)
        base = events.draft_of(session, event)
        typed, draft = event_form.read(answers.Posted(posted), posted | {"slug": event.slug, "programme": "true"}, base)
        typed.raw["seen"] = posted.get("seen", "")
        if event.state == "called_off":
            typed.refuse("", _(rules.CALLED_OFF))
            return _page(event, typed), 409
        if draft is None or "correct" in posted:
            return _page(event, typed), 200 if draft else 422
        before = use_cases.current(session, event)
        if rules.stamp(before) != posted.get("seen", ""):
            return _stale(session, event, typed, base), 409
        if "preview" in posted:
            return _preview(session, event, draft)
        changes = rules.differences(before, use_cases.values(draft))
        if not changes:
            flash(_("Rien n’a changé."), "going")
            return redirect(url_for("events.show", slug=slug), 303)
        taken = places(session, event.id).event.taken
        if draft.capacity < taken:
            typed.refuse("capacity", _below(taken))
            return _page(event, typed), 409
        if "confirm" not in posted:
            return _differences(session, event, draft, changes, posted)
        why = load(Why(), request.form)
        if posted.get("tell") == "no" and why.data and any(why.data.values()):
            why.refuse(
                "reason" if why.data["reason"] else "reason_en",
                _("Personne ne lirait cette phrase : prévenez les personnes inscrites, ou effacez-la."),
            )
        if why.errors:
            return _differences(session, event, draft, changes, posted, why=why), 422
    tell = posted.get("told", "") if posted.get("tell") == "yes" else ""
    try:
        with db().transaction() as session:
            done = use_cases.edit(
                session,
                event.id,
                draft,
                clock.now(),
                who=who(),
                site=settings().public_url,
                seen=posted.get("seen", ""),
                told=int(tell) if tell.isascii() and tell.isdigit() and len(tell) < 8 else None,
                **(why.data or {}),
            )
    except RuleError as error:
        with db().reading() as session:
            event = find(session, slug)
            if error.code == "people-to-tell":
                return _differences(session, event, draft, changes, posted, said=_(error.message), why=why), 409
            if error.code == "edited-meanwhile":
                return _stale(session, event, typed, events.draft_of(session, event)), 409
            typed.refuse(error.field or "", _(error.message))
            return _page(event, typed), error.status
    flash(_said(done), "done")
    return redirect(url_for("events.show", slug=slug), 303)


def _page(event: Event, form: Loaded, theirs: list[Any] | None = None, by: Any = None) -> str:
    return render_template(
        "events/edit.html",
        event=event,
        form=form,
        event_rows=event_form.rows,
        partner_roles=event_form.partner_roles,
        remind_words=event_form.remind_words,
        labels=event_form.labels(),
        theirs=theirs or [],
        by=by,
        numbered=event.edition is not None or event.kind == "agora",
    )


def _stale(session: Session, event: Event, typed: Loaded, kept: EventDraft) -> str:
    """Both versions side by side; what was typed stays in the form, which now starts from what is saved."""
    now = event_form.filled(kept).raw
    words = event_form.labels()
    asked = [name for name in now if name in words]
    theirs = [
        (words[name], typed.raw.get(name, ""), now[name]) for name in asked if _differ(typed.raw.get(name), now[name])
    ]
    edits = [row for row in audit.history(session, "event", event.id) if row.what in ("edited", "capacity changed")]
    typed.raw["seen"] = rules.stamp(use_cases.current(session, event))
    return _page(event, typed, theirs, edits[-1] if edits else None)


def _differ(typed: Any, kept: Any) -> bool:
    return str(typed or "").strip() != str(kept or "").strip()


def _other_days(event: Event, draft: EventDraft) -> str:
    """Of the form, when the days are others than before: "asked", "unasked" or "dropped"; "" when nothing is to say."""
    days = events.days(draft.starts_at, draft.ends_at)
    if days == events.days(event.starts_at, event.ends_at):
        return ""
    if any(one.key == "days" for one in draft.questions):
        return "asked" if len(days) > 1 else "dropped"
    return "unasked" if len(days) > 1 else ""


def _differences(
    session: Session,
    event: Event,
    draft: EventDraft,
    changes: list[tuple[str, Any, Any]],
    posted: dict[str, str],
    *,
    said: str = "",
    why: Loaded | None = None,
) -> str:
    words = event_form.labels()
    moves = any(name in use_cases.WHEN_WHERE for name, _old, _new in changes)
    whom = use_cases.concerned(session, event, clock.now()) if moves else use_cases.Concerned()
    gap = rules.gap(event.starts_at, draft.starts_at)
    to_come = filed.to_come(session, event.id, clock.now()) if gap else []
    later = draft.starts_at.date() > event.starts_at.astimezone(PARIS).date()
    left = places(session, event.id).event
    return render_template(
        "events/edit_differences.html",
        event=event,
        said=said,
        tell=posted.get("tell", ""),
        form=why or Loaded(raw=posted),
        labels={"reason": _("Pourquoi"), "reason_en": _("Pourquoi, en anglais")},
        changes=[(words[name], event_form.said(old), event_form.said(new)) for name, old, new in changes],
        people=whom.all,
        whom=whom,
        other_days=_other_days(event, draft),
        closes=draft.closes_at if later and not any(name == "closes_at" for name, _old, _new in changes) else None,
        promoted=min(left.waiting, max(0, draft.capacity - left.taken)) if draft.capacity > left.capacity else 0,
        outside=programme_form.outside(event, draft.starts_at, draft.ends_at, gap)
        if {"starts_at", "ends_at"} & {name for name, _old, _new in changes}
        else "",
        follows=bool(gap and (event.slots or event.programme)),
        files=[(one.title, rules.later(since, gap)) for one, since in to_come],
        kept=[(name, value) for name, value in posted.items() if name not in _BUTTONS],
    )


def _preview(session: Session, event: Event, draft: EventDraft) -> str:
    """The public page as it would be; nothing is written."""
    left = places(session, event.id)
    logos = partners.logos(session, [draft.organiser_name, *(name for name, _url, _role in draft.partners)])
    files = documents.by_line(session, event.id, clock.now())
    moved = rules.gap(event.starts_at, draft.starts_at)
    rows: list[Any] = [*event.slots, *event.workshops, *event.programme]
    session.expunge_all()
    for one in rows:
        one.starts_at = rules.later(one.starts_at, moved)
        one.ends_at = one.ends_at and rules.later(one.ends_at, moved)
    event.sites, event.partners = events.sites(draft), events.partners(draft)
    for name in use_cases.FIELDS:
        if name not in ("sites", "partners"):
            setattr(event, name, getattr(draft, name))
    return public.page(event, left, logos=logos, files=files, preview=True)


def _below(taken: int) -> str:
    return ngettext(
        "%(num)d place est déjà donnée : la capacité ne peut pas descendre en dessous.",
        "%(num)d places sont déjà données : la capacité ne peut pas descendre en dessous.",
        taken,
    )


def _said(done: use_cases.Edited) -> str:
    said = [_("C’est enregistré.")]
    if done.told:
        said.append(
            ngettext(
                "%(num)d personne est prévenue par courriel.",
                "%(num)d personnes sont prévenues par courriel.",
                done.told,
            )
        )
    if done.back:
        said.append(
            ngettext(
                "%(num)d personne ne savait rien d’un autre jour ou d’un autre lieu : elle ne reçoit rien.",
                "%(num)d personnes ne savaient rien d’un autre jour ou d’un autre lieu : elles ne reçoivent rien.",
                done.back,
            )
        )
    if done.promoted:
        said.append(
            ngettext(
                "%(num)d personne quitte la liste d’attente.",
                "%(num)d personnes quittent la liste d’attente.",
                done.promoted,
            )
        )
    return " ".join(said)
