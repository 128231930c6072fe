"""Step 1 of nine for the staff: people registered, their export, one person. Next: queries/staff.py."""

from __future__ import annotations

import math
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import marshmallow as ma
import sqlalchemy as sa
from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from sqlalchemy.orm import Session

from services.registration.models.registrations import Consent, Registration, SensitiveAnswers
from services.registration.queries import columns, form_export, forms, invitations, lists, wording
from services.registration.queries import selection as selected
from services.registration.queries import staff as queries
from services.registration.queries.mails import FATES
from services.registration.queries.parties import companions, transfers
from services.registration.queries.ranking import explained
from services.registration.queries.standing import Standing, standing
from services.registration.rules.choices import (
    ACTOR_LABELS,
    CONSENTS,
    DEPARTMENT_LABELS,
    DIETS,
    STATE_FILTERS,
    STATES,
)
from services.registration.rules.matchmaking import WORDING
from services.registration.rules.people import is_reachable
from services.registration.use_cases import attaching, changing, links, noting, reading
from services.registration.use_cases.matchmaking import PURPOSE as MATCHMAKING
from services.registration.web import answers, attached, questions, selection
from services.registration.web.departments import department_labels
from services.registration.web.events import find
from services.registration.web.happened import PERSON
from shared import audit, clock, workbooks
from shared.clock import PARIS
from shared.errors import NotFound, RuleError
from shared.identity import current_staff, requires, who
from shared.web import db, files, mail_words, settings
from shared.web.forms import Loaded, load, tidy
from shared.web.words import _

blueprint = Blueprint("people", __name__, url_prefix="/equipe")


class NoteField(ma.Schema):
    note = answers.line(noting.LONGEST, metadata={"multiline": True})


TONES = {"confirmed": "done", "wait_listed": "wait", "cancelled": "stop", "passed_on": "none"}


@blueprint.get("/personnes")
@requires("staff", "auditor")
def anywhere() -> ResponseReturnValue:
    """Who telephones, found without knowing at which event they registered."""
    search = selection.wanted(request.args).search.strip()
    address = tidy(request.args.get("adresse", "")[:254])
    if not search and not address:
        return redirect(url_for("events.index"), 303)
    with db().reading() as session:
        return render_template(
            "people/anywhere.html",
            rows=queries.anywhere(session, search, address),
            search=search or address,
            most=queries.PAGE,
            statuses={key: _(words) for key, words in STATES.items()},
            tones=TONES,
        )


@blueprint.get("/evenements/<slug>/inscriptions")
@requires("staff", "auditor")
def index(slug: str) -> str:
    """People registered, searched and filtered; fifty to a page."""
    return listed(slug, _wanted(), Loaded())


def listed(slug: str, wanted: selected.Wanted, keeping: Loaded) -> str:
    """keeping: the name under which this selection was to be kept, when it was not taken."""
    with db().reading() as session:
        event = find(session, slug, programme=False)
        form, every = forms.current_and_former(session, event.id)
        plain = replace(wanted, columns=())
        shown = columns.chosen(form, wanted.columns, _language())
        named = [(one, one.label if one.question else _(one.label)) for one in shown]
        total = selected.count(session, event.id, wanted)
        pages = max(1, math.ceil(total / queries.PAGE))
        page = min(max(1, request.args.get("page", 1, type=int) or 1), pages)
        rows = queries.registrations(session, event.id, wanted, page=page, more=columns.answers(shown))
        return render_template(
            "people/index.html",
            event=event,
            rows=[(*row[:-1], wording.words(session, row[-1], _language())) for row in rows],
            columns=named,
            heads=[(one.key, words) for one, words in named],
            offered=columns.offered(form, _language()),
            most_columns=columns.MOST,
            keeping=keeping,
            wanted=wanted,
            total=total,
            page=page,
            pages=pages,
            statuses={key: _(words) for key, words in STATE_FILTERS.items()},
            tones=TONES,
            workshops=queries.workshops(session, event.id),
            address=selection.address(wanted),
            types={key: _(words) for key, words in ACTOR_LABELS.items()},
            departments=department_labels(),
            presence=selection.presence(),
            answers=selection.answers(every),
            filters=[
                (one, selection.address(selection.wanted(one.selection))) for one in lists.filters(session, event.id)
            ],
            marks=sorted(
                {*lists.marks(session, event.id), wanted.mark} - {""}
            ),  # a kept filter may name one that is gone
            kept=selection.pairs(wanted),
            kept_but_columns=selection.pairs(plain),
            plain_address=selection.address(plain),
        )


