"""The call that ships: Tribune des projets, with the default grid. Data, to be copied into a call and edited."""

from __future__ import annotations

from typing import Any

from shared.departements import REGIONS

HOME = "Occitanie"
OCCITANIE = list(REGIONS[HOME])


def of_region(rules: Any, region: str) -> Any:
    """The same rules for the network of another region: its départements and its name."""
    if region == HOME:
        return rules
    if rules == OCCITANIE:
        return [*REGIONS[region]]
    if isinstance(rules, str):
        return rules.replace(f"en {HOME}", f"dans la région {region}").replace(f"Région {HOME}", f"Région {region}")
    if isinstance(rules, dict):
        return {name: of_region(value, region) for name, value in rules.items()}
    return [of_region(one, region) for one in rules] if isinstance(rules, list) else rules


TRIBUNE_RULEBOOK: dict[str, Any] = {
    "preset": "tribune",
    "version": 1,
    "score": "mean",
    "minimum_readings": 1,
    "ties": ["criteria", "draw"],
    "places": 6,
    "reserve": 3,
}


def article(
    number: str, title: str, text: str, fact: str, test: str, values: list[str] | None = None, least: int = 0
) -> dict[str, Any]:
    """A condition of a rulebook, as `rulebooks.Article` takes it."""
    found = {"number": number, "title": title, "text": text, "fact": fact, "test": test}
    return found | {"values": values or [], "least": least}


TRIBUNE_ASKS: dict[str, Any] = {
    "pitch_minutes": 5,
    "zones": {"mode": "none", "codes": [], "bonus_points": 0},
    "articles": [
        article(
            "1",
            "Qui peut présenter",
            "Le porteur est une association, une collectivité, un établissement public ou d’enseignement.",
            "legal_form",
            "in",
            ["association", "authority", "public_body", "teaching"],
        ),
        article("2", "Siège en région", "Le siège du porteur se trouve en Occitanie.", "department", "in", OCCITANIE),
        article("3", "Une seule présentation", "Un porteur propose une seule présentation.", "first", "yes", []),
    ],
    "attachments": [{"key": "diaporama", "title": "Diaporama", "required": False, "later": True}],
}
"""What a Tribune rules besides, once it takes proposals by a form: minutes each, conditions, papers."""


def criterion(
    title: str, title_en: str, help: str, weight: int, evidence: list[str], minimum: int | None = None
) -> dict[str, Any]:
    """A line of a grid from 0 to 5; evidence: a sentence for each level, the lowest first."""
    labels = ["Absent", "Très insuffisant", "Insuffisant", "Correct", "Bon", "Excellent"]
    return {
        "title": title,
        "title_en": title_en,
        "help": help,
        "weight": weight,
        "max": 5,
        "minimum": minimum,
        "comment_required_for": [0],
        "levels": [
            {"value": value, "label": label, "evidence": sentence}
            for value, (label, sentence) in enumerate(zip(labels, evidence, strict=True))
        ],
    }


