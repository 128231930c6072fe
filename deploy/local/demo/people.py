"""An invented network: people, structures, projects and contacts, the same for the same seed. No real person.

Every address ends in `.example`, which no mail server serves.
"""

from __future__ import annotations

import csv
import io
import random
import unicodedata
from dataclasses import dataclass

FIRST_NAMES = """
Aïcha Alain Alice Amandine Anaïs Antoine Arnaud Aurélie Baptiste Béatrice Benoît Bruno Camille Carine
Catherine Cécile Céline Chantal Chloé Christophe Claire Clément Corinne Damien Delphine Diane Didier Élise
Élodie Emma Émilie Étienne Fanny Fatou Florence Florian François Gaëlle Gérard Guillaume Hélène Henri Inès
Isabelle Jacques Jeanne Jérôme Joëlle Julien Karim Laëtitia Laure Laurent Léa Lucie Ludovic Manon Marc Marie
Mathilde Maxime Mélanie Michel Mireille Moussa Nadia Nathalie Nicolas Noémie Océane Odile Olivier Pascal
Patrice Paul Perrine Philippe Pierre Quentin Rachel Régine Rémi Romain Sandrine Sarah Sébastien Simon Sophie
Stéphane Sylvie Thérèse Thomas Valérie Véronique Victor Vincent Yann Yasmine Zoé
""".split()

LAST_NAMES = """
Abadie Albouy Alibert Andrieu Arnal Astruc Azéma Barthe Bascoul Bastide Bec Belmas Berthoumieu Bessière Blanc
Bonnafous Bordes Boudou Bousquet Boyer Cabanel Cabrol Calmels Cambon Carrière Castan Caussade Cazals Chabert
Combes Cros Cambefort Dagrain Dalmas Delmas Delpech Delrieu Dessalles Durand Escande Estève Fabre Fauré
Ferrières Fontanel Fournier Galinier Garrigue Gasc Gineste Granier Guiraud Hébrard Izard Jalabert Jougla
Labatut Lacombe Lafforgue Lagarde Laurens Lavergne Loubière Maffre Malaterre Marty Mas Massol Mazars Miquel
Molinier Nègre Nouvel Oustry Pagès Pélissier Peyre Pons Pradel Puech Raynal Ramond Rigal Rivals Rouquette Roux
Sabatier Sarda Sicard Solier Soulié Tarroux Teyssier Trémolières Valette Vergnes Vernhes Vidal Vieu Diallo
Traoré Ndiaye Rakotomalala Rasoanaivo Sarr Touré Benali Haddad Nguyen Sok Andrianina d’Espalion De-La-Grange
""".split()

DEPARTMENTS = {
    "09": ("Ariège", "Foix"),
    "11": ("Aude", "Limoux"),
    "12": ("Aveyron", "Millau"),
    "30": ("Gard", "Le Vigan"),
    "31": ("Haute-Garonne", "Revel"),
    "32": ("Gers", "Condom"),
    "34": ("Hérault", "Lodève"),
    "46": ("Lot", "Figeac"),
    "48": ("Lozère", "Florac"),
    "65": ("Hautes-Pyrénées", "Bagnères"),
    "66": ("Pyrénées-Orientales", "Prades"),
    "81": ("Tarn", "Gaillac"),
    "82": ("Tarn-et-Garonne", "Moissac"),
}

# Kind of structure, how it is named, how often it comes.
KINDS = [
    ("association", "{place} Solidarité {country}", 40),
    ("association", "Les Amis {of_country} – {place}", 22),
    ("authority", "Ville de {place}", 10),
    ("authority", "Communauté de communes du pays de {place}", 6),
    ("public", "Centre hospitalier de {place}", 3),
    ("education", "Lycée agricole de {place}", 7),
    ("company", "Coopérative Terres de {place}", 5),
    ("company", "{place} Énergies nouvelles", 4),
    ("individual", "", 3),
]

COUNTRIES = {
    "Madagascar": "de Madagascar",
    "Sénégal": "du Sénégal",
    "Brésil": "du Brésil",
    "Palestine": "de Palestine",
    "Cambodge": "du Cambodge",
    "Mali": "du Mali",
    "Burkina": "du Burkina",
    "Maroc": "du Maroc",
    "Niger": "du Niger",
}


@dataclass(frozen=True)
class Person:
    first_name: str
    last_name: str
    email: str
    structure: str
    kind: str
    department: str


@dataclass(frozen=True)
class Project:
    number: int
    title: str
    structure: str
    country: str
    zone: str
    department: str
    summary: str
    bearer: Person
    quality: float  # 0 to 1: how good the demo's jurors find it, before their own taste


