"""Step 4 of nine: logos of who stands behind events. `logos.py` draws them. Next: queries/partners.py."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from services.registration.models.events import INSTANT
from services.registration.models.orm import Base


class Logo(Base):
    """The picture of one name, on every event where that name stands: a body that changes its name has another one."""

    __tablename__ = "logos"
    __table_args__ = (
        sa.CheckConstraint("width > 0 AND height > 0", name="has_a_size"),
        sa.CheckConstraint("octet_length(body) <= 400000", name="bearable"),
    )

    name_key: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    """The name, folded."""
    address: Mapped[str] = mapped_column(sa.String(40), unique=True)
    """Stands in its public address; another picture has another one."""
    body: Mapped[bytes] = mapped_column(sa.LargeBinary, deferred=True)
    """PNG."""
    width: Mapped[int]
    height: Mapped[int]
    kept_at: Mapped[dt.datetime] = mapped_column(INSTANT)
