"""Who stands behind an event: as what, with which logo, where it is shown and what a funder is told of it."""

from __future__ import annotations

import datetime as dt
import io
import re
from typing import Any

import pytest
import sqlalchemy as sa
from PIL import Image

from services.registration import logos
from services.registration.models import Event, Logo, Registration
from services.registration.rules.dates import at
from services.registration.use_cases import registering
from shared import clock
from shared.db import Database
from shared.errors import RuleError
from tests.integration.registration_people import DAY, NOW, SITE, an_event, answers
from tests.integration.test_registration_event_editing import form

BASE = "/equipe/evenements/agora-2016"
PARTNERS = f"{BASE}/partenaires"
FUNDER = "Région Occitanie"


def picture(kind: str = "PNG", size: tuple[int, int] = (900, 300), colour: Any = (120, 30, 40, 128)) -> bytes:
    out = io.BytesIO()
    made = Image.new("RGBA" if kind != "JPEG" else "RGB", size, colour if kind != "JPEG" else colour[:3])
    made.save(out, kind)
    return out.getvalue()


@pytest.fixture
def staff(registration_client: Any, sign_in: Any, registration_db: Database, monkeypatch: pytest.MonkeyPatch) -> Any:
    """An event with a funder and a co-organiser; one person registered."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    with registration_db.transaction() as session:
        made = an_event(session)
        registering.register(session, made.id, answers(1), NOW, site=SITE)
    sign_in(registration_client, "staff")
    fields = form(registration_client) | {
        "other_name-0": "CROSI", "other_role-0": "co_organiser",
        "other_name-1": FUNDER, "other_role-1": "funder", "other_url-1": "region.example",
    }  # fmt: skip
    shown = registration_client.post(f"{BASE}/modifier", data=fields)
    assert f"{FUNDER}, https://region.example, Finance" in shown.text
    wrong = registration_client.post(f"{BASE}/modifier", data=fields | {"other_role-1": "king"})
    assert (wrong.status_code, "Choisissez dans la liste" in wrong.text) == (422, True)
    assert registration_client.post(f"{BASE}/modifier", data=fields | {"confirm": "true"}).status_code == 303
    return registration_client


def give(staff: Any, number: int, name: str, body: bytes | None) -> Any:
    token = re.search(r'name="csrf_token" value="([^"]+)"', staff.get(PARTNERS).text)
    data: dict[str, Any] = {"csrf_token": token.group(1) if token else "", "name": name}
    if body is not None:
        data[f"logo-{number}"] = (io.BytesIO(body), "logo.png")
    return staff.post(f"{PARTNERS}/logo", data=data, content_type="multipart/form-data")


def test_a_logo_follows_its_name_to_the_page_the_papers_and_the_report(
    staff: Any, registration_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert give(staff, 2, FUNDER, picture()).status_code == 303
    with registration_db.reading() as session:
        logo = session.scalars(sa.select(Logo)).one()
        assert (logo.name_key, logo.width, logo.height) == ("region occitanie", 480, 160)
    page = staff.get("/e/agora-2016").text
    assert f'src="/logos/{logo.address}.png" alt=""' in page
    assert re.search(r'href="https://region.example"[^>]*>Région Occitanie</a><br><span class="small">Finance<', page)
    shown = staff.get(f"/logos/{logo.address}.png")
    assert (shown.status_code, shown.mimetype, Image.open(io.BytesIO(shown.data)).mode) == (200, "image/png", "RGBA")
    assert staff.get(f"/logos/{'0' * 32}.png").status_code == 404
    monkeypatch.setattr(clock, "now", lambda: at(DAY, dt.time(9)))  # certificates begin with the meeting
    for paper in ("programme", "attestations"):
        assert staff.get(f"{BASE}/papiers/{paper}.pdf").data.startswith(b"%PDF"), paper
    report = staff.get("/equipe/bilan/", query_string={"annee": "2016", "organisation": FUNDER}).text
    assert f"/logos/{logo.address}.png" in report
    assert '<span class="small">Finance</span>' in report
    assert '<p class="figure"><b>1</b>' in report
    (entry,) = staff.get("/api/events").json
    assert [one["name"] for one in entry["organisers"]] == ["Réseau", "CROSI"]
    assert entry["partners"] == [{"name": FUNDER, "url": "https://region.example", "role": "funder"}]
    # Written otherwise it is the same name; taken away it is gone everywhere.
    with registration_db.transaction() as session:
        session.scalars(sa.select(Event)).one().partners[1].name = "REGION  OCCITANIE"
    assert f"/logos/{logo.address}.png" in staff.get("/e/agora-2016").text
    assert staff.post(f"{PARTNERS}/sans-logo", data={"name": "REGION  OCCITANIE"}).status_code == 303
    assert "/logos/" not in staff.get("/e/agora-2016").text
    assert staff.get(f"/logos/{logo.address}.png").status_code == 404


def test_two_names_may_have_one_picture_and_each_keeps_its_own(staff: Any) -> None:
    for number, name in ((1, "CROSI"), (2, FUNDER)):
        assert give(staff, number, name, picture()).status_code == 303
    assert staff.post(f"{PARTNERS}/sans-logo", data={"name": "CROSI"}).status_code == 303
    (left,) = set(re.findall(r"/logos/\w+\.png", staff.get(PARTNERS).text))
    assert staff.get(left).status_code == 200


@pytest.mark.parametrize(("body", "why"), [
    (None, "Choisissez d’abord une image"),
    (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "pas une image que nous lisons"),
    (picture()[:200], "pas une image que nous lisons"),
    (picture(size=(20, 20)), "trop petite"),
], ids=("none", "svg", "cut", "tiny"))  # fmt: skip
def test_what_is_no_logo_is_refused_beside_its_name(staff: Any, body: bytes | None, why: str) -> None:
    answer = give(staff, 2, FUNDER, body)
    assert (answer.status_code, why in answer.text) == (422, True)
    assert 'id="e-logo-2"' in answer.text
    assert give(staff, 0, "Nobody", picture()).status_code == 404


def test_a_drawing_keeps_nothing_of_the_file_and_a_photo_stays_light() -> None:
    noise = Image.effect_noise((2000, 1000), 90).convert("RGB")
    out = io.BytesIO()
    noise.save(out, "JPEG", comment=b"chez Nadia")
    drawn = logos.read(out.getvalue())
    assert (drawn.width, drawn.height) == (480, 240)
    assert b"Nadia" not in drawn.png
    assert len(drawn.png) < 200_000
    lying = io.BytesIO()
    turn = Image.Exif()
    turn[0x0112] = 6  # as telephones write it: turn a quarter to see it upright
    Image.new("RGB", (400, 200)).save(lying, "JPEG", exif=turn)
    upright = logos.read(lying.getvalue())
    assert (upright.width, upright.height) == (120, 240)
    for data, why in ((picture(size=(6000, 6000)), "trop de points"), (b"x" * (logos.LARGEST + 1), "dépasse 5 Mo")):
        with pytest.raises(RuleError, match=why):
            logos.read(data)


def test_people_are_counted_for_a_funder_without_a_name(staff: Any, registration_db: Database) -> None:
    with registration_db.reading() as session:
        person = session.scalars(sa.select(Registration)).one()
    page = staff.get("/equipe/bilan/", query_string={"annee": "2016", "organisation": FUNDER}).text
    assert person.last_name not in page
    assert "<option selected>Région Occitanie</option>" in page
