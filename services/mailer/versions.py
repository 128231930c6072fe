"""What a form was filled with, or a page showed: nobody undoes what somebody else saved meanwhile, and nobody approves
what they have not read. The stamps are of `shared/stamps.py`; pages carry them, the use cases compare them.
"""

from __future__ import annotations

from collections.abc import Iterable

from services.mailer import lists
from services.mailer.models.issues import Issue, Item
from services.mailer.models.letters import Letter
from services.mailer.models.lists import IN_EVERY_MAIL, MailingList
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
    """Of all that an approval is about: the head, the items in their order, and what the list says in every mail."""
    items = [[str(one.id), item(one)] for one in issue.items]
    return stamp({"head": head(issue), "items": items, "list": _said(issue.readers)})


def letter(one: Letter) -> str:
    return _of(one, _LETTER)


def whole_letter(one: Letter, to: MailingList) -> str:
    """Of all that an approval is about: the letter, and what the list says in every mail."""
    return stamp({"letter": letter(one), "list": _said(to)})


def _said(to: MailingList | None) -> list[str]:
    return [getattr(to or lists.echo(), name) for name in IN_EVERY_MAIL]


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
