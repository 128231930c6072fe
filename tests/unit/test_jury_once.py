"""What many look at is computed once per change, by whichever process comes first."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from services.jury.web.once import Once
from shared.web import together


def test_threads_and_processes_compute_once_per_key(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(together.VARIABLE, str(tmp_path))
    processes = [Once(keep=4), Once(keep=4)]  # two processes share nothing but the folder
    made: list[int] = []
    got: list[str] = []

    def look(once: Once, version: int) -> None:
        def compute() -> str:
            made.append(version)
            time.sleep(0.02)
            return f"tableau n° {version}"

        got.append(once.get(("board", version), compute))

    for version in range(6):
        looks = [threading.Thread(target=look, args=[once, version]) for once in processes for _ in range(4)]
        for one in looks:
            one.start()
        for one in looks:
            one.join()
        assert set(got[-8:]) == {f"tableau n° {version}"}
    assert made == list(range(6))
    assert len(list(tmp_path.glob("*.once"))) == 4


def test_alone_it_needs_no_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(together.VARIABLE, raising=False)
    once, made = Once(keep=1), []
    for key in (1, 1, 2, 1):
        assert once.get(key, lambda key=key: made.append(key) or str(key)) == str(key)
    assert made == [1, 2, 1]


@pytest.mark.parametrize("taken", ["lock", "part"])
def test_where_nothing_can_be_written_each_computes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, taken: str
) -> None:
    monkeypatch.setenv(together.VARIABLE, str(tmp_path))
    (tmp_path / taken).mkdir()
    assert [Once(keep=1).get("key", lambda: "made") for _process in range(2)] == ["made", "made"]
