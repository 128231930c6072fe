"""Posted forms become clean data or French messages, never an exception.

`load` is the one door between what a browser sends and what a use case receives.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import marshmallow as ma
from marshmallow import fields

from shared.errors import RuleError
from shared.web.words import _

HARD_LIMIT = 20_000
"""Characters of one value; longer is cut before anything else looks at it, and said to be too long."""
MANY = 10_000
"""Values of one list; a schema that takes as many refuses more, and none is left out without a word."""


_TURNING = dict.fromkeys(map(ord, "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"))
"""They turn round whatever stands behind them in a line, who wrote it too. Nobody types them: an address book pastes
them around a telephone number, and then it is refused for what its owner does not see."""
_BLANK = "".join(filter(str.isspace, map(chr, range(0x3001)))) + "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
"""What shows nothing at either end. In the middle some of it joins letters, or parts words."""


class MultiDict(Protocol):
    """The part of werkzeug's MultiDict that a form needs."""

    def __iter__(self) -> Iterator[Any]: ...
    def getlist(self, key: str) -> list[Any]: ...


@dataclass
class Loaded:
    """What came of a posted form.

    data: clean values, None when anything is wrong. errors: field name -> messages for the person. raw: what
    to show again in the fields, name -> string or list of strings; also when everything is right.
    """

    data: dict[str, Any] | None = None
    errors: dict[str, list[str]] = field(default_factory=dict)
    raw: dict[str, Any] = field(default_factory=dict)

    def refuse(self, name: str, message: str) -> None:
        """Add what a later rule says about a field; "" is the whole form."""
        self.data = None
        self.errors.setdefault(name, []).append(message)

    def take(self, refusal: RuleError) -> None:
        """Say at its field what a rule refuses. Raises it when it is about no field: then it has a page of its own."""
        if refusal.field is None:
            raise refusal
        self.refuse(refusal.field, _(refusal.message))

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Loaded:
        """A form to show for the first time, with these values in it."""
        return cls(raw={name: value for name, value in values.items() if value is not None})


def tidy(value: str) -> str:
    """Trimmed, NFC, line ends as \\n, no sign that turns a line round. Never raises; lone surrogates become the
    replacement character."""
    text = value[: HARD_LIMIT + 1]
    if not text.isascii():
        text = text.encode("utf-8", "replace").decode("utf-8").translate(_TURNING)
        text = unicodedata.normalize("NFC", text).strip(_BLANK)
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def control_characters(value: str) -> bool:
    """Whether the text holds characters that no keyboard types, and that no mail header or no feed may carry."""
    return not value.isprintable() and any(
        (unicodedata.category(character) == "Cc" and character not in "\n\t") or character in "\u2028\u2029\ufffe\uffff"
        for character in value
    )


def plain(value: str) -> str:
    """Tidy, and without control characters: for a draft, which is kept whatever was typed."""
    text = tidy(value)
    return "".join(one for one in text if not control_characters(one)) if control_characters(text) else text


def load(schema: ma.Schema, form: MultiDict) -> Loaded:
    """Read `form` through `schema`. Trims, normalises, refuses control characters; never raises.

    A String field given as a single line (no `metadata={"multiline": True}`) refuses line breaks, so that no
    header can be injected through it. An absent or empty value of an optional field takes its default.
    """
    result = Loaded()
    values: dict[str, Any] = {}
    for name in _names(form):
        declared = schema.load_fields.get(name) or _by_key(schema, name)
        given = [tidy(str(value)) for value in form.getlist(name)[: MANY + 1]]
        if not given:
            continue
        several = isinstance(declared, fields.List)
        kept: Any = given if several else given[0]
        result.raw[name] = kept
        if declared is None:
            continue
        for text in given if several else given[:1]:
            problem = _problem(text, declared)
            if problem:
                result.errors.setdefault(name, []).append(problem)
                break
        if several:
            values[name] = [text for text in given if text]
        elif given[0] or declared.required:
            values[name] = given[0]
    for name, declared in schema.load_fields.items():
        key = declared.data_key or name
        if isinstance(declared, fields.Boolean) and key not in values and not declared.required:
            values[key] = "false"  # a box that is not ticked is not sent
        if isinstance(declared, fields.List) and key not in values and declared.required:
            values[key] = []
    _read(schema, values, result)
    return result


def _read(schema: ma.Schema, values: dict[str, Any], result: Loaded) -> None:
    try:
        data = schema.load(values, unknown=ma.EXCLUDE)
    except ma.ValidationError as refusal:
        for name, messages in _flat(refusal.messages):
            known = result.errors.setdefault(name, [])
            if not known:
                known.append(_in_french(messages, values.get(name)))
    except (ValueError, TypeError, OverflowError, RecursionError):
        result.errors.setdefault("", []).append(_("Une des réponses n’a pas pu être lue."))
    else:
        if not result.errors:
            result.data = dict(data)


