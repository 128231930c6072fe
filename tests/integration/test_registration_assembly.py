"""An assembly from the notice to the minutes, on the real database."""

from __future__ import annotations

import datetime as dt
import re
import threading
import uuid
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.registration.models.assembly import Assembly, AssemblyVoter, Ballot, BallotSlip, Motion
from services.registration.rules.assembly.motions import Count
from services.registration.rules.assembly.statutes import COOPDEV_2016, TWO_COLLEGES
from services.registration.use_cases import assemblies, assembly_room, assembly_votes, convening, minutes
from services.registration.use_cases.assemblies import AssemblyDraft, PointDraft, VoterDraft
from shared import clock
from shared.db import Database
from shared.errors import NotFound, RuleError
from shared.messaging.tables import outbox
from shared.web.words import _

NOW = dt.datetime(2017, 1, 16, 8, 30, tzinfo=dt.UTC)
HELD = dt.datetime(2017, 2, 3, 13, tzinfo=dt.UTC)
WHO = "camille.roux@agora.example"
GENERAL = {"title": "AG", "date": "vendredi 3 février 2017", "starts": "14 h", "place": "Toulouse"}
GENERAL |= {"organiser_name": "Le réseau", "organiser_email": "agora@agora.example", "statutes": "two-colleges"}


def draft(**more: Any) -> AssemblyDraft:
    voters = [
        VoterDraft("Commune de Sainte-Croix", "Éloïse Rakotondrainibe", "public", "eloise@commune.example"),
        VoterDraft("Département du Lac", "Paul Rey", "public", "paul@lac.example"),
        VoterDraft("Coopérative des Causses", "Léa Sy", "economic"),
    ]
    points = [PointDraft("Rapport moral", "motion"), PointDraft("Vote secret", "motion", secret=True)]
    given: dict[str, Any] = {"voters": voters, "points": points, "statutes": TWO_COLLEGES} | more
    return AssemblyDraft("Assemblée générale 2017", HELD, "Toulouse", "Le réseau", "agora@agora.example", **given)


@pytest.fixture
def running(registration_db: Database) -> Assembly:
    """Convened, and open on the day."""
    with registration_db.transaction() as session:
        made = assemblies.create(session, draft(), NOW, who=WHO)
        convening.convene(session, made.id, NOW, who=WHO)
        return assemblies.open_session(session, made.id, HELD, who=WHO)


def voter(db: Database, structure: str) -> uuid.UUID:
    with db.reading() as session:
        return session.scalars(sa.select(AssemblyVoter.id).where(AssemblyVoter.structure.startswith(structure))).one()


def vote(db: Database, title: str) -> uuid.UUID:
    with db.reading() as session:
        return session.scalars(sa.select(Motion.id).where(Motion.title == title)).one()


def arrive(db: Database, assembly: Assembly, structure: str, minutes: int = 0) -> None:
    at = HELD + dt.timedelta(minutes=minutes)
    with db.transaction() as session:
        assembly_room.arrive(session, assembly.id, voter(db, structure), at, who=WHO)


def test_the_notice_goes_to_every_voter_with_an_address(registration_db: Database) -> None:
    """With the agenda, and the seats of an election, whose candidates may come later."""
    election = PointDraft("Conseil", "election", college="public", seats=20)
    longest = PointDraft("É" * 300, "election", college="public", seats=1)
    motions = [PointDraft("Rapport moral", "motion"), PointDraft("Vote secret", "motion", secret=True)]
    with registration_db.transaction() as session:
        made = assemblies.create(session, draft(points=[*motions, election, longest]), NOW, who=WHO)
        reached = convening.convene(session, made.id, NOW, who=WHO)
        bodies = session.execute(sa.select(outbox.c.envelope)).scalars().all()

    assert reached == 2
    assert sorted(body["data"]["person"]["email"] for body in bodies) == ["eloise@commune.example", "paul@lac.example"]
    assert {tuple(body["data"]["agenda"]) for body in bodies} == {
        ("Rapport moral", "Vote secret", "Conseil (20 sièges)", "É" * 289 + "… (1 siège)")
    }


