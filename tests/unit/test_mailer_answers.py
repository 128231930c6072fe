# ruff: noqa: E501 - a mail on one line is easier to compare than a folded one
"""Answers to a mail of ours: the words of who wrote them, and nothing of what they quote."""

from __future__ import annotations

import time
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.mailer import answers, previews, render

WORDS = "Bonjour Soa,\n\nSept heures me va. Je serai devant la gare.\n\nÉloïse"
FROM = "bonjour@agora.example"
TO = "b+r+abcdefghijklmnopqrstuvwxyz234567@bounces.agora.example"
OURS = (FROM, "@bounces.agora.example")
DATA = previews.sample("carpool_note")
SECRETS = (DATA["link"], DATA["person"]["email"], DATA["person"]["last_name"], "Je pars de Lodève")
SENT = {
    language: render.render("carpool_note", DATA | {"person": DATA["person"] | {"locale": language}}, TO)
    for language in ("fr", "en")
}
NAMED = f"Réseau régional de coopération <{FROM}>"
HEAD_FR = (
    f"De : {NAMED}\nEnvoyé : lundi 3 octobre 2016 09:12\n"
    f"À : Éloïse Rakotondrainibe <{DATA['person']['email']}>\nObjet : Covoiturage : Soa vous écrit\n\n"
)
HEAD_EN = (
    f"From: {NAMED}\nSent: Monday, October 3, 2016 9:12 AM\n"
    f"To: Éloïse Rakotondrainibe <{DATA['person']['email']}>\nSubject: Sharing a car: Soa writes to you\n\n"
)


def quoted(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.splitlines())


ALONE = SENT["fr"].text
STYLES = {
    "nothing quoted": WORDS,
    "gmail": f"{WORDS}\n\nLe lun. 3 oct. 2016 à 09:12, Réseau régional de coopération <\n{FROM}> a écrit :\n\n{quoted(ALONE)}\n",
    "gmail, folded in the last words": f"{WORDS}\n\nLe lun. 3 oct. 2016 à 09:12, {NAMED} a\nécrit :\n\n{quoted(ALONE)}\n",
    "gmail in English": f"{WORDS}\n\nOn Mon, Oct 3, 2016 at 9:12 AM {NAMED}\nwrote:\n\n{quoted(SENT['en'].text)}\n",
    "thunderbird, below": f"Le 03/10/2016 à 09:12, {NAMED} a écrit :\n{quoted(ALONE)}\n\n{WORDS}\n\n-- \nÉloïse R., 06 00 00 00 00\n",
    "apple mail": f"{WORDS}\n\n{quoted(f'Le 3 oct. 2016 à 09:12, {NAMED} a écrit :')}\n>\n{quoted(ALONE)}\n",
    "iphone": f"{WORDS}\n\nEnvoyé de mon iPhone\n\n> Le 3 oct. 2016 à 09:12, {NAMED} a écrit :\n>\n{quoted(ALONE)}\n",
    "outlook": f"{WORDS}\n\n{HEAD_FR}{ALONE}",
    "outlook, stars": f"{WORDS}\n\n{HEAD_FR.replace('De :', '*De :*').replace('Envoyé :', '*Envoyé :*')}{ALONE}",
    "outlook on the web": f"{WORDS}\n________________________________\n{HEAD_EN}{SENT['en'].text}",
    "zimbra": f'{WORDS}\n\n----- Mail original -----\nDe: "Réseau" <{FROM}>\nÀ: {DATA["person"]["email"]}\n\n{ALONE}',
    "la poste": f"{WORDS}\n\n-------- Message original --------\nDe : {FROM}\n{ALONE}",
    "orange": f"{WORDS}\n\n> Message du 03/10/16 09:12\n> De : {NAMED}\n> A : {DATA['person']['email']}\n>\n{quoted(ALONE)}",
    "orange, today": f"{WORDS}\n\n\nenvoyé : 3 octobre 2016 à 09:12\nde : {NAMED}\nà : {DATA['person']['email']}\n\n{ALONE}",
    "samsung": f"{WORDS}\n\n-------- Message d'origine --------\nDe : {NAMED} \nDate : 03/10/2016  09:12  (GMT+01:00) \n{ALONE}",
    "zoho": f"{WORDS}\n\n---- Le lun., 3 oct. 2016 09:12:00 +0200 {NAMED} a écrit ----\n\n{ALONE}",
    "outlook, folded": f"{WORDS}\n\nDe : Réseau régional de coopération internationale\n<{FROM}>\nEnvoyé : lundi 3 octobre\n{ALONE}",
    "outlook on Android": f"{WORDS}\n\nTélécharger Outlook pour Android<https://aka.ms/ghei36>\n\n{'_' * 32}\n{HEAD_EN}{ALONE}",
    "yahoo": f"{WORDS}\n\nLe lundi 3 octobre 2016 à 09:12:31 UTC+2, {NAMED} a écrit :\n\n{ALONE}",
    "only our line tells": f"{WORDS}\n\n{ALONE}",
    "signed": f"{WORDS}\n-- \nÉloïse Rakotondrainibe\n{DATA['person']['email']}",
    "lines of Windows": WORDS.replace("\n", "\r\n") + f"\r\n\r\n{HEAD_FR}{ALONE}".replace("\n", "\r\n"),
}


