"""Step 1 of nine: the questions of an event's form, shown and read. Next: services/registration/use_cases/.

Fields: a question with a column keeps the column's name, another one is `q-key`; each option of « several » is a field
of its own, `q-key.option`, so that a form is one value per name everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import get_locale

from services.registration.models.forms import FormAnswer
from services.registration.queries.forms import Form
from services.registration.rules import form_answers, forms, participants
from services.registration.rules.carpool import NO_SUCH_TIME
from services.registration.rules.choices import ACTOR_TYPES, DEPARTMENTS
from services.registration.rules.form_answers import Given
from services.registration.rules.forms import Question
from services.registration.rules.question_library import COLUMNS
from services.registration.use_cases.attaching import GONE
from shared.web.forms import HARD_LIMIT, Loaded, control_characters, tidy
from shared.web.words import _

Files = Mapping[str, dict[str, Any]]
"""What a file field may hold -> the file it names."""


def language() -> str:
    return "en" if str(get_locale() or "fr").startswith("en") else "fr"


def name_of(one: Question, option: str = "") -> str:
    name = one.key if one.key in COLUMNS else f"q-{one.key}"
    return f"{name}.{option}" if option else name


def texts(one: Question, values: Mapping[str, Any]) -> list[str]:
    """What the form holds for one question."""
    if one.type == "several":
        names = {option.key: name_of(one, option.key) for option in one.options}
        return [key for key, name in names.items() if str(values.get(name, "")) in form_answers.TICKED]
    text = tidy(str(values.get(name_of(one), "")))
    if one.type == "agreement":
        return [forms.YES] if text in form_answers.TICKED else []
    return [text] if text else []


Held = Mapping[str, list[str]]
"""The key of each question -> what the form holds for it."""


def held(form: Form, values: Mapping[str, Any]) -> Held:
    """What the form holds for each question, asked or not."""
    return {one.key: texts(one, values) for one in form.questions}


def asked(form: Form, inside: Held, values: Mapping[str, Any]) -> set[str]:
    """Keys of the questions asked, given what the form holds."""
    outside = {name: [tidy(str(values.get(name, "")))] for name in forms.OUTSIDE}
    return forms.asked(form.questions, {**inside, **outside})


def only_asked(values: Mapping[str, str], shown: set[str]) -> dict[str, str]:
    """The form without the columns of questions that are not asked. shown: as `asked` gives it."""
    return {name: value for name, value in values.items() if name not in COLUMNS or name in shown}


def read(form: Form, found: Loaded, values: Mapping[str, str], inside: Held, shown: set[str], files: Files) -> None:
    """Read every question into `found`: the columns are there already, the others come as `asked`. Never raises."""
    given: dict[str, Given] = {}
    for one in form.questions:
        if one.key not in shown or not (inside[one.key] or one.required):
            continue
        answer = _answer(one, inside[one.key], files)
        if answer.fault and name_of(one) not in found.errors:
            found.refuse(name_of(one), _fault(answer))
        elif answer.value is not None and one.key not in COLUMNS:
            label = one.said_for(str(values.get("actor_type", "")), language())
            words = form_answers.said(one, answer.value, language())
            given[one.key] = Given(label, answer.value, words, one.sensitive)
    if found.data is not None:
        found.data |= {
            "asked": given,
            "form_version": form.id,
            "form_keys": sorted(form.keys - COLUMNS.keys()),
        }


def _answer(one: Question, typed: Sequence[str], files: Files) -> form_answers.Read:
    if any(len(text) > HARD_LIMIT for text in typed):
        return form_answers.Read(fault="long", limit=one.most or forms.LONGEST_TEXT)
    if any(control_characters(text) for text in typed):
        return form_answers.Read(fault="invisible")
    answer = form_answers.read(one, typed)
    if one.type == "file" and answer.value is not None:
        kept = files.get(str(answer.value))
        if kept is None:
            return form_answers.Read(fault="file-gone")
        return form_answers.Read({name: kept[name] for name in ("id", "name", "size")})
    return answer


def _fault(answer: form_answers.Read) -> str:
    words = {
        "missing": _("Répondez à cette question."),
        "agree": _("Cochez cette case pour continuer."),
        "long": _("Ce texte est trop long : %(limit)s caractères au plus.", limit=answer.limit),
        "lines": _("Ce texte doit tenir sur une seule ligne."),
        "invisible": _("Ce texte contient des caractères invisibles : recopiez-le à la main."),
        "number": _("Écrivez un nombre."),
        "small": _("Ce nombre est trop petit : %(limit)s au moins.", limit=answer.limit),
        "large": _("Ce nombre est trop grand : %(limit)s au plus.", limit=answer.limit),
        "choice": _("Choisissez dans la liste."),
        "date": _("Cette date n’existe pas : écrivez jour, mois, année."),
        "time": _(NO_SUCH_TIME),
        "file-gone": _(GONE),
    }
    return words[answer.fault]


def labels(form: Form, actor_type: str) -> dict[str, str]:
    """The question of each field as this actor type reads it, for the summary of errors."""
    return {name_of(one): one.said_for(actor_type, language()) for one in form.questions}


def raw(given: Sequence[FormAnswer], form: Form) -> dict[str, str]:
    """Stored answers as the form's fields hold them."""
    held: dict[str, str] = {}
    for row in given:
        one = form.get(row.question)
        if one is None:
            continue
        if one.type == "several" and isinstance(row.value, list):
            held |= {name_of(one, str(key)): forms.YES for key in row.value}
        elif one.type == "agreement":
            held[name_of(one)] = forms.YES if row.value else ""
        elif one.type == "file" and isinstance(row.value, dict):
            held[name_of(one)] = f"file:{row.value.get('id', '')}"
        else:
            held[name_of(one)] = str(row.value)
    return held


