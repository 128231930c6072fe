"""Words on screen: `_` marks a French sentence and gives it in the reader's language."""

from __future__ import annotations

from flask_babel import gettext
from flask_babel import ngettext as _ngettext
from flask_babel import pgettext as _pgettext

from shared.errors import Sentence


def _(sentence: str, **values: object) -> str:
    """The sentence in the reader's language, with its %(name)s filled. Outside a request: the French."""
    if isinstance(sentence, Sentence):
        said = {name: _(one) if isinstance(one, Sentence) else one for name, one in sentence.values.items()}
        return str(gettext(sentence.template, **said))
    return str(gettext(sentence, **values))


def ngettext(one: str, several: str, count: int, **values: object) -> str:
    """As `_`, for a number of things; %(num)d is the number. French counts zero in the singular."""
    return str(_ngettext(one, several, count, **values))


def pgettext(context: str, sentence: str) -> str:
    """As `_`, for a French word that English says in two ways; context: which of them."""
    return str(_pgettext(context, sentence))
