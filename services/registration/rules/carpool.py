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

from services.registration.rules import agenda
from services.registration.rules.choices import N_
from services.registration.rules.people import fold
from shared.departements import DEPARTEMENTS, Departement
from shared.errors import RuleError, refuse_long

ROADS = 1.3
KG_PER_KM = 0.218
"""In CO2 equivalent, per kilometre driven by an average French car with a combustion engine: 0.192 for the fuel, burnt
and brought to the pump, and 0.0256 for making, keeping up and scrapping the car. Roads are not in it. ADEME, Base
Empreinte, documentation of the Base Carbone, "Routier"
(https://base-empreinte.ademe.fr/documentation/base-carbone?docLink=Routier2), as ADEME's Impact CO2 publishes it
(https://impactco2.fr/outils/transport/voiturethermique)."""

MOST_SEATS = 8
LONGEST = 1000
NO_SUCH_TIME = N_("Cette heure n’existe pas : de 0 h 00 à 23 h 59, par exemple 17 h 30.")
PER_DAY = 8
PAIR_EVERY = dt.timedelta(minutes=10)


@dataclass(frozen=True)
class Note:
    """A message of the past: to whom, when."""

    to: str
    at: dt.datetime


def distance(department: str, where: str) -> int | None:
    """Kilometres by road from the département's préfecture to the event; None when its town is not a préfecture, or
    across the sea."""
    here = DEPARTEMENTS.get(department)
    there = next(filter(None, map(_met_in, where.split(" ; "))), None)
    if here is None or there is None or _land(here) != _land(there):
        return None
    return round(_straight(here.latitude, here.longitude, there.latitude, there.longitude) * ROADS)


def _met_in(site: str) -> Departement | None:
    """The département whose préfecture a site is in: by what stands behind its postcode, « 81000 Albi », or else by the
    last of its parts that is a préfecture, or has its name in it."""
    code = agenda.department(site)
    if code:
        behind = _words(agenda.POSTCODE.split(site)[-1])
        found = DEPARTEMENTS.get(code)
        return found if found and _TOWNS[code] in (behind if behind.strip() else _words(site)) else None
    for part in reversed([_words(one) for one in re.split(r"[,()/]| [-–—] ", site)]):
        if part in _CODES:
            return DEPARTEMENTS[_CODES[part]]
    words = _words(site)
    place, last = max((words.rfind(town), code) for code, town in _TOWNS.items())
    return DEPARTEMENTS[last] if place >= 0 else None


def _words(text: str) -> str:
    """Between spaces, so that « auch » is not found in « gauche »."""
    found = re.findall(r"[^\W\d_]+", fold(text))
    return f" {' '.join(found)} "


def _land(of: Departement) -> str:
    """No road leads from one to another."""
    return of.region if of.region == "Corse" or of.code.startswith("97") else ""


_TOWNS = {code: _words(one.town) for code, one in DEPARTEMENTS.items()}
_CODES = {town: code for code, town in _TOWNS.items()}


def _straight(lat: float, lon: float, other_lat: float, other_lon: float) -> float:
    """Great circle, in kilometres."""
    a, b = math.radians(lat), math.radians(other_lat)
    turn = math.sin(a) * math.sin(b) + math.cos(a) * math.cos(b) * math.cos(math.radians(other_lon - lon))
    return 6371.0 * math.acos(max(-1.0, min(1.0, turn)))


def avoided(kilometres: Iterable[int]) -> tuple[int, int]:
    """(kilometres, kilograms of CO2) for the one-way distance of each passenger: a car less there and back."""
    total = 2 * sum(kilometres)
    return total, round(total * KG_PER_KM)


_TIMES = re.compile(r"(?<!\d)(\d{1,2}) ?(?:h(?:eures?)?\b|h(?=\d)|:) ?(\d{1,2}(?!\d))?", re.IGNORECASE)


def no_such_time(words: str) -> bool:
    """Whether the words hold a time that no clock shows, « 25:99 »; other words say what they like."""
    told = re.sub(r"\s", " ", words)
    return any(int(hour) > 23 or int(minute or 0) > 59 for hour, minute in _TIMES.findall(told))


def check_trip(kind: str, seats: int | None, km: int | None, back: str = "") -> None:
    """Raises RuleError beside the field."""
    if kind not in ("offer", "seek"):
        message = N_("Dites si vous proposez des places ou si vous en cherchez.")
        raise RuleError("carpool-kind", message, field="kind", status=422)
    if seats is None or not 1 <= seats <= MOST_SEATS:
        raise RuleError("carpool-seats", N_("Un nombre de places, de 1 à 8."), field="seats", status=422)
    if km is not None and not 1 <= km <= 2000:
        raise RuleError("carpool-km", N_("Un nombre de kilomètres, de 1 à 2 000."), field="km", status=422)
    if no_such_time(back):
        raise RuleError("carpool-back", NO_SUCH_TIME, field="back", status=422)


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
    refuse_long("carpool-long", text, LONGEST, field="text")
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
