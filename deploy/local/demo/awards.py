"""After the Tribune: the envelope is shared out, payments planned, a first report written, read and accepted."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from deploy.local.demo.agora import mails
from deploy.local.demo.browser import Browser, Unexpected
from deploy.local.demo.stage import Stage

ENVELOPE, ASKED, GIVEN = 30_000, 5_000, 6  # euros, euros, projects


def decide(stage: Stage, room: str) -> None:
    """Every project asks for the same sum; the six best get it."""
    staff = stage.staff
    page = staff.open(f"{room}/aides/enveloppe")
    form = page.form("envelope", "years")
    asked = {name: str(ASKED) for name in form.names if name.startswith("asked_")}
    staff.submit(page, form, {"envelope": str(ENVELOPE), "years": "2"} | asked)
    page = staff.open(f"{room}/aides/")
    page = staff.submit(page, page.form("outcome", action="/decider"), {"outcome": "stop"})
    stage.expect("Projets aidés par l’enveloppe", page.text.count("Accordée"), GIVEN)


def follow(stage: Stage, room: str) -> None:
    """One bearer writes the first report behind the link of the mail; the staff accept it, the next payment opens."""
    staff = stage.staff
    page = staff.open(f"{room}/suivi")
    due = dt.date(2017, 10, 31)
    staff.submit(page, page.form("advance", "first_report_on"), {"advance": "80", "first_report_on": due.isoformat()})
    stage.expect("Courriels d’accord, avec les versements", mails(stage, "Votre aide est accordée", GIVEN), GIVEN)
    write_report(Browser(), stage, "Votre aide est accordée")
    page = staff.open(f"{room}/suivi")
    before = page.text.count("À verser")
    waiting = [href for href in page.links if "/equipe/rapports/" in href]
    for href in waiting:
        report = staff.open(href)
        if any("/accepter" in form.action for form in report.forms):
            staff.submit(report, report.form(action="/accepter"))
            break
    else:
        raise Unexpected(f"{page.url}: no report waits")
    stage.expect("Courriel « Votre rapport est accepté »", mails(stage, "Votre rapport est accepté", 1), 1)
    after = staff.open(f"{room}/suivi").text.count("À verser")
    stage.expect("Versements débloqués par le rapport", after - before, 2)


def write_report(bearer: Browser, stage: Stage, subject: str) -> None:
    """The first report, behind the link in the newest mail with these words."""
    page = bearer.open(_link(stage, subject))
    answers: dict[str, Any] = {
        "done": "Deux puits creusés, un comité d’usagers formé.",
        "results": "L’eau coule toute l’année.",
        "people": "340",
        "spent": "6 200",
        "then": "send",
    }
    bearer.submit(page, page.form("done", "spent"), answers)


def _link(stage: Stage, subject: str) -> str:
    """The personal link in the newest of these mails."""
    text = str(stage.mail.with_subject(subject)["Text"])
    match = re.search(r"https?://\S+/suivi/\S+", text)
    if match is None:
        raise Unexpected("the mail of an award has no link")
    return match[0].rstrip(".)>")
