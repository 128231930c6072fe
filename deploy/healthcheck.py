"""Ask a process of this container whether it is ready: `python -IS deploy/healthcheck.py PORT`.

The image has neither curl nor wget, and this runs every few seconds in every container: a bare socket starts
five times faster than urllib. Exit status 0 when /readyz answers 200 within 4 s, 1 otherwise.
"""

import socket
import sys


def main(port: int) -> int:
    """Print the answer unless it is good; return the exit status."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=4) as connection:
            connection.sendall(b"GET /readyz HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n")
            answer = b""
            while b"\r\n\r\n" not in answer and (more := connection.recv(4096)):
                answer += more
    except OSError as error:
        print(error, file=sys.stderr)
        return 1
    if answer.split(b" ", 2)[1:2] == [b"200"]:
        return 0
    print(answer.decode(errors="replace"), file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
