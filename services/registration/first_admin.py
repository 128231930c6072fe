"""`python -m services.registration create-admin --email … --name … --password-stdin [--reset]`: the first account."""

from __future__ import annotations

import argparse
import getpass
import sys

import marshmallow as ma

from services.registration import accounts
from services.registration.settings import load
from shared import clock
from shared.db import Database


def create_admin(arguments: list[str]) -> int:
    """Make an account with the role admin; with --reset an existing one gets the role and the password again."""
    parser = argparse.ArgumentParser(prog="create-admin")
    parser.add_argument("--email", required=True)
    parser.add_argument("--name", required=True)
    parser.add_argument("--password-stdin", action="store_true", help="read the password from the first line of stdin")
    parser.add_argument("--reset", action="store_true", help="take over an account that exists")
    chosen = parser.parse_args(arguments)
    try:
        email = ma.fields.Email().deserialize(chosen.email.strip())
    except ma.ValidationError:
        parser.error(f"not an e-mail address: {chosen.email}")
    password = sys.stdin.readline().rstrip("\r\n") if chosen.password_stdin else getpass.getpass("Password: ")
    db = Database(load().database_url, pool_size=1, application_name="registration create-admin")
    try:
        with db.transaction() as session:
            account = accounts.create_admin(
                session, email=email, name=chosen.name, password=password, reset=chosen.reset, now=clock.now()
            )
    finally:
        db.dispose()
    print(f"{account.email}: {', '.join(account.roles)}")
    return 0
