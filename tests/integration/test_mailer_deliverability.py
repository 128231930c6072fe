"""The DNS records of a domain: what to publish, what is there, and a resolver that never keeps anybody waiting."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from services.mailer import deliverability, dns
from services.mailer.deliverability import records
from tests.dns_server import DnsServer


@pytest.fixture
def server() -> Iterator[DnsServer]:
    with DnsServer({}) as running:
        yield running


@pytest.fixture
def ours(mailer_app: Any, server: DnsServer) -> Any:
    return dataclasses.replace(
        mailer_app.extensions["settings"],
        dns_server=server.address,
        bounce_domain="retour.agora.example",
        smtp_url="smtp://192.0.2.7:25 smtp://relais.example:587",
        dkim_transactional_selector="courrier",
    )


def publish(server: DnsServer, ours: Any) -> None:
    """All that `records` asks for."""
    for one in records(ours):
        if one.about == "ptr":
            continue
        server.names[one.name, dns.MX if one.kind == "MX" else dns.TXT] = [one.value]
    server.names["retour.agora.example", dns.TXT] = ["google-site-verification=x", "v=spf1 ip4:192.0.2.7 -all"]
    server.names["7.2.0.192.in-addr.arpa", dns.PTR] = ["relais.example"]
    server.names["9.2.0.192.in-addr.arpa", dns.PTR] = ["relais.example"]
    server.names["relais.example", dns.A] = ["192.0.2.7", "192.0.2.9"]


def test_what_is_published_as_asked_is_right(server: DnsServer, ours: Any) -> None:
    asked = [(one.about, one.name) for one in records(ours)]
    assert asked == [
        ("spf", "retour.agora.example"),
        ("dkim", "test._domainkey.agora.example"),
        ("dkim", "courrier._domainkey.agora.example"),
        ("dmarc", "_dmarc.agora.example"),
        ("mx", "retour.agora.example"),
        ("ptr", "192.0.2.7"),
        ("ptr", "relais.example"),
    ]
    assert records(ours)[0].value == "v=spf1 ip4:192.0.2.7 a:relais.example -all"
    assert {one.state for one in deliverability.check(ours)} == {"missing"}
    publish(server, ours)
    server.long.add("test._domainkey.agora.example")
    verdicts = deliverability.check(ours)
    assert [one.state for one in verdicts] == ["right"] * 7
    assert verdicts[1].found == [records(ours)[1].value]
    assert len(verdicts[1].found[0]) > 255


@pytest.mark.parametrize(
    ("about", "published", "expected"),
    [
        ("spf", ["v=spf1 -all", "v=spf1 mx ~all"], ("wrong", "spf-twice")),
        ("spf", ["v=spf1 mx +all"], ("wrong", "spf-open")),
        ("spf", ["v=spf1 mx"], ("wrong", "spf-no-end")),
        ("spf", ["v=spf10 -all"], ("missing", "spf-missing")),
        ("dkim", ["v=DKIM1; k=rsa; p=AAAA"], ("wrong", "dkim-other")),
        ("dmarc", ["v=DMARC1; p=none"], ("weak", "dmarc-none")),
        ("dmarc", ["v=DMARC1; p=maybe"], ("wrong", "dmarc-wrong")),
        ("dmarc", ["v=DMARC1;p=reject;sp=none"], ("right", "")),
        ("mx", ["0 ."], ("missing", "mx-missing")),
    ],
)
def test_what_is_wrong_is_said(about: str, published: list[str], expected: tuple[str, str]) -> None:
    judged = getattr(deliverability, about)(published, "v=DKIM1; k=rsa; p=BBBB")
    assert judged[:2] == expected


def test_the_address_of_the_relay_has_a_name_that_leads_back_to_it(server: DnsServer, ours: Any) -> None:
    def told() -> list[tuple[str, str]]:
        return [(one.state, one.why) for one in deliverability.check(ours) if one.record.about == "ptr"]

    assert told() == [("missing", "ptr-missing"), ("missing", "ptr-no-address")]
    publish(server, ours)
    assert told() == [("right", ""), ("right", "")]
    server.names["9.2.0.192.in-addr.arpa", dns.PTR] = ["autre.example"]
    assert told() == [("right", ""), ("wrong", "ptr-unconfirmed")]
    inside = dataclasses.replace(ours, smtp_url="smtp://127.0.0.1:25 smtp://relay:25 smtp://10.0.0.3:25")
    assert [one for one in records(inside) if one.about == "ptr"] == []


def test_a_silent_or_broken_server_keeps_nobody_waiting(server: DnsServer, ours: Any) -> None:
    publish(server, ours)
    server.silent = {one.name for one in records(ours)}
    began = time.monotonic()
    verdicts = deliverability.check(ours, timeout=0.3)
    assert time.monotonic() - began < 2
    assert {(one.state, one.why) for one in verdicts} == {("unknown", "no-answer")}
    for name in ("a..b", "x" * 64 + ".example", "é" * 300):
        with pytest.raises(dns.Unanswered):
            dns.ask(name, dns.TXT, server.address, 0.3)
    with pytest.raises(dns.Unanswered):
        dns.ask("agora.example", dns.TXT, "127.0.0.1:9", 0.3)


@pytest.mark.parametrize("octets", [b"", b"\0\1\0\1\0\0", b"\xc0\x0c" * 30, bytes(range(256))])
def test_no_answer_crashes(server: DnsServer, octets: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "answer", lambda question, datagram: question[:2] + b"\x81\x80" + octets)
    with pytest.raises(dns.Unanswered):
        dns.ask("agora.example", dns.TXT, server.address, 0.3)


def test_the_page_asks_only_when_told(
    mailer_app: Any, mailer_client: Any, server: DnsServer, ours: Any, sign_in: Callable[..., Any]
) -> None:
    publish(server, ours)
    mailer_app.extensions["settings"] = ours
    sign_in(mailer_client, "auditor")
    page = mailer_client.get("/delivrabilite")
    assert page.status_code == 200
    assert records(ours)[1].value.replace("+", "&#43;")[:60] in page.text.replace("+", "&#43;")
    assert server.asked == []
    checked = mailer_client.get("/delivrabilite?verifier=1").text
    assert 'en place 7"' in checked  # the picture says it as one sentence
    assert server.asked.count("relais.example") == 5
