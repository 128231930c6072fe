"""What comes back over LMTP: refused or kept, acted upon once, and told in French on the contact's page."""

from __future__ import annotations

import contextlib
import re
import smtplib
import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy.orm import Session

from services.mailer import (
    campaigns,
    commands,
    deliveries,
    envelopes,
    erasure,
    inbound,
    passing_on,
    recipients,
    transactional,
    unsubscribe,
)
from services.mailer.settings import Settings
from services.mailer.web import words
from shared import clock
from shared.db import Database
from tests.mailer_people import campaign, counts, readers, run
from tests.unit.mailer_bounce_samples import arf, dsn, text

DOMAIN = "bounces.agora.example"
GONE = dsn("550 5.1.1 <x@lecteurs.test>: User unknown", "5.1.1", who="somebody.else@lecteurs.test")

_AT = GONE.index(b"\n--B", GONE.index(b"Final-Recipient"))
ONE_OF_TWO = GONE[:_AT] + b"\n\nFinal-Recipient: rfc822; b@lecteurs.test\nAction: failed\nStatus: 5.2.2\n" + GONE[_AT:]
AWAY = text("Je suis absente.", sender="lea@x.fr", subject="Absence", head="Auto-Submitted: auto-replied\n")


@pytest.fixture
def settings(settings_of: Callable[..., Settings], mailer_db: Database) -> Settings:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    return settings_of("mailer", mailer_db.url, bounce_domain=DOMAIN, inbound_bind=f"127.0.0.1:{port}")


@pytest.fixture
def relay(settings: Settings, mailer_db: Database) -> Iterator[smtplib.LMTP]:
    """A relay that hands over to the listener."""
    listener = inbound.controller(mailer_db, settings)
    listener.start()
    host, _colon, port = settings.inbound_bind.rpartition(":")
    with smtplib.LMTP(host, int(port)) as client:
        yield client
    listener.stop()


def sent(db: Database) -> uuid.UUID:
    """The letter of one reader, as the ledger knows it."""
    readers(db, 1)
    campaign(db)
    found: uuid.UUID = run(db, "SELECT id FROM messages")[0].id
    return found


def back_to(settings: Settings, message: uuid.UUID) -> str:
    return envelopes.sender(message, DOMAIN, secret=settings.secret_key)


def facts(db: Database) -> list[str]:
    return [row.type for row in run(db, "SELECT type FROM outbox WHERE type LIKE 'mailer.message.%' ORDER BY event_id")]


def page_of_reader(db: Database, client: Any, sign_in: Callable[..., Any]) -> str:
    sign_in(client, "editor")
    read: str = client.get(f"/contacts/{run(db, 'SELECT id FROM contacts')[0].id}").text
    return read


def test_somebody_who_is_gone_gets_no_letter_any_more_and_the_page_says_why(
    mailer_db: Database, settings: Settings, relay: smtplib.LMTP, mailer_client: Any, sign_in: Callable[..., Any]
) -> None:
    message = sent(mailer_db)
    for _twice in range(2):  # the relay did not hear our 250 and comes again
        relay.sendmail("", [back_to(settings, message).upper()], GONE)

    (row,) = run(mailer_db, "SELECT * FROM returns")
    assert (row.message_id, row.kind, row.verdict, row.action) == (message, "bounce", "remove", "suppressed")
    (barred,) = run(mailer_db, "SELECT * FROM suppressions")
    # The ledger's address, not the one that the mail claims.
    assert (barred.email_key, barred.scope, barred.reason) == ("lecteur1@lecteurs.test", "bulk", "absent")
    assert facts(mailer_db) == ["mailer.message.bounced.v1"]
    page = page_of_reader(mailer_db, mailer_client, sign_in)
    assert "Message revenu" in page
    assert "Cette adresse n’existe pas chez son fournisseur. Elle est écartée des envois. 5.1.1" in page


