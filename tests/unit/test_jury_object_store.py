"""Papers in an S3-compatible store: signed as published, kept under their digest, and told when the store is away."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import pytest

from services.jury.object_store import EMPTY, Bucket, StoreDown, authorization
from tests.s3_server import OBJECTS, s3

# The examples of "Signature Calculations for the Authorization Header: Transferring Payload in a Single Chunk", AWS.
KEY, SECRET = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
HEAD = {"host": "examplebucket.s3.amazonaws.com", "x-amz-date": "20130524T000000Z"}


@pytest.mark.parametrize(
    ("method", "path", "query", "more", "payload", "signature"),
    [
        (
            "GET",
            "/test.txt",
            "",
            {"range": "bytes=0-9"},
            EMPTY,
            "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
        ),
        (
            "PUT",
            "/test$file.text",
            "",
            {"date": "Fri, 24 May 2013 00:00:00 GMT", "x-amz-storage-class": "REDUCED_REDUNDANCY"},
            hashlib.sha256(b"Welcome to Amazon S3.").hexdigest(),
            "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
        ),
        (
            "GET",
            "/",
            "lifecycle=",
            {},
            EMPTY,
            "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
        ),
    ],
)
def test_requests_are_signed_as_published(
    method: str, path: str, query: str, more: dict[str, str], payload: str, signature: str
) -> None:
    headers = HEAD | {"x-amz-content-sha256": payload} | more
    given = authorization(method, path, headers, payload, region="us-east-1", key=KEY, secret=SECRET, query=query)
    assert given.endswith(f"Signature={signature}")


@pytest.fixture
def url() -> Iterator[str]:
    with s3() as address:
        yield address


def test_bytes_come_back_under_their_digest(url: str) -> None:
    bucket = Bucket(url, "r", "k", "s")
    digest = bucket.keep(b"a paper")
    assert bucket.keep(b"a paper") == digest
    assert bucket.read(digest) == b"a paper"
    assert bucket.read("0" * 64) is None
    assert list(OBJECTS) == [f"/papers/{digest}"]
    assert "'s'" not in repr(bucket)
    bucket.drop(digest)
    bucket.drop(digest)
    assert bucket.read(digest) is None


def test_a_store_that_refuses_or_is_away_is_said_to_be_down(url: str) -> None:
    with pytest.raises(StoreDown, match="403"):
        Bucket(url, "r", "k", "wrong").keep(b"x")
    with pytest.raises(StoreDown, match="403"):
        Bucket(url, "r", "k", "wrong").drop("0" * 64)
    with pytest.raises(StoreDown):
        Bucket("http://127.0.0.1:9/papers", "r", "k", "s").read("0" * 64)
