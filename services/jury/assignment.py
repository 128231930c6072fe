"""Who reads what: as balanced and as apt as can be, never across a conflict, and connected. Pure.

A minimum-cost flow: source → juror by arcs whose cost rises with each further reading, juror → project (one unit,
cost −affinity, no arc at all across a conflict or to who does not read its language), project → sink (the readings
wanted). Who is of a college reaches a project through it (assignment_colleges.py). The matrix of a flow is totally
unimodular, so a vertex of the linear programme is whole (Hoffman & Kruskal 1956); HiGHS's simplex ends on a vertex.
Then juror and project are exchanged between two sheets at a time: first until every sheet can be compared with every
other, next until the worst-served project cannot be served better that way. Loads stay what the flow made them, and no
exchange of the second kind mixes the colleges less.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, sparse
from scipy.sparse import csgraph

from services.jury import assignment_colleges
from services.jury.assignment_colleges import SPREAD, Colleges
from services.jury.assignment_limits import Infeasible, explain

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

BALANCE = 0.1
"""What a juror's next reading costs more than the one before, in affinity: ten readings outweigh a perfect match."""
_LOT = 1e-4
"""Equal affinities are told apart by a lot of at most this much."""


@dataclass(frozen=True)
class Juror:
    """`most`: None leaves the common maximum. `already`: readings from before, which count for the balance only."""

    id: str
    least: int = 0
    most: int | None = None
    already: int = 0
    college: str = ""


@dataclass(frozen=True)
class Assignment:
    """`pairs`: (project, juror), sorted. `worst`: the lowest sum of affinities that a project got, before and after the
    exchanges. `is_connected`: any two projects can be compared through a chain of common jurors. `one_college`: how
    many projects have several readers, all of one college though there are more."""

    pairs: tuple[tuple[str, str], ...]
    loads: Mapping[str, int]
    affinity: float
    worst_before: float
    worst: float
    is_connected: bool
    one_college: int = 0


def assign(
    projects: Iterable[str],
    jurors: Iterable[Juror],
    affinities: Mapping[tuple[str, str], float],
    conflicts: Iterable[tuple[str, str]],
    *,
    readings: int,
    most: int,
    seed: str = "",
    unread: Iterable[tuple[str, str]] = (),
    seated: Mapping[tuple[str, str], int] = MappingProxyType({}),
) -> Assignment:
    """Give each project `readings` jurors and each juror at most `most` projects.

    affinities: (project, juror) → 0…1, 0 when absent. conflicts: (project, juror); unread: the same, for a language
    that the juror does not read. seated: (project, college) → readers from before. The result depends on the seed, not
    on any order. Raises Infeasible, which says what exceeds what; ValueError for what makes no
    sense; KeyError for a pair that names an unknown project or juror.
    """
    names = sorted(projects)
    pool = sorted(jurors, key=lambda juror: juror.id)
    if len(set(names)) < len(names) or len({juror.id for juror in pool}) < len(pool):
        raise ValueError("Un projet ou un juré est cité deux fois.")
    if readings < 1 or most < 1 or any(juror.least < 0 or (juror.most or 0) < 0 for juror in pool):
        raise ValueError("Les nombres de lectures doivent être positifs.")
    row = {name: index for index, name in enumerate(names)}
    column = {juror.id: index for index, juror in enumerate(pool)}
    affinity = np.zeros((len(names), len(pool)))
    for (project, juror), value in affinities.items():
        if not 0 <= value <= 1:
            raise ValueError(f"L’affinité de {juror} pour {project} n’est pas comprise entre 0 et 1.")
        affinity[row[project], column[juror]] = value
    allowed = np.ones(affinity.shape, dtype=np.bool_)
    for project, juror in conflicts:
        allowed[row[project], column[juror]] = False
    strange = np.zeros(affinity.shape, dtype=np.bool_)
    for project, juror in unread:
        strange[row[project], column[juror]] = True
    allowed &= ~strange
    least = np.array([juror.least for juror in pool], dtype=np.intp)
    limits = np.array([most if j.most is None else min(most, j.most) for j in pool], dtype=np.intp)
    limits = np.minimum(limits, allowed.sum(axis=0))
    explain(names, [juror.id for juror in pool], allowed, readings, least, limits, strange)
    colleges = assignment_colleges.of([juror.college for juror in pool], names, seated)
    already = np.array([juror.already for juror in pool], dtype=np.intp)
    chosen = _flow(affinity + _lots(names, pool, seed), allowed, readings, least, limits, already, colleges)
    worst_before = float((affinity * chosen).sum(axis=1).min())
    _connect(chosen, affinity, allowed, colleges)
    _raise_worst(chosen, affinity, allowed, colleges)
    return Assignment(
        pairs=tuple((names[i], pool[j].id) for i, j in np.argwhere(chosen)),
        loads={juror.id: int(load) for juror, load in zip(pool, chosen.sum(axis=0), strict=True)},
        affinity=float((affinity * chosen).sum()),
        worst_before=worst_before,
        worst=float((affinity * chosen).sum(axis=1).min()),
        is_connected=_parts(chosen)[0] == 1,
        one_college=_of_one_college(chosen, colleges),
    )