def test_a_notice_that_comes_too_late_is_refused(registration_db: Database) -> None:
    with registration_db.transaction() as session:
        made = assemblies.create(session, draft(), NOW, who=WHO)
        with pytest.raises(RuleError) as refused:
            convening.convene(session, made.id, HELD - dt.timedelta(days=14), who=WHO)
        convening.convene(session, made.id, HELD - dt.timedelta(days=15), who=WHO)

    assert refused.value.code == "notice-too-short"


def test_a_refusal_with_figures_in_it_is_said_in_the_readers_language(
    registration_client: Any, registration_db: Database, sign_in: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: HELD - dt.timedelta(days=3))
    sign_in(registration_client, "staff")
    with registration_db.transaction() as session:
        made = assemblies.create(session, draft(), NOW, who=WHO).id
    with registration_db.reading() as session:
        seen = assemblies.stamp(session.get_one(Assembly, made))
    said = {
        language: registration_client.post(
            f"/equipe/assemblees/{made}/convoquer", data={"seen": seen}, headers={"Accept-Language": language}
        ).text.replace("\u202f", " ")
        for language in ("fr", "en")
    }
    assert "Les statuts demandent 15 jours entre la convocation et la séance ; il en reste 3." in said["fr"]
    assert "The statutes ask for 15 days between the notice and the meeting; 3 are left." in said["en"]


def test_a_structure_stands_once_on_the_list(registration_db: Database) -> None:
    twice = [VoterDraft("Écho du Lac", "A", "public"), VoterDraft("echo du  lac", "B", "public")]
    with registration_db.transaction() as session, pytest.raises(RuleError) as refused:
        assemblies.create(session, draft(voters=twice), NOW, who=WHO)

    assert refused.value.code == "voter-twice"


def test_no_vote_opens_without_its_quorum(
    registration_app: Any, registration_db: Database, running: Assembly, sign_in: Any
) -> None:
    """Which is each college's here: one of three would do for all together, and the page does not say so."""
    arrive(registration_db, running, "Commune")
    with registration_db.transaction() as session, pytest.raises(RuleError) as refused:
        assembly_votes.open_vote(session, vote(registration_db, "Rapport moral"), HELD, who=WHO)

    assert refused.value.code == "no-quorum"  # the economic college is empty
    assert refused.value.message.endswith("Il manque : Acteurs économiques, 1.")
    with registration_app.test_request_context(headers={"Accept-Language": "en"}):
        assert _(refused.value.message).endswith("Missing: Businesses, 1.")
    client = registration_app.test_client()
    sign_in(client, "staff")
    page = client.get(f"/equipe/assemblees/{running.id}").text.replace("\u00a0", " ").replace("\u202f", " ")
    assert "1 représenté sur 3 ; le quorum se demande dans chaque collège" in page
    assert "nécessaires sur 3" not in page
    missing = "Acteurs économiques : il manque 1 votant, présent ou représenté par un pouvoir."
    assert missing in page
    assert "Acteurs publics : il manque" not in page
    assert missing in client.get(f"/equipe/assemblees/{running.id}/ecran").text.replace("\u00a0", " ").replace(
        "\u202f", " "
    )


def test_voices_are_those_of_the_instant_the_vote_opens(registration_db: Database, running: Assembly) -> None:
    arrive(registration_db, running, "Commune")
    arrive(registration_db, running, "Coopérative")
    department, town = voter(registration_db, "Département"), voter(registration_db, "Commune")
    with registration_db.transaction() as session:
        assembly_room.give_proxy(session, running.id, department, town, HELD, who=WHO)
        assembly_votes.open_vote(session, vote(registration_db, "Rapport moral"), HELD, who=WHO)
    arrive(registration_db, running, "Département", 5)
    with registration_db.transaction() as session:
        counts = {"public": Count(yes=1, no=1), "economic": Count(yes=1)}
        motion = assembly_votes.decide_motion(
            session, vote(registration_db, "Rapport moral"), counts, counts, HELD, who=WHO
        )
        later = assembly_room.room(session, running, HELD + dt.timedelta(minutes=5))

    assert motion.voices == {"public": 2, "economic": 1}
    assert motion.decision == {"adopted": True, "share": "2/3", "tied": False, "by_chair": False}
    assert later.there.void == {str(department): "giver-present"}


