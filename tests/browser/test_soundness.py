"""What the browser tests call sound: a fault among many texts that look alike is found."""

from __future__ import annotations

from typing import Any

import pytest

from tests.soundness import faults

pytestmark = pytest.mark.browser

PAGE = """<!doctype html><html lang="fr"><title>Lignes</title>
<style>body {{ background: #fff; color: #222 }}</style><main><h1>Lignes</h1>{}</main>"""
ROW = "<div{}><p{}><i>Bien lisible</i></p></div>"
RIGHT = ROW.format("", "") * 5


@pytest.mark.parametrize(
    "wrong",
    [
        ROW.format("", " style='color: #bbb'"),
        ROW.format(" style='background: #333'", ""),
        ROW.format(" style='opacity: .4'", ""),
        ROW.format("", " style='filter: opacity(.4); background: #555'"),
    ],
)
def test_one_text_that_is_hard_to_read_is_found_among_many_of_its_kind(page: Any, wrong: str) -> None:
    page.set_content(PAGE.format(RIGHT + wrong + RIGHT))
    assert [one.partition(":")[0] for one in faults(page)] == ["color-contrast"]


def test_a_size_that_makes_a_text_readable_makes_no_smaller_one_so(page: Any) -> None:
    page.set_content(
        PAGE.format("<p class=a style='color: #888; font-size: 40px'>Grand</p><p class=a style='color: #888'>Petit</p>")
    )
    assert [one.partition(":")[0] for one in faults(page)] == ["color-contrast"]
