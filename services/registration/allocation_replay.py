"""`python -m services.registration allocation FILE`: do an allocation again from its export, with no database."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from services.registration.rules import allocation as rules


def main(arguments: list[str]) -> int:
    """Say whether the wishes and the seed of a record give the seats that it says. Status 1 when they do not."""
    parser = argparse.ArgumentParser(prog="allocation", description=main.__doc__)
    parser.add_argument("file", type=Path, help="the JSON that the page of the wishes gives")
    chosen = parser.parse_args(arguments)
    try:
        record = json.loads(chosen.file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        print(f"{chosen.file}: {error}")
        return 1
    faults = rules.faults(record) if isinstance(record, dict) else ["not a record of an allocation"]
    for fault in faults:
        print(fault)
    if faults:
        return 1
    problem = rules.problem_of(record)
    for slot, (none, *by_rank) in rules.summary(problem, rules.allocate(problem)).items():
        print(f"{slot}: first, second, third {by_rank}, none {none}")
    print(f"the same for all {len(problem.people)} people")
    return 0
