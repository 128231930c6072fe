"""What comes back is read right, whoever wrote it and however broken it is."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.mailer.bounces import KINDS, REASONS, Reading, read, read_for, read_mail
from services.mailer.bounces.explain import EXPLAIN, sentence
from services.mailer.bounces.mailboxes import split
from services.mailer.bounces.mails import parse
from services.mailer.bounces.reasons import VERDICTS, fold, says, statuses_in
from services.mailer.bounces.table import reason_of
from tests.unit.mailer_bounce_answers import ANSWERS, AWAY, NOT_DELIVERED, TOO_LARGE, TOO_MANY
from tests.unit.mailer_bounce_forms import FORMS
from tests.unit.mailer_bounce_samples import SAMPLES as FIRST
from tests.unit.mailer_bounce_samples import WHO, Sample, dsn
from tests.unit.mailer_bounce_samples import text as bounce
from tests.unit.mailer_bounce_styles import MORE

SAMPLES = [*FIRST, *MORE, *FORMS]

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("sample", SAMPLES, ids=[sample.name for sample in SAMPLES])
def test_a_sample_is_read(sample: Sample) -> None:
    reading = read(sample.raw)
    wanted = (sample.kind, sample.recipient, sample.verdict, sample.reason or reading.reason)
    assert (reading.kind, reading.recipient, reading.verdict, reading.reason) == wanted
    if sample.status is not None:
        assert reading.status == sample.status


def test_an_answer_means_the_same_in_every_language() -> None:
    read_otherwise = [(wanted, said) for wanted, said in ANSWERS if reason_of([f"550 {said}"], []).verdict != wanted]
    assert read_otherwise == []


def test_too_many_mails_are_not_one_that_is_too_big_in_any_language() -> None:
    wanted = [("rate-limited", one) for one in TOO_MANY] + [("too-big", one) for one in TOO_LARGE]
    read_as = [(reason_of([f"550 {said}"], []).name, said) for _name, said in wanted]
    assert [one for one in read_as if one not in wanted] == []


def test_an_automatic_answer_is_known_by_its_subject() -> None:
    mails = [f"From: {WHO}\nTo: echo@agora.example\nSubject: {subject}\n\nBonjour\n" for subject in AWAY]
    assert [
        subject for mail, subject in zip(mails, AWAY, strict=True) if read(mail.encode()).kind != "auto-reply"
    ] == []


@pytest.mark.parametrize("sender", ["postmaster@exemple.fr", "Microsoft Outlook <x@exemple.fr>"])
def test_a_report_without_fields_is_read_in_every_language(sender: str) -> None:
    told = [one.split("|") for one in NOT_DELIVERED]
    read_as = [read(bounce(f"{WHO}\n{words}\n", sender=sender, subject=subject)) for subject, words in told]
    assert [(one.kind, one.recipient, one.verdict) for one in read_as] == [("bounce", WHO, "remove")] * len(told)


def test_a_name_that_only_programs_have_says_that_a_mail_did_not_arrive() -> None:
    reading = read(bounce(f"Zzz zzz {WHO} zzz.\n", sender="MAILER-DAEMON@mx.test", subject="Zzz"))
    assert (reading.kind, reading.recipient, reading.verdict) == ("bounce", WHO, "keep")


def test_a_relay_that_goes_on_trying_is_known_by_its_subject_in_every_language() -> None:
    subjects = "Retardé|Verzögert|In ritardo|Retrasado|Atrasado|Vertraagd|Försenat|Opóźniony|Задержано|延迟|遅延".split(
        "|"
    )
    mails = [
        bounce(f"{WHO}\n", sender="postmaster@mx.test", subject=f"{one}: L'Echo, user unknown") for one in subjects
    ]
    assert {(read(mail).kind, read(mail).verdict) for mail in mails} == {("delay", "keep")}


def test_a_receipt_of_delivery_is_no_failure() -> None:
    receipt = bounce(f"It arrived: {WHO}\n", sender="MAILER-DAEMON@mx.test", subject="Successful Mail Delivery Report")
    assert read(receipt).kind in ("none", "auto-reply")


@pytest.mark.parametrize(
    "words",
    [
        "Fermeture annuelle|La mairie est fermée. Pour toute adresse erronée, écrivez à mairie@ville.example.",
        "Merci pour votre message|Nous l’avons bien reçu. Aucun compte n’est nécessaire : aide@ville.example.",
        "Thank you for your message|If you have an account and could not find it, write to help@town.example.",
        "Neue E-Mail-Adresse|Diese Adresse existiert nicht mehr ab 1. Juli. Neu: max@neu.example",
        "Gracias por su mensaje|Si no tiene ninguna cuenta, escriba a ana@sitio.example.",
        "Bedankt voor uw bericht|U heeft geen account nodig. Schrijf aan jan@bedrijf.example.",
        "感谢您的来信|我们已收到您的邮件。如果地址错误，请联系 li@gongsi.example",
    ],
)
def test_thanks_with_an_empty_return_path_remove_nobody(words: str) -> None:
    subject, said = words.split("|")
    reading = read(bounce(f"{said}\n", sender=f"Léa <{WHO}>", subject=subject))
    assert (reading.kind, reading.verdict) == ("auto-reply", "keep")


@pytest.mark.parametrize("sender", ["Postmaster <postmaster@asso.example>", "Lea <lea@bounce.example>"])
@pytest.mark.parametrize(
    "words",
    [
        "Re: L’Écho|Je ne trouve aucun compte rendu de l’assemblée. Écrivez à paul@asso.example.",
        "Adhésion|Bonjour,\n\nNotre association n’a aucun compte à ce nom, voyez avec paul@asso.example.",
        "L’annuaire|Notre adresse a été supprimée par erreur, pouvez-vous la remettre ?",
        "Convocation|Bonjour, la convocation n’a pas pu être ouverte ; le destinataire a changé : paul@asso.example.",
        "AW: Rundbrief|Unsere Adresse ist falsch, bitte an paul@asso.example senden.",
        "Question|Hello, my account is locked and the address of our club is wrong: paul@asso.example.",
    ],
)
def test_a_person_who_writes_as_postmaster_is_no_refusal(sender: str, words: str) -> None:
    subject, said = words.split("|")
    letter = bounce(f"{said}\n", sender=sender, subject=subject).replace(b"Return-Path: <>\n", b"")
    assert read(letter) == Reading("none", "", "", "ordinary", "keep")


def test_what_a_person_hands_on_is_about_their_own_mail() -> None:
    """As mail programs forward it: the subject and a line say so, and the relay's words follow."""
    told = f"Vous savez pourquoi ?\n\n---------- Forwarded message ---------\nFinal-Recipient: rfc822; {WHO}\n"
    raw = f"From: Léa <lea@asso.test>\nTo: echo@agora.example\nSubject: Fwd: Undelivered Mail\n\n{told}"
    raw += "Action: failed\nStatus: 5.1.1\n"
    assert read_for(raw.encode()).kind == "none"
    assert read(raw.encode()) == Reading("bounce", WHO, "5.1.1", "user-unknown", "remove"), "what is quoted is read"
    relayed = raw.replace("Fwd: ", "").replace("Léa <lea@", "MAILER-DAEMON <x@")
    assert read_for(relayed.encode()).verdict == "remove"


