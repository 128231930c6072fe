"""Which addresses are sites that may show a form, and how each is written."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registration.rules import framing


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("https://www.laregion.fr/agenda/page?x=1#y", "https://www.laregion.fr"),
        ("WWW.LaRegion.FR", "https://www.laregion.fr"),
        ("https://eau-partagée.fr", "https://xn--eau-partage-kbb.fr"),
        ("https://straße.example", None),  # strasse.example is another site to a browser
        ("https://EAU-PARTAGE\u0301E.fr", "https://xn--eau-partage-kbb.fr"),
        ("https://site.example:8443/", "https://site.example:8443"),
        ("https://site.example:443", "https://site.example"),
        ("http://site.example", None),
        ("http://127.0.0.1:5000", None),
        ("https://localhost", None),
        ("https://192.168.0.1", None),
        ("https://moi:secret@site.example", None),
        ("https://*.site.example", None),
        ("https://site.example:99999", None),
        ("https://site.example; script-src *", None),
        ("https://site", None),
        ("javascript:alert(1)", None),
        ("*", None),
    ],
)
def test_an_address_is_of_a_site(said: str, read: str | None) -> None:
    assert framing.site(said) == read


def test_each_site_once_and_what_is_none_is_said() -> None:
    text = "https://a.example/une\r\n\n  a.example \nrien\nhttp://127.0.0.1:80\n" + "x" * 400 + ".fr"
    assert framing.sites(text, local=True) == (["https://a.example", "http://127.0.0.1"], ["rien", "x" * 400 + ".fr"])


@given(st.text(max_size=60))
def test_whatever_is_typed_nothing_but_a_site_comes_out(said: str) -> None:
    for one in framing.sites(f"{said}\nhttps://{said}.example", local=True)[0]:
        assert re.fullmatch(r"https?://[a-z0-9.-]+(:\d+)?", one)
