"""Step 3 of nine: the field's own questions, ready to be asked. Next: services/registration/models/forms.py.

Data, in both languages. `COLUMNS` are the questions whose answers have columns of their own, with what stands there
when they are not asked; the desk, badges, exports and report read them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from services.registration.rules.choices import CONSENTS
from services.registration.rules.form_days import attended
from services.registration.rules.forms import (
    SENSITIVE,
    Condition,
    Option,
    Question,
    Questions,
    Words,
    in_order,
)

COLUMNS: dict[str, Any] = {
    "phone": "",
    "structure": "",
    "function": "",
    "meal": False,
    "diet": "",
    "diet_note": "",
    "access": "",
    "call_back": False,
    **dict.fromkeys(CONSENTS, False),
}
FIXED_WORDS = frozenset(CONSENTS)
"""Agreed to in these words: they change with their version in the code, never in a form."""

_YES_NO = (Option("true", Words("Oui", "Yes")), Option("false", Words("Non", "No")))


def _options(**words: tuple[str, str]) -> tuple[Option, ...]:
    return tuple(Option(key, Words(*both)) for key, both in words.items())


_CONSENT_EN = {
    "newsletter": "I would like to receive L’Écho du Réseau, the newsletter, every two months.",
    "participant_list": "I agree that my name and organisation appear on the list given to participants.",
    "carpool": "I agree to be put in touch, by e-mail, to share a car from my département.",
    "photo": "I agree to appear in photographs published by the network.",
}

_GOALS = (
    ("Pas de pauvreté", "No poverty"),
    ("Faim « zéro »", "Zero hunger"),
    ("Bonne santé et bien-être", "Good health and well-being"),
    ("Éducation de qualité", "Quality education"),
    ("Égalité entre les sexes", "Gender equality"),
    ("Eau propre et assainissement", "Clean water and sanitation"),
    ("Énergie propre et d’un coût abordable", "Affordable and clean energy"),
    ("Travail décent et croissance économique", "Decent work and economic growth"),
    ("Industrie, innovation et infrastructure", "Industry, innovation and infrastructure"),
    ("Inégalités réduites", "Reduced inequalities"),
    ("Villes et communautés durables", "Sustainable cities and communities"),
    ("Consommation et production responsables", "Responsible consumption and production"),
    ("Lutte contre les changements climatiques", "Climate action"),
    ("Vie aquatique", "Life below water"),
    ("Vie terrestre", "Life on land"),
    ("Paix, justice et institutions efficaces", "Peace, justice and strong institutions"),
    ("Partenariats", "Partnerships for the goals"),
)

_ALL: Questions = (
    Question(
        "civility",
        "choice",
        Words("Civilité", "Title"),
        options=_options(ms=("Madame", "Ms"), mr=("Monsieur", "Mr"), none=("Sans civilité", "No title")),
        section="you",
    ),
    Question(
        "phone",
        "text",
        Words("Téléphone", "Telephone"),
        Words(
            "Pour vous joindre le jour même. Il n’est donné à personne.", "To reach you on the day. Given to nobody."
        ),
        section="you",
        most=40,
    ),
    Question(
        "structure",
        "text",
        Words("Structure", "Organisation"),
        Words(
            "Association, commune, entreprise… Laissez vide si vous venez à titre personnel.",
            "Association, local authority, company… Leave empty if you come for yourself.",
        ),
        section="you",
        most=200,
    ),
    Question(
        "function",
        "text",
        Words("Fonction", "Role"),
        section="you",
        most=120,
        wording={"authority": Words("Mandat ou fonction", "Elected office or role")},
    ),
    Question(
        "member",
        "choice",
        Words("Votre structure est-elle membre du réseau ?", "Is your organisation a member of the network?"),
        options=(*_YES_NO, Option("unknown", Words("Je ne sais pas", "I do not know"))),
        section="you",
    ),
    Question(
        "countries",
        "several",
        Words("Dans quels pays ou territoires agissez-vous ?", "In which countries or territories do you work?"),
        options=_options(
            br=("Brésil", "Brazil"),
            ps=("Palestine", "Palestine"),
            kh=("Cambodge", "Cambodia"),
            sn=("Sénégal", "Senegal"),
            **{"cn-sc": ("Sichuan (Chine)", "Sichuan (China)")},
            mg=("Madagascar", "Madagascar"),
            other=("Ailleurs", "Elsewhere"),
        ),
        section="you",
    ),
    Question(
        "themes",
        "several",
        Words("Sur quels objectifs de développement durable ?", "On which sustainable development goals?"),
        options=tuple(
            Option(str(number), Words(f"{number}. {fr}", f"{number}. {en}"))
            for number, (fr, en) in enumerate(_GOALS, start=1)
        ),
        section="you",
    ),
    Question("meal", "choice", Words("Déjeunez-vous sur place ?", "Will you have lunch with us?"), options=_YES_NO),
    Question(
        "diet",
        "choice",
        Words("Régime alimentaire", "Diet"),
        options=_options(
            vegetarian=("Végétarien", "Vegetarian"),
            vegan=("Végétalien", "Vegan"),
            no_pork=("Sans porc", "No pork"),
            gluten_free=("Sans gluten", "Gluten-free"),
            allergy=("Allergie (à préciser ci-dessous)", "Allergy (say which below)"),
        ),
        protection=SENSITIVE,
    ),
    Question(
        "diet_note", "text", Words("Précision sur le repas", "More about the meal"), protection=SENSITIVE, most=300
    ),
    Question(
        "access_needs",
        "several",
        Words("Accessibilité", "Accessibility"),
        Words("Cochez ce qui vous aide à participer.", "Tick what helps you take part."),
        options=_options(
            motor=("Déplacement (fauteuil, station assise…)", "Moving (wheelchair, sitting…)"),
            hearing=("Audition (langue des signes, boucle magnétique…)", "Hearing (sign language, induction loop…)"),
            visual=("Vue (gros caractères, accompagnement…)", "Sight (large print, a guide…)"),
            mental=("Compréhension (facile à lire, rythme…)", "Understanding (easy to read, pace…)"),
            psychic=("Calme, repérage, repos", "Quiet, finding one’s way, rest"),
        ),
        protection=SENSITIVE,
    ),
    Question(
        "access",
        "text",
        Words("De quoi avez-vous besoin pour participer ?", "What do you need to take part?"),
        Words(
            "Par exemple : accès en fauteuil, interprète en langue des signes, boucle magnétique, place assise près de "
            "l’estrade.",
            "For example: wheelchair access, sign language interpreter, induction loop, a seat near the stage.",
        ),
        protection=SENSITIVE,
        most=1000,
        rows=4,
    ),
    Question(
        "call_back",
        "agreement",
        Words("Je souhaite qu’une personne m’appelle pour en parler", "I would like somebody to call me about it"),
        protection=SENSITIVE,
    ),
    Question(
        "prerequisites",
        "agreement",
        Words("J’ai les prérequis annoncés sur la page", "I have the prerequisites that the page tells"),
    ),
    Question(
        "companion",
        "choice",
        Words("Une personne vous accompagne-t-elle pour vous aider ?", "Does somebody come along to help you?"),
        options=_YES_NO,
        protection=SENSITIVE,
    ),
    Question(
        "arrival",
        "choice",
        Words("Comment venez-vous ?", "How do you come?"),
        options=_options(
            train=("En train", "By train"),
            coach=("En car ou en bus", "By coach or bus"),
            car=("En voiture", "By car"),
            bike=("À vélo ou à pied", "By bicycle or on foot"),
            other=("Autrement", "Otherwise"),
        ),
    ),
    Question(
        "carpool_role",
        "choice",
        Words("Covoiturage", "Sharing a car"),
        options=_options(
            offer=("Je propose des places", "I offer seats"),
            seek=("Je cherche une place", "I look for a seat"),
            none=("Je ne covoiture pas", "Neither"),
        ),
    ),
    Question(
        "carpool_place",
        "text",
        Words("D’où partez-vous ?", "Where do you leave from?"),
        Words("La commune suffit.", "The town is enough."),
        most=120,
        show_if=Condition("carpool_role", ("offer", "seek")),
    ),
    Question(
        "carpool_seats",
        "number",
        Words("Combien de places proposez-vous ?", "How many seats do you offer?"),
        least=1,
        most=8,
        required=True,
        show_if=Condition("carpool_role", ("offer",)),
    ),
    Question(
        "carpool_return",
        "text",
        Words("À quelle heure repartez-vous ?", "At what time do you go back?"),
        most=60,
        show_if=Condition("carpool_role", ("offer", "seek")),
    ),
    Question(
        "speaker_question",
        "text",
        Words("Une question aux intervenant·es ?", "A question to the speakers?"),
        section="choices",
        most=600,
        rows=3,
    ),
    Question(
        "expectations",
        "text",
        Words("Qu’attendez-vous de cette rencontre ?", "What do you expect of this meeting?"),
        section="choices",
        most=600,
        rows=3,
    ),
    Question(
        "project",
        "text",
        Words("Sur quel projet voulez-vous travailler ?", "Which project do you want to work on?"),
        most=600,
        rows=3,
    ),
    Question(
        "level",
        "choice",
        Words("Où en êtes-vous sur ce sujet ?", "How far are you with this subject?"),
        options=_options(
            new=("Je découvre", "It is new to me"),
            some=("J’ai commencé", "I have begun"),
            able=("Je pratique", "I practise it"),
        ),
    ),
    *(Question(key, "agreement", Words(words, _CONSENT_EN[key]), section="choices") for key, words in CONSENTS.items()),
)

LIBRARY: dict[str, Question] = {one.key: one for one in _ALL}
LOCKED: dict[str, Question] = {key: LIBRARY[key] for key in COLUMNS}

_WITH_MEAL = {
    "diet": Condition("meal", ("true",)),
    "diet_note": Condition("meal", ("true",)),
}
_MINE = "phone structure function"
_NEEDS = "access_needs access call_back"
_TRAVEL = "carpool_role carpool_place carpool_seats carpool_return"
_AGREED = "newsletter participant_list carpool photo"
_DEFAULTS = {
    "agora": f"{_MINE} countries themes meal diet diet_note {_NEEDS} {_TRAVEL} speaker_question {_AGREED}",
    "workshop_day": f"{_MINE} meal diet diet_note {_NEEDS} {_TRAVEL} {_AGREED}",
    "training": f"{_MINE} level prerequisites project {_NEEDS} newsletter participant_list",
    "exchange_group": f"{_MINE} countries expectations {_NEEDS} newsletter participant_list",
    "assembly": f"{_MINE} member meal diet diet_note {_NEEDS} newsletter carpool",
}


def default(kind: str, days: Iterable[dt.date] = ()) -> Questions:
    """What a new event of this kind asks. Several days: which of them, too."""
    keys = _DEFAULTS.get(kind, _DEFAULTS["agora"]).split()
    rows = [LIBRARY[key] for key in keys]
    if "meal" in keys:
        rows = [replace(one, show_if=_WITH_MEAL.get(one.key, one.show_if)) for one in rows]
        rows = [replace(one, required=True) if one.key == "meal" else one for one in rows]
    several = sorted(set(days))
    if len(several) > 1:
        rows.append(attended(several))
    return in_order(rows)


def without_meal(questions: Questions) -> Questions:
    """The same for a day on which nobody eats there."""
    return tuple(one for one in questions if one.key != "meal" and one.key not in _WITH_MEAL)


GOALS: dict[str, str] = {one.key: one.words.fr for one in LIBRARY["themes"].options}
"""The sustainable development goals: the themes of people and structures everywhere."""
