"""Colleges spread over each project: a second reader of one college on a project costs, a third costs more. Pure.

Between the jurors of a college and a project stands one more node, whose arcs to the project have a rising cost. The
whole stays a flow, so its linear programme still ends on whole numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

SPREAD = 0.5
"""What each earlier reader of the same college adds to the cost of the next, in affinity: as much as a known country,
or as five readings more than the others have."""


@dataclass(frozen=True)
class Colleges:
    """`of`: the college of each juror, −1 for none. `seated`: (projects, colleges), readers from before."""

    of: NDArray[np.intp]
    seated: NDArray[np.intp]

    @property
    def member(self) -> NDArray[np.intp]:
        """(jurors, colleges): 1 where a juror is of a college."""
        found: NDArray[np.intp] = (self.of[:, None] == np.arange(self.seated.shape[1])).astype(np.intp)
        return found

    def readers(self, chosen: Bools) -> NDArray[np.intp]:
        """(projects, colleges): how many of each college read each project."""
        return self.seated + chosen.astype(np.intp) @ self.member

    def repeats(self, chosen: Bools, p: int, a: int, q: NDArray[np.intp], b: NDArray[np.intp]) -> Floats:
        """How many more readers repeat a college when juror a goes from p to q and b from q to p."""
        if not self.seated.shape[1]:
            return np.zeros(len(q))
        count = self.readers(chosen)
        mine, theirs = int(self.of[a]), self.of[b]
        leaves = max(count[p, mine] - 1, 0) if mine >= 0 else 0
        comes = np.where(theirs >= 0, count[p, theirs], 0)
        left = np.where(theirs >= 0, np.maximum(count[q, theirs] - 1, 0), 0)
        gone = count[q, mine] if mine >= 0 else np.zeros(len(q), dtype=np.intp)
        return np.where(theirs == mine, 0.0, (comes - leaves + gone - left).astype(np.float64))

    def columns(
        self, project: NDArray[np.intp], juror: NDArray[np.intp], readings: int
    ) -> tuple[sparse.csr_array, Floats]:
        """The further rows of the programme and the cost of its further variables.

        project, juror: of each reading that may be. One row per project and college: its readings less its steps, each
        step dearer than the one before.
        """
        n, k = self.seated.shape
        steps = np.minimum(self.member.sum(axis=0), readings)
        row = np.repeat(np.arange(n * k), np.tile(steps, n))
        step = np.concatenate([np.arange(count) for count in np.tile(steps, n)] or [np.zeros(0, dtype=np.intp)])
        inside = self.of[juror] >= 0
        arc = np.flatnonzero(inside)
        rows = np.concatenate([project[inside] * k + self.of[juror[inside]], row])
        columns = np.concatenate([arc, len(project) + np.arange(len(row))])
        values = np.concatenate([np.ones(len(arc)), -np.ones(len(row))])
        shape = (n * k, len(project) + len(row))
        return sparse.csr_array((values, (rows, columns)), shape=shape), SPREAD * (self.seated.ravel()[row] + step)


def of(colleges: Sequence[str], projects: Sequence[str], seated: Mapping[tuple[str, str], int]) -> Colleges:
    """colleges: of each juror, "" for none. seated: (project, college) → readers from before."""
    names = sorted({one for one in colleges if one})
    at = {name: index for index, name in enumerate(names)}
    row = {project: index for index, project in enumerate(projects)}
    before = np.zeros((len(projects), len(names)), dtype=np.intp)
    for (project, college), count in seated.items():
        if project in row and college in at:
            before[row[project], at[college]] = count
    return Colleges(np.array([at.get(one, -1) for one in colleges], dtype=np.intp), before)