@pytest.mark.parametrize(
    ("action", "status", "verdict"),
    [
        ("failed", "5.2.2", "keep"),
        ("relayed", "2.0.0", "keep"),
        ("failed", "5.1.1", "remove"),
        ("failed", "5.7.25", "ours"),
    ],
)
def test_an_address_is_gone_only_when_all_behind_it_are(action: str, status: str, verdict: str) -> None:
    """An alias: the report names each mailbox that it leads to."""
    raw = dsn("", "5.1.1").decode()
    end = raw.index("\n--B", raw.index("Final-Recipient"))
    other = f"\n\nFinal-Recipient: rfc822; deux@exemple.fr\nAction: {action}\nStatus: {status}\n"
    two = (raw[:end].rstrip("\n") + other + raw[end:]).encode()
    assert (read(two).verdict, read_for(two).verdict) == ("remove", verdict)


def test_the_samples_are_many() -> None:
    assert len(SAMPLES) >= 60
    assert len({sample.name for sample in SAMPLES}) == len(SAMPLES)


def is_valid(reading: Reading) -> bool:
    return (
        reading.kind in KINDS
        and reading.verdict in VERDICTS
        and reading.reason in REASONS
        and all(isinstance(one, str) for one in (reading.recipient, reading.status))
        and "\n" not in reading.recipient
        and json.loads(json.dumps(reading.recipient)) == reading.recipient
    )


@given(st.binary(max_size=2000))
def test_random_bytes_are_read(raw: bytes) -> None:
    assert is_valid(read(raw))
    assert read(raw) == read_mail(parse(raw))