TRIBUNE_GRID: list[dict[str, Any]] = [
    criterion(
        "Besoin et pertinence",
        "Need and relevance",
        "Le projet répond-il à un besoin exprimé sur place ?",
        15,
        [
            "Aucun besoin n’est décrit.",
            "Le besoin est affirmé, sans rien qui l’étaye.",
            "Le besoin est plausible, mais vient surtout d’ici.",
            "Le besoin est décrit avec quelques chiffres ou témoignages locaux.",
            "Le besoin est établi par un diagnostic mené avec les habitants.",
            "Le besoin est établi, chiffré, partagé par tous et prioritaire localement.",
        ],
    ),
    criterion(
        "Co-construction avec l’autorité locale partenaire",
        "Built together with the local authority of the partner",
        "Quelle place tient la collectivité du territoire partenaire ? Éliminatoire en dessous de 2.",
        20,
        [
            "Aucune autorité locale n’est citée.",
            "Une autorité est citée, sans contact établi.",
            "Une autorité est informée et a donné un accord de principe.",
            "Une lettre décrit le rôle de l’autorité.",
            "L’autorité a participé à la conception et apporte une contribution.",
            "L’autorité porte le projet avec l’association et en assure la suite.",
        ],
        minimum=2,
    ),
    criterion(
        "Partenariat et réciprocité",
        "Partnership and reciprocity",
        "Chacun apporte-t-il et reçoit-il quelque chose ?",
        15,
        [
            "Aucun partenaire sur place.",
            "Le partenaire est un simple bénéficiaire.",
            "Le partenaire exécute ce qui est décidé ici.",
            "Les rôles sont répartis et écrits.",
            "Les décisions sont prises ensemble, régulièrement.",
            "Chacun apprend de l’autre et le montre ; les échanges vont dans les deux sens.",
        ],
    ),
    criterion(
        "Pérennité et autonomie",
        "Lasting effect and autonomy",
        "Que reste-t-il quand l’association se retire ?",
        15,
        [
            "Rien n’est prévu après le projet.",
            "La suite dépend entièrement d’une nouvelle aide.",
            "Une idée de suite existe, sans responsable ni moyens.",
            "Un responsable local est désigné et formé.",
            "L’entretien et les charges sont financés localement pour l’essentiel.",
            "L’autonomie technique et financière est démontrée et datée.",
        ],
    ),
    criterion(
        "Faisabilité et budget",
        "Feasibility and budget",
        "Les moyens, le calendrier et l’argent se répondent-ils ?",
        15,
        [
            "Ni calendrier ni budget.",
            "Budget ou calendrier sans rapport avec les activités.",
            "Des postes importants manquent ou ne sont pas justifiés.",
            "Calendrier et budget tiennent, avec quelques incertitudes.",
            "Calendrier et budget sont précis, les cofinancements avancés.",
            "Tout est chiffré, justifié, et les risques ont leur parade.",
        ],
    ),
    criterion(
        "Mobilisation multi-acteurs et restitution en région",
        "Several kinds of actors, and feedback in the region",
        "Qui, en région, s’engage avec le projet et en entend parler ?",
        10,
        [
            "Personne d’autre n’est associé.",
            "Un soutien moral, aucune restitution.",
            "Un autre acteur participe ponctuellement.",
            "Deux types d’acteurs participent et une restitution est prévue.",
            "Plusieurs acteurs agissent ensemble et la restitution vise un public précis.",
            "Associations, collectivités, écoles ou entreprises portent ensemble le projet et sa restitution.",
        ],
    ),
    criterion(
        "Égalité femmes-hommes, environnement, objectifs de développement durable",
        "Gender equality, environment, sustainable development goals",
        "Le projet en tient-il compte dans ses choix ?",
        5,
        [
            "Le sujet n’est pas abordé.",
            "Le sujet est cité, sans effet.",
            "Une intention, sans action.",
            "Une action prend le sujet en compte.",
            "Plusieurs actions, suivies par un indicateur.",
            "Le sujet guide la conception et ses effets sont mesurés.",
        ],
    ),
    criterion(
        "Clarté de la présentation orale",
        "Clarity of the oral presentation",
        "A-t-on compris qui fait quoi, avec qui, pourquoi ?",
        5,
        [
            "Incompréhensible.",
            "Beaucoup reste obscur.",
            "L’idée passe, pas la manière.",
            "L’essentiel est clair.",
            "Clair et bien illustré, dans le temps donné.",
            "Limpide, vivant, et les questions reçoivent une réponse précise.",
        ],
    ),
]

SAMPLE_CALL: dict[str, Any] = {
    "title": "Tribune des projets (exemple)",
    "organiser_name": "Réseau de coopération d’exemple",
    "organiser_email": "tribune@agora.example",
    "places": 2,
    "reserve": 1,
}


def _project(title: str, structure: str, country: str, department: str, summary: str) -> dict[str, str]:
    return {
        "title": title,
        "structure": structure,
        "bearer_first_name": "Dominique",
        "bearer_last_name": "Exemple",
        "bearer_email": "porteur@agora.example",
        "country": country,
        "department": department,
        "summary": summary,
    }


SAMPLE_PROJECTS = [
    _project("La filière du mil, du champ au marché", "Mil et Compagnie", "SN", "31", "Un moulin et sa coopérative."),
    _project("Six salles de classe à Rosso", "École Fleuve", "MR", "81", "Des salles construites avec la commune."),
    _project("Reboiser le bassin de la Kolenté", "Racines partagées", "GN", "09", "Une pépinière et dix femmes."),
    _project("De la lumière dans les maternités", "Soleil d’Oc", "NE", "34", "Des lampes, deux techniciennes."),
]

SAMPLE_JURORS: list[dict[str, Any]] = [
    {"first_name": "Aline", "last_name": "Exemple", "function": "élue", "email": "", "chairs": True},
    {"first_name": "Bruno", "last_name": "Exemple", "function": "entreprise", "email": "", "chairs": False},
    {"first_name": "Chloé", "last_name": "Exemple", "function": "université", "email": "", "chairs": False},
]
