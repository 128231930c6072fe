"""In which order the backends are looked for, and what is said when one is missing."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from deploy.local import backends, packages
from deploy.local.backends import AMQP_VARIABLE, POSTGRES_VARIABLE
from deploy.local.processes import LocalError


def say(text: str) -> None:
    """Nobody listens."""


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Machine:
    monkeypatch.delenv("AGORA_BACKENDS", raising=False)
    monkeypatch.delenv(POSTGRES_VARIABLE, raising=False)
    monkeypatch.delenv(AMQP_VARIABLE, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    return Machine(monkeypatch, tmp_path)


class Machine:
    """A machine on which only the programs that a test puts there exist."""

    def __init__(self, environment: pytest.MonkeyPatch, programs: Path) -> None:
        self.environment = environment
        self.programs = programs

    def has_addresses(self) -> None:
        self.environment.setenv(POSTGRES_VARIABLE, "postgresql://there/postgres")
        self.environment.setenv(AMQP_VARIABLE, "amqp://there/")

    def has_docker(self, script: str) -> None:
        """A docker client that runs this shell script: exit 0 for what works."""
        program = self.programs / "docker"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)


def test_given_addresses_come_first(machine: Machine) -> None:
    machine.has_addresses()
    machine.has_docker("exit 0")
    assert backends.choose(say=say) == ("given", [])


def test_given_addresses_are_left_out_by_who_wants_to_stop_the_servers(machine: Machine) -> None:
    machine.has_addresses()
    machine.has_docker("exit 0")
    assert backends.choose(ours=True, say=say) == ("docker", [])


def test_one_address_alone_is_a_mistake(machine: Machine) -> None:
    machine.environment.setenv(AMQP_VARIABLE, "amqp://there/")
    with pytest.raises(LocalError, match=POSTGRES_VARIABLE):
        backends.choose(say=say)


def test_an_engine_that_answers_comes_second(machine: Machine) -> None:
    machine.has_docker("exit 0")
    assert backends.choose(say=say) == ("docker", [])


def test_packages_come_last_without_a_client(machine: Machine) -> None:
    assert backends.choose(say=say) == ("packages", ["no docker client"])


def test_packages_come_last_with_a_client_and_no_engine(machine: Machine) -> None:
    machine.has_docker('test "$1" != version')
    assert backends.choose(say=say) == ("packages", ["the docker client is here, but no engine answers"])


def test_packages_come_last_when_an_image_cannot_be_pulled(machine: Machine) -> None:
    machine.has_docker('test "$1" = version')
    way, reasons = backends.choose(say=say)
    assert way == "packages"
    assert reasons == ["the image postgres:17 is not here and could not be pulled"]


@pytest.mark.parametrize("way", ["given", "packages"])
def test_a_way_can_be_forced(machine: Machine, way: str) -> None:
    machine.has_addresses()
    machine.has_docker("exit 0")
    machine.environment.setenv("AGORA_BACKENDS", way)
    assert backends.choose(say=say) == (way, [])


def test_a_forced_way_that_is_not_there_says_so(machine: Machine) -> None:
    machine.environment.setenv("AGORA_BACKENDS", "docker")
    with pytest.raises(LocalError, match="no docker client"):
        backends.choose(say=say)
    machine.environment.setenv("AGORA_BACKENDS", "podman")
    with pytest.raises(LocalError, match="must be one of given, docker, packages"):
        backends.choose(say=say)


def test_a_missing_package_says_what_to_do(machine: Machine) -> None:
    # Without apt-get on the PATH nothing can be installed, whoever we are.
    assert packages.find("apt-get") is None
    with pytest.raises(LocalError, match="As root, run: apt-get install --no-install-recommends postgresql"):
        packages.ensure("postgresql", present=lambda: False, say=say)
    assert os.environ["PATH"] == str(machine.programs)