def test_a_mail_that_came_back_is_not_said_to_have_arrived(
    mailer_db: Database, settings: Settings, relay: smtplib.LMTP, mailer_client: Any, sign_in: Callable[..., Any]
) -> None:
    message = sent(mailer_db)
    accepted(mailer_db)
    campaign_id = run(mailer_db, "SELECT campaign_id FROM messages")[0].campaign_id
    page, ledger = page_of_reader(mailer_db, mailer_client, sign_in), f"/campagnes/{campaign_id}"
    assert "revenu</span>" not in page + mailer_client.get(ledger).text

    relay.sendmail("", [back_to(settings, message)], GONE)
    why = "Cette adresse n’existe pas chez son fournisseur."
    for seen in (
        page_of_reader(mailer_db, mailer_client, sign_in).partition("pourquoi")[2],
        mailer_client.get(ledger).text,
    ):
        assert "revenu</span>" in seen
        assert why in seen
    line = mailer_client.get(f"{ledger}/registre.csv").text.splitlines()[1].split(";")
    assert line[3] == "revenu"
    assert line[7].startswith(why)
    page = mailer_client.get(ledger).text
    assert re.findall(r'<b class="num">(\d+)</b>\s*remis sur 1', page) == ["0"]
    assert re.findall(r'<option value="(\w+)">([^<]+)', page.partition("f-etat")[2]) == [("returned", "revenu (1)")]
    assert "lecteur1" in mailer_client.get(f"{ledger}?etat=returned").text
    assert "Personne ne correspond" in mailer_client.get(f"{ledger}?etat=accepted").text
    with mailer_db.reading() as session:
        progress = campaigns.progress(session, campaign_id)
        assert "returned 1" in commands.line("", progress)
    assert (progress.done, progress.counts["accepted"], progress.returned) == (1, 1, {"other": 1})
    with mailer_db.transaction() as session:
        erasure.forget(session, "lecteur1@lecteurs.test", clock.now())
        assert campaigns.progress(session, campaign_id).returned == {"other": 1}
    (row,) = run(mailer_db, "SELECT email_key, recipient, said FROM returns")
    assert tuple(row) == ("", "", "")


def test_lines_of_any_length_are_taken(mailer_db: Database, settings: Settings, relay: smtplib.LMTP) -> None:
    """Not every relay folds what another wrote, and what is refused here is lost."""
    long = GONE.replace(b"User unknown", b"User unknown " + b"x" * 300_000)
    relay.sendmail("", [back_to(settings, sent(mailer_db))], long)
    assert run(mailer_db, "SELECT verdict FROM returns")[0].verdict == "remove"


def test_a_line_beyond_every_use_is_refused_once_and_the_next_mail_is_taken(
    mailer_db: Database, settings: Settings, relay: smtplib.LMTP
) -> None:
    address = back_to(settings, sent(mailer_db))
    with pytest.raises(smtplib.SMTPDataError, match="too long") as refused:
        relay.sendmail("", [address], GONE.replace(b"User unknown", b"x" * (inbound.LONGEST_LINE + 100_000)))
    assert refused.value.smtp_code == 500
    relay.sendmail("", [address], GONE)
    assert len(run(mailer_db, "SELECT hash FROM returns")) == 1


def test_a_complaint_stops_letters(mailer_db: Database, settings: Settings, relay: smtplib.LMTP) -> None:
    relay.sendmail("", [back_to(settings, sent(mailer_db))], arf())
    assert run(mailer_db, "SELECT reason FROM suppressions")[0].reason == "complaint"
    assert facts(mailer_db) == ["mailer.message.complained.v1"]


def test_a_complaint_counts_more_than_what_the_team_or_a_server_said_before(
    mailer_db: Database, settings: Settings, relay: smtplib.LMTP
) -> None:
    message = sent(mailer_db)
    run(mailer_db, "INSERT INTO suppressions SELECT email_key, 'bulk', 'hand' FROM messages")
    relay.sendmail("", [back_to(settings, message)], arf())
    relay.sendmail("", [back_to(settings, message)], GONE)
    assert [row.reason for row in run(mailer_db, "SELECT reason FROM suppressions")] == ["complaint"]


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        (dsn("554 5.7.1 blocked using zen.spamhaus.org", "5.7.1"), "bounce"),
        (dsn("552 5.2.2 over quota", "5.2.2"), "bounce"),
        (dsn("450 4.2.0 try again", "4.2.0", action="delayed"), "delay"),
        (AWAY, "auto-reply"),
        (b"\xff\x00\x80 what is this", "none"),
        (b"", "none"),
        (ONE_OF_TWO, "bounce"),
    ],
)
def test_nobody_is_removed_for_anything_else(
    mailer_db: Database, settings: Settings, relay: smtplib.LMTP, raw: bytes, kind: str
) -> None:
    relay.sendmail("", [back_to(settings, sent(mailer_db))], raw)
    (row,) = run(mailer_db, "SELECT kind, action FROM returns")
    assert tuple(row) == (kind, "none")
    assert run(mailer_db, "SELECT * FROM suppressions") == []


