"""Pairing codes survive being read aloud and typed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from services.jury import rules


def test_known_codes() -> None:
    assert rules.code_of(bytes(16)) == "0" * 26
    assert rules.code_of(b"\xff" * 16) == "7" + "Z" * 25


@given(st.binary(min_size=16, max_size=16))
def test_typed_with_small_letters_groups_and_lookalikes(random_bytes: bytes) -> None:
    code = rules.code_of(random_bytes)
    typed = "-".join([code[:5], code[5:13], code[13:]]).lower().replace("0", "o").replace("1", "l")
    assert rules.read_code(typed) == code


@given(st.lists(st.binary(min_size=16, max_size=16), min_size=2, max_size=20, unique=True))
def test_no_two_alike(many: list[bytes]) -> None:
    assert len({rules.code_of(one) for one in many}) == len(many)