@blueprint.get("/evenements/<slug>/inscriptions.csv")
@requires("staff", "auditor")
def export(slug: str) -> Response:
    """The same selection as CSV, streamed; it opens in spreadsheets, and no cell runs as a formula."""
    return files.as_csv(_rows(slug), f"inscriptions-{slug}.csv")


@blueprint.get("/evenements/<slug>/inscriptions.xlsx")
@requires("staff", "auditor")
def workbook(slug: str) -> Response:
    """The same as a workbook, streamed: what people typed is a text, and no formula; an instant can be sorted by."""
    return files.download(
        workbooks.streamed(_("Inscriptions"), _rows(slug, instants=True)), f"inscriptions-{slug}.xlsx"
    )


def _rows(slug: str, *, instants: bool = False) -> Iterator[list[Any]]:
    """Heads, then one row for each registration of the selection, as words; read as they are asked for.

    The name and the columns that were chosen for the list come first, and everything else after them; or nothing else.
    instants: these stay what they are, in Paris time.
    """
    wanted = _wanted()
    staff = current_staff()
    sensitive = bool(staff and staff.has("staff")) and "sensible" in request.args
    database = db()
    with database.transaction() as session:
        event_id = find(session, slug, programme=False).id
        form = forms.current(session, event_id)
        asked = form_export.columns(session, event_id, form, sensitive=sensitive)
        chosen = columns.chosen(form, wanted.columns) if wanted.columns else []
        if sensitive:
            reading.note_export(session, event_id, clock.now(), who=who())
    heads = _heads(sensitive) + [one.label for one in asked]
    coded = {_("État"): STATES, _("Type d’acteur"): ACTOR_LABELS, _("Régime alimentaire"): DIETS}
    coded[_("Département")] = {key: DEPARTMENT_LABELS[key] for key in ("other", "unsaid")}
    known = [{key: _(text) for key, text in coded.get(head, {}).items()} for head in _heads(sensitive)]
    known += [{} for _own in asked]
    alone = "seules" in request.args and not sensitive
    order = _order(chosen, _heads(sensitive), [one.key for one in asked], alone=alone)
    yes, no, marks = _("oui"), _("non"), {"mark": " " + _("(souhait)"), "ranked": _("(souhait %(rank)s)", rank="{}")}

    def cell(value: Any, words: dict[str, str]) -> Any:
        if isinstance(value, bool):
            return yes if value else no
        if isinstance(value, list):
            return " | ".join(value)
        if hasattr(value, "astimezone"):
            local = value.astimezone(PARIS)
            return local if instants else f"{local:%d/%m/%Y %H:%M}"
        return words.get(value, str(value)) if value is not None else ""

    def rows() -> Iterator[list[Any]]:
        yield [heads[place] for place in order]
        with database.reading() as source:
            own = wording.column([one.key for one in asked], sensitive=sensitive)
            for row in queries.export(source, event_id, wanted, sensitive=sensitive, **marks, more=own):
                if own is not None:
                    row = (*row[:-1], *form_export.cells(source, asked, row[-1]))
                yield [cell(row[place], known[place]) for place in order]

    return rows()


