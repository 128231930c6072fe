"""OpenSSL is told what to leave unused before it is loaded, only where that helps, and signs as well without it."""

import subprocess
import sys
from pathlib import Path

import pytest

from services.mailer import processor

SIGNS = """
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
for number in range(20):
    signature = key.sign(b"%d" % number, padding.PKCS1v15(), hashes.SHA256())
    key.public_key().verify(signature, b"%d" % number, padding.PKCS1v15(), hashes.SHA256())
"""


def run(code: str, **environment: str) -> int:
    return subprocess.run([sys.executable, "-c", code], env=environment, check=False, timeout=60).returncode


@pytest.mark.parametrize(
    ("before", "vendor", "after"),
    [
        (None, "AuthenticAMD", ":~0x80000"),
        (None, "GenuineIntel", None),
        ("~0x200000200000000", "AuthenticAMD", "~0x200000200000000"),
    ],
)
def test_only_amd_leaves_adx_unused_and_nobodys_own_word_is_changed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, before: str | None, vendor: str, after: str | None
) -> None:
    environment = {} if before is None else {"OPENSSL_ia32cap": before}
    monkeypatch.setattr("os.environ", environment)
    (tmp_path / "cpuinfo").write_text(f"processor\t: 0\nvendor_id\t: {vendor}\n")
    processor.advise(tmp_path / "cpuinfo")
    processor.advise(tmp_path / "there is none")
    assert environment.get("OPENSSL_ia32cap") == after


def test_what_a_command_imports_before_it_advises_does_not_load_openssl() -> None:
    assert run("import sys, services.mailer.processor, shared.process; sys.exit('cryptography' in sys.modules)") == 0


def test_signatures_made_without_adx_hold() -> None:
    assert run(SIGNS, OPENSSL_ia32cap=":~0x80000") == 0
