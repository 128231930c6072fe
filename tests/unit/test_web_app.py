"""What every page of every service does, whoever asks and however badly. The database is away in these tests."""

from __future__ import annotations

import gzip
import re
from html import unescape
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from flask import Blueprint, Flask, redirect, render_template_string, request
from flask.sessions import SecureCookieSessionInterface
from flask.typing import ResponseReturnValue
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from shared.db import Database
from shared.errors import NotFound, RuleError
from shared.identity import requires
from shared.settings import Settings
from shared.web import db, together
from shared.web.app import _Sessions, create_web_app
from shared.web.limits import limited

NOWHERE = "postgresql+psycopg://nobody@127.0.0.1:9/nothing"


def _blueprint() -> Blueprint:
    blueprint = Blueprint("sample", __name__)

    @blueprint.route("/form", methods=["GET", "POST"])
    def form() -> ResponseReturnValue:
        if request.method == "POST":
            return {name: values for name, values in request.form.lists() if name != "csrf_token"}
        return render_template_string(
            '{% extends "agora/public.html" %}{% block main %}<form method="post">{{ ui.csrf() }}</form>{% endblock %}'
        )

    @blueprint.post("/api/things")
    @blueprint.post("/full")
    def full() -> ResponseReturnValue:
        raise RuleError("full", "Il ne reste plus de place ici.", field="seat", details={"left": 0})

    @blueprint.post("/rename/<what>")
    def rename(what: str) -> ResponseReturnValue:
        try:
            if what == "nothing":
                raise NotFound("unknown-thing", "Cette chose n’existe plus.")
            raise RuleError("taken", "Ce nom est pris.", field="name")
        except RuleError as refusal:
            return f"{refusal.message} {request.form['name']}", 422

    @blueprint.post("/clash")
    def clash() -> ResponseReturnValue:
        raise sa.exc.IntegrityError(None, None, psycopg.errors.UniqueViolation("duplicate key"))

    @blueprint.route("/crash", methods=["GET", "POST"])
    def crash() -> ResponseReturnValue:
        raise ZeroDivisionError

    @blueprint.route("/save", methods=["GET", "POST"])
    def save() -> ResponseReturnValue:
        with db().transaction() as session:
            session.execute(sa.text("SELECT 1"))
        return redirect("/")

    @blueprint.post("/few")
    @limited(2, "hour")
    def few() -> ResponseReturnValue:
        return "ok"

    @blueprint.get("/few-readings")
    @limited(2, "hour", methods=["GET"])
    def few_readings() -> ResponseReturnValue:
        return "ok"

    @blueprint.route("/staff-only", methods=["GET", "POST"])
    @requires("editor")
    def staff_only() -> ResponseReturnValue:
        return "ok"

    return blueprint


SAMPLE = _blueprint()


def make(**changed: object) -> Flask:
    fields: dict[str, object] = {
        "database_url": NOWHERE,
        "secret_key": "a key for tests, known to all",
        "public_url": "http://127.0.0.1:8001",
    }
    loaded = Settings(**(fields | changed))  # type: ignore[arg-type]
    return create_web_app(__name__, loaded, Database(NOWHERE), name="sample", blueprints=[SAMPLE])


@pytest.fixture
def app() -> Flask:
    made = make()
    made.config["WTF_CSRF_ENABLED"] = False
    return made


