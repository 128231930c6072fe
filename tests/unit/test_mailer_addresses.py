"""Addresses: one person has one key, however they are typed."""

from __future__ import annotations

import unicodedata

import pytest
from email_validator import EmailNotValidError
from hypothesis import event, given
from hypothesis import strategies as st

from services.mailer.addresses import InvalidAddress, _checked, domain_group, email_key, parse, tidy

LOCAL = st.from_regex(r"[a-z0-9]{1,12}([.+_-][a-z0-9]{1,8}){0,2}", fullmatch=True)
DOMAIN = st.from_regex(r"[a-z]{2,10}(-[a-z]{1,5})?\.(fr|org|example)", fullmatch=True)


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("Jean.DUPONT@Asso.Example", "jean.dupont@asso.example"),
        ("  jean@asso.example\u00a0", "jean@asso.example"),
        ("<jean@asso.example>", "jean@asso.example"),
        ("mailto:jean@asso.example", "jean@asso.example"),
        ("jean@asso.example;", "jean@asso.example"),
        ("\ufeffjean@\u200basso.example", "jean@asso.example"),
        ("jean@coopération.example", "jean@xn--coopration-e7a.example"),
        (unicodedata.normalize("NFD", "jean@coopération.example"), "jean@xn--coopration-e7a.example"),
    ],
)
def test_key(typed: str, key: str) -> None:
    assert email_key(typed) == key


def test_the_capitals_of_the_local_part_are_kept_for_writing() -> None:
    assert parse("Jean.Dupont@ASSO.example").email == "Jean.Dupont@asso.example"


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("", "missing"),
        ("   ", "missing"),
        ("jean.asso.example", "no-at"),
        ("jean@asso", "domain"),
        ("jean@asso.example, paul@asso.example", "several"),
        ("jean dupont@asso.example", "syntax"),
        ("élodie@asso.example", "local-not-ascii"),
        ("jean@asso.example\r\nBcc: tous@asso.example", "control"),
        ("jean@asso.example\x00", "control"),
        ("a" * 250 + "@asso.example", "too-long"),
        ("jean..dupont@asso.example", "syntax"),
    ],
)
def test_refusal_has_a_reason(typed: str, reason: str) -> None:
    with pytest.raises(InvalidAddress) as refusal:
        parse(typed)
    assert refusal.value.reason == reason


@given(LOCAL, DOMAIN, st.sampled_from(["", " ", "\t", "\u00a0"]), st.booleans())
def test_spaces_and_capitals_never_make_a_second_person(local: str, domain: str, space: str, upper: bool) -> None:
    address = f"{local}@{domain}"
    typed = space + (address.upper() if upper else address) + space
    assert email_key(typed) == email_key(address) == address


@given(st.text(max_size=80))
def test_any_text_is_an_address_or_refused(text: str) -> None:
    try:
        address = parse(text)
    except InvalidAddress as refusal:
        event(refusal.reason)
        return
    assert address.email.isascii()
    assert address.key == address.email.lower()
    assert email_key(address.email) == email_key(address.key) == address.key


@pytest.mark.parametrize(
    ("key", "group"),
    [("a@gmail.com", "gmail"), ("a@wanadoo.fr", "orange"), ("a@gmail.com.example", "other"), ("a@asso.fr", "other")],
)
def test_provider(key: str, group: str) -> None:
    assert domain_group(key) == group


@given(
    st.one_of(LOCAL, st.from_regex(r"[A-Za-z0-9._+'-]{1,70}", fullmatch=True), st.sampled_from(["Postmaster", "INFO"])),
    st.one_of(
        DOMAIN, st.from_regex(r"[A-Za-z0-9.-]{1,70}", fullmatch=True), st.sampled_from(["xn--coopration-e7a.fr"])
    ),
)
def test_what_is_checked_by_its_domain_alone_is_what_the_whole_check_says(local: str, domain: str) -> None:
    text = tidy(f"{local}@{domain}")
    try:
        whole = _checked(text)
    except EmailNotValidError:
        whole = ""
    try:
        assert parse(text).email == whole
    except InvalidAddress:
        assert whole == ""
