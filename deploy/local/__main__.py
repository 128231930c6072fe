"""`python -m deploy.local run | demo [--exit] | migration SERVICE NAME`: behind the make targets of these names."""

from __future__ import annotations

import argparse
import os
import secrets
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from types import FrameType

from deploy.local import backends, browser, databases, stack
from deploy.local.processes import LocalError, Processes, home_of

DEMO_CLOCK = "2016-10-03T09:00:00+02:00"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m deploy.local")
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="start everything, until Ctrl-C; data are kept")
    run.add_argument("--fresh", action="store_true", help="begin with empty databases")
    run.add_argument("--today", action="store_true", help="today's date instead of 3 October 2016")
    run.add_argument("--name", default="demo", help="the folder under var/: another name is another stack beside it")
    demo = commands.add_parser("demo", help="start everything and play an Agora, from empty databases")
    demo.add_argument("--exit", action="store_true", help="end after the play; status 0 when all of it held")
    demo.add_argument("--screenshots", metavar="FOLDER", help="take the documentation's pictures on the way")
    demo.add_argument("--against", metavar="URL", help="play on a fresh stack that runs already, behind one proxy")
    demo.add_argument("--mail", metavar="URL", default="http://127.0.0.1:8025", help="its mail catcher's page")
    demo.add_argument("--email", default=stack.ADMIN, help="its admin; the password is in AGORA_ADMIN_PASSWORD")
    migration = commands.add_parser("migration", help="write a migration from what the models changed")
    migration.add_argument("service", choices=stack.SERVICES)
    migration.add_argument("name")
    given = parser.parse_args()

    # A shell starts what it puts in the background with SIGINT ignored: set here, it stops us there too.
    signal.signal(signal.SIGINT, _interrupt)
    signal.signal(signal.SIGTERM, _interrupt)
    signal.signal(signal.SIGHUP, _interrupt)
    works: dict[str, Callable[[argparse.Namespace], int]] = {"run": _run, "demo": _demo, "migration": _migration}
    try:
        return works[given.command](given)
    except LocalError as error:
        print(f"agora: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    """SIGTERM and a closed terminal are handled like Ctrl-C: everything is stopped."""
    raise KeyboardInterrupt


def _run(given: argparse.Namespace) -> int:
    browser.offer(_say)
    with stack.running(given.name, fresh=given.fresh, clock="" if given.today else DEMO_CLOCK) as running:
        _table(running)
        if not given.today:
            print("  Ici, nous sommes en octobre 2016, comme dans la démonstration.")
            print('  À la date du jour, sur des bases neuves : make run ARGS="--today --fresh"\n', flush=True)
        _until_interrupted()
    print("agora: everything is stopped", file=sys.stderr)
    return 0


def _demo(given: argparse.Namespace) -> int:
    from deploy.local.demo import play
    from deploy.local.demo.partners import TEMPLATE
    from deploy.local.demo.pictures import Camera

    if given.against:
        base = given.against.rstrip("/")
        urls = {"registration": base, "jury": f"{base}/jury", "mailer": f"{base}/mailer", "mail": given.mail}
        return 0 if play(urls, (given.email, os.environ["AGORA_ADMIN_PASSWORD"])) else 1
    browser.offer(_say)
    # Three hundred people share one address here, so limits per address would stop them.
    extra = {"AGORA_RATE_LIMIT_FACTOR": os.environ.get("AGORA_RATE_LIMIT_FACTOR", "1000")}
    with stack.running("demo", fresh=True, clock=DEMO_CLOCK, extra=extra) as running:
        admin = (running.admin_email, running.admin_password)
        token = running.command("mailer", "program", "add", "Site d’un partenaire", "--template", TEMPLATE).strip()
        with Camera(Path(given.screenshots)) if given.screenshots else nullcontext() as camera:
            held = play(running.urls, admin, camera, token=token, way_back=running.way_back)
        _table(running)
        if not given.exit:
            _until_interrupted()
    print("agora: everything is stopped", file=sys.stderr)
    return 0 if held else 1


def _migration(given: argparse.Namespace) -> int:
    from shared import migrations

    home, _lock = home_of("test")
    processes = Processes()
    try:
        found = backends.start("test", home, processes)
        name = f"scratch_{given.service}_{secrets.token_hex(3)}"
        url = databases.create(found.postgres.url, name)
        try:
            migrations.new_revision(given.service, url, given.name)
        finally:
            databases.drop(found.postgres.url, name)
            found.close()
    finally:
        processes.stop()
    return 0


def _say(text: str) -> None:
    print(f"agora: {text}", file=sys.stderr, flush=True)


def _table(running: stack.Stack) -> None:
    """The addresses to open."""
    rows = [
        ("Inscriptions, accueil du site", running.urls["registration"]),
        ("Espace de l’équipe", f"{running.urls['registration']}/connexion"),
        ("Jury", running.urls["jury"]),
        ("Courrier et L’Écho du Réseau", running.urls["mailer"]),
        ("Courriels reçus", running.urls["mail"]),
        ("Compte", f"{running.admin_email}  ·  {running.admin_password}"),
        ("Journaux", str(running.home / "log")),
    ]
    width = max(len(label) for label, _ in rows)
    print()
    for label, value in rows:
        print(f"  {label:<{width}}  {value}")
    print("\n  Ctrl-C arrête tout ce qui a été démarré, et rien d’autre.\n", flush=True)


def _until_interrupted() -> None:
    waiting = threading.Event()
    try:
        while not waiting.wait(3600):
            time.sleep(0)
    except KeyboardInterrupt:
        # A second Ctrl-C must not leave half of it running.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        print("\nagora: stopping", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
