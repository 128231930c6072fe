"""Calendar files (RFC 5545): the same builder serves the download on the page and the mail's attachment."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import icalendar

from shared import clock


@dataclass(frozen=True, kw_only=True)
class Slot:
    """One entry. The same `uid` with a higher `sequence` replaces an earlier one in the reader's calendar. Where nobody
    said an end, it ends when it begins."""

    uid: str
    sequence: int
    starts_at: dt.datetime
    ends_at: dt.datetime
    summary: str
    location: str = ""
    description: str = ""
    url: str = ""
    cancelled: bool = False


def ics(slots: list[Slot], *, method: str = "PUBLISH", name: str = "") -> bytes:
    """The .ics file of some slots, in UTC so that no reader needs our time zone rules.

    name: of a calendar to subscribe to; it is then asked for again every hour (RFC 7986, and what was in use before).
    """
    calendar = icalendar.Calendar()
    calendar.add("prodid", "-//Agora//agenda//FR")
    calendar.add("version", "2.0")
    calendar.add("method", method)
    if name:
        calendar.add("name", name)
        calendar.add("x-wr-calname", name)
        calendar.add("refresh-interval", dt.timedelta(hours=1), parameters={"VALUE": "DURATION"})
        calendar.add("x-published-ttl", "PT1H")
    for slot in slots:
        entry = icalendar.Event()
        entry.add("uid", slot.uid)
        entry.add("sequence", slot.sequence)
        entry.add("dtstamp", clock.now())
        entry.add("dtstart", slot.starts_at.astimezone(dt.UTC))
        if slot.ends_at > slot.starts_at:  # an end must come later (RFC 5545, 3.8.2.2); without one there is the hour
            entry.add("dtend", slot.ends_at.astimezone(dt.UTC))
        entry.add("summary", slot.summary)
        entry.add("status", "CANCELLED" if slot.cancelled else "CONFIRMED")
        for name in ("location", "description", "url"):
            if value := getattr(slot, name):
                entry.add(name, value)
        calendar.add_component(entry)
    return bytes(calendar.to_ical())