def test_a_vote_of_members_present_has_no_voice_of_a_proxy(
    registration_app: Any, registration_db: Database, sign_in: Any
) -> None:
    with registration_db.transaction() as session:
        points = [PointDraft("Bureau", "motion", present_only=True)]
        made = assemblies.create(session, draft(points=points), NOW, who=WHO)
        convening.convene(session, made.id, NOW, who=WHO)
        assemblies.open_session(session, made.id, HELD, who=WHO)
    arrive(registration_db, made, "Commune")
    with registration_db.transaction() as session, pytest.raises(RuleError) as refused:
        assembly_votes.open_vote(session, vote(registration_db, "Bureau"), HELD, who=WHO)
    assert refused.value.message.startswith("Sans les pouvoirs")  # the page shows a quorum with them
    assert refused.value.message.endswith("Il manque : Acteurs économiques, 1.")
    client = registration_app.test_client()
    sign_in(client, "staff")
    for path in ("", "/ecran"):
        page = client.get(f"/equipe/assemblees/{made.id}{path}").text.replace("\u00a0", " ").replace("\u202f", " ")
        assert "Acteurs économiques : il manque 1 votant, présent en personne." in page
    arrive(registration_db, made, "Coopérative")
    assert "présent en personne" not in client.get(f"/equipe/assemblees/{made.id}").text
    town, department = voter(registration_db, "Commune"), voter(registration_db, "Département")
    with registration_db.transaction() as session:
        assembly_room.give_proxy(session, made.id, department, town, HELD, who=WHO)
        assembly_votes.open_vote(session, vote(registration_db, "Bureau"), HELD, who=WHO)
    with registration_db.reading() as session:
        assert session.scalars(sa.select(Motion.voices)).one() == {"public": 1, "economic": 1}


def test_a_proxy_that_can_never_count_is_refused_at_once(registration_db: Database, running: Assembly) -> None:
    giver, holder = voter(registration_db, "Coopérative"), voter(registration_db, "Commune")
    with registration_db.transaction() as session, pytest.raises(RuleError) as refused:
        assembly_room.give_proxy(session, running.id, giver, holder, HELD, who=WHO)

    assert refused.value.code == "other-college"


@pytest.fixture
def slips(registration_db: Database, running: Assembly) -> dict[str, list[str]]:
    """The codes of an open secret vote with three voters present."""
    for structure in ("Commune", "Département", "Coopérative"):
        arrive(registration_db, running, structure)
    with registration_db.transaction() as session:
        return assembly_votes.open_vote(session, vote(registration_db, "Vote secret"), HELD, who=WHO)


def test_a_slip_is_good_for_one_ballot_even_from_two_phones_at_once(
    registration_db: Database, slips: dict[str, list[str]]
) -> None:
    outcomes: list[str] = []
    together = threading.Barrier(2)

    def send() -> None:
        together.wait()
        try:
            with registration_db.transaction() as session:
                assembly_votes.cast(session, slips[""][0].lower().replace("-", " "), ["yes"])
            outcomes.append("counted")
        except RuleError as error:
            outcomes.append(error.code)

    phones = [threading.Thread(target=send) for _ in range(2)]
    for phone in phones:
        phone.start()
    for phone in phones:
        phone.join()

    assert sorted(outcomes) == ["counted", "slip-used"]


def test_who_goes_back_on_a_lent_phone_reads_no_choice(registration_client: Any, slips: dict[str, list[str]]) -> None:
    sent = {"code": slips[""][0], "cast": "1", "choice": "yes"}
    pages = [
        registration_client.post("/vote", data={"code": slips[""][0]}),
        registration_client.post("/vote", data=sent | {"choice": "?"}),
        registration_client.post("/vote", data=sent),
        registration_client.get("/vote"),
    ]
    assert [one.status_code for one in pages] == [200, 422, 200, 200]
    assert {one.headers["Cache-Control"] for one in pages} == {"no-store"}


