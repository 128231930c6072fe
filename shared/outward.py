"""Calls to servers whose address somebody typed: never into our own network, never longer than they are given."""

from __future__ import annotations

import contextlib
import ipaddress
import queue
import socket
import threading
from collections.abc import Iterator

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_OPEN = ipaddress.ip_network("2000::/3")
"""Where IPv6 gives addresses to the open internet: outside are those of a site, and more ways to carry an IPv4 one."""


def may_call(address: str, *, local: bool = False) -> bool:
    """Whether an IP address belongs to someone else: never this machine nor its private network, however it is put.

    local: this machine may be called, as in development.
    """
    found = ipaddress.ip_address(address)
    if isinstance(found, ipaddress.IPv6Address):
        carried = found.ipv4_mapped or found.sixtofour
        if found in _NAT64:
            carried = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        found = carried or found
    is_open = found.is_global and not found.is_multicast and (found.version == 4 or found in _OPEN)
    return is_open or (local and found.is_loopback)


def addresses(host: str, port: int, seconds: float) -> list[str]:
    """The IP addresses of a name. Raises OSError; TimeoutError when its servers do not say in time.

    The system's own look-up takes no deadline: it is left to a thread, which nobody waits for when it is late.
    """
    found: queue.SimpleQueue[list[str] | Exception] = queue.SimpleQueue()

    def look_up() -> None:
        try:
            found.put([str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)])
        except Exception as error:  # noqa: BLE001 - it is raised where somebody waits for it
            found.put(error)

    threading.Thread(target=look_up, name="look-up", daemon=True).start()
    try:
        answer = found.get(timeout=seconds)
    except queue.Empty:
        raise TimeoutError(f"no name server told of {host}") from None
    if isinstance(answer, Exception):
        raise answer
    return answer


@contextlib.contextmanager
def ends_within(line: socket.socket, seconds: float) -> Iterator[None]:
    """Cut the connection when the block lasts longer, and raise TimeoutError.

    A socket's own timeout is for each piece that arrives: who answers letter by letter would never end.
    """
    late = threading.Event()
    timer = threading.Timer(seconds, _cut, [line, late])
    timer.start()
    try:
        yield
    except Exception as error:
        if late.is_set():
            raise TimeoutError from error
        raise
    finally:
        timer.cancel()
    if late.is_set():  # what was cut off may look like an answer
        raise TimeoutError


def _cut(line: socket.socket, late: threading.Event) -> None:
    late.set()
    with contextlib.suppress(OSError):  # it has just ended by itself
        socket.socket.shutdown(line, socket.SHUT_RDWR)
