"""Files that nobody made well, before the commands an outsider computes with: read exactly, or refused in words."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from services.jury import recompute

TABLE = "Projet;Juré;Note\n" + "\n".join(
    f"p{i};j{j};{8 + (3 * i + 5 * j + i * j) % 9},5" for i in range(4) for j in range(4)
)
COMMANDS: dict[str, tuple[Callable[[list[str]], int], list[str]]] = {
    "rank": (recompute.rank, []),
    "calibrate": (recompute.calibrate, []),
    "select": (recompute.select, ["--envelope", "100", "--rule", "skip"]),
    "assign": (recompute.assign, ["--readings", "1"]),
}


def run(command: str, tmp_path: Path, data: bytes, *more: str) -> int:
    file = tmp_path / "file.csv"
    file.write_bytes(data)
    work, options = COMMANDS[command]
    return work([str(file), *options, *more])


@pytest.mark.slow
@pytest.mark.parametrize("command", ["rank", "calibrate"])
def test_the_same_table_gives_the_same_whatever_wrote_it(command: str, tmp_path: Path, capsys: Any) -> None:
    written = {
        "plain": TABLE.encode(),
        "mark": b"\xef\xbb\xbf" + TABLE.encode(),
        "Windows": TABLE.replace("\n", "\r\n").encode("cp1252"),
        "Unicode text": TABLE.replace(";", "\t").encode("utf-16"),
        "an old Mac": TABLE.replace("\n", "\r").encode(),
        "empty lines above": b"\r\n\n" + TABLE.encode(),
        "commas and points": TABLE.replace(",", ".").replace(";", ",").encode(),
        "quoted": TABLE.replace(";", '";"').replace("\n", '"\n"').join('""').encode(),
        "blanks and a line without a score": (TABLE.replace(";", " ; ") + "\n;;\np0;j9;\n").encode(),
    }
    answers = {}
    for name, data in written.items():
        assert run(command, tmp_path, data) == 0, name
        answers[name] = capsys.readouterr().out
    assert set(answers.values()) == {answers["plain"]}


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n\n",
        b"\x00" * 100,
        b"%PDF-1.7 \x00",
        TABLE.replace("p1", "p\x00").encode(),
        b'Projet;Jur\xc3\xa9;Note\n"' + b"x" * 200_000,
        b"Projet;Projet;Note\na;b;1\n",
        b'{"projects": ["a"], "jurors": [{"id": "b", "max": 1e400}]}',
        b'{"projects": ["a"], "jurors": [{"id": "b", "min": ' + b"9" * 400 + b"}]}",
        b"[" * 100_000,
        b"\xef\xbb\xbf{",
    ],
)
def test_what_is_no_table_is_refused_in_a_sentence(command: str, data: bytes, tmp_path: Path, capsys: Any) -> None:
    assert run(command, tmp_path, data) == 2
    said = capsys.readouterr()
    assert (said.out, len(said.err.splitlines())) == ("", 1)


def test_a_pair_that_is_named_twice_is_refused_where_it_says_something_else(tmp_path: Path, capsys: Any) -> None:
    assert run("rank", tmp_path, (TABLE + "\np0;j0;9\n").encode()) == 2
    assert "Ligne 18 : le juré j0 a déjà noté le projet p0" in capsys.readouterr().err
    pair = "projet;juré;affinité\nA;B;0,5\nA;B;{}\n"
    assert run("assign", tmp_path, pair.format("0,5").encode()) == 0
    assert run("assign", tmp_path, pair.format("0,9").encode()) == 2
    assert "Ligne 3" in capsys.readouterr().err
    told = {"projects": ["A"], "jurors": ["B"], "affinities": [{"project": "A", "juror": "B", "affinity": 0.5}]}
    told["affinities"].append(told["affinities"][0] | {"affinity": 1})  # type: ignore[operator]
    assert run("assign", tmp_path, json.dumps(told).encode()) == 2


def test_a_mark_before_json_hides_nothing(tmp_path: Path) -> None:
    told = json.dumps({"projects": ["A"], "jurors": ["B"]}).encode()
    assert run("assign", tmp_path, b"\xef\xbb\xbf" + told) == 0


def test_numbers_that_fit_nowhere_are_refused(tmp_path: Path, capsys: Any) -> None:
    for more in (("--readings", "9" * 30), ("--max", "9" * 30), ("--min", "9" * 30)):
        assert run("assign", tmp_path, b"projet;jur\xc3\xa9\nA;B\n", *more) == 2, more
    assert run("select", tmp_path, b"projet;note;demande\nA;1;5\n", "--envelope", "1e5") == 2
    assert "n’est pas un nombre" in capsys.readouterr().err


def test_many_projects_with_equal_scores_share_their_rank(tmp_path: Path, capsys: Any) -> None:
    lines = "".join(f"p{n};j;{n % 3}\n" for n in range(9_000))
    assert run("rank", tmp_path, f"projet;juré;note\n{lines}".encode()) == 0
    ranks = [row["rank"] for row in csv.DictReader(io.StringIO(capsys.readouterr().out))]
    assert sorted(set(ranks), key=int) == ["1", "3001", "6001"]
    assert run("calibrate", tmp_path, f"projet;juré;note\n{lines}".encode(), "--force") == 2
    assert "9000 projets : la correction, qui les compare deux à deux, en prend 5000" in capsys.readouterr().err
