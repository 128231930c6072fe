"""A backup holds every paper of the jury, whole, and the same bytes once for all days."""

from __future__ import annotations

import subprocess
from pathlib import Path

from services.jury import papers

SCRIPT = Path(__file__).resolve().parents[2] / "deploy/backup/papers.sh"


def keep(*folders: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([SCRIPT, *folders], capture_output=True, text=True, check=False)


def kept(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("*") if path.is_file()}


def test_every_paper_is_kept_and_no_draft(tmp_path: Path) -> None:
    digests = {papers.store(tmp_path / "papers", text) for text in (b"budget", b"statuts")}
    (tmp_path / "papers/tmpab12").write_bytes(b"half a fi")
    assert keep(tmp_path / "papers", tmp_path / "monday").returncode == 0
    assert kept(tmp_path / "monday") == digests


def test_a_jury_without_papers_can_be_kept(tmp_path: Path) -> None:
    (tmp_path / "papers").mkdir()
    assert keep(tmp_path / "papers", tmp_path / "monday").returncode == 0
    assert kept(tmp_path / "monday") == set()


def test_the_next_day_shares_what_is_the_same_and_forgets_what_was_removed(tmp_path: Path) -> None:
    source, monday, tuesday = (tmp_path / name for name in ("papers", "monday", "tuesday"))
    stays, goes = papers.store(source, b"budget"), papers.store(source, b"photo")
    assert keep(source, monday).returncode == 0
    papers.Folder(source).drop(goes)
    comes = papers.store(source, b"statuts")
    assert keep(source, tuesday, monday).returncode == 0
    assert kept(tuesday) == {stays, comes}
    assert papers.path_of(monday, stays).samefile(papers.path_of(tuesday, stays))
    assert kept(monday) == {stays, goes}


def test_a_damaged_paper_makes_no_good_set(tmp_path: Path) -> None:
    digest = papers.store(tmp_path / "papers", b"budget")
    papers.path_of(tmp_path / "papers", digest).write_bytes(b"budgem")
    done = keep(tmp_path / "papers", tmp_path / "monday")
    assert done.returncode == 1
    assert digest in done.stdout + done.stderr


def test_a_copy_that_was_damaged_since_is_made_again_and_stops_no_backup(tmp_path: Path) -> None:
    source, monday, tuesday = (tmp_path / name for name in ("papers", "monday", "tuesday"))
    digest = papers.store(source, b"budget")
    assert keep(source, monday).returncode == 0
    papers.path_of(monday, digest).write_bytes(b"budgem")
    assert keep(source, tuesday, monday).returncode == 0
    assert papers.path_of(tuesday, digest).read_bytes() == b"budget"
