"""Dovecot, from the OS packages, with one mailbox: a folder that a test delivers into, and TLS as a provider has it."""

from __future__ import annotations

import contextlib
import datetime as dt
import imaplib
import ipaddress
import os
import pwd
import shutil
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from deploy.local import packages
from deploy.local.processes import Processes, first_user, free_port, wait_until

PASSWORD = "p@ss/word"
_CONFIGURATION = """
base_dir = {folder}/run
state_dir = {folder}/run
log_path = {folder}/dovecot.log
protocols = imap
listen = 127.0.0.1
default_internal_user = {user}
default_login_user = {user}
default_internal_group = {group}
mail_location = maildir:{folder}/mail
mail_uid = {user}
mail_gid = {group}
first_valid_uid = 1
first_valid_gid = 1
disable_plaintext_auth = no
# A session that logged out counts until its process has ended; tests look twenty times a second.
mail_max_userip_connections = 1000
ssl = yes
ssl_cert = <{folder}/cert.pem
ssl_key = <{folder}/key.pem
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={folder}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {plain}
  }}
  inet_listener imaps {{
    port = {tls}
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
{more}
"""


@dataclass(frozen=True)
class ImapServer:
    """A running server. certificate: what a client must trust."""

    folder: Path
    plain: int
    tls: int
    certificate: Path

    def url(self, scheme: str = "imaps") -> str:
        port = self.tls if scheme == "imaps" else self.plain
        return f"{scheme}://retours%40agora.example:p%40ss%2Fword@127.0.0.1:{port}/INBOX"

    def deliver(self, raw: bytes) -> None:
        """As a mail server does."""
        with self.client() as client:
            status, said = client.append("INBOX", "", "", raw)
            assert status == "OK", said

    @contextlib.contextmanager
    def client(self) -> Iterator[imaplib.IMAP4]:
        """Somebody who looks into the mailbox."""
        with imaplib.IMAP4("127.0.0.1", self.plain, timeout=20) as client:
            client.login("retours@agora.example", PASSWORD)
            yield client

    def count(self, folder: str = "INBOX") -> int:
        with self.client() as client:
            status, found = client.select(f'"{folder}"', readonly=True)
            return int(found[0] or 0) if status == "OK" else 0


@contextlib.contextmanager
def dovecot(folder: Path, *, more: str = "") -> Iterator[ImapServer]:
    """A server of its own, until the block ends. more: lines for its configuration."""
    packages.ensure("dovecot-imapd", present=lambda: _program() is not None and Path("/usr/lib/dovecot/imap").exists())
    program = _program()
    assert program is not None
    user = first_user("dovecot", "nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
    assert user is not None
    entry = pwd.getpwnam(user)
    group = _group(entry.pw_gid)
    server = ImapServer(folder, free_port(), free_port(), folder / "cert.pem")
    _certify(folder)
    (folder / "mail").mkdir()
    os.chown(folder / "mail", entry.pw_uid, entry.pw_gid)
    _let_through(folder)
    text = _CONFIGURATION.format(
        folder=folder, user=user, group=group, password=PASSWORD, plain=server.plain, tls=server.tls, more=more
    )
    (folder / "dovecot.conf").write_text(text)
    processes = Processes()
    child = processes.start("dovecot", [program, "-F", "-c", folder / "dovecot.conf"], log=folder / "start.log")
    try:
        wait_until(lambda: _answers(server), "dovecot", seconds=20, child=child)
        yield server
    finally:
        processes.stop()
        shutil.rmtree(folder / "mail", ignore_errors=True)


def _program() -> Path | None:
    return packages.find("dovecot", folders=("/usr/sbin",))


def _group(gid: int) -> str:
    import grp

    return grp.getgrgid(gid).gr_name


def _answers(server: ImapServer) -> bool:
    with contextlib.suppress(OSError, imaplib.IMAP4.error), server.client():
        return True
    return False


def _let_through(folder: Path) -> None:
    """pytest's folders are for their owner alone; the mail's user must pass through them."""
    for one in (folder, *folder.parents):
        if one.stat().st_uid != os.geteuid() or one == one.parent or one.stat().st_mode & 0o011 == 0o011:
            break
        one.chmod(one.stat().st_mode | 0o011)


def _certify(folder: Path) -> None:
    """A key and a certificate for 127.0.0.1, good for this hour."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"tests {uuid.uuid4().hex[:8]}")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "key.pem").touch(mode=0o600)
    (folder / "key.pem").write_bytes(private)