def _of_one_college(chosen: Bools, colleges: Colleges) -> int:
    """How many projects with several readers have them all from one college, where there are several colleges."""
    if colleges.seated.shape[1] < 2:
        return 0
    readers = colleges.readers(chosen)
    total = chosen.sum(axis=1) + colleges.seated.sum(axis=1)
    return int(((readers.max(axis=1) == total) & (total > 1)).sum())


def _lots(names: Sequence[str], pool: Sequence[Juror], seed: str) -> Floats:
    """A lot per pair from the seed and the two names alone, 0…_LOT."""
    return np.array(
        [
            [int.from_bytes(hashlib.sha256(f"{seed}|{name}|{juror.id}".encode()).digest()[:6]) for juror in pool]
            for name in names
        ],
        dtype=np.float64,
    ) * (_LOT / 2**48)


def _flow(
    affinity: Floats,
    allowed: Bools,
    readings: int,
    least: NDArray[np.intp],
    limits: NDArray[np.intp],
    already: NDArray[np.intp],
    colleges: Colleges,
) -> Bools:
    """The minimum-cost flow, solved as a linear programme. Variables: readings, juror steps, college steps."""
    project, juror = np.nonzero(allowed)
    owner = np.repeat(np.arange(len(limits)), limits)
    step = np.concatenate([np.arange(limit) for limit in limits])
    arcs, steps = len(project), len(owner)
    costs = np.concatenate([-affinity[project, juror], BALANCE * (already[owner] + step)])
    one = np.arange(arcs)
    rows = [project, len(affinity) + juror, len(affinity) + owner]
    columns = [one, one, arcs + np.arange(steps)]
    values = [np.ones(arcs), np.ones(arcs), -np.ones(steps)]
    shape = (len(affinity) + len(limits), arcs + steps)
    matrix = sparse.csr_array((np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))), shape=shape)
    wanted = np.concatenate([np.full(len(affinity), readings), np.zeros(len(limits))])
    # The first steps of a juror who has a minimum are taken whatever they cost.
    lower = np.concatenate([np.zeros(arcs), (step < least[owner]).astype(np.float64)])
    if colleges.seated.shape[1]:
        further, dearer = colleges.columns(project, juror, readings)
        blank = sparse.csr_array((further.shape[0], steps))
        matrix = sparse.block_array([[matrix, None], [sparse.hstack([further[:, :arcs], blank]), further[:, arcs:]]])
        wanted = np.concatenate([wanted, np.zeros(further.shape[0])])
        costs, lower = np.concatenate([costs, dearer]), np.concatenate([lower, np.zeros(len(dearer))])
    bounds = np.column_stack([lower, np.ones(len(costs))])
    found = optimize.linprog(costs, A_eq=matrix, b_eq=wanted, bounds=bounds, method="highs-ds")
    if found.status == 2:
        raise Infeasible("Avec ces conflits, les minimums demandés aux jurés ne tiennent pas tous : abaissez-en un.")
    if found.status != 0:
        raise RuntimeError(f"the solver stopped: {found.message}")
    chosen = np.zeros(allowed.shape, dtype=np.bool_)
    taken = np.rint(found.x[:arcs]).astype(np.bool_)
    if np.abs(found.x[:arcs] - taken).max() > 1e-6:
        raise RuntimeError("the solver did not end on a vertex")
    chosen[project[taken], juror[taken]] = True
    return chosen