def mail(text: str, *, html: str = "", head: dict[str, str] | None = None, cte: str = "quoted-printable") -> bytes:
    made = EmailMessage()
    made["From"], made["To"] = f"Éloïse Rakotondrainibe <{DATA['person']['email']}>", TO
    made["Subject"], made["In-Reply-To"] = "Re: Covoiturage : Soa vous écrit", "<x@agora.example>"
    for name, value in (head or {}).items():
        made[name] = value
    if text:
        made.set_content(text, cte=cte)
    if html:
        made.add_alternative(html, subtype="html") if text else made.set_content(html, subtype="html")
    return made.as_bytes()


def read(raw: bytes, sender: str | None = "eloise@association.example") -> answers.Answer:
    return answers.read(raw, sender, OURS)


@pytest.mark.parametrize("style", STYLES)
def test_only_the_words_of_who_answers_pass_whatever_their_program_quotes(style: str) -> None:
    found = read(mail(STYLES[style]))
    assert found == answers.Answer("words", WORDS)


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize(
    "begins",
    [
        '<div class="gmail_quote">',
        '<blockquote type="cite">',
        "<hr>",
        '<hr id="zwchr">',
        f"<p><b>De&nbsp;:</b> Réseau &lt;{FROM}&gt;<br><b>Envoyé&nbsp;:</b> lundi 3 octobre 2016 09:12<br></p>",
    ],
)
def test_a_page_of_html_says_what_stands_above_our_line(language: str, begins: str) -> None:
    html = f"<html><body><p>Sept heures me va.</p><p>Éloïse</p>{begins}{SENT[language].html}"
    found = read(mail("", html=html))
    assert found.read == "words"
    assert [line.strip() for line in found.text.splitlines() if line.strip()][:2] == ["Sept heures me va.", "Éloïse"]
    assert not any(secret in found.text for secret in SECRETS)


def test_our_line_is_known_where_a_program_folded_it() -> None:
    folded = SENT["fr"].html.replace("au-dessus de cette ligne", "au-dessus\nde cette\n  ligne")
    assert read(mail("", html=f"<p>Oui</p>{folded}")).text.split()[0] == "Oui"
    assert "Vous avez accepté" not in read(mail("", html=f"<p>Oui</p>{folded}")).text


def test_the_text_counts_before_the_page_and_files_are_left_out() -> None:
    made = EmailMessage()
    made["From"] = "eloise@association.example"
    made.set_content("Sept heures me va.")
    made.add_alternative("<p>Autre chose</p>", subtype="html")
    made.add_attachment("un secret", filename="note.txt")
    assert read(made.as_bytes()) == answers.Answer("words", "Sept heures me va.")


def test_a_text_that_is_empty_beside_its_page_counts_for_nothing() -> None:
    assert read(mail(" \n", html="<p>Sept heures me va.</p>")) == answers.Answer("words", "Sept heures me va.")


def test_lines_that_a_program_folded_are_whole_again() -> None:
    head = "From: e@a.example\nContent-Type: text/plain; charset=utf-8; format=flowed\n\n"
    folded = "Je pars \nde Lodève.\n> ce qu'on \ncite\nDeux places.\n-- \nE."
    assert read((head + folded).encode()).text == "Je pars de Lodève.\ncite\nDeux places."
    deleted = head.replace("flowed", "flowed; delsp=yes") + "Lo \ndève"
    assert read(deleted.encode()).text == "Lodève"


@pytest.mark.parametrize(
    ("text", "because"),
    [
        (quoted(ALONE), "empty"),
        (f"{HEAD_FR}{ALONE}", "empty"),
        ("-- \nÉloïse", "empty"),
        ("x" * (answers.LONGEST + 1), "long"),
        (f"Oui\n\nRéseau régional {FROM} disait que", "quoted"),
        (f"Oui, écris-moi à {TO}", "quoted"),
    ],
)
def test_what_cannot_pass_is_said_and_its_text_stays_behind(text: str, because: str) -> None:
    assert read(mail(text)) == answers.Answer(because)