def test_a_relay_that_opens_too_many_lines_is_asked_to_come_back(
    settings: Settings, relay: smtplib.LMTP, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert relay.noop()[0] == 250  # its own line is counted by now
    monkeypatch.setattr(inbound, "MOST_CONNECTIONS", 2)
    host, _colon, port = settings.inbound_bind.rpartition(":")
    with smtplib.LMTP(host, int(port)):
        with pytest.raises(smtplib.SMTPConnectError) as refused:
            smtplib.LMTP(host, int(port))
        assert refused.value.smtp_code == 421
    for _try in range(100):  # the server hears of the end of a line a moment later
        with contextlib.suppress(smtplib.SMTPConnectError), smtplib.LMTP(host, int(port)) as again:
            assert again.noop()[0] == 250
            return
        time.sleep(0.02)
    raise AssertionError("a line that ended is still counted")


OURS = dsn("550 5.7.25 the sending IP does not have a PTR record", "5.7.25")


def accepted(db: Database, state: str = "accepted") -> None:
    """The first mail that waits leaves."""
    one = "id = (SELECT id FROM messages WHERE state = '{}' ORDER BY email_key LIMIT 1)"
    leased = "lease_owner = 'o', lease_until = now(), message_id = '<' || id || '@b>'"
    run(db, f"UPDATE messages SET state = 'claimed', {leased} WHERE {one.format('pending')}")
    run(db, f"UPDATE messages SET state = 'transmitting' WHERE {one.format('claimed')}")
    ended = "lease_owner = NULL, lease_until = NULL"
    run(db, f"UPDATE messages SET state = '{state}', {ended} WHERE {one.format('transmitting')}")


def test_a_late_refusal_of_us_pauses_the_campaign_until_somebody_has_read_it(
    mailer_db: Database, settings: Settings, relay: smtplib.LMTP
) -> None:
    def stand() -> tuple[str, str]:
        (row,) = run(mailer_db, "SELECT state, paused_because FROM campaigns")
        return row.state, row.paused_because

    readers(mailer_db, 4)
    made = campaign(mailer_db)
    back = [back_to(settings, row.id) for row in run(mailer_db, "SELECT id FROM messages ORDER BY email_key")]
    for _two in range(2):
        accepted(mailer_db)
    delayed = dsn("450 4.7.25 the sending IP does not have a PTR record", "4.7.25", action="delayed")
    relay.sendmail("", [back[0]], delayed)
    relay.sendmail("", [back[0]], dsn("552 5.2.2 over quota", "5.2.2"))
    assert stand() == ("running", "")
    relay.sendmail("", [back[0]], OURS)
    state, because = stand()
    assert state == "paused"
    assert because.startswith("Le nom inverse de notre serveur manque ou ne convient pas. C’est à nous d’agir. 5.7.25")
    assert run(mailer_db, "SELECT * FROM suppressions") == []

    with mailer_db.transaction() as session:
        campaigns.resume(session, made)
    relay.sendmail("", [back[1]], OURS + b"\n")  # it left before: whoever resumed knows
    assert stand() == ("running", "")
    accepted(mailer_db)
    relay.sendmail("", [back[2]], OURS + b"\n\n")
    assert stand()[0] == "paused"
    assert campaigns_paused(mailer_db) == 1


def campaigns_paused(db: Database) -> int:
    with db.reading() as session:
        return campaigns.how_many_paused(session)


def test_an_address_that_we_never_gave_out_is_refused(
    mailer_db: Database, settings: Settings, relay: smtplib.LMTP
) -> None:
    right = back_to(settings, sent(mailer_db))
    wrong = [
        right.replace("b+a", "b+b", 1) if right.startswith("b+a") else "b+a" + right[3:],
        right.replace(DOMAIN, "agora.example"),
        f"b+@{DOMAIN}",
        f"b+éé@{DOMAIN}".encode("ascii", "replace").decode(),
        f"postmaster@{DOMAIN}",
        envelopes.sender(uuid.uuid4(), DOMAIN, secret="another secret of ours"),
    ]
    for address in wrong:
        with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
            relay.sendmail("", [address], GONE)
        assert refused.value.recipients[address][0] == 550, address
    assert run(mailer_db, "SELECT * FROM returns") == []


def test_what_cannot_be_kept_stays_with_the_relay(mailer_db: Database, settings: Settings, relay: smtplib.LMTP) -> None:
    address = back_to(settings, sent(mailer_db))
    run(mailer_db, "ALTER TABLE returns RENAME TO away")
    try:
        with pytest.raises(smtplib.SMTPDataError) as later:
            relay.sendmail("", [address], GONE)
        assert later.value.smtp_code == 451
    finally:
        run(mailer_db, "ALTER TABLE away RENAME TO returns")
    relay.sendmail("", [address], GONE)
    assert run(mailer_db, "SELECT count(*) AS n FROM returns")[0].n == 1


def test_a_departure_by_mail_is_obeyed(mailer_db: Database, settings: Settings, relay: smtplib.LMTP) -> None:
    sent(mailer_db)
    contact = run(mailer_db, "SELECT id FROM contacts")[0].id
    forged = unsubscribe.token(contact, "echo", secret="not the secret of ours")
    relay.sendmail("x@y.fr", [f"desinscription@{DOMAIN}"], f"Subject: desinscription {forged}\n\n".encode())
    assert run(mailer_db, "SELECT status FROM consents")[-1].status == "given"

    token = unsubscribe.token(contact, "echo", secret=settings.secret_key)
    for number in range(2):
        relay.sendmail("x@y.fr", [f"Desinscription@{DOMAIN}"], f"Subject: desinscription {token}\n\n{number}".encode())
    assert [row.status for row in run(mailer_db, "SELECT status FROM consents ORDER BY id")] == ["given", "withdrawn"]
    assert [row.action for row in run(mailer_db, "SELECT action FROM returns ORDER BY at")] == [
        "none",
        "unsubscribed",
        "unsubscribed",
    ]


def test_the_button_of_a_mail_program_that_writes_back_is_obeyed(
    mailer_db: Database, settings: Settings, relay: smtplib.LMTP
) -> None:
    """It calls itself automatic, like an absence: what tells them apart is a header."""
    automatic = b"From: lecteur1@lecteurs.test\nSubject: unsubscribe\nAuto-Submitted: auto-replied\n%s\nMail sent this."
    address = back_to(settings, sent(mailer_db))
    for header in (b"", b"X-Apple-Unsubscribe: true\n"):
        relay.sendmail("x@y.fr", [address], automatic % header)
    rows = run(mailer_db, "SELECT kind, action FROM returns ORDER BY at")
    assert [tuple(row) for row in rows] == [("auto-reply", "none"), ("unsubscribe", "unsubscribed")]
    assert [row.status for row in run(mailer_db, "SELECT status FROM consents ORDER BY id")] == ["given", "withdrawn"]
    with mailer_db.transaction() as session:
        single = transactional.send(session, template="x", to="seul@b.fr", data={}, business_key=("thing", "1"))
    assert single is not None
    relay.sendmail("x@y.fr", [back_to(settings, single)], automatic % header + b"2")
    assert [tuple(row) for row in run(mailer_db, "SELECT action, email_key FROM returns ORDER BY at")[2:]] == [
        ("none", "seul@b.fr")
    ], "an erasure finds it"


def test_what_answers_a_mail_of_unknown_outcome_settles_it(
    mailer_db: Database, settings: Settings, relay: smtplib.LMTP
) -> None:
    address = back_to(settings, sent(mailer_db))
    accepted(mailer_db, "unknown")
    relay.sendmail("", [address], GONE)
    (row,) = run(mailer_db, "SELECT state, reason, campaign_id FROM messages")
    assert (row.state, row.reason) == ("accepted", "answered")
    with mailer_db.reading() as session:
        progress = campaigns.progress(session, row.campaign_id)
        ((one,), _total) = recipients.page(session, row.campaign_id, state="returned")
    assert (progress.fates["unknown"], progress.fates["returned"]) == (0, 1)
    assert words.fate(one.state, one.back) == words.MESSAGE["returned"]
    assert words.fate("unknown", one.back) == words.MESSAGE["unknown"], "as the counts say"


def test_a_mail_that_was_taken_is_told_once(mailer_db: Database) -> None:
    with mailer_db.transaction() as session:
        for number in range(2):
            transactional.send(session, template="x", to="a@b.fr", data={}, business_key=("thing", str(number)))
    first = "id = (SELECT min(id::text)::uuid FROM messages)"
    run(mailer_db, f"UPDATE messages SET state = 'claimed', lease_owner = 'o', lease_until = now() WHERE {first}")
    run(mailer_db, f"UPDATE messages SET state = 'transmitting', message_id = '<a@b>' WHERE {first}")
    run(mailer_db, f"UPDATE messages SET state = 'accepted', lease_owner = NULL, lease_until = NULL WHERE {first}")
    assert counts(mailer_db) == {"accepted": 1, "pending": 1}
    for told in (1, 0):
        with mailer_db.transaction() as session:
            assert deliveries.announce_outcomes(session) == told
    assert facts(mailer_db) == ["mailer.message.accepted.v1"]


def test_a_mail_that_will_not_leave_is_told_with_what_helps(mailer_db: Database) -> None:
    with mailer_db.transaction() as session:
        for to in ("née@exemple.fr", "a@b.fr", "c@d.fr"):
            transactional.send(session, template="x", to=to, data={}, business_key=("thing", to))
    run(mailer_db, "UPDATE messages SET state = 'suppressed', reason = 'suppressed' WHERE email = 'a@b.fr'")
    run(
        mailer_db,
        "UPDATE messages SET state = 'claimed', lease_owner = 'o', lease_until = now() WHERE email = 'c@d.fr'",
    )
    run(
        mailer_db,
        "UPDATE messages SET state = 'rejected', reason = 'ours', lease_owner = NULL, lease_until = NULL"
        " WHERE email = 'c@d.fr'",
    )
    for count in (3, 0):
        with mailer_db.transaction() as session:
            assert deliveries.announce_outcomes(session) == count
    assert facts(mailer_db) == ["mailer.message.refused.v1"] * 3
    told = run(mailer_db, "SELECT envelope -> 'data' AS data FROM outbox ORDER BY id")
    assert [(row.data["reason"], row.data["verdict"]) for row in told] == [
        ("address", "remove"),
        ("suppressed", "keep"),
        ("ours", "ours"),
    ]


NOTE = {"note_id": str(uuid.UUID(int=7)), "registration_id": str(uuid.UUID(int=8))}
ANSWER = (
    b"Message-ID: <%d@phone.example>\nFrom: Eloise R <e@a.example>\nSubject: Re: Covoiturage\n\n"
    b"Sept heures me va.\n\n> Bonjour"
)


def written(db: Database, kind: str = "carpool_note") -> uuid.UUID:
    """A mail in which one person writes to another."""
    with db.transaction() as session:
        made = transactional.send(
            session, template="carpool_note", kind=kind, to="a@b.fr", data=NOTE, business_key=("t", kind)
        )
    assert made is not None
    return made


def told(db: Database) -> list[dict[str, Any]]:
    query = "SELECT envelope -> 'data' AS data FROM outbox WHERE type = 'mailer.carpool.answered.v1' ORDER BY id"
    return [row.data for row in run(db, query)]


def test_an_answer_to_a_mail_is_handed_on_once_and_none_of_it_is_kept(
    mailer_db: Database, settings: Settings, relay: smtplib.LMTP
) -> None:
    address = envelopes.reply_to(written(mailer_db), DOMAIN, secret=settings.secret_key)
    relay.sendmail("e@a.example", [address.upper()], ANSWER % 1)
    relay.sendmail("e@a.example", [address], b"Received: by another road\n" + ANSWER % 1)
    (fact,) = told(mailer_db)
    assert {name: fact[name] for name in (*NOTE, "read", "text")} == NOTE | {
        "read": "words",
        "text": "Sept heures me va.",
    }
    assert "a.example" not in str(fact)
    (row,) = run(mailer_db, "SELECT * FROM returns")
    assert (row.kind, row.action, row.said, row.recipient) == ("answer", "passed_on", "", "")
    assert run(mailer_db, "SELECT * FROM suppressions") == []


def test_nothing_of_a_machine_nor_to_a_mail_that_a_program_ordered_is_handed_on(
    mailer_db: Database, settings: Settings, relay: smtplib.LMTP
) -> None:
    address = envelopes.reply_to(written(mailer_db), DOMAIN, secret=settings.secret_key)
    relay.sendmail("", [address], ANSWER % 1)
    relay.sendmail("e@a.example", [address], b"Auto-Submitted: auto-replied\n" + ANSWER % 2)
    relay.sendmail("mailer-daemon@mx.test", [address], GONE)
    other = envelopes.reply_to(written(mailer_db, "order"), DOMAIN, secret=settings.secret_key)
    relay.sendmail("e@a.example", [other], ANSWER % 3)
    assert told(mailer_db) == []
    kinds = [tuple(row) for row in run(mailer_db, "SELECT kind, action FROM returns ORDER BY at")]
    assert kinds == [*[("auto-reply", "none")] * 3, ("answer", "none")]
    assert run(mailer_db, "SELECT * FROM suppressions") == []


def test_an_address_for_answers_is_no_way_back_and_a_forged_one_is_refused(
    mailer_db: Database, settings: Settings, relay: smtplib.LMTP
) -> None:
    message = written(mailer_db)
    back = envelopes.sender(message, DOMAIN, secret=settings.secret_key)
    forged = [
        back.replace("b+", "b+r+"),
        envelopes.reply_to(message, DOMAIN, secret="another secret of ours"),
        envelopes.reply_to(message, DOMAIN, secret=settings.secret_key).replace("b+r+", "b+"),
    ]
    for address in forged:
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            relay.sendmail("e@a.example", [address], ANSWER % 1)
    relay.sendmail("e@a.example", [back], ANSWER % 2)
    assert told(mailer_db) == []


def test_of_two_answers_at_once_the_second_is_counted_after_the_first(mailer_db: Database) -> None:
    made = written(mailer_db)
    run(
        mailer_db,
        """INSERT INTO returns (hash, at, message_id, email_key, kind, recipient, status, reason, verdict, action, said)
           SELECT n, now(), :id, '', 'answer', '', '', 'ordinary', 'keep', 'passed_on', ''
           FROM generate_series(2, :n) n""",
        id=made,
        n=passing_on.PER_DAY,
    )

    def answer(session: Session, number: int) -> str:
        return passing_on.receive(session, ANSWER % number, made, sender="e@a.example", ours=(), now=clock.now())

    def later() -> None:
        with mailer_db.transaction() as session:
            answer(session, 2)

    second = threading.Thread(target=later)
    with mailer_db.transaction() as session:
        assert answer(session, 1) == "passed_on"
        second.start()
        second.join(0.3)
    second.join(10)
    assert len(told(mailer_db)) == 1


def test_whoever_floods_an_address_reaches_nobody_after_the_twentieth_answer_of_a_day(
    mailer_db: Database, settings: Settings, relay: smtplib.LMTP
) -> None:
    address = envelopes.reply_to(written(mailer_db), DOMAIN, secret=settings.secret_key)
    for number in range(passing_on.PER_DAY + 2):
        relay.sendmail("e@a.example", [address], ANSWER % number)
    assert len(told(mailer_db)) == passing_on.PER_DAY
    run(mailer_db, "UPDATE returns SET at = at - interval '25 hours'")
    relay.sendmail("e@a.example", [address], ANSWER % 99)
    assert len(told(mailer_db)) == passing_on.PER_DAY + 1
