"""Step 1 of nine for the staff: one question as its page is filled in. Next: use_cases/forms.py."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from services.registration.rules import forms
from services.registration.rules.choices import ACTOR_TYPES
from services.registration.rules.form_days import attended
from services.registration.rules.forms import Condition, Option, Question, Questions, Words
from services.registration.rules.people import fold
from services.registration.rules.question_library import FIXED_WORDS, LOCKED
from shared.web.forms import Loaded, control_characters, tidy
from shared.web.words import _, ngettext

BLANK_OPTIONS = 3


def type_words() -> dict[str, str]:
    return {
        "text": _("Texte"),
        "number": _("Nombre"),
        "choice": _("Un choix dans une liste"),
        "several": _("Plusieurs choix dans une liste"),
        "date": _("Date"),
        "file": _("Fichier"),
        "agreement": _("Accord à cocher"),
    }


def section_words() -> dict[str, str]:
    return {"you": _("Vous"), "day": _("Votre journée"), "choices": _("Vos choix, et l’envoi")}


def protection_words() -> dict[str, str]:
    return {
        forms.ORDINARY: _("Ordinaire : toute l’équipe la lit, elle est gardée trois ans"),
        forms.SENSITIVE: _("Sensible : peu de personnes la lisent, elle est effacée 30 jours après la rencontre"),
    }


def fault_words() -> dict[str, str]:
    return {
        "too-many-questions": _("Un formulaire compte 60 questions au plus."),
        "key-twice": _("Cette question y est deux fois."),
        "column-changed": _("Son type, ses choix et sa protection ne se changent pas."),
        "key": _("Cette question n’a pas de nom utilisable."),
        "shown-to-others": _(
            "Elle sert au covoiturage : ce qu’on y répond est montré aux personnes qui partagent leur trajet. Elle ne "
            "peut donc pas être sensible. Pour que l’équipe seule la lise, écrivez une question à vous."
        ),
        "kind": _("Son type, sa partie ou sa protection n’existe pas."),
        "label-missing": _("Écrivez la question en français."),
        "label-long": _("Un texte dépasse 300 caractères."),
        "hint-long": _("L’aide dépasse 600 caractères."),
        "options-few": _("Donnez au moins deux choix, ou un pour une liste à cocher."),
        "options-many": _("Une liste compte 60 choix au plus."),
        "option-twice": _("Deux choix portent le même nom."),
        "option-empty": _("Un choix n’a pas de texte."),
        "bounds": _("Le plus petit nombre dépasse le plus grand."),
        "condition-empty": _("Cochez la réponse qui fait poser cette question."),
        "condition-later": _("Elle dépend d’une question qui vient après elle ou qui n’est plus là : changez l’ordre."),
        "condition-open": _("Elle ne peut dépendre que d’une question à choix."),
        "condition-tells": _(
            "Elle dépend d’une réponse sensible, et la poser dirait cette réponse. Rendez-la sensible aussi, ou "
            "enregistrez-la sans cette condition (« Quand la poser »)."
        ),
        "condition-day": _(
            "Elle n’était posée qu’à qui venait un jour que le formulaire ne propose plus : elle n’est plus "
            "posée à personne. Changez quand la poser, ou retirez-la."
        ),
        "condition-unknown": _("La réponse dont elle dépend n’existe plus."),
    }


FIELDS = {
    "shown-to-others": "protection",
    "label-missing": "label_fr",
    "label-long": "label_fr",
    "hint-long": "hint_fr",
    "bounds": "most",
    "options-few": "option-0-fr",
    "options-many": "option-0-fr",
    "option-twice": "option-0-fr",
    "option-empty": "option-0-fr",
}
"""Where a fault is said on the page of the question; the others stand above it."""


def new(type_: str, label: str, section: str) -> Question:
    """A question of the event's own."""
    options: tuple[Option, ...] = ()
    if type_ in ("choice", "several"):
        options = (Option("yes", Words("Oui", "Yes")), Option("no", Words("Non", "No")))
    own = "_".join(fold(label).split())
    stem = "".join(char for char in own if char.isascii() and (char.isalnum() or char == "_"))[:24].strip("_")
    key = f"own_{stem or 'question'}_{secrets.token_hex(2)}"
    return Question(key, type_, Words(label), section=section, options=options)


