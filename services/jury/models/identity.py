"""What the network is called, as registration tells it. See `shared/network.py`."""

from __future__ import annotations

from services.jury.models.calls import Base
from shared import network


class Identity(network.Identity, Base):
    """A copy: for who calls for projects, and for the legal form in the minutes."""
