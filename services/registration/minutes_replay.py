"""`python -m services.registration minutes FILE`: minutes computed again from their export, with no database."""

from __future__ import annotations

import argparse
import hashlib
import json
from pathlib import Path

from services.registration.rules.assembly import replay
from shared.errors import RuleError


def main(arguments: list[str]) -> int:
    """Say whether each quorum and each decision follows from the log and the counts. Status 1 when one does not."""
    parser = argparse.ArgumentParser(prog="minutes", description=main.__doc__)
    parser.add_argument("file", type=Path, help="the JSON that the page of the minutes gives")
    chosen = parser.parse_args(arguments)
    try:
        written = chosen.file.read_bytes()
        minutes = json.loads(written)
        faults = replay.faults(minutes)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RuleError) as error:
        print(f"{chosen.file}: no minutes of an assembly: {type(error).__name__} {error}")
        return 1
    for fault in faults:
        print(fault)
    for position, title, voices, outcome in replay.votes(minutes):
        print(f"{position}. {title}: {voices} voices, {outcome}")
        for line in replay.weights(minutes, position):
            print(f"   {line}")
    print(f"SHA-256 {hashlib.sha256(written).hexdigest()}")
    print("all of it follows" if not faults else f"{len(faults)} do not follow")
    return 1 if faults else 0