@pytest.mark.slow
@given(st.sampled_from(SAMPLES), st.data())
@settings(max_examples=300, deadline=None)
def test_truncated_and_changed_samples_are_read(sample: Sample, data: st.DataObject) -> None:
    raw = bytearray(sample.raw)
    for _change in range(data.draw(st.integers(0, 5))):
        at = data.draw(st.integers(0, len(raw)))
        raw[at : at + data.draw(st.integers(0, 40))] = data.draw(st.binary(max_size=20))
    # read() catches what nobody foresaw; the pieces behind it have nothing to be caught for.
    assert is_valid(read_mail(parse(bytes(raw[: data.draw(st.integers(0, len(raw)))]))))


@pytest.mark.slow
@pytest.mark.parametrize("sample", FIRST, ids=[sample.name for sample in FIRST])
def test_a_sample_cut_anywhere_is_read(sample: Sample) -> None:
    for length in range(0, len(sample.raw), 37):
        assert is_valid(read_mail(parse(sample.raw[:length])))


@pytest.mark.parametrize(
    ("head", "body"),
    [
        ("From: a@b.fr\nSubject: Re: L'Echo", "Merci ! Ma collegue lea@x.fr : user unknown chez eux."),
        ("From: a@b.fr\nSubject: Warning: soldes", "Promotion a 550 euros"),
        ("From: Jean <j@b.fr>\nSubject: Candidature rejected?", "Pourquoi ?"),
        ("From: root@srv.fr\nSubject: Cron", "ok"),
        ("From: postmaster@b.fr\nSubject: Bienvenue", "Bonjour"),
    ],
)
def test_an_ordinary_letter_is_nothing(head: str, body: str) -> None:
    assert read(f"{head}\n\n{body}\n".encode()) == Reading("none", "", "", "ordinary", "keep")


@pytest.mark.parametrize(
    "raw",
    [
        # A subject in bare UTF-8, as French webmails' relays write it, and no word of a code.
        bounce(f"<{WHO}>\u202f: le compte n’existe pas", subject="Échec de remise"),
        bounce(f"<{WHO}>: L’adresse {WHO} n’existe pas.", subject="Échec de remise").decode().encode("cp1252"),
        # The charset of the mail that is returned, copied to a text that is plain ASCII.
        bounce(f"550 5.1.1 <{WHO}> unknown user", head="Content-Type: text/plain; charset=cp500\n"),
        bounce(f"550 5.1.1 <{WHO}> unknown user", head="Content-Type: text/plain; charset=utf-16\n"),
        bounce(f"550 5.1.1 <{WHO}> unknown user", head="Content-Type: text/plain; charset=utf-7\n"),
    ],
)
def test_letters_that_are_not_what_they_say(raw: bytes) -> None:
    found = read(raw)
    assert (found.kind, found.recipient, found.verdict) == ("bounce", WHO, "remove")


@pytest.mark.slow
def test_hostile_shapes_are_read_in_time() -> None:
    head = b"From: MAILER-DAEMON@x\nSubject: failure notice\n"
    nested = b"".join(b'Content-Type: multipart/mixed; boundary="%d"\n\n--%d\n' % (n, n) for n in range(2000))
    hostile = [
        head + b"\n" + b"a" * 1_000_000,
        head + b"\n" + b"a@" * 300_000,
        head + b"\n" + b"<a " * 200_000,
        head + b"Content-Type: text/html\n\n" + b"<style" * 100_000,
        head + b"Content-Type: text/html\n\n" + b"<style>x</style>" * 30_000,
        b"Subject: " + b"x" * 50_000_000 + b"\n\nx",
        b"From: MAILER-DAEMON@x\nSubject: " + b"=?utf-8?q?a?= " * 40_000 + b"\n\nx",
        head + b"\n" + b"recipient: " * 60_000,
        head + b"\n" + b"550 " * 100_000,
        head + b"Subject: " + b"=?utf-8?q?" * 20_000 + b"\n\nx",
        nested,
        b"x: y\n " * 100_000,
        b"\n" * 500_000,
        head + b"\nit was addressed" + b" " * 60_000 + b"x",
        head + b"\nit was delivered to" + b" " * 60_000 + b"x",
    ]
    for raw in hostile:
        before = time.process_time()
        assert is_valid(read_mail(parse(raw)))
        assert time.process_time() - before < 5, raw[:80]


@pytest.mark.slow
def test_a_thousand_mails_take_less_than_ten_seconds() -> None:
    mails = [SAMPLES[number % len(SAMPLES)].raw for number in range(1000)]
    before = time.process_time()
    for raw in mails:
        read(raw)
    assert time.process_time() - before < 10