def token_of(page: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found
    return found[1]


def test_every_answer_carries_the_headers() -> None:
    client = make(public_url="https://agora.example").test_client()

    for path in ("/form", "/nowhere", "/crash", "/static/shared/tokens.css"):
        headers = client.get(path, buffered=True, base_url="https://agora.example").headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["Permissions-Policy"].startswith("camera=(self)")
        assert headers["Strict-Transport-Security"].startswith("max-age=31536000")


def test_no_frame_holds_style_or_script_of_its_own() -> None:
    client = make(environment="development").test_client()

    pages = [client.get("/styleguide/").text, client.get("/styleguide/refus").text]
    pages += [client.get(f"/styleguide/cadre/{name}").text for name in ("public", "staff", "tablet", "screen", "print")]

    for page in pages:
        assert not re.search(r"\sstyle=|<style|\son[a-z]+=|javascript:", page)
        assert not re.search(r"<script(?![^>]*\ssrc=)", page)


def test_no_hsts_without_https(app: Flask) -> None:
    assert "Strict-Transport-Security" not in app.test_client().get("/form").headers


def test_the_styleguide_is_for_development_only(app: Flask) -> None:
    assert app.test_client().get("/styleguide/").status_code == 404


def test_an_expired_page_keeps_what_was_typed() -> None:
    client = make().test_client()
    typed = {"name": 'Églantine "Titi" <b>', "topics": ["eau", "école"], "password": "un secret"}

    refused = client.post("/form?step=2", data=typed)

    assert refused.status_code == 400
    assert "un secret" not in refused.text
    kept = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', refused.text)
    again = [(name, unescape(value)) for name, value in kept]
    assert 'action="/form?step=2"' in refused.text
    assert [pair for pair in again if pair[0] != "csrf_token"] == [
        ("name", 'Églantine "Titi" <b>'),
        ("topics", "eau"),
        ("topics", "école"),
    ]
    data = {name: [value for key, value in again if key == name] for name, _value in again}
    assert client.post("/form", data=data).json == {"name": ['Églantine "Titi" <b>'], "topics": ["eau", "école"]}


@pytest.mark.parametrize(
    "headers",
    [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}, {"Referer": "https://evil.example/x"}],
)
def test_another_sites_form_gets_no_button(headers: dict[str, str]) -> None:
    refused = make().test_client().post("/form", data={"name": "x"}, headers=headers)

    assert refused.status_code == 400
    assert "csrf_token" not in refused.text


def test_a_page_with_its_token_goes_through() -> None:
    client = make().test_client()
    token = token_of(client.get("/form").text)

    assert client.post("/form", data={"csrf_token": token, "name": "Ana"}).json == {"name": ["Ana"]}


def test_a_rule_is_a_page_for_people_and_a_problem_for_programs(app: Flask) -> None:
    client = app.test_client()

    page = client.post("/full", headers={"Accept": "text/html,*/*;q=0.8"})
    problem = client.post("/api/things")
    asked = client.post("/full", headers={"Accept": "application/json"})

    assert page.status_code == problem.status_code == asked.status_code == 409
    assert "Il ne reste plus de place ici." in page.text
    assert problem.mimetype == asked.mimetype == "application/problem+json"
    assert problem.json is not None
    assert problem.json | {"correlation_id": ""} == {
        "type": "about:blank",
        "title": "Ce n’est pas possible",
        "status": 409,
        "detail": "Il ne reste plus de place ici.",
        "code": "full",
        "correlation_id": "",
        "field": "seat",
        "left": 0,
    }


def test_a_form_says_what_a_rule_refuses_and_never_that_its_thing_is_gone(app: Flask) -> None:
    client = app.test_client()

    refused = client.post("/rename/something", data={"name": "Ana"})
    lost = client.post("/rename/nothing", data={"name": "Ana"})

    assert (refused.status_code, refused.text) == (422, "Ce nom est pris. Ana")
    assert lost.status_code == 404
    assert "Cette chose n’existe plus." in lost.text
    assert "Introuvable" in lost.text


def test_a_clash_is_sent_again_and_logged_with_where_it_happened(app: Flask) -> None:
    with capture_logs() as logs:
        answer = app.test_client().post("/clash", data={"name": "Ana"})
    assert answer.status_code == 409
    (said,) = [one for one in logs if one["event"] == "clash"]
    assert (said["log_level"], said["constraint"]) == ("warning", None)
    assert isinstance(said["exc_info"], sa.exc.IntegrityError)


