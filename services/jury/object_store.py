"""A bucket of an S3-compatible store: objects put, got and removed under their digest, signed by hand. No framework.

The signature is AWS Signature Version 4 over one chunk, as published; a hundred lines here replace a client library
that would bring a dozen others. Addresses are path-style: https://host/bucket/key.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import http.client
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

TIMEOUT = 20  # seconds
EMPTY = hashlib.sha256(b"").hexdigest()


class StoreDown(OSError):
    """The store did not answer, or not as it should; trying again later may help."""


def authorization(
    method: str,
    path: str,
    headers: Mapping[str, str],
    payload_hash: str,
    *,
    region: str,
    key: str,
    secret: str,
    query: str = "",
) -> str:
    """The Authorization header of a request whose headers, `x-amz-date` and `host` among them, are all signed."""
    moment = headers["x-amz-date"]
    scope = f"{moment[:8]}/{region}/s3/aws4_request"
    names = sorted(headers)
    signed = ";".join(names)
    canonical = "\n".join(
        [
            method,
            quote(path, safe="/-_.~"),
            query,
            *(f"{name}:{headers[name].strip()}" for name in names),
            "",
            signed,
            payload_hash,
        ]
    )
    to_sign = "\n".join(["AWS4-HMAC-SHA256", moment, scope, hashlib.sha256(canonical.encode()).hexdigest()])
    derived = f"AWS4{secret}".encode()
    for part in (moment[:8], region, "s3", "aws4_request"):
        derived = hmac.digest(derived, part.encode(), "sha256")
    signature = hmac.digest(derived, to_sign.encode(), "sha256").hex()
    return f"AWS4-HMAC-SHA256 Credential={key}/{scope},SignedHeaders={signed},Signature={signature}"


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


@dataclass(frozen=True)
class Bucket:
    """`url`: scheme, host and bucket. `secret` never shows in a representation."""

    url: str
    region: str
    key: str
    secret: str
    now: Callable[[], dt.datetime] = _now

    def __repr__(self) -> str:
        return f"Bucket({self.url!r})"

    def keep(self, data: bytes) -> str:
        """Put the bytes under their SHA-256; the same bytes twice are one object. Raises StoreDown."""
        digest = hashlib.sha256(data).hexdigest()
        status, _body = self._ask("PUT", digest, data)
        if status not in (200, 201, 204):
            raise StoreDown(f"PUT answered {status}")
        return digest

    def read(self, digest: str) -> bytes | None:
        """The bytes, None when there are none. Raises StoreDown."""
        status, body = self._ask("GET", digest, b"")
        if status == 404:
            return None
        if status != 200:
            raise StoreDown(f"GET answered {status}")
        return body

    def drop(self, digest: str) -> None:
        """Remove the bytes; there being none is fine. Raises StoreDown."""
        status, _body = self._ask("DELETE", digest, b"")
        if status not in (200, 204, 404):
            raise StoreDown(f"DELETE answered {status}")

    def _ask(self, method: str, digest: str, data: bytes) -> tuple[int, bytes]:
        where = urlsplit(self.url)
        path = f"{where.path.rstrip('/')}/{digest}"
        payload = hashlib.sha256(data).hexdigest() if data else EMPTY
        headers = {
            "host": where.netloc,
            "x-amz-content-sha256": payload,
            "x-amz-date": self.now().strftime("%Y%m%dT%H%M%SZ"),
        }
        headers["authorization"] = authorization(
            method, path, headers, payload, region=self.region, key=self.key, secret=self.secret
        )
        secure = where.scheme == "https"
        connection = (http.client.HTTPSConnection if secure else http.client.HTTPConnection)(
            where.netloc, timeout=TIMEOUT
        )
        try:
            connection.request(method, quote(path, safe="/-_.~"), body=data or None, headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException) as problem:
            raise StoreDown(f"{method}: {problem}") from problem
        finally:
            connection.close()
