"""The compose files keep their promises, and every setting in them, and in the handbook, is one that is read."""

from __future__ import annotations

import dataclasses
import importlib
import re
import typing
from pathlib import Path
from typing import Any

import pytest
import yaml

from shared.settings import Settings
from shared.web.app import LARGEST_REQUEST

ROOT = Path(__file__).resolve().parents[2]
SERVICES = ("registration", "jury", "mailer")
# Read elsewhere than in a Settings class.
ELSEWHERE = {
    "AGORA_ADMIN_PASSWORD",
    "AGORA_CLOCK",
    "AGORA_CLOCK_SET_AT",
    "AGORA_SERVICE",
    "AGORA_WEB_PROCESSES",
    "AGORA_WEB_THREADS",
}


class _Loader(yaml.SafeLoader):
    """Knows Compose's own tags."""


_Loader.add_constructor("!override", lambda loader, node: loader.construct_sequence(node))


@pytest.fixture(scope="module")
def base() -> dict[str, Any]:
    return yaml.load((ROOT / "docker-compose.yml").read_text(), _Loader)["services"]  # noqa: S506  (a SafeLoader)


@pytest.fixture(scope="module")
def production() -> dict[str, Any]:
    return yaml.load((ROOT / "deploy/compose.prod.yml").read_text(), _Loader)["services"]  # noqa: S506


def settings_of(service: str) -> set[str]:
    """Every variable that a service reads."""
    kind = typing.get_type_hints(importlib.import_module(f"services.{service}.settings").load)["return"]
    assert issubclass(kind, Settings)
    return {field.metadata["env"] for field in dataclasses.fields(kind)}


def test_everything_is_locked_down(base: dict[str, Any], production: dict[str, Any]) -> None:
    for name, service in [*base.items(), *((n, s) for n, s in production.items() if "image" in s)]:
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert "privileged" not in service, name
        assert "max-size" in service["logging"]["options"], name


def test_everything_that_stays_up_says_how_it_is(base: dict[str, Any]) -> None:
    for name, service in base.items():
        once = service["restart"] == "no"
        assert once == name.endswith(("keys", "-migrate")), name
        assert once or "healthcheck" in service, name


def test_only_loopback_is_published(base: dict[str, Any], production: dict[str, Any]) -> None:
    published = {name: service["ports"] for name, service in base.items() if "ports" in service}
    assert set(published) == {"proxy", "mailpit"}
    for_the_world = {name: service["ports"] for name, service in production.items() if "ports" in service}
    assert for_the_world.pop("proxy") == ["80:8080", "443:8443"]
    published |= for_the_world
    assert all(port.startswith("127.0.0.1:") for ports in published.values() for port in ports)


def test_the_proxy_sends_on_no_connection_that_a_service_may_be_closing() -> None:
    transport = re.search(r"transport http \{(.+?)\}", (ROOT / "deploy/proxy/routes.caddy").read_text(), re.DOTALL)
    assert transport
    assert "\tkeepalive off\n" in transport[1]


def test_the_proxy_has_a_page_for_what_nobody_behind_it_answers() -> None:
    """It is all that is left of the site then: no style, no script, nothing to fetch."""
    routes = (ROOT / "deploy/proxy/routes.caddy").read_text()
    named = set(re.findall(r"rewrite \* /(\S+)", routes))
    pages = {page.name: page.read_text() for page in (ROOT / "deploy/proxy/pages").iterdir()}
    assert named == set(pages)
    for page in pages.values():
        assert '<html lang="fr">' in page
        assert '<p lang="en">' in page
        assert not re.search("<(script|style|link|img)", page)
    assert "\t@elsewhere not path /e/*/cadre\n" in routes
    assert re.findall(r"header @(\w+) .*frame-ancestors 'none'", routes) == ["elsewhere"], "in a frame it can be read"
    largest = re.search(r"max_size (\d+)MB", routes)
    assert largest
    assert LARGEST_REQUEST < int(largest[1]) * 10**6 == 14_000_000  # where @large begins


def test_database_and_broker_have_no_road_out(base: dict[str, Any]) -> None:
    networks = yaml.load((ROOT / "docker-compose.yml").read_text(), _Loader)["networks"]  # noqa: S506
    assert networks["data"] == {"internal": True}
    assert base["postgres"]["networks"] == base["rabbitmq"]["networks"] == ["data"]


def test_what_calls_others_has_a_road_out(base: dict[str, Any]) -> None:
    calling = {
        "registration-worker": "the addresses of partners",
        "mailer-worker": "the addresses of partners",
        "mailer-web": "the DNS, and the links of an issue",
        "mailer-sender": "the relay",
        "mailer-inbound": "the mailbox",
    }
    assert {name for name in calling if "site" not in base[name]["networks"]} == set()


def test_a_backup_holds_all_that_cannot_be_made_again(base: dict[str, Any], production: dict[str, Any]) -> None:
    volumes = yaml.load((ROOT / "docker-compose.yml").read_text(), _Loader)["volumes"]  # noqa: S506
    # Dumped over the network; published again from the outboxes; asked for again by Caddy.
    elsewhere = {"database", "broker", "proxy-data"}
    mounted = {volume.split(":")[0] for volume in production["backup"]["volumes"] if volume.endswith(":ro")}
    assert set(volumes) - elsewhere == mounted & set(volumes)


