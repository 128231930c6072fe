"""A Postfix of one's own, from the system's packages: it takes mail on a loopback port, hands it to a next hop and
writes its log into a file. And a line to it that is cut where nobody knows any more who has the mail.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy.local import packages
from deploy.local.processes import free_port, wait_until

_MAIN = """
compatibility_level = 3.6
queue_directory = {home}/spool
data_directory = {home}/data
maillog_file = {home}/mail.log
maillog_file_prefixes = {home}
myhostname = relay.agora.test
mydestination =
relayhost = [127.0.0.1]:{next_hop}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
smtpd_relay_restrictions = permit_mynetworks, reject
alias_maps =
alias_database =
local_recipient_maps =
smtp_host_lookup = native
smtp_dns_support_level = disabled
bounce_notice_recipient = nobody@[127.0.0.1]
"""
_MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
smtp unix - - n - - smtp
relay unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


@dataclass(frozen=True)
class Postfix:
    port: int
    log: Path


def may_run() -> str:
    """Why there can be no Postfix here, or nothing."""
    if os.geteuid() != 0:
        return "Postfix starts as root only"
    try:
        packages.ensure("postfix", present=lambda: _postfix() is not None)
    except packages.LocalError as error:
        return str(error)
    return ""


def _postfix() -> str | None:
    return shutil.which("postfix", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


@contextmanager
def running(home: Path, next_hop: int) -> Iterator[Postfix]:
    """Until the block ends. home: an empty folder that everybody may enter. next_hop: the port that gets its mail."""
    config, log, port = home / "config", home / "mail.log", free_port()
    for folder in (config, home / "spool", home / "data"):
        folder.mkdir()
    shutil.chown(home / "data", "postfix")
    (config / "main.cf").write_text(_MAIN.format(home=home, next_hop=next_hop))
    (config / "master.cf").write_text(_MASTER.format(port=port))
    command = [str(_postfix()), "-c", str(config)]
    subprocess.run([*command, "start"], check=True, capture_output=True, timeout=30)
    try:
        wait_until(lambda: _answers(port), "postfix", seconds=20)
        yield Postfix(port, log)
    finally:
        subprocess.run([*command, "stop"], check=False, capture_output=True, timeout=30)


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), 1) as line:
            return line.recv(3) == b"220"
    except OSError:
        return False


@contextmanager
def cut_line(port: int, cuts: dict[str, str]) -> Iterator[int]:
    """A line to `port` on a port of its own, cut for some recipients: "before" their final dot, or "after" it, when
    the mail is taken and the answer lost."""
    listener = socket.create_server(("127.0.0.1", 0))
    over = threading.Event()

    def accept() -> None:
        while not over.is_set():
            try:
                client, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=_pass_on, args=(client, port, cuts), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        over.set()
        listener.close()


def _pass_on(client: socket.socket, port: int, cuts: dict[str, str]) -> None:
    """Line by line from the client, answers as they come; the next hop is one server, so a thread for each way."""
    server = socket.create_connection(("127.0.0.1", port), 10)
    dumb = threading.Event()

    def back() -> None:
        with contextlib.suppress(OSError):  # cut from the other side
            while data := server.recv(65536):
                if not dumb.is_set():
                    client.sendall(data)

    answers = threading.Thread(target=back, daemon=True)
    answers.start()
    how = ""
    with contextlib.suppress(OSError), server, client:
        for line in client.makefile("rb"):
            if line.upper().startswith(b"RCPT TO:"):
                how = cuts.get(line.partition(b"<")[2].partition(b">")[0].decode(), "")
            if line == b".\r\n" and how == "before":
                break
            if line == b".\r\n" and how == "after":
                dumb.set()
                server.sendall(line + b"QUIT\r\n")
                answers.join(10)  # until it has the mail and has said so, to nobody
                break
            server.sendall(line)