@pytest.mark.parametrize(
    ("head", "sender"),
    [
        ({"Auto-Submitted": "auto-replied"}, None),
        ({"Auto-Submitted": "auto-generated (rejected)"}, None),
        ({"Precedence": "bulk"}, None),
        ({"X-Autoreply": "yes"}, None),
        ({"List-Id": "<liste.example>"}, None),
        ({"Return-Path": "<>"}, None),
        ({}, ""),
    ],
)
def test_nothing_of_a_machine_is_passed_on(head: dict[str, str], sender: str | None) -> None:
    """RFC 3834: who answers by itself says so, or has no address of its own; two of them would never end."""
    assert read(mail(WORDS, head=head), sender).read == "machine"
    assert read(mail(WORDS, head={"Auto-Submitted": "no"}), None).read == "words"


@pytest.mark.parametrize("words", ["Je suis absente lundi, partons mardi.", "Mon message n’a pas pu être remis hier."])
def test_a_person_who_is_away_or_was_not_heard_is_no_machine(words: str) -> None:
    raw = f"From: Zoé <zoe@a.example>\nSubject: Re: Covoiturage\nContent-Type: text/plain; charset=utf-8\n\n{words}"
    assert read(raw.encode()) == answers.Answer("words", words)


def test_no_mail_of_ours_is_taken_for_an_answer() -> None:
    ours = mail(ALONE, head={"Auto-Submitted": "auto-generated"})
    assert read(ours).read == "machine"


@pytest.mark.parametrize(
    "words",
    [
        "Le train de 7 h a du retard, dit la gare : je prends ta voiture.",
        "Le maire a écrit : la salle ouvre à 8 h.\nOn se voit là-bas ?",
        "De : Lodève\nÀ : Toulouse\nDate : le 14 au matin\nOn y va ?",
        "De Lodève, je pars à 7 h.\nÀ tout à l’heure !",
        "- deux places\n- une valise",
    ],
)
def test_what_people_say_is_not_taken_for_a_quotation(words: str) -> None:
    assert read(mail(words)) == answers.Answer("words", words)


@pytest.mark.parametrize("one", [" ", "\t", " " * 999 + "\n", "le 1 ", "sent: x\n", "de: a@b\n", "_", "\n", "Écrivez "])
def test_a_text_of_one_thing_again_and_again_is_read_at_once(one: str) -> None:
    begun = time.perf_counter()
    answers.own_words(one * (32_000 // len(one)))
    assert time.perf_counter() - begun < 3


@given(st.binary(max_size=2000))
def test_nothing_raises_whatever_the_bytes(raw: bytes) -> None:
    assert read(raw).read in ("words", "empty", "long", "quoted", "machine")
    assert "\0" not in read(raw).text


@pytest.mark.parametrize(
    "line", ["le 1 ", "De : x\n", "> ", "Le 1 a écrit :\n> x\n", "_" * 9 + "\n", "<div <div ", "\n"]
)
def test_a_mail_made_to_be_slow_is_read_soon(line: str) -> None:
    raw = b"From: e@a.example\nContent-Type: text/plain\n\n" + (line * 60_000).encode()
    began = time.process_time()
    read(raw)
    read(raw.replace(b"text/plain", b"text/html"))
    assert time.process_time() - began < 4


@pytest.mark.parametrize(
    ("language", "above", "answer", "silent"),
    [
        ("fr", answers.ABOVE["fr"], "Ou répondez à ce courriel", "Ne répondez pas à ce courriel"),
        ("en", answers.ABOVE["en"], "Or reply to this e-mail", "Do not reply to this e-mail"),
    ],
)
def test_a_mail_says_where_its_answers_go(language: str, above: str, answer: str, silent: str) -> None:
    plain = render.render("carpool_note", DATA | {"person": DATA["person"] | {"locale": language}})
    passed = SENT[language]
    assert (passed.reply_to, plain.reply_to) == (TO, DATA["organiser"]["email"])
    for made in (passed.text, passed.html):
        said = " ".join(made.split())
        assert [one in said for one in (above, answer, silent)] == [True, True, False]
        assert "Répondez à ce message" not in said
        assert "Reply to this message" not in said
    assert passed.text.startswith(f"--- {above} ---\n")
    assert [one in " ".join(plain.text.split()) for one in (above, answer, silent)] == [False, False, True]
