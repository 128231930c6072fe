"""What the browser tests of the jury begin with; a file that needs another room or another network makes its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.chaos.fault_proxy import FaultProxy
from tests.jury_room import Room


@pytest.fixture
def room(jury_db: Any) -> Room:
    return Room(jury_db)


@pytest.fixture
def proxy(jury_app: Any, serve: Callable[[Any], str]) -> Iterator[FaultProxy]:
    """The jury's application behind a network that can fail."""
    made = FaultProxy(serve(jury_app), seed=1)
    yield made
    made.close()
