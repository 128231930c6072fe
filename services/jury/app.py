"""The jury's web application: staff pages, the tablet's shell and its API."""

from __future__ import annotations

from flask import Flask

from services.jury import api
from services.jury.settings import Settings, load
from services.jury.web import (
    application_words,
    applications,
    awards,
    calls,
    chairing,
    closing,
    conflicts,
    corrections,
    deliberation,
    desk,
    doors,
    dossiers,
    eligibility,
    exercise,
    expertise,
    experts,
    feedback,
    followup,
    funders,
    journal,
    juror_mails,
    members,
    menu,
    next_round,
    outbox_files,
    paper_sheets,
    payments,
    places,
    portfolio,
    projects,
    proposals,
    public,
    public_vote,
    readings,
    reviews,
    room,
    rounds,
    rulebook_parts,
    rulebooks,
    tablet,
    tandems,
    unreached,
    votes,
    withdrawals,
)
from shared import logs
from shared.db import Database
from shared.web import deadletters
from shared.web.app import create_web_app


def create_app(settings: Settings | None = None, db: Database | None = None) -> Flask:
    """What gunicorn serves; tests hand over their own settings and database."""
    if settings is None:
        settings = load()
        logs.configure("jury", form=settings.log_format)
    app = create_web_app(
        "services.jury",
        settings,
        db or Database(settings.database_url, application_name="jury web"),
        name="jury",
        blueprints=[
            public.blueprint,
            eligibility.blueprint,
            rulebooks.blueprint,
            rulebook_parts.blueprint,
            proposals.blueprint,
            applications.blueprint,
            dossiers.blueprint,
            reviews.blueprint,
            corrections.blueprint,
            withdrawals.blueprint,
            withdrawals.staff,
            tandems.blueprint,
            tandems.staff,
            experts.blueprint,
            experts.opinions,
            expertise.blueprint,
            calls.blueprint,
            projects.blueprint,
            portfolio.blueprint,
            funders.blueprint,
            readings.blueprint,
            readings.people,
            members.blueprint,
            juror_mails.blueprint,
            unreached.blueprint,
            journal.blueprint,
            chairing.blueprint,
            rounds.blueprint,
            paper_sheets.blueprint,
            outbox_files.blueprint,
            public_vote.blueprint,
            public_vote.ballots,
            room.blueprint,
            exercise.blueprint,
            room.projected,
            closing.blueprint,
            next_round.blueprint,
            awards.blueprint,
            payments.blueprint,
            followup.blueprint,
            conflicts.blueprint,
            deliberation.blueprint,
            votes.blueprint,
            desk.blueprint,
            feedback.blueprint,
            tablet.blueprint,
            deadletters.blueprint,
        ],
        csrf_exempt=[api.blueprint],
    )
    app.jinja_env.globals |= {
        "staff_frame": "jury/frame.html",
        "call_menu": menu.of,
        "chair": doors.chair,
        "application_label": application_words.label,
        "application_differences": application_words.differences,
        "application_school": application_words.school,
        "opinion_choice": application_words.choice,
        "school_holiday": application_words.holiday,
        "application_kind": application_words.kind,
        "application_status": application_words.status,
        "application_value": application_words.value,
    }
    app.jinja_env.filters["application_label"] = application_words.label
    app.jinja_env.filters["place"] = places.name_of
    api.attach(app)
    return app