def _names(form: MultiDict) -> list[str]:
    return [name for name in form if isinstance(name, str) and name != "csrf_token"][:1000]


def _by_key(schema: ma.Schema, name: str) -> fields.Field[Any] | None:
    return next((one for one in schema.load_fields.values() if one.data_key == name), None)


def _problem(text: str, declared: fields.Field[Any]) -> str:
    if len(text) > HARD_LIMIT:
        most = [one.max for one in declared.validators if isinstance(one, ma.validate.Length) and one.max]
        return _("Ce texte est trop long : %(limit)s caractères au plus.", limit=min([*most, HARD_LIMIT]))
    if control_characters(text):
        return _("Ce texte contient des caractères invisibles : recopiez-le à la main.")
    if "\n" in text and not declared.metadata.get("multiline"):
        return _("Ce texte doit tenir sur une seule ligne.")
    return ""


def _flat(messages: Any) -> Iterable[tuple[str, list[str]]]:
    """marshmallow's nested messages, one list per top field."""
    if not isinstance(messages, dict):
        yield "", [str(one) for one in messages]
        return
    for name, inner in messages.items():
        yield ("" if name == "_schema" else str(name)), list(_leaves(inner))


def _leaves(inner: Any) -> Iterator[str]:
    if isinstance(inner, Mapping):
        for value in inner.values():
            yield from _leaves(value)
    elif isinstance(inner, list | tuple):
        for value in inner:
            yield from _leaves(value)
    else:
        yield str(inner)


def _in_french(messages: list[str], value: Any) -> str:
    """marshmallow's own sentences are English; a schema's own message passes as it is."""
    message = messages[0] if messages else ""
    if message.startswith("Missing data for required field") or (value == "" and message in _OWN):
        return _("Répondez à cette question.")
    bounds = [int(found) for found in _NUMBERS.findall(message)]
    if message.startswith(("Shorter", "Longer", "Length must be")):
        if not value:
            return _("Répondez à cette question.")
        if message.startswith("Shorter") or len(str(value)) < bounds[0]:
            return _("Ce texte est trop court : %(limit)s caractères au moins.", limit=bounds[0])
        length = len(str(value))
        return _(
            "Ce texte est trop long : %(limit)s caractères au plus, il en a %(length)s.",
            limit=bounds[-1],
            length=length,
        )
    sentences = {
        "Not a valid email address.": _("Cette adresse électronique n’est pas complète : nom@domaine.fr."),
        "Not a valid URL.": _("Cette adresse de site n’est pas complète : https://…"),
        "Not a valid integer.": _("Écrivez un nombre entier."),
        "Not a valid number.": _("Écrivez un nombre."),
        "Not a valid date.": _("Cette date n’existe pas : écrivez jour, mois, année."),
        "Not a valid datetime.": _("Cette date n’existe pas : écrivez jour, mois, année et heure."),
        "Not a valid time.": _("Cette heure n’existe pas : écrivez heures et minutes, 9:30."),
        "Not a valid UUID.": _("Choisissez dans la liste."),
        "Not a valid choice.": _("Choisissez dans la liste."),
        "Field may not be null.": _("Répondez à cette question."),
    }
    if message.startswith("Must be one of"):
        return _("Choisissez dans la liste.")
    if message.startswith("Must be equal to"):
        return _("Cochez cette case pour continuer.")
    if message.startswith("Must be") and bounds:
        if _below(value, bounds[0]) and "greater" in message:
            return _("Ce nombre est trop petit : %(limit)s au moins.", limit=bounds[0])
        return _("Ce nombre est trop grand : %(limit)s au plus.", limit=bounds[-1])
    if message.startswith(("Not a valid", "Invalid", "Must be", "String does not match")):
        return sentences.get(message, _("Cette réponse n’a pas la forme attendue."))
    return message or _("Cette réponse n’a pas la forme attendue.")


_OWN = frozenset(
    {
        "Not a valid email address.",
        "Not a valid URL.",
        "Not a valid integer.",
        "Not a valid number.",
        "Not a valid date.",
        "Not a valid datetime.",
        "Not a valid time.",
        "Not a valid UUID.",
        "Not a valid choice.",
        "Not a valid boolean.",
    }
)


def _below(value: Any, limit: int) -> bool:
    try:
        return float(value) < limit
    except (TypeError, ValueError, OverflowError):
        return False


_NUMBERS = re.compile(r"-?\d+")
