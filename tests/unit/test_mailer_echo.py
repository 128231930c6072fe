"""L'Écho: contributions are data, the holes are ours, and the mail is complete."""

from __future__ import annotations

import datetime as dt
import re
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.mailer import echo, prose, unsubscribe

HOLE = re.compile(r"\{\{[^}]*\}\}")


def edition(title: str = "Titre", text: str = "Texte", **more: str) -> echo.Edition:
    piece = echo.Piece(title=title, text=text, html=prose.paragraphs(text), **more)  # type: ignore[arg-type]
    return echo.Edition(
        number=34,
        title="L’Agora a 300 visages",
        date=dt.date(2016, 10, 1),
        editorial="Bonjour.",
        sections={"headline": [piece], "calls": [], "agenda": [], "members": [], "resources": []},
        archive_url="https://reseau.example/echo/34",
        organiser="Le réseau",
        reply_to="echo@reseau.example",
    )


def test_the_mail_is_complete() -> None:
    made = echo.render(edition(link="https://exemple.fr/a?b=1&c=2", structure="Eau Partagée", credit="Photo : Zoé"))
    assert made.subject == "L’Écho du Réseau nº\u00a034 – L’Agora a 300 visages"
    for part in (made.html, made.text):
        assert sorted(set(HOLE.findall(part))) == ["{{preferences_url}}", "{{unsubscribe_url}}"]
        for words in ("Titre", "Texte", "Eau Partagée", "Photo\u202f: Zoé", "samedi 1er octobre 2016"):
            assert words in part
    assert '<html lang="fr"' in made.html
    assert "https://exemple.fr/a?b=1&amp;c=2" in made.html
    assert "prefers-color-scheme" in made.html
    assert "<img" not in made.html
    assert len(made.html.encode()) < echo.LARGEST


@pytest.mark.parametrize("where", ["title", "text", "structure", "credit"])
@pytest.mark.parametrize(
    "hostile",
    ["{{unsubscribe_url}}", "{{ 7*7 }}", "{% raw %}", "<script>alert(1)</script>", "<mj-raw>", "]]>", "{{first_name}}"],
)
def test_a_contribution_is_data(where: str, hostile: str) -> None:
    made = echo.render(edition(**{where: f"avant {hostile} après"}))
    for part in (made.html, made.text):
        assert part.count("{{unsubscribe_url}}") == 1
        assert set(HOLE.findall(part)) == {"{{preferences_url}}", "{{unsubscribe_url}}"}
    assert "<script" not in made.html
    assert "avant" in made.html
    assert "après" in made.html


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=200))
def test_any_text_keeps_the_holes_ours(text: str) -> None:
    made = echo.render(edition(title=text, text=text))
    assert set(HOLE.findall(made.html)) == {"{{preferences_url}}", "{{unsubscribe_url}}"}
    assert set(HOLE.findall(made.text)) == {"{{preferences_url}}", "{{unsubscribe_url}}"}


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("Un.\n\nDeux.", "<p>Un.</p><p>Deux.</p>"),
        ("a\nb", "<p>a<br>b</p>"),
        ("<b>gras</b> & co", "<p>&lt;b&gt;gras&lt;/b&gt; &amp; co</p>"),
        (
            "Voir https://www.exemple.fr/a?x=1&y=2.",
            '<p>Voir <a href="https://www.exemple.fr/a?x=1&amp;y=2" rel="noopener">exemple.fr/a?x=1&amp;y=2</a>.</p>',
        ),
        ("javascript:alert(1)", "<p>javascript:alert(1)</p>"),
        ("https://", "<p>https://</p>"),
        ('https://e.fr/"onmouseover="x', '<p><a href="https://e.fr/" rel="noopener">e.fr</a>"onmouseover="x</p>'),
    ],
)
def test_paragraphs(text: str, html: str) -> None:
    assert prose.paragraphs(text) == html


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "https://",
        "http://nu",
        "https://a b.fr",
        "https://u:p@e.fr",
        "//e.fr",
        "data:text/html,x",
    ],
)
def test_links_that_nobody_is_sent_to(url: str) -> None:
    assert prose.link(url) is None


def test_an_unsubscribe_token_lasts_and_cannot_be_made_up() -> None:
    contact = uuid.UUID("01890000-0000-7000-8000-000000000001")
    token = unsubscribe.token(contact, "echo", secret="a long enough secret")
    assert len(token) == 48
    assert unsubscribe.verify(token, secret="a long enough secret") == unsubscribe.Link(contact, "echo")
    assert unsubscribe.verify(token, secret="another long secret!") is None
    for index in range(len(token)):
        changed = token[:index] + ("A" if token[index] != "A" else "B") + token[index + 1 :]
        if changed != token:
            assert unsubscribe.verify(changed, secret="a long enough secret") is None


@given(st.text(max_size=100))
def test_no_text_is_a_token(text: str) -> None:
    assert unsubscribe.verify(text, secret="a long enough secret") is None
