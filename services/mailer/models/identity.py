"""What the network is called, as registration tells it. See `shared/network.py`."""

from __future__ import annotations

from services.mailer.models.orm import Base
from shared import network


class Identity(network.Identity, Base):
    """A copy: for the foot of letters, and who signs them."""
