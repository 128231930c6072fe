"""One line per thing that happened, ours and the libraries', whatever it holds."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

_HAPPENING = """
import logging, structlog
from shared import logs
logs.configure("jury", form="json")
log = structlog.get_logger()
with structlog.contextvars.bound_contextvars(correlation_id="c-1"):
    log.info("règle", half="\\ud800", large=2**70, by={1: 2}, thing=object())
log.debug("too much")
try:
    secret = "Noé"
    1 / 0
except ZeroDivisionError:
    log.exception("broke")
logging.getLogger("pika").info("too much")
logging.getLogger("library").warning("é %s", 3)
"""


def test_every_record_is_one_line_of_json_with_its_thread() -> None:
    done = subprocess.run([sys.executable, "-c", _HAPPENING], capture_output=True, check=True, timeout=60)
    ours, broke, theirs = (json.loads(line) for line in done.stderr.splitlines())
    assert (ours["event"], ours["service"], ours["level"], ours["logger"]) == ("règle", "jury", "info", "__main__")
    assert (ours["correlation_id"], ours["half"], ours["large"], ours["by"]) == ("c-1", "\ud800", 2**70, {"1": 2})
    assert broke["level"] == "error"
    assert broke["exception"][0]["exc_type"] == "ZeroDivisionError"
    assert "Noé" not in json.dumps(broke, ensure_ascii=False)
    assert (theirs["event"], theirs["level"], theirs["logger"]) == ("é 3", "warning", "library")


def test_a_line_that_cannot_be_written_breaks_nothing() -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-c", _HAPPENING + "print('went on', flush=True)"],
            stdout=subprocess.PIPE,
            stderr=full,
            timeout=60,
        )
    assert done.stdout == b"went on\n"
