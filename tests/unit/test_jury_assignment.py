"""Who reads what: limits kept, no conflict crossed, connected, repeatable, optimal, and refusals that help."""

from __future__ import annotations

import itertools
import random
import time
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.jury.assignment import BALANCE, Assignment, Juror, assign
from services.jury.assignment_limits import Infeasible

Pairs = dict[tuple[str, str], float]


def pool(
    projects: int, jurors: int, seed: int = 0, conflicts: float = 0.0
) -> tuple[list[str], list[Juror], Pairs, set[tuple[str, str]]]:
    chance = random.Random(seed)
    names, people = [f"p{i:03}" for i in range(projects)], [Juror(f"j{i:02}") for i in range(jurors)]
    pairs = list(itertools.product(names, [juror.id for juror in people]))
    return names, people, {pair: chance.random() for pair in pairs}, {p for p in pairs if chance.random() < conflicts}


def connected(found: Assignment) -> bool:
    """Walk from project to project over common jurors; independent of the code under test."""
    reached, fresh = set(), {found.pairs[0][0]}
    while fresh:
        reached |= fresh
        readers = {juror for project, juror in found.pairs if project in reached}
        fresh = {project for project, juror in found.pairs if juror in readers} - reached
    return reached == {project for project, _ in found.pairs}


