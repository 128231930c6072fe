"""The register of processing activities (GDPR, article 30): what is kept about people, why, who reads it, how long.

One list for the three services. From it come the public page on personal data and the staff's register; a test
holds it against the tables, so that nothing about a person is kept that does not stand here. Words are French.
"""

from __future__ import annotations

from dataclasses import dataclass

from shared.marks import N_


@dataclass(frozen=True)
class Activity:
    """One activity. tables: service → its tables that hold something about a person for this activity."""

    title: str
    why: str
    basis: str
    whose: str
    what: str
    readers: str
    kept: str
    tables: dict[str, tuple[str, ...]]


CONSENT = N_("Votre accord, que vous pouvez retirer")
CONTRACT = N_("La participation que vous demandez")
DUTY = N_("Une obligation légale")
INTEREST = N_("L’intérêt légitime du réseau : que cela marche, et que l’on puisse le vérifier")

ACTIVITIES = (
    Activity(
        title=N_("Inscriptions aux rencontres"),
        why=N_(
            "Donner les places, préparer l’accueil et les repas, envoyer billet et rappels, compter pour les bilans."
        ),
        basis=CONTRACT,
        whose=N_("Les personnes inscrites"),
        what=N_(
            "Nom, courriel, téléphone, structure, choix d’ateliers, réponses au formulaire, accords donnés ; d’un "
            "fichier dont le formulaire n’est pas fini, une empreinte de l’adresse réseau."
        ),
        readers=N_(
            "L’équipe ; l’auditeur, en lecture ; qui organise la rencontre peut recevoir par courriel le nom, la "
            "structure et le type d’acteur ; la liste des participants, de qui l’a accepté, se lit par les personnes "
            "inscrites ou par tout le monde, selon les mots acceptés"
        ),
        kept=N_("3 ans après la rencontre ; les nombres restent pour les bilans."),
        tables={
            "registration": (
                "registrations",
                "form_answers",
                "form_files",
                "kept_forms",
                "consents",
                "personal_links",
                "people_files",
                "people_file_lines",
                "bulk_actions",
                "staff_messages",
            )
        },
    ),
    Activity(
        title=N_("Invitations"),
        why=N_("Inviter par courriel à une rencontre, avec un lien personnel, et ne pas relancer qui a répondu."),
        basis=INTEREST,
        whose=N_("Les personnes que l’équipe invite, inscrites ou non"),
        what=N_(
            "Nom, courriel, structure, d’où vient l’adresse, refus. Qui ouvre un courriel ou un lien n’est pas noté."
        ),
        readers=N_("L’équipe ; l’auditeur, en lecture"),
        kept=N_("90 jours après la rencontre. De qui ne veut plus être invité, l’empreinte de l’adresse reste."),
        tables={
            "registration": (
                "invitation_rounds",
                "invitation_lines",
                "invitations",
                "invitation_mails",
                "invitation_links",
                "invitation_stops",
            )
        },
    ),
    Activity(
        title=N_("Régimes et besoins d’accessibilité"),
        why=N_("Servir un repas qui convient, préparer l’accès à la salle."),
        basis=CONSENT,
        whose=N_("Les personnes inscrites qui l’ont écrit"),
        what=N_("Régime, besoin d’accès, précision libre."),
        readers=N_("L’équipe seule, jamais le bureau d’accueil"),
        kept=N_("30 jours après la rencontre."),
        tables={"registration": ("sensitive_answers",)},
    ),
    Activity(
        title=N_("Accueil, restitutions et attestations"),
        why=N_("Savoir qui est venu, éditer badges, feuilles et attestations, rendre compte des ateliers."),
        basis=CONTRACT,
        whose=N_("Les personnes inscrites, les animatrices et animateurs"),
        what=N_(
            "Présence et heure d’arrivée, à la rencontre et à chaque atelier ; textes des restitutions ; avis sur une "
            "formation, gardés sans nom."
        ),
        readers=N_(
            "L’équipe et les bénévoles de l’accueil, qui voient le nom et le repas ; qui anime un atelier, qui voit le "
            "nom ; le jury sait qui est arrivé"
        ),
        kept=N_("3 ans ; les feuilles signées, aussi longtemps que le contrôle du financeur."),
        tables={
            "registration": (
                "evaluation_invitations",
                "evaluations",
                "restitution_parts",
                "restitution_operations",
                "restitutions_sent",
                "workshop_attendances",
                "workshop_operations",
                "event_sites",
                "speakers",
            ),
            "jury": ("arrivals",),
        },
    ),
    Activity(
        title=N_("Covoiturage et mises en relation"),
        why=N_("Voyager à plusieurs, rencontrer qui travaille sur les mêmes pays et les mêmes thèmes."),
        basis=CONSENT,
        whose=N_("Les personnes inscrites qui l’ont demandé"),
        what=N_("Commune, places, zones et thèmes ; les messages échangés passent par une adresse de relais."),
        readers=N_("Les autres personnes qui l’ont demandé, sans l’adresse"),
        kept=N_("3 ans après la rencontre, au plus tard."),
        tables={"registration": ("carpool_notes",)},
    ),
    Activity(
        title=N_("Groupes d’échanges"),
        why=N_("Convoquer les réunions d’un groupe et savoir qui en est."),
        basis=CONTRACT,
        whose=N_("Les membres des groupes, leurs animatrices et animateurs"),
        what=N_("Nom, courriel, dates d’entrée et de sortie."),
        readers=N_("L’équipe"),
        kept=N_("3 ans après le départ du membre, ou après la dernière rencontre de son groupe."),
        tables={"registration": ("group_members", "group_animators", "exchange_groups")},
    ),
    Activity(
        title=N_("Assemblées générales"),
        why=N_(
            "Convoquer, vérifier le quorum et les pouvoirs, garder les procès-verbaux, savoir qui siège au conseil."
        ),
        basis=DUTY,
        whose=N_("Les personnes qui représentent un membre"),
        what=N_(
            "Nom, courriel, collège, cotisation, présence, pouvoirs, mandat au conseil. Un bulletin secret ne dit "
            "jamais de qui il vient."
        ),
        readers=N_("L’équipe, la trésorerie"),
        kept=N_("Aussi longtemps que les procès-verbaux ; qui n’est plus votant, jusqu’au jour de l’assemblée."),
        tables={
            "registration": (
                "assemblies",
                "assembly_statutes",
                "assembly_voters",
                "assembly_struck_voters",
                "assembly_room_entries",
                "assembly_minutes_amendments",
                "board_seats",
                "structure_memberships",
            )
        },
    ),
    Activity(
        title=N_("Annuaire des structures"),
        why=N_(
            "Savoir qui travaille où et sur quoi, et mettre en lien des collectivités, des associations et des écoles."
        ),
        basis=INTEREST,
        whose=N_("Les structures ; leurs personnes, quand l’adresse d’une structure est celle de quelqu’un"),
        what=N_("Pays, lieux et objectifs, téléphone, courriel et site de la structure."),
        readers=N_("L’équipe ; tout le monde, pour les structures qui l’ont accepté"),
        kept=N_("Tant que la structure est connue du réseau ; l’adresse d’une personne part quand elle le demande."),
        tables={"registration": ("directory_pages", "directory_works")},
    ),
    Activity(
        title=N_("Accompagnement individuel"),
        why=N_("Aider une structure à monter son projet, et se rappeler la suite. Le jury n’en reçoit rien."),
        basis=INTEREST,
        whose=N_("Les personnes que l’équipe reçoit ou appelle"),
        what=N_("Jour, nom, courriel, dossier dont on a parlé, note, suite à donner."),
        readers=N_("L’équipe ; l’auditeur, en lecture ; jamais le jury"),
        kept=N_("Ce qui nomme une personne : 3 ans après le rendez-vous ; les nombres restent pour les bilans."),
        tables={"registration": ("support_appointments",)},
    ),
    Activity(
        title=N_("Comptes de l’équipe"),
        why=N_("Ouvrir les pages de travail à qui y travaille, et savoir qui a changé quoi."),
        basis=INTEREST,
        whose=N_("L’équipe, les bénévoles, les personnes qui lisent en lecture seule, qui organise une rencontre"),
        what=N_("Nom, courriel, rôles, connexions manquées, journal des changements, avis d’inscription reçus."),
        readers=N_("Les personnes qui administrent ; l’auditeur, pour le journal"),
        kept=N_(
            "Tant que le compte sert ; qui reçoit des avis d’inscription, 30 jours après la rencontre ; le journal "
            "reste, sans ce qui a été effacé."
        ),
        tables={
            "registration": (
                "staff",
                "sign_in_attempts",
                "saved_filters",
                "callings_off",
                "assembly_callings_off",
                "structure_merges",
                "registration_notices",
            ),
            "jury": ("chair_links", "devices", "pairing_codes", "dismissed_links"),
        },
    ),
    Activity(
        title=N_("Appels à projets"),
        why=N_("Instruire les dossiers, décider, verser les aides et en rendre compte."),
        basis=CONTRACT,
        whose=N_("Les personnes qui portent un projet, et celles qu’elles nomment dans le dossier"),
        what=N_(
            "Nom et courriel de contact, contenu du dossier, pièces, rapports, versements. D’une classe, le nombre "
            "d’élèves, aucun nom."
        ),
        readers=N_("Le secrétariat du jury, les jurés pour les dossiers qu’ils lisent, la trésorerie pour les aides"),
        kept=N_(
            "Un dossier non retenu, ou un appel laissé sans réponse : 2 ans. Une aide accordée : 10 ans, obligation "
            "comptable."
        ),
        tables={
            "jury": (
                "applications",
                "application_versions",
                "earlier_filings",
                "attachments",
                "projects",
                "reports",
                "report_papers",
                "instalments",
                "calls",
                "rulebook_versions",
            )
        },
    ),
    Activity(
        title=N_("Travail du jury"),
        why=N_("Noter, délibérer, et pouvoir recalculer le classement."),
        basis=INTEREST,
        whose=N_("Les jurés, et les experts à qui un avis est demandé"),
        what=N_("Nom, courriel, structure, liens déclarés, notes, appréciations et avis."),
        readers=N_("Le secrétariat et la présidence du jury"),
        kept=N_("Le classement se garde ; à la demande, le juré y devient un pseudonyme."),
        tables={
            "jury": (
                "jurors",
                "juror_mails",
                "experts",
                "opinions",
                "opinion_links",
                "round_jurors",
                "rounds",
                "presences",
                "recusals",
                "readings",
                "late_tray",
                "moves",
                "jury_votes",
                "draws",
                "feedback_lines",
                "minutes",
                "signatures",
            )
        },
    ),
    Activity(
        title=N_("L’Écho du Réseau et les autres lettres"),
        why=N_("Envoyer à qui l’a demandé la lettre du réseau."),
        basis=CONSENT,
        whose=N_("Les personnes abonnées, les associations qui écrivent"),
        what=N_("Nom, courriel, structure, pays et thèmes choisis, preuve de l’accord, articles et photos proposés."),
        readers=N_("L’équipe de rédaction"),
        kept=N_("3 ans après le dernier signe de votre part : nous le redemandons une fois, puis nous effaçons."),
        tables={
            "mailer": (
                "contacts",
                "consents",
                "contact_imports",
                "contributors",
                "contributions",
                "contribution_drafts",
                "corrections",
                "photos",
                "issues",
                "items",
                "letters",
                "segments",
                "lists",
            )
        },
    ),
    Activity(
        title=N_("Courriers envoyés"),
        why=N_(
            "Que chaque courrier parte une fois et une seule, et savoir ce qu’il est devenu. Aucun traceur d’ouverture."
        ),
        basis=INTEREST,
        whose=N_("Les personnes à qui nous écrivons"),
        what=N_(
            "Adresse, ce qui a été envoyé, réponse du serveur, adresse qui ne marche plus ; dates d’inscription, "
            "d’arrivée, de dossier et de résultat."
        ),
        readers=N_("L’équipe de rédaction ; qui suit l’inscription ou le dossier sait si un courriel est arrivé"),
        kept=N_(
            "Les réponses des serveurs : 1 an. Les adresses, et ce qui est revenu : 3 ans ; "
            "qui ne veut plus rien reste une empreinte."
        ),
        tables={
            "mailer": (
                "messages",
                "attempts",
                "returns",
                "suppressions",
                "mailed_links",
                "campaigns",
                "moments",
            ),
            "registration": ("mail_fates",),
            "jury": ("mail_fates",),
        },
    ),
)
"""In the order in which a year meets them."""

IMPERSONAL = {
    "registration": (
        "api_tokens",
        "event_documents",
        "event_organisers",
        "events",
        "identities",
        "logos",
        "structures",
    ),
    "jury": ("identities",),
    "mailer": ("identities", "programs"),
}
"""Tables that name only programs, organisations, places and files that are for everybody."""
