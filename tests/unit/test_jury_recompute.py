"""The commands an outsider recomputes results with, on files."""

from __future__ import annotations

import contextlib
import csv
import hashlib
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from services.jury import assignment_input, csv_tables, recompute

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
SCORES = "Note;Projet;Juré\n" + "\n".join(
    f"{score};{project};{juror}"
    for project, juror, score in [
        *[("P1", "A", "8,0"), ("P1", "B", "6"), ("P2", "A", "9"), ("P2", "C", "5"), ("P3", "B", "7"), ("P3", "C", "5")],
        *[("P4", "A", "7"), ("P4", "B", "5"), ("P4", "C", "3"), ("P4", "D", "")],
    ]
)


def run(tmp_path: Path, command: str, text: str | bytes, *options: str, name: str = "file.csv", status: int = 0) -> str:
    """Standard output of a command that succeeds, standard error of one that must not."""
    file = tmp_path / name
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            found = getattr(recompute, command)([str(file), *options])
        except SystemExit as ended:
            found = ended.code
    assert found == status, err.getvalue()
    return (err if status else out).getvalue()


def tables(text: str) -> list[list[dict[str, str]]]:
    return [list(csv.DictReader(io.StringIO(block))) for block in text.split("\n\n")]


def test_calibrate_prints_the_model_the_projects_and_the_jurors(tmp_path: Path) -> None:
    options = ("--force", "--variances", "1", "1", "1", "--funded", "2", "--seed", "5")
    model, projects, jurors = tables(run(tmp_path, "calibrate", SCORES, *options))
    assert {row["quantity"]: row["value"] for row in model}["mean"] == "6.212121"
    assert [row["project"] for row in projects] == ["P2", "P3", "P1", "P4"]
    assert projects[0]["corrected"] == "6.727273"
    assert [(row["juror"], row["severity"]) for row in jurors] == [
        *[("A", "1.424242"), ("B", "-0.030303"), ("C", "-1.393939")]  # D has no score: missing is not zero
    ]
    assert tables(run(tmp_path, "calibrate", SCORES, *options, "--table", "projects")) == [projects]
    assert float(projects[0]["effect"]) == pytest.approx(0.5152, abs=1e-4)
    found = json.loads(run(tmp_path, "calibrate", SCORES.replace(",", "."), *options, "--json"))
    assert found["projects"][0]["corrected"] == pytest.approx(6.2121 + 0.5152, abs=1e-4)
    assert [f"{p['chance']:.6f}" for p in found["projects"]] == [row["chance"] for row in projects]


def test_calibrate_estimates_and_says_when_it_cannot_help(tmp_path: Path) -> None:
    rows = [f"p{i},j{j},{12 + (i * 7 + j * j * 3 + i * j) % 8}" for i in range(5) for j in range(4)]
    found = json.loads(run(tmp_path, "calibrate", "project,juror,score\n" + "\n".join(rows), "--json"))
    assert found["model"]["variance_noise"] > 0
    assert "ne peut pas changer l’ordre" in found["notes"][0]


@pytest.mark.slow
def test_calibrate_refuses_with_a_reason(tmp_path: Path) -> None:
    assert "P9" in run(tmp_path, "calibrate", SCORES + "\n5;P9;Z", "--force", status=2)
    few = run(tmp_path, "calibrate", SCORES, status=2)
    assert "au moins 4 fiches" in few
    assert "--force" in few
    alone = "project,juror,score\nP,A,1\nP,B,2\n"
    assert "au moins deux projets" in run(tmp_path, "calibrate", alone, "--force", status=2)
    run(tmp_path, "calibrate", alone, "--force", "--variances", "1", "1", "1")
    assert "variance" in run(tmp_path, "calibrate", SCORES, "--force", "--variances", "1", "nan", "1", status=2)
    run(tmp_path, "calibrate", b"\x00\xff\xfe", status=2)


def test_rank_of_scores_is_exact(tmp_path: Path) -> None:
    text = "project,juror,score\na,1,14.125\nb,1,100/7\nc,1,14.135\nd,1,14.125\n"
    (rows,) = tables(run(tmp_path, "rank", text))
    assert [(r["rank"], r["project"], r["score"]) for r in rows] == [
        ("1", "b", "14.29"),
        ("2", "c", "14.14"),
        ("3", "a", "14.12"),
        ("3", "d", "14.12"),
    ]
    assert rows[0]["exact"] == "100/7"


