"""The keys of an installation: made once, usable, and each audience gets no more than it needs."""

from __future__ import annotations

import base64
import re
import uuid
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from deploy import keys
from shared import clock, identity
from shared.settings import Settings, SettingsError


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("keys")
    assert keys.main([str(made), "--domain", "reseau.example", "--selector", "echo"]) == 0
    return made


def contents(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


def test_each_audience_gets_what_it_needs_and_no_more(folder: Path) -> None:
    common = {"database_url", "amqp_url", "secret_key", "staff_public.pem"}
    assert {path.name: {file.name for file in path.iterdir()} for path in folder.iterdir()} == {
        "postgres": {"superuser_password", "registration_password", "jury_password", "mailer_password"},
        "broker": {"password"},
        "registration": common | {"staff_private.pem"},
        "jury": common,
        "mailer": common | {"dkim.pem", "dkim.dns.txt"},
    }


def test_a_second_run_changes_nothing(folder: Path) -> None:
    before = contents(folder)
    assert keys.main([str(folder), "--domain", "reseau.example", "--selector", "echo"]) == 0
    assert contents(folder) == before


def test_a_deleted_key_is_made_again_and_only_that(folder: Path) -> None:
    before = contents(folder)
    (folder / "jury" / "secret_key").unlink()
    keys.main([str(folder), "--domain", "reseau.example", "--selector", "echo"])
    after = contents(folder)
    assert {name for name in before if before[name] != after[name]} == {"jury/secret_key"}


def test_what_follows_from_a_key_follows_it(tmp_path: Path) -> None:
    """The record to publish is never that of an earlier key, selector or domain."""
    keys.main([str(tmp_path), "--domain", "agora.example"])
    before = contents(tmp_path)
    (tmp_path / "mailer/dkim.pem").unlink()
    (tmp_path / "registration/staff_private.pem").unlink()
    keys.main([str(tmp_path), "--domain", "reseau.example", "--selector", "hiver"])
    after = contents(tmp_path)
    assert after["mailer/dkim.dns.txt"].startswith("hiver._domainkey.reseau.example. IN TXT ( ")
    assert {name for name in before if before[name] != after[name]} == {
        "mailer/dkim.pem",
        "mailer/dkim.dns.txt",
        "registration/staff_private.pem",
        *(f"{service}/staff_public.pem" for service in keys.SERVICES),
    }


def test_secrets_differ_between_services(folder: Path) -> None:
    found = [(folder / service / "secret_key").read_text() for service in keys.SERVICES]
    found += [path.read_text() for path in (folder / "postgres").iterdir()]
    found.append((folder / "broker" / "password").read_text())
    assert len(set(found)) == len(found) == 8
    assert min(map(len, found)) >= 32


def test_what_registration_signs_the_others_verify(folder: Path) -> None:
    staff = identity.Staff(id=uuid.uuid4(), name="A", email="a@reseau.example", roles=frozenset({"desk"}))
    token = identity.sign(staff, folder / "registration" / "staff_private.pem", clock.now())
    for service in keys.SERVICES:
        verified, _ = identity.verify(token, folder / service / "staff_public.pem", clock.now())
        assert verified == staff


def test_the_dns_record_holds_the_public_half_of_the_dkim_key(folder: Path) -> None:
    record = (folder / "mailer" / "dkim.dns.txt").read_text()
    assert record.startswith("echo._domainkey.reseau.example. IN TXT ( ")
    pieces = re.findall(r'"([^"]*)"', record)
    assert max(map(len, pieces)) <= 255
    published = re.fullmatch(r"v=DKIM1; k=rsa; p=(.+)", "".join(pieces))
    assert published is not None
    public = serialization.load_der_public_key(base64.b64decode(published[1]))
    private = serialization.load_pem_private_key((folder / "mailer" / "dkim.pem").read_bytes(), password=None)
    assert isinstance(public, rsa.RSAPublicKey)
    assert isinstance(private, rsa.RSAPrivateKey)
    assert public.public_numbers() == private.public_key().public_numbers()


def test_settings_are_read_from_the_files(folder: Path) -> None:
    own = folder / "jury"
    environment = {
        "AGORA_DATABASE_URL_FILE": str(own / "database_url"),
        "AGORA_AMQP_URL_FILE": str(own / "amqp_url"),
        "AGORA_SECRET_KEY_FILE": str(own / "secret_key"),
        "AGORA_STAFF_PUBLIC_KEY_FILE": str(own / "staff_public.pem"),
        "AGORA_PUBLIC_URL": "https://reseau.example/jury",
    }
    settings = Settings.read(environment)
    password = (folder / "postgres" / "jury_password").read_text()
    assert settings.database_url == f"postgresql+psycopg://jury:{password}@postgres:5432/jury"
    assert settings.secret_key == (own / "secret_key").read_text()
    # A variable that names a file by itself is not opened.
    assert settings.staff_public_key_file == own / "staff_public.pem"
    # What stands in the environment itself is stronger.
    assert Settings.read(environment | {"AGORA_SECRET_KEY": "s" * 16}).secret_key == "s" * 16


def test_a_file_that_is_not_there_is_named(folder: Path) -> None:
    with pytest.raises(SettingsError, match="AGORA_SECRET_KEY_FILE cannot be read"):
        Settings.read({"AGORA_SECRET_KEY_FILE": str(folder / "none")})


def test_one_line_end_is_not_part_of_a_secret(folder: Path) -> None:
    written = folder.parent / "secret"
    written.write_text("twenty-characters-or-so\n")
    read = Settings.read(
        {"AGORA_SECRET_KEY_FILE": str(written), "AGORA_DATABASE_URL": "x", "AGORA_PUBLIC_URL": "http://x"}
    )
    assert read.secret_key == "twenty-characters-or-so"
