"""Step 1 of nine for the staff: the form of an event is built. Next: services/registration/use_cases/forms.py."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from services.registration.models.events import Event
from services.registration.queries import forms as queries
from services.registration.queries.places import places
from services.registration.rules import forms as rules
from services.registration.rules.choices import ACTOR_TYPES
from services.registration.rules.erasure import SENSITIVE_KEPT
from services.registration.rules.form_days import attended
from services.registration.rules.forms import Question, Questions
from services.registration.rules.question_library import FIXED_WORDS, LIBRARY, LOCKED
from services.registration.use_cases import events as event_use_cases
from services.registration.use_cases import forms as use_cases
from services.registration.web import answers, builder_form, form_changes, questions, seats
from services.registration.web.events import find
from shared import clock
from shared.errors import NotFound, RuleError
from shared.identity import requires, who
from shared.web import db
from shared.web.forms import Loaded, tidy
from shared.web.security import frame_for
from shared.web.words import _, ngettext

blueprint = Blueprint("form_builder", __name__, url_prefix="/equipe/evenements/<slug>/formulaire")


@blueprint.get("")
@requires("staff")
def show(slug: str) -> str:
    """The questions in order, the library, and how the participant sees it."""
    with db().reading() as session:
        return _list(session, find(session, slug))


@blueprint.post("/ajouter")
@requires("staff")
def add(slug: str) -> ResponseReturnValue:
    """A question of the library, as it is there."""
    key = request.form.get("key", "")

    def change(form: Questions) -> Questions:
        if key in {one.key for one in form}:
            return form
        with db().reading() as session:
            ready = _ready(find(session, slug))
        if key not in ready:
            raise NotFound("question-unknown", _("Cette question n’est pas dans la bibliothèque."))
        return rules.put(form, _free(ready[key], form))

    return _edit(slug, change, f"added {key}", f"q-{key}")


@blueprint.post("/nouvelle")
@requires("staff")
def add_own(slug: str) -> ResponseReturnValue:
    """A question of the event's own: its words first, the rest on its page."""
    typed = Loaded.of({name: tidy(request.form.get(name, "")) for name in ("label", "type", "section")})
    label, kind, section = typed.raw["label"], typed.raw["type"], typed.raw["section"]
    if not label:
        typed.refuse("label", _("Écrivez la question."))
    elif len(label) > rules.LONGEST_LABEL:
        typed.refuse(
            "label",
            _("Elle compte %(number)s caractères, sur %(most)s au plus.", number=len(label), most=rules.LONGEST_LABEL),
        )
    if kind not in rules.TYPES:
        typed.refuse("type", _("Choisissez un type de réponse."))
    if section not in rules.SECTIONS:
        typed.refuse("section", _("Choisissez une partie du formulaire."))
    if typed.errors:
        with db().reading() as session:
            return _list(session, find(session, slug), own=typed), 422
    one = builder_form.new(kind, " ".join(label.split()), section)
    done = _edit(slug, lambda form: rules.put(form, one), f"added {one.key}", "")
    return redirect(url_for(".question", slug=slug, key=one.key), 303) if done.status_code == 303 else done


@blueprint.post("/deplacer")
@requires("staff")
def move(slug: str) -> ResponseReturnValue:
    """One place up or down; the focus comes back to the same button."""
    key, up = request.form.get("key", ""), request.form.get("direction") == "up"
    way = "up" if up else "down"
    return _edit(slug, lambda form: rules.moved(form, key, -1 if up else 1), f"moved {key}", f"{way}-{key}")


@blueprint.post("/retirer")
@requires("staff")
def remove(slug: str) -> ResponseReturnValue:
    """Not asked any more; what was answered stays, and the question can be put back. One that was never published
    could not: whoever takes it out is asked first. What hung on its answer is said: everybody is asked that now."""
    key = request.form.get("key", "")
    with db().reading() as session:
        event = find(session, slug)
        one = queries.read(use_cases.latest(session, event.id)).get(key)
        known = LIBRARY.keys() | {row.key for form in queries.published(session, event.id) for row in form.questions}
        if one and key not in known and "sure" not in request.form:
            return _list(session, event, losing=one)
        answered = queries.answered(session, event.id).get(key, 0)
    freed: list[Question] = []

    def change(form: Questions) -> Questions:
        freed[:] = [row for row in form if row.show_if and row.show_if.question == key]
        return rules.without(form, key)

    done = _edit(slug, change, f"removed {key}", "")
    if one is None or done.status_code != 303:
        return done
    language = questions.language()
    said = [_("« %(question)s » est retirée du brouillon.", question=one.label.of(language))]
    if answered:
        kept = ngettext("La réponse déjà donnée reste.", "Les %(num)d réponses déjà données restent.", answered)
        said.append(kept)
    if freed:
        left = ", ".join(_("« %(words)s »", words=row.label.of(language)) for row in freed)
        said.append(
            _(
                "Cela dépendait de la question retirée, et se demande maintenant à chaque personne : %(left)s.",
                left=left,
            )
        )
    flash(" ".join(said), "wait" if freed else "done")
    return done


