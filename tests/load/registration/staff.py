"""10,000 registrations: the staff's list, its export, and what the public form weighs."""

from __future__ import annotations

import gzip
import re
import time

import sqlalchemy as sa

from services.registration.models import Event
from tests.load.marks import Marks
from tests.load.registration.bare import Recorder
from tests.load.registration.house import House
from tests.load.registration.wire import Connection

PEOPLE = 10_000
STATEMENTS = 8
"""Of the list's page, from the signed-in member of staff to the filters; more people must not mean more of them."""

# One statement each: 10,000 forms would take minutes and say nothing more about reading them.
_FILL = """
INSERT INTO registrations (id, event_id, submission_key, reference, ticket, status, first_name, last_name, name_key,
    email, email_key, phone, structure, function, actor_type, department, meal, participant_list, carpool, photo,
    newsletter, locale, search, calendar_sequence, registered_at, changed_at)
SELECT gen_random_uuid(), :event, decode(md5('a' || n) || md5('b' || n), 'hex'), 'R' || n, 'T' || n, 'confirmed',
    'Noé', 'Rakotondrainibe ' || n, 'rakotondrainibe ' || n || ' noe', 'p' || n || '@example.org',
    'p' || n || '@example.org', '', '=Association ' || n % 700, '', 'association', '31', n % 2 = 0, true, false, false,
    false, 'fr', 'rakotondrainibe ' || n || ' noe association ' || n % 700 || ' p' || n || '@example.org r' || n, 0,
    now() - n * interval '1 minute', now() FROM generate_series(1, :people) AS n
"""
_WISHES = """
INSERT INTO workshop_wishes (registration_id, slot_id, workshop_id)
SELECT r.id, s.id, (SELECT w.id FROM workshops w WHERE w.slot_id = s.id ORDER BY md5(r.id::text || w.id::text) LIMIT 1)
FROM registrations r JOIN slots s ON s.event_id = r.event_id WHERE r.event_id = :event
"""
_CLAIMS = """
INSERT INTO seat_claims (registration_id, quota_id, state, claimed_at)
SELECT r.id, q.id, 'confirmed', now() FROM registrations r JOIN quotas q ON q.event_id = r.event_id
WHERE r.event_id = :event AND (q.kind = 'event' OR EXISTS (SELECT FROM workshop_wishes w
    WHERE w.registration_id = r.id AND w.workshop_id = q.workshop_id))
"""


def lists(house: House, marks: Marks) -> None:
    event = _filled(house)
    connection = Connection(house.url)
    connection.cookies = house.staff_cookies("staff")
    base = f"/equipe/evenements/{event.slug}/inscriptions"
    workshop = event.slots[0].workshops[1].id
    worst = 0.0
    for query in (
        "q=rakoto+7",
        "etat=confirmed&sort=structure",
        f"atelier={workshop}",
        "q=association+12&sort=registered",
    ):
        times = []
        for _ in range(5):
            began = time.perf_counter()
            page = connection.get(f"{base}?{query}")
            times.append(time.perf_counter() - began)
            if page.status != 200 or b"Rakotondrainibe" not in page.body:
                raise RuntimeError(f"the list answered {page.status}")
        print(f"  {query.partition('=')[0]}: {[round(one * 1000) for one in times]} ms", flush=True)
        worst = max(worst, sorted(times)[2])
    marks.below("registration-list-10000", worst * 1000, 300, "ms")
    marks.exactly("registration-list-statements", _statements(house, event), STATEMENTS)
    began = time.perf_counter()
    file = connection.get(f"{base}.csv?sensible=1")
    took = time.perf_counter() - began
    lines = file.body.count(b"'=Association")
    print(
        f"  {lines} lines, {len(file.body) // 1000} kB; chunked: {bool(file.header('Transfer-Encoding'))}", flush=True
    )
    marks.exactly("registration-export-lines", lines, PEOPLE)
    marks.below("registration-export-10000", took, 5, "s")


def weight(house: House, marks: Marks) -> None:
    """The form with its styles, scripts, pictures and fonts, each compressed as the proxy does."""
    event = house.event(300)
    connection = Connection(house.url)
    paths, seen, total = [f"/e/{event.slug}/inscription"], set[str](), 0
    while paths:
        path = paths.pop()
        if path in seen or not path.startswith("/"):
            continue
        seen.add(path)
        answer = connection.get(path)
        if answer.status != 200:
            raise RuntimeError(f"{path} answered {answer.status}")
        text = "font/" not in answer.header("Content-Type")
        total += len(gzip.compress(answer.body, 5) if text else answer.body) + len(answer.head)
        body = answer.body.decode("utf-8", "replace")
        if path == f"/e/{event.slug}/inscription":
            blocking = [tag for tag in re.findall(r"<script[^>]*>", body) if not re.search(r"module|defer|async", tag)]
            paths += re.findall(r'<link rel="(?:stylesheet|icon|preload)"[^>]*href="([^"]+)"', body)
            paths += re.findall(r'<(?:script|img)[^>]*src="([^"]+)"', body)
        elif path.partition("?")[0].endswith(".css"):
            folder = path.rpartition("/")[0]
            found = re.findall(r"url\([\"']?([^)\"'#]+)", body) + re.findall(r"@import [\"']([^\"']+)", body)
            paths += [one if one.startswith("/") else f"{folder}/{one}" for one in found if ":" not in one]
    print(f"  {len(seen)} files: {sorted(seen)}", flush=True)
    marks.below("registration-form-weight", total / 1000, 60, "kB")
    marks.exactly("registration-form-blocking-scripts", len(blocking), 0)


def _filled(house: House) -> Event:
    event = house.event(PEOPLE, PEOPLE)
    with house.db.transaction() as session:
        session.execute(sa.text(_FILL), {"event": event.id, "people": PEOPLE})
        session.execute(sa.text(_WISHES), {"event": event.id})
        session.execute(sa.text(_CLAIMS), {"event": event.id})
    with house.db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text("ANALYZE"))  # as autovacuum does within a minute
    return event


def _statements(house: House, event: Event) -> int:
    from unittest.mock import patch

    from services.registration import settings
    from services.registration.app import create_app

    with patch.dict("os.environ", house.environment):
        app = create_app(settings.load(), house.db)
    client = app.test_client()
    for name, value in house.staff_cookies("staff").items():
        client.set_cookie(name, value)
    where = f"/equipe/evenements/{event.slug}/inscriptions?q=rakoto"
    client.get(where)  # each process reads a version of the form once
    with Recorder(house.db.engine) as recorder:
        answer = client.get(where)
    if answer.status_code != 200:
        raise RuntimeError(f"the list answered {answer.status_code}")
    return sum(sql not in ("COMMIT", "ROLLBACK") for sql, _ in recorder.steps)
