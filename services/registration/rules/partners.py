"""Step 3 of nine: as what an organisation stands behind an event. Next: services/registration/models/events.py."""

from __future__ import annotations

from services.registration.rules.choices import N_

CO_ORGANISER = "co_organiser"

ROLES: dict[str, str] = {
    CO_ORGANISER: N_("Coorganise"),
    "funder": N_("Finance"),
    "host": N_("Accueille"),
    "partner": N_("Soutient"),
    "media": N_("En parle (média)"),
}
