"""Step 3 of nine: what a message to a selection may say, and until when it may be taken back. Pure."""

from __future__ import annotations

import datetime as dt

from services.registration.rules.choices import N_
from shared.errors import RuleError, refuse_long

WINDOW = dt.timedelta(minutes=10)
SUBJECT, BODY = 150, 5000


def check(subject: str, body: str, subject_en: str, body_en: str) -> None:
    """Raises RuleError with the field: French is whole, English whole or absent, no subject holds a line break."""
    for field, words, limit in (
        ("subject", subject, SUBJECT),
        ("body", body, BODY),
        ("subject_en", subject_en, SUBJECT),
        ("body_en", body_en, BODY),
    ):
        refuse_long("message-long", words, limit, field=field)
    if not subject.strip():
        raise RuleError("message-subject", N_("Donnez un objet."), field="subject", status=422)
    if not body.strip():
        raise RuleError("message-body", N_("Écrivez le message."), field="body", status=422)
    if bool(subject_en.strip()) != bool(body_en.strip()):
        missing = "body_en" if subject_en.strip() else "subject_en"
        raise RuleError(
            "message-half-english",
            N_("En anglais, il faut l’objet et le texte, ou aucun des deux."),
            field=missing,
            status=422,
        )


def in_language(locale: str, subject: str, body: str, subject_en: str, body_en: str) -> tuple[str, str]:
    """(subject, body) for one person: English for who reads English, when it was written."""
    return (subject_en, body_en) if locale == "en" and subject_en else (subject, body)
