"""Who could share a car with whom, what they wrote, and what it avoided."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from services.registration.models.carpool import CarpoolBlock, CarpoolNote, CarpoolRide, CarpoolTrip
from services.registration.models.forms import FormAnswer
from services.registration.models.registrations import Registration
from services.registration.rules.forms import CARPOOL


@dataclass(frozen=True)
class Match:
    """Somebody who could travel along: a first name, a town and when they go back, no more."""

    registration_id: uuid.UUID
    first_name: str
    town: str
    back: str
    seats: int
    """Offered and still free; or sought."""
    with_me: bool


def trip(session: Session, registration_id: uuid.UUID) -> CarpoolTrip | None:
    return session.get(CarpoolTrip, registration_id)


def free_seats(session: Session, driver: CarpoolTrip) -> int:
    taken = _aboard().where(CarpoolRide.driver_id == driver.registration_id)
    return max(0, driver.seats - (session.scalar(taken) or 0))


def _aboard() -> sa.Select[int]:
    """How many ride along. Who cancelled takes no seat."""
    passenger = aliased(Registration)
    rides = sa.select(sa.func.count()).select_from(CarpoolRide)
    return rides.join(passenger, passenger.id == CarpoolRide.passenger_id).where(passenger.status == "confirmed")


def matches(session: Session, mine: Registration, own: CarpoolTrip) -> list[Match]:
    """Those of the same event and département who agreed, who have what I lack, and whom neither of us stopped."""
    taken = (
        _aboard().where(CarpoolRide.driver_id == CarpoolTrip.registration_id).correlate(CarpoolTrip).scalar_subquery()
    )
    ride = aliased(CarpoolRide)
    wanted = "seek" if own.kind == "offer" else "offer"
    stopped = sa.exists().where(
        ((CarpoolBlock.by_id == mine.id) & (CarpoolBlock.about_id == Registration.id))
        | ((CarpoolBlock.by_id == Registration.id) & (CarpoolBlock.about_id == mine.id))
    )
    together = (
        (ride.passenger_id == Registration.id) & (ride.driver_id == mine.id)
        if own.kind == "offer"
        else (ride.passenger_id == mine.id) & (ride.driver_id == Registration.id)
    )
    # A passenger who has a car with somebody else, and a full car, are no match any more. Who cancelled drives nobody.
    driver = aliased(Registration)
    elsewhere = sa.exists().where(
        CarpoolRide.passenger_id == Registration.id,
        CarpoolRide.driver_id != mine.id,
        driver.id == CarpoolRide.driver_id,
        driver.status == "confirmed",
    )
    # A form of before may have promised that few read these answers: only what was said on our own page since is shown.
    promised = sa.exists().where(
        FormAnswer.registration_id == Registration.id,
        FormAnswer.question.in_(CARPOOL),
        FormAnswer.sensitive,
        FormAnswer.given_at >= CarpoolTrip.at,
    )
    left = CarpoolTrip.seats - sa.case((CarpoolTrip.kind == "offer", taken), else_=0)
    query = (
        sa.select(
            Registration.id,
            Registration.first_name,
            CarpoolTrip.town,
            CarpoolTrip.back,
            left,
            ride.passenger_id.is_not(None),
        )
        .join(CarpoolTrip, CarpoolTrip.registration_id == Registration.id)
        .outerjoin(ride, together)
        .where(
            Registration.event_id == mine.event_id,
            Registration.department == mine.department,
            Registration.department != "unsaid",
            Registration.id != mine.id,
            Registration.status == "confirmed",
            Registration.carpool,
            CarpoolTrip.kind == wanted,
            ~stopped,
            ~elsewhere,
            ~promised | ride.passenger_id.is_not(None),
            (left > 0) | ride.passenger_id.is_not(None),
        )
        .order_by(ride.passenger_id.is_(None), CarpoolTrip.at, Registration.id)
        .limit(50)
    )
    return [Match(*row) for row in session.execute(query)]


def notes(session: Session, registration_id: uuid.UUID) -> Sequence[sa.Row[CarpoolNote, str]]:
    """What I received, the latest first, with the first name of who wrote it."""
    query = (
        sa.select(CarpoolNote, Registration.first_name)
        .join(Registration, Registration.id == CarpoolNote.from_id)
        .where(CarpoolNote.to_id == registration_id)
        .order_by(CarpoolNote.at.desc(), CarpoolNote.id.desc())
        .limit(30)
    )
    return session.execute(query).all()


@dataclass(frozen=True)
class Shared:
    """What the cars of one event carried. km: one way, of each passenger whose distance is known."""

    offers: int
    seeks: int
    rides: int
    km: list[int]


def shared(session: Session, event_ids: Sequence[uuid.UUID]) -> Shared:
    """Two statements. Who cancelled does not count."""
    mine = (Registration.event_id.in_(event_ids)) & (Registration.status == "confirmed")
    offers, seeks = session.execute(
        sa.select(
            sa.func.count().filter(CarpoolTrip.kind == "offer"), sa.func.count().filter(CarpoolTrip.kind == "seek")
        )
        .join(Registration, Registration.id == CarpoolTrip.registration_id)
        .where(mine)
    ).one()
    driver = aliased(Registration)
    rides = session.scalars(
        sa.select(CarpoolRide.km)
        .join(Registration, Registration.id == CarpoolRide.passenger_id)
        .join(driver, driver.id == CarpoolRide.driver_id)
        .where(mine, driver.status == "confirmed")
        .order_by(CarpoolRide.at, CarpoolRide.passenger_id)
    ).all()
    return Shared(offers, seeks, len(rides), [one for one in rides if one is not None])


def reported(session: Session, event_id: uuid.UUID) -> Sequence[sa.Row[CarpoolNote, Registration]]:
    """Notes that somebody reported, with who wrote them."""
    query = (
        sa.select(CarpoolNote, Registration)
        .join(Registration, Registration.id == CarpoolNote.from_id)
        .where(Registration.event_id == event_id, CarpoolNote.reported_at.is_not(None))
        .order_by(CarpoolNote.reported_at.desc(), CarpoolNote.id)
    )
    return session.execute(query).all()