def test_a_crash_is_said_in_french_with_its_number(app: Flask) -> None:
    answer = app.test_client().get("/crash", headers={"X-Correlation-ID": "visite-12345"})

    assert answer.status_code == 500
    assert "Panne de notre côté" in answer.text
    assert "visite-12345" in answer.text
    assert "ZeroDivisionError" not in answer.text
    assert answer.headers["X-Correlation-ID"] == "visite-12345"


def test_a_crash_keeps_what_was_typed(app: Flask) -> None:
    answer = app.test_client().post("/crash", data={"name": "Églantine"})

    assert answer.status_code == 500
    assert '<input type="hidden" name="name" value="Églantine">' in answer.text
    assert "Renvoyer" in answer.text


def test_what_the_staff_sees_is_not_kept_by_the_browser(app: Flask) -> None:
    client = app.test_client()
    assert client.get("/form").headers["Cache-Control"] == "no-cache, private"

    client.set_cookie("agora_staff", "x")

    assert client.get("/form").headers["Cache-Control"] == "no-store, private"


def test_a_correlation_id_cannot_carry_anything_else(app: Flask) -> None:
    answer = app.test_client().get("/form", headers={"X-Correlation-ID": "<script>alert(1)</script>"})

    assert re.fullmatch(r"[0-9a-f]{32}", answer.headers["X-Correlation-ID"])


def test_the_database_away_keeps_what_was_typed(app: Flask) -> None:
    answer = app.test_client().post("/save", data={"name": "Églantine"})

    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "10"
    assert '<input type="hidden" name="name" value="Églantine">' in answer.text
    assert "Renvoyer" in answer.text


def test_the_database_away_speaks_of_nothing_typed_to_who_only_reads(app: Flask) -> None:
    answer = app.test_client().get("/save")
    assert answer.status_code == 503
    assert "Réessayez dans une minute." in unescape(answer.text)
    assert "Ce que vous avez écrit" not in unescape(answer.text)


def test_alive_is_not_ready(app: Flask) -> None:
    client = app.test_client()

    assert client.get("/livez").status_code == 200
    assert client.get("/readyz").status_code == 503


@pytest.mark.parametrize(
    ("peer", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("10.1.2.3", {}, 200),
        ("8.8.8.8", {}, 404),
        ("127.0.0.1", {"X-Forwarded-For": "127.0.0.1"}, 404),
        ("127.0.0.1", {"Forwarded": "for=1.2.3.4"}, 404),
    ],
)
def test_metrics_stay_inside(app: Flask, peer: str, headers: dict[str, str], status: int) -> None:
    answer = app.test_client().get("/metrics", headers=headers, environ_base={"REMOTE_ADDR": peer})

    assert answer.status_code == status
    assert ("agora_http_request_seconds" in answer.text) == (status == 200)


def test_too_many_keeps_what_was_typed_and_counts_per_home(app: Flask) -> None:
    client = app.test_client()

    def post(address: str) -> int:
        return client.post("/few", data={"name": "Ana"}, environ_base={"REMOTE_ADDR": address}).status_code

    assert [post("2001:db8:1:1::1"), post("2001:db8:1:1::2"), post("2001:db8:1:1::3")] == [200, 200, 429]
    assert post("2001:db8:1:2::1") == 200
    refused = client.post("/few", data={"name": "Ana"}, environ_base={"REMOTE_ADDR": "2001:db8:1:1::9"})
    assert '<input type="hidden" name="name" value="Ana">' in refused.text
    assert refused.headers["Retry-After"] == "60"


def test_the_factor_multiplies_the_limit() -> None:
    app = make(rate_limit_factor=2.5)
    app.config["WTF_CSRF_ENABLED"] = False
    client = app.test_client()

    assert [client.post("/few").status_code for _try in range(6)] == [200] * 5 + [429]


