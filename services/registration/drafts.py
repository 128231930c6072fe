"""An event that is not in the database yet: what a template, a form or an earlier event says of it."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from dataclasses import dataclass, field

from services.registration.rules.dates import at, french_date
from services.registration.rules.editing import gap, later
from services.registration.rules.forms import Questions
from services.registration.rules.people import fold
from services.registration.rules.question_library import default, without_meal
from services.registration.rules.reminders import DEFAULT
from shared.clock import PARIS

ORGANISER = "Réseau régional de coopération internationale"
ADDRESS = "agora@agora.example"


NOON, END, WORKSHOPS = "noon", "end", "workshops"
_LUNCH = (dt.time(11, 30), dt.time(14))
"""A meal begins within these hours."""
_TO_EAT = dt.timedelta(hours=1)
"""What a meal that begins later than it was to has at least."""

Speaker = tuple[str, str, int | None]
"""Name, role, minutes."""
Site = tuple[str, str, str]
Partner = tuple[str, str, str]
"""Name, site, role."""


@dataclass(frozen=True)
class WorkshopDraft:
    title: str
    room: str
    capacity: int
    summary: str = ""
    host: str = ""
    speakers: tuple[Speaker, ...] = ()
    title_en: str = ""
    summary_en: str = ""


@dataclass(frozen=True)
class SlotDraft:
    label: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    workshops: list[WorkshopDraft] = field(default_factory=list)
    label_en: str = ""


@dataclass(frozen=True)
class ItemDraft:
    starts_at: dt.datetime
    ends_at: dt.datetime | None
    title: str
    speaker: str = ""
    place: str = ""
    slides: str = ""
    speakers: tuple[Speaker, ...] = ()
    title_en: str = ""
    follows: str = ""


@dataclass(frozen=True)
class EventDraft:
    """All that makes a new event. Instants are aware."""

    slug: str
    kind: str
    title: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    place: str
    capacity: int
    organiser_name: str
    organiser_email: str
    edition: int | None = None
    summary: str = ""
    description: str = ""
    address: str = ""
    to_bring: str = ""
    word: str = ""
    prerequisites: str = ""
    tags: list[str] = field(default_factory=list)
    title_en: str = ""
    summary_en: str = ""
    description_en: str = ""
    to_bring_en: str = ""
    word_en: str = ""
    prerequisites_en: str = ""
    by_invitation: bool = False
    opens_at: dt.datetime | None = None
    closes_at: dt.datetime | None = None
    sites: list[Site] = field(default_factory=list)
    """Other places, after `place`: name, address, how to get there."""
    reminders: list[int] = field(default_factory=lambda: list(DEFAULT))
    """How many days ahead people are reminded, the furthest first."""
    partners: list[Partner] = field(default_factory=list)
    """Who stands behind it too, after the organiser that answers."""
    slots: list[SlotDraft] = field(default_factory=list)
    programme: list[ItemDraft] = field(default_factory=list)
    questions: Questions = ()
    """What it asks; none: what its template asks."""


@dataclass(frozen=True)
class Item:
    starts: str
    ends: str
    title: str
    speaker: str = ""
    place: str = ""
    title_en: str = ""
    follows: str = ""
    """What it depends on besides the start: NOON, END or WORKSHOPS."""


@dataclass(frozen=True)
class Series:
    """Workshops side by side."""

    label: str
    starts: str
    ends: str
    workshops: tuple[WorkshopDraft, ...] = ()
    label_en: str = ""


@dataclass(frozen=True)
class Template:
    """Hours are local hours of the first day ("09:30").

    label and about are said to the staff, in their language; the rest goes into the event, the English by `in_english`.
    """

    kind: str
    label: str
    about: str
    title: str
    starts: str
    ends: str
    capacity: int
    summary: str
    description: str
    to_bring: str = ""
    prerequisites: str = ""
    summary_en: str = ""
    description_en: str = ""
    to_bring_en: str = ""
    prerequisites_en: str = ""
    numbered: bool = False
    reminders: tuple[int, ...] = DEFAULT
    opens_before: int | None = None
    closes_before: int = 2
    programme: tuple[Item, ...] = ()
    series: tuple[Series, ...] = ()


def next_edition(of: EventDraft) -> EventDraft:
    """The same with the number that comes next, also where a title begins with it: « 6e Agora », "6th Agora"."""
    if of.edition is None:
        return of
    number = of.edition + 1
    ending = "th" if 10 < number % 100 < 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return dataclasses.replace(
        of,
        edition=number,
        title=re.sub(rf"^{of.edition}(er|re|ère|e|ème|è)\b", f"{number}e", of.title),
        title_en=re.sub(rf"^{of.edition}(st|nd|rd|th)\b", f"{number}{ending}", of.title_en),
    )


def draft(template: Template, day: dt.date, *, edition: int | None = None) -> EventDraft:
    """The event of that template on that day; its title and its place are still to be said."""
    edition = edition if template.numbered else None
    ordinal = "" if edition is None else "1re " if edition == 1 else f"{edition}e "
    opens = None if template.opens_before is None else day - dt.timedelta(days=template.opens_before)
    return EventDraft(
        slug="",
        kind=template.kind,
        edition=edition,
        title=f"{ordinal}{template.title}",
        summary=template.summary,
        description=template.description,
        starts_at=_at(day, template.starts),
        ends_at=_at(day, template.ends),
        place="",
        capacity=template.capacity,
        organiser_name=ORGANISER,
        organiser_email=ADDRESS,
        to_bring=template.to_bring,
        prerequisites=template.prerequisites,
        reminders=list(template.reminders),
        opens_at=at(opens, dt.time(9)) if opens else None,
        closes_at=at(day - dt.timedelta(days=template.closes_before), dt.time(23, 59, 59)),
        slots=[
            SlotDraft(one.label, _at(day, one.starts), _at(day, one.ends), list(one.workshops), one.label_en)
            for one in template.series
        ],
        programme=[
            ItemDraft(
                _at(day, one.starts),
                _at(day, one.ends),
                one.title,
                one.speaker,
                one.place,
                title_en=one.title_en,
                follows=one.follows,
            )
            for one in template.programme
        ],
    )


_TEXTS = ("summary", "description", "to_bring", "prerequisites")


def in_english(made: EventDraft, template: Template) -> EventDraft:
    """The same event, in English too where its French was left as the template has it and nobody wrote any."""
    english = {
        f"{name}_en": getattr(template, f"{name}_en")
        for name in _TEXTS
        if getattr(made, name).split() == getattr(template, name).split() and not getattr(made, f"{name}_en")
    }
    return dataclasses.replace(made, **english)


def within(made: EventDraft) -> EventDraft:
    """The same event, no workshop of it larger than itself: those of a template were made for the template's seats."""

    def fitted(slot: SlotDraft) -> SlotDraft:
        rooms = [dataclasses.replace(one, capacity=min(one.capacity, made.capacity)) for one in slot.workshops]
        return dataclasses.replace(slot, workshops=rooms)

    return dataclasses.replace(made, slots=[fitted(slot) for slot in made.slots])


