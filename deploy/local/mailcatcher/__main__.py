"""`python -m deploy.local.mailcatcher --smtp 127.0.0.1:1025 --web 127.0.0.1:8025 [--store FILE]`."""

from __future__ import annotations

import argparse
import signal
import threading

from deploy.local.mailcatcher.running import MailCatcher
from deploy.local.mailcatcher.smtp import DEFERRED, REFUSED


def main() -> None:
    parser = argparse.ArgumentParser(prog="mailcatcher")
    parser.add_argument("--smtp", default="127.0.0.1:1025", metavar="HOST:PORT")
    parser.add_argument("--web", default="127.0.0.1:8025", metavar="HOST:PORT")
    parser.add_argument("--store", default=":memory:", metavar="FILE", help="an SQLite file; else memory")
    parser.add_argument("--keep", type=int, default=20_000, help="how many mails at most")
    parser.add_argument("--refuse", action="append", metavar="PATTERN", help="addresses answered with 550")
    parser.add_argument("--defer", action="append", metavar="PATTERN", help="addresses answered with 451")
    parser.add_argument("--reject-domain", action="append", default=[], metavar="DOMAIN", help="550 for a domain")
    given = parser.parse_args()
    refuse = [*(given.refuse or REFUSED), *(f"*@{domain}" for domain in given.reject_domain)]
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    catcher = MailCatcher(
        smtp=given.smtp, web=given.web, store=given.store, keep=given.keep, refuse=refuse, defer=given.defer or DEFERRED
    )
    with catcher:
        print(f"mail at {catcher.smtp_url}, pages at {catcher.web_url}", flush=True)
        stop.wait()


if __name__ == "__main__":
    main()
