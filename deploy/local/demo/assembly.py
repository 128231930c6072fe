"""Fourth act: the general assembly. Notices, proxies, a quorum per college, votes by hand and in secret, a tie."""

from __future__ import annotations

import re

from deploy.local.demo import agora
from deploy.local.demo.browser import Browser, Page, Unexpected
from deploy.local.demo.stage import Stage

PUBLIC, ECONOMIC = 20, 13
COMING = {"public": 6, "economic": 4}
PROXIES = 2
CANDIDATES = ("Awa Ba", "Bruno Petit", "Chloé Roy")


def play(stage: Stage) -> None:
    stage.act("IV. L’assemblée générale : vingt sièges publics, treize économiques")
    page = _convene(stage)
    stage.expect("Convocations reçues", agora.mails(stage, "Convocation", PUBLIC + ECONOMIC), PUBLIC + ECONOMIC)
    page = _answer(stage, page, "/ouvrir")
    stage.expect("Quorum dans la salle vide", "Pas atteint" in page.text, True)
    page = _fill_the_room(stage, page)
    stage.expect("Quorum une fois la salle remplie", "Pas atteint" in page.text, False)
    page = _by_hand(stage, page)
    page = _in_secret(stage, page)
    page = _elect(stage, page)
    stage.picture("registration-assembly-room", page.url.split("#")[0], whole=True)
    page = _answer(stage, page, "/lever")
    stage.expect("Procès-verbal arrêté, avec son empreinte", bool(re.search(r"\b[0-9a-f]{64}\b", page.text)), True)
    stage.picture("registration-assembly-minutes", page.url, whole=True)
    _seat(stage)
    _rehearse(stage)


def _convene(stage: Stage) -> Page:
    """The form, the list of voters pasted from a spreadsheet, and the notices."""
    voters = [
        f"{label} {number:02} ; Représentante {number:02} ; {key} ; {key}.{number:02}@assemblee.example"
        for key, label, seats in (("public", "Commune", PUBLIC), ("economic", "Coopérative", ECONOMIC))
        for number in range(1, seats + 1)
    ]
    page = stage.page("registration", f"/equipe/assemblees/nouvelle?statuts={_statutes(stage)}")
    answers = {
        "title": "Assemblée générale 2017",
        "date": "vendredi 3 février 2017",
        "place": "Hôtel de région, Toulouse",
        "organiser_name": "Réseau régional de coopération internationale",
        "organiser_email": "agora@agora.example",
        "voters": "\n".join(voters),
        "point3_title": "Nomination de la commission des finances",
        "point3_kind": "secret",
        "point4_title": "Élection au conseil, collège public",
        "point4_kind": "paper_election",
        "point4_seats": "1",
        "point4_candidates": "\n".join(CANDIDATES),
    }
    page = stage.staff.submit(page, page.form("title", "voters"), answers)
    return _answer(stage, page, "/convoquer")


def _answer(stage: Stage, page: Page, act: str) -> Page:
    """Yes to the question that comes before this act on the assembly whose page is open."""
    page = stage.staff.open(page.url.split("#")[0] + act)
    return stage.staff.submit(page, page.form(action=act))


def _statutes(stage: Stage) -> str:
    """A version of the association's own, begun with the model of two colleges: a tie goes to a second round."""
    page = stage.page("registration", "/equipe/statuts/ecrire?de=two-colleges")
    answers = {"title": "Statuts de 2017", "election_tie": "second_round"}
    page = stage.staff.submit(page, page.form("title", "election_tie"), answers)
    stage.expect("Sièges des deux collèges, dans les statuts", f"{PUBLIC + ECONOMIC} sièges" in page.text, True)
    return page.url.partition("?")[0].rpartition("/")[2]


def _fill_the_room(stage: Stage, page: Page) -> Page:
    """Six communes with two proxies, four cooperatives; the first shows its card, the others say their name."""
    page = _show_a_card(stage, page)
    for label, first, coming in (("Commune", 2, COMING["public"]), ("Coopérative", 1, COMING["economic"])):
        for number in range(first, coming + 1):
            voter = _voter(page, f"{label} {number:02}")
            arrival = next(form for form in page.forms if {("what", "arrived"), ("voter", voter)} <= set(form.values))
            page = stage.staff.submit(page, arrival)
    holder = _voter(page, "Commune 01")
    for number in range(1, PROXIES + 1):
        voter = _voter(page, f"Commune {COMING['public'] + number:02}")
        page = stage.staff.open(f"{page.url.partition('?')[0].partition('#')[0]}?pouvoir={voter}")
        proxy = next(form for form in page.forms if {("what", "proxy"), ("voter", voter)} <= set(form.values))
        page = stage.staff.submit(page, proxy, {"holder": holder})
    return page


def _show_a_card(stage: Stage, page: Page) -> Page:
    """The code of the notice, read twice at the entrance: one arrival."""
    mail = stage.mail.to("public.01@assemblee.example", subject="Convocation")
    card = re.search(r"\b[0-9A-F]{20}\b", mail["Text"])
    if card is None:
        raise Unexpected("the notice of an assembly has no card")
    again = []
    for _ in range(2):
        page = stage.staff.submit(page, page.form("badge"), {"badge": card[0]})
        again.append("déjà présent" in page.text)
    stage.expect("Carte de votant lue deux fois : une arrivée", again, [False, True])
    return page


