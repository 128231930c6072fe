"""What is known of a contact besides their name, as stable words: kind of actor and département. Pure."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from shared.departements import FRANCE
from shared.marks import N_

KINDS = ("association", "authority", "public", "education", "company", "media", "person")
"""Association; collectivité; établissement public; enseignement, recherche; acteur économique; média;
personne qualifiée."""

_KIND_STEMS = {
    "association": ("asso", "collectif", "fondation", "ong", "ngo"),
    "authority": ("collectivite", "commune", "mairie", "epci", "departement", "region", "local authority"),
    "public": ("etablissement public", "hopital", "agence", "public"),
    "education": ("enseignement", "recherche", "lycee", "ecole", "universite", "education"),
    "company": ("acteur economique", "entreprise", "cooperative", "scop", "chambre", "company"),
    "media": ("media", "presse", "press", "journal", "radio", "television", "redaction"),
    "person": ("personne", "particulier", "citoyen", "person"),
}
DEPARTEMENT = re.compile(r"(0[1-9]|1[0-9]|2[1-9AB]|[3-8][0-9]|9[0-5]|97[1-46])\Z")
"""France's département codes, as text: 01, 2A, 974."""


OWN_SOURCES = (
    N_("formulaire public, confirmé par courriel"),
    N_("page des préférences"),
    N_("lien du message"),
    N_("confirmation demandée après trois ans"),
    N_("courriel de désinscription"),
    N_("bouton de la messagerie"),
)
"""What our own pages write as the source of a consent; the staff write words of theirs."""


def named(code: str) -> str:
    """ "31 Haute-Garonne"."""
    return f"{code} {FRANCE.get(code, '')}".strip()


@lru_cache(maxsize=1024)
def departement(typed: str) -> str:
    """The code in what a spreadsheet holds ("9", "31 – Haute-Garonne", "31000"), or "" when there is none."""
    found = re.match(r"\s*([0-9]{4,5}|[0-9]{1,3}|2[ABab])(?![0-9A-Za-z])", typed)
    if not found:
        return ""
    code = found[1].upper()
    if len(code) == 4:  # a spreadsheet took a postal code for a number
        code = "0" + code
    if len(code) == 5:  # a postal code; Corsica's do not tell 2A from 2B by two figures
        code = code[:3] if code.startswith("97") else code[:2]
        if code == "20":
            code = "2A" if found[1] < "20200" else "2B"
    code = code.zfill(2)
    return code if DEPARTEMENT.match(code) else ""


@lru_cache(maxsize=1024)
def kind(typed: str) -> str:
    """One of KINDS for the words people use, or "" when it is none of them."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", typed.casefold()) if not unicodedata.combining(c))
    if plain in KINDS:
        return plain
    for name, stems in _KIND_STEMS.items():
        if any(plain.strip().startswith(stem) for stem in stems):
            return name
    return ""
