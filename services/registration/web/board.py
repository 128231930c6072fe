"""Step 1 of nine for the staff: the board and its renewal. Next: services/registration/use_cases/board.py."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from services.registration.models.assembly import Assembly
from services.registration.models.board import BoardSeat
from services.registration.queries import board as queries
from services.registration.rules.assembly import board
from services.registration.rules.assembly.board import Place, Seat
from services.registration.rules.assembly.statutes import Statutes, from_json
from services.registration.use_cases import assembly_room
from services.registration.use_cases import board as use_cases
from services.registration.web import assembly_counts, assembly_words
from shared import clock
from shared.clock import PARIS
from shared.errors import NotFound, RuleError
from shared.identity import requires, who
from shared.web import db
from shared.web.forms import Loaded, control_characters, tidy
from shared.web.words import _

blueprint = Blueprint("board", __name__, url_prefix="/equipe/conseil")
LONGEST = 60_000


@blueprint.app_template_filter()
def by_end(places: list[Place]) -> list[tuple[Place, int]]:
    """One of each kind of seat, and how many there are: of the same end, whole or not."""
    kinds = {(one.ends, one.whole): one for one in reversed(places)}
    return [
        (one, sum((other.ends, other.whole) == kind for other in places))
        for kind, one in sorted(kinds.items(), key=lambda pair: (-pair[0][0], not pair[0][1]))
    ]


@blueprint.get("/")
@requires("staff", "auditor", "treasurer")
def show() -> str:
    """Who sits and until when, and what the next election fills."""
    with db().reading() as session:
        rules, seats = queries.rules(session), queries.seats(session)
        labels, year = _labels(session, rules, seats), next_year(rules, seats)
        seen = use_cases.stamp(seats)
        seats = {key: seats[key] for key in labels if key in seats}  # as the statutes name the colleges
        return render_template(
            "board/show.html",
            rules=rules,
            seats=seats,
            year=year,
            places=places(rules, seats, year),
            labels=labels,
            seen=seen,
            series={key: _series(some) for key, some in seats.items()},
            elected_in={one.id: one for one in queries.done(session)},
            years={one.id: one.held_at.astimezone(PARIS).year for one in queries.done(session)},
            holders=[
                (str(one.id), f"{one.name} · {labels[key]}") for key, some in seats.items() for one in some if one.name
            ],
            waiting=queries.waiting(session),
        )


@blueprint.get("/ecrire")
@requires("staff")
def edit() -> str:
    with db().reading() as session:
        seats = queries.seats(session)
        typed = {key: "\n".join(f"{one.name} ; {one.ends}".strip() for one in some) for key, some in seats.items()}
        return _form(session, Loaded(raw={f"c_{key}": text for key, text in typed.items()}), use_cases.stamp(seats))


@blueprint.post("/ecrire")
@requires("staff")
def write() -> ResponseReturnValue:
    form = Loaded.of({name: text[: LONGEST + 1] for name, text in request.form.items() if name.startswith("c_")})
    seen = request.form.get("seen", "")
    with db().reading() as session:
        rules = _thirds(session)
        known = {
            key: {one.name: one.number for one in some if one.name} for key, some in queries.seats(session).items()
        }
        keys = _labels(session, rules, known)
        colleges = {key: _read(form, key, known.get(key, {})) for key in keys}
        if form.errors:
            return _form(session, form, seen), 422
    try:
        with db().transaction() as session:
            use_cases.write(session, colleges, clock.now(), who=who(), seen=seen)
    except RuleError as error:
        form.refuse(f"c_{error.field}" if error.field else "", _(error.message))
        with db().reading() as session:
            return _form(session, form, seen), error.status
    flash(_("Le conseil est enregistré."), "done")
    return redirect(url_for(".show"), 303)


@blueprint.post("/depart")
@requires("staff")
def leave() -> ResponseReturnValue:
    """Somebody resigned: the seat waits for the next election."""
    try:
        seat = uuid.UUID(request.form.get("seat", ""))
    except ValueError:
        raise NotFound("seat-unknown", _("Personne n’occupe ce siège : relisez le conseil.")) from None
    with db().transaction() as session:
        name = use_cases.leave(session, seat, clock.now(), who=who(), seen=request.form.get("seen", ""))
    flash(_("%(name)s a quitté le conseil. Le siège est à pourvoir pour le reste du mandat.", name=name), "done")
    return redirect(url_for(".show"), 303)


@blueprint.get("/renouveler/<uuid:assembly_id>")
@requires("staff")
def ask_renewal(assembly_id: uuid.UUID) -> str:
    return _ask(assembly_id, Loaded())


@blueprint.post("/renouveler/<uuid:assembly_id>")
@requires("staff")
def renew(assembly_id: uuid.UUID) -> ResponseReturnValue:
    chosen = {int(one) for one in request.form.getlist("election") if one.isascii() and one.isdigit() and len(one) < 5}
    try:
        with db().transaction() as session:
            use_cases.renew(session, assembly_id, chosen, clock.now(), who=who(), said=assembly_counts.drawn())
    except RuleError as error:
        form = Loaded.of(request.form.to_dict())
        form.raw["election"] = chosen
        form.refuse(error.field or "", _(error.message))
        return _ask(assembly_id, form), error.status
    flash(_("Les élus siègent. Qui n’a pas été réélu a quitté le conseil."), "done")
    return redirect(url_for(".show"), 303)


@blueprint.post("/renouveler/<uuid:assembly_id>/rien")
@requires("staff")
def pass_over(assembly_id: uuid.UUID) -> ResponseReturnValue:
    """Whom it elected sit already, or the election was not the board's."""
    with db().transaction() as session:
        use_cases.pass_over(session, assembly_id, clock.now(), who=who())
    flash(_("Cette assemblée n’a plus d’élus à installer. Le conseil n’a pas changé."), "done")
    return redirect(url_for(".show"), 303)


