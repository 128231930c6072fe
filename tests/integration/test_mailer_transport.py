"""One SMTP connection: where it may stop, and what each way of stopping means."""

from __future__ import annotations

import contextlib
import datetime as dt
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from services.mailer import mime
from services.mailer.transport import Connection, LaneDown, Lost, NotAllowed, Refused, Relay, Uncertain
from tests.smtp_server import DROP, SmtpServer

MAIL = b"Message-ID: <a@b>\r\nSubject: x\r\n\r\nBonjour\r\n.une ligne avec un point\r\n..deux\r\n"


Connect = Callable[..., Connection]


@pytest.fixture
def connect() -> Iterator[Connect]:
    """connect(url) opens a connection; all are closed at the end."""
    opened: list[Connection] = []

    def make(url: str, *, timeout: float = 5, reply_timeout: float = 5) -> Connection:
        made = Connection(Relay.parse(url), hello="agora.example", timeout=timeout, reply_timeout=reply_timeout)
        opened.append(made)
        return made

    yield make
    for connection in opened:
        connection.close()


def deliver(connection: Connection, to: str = "a@example.org", allow: Callable[[], bool] = lambda: True) -> int:
    return connection.deliver("echo@agora.example", to, mime.stuffed(MAIL), allow).code


@pytest.mark.parametrize("pipelining", [False, True])
def test_a_mail_arrives_as_it_was(connect: Connect, pipelining: bool) -> None:
    with SmtpServer(pipelining=pipelining) as relay:
        connection = connect(relay.url)
        assert [deliver(connection), deliver(connection)] == [250, 250]
        connection.leave()
        assert [mail.raw for mail in relay.taken] == [MAIL, MAIL]


@pytest.mark.parametrize("pipelining", [False, True])
def test_the_dot_is_not_sent_unless_allowed(connect: Connect, pipelining: bool) -> None:
    with SmtpServer(pipelining=pipelining) as relay:
        asked: list[int] = []

        def refuse() -> bool:
            asked.append(relay.seen)
            return False

        connection = connect(relay.url)
        with pytest.raises(NotAllowed):
            deliver(connection, allow=refuse)
        assert connection.is_spent
        assert asked == [0]
        assert deliver(connect(relay.url)) == 250
        assert relay.seen == 1


@pytest.mark.parametrize("pipelining", [False, True])
def test_after_a_refusal_the_connection_serves_on(connect: Connect, pipelining: bool) -> None:
    with SmtpServer(
        on_rcpt=lambda to: "550 5.1.1 no such user" if to.startswith("x") else "", pipelining=pipelining
    ) as relay:
        connection = connect(relay.url)
        with pytest.raises(Refused) as told:
            deliver(connection, "x@example.org")
        assert (told.value.code, told.value.text) == (550, "5.1.1 no such user")
        assert deliver(connection) == 250
        assert relay.connections == 1


def test_silence_after_the_dot_is_uncertain(connect: Connect) -> None:
    with SmtpServer(delay=2) as relay, pytest.raises(Uncertain, match=r"no answer within 0\.3 s"):
        deliver(connect(relay.url, reply_timeout=0.3))
    with SmtpServer(on_data=lambda number, raw: DROP) as relay, pytest.raises(Uncertain):
        deliver(connect(relay.url))


