"""Step 3 of nine: who may share a car with whom, how far it is, and what that avoids. Pure.

Distances are from one préfecture to another as the crow flies, times 1.3: roads are longer than straight lines, and
1.3 is the usual factor between towns. A person may say their own distance instead. What is avoided is one car there
and back for each passenger, as if each had driven alone; CO2 is the kilometres times `KG_PER_KM`.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass

from services.registration.rules.choices import N_
from services.registration.rules.people import fold
from shared.errors import RuleError

ROADS = 1.3
KG_PER_KM = 0.218
"""In CO2 equivalent, per kilometre driven by an average French car with a combustion engine: 0.192 for the fuel, burnt
and brought to the pump, and 0.0256 for making, keeping up and scrapping the car. Roads are not in it. ADEME, Base
Empreinte, documentation of the Base Carbone, "Routier"
(https://base-empreinte.ademe.fr/documentation/base-carbone?docLink=Routier2), as ADEME's Impact CO2 publishes it
(https://impactco2.fr/outils/transport/voiturethermique)."""

PREFECTURES: dict[str, tuple[str, float, float]] = {
    "09": ("Foix", 42.965, 1.607),
    "11": ("Carcassonne", 43.213, 2.351),
    "12": ("Rodez", 44.351, 2.575),
    "30": ("Nîmes", 43.837, 4.360),
    "31": ("Toulouse", 43.605, 1.444),
    "32": ("Auch", 43.646, 0.586),
    "34": ("Montpellier", 43.611, 3.877),
    "46": ("Cahors", 44.448, 1.441),
    "48": ("Mende", 44.518, 3.500),
    "65": ("Tarbes", 43.233, 0.078),
    "66": ("Perpignan", 42.699, 2.895),
    "81": ("Albi", 43.929, 2.148),
    "82": ("Montauban", 44.018, 1.355),
}

MOST_SEATS = 8
LONGEST = 1000
PER_DAY = 8
PAIR_EVERY = dt.timedelta(minutes=10)


@dataclass(frozen=True)
class Note:
    """A message of the past: to whom, when."""

    to: str
    at: dt.datetime


def distance(department: str, where: str) -> int | None:
    """Kilometres by road from the département's préfecture to the event; None when its town is not a préfecture."""
    here = PREFECTURES.get(department)
    # The last whole word of the first site: « Salle Toulouse-Lautrec, rive gauche, 81000 Albi » is in Albi.
    towns = {fold(one[0]): one for one in PREFECTURES.values()}
    words = [re.findall(r"[^\W\d_]+", fold(site)) for site in where.split(" ; ")]
    there = next((towns[word] for site in words for word in reversed(site) if word in towns), None)
    if here is None or there is None:
        return None
    return round(_straight(here[1], here[2], there[1], there[2]) * ROADS)


def _straight(lat: float, lon: float, other_lat: float, other_lon: float) -> float:
    """Great circle, in kilometres."""
    a, b = math.radians(lat), math.radians(other_lat)
    turn = math.sin(a) * math.sin(b) + math.cos(a) * math.cos(b) * math.cos(math.radians(other_lon - lon))
    return 6371.0 * math.acos(max(-1.0, min(1.0, turn)))


def avoided(kilometres: Iterable[int]) -> tuple[int, int]:
    """(kilometres, kilograms of CO2) for the one-way distance of each passenger: a car less there and back."""
    total = 2 * sum(kilometres)
    return total, round(total * KG_PER_KM)


def check_trip(kind: str, seats: int | None, km: int | None) -> None:
    """Raises RuleError beside the field."""
    if kind not in ("offer", "seek"):
        message = N_("Dites si vous proposez des places ou si vous en cherchez.")
        raise RuleError("carpool-kind", message, field="kind", status=422)
    if seats is None or not 1 <= seats <= MOST_SEATS:
        raise RuleError("carpool-seats", N_("Un nombre de places, de 1 à 8."), field="seats", status=422)
    if km is not None and not 1 <= km <= 2000:
        raise RuleError("carpool-km", N_("Un nombre de kilomètres, de 1 à 2 000."), field="km", status=422)


_LINK = re.compile(r"/i/[\w-]{20,}")  # a personal link, wherever our pages stand


def check_reading(read: str) -> None:
    """Raises RuleError for an answer by mail in which the mailer found no words to pass on."""
    if read != "words":
        message = N_("Nous n’avons pas pu lire votre réponse. Écrivez-la depuis votre page.")
        raise RuleError(f"carpool-{read}", message)


def check_note(text: str, to: str, sent: Iterable[Note], now: dt.datetime) -> None:
    """Raises RuleError when there is nothing to say, too much, or too often."""
    if not text.strip():
        raise RuleError("carpool-empty", N_("Écrivez quelques mots."), field="text", status=422)
    if len(text) > LONGEST:
        raise RuleError("carpool-long", N_("C’est trop long : 1 000 caractères au plus."), field="text", status=422)
    if _LINK.search(text):
        message = N_("Ce message contient un lien personnel, qui ouvre une page à qui le connaît. Ôtez-le.")
        raise RuleError("carpool-link", message, field="text", status=422)
    today = [one for one in sent if one.at > now - dt.timedelta(days=1)]
    if len(today) >= PER_DAY:
        message = N_("Vous avez écrit beaucoup de messages aujourd’hui. Reprenez demain.")
        raise RuleError("carpool-often", message, status=429)
    if any(one.to == to and one.at > now - PAIR_EVERY for one in today):
        message = N_("Vous venez d’écrire à cette personne. Laissez-lui dix minutes pour répondre.")
        raise RuleError("carpool-again", message, status=429)
