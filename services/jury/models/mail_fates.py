"""What became of the mails about applications, projects, awards and jurors. See `shared/mail_fates.py`."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from services.jury.models.calls import Base
from shared import mail_fates


class MailFate(mail_fates.MailFate, Base):
    """`thing`: the application, project, award, report or juror that the mail was about. `half`: "class" of a mail to
    the class of a tandem, else ""."""

    half: Mapped[str] = mapped_column(sa.Text, default="", server_default="")


class ClassMail(Base):
    """A fact that asked for a mail to the class of a tandem: what becomes of it is told by the number of the fact."""

    __tablename__ = "class_mails"

    event_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    at: Mapped[dt.datetime] = mapped_column(sa.DateTime(timezone=True))
