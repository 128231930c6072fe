"""One SMTP connection to the relay, with the dot kept apart from the body.

`smtplib` sends the body and its final dot in one go; the ledger needs to be asked in between. What can go
wrong is told apart by what it means for the recipient: `Refused` (a definite answer), `Lost` (certainly not
taken), `Uncertain` (perhaps taken), `LaneDown` (says nothing about anybody).
"""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

RECYCLE_AFTER = 100  # mails on one connection
IDLE_LIMIT = 60.0  # seconds
QUIET = 1.0  # seconds after which a relay may have hung up
_VISIBLE = re.compile(r"[!-~]*")


@dataclass(frozen=True)
class Reply:
    """The relay's answer to the final dot."""

    code: int
    text: str
    milliseconds: int


class Refused(Exception):
    """A definite answer before the dot: this mail was not taken."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(f"{code} {text}")
        self.code, self.text = code, text


class Lost(Exception):
    """The connection ended before the dot was sent: this mail was not taken."""


class NotAllowed(Exception):
    """The ledger did not allow the dot; the connection was closed without it."""


class Uncertain(Exception):
    """The dot may have been sent and no answer came."""


class LaneDown(Exception):
    """The relay cannot be used at all for now."""


@dataclass(frozen=True)
class Relay:
    """Where mail goes. security: "", "starttls" or "tls"."""

    host: str
    port: int
    security: str = ""
    user: str = ""
    password: str = ""

    @classmethod
    def parse(cls, url: str) -> Relay:
        """From smtp://, smtp+starttls:// or smtps://. Raises ValueError."""
        parts = urlsplit(url)
        kinds = {"smtp": ("", 25), "smtp+starttls": ("starttls", 587), "smtps": ("tls", 465)}
        if parts.scheme not in kinds or not parts.hostname:
            raise ValueError("the relay's address is not like smtp://host:port")
        security, port = kinds[parts.scheme]
        if parts.username and not security:
            raise ValueError("a password is only sent over TLS: use smtp+starttls:// or smtps://")
        return cls(
            parts.hostname, parts.port or port, security, unquote(parts.username or ""), unquote(parts.password or "")
        )

    @property
    def name(self) -> str:
        return f"{self.host}:{self.port}"


