"""What changes in one question of a form, in words: the difference shown before it is published."""

from __future__ import annotations

from services.registration.queries.forms import Form
from services.registration.rules.choices import ACTOR_TYPES
from services.registration.rules.forms import Question
from services.registration.web import builder_form, questions
from shared.web.words import _


def parts(old: Question, new: Question, before: Form, after: Form) -> list[tuple[str, str, str]]:
    """(what, before, after) of one changed question, in words."""
    actors = {key: _("Selon le type d’acteur, %(actor)s", actor=_(label)) for key, label in ACTOR_TYPES.items()}

    def told(one: Question, form: Form) -> dict[str, str]:
        return {
            _("Question"): one.label.fr,
            _("En anglais"): one.label.en,
            _("Aide"): one.hint.fr,
            _("Aide, en anglais"): one.hint.en,
            _("Partie"): builder_form.section_words().get(one.section, ""),
            _("Obligatoire"): _("oui") if one.required else _("non"),
            _("Protection"): builder_form.protection_words()[one.protection],
            _("Condition"): questions.condition(one, form) or _("toujours posée"),
            _("Choix"): " · ".join(f"{option.words.fr} / {option.words.en}" for option in one.options),
            **{kind: _worded(one, key) for key, kind in actors.items()},
            _("Bornes"): " – ".join("" if bound is None else str(bound) for bound in (one.least, one.most)),
        }

    earlier, later = told(old, before), told(new, after)
    return [(name, earlier[name] or "—", text or "—") for name, text in later.items() if text != earlier[name]]


def _worded(one: Question, actor_type: str) -> str:
    """Both languages of a question as that type of actor reads it; "" where they read what everybody does."""
    words = one.wording.get(actor_type)
    return " / ".join(said for said in (words.fr, words.en) if said) if words else ""