def settled(made: EventDraft) -> EventDraft:
    """The event of a template at the hours that were chosen, with a programme that makes sense at them.

    Without workshops nothing is brought back from them. A meal comes at a meal's hour; on a day that has none it falls
    out, what comes after it moves up, and nobody is asked about it. What closes the day ends with it, and nothing of
    the programme comes after.
    """
    items = [one for one in made.programme if one.follows != WORKSHOPS or made.slots]
    closing = later(made.ends_at, -sum((_length(one) for one in items if one.follows == END), _NONE))
    meals = [(one, _meal(one, items, made.slots, closing)) for one in items if one.follows == NOON]

    def up(moment: dt.datetime) -> dt.datetime:
        """After a meal that falls out: earlier by it; after one that ends later: later as much."""
        for one, meal in meals:
            if one.ends_at and one.starts_at < moment:
                way = max(gap(one.ends_at, meal.ends_at), _NONE) if meal and meal.ends_at else -_length(one)
                moment = later(moment, way)
        return moment

    eaten = {id(one): meal for one, meal in meals}
    programme = []
    for one in items:
        last = closing
        if one.follows == END:
            placed, last = dataclasses.replace(one, starts_at=closing, ends_at=made.ends_at), made.ends_at
        elif one.follows == NOON:
            if (meal := eaten[id(one)]) is None:
                continue
            placed = meal
        else:
            placed = dataclasses.replace(one, starts_at=up(one.starts_at), ends_at=one.ends_at and up(one.ends_at))
        if made.starts_at <= placed.starts_at and (placed.ends_at or placed.starts_at) <= last:
            programme.append(placed)
    slots = [dataclasses.replace(one, starts_at=up(one.starts_at), ends_at=up(one.ends_at)) for one in made.slots]
    found = dataclasses.replace(made, slots=slots, programme=programme)
    asked = without_meal(made.questions or default(made.kind)) if loses_its_meal(made, found) else made.questions
    return dataclasses.replace(found, questions=asked)


