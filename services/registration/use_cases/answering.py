"""Step 2 of nine: what a person answered becomes rows. Next: services/registration/rules/people.py."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.registration import announce
from services.registration.models.forms import FormAnswer
from services.registration.models.registrations import Consent, Registration, SensitiveAnswers
from services.registration.rules import participants, people
from services.registration.rules.choices import CONSENT_WORDING_VERSION, CONSENTS
from services.registration.rules.form_answers import Given
from services.registration.rules.question_library import LIBRARY
from services.registration.use_cases import attaching
from shared.db import new_id

ORDINARY = (
    "first_name",
    "last_name",
    "email",
    "phone",
    "structure",
    "function",
    "actor_type",
    "department",
    "meal",
    *CONSENTS,
)
SENSITIVE = ("diet", "diet_note", "access", "call_back")
_sensitive = cast(sa.Table, SensitiveAnswers.__table__)
_INSERT_CONSENTS = cast(sa.Table, Consent.__table__).insert()


def columns(data: Mapping[str, Any], reference: str) -> dict[str, Any]:
    """The columns of `registrations` that come from answers, with the keys derived from them."""
    values = {name: data[name] for name in ORDINARY}
    name = f"{data['last_name']} {data['first_name']}"
    return values | {
        "form_version_id": data.get("form_version"),
        "list_reach": data.get("list_reach", participants.PAPER),
        "email_key": people.email_key(data["email"]),
        "name_key": people.fold(name),
        "search": people.fold(" ".join((name, data["structure"], data["email"], reference))),
    }


def sensitive_rows(registration_id: uuid.UUID, data: Mapping[str, Any]) -> list[dict[str, Any]]:
    """One row, or none when there are no such answers."""
    values = {name: data[name] for name in SENSITIVE}
    return [{"registration_id": registration_id, **values}] if any(values.values()) else []


def write_sensitive(session: Session, registration_id: uuid.UUID, data: Mapping[str, Any]) -> None:
    """Replace the sensitive answers; no row at all when there are none."""
    if rows := sensitive_rows(registration_id, data):
        values = {name: data[name] for name in SENSITIVE}
        row = insert(SensitiveAnswers).on_conflict_do_update(index_elements=["registration_id"], set_=values)
        session.execute(row, rows)
    else:
        session.execute(_sensitive.delete().where(_sensitive.c.registration_id == registration_id))


def given_rows(registration_id: uuid.UUID, data: Mapping[str, Any], now: dt.datetime) -> list[dict[str, Any]]:
    """The answers to the questions that the form asks beside the columns."""
    given: Mapping[str, Given] = data.get("asked") or {}
    return [
        {
            "registration_id": registration_id,
            "question": key,
            "version_id": data["form_version"],
            "label": one.label,
            "value": one.value,
            "said": one.said,
            "sensitive": one.sensitive,
            "given_at": now,
        }
        for key, one in given.items()
    ]


def claim_files(session: Session, registration_id: uuid.UUID, data: Mapping[str, Any]) -> None:
    """The files among somebody's first answers are theirs now."""
    given: Mapping[str, Given] = data.get("asked") or {}
    if any(isinstance(one.value, dict) for one in given.values()):
        attaching.claim(session, registration_id, given, list(data.get("form_keys") or ()))


def write_given(session: Session, registration_id: uuid.UUID, data: Mapping[str, Any], now: dt.datetime) -> None:
    """Replace the answers to the questions that the form asks beside the columns.

    One that is given again unchanged keeps its version and its words, unless the form says by now that it is protected;
    one that the form does not ask any more stays.
    """
    given: Mapping[str, Given] = data.get("asked") or {}
    attaching.claim(session, registration_id, given, list(data.get("form_keys") or ()))
    gone = [key for key in data.get("form_keys") or () if key not in given]
    session.execute(
        sa.delete(FormAnswer).where(FormAnswer.registration_id == registration_id, FormAnswer.question.in_(gone))
    )
    if not given:
        return
    row = insert(FormAnswer)
    new = {name: row.excluded[name] for name in ("version_id", "label", "value", "said", "sensitive", "given_at")}
    session.execute(
        row.on_conflict_do_update(
            index_elements=["registration_id", "question"],
            set_=new,
            where=FormAnswer.value.is_distinct_from(row.excluded.value)
            | (row.excluded.sensitive & ~FormAnswer.sensitive),
        ),
        given_rows(registration_id, data, now),
    )


def write_consents(
    session: Session,
    registration_id: uuid.UUID,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    now: dt.datetime,
    *,
    locale: str,
) -> None:
    """A row for each box that changed. None is ever overwritten. locale: of the page with the boxes."""
    if rows := consent_rows(registration_id, before, after, now, locale=locale):
        session.execute(_INSERT_CONSENTS, rows)


def consent_rows(
    registration_id: uuid.UUID, before: Mapping[str, Any], after: Mapping[str, Any], now: dt.datetime, *, locale: str
) -> list[dict[str, Any]]:
    """A row for each box that changed, with the words that stood beside it; at first for each that is ticked.

    `list_reach` of `after`: which words stood beside the list of participants.
    """
    reach = after.get("list_reach", participants.PAPER)
    return [
        {
            "id": new_id(),
            "registration_id": registration_id,
            "purpose": purpose,
            "given": after[purpose],
            "wording": (participants.WORDING[reach] if purpose == participants.CONSENT else LIBRARY[purpose].label).of(
                locale
            ),
            "wording_version": participants.VERSIONS[reach]
            if purpose == participants.CONSENT
            else CONSENT_WORDING_VERSION,
            "at": now,
        }
        for purpose in CONSENTS
        if bool(before.get(purpose)) != after[purpose]
    ]


def announce_newsletter(
    session: Session, registration: Registration, before: Mapping[str, Any], now: dt.datetime
) -> None:
    """Tell the mailer that the box was ticked, or unticked, just now; before: the answers that these replace.

    A box that was never ticked unsubscribes nobody, and one that stays ticked subscribes nobody again: they may have
    left since. So the letter goes on to the address it was asked for, and a withdrawal names that one.
    """
    if before.get("newsletter"):
        subscribed = registration.newsletter_email or before["email"]
        if not registration.newsletter:
            withdraw_newsletter(session, registration, subscribed, now)
        elif people.email_key(subscribed) != people.email_key(registration.email):
            registration.newsletter_email = subscribed
        else:
            registration.newsletter_email = None
    elif registration.newsletter:
        announce.newsletter_consented(
            session,
            registration,
            wording=LIBRARY["newsletter"].label.of(registration.locale),
            wording_version=CONSENT_WORDING_VERSION,
            now=now,
        )


def withdraw_newsletter(session: Session, registration: Registration, subscribed: str, now: dt.datetime) -> None:
    """Tell the mailer that the agreement given under the address `subscribed` is taken back."""
    registration.newsletter_email = None
    announce.newsletter_withdrawn(
        session,
        registration,
        subscribed=subscribed,
        wording=LIBRARY["newsletter"].label.of(registration.locale),
        wording_version=CONSENT_WORDING_VERSION,
        now=now,
    )