def test_nobody_is_removed_because_we_were_blocked() -> None:
    for text in (
        "550 5.1.1 blocked using zen.spamhaus.org",
        "550 5.1.1 SPF check failed",
        "550 user unknown: relaying denied",
    ):
        assert reason_of([text], statuses_in(text)).verdict == "ours"


def test_every_reason_is_explained() -> None:
    assert set(EXPLAIN) == set(REASONS)
    assert sentence("nothing of the kind") == EXPLAIN["undefined"]
    for name, row in REASONS.items():
        if row.verdict == "remove":
            assert "écartée" in EXPLAIN[name] or "ne recevra plus" in EXPLAIN[name]


def test_words_match_whatever_their_accents_and_gaps() -> None:
    assert says(fold("La BOÎTE  du\ndestinataire est pleine"), fold("boîte * pleine"))
    assert not says(fold("boite" + "x" * 200 + "pleine"), fold("boîte * pleine"))


def test_versions_and_addresses_are_no_status() -> None:
    assert statuses_in("from 192.5.1.1 by Exim 4.94.2: 550 5.1.1 no") == ["5.1.1"]


def test_a_line_that_begins_with_from_does_not_cut_a_mail() -> None:
    raw = b"From a@b Mon Oct  3 09:00:00 2016\nSubject: x\n\nFrom Paris, with 2016 greetings\nbye\n"
    assert split(raw + b"\n" + raw) == [raw + b"\n", raw]
    assert split(b"Subject: x\n\nFrom a@b Mon Oct  3 09:00:00 2016\nSubject: y\n") != []


def run(*arguments: str, given_input: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "services.mailer", "bounce", *arguments]
    return subprocess.run(
        command, input=given_input, capture_output=True, cwd=ROOT, env={"PATH": "/usr/bin:/bin"}, timeout=60
    )


@pytest.mark.slow
def test_the_command_reads_files_standard_input_and_mailboxes(tmp_path: Path) -> None:
    one = tmp_path / "one.eml"
    one.write_bytes(SAMPLES[0].raw)
    box = tmp_path / "box.mbox"
    stamp = b"From MAILER-DAEMON Mon Oct  3 09:00:00 2016\n"
    box.write_bytes(b"\n".join(stamp + sample.raw for sample in SAMPLES[:3]))
    done = run(str(one), str(tmp_path / "absent"), str(box))
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 1
    assert b"absent" in done.stderr
    assert [line["file"] for line in lines] == [str(one)] + [str(box)] * 3
    wanted = {"kind": "bounce", "recipient": WHO, "status": "5.1.1", "reason": "user-unknown", "verdict": "remove"}
    assert lines[0] == {"file": str(one), **wanted}
    assert [line["reason"] for line in lines[1:]] == [sample.reason for sample in SAMPLES[:3]]
    done = run(given_input=SAMPLES[0].raw)
    assert done.returncode == 0
    assert json.loads(done.stdout) == {"file": "-", **wanted}
    done = run("-", given_input=bytes(range(256)) * 20)
    assert done.returncode == 0
    assert json.loads(done.stdout)["kind"] == "none"


def test_the_command_says_what_it_cannot_read_and_goes_on(tmp_path: Path) -> None:
    (tmp_path / "empty").write_bytes(b"")
    names = [str(tmp_path), str(tmp_path / "absent"), "-", str(tmp_path / "empty")]
    shell = f"exec {sys.executable} -m services.mailer bounce {' '.join(names)} <&-"
    run = subprocess.run(["sh", "-c", shell], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert [line.rpartition(":")[0].removeprefix("bounce: ") for line in run.stderr.splitlines()] == names[:3]
    assert [json.loads(line)["kind"] for line in run.stdout.splitlines()] == ["none"]


def test_the_command_ends_quietly_when_nobody_reads_on(tmp_path: Path) -> None:
    (tmp_path / "many").write_bytes(b"From x Mon Jan  1 00:00:00 2016\nSubject: failure notice\n\nx\n" * 5000)
    command = [sys.executable, "-m", "services.mailer", "bounce", str(tmp_path / "many")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.readline()
        running.stdout.close()
        assert running.stderr.read() == b""
    assert running.returncode == 0


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_mail_saved_by_a_text_editor_is_read(encoding: str) -> None:
    saved = bounce(f"<{WHO}>: user unknown").decode().encode(encoding)
    assert [read(one).recipient for one in split(saved)] == [WHO]
