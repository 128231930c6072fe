"""A part that does not exist is refused with the names of those that do: nothing measured is no mark that holds."""

from __future__ import annotations

import pytest

from tests.load.registration import __main__ as registration


def test_a_part_that_does_not_exist_is_refused_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert registration.main(["rush", "whole"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("unknown: whole; there are throughput, bare,")
