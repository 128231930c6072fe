"""Our signatures, as an independent verifier sees them."""

import datetime as dt

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given, settings
from hypothesis import strategies as st

from services.mailer import mime
from services.mailer.dkim import Signer

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
)
SIGNER = Signer(KEY, domain="agora.example", selector="echo")
AT = dt.datetime(2016, 10, 14, 9, 30, tzinfo=dt.UTC)


def mail(subject: str = "L’Écho du Réseau n° 34", text: str = "Bonjour  {{first_name}} ") -> bytes:
    content = mime.Alternative(text, "<p>Bonjour\t {{first_name}}</p>", "=_agora_0123456789").fill(
        {"first_name": "Zoé"}
    )
    signed = [
        mime.address_header("From", "Réseau", "echo@agora.example"),
        mime.address_header("To", "Zoé Élodie", "zoe@example.org"),
        mime.date_header(AT),
        mime.text_header("Subject", subject),
        mime.token_header("List-Unsubscribe", ["<https://agora.example/" + "u" * 80 + ">", "<mailto:u@agora.example>"]),
        mime.token_header("List-Unsubscribe-Post", ["List-Unsubscribe=One-Click"]),
        mime.token_header("List-Id", ["<echo.agora.example>"]),
        *content.headers,
    ]
    signature = SIGNER.sign(signed, content.canonical, at=int(AT.timestamp()))
    return b"".join([signature, *signed, b"\r\n", content.raw])


def verified(raw: bytes) -> bool:
    def dns(name: bytes, timeout: int = 5) -> bytes:
        assert name == b"echo._domainkey.agora.example."
        return SIGNER.public_record().encode()

    return bool(dkim.verify(raw, dnsfunc=dns))


def test_a_mail_verifies() -> None:
    assert verified(mail())


@settings(max_examples=25, deadline=None)
@given(
    subject=st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\u2028\u2029"), max_size=200),
    text=st.text(st.characters(exclude_categories=["Cs"]), max_size=300),
)
def test_any_mail_verifies(subject: str, text: str) -> None:
    assert verified(mail(subject, text.replace("{{", "{")))


@pytest.mark.parametrize(
    ("change", "to"),
    [
        (b"Bonjour", b"Bonsoir"),
        (b"From:", b"From: Autre <a@evil.example>\r\nFrom:"),
        (b"One-Click", b"Two-Clicks"),
        (b"<echo.agora", b"<gala.agora"),
        (b"To: ", b"To: x"),
    ],
)
def test_a_changed_mail_does_not(change: bytes, to: bytes) -> None:
    raw = mail()
    assert change in raw
    assert not verified(raw.replace(change, to, 1))


def test_nothing_can_be_appended_and_from_is_signed_once_more_than_it_occurs() -> None:
    raw = mail()
    signature = raw[: raw.index(b"From:")].replace(b"\r\n ", b"")
    assert b" l=" not in signature
    names = signature.partition(b"h=")[2].partition(b";")[0].split(b":")
    assert names.count(b"from") == 2
    assert {b"list-id", b"list-unsubscribe", b"list-unsubscribe-post"} <= set(names)
    assert not verified(raw + b"encore\r\n")


def test_what_cannot_be_signed_is_an_error() -> None:
    with pytest.raises(ValueError, match="From"):
        SIGNER.sign([b"To: a@example.org\r\n"], b"", at=0)
    with pytest.raises(ValueError, match="twice"):
        SIGNER.sign([b"From: a@example.org\r\n", b"From: b@example.org\r\n"], b"", at=0)
