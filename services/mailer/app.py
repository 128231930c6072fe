"""The web application of the mailer: staff pages, pages behind the links of a mail, a small JSON API."""

from __future__ import annotations

from flask import Flask

from services.mailer import api, mail_api, marks, settings, web
from shared.db import Database
from shared.settings import Settings
from shared.web import deadletters
from shared.web.app import create_web_app


def create_app(loaded: Settings | None = None, db: Database | None = None) -> Flask:
    """The application. Without arguments: settings and database from the environment."""
    loaded = loaded or settings.load()
    marks.use(loaded.secret_key)
    app = create_web_app(
        __name__,
        loaded,
        db or Database(loaded.database_url, application_name="mailer web"),
        name="mailer",
        blueprints=[*web.blueprints, deadletters.blueprint],
        csrf_exempt=[*web.csrf_exempt, mail_api.blueprint],
    )
    app.jinja_env.globals["staff_frame"] = "mailer_staff.html"
    api.attach(app)
    return app
