"""Five kinds of events, ready but for a handful of answers. All is data, which the staff changes.

Nothing here names a hall, a speaker or a workshop: who publishes a template as it is announces nothing invented.
"""

from __future__ import annotations

from services.registration.drafts import END, NOON, WORKSHOPS, Item, Series, Template
from services.registration.rules.choices import N_

_AGORA = Template(
    kind="agora",
    label=N_("Agora"),
    about=N_("La grande rencontre de l’année : une journée, trois cents places, deux temps d’ateliers, la Tribune."),
    title="Agora de la coopération internationale",
    starts="09:00",
    ends="17:00",
    capacity=300,
    numbered=True,
    opens_before=45,
    summary="Une journée pour se rencontrer, apprendre les uns des autres et montrer les projets de la région.",
    description=(
        "Associations, collectivités, établissements, entreprises : l’Agora réunit chaque année celles et ceux "
        "qui coopèrent avec d’autres territoires du monde. Deux séries d’ateliers, la Tribune des projets et "
        "un déjeuner partagé."
    ),
    to_bring=(
        "Votre confirmation, sur papier ou sur votre téléphone.\n"
        "De quoi présenter votre structure en une page, si vous le souhaitez.\n"
        "Une gourde, et de quoi noter."
    ),
    summary_en="A day to meet, to learn from each other and to show the projects of the region.",
    description_en=(
        "Associations, local authorities, institutions, companies: each year the Agora brings together those who "
        "work with other territories of the world. Two series of workshops, projects on stage and a shared lunch."
    ),
    to_bring_en=(
        "Your confirmation, on paper or on your phone.\n"
        "Something that presents your organisation on one page, if you like.\n"
        "A water bottle, and something to write with."
    ),
    series=(
        Series("Premiers ateliers", "10:00", "11:30", label_en="First workshops"),
        Series("Seconds ateliers", "14:15", "15:45", label_en="Second workshops"),
    ),
    programme=(
        Item("09:00", "09:30", "Accueil et café", title_en="Welcome and coffee"),
        Item("09:30", "10:00", "Ouverture", title_en="Opening"),
        Item("11:45", "12:45", "Tribune des projets", title_en="Projects on stage"),
        Item("12:45", "14:15", "Déjeuner", title_en="Lunch", follows=NOON),
        Item("16:00", "16:40", "Restitution des ateliers", title_en="What the workshops bring back", follows=WORKSHOPS),
        Item("16:40", "17:00", "Clôture", title_en="Closing", follows=END),
    ),
)

_DAY = Template(
    kind="workshop_day",
    label=N_("Journée d’ateliers"),
    about=N_("Une rencontre régionale d’une journée : cent cinquante places, deux temps d’ateliers, un déjeuner."),
    title="Rencontre régionale",
    starts="09:30",
    ends="16:30",
    capacity=150,
    summary="Une journée d’ateliers pour avancer ensemble sur un sujet.",
    description=(
        "Le matin, un état des lieux et deux ateliers au choix. L’après-midi, deux autres ateliers, puis la mise en "
        "commun."
    ),
    to_bring="Votre confirmation, sur papier ou sur votre téléphone.",
    summary_en="A day of workshops to move forward together on a subject.",
    description_en=(
        "In the morning, where things stand and two workshops to choose from. In the afternoon, two other workshops, "
        "then bringing it together."
    ),
    to_bring_en="Your confirmation, on paper or on your phone.",
    series=(
        Series("Premiers ateliers", "10:30", "12:00", label_en="First workshops"),
        Series("Seconds ateliers", "13:45", "15:15", label_en="Second workshops"),
    ),
    programme=(
        Item("09:30", "10:00", "Accueil et café", title_en="Welcome and coffee"),
        Item("10:00", "10:30", "Ouverture", title_en="Opening"),
        Item("12:15", "13:45", "Déjeuner", title_en="Lunch", follows=NOON),
        Item(
            "15:30", "16:30", "Mise en commun et conclusion", title_en="Bringing it together, and closing", follows=END
        ),
    ),
)

