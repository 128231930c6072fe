"""The codes of a mail: the standard library's, byte for byte."""

import base64
import hashlib
import hmac

from hypothesis import given
from hypothesis import strategies as st

from services.mailer.keyed import Keyed, base32, keyed


@given(key=st.binary(max_size=140), message=st.binary(max_size=200))
def test_a_code_is_the_standard_librarys_hmac(key: bytes, message: bytes) -> None:
    made = Keyed(key)
    assert made.code(message) == made.code(message) == hmac.digest(key, message, "sha256")


@given(octets=st.binary(max_size=60))
def test_base32_is_the_standard_librarys_in_lower_case(octets: bytes) -> None:
    assert base32(octets) == base64.b32encode(octets).decode().rstrip("=").lower()


def test_each_purpose_has_a_key_of_its_own() -> None:
    """Links and envelope senders that are out in the world must be read for years: their keys may not move."""
    derived = hashlib.sha256(b"agora bounces v1\0secret").digest()
    assert keyed("secret", b"agora bounces v1").code(b"x") == hmac.digest(derived, b"x", "sha256")
    assert keyed("secret").code(b"x") == hmac.digest(b"secret", b"x", "sha256")
