"""A code that is put together from its bits is the one that the library draws."""

from __future__ import annotations

import re

import pytest
import segno
from hypothesis import given
from hypothesis import strategies as st

from shared.web import qr

_STEP = re.compile(r"M(\d+) (\d+)|m(\d+) 0|h(\d+)v1h-(\d+)z")


def dark(content: str, level: str) -> set[tuple[int, int]]:
    """(x, y) of each dark module on the page, without the border."""
    path = re.search(r' d="([^"]*)"', qr.qr_svg(content, "Code", level=level))
    assert path
    assert not _STEP.sub("", path[1])
    x = y = 0
    found: set[tuple[int, int]] = set()
    for left, top, moved, length, back in _STEP.findall(path[1]):
        if length:
            assert length == back
            found |= {(x + step - 4, y - 4) for step in range(int(length))}
        else:
            x, y = (int(left), int(top)) if left else (x + int(moved), y)
    return found


def expected(content: str, level: str, mode: str | None) -> set[tuple[int, int]]:
    matrix = segno.make(content, error=level, micro=False, boost_error=False, mask=0, mode=mode).matrix
    return {(x, y) for y, row in enumerate(matrix) for x, module in enumerate(row) if module}


@given(st.text("0123456789ABCDEF", min_size=20, max_size=20))
def test_a_ticket_is_put_together_as_the_library_draws_it(ticket: str) -> None:
    assert dark(ticket, "q") == expected(ticket, "q", "alphanumeric")


@pytest.mark.parametrize("content", ["7", "A1", "AB:", " $%*+-./: Z", "https://agora.example/i/é", "A" * 64])
def test_whatever_else_is_drawn_as_before(content: str) -> None:
    assert dark(content, "m") == expected(content, "m", "alphanumeric" if content == "A1" else None)


def test_longer_ones_are_not_taken_apart() -> None:
    before = qr._bits.cache_info().currsize
    qr.qr_svg("A" * 64, "Code")
    assert qr._bits.cache_info().currsize == before
