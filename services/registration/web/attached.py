"""Step 1 of nine: files posted with a form. Next: services/registration/use_cases/attaching.py."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from flask import Response, request
from sqlalchemy.orm import Session

from services.registration.models.documents import EventDocument
from services.registration.models.forms import FormFile
from services.registration.queries.forms import Form
from services.registration.rules.attachments import LARGEST, TRIAL
from services.registration.use_cases import attaching, registering
from services.registration.web import questions, seal
from shared import clock
from shared.errors import RuleError
from shared.web import db
from shared.web.forms import Loaded, tidy
from shared.web.words import _


def receive(
    form: Form,
    event_id: uuid.UUID,
    values: dict[str, str],
    registration_id: uuid.UUID | None = None,
    *,
    doubted: bool = False,
    trial: bool = False,
) -> tuple[questions.Files, dict[str, str]]:
    """(the files that the form names, what is wrong with those that came). `values` names a file that is taken.

    doubted: the form may be no person's. trial: the team tries it; what it attaches is gone in an hour, too.
    """
    person = {name: tidy(values.get(name, "")) for name in ("form_key", "email", "first_name", "last_name")}
    submission = registering.submission_key(event_id, person) if person["form_key"] else None
    files: dict[str, dict[str, Any]] = {}
    wrong: dict[str, str] = {}
    for one in form.questions:
        if one.type != "file":
            continue
        name = questions.name_of(one)
        sent = request.files.get(name)
        if sent is not None and sent.filename:
            try:
                with db().transaction() as session:
                    kept = attaching.keep(
                        session,
                        event_id,
                        one.key,
                        sensitive=one.sensitive,
                        name=sent.filename,
                        body=sent.stream.read(LARGEST + 1),
                        now=clock.now(),
                        sender=TRIAL if trial else seal.here(),
                        doubted=doubted or trial,
                    )
            except RuleError as error:
                wrong[name] = _(error.message)
            else:
                values[name] = kept["handle"]
            finally:
                sent.close()
        if handle := values.get(name, ""):
            with db().transaction() as session:
                found = attaching.named(
                    session,
                    event_id,
                    one.key,
                    handle,
                    registration_id,
                    now=clock.now(),
                    doubted=doubted or trial,
                    submission=submission,
                )
            if found:
                files[handle] = found
    return files, wrong


def kept(session: Session, form: Form, event_id: uuid.UUID, values: Mapping[str, Any]) -> questions.Files:
    """The files that a form names which was kept for later: as they were, for reading only."""
    files = {}
    for one in form.questions:
        handle = str(values.get(questions.name_of(one), "")) if one.type == "file" else ""
        found = attaching.named(session, event_id, one.key, handle, None, now=clock.now(), doubted=True)
        if found:
            files[handle] = found
    return files


def refuse(typed: Loaded, wrong: dict[str, str]) -> None:
    """What is wrong with a file is said before that it is missing."""
    for name, message in wrong.items():
        typed.refuse(name, message)
        typed.errors[name] = [message]


def take(typed: Loaded, refusal: RuleError) -> None:
    """What a rule says of a form that was read, at its field. A file that ended meanwhile is named no more."""
    if refusal.code == "file-gone" and refusal.field:
        typed.raw.pop(refusal.field, None)
    typed.refuse(refusal.field or "", _(refusal.message))


def download(row: FormFile | EventDocument) -> Response:
    """Always saved, never shown by the browser as a page of ours."""
    answer = Response(row.body, mimetype=row.content_type)
    answer.headers.set("Content-Disposition", "attachment", filename=row.name)
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer
