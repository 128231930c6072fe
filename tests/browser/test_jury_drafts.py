"""A draft while one writes: kept by itself, and nobody leaves it without being asked."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from playwright.sync_api import Route, expect

from services.jury.models import Application
from services.jury.web import application_pages
from tests.jury_dossiers import open_call
from tests.soundness import sound

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def draft(page: Any, jury_app: Any, jury_db: Any, serve: Callable[[Any], str]) -> Any:
    """A draft that somebody just began, open in their browser."""
    page.goto(f"{serve(jury_app)}/appels/{open_call(jury_db)}/deposer")
    page.get_by_label("Prénom").fill("Léa")
    page.get_by_label("Nom", exact=True).fill("Bories")
    page.get_by_label("Adresse électronique").fill("lea@eau.example")
    page.get_by_role("button", name="Commencer le dossier").click()
    expect(page.get_by_text("Le dossier est commencé.")).to_be_visible()
    page.wait_for_load_state()  # its script runs
    return page


def need(db: Any) -> str:
    with db.reading() as session:
        return str(session.scalars(sa.select(Application.content["need"].astext)).one())


def test_a_draft_is_kept_while_one_writes_and_saved_after(
    draft: Any, jury_db: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(application_pages, "PAUSE", 0.2)
    held: list[Route] = []
    draft.route("**/static/draft.js*", lambda route: held.append(route))
    draft.reload(wait_until="commit")
    draft.get_by_label("Le besoin").fill("L’eau manque en mars.")  # on a slow line the script comes after
    held[0].continue_()
    expect(draft.get_by_text("Enregistré à")).to_be_visible()
    assert need(jury_db) == "L’eau manque en mars."
    draft.get_by_label("Le besoin").fill("L’eau manque en mars et en avril.")
    draft.get_by_role("button", name="Enregistrer", exact=True).click()
    expect(draft.get_by_text("Vous pouvez fermer la page")).to_be_visible()
    assert need(jury_db) == "L’eau manque en mars et en avril."


def test_whoever_leaves_before_it_is_kept_is_asked(draft: Any, jury_db: Any) -> None:
    asked: list[str] = []

    def stay(dialog: Any) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    draft.on("dialog", stay)
    draft.get_by_label("Le besoin").fill("L’eau manque.")
    draft.get_by_role("link", name="Imprimer le brouillon").click()
    expect(draft.get_by_label("Le besoin")).to_have_value("L’eau manque.")
    assert asked == ["beforeunload"]
    draft.get_by_role("button", name="Un lien pour écrire à deux").click()
    expect(draft.get_by_label("L’adresse à copier")).to_be_visible()
    assert (need(jury_db), asked) == ("L’eau manque.", ["beforeunload"])
    draft.get_by_role("link", name="Revenir au dossier").click()
    expect(draft.get_by_label("Le besoin")).to_be_visible()
    draft.wait_for_load_state()  # its script runs
    paper = {"name": "plan.txt", "mimeType": "text/plain", "buffer": b"Un plan."}
    draft.locator("input[type=file]").first.set_input_files([paper])
    draft.get_by_label("Le besoin").fill("L’eau manque en mars.")
    draft.evaluate("Object.defineProperty(document, 'visibilityState', { value: 'hidden' })")
    draft.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(draft.get_by_text("Enregistré à")).to_be_visible()
    draft.get_by_role("link", name="Imprimer le brouillon").click()  # the words are kept, the file is not
    expect(draft.get_by_label("Le besoin")).to_have_value("L’eau manque en mars.")
    assert asked == ["beforeunload"] * 2


@pytest.mark.parametrize("viewport", ["phone", "desk"])
def test_saving_is_at_hand_and_hides_nothing(draft: Any) -> None:
    sound(draft, "jury-draft")
    last = draft.get_by_label("Restitution en région")
    last.focus()
    box, bar = last.bounding_box(), draft.locator(".draft-bar").bounding_box()
    assert box["y"] + box["height"] <= bar["y"]


@pytest.mark.parametrize("viewport", ["phone"])
def test_a_link_that_went_astray_is_closed(draft: Any) -> None:
    draft.get_by_role("button", name="Un lien pour écrire à deux").click()
    draft.get_by_role("link", name="Revenir au dossier").click()
    draft.get_by_role("link", name="Les liens de ce dossier…").click()
    expect(draft.get_by_text("2 liens ouvrent votre dossier")).to_be_visible()
    sound(draft, "jury-links")
    draft.get_by_role("button", name="Fermer tous les autres liens").click()
    expect(draft.get_by_text("n’ouvre plus ce dossier.")).to_be_visible()


def test_a_server_that_asks_to_wait_is_asked_again_and_the_page_says_what_is_not_kept(
    draft: Any, jury_db: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(application_pages, "PAUSE", 0.2)
    draft.reload()
    says = draft.locator("#kept")
    draft.get_by_label("Le besoin").fill("L’eau manque")
    expect(says).to_contain_text("Enregistré à")
    waits = {"Retry-After": "1", "Content-Type": "application/problem+json"}
    answers: list[tuple[int, dict[str, str], str]] = [
        (429, waits, '{"code": "too-many", "detail": "Attendez."}'),
        (503, waits, "<h1>Service momentanément arrêté</h1>"),
        (502, {}, "Bad Gateway"),
    ]
    tries = []

    def refuse(route: Any) -> None:
        tries.append(time.monotonic())
        if len(tries) > len(answers):
            route.continue_()
            return
        status, headers, body = answers[len(tries) - 1]
        route.fulfill(status=status, headers=headers, body=body)

    draft.route("**/dossiers/*", refuse)
    draft.get_by_label("Le besoin").fill("L’eau manque en mars.")
    expect(says).to_contain_text("le service demande d’attendre. Nouvel essai dans 1")
    expect(says).to_contain_text("Enregistré à")  # what was kept before
    assert need(jury_db) == "L’eau manque"
    expect(says).not_to_contain_text("ne sont pas")
    assert need(jury_db) == "L’eau manque en mars."
    assert min(later - sooner for sooner, later in itertools.pairwise(tries[:3])) >= 1, "as long as it was asked to"


def test_a_refusal_that_no_wait_mends_is_told_and_not_repeated(draft: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(application_pages, "PAUSE", 0.2)
    draft.reload()
    tries: list[str] = []

    def refuse(route: Any) -> None:
        tries.append(route.request.method)
        body = '{"code": "csrf", "detail": "La page est restée ouverte longtemps."}'
        route.fulfill(status=400, content_type="application/problem+json", body=body)

    draft.route("**/dossiers/*", refuse)
    draft.get_by_label("Le besoin").fill("L’eau manque")
    expect(draft.locator("#kept")).to_contain_text("ne sont pas enregistrés : appuyez sur « Enregistrer »")
    draft.get_by_label("Le besoin").fill("L’eau manque en mars.")
    draft.wait_for_timeout(600)
    assert tries == ["POST"]
