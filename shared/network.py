"""What the network is called, from which day on. Registration writes it down; the others keep a copy, from its fact.

Each service has a table of `Identity`. Nothing that was made looks here again: it stored its name.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
import uuid
from collections.abc import Sequence
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, declared_attr, mapped_column

from shared.messaging.handlers import Event

NETWORK = uuid.UUID(int=0)
"""What facts and the journal are about: there is one network."""


class Identity:
    """Name, legal form and addresses through the day before the next row's `since`, a day of Paris."""

    __tablename__ = "identities"

    @declared_attr.directive
    @classmethod
    def __table_args__(cls) -> tuple[Any, ...]:
        return (sa.CheckConstraint("name <> ''", name="name_given"),)

    since: Mapped[dt.date] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(200))
    legal_form: Mapped[str] = mapped_column(sa.String(120), default="")
    """In words, as papers say it: « association loi 1901 », « groupement d’intérêt public »."""
    address: Mapped[str] = mapped_column(sa.String(300), default="")
    email: Mapped[str] = mapped_column(sa.String(254))


Row = TypeVar("Row", bound=Identity)


def listed(session: Session, model: type[Row]) -> list[Row]:
    """Every name the network has, had or will have, the latest first."""
    return list(session.scalars(sa.select(model).order_by(model.since.desc())))


def of_day(known: Sequence[Row], day: dt.date) -> Row | None:
    """The one of that day; the first one for a day before it; None while nobody wrote any. known: the latest first."""
    return next((one for one in known if one.since <= day), known[-1] if known else None)


def on(session: Session, model: type[Row], day: dt.date) -> Row | None:
    """As `of_day`, straight from the table."""
    return of_day(listed(session, model), day)


def name_on(session: Session, day: dt.date) -> str:
    """The name alone, in any service's database; "" while there is none."""
    rows = sa.table("identities", sa.column("since"), sa.column("name"))
    order = (rows.c.since <= day).desc(), sa.case((rows.c.since <= day, rows.c.since)).desc(), rows.c.since
    return session.scalar(sa.select(rows.c.name).order_by(*order).limit(1)) or ""


def legal_form(session: Session, model: type[Identity], name: str, day: dt.date) -> str:
    """The legal form that the network had under `name` on a day, or last before it; "" for who is not the network."""
    ours = [one for one in listed(session, model) if folded(one.name) == folded(name)]
    found = of_day(ours, day)
    return found.legal_form if found else ""


def receive(session: Session, model: type[Identity], event: Event) -> None:
    """Keep the names of a `registration.identity.changed.v1`, in place of those told before."""
    session.execute(sa.delete(model))
    session.add_all(model(**one) for one in event.data["names"])


def folded(name: str) -> str:
    """How two spellings of a name are compared: without accents, capitals, doubled spaces."""
    plain = unicodedata.normalize("NFKD", name.casefold().replace("’", "'"))
    return " ".join("".join(each for each in plain if not unicodedata.combining(each)).split())