def test_visitors_by_ipv4_count_apart_where_a_proxy_writes_them_as_ipv6() -> None:
    app = make()
    app.config["WTF_CSRF_ENABLED"] = False
    client = app.test_client()

    def post(address: str) -> int:
        return client.post("/few", environ_base={"REMOTE_ADDR": address}).status_code

    assert [post("::ffff:192.0.2.1"), post("192.0.2.1"), post("::ffff:192.0.2.1")] == [200, 200, 429]
    assert post("::ffff:192.0.2.2") == 200


def test_a_reading_without_its_body_counts_too(app: Flask) -> None:
    client = app.test_client()

    assert [client.head("/few-readings").status_code for _try in range(3)] == [200, 200, 429]
    assert client.get("/few-readings").status_code == 429


def test_too_large_is_said(app: Flask) -> None:
    client = app.test_client()

    text = client.post("/form", data={"name": "x" * 1_100_000})
    head = b'--b\r\nContent-Disposition: form-data; name="photo"; filename="photo.jpg"\r\n\r\n'
    body = head + b"x" * 13_000_000 + b"\r\n--b--\r\n"
    file = client.post("/form", data=body, content_type="multipart/form-data; boundary=b")

    assert text.status_code == file.status_code == 413
    assert "Raccourcissez le texte" in text.text
    said = file.text.replace("\u202f", " ").replace("\xa0", " ")
    assert "Un envoi pèse 12 Mo au plus, tous ses fichiers ensemble ; celui-ci en pèse 13." in said
    assert "un par un" in said


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/form?a=%00", 400),
        ("/nowhere%00", 400),
        ("/form?a=%ff%fe", 200),
        ("/%ff", 404),
        ("/form?lang=%00", 400),
        ("/" + "a" * 9000, 404),
        ("/form?" + "a=1&" * 3000, 200),
    ],
)
def test_bad_addresses(app: Flask, path: str, status: int) -> None:
    assert app.test_client().get(path).status_code == status


@hypothesis_settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    st.binary(max_size=400),
    st.sampled_from(
        [
            "application/x-www-form-urlencoded",
            "application/x-www-form-urlencoded; charset=utf-16",
            "multipart/form-data; boundary=x",
            "multipart/form-data",
            "text/plain",
            "\x00",
            "",
        ]
    ),
)
def test_no_body_makes_a_500(app: Flask, body: bytes, kind: str) -> None:
    answer = app.test_client().post("/form", data=body, content_type=kind)

    assert answer.status_code in (200, 400, 413, 415)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"name=%C3%89glantine", 200),
        ("name=Églantine".encode(), 200),
        (b"name=%C9glantine", 400),
        ("name=Églantine".encode("latin-1"), 400),
        ("name=Églantine".encode("utf-16"), 400),
        (b"name=%ED%A0%80", 400),
    ],
)
def test_a_body_in_another_encoding_is_refused_aloud(app: Flask, body: bytes, status: int) -> None:
    answer = app.test_client().post("/form", data=body, content_type="application/x-www-form-urlencoded")

    assert answer.status_code == status
    if status == 200:
        assert answer.json == {"name": ["Églantine"]}
    else:
        assert "Illisible" in answer.text


def test_signed_out_goes_to_the_sign_in_page_and_back(app: Flask) -> None:
    answer = app.test_client().get("/staff-only?page=2")

    assert answer.status_code == 303
    assert answer.location == (
        "http://127.0.0.1:8001/connexion?next=http%3A%2F%2F127.0.0.1%3A8001%2Fstaff-only%3Fpage%3D2"
    )


