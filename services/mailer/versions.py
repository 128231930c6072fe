"""What a form was filled with, or a page showed: nobody undoes what somebody else saved meanwhile, and nobody approves
what they have not read. The stamps are of `shared/stamps.py`; pages carry them, the use cases compare them.
"""

from __future__ import annotations

from collections.abc import Iterable

from services.mailer.models.issues import Issue, Item
from services.mailer.models.letters import Letter
from shared.errors import RuleError
from shared.stamps import stamp
from shared.web.words import _

MEANWHILE = "edited-meanwhile"
_HEAD = ("title", "editorial", "planned_on", "contributions_until", "list_key")
_ITEM = ("section", "title", "text", "link", "structure", "credit", "photo_id", "photo_alt", "expires_on",
         "embargo_until")  # fmt: skip
_LETTER = ("list_key", "title", "text", "public", "embargo_until")


def head(issue: Issue) -> str:
    """Of what stands above the items of an issue."""
    return _of(issue, _HEAD)


def item(one: Item) -> str:
    return _of(one, _ITEM)


def whole(issue: Issue) -> str:
    """Of all that an approval is about: the head, and the items in their order."""
    return stamp({"head": head(issue), "items": [[str(one.id), item(one)] for one in issue.items]})


def letter(one: Letter) -> str:
    return _of(one, _LETTER)


def _of(row: Issue | Item | Letter, names: Iterable[str]) -> str:
    return stamp({name: getattr(row, name) for name in names})


def refuse_overwriting(stands: str, seen: str | None) -> None:
    """Raise RuleError "edited-meanwhile" when a form was filled with something else. seen: None for a form without."""
    if seen is not None and seen != stands:
        message = _("Quelqu’un a enregistré une autre version pendant que vous écriviez : rien n’est écrasé.")
        raise RuleError(MEANWHILE, message)


def refuse_unread(stands: str, seen: str | None) -> None:
    """The same, for whoever approves or sends what a page showed."""
    if seen is not None and seen != stands:
        message = _("Le texte a changé pendant que vous lisiez. Relisez-le : rien n’est approuvé, rien n’est parti.")
        raise RuleError(MEANWHILE, message)
