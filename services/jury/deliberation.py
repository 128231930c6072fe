"""What the room may do with a ranking: move a project with a reason, and talk in the order of least walking. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set

EXACT = 11
"""Up to so many different sets of recused jurors the order is the best one there is."""


def reorder(order: Sequence[str], moves: Iterable[tuple[str, int]]) -> list[str]:
    """The order after the moves, oldest first: (project, its new place, from 1). Unknown projects change nothing."""
    moved = list(order)
    for project, place in moves:
        if project in moved:
            moved.remove(project)
            moved.insert(max(0, place - 1), project)
    return moved


def exits(order: Iterable[str], recused: Mapping[str, Set[str]]) -> int:
    """How often someone walks out of the room: once per juror and run of projects that he or she must not hear."""
    out: Set[str] = frozenset()
    count = 0
    for project in order:
        now = recused.get(project, frozenset())
        count += len(now - out)
        out = now
    return count


def least_walking(projects: Sequence[str], recused: Mapping[str, Set[str]]) -> list[str]:
    """The projects in an order in which jurors leave the fewest times; what is equal keeps the given order.

    recused: project → jurors who must not hear it. Projects with the same jurors outside stand together, which
    costs nothing: walking obeys the triangle inequality. The sets are then ordered exactly (Held & Karp 1962) or,
    when there are many, by improving the nearest-neighbour path until reversing a part of it no longer helps.
    """
    groups: dict[frozenset[str], list[str]] = {}
    for project in projects:
        groups.setdefault(frozenset(recused.get(project, frozenset())), []).append(project)
    sets = list(groups)
    path = _exact(sets) if len(sets) <= EXACT else _improved(sets)
    return [project for index in path for project in groups[sets[index]]]


def _exact(sets: Sequence[frozenset[str]]) -> list[int]:
    n = len(sets)
    if n == 0:
        return []
    best = {(1 << i, i): (len(sets[i]), -1) for i in range(n)}
    for mask in range(1, 1 << n):
        for last in range(n):
            if (mask, last) not in best:
                continue
            cost = best[mask, last][0]
            for after in range(n):
                if mask >> after & 1:
                    continue
                key, found = (mask | 1 << after, after), cost + len(sets[after] - sets[last])
                if key not in best or found < best[key][0]:
                    best[key] = (found, last)
    mask = (1 << n) - 1
    last = min(range(n), key=lambda i: best[mask, i][0])
    path = []
    while last >= 0:
        path.append(last)
        mask, last = mask ^ 1 << last, best[mask, last][1]
    return path[::-1]


def _improved(sets: Sequence[frozenset[str]]) -> list[int]:
    # Begin where the fewest are outside, and go on to whoever makes the fewest leave.
    left = set(range(len(sets)))
    path = [min(left, key=lambda i: (len(sets[i]), i))]
    left.remove(path[0])
    while left:
        path.append(min(left, key=lambda i: (len(sets[i] - sets[path[-1]]), i)))
        left.remove(path[-1])

    def cost(order: Sequence[int]) -> int:
        out: frozenset[str] = frozenset()
        total = 0
        for index in order:
            total += len(sets[index] - out)
            out = sets[index]
        return total

    lowest, better = cost(path), True
    while better:
        better = False
        for start in range(len(path) - 1):
            for end in range(start + 2, len(path) + 1):
                tried = path[:start] + path[start:end][::-1] + path[end:]
                if cost(tried) < lowest:
                    path, lowest, better = tried, cost(tried), True
    return path