def test_what_somebody_signed_out_sends_waits_on_the_page(app: Flask) -> None:
    client = app.test_client()

    page = client.post("/staff-only?page=2", data={"text": "Une heure de travail", "zones": ["MG", "SN"]})
    script = client.post("/staff-only", json={"items": []}, headers={"Accept": "application/json"})
    stranger = client.post("/staff-only", data={"text": "x"}, headers={"Sec-Fetch-Site": "cross-site"})

    assert (page.status_code, script.status_code, stranger.status_code) == (401, 401, 401)
    kept = re.findall(r'type="hidden" name="(?!csrf)(\w+)" value="([^"]*)"', page.text)
    assert kept == [("text", "Une heure de travail"), ("zones", "MG"), ("zones", "SN")]
    assert '<form method="post" action="/staff-only?page=2">' in page.text
    assert 'href="http://127.0.0.1:8001/connexion?next=http%3A%2F%2F127.0.0.1%3A8001%2F" target="_blank"' in page.text
    assert script.json
    assert script.json["code"] == "signed-out"
    assert "<form method" not in stranger.text


@pytest.mark.parametrize("path", ["/jury/staff-only", "/staff-only"])
def test_below_a_prefix(path: str) -> None:
    client = make(url_prefix="/jury", public_url="https://agora.example/jury").test_client()

    answer = client.get(path)
    page = client.get("/jury/form")

    assert "next=https%3A%2F%2Fagora.example%2Fjury%2Fstaff-only" in answer.location
    assert 'href="/jury/static/shared/tokens.css?v=' in page.text
    assert "Path=/jury/" in page.headers["Set-Cookie"]
    assert client.get("/livez").status_code == 200


def test_static_files_last_a_year_under_their_hash_and_travel_small(app: Flask) -> None:
    client = app.test_client()
    found = re.search(r'href="(/static/shared/components\.css\?v=[0-9a-f]+)"', client.get("/form").text)
    assert found

    plain = client.get(found[1], buffered=True)
    packed = client.get(found[1], buffered=True, headers={"Accept-Encoding": "gzip"})
    bare = client.get("/static/shared/components.css", buffered=True)

    assert plain.headers["Cache-Control"] == packed.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert bare.headers["Cache-Control"] == "no-cache"
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert packed.headers["ETag"] != plain.headers["ETag"]


def test_the_style_sheets_stay_small() -> None:
    folder = Path(__file__).parents[2] / "shared" / "web" / "static"

    assert sum((folder / name).stat().st_size for name in ("tokens.css", "components.css")) < 20 * 1024


def test_a_page_in_english(app: Flask) -> None:
    client = app.test_client()

    answer = client.get("/nowhere?lang=en")
    later = client.get("/nowhere")

    assert '<html lang="en">' in answer.text
    assert "Page not found" in later.text
    assert "agora_lang=en" in answer.headers["Set-Cookie"]


def test_a_template_is_compiled_by_one_process_for_all_of_one_gunicorn(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(together.VARIABLE, str(tmp_path))
    monkeypatch.setattr(Flask, "jinja_options", {})  # what the tests keep for all of them
    first, second = make(), make()  # two processes share nothing but the folder
    page = first.test_client().get("/nowhere").text
    monkeypatch.setattr(second.jinja_env, "_generate", None)
    assert second.test_client().get("/nowhere").text == page


def test_a_page_is_shown_where_what_was_compiled_cannot_be_kept(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = tmp_path / "full"
    folder.mkdir()
    monkeypatch.setenv(together.VARIABLE, str(folder))
    app = make()
    folder.rmdir()
    assert app.test_client().get("/nowhere").status_code == 404


def test_a_short_session_is_written_as_it_is_and_a_long_one_compressed() -> None:
    app = Flask(__name__)
    app.secret_key = "a key for tests"
    ours, flasks = (one.get_signing_serializer(app) for one in (_Sessions(), SecureCookieSessionInterface()))
    assert ours is not None
    assert flasks is not None
    short, long = {"csrf_token": "ab12" * 10}, {"_flashes": [("ok", "Votre réponse est enregistrée. " * 40)]}
    assert not ours.dumps(short).startswith(".")  # the mark of what is compressed
    assert ours.dumps(long).startswith(".")
    for session in (short, long):
        assert ours.loads(ours.dumps(session)) == flasks.loads(ours.dumps(session))
        assert ours.loads(flasks.dumps(session)) == flasks.loads(flasks.dumps(session))
