"""Commands: how campaigns stand (`progress`), a campaign paused, resumed or stopped (`campaign`), who is silent
(`silent`), which programs may order mails (`program`).
"""

from __future__ import annotations

import argparse
import sys
import time
import uuid
from typing import Any

import sqlalchemy as sa

from services.mailer import campaigns, chores, limits, orders, settings, steering
from services.mailer.models.ledger import Campaign
from shared import clock
from shared.db import Database
from shared.errors import Refusal


def progress(arguments: list[str]) -> int:
    """Print one line per campaign; with --watch, again every second until none is running."""
    parser = argparse.ArgumentParser(prog="progress")
    parser.add_argument("campaign", nargs="?", type=uuid.UUID, help="one campaign; else the last ten")
    parser.add_argument("--watch", action="store_true", help="until it is finished")
    chosen = parser.parse_args(arguments)
    db = Database(settings.load().database_url, pool_size=1, application_name="mailer progress")
    try:
        while True:
            with db.reading() as session:
                latest = sa.select(Campaign.id).order_by(Campaign.created_at.desc()).limit(10)
                ids = [chosen.campaign] if chosen.campaign else list(session.scalars(latest))
                seen = [(session.get(Campaign, one), campaigns.progress(session, one)) for one in ids]
                refusals = limits.refusals(session)
            for campaign, stand in seen:
                print(line(campaign.title if campaign else "", stand), flush=True)
            for one in refusals:
                soon = f"tried again in {one.seconds:.0f} s" if one.seconds >= 1 else "tried again now"
                print(f"relay {one.relay} takes no {one.lane} mail, {soon}: {one.reason}", flush=True)
            if not chosen.watch or not any(stand.state == "running" for _, stand in seen):
                return 0
            time.sleep(1)
    finally:
        db.dispose()


def campaign(arguments: list[str]) -> int:
    """Pause, resume or stop for good a campaign, as on its page, and print how it stands then."""
    parser = argparse.ArgumentParser(prog="campaign", description=campaign.__doc__)
    parser.add_argument("act", choices=["pause", "resume", "cancel"])
    parser.add_argument("campaign", type=uuid.UUID, help="its number, as `progress` prints it")
    parser.add_argument("--because", default="", help="why it is paused: shown on its page")
    parser.add_argument(
        "--retry-blocked", action="store_true", help="with resume: also those refused for a fault of ours"
    )
    chosen = parser.parse_args(arguments)
    by: Any = {"who": "command", "now": clock.now()}
    db = Database(settings.load().database_url, pool_size=1, application_name="mailer campaign")
    try:
        with db.transaction() as session:
            if chosen.act == "pause":
                steering.pause(session, chosen.campaign, chosen.because, **by)
            elif chosen.act == "resume":
                steering.resume(session, chosen.campaign, retry_blocked=chosen.retry_blocked, **by)
            else:
                steering.cancel(session, chosen.campaign, **by)
        with db.reading() as session:
            title = session.get_one(Campaign, chosen.campaign).title
            print(line(title, campaigns.progress(session, chosen.campaign)))
        return 0
    except Refusal as refusal:
        print(refusal.message, file=sys.stderr)
        return 1
    finally:
        db.dispose()


def line(title: str, stand: campaigns.Progress) -> str:
    """Title, state, how far, while it runs how fast and how long still, and every state that has rows."""
    counts = ", ".join(f"{state} {rows}" for state, rows in stand.fates.items() if rows)
    speed = f", {stand.speed:.0f}/s" if stand.state == "running" else ""
    left = f", {stand.seconds_left:.0f} s left" if stand.seconds_left else ""
    because = f" ({stand.paused_because})" if stand.paused_because else ""
    return (
        f"{stand.campaign_id}  {title}: {stand.state}{because}, {stand.done} of {stand.audience}"
        f"{speed}{left} — {counts}"
    )


def silent(arguments: list[str]) -> int:
    """Contacts without a sign for three years: one round of asking and forgetting, as the worker does every hour."""
    parser = argparse.ArgumentParser(prog="silent")
    parser.add_argument("--dry-run", action="store_true", help="only count")
    chosen = parser.parse_args(arguments)
    loaded = settings.load()
    db = Database(loaded.database_url, pool_size=1, application_name="mailer silent")
    try:
        done = chores.ask_the_silent(db, loaded, dry_run=chosen.dry_run)
    finally:
        db.dispose()
    print(f"asked {done.asked}, forgotten unanswered {done.unanswered}, forgotten unreachable {done.unreachable}")
    return 0


def program(arguments: list[str]) -> int:
    """Let a program order mails, and print its token once; or take the token back."""
    parser = argparse.ArgumentParser(prog="program")
    parser.add_argument("what", choices=["add", "revoke"])
    parser.add_argument("name")
    parser.add_argument("--template", action="append", default=[], help="a mail it may order; may be repeated")
    chosen = parser.parse_args(arguments)
    db = Database(settings.load().database_url, pool_size=1, application_name="mailer program")
    try:
        with db.transaction() as session:
            if chosen.what == "add":
                token = orders.register(session, chosen.name, chosen.template, who="command", now=clock.now())
            else:
                orders.revoke(session, chosen.name, who="command", now=clock.now())
                token = ""
        if token:
            print(token)
        return 0
    finally:
        db.dispose()
