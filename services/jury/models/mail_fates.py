"""What became of the mails about applications, projects, awards and jurors. See `shared/mail_fates.py`."""

from __future__ import annotations

from services.jury.models.calls import Base
from shared import mail_fates


class MailFate(mail_fates.MailFate, Base):
    """`thing`: the application, project, award, report or juror that the mail was about."""