def test_a_connection_that_ends_before_the_dot_is_lost(connect: Connect) -> None:
    """A relay that says 354 and hangs up: the body cannot have been taken."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            peer, _ = server.accept()
            with peer, peer.makefile("rwb") as stream:
                stream.write(b"220 relay.test\r\n")
                for answer in (b"250 hello", b"250 ok", b"250 ok"):
                    stream.flush()
                    stream.readline()
                    stream.write(answer + b"\r\n")
                stream.flush()
                stream.readline()

        thread = threading.Thread(target=serve)
        thread.start()
        connection = connect(f"smtp://127.0.0.1:{server.getsockname()[1]}")
        with pytest.raises(Lost):
            deliver(connection, allow=lambda: pytest.fail("asked for the dot of a lost mail"))
        thread.join(5)


@contextlib.contextmanager
def scripted(*steps: tuple[bytes, bytes], hello: bytes = b"250 hello\r\n", stays: bool = False) -> Iterator[str]:
    """A relay for one connection: reads until the first of a pair, writes the second; hangs up after the last, or stays
    and neither reads nor writes any more."""
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            peer, _ = server.accept()
            with peer:
                peer.settimeout(5)
                peer.sendall(b"220 relay.test\r\n")
                for end, answer in ((b"\r\n", hello), *steps):
                    heard = b""
                    while not heard.endswith(end):
                        heard += peer.recv(4096)
                    peer.sendall(answer)
                if stays:
                    over.wait(5)

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"smtp://127.0.0.1:{server.getsockname()[1]}"
        over.set()
        thread.join(5)


UNTIL_DOT = [(b"\r\n", b"250 ok\r\n"), (b"\r\n", b"250 ok\r\n"), (b"DATA\r\n", b"354 go on\r\n")]


@pytest.mark.parametrize("steps", [[], UNTIL_DOT])
def test_a_relay_that_falls_silent_before_the_dot_is_not_waited_for(
    connect: Connect, steps: list[tuple[bytes, bytes]]
) -> None:
    """Neither for its answer to MAIL, nor for it to read a body."""
    with scripted(*steps, stays=True) as url:
        connection, began = connect(url, timeout=0.3), time.monotonic()
        with pytest.raises(Lost):
            body = b"Bonjour\r\n" * 5_000_000
            connection.deliver("echo@agora.example", "a@example.org", body, lambda: pytest.fail("asked for the dot"))
        assert 0.3 <= time.monotonic() - began < 3


@pytest.mark.parametrize("half", [b"2", b"25", b"4", b"354 what\r\n", b"250-2.0.0 taken\r\n"])
def test_half_an_answer_to_the_dot_is_uncertain(connect: Connect, half: bytes) -> None:
    """The relay may have written "250" and been cut off: to send again would be to send twice."""
    with scripted(*UNTIL_DOT, (b"\r\n.\r\n", half)) as url, pytest.raises(Uncertain):
        deliver(connect(url))


@pytest.mark.parametrize("before", [b"", b"250 sender ok\r\n", b"550 5.1.1 no such user\r\n"])
def test_a_relay_that_goes_down_says_so_also_when_pipelining(connect: Connect, before: bytes) -> None:
    hello = b"250-relay.test\r\n250 PIPELINING\r\n"
    with scripted((b"DATA\r\n", before + b"421 4.3.2 going down\r\n"), hello=hello) as url:
        connection = connect(url)
        with pytest.raises(Refused) as told:
            deliver(connection, allow=lambda: pytest.fail("asked for a dot without 354"))
        assert told.value.code == (550 if before.startswith(b"550") else 421)
        assert connection.is_spent


def test_a_relay_that_waits_for_a_body_after_refusing_hears_no_more(connect: Connect) -> None:
    """The mail of nobody: any further command would be its text, and a dot would complete it."""
    answers = b"250 sender ok\r\n550 5.1.1 no such user\r\n354 go on\r\n"
    with scripted((b"DATA\r\n", answers), hello=b"250-relay.test\r\n250 PIPELINING\r\n") as url:
        connection = connect(url)
        said: list[bytes | str] = []
        connection.putcmd = lambda *words: said.extend(words)  # type: ignore[method-assign]
        with pytest.raises(Refused) as told:
            deliver(connection)
        assert (told.value.code, connection.is_spent, said) == (550, True, [])


@pytest.mark.parametrize("answer", [b"250 ok\r\n", b"354 already\r\n"])
def test_answers_out_of_step_say_nothing_about_anybody(connect: Connect, answer: bytes) -> None:
    """One reply too many would make every later "250" the answer to another command."""
    steps = UNTIL_DOT[:2] + [(b"DATA\r\n", answer)] if answer.startswith(b"250") else [(b"\r\n", answer)]
    with scripted(*steps) as url:
        connection = connect(url)
        with pytest.raises(LaneDown, match="out of step"):
            deliver(connection, allow=lambda: pytest.fail("asked for the dot"))
        assert connection.is_spent


def test_a_mail_beyond_the_relays_size_is_not_tried(connect: Connect) -> None:
    with SmtpServer() as relay:
        connection = connect(relay.url)
        connection.esmtp_features["size"] = "10"
        with pytest.raises(Refused, match=r"5\.3\.4"):
            deliver(connection)


@pytest.mark.parametrize("to", ["élodie@example.org", "a@b>\r\nRCPT TO:<c@d", "a b@example.org", "a\x00@example.org"])
def test_an_envelope_takes_plain_addresses_only(connect: Connect, to: str) -> None:
    with SmtpServer() as relay:
        connection = connect(relay.url)
        with pytest.raises(Refused, match=r"5\.6\.7"):
            deliver(connection, to)
        assert deliver(connection) == 250
        assert [mail.recipient for mail in relay.taken] == ["a@example.org"]


def test_nobody_there_is_a_lane_down(connect: Connect) -> None:
    with SmtpServer() as gone:
        url = gone.url
    with pytest.raises(LaneDown, match="Refused"):
        connect(url)


@pytest.mark.parametrize("wrong", ["http://relay", "smtp://", "relay:25", "smtp://user:secret@relay:25"])
def test_a_relays_address_is_checked(wrong: str) -> None:
    with pytest.raises(ValueError, match=r"relay|password"):
        Relay.parse(wrong)


def test_a_relays_address_is_read() -> None:
    relay = Relay.parse("smtp+starttls://jo%40x:p%2Fw@relay.example")
    assert relay == Relay("relay.example", 587, "starttls", "jo@x", "p/w")


@pytest.fixture
def tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """A server's context for "localhost", which this process trusts."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "relay.pem"
    file.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


@pytest.mark.slow
def test_starttls_and_a_password(connect: Connect, tls: ssl.SSLContext) -> None:
    seen: list[bytes] = []

    def check(server: object, session: object, envelope: object, mechanism: str, data: object) -> AuthResult:
        seen.append(getattr(data, "password", b""))
        return AuthResult(success=seen[-1] == b"secret")

    taken: list[str] = []

    class Handler:
        async def handle_DATA(self, server: object, session: object, envelope: object) -> str:  # noqa: N802
            taken.extend(getattr(envelope, "rcpt_tos", []))
            return "250 2.0.0 taken"

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    relay = Controller(
        Handler(), "localhost", port, tls_context=tls, require_starttls=True, authenticator=check, auth_required=True
    )
    relay.start()
    try:
        connection = connect(f"smtp+starttls://jo:secret@localhost:{port}")
        assert deliver(connection) == 250
        connection.leave()
        with pytest.raises(LaneDown):
            connect(f"smtp+starttls://jo:wrong@localhost:{port}")
        with pytest.raises(LaneDown, match="certificate"):
            connect(f"smtp+starttls://jo:secret@127.0.0.1:{port}")
    finally:
        relay.stop()
    assert taken == ["a@example.org"]
    assert seen[0] == b"secret"
