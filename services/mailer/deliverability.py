"""The DNS records that mail needs: what to publish, and whether it is there. Step 2 of nine; nothing is stored."""

from __future__ import annotations

import ipaddress
import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from email.utils import parseaddr
from urllib.parse import urlsplit

from services.mailer import dns
from services.mailer.dkim import Signer
from services.mailer.settings import Settings


@dataclass(frozen=True)
class Record:
    """A record to publish. value: an example that works, "" where only the operator knows. about: spf, dkim…

    A "ptr" is named by the relay, a host or an address: who owns the address publishes its name.
    """

    about: str
    name: str
    kind: str
    value: str


@dataclass(frozen=True)
class Verdict:
    """state: right, weak (works, could be stricter), wrong, missing, unknown. why: a stable word, "" when right."""

    record: Record
    state: str
    why: str = ""
    found: list[str] = field(default_factory=list)


def records(settings: Settings) -> list[Record]:
    """What this installation needs published, in the order to do it."""
    domain = settings.mail_domain
    envelope = settings.bounce_domain or parseaddr(settings.mail_from)[1].rpartition("@")[2]
    hosts = " ".join(_spf(relay.host) for relay in settings.relays())
    wanted = [Record("spf", envelope, "TXT", f"v=spf1 {hosts} -all")]
    selectors = [settings.dkim_selector, settings.dkim_transactional_selector or settings.dkim_selector]
    for selector in dict.fromkeys(selectors):
        value = ""
        if settings.dkim_key_file:
            value = Signer.read(settings.dkim_key_file, domain=domain, selector=selector).public_record()
        wanted.append(Record("dkim", f"{selector}._domainkey.{domain}", "TXT", value))
    wanted.append(Record("dmarc", f"_dmarc.{domain}", "TXT", f"v=DMARC1; p=quarantine; rua=mailto:dmarc@{domain}"))
    if settings.bounce_domain:
        host = urlsplit(settings.public_url).hostname or ""
        wanted.append(Record("mx", settings.bounce_domain, "MX", f"10 {host}"))
    hosts_seen = dict.fromkeys(relay.host for relay in settings.relays() if _outside(relay.host))
    return wanted + [Record("ptr", host, "PTR", "") for host in hosts_seen]


_INSIDE = [ipaddress.ip_network(one) for one in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")]


def _outside(host: str) -> bool:
    """Whether a relay stands where others see its address; one inside our walls hands on to another."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return "." in host
    return not address.is_loopback and not any(address in net for net in _INSIDE if net.version == address.version)


def _spf(host: str) -> str:
    try:
        return f"ip{ipaddress.ip_address(host).version}:{host}"
    except ValueError:
        return f"a:{host}"


def check(settings: Settings, timeout: float = dns.TIMEOUT) -> list[Verdict]:
    """Ask the DNS for all of them at once: as long as the slowest answer, never longer than the timeout."""
    wanted = records(settings)
    server = settings.dns_server or dns.system_server()
    with ThreadPoolExecutor(len(wanted)) as pool:
        return list(pool.map(lambda one: _check(one, server, timeout), wanted))


def _check(record: Record, server: str, timeout: float) -> Verdict:
    try:
        if record.about == "ptr":
            return Verdict(record, *_reverse(record.name, server, time.monotonic() + timeout))
        found = dns.ask(record.name, dns.MX if record.kind == "MX" else dns.TXT, server, timeout)
    except dns.Unanswered:
        return Verdict(record, "unknown", "no-answer")
    state, why, shown = _JUDGES[record.about](found, record.value)
    return Verdict(record, state, why, shown)


Judged = tuple[str, str, list[str]]
_MOST_ADDRESSES = 4


def spf(found: list[str], _value: str = "") -> Judged:
    """One record, that ends with a no for all others."""
    ours = [text for text in found if re.match(r"v=spf1(\s|$)", text, re.I)]
    if not ours:
        return "missing", "spf-missing", ours
    if len(ours) > 1:
        return "wrong", "spf-twice", ours
    words = ours[0].lower().split()
    if "+all" in words or "all" in words or "?all" in words:
        return "wrong", "spf-open", ours
    if "-all" in words or "~all" in words or any(word.startswith("redirect=") for word in words):
        return "right", "", ours
    return "wrong", "spf-no-end", ours


def dkim(found: list[str], value: str) -> Judged:
    """The key that we sign with."""
    if not value:
        return "wrong", "dkim-no-key", found
    ours = [text for text in found if "p=" in text]
    if not ours:
        return "missing", "dkim-missing", ours
    if any(_tags(text).get("p", "") == _tags(value)["p"] for text in ours):
        return ("right", "", ours) if len(ours) == 1 else ("wrong", "dkim-twice", ours)
    return "wrong", "dkim-other", ours


def dmarc(found: list[str], _value: str = "") -> Judged:
    """One policy; "none" only watches."""
    ours = [text for text in found if re.match(r"v\s*=\s*DMARC1\b", text)]
    if not ours:
        return "missing", "dmarc-missing", ours
    policy = _tags(ours[0]).get("p", "").lower()
    if len(ours) > 1 or policy not in ("none", "quarantine", "reject"):
        return "wrong", "dmarc-wrong", ours
    return ("weak", "dmarc-none", ours) if policy == "none" else ("right", "", ours)


def mx(found: list[str], _value: str = "") -> Judged:
    """Somebody takes what comes back."""
    ours = [text for text in found if not text.endswith(" .")]
    return ("right", "", ours) if ours else ("missing", "mx-missing", found)


def _reverse(host: str, server: str, ends: float) -> Judged:
    """Each address of the relay has a name that leads back to it. Raises Unanswered."""

    def ask(name: str, kind: int) -> list[str]:
        left = ends - time.monotonic()
        if left <= 0:
            raise dns.Unanswered(name)
        return dns.ask(name, kind, server, left)

    try:
        addresses = [ipaddress.ip_address(host)]
    except ValueError:
        addresses = [ipaddress.ip_address(one) for kind in (dns.A, dns.AAAA) for one in ask(host, kind)]
    if not addresses:
        return "missing", "ptr-no-address", []
    found = []
    for address in addresses[:_MOST_ADDRESSES]:
        names = ask(address.reverse_pointer, dns.PTR)
        found.append(f"{address} → {', '.join(names) or '—'}")
        if not names:
            return "missing", "ptr-missing", found
        kind = dns.A if address.version == 4 else dns.AAAA
        if not any(str(address) in ask(name, kind) for name in names[:_MOST_ADDRESSES]):
            return "wrong", "ptr-unconfirmed", found
    return "right", "", found


def _tags(text: str) -> dict[str, str]:
    pairs = [piece.partition("=") for piece in text.split(";") if "=" in piece]
    return {name.strip(): "".join(value.split()) for name, _, value in pairs}


_JUDGES: dict[str, Callable[[list[str], str], Judged]] = {"spf": spf, "dkim": dkim, "dmarc": dmarc, "mx": mx}