def raw(one: Question) -> dict[str, str]:
    """The question as the fields of its page hold it."""
    held = {
        "label_fr": one.label.fr,
        "label_en": one.label.en,
        "hint_fr": one.hint.fr,
        "hint_en": one.hint.en,
        "required": "true" if one.required else "",
        "protection": one.protection,
        "section": one.section,
        "least": "" if one.least is None else str(one.least),
        "most": "" if one.most is None else str(one.most),
        "rows": "true" if one.rows else "",
    }
    for kind, words in one.wording.items():
        held |= {f"w-{kind}-fr": words.fr, f"w-{kind}-en": words.en}
    for place, option in enumerate(one.options):
        held |= {
            f"option-{place}-key": option.key,
            f"option-{place}-fr": option.words.fr,
            f"option-{place}-en": option.words.en,
        }
    if one.show_if:
        held |= {f"when.{one.show_if.question}.{value}": "true" for value in one.show_if.values}
    return held


def read(base: Question, questions: Questions, posted: Mapping[str, str]) -> tuple[Loaded, Question]:
    """The question as typed, in the state of `base` where nothing may change; what is wrong is said in `Loaded`."""
    values = {name: tidy(str(value)) for name, value in list(posted.items())[:1000] if name != "csrf_token"}
    typed = Loaded(data={}, raw=dict(values))
    for name, text in values.items():
        if control_characters(text) or ("\n" in text and not name.startswith("hint")):
            typed.refuse(name, _("Ce texte contient des caractères invisibles : recopiez-le à la main."))
    one = replace(
        base,
        label=Words(values.get("label_fr", ""), values.get("label_en", "")),
        hint=Words(values.get("hint_fr", ""), values.get("hint_en", "")),
        required=values.get("required") == "true",
        section=section if (section := values.get("section", "")) in forms.SECTIONS else base.section,
        show_if=_condition(values, typed),
        wording=_wording(values),
    )
    if base.key not in LOCKED:
        one = replace(
            one,
            protection=values.get("protection", base.protection),
            options=_options(values) if base.options else (),
            rows=4 if base.type == "text" and values.get("rows") == "true" else 0,
            least=_bound(values, "least", typed) if base.type == "number" else None,
            most=_bound(values, "most", typed) if base.type in ("number", "text") else None,
        )
        if one.type == "text" and one.most is not None and not 1 <= one.most <= forms.LONGEST_TEXT:
            typed.refuse("most", _("Entre 1 et 4 000 caractères."))
    if base.key in FIXED_WORDS:
        one = replace(one, label=base.label, hint=base.hint, required=False, wording={})
    for key, code in forms.faults(forms.put(questions, one), LOCKED):
        if key == one.key:
            typed.refuse(FIELDS.get(code, ""), fault_words()[code])
    return typed, one


def _wording(values: Mapping[str, str]) -> dict[str, Words]:
    found = {}
    for kind in ACTOR_TYPES:
        if fr := values.get(f"w-{kind}-fr", ""):
            found[kind] = Words(fr, values.get(f"w-{kind}-en", ""))
    return found


def _options(values: Mapping[str, str]) -> tuple[Option, ...]:
    """The rows with a French text, in order; one without a key gets one that no other has."""
    found: list[Option] = []
    keys = {values.get(f"option-{place}-key", "") for place in range(forms.MOST_OPTIONS + BLANK_OPTIONS)}
    for place in range(forms.MOST_OPTIONS + BLANK_OPTIONS):
        fr, en = values.get(f"option-{place}-fr", ""), values.get(f"option-{place}-en", "")
        if not fr:
            continue
        key = values.get(f"option-{place}-key", "")
        if not key:
            stem = "".join(
                char for char in fold(fr).replace(" ", "-") if char.isascii() and (char.isalnum() or char == "-")
            )
            key = stem.strip("-")[:30] or "choice"
            number = 2
            while key in keys:
                key, number = f"{key.rsplit('-', 1)[0]}-{number}", number + 1
            keys.add(key)
        found.append(Option(key, Words(fr, en)))
    return tuple(found)