class Connection(smtplib.SMTP):
    """An open, greeted and authenticated connection. Not to be shared between threads."""

    def __init__(self, relay: Relay, *, hello: str, timeout: float, reply_timeout: float) -> None:
        """timeout: of each step, reply_timeout: of the answer to the dot, seconds. Raises LaneDown."""
        self._relay = relay
        self._timeout, self._reply_timeout = timeout, reply_timeout
        self._patience = timeout
        self.delivered = 0
        self.used_at = time.monotonic()
        try:
            super().__init__(relay.host, relay.port, local_hostname=hello, timeout=timeout)
            self._greet()
            self._leave_waiting_to_the_kernel()
        except (smtplib.SMTPException, OSError) as error:
            self.close()
            raise LaneDown(_words(error)) from error

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        connected = socket.create_connection((host, port), timeout)
        # Body and dot are two writes: without this the dot waits for a delayed acknowledgement.
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._relay.security == "tls":
            return ssl.create_default_context().wrap_socket(connected, server_hostname=host)
        return connected

    def _greet(self) -> None:
        self.ehlo_or_helo_if_needed()
        if self._relay.security == "starttls":
            self.starttls(context=ssl.create_default_context())
            self.ehlo_or_helo_if_needed()
        if self._relay.user:
            self.login(self._relay.user, self._relay.password)

    def _leave_waiting_to_the_kernel(self) -> None:
        """Python's own timeouts ask `poll` before each read and write, and let go of the interpreter's lock for it: as
        many calls again, and as many chances for another thread to come between. Not through TLS, which would read on.
        """
        assert self.sock is not None
        if not isinstance(self.sock, ssl.SSLSocket):
            self.sock.settimeout(None)
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, _timeval(self._timeout))
            self._be_patient(self._timeout)

    def _be_patient(self, seconds: float) -> None:
        """Wait so long for an answer from now on."""
        assert self.sock is not None
        self._patience = seconds
        if isinstance(self.sock, ssl.SSLSocket):
            self.sock.settimeout(seconds)
        else:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, _timeval(seconds))

    @property
    def is_spent(self) -> bool:
        """Whether the next mail needs a new connection."""
        idle = time.monotonic() - self.used_at
        return self.sock is None or self.delivered >= RECYCLE_AFTER or idle > IDLE_LIMIT

    def answers(self) -> bool:
        """Whether the relay is still there. Asked after a pause only: hanging up on the idle is nobody's fault."""
        if time.monotonic() - self.used_at <= QUIET:
            return True
        try:
            return self.noop()[0] == 250
        except (smtplib.SMTPException, OSError):
            return False

    def deliver(self, sender: str, recipient: str, mail: bytes, allow: Callable[[], bool]) -> Reply:
        """Hand one mail over; `allow` is asked after the body was streamed and before the final dot.

        mail: whole lines, as `mime.stuffed` makes them. Raises Refused, Lost, NotAllowed, Uncertain, LaneDown; after
        all but the first the connection is closed.
        """
        began = time.monotonic()
        self.used_at = began
        limit = self.esmtp_features.get("size", "")
        if limit.isdigit() and 0 < int(limit) < len(mail):
            raise Refused(552, f"5.3.4 the mail has {len(mail)} octets, the relay takes {limit}")
        try:
            self._envelope(sender, recipient, len(mail))
            self.send(mail if mail.endswith(b"\r\n") else mail + b"\r\n")
        except (smtplib.SMTPServerDisconnected, OSError) as error:
            self.close()
            raise Lost(_words(error)) from error
        if not allow():
            self.close()
            raise NotAllowed
        code, text = self._dot()
        self.delivered += 1
        self.used_at = time.monotonic()
        return Reply(code, text, int((self.used_at - began) * 1000))

    def _envelope(self, sender: str, recipient: str, size: int) -> None:
        """MAIL, RCPT and DATA, in one write where the relay pipelines. Raises Refused."""
        option = f" SIZE={size}" if "size" in self.esmtp_features else ""
        commands = [f"MAIL FROM:<{sender}>{option}", f"RCPT TO:<{recipient}>", "DATA"]
        if not _VISIBLE.fullmatch(sender + recipient):
            raise Refused(553, "5.6.7 an address of the envelope is not plain ASCII")
        replies: list[tuple[int, str]] = []
        if "pipelining" in self.esmtp_features:
            self.send("".join(f"{command}\r\n" for command in commands))
            for _ in commands:
                replies.append(self._reply())
                if replies[-1][0] == 421:  # the relay hangs up now: no reply comes to the rest
                    break
        else:
            for command in commands:
                self.putcmd(command)
                replies.append(self._reply())
                if not _goes_on(replies[-1], last=command == "DATA"):
                    break
        for number, (code, text) in enumerate(replies):
            if not _goes_on((code, text), last=number == 2):
                if 200 <= code < 400:  # replies and commands are out of step: nothing said here can be trusted
                    self.close()
                    raise LaneDown(f"out of step: {code} {text}")
                self._recover(code, in_data=replies[-1][0] == 354)
                raise Refused(code, text)

    def _recover(self, code: int, *, in_data: bool) -> None:
        """After a refusal, make the connection fit for the next mail, or close it."""
        if in_data or code == 421 or code < 0:
            self.close()
            return
        try:
            if self.rset()[0] != 250:
                self.close()
        except (smtplib.SMTPException, OSError):
            self.close()

    def _dot(self) -> tuple[int, str]:
        try:
            self._be_patient(self._reply_timeout)
            self.send(b".\r\n")
            code, text = self._reply()
            if not (200 <= code < 300 or 400 <= code < 600):
                # Half a reply ("25", the connection gone) or none at all says neither yes nor no.
                raise OSError(f"not an SMTP reply: {code} {text}")
            if self.sock is not None:
                self._be_patient(self._timeout)
        except (smtplib.SMTPException, OSError) as error:
            self.close()
            raise Uncertain(_words(error)) from error
        if code == 421:
            self.close()
        return code, text

    def _reply(self) -> tuple[int, str]:
        began = time.monotonic()
        try:
            code, text = self.getreply()
        except smtplib.SMTPServerDisconnected as error:
            if time.monotonic() - began < self._patience:
                raise
            raise TimeoutError(f"no answer within {self._patience:g} s") from error
        return code, text.decode("utf-8", "replace").replace("\n", " ")

    def leave(self) -> None:
        """QUIT, politely and without waiting for long."""
        try:
            if self.sock is not None:
                self._be_patient(2)
                self.quit()
        except (smtplib.SMTPException, OSError):
            pass
        finally:
            self.close()


def _timeval(seconds: float) -> bytes:
    """As the kernel takes it: whole seconds and microseconds."""
    return struct.pack("@ll", int(seconds), int(seconds % 1 * 1_000_000))


def _goes_on(reply: tuple[int, str], *, last: bool) -> bool:
    return reply[0] == 354 if last else 200 <= reply[0] < 300


def _words(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        text = error.smtp_error
        return f"{error.smtp_code} {text.decode('utf-8', 'replace') if isinstance(text, bytes) else text}"
    return f"{type(error).__name__}: {error}"