@blueprint.post("/remettre")
@requires("staff")
def put_back(slug: str) -> ResponseReturnValue:
    """A question that was taken out, where it stood and in its last words, with what hung on it."""
    key = request.form.get("key", "")
    with db().reading() as session:
        versions = queries.published(session, find(session, slug).id)
    before = next((form.questions for form in versions if form.get(key)), None)
    if before is None:
        raise NotFound("question-unknown", _("Cette question n’a jamais été dans le formulaire."))
    return _edit(slug, lambda form: rules.put_back(form, key, before), f"put back {key}", f"q-{key}")


@blueprint.get("/question/<key>")
@requires("staff")
def question(slug: str, key: str) -> str:
    with db().reading() as session:
        event = find(session, slug)
        version = use_cases.latest(session, event.id)
        form = queries.read(version)
        one = _known(form, key)
        typed = Loaded(raw=builder_form.raw(one) | {"seen": use_cases.state(version)})
        return _question(event, form, one, typed)


@blueprint.post("/question/<key>")
@requires("staff")
def save(slug: str, key: str) -> ResponseReturnValue:
    """Save one question; with `preview`, only show the form with it."""
    posted = request.form.to_dict()
    with db().reading() as session:
        event = find(session, slug)
        version = use_cases.latest(session, event.id)
        form = queries.read(version)
        base = _known(form, key)
        typed, one = builder_form.read(base, form.questions, posted)
        if "preview" in posted:
            shown = queries.Form(form.id, form.number, rules.put(form.questions, one))
            return _preview(session, event, shown, key)
        if typed.data is None:
            return _question(event, form, one, typed), 422
    try:
        with db().transaction() as session:
            seen = posted.get("seen", "")
            put: Callable[[Questions], Questions] = lambda found: rules.put(found, one)  # noqa: E731
            use_cases.edit(session, event.id, seen, put, clock.now(), who=who(), what=f"changed {key}")
    except RuleError as error:
        with db().reading() as session:
            version = use_cases.latest(session, event.id)
            form = queries.read(version)
            typed.raw["seen"] = use_cases.state(version)
            typed.refuse("", _(error.message))
            return _question(event, form, one, typed, theirs=form.get(key)), error.status
    flash(_("La question est enregistrée dans le brouillon."), "done")
    return redirect(url_for(".show", slug=slug, _anchor=f"q-{key}"), 303)


@blueprint.get("/apercu")
@requires("staff")
def preview(slug: str) -> ResponseReturnValue:
    """The form as a participant will see it, open at the question of the address. Filled in, it sends nothing."""
    with db().reading() as session:
        event = find(session, slug)
        form = queries.read(use_cases.latest(session, event.id))
        return _preview(session, event, form, request.args.get("question", ""))


@blueprint.get("/publier")
@requires("staff")
def ask_publish(slug: str) -> ResponseReturnValue:
    """What changes for participants, before it does."""
    with db().reading() as session:
        event = find(session, slug)
        version = use_cases.latest(session, event.id)
        if version.published_at is not None:
            return redirect(url_for(".show", slug=slug), 303)
        return _publish_page(session, event)


@blueprint.post("/publier")
@requires("staff")
def publish(slug: str) -> ResponseReturnValue:
    with db().reading() as session:
        event = find(session, slug)
    try:
        with db().transaction() as session:
            seen = request.form.get("seen", "")
            version = use_cases.publish(session, event.id, seen, clock.now(), who=who())
            number = version.number
    except RuleError as error:
        with db().reading() as session:
            return _list(session, find(session, slug), said=_(error.message)), error.status
    flash(_("La version %(number)s du formulaire est publiée.", number=number), "done")
    return redirect(url_for(".show", slug=slug), 303)


@blueprint.post("/abandonner")
@requires("staff")
def discard(slug: str) -> ResponseReturnValue:
    """Throw the draft away; its questions stay in the history of the event."""
    with db().reading() as session:
        event = find(session, slug)
    try:
        with db().transaction() as session:
            use_cases.discard(session, event.id, request.form.get("seen", ""), clock.now(), who=who())
    except RuleError as error:
        with db().reading() as session:
            return _list(session, find(session, slug), said=_(error.message)), error.status
    flash(_("Le brouillon est abandonné ; le formulaire publié n’a pas changé."), "done")
    return redirect(url_for(".show", slug=slug), 303)


def _edit(slug: str, change: Callable[[Questions], Questions], what: str, anchor: str) -> Response:
    """Change the draft and come back to the list; refused, the list says why."""
    with db().reading() as session:
        event = find(session, slug)
    try:
        with db().transaction() as session:
            seen = request.form.get("seen", "")
            use_cases.edit(session, event.id, seen, change, clock.now(), who=who(), what=what[:80])
    except RuleError as error:
        with db().reading() as session:
            return make_response(_list(session, find(session, slug), said=_(error.message)), error.status)
    return redirect(url_for(".show", slug=slug, _anchor=anchor or None), 303)


