"""Step 1 of nine: workshops of a new event, one a line: « L’eau ; Salle Tarn ; 60 ». Next: event_form.py."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence

from services.registration.drafts import SlotDraft, WorkshopDraft
from services.registration.rules.people import fold
from shared.web.forms import Loaded, control_characters, tidy
from shared.web.words import _

MOST = 40
_SEATS = re.compile(r"(\d{1,6})( places?)?", re.ASCII)
_LIMITS = (200, 120)


def said(workshops: Sequence[WorkshopDraft]) -> str:
    """A line each, as one would type it."""
    return "\n".join(map(_line, workshops))


def _line(one: WorkshopDraft) -> str:
    return " ; ".join(filter(None, (one.title, one.room, str(one.capacity))))


def read(found: Loaded, name: str, text: str, slot: SlotDraft, capacity: int) -> SlotDraft:
    """The slot with the workshops of these lines; what is wrong is noted under `name`.

    A line says a title, then a room and a number of seats if it likes; those without one share out what the others
    leave of the event's `capacity`. A workshop that the slot had already keeps what a line does not say; whose line
    was left as it came stays whole, whatever signs are in its title.
    """
    rows = [line for line in (tidy(one) for one in text.splitlines()) if line]
    if len(rows) > MOST:
        found.refuse(name, _("Quarante ateliers au plus dans un créneau."))
        return slot
    known = {fold(one.title): one for one in slot.workshops}
    untouched = {tidy(_line(one)): one for one in slot.workshops}
    share = _share(capacity, [_seats(row) for row in rows])
    made: list[WorkshopDraft] = []
    for row in rows:
        if row in untouched:
            made.append(untouched[row])
            continue
        title, *more = (part.strip() for part in row.split(";"))
        seats = _seats(row)
        rooms = more[:-1] if seats is not None else more
        room = rooms[0] if rooms else ""
        if not title or len(rooms) > 1 or control_characters(row) or "\t" in row:
            found.refuse(name, _("« %(line)s » : écrivez un titre, une salle, un nombre de places.", line=row[:80]))
        elif len(title) > _LIMITS[0] or len(room) > _LIMITS[1]:
            found.refuse(name, _("« %(line)s… » : ce titre ou cette salle est trop long.", line=row[:40]))
        elif seats is not None and not 1 <= seats <= 100_000:
            found.refuse(name, _("« %(line)s » : de 1 à 100 000 places.", line=row[:80]))
        else:
            before = known.get(fold(title), WorkshopDraft(title, "", share))
            places = before.capacity if seats is None else seats
            made.append(dataclasses.replace(before, title=title, room=room or before.room, capacity=places))
    return dataclasses.replace(slot, workshops=made)


def _seats(row: str) -> int | None:
    """The number of seats that a line ends with, if it says one."""
    _title, *more = row.split(";")
    found = _SEATS.fullmatch(more[-1].replace("\u00a0", " ").replace("\u202f", " ").strip()) if more else None
    return int(found[1]) if found else None


def _share(capacity: int, said: Sequence[int | None]) -> int:
    """Seats of a workshop that says none: an even part of what the others leave, or of all when they leave nothing."""
    left, without = capacity - sum(one or 0 for one in said), said.count(None)
    if left <= 0:
        left, without = capacity, len(said)
    return max(1, -(-left // max(1, without)))
