"""Scores in the long form, one row per sheet, and whether they can be compared at all. Pure.

Sorted by project and juror before anything is summed, so that no result depends on the order of the input.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse import csgraph

from services.jury.said import Said, listed

Floats = NDArray[np.float64]

SHEETS_PER_JUROR = 4
READINGS_PER_PROJECT = 3


class Refused(Said):
    """The scores do not allow a correction. `code`: "empty", "twice", "unconnected", "few-sheets", "few-readings"."""

    def __init__(self, sentence: str, *, code: str, **values: object) -> None:
        super().__init__(sentence, **values)
        self.code = code


@dataclass(frozen=True)
class Table:
    """n scores in the long form. `project`, `juror`: positions, shape (n,). `incidence`: who read what, sparse,
    shape (projects, jurors)."""

    projects: tuple[str, ...]
    jurors: tuple[str, ...]
    project: NDArray[np.intp]
    juror: NDArray[np.intp]
    score: Floats
    incidence: Any

    @property
    def readings(self) -> NDArray[np.intp]:
        return np.bincount(self.project, minlength=len(self.projects))

    @property
    def sheets(self) -> NDArray[np.intp]:
        return np.bincount(self.juror, minlength=len(self.jurors))

    @property
    def is_complete(self) -> bool:
        """Everyone scored everything."""
        return len(self.score) == len(self.projects) * len(self.jurors)

    @property
    def means(self) -> Floats:
        """The raw mean per project."""
        return np.bincount(self.project, self.score) / self.readings


def table(scores: Iterable[tuple[str, str, float]]) -> Table:
    """From (project, juror, score). Raises Refused when there is none, or two for one project and juror."""
    rows = sorted((project, juror, float(score)) for project, juror, score in scores)
    if not rows:
        raise Refused("Il n’y a aucune note.", code="empty")
    for one, other in pairwise(rows):
        if one[:2] == other[:2]:
            raise Refused(
                "Le juré %(juror)s a noté deux fois le projet %(project)s.", code="twice", juror=one[1], project=one[0]
            )
    projects, jurors = sorted({row[0] for row in rows}), sorted({row[1] for row in rows})
    place = {name: index for index, name in enumerate(projects)}
    seat = {name: index for index, name in enumerate(jurors)}
    project = np.array([place[row[0]] for row in rows], dtype=np.intp)
    juror = np.array([seat[row[1]] for row in rows], dtype=np.intp)
    score = np.array([row[2] for row in rows], dtype=np.float64)
    if not np.isfinite(score).all():
        raise Refused("Une note n’est pas un nombre.", code="empty")
    shape = (len(projects), len(jurors))
    incidence = sparse.csr_array((np.ones(len(rows)), (project, juror)), shape=shape)
    return Table(tuple(projects), tuple(jurors), project, juror, score, incidence)


def check(scores: Table, *, force: bool = False) -> None:
    """Refuse what cannot be compared; `force` leaves out the minimum counts, never the connection."""
    graph = sparse.block_array([[None, scores.incidence], [scores.incidence.T, None]])
    parts, label = csgraph.connected_components(graph, directed=False)
    if parts > 1:
        names = np.array([*scores.projects, *scores.jurors], dtype=object)
        n = len(scores.projects)
        groups = []
        for group in range(min(parts, 8)):
            inside = label == group
            groups.append(f"{listed(list(names[:n][inside[:n]]))} ({listed(list(names[n:][inside[n:]]))})")
        raise Refused(
            "Les notes forment %(parts)d groupes que rien ne relie ; les voici, projets puis, entre parenthèses, leurs "
            "jurés : %(groups)s. D’un groupe à l’autre, rien ne se compare : il manque au moins %(missing)d lecture(s) "
            "qui les relie(nt).",
            code="unconnected",
            parts=parts,
            groups=" ; ".join(groups) + (" ; …" if parts > 8 else ""),
            missing=parts - 1,
        )
    if force:
        return
    few = [name for name, n in zip(scores.jurors, scores.sheets, strict=True) if n < SHEETS_PER_JUROR]
    if few:
        raise Refused(
            "Chaque juré doit avoir rendu au moins %(least)d fiches. En dessous : %(few)s.",
            code="few-sheets",
            least=SHEETS_PER_JUROR,
            few=listed(few),
        )
    few = [name for name, n in zip(scores.projects, scores.readings, strict=True) if n < READINGS_PER_PROJECT]
    if few:
        raise Refused(
            "Chaque projet doit avoir au moins %(least)d lectures. En dessous : %(few)s.",
            code="few-readings",
            least=READINGS_PER_PROJECT,
            few=listed(few),
        )
