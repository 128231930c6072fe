"""One correlation id and one trace, whatever a stranger sends in the headers."""

from __future__ import annotations

import re

import pytest

from shared import tracing

SPAN = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def test_a_child_stays_in_the_trace_and_gets_its_own_span() -> None:
    child = tracing.child_of(SPAN)
    assert child[:36] == SPAN[:36]
    assert child[36:52] != SPAN[36:52]


@pytest.mark.parametrize(
    "malformed",
    [
        "",
        "nonsense",
        SPAN + "\n",
        SPAN.upper(),
        SPAN + "\r\nX: y",
        "00-" + "0" * 32 + "-00f067aa0ba902b7-01",
        "ff" + SPAN[2:],
    ],
)
def test_a_malformed_parent_starts_a_new_trace(malformed: str) -> None:
    started = tracing.child_of(malformed)
    assert re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-01", started)
    assert "4bf92f3577b34da6a3ce929d0e0e4736" not in started


@pytest.mark.parametrize(
    "hostile", ["", "short", "with space 123", "a" * 65, 'x"},{"level":"info', "line\nbreak123", "trailing-line\n"]
)
def test_a_hostile_correlation_id_is_replaced(hostile: str) -> None:
    with tracing.thread_of(hostile) as used:
        assert re.fullmatch(r"[0-9a-f]{32}", used)


def test_the_thread_ends_where_it_began() -> None:
    with tracing.thread_of("outer-thread"):
        with tracing.thread_of("inner-thread", SPAN, "event-1"):
            assert tracing.correlation_id() == "inner-thread"
            assert tracing.causation_id() == "event-1"
        assert tracing.correlation_id() == "outer-thread"
        assert tracing.causation_id() == ""
    assert tracing.current_traceparent() == ""
