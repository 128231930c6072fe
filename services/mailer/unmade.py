"""Which part of a mail to many cannot be made, and what to do about it: asked only once the whole has failed. Pure."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from shared.errors import RuleError
from shared.web.words import _


class Unmade(RuleError):
    """A mail cannot be made. item: the article that breaks, when it is one."""

    def __init__(self, message: str, item: uuid.UUID | None = None) -> None:
        super().__init__("unmade", message)
        self.item = item


class Part(NamedTuple):
    """What stands in the frame of a mail, and can be made without the rest. name: in words."""

    name: str
    make: Callable[[], Any]
    item: uuid.UUID | None = None


def refusal(whole: Exception, frame: Callable[[], Any], parts: Iterable[Part]) -> Unmade:
    """What to say of a mail that failed with `whole`. frame: makes it without its parts."""
    if _failure(frame) is None:
        for part in parts:
            if error := _failure(part.make):
                message = _(
                    "%(part)s ne se compose pas. Rouvrez ce texte et retapez ce qui a été collé d’ailleurs ; si cela "
                    "ne suffit pas, retirez-le et dites-le à l’équipe technique : %(error)s.",
                    part=part.name,
                    error=said(error),
                )
                return Unmade(message, part.item)
    message = _(
        "Le modèle du message ne se compose pas. Vos textes n’y sont pour rien, et sont gardés. Donnez ceci à l’équipe "
        "technique : %(error)s.",
        error=said(whole),
    )
    return Unmade(message)


def _failure(make: Callable[[], Any]) -> Exception | None:
    try:
        make()
    except Exception as error:  # noqa: BLE001  (whatever a template raises)
        return error
    return None


def said(error: Exception) -> str:
    """An exception in one line, for whoever mends the template."""
    return f"{type(error).__name__} {error}"[:200]