def test_the_handbook_stops_all_that_is_connected_before_a_restore(base: dict[str, Any]) -> None:
    handbook = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    named = re.search(r"docker compose stop (proxy .+)", handbook)
    assert named
    stay_up = {name for name, service in base.items() if service["restart"] != "no"}
    assert set(named[1].split()) == stay_up - {"postgres", "rabbitmq", "mailpit"}


def test_no_secret_is_written_down(base: dict[str, Any], production: dict[str, Any]) -> None:
    for name, service in [*base.items(), *production.items()]:
        for variable, value in service.get("environment", {}).items():
            assert not re.search("PASSWORD|SECRET", variable) or variable.endswith("_FILE"), f"{name}: {variable}"
            assert "://" not in str(value) or "@" not in str(value).split("://")[1] or "${" in str(value), variable


def test_every_command_of_a_service_is_run(base: dict[str, Any]) -> None:
    commands = {service["command"] for service in base.values() if isinstance(service.get("command"), str)}
    expected = {f"python -m services.{name} {what}" for name in SERVICES for what in ("web", "worker", "migrate")}
    assert expected | {"python -m services.mailer sender", "python -m services.mailer inbound"} <= commands


@pytest.mark.parametrize("service", SERVICES)
def test_every_setting_in_the_compose_files_is_read(
    base: dict[str, Any], production: dict[str, Any], service: str
) -> None:
    known = settings_of(service) | ELSEWHERE
    known |= {f"{name}_FILE" for name in known}
    given = {
        variable
        for name, entry in [*base.items(), *production.items()]
        if name.startswith(f"{service}-")
        for variable in entry.get("environment", {})
    }
    assert len(given) > 10
    assert given - known == set()


def test_the_handbook_names_settings_that_exist_and_all_that_are_required() -> None:
    handbook = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    compose = (ROOT / "docker-compose.yml").read_text() + (ROOT / "deploy/compose.prod.yml").read_text()
    known = set().union(*(settings_of(service) for service in SERVICES)) | ELSEWHERE
    known |= {f"{name}_FILE" for name in known} | set(re.findall(r"\$\{(AGORA_[A-Z_]+)", compose))
    named = set(re.findall(r"AGORA_[A-Z0-9_]*[A-Z]", handbook))
    assert named - known == set()
    required = set(re.findall(r"\$\{(AGORA_[A-Z_]+):\?", compose))
    required |= {field.metadata["env"] for field in dataclasses.fields(Settings)}
    assert required - named == set()


def test_what_the_handbook_has_in_env_reaches_the_containers() -> None:
    handbook = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    table = handbook.split("With the compose files you set only these")[1].split("The others")[0]
    compose = (ROOT / "docker-compose.yml").read_text() + (ROOT / "deploy/compose.prod.yml").read_text()
    assert set(re.findall(r"AGORA_[A-Z0-9_]+", table)) - set(re.findall(r"\$\{(AGORA_[A-Z0-9_]+)", compose)) == set()


def test_alerts_and_handbook_name_metrics_that_exist() -> None:
    texts = [
        (ROOT / name).read_text(encoding="utf-8") for name in ("deploy/prometheus/alerts.yml", "docs/operations.md")
    ]
    named = {re.sub("_(count|sum|bucket)$", "", name) for text in texts for name in re.findall(r"agora_[a-z_]+", text)}
    code = "".join(path.read_text() for folder in ("shared", "services") for path in (ROOT / folder).rglob("*.py"))
    made = set(re.findall(r'(?:Counter|Gauge|Histogram)\(\s*"(agora_[a-z_]+)"', code))
    assert len(named) > 7
    assert named - made == set()


def test_prometheus_asks_every_process_that_answers(base: dict[str, Any]) -> None:
    jobs = yaml.safe_load((ROOT / "deploy/prometheus/prometheus.yml").read_text())["scrape_configs"]
    asked = {target for job in jobs for entry in job.get("static_configs", []) for target in entry["targets"]}
    found = [entry for job in jobs for entry in job.get("dns_sd_configs", [])]
    asked |= {f"{name}:{entry['port']}" for entry in found for name in entry["names"]}
    answering = {
        f"{name}:{service['healthcheck']['test'][-1]}"
        for name, service in base.items()
        if name.startswith(SERVICES) and "healthcheck" in service
    }
    assert asked == answering


def test_the_image_gets_only_what_its_service_needs() -> None:
    dockerfile = (ROOT / "deploy/Dockerfile").read_text()
    copied = re.findall(r"^COPY (?!--)(.+?) \S+$", dockerfile, re.MULTILINE)
    assert " ".join(copied).split() == [
        "requirements/${SERVICE}.lock",
        "requirements/browser",
        "services/__init__.py",
        "services/${SERVICE}",
        "shared",
        "deploy/gunicorn.conf.py",
        "deploy/healthcheck.py",
        "deploy/keys.py",
    ]
    assert re.search(r"^USER 10001:10001$", dockerfile, re.MULTILINE)
    assert "--require-hashes" in dockerfile
    assert "npm ci" in dockerfile