def _order(chosen: list[columns.Column], heads: list[str], asked: list[str], *, alone: bool) -> list[int]:
    """Where each cell of a row of the file is taken from. alone: no others beside those chosen, if any are."""
    first = [heads.index(_("Nom")), heads.index(_("Prénom"))] if chosen else []
    for one in chosen:
        if not one.question:
            first.append(heads.index(_(one.label)))
        elif one.question in asked:
            first.append(len(heads) + asked.index(one.question))
    return list(dict.fromkeys(first if alone and first else [*first, *range(len(heads) + len(asked))]))


def _language() -> str:
    return str(get_locale() or "fr")


def _wanted() -> selected.Wanted:
    """The selection of the address; who asked to be called is for those who read sensitive answers."""
    staff, wanted = current_staff(), selection.wanted(request.args)
    return wanted if staff and staff.has("staff") else replace(wanted, call_back=False)


@blueprint.get("/inscriptions/<uuid:registration_id>")
@requires("staff", "auditor")
def show(registration_id: uuid.UUID) -> str:
    """One registration with what happened to it. Sensitive answers only for those who need them."""
    return page(registration_id)


@blueprint.post("/inscriptions/<uuid:registration_id>/note")
@requires("staff")
def note(registration_id: uuid.UUID) -> ResponseReturnValue:
    """Replace what the staff noted; of two who write at once, the second reads the other's first."""
    typed = load(NoteField(), request.form)
    if typed.data is None:
        return page(registration_id, typed), 422
    try:
        with db().transaction() as session:
            text, seen = typed.data["note"], request.form.get("seen", "")
            noting.note(session, registration_id, text, clock.now(), who=who(), seen=seen)
    except RuleError as error:
        typed.refuse("note", _(error.message))
        return page(registration_id, typed), error.status
    flash(_("La note est enregistrée."), "done")
    return redirect(url_for(".show", registration_id=registration_id), 303)


def page(registration_id: uuid.UUID, typed: Loaded | None = None, marking: Loaded | None = None) -> str:
    """typed: a note that was not taken; marking: a mark that was not."""
    staff = current_staff()
    with db().transaction() as session:
        known(session, registration_id)
        may_see = bool(staff and staff.has("staff"))
        found = standing(session, registration_id)
        ranked = explained(session, found)
        kept = forms.given(session, registration_id)
        given = wording.told(session, kept, found.registration.actor_type, _language())
        marks = lists.marks_of(session, registration_id)
        sensitive = session.get(SensitiveAnswers, registration_id) if may_see else None
        if may_see and (sensitive or any(one.sensitive for one in given)):
            reading.note(session, registration_id, clock.now(), who=who())
        return render_template(
            "people/show.html",
            standing=found,
            now=clock.now(),
            passed=transfers(session, found.registration),
            together=companions(session, registration_id),
            marks=marks,
            marking=marking or Loaded(),
            known_marks=[one for one in lists.known_marks(session) if one not in marks] if may_see else [],
            asked=forms.asked_of(session, found.registration),
            sensitive=sensitive,
            may_be_written=is_reachable(found.registration.email),
            stopped=invitations.stopped_at(session, found.registration.email_key),
            mails=mail_words.said(FATES.of(session, [registration_id]), FATES),
            given=[one for one in given if not one.sensitive],
            given_sensitive=[one for one in given if one.sensitive] if may_see else [],
            consents=session.scalars(
                sa.select(Consent).where(Consent.registration_id == registration_id).order_by(Consent.at)
            ).all(),
            history=audit.history(session, "registration", registration_id),
            statuses={key: _(words) for key, words in STATES.items()},
            tones=TONES,
            types={key: _(words) for key, words in ACTOR_LABELS.items()},
            departments=department_labels(),
            diets={key: _(words) for key, words in DIETS.items()},
            consent_words={key: _(words) for key, words in (CONSENTS | {MATCHMAKING: WORDING}).items()},
            ranked=ranked if found.registration.status != "cancelled" else None,
            may_change=may_see,
            form=typed or Loaded.of({"note": found.registration.staff_note}),
            theirs=found.registration.staff_note if typed else "",
            seen=noting.stamp(found.registration),
            labels={"note": _("Note de l’équipe")},
            longest=noting.LONGEST,
            happened={what: (_(words), tone) for what, (words, tone) in PERSON.items()},
            said=answers.said,
            changed=_changed(forms.with_former(session, forms.current(session, found.event.id)), found, may_see),
        )


