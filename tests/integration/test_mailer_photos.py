"""A photo from an association's form to the letter and its web page, and out of the database again."""

from __future__ import annotations

import datetime as dt
import io
import re
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from html.parser import HTMLParser
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from PIL import Image

from deploy.local.processes import wait_until
from services.mailer import (
    contacts,
    contributions,
    corrections,
    erasure,
    issues,
    own_data,
    photos,
    pictures,
    publishing,
    retention,
)
from services.mailer.models.arrivals import Click
from services.mailer.models.contacts import ECHO
from services.mailer.models.issues import Contribution, Item
from services.mailer.models.photos import Photo
from services.mailer.publishing import House
from shared import clock, migrations
from shared.errors import RuleError

NOW = dt.datetime(2016, 10, 10, 9, tzinfo=dt.UTC)
WHO, OTHER = "camille.roux@agora.example", "sacha.blanc@agora.example"
HOUSE = House("Réseau", "", "L’Écho", "echo@agora.example", "echo@agora.example", "https://agora.example/mailer")
TYPED = {"section": "members", "title": "Une classe ouvre", "text": "Quarante élèves ont un toit."}
SAID = {"photo_alt": "Des élèves sous un toit de tôle", "credit": "Photo : Inès", "photo_right": "true"}


def photo(kind: str = "JPEG", size: tuple[int, int] = (800, 600)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, (160, 90, 40)).save(out, kind)
    return out.getvalue()


def sent(name: str = "toit.jpg", body: bytes | None = None) -> dict[str, Any]:
    """The file of a form, new each time: the client closes it."""
    return {"photo": (io.BytesIO(photo() if body is None else body), name)}