def _condition(values: Mapping[str, str], typed: Loaded) -> Condition | None:
    ticked: dict[str, list[str]] = {}
    for name, value in values.items():
        parts = name.split(".", 2)
        if len(parts) == 3 and parts[0] == "when" and value == "true":
            ticked.setdefault(parts[1], []).append(parts[2])
    if len(ticked) > 1:
        typed.refuse("", _("Cochez les réponses d’une seule question : une condition n’en regarde qu’une."))
    for question, found in ticked.items():
        return Condition(question, tuple(found))
    return None


def _bound(values: Mapping[str, str], name: str, typed: Loaded) -> int | None:
    text = values.get(name, "").replace("\u202f", "").replace(" ", "")
    if not text:
        return None
    if not text.lstrip("-").isascii() or not text.lstrip("-").isdigit() or len(text) > 9 or text.count("-") > 1:
        typed.refuse(name, _("Écrivez un nombre entier."))
        return None
    return int(text)


def conditions(one: Question, questions: Questions, language: str) -> list[dict[str, Any]]:
    """What a condition of this question may look at: each earlier question with its answers."""
    found: list[dict[str, Any]] = []
    for earlier in questions:
        if earlier.key == one.key:
            break
        if earlier.type not in forms.CLOSED or (earlier.sensitive and not one.sensitive):
            continue
        options = [(option.key, option.words.of(language)) for option in earlier.options]
        if earlier.type == "agreement":
            options = [(forms.YES, _("coché"))]
        found.append({"key": earlier.key, "label": earlier.label.of(language), "options": options})
    if one.key in forms.lapsed(questions) and one.show_if and one.show_if.question == "days":
        # Ticked as it was: whoever only changes a word must not have everybody asked.
        gone = [
            (key, _("%(day)s, que le formulaire ne propose plus", day=_day(key, language)))
            for key in one.show_if.values
        ]
        own = next((other for other in found if other["key"] == "days"), None)
        if own is None:
            found.append({"key": "days", "label": _("Jours de la rencontre"), "options": gone})
        else:
            own["options"] = [*own["options"], *gone]
    types = [(key, _(words)) for key, words in ACTOR_TYPES.items()]
    found.append({"key": "actor_type", "label": _("Type d’acteur"), "options": types})
    return found


def _day(key: str, language: str) -> str:
    """The words of a day of the form; an answer that is no day is its own."""
    try:
        return attended([dt.date.fromisoformat(key)]).options[0].words.of(language)
    except ValueError:
        return f"« {key} »"


def follow(one: Question, number: int, language: str, *, asked: bool) -> str:
    """What becomes of the answers given under another protection. asked: also by the form that is published."""
    if not asked:
        return ngettext(
            "« %(question)s » n’est plus posée, mais dépendait d’une question sensible : la réponse déjà donnée "
            "devient sensible aussi.",
            "« %(question)s » n’est plus posée, mais dépendait d’une question sensible : les %(num)d réponses déjà "
            "données deviennent sensibles aussi.",
            number,
            question=one.label.of(language),
        )
    said = (
        ngettext(
            "« %(question)s » devient sensible, et la réponse déjà donnée avec elle.",
            "« %(question)s » devient sensible, et les %(num)d réponses déjà données avec elle.",
            number,
            question=one.label.of(language),
        )
        if one.sensitive
        else ngettext(
            "« %(question)s » n’est plus sensible : la réponse déjà donnée sera lue par toute l’équipe, et gardée "
            "trois ans. La page avait promis l’inverse à qui l’a donnée.",
            "« %(question)s » n’est plus sensible : les %(num)d réponses déjà données seront lues par toute l’équipe, "
            "et gardées trois ans. La page avait promis l’inverse à qui les a données.",
            number,
            question=one.label.of(language),
        )
    )
    return str(said)
