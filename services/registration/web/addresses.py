"""E-mail addresses in the lines of a pasted list."""

from __future__ import annotations

from email_validator import EmailNotValidError, validate_email


def is_address(email: str) -> bool:
    """An empty address is fine: that structure is called by letter."""
    try:
        return not email or bool(validate_email(email, check_deliverability=False))
    except EmailNotValidError:
        return False
