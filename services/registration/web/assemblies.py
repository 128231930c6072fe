"""Step 1 of nine for the staff: general assemblies. Next: services/registration/use_cases/assemblies.py."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from services.registration.models.assembly import Assembly, Motion
from services.registration.queries import callings_off, suspensions
from services.registration.queries import statutes as queries
from services.registration.queries.letters import by_letter
from services.registration.rules.assembly import statutes
from services.registration.rules.assembly.attendance import VOID
from services.registration.rules.choices import N_
from services.registration.use_cases import assemblies as use_cases
from services.registration.use_cases import assembly_room, assembly_votes, candidates, convening, second_session
from services.registration.web import assembly_counts, assembly_words, board, statutes_words, unreached
from services.registration.web.assembly_form import shown_candidates
from services.registration.web.happened import ASSEMBLY
from shared import audit, clock
from shared.errors import NotFound, RuleError
from shared.identity import requires, who
from shared.web import db, files
from shared.web.forms import Loaded, tidy
from shared.web.words import _, ngettext

blueprint = Blueprint("assemblies", __name__, url_prefix="/equipe/assemblees")

STATES = {
    "draft": (N_("Brouillon"), "none"),
    "convened": (N_("Convoquée"), "going"),
    "open": (N_("Séance ouverte"), "done"),
    "closed": (N_("Procès-verbal arrêté"), "none"),
    "called_off": (N_("Annulée"), "stop"),
}


for _words in (
    assembly_words.lacking,
    assembly_words.share,
    assembly_words.titled,
    assembly_words.weighed,
    assembly_words.bar,
    assembly_words.level,
    assembly_words.commitment,
    assembly_words.terms,
):
    blueprint.add_app_template_filter(_words)


@blueprint.get("/")
@requires("staff", "auditor", "treasurer")
def index() -> str:
    with db().reading() as session:
        rows = session.scalars(sa.select(Assembly).order_by(Assembly.held_at.desc())).all()
        offers = statutes_words.choices(queries.offers(session))
        return render_template("assemblies/index.html", rows=rows, states=STATES, offers=offers)


@blueprint.post("/repetition")
@requires("staff")
def rehearse() -> ResponseReturnValue:
    """Under a version of the statutes, or a model."""
    chosen = request.form.get("statutes", "")
    with db().transaction() as session:
        offer = queries.offers(session).get(chosen)
        if offer is None:
            raise NotFound("statutes-unknown", _("Ces statuts n’existent pas : choisissez dans la liste."))
        version_id = offer.version.id if offer.version else None
        made = use_cases.rehearse(session, offer.rules, clock.now(), who=who(), statutes_id=version_id)
    return _rehearsing(made)


@blueprint.post("/<uuid:assembly_id>/repeter")
@requires("staff")
def rehearse_this(assembly_id: uuid.UUID) -> ResponseReturnValue:
    """With the statutes and the agenda of an assembly that is being prepared."""
    with db().transaction() as session:
        draft = assembly_room.load(session, assembly_id)
        rules = statutes.from_json(draft.statutes)
        agenda = [one for one in draft.motions if not one.round_after_id]
        made = use_cases.rehearse(session, rules, clock.now(), who=who(), statutes_id=draft.statutes_id, agenda=agenda)
    return _rehearsing(made)


def _rehearsing(made: Assembly) -> ResponseReturnValue:
    flash(_("La répétition est ouverte : essayez tout, personne n’est prévenu."), "done")
    return redirect(url_for(".show", assembly_id=made.id), 303)


@blueprint.get("/<uuid:assembly_id>")
@requires("staff", "desk", "auditor", "treasurer")
def show(assembly_id: uuid.UUID) -> str:
    """The room: quorum, agenda, and who is there."""
    return _room(assembly_id, Loaded())


def _room(assembly_id: uuid.UUID, form: Loaded) -> str:
    with db().reading() as session:
        assembly = assembly_room.load(session, assembly_id)
        room = assembly_room.room(session, assembly, clock.now())
        search = tidy(request.args.get("q", "")[:200])
        running = _running(assembly)
        form.raw = assembly_counts.of_before(assembly.motions) | form.raw
        return render_template(
            "assemblies/show.html",
            assembly=assembly,
            search=search,
            shown=assembly_room.found(assembly, search),
            room=room,
            form=form,
            holders=room.there.proxies,
            parted={motion.round_after_id for motion in assembly.motions},
            void={voter: _(_void(assembly, reason)) for voter, reason in room.there.void.items()},
            names={str(voter.id): voter for voter in assembly.voters},
            colleges=_colleges(assembly),
            states=STATES,
            majorities={key: _(words) for key, words in statutes.MAJORITIES.items()},
            standing={motion.id: shown_candidates(motion) for motion in assembly.motions},
            until=candidates.last_day(assembly),
            deposited=assembly_votes.deposited(session, running) if running and running.secret else 0,
            giving=request.values.get("pouvoir") or (request.form.get("voter") if form.errors else ""),
            naming=request.args.get("represente") or _named(form),
            history=audit.history(session, "assembly", assembly.id),
            happened={key: _(words) for key, words in ASSEMBLY.items()},
            to_fill=board.of_assembly(session, assembly),
            in_person=assembly_words.in_person(session, assembly, clock.now()),
            suspended=suspensions.standing(session, assembly),
            alone={motion.id: _alone(room, motion) for motion in assembly.motions if motion.state == "planned"},
            again=second_session.wanting(assembly) and (second_session.after(session, assembly) or "to prepare"),
            notices=assembly_words.notices(convening.register(assembly)),
            unreached=unreached.voters(session, assembly),
            event_off=callings_off.event_off(session, assembly) if assembly.state == "called_off" else None,
            now=clock.now(),
            letters=0 if assembly.rehearsal else len(by_letter(session, assembly)),
        )


@blueprint.get("/<uuid:assembly_id>/ecran")
@requires("staff", "desk", "auditor", "treasurer")
def screen(assembly_id: uuid.UUID) -> str:
    """For the wall: the quorum and the vote of the moment; no name but the candidates'."""
    with db().reading() as session:
        assembly = assembly_room.load(session, assembly_id)
        running = _running(assembly)
        in_person = assembly_words.only_in_person(assembly, running)
        room = assembly_room.room(session, assembly, clock.now(), present_only=in_person)
        decided = [(motion.decided_at, motion.position, motion) for motion in assembly.motions if motion.decided_at]
        return render_template(
            "assemblies/screen.html",
            assembly=assembly,
            room=room,
            in_person=in_person,
            suspended=suspensions.standing(session, assembly),
            motion=running,
            latest=max(decided)[-1] if decided else None,
            colleges=_colleges(assembly),
            deposited=assembly_votes.deposited(session, running) if running and running.secret else 0,
            ballot_url=url_for("ballots.ask", _external=True),
        )