def sections(form: Form, typed: Loaded, files: Files, reach: str) -> dict[str, list[dict[str, Any]]]:
    """What the page shows: for each section its groups; sensitive questions that follow each other share one.

    reach: how far the list of participants goes that the form asks about.
    """
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in forms.SECTIONS}
    lapsed = {*forms.lapsed(form.questions)}
    for one in form.questions:
        if one.key in lapsed:
            continue
        groups = found[one.section]
        kind = "consent" if one.key in _CONSENTS else one.protection
        if not groups or groups[-1]["kind"] != kind:
            groups.append({"kind": kind, "questions": [], "open": False})
        shown = _shown(one, form, typed, files)
        if one.key == participants.CONSENT:
            reach = participants.read(reach)
            shown |= {"reach": reach, "label": participants.WORDING[reach].of(language())}
        groups[-1]["questions"].append(shown)
        groups[-1]["open"] |= one.required or shown["answered"] or bool(typed.errors.get(shown["name"]))
    return found


_CONSENTS = frozenset({"newsletter", "participant_list", "carpool", "photo"})


def _shown(one: Question, form: Form, typed: Loaded, files: Files) -> dict[str, Any]:
    actor = str(typed.raw.get("actor_type", ""))
    words = language()
    held = texts(one, typed.raw)
    return {
        "key": one.key,
        "name": name_of(one),
        "type": one.type,
        "label": one.said_for(actor, words),
        "plain_label": one.label.of(words),
        "wording": {kind: text.of(words) for kind, text in one.wording.items()},
        "hint": one.hint.of(words),
        "options": [(option.key, option.words.of(words), name_of(one, option.key)) for option in one.options],
        "required": one.required,
        "rows": one.rows,
        "most": one.most,
        "least": one.least,
        "condition": condition(one, form),
        "show": one.show_if and {"field": _field(one.show_if.question, form), "is": list(one.show_if.values)},
        "answered": bool(held),
        "ticked": held if one.type == "several" else [],
        "file": files.get(held[0]) if one.type == "file" and held else None,
        "column": one.key in COLUMNS,
    }


def _field(key: str, form: Form) -> str:
    looked_at = form.get(key)
    return name_of(looked_at) if looked_at else key


def condition(one: Question, form: Form) -> str:
    """The condition in words: what the page says where no script hides the question; "" when it is always asked."""
    if one.show_if is None:
        return ""
    looked_at = form.get(one.show_if.question)
    if looked_at is None:
        outside = {"actor_type": (_("Type d’acteur"), ACTOR_TYPES), "department": (_("Département"), DEPARTMENTS)}
        if one.show_if.question not in outside:
            return ""
        label, known = outside[one.show_if.question]
        values = [_(known[value]) for value in one.show_if.values if value in known]
    else:
        label = looked_at.label.of(language())
        if looked_at.type == "agreement":
            return _("Seulement si vous avez coché « %(question)s ».", question=label)
        found = [looked_at.option(value) for value in one.show_if.values]
        values = [option.words.of(language()) for option in found if option]
        if not values:
            return ""
    either = _(" ou ").join(_("« %(words)s »", words=value) for value in values)
    return _("Seulement si vous avez répondu %(values)s à « %(question)s ».", values=either, question=label)
