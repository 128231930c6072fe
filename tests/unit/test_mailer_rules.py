"""What a relay's answer means, when to try again, and the identity of a mail."""

from __future__ import annotations

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.mailer import rules


@pytest.mark.parametrize(
    ("code", "text", "outcome", "suppress", "pause"),
    [
        (250, "2.0.0 queued as 4F1", "accepted", False, False),
        (421, "4.7.0 try later", "none", False, False),
        (454, "4.7.0 TLS not available", "none", False, False),
        (535, "5.7.8 authentication failed", "none", False, False),
        (-1, "gibberish", "none", False, False),
        (450, "4.2.1 greylisted", "deferred", False, False),
        (452, "4.2.2 mailbox full", "deferred", False, False),
        (550, "5.1.1 The email account that you tried to reach does not exist", "rejected", True, False),
        (550, "5.1.2 bad destination domain", "rejected", True, False),
        (556, "5.1.10 recipient address has null MX", "rejected", True, False),
        (550, "5.1.1 user unknown; see our spam policy", "rejected", True, False),
        (550, "Requested action not taken: mailbox unavailable, user unknown", "rejected", True, False),
        (550, "No such user here", "rejected", True, False),
        (550, "Adresse d'au moins un destinataire inconnue", "rejected", True, False),
        (550, "Boîte inexistante", "rejected", True, False),
        (550, "Mailbox unavailable", "rejected", False, False),
        (552, "5.2.2 mailbox full", "rejected", False, False),
        (552, "5.2.2 over quota", "rejected", False, False),
        (554, "5.6.0 content not understood", "rejected", False, False),
        (550, "5.7.1 Service unavailable; client host blocked using zen.spamhaus.org", "rejected", False, True),
        (550, "5.7.23 SPF validation failed", "rejected", False, True),
        (554, "Your IP has a poor reputation", "rejected", False, True),
        (550, "Client host rejected: cannot find your reverse DNS (PTR)", "rejected", False, True),
        (550, "5.4.5 Daily user sending quota exceeded", "rejected", False, True),
        (552, "5.3.4 message size exceeds fixed limit", "rejected", False, True),
        (554, "Relay access denied", "rejected", False, True),
    ],
)
def test_an_answer_is_judged(code: int, text: str, outcome: str, suppress: bool, pause: bool) -> None:
    verdict = rules.judge(code, text)
    assert (verdict.outcome, verdict.suppress, verdict.pause) == (outcome, suppress, pause)


@given(code=st.integers(-1, 999), text=st.text(max_size=200))
def test_any_answer_has_a_verdict_and_never_both_faults(code: int, text: str) -> None:
    verdict = rules.judge(code, text)
    assert verdict.outcome in {"none", "accepted", "deferred", "rejected"}
    assert not (verdict.suppress and verdict.pause)
    assert verdict.outcome == "rejected" or not (verdict.suppress or verdict.pause)


def test_tries_grow_apart_and_end_after_three_days() -> None:
    hours = [(1, 0.0, 5 / 60), (2, 1.0, 15 / 60), (3, 1.0, 0.5), (4, 1.0, 1.0), (5, 3.0, 2.0), (12, 30.0, 6.0)]
    for failures, age, expected in hours:
        assert rules.retry_delay(failures, age * 3600, 0.5) == pytest.approx(expected * 3600)
    assert rules.retry_delay(40, 72 * 3600, 0.5) is None


@given(failures=st.integers(1, 60), age=st.floats(0, 71 * 3600), chance=st.floats(0, 0.999))
def test_the_spread_is_a_fifth_and_the_last_try_is_before_the_end(failures: int, age: float, chance: float) -> None:
    middle, delay = rules.retry_delay(failures, age, 0.5), rules.retry_delay(failures, age, chance)
    assert middle is not None
    assert delay is not None
    assert 0.79 <= delay / middle <= 1.26
    assert age + delay <= rules.GIVE_UP_AFTER


def test_a_lane_waits_longer_each_time() -> None:
    assert [rules.breaker_delay(failures) for failures in range(1, 12)] == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]


def test_a_message_id_is_stable_secret_and_fits_a_line() -> None:
    message = uuid.UUID("01578957-9180-780a-a3e5-2852afba9b09")
    made = rules.message_id("secret", message, "agora.example")
    assert made == rules.message_id("secret", message, "agora.example")
    assert made != rules.message_id("another", message, "agora.example")
    assert made.startswith("<")
    assert made.endswith("@agora.example>")
    assert len(made) < 64
    assert message.hex not in made