@blueprint.post("/<uuid:assembly_id>/convoquer")
@requires("staff")
def convene(assembly_id: uuid.UUID) -> ResponseReturnValue:

    def convene(session: Session) -> None:
        seen = request.form.get("seen", "")
        reached = convening.convene(session, assembly_id, clock.now(), who=who(), seen=seen)
        flash(
            ngettext("%(num)d convocation part par courriel.", "%(num)d convocations partent par courriel.", reached),
            "done",
        )

    return done(assembly_id, convene)


@blueprint.post("/<uuid:assembly_id>/presence")
@requires("staff", "desk")
def attendance(assembly_id: uuid.UUID) -> ResponseReturnValue:
    """Someone comes, goes, hands in a proxy or takes it back."""
    what, voter = request.form.get("what", ""), _id(request.form.get("voter", ""))

    def move(session: Session) -> None:
        if what == "arrived":
            assembly_room.arrive(session, assembly_id, voter, clock.now(), who=who())
        elif what == "left":
            assembly_room.leave(session, assembly_id, voter, clock.now(), who=who())
        else:
            holder = _id(chosen) if (chosen := request.form.get("holder", "")) else None
            blank = "blank" in request.form
            assembly_room.give_proxy(session, assembly_id, voter, holder, clock.now(), who=who(), blank=blank)

    return done(assembly_id, move, "lapsed" if "again" in request.form else f"v-{voter}")


