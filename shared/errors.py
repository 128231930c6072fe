"""Errors with a name. A refusal is said to a person; the others are for whoever operates the service."""

from __future__ import annotations

from typing import Any


class Sentence(str):
    """French words around values, « %(count)s places »: `_` says the words in the reader's language, values and all.

    A value that is a sentence itself is said in that language too; without values a sign of per cent is one."""

    template: str
    values: dict[str, object]

    def __new__(cls, template: str, **values: object) -> Sentence:
        made = super().__new__(cls, template % values if values else template)
        made.template, made.values = template, values
        return made


class Refusal(Exception):
    """A no with its reason. Raised as one of its kinds; caught as itself only where every kind is said alike.

    code: stable and in kebab-case, for programs. message: French, for the person: what happened, what was
    kept, what to do next. status: the HTTP status it becomes. field: the form field it is about, if one.
    """

    status = 409

    def __init__(
        self,
        code: str,
        message: str,
        *,
        status: int | None = None,
        field: str | None = None,
        details: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.field = field
        self.details = details or {}
        if status is not None:
            self.status = status


class RuleError(Refusal):
    """A rule of the house says no: the page that asked shows it, with what was typed."""


def refuse_long(code: str, text: str, most: int, *, field: str) -> None:
    """Raise RuleError when a text has more than so many characters: it says both numbers."""
    if len(text) > most:
        said = Sentence(
            "Ce texte est trop long : %(limit)s caractères au plus, il en a %(length)s.", limit=most, length=len(text)
        )
        raise RuleError(code, said, field=field, status=422)


class NotFound(Refusal):
    """There is no such thing, or not for you. No page is left to show it: the answer is a page of its own."""

    status = 404


class Forbidden(RuleError):
    """You are known, but this is not yours to do."""

    status = 403


class Gone(RuleError):
    """It existed, and is used up or expired."""

    status = 410


class ContractError(ValueError):
    """An event does not match its contract: it is parked, never retried."""
