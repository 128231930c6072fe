"""Every single mail with data of nobody, so that it can be looked at before anybody gets it. No database.

The data stand in `mail_samples/<template>.json`; for a mail that a fact asks for they are those of the fact's golden
sample, which a test compares.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from services.mailer import passing_on, render, unmade
from services.mailer.mime import Attachment
from shared.errors import NotFound, RuleError
from shared.web.words import _

LANGUAGES = ("fr", "en")
_FOLDER = Path(__file__).parent / "mail_samples"


@dataclass(frozen=True)
class Preview:
    """One mail in one language, as its reader would see it."""

    template: str
    language: str
    mail: render.Rendered

    @property
    def html(self) -> str:
        """With the pictures that the mail carries inside, since a page has no mail to take them from."""
        shown = self.mail.html
        for picture in self.mail.attachments:
            if picture.cid:
                shown = shown.replace(f"cid:{picture.cid}", _data_url(picture))
        return shown

    @property
    def files(self) -> list[str]:
        """Names of what is attached beside the mail."""
        return [one.filename for one in self.mail.attachments if not one.cid]


def sample(template: str) -> dict[str, Any]:
    """The data of a template's example. Raises NotFound."""
    file = _FOLDER / f"{template}.json"
    if template not in render.templates() or not file.exists():
        raise NotFound("template", "Ce modèle n’existe pas, ou n’a pas d’exemple.")
    read: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return read


def preview(template: str, language: str, domain: str = "") -> Preview:
    """domain: where answers to mails are received; "" when nowhere.

    Raises NotFound; RuleError when the template cannot be made, which says why.
    """
    if language not in LANGUAGES:
        raise NotFound("template", "Ce modèle n’existe pas dans cette langue.")
    data = sample(template)
    data["person"] = data["person"] | {"locale": language}
    answers = f"b+r+exemple@{domain}" if domain and template in passing_on.KINDS else ""
    try:
        return Preview(template, language, render.render(template, data, answers))
    except Exception as error:
        message = _(
            "Ce modèle ne se compose pas (%(language)s). Les courriers qui en dépendent attendent, aucun n’est perdu. "
            "Donnez ceci à l’équipe technique : %(error)s.",
            language=_("en français") if language == "fr" else _("en anglais"),
            error=unmade.said(error),
        )
        raise RuleError("unmade", message) from error


def _data_url(picture: Attachment) -> str:
    return f"data:{picture.maintype}/{picture.subtype};base64,{base64.b64encode(picture.data).decode()}"