@blueprint.post("/<uuid:assembly_id>/badge")
@requires("staff", "desk")
def badge(assembly_id: uuid.UUID) -> ResponseReturnValue:
    """A card or a badge was read, by a camera or a hand-held reader: that person is here."""

    def admit(session: Session) -> None:
        typed = tidy(request.form.get("badge", ""))[:100]
        read = assembly_room.read_badge(session, assembly_id, typed, clock.now(), who=who())
        told = {"name": read.voter.representative, "structure": read.voter.structure}
        if read.again:
            flash(_("%(name)s, %(structure)s : déjà présent·e, rien n’est noté de plus.", **told), "wait")
        elif read.lapsed:
            flash(_("%(name)s, %(structure)s : présent·e. Le pouvoir donné tombe.", **told), "done")
        else:
            flash(_("%(name)s, %(structure)s : présent·e.", **told), "done")

    return done(assembly_id, admit, "f-badge")


@blueprint.post("/votes/<uuid:motion_id>/ouvrir")
@requires("staff")
def open_vote(motion_id: uuid.UUID) -> ResponseReturnValue:
    """Open a vote. A secret one answers with the slips to print: their codes are shown this once."""
    return _printed(motion_id, assembly_votes.open_vote)


@blueprint.post("/votes/<uuid:motion_id>/bulletins")
@requires("staff")
def slips_again(motion_id: uuid.UUID) -> ResponseReturnValue:
    """Another sheet, when the first was lost before anybody voted: a second click, a closed page, a jammed printer."""
    return _printed(motion_id, assembly_votes.slips_again)


def _printed(motion_id: uuid.UUID, make: Callable[..., Mapping[str, Sequence[str]]]) -> ResponseReturnValue:
    with db().reading() as session:
        assembly_id = _motion(session, motion_id).assembly_id
    slips: list[str] = []

    def work(session: Session) -> None:
        codes = make(session, motion_id, clock.now(), who=who())
        if codes:  # made before the commit: a vote that is open has its slips
            slips.append(_slips(session, _motion(session, motion_id), codes))

    answer = done(assembly_id, work, f"m-{motion_id}")
    return slips[0] if slips and not isinstance(answer, tuple) else answer


def _slips(session: Session, motion: Motion, codes: Mapping[str, Sequence[str]]) -> str:
    assembly = assembly_room.load(session, motion.assembly_id)
    labels = _colleges(assembly)
    return render_template(
        "assemblies/slips.html",
        assembly=assembly,
        motion=motion,
        slips=[(labels.get(college, ""), code) for college, some in codes.items() for code in some],
        site=(site := url_for("ballots.ask", _external=True)),
        address=re.split(r"(?=[./])", site.partition("://")[2]),
    )


@blueprint.post("/votes/<uuid:motion_id>/clore")
@requires("staff")
def decide(motion_id: uuid.UUID) -> ResponseReturnValue:
    """Close a vote with what two tellers counted, or with the ballots of a secret one."""
    with db().reading() as session:
        assembly_id = _motion(session, motion_id).assembly_id

    def close(session: Session) -> None:
        motion, names = _motion(session, motion_id), assembly_counts.tellers()
        if motion.kind == "election":
            one, two = assembly_counts.of_election(motion)
            born, drawn = assembly_counts.births(motion), assembly_counts.drawn()
            assembly_votes.decide_election(
                session, motion_id, one, two, clock.now(), who=who(), births=born, drawn=drawn, tellers=names
            )
        else:
            first, second = assembly_counts.of_motion(motion.voices or {})
            chair = {"yes": True, "no": False}.get(request.form.get("chair", ""))
            assembly_votes.decide_motion(
                session, motion_id, first, second, clock.now(), who=who(), chair_says_yes=chair, tellers=names
            )

    return done(assembly_id, close, f"m-{motion_id}")


@blueprint.post("/votes/<uuid:motion_id>/second-tour")
@requires("staff")
def second_round(motion_id: uuid.UUID) -> ResponseReturnValue:
    """Put the round that parts a tie on the agenda; it is opened and counted like any election."""
    with db().reading() as session:
        assembly_id = _motion(session, motion_id).assembly_id
    made: list[uuid.UUID] = []

    def add(session: Session) -> None:
        made.append(assembly_votes.second_round(session, motion_id, clock.now(), who=who()).id)

    answer = done(assembly_id, add)
    if isinstance(answer, tuple):
        return answer
    flash(_("Le second tour est à l’ordre du jour : ouvrez-le quand la salle est prête."), "done")
    return _back(assembly_id, f"m-{made[0]}")


