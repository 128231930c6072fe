"""`python -m services.mailer bounce FILE…`: what mails that came back say, one line of JSON for each.

Needs no database and no settings. Without a file, or for `-`, it reads standard input. A file may be an mbox.
"""

from __future__ import annotations

import argparse
import errno
import json
import os
import sys
import textwrap
from dataclasses import asdict
from pathlib import Path

from services.mailer.bounces import read
from services.mailer.bounces.explain import sentence
from services.mailer.bounces.mailboxes import split
from services.mailer.bounces.reasons import VERDICTS
from services.mailer.bounces.table import REASONS

_MEANING = {
    "remove": "nobody is there, or they complained: stop writing to the address",
    "keep": "time or the person may mend it: go on",
    "ours": "it is about us or our mail: mend it, remove nobody",
}


def _verdicts() -> str:
    """What each verdict means, and its reasons."""
    lines = ["verdicts and their reasons:"]
    for verdict in VERDICTS:
        names = ", ".join(sorted(name for name, row in REASONS.items() if row.verdict == verdict))
        lines += [
            f"  {verdict}: {_MEANING[verdict]}",
            *textwrap.wrap(names, 90, initial_indent=" " * 4, subsequent_indent=" " * 4),
        ]
    return "\n".join(lines)


def main(arguments: list[str]) -> int:
    """Print the readings. Status 1 when a file could not be read; the others are still done."""
    parser = argparse.ArgumentParser(
        prog="bounce",
        description="Say what mails that came back mean, one line of JSON for each.",
        epilog=_verdicts(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("files", nargs="*", metavar="FILE", help="one mail or an mbox; standard input when absent or -")
    parser.add_argument("--explain", action="store_true", help="add a sentence in French with the action taken")
    chosen = parser.parse_args(arguments)
    try:
        return _print(chosen.files or ["-"], explain=chosen.explain)
    except BrokenPipeError:  # who reads has seen enough, such as `head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _octets(name: str) -> bytes:
    """What a file holds, or standard input for "-". OSError when there is none to read."""
    if name != "-":
        return Path(name).read_bytes()
    if sys.stdin is None:  # whoever started us closed it
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))
    return sys.stdin.buffer.read()


def _print(names: list[str], *, explain: bool) -> int:
    status = 0
    for name in names:
        try:
            raw = _octets(name)
        except OSError as error:
            print(f"bounce: {name}: {error.strerror}", file=sys.stderr)
            status = 1
            continue
        for mail in split(raw):
            reading = read(mail)
            line = {"file": name, **asdict(reading)}
            if explain:
                line["explanation"] = sentence(reading.reason)
            print(json.dumps(line, ensure_ascii=True), flush=False)
    sys.stdout.flush()
    return status