def next_year(rules: Statutes | None, seats: Mapping[str, list[BoardSeat]]) -> int:
    """The year of the next election that a term ends with, in a college of these statutes: this one, or the first to
    come."""
    today = clock.now().astimezone(PARIS).year
    ends = [seat.ends for one in (rules.colleges if rules else ()) for seat in seats.get(one.key, ())]
    return max(today, min(ends, default=today))


def places(rules: Statutes | None, seats: Mapping[str, list[BoardSeat]], year: int) -> dict[str, list[Place]]:
    """What an election of `year` fills, by college of these statutes; nothing where the board is not written."""
    if rules is None or not rules.renewal_thirds:
        return {}
    return {
        one.key: board.to_fill(board.resized(queries.plain(seats[one.key]), one.seats, year), year)
        for one in rules.colleges
        if seats.get(one.key)
    }


def _thirds(session: Session) -> Statutes:
    rules = queries.rules(session)
    if rules is None or not rules.renewal_thirds:
        raise NotFound(
            "no-thirds", _("Vos statuts ne renouvellent pas le conseil par tiers : écrivez-le dans les statuts.")
        )
    return rules


def _labels(session: Session, rules: Statutes | None, seats: Collection[str]) -> dict[str, str]:
    return {key: _(label) for key, label in queries.labels(session, rules, seats).items()}


def _series(seats: list[BoardSeat]) -> str:
    """ "7 en 2028, 7 en 2029, 6 en 2030"."""
    ends = sorted({one.ends for one in seats})
    return ", ".join(
        _("%(number)s en %(year)s", number=sum(one.ends == year for one in seats), year=year) for year in ends
    )


def _form(session: Session, form: Loaded, seen: str) -> str:
    rules = _thirds(session)
    year = clock.now().astimezone(PARIS).year
    labels = _labels(session, rules, queries.seats(session))
    sizes = {one.key: one.seats for one in rules.colleges}
    return render_template(
        "board/write.html",
        form=form,
        seen=seen,
        year=year,
        sizes={key: sizes.get(key) for key in labels},
        labels={f"c_{key}": label for key, label in labels.items()},
    )


def _read(form: Loaded, college: str, known: Mapping[str, int]) -> list[Seat]:
    """One seat a line: who, and the year their term ends. known: the number of the seat that somebody has already."""
    text = str(form.raw.get(f"c_{college}", ""))
    lines = [(number, line) for number, line in enumerate(text[:LONGEST].splitlines(), start=1) if tidy(line)]
    typed: list[tuple[str, int]] = []
    for number, line in lines[:1000]:
        name, _semicolon, ends = (tidy(part) for part in line.rpartition(";"))
        if control_characters(line) or len(name) > 200 or not (ends.isascii() and ends.isdigit() and len(ends) == 4):
            form.refuse(
                f"c_{college}",
                _("Ligne %(number)s : « %(line)s ». Écrivez nom ; année de fin.", number=number, line=line[:80]),
            )
            return []
        typed.append((name, int(ends)))
    kept = {known[name] for name, _ends in typed if name in known}
    free = iter(number for number in range(1, len(typed) + len(kept) + 1) if number not in kept)
    taken: set[int] = set()
    found = []
    for name, year in typed:
        number = known[name] if known.get(name, 0) not in {0, *taken} else next(free)
        taken.add(number)
        found.append(Seat(number, year, name))
    return found


def _ask(assembly_id: uuid.UUID, form: Loaded) -> str:
    with db().reading() as session:
        assembly = assembly_room.load(session, assembly_id)
        if assembly not in queries.waiting(session):
            raise NotFound("no-renewal", _("Cette assemblée n’a pas d’élus à installer, ou ils le sont déjà."))
        rules, seats = from_json(assembly.statutes), queries.seats(session)
        year = assembly.held_at.astimezone(PARIS).year
        eligible = queries.elections(assembly)
        return render_template(
            "board/renew.html",
            form=form,
            assembly=assembly,
            motions=[one for one in assembly.motions if one.position in eligible],
            chosen=form.raw.get("election", eligible),
            colleges=_labels(session, rules, seats),
            places=places(rules, seats, year),
            fixed=assembly_words.terms(assembly.minutes or {}),
            whole=[_(one.label) for one in rules.colleges if not seats.get(one.key)],
            year=year,
        )


def of_assembly(session: Session, assembly: Assembly) -> dict[uuid.UUID, list[Place]]:
    """What each planned election of a college has to fill that year, where the board is known."""
    if assembly.rehearsal or assembly.state in ("closed", "called_off"):
        return {}
    there = places(from_json(assembly.statutes), queries.seats(session), assembly.held_at.astimezone(PARIS).year)
    return {
        one.id: there[one.college]
        for one in assembly.motions
        if one.kind == "election" and one.state == "planned" and not one.round_after_id and one.college in there
    }


def elections(session: Session) -> list[tuple[str, str, int]]:
    """What the agenda of the next assembly has to fill: a college, its name, how many seats."""
    rules, seats = queries.rules(session), queries.seats(session)
    there = places(rules, seats, next_year(rules, seats))
    labels = _labels(session, rules, there)
    return [(key, labels[key], len(some)) for key, some in there.items() if some]
