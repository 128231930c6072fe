"""What OpenSSL is to leave unused of this machine's processor. It looks once, as it is loaded: so `__main__.py` asks
for this before anything else."""

from __future__ import annotations

import os
from pathlib import Path

_VARIABLE = "OPENSSL_ia32cap"
_WITHOUT_ADX = ":~0x80000"  # bit 19 of what CPUID leaf 7 says in EBX


def advise(cpuinfo: Path = Path("/proc/cpuinfo")) -> None:
    """Let RSA use vectors on AMD's processors. Whoever set the variable knows better.

    OpenSSL multiplies with ADX wherever there is such a thing. On a Zen 3 its AVX2 code takes a tenth to a fifth less
    time for a signature; from Zen 4 on it prefers AVX-512 anyhow. Intel's own processors are quicker with ADX.
    """
    try:
        is_amd = "AuthenticAMD" in cpuinfo.read_text(errors="replace")
    except OSError:  # not Linux
        return
    if is_amd:
        os.environ.setdefault(_VARIABLE, _WITHOUT_ADX)