@blueprint.post("/votes/<uuid:motion_id>/reprendre")
@requires("staff")
def halt(motion_id: uuid.UUID) -> ResponseReturnValue:
    """A vote that was opened by mistake goes back to the agenda."""
    with db().reading() as session:
        assembly_id = _motion(session, motion_id).assembly_id
    answer = done(
        assembly_id, lambda session: assembly_votes.halt(session, motion_id, clock.now(), who=who()), f"m-{motion_id}"
    )
    if not isinstance(answer, tuple):
        flash(_("Ce vote n’est plus ouvert. Rien n’a été compté : ouvrez-le quand la salle est prête."), "done")
    return answer


@blueprint.get("/<uuid:assembly_id>/voix.csv")
@requires("staff", "auditor", "treasurer")
def voices(assembly_id: uuid.UUID) -> Response:
    """Who may vote, in which college, with how many voices at this moment; no cell runs as a formula."""
    rows: list[list[object]] = [
        [_("Structure"), _("Représentant·e"), _("Collège"), _("Présence"), _("Pouvoir porté par"), _("Voix")]
    ]
    with db().reading() as session:
        assembly = assembly_room.load(session, assembly_id)
        there = assembly_room.room(session, assembly, clock.now()).there
        colleges, names = _colleges(assembly), {str(voter.id): voter.structure for voter in assembly.voters}
        for voter in assembly.voters:
            key = str(voter.id)
            here = key in there.present
            cells = [voter.structure, voter.representative, colleges.get(voter.college, voter.college)]
            cells += [_("Présent·e") if here else _("Absent·e"), names.get(there.proxies.get(key, ""), "")]
            rows.append([*cells, there.voices(key) if here else 0])
    return files.as_csv(rows, "voix.csv")


def _void(assembly: Assembly, reason: str) -> str:
    """Why a proxy does not count: all of those of a meeting that does not take place lapsed with it."""
    return N_("L’assemblée n’a pas lieu.") if assembly.state == "called_off" else VOID[reason]


def _named(form: Loaded) -> str:
    """The voter whose representative was written in a way that cannot be."""
    return str((request.view_args or {}).get("voter_id", "")) if form.errors.get("representative") else ""


def _running(assembly: Assembly) -> Motion | None:
    return next((motion for motion in assembly.motions if motion.state == "open"), None)


def _alone(room: assembly_room.Room, motion: Motion) -> list[str]:
    """The colleges whose only voice in the room a secret ballot would tell."""
    if not motion.secret:
        return []
    one = [key for key, voices in assembly_votes.electorate(room, motion).items() if voices == 1]
    return [_(room.statutes.college(key).label) if key else _("la salle") for key in one]


def _colleges(assembly: Assembly) -> dict[str, str]:
    """The colleges of these statutes, by key, in the reader's language."""
    return {college.key: _(college.label) for college in statutes.from_json(assembly.statutes).colleges}


def _id(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        raise NotFound("voter-unknown", _("Cette structure n’est pas sur la liste des votants.")) from None


def _motion(session: Session, motion_id: uuid.UUID) -> Motion:
    motion = session.get(Motion, motion_id)
    if motion is None:
        raise NotFound("vote-unknown", _("Ce vote n’existe pas."))
    return motion


def done(assembly_id: uuid.UUID, do: Callable[[Session], Any], anchor: str = "") -> ResponseReturnValue:
    """Do it and show the room again. What a rule refuses is said there, with every count that was typed."""
    try:
        with db().transaction() as session:
            do(session)
    except RuleError as error:
        form = Loaded.of(request.form.to_dict())
        about = error.field or ""
        line = about.removeprefix("count-")
        beside = [name for name in (about, f"a-{line}-yes", f"a-{line}") if name in request.form or name == "born"]
        form.refuse(beside[0] if beside else "", _(error.message))
        return _room(assembly_id, form), error.status
    return _back(assembly_id, anchor)


def _back(assembly_id: uuid.UUID, anchor: str = "") -> ResponseReturnValue:
    search = request.args.get("q") or None  # who was looked for stays in sight
    return redirect(url_for("assemblies.show", assembly_id=assembly_id, q=search, _anchor=anchor or None), 303)
