"""The minutes as PDF. The content is handed to the template as data: nothing that a person typed is ever
read as Typst code."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import typst

from services.jury import minutes
from shared.clock import PARIS

TEMPLATE = Path(__file__).parent / "templates" / "minutes.typ"
OPINIONS = {
    "favourable": "favorable",
    "reserved": "favorable sous réserve",
    "unfavourable": "défavorable",
    "none": "sans avis",
}
"""What an opinion comes to, as the minutes say it."""
_MONTHS = "janvier février mars avril mai juin juillet août septembre octobre novembre décembre".split()
_DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")


def in_french(instant: str | None) -> str:
    """ "vendredi 14 octobre 2016 à 17 h 05", Paris time."""
    if instant is None:
        return "—"
    local = dt.datetime.fromisoformat(instant).astimezone(PARIS)
    day = "1er" if local.day == 1 else str(local.day)
    return (
        f"{_DAYS[local.weekday()]} {day} {_MONTHS[local.month - 1]} {local.year} "
        f"à {local.hour}\u202fh\u202f{local.minute:02d}"
    )


def _euros(cents: int) -> str:
    """ "5 000 €", "12,50 €": the PDF is in French whoever asks for it."""
    whole, part = divmod(cents, 100)
    return f"{whole:,}".replace(",", "\u202f") + (f",{part:02d}" if part else "") + "\u202f€"


def _drawing(path: str) -> str:
    """The SVG of a drawn signature; empty when there is none."""
    if not path or minutes.DRAWN.fullmatch(path) is None:
        return ""
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 600 160" width="600" height="160">'
        f'<path d="{path}" fill="none" stroke="#221d18" stroke-width="3" stroke-linecap="round"/></svg>'
    )


def pdf(document: Mapping[str, Any], content_hash: str) -> bytes:
    """The minutes as PDF. Raises RuntimeError when the template is broken, never because of the content."""
    shaped = {
        "hash": content_hash,
        "dates": {
            "opened": in_french(document["round"]["opened_at"]),
            "closed": in_french(document["round"]["closed_at"]),
            "signed": in_french(document["signed_at"]),
        },
        "present": [
            {
                **one,
                "absences": [
                    f"a quitté la séance le {in_french(away['left_at'])}"
                    + (f", de retour le {in_french(away['back_at'])}" if away["back_at"] else "")
                    for away in one.get("absences", [])
                ],
            }
            for one in document["present"]
        ],
        "recusals": [
            {**one, "at": in_french(one["at"]), "lifted": in_french(one["lifted_at"]) if one["lifted_at"] else ""}
            for one in document["recusals"]
        ],
        "given_up": [{**one, "at": in_french(one["at"])} for one in document.get("given_up", [])],
        "votes": [{**one, "at": in_french(one["at"])} for one in document.get("votes", [])],
        "opinions": [
            {**one, "at": in_french(one["at"]), "choice": OPINIONS[one["choice"]]}
            for one in document.get("opinions", [])
        ],
        "envelopes": [
            {
                **one,
                "envelope": _euros(one["envelope"]),
                "committed": _euros(one["committed"]),
                "lines": [
                    {**line, "amount": _euros(line["amount"]), "years": [_euros(year) for year in line["years"]]}
                    for line in one["lines"]
                ],
            }
            for one in document["envelopes"]
        ],
        "signatures": [{**one, "drawn": _drawing(one["drawn"])} for one in document["signatures"]],
        "document": dict(document),
    }
    made = typst.compile(TEMPLATE, format="pdf", sys_inputs={"data": json.dumps(shaped, ensure_ascii=False)})
    assert isinstance(made, bytes)
    return made
