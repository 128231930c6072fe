"""The web application of registration: pages for the public and the staff, and a small JSON API."""

from __future__ import annotations

from flask import Flask
from flask_babel import get_locale

from services.registration import api, desk_api, host_api, settings
from services.registration.queries import identity as network
from services.registration.rules.english import told
from services.registration.web import (
    accounts,
    again,
    allocations,
    api_page,
    assemblies,
    assembly_drafts,
    assembly_papers,
    assembly_voters,
    ballots,
    board,
    bulk,
    calling_off,
    carpool,
    desks,
    directory,
    erasure,
    evaluations,
    event_editing,
    events,
    feeds,
    form_builder,
    framed,
    framing,
    groups,
    home,
    identity,
    imports,
    invitations,
    invited,
    journal,
    legal,
    matchmaking,
    members,
    menu,
    messages,
    minutes,
    notices,
    offline,
    on_behalf,
    openid,
    papers,
    participants,
    partners,
    people,
    personal,
    programme,
    programs,
    public,
    queue,
    report,
    reserves,
    restitutions,
    second_factor,
    sittings,
    skills,
    staff_erasure,
    statutes,
    structures,
    support,
    transfers,
    unreached,
    year,
)
from services.registration.web.examples import example_day
from shared.db import Database
from shared.settings import Settings
from shared.web import deadletters
from shared.web.app import create_web_app


def create_app(loaded: Settings | None = None, db: Database | None = None) -> Flask:
    """The application. Without arguments: settings and database from the environment."""
    loaded = loaded or settings.load()
    network.use(loaded.organisation, loaded.organisation_email)
    app = create_web_app(
        __name__,
        loaded,
        db or Database(loaded.database_url, application_name="registration web"),
        name="registration",
        # A bearer token, nobody's authority, or a mailed address: never a cookie.
        csrf_exempt=[desk_api.blueprint, host_api.blueprint, framed.blueprint, invited.leaving],
        blueprints=[
            home.blueprint,
            legal.blueprint,
            journal.blueprint,
            feeds.blueprint,
            public.blueprint,
            again.blueprint,
            invited.blueprint,
            invited.leaving,
            personal.blueprint,
            carpool.blueprint,
            matchmaking.blueprint,
            carpool.staff,
            transfers.blueprint,
            erasure.blueprint,
            staff_erasure.blueprint,
            events.blueprint,
            calling_off.blueprint,
            form_builder.blueprint,
            framed.blueprint,
            framing.blueprint,
            event_editing.blueprint,
            programme.blueprint,
            groups.blueprint,
            unreached.blueprint,
            assemblies.blueprint,
            assembly_drafts.blueprint,
            assembly_papers.blueprint,
            assembly_voters.blueprint,
            minutes.blueprint,
            sittings.blueprint,
            statutes.blueprint,
            board.blueprint,
            ballots.blueprint,
            offline.desk,
            offline.host,
            desks.blueprint,
            evaluations.blueprint,
            papers.blueprint,
            participants.blueprint,
            partners.blueprint,
            structures.public,
            structures.blueprint,
            directory.public,
            directory.blueprint,
            support.blueprint,
            skills.blueprint,
            members.blueprint,
            restitutions.blueprint,
            people.blueprint,
            on_behalf.blueprint,
            messages.blueprint,
            notices.blueprint,
            bulk.blueprint,
            imports.blueprint,
            invitations.blueprint,
            queue.blueprint,
            reserves.blueprint,
            allocations.blueprint,
            accounts.blueprint,
            identity.blueprint,
            second_factor.blueprint,
            openid.blueprint,
            programs.blueprint,
            api_page.blueprint,
            report.blueprint,
            year.blueprint,
            deadletters.blueprint,
        ],
    )
    app.jinja_env.filters["told"] = lambda thing, name: told(thing, name, str(get_locale() or "fr"))
    app.jinja_env.globals.update(
        event_menu=menu.of,
        network_menu=menu.network,
        way_out=menu.way_out,
        example_day=example_day,
        staff_frame="network_frame.html",
    )
    if isinstance(loaded, settings.Settings) and loaded.openid_issuer:
        openid.attach(app, loaded)
    api.attach(app)
    return app
