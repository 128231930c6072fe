"""Third act: three associations write, three thousand contacts are imported, L'Écho no. 34 goes out, once to each."""

from __future__ import annotations

import csv
import io
import re
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import requests
from PIL import Image, ImageDraw

from deploy.local.demo import people, restitution, watch
from deploy.local.demo.agora import mails
from deploy.local.demo.browser import TIMEOUT, Browser
from deploy.local.demo.stage import SEED, Stage

CONTACTS, BROKEN = 3000, 3
RIGHT = "L’Agora dans onze jours"
CONTACT = re.compile(r"/contacts/[0-9a-f-]{36}$")
SOURCE = {
    "source": "Bulletins d’adhésion et feuilles d’émargement, 2012 à 2016",
    "wording": "« J’accepte de recevoir L’Écho du Réseau, tous les deux mois. »",
}
ARTICLES = [
    (
        "De retour de Mahajanga",
        "Six lycéens de Revel ont passé trois semaines avec les élèves du lycée agricole de Boeny. Ils racontent : "
        "la pépinière, le marché de Marovoay, et ce qu’ils changeraient. Soirée ouverte à tous.",
    ),
    (
        "Cherchons maçon·ne pour février",
        "La maternité de Fatick a besoin d’une citerne. L’entreprise offre la pompe, la commune le terrain ; il "
        "nous manque deux paires de mains sachant monter un mur de parpaings. Voyage pris en charge.",
    ),
    (
        "Atelier budget : les valorisations sans peine",
        "Comment compter le temps des bénévoles et le prêt d’une salle ? Une demi-journée, des exemples vrais, un "
        "tableur à emporter. Places limitées à vingt personnes, repas partagé.",
    ),
]

PHOTO = {
    "photo_alt": "La pépinière du lycée : six rangs de jeunes plants devant des collines",
    "credit": "Dessin : lycée de Revel",
    "photo_right": "true",
}


def play(stage: Stage, newcomers: int) -> None:
    """newcomers: how many participants of the first act asked for the newsletter."""
    stage.act("III. L’Écho du Réseau no 34 : trois mille lecteurs, un courriel chacun")
    issue = _prepare(stage)
    restitution.play(stage, issue)
    watch.play(stage, issue)
    _import(stage)
    campaign = _send(stage, issue)
    _check(stage, campaign, CONTACTS + newcomers)
    _correct(stage, issue)
    _one_leaves(stage)
    _pictures(stage, campaign)


def _pictures(stage: Stage, campaign: str) -> None:
    base = stage.urls["mailer"]
    stage.picture("mailer-home", f"{base}/equipe/")
    stage.picture("mailer-contacts", f"{base}/contacts/")
    reader = people.network(CONTACTS - BROKEN, seed=SEED, tag="-contact")[3]
    mail = stage.mail.to(reader.email, subject="34")
    for width in ("phone", "desk"):
        opened = f"{stage.urls['mail']}/mail/{mail['ID']}/html?images=1"
        stage.picture(f"mail-echo-{width}", opened, staff=False, width=width, whole=True)
    for width in ("phone", "tablet", "desk"):
        stage.picture(f"mailer-ledger-{width}", campaign, width=width, whole=width == "phone")
        stage.picture(f"mailer-archive-{width}", f"{base}/echo/34", staff=False, width=width, whole=True)


def _prepare(stage: Stage) -> str:
    """The issue, and three articles that associations wrote themselves; its address."""
    staff = stage.staff
    page = stage.page("mailer", "/numeros/")
    answers = {"number": "34", "title": "L’Agora dans dix jours", "planned_on": "2016-10-04"}
    page = staff.submit(page, page.form("number", "title"), answers | {"contributions_on": "2016-10-03"})
    issue = page.url.split("?")[0]
    authors = [one for one in people.network(40, seed=SEED, tag="-plume") if one.kind == "association"][:3]
    for author, (title, text) in zip(authors, ARTICLES, strict=True):
        page = stage.page("mailer", "/contributeurs/")
        invitation = {
            "structure": author.structure,
            "name": f"{author.first_name} {author.last_name}",
            "email": author.email,
        }
        staff.submit(page, [form for form in page.forms if {"structure", "email"} <= form.names][-1], invitation)
        mail = stage.mail.to(author.email, subject="Votre place dans")
        link = re.search(r"https?://\S+/contribuer/[\w-]+", mail["Text"])
        assert link, mail["Text"]
        browser = Browser()
        page = browser.open(link[0])
        first = author is authors[0]
        files = {"photo": ("pepiniere.jpg", _photo(), "image/jpeg")} if first else None
        answers = {"title": title, "text": text} | (PHOTO if first else {})
        browser.submit(page, page.form("title", "text"), answers, files=files)
    page = staff.open(issue)
    waiting = [link for link in dict.fromkeys(page.links) if "/contributions/" in link]
    stage.expect("Articles reçus des associations", len(waiting), len(ARTICLES))
    for contribution in waiting:
        page = staff.open(contribution)
        staff.submit(page, page.form(action="/accepter"))
    page = staff.open(issue)
    editorial = "Trois cents personnes se retrouvent le 14 octobre. D’ici là, voici ce que préparent les associations."
    staff.submit(page, page.form("editorial"), {"editorial": editorial})
    return issue


