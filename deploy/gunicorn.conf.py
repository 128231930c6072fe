# ruff: noqa: N999  (the name gunicorn expects)
"""gunicorn, as the three services run it. `python -m services.<service> web` starts it with this file.

Threads, because a request mostly waits for PostgreSQL; two processes, so that one may be replaced while the
other answers. 2 × 8 threads use at most 16 of the pool's connections per service.
"""

from __future__ import annotations

import gc
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

bind = os.environ.get("AGORA_BIND", "127.0.0.1:8000")
worker_class = "gthread"
workers = int(os.environ.get("AGORA_WEB_PROCESSES", "2"))
threads = int(os.environ.get("AGORA_WEB_THREADS", "8"))

# A request that takes longer than this is lost: its process is replaced. Every remote call inside has a
# shorter timeout of its own.
timeout = 60
graceful_timeout = 20
keepalive = 5

# A process is replaced now and then, whatever it leaks; the jitter keeps both from going at once.
max_requests = 5000
max_requests_jitter = 500

# The heartbeat file must not wait for a disk.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108

# No access log here: shared/web writes one JSON line per request, with the correlation id.
accesslog = None
errorlog = "-"
loglevel = os.environ.get("AGORA_GUNICORN_LOG_LEVEL", "warning")
proc_name = "agora-" + os.environ.get("AGORA_SERVICE", "web")

# gunicorn itself trusts nobody's headers: ProxyFix in shared/web reads them, as many hops as
# AGORA_TRUSTED_PROXIES says.
forwarded_allow_ips = ""
limit_request_line = 4094
limit_request_fields = 60
limit_request_field_size = 8190
# The control socket of newer gunicorns needs a writable home, and nobody here talks to it.
control_socket_disable = True


# What one of our processes computed for all: shared/web/together.py. Readable by nobody else, gone with us.
os.environ["AGORA_WEB_FOLDER"] = tempfile.mkdtemp(prefix="agora-web-", dir=worker_tmp_dir)


def on_exit(_server: Any) -> None:
    """Called in the first process only."""
    shutil.rmtree(os.environ["AGORA_WEB_FOLDER"], ignore_errors=True)


def on_starting(_server: Any) -> None:
    """Counters of an earlier run would be added to ours."""
    folder = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        for left in Path(folder).glob("*.db"):
            left.unlink(missing_ok=True)


def post_fork(_server: Any, _worker: Any) -> None:
    """Our own records, and those of libraries, go to standard error as AGORA_LOG_FORMAT says."""
    from shared import logs

    logs.configure(os.environ.get("AGORA_SERVICE", "web"), form=os.environ.get("AGORA_LOG_FORMAT", "json"))


def post_worker_init(_worker: Any) -> None:
    """What was loaded stays until the end: the garbage collector need not walk through it again and again.

    A page makes thousands of objects, and next to none of them in circles: it looks for those less often.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 10, 10)


def child_exit(_server: Any, worker: Any) -> None:
    """Keep the counters of a process that ended, drop its gauges."""
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        from prometheus_client import multiprocess

        multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]