def test_slips_that_did_not_come_out_are_printed_again_and_void_the_first(
    registration_client: Any, registration_db: Database, running: Assembly, slips: dict[str, list[str]], sign_in: Any
) -> None:
    """A second click, a closed page: the vote is open, and its codes were shown to nobody."""
    sign_in(registration_client, "staff")
    where = f"/equipe/assemblees/votes/{vote(registration_db, 'Vote secret')}"
    again = registration_client.post(f"{where}/ouvrir")
    assert (again.status_code, "déjà ouvert" in again.text) == (409, True)
    assert f'action="{where}/bulletins"' in again.text
    sheet = registration_client.post(f"{where}/bulletins").text
    codes = re.findall(r'<p class="code">([0-9A-Z-]+)</p>', sheet)
    assert len(codes) == len(set(codes) - {*slips[""]}) == 3
    with registration_db.transaction() as session:
        with pytest.raises(NotFound):
            assembly_votes.cast(session, slips[""][0], ["yes"])
        assembly_votes.cast(session, codes[0], ["yes"])
    late = registration_client.post(f"{where}/bulletins")
    assert (late.status_code, "déjà déposé" in late.text) == (409, True)
    with registration_db.transaction() as session:
        assembly_votes.cast(session, codes[1], ["no"])


def test_ballots_add_up_and_a_slip_kept_in_the_hand_is_an_abstention(
    registration_db: Database, slips: dict[str, list[str]]
) -> None:
    assert {college: len(codes) for college, codes in slips.items()} == {"": 3}
    with registration_db.transaction() as session:
        assembly_votes.cast(session, slips[""][0], ["yes"])
        assembly_votes.cast(session, slips[""][1], ["blank"])
        motion = assembly_votes.decide_motion(session, vote(registration_db, "Vote secret"), {}, {}, HELD, who=WHO)
        left = session.scalar(sa.select(sa.func.count()).select_from(BallotSlip))

    assert motion.counts is not None
    assert motion.counts == {"": {"yes": 1, "no": 0, "blank": 1, "void": 0, "abstained": 1}}
    assert left == 0


def test_nothing_ties_a_ballot_to_a_person(registration_db: Database, slips: dict[str, list[str]]) -> None:
    """No column of a slip or a ballot names a voter or a moment, and no code is kept in clear."""
    columns = {column.name for table in (Ballot, BallotSlip) for column in table.__table__.columns}

    assert columns == {"id", "motion_id", "college", "choices", "code_hash", "used"}
    with registration_db.reading() as session:
        hashes = set(session.scalars(sa.select(BallotSlip.code_hash)))
    assert not {code.encode() for codes in slips.values() for code in codes} & hashes
    assert len(hashes) == 3


def test_counted_ballots_keep_no_trace_of_the_order_they_were_cast_in(registration_db: Database) -> None:
    """A room sees who casts when: neither the place of a row nor the transaction that wrote it may tell the same."""
    everybody = [VoterDraft(f"Commune {number:02}", f"Élue {number:02}", "public") for number in range(12)]
    with registration_db.transaction() as session:
        made = assemblies.create(session, draft(voters=everybody), NOW, who=WHO)
        convening.convene(session, made.id, NOW, who=WHO)
        assemblies.open_session(session, made.id, HELD, who=WHO)
    for one in everybody:
        arrive(registration_db, made, one.structure)
    motion_id = vote(registration_db, "Vote secret")
    with registration_db.transaction() as session:
        codes = assembly_votes.open_vote(session, motion_id, HELD, who=WHO)[""]
    for number, code in enumerate(codes):
        with registration_db.transaction() as session:
            assembly_votes.cast(session, code, ["yes" if number < 6 else "no"])
    stored = sa.text("SELECT id, xmin::text, choices->>0 FROM assembly_ballots ORDER BY ctid")
    with registration_db.transaction() as session:
        before = session.execute(stored).all()
        assembly_votes.decide_motion(session, motion_id, {}, {}, HELD, who=WHO)
    with registration_db.reading() as session:
        after = session.execute(stored).all()

    assert [choice for _id, _xmin, choice in before] == ["yes"] * 6 + ["no"] * 6  # what a closed vote must not tell
    assert len({xmin for _id, xmin, _choice in after}) == 1
    assert [row[0] for row in after] == sorted(row[0] for row in after)
    assert not {row[0] for row in before} & {row[0] for row in after}
    assert sorted(choice for _id, _xmin, choice in after) == ["no"] * 6 + ["yes"] * 6