def test_rank_goes_by_the_rule_and_the_lots_that_are_asked_for(tmp_path: Path) -> None:
    rows = [("a", "9"), ("a", "10"), ("a", "17"), ("b", "11"), ("b", "11"), ("c", "10"), ("c", "10"), ("c", "10")]
    text = "project,juror,score\n" + "\n".join(f"{name},j{n},{score}" for n, (name, score) in enumerate(rows))
    (found,) = tables(run(tmp_path, "rank", text, "--score", "median", name="scores.txt"))
    assert [(r["rank"], r["project"], r["exact"]) for r in found] == [
        ("1", "b", "11"),
        ("2", "a", "10"),
        ("2", "c", "10"),
    ]
    drawn = json.loads(run(tmp_path, "rank", text, "--score", "median", "--seed", "x", "--json"))["projects"]
    assert [r["rank"] for r in drawn] == [1, 2, 3]
    lots = {name: hashlib.sha256(f"x|{name}".encode()).digest() for name in "ac"}
    assert [r["project"] for r in drawn[1:]] == sorted(lots, key=lots.__getitem__)


def test_a_command_is_a_process_that_says_its_result_and_its_reason(tmp_path: Path) -> None:
    file = tmp_path / "file.csv"
    command = [sys.executable, "-W", "error", "-m", "services.jury", "rank", str(file)]
    for text, status, told in (
        ("project,juror,score\na,1,7\n", 0, "1,a,"),
        ("project,juror,score\n", 2, "aucune note"),
    ):
        file.write_text(text)
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert (done.returncode, told in done.stdout + done.stderr) == (status, True), done
        assert "Traceback" not in done.stderr


def test_every_command_tells_its_columns_and_its_rules() -> None:
    for command, words in {
        "rank": ("project", "juror", "score", "half to even", "SHA-256"),
        "calibrate": ("REML", "uncertainty of the mean", "expected_rank", "krippendorff_alpha", "--force"),
        "select": ("asked", "minimum", "stop", "skip", "reserve", "--yearly"),
        "assign": ("affinity", "conflict", "language", "college", "worst_project_affinity"),
    }.items():
        arguments = [sys.executable, "-m", "services.jury", command, "--help"]
        told = subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True, check=True).stdout
        assert [word for word in (*words, "exit status") if word not in told] == []
        assert max(map(len, told.splitlines())) <= 120


@pytest.mark.slow
def test_select_shares_the_envelope(tmp_path: Path) -> None:
    text = "projet;note;demande;minimum\nC;11;2 000;\nA;15,5;5000,00;\nB;12;5000,01 €;3000\n"
    rows, totals = tables(run(tmp_path, "select", text, "--envelope", "8000", "--rule", "skip"))
    assert [(r["project"], r["result"]) for r in rows] == [("A", "full"), ("C", "full"), ("B", "reserve")]
    assert totals[-1] == {"quantity": "remaining", "value": "1000.00"}
    found = json.loads(run(tmp_path, "select", text, "--envelope", "8000", "--rule", "stop", "--partial", "--json"))
    assert found["projects"][1] == {
        **{"rank": 2, "project": "B", "result": "partial"},
        **{"asked": "5000.01", "awarded": "3000.00"},
    }
    assert "centime" in run(tmp_path, "select", text, "--envelope", "8000,001", "--rule", "stop", status=2)
    tied = text + "D;12;100;\n"
    assert "égalité" in run(tmp_path, "select", tied, "--envelope", "8000", "--rule", "stop", status=2)
    run(tmp_path, "select", tied, "--envelope", "8000", "--rule", "stop", "--seed", "x")
    _, by_year = tables(run(tmp_path, "select", text, "--envelope", "4000,01", "--rule", "stop", "--yearly", "3"))
    assert by_year[1]["value"] == "4000.01"  # 1 666.67, 1 666.67 and 666.67: the first years only
    own = "projet;note;demande;première année\nA;15;5000;5000\nB;14;3000;1000\nC;13;900;\n"
    rows, by_year = tables(run(tmp_path, "select", own, "--envelope", "6300", "--rule", "stop", "--yearly", "3"))
    assert [r["result"] for r in rows] == ["full", "full", "full"]
    assert by_year[1]["value"] == "6300.00", "5 000, 1 000, and a third of 900"
    assert "première année" in run(
        tmp_path,
        "select",
        own.replace("3000;1000", "3000;3001"),
        "--envelope",
        "1",
        "--rule",
        "stop",
        "--yearly",
        "3",
        status=2,
    )