def _changed(form: forms.Form, found: Standing, may_see: bool) -> Callable[[Sequence[str]], str]:
    """What says which answers one change was about. Of a sensitive one the question tells already: few read it."""
    named = answers.labels(found.event) | questions.labels(form, found.registration.actor_type)
    if not may_see:
        named |= {questions.name_of(one): _("réponse sensible") for one in form.questions if one.sensitive}
    return lambda names: ", ".join(dict.fromkeys(named.get(name, named["workshops"]) for name in names))


@blueprint.get("/inscriptions/<uuid:registration_id>/fichier/<uuid:file_id>")
@requires("staff", "auditor")
def file(registration_id: uuid.UUID, file_id: uuid.UUID) -> Response:
    """A file somebody attached; a sensitive one for the staff only. Each reading is noted."""
    staff = current_staff()
    with db().transaction() as session:
        may_see = bool(staff and staff.has("staff"))
        row = attaching.open_file(session, registration_id, file_id, sensitive=may_see)
        attaching.note_read(session, registration_id, row, clock.now(), who=who())
        return attached.download(row)


@blueprint.post("/inscriptions/<uuid:registration_id>/lien")
@requires("staff")
def send_link(registration_id: uuid.UUID) -> ResponseReturnValue:
    """Send the personal link to the address of the registration."""
    with db().transaction() as session:
        known(session, registration_id)
        sent = links.resend(session, registration_id, clock.now(), site=settings().public_url)
    flash(
        _("Le lien part vers son adresse.") if sent else _("Un lien est déjà parti il y a moins de dix minutes."),
        "done",
    )
    return redirect(url_for(".show", registration_id=registration_id), 303)


@blueprint.post("/inscriptions/<uuid:registration_id>/courriels/regle")
@requires("staff")
def settle_mails(registration_id: uuid.UUID) -> ResponseReturnValue:
    """Somebody saw to the mails that did not reach this person."""
    with db().transaction() as session:
        known(session, registration_id)
        if FATES.settle(session, [registration_id], clock.now()):
            changing.record(session, registration_id, "mails settled", who(), None, None, clock.now())
    flash(_("C’est noté : plus rien ne manque à cette personne."), "done")
    return redirect(url_for(".show", registration_id=registration_id), 303)


def known(session: Session, registration_id: uuid.UUID) -> None:
    """Raise NotFound unless there is such a registration."""
    if session.get(Registration, registration_id) is None:
        raise NotFound("registration-unknown", _("Cette inscription n’existe pas."))


def _heads(sensitive: bool) -> list[str]:
    heads = [
        _("Référence"),
        _("État"),
        _("Nom"),
        _("Prénom"),
        _("Adresse électronique"),
        _("Téléphone"),
        _("Structure"),
        _("Fonction"),
        _("Type d’acteur"),
        _("Département"),
        _("Déjeuner"),
        _("Liste des participants"),
        _("Accord pour le covoiturage"),
        _("Photos"),
        _("L’Écho du Réseau"),
        _("Inscription"),
        _("Ateliers"),
        _("Présent·e le"),
        _("Vu·e dans"),
        _("Marques"),
        _("Note de l’équipe"),
    ]
    more = [_("Régime alimentaire"), _("Précision sur le repas"), _("Besoins d’accessibilité"), _("Être rappelé·e")]
    return heads + more if sensitive else heads
