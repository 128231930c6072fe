"""A character that no text can hold is refused without losing the rest of what was written."""

from __future__ import annotations

import re
from typing import Any


def test_what_was_written_comes_back_without_the_character_that_cannot_be_kept(registration_client: Any) -> None:
    answer = registration_client.post("/mon-lien", data={"email": "nadia\x00@example.org", "note": "a\r\né"})
    assert (answer.status_code, "sans les caractères invisibles" in answer.text) == (400, True)
    assert '<input type="hidden" name="email" value="nadia@example.org">' in answer.text
    assert 'name="note" value="a\r\né' in answer.text
    assert registration_client.post("/mon-lien", data={"email": "nadia@example.org"}).status_code == 200


def test_a_refusal_leads_back_to_the_page_of_ours_that_led_there(registration_client: Any) -> None:
    for referrer, leads in [
        ("http://localhost/equipe/evenements/x?etat=%C3%A9", "/equipe/evenements/x?etat=%C3%A9"),
        ("http://elsewhere.example/page", ""),
        ("http://localhost//elsewhere.example", ""),
        ("http://localhost/e/nothing", ""),  # this very page
        ("http://[", ""),
        ("", ""),
    ]:
        page = registration_client.get("/e/nothing", headers={"Referer": referrer} if referrer else {}).text
        found = re.search(r'href="([^"]*)">Revenir à la page d’avant', page)
        assert (found[1] if found else "") == leads, referrer


def test_bytes_that_are_no_text_and_a_stranger_get_no_button(registration_client: Any) -> None:
    form = "application/x-www-form-urlencoded"
    answer = registration_client.post("/mon-lien", data=b"email=%FF", content_type=form)
    assert (answer.status_code, "<form" in answer.text) == (400, False)
    for strange in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "http://["}):
        answer = registration_client.post("/mon-lien", data={"email": "a\x00@b.c"}, headers=strange)
        assert (answer.status_code, "sans les caractères invisibles" in answer.text) == (400, False)
