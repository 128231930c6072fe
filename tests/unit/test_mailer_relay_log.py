"""What Postfix's log tells of a mail, in the forms that syslog gives it."""

from __future__ import annotations

import pytest

from services.mailer.relay_log import Fate, LogReader

A = "<k3v7q2m5x6w4@agora.example>"
B = "<zz77q2m5x6w4@agora.example>"

SENT = f"""
Oct 14 09:12:01 r postfix/smtpd[1234]: 4A1B2C3D4E: client=mailer.agora.example[10.0.0.5]
Oct 14 09:12:01 r postfix/cleanup[1236]: 4A1B2C3D4E: message-id={A}
Oct 14 09:12:01 r postfix/qmgr[88]: 4A1B2C3D4E: from=<echo@agora.example>, size=48211, nrcpt=1 (queue active)
Oct 14 09:12:02 r postfix/smtp[1240]: 4A1B2C3D4E: to=<zoe@free.test>, relay=mx.free.test[203.0.113.9]:25, delay=1.2, \
delays=0.1/0.01/0.4/0.7, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as 9F3D21A8C4)
Oct 14 09:12:02 r postfix/qmgr[88]: 4A1B2C3D4E: removed
"""
CONFIRMED = Fate("accepted", "4A1B2C3D4E", "2.0.0", "250 2.0.0 Ok: queued as 9F3D21A8C4")


def told(log: str, *wanted: str) -> dict[str, Fate]:
    reader = LogReader(wanted or (A,))
    for line in log.strip().splitlines():
        reader.feed(line)
    return reader.fates()


def test_a_mail_that_was_delivered() -> None:
    assert told(SENT) == {A: CONFIRMED}


@pytest.mark.parametrize(
    "head",
    [
        "2016-10-14T09:12:01.123456+02:00 relay",
        "<22>Oct 14 09:12:01 r",
        "Oct  4 09:12:01 2001:db8::25",
        "relay-1  |",
    ],
)
@pytest.mark.parametrize("queue_id", ["3yFz5b1Qx2zKdNw", "4Yh6Bc0VtJz9vR", "4A1B2C"])
def test_every_form_of_line_and_queue_id(head: str, queue_id: str) -> None:
    log = SENT.replace("Oct 14 09:12:01 r", head).replace("4A1B2C3D4E", queue_id).replace("postfix/", "postfix-out/")
    assert told(log)[A].queue_id == queue_id


def test_the_submission_service_has_a_name_of_its_own() -> None:
    assert told(
        SENT.replace("postfix/smtpd[", "postfix/submission/smtpd[").replace("postfix/smtp[", "postfix/slow/smtp[")
    )


def test_a_mail_whose_header_was_read_and_no_more_is_not_taken() -> None:
    """The client hung up before the dot: cleanup names it, the queue manager never does."""
    log = "\n".join(SENT.strip().splitlines()[:2]) + (
        "\nOct 14 09:12:03 r postfix/smtpd[1234]: lost connection after DATA (48211 bytes) from mailer[10.0.0.5]"
    )
    reader = LogReader([A])
    for line in log.splitlines():
        reader.feed(line)
    assert reader.fates() == {}
    assert reader.begun() == {A}


def test_a_mail_that_still_waits_in_the_queue_is_taken() -> None:
    head = SENT.strip().splitlines()[:3]
    assert told("\n".join(head))[A].waits
    later = (
        "Oct 14 09:12:05 r postfix/smtp[1240]: 4A1B2C3D4E: to=<zoe@free.test>, relay=none, delay=30, "
        "dsn=4.4.1, status=deferred (connect to mx.free.test[203.0.113.9]:25: timed out)"
    )
    fate = told("\n".join([*head, later]))[A]
    assert (fate.outcome, fate.waits, fate.enhanced) == ("accepted", True, "4.4.1")


def test_a_mail_that_bounced_says_why() -> None:
    log = "\n".join(SENT.strip().splitlines()[:3]) + (
        "\nOct 14 09:12:05 r postfix/smtp[1240]: 4A1B2C3D4E: to=<zoe@free.test>, relay=mx.free.test[203.0.113.9]:25, "
        "delay=0.6, dsn=5.1.1, status=bounced (host mx.free.test[203.0.113.9] said: "
        "550 5.1.1 <zoe@free.test>: Recipient address rejected: User unknown (in reply to RCPT TO command))"
    )
    fate = told(log)[A]
    assert fate.outcome == "rejected"
    assert fate.verdict.suppress
    assert fate.words.endswith("(in reply to RCPT TO command)")