def _ready(event: Event) -> dict[str, Question]:
    """The library; the days are those of this event."""
    days = event_use_cases.days(event.starts_at, event.ends_at)
    return LIBRARY | ({"days": attended(days)} if len(days) > 1 else {})


def _free(one: Question, form: Questions) -> Question:
    """Without its condition when what it looks at is not asked here."""
    if one.show_if and one.show_if.question not in {other.key for other in form}:
        return replace(one, show_if=None)
    return one


def _known(form: queries.Form, key: str) -> Question:
    one = form.get(key)
    if one is None:
        raise NotFound("question-unknown", _("Cette question n’est plus dans le formulaire."))
    return one


def _list(
    session: Session, event: Event, *, said: str = "", own: Loaded | None = None, losing: Question | None = None
) -> str:
    """said: why a change was refused. own: a question of one's own that was. losing: one to be taken out for good."""
    version = use_cases.latest(session, event.id)
    form = queries.read(version)
    faults: dict[str, list[str]] = {}
    for key, code in rules.faults(form.questions, LOCKED):
        faults.setdefault(key, []).append(builder_form.fault_words()[code])
    language = questions.language()
    left = [one for key, one in _ready(event).items() if key not in form.keys]
    asked = {one.key: one for earlier in reversed(queries.published(session, event.id)) for one in earlier.questions}
    return render_template(
        "forms/show.html",
        event=event,
        version=version,
        seen=use_cases.state(version),
        sections=[
            (words, [one for one in form.questions if one.section == name])
            for name, words in builder_form.section_words().items()
        ],
        section_words=builder_form.section_words(),
        types=builder_form.type_words(),
        conditions={one.key: questions.condition(one, form) for one in form.questions},
        faults=faults,
        library=[
            (words, [(one.key, one.label.of(language)) for one in left if one.section == name])
            for name, words in builder_form.section_words().items()
        ],
        tongue=language,
        said=said,
        own=own or Loaded.of({"section": "day"}),
        own_labels={"label": _("Ou la vôtre, en français")},
        losing=losing,
        out=[one for key, one in asked.items() if key not in form.keys],
        answered=queries.answered(session, event.id),
    )


def _question(event: Event, form: queries.Form, one: Question, typed: Loaded, *, theirs: Question | None = None) -> str:
    language = questions.language()
    return render_template(
        "forms/question.html",
        event=event,
        one=one,
        form=typed,
        theirs=theirs if theirs != one else None,
        locked=one.key in LOCKED,
        fixed=one.key in FIXED_WORDS,
        types=builder_form.type_words(),
        section_words=builder_form.section_words(),
        protections=builder_form.protection_words(),
        actor_types=[(key, _(words)) for key, words in ACTOR_TYPES.items()],
        option_rows=range(min(len(one.options) + builder_form.BLANK_OPTIONS, rules.MOST_OPTIONS)),
        conditions=builder_form.conditions(one, form.questions, language),
        labels={
            "label_fr": _("La question, en français"),
            "label_en": _("La question, en anglais"),
            "protection": _("Qui lit la réponse"),
        },
        tongue=language,
    )


def _publish_page(session: Session, event: Event) -> str:
    version = use_cases.latest(session, event.id)
    form, before = queries.read(version), queries.current(session, event.id)
    language = questions.language()
    words = {
        "added": (_("Ajoutée"), "done"),
        "removed": (_("Retirée"), "stop"),
        "changed": (_("Changée"), "wait"),
        "moved": (_("Déplacée"), "going"),
    }
    rows = [
        (*words[what], new.label.of(language), form_changes.parts(old, new, before, form) if what == "changed" else [])
        for what, old, new in rules.changes(before.questions, form.questions)
    ]
    given = queries.following(session, event.id, form)
    follow = [one for one in queries.with_former(session, form).questions if one.key in given]
    told = [builder_form.follow(one, given[one.key], language, asked=one.key in form.keys) for one in follow]
    if event.ends_at < clock.now() - SENSITIVE_KEPT and any(
        one.sensitive or one.key not in form.keys for one in follow
    ):
        told.append(
            _(
                "Cette rencontre est passée depuis plus de %(days)d jours : les réponses qui deviennent sensibles "
                "s’effacent dans l’heure, pour toujours.",
                days=SENSITIVE_KEPT.days,
            )
        )
    return render_template(
        "forms/publish.html",
        event=event,
        version=version,
        seen=use_cases.state(version),
        rows=rows,
        follow=told,
        ready=not use_cases.unready(form),
    )


def _preview(session: Session, event: Event, form: queries.Form, edited: str) -> ResponseReturnValue:
    typed = Loaded()
    body = render_template(
        "forms/preview.html",
        event=event,
        edited=edited,
        form=typed,
        places=seats.said(places(session, event.id)),
        structures=[],
        **answers.options(event, answers.Asked(form), typed),
    )
    return frame_for(make_response(body), "'self'")