@pytest.mark.slow
def test_assign_reads_both_forms(tmp_path: Path) -> None:
    text = "project,juror,affinity,conflict\nA,x,0.5,\nA,y,,oui\nA,z,,\nB,y,1,\nB,z,,\n"
    (rows,) = tables(run(tmp_path, "assign", text, "--readings", "2", "--max", "2"))
    # A cannot have y, so x and z; balance then gives B its best two without a third for anyone.
    assert {(r["project"], r["juror"]) for r in rows if r["project"] == "A"} == {("A", "x"), ("A", "z")}
    document = {
        "projects": ["A", {"id": "B"}],
        "jurors": ["x", {"id": "y", "min": 1}, {"id": "z", "max": 2}],
        "affinities": [{"juror": "y", "project": "B", "affinity": 1}],
        "conflicts": [{"juror": "y", "project": "A"}],
    }
    found = json.loads(
        run(tmp_path, "assign", json.dumps(document), "--readings", "2", "--max", "2", "--json", name="f.json")
    )
    assert {"project": "A", "juror": "y"} not in found["pairs"]
    assert found["loads"]["y"] == 1
    (alike,) = tables(run(tmp_path, "assign", text, "--readings", "2", "--min", "1"))
    assert {r["juror"] for r in alike} == {"x", "y", "z"}
    said = run(tmp_path, "assign", text, "--readings", "3", "--max", "2", status=2)
    assert "pour le projet A : 3 ; jurés sans conflit avec lui : 2" in said
    document |= {"projects": ["A", {"id": "B", "language": "pt"}], "conflicts": []}
    assert "projet B : 2 ; jurés qui lisent sa langue et sans conflit avec lui : 0" in run(
        tmp_path, "assign", json.dumps(document), "--readings", "2", "--max", "2", status=2
    )
    document["conflicts"] = [{"juror": "nobody", "project": "A"}]
    assert "nobody" in run(tmp_path, "assign", json.dumps(document), "--readings", "2", "--max", "2", status=2)


def test_the_limits_of_each_juror_are_read_from_both_forms() -> None:
    text = "projet,jure,affinite,min,max\nA,x,1,2,\nB,,,,\nC,,,,\n,y,,,1\n,y,,0,1\n,z,,,\n"
    document = {
        "projects": ["A", "B", "C"],
        "jurors": [{"id": "x", "min": 2}, {"id": "y", "max": 1}, "z"],
        "affinities": [{"project": "A", "juror": "x", "affinity": 1}],
    }
    pools = [assignment_input.read(data) for data in (text.encode(), json.dumps(document).encode())]
    assert pools[0].jurors == pools[1].jurors == [("x", 2, None), ("y", 0, 1), ("z", 0, None)]
    for wrong in ("0,2", "0,un", "0,1/2"):
        with pytest.raises(csv_tables.Unreadable, match="Ligne 6"):
            assignment_input.read(text.replace("0,1", wrong).encode())


def test_languages_and_colleges_of_an_assignment_are_read_from_both_forms() -> None:
    text = 'project,juror,language,languages,college\nA,,pt,,\n,x,,"fr, portugais",élus\n,y,,,\n'
    document = {
        "projects": [{"id": "A", "language": "portugais"}],
        "jurors": [{"id": "x", "languages": ["fr", "pt"], "college": "élus"}, "y"],
    }
    for data in (text.encode(), json.dumps(document).encode()):
        pool = assignment_input.read(data)
        assert (pool.unread, pool.colleges["x"]) == ({("A", "y")}, "élus")
    with pytest.raises(csv_tables.Unreadable, match="klingon"):
        assignment_input.read(text.replace("portugais", "klingon").encode())


@pytest.mark.parametrize("score", ["1e9", "nan", "inf", "--1", "1/0", "0x10", "1,2,3", "١٢"])
def test_what_is_no_number_is_refused_with_its_line(score: str) -> None:
    with pytest.raises(csv_tables.Unreadable, match="Ligne 2"):
        csv_tables.scores(f"project;juror;score\nP;J;{score}".encode())


def test_files_as_people_send_them() -> None:
    text = "\ufeffProjet\tJuré\tNote\r\nÉcole\tZoé\t−1,50\r\n\r\n"
    assert csv_tables.scores(text.encode()) == [("École", "Zoé", -1.5)]
    assert csv_tables.scores(text[1:].replace("−", "-").encode("cp1252")) == [("École", "Zoé", -1.5)]
    with pytest.raises(csv_tables.Unreadable, match="score"):
        csv_tables.scores(b"project,juror\nP,J\n")
    with pytest.raises(csv_tables.Unreadable, match="Ligne 3"):
        csv_tables.scores(b"project,juror,score\nP,J,1\nP,J,2\n")


def test_the_web_process_does_not_load_the_solvers() -> None:
    check = "import sys, services.jury.app, services.jury.commands; print({'numpy', 'scipy'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", check], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("file.json", b"{", "n’est pas du JSON lisible"),
        ("file.json", b"\xff\xfe", "n’est pas du JSON lisible"),
        ("file.csv", b"project,juror,score\n", "aucune note"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_in_words(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    assert said in run(tmp_path, "rank", content, name=name, status=2)


def test_a_file_that_is_not_there_is_refused_in_words() -> None:
    assert recompute.refusal(FileNotFoundError(2, "No such file", "x")) == "Ce fichier n’existe pas."
