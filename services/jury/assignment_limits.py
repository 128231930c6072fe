"""Why no assignment can exist, in words: which demand exceeds which supply, and what would fix it. Pure.

A flow that serves everyone exists unless some set of projects wants more readings than the jurors who may read them
can give (Gale 1957). A maximum flow finds that set: its minimum cut (Ford & Fulkerson 1956).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse import csgraph


class Infeasible(ValueError):
    """No assignment exists; the message says why, in French, for the person."""


def explain(
    projects: Sequence[str],
    jurors: Sequence[str],
    allowed: NDArray[np.bool_],
    readings: int,
    least: NDArray[np.intp],
    limits: NDArray[np.intp],
) -> None:
    """Raise Infeasible when the demand cannot be met. allowed: (projects, jurors), False across a conflict.
    limits: the most each juror can read, never above the projects open to them."""
    if not projects or not jurors:
        raise Infeasible("Il faut au moins un projet et un juré.")
    for juror, low, high in zip(jurors, least.tolist(), limits.tolist(), strict=True):
        if low > high:
            raise Infeasible(f"Le juré {juror} doit lire au moins {low} projets mais ne peut en lire que {high}.")
    open_to = allowed.sum(axis=1)
    for project, count in zip(projects, open_to.tolist(), strict=True):
        if count < readings:
            missing = readings - count
            or_less = f" ou demandez-en au plus {count}" if count else ""
            raise Infeasible(
                f"Lectures demandées pour le projet {project} : {readings} ; jurés sans conflit avec lui : {count}. "
                f"Ajoutez {_jurors(missing)} sans lien avec lui{or_less}."
            )
    demand, supply = readings * len(projects), int(limits.sum())
    if demand > supply:
        each = -(-(demand - supply) // len(jurors))
        fewer = supply // len(projects)
        raise Infeasible(
            f"{len(projects)} projets à {readings} lectures en demandent {demand} ; les jurés peuvent en donner "
            f"{supply}. Il en manque {demand - supply} : relevez le maximum de chaque juré d’au moins {each}, ajoutez "
            + (
                f"des jurés ou passez à {fewer} lecture(s) par projet."
                if fewer
                else "des jurés ou retirez des projets."
            )
        )
    if int(least.sum()) > demand:
        raise Infeasible(
            f"Les minimums des jurés font {int(least.sum())} lectures et les projets n’en demandent que {demand} : "
            "abaissez un minimum ou demandez plus de lectures par projet."
        )
    _explain_cut(projects, jurors, allowed, readings, limits)


def _explain_cut(
    projects: Sequence[str],
    jurors: Sequence[str],
    allowed: NDArray[np.bool_],
    readings: int,
    limits: NDArray[np.intp],
) -> None:
    """The projects on the far side of the minimum cut are those that together want too much."""
    n, m = len(projects), len(jurors)
    source, sink = n + m, n + m + 1
    project, juror = np.nonzero(allowed)
    tails = np.concatenate([np.full(m, source), n + juror, np.arange(n)])
    heads = np.concatenate([n + np.arange(m), project, np.full(n, sink)])
    capacities = np.concatenate([limits, np.ones(len(project)), np.full(n, readings)]).astype(np.int32)
    graph = sparse.csr_matrix((capacities, (tails, heads)), shape=(n + m + 2, n + m + 2))
    found = csgraph.maximum_flow(graph, source, sink)
    if found.flow_value == readings * n:
        return
    residual = sparse.csr_matrix(graph - found.flow)
    residual.eliminate_zeros()
    reached = np.zeros(n + m + 2, dtype=np.bool_)
    reached[csgraph.breadth_first_order(residual, source, return_predecessors=False)] = True
    wanting = np.flatnonzero(~reached[:n])
    spent = ~reached[n : n + m]
    supply = int(limits[spent].sum() + allowed[wanting][:, ~spent].sum())
    demand = readings * len(wanting)
    # Raising the limit of a juror who may already read all that is open to them would change nothing.
    tight = [jurors[j] for j in np.flatnonzero(spent & (limits < allowed.sum(axis=0))).tolist()]
    readers = [name for index, name in enumerate(jurors) if allowed[wanting, index].any()]
    together = [projects[i] for i in wanting.tolist()]
    raise Infeasible(
        f"Les projets {_listed(together)} demandent ensemble {demand} lectures ; les jurés qui "
        f"peuvent les lire sans conflit ({_listed(readers)}) n’en offrent que {supply}. Il en manque "
        f"{demand - supply} : relevez le maximum de {_listed(tight)} ou ajoutez "
        "un juré sans lien avec ces projets."
    )


def _jurors(count: int) -> str:
    return f"{count} juré" if count == 1 else f"{count} jurés"


def _listed(names: Sequence[str]) -> str:
    more = f" et {len(names) - 8} autres" if len(names) > 8 else ""
    return ", ".join(names[:8]) + more
