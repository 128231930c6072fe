"""A private PostgreSQL from the system's packages: own data folder, own port, only on the loopback address."""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
from pathlib import Path

from deploy.local import packages
from deploy.local.guard import end_group
from deploy.local.processes import ROOT, Child, LocalError, Processes, as_user, first_user, free_port, wait_until

BINARIES = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/usr/local/pgsql/bin")
OLDEST = 15
IN_FRENCH = ["--locale-provider=icu", "--icu-locale=fr-FR"]


def is_installed() -> bool:
    return packages.find("postgres", folders=BINARIES) is not None


class Postgres:
    """One server. `url` is the superuser's; it stays the same through stop, kill and start."""

    def __init__(self, processes: Processes, home: Path, *, durable: bool) -> None:
        """durable=False turns fsync off and starts from an empty folder: for tests, whose data nobody keeps."""
        program = packages.find("postgres", folders=BINARIES)
        if program is None:
            raise LocalError("PostgreSQL is not installed.")
        self.program = program.resolve()
        self.processes = processes
        self.durable = durable
        self.log = home / "log" / "postgres.log"
        self.user = first_user("postgres")
        self.folder = reachable_folder(home, "postgres", self.user)
        self.data = self.folder / "data"
        self.port = free_port()
        self.child: Child | None = None
        self._end_orphan()
        if not durable:
            shutil.rmtree(self.data, ignore_errors=True)
        if not (self.data / "PG_VERSION").exists():
            self._create()
        self.password = (self.folder / "password").read_text()
        self.url = f"postgresql://postgres:{self.password}@127.0.0.1:{self.port}/postgres"

    def begin(self) -> None:
        """Start without waiting."""
        options = {"listen_addresses": "127.0.0.1", "unix_socket_directories": "", "max_connections": "300"}
        options |= {"timezone": "UTC", "log_timezone": "UTC"}
        if not self.durable:
            # What is committed outlives a killed process all the same; only a dead machine would lose it.
            options |= {"fsync": "off", "full_page_writes": "off"}
        settings = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        argv: list[str | Path] = [self.program, "-D", self.data, "-p", str(self.port), *settings]
        self.child = self.processes.start(
            "postgres",
            argv,
            log=self.log,
            env=_environment(),
            user=self.user,
            cwd=Path("/"),
            stop_sign=signal.SIGINT,  # "fast": sessions are ended; SIGTERM would wait for them
        )

    def wait(self) -> None:
        wait_until(self.is_up, "PostgreSQL", seconds=60, child=self.child)

    def start(self) -> None:
        self.begin()
        self.wait()

    def stop(self) -> None:
        """Fast shutdown: sessions are ended, nothing is lost."""
        if self.child:
            self.child.stop(30)

    def kill(self) -> None:
        """SIGKILL to the whole group: the next start recovers from its log."""
        if self.child:
            self.child.kill()

    def is_up(self) -> bool:
        """Whether it takes connections: an SSLRequest gets a one-letter answer even from a server starting up, so
        log in for real."""
        import psycopg

        try:
            with psycopg.connect(self.url, connect_timeout=2) as connection:
                connection.execute("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True

    def _create(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        password = self.folder / "password"
        password.unlink(missing_ok=True)
        password.touch(mode=0o600)
        password.write_text(secrets.token_hex(16))
        give(password, self.user)
        shutil.rmtree(self.data, ignore_errors=True)
        argv: list[str | Path] = [
            self.program.with_name("initdb"),
            "-D",
            self.data,
            "-U",
            "postgres",
            f"--pwfile={password}",
        ]
        argv += ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8"]
        # Whom somebody looks at: their names in the order of docker-compose.yml.
        argv += IN_FRENCH if self.durable else ["--no-sync"]
        done = subprocess.run(
            [str(part) for part in argv],
            capture_output=True,
            text=True,
            cwd="/",
            env=_environment(),
            check=False,
            **as_user(self.user),
        )
        if done.returncode:
            raise LocalError(f"initdb failed:\n{done.stdout}{done.stderr}")

    def _end_orphan(self) -> None:
        """A server left by a run that was killed, guard and all: we hold the folder's lock, so it is nobody's."""
        pid_file = self.data / "postmaster.pid"
        with contextlib.suppress(FileNotFoundError, ValueError, IndexError):
            pid = int(pid_file.read_text().splitlines()[0])
            command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
            if str(self.data).encode() in command:
                end_group(pid, sign=signal.SIGINT)
            else:
                pid_file.unlink()  # the number was given to another process meanwhile


def reachable_folder(home: Path, name: str, user: str | None) -> Path:
    """A folder for `user`'s data: home/<name>, or, where that user cannot get there (a home of root's), one under
    /var/lib/agora-local, with home/<name> as a link to it."""
    folder = home / name
    if not folder.is_symlink():
        folder.mkdir(parents=True, exist_ok=True)
        give(folder, user)
        if _may_write(folder, user):
            return folder
        shutil.rmtree(folder)
        mark = hashlib.sha256(str(ROOT).encode()).hexdigest()[:10]
        folder.symlink_to(Path("/var/lib/agora-local") / mark / home.name / name)
    elsewhere = folder.readlink()
    elsewhere.mkdir(parents=True, exist_ok=True)
    give(elsewhere, user)
    if not _may_write(elsewhere, user):
        raise LocalError(f"The user {user} cannot write to {elsewhere}. Check its permissions.")
    return elsewhere


def give(path: Path, user: str | None) -> None:
    """Make `path` that user's own, for nobody else's eyes."""
    if path.is_dir():
        path.chmod(0o700)
    if user:
        shutil.chown(path, user)


def _may_write(folder: Path, user: str | None) -> bool:
    return subprocess.run(["test", "-w", str(folder)], cwd="/", check=False, **as_user(user)).returncode == 0


def _environment() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def answers(port: int, hello: bytes = b"", *, expects: int = 0) -> bool:
    """Whether a loopback port accepts a connection and, if asked, sends back at least `expects` bytes."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
            connection.sendall(hello)
            return len(connection.recv(expects)) > 0 if expects else True
    except OSError:
        return False