def _photo() -> bytes:
    """A nursery that nobody photographed, as large as a phone would send it."""
    drawn = Image.new("RGB", (2400, 1600), (206, 226, 235))
    pen = ImageDraw.Draw(drawn)
    for left, top, colour in ((-300, 520, (122, 148, 128)), (900, 600, (94, 128, 104))):
        pen.ellipse((left, top, left + 2000, top + 1600), fill=colour)
    pen.rectangle((0, 980, 2400, 1600), fill=(168, 112, 78))
    for row in range(6):
        y, size = 1040 + row * 95, 14 + row * 6
        for x in range(60 + row % 2 * 70, 2400, 140):
            pen.ellipse((x - size, y - 2 * size, x + size, y), fill=(58, 110, 62))
    out = io.BytesIO()
    drawn.save(out, "JPEG", quality=90)
    return out.getvalue()


def _import(stage: Stage) -> None:
    staff = stage.staff
    began = time.monotonic()
    page = stage.page("mailer", "/contacts/importer/")
    file = {"file": ("contacts.csv", people.contacts_file(CONTACTS, seed=SEED), "text/csv")}
    page = staff.submit(page, page.form("file"), files=file)
    page = staff.submit(page, page.form("source", "wording"), SOURCE)
    report = staff.download(page.url.split("?")[0].rstrip("/") + "/compte-rendu.csv")
    rows = list(csv.DictReader(io.StringIO(report.decode("utf-8-sig")), delimiter=";"))
    stage.say(f"fichier de {len(rows)} lignes relu et importé en {time.monotonic() - began:.1f} s")
    outcomes = Counter(row["Résultat"] for row in rows)
    stage.say(" ; ".join(f"{count} {outcome}" for outcome, count in outcomes.most_common()))


def _send(stage: Stage, issue: str) -> str:
    stage.picture("mailer-editor", issue, whole=True)
    stage.picture("mailer-send", f"{issue}/envoyer", whole=True)
    page = stage.staff.open(f"{issue}/envoyer")
    alone = {"reason": "Démonstration : une seule personne joue tous les rôles."}
    page = stage.staff.submit(page, page.form("reason"), alone)
    page = stage.staff.submit(page, page.form(action="/envoyer"))
    return page.url.split("?")[0]


def _check(stage: Stage, campaign: str, audience: int) -> None:
    """Every recipient's outcome stands in the ledger, and the mails are where it says."""
    number = campaign.rstrip("/").rsplit("/", 1)[1]
    address = f"{stage.urls['mailer']}/api/campaigns/{number}/progress"
    began = time.monotonic()

    def states() -> Iterator[int]:
        while True:
            progress = stage.staff.json(address)
            yield progress["done"]
            if progress["state"] != "running" or time.monotonic() - began > 180:
                return
            time.sleep(0.5)

    stage.picture("mailer-ledger-running", campaign)
    stage.follow("L’Écho no 34", audience, states())
    final = stage.staff.json(address)
    seconds = time.monotonic() - began
    stage.say(f"{audience} courriels personnalisés et signés en {seconds:.0f} s, {audience / seconds:.0f} par seconde")
    broken = BROKEN if stage.mail.refuses("introuvable.example") else 0
    stage.expect("L’Écho : destinataires", final["audience"], audience)
    stage.expect("L’Écho : remis", final["counts"]["accepted"], audience - broken)
    stage.expect("L’Écho : adresses qui n’existent plus", final["counts"]["rejected"], broken)
    stage.expect("L’Écho : sans réponse connue", final["counts"]["unknown"], 0)
    ledger = stage.staff.download(f"{campaign}/registre.csv")
    rows = list(csv.reader(io.StringIO(ledger.decode("utf-8-sig")), delimiter=";"))[1:]
    stage.expect("L’Écho : lignes au registre", len(rows), audience)
    stage.expect("L’Écho : courriels dans les boîtes", stage.mail.count("dans dix jours"), audience - broken)
    authors = len(ARTICLES) + 1  # the organiser too, for its workshop
    stage.expect("L’Écho : auteurs prévenus", mails(stage, "est dans L’Écho du Réseau", authors), authors)


def _correct(stage: Stage, issue: str) -> None:
    """The title was a day short: the page says it right, and says so; the mails stay as they left."""
    page = stage.staff.open(f"{issue}/corriger")
    stage.staff.submit(page, page.form("note"), {"title": RIGHT, "note": "Dans onze jours, et non dans dix."})
    public = Browser().open(f"{stage.urls['mailer']}/echo/34").text
    stage.expect("Titre corrigé après l’envoi, et dit", RIGHT in public and "et non dans dix" in public, True)
    stage.expect("… les courriels restent comme ils sont partis", stage.mail.count("onze jours"), 0)


def _one_leaves(stage: Stage) -> None:
    """One click in the mail program: a POST without cookie or page (RFC 8058)."""
    reader = people.network(CONTACTS - BROKEN, seed=SEED, tag="-contact")[7]
    mail = stage.mail.to(reader.email, subject="34")
    headers: dict[str, Any] = stage.mail.headers(mail["ID"])
    link = re.search(r"<(https?://[^>]+)>", headers["List-Unsubscribe"][0])
    assert link, headers
    answer = requests.post(link[1], data={"List-Unsubscribe": "One-Click"}, timeout=TIMEOUT)
    stage.expect("Désinscription en un clic : acceptée", answer.ok, True)
    page = stage.page("mailer", f"/contacts/?q={reader.email}")
    page = stage.staff.open(next(link for link in page.links if CONTACT.search(link)))
    stage.expect("… et notée sur sa fiche", "La désabonner de L’Écho" not in page.text, True)
