"""Step 4 of nine: what the network is called, from which day on. Next: queries/identity.py, announce/gatherings.py."""

from __future__ import annotations

from services.registration.models.orm import Base
from shared import network


class Identity(network.Identity, Base):
    """Written here, told to the other services. Its logo is that of the name."""
