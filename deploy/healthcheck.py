"""Ask a process of this container whether it is ready: `python deploy/healthcheck.py URL`.

The image has neither curl nor wget. Exit status 0 when the answer is 200 within 4 s, 1 otherwise.
"""

from __future__ import annotations

import sys
import urllib.error
import urllib.request


def main(url: str) -> int:
    """Print what is wrong, if anything; return the exit status."""
    if not url.startswith("http://127.0.0.1:"):
        print("only a process of this container can be asked", file=sys.stderr)
        return 1
    try:
        with urllib.request.urlopen(url, timeout=4) as answer:  # noqa: S310  (checked above)
            return 0 if answer.status == 200 else 1
    except urllib.error.HTTPError as error:
        print(f"{error.code}: {error.read(300).decode(errors='replace')}", file=sys.stderr)
    except OSError as error:
        print(error, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
