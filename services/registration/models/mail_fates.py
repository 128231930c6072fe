"""Step 4 of nine: what became of the mails about registrations, members and voters. See `shared/mail_fates.py`."""

from __future__ import annotations

from services.registration.models.orm import Base
from shared import mail_fates


class MailFate(mail_fates.MailFate, Base):
    """`thing`: the registration, the member of a group or the voter that the mail was about."""
