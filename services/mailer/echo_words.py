"""The words of L'Écho and of letters that are ours, in the reader's language; the texts stay the editor's. Pure.

Made outside a request, and never in the language of who happens to send: so they are not in the catalogues.
"""

from __future__ import annotations

from dataclasses import dataclass

LANGUAGES = ("fr", "en")


@dataclass(frozen=True)
class Frame:
    """What stands around the texts. lang: of these words. query: behind each address of ours, for the page's language.

    echo and list say why somebody gets it; `{name}` is L'Écho's name, or the list's.
    """

    lang: str
    query: str
    sections: dict[str, str]
    until: str
    more: str
    photo: str
    read_issue: str
    read_letter: str
    echo: str
    list: str
    no_pixel: str
    leave: str
    preferences: str
    answer: str
    colon: str


FRAMES = {
    "fr": Frame(
        lang="fr",
        query="",
        sections={
            "headline": "À la une",
            "calls": "Appels à projets",
            "agenda": "Agenda",
            "members": "Vie des associations",
            "resources": "Ressources",
        },
        until="jusqu’au",
        more="En savoir plus",
        photo="Photo",
        read_issue="Lire ce numéro sur le web",
        read_letter="Lire cette lettre sur le web",
        echo="Vous recevez {name} parce que vous avez accepté de le recevoir.",
        list="Vous recevez ce message parce que vous êtes sur la liste « {name} ».",
        no_pixel="Aucun traceur : nous ne savons pas si vous ouvrez ce message.",
        leave="Me désabonner",
        preferences="Mes préférences",
        answer="Répondre",
        colon=" :",
    ),
    "en": Frame(
        lang="en",
        query="?lang=en",
        sections={
            "headline": "Headlines",
            "calls": "Calls for projects",
            "agenda": "What’s on",
            "members": "From our members",
            "resources": "Resources",
        },
        until="until",
        more="Read more",
        photo="Photo",
        read_issue="Read this issue on the web",
        read_letter="Read this letter on the web",
        echo="You receive {name} because you agreed to receive it.",
        list="You receive this message because you are on the list “{name}”.",
        no_pixel="No tracker: we do not know whether you open this message.",
        leave="Unsubscribe",
        preferences="My preferences",
        answer="Reply",
        colon=":",
    ),
}