@settings(max_examples=30, deadline=None)
@given(st.integers(3, 25), st.integers(4, 10), st.integers(1, 3), st.integers(0, 1000))
def test_what_always_holds(projects: int, jurors: int, readings: int, seed: int) -> None:
    names, people, affinities, conflicts = pool(projects, jurors, seed, conflicts=0.15)
    most = -(-projects * readings // jurors) + 2
    try:
        found = assign(names, people, affinities, conflicts, readings=readings, most=most, seed="s")
    except Infeasible:
        return
    assert not set(found.pairs) & conflicts
    assert len(set(found.pairs)) == len(found.pairs)
    assert Counter(project for project, _ in found.pairs) == dict.fromkeys(names, readings)
    assert all(load <= most for load in found.loads.values())
    assert Counter(juror for _, juror in found.pairs) == {j: n for j, n in found.loads.items() if n}
    assert found.is_connected == connected(found)


def test_loads_are_balanced_and_minimums_kept() -> None:
    names, people, affinities, _ = pool(30, 10)
    # Everyone would like the first juror best: the rising cost shares the work all the same.
    affinities = {(p, j): 1.0 if j == "j00" else 0.5 for p, j in affinities}
    found = assign(names, people, affinities, [], readings=3, most=30)
    assert found.loads["j00"] <= 9 + 5
    assert all(load >= 8 for load in found.loads.values())
    people[3] = Juror("j03", least=12)
    people[4] = Juror("j04", most=2)
    found = assign(names, people, affinities, [], readings=3, most=30)
    assert found.loads["j03"] >= 12
    assert found.loads["j04"] <= 2


def test_the_flow_is_the_best_there_is() -> None:
    """Against every possibility for four projects, four jurors, two readings; seed lots are far below the gaps."""
    names, people, affinities, _ = pool(4, 4, seed=11)
    conflicts = {("p000", "j01"), ("p002", "j03")}
    ids = [juror.id for juror in people]

    def value(choice: tuple[tuple[str, ...], ...]) -> float:
        loads = Counter(juror for readers in choice for juror in readers)
        if max(loads.values()) > 3:
            return float("-inf")
        apt = sum(affinities[name, juror] for name, readers in zip(names, choice, strict=True) for juror in readers)
        return apt - BALANCE * sum(load * (load - 1) / 2 for load in loads.values())

    options = [[r for r in itertools.combinations(ids, 2) if not {(n, j) for j in r} & conflicts] for n in names]
    best = max(itertools.product(*options), key=value)
    found = assign(names, people, affinities, conflicts, readings=2, most=3)
    loads = Counter(juror for readers in best for juror in readers)
    worst = min(sum(affinities[n, j] for j in readers) for n, readers in zip(names, best, strict=True))
    assert found.worst_before == pytest.approx(worst)
    assert dict(loads) == {juror: load for juror, load in found.loads.items() if load}


def test_the_worst_served_project_is_served_better() -> None:
    # Best in sum: a-x and b-y (1 + 0); best for the worse of the two: a-y and b-x (0.45 each).
    affinities = {("a", "x"): 1.0, ("b", "y"): 0.0, ("a", "y"): 0.45, ("b", "x"): 0.45}
    found = assign(["a", "b"], [Juror("x"), Juror("y")], affinities, [], readings=1, most=1)
    assert (found.worst_before, found.worst) == (0.0, 0.45)
    assert found.pairs == (("a", "y"), ("b", "x"))


def test_two_themes_are_mixed_so_that_scores_can_be_compared() -> None:
    names, people, _, _ = pool(20, 8)
    themes = {(p, j.id): float((int(p[1:]) < 10) == (int(j.id[1:]) < 4)) for p in names for j in people}
    found = assign(names, people, themes, [], readings=3, most=8)
    assert found.is_connected
    assert connected(found)
    assert found.affinity >= 58  # one exchange, two readings, out of the sixty


def test_one_reading_each_cannot_be_connected_and_says_so() -> None:
    names, people, affinities, _ = pool(4, 4)
    assert not assign(names, people, affinities, [], readings=1, most=1).is_connected


def test_the_seed_decides_and_the_order_does_not() -> None:
    names, people, _, conflicts = pool(20, 8, conflicts=0.1)
    once = assign(names, people, {}, conflicts, readings=3, most=9, seed="a")
    again = assign(names[::-1], people[::-1], {}, sorted(conflicts, reverse=True), readings=3, most=9, seed="a")
    assert once == again
    assert once.pairs != assign(names, people, {}, conflicts, readings=3, most=9, seed="b").pairs


def refusal(*arguments: object, readings: int, most: int) -> str:
    with pytest.raises(Infeasible) as caught:
        assign(*arguments, readings=readings, most=most)  # type: ignore[arg-type]
    return str(caught.value)


def test_an_impossible_demand_is_explained_and_the_advice_works() -> None:
    names, people, affinities, _ = pool(10, 5)
    said = refusal(names, people, affinities, [], readings=3, most=5)
    assert "30" in said
    assert "25" in said
    assert "au moins 1" in said
    assign(names, people, affinities, [], readings=3, most=6)
    assign(names, people, affinities, [], readings=2, most=5)

    taken = {("p004", juror) for juror in ("j00", "j01", "j02")}
    said = refusal(names, people, affinities, taken, readings=3, most=10)
    assert "p004" in said
    assert "sans conflit avec lui : 2. Ajoutez 1 juré" in said
    assign(names, [*people, Juror("j90")], affinities, taken, readings=3, most=10)

    said = refusal(names, [*people, Juror("j91", least=11)], affinities, [], readings=3, most=20)
    assert "j91" in said
    said = refusal(names, [Juror(juror.id, least=7) for juror in people], affinities, [], readings=3, most=10)
    assert "35" in said
    assert "30" in said


def test_a_bottleneck_between_some_projects_and_some_jurors_is_named() -> None:
    """Enough readings in all, and enough jurors for each project; but two projects share two jurors with one place."""
    people = [Juror("x", most=1), Juror("y", most=1), Juror("z"), Juror("w"), Juror("v")]
    conflicts = [(project, juror) for project in "AB" for juror in "zwv"]
    said = refusal(list("ABCDE"), people, {}, conflicts, readings=2, most=3)
    assert "A, B" in said
    assert "4 lectures" in said
    assert "que 2" in said
    assert "maximum de x, y" in said
    people[:2] = [Juror("x", most=2), Juror("y", most=2)]
    assert len(assign(list("ABCDE"), people, {}, conflicts, readings=2, most=3).pairs) == 10


def test_nonsense_is_refused() -> None:
    with pytest.raises(Infeasible):
        assign([], [Juror("x")], {}, [], readings=1, most=1)
    with pytest.raises(ValueError, match="deux fois"):
        assign(["a", "a"], [Juror("x")], {}, [], readings=1, most=2)
    with pytest.raises(ValueError, match="affinité"):
        assign(["a"], [Juror("x")], {("a", "x"): float("nan")}, [], readings=1, most=2)


def test_200_projects_40_jurors_5_readings_are_quick() -> None:
    """Ten times the mark of one second, so that a busy machine does not fail it."""
    names, people, affinities, conflicts = pool(200, 40, conflicts=0.05)
    began = time.perf_counter()
    found = assign(names, people, affinities, conflicts, readings=5, most=30)
    assert time.perf_counter() - began < 10
    assert found.is_connected
    assert max(found.loads.values()) - min(found.loads.values()) <= 4


def three_colleges() -> list[Juror]:
    return [Juror(f"j{at:02}", college=("élus", "associations", "financeurs")[at % 3]) for at in range(12)]


def colleges_of(found: Assignment, people: list[Juror]) -> dict[str, list[str]]:
    seat = {juror.id: juror.college for juror in people}
    read: dict[str, list[str]] = {}
    for project, juror in found.pairs:
        read.setdefault(project, []).append(seat[juror])
    return read


def test_the_readers_of_a_project_come_from_different_colleges() -> None:
    names, people = [f"p{at:02}" for at in range(20)], three_colleges()
    # Every project would suit the elected best, by a little less than what a second of them costs.
    affinities = {(p, j.id): 0.4 for p in names for j in people if j.college == "élus"}
    found = assign(names, people, affinities, [], readings=3, most=10, seed="s")
    assert all(len(set(read)) == 3 for read in colleges_of(found, people).values())
    assert found.one_college == 0
    assert max(found.loads.values()) - min(found.loads.values()) <= 1
    assert found.is_connected


def test_a_college_that_cannot_be_mixed_in_is_counted() -> None:
    people = [Juror("a", college="élus"), Juror("b", college="élus"), Juror("c", college="associations")]
    found = assign(["p", "q"], people, {}, [("p", "c")], readings=2, most=2)
    assert found.one_college == 1


def test_a_reader_who_is_added_comes_from_a_college_that_lacks() -> None:
    people = [Juror("a", college="élus"), Juror("b", college="associations", already=3)]
    seated = {("p", "élus"): 2}
    assert assign(["p"], people, {}, [], readings=1, most=5, seated=seated).pairs == (("p", "b"),)


def test_a_project_goes_to_none_who_does_not_read_its_language() -> None:
    names, people, affinities, _ = pool(10, 6)
    unread = {("p003", juror.id) for juror in people[:3]}
    found = assign(names, people, affinities, [], readings=3, most=10, unread=unread)
    assert {juror for project, juror in found.pairs if project == "p003"} == {"j03", "j04", "j05"}
    with pytest.raises(Infeasible) as told:
        assign(names, people, affinities, [("p003", "j03")], readings=3, most=10, unread=unread)
    assert str(told.value) == (
        "Lectures demandées pour le projet p003 : 3 ; jurés qui lisent sa langue et sans conflit avec lui : 2. "
        "Jurés qui ne la lisent pas : 3 ; un juré dont aucune langue n’est dite compte comme ne lisant que le français"
        ". Dites les langues des jurés, ou ajoutez-en qui la lisent : 1."
    )
