"""Notices by letter and forms to give a proxy: the words of the mail, for those whom no mail reaches."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from services.mailer import render
from services.registration.models.assembly import Assembly
from services.registration.rules.assembly.statutes import TWO_COLLEGES
from services.registration.use_cases import assemblies
from services.registration.use_cases.assemblies import PointDraft, VoterDraft
from shared import clock
from shared.db import Database
from tests.integration.test_registration_assembly import NOW, WHO, draft

TYPED = '#panic("x") *gras* $x$'


@pytest.fixture
def staff(registration_client: Any, sign_in: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    sign_in(registration_client, "staff")
    return registration_client


def made(db: Database, **more: Any) -> Assembly:
    with db.transaction() as session:
        return assemblies.create(session, replace(draft(), **more), NOW, who=WHO)


def pages(answer: Any) -> list[str]:
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    return [" ".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(answer.data)).pages]


def one(text: str) -> str:
    """Without what typography adds, and without breaks of lines."""
    return " ".join(re.sub(r"[\u202f\xa0\u2009]", " ", text).split())


def test_each_voter_without_an_address_gets_a_sheet_with_the_agenda_and_a_proxy(
    staff: Any, registration_db: Database
) -> None:
    voters = [*draft().voters, VoterDraft("Ville d’Auch", TYPED, "public")]
    assembly = made(registration_db, voters=voters, points=[PointDraft("Rapport moral", "motion"), PointDraft(TYPED)])
    path = f"/equipe/assemblees/{assembly.id}"
    assert "Imprimer 2 lettres" in staff.get(path).text
    sheets = [one(page) for page in pages(staff.get(f"{path}/convocations.pdf"))]
    assert [("Coopérative des Causses" in page, "Ville d’Auch" in page) for page in sheets] == [
        (True, False),
        (False, True),
    ]
    for page in sheets:
        for said in (
            "Convocation",
            "vendredi 3 février 2017, à 14 h 00",
            "Toulouse",
            "Rapport moral",
            TYPED,
            "Pouvoir",
        ):
            assert said in page


@pytest.mark.parametrize(
    "rules",
    [
        TWO_COLLEGES,
        replace(TWO_COLLEGES, proxies_cap=0),
        replace(TWO_COLLEGES, proxies_cap=None, proxies_same_college=False),
        replace(TWO_COLLEGES, proxies_cap=1, proxies_blank=True),
    ],
)
@pytest.mark.parametrize("second_session", [False, True])
def test_the_letter_says_what_the_mail_says(
    staff: Any, registration_db: Database, rules: Any, second_session: bool
) -> None:
    assembly = made(registration_db, statutes=rules, second_session=second_session)
    (sheet,) = (one(page) for page in pages(staff.get(f"/equipe/assemblees/{assembly.id}/convocations.pdf")))
    sample = json.loads((Path(render.__file__).parent / "mail_samples" / "assembly_notice.json").read_text())
    fact = sample | {
        "assembly": sample["assembly"] | {"title": assembly.title, "second_session": second_session},
        "structure": "Coopérative des Causses",
        "proxies_cap": rules.proxies_cap,
        "proxies_same_college": rules.proxies_same_college,
        "proxies_blank": rules.proxies_blank,
    }
    mail = one(render.render("assembly_notice", fact).text)
    sentences = re.findall(
        r"(« Coopérative[^.]*\. Vous la représentez\.|Faute de quorum.*?présents\.|"
        r"Vous ne pouvez pas venir.*?arrivez\.|Un pouvoir qui[^.]*\.|Les statuts ne permettent[^.]*\.)",
        mail,
    )
    assert len(sentences) == (2 if rules.proxies_cap == 0 else 3)
    for sentence in sentences:
        assert sentence in sheet


def test_blank_proxies_name_the_assembly_and_its_limits(staff: Any, registration_db: Database) -> None:
    path = f"/equipe/assemblees/{made(registration_db).id}/pouvoirs.pdf"
    (sheet,) = (one(page) for page in pages(staff.get(path)))
    assert sheet.count("Assemblée générale 2017") == 2
    assert sheet.count("du même collège, 2 pouvoirs par personne au plus") == 2


def test_no_letter_is_said_and_a_rehearsal_prints_none(staff: Any, registration_db: Database) -> None:
    assembly = made(registration_db, voters=draft().voters[:2])  # both have an address
    path = f"/equipe/assemblees/{assembly.id}"
    assert staff.get(f"{path}/convocations.pdf").status_code == 404
    assert "lettre" not in staff.get(path).text
    with registration_db.transaction() as session:
        rehearsal = assemblies.rehearse(session, TWO_COLLEGES, NOW, who=WHO)
    assert "convocations.pdf" not in staff.get(f"/equipe/assemblees/{rehearsal.id}").text