def _by_hand(stage: Stage, page: Page) -> Page:
    """Two tellers, the same count: carried."""
    page = stage.staff.submit(page, page.form(action="/ouvrir"))
    count = {
        f"{teller}-{college}-{answer}": str(number)
        for teller in "ab"
        for college, answer, number in (
            ("public", "yes", COMING["public"] + PROXIES - 1),
            ("public", "no", 1),
            ("economic", "yes", COMING["economic"]),
        )
    }
    page = stage.staff.submit(page, page.form(action="/clore"), count)
    stage.expect("Vote à main levée, deux décomptes égaux", "Adopté." in page.text, True)
    return page


def _in_secret(stage: Stage, page: Page) -> Page:
    """One slip per voice, drawn and cast from phones; the second click counts for nothing."""
    there = stage.page("registration", page.url.split("#")[0].removeprefix(stage.urls["registration"]))
    forms = [form for form in there.forms if form.action.endswith("/ouvrir")]
    slips = stage.staff.submit(there, forms[-2])  # the election comes after it
    codes = re.findall(r'<p class="code">([A-Z0-9-]{14})</p>', slips.body)
    stage.expect("Bulletins imprimés, un par voix", len(set(codes)), sum(COMING.values()) + PROXIES)
    cast = [_cast(stage, code) for code in codes]
    stage.expect("Bulletins déposés depuis des téléphones", sum(cast), len(codes))
    page = stage.staff.open(page.url.split("#")[0])
    page = stage.staff.submit(page, page.form(action="/clore"))
    stage.expect("Vote secret compté", page.text.count("Adopté."), 2)
    return page


def _elect(stage: Stage, page: Page) -> Page:
    """Two candidates have as many votes: the statutes ask for a second round, which the room holds at once."""
    page = _count(stage, page, {"1": 4, "2": 4})
    stage.expect("Élection à égalité : un second tour entre deux", "Second tour entre" in page.text, True)
    page = stage.staff.submit(page, page.form(action="/second-tour"))
    page = _count(stage, page, {"1": 3, "2": 5})
    elected = re.findall(r"Élu·es?\s*: ([^.]+)\.", page.text)
    stage.expect("Second tour : qui est élu", elected, [CANDIDATES[1]])
    return page


def _seat(stage: Stage) -> None:
    """The one elected sits; the lot says until when, and the other seats wait for the next election."""
    page = stage.page("registration", "/equipe/conseil/")
    asked = re.search(r"/equipe/conseil/renouveler/[0-9a-f-]{36}", page.body)
    if asked is None:
        raise Unexpected("the board does not wait for those whom the assembly elected")
    page = stage.page("registration", asked[0])
    page = stage.staff.submit(page, page.form("election"), {"draw-a": "17", "draw-b": "4"})
    stage.expect(
        "Au conseil : qui est élu siège, le reste est vacant",
        (CANDIDATES[1] in page.text, page.text.count("Vacant")),
        (True, PUBLIC - 1),
    )


def _rehearse(stage: Stage) -> None:
    """Statutes in which the colleges weigh, tried on an invented assembly: one of two public voices and the only
    economic one say yes. Then nothing of it is left."""
    page = stage.page("registration", "/equipe/statuts/ecrire?de=two-colleges")
    answers = {"title": "Si les collèges pesaient", "quorum": "0", "c0_weight": "3/2", "weighted_colleges": "true"}
    page = stage.staff.submit(page, page.form("title", "election_tie"), answers)
    page = stage.staff.submit(page, page.form(action="/repetition"))
    room = page.url.split("#")[0]
    for structure in ("Acteurs publics 01", "Acteurs publics 02", "Acteurs économiques 01"):
        voter = _voter(page, structure)
        arrival = next(form for form in page.forms if {("what", "arrived"), ("voter", voter)} <= set(form.values))
        page = stage.staff.submit(page, arrival)
    page = stage.staff.submit(page, page.form(action="/ouvrir"))
    count = {f"{teller}-{line}": "1" for teller in "ab" for line in ("public-yes", "public-no", "economic-yes")}
    page = stage.staff.submit(page, page.form(action="/clore"), count)
    said = "Ensemble : 3/5 × 1/2 + 2/5 × 1/1 = 7/10, soit 70 %"
    stage.expect("Répétition : ce que pèse chaque collège, et la somme", said in page.text, True)
    stage.picture("registration-assembly-weights", f"{room}/ecran")
    page = stage.staff.open(f"{room}/effacer")
    page = stage.staff.submit(page, page.form(action="/effacer"))
    stage.expect("Répétition effacée : il n’en reste rien", "Répétition de l’assemblée" in page.text, False)


def _count(stage: Stage, page: Page, votes: dict[str, int]) -> Page:
    """What two tellers count of the paper slips of the last point."""
    page = stage.staff.submit(page, [form for form in page.forms if form.action.endswith("/ouvrir")][-1])
    form = page.form("a-1", action="/clore")
    lines = {name for name in form.names if re.fullmatch(r"[ab]-\w+", name)}
    return stage.staff.submit(page, form, {name: str(votes.get(name[2:], 0)) for name in lines})


def _cast(stage: Stage, code: str) -> bool:
    phone = Browser()
    page = phone.open(f"{stage.urls['registration']}/vote")
    page = phone.submit(page, page.form("code"), {"code": code})
    return "Votre bulletin est déposé" in phone.submit(page, page.form("choice"), {"choice": "yes"}).text


def _voter(page: Page, structure: str) -> str:
    """The id of a structure, as its row on the sheet has it."""
    found = re.search(rf'<tr id="v-([0-9a-f-]{{36}})">\s*<th scope="row"><div>{re.escape(structure)}<br>', page.body)
    assert found, structure
    return found[1]