def left_out(before: EventDraft, after: EventDraft) -> list[str]:
    """What of a template found no room at the hours that were chosen, but for a meal; without workshops nothing is
    missed of what would have come of them."""
    there = {one.title for one in after.programme}
    missed = [one for one in before.programme if one.follows != NOON and (one.follows != WORKSHOPS or before.slots)]
    return [one.title for one in missed if one.title not in there]


_OF_A_MEAL = re.compile(r"(?<!petit[ -])\b(?:dejeuners?|repas|lunch)\b")


def tells_of_a_meal(text: str) -> bool:
    """Whether a text, in French or English, speaks of a lunch."""
    return _OF_A_MEAL.search(fold(text)) is not None


def loses_its_meal(before: EventDraft, after: EventDraft) -> bool:
    """Whether an event with a meal became one without; of several days, another may have one."""
    one_day = after.starts_at.astimezone(PARIS).date() == after.ends_at.astimezone(PARIS).date()
    was, left = (any(one.follows == NOON for one in each.programme) for each in (before, after))
    return one_day and was and not left


def _meal(one: ItemDraft, items: list[ItemDraft], slots: list[SlotDraft], closing: dt.datetime) -> ItemDraft | None:
    """That meal at a meal's hour, where the day leaves room for it: one that is too early begins later and is shorter,
    down to an hour; one that is too late begins when what comes before it is over. None: the day has no meal."""
    first, latest = (at(one.starts_at.astimezone(PARIS).date(), hour) for hour in _LUNCH)
    if one.ends_at is None or first <= one.starts_at <= latest:
        return one
    if one.starts_at < first:
        ends_at = max(one.ends_at, later(first, _TO_EAT))
        return dataclasses.replace(one, starts_at=first, ends_at=ends_at) if ends_at <= closing else None
    hours = [
        *((other.starts_at, other.ends_at) for other in items),
        *((slot.starts_at, slot.ends_at) for slot in slots),
    ]
    if any(starts_at < one.starts_at and ends_at and ends_at > latest for starts_at, ends_at in hours):
        return None
    return dataclasses.replace(one, starts_at=latest, ends_at=later(latest, _length(one)))


_NONE = dt.timedelta(0)


def _length(one: ItemDraft) -> dt.timedelta:
    return gap(one.starts_at, one.ends_at) if one.ends_at else _NONE


def moved(earlier: EventDraft, starts_at: dt.datetime) -> EventDraft:
    """The same event beginning at another local time: all else keeps its distance, counted in local hours. A title that
    says its day, as those of groups do, says the new one."""
    was, is_now = (french_date(one.astimezone(PARIS).date(), weekday=False) for one in (earlier.starts_at, starts_at))
    way = gap(earlier.starts_at, starts_at)

    def shift(moment: dt.datetime) -> dt.datetime:
        return later(moment, way)

    def by_days(moment: dt.datetime) -> dt.datetime:
        return at(moment.date() + (starts_at.date() - earlier.starts_at.date()), moment.time())

    return dataclasses.replace(
        earlier,
        title=earlier.title.replace(was, is_now),
        starts_at=starts_at,
        ends_at=shift(earlier.ends_at),
        opens_at=earlier.opens_at and by_days(earlier.opens_at),
        closes_at=earlier.closes_at and by_days(earlier.closes_at),
        slots=[
            dataclasses.replace(one, starts_at=shift(one.starts_at), ends_at=shift(one.ends_at))
            for one in earlier.slots
        ],
        programme=[
            dataclasses.replace(one, starts_at=shift(one.starts_at), ends_at=one.ends_at and shift(one.ends_at))
            for one in earlier.programme
        ],
    )


def _at(day: dt.date, hour: str) -> dt.datetime:
    return at(day, dt.time.fromisoformat(hour))
