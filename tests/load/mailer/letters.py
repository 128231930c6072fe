"""The letters that are sent, of the size of L'Écho, and the standard library's word on their bytes."""

from __future__ import annotations

import html
from email.message import EmailMessage

from services.mailer import mime

_SENTENCE = (
    "Le réseau régional réunit associations, collectivités et établissements : échanges, "
    "formations, « coopération » & solidarité, d’un territoire à l’autre. "
)


def static(items: int = 42) -> tuple[str, str]:
    """Text and HTML with the holes of L'Écho: a name, and the links to leave."""
    return _letter([f"{n}. {_SENTENCE * 2}" for n in range(1, items + 1)])


def personal_everywhere(items: int = 42) -> tuple[str, str]:
    """The worst that a template can be: every paragraph of it speaks to the reader by name."""
    return _letter([f"{n}. {{{{first_name}}}}, {_SENTENCE * 2}" for n in range(1, items + 1)])


def _letter(paragraphs: list[str]) -> tuple[str, str]:
    text = "Bonjour {{first_name}},\n\n" + "\n\n".join(paragraphs) + "\n\nSe désinscrire : {{unsubscribe_url}}\n"
    rich = "\n".join(
        f'<tr><td style="padding:0 24px;font-family:Arial,sans-serif;font-size:16px;line-height:24px">\n'
        f"<p>{paragraph.replace('&', '&amp;')}</p>\n</td></tr>"
        for paragraph in paragraphs
    )
    return text, (
        '<!doctype html>\n<html lang="fr"><head><title>L’Écho du Réseau</title></head><body>\n'
        f"<p>Bonjour {{{{first_name}}}},</p>\n<table>\n{rich}\n</table>\n"
        '<p><a href="{{unsubscribe_url}}">Se désinscrire</a> <a href="{{preferences_url}}">Mes choix</a></p>\n'
        "</body></html>\n"
    )


def differing(text: str, rich: str, names: list[str]) -> tuple[int, int]:
    """How many of the letters to `names` differ from the standard library's; and the octets of the first."""
    boundary, wrong, octets = "=_agora_load_0123456789", 0, 0
    body = mime.Alternative(text, rich, boundary)
    for number, name in enumerate(names):
        values = {
            "first_name": name,
            "unsubscribe_url": f"https://agora.example/unsubscribe/{number:080d}",
            "preferences_url": f"https://agora.example/preferences/{number:080d}",
        }
        made = body.fill(values)
        theirs = _by_the_standard_library(text, rich, values, boundary)
        wrong += made.raw != theirs.partition(b"\r\n\r\n")[2]
        octets = octets or len(made.raw)
    return wrong, octets


def _by_the_standard_library(text: str, rich: str, values: dict[str, str], boundary: str) -> bytes:
    for name, value in values.items():
        text = text.replace("{{" + name + "}}", value)
        rich = rich.replace("{{" + name + "}}", html.escape(value))
    message = EmailMessage(policy=mime.STDLIB_POLICY)
    message.set_content(text, cte="quoted-printable")
    message.add_alternative(rich, subtype="html", cte="quoted-printable")
    message.set_boundary(boundary)
    return message.as_bytes()