def test_rows_that_told_the_order_leave_the_disk_without_waiting_for_fifty_more(registration_db: Database) -> None:
    """What PostgreSQL waits for by itself; a room has fewer voters, a training fewer answers."""
    secret = ("assembly_ballots", "assembly_ballot_slips", "evaluations", "evaluation_invitations")
    named = sa.text("SELECT relname, reloptions FROM pg_class WHERE relname = ANY(:names)")
    with registration_db.reading() as session:
        found = {name: sorted(options or []) for name, options in session.execute(named, {"names": list(secret)})}
    options = ["autovacuum_vacuum_scale_factor=0", "autovacuum_vacuum_threshold=0"]
    assert found == dict.fromkeys(secret, options)


def test_a_secret_ballot_is_told_by_college_only_where_colleges_weigh(
    registration_client: Any, registration_db: Database, sign_in: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one economic member in the room would be read in the count of its college."""
    monkeypatch.setattr(clock, "now", lambda: HELD)
    sign_in(registration_client, "staff")
    warned = {}
    for weighted in (False, True):
        rules = replace(TWO_COLLEGES, weighted_colleges=weighted)
        with registration_db.transaction() as session:
            made = assemblies.create(session, draft(statutes=rules), NOW, who=WHO)
            convening.convene(session, made.id, NOW, who=WHO)
            assemblies.open_session(session, made.id, HELD, who=WHO)
            for one in made.voters:
                assembly_room.arrive(session, made.id, one.id, HELD, who=WHO)
            secret = made.motions[1].id
        page = registration_client.get(f"/equipe/assemblees/{made.id}").text
        warned[weighted] = "Une seule voix pour Acteurs économiques" in " ".join(page.split())
        with registration_db.transaction() as session:
            codes = assembly_votes.open_vote(session, secret, HELD, who=WHO)
        assert {college: len(some) for college, some in codes.items()} == (
            {"public": 2, "economic": 1} if weighted else {"": 3}
        )
        registration_client.post(f"/equipe/assemblees/votes/{secret}/clore")
        assert "3 bulletins" not in registration_client.get(f"/equipe/assemblees/{made.id}/proces-verbal").text
    assert warned == {False: False, True: True}


def test_a_vote_that_was_opened_too_early_is_opened_again_with_the_voices_of_then(
    registration_client: Any, registration_db: Database, running: Assembly, slips: dict[str, list[str]], sign_in: Any
) -> None:
    sign_in(registration_client, "staff")
    motion_id = vote(registration_db, "Vote secret")
    with registration_db.transaction() as session:
        assembly_votes.cast(session, slips[""][0], ["yes"])
    room = f"/equipe/assemblees/{running.id}"
    assert "1 bulletin déposé sur 3." in registration_client.get(room).text
    assert "1 bulletin déposé sur 3." in registration_client.get(f"{room}/ecran").text

    assert registration_client.post(f"/equipe/assemblees/votes/{motion_id}/reprendre").status_code == 303
    with registration_db.reading() as session:
        motion = session.get_one(Motion, motion_id)
        assert (motion.state, motion.voices, motion.quorum, motion.opened_at) == ("planned", None, None, None)
        assert session.scalars(sa.select(Ballot)).all() == []
        with pytest.raises(NotFound):
            assembly_votes.find_slip(session, slips[""][1])
    with registration_db.transaction() as session:
        assembly_room.leave(session, running.id, voter(registration_db, "Département"), HELD, who=WHO)
        assert len(assembly_votes.open_vote(session, motion_id, HELD, who=WHO)[""]) == 2
    registration_client.post(f"/equipe/assemblees/votes/{motion_id}/clore")
    assert registration_client.post(f"/equipe/assemblees/votes/{motion_id}/reprendre").status_code == 409


def test_the_wall_tells_the_last_result_and_the_page_who_did_what(
    registration_client: Any, registration_db: Database, running: Assembly, slips: dict[str, list[str]], sign_in: Any
) -> None:
    sign_in(registration_client, "staff")
    room = f"/equipe/assemblees/{running.id}"
    with registration_db.transaction() as session:
        for code in slips[""]:
            assembly_votes.cast(session, code, ["yes"])
    assert "Dernier vote" not in registration_client.get(f"{room}/ecran").text
    registration_client.post(f"/equipe/assemblees/votes/{vote(registration_db, 'Vote secret')}/clore")
    wall = " ".join(registration_client.get(f"{room}/ecran").text.split())
    assert "Dernier vote" in wall
    assert "Adopté. Part des voix pour : 100" in wall.replace("\u202f", " ").replace("\xa0", " ")
    journal = registration_client.get(room).text.split("Ce qui s’est passé")[1].split("</ol>")[0]
    told = re.findall(r"</time>([^·<]+) ·", " ".join(journal.split()))
    assert [" ".join(one.split()) for one in told][:2] == ["Vote clos : Vote secret", "Vote ouvert : Vote secret"]
    assert WHO in journal


def test_only_the_row_whose_proxy_is_noted_lists_who_may_carry_it(
    registration_client: Any, registration_db: Database, running: Assembly, sign_in: Any
) -> None:
    """With 142 voters, a list in each row would be twenty thousand lines, at each arrival."""
    sign_in(registration_client, "staff")
    room, giver = f"/equipe/assemblees/{running.id}", voter(registration_db, "Commune")
    page = registration_client.get(room).text
    assert page.count('name="holder"') == 0
    assert f'href="{room}?pouvoir={giver}#v-{giver}"' in page
    form = registration_client.get(f"{room}?pouvoir={giver}").text
    assert form.count('name="holder"') == 1
    assert form.split('name="holder"')[1].count("<option") == 3  # the two others, and nobody
    economic = voter(registration_db, "Coopérative")
    asked = {"what": "proxy", "voter": str(giver), "holder": str(economic)}
    refused = registration_client.post(f"{room}/presence", data=asked)
    assert (refused.status_code, refused.text.count('name="holder"')) == (422, 1)
    assert "même collège" in refused.text


def test_two_tellers_who_differ_record_nothing(registration_db: Database, running: Assembly) -> None:
    for structure in ("Commune", "Coopérative"):
        arrive(registration_db, running, structure)
    motion_id = vote(registration_db, "Rapport moral")
    with registration_db.transaction() as session:
        assembly_votes.open_vote(session, motion_id, HELD, who=WHO)
    first = {"public": Count(yes=1), "economic": Count(yes=1)}
    second = {"public": Count(yes=1), "economic": Count(no=1)}
    with registration_db.transaction() as session, pytest.raises(RuleError) as refused:
        assembly_votes.decide_motion(session, motion_id, first, second, HELD, who=WHO)

    assert refused.value.code == "tellers-disagree"
    with registration_db.reading() as session:
        assert session.get_one(Motion, motion_id).state == "open"


def test_closed_minutes_keep_their_hash_and_only_take_amendments(registration_db: Database, running: Assembly) -> None:
    arrive(registration_db, running, "Commune")
    with registration_db.transaction() as session:
        closed = assemblies.close(session, running.id, HELD, who=WHO)
        minutes.amend(session, running.id, "Lire « Sainte-Croix-du-Lac ».", HELD, who=WHO)
    with registration_db.reading() as session:
        kept = session.get_one(Assembly, running.id)
        assert kept.minutes is not None
        assert minutes.fingerprint(kept.minutes) == kept.minutes_hash == closed.minutes_hash
        assert [entry["what"] for entry in kept.minutes["log"]] == ["arrived"]
        assert kept.minutes["organiser"] == "Le réseau"
    with registration_db.transaction() as session, pytest.raises(RuleError):
        assembly_room.leave(session, running.id, voter(registration_db, "Commune"), HELD, who=WHO)


def test_the_minutes_say_under_which_statutes_the_room_voted(
    registration_client: Any, running: Assembly, sign_in: Any
) -> None:
    sign_in(registration_client, "staff")
    text = registration_client.get(f"/equipe/assemblees/{running.id}/proces-verbal").text
    assert '<p class="eyebrow">Le réseau · Procès-verbal' in text
    said = re.search(r'<ul id="rules">(.*?)</ul>', text, re.S)
    assert said
    for rule in ("1/4", "dans chaque collège", "qui élit le bureau", "se renouvelle par tiers", "est rejetée"):
        assert rule in said[1]
    assert "Les votes blancs sont des suffrages exprimés : non" in " ".join(said[1].split())


def test_a_correction_that_cannot_be_taken_keeps_what_was_typed(
    registration_client: Any, registration_db: Database, running: Assembly, sign_in: Any
) -> None:
    with registration_db.transaction() as session:
        assemblies.close(session, running.id, HELD, who=WHO)
    sign_in(registration_client, "staff")
    long = "Lire Sainte-Croix. " + "x" * 5000
    refused = registration_client.post(f"/equipe/assemblees/{running.id}/rectifier", data={"text": long})
    assert refused.status_code == 422
    assert "Écrivez la rectification" in refused.text
    assert long in refused.text
    unseen = registration_client.post(f"/equipe/assemblees/{running.id}/rectifier", data={"text": "Lire\vCéret."})
    assert (unseen.status_code, "caractères invisibles" in unseen.text) == (422, True)


def test_a_rehearsal_has_the_seats_of_its_preset_and_leaves_nothing(registration_db: Database) -> None:
    with registration_db.transaction() as session:
        made = assemblies.rehearse(session, TWO_COLLEGES, NOW, who=WHO)
        sizes = [sum(voter.college == college.key for voter in made.voters) for college in TWO_COLLEGES.colleges]
        with pytest.raises(RuleError):
            convening.convene(session, made.id, NOW, who=WHO)
        assemblies.remove(session, made.id, NOW, who=WHO)
        left = session.scalar(sa.select(sa.func.count()).select_from(AssemblyVoter))

    assert sizes == [20, 13]
    assert left == 0


def test_an_election_by_slips_fills_what_seats_it_can(registration_db: Database) -> None:
    names = (("Awa Ba", dt.date(1960, 5, 1)), ("Bruno Petit", dt.date(1955, 1, 9)))
    election = PointDraft("Élection", "election", secret=True, college="public", seats=3, candidates=names)
    with registration_db.transaction() as session:
        made = assemblies.create(session, draft(points=[election], statutes=COOPDEV_2016), NOW, who=WHO)
        convening.convene(session, made.id, NOW, who=WHO)
        assemblies.open_session(session, made.id, HELD, who=WHO)
    for structure in ("Commune", "Département", "Coopérative"):
        arrive(registration_db, made, structure)
    with registration_db.transaction() as session:
        codes = assembly_votes.open_vote(session, vote(registration_db, "Élection"), HELD, who=WHO)
        assembly_votes.cast(session, codes["public"][0], ["2", "1"])
        with pytest.raises(RuleError):
            assembly_votes.cast(session, codes["public"][1], ["1", "9"])
        motion = assembly_votes.decide_election(session, vote(registration_db, "Élection"), {}, {}, HELD, who=WHO)

    assert list(codes) == ["public"]
    assert motion.decision is not None
    assert (motion.decision["elected"], motion.decision["vacant"]) == (["1", "2"], 1)
    assert motion.counts == {"1": 1, "2": 1, "blank": 0, "void": 0, "abstained": 1}


def test_an_election_on_paper_takes_two_tellers_who_agree(
    registration_client: Any, registration_db: Database, sign_in: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    sign_in(registration_client, "staff")
    form = GENERAL | {"voters": "Commune du Lac ; Éva Sy ; public ; eva@lac.example", "point1_title": "Élection"}
    form |= {"point1_kind": "paper_election", "point1_college": "public", "point1_seats": "1"}
    form["point1_candidates"] = "Awa Ba\nB. Petit"
    made = registration_client.post("/equipe/assemblees/nouvelle", data=form)
    page = made.headers["Location"]
    seen = re.search(r'name="seen" value="([^"]+)"', registration_client.get(f"{page}/convoquer").text)
    assert seen
    for step in ("convoquer", "ouvrir"):
        assert registration_client.post(f"{page}/{step}", data={"seen": seen[1]}).status_code == 303
    present = {"what": "arrived", "voter": str(voter(registration_db, "Commune"))}
    came = registration_client.post(f"{page}/presence", query_string={"q": "Éva"}, data=present)
    assert came.status_code == 303
    assert "?q=%C3%89va#v-" in came.headers["Location"]  # who was looked for stays in sight
    where = f"/equipe/assemblees/votes/{vote(registration_db, 'Élection')}"
    assert registration_client.post(f"{where}/ouvrir").status_code == 303  # no slips: nothing is cast on a phone
    refused = registration_client.post(f"{where}/clore", data={"a-1": "1", "b-2": "1"})
    assert refused.status_code == 422
    assert "n’ont pas le même décompte" in refused.text
    assert re.search(r'<input[^>]* id="f-b-2"[^>]* value="1"', refused.text)  # what each one counted is still there
    assert registration_client.post(f"{where}/clore", data={"a-2": "1", "b-2": "1"}).status_code == 303
    assert "Élu·e : B. Petit." in registration_client.get(page).text.replace("\u202f", " ").replace("\xa0", " ")


@pytest.mark.parametrize("seats", ["0", "1000", "0001" + "9" * 5000])
def test_seats_that_cannot_be_are_said_so(registration_client: Any, sign_in: Any, seats: str) -> None:
    sign_in(registration_client, "staff")
    form = GENERAL | {"voters": "Commune du Lac ; Éva Sy ; public", "point1_title": "Élection"}
    form |= {"point1_kind": "paper_election", "point1_college": "public", "point1_seats": seats}
    answer = registration_client.post("/equipe/assemblees/nouvelle", data=form | {"point1_candidates": "Awa Ba"})
    assert (answer.status_code, "nombre de sièges" in answer.text) == (422, True)


typed = st.text(max_size=60)
FIELDS = "title date starts place organiser_name organiser_email statutes voters"


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    form=st.dictionaries(
        st.sampled_from(
            [*FIELDS.split(), *(f"point1_{name}" for name in "title kind seats college candidates".split())]
        ),
        st.one_of(typed, st.sampled_from(["two-colleges", "1/4", "election", "2", "14:00", "1er mars 2027", "a\x00b"])),
    )
)
def test_whatever_is_typed_the_form_answers(registration_client: Any, sign_in: Any, form: dict[str, str]) -> None:
    sign_in(registration_client, "staff")
    assert registration_client.post("/equipe/assemblees/nouvelle", data=form).status_code in (303, 422)


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("Commune du Lac ; Éva Sy ; Acteurs publics ; eva@lac.example", 303),
        ("Commune du Lac\tÉva Sy\tpublic\t", 303),
        ("Commune du Lac ; Éva Sy ; Acteurs lunaires", 422),
        ("Commune du Lac", 422),
        ("Commune du Lac ; Éva Sy ; public ; pas une adresse", 422),
    ],
)
def test_the_list_of_voters_is_read_line_by_line(
    registration_client: Any, sign_in: Any, line: str, status: int
) -> None:
    sign_in(registration_client, "staff")
    answer = registration_client.post(
        "/equipe/assemblees/nouvelle",
        data=GENERAL | {"voters": line, "point1_title": "Rapport moral", "point1_kind": "motion"},
    )

    assert answer.status_code == status
    if status == 422:
        assert "Commune du Lac" in answer.text  # nothing typed is lost
