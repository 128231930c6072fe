"""What is computed: calibration, assignment, close and rank, minutes."""

from __future__ import annotations

import os
import random

# Read when numpy is imported; `python -m services.jury calibrate` does the same.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from services.jury import assignment, calibration, queries, score_table
from services.jury.calibration import Variances
from services.jury.minutes import Signer
from services.jury.use_cases import rounds, signing
from shared import clock
from tests.load.jury.hall import WHO, fill
from tests.load.jury.house import House
from tests.load.marks import Marks, best_of, timed


def calibrate(marks: Marks) -> None:
    """24,000 scores: 300 projects, each read by 80 of 2,000 jurors."""
    lots = random.Random(24)
    severity = [lots.gauss(0, 1) for _ in range(2000)]
    rows = []
    for project in range(300):
        worth = lots.gauss(12, 1.5)
        readers = lots.sample(range(2000), 80)
        rows += [(f"p{project}", f"j{juror}", worth + severity[juror] + lots.gauss(0, 0.8)) for juror in readers]
    table = score_table.table(rows)
    given = best_of(5, lambda: calibration.solve(table, Variances(2.25, 1, 0.64)))
    marks.below("calibration_24000_given_variances", 1000 * given, 100, "ms")
    marks.below("calibration_24000_reml", best_of(1, lambda: calibration.estimate(table)), 10, "s")


def assign(marks: Marks) -> None:
    """200 projects, 40 jurors, 5 readings; one pair in twenty has a conflict."""
    lots = random.Random(200)
    projects = [f"p{number}" for number in range(200)]
    pool = [assignment.Juror(f"j{number}") for number in range(40)]
    pairs = [(project, juror.id) for project in projects for juror in pool]
    affinities = {pair: lots.random() for pair in pairs}
    conflicts = [pair for pair in pairs if lots.random() < 0.05]
    took = best_of(3, lambda: assignment.assign(projects, pool, affinities, conflicts, readings=5, most=30, seed="1"))
    marks.below("assignment_200x40x5", took, 1, "s")


def closing(house: House, marks: Marks) -> None:
    """24,000 values: 300 projects, 10 jurors, 8 criteria. Closed, ranked, signed."""
    hall = fill(house.db, 10, 300, scored=random.Random(300))
    assert len(hall.seats) * len(hall.projects) * len(hall.criteria) == 24_000
    with timed("close and rank") as took, house.db.transaction() as session:
        this = rounds.close_round(session, hall.round, who=WHO, now=clock.now())
        standings = queries.ranking(session, this)
    marks.below("close_and_rank_24000", took[0], 1, "s")
    assert len(standings) == 300
    again = []
    for _ in range(5):
        with timed("rank") as took, house.db.reading() as session:
            queries.ranking(session, rounds.find_round(session, hall.round))
        again += took
    marks.below("rank_24000_slowest_of_5", max(again), 1, "s")
    with timed("sign") as took, house.db.transaction() as session:
        signed = signing.sign(session, hall.round, [Signer("Aline Vidal", "présidence")], who=WHO, now=clock.now())
    marks.below("minutes_pdf_300_projects", took[0], 5, "s")
    assert signed.pdf.startswith(b"%PDF")