@pytest.fixture(autouse=True)
def _in_october(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def issue(mailer_db: Any) -> uuid.UUID:
    with mailer_db.transaction() as session:
        head = {"number": 34, "title": "L’Agora", "planned_on": dt.date(2016, 10, 17),
                "contributions_on": dt.date(2016, 10, 15), "editorial": "Bonjour."}  # fmt: skip
        return issues.create(session, head, who=WHO, now=NOW)


@pytest.fixture
def link(mailer_db: Any, issue: uuid.UUID) -> str:
    with mailer_db.transaction() as session:
        return contributions.invite(
            session, structure="Lo Camin", name="Inès", email="ines@camin.example", who=WHO, now=NOW
        )[1]


@pytest.fixture
def editor(mailer_app: Any, sign_in: Callable[..., Any]) -> Any:
    client = mailer_app.test_client()
    sign_in(client, "editor", email=WHO)
    return client


def one(db: Any, model: Any) -> Any:
    with db.reading() as session:
        return session.scalars(sa.select(model)).unique().one()


def count(db: Any, model: Any) -> int:
    with db.reading() as session:
        return int(session.scalar(sa.select(sa.func.count()).select_from(model)))


def contributed(client: Any, db: Any, link: str) -> Contribution:
    assert client.post(f"/contribuer/{link}", data=TYPED | SAID | sent()).status_code == 303
    found: Contribution = one(db, Contribution)
    return found


def accepted(editor: Any, client: Any, db: Any, link: str) -> Item:
    """Handed in, then accepted as it is."""
    given = contributed(client, db, link)
    assert "avec une photo" in editor.get(f"/numeros/{given.issue_id}").text
    assert f"/echo/photos/{given.photo.name}.jpg" in client.get(f"/contribuer/{link}").text  # type: ignore[union-attr]
    page = editor.get(f"/contributions/{given.id}")
    assert f"/echo/photos/{given.photo.name}.jpg" in page.text  # type: ignore[union-attr]
    kept = TYPED | {"photo_name": given.photo.name, "photo_alt": given.photo_alt, "credit": given.credit}  # type: ignore[union-attr]
    assert editor.post(f"/contributions/{given.id}/accepter", data=kept).status_code == 303
    found: Item = one(db, Item)
    return found


def test_a_photo_goes_from_the_association_to_letter_and_web_page(
    editor: Any, mailer_client: Any, mailer_db: Any, issue: uuid.UUID, link: str
) -> None:
    item = accepted(editor, mailer_client, mailer_db, link)
    assert item.photo is not None
    address = f"https://agora.example/mailer/echo/photos/{item.photo.name}.jpg"
    with mailer_db.reading() as session:
        rendered = publishing.render_issue(issues.get(session, issue), HOUSE)
    picture = re.findall(r"<img [^>]*>", rendered.html)
    assert len(picture) == 1
    assert f'src="{address}"' in picture[0]
    assert 'alt="Des élèves sous un toit de tôle"' in picture[0]
    assert 'width="572"' in picture[0]
    assert rendered.html.count("Photo\u202f: Inès") == 1
    assert "[Photo\u202f: Des élèves sous un toit de tôle]" in rendered.text
    with mailer_db.reading() as session:
        english = publishing.render_issue(issues.get(session, issue), HOUSE, "en")
    assert re.findall(r"<img [^>]*>", english.html) == picture
    assert "[Photo: Des élèves sous un toit de tôle]" in english.text
    with mailer_db.transaction() as session:
        contacts.subscribe(session, contacts.Person("lectrice@asso.example"), ECHO, "test", "oui", "1", NOW)
        publishing.send(session, issue, HOUSE, who=OTHER, now=NOW)
    page = mailer_client.get("/echo/34").text
    assert f'/echo/photos/{item.photo.name}.jpg" alt="Des élèves sous un toit de tôle" width="800" height="600"' in page


def test_a_photo_is_served_alike_to_everybody_and_for_good(
    editor: Any, mailer_app: Any, mailer_db: Any, link: str
) -> None:
    given = contributed(mailer_app.test_client(), mailer_db, link)
    address = f"/echo/photos/{given.photo.name}.jpg"  # type: ignore[union-attr]
    answer = mailer_app.test_client().get(address)
    assert (answer.status_code, answer.mimetype) == (200, "image/jpeg")
    assert Image.open(io.BytesIO(answer.data)).size == (800, 600)
    assert answer.headers["Cache-Control"] == "public, max-age=86400"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert "Set-Cookie" not in answer.headers
    assert "Cookie" not in answer.headers.get("Vary", "")
    again = mailer_app.test_client().get(address, headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    for wrong in ("autre", "%00", "a" * 300, "..%2f..%2fetc%2fpasswd"):
        assert mailer_app.test_client().get(f"/echo/photos/{wrong}.jpg").status_code in (400, 404)


def test_what_was_typed_and_the_photo_itself_survive_an_error(mailer_client: Any, mailer_db: Any, link: str) -> None:
    refused = mailer_client.post(f"/contribuer/{link}", data=TYPED | {"title": "", "credit": "Photo : Inès"} | sent())
    assert refused.status_code == 422
    assert TYPED["text"] in refused.text
    assert "Dites en une phrase ce que montre la photo" in refused.text
    assert "le droit de la publier" in refused.text
    held = re.search(r'name="photo_name" value="([^"]+)"', refused.text)
    assert held is not None
    right = mailer_client.post(f"/contribuer/{link}", data=TYPED | SAID | {"photo_name": held[1]})
    assert right.status_code == 303
    assert one(mailer_db, Contribution).photo.name == held[1]


@pytest.mark.parametrize(("name", "body"), [
    ("dessin.jpg", b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'),
    ("coupée.jpg", photo()[:-300]),
    ("vide.jpg", b""),
])  # fmt: skip
def test_a_file_that_is_no_photo_is_refused_on_its_field_and_the_text_kept(
    mailer_client: Any, mailer_db: Any, link: str, name: str, body: bytes
) -> None:
    refused = mailer_client.post(f"/contribuer/{link}", data=TYPED | SAID | sent(name, body))
    assert refused.status_code == 422
    assert 'id="e-photo"' in refused.text
    assert TYPED["text"] in refused.text
    assert count(mailer_db, Photo) == 0


def test_nobody_names_the_photo_of_another(mailer_client: Any, mailer_db: Any, link: str) -> None:
    given = contributed(mailer_client, mailer_db, link)
    with mailer_db.transaction() as session:
        other = contributions.invite(session, structure="Autre", name="x", email="x@autre.example", who=WHO, now=NOW)[1]
    stolen = TYPED | SAID | {"photo_name": given.photo.name}  # type: ignore[union-attr]
    assert mailer_client.post(f"/contribuer/{other}", data=stolen).status_code == 422


def test_the_preview_shows_a_photo_and_keeps_nothing(mailer_client: Any, mailer_db: Any, link: str) -> None:
    seen = mailer_client.post(f"/contribuer/{link}/apercu", data=TYPED | SAID | sent())
    assert 'src="data:image/jpeg;base64,' in seen.text
    assert 'alt="Des élèves sous un toit de tôle"' in seen.text
    assert count(mailer_db, Photo) == 0


def test_a_description_is_data(editor: Any, mailer_client: Any, mailer_db: Any, issue: uuid.UUID, link: str) -> None:
    hostile = '"><script>alert(1)</script>{{unsubscribe_url}}</mj-image>'
    typed = TYPED | SAID | {"photo_alt": hostile} | sent()
    assert mailer_client.post(f"/contribuer/{link}", data=typed).status_code == 303
    with mailer_db.transaction() as session:
        given = session.scalars(sa.select(Contribution)).one()
        data = {name: getattr(given, name) for name in contributions.FIELDS}
        contributions.accept(session, given.id, data, who=WHO, now=NOW)
    with mailer_db.reading() as session:
        made = publishing.render_issue(issues.get(session, issue), HOUSE)
    tags: list[str] = []
    reader = HTMLParser()
    reader.handle_starttag = lambda tag, _attributes: tags.append(tag)  # type: ignore[method-assign]
    reader.feed(made.html)
    assert (tags.count("img"), tags.count("script"), tags.count("mj-image")) == (1, 0, 0)
    assert made.html.count("{{unsubscribe_url}}") == 1
    assert made.text.count("{{unsubscribe_url}}") == 1


def test_a_photo_goes_with_what_it_was_given_for(mailer_client: Any, mailer_db: Any, link: str) -> None:
    given = contributed(mailer_client, mailer_db, link)
    assert mailer_client.post(f"/contribuer/{link}/{given.id}", data=TYPED | SAID | sent()).status_code == 303
    assert count(mailer_db, Photo) == 1
    assert one(mailer_db, Photo).id != given.photo_id
    assert mailer_client.post(f"/contribuer/{link}/{given.id}/retirer").status_code == 303
    assert count(mailer_db, Photo) == 0


def test_a_photo_of_no_article_goes_after_a_day(mailer_client: Any, mailer_db: Any, link: str) -> None:
    for _round in range(8):
        mailer_client.post(f"/contribuer/{link}", data=TYPED | {"title": ""} | SAID | sent())
    assert count(mailer_db, Photo) == 5
    for later, left in ((dt.timedelta(hours=23), 5), (dt.timedelta(hours=25), 0)):
        with mailer_db.transaction() as session:
            retention.retain(session, NOW + later)
        assert count(mailer_db, Photo) == left


def test_a_photo_that_was_refused_or_never_answered_goes_in_the_end(
    editor: Any, mailer_client: Any, mailer_db: Any, link: str
) -> None:
    """The day of the issue is 17 October 2016, the refusal is of the 10th."""
    refused = contributed(mailer_client, mailer_db, link)
    assert mailer_client.post(f"/contribuer/{link}", data=TYPED | {"title": "Deux"} | SAID | sent()).status_code == 303
    assert editor.post(f"/contributions/{refused.id}/refuser", data={"reason": "Déjà paru."}).status_code == 303
    for later, left in ((89, 2), (91, 1), (98, 0)):
        with mailer_db.transaction() as session:
            foreseen = retention.retain(session, NOW + dt.timedelta(days=later), dry_run=True).photos
            assert retention.retain(session, NOW + dt.timedelta(days=later)).photos == foreseen
        assert count(mailer_db, Photo) == left
    assert count(mailer_db, Contribution) == 2


def test_a_photo_that_goes_while_its_form_is_saved_is_said_and_nothing_typed_is_lost(
    mailer_client: Any, mailer_db: Any, link: str
) -> None:
    """Dropped by another tab of the same person, between the look at the form and the writing of the article."""
    refused = mailer_client.post(f"/contribuer/{link}", data=TYPED | {"title": ""} | SAID | sent())
    named = {"photo_name": re.search(r'name="photo_name" value="([^"]+)"', refused.text)[1]}  # type: ignore[index]
    with ThreadPoolExecutor(1) as pool:
        with mailer_db.transaction() as session:
            session.execute(sa.delete(Photo))
            saving = pool.submit(mailer_client.post, f"/contribuer/{link}", data=TYPED | SAID | named)
            wait_until(lambda: _somebody_waits(mailer_db), "the form to meet the deletion", seconds=20)
        answer = saving.result(20)
    assert answer.status_code == 409
    assert "Cette photo n’est plus là" in answer.text
    assert TYPED["text"] in answer.text
    assert 'name="photo_name"' not in answer.text
    assert count(mailer_db, Contribution) == 0


def _somebody_waits(db: Any) -> bool:
    with db.reading() as session:
        query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        return bool(session.scalar(sa.text(query)))


def test_the_right_is_asked_for_again_with_another_photo(mailer_client: Any, mailer_db: Any, link: str) -> None:
    given = contributed(mailer_client, mailer_db, link)
    page = mailer_client.get(f"/contribuer/{link}/{given.id}").text
    said_of = re.search(r'name="photo_right_for" value="([^"]+)"', page)
    assert said_of is not None
    typed = TYPED | SAID | {"photo_name": said_of[1], "photo_right_for": said_of[1]}
    asked = mailer_client.post(f"/contribuer/{link}/{given.id}", data=typed | sent())
    assert (asked.status_code, 'id="e-photo_right"' in asked.text) == (422, True)
    new = re.search(r'name="photo_name" value="([^"]+)"', asked.text)
    assert new is not None
    assert new[1] != said_of[1]
    assert 'name="photo_right_for"' not in asked.text
    assert mailer_client.post(f"/contribuer/{link}/{given.id}", data=typed).status_code == 303
    granted = TYPED | SAID | {"photo_name": new[1]}
    assert mailer_client.post(f"/contribuer/{link}/{given.id}", data=granted).status_code == 303
    assert one(mailer_db, Contribution).photo.name == new[1]


def test_erasing_the_author_erases_what_waits_and_its_photo(
    editor: Any, mailer_client: Any, mailer_db: Any, link: str
) -> None:
    contributed(mailer_client, mailer_db, link)
    with mailer_db.reading() as session:
        held = own_data.held(session, "ines@camin.example", NOW)
    assert held["contributions"][0]["photo"]["alt"] == SAID["photo_alt"]
    assert held["contributions"][0]["photo"]["jpeg_base64"].startswith("/9j/")
    with mailer_db.transaction() as session:
        erased = erasure.forget(session, "ines@camin.example", NOW)
    assert (erased["contributions"], erased["photos"]) == (1, 1)
    assert (count(mailer_db, Photo), count(mailer_db, Contribution)) == (0, 0)
    with mailer_db.reading() as session:
        assert own_data.held(session, "ines@camin.example", NOW)["contributions"] == []
        told = session.execute(sa.text("SELECT string_agg(audit_entries::text, ' ') FROM audit_entries")).scalar_one()
    assert "Quarante" not in told
    assert "ines@camin.example" not in told
    assert mailer_client.get(f"/contribuer/{link}").status_code == 404


def test_a_photo_is_taken_off_the_web_after_sending(
    editor: Any, mailer_client: Any, mailer_db: Any, issue: uuid.UUID, link: str
) -> None:
    item = accepted(editor, mailer_client, mailer_db, link)
    with mailer_db.transaction() as session:
        contacts.subscribe(session, contacts.Person("lectrice@asso.example"), ECHO, "test", "oui", "1", NOW)
        publishing.send(session, issue, HOUSE, who=OTHER, now=NOW)
    given = {"title": item.title, "text": item.text, "credit": item.credit, "photo_name": item.photo.name,  # type: ignore[union-attr]
             "photo_alt": item.photo_alt, "photo_remove": "true", "note": "Photo retirée sur demande."}  # fmt: skip
    assert editor.post(f"/numeros/{issue}/articles/{item.id}/corriger", data=given).status_code == 303
    assert "echo/photos" not in mailer_client.get("/echo/34").text
    with mailer_db.reading() as session:
        assert len(corrections.of(session, issue)) == 1
    with mailer_db.transaction() as session:
        retention.retain(session, NOW + dt.timedelta(hours=25))
    assert mailer_client.get(f"/echo/photos/{item.photo.name}.jpg").status_code == 404  # type: ignore[union-attr]


def test_no_article_shows_a_photo_that_nobody_described(mailer_db: Any, issue: uuid.UUID) -> None:
    with mailer_db.transaction() as session:
        item_id = issues.add_item(session, issue, TYPED, who=WHO, now=NOW)
        with pytest.raises(RuleError):
            issues.add_item(session, issue, TYPED | {"photo_id": uuid.uuid4(), "credit": "x"}, who=WHO, now=NOW)
    with pytest.raises(sa.exc.IntegrityError, match="photo_is_described"), mailer_db.transaction() as session:
        kept = photos.keep(session, pictures.read(photo()), None, NOW)
        session.execute(sa.update(Item).where(Item.id == item_id).values(photo_id=kept.id))


def test_the_two_last_migrations_go_back_and_forth(
    mailer_db: Any, issue: uuid.UUID, environment_of: Callable[..., dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment_of("mailer", mailer_db.url).items():
        monkeypatch.setenv(name, value)
    with mailer_db.transaction() as session:
        kept = photos.keep(session, pictures.read(photo()), None, NOW)
        item = TYPED | {"photo_id": kept.id, "photo_alt": "Un toit", "credit": "Inès"}
        issues.add_item(session, issue, item, who=WHO, now=NOW)
        letter = uuid.uuid4()
        for sent_id in (issue, letter):
            session.execute(sa.insert(Click).values(sent_id=sent_id, url="https://a.example", day=NOW.date(), count=3))
    command.downgrade(migrations.config("mailer", mailer_db.url), "mail_0206_retention")
    with mailer_db.transaction() as session:
        assert session.execute(sa.text("SELECT issue_id, count FROM clicks")).all() == [(issue, 3)]
        with pytest.raises(sa.exc.IntegrityError, match="fk_clicks_issue_id_issues"), session.begin_nested():
            session.execute(sa.text("UPDATE clicks SET issue_id = :other"), {"other": letter})
        assert session.execute(sa.text("SELECT title FROM items")).scalar_one() == TYPED["title"]
    migrations.upgrade("mailer", mailer_db.url)
    with mailer_db.reading() as session:
        assert session.execute(sa.text("SELECT sent_id, count FROM clicks")).all() == [(issue, 3)]
        assert session.scalars(sa.select(Item)).one().photo is None