def _parts(chosen: Bools) -> tuple[int, NDArray[np.int32]]:
    """How many groups of projects and jurors hang together, and the group of each (projects first). Jurors without any
    reading do not count."""
    used = chosen[:, chosen.any(axis=0)]
    n = len(used)
    project, juror = np.nonzero(used)
    shape = (n + used.shape[1],) * 2
    graph = sparse.csr_array((np.ones(len(project)), (project, n + juror)), shape=shape)
    parts, label = csgraph.connected_components(graph, directed=False)
    return int(parts), label[:n]


def _exchange(chosen: Bools, p: int, a: int, q: int, b: int) -> None:
    """Juror a reads q and b reads p instead of a p and b q. Called again with a and b swapped it undoes itself."""
    chosen[p, a] = chosen[q, b] = False
    chosen[p, b] = chosen[q, a] = True


Option = tuple[float, float, float, int, int, int]


def _exchanges(chosen: Bools, affinity: Floats, allowed: Bools, colleges: Colleges, p: int) -> list[Option]:
    """What project p could exchange: (worse of the two projects' new sums, change of the whole, readers more of a
    college that reads already, a, q, b)."""
    sums = (affinity * chosen).sum(axis=1)
    free = allowed & ~chosen
    found: list[Option] = []
    for a in np.flatnonzero(chosen[p]):
        # (q, b): q may take a, b reads q and may take p.
        q, b = np.nonzero(chosen & free[:, [a]] & free[[p], :])
        mine = sums[p] - affinity[p, a] + affinity[p, b]
        theirs = sums[q] - affinity[q, b] + affinity[q, a]
        change = mine - sums[p] + theirs - sums[q]
        repeats = colleges.repeats(chosen, p, int(a), q, b)
        worse = np.minimum(mine, theirs).tolist()
        found += zip(worse, change.tolist(), repeats.tolist(), [int(a)] * len(q), q.tolist(), b.tolist(), strict=True)
    return found


def _connect(chosen: Bools, affinity: Floats, allowed: Bools, colleges: Colleges) -> None:
    """Join groups by the exchange that costs the least affinity, as long as one exists."""
    parts, label = _parts(chosen)
    while parts > 1:
        smallest = int(np.argmin(np.bincount(label)))
        options = [
            (change - SPREAD * repeats, p, a, q, b)
            for p in np.flatnonzero(label == smallest).tolist()
            for _, change, repeats, a, q, b in _exchanges(chosen, affinity, allowed, colleges, p)
            if label[q] != smallest
        ]
        for _, p, a, q, b in sorted(options, key=lambda option: (-option[0], *option[1:])):
            _exchange(chosen, p, a, q, b)
            if _parts(chosen)[0] < parts:
                break
            _exchange(chosen, p, b, q, a)
        else:
            return
        parts, label = _parts(chosen)


def _raise_worst(chosen: Bools, affinity: Floats, allowed: Bools, colleges: Colleges) -> None:
    """Exchange for the worst-served project while both projects end above its present sum and nothing falls apart."""
    parts = _parts(chosen)[0]
    for _ in range(chosen.size):
        sums = (affinity * chosen).sum(axis=1)
        p = int(np.argmin(sums))
        options = _exchanges(chosen, affinity, allowed, colleges, p)
        better = [option for option in options if option[0] > sums[p] + 1e-9 and option[2] <= 0]
        for *_, a, q, b in sorted(better, key=lambda option: (-option[0], -option[1], *option[3:])):
            _exchange(chosen, p, a, q, b)
            if _parts(chosen)[0] <= parts:
                break
            _exchange(chosen, p, b, q, a)
        else:
            return
