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

Floats = NDArray[np.float64]

SHEETS_PER_JUROR = 4
READINGS_PER_PROJECT = 3


class Refused(ValueError):
    """The scores do not allow a correction. `code`: "empty", "twice", "unconnected", "few-sheets", "few-readings";
    the message is French, for the person."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
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
        raise Refused("empty", "Il n’y a aucune note.")
    for one, other in pairwise(rows):
        if one[:2] == other[:2]:
            raise Refused("twice", f"Le juré {one[1]} a noté deux fois le projet {one[0]}.")
    projects, jurors = sorted({row[0] for row in rows}), sorted({row[1] for row in rows})
    place = {name: index for index, name in enumerate(projects)}
    seat = {name: index for index, name in enumerate(jurors)}
    project = np.array([place[row[0]] for row in rows], dtype=np.intp)
    juror = np.array([seat[row[1]] for row in rows], dtype=np.intp)
    score = np.array([row[2] for row in rows], dtype=np.float64)
    if not np.isfinite(score).all():
        raise Refused("empty", "Une note n’est pas un nombre.")
    shape = (len(projects), len(jurors))
    incidence = sparse.csr_array((np.ones(len(rows)), (project, juror)), shape=shape)
    return Table(tuple(projects), tuple(jurors), project, juror, score, incidence)


def check(scores: Table, *, force: bool = False) -> None:
    """Refuse what cannot be compared; `force` leaves out the minimum counts, never the connection."""
    graph = sparse.block_array([[None, scores.incidence], [scores.incidence.T, None]])
    parts, label = csgraph.connected_components(graph, directed=False)
    if parts > 1:
        apart = int(np.argmin(np.bincount(label)))
        names = np.array([*scores.projects, *scores.jurors], dtype=object)[label == apart]
        n = int((label[: len(scores.projects)] == apart).sum())
        reason = (
            f"Les notes forment {parts} groupes que rien ne relie : {_named('projet', names[:n])} et "
            f"{_named('juré', names[n:])} n’ont ni juré ni projet en commun avec les autres. "
            "Il manque au moins une lecture croisée entre les groupes."
        )
        raise Refused("unconnected", reason)
    if force:
        return
    few = [name for name, n in zip(scores.jurors, scores.sheets, strict=True) if n < SHEETS_PER_JUROR]
    if few:
        reason = f"Chaque juré doit avoir rendu au moins {SHEETS_PER_JUROR} fiches. En dessous : {_named('juré', few)}."
        raise Refused("few-sheets", reason)
    few = [name for name, n in zip(scores.projects, scores.readings, strict=True) if n < READINGS_PER_PROJECT]
    if few:
        reason = (
            f"Chaque projet doit avoir au moins {READINGS_PER_PROJECT} lectures. En dessous : {_named('projet', few)}."
        )
        raise Refused("few-readings", reason)


def _named(kind: str, names: Iterable[str]) -> str:
    """ "projets A, B", "juré C"; nothing else has to agree with the number."""
    listed = list(names)
    kind += "s" if len(listed) > 1 else ""
    more = f" et {len(listed) - 8} autres" if len(listed) > 8 else ""
    return f"{kind} {', '.join(listed[:8])}{more}"
