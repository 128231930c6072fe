"""The form in a page of another site, from the line that the staff copy to the place that is certain."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from services.registration.models import Registration
from shared.db import Database
from tests.browser.test_registration_form import fill, site  # noqa: F401  (a fixture)
from tests.soundness import faults, fits, sound

pytestmark = [pytest.mark.browser, pytest.mark.slow]

AWAY = (Path(__file__).parents[2] / "deploy/proxy/pages/away-framed.html").read_text(encoding="utf-8")
STAFF = "/equipe/evenements/agora-2016/cadre"


class _Host(BaseHTTPRequestHandler):
    """A page of a site that is not ours; `lines` are what its editor pasted."""

    lines: tuple[str, ...] = ()

    def do_GET(self) -> None:
        head = (
            '<!doctype html><html lang="fr"><meta name="viewport" content="width=device-width"><title>La Région</title>'
        )
        page = (
            f"{head}<h1>La Région</h1><p>{'Nos rencontres. ' * 60}</p>{''.join(self.lines)}<p>Pied de page</p></html>"
        )
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(page.encode())

    def log_message(self, *_about: Any) -> None:
        pass


@pytest.fixture
def host() -> Iterator[str]:
    """To a browser, localhost is another site than 127.0.0.1."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Host)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    yield f"http://localhost:{server.server_address[1]}/agenda"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("viewport", ["phone"])
def test_a_form_is_filled_in_on_another_site(
    new_context: Callable[..., Any],
    site: str,  # noqa: F811
    host: str,
    monkeypatch: pytest.MonkeyPatch,
    registration_db: Database,
    sign_in: Any,
) -> None:
    staff = new_context(viewport="desk").new_page()
    sign_in(staff, "staff")
    staff.goto(f"{site}{STAFF}")
    staff.get_by_label("Les sites qui le montrent").fill("www.laregion.example\n" + host)
    staff.get_by_role("button", name="Enregistrer").click()
    staff.get_by_role("heading", name="La ligne à copier").wait_for()
    monkeypatch.setattr(_Host, "lines", staff.locator("pre").all_inner_texts())
    expect(staff.frame_locator("iframe").get_by_role("heading", name="S’inscrire")).to_be_visible()
    sound(staff, "registration-framed-staff")

    context = new_context()
    page = context.new_page()
    page.goto(host)
    frame = page.frame_locator("iframe")
    fill(frame, email="pas une adresse")
    page.wait_for_function("document.querySelector('iframe').offsetHeight > 1500")  # as high as the form
    page.route("**/cadre", lambda asked: asked.fulfill(status=502, body=AWAY, content_type="text/html; charset=utf-8"))
    frame.get_by_role("button", name="S’inscrire").click()
    expect(frame.get_by_role("heading", name="Un instant")).to_be_in_viewport()  # from below a long form
    page.unroute("**/cadre")
    page.evaluate("setTimeout(() => history.back())")
    expect(frame.get_by_label("Adresse électronique")).to_have_value("pas une adresse")
    page.wait_for_function("document.querySelector('iframe').offsetHeight > 1500")
    frame.get_by_role("button", name="Ajouter un·e collègue").click()
    expect(frame.get_by_role("group", name="Collègue 1").get_by_label("Prénom")).to_be_in_viewport()
    frame.get_by_role("button", name="Retirer cette personne").click()
    expect(frame.get_by_role("heading", name="Vos collègues")).to_be_in_viewport()
    frame.get_by_role("button", name="S’inscrire").click()
    wrong = frame.get_by_role("alert").get_by_role("link", name="Adresse électronique")
    expect(wrong).to_be_in_viewport()
    wrong.click()
    field = frame.get_by_label("Adresse électronique")
    expect(field).to_be_focused()
    expect(field).to_be_in_viewport()
    field.fill("aicha@example.org")
    assert faults(page.frames[1]) == []
    frame.get_by_role("button", name="S’inscrire").dblclick()
    expect(frame.get_by_role("heading", name="Votre place est certaine")).to_be_in_viewport()
    page.wait_for_function("document.querySelector('iframe').offsetHeight < 1300")  # and as low as the answer
    fits(page)
    assert faults(page.frames[1]) == []
    assert context.cookies() == []
    with context.expect_page() as opened:
        frame.get_by_role("link", name="Ouvrir ma page personnelle").click()
    expect(opened.value.get_by_role("img", name="Code à présenter à l’entrée")).to_be_visible()
    with registration_db.reading() as session:
        emails = session.scalars(sa.select(Registration.email).where(Registration.first_name == "Aïcha")).all()
    assert emails == ["aicha@example.org"]