def test_a_mail_that_grew_too_old_was_given_up() -> None:
    log = "\n".join(SENT.strip().splitlines()[:3]) + (
        "\nOct 19 09:20:00 r postfix/qmgr[88]: 4A1B2C3D4E: from=<e@agora.example>, status=expired, returned to sender"
    )
    fate = told(log)[A]
    assert fate.outcome == "rejected"
    assert not fate.verdict.suppress


def test_a_filter_that_turns_a_mail_away_at_its_end() -> None:
    log = "\n".join(SENT.strip().splitlines()[:2]) + (
        "\nOct 14 09:12:02 r postfix/cleanup[1236]: 4A1B2C3D4E: milter-reject: END-OF-MESSAGE from mx[10.0.0.5]: "
        "5.7.1 Spam message rejected; from=<echo@agora.example> to=<zoe@free.test> proto=ESMTP helo=<agora.example>"
    )
    fate = told(log)[A]
    assert (fate.outcome, fate.enhanced, fate.words) == ("rejected", "5.7.1", "Spam message rejected")


def test_a_mail_that_went_through_a_content_filter_has_the_fate_of_its_second_life() -> None:
    filtered = f"""
Oct 14 09:12:01 r postfix/cleanup[1236]: 4A1B2C3D4E: message-id={A}
Oct 14 09:12:01 r postfix/qmgr[88]: 4A1B2C3D4E: from=<echo@agora.example>, size=48211, nrcpt=1 (queue active)
Oct 14 09:12:02 r postfix/cleanup[1250]: 5F6A7B8C9D: message-id={A}
Oct 14 09:12:02 r postfix/qmgr[88]: 5F6A7B8C9D: from=<echo@agora.example>, size=48900, nrcpt=1 (queue active)
Oct 14 09:12:03 r postfix/smtp[1251]: 5F6A7B8C9D: to=<zoe@free.test>, relay=mx.free.test[203.0.113.9]:25, delay=1, \
delays=0/0/1/0, dsn=5.2.2, status=bounced (host mx.free.test said: 552 5.2.2 mailbox full (in reply to RCPT TO command))
Oct 14 09:12:03 r postfix/smtp[1240]: 4A1B2C3D4E: to=<zoe@free.test>, relay=127.0.0.1[127.0.0.1]:10024, delay=1, \
delays=0/0/0/1, dsn=2.0.0, status=sent (250 2.0.0 from MTA(smtp:[127.0.0.1]:10025): 250 2.0.0 Ok: queued as 5F6A7B8C9D)
Oct 14 09:12:03 r postfix/qmgr[88]: 4A1B2C3D4E: removed
"""
    fate = told(filtered)[A]
    assert (fate.outcome, fate.queue_id, fate.enhanced) == ("rejected", "5F6A7B8C9D", "5.2.2")


def test_a_queue_id_that_is_used_again_is_another_mail() -> None:
    other = SENT.replace(A, B).replace("status=sent (250 2.0.0 Ok: queued as 9F3D21A8C4)", "status=bounced (no)")
    assert told(SENT + other)[A].outcome == "accepted"
    without_end = SENT.replace("Oct 14 09:12:02 r postfix/qmgr[88]: 4A1B2C3D4E: removed", "")
    assert told(without_end + other)[A].outcome == "accepted"


@pytest.mark.parametrize(
    "line",
    [
        "",
        "Oct 14 09:12:01 relay sshd[1]: 4A1B2C3D4E: message-id=<a@b>",
        f"Oct 14 09:12:01 r postfix/smtpd[9]: NOQUEUE: reject: RCPT from x[10.0.0.9]: 450 4.7.1 <{A}>",
        f"Oct 14 09:12:01 r postfix/cleanup[1236]: 4A1B2C3D4E: warning: header Subject: message-id={A}",
        f"Oct 14 09:12:01 r postfix/local[7]: 4A1B2C3D4E: to=<x@y>, message-id={A}, dsn=2.0.0, status=sent (ok)",
        "Oct 14 09:12:01 r postfix/qmgr[88]: 4A1B2C3D4E: from=<>, size=1, nrcpt=1 (queue active)",
        "postfix/cleanup[1]: 4A1B2C3D4E: message-id=" + "<" * 5000,
    ],
)
def test_nothing_else_decides_about_a_mail(line: str) -> None:
    assert told(line) == {}
