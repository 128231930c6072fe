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

from services.jury.said import Said, listed


class Infeasible(Said):
    """No assignment exists; the sentence says why."""


def explain(
    projects: Sequence[str],
    jurors: Sequence[str],
    allowed: NDArray[np.bool_],
    readings: int,
    least: NDArray[np.intp],
    limits: NDArray[np.intp],
    unread: NDArray[np.bool_],
) -> None:
    """Raise Infeasible when the demand cannot be met. allowed: (projects, jurors), False across a conflict and where
    `unread` says that the juror does not read the project's language.
    limits: the most each juror can read, never above the projects open to them."""
    if not projects or not jurors:
        raise Infeasible("Il faut au moins un projet et un juré.")
    for juror, low, high in zip(jurors, least.tolist(), limits.tolist(), strict=True):
        if low > high:
            raise Infeasible(
                "Le juré %(juror)s doit lire au moins %(low)d projets mais ne peut en lire que %(high)d.",
                juror=juror,
                low=low,
                high=high,
            )
    _explain_readers(projects, allowed.sum(axis=1).tolist(), unread.sum(axis=1).tolist(), readings)
    demand, supply = readings * len(projects), int(limits.sum())
    if demand > supply:
        counts = {
            "projects": len(projects),
            "readings": readings,
            "demand": demand,
            "supply": supply,
            "missing": demand - supply,
            "each": -(-(demand - supply) // len(jurors)),
        }
        if fewer := supply // len(projects):
            raise Infeasible(
                "%(projects)d projets à %(readings)d lectures en demandent %(demand)d ; les jurés peuvent en donner "
                "%(supply)d. Il en manque %(missing)d : relevez le maximum de chaque juré d’au moins %(each)d, "
                "ajoutez des jurés ou passez à %(fewer)d lecture(s) par projet.",
                **counts,
                fewer=fewer,
            )
        raise Infeasible(
            "%(projects)d projets à %(readings)d lectures en demandent %(demand)d ; les jurés peuvent en donner "
            "%(supply)d. Il en manque %(missing)d : relevez le maximum de chaque juré d’au moins %(each)d, "
            "ajoutez des jurés ou retirez des projets.",
            **counts,
        )
    if int(least.sum()) > demand:
        raise Infeasible(
            "Les minimums des jurés font %(least)d lectures et les projets n’en demandent que %(demand)d : "
            "abaissez un minimum ou demandez plus de lectures par projet.",
            least=int(least.sum()),
            demand=demand,
        )
    _explain_cut(projects, jurors, allowed, readings, limits)


def _explain_readers(projects: Sequence[str], open_to: list[int], unread: list[int], readings: int) -> None:
    for project, count, strangers in zip(projects, open_to, unread, strict=True):
        if count >= readings:
            continue
        missing = readings - count
        if strangers:
            raise Infeasible(
                "Lectures demandées pour le projet %(project)s : %(readings)d ; jurés qui lisent sa langue et sans "
                "conflit avec lui : %(count)d. Jurés qui ne la lisent pas : %(strangers)d ; un juré dont aucune langue "
                "n’est dite compte comme ne lisant que le français. Dites les langues des jurés, ou ajoutez-en qui la "
                "lisent : %(missing)d.",
                project=project,
                readings=readings,
                count=count,
                strangers=strangers,
                missing=missing,
            )
        if missing == 1 and count:
            raise Infeasible(
                "Lectures demandées pour le projet %(project)s : %(readings)d ; jurés sans conflit avec lui : "
                "%(count)d. Ajoutez 1 juré sans lien avec lui ou demandez-en au plus %(count)d.",
                project=project,
                readings=readings,
                count=count,
            )
        raise Infeasible(
            "Lectures demandées pour le projet %(project)s : %(readings)d ; jurés sans conflit avec lui : %(count)d. "
            "Jurés à ajouter, sans lien avec lui : %(missing)d.",
            project=project,
            readings=readings,
            count=count,
            missing=missing,
        )


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
    told = {
        "projects": listed(together),
        "readers": listed(readers),
        "demand": demand,
        "supply": supply,
        "missing": demand - supply,
    }
    if tight:
        raise Infeasible(
            "Les projets %(projects)s demandent ensemble %(demand)d lectures ; les jurés qui peuvent les lire sans "
            "conflit (%(readers)s) n’en offrent que %(supply)d. Il en manque %(missing)d : relevez le maximum de "
            "%(tight)s ou ajoutez un juré sans lien avec ces projets.",
            **told,
            tight=listed(tight),
        )
    raise Infeasible(
        "Les projets %(projects)s demandent ensemble %(demand)d lectures ; les jurés qui peuvent les lire sans conflit "
        "(%(readers)s) n’en offrent que %(supply)d. Il en manque %(missing)d : ajoutez un juré sans lien avec ces "
        "projets.",
        **told,
    )