_TRAINING = Template(
    kind="training",
    label=N_("Formation"),
    about=N_("Une journée en petit groupe, avec une personne qui forme : vingt places, une attestation à la fin."),
    title="Formation",
    starts="09:30",
    ends="17:00",
    capacity=20,
    closes_before=7,
    summary="Une journée de formation, en petit groupe, avec des exercices sur vos propres projets.",
    description=(
        "La formation s’adresse aux bénévoles et aux salarié·es des structures du réseau. Une attestation est remise "
        "aux personnes présentes toute la journée."
    ),
    prerequisites="Avoir un projet en cours, même à l’état d’idée.",
    to_bring="De quoi écrire, et ce que vous avez déjà rédigé de votre projet.",
    summary_en="A day of training in a small group, with exercises on your own projects.",
    description_en=(
        "The training is for volunteers and employees of the organisations of the network. Those who are there all day "
        "receive a certificate."
    ),
    prerequisites_en="To have a project under way, even as an idea.",
    to_bring_en="Something to write with, and what you have already written of your project.",
    programme=(
        Item("09:30", "10:00", "Accueil, attentes de chacun·e", title_en="Welcome, and what each expects"),
        Item("10:00", "12:30", "Apports et premiers exercices", title_en="Input and first exercises"),
        Item("12:30", "14:00", "Pause déjeuner", title_en="Lunch break", follows=NOON),
        Item("14:00", "16:30", "Travail sur vos projets", title_en="Work on your projects"),
        Item("16:30", "17:00", "Bilan et attestations", title_en="Looking back, and certificates", follows=END),
    ),
)

_GROUP = Template(
    kind="exchange_group",
    label=N_("Groupe d’échanges"),
    about=N_("Un groupe qui se retrouve régulièrement, en fin de journée : trente places, un tour de table, un thème."),
    title="Groupe d’échanges",
    starts="18:00",
    ends="20:00",
    capacity=30,
    closes_before=1,
    reminders=(3,),
    summary="Deux heures entre structures qui agissent dans le même pays ou sur le même thème.",
    description="Un tour de table, un thème préparé par l’une des structures, puis les suites et la prochaine date.",
    summary_en="Two hours between organisations that work in the same country or on the same subject.",
    description_en="Introductions, a subject that one organisation prepared, then next steps and the next date.",
    programme=(
        Item("18:00", "18:30", "Tour de table", title_en="Round of introductions"),
        Item("18:30", "19:40", "Le thème du jour", title_en="The topic of the day"),
        Item("19:40", "20:00", "Suites et prochaine date", title_en="Next steps and next date", follows=END),
    ),
)

_ASSEMBLY = Template(
    kind="assembly",
    label=N_("Assemblée générale"),
    about=N_(
        "L’accueil des membres : cent vingt places. Convocations, pouvoirs et votes se tiennent sous « Assemblées »."
    ),
    title="Assemblée générale",
    starts="09:30",
    ends="12:30",
    capacity=120,
    summary="L’assemblée générale des membres du réseau, ouverte aux structures qui souhaitent le découvrir.",
    description=(
        "Rapport moral, rapport d’activité, comptes, orientations et élections. Les membres reçoivent leur "
        "convocation à part ; s’inscrire ici sert à préparer la salle et le déjeuner."
    ),
    summary_en="The general assembly of the network’s members, open to organisations that wish to discover it.",
    description_en=(
        "President’s report, activities, accounts, orientations and elections. Members receive their notice "
        "separately; registering here helps prepare the room and the lunch."
    ),
    programme=(
        Item("09:30", "10:00", "Accueil et émargement", title_en="Welcome and attendance sheet"),
        Item("10:00", "12:00", "Rapports, votes et élections", title_en="Reports, votes and elections"),
        Item("12:00", "12:30", "Échanges avec la salle", title_en="Discussion with the audience", follows=END),
    ),
)

TEMPLATES: dict[str, Template] = {one.kind: one for one in (_AGORA, _DAY, _TRAINING, _GROUP, _ASSEMBLY)}