def network(count: int, *, seed: int, tag: str = "") -> list[Person]:
    """`count` people with different addresses. `tag` keeps two groups of one demo apart."""
    dice = random.Random(f"{seed}{tag}")
    kinds = [kind for kind in KINDS for _ in range(kind[2])]
    people: list[Person] = []
    taken: set[str] = set()
    while len(people) < count:
        code = dice.choice(list(DEPARTMENTS))
        place = DEPARTMENTS[code][1]
        kind, pattern, _ = dice.choice(kinds)
        country = dice.choice(list(COUNTRIES))
        structure = pattern.format(place=place, country=country, of_country=COUNTRIES[country])
        first, last = dice.choice(FIRST_NAMES), dice.choice(LAST_NAMES)
        host = plain(structure)[:30].strip("-") or "courriel"
        email = f"{plain(first)}.{plain(last)}{tag}@{host}.example"
        if email not in taken:
            taken.add(email)
            people.append(Person(first, last, email, structure, kind, code))
    return people


def plain(text: str) -> str:
    """Lower-case ASCII letters, digits and hyphens, for an address."""
    letters = unicodedata.normalize("NFD", text.lower())
    kept = "".join(c if c.isascii() and c.isalnum() else "-" for c in letters if not unicodedata.combining(c))
    return "-".join(part for part in kept.split("-") if part)


_PROJECTS = [
    ("Trois salles de classe à Nouakchott", "MR", "Mauritanie", 0.62),
    ("Une filière mil au Sahel sénégalais", "SN", "Sénégal", 0.81),
    ("Reboiser les berges du Fouta", "GN", "Guinée", 0.55),
    ("Lampes solaires pour les maternités du Niger", "NE", "Niger", 0.78),
    ("Réparer l’habitat, former des maçons", "LB", "Liban", 0.47),
    ("Eau potable pour cinq fokontany du Vakinankaratra", "MG", "Madagascar", 0.92),
    ("Apiculture et forêt sèche du Menabe", "MG", "Madagascar", 0.70),
    ("Jardins scolaires de Fatick", "SN", "Sénégal", 0.66),
    ("Une bibliothèque mobile à Jénine", "PS", "Palestine", 0.73),
    ("Huile d’olive équitable de Tulkarem", "PS", "Palestine", 0.58),
    ("Riziculture sobre en eau à Takeo", "KH", "Cambodge", 0.76),
    ("Soins dentaires itinérants à Kampot", "KH", "Cambodge", 0.41),
    ("Cantines paysannes du Ceará", "BR", "Brésil", 0.69),
    ("Semences libres, Rio Grande do Norte", "BR", "Brésil", 0.52),
    ("Jumelage d’écoles avec Mianyang", "CN-SC", "Sichuan", 0.44),
    ("Des latrines sèches au lycée de Ségou", "ML", "Mali", 0.60),
    ("Radio des femmes de Tenkodogo", "BF", "Burkina Faso", 0.83),
    ("Oasis et gestion de l’eau à Zagora", "MA", "Maroc", 0.64),
]

_SUMMARY = (
    "Porté avec l’autorité locale et un comité d’habitants (pays ou région partenaire : {country}), ce projet réunit "
    "une association, une collectivité et un établissement scolaire d’Occitanie. Un an d’actions, une formation "
    "des responsables locaux, une restitution publique au retour."
)


def projects(*, seed: int) -> list[Project]:
    """The eighteen projects of the Tribune."""
    bearers = network(60, seed=seed, tag="-projet")
    bearers = [person for person in bearers if person.kind == "association"]
    return [
        Project(
            number=number,
            title=title,
            structure=bearer.structure,
            country=country,
            zone=zone,
            department=bearer.department,
            summary=_SUMMARY.format(country=country),
            bearer=bearer,
            quality=quality,
        )
        for number, ((title, zone, country, quality), bearer) in enumerate(zip(_PROJECTS, bearers, strict=False), 1)
    ]


def contacts_file(count: int, *, seed: int) -> bytes:
    """A contact list as an office exports it: `count` different people, some of them twice, three of them gone.

    Semicolons, Windows encoding, addresses repeated with capitals and spaces, two lines with no usable address,
    three addresses that the relay refuses.
    """
    dice = random.Random(seed)
    people = network(count - 3, seed=seed, tag="-contact")
    rows = [[p.email, p.first_name, p.last_name, p.structure] for p in people]
    rows += [[f"parti{n}@introuvable.example", "Adresse", f"Partie {n}", "Ancienne structure"] for n in (1, 2, 3)]
    for row in dice.sample(rows[:-3], 40):
        rows.append([dice.choice([str.upper, str.title])(row[0]), *row[1:]])
    for row in dice.sample(rows[: count - 3], 20):
        rows.append([f"  {row[0]} ", *row[1:]])
    rows += [["adresse perdue", "Sans", "Courriel", "Mairie"], ["a@@b", "Double", "Arobase", "Comité"]]
    dice.shuffle(rows)
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(["Courriel", "Prénom", "Nom", "Structure"])
    writer.writerows(rows)
    return text.getvalue().encode("cp1252")


def projects_file(of: list[Project]) -> bytes:
    """The Tribune's projects as a spreadsheet saves them."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow("numéro titre structure prénom nom courriel pays département résumé".split())
    for p in of:
        bearer = [p.bearer.first_name, p.bearer.last_name, p.bearer.email]
        writer.writerow([p.number, p.title, p.structure, *bearer, p.zone, p.department, p.summary])
    return text.getvalue().encode("utf-8-sig")
