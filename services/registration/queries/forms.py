"""The questions of an event and the answers to them."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, replace

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from services.registration.models.forms import FormAnswer, FormVersion
from services.registration.models.registrations import Registration, SensitiveAnswers
from services.registration.rules.form_answers import values
from services.registration.rules.forms import (
    OUTSIDE,
    SENSITIVE,
    YES,
    Condition,
    Option,
    Question,
    Questions,
    asked,
    classes,
    from_plain,
)

SEEN_FOR = dt.timedelta(days=1)
"""How long a form opened under one version may be sent after the next one was published."""


@dataclass(frozen=True)
class Form:
    """One version, read."""

    id: uuid.UUID
    number: int
    questions: Questions

    def get(self, key: str) -> Question | None:
        return next((one for one in self.questions if one.key == key), None)

    @property
    def keys(self) -> set[str]:
        return {one.key for one in self.questions}


_PARSED: dict[uuid.UUID, Form] = {}
"""Published versions never change, so each process reads each once."""


def current(session: Session, event_id: uuid.UUID) -> Form:
    """The latest published version. One small statement, two the first time."""
    return _load(session, session.execute(_LATEST, {"event": event_id}).scalar_one())


_LATEST = (
    sa.select(FormVersion.id)
    .where(FormVersion.event_id == sa.bindparam("event"), FormVersion.published_at.is_not(None))
    .order_by(FormVersion.number.desc())
    .limit(1)
)


def seen(
    session: Session, event_id: uuid.UUID, version: str, now: dt.datetime, latest_id: uuid.UUID | None = None
) -> Form:
    """The version that a person had before them when they began, unless it was replaced more than a day ago.

    latest_id: of the version in use, when it was just read.
    """
    latest = _load(session, latest_id) if latest_id else current(session, event_id)
    try:
        wanted = uuid.UUID(version)
    except ValueError:
        return latest
    if wanted == latest.id:
        return latest
    own = sa.select(FormVersion.number).where(
        FormVersion.id == wanted, FormVersion.event_id == event_id, FormVersion.published_at.is_not(None)
    )
    replaced = sa.select(FormVersion.published_at).where(
        FormVersion.event_id == event_id, FormVersion.number == own.scalar_subquery() + 1
    )
    at = session.scalar(replaced)
    if at is None or now >= at + SEEN_FOR:
        return latest
    form, held = _load(session, wanted), protection(session, latest)
    return replace(
        form, questions=tuple(replace(one, protection=held.get(one.key, one.protection)) for one in form.questions)
    )


def protection(session: Session, form: Form) -> dict[str, str]:
    """The class of each question that this version and those before it ask, under this one: `rules.classes`. No
    statement for a first version."""
    return classes(form.questions, *[one.questions for one in _earlier(session, form)])


def as_protected(session: Session, form: Form) -> dict[bool, list[str]]:
    """Whether sensitive -> the questions whose answers are so under this version. What it does not ask is only ever
    shut: nobody was told that it opens."""
    held = protection(session, form)
    return {
        True: [key for key, protection in held.items() if protection == SENSITIVE],
        False: [one.key for one in form.questions if not one.sensitive],
    }


def version(session: Session, version_id: uuid.UUID) -> Form:
    """A published version. No statement when this process has read it before."""
    return _load(session, version_id)


def asked_of(session: Session, registration: Registration) -> set[str]:
    """The questions this person was asked: none at the door; by a list that the staff brought in, lunch where it says
    so; none that their other answers hid."""
    if not registration.form_version_id:
        return set() if registration.meal is None else {"meal"}
    form = _load(session, registration.form_version_id)
    if all(one.show_if is None for one in form.questions):
        return form.keys
    said = {row.question: row.value for row in given(session, registration.id)}
    for row in (registration, session.get(SensitiveAnswers, registration.id)):  # questions with a column of their own
        said |= {one.key: getattr(row, one.key) for one in form.questions if row and one.key in row.__table__.columns}
    known = {one.key: values(one, said.get(one.key)) for one in form.questions}
    return asked(form.questions, known | {name: [getattr(registration, name)] for name in OUTSIDE})


def asking(session: Session, event_id: uuid.UUID, key: str) -> sa.ColumnElement[bool]:
    """Whether a row of registrations is of somebody who was asked this ordinary question, as `asked_of` says it."""
    found = sa.select(FormVersion).where(
        FormVersion.event_id == event_id, FormVersion.questions.contains([{"key": key}])
    )
    wanted = [(form.id, form.get(key)) for form in map(read, session.scalars(found))]
    each = [(Registration.form_version_id == id_) & holds(one.show_if) for id_, one in wanted if one]
    return sa.or_(sa.false(), *each)


def holds(condition: Condition | None, *, ordinary: bool = False) -> sa.ColumnElement[bool]:
    """Whether the answers of a row of registrations meet it. What hid the question that it looks at left no answer.

    ordinary: sensitive answers meet nothing.
    """
    if condition is None:
        return sa.true()
    if condition.question in OUTSIDE:
        return getattr(Registration, condition.question).in_(condition.values)  # type: ignore[no-any-return]
    column = Registration.__table__.columns.get(condition.question)
    if column is not None and isinstance(column.type, sa.Boolean):
        kept = [value == YES for value in condition.values]
        return getattr(Registration, condition.question).in_(kept)  # type: ignore[no-any-return]
    ticked = [True] if YES in condition.values else []  # an agreement; a choice keeps its option's key, even this one
    return sa.exists().where(
        FormAnswer.registration_id == Registration.id,
        FormAnswer.question == condition.question,
        ~FormAnswer.sensitive if ordinary else sa.true(),
        sa.or_(*[FormAnswer.value.contains(sa.type_coerce(value, JSONB)) for value in [*condition.values, *ticked]]),
    )


def given(session: Session, registration_id: uuid.UUID) -> list[FormAnswer]:
    """The answers of one person to the questions without a column, in the order of the form they were given under."""
    rows = list(
        session.scalars(
            sa.select(FormAnswer)
            .where(FormAnswer.registration_id == registration_id)
            .order_by(FormAnswer.given_at, FormAnswer.question)
        )
    )
    order = {one.key: place for row in rows for place, one in enumerate(_load(session, row.version_id).questions)}
    return sorted(rows, key=lambda row: (order.get(row.question, 0), row.question))


def following(session: Session, event_id: uuid.UUID, form: Form) -> dict[str, int]:
    """How many answers given at an event are of another class than under this form, by question; also to one that was
    taken out, and is asked again, or that it takes out."""
    now = [
        FormAnswer.question.in_(keys) & (FormAnswer.sensitive != held)
        for held, keys in as_protected(session, form).items()
    ]
    query = (
        sa.select(FormAnswer.question, sa.func.count())
        .join(Registration, Registration.id == FormAnswer.registration_id)
        .where(Registration.event_id == event_id, sa.or_(*now))
        .group_by(FormAnswer.question)
    )
    return {row[0]: row[1] for row in session.execute(query)}


def with_chosen(session: Session, registration_id: uuid.UUID, form: Form) -> Form:
    """The form as this person changes it: an option that they chose and that was taken out since stays theirs, or
    saving anything else would lose it. Days that the event had are none to come on."""
    found = {row.question: row for row in given(session, registration_id)}
    rows = []
    for one in form.questions:
        row = found.get(one.key)
        chosen = values(one, row.value) if row and one.type in ("choice", "several") and one.key != "days" else []
        gone = {key for key in chosen if one.option(key) is None}
        former = _former(session, form.id, one.key, gone) if gone else ()
        rows.append(replace(one, options=(*one.options, *former)))
    return replace(form, questions=tuple(rows))


def _former(session: Session, version_id: uuid.UUID, question: str, keys: set[str]) -> list[Option]:
    """Options of earlier versions, in their last words."""
    event = sa.select(FormVersion.event_id).where(FormVersion.id == version_id).scalar_subquery()
    earlier = (
        sa.select(FormVersion.id)
        .where(FormVersion.event_id == event, FormVersion.published_at.is_not(None))
        .order_by(FormVersion.number)
    )
    asked_then = [_load(session, one).get(question) for one in session.scalars(earlier)]
    words = {option.key: option for one in asked_then if one for option in one.options if option.key in keys}
    return list(words.values())


def with_former(session: Session, form: Form) -> Form:
    """The form with the options and questions that earlier versions had and it has no more, in their last words: of a
    list of people, those who answered so are still to be found. No statement for a first version."""
    return _joined(form, _earlier(session, form))


def _earlier(session: Session, form: Form) -> list[Form]:
    """The versions published before this one, the newest first."""
    if form.number == 1:
        return []
    event = sa.select(FormVersion.event_id).where(FormVersion.id == form.id).scalar_subquery()
    earlier = (
        sa.select(FormVersion.id)
        .where(FormVersion.event_id == event, FormVersion.number < form.number, FormVersion.published_at.is_not(None))
        .order_by(FormVersion.number.desc())
    )
    return [_load(session, version_id) for version_id in session.scalars(earlier)]


def published(session: Session, event_id: uuid.UUID) -> list[Form]:
    """Every published version, the newest first. One statement when this process has read them before."""
    ids = sa.select(FormVersion.id).where(FormVersion.event_id == event_id, FormVersion.published_at.is_not(None))
    return [_load(session, version_id) for version_id in session.scalars(ids.order_by(FormVersion.number.desc())).all()]


def current_and_former(session: Session, event_id: uuid.UUID) -> tuple[Form, Form]:
    """`current`, and the same `with_former`."""
    latest, *earlier = published(session, event_id)
    return latest, _joined(latest, earlier)


def answered(session: Session, event_id: uuid.UUID) -> dict[str, int]:
    """How many answered each question without a column, whatever it is called by now."""
    query = (
        sa.select(FormAnswer.question, sa.func.count())
        .join(Registration, Registration.id == FormAnswer.registration_id)
        .where(Registration.event_id == event_id)
        .group_by(FormAnswer.question)
    )
    return {row[0]: row[1] for row in session.execute(query)}


def _joined(form: Form, earlier: Iterable[Form]) -> Form:
    """earlier: the newest first."""
    rows = {one.key: one for one in form.questions}
    for before in earlier:
        for one in before.questions:
            mine = rows.setdefault(one.key, one)
            gone = [option for option in one.options if mine.option(option.key) is None]
            rows[one.key] = replace(mine, options=(*mine.options, *gone))
    return replace(form, questions=tuple(rows.values()))


def read(version: FormVersion) -> Form:
    return Form(version.id, version.number, tuple(from_plain(one) for one in version.questions))


def _load(session: Session, version_id: uuid.UUID) -> Form:
    if (known := _PARSED.get(version_id)) is not None:
        return known
    row = session.get_one(FormVersion, version_id)
    found = read(row)
    if row.published_at is not None:  # a draft that is tried goes on changing
        if len(_PARSED) > 200:
            _PARSED.clear()
        _PARSED[version_id] = found
    return found
