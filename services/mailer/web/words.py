"""What the pages say for each stable word of the code; `docs/glossary.md` pairs them."""

from __future__ import annotations

import re
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from services.mailer.bounces import explain
from services.mailer.contact_words import OWN_SOURCES

Words = tuple[Any, str]

CONTACT: dict[str, Words] = {
    "given": (_l("abonné"), "done"),
    "withdrawn": (_l("désabonné"), "stop"),
    "suppressed": (_l("adresse écartée"), "stop"),
    "none": (_l("n’a rien dit"), "none"),
}
ERASED = {
    "contacts": _l("fiches"),
    "messages": _l("courriers envoyés ou en attente"),
    "returns": _l("courriers revenus"),
    "links": _l("demandes d’abonnement"),
    "import_lines": _l("lignes de fichiers importés"),
    "moments": _l("dates d’inscription, d’arrivée ou de dossier"),
    "contributions": _l("articles proposés"),
    "photos": _l("photos jointes"),
}
OUTCOME: dict[str, Words] = {
    "new": (_l("nouveau"), "done"),
    "known": (_l("déjà connu"), "going"),
    "duplicate": (_l("doublon dans le fichier"), "none"),
    "suppressed": (_l("ne sera pas réabonné"), "stop"),
    "invalid": (_l("ligne à corriger"), "wait"),
}
COLUMN = {
    "email": _l("Adresse électronique"),
    "first_name": _l("Prénom"),
    "last_name": _l("Nom"),
    "structure": _l("Structure"),
    "topics": _l("Sujets"),
    "zones": _l("Zones"),
    "departement": _l("Département"),
    "kind": _l("Type d’acteur"),
    "locale": _l("Langue"),
}
KIND = {
    "association": _l("association, collectif, fondation"),
    "authority": _l("collectivité"),
    "public": _l("établissement public"),
    "education": _l("enseignement, recherche"),
    "company": _l("acteur économique"),
    "media": _l("média"),
    "person": _l("personne qualifiée"),
}
REASON = {
    "missing": _l("il n’y a pas d’adresse"),
    "too-long": _l("l’adresse est trop longue"),
    "control": _l("l’adresse contient un caractère invisible"),
    "no-at": _l("il manque l’arobase (@)"),
    "several": _l("il y a plusieurs adresses dans la case"),
    "local-not-ascii": _l("la partie avant l’arobase a un accent : peu de serveurs l’acceptent"),
    "domain": _l("la partie après l’arobase n’est pas un nom de domaine"),
    "syntax": _l("l’adresse n’a pas la forme nom@domaine.fr"),
    "first_name-too-long": _l("le prénom dépasse 120 caractères"),
    "last_name-too-long": _l("le nom dépasse 120 caractères"),
    "structure-too-long": _l("la structure dépasse 200 caractères"),
    "formula": _l("une case est une formule : collez les valeurs seulement"),
    "hidden": _l("une case contient un caractère de contrôle"),
}
ISSUE: dict[str, Words] = {
    "draft": (_l("en préparation"), "going"),
    "ready": (_l("prêt à partir"), "wait"),
    "sent": (_l("paru"), "done"),
}
LETTER: dict[str, Words] = {
    "draft": (_l("en préparation"), "going"),
    "scheduled": (_l("programmée"), "wait"),
    "sent": (_l("partie"), "done"),
}
SECTION = {
    "headline": _l("À la une"),
    "calls": _l("Appels à projets"),
    "agenda": _l("Agenda"),
    "members": _l("Vie des associations"),
    "resources": _l("Ressources"),
}


def choice(key: str) -> Any:
    """A choice of what is kept, in words: sections have names of ours, topics and zones their own."""
    kind, _colon, word = key.partition(":")
    return SECTION.get(word, word) if kind == "section" else word


CONTRIBUTION: dict[str, Words] = {
    "received": (_l("reçu, en attente de réponse"), "wait"),
    "accepted": (_l("accepté"), "done"),
    "refused": (_l("non retenu"), "stop"),
    "withdrawn": (_l("retiré par vous"), "none"),
}
CAMPAIGN: dict[str, Words] = {
    "draft": (_l("pas commencé"), "none"),
    "running": (_l("en cours"), "going"),
    "paused": (_l("en pause"), "wait"),
    "finished": (_l("terminé"), "done"),
    "cancelled": (_l("arrêté"), "stop"),
}
MESSAGE: dict[str, Words] = {
    "accepted": (_l("remis"), "done"),
    "transmitting": (_l("en transmission"), "going"),
    "claimed": (_l("pris en charge"), "going"),
    "deferred": (_l("différé"), "wait"),
    "pending": (_l("en attente"), "none"),
    "unknown": (_l("issue inconnue"), "wait"),
    "rejected": (_l("refusé"), "stop"),
    "suppressed": (_l("écarté"), "stop"),
    "cancelled": (_l("annulé"), "none"),
    "returned": (_l("revenu"), "stop"),
}
SHORT = {state: text for state, (text, _tone) in MESSAGE.items()} | {
    "deferred": _l("différés"),
    "rejected": _l("refusés"),
    "suppressed": _l("écartés"),
    "cancelled": _l("annulés"),
    "returned": _l("revenus"),
}
GROUP = {
    "gmail": "Gmail",
    "microsoft": "Outlook, Hotmail",
    "yahoo": "Yahoo",
    "orange": "Orange, Wanadoo",
    "free": "Free",
    "sfr": "SFR",
    "laposte": "La Poste",
    "other": _l("Autres domaines"),
}
RETURN = {
    "bounce": _l("Message revenu"),
    "delay": _l("Message retardé"),
    "complaint": _l("Message signalé comme indésirable"),
    "auto-reply": _l("Réponse automatique"),
    "answer": _l("Réponse à un covoitureur"),
}
"""What came back, on somebody's page; a departure by mail is shown as the consent that it withdraws."""
MOMENT = {
    "registered": _l("Inscription"),
    "waits": _l("Inscription en liste d’attente"),
    "promoted": _l("Place obtenue"),
    "cancelled": _l("Inscription annulée"),
    "arrived": _l("Arrivée à l’accueil"),
    "filed": _l("Dossier déposé"),
    "withdrawn": _l("Dossier retiré"),
    "restored": _l("Retrait du dossier annulé"),
    "result": _l("Résultat du jury annoncé"),
}
"""What the other services told of somebody."""
MAIL = {
    "registration_confirmed": _l("Inscription confirmée"),
    "registration_wait_listed": _l("Liste d’attente"),
    "registration_promoted": _l("Place libérée"),
    "seat_offered": _l("Place proposée"),
    "seat_expired": _l("Proposition terminée"),
    "workshops_allocated": _l("Ateliers répartis"),
    "registration_changed": _l("Inscription modifiée"),
    "registration_rescheduled": _l("Rencontre déplacée"),
    "event_called_off": _l("Rencontre annulée"),
    "registration_cancelled": _l("Inscription annulée"),
    "registration_reminder": _l("Rappel d’une rencontre"),
    "evaluation_asked": _l("Avis sur une formation"),
    "event_invitation": _l("Invitation à une rencontre"),
    "invitation_called_off": _l("Rencontre annulée, à qui est invité"),
    "form_kept": _l("Formulaire à finir"),
    "registration_link": _l("Lien personnel"),
    "staff_message": _l("Message de l’équipe"),
    "registrations_told": _l("Nouvelles inscriptions, à qui organise"),
    "carpool_note": _l("Covoiturage, d’une personne à l’autre"),
    "carpool_refused": _l("Covoiturage, une réponse qui ne passe pas"),
    "erasure_asked": _l("Confirmation d’un effacement"),
    "assembly_notice": _l("Convocation à une assemblée"),
    "assembly_called_off": _l("Assemblée annulée"),
    "slot_told": _l("Horaire de passage à la Tribune"),
    "group_convened": _l("Rencontre d’un groupe d’échanges"),
    "group_called_off": _l("Rencontre d’un groupe annulée"),
    "jury_result": _l("Résultat du jury"),
    "application_started": _l("Lien d’un dossier"),
    "application_link": _l("Lien d’un dossier, redemandé"),
    "application_filed": _l("Preuve de dépôt"),
    "application_reviewed": _l("Examen d’un dossier"),
    "application_withdrawn": _l("Preuve de retrait"),
    "opinion_asked": _l("Demande d’avis à un expert"),
    "tandem_told": _l("Nouvelle d’un tandem à l’une de ses moitiés"),
    "application_restored": _l("Retrait annulé"),
    "award_offered": _l("Aide proposée à la réserve"),
    "award_changed": _l("Aide changée après l’annonce"),
    "juror_invited": _l("Invitation d’un membre du jury"),
    "juror_reminded": _l("Relance d’un membre du jury"),
    "readings_given": _l("Nouvelles lectures d’un membre du jury"),
    "award_opened": _l("Suivi d’une aide"),
    "report_reminded": _l("Rappel d’un rapport"),
    "report_reviewed": _l("Examen d’un rapport"),
    "contribution_invitation": _l("Invitation à écrire dans L’Écho"),
    "contribution_reminder": _l("Rappel avant la date limite, à qui écrit"),
    "contribution_published": _l("Article paru, à son auteur"),
    "contribution_refused": _l("Article non retenu, à son auteur"),
    "subscription_confirm": _l("Confirmation d’abonnement"),
    "own_data_link": _l("Lien vers ses propres données"),
    "still_there": _l("Question après trois ans de silence"),
    "facts_parked": _l("Faits mis de côté, à l’équipe"),
    "campaign_test": _l("Essai d’un numéro"),
}
"""What a single mail is, by its template."""
SUPPRESSION = {
    "absent": _l("le serveur dit que l’adresse n’existe pas"),
    "no-such-address": _l("le serveur dit que l’adresse n’existe pas"),
    "complaint": _l("la personne a signalé un courrier indésirable"),
    "erased": _l("la personne a demandé son effacement"),
    "hand": _l("l’équipe l’a écartée"),
    "taken-back": _l("la personne a repris son accord, sur la page de son inscription"),
}
_NUMBER = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
WHY = {
    "never": _l("n’a jamais accepté cette liste"),
    "later": _l("ne s’était pas encore abonnée"),
    "left": _l("avait quitté la liste"),
    "suppressed": _l("son adresse était écartée"),
    "kept": _l("ne garde que d’autres choses, par son propre choix"),
    "segment": _l("n’était pas dans le segment choisi"),
    "before": _l("l’avait déjà reçu par un envoi précédent"),
    "changed": _l("sa fiche a changé depuis : elle n’était pas dans le public d’alors"),
    "consent": _l("a quitté la liste avant que ce soit son tour"),
    "erased": _l("a demandé son effacement"),
    "merged": _l("l’a reçu à l’autre adresse qu’elle avait alors"),
    "paused": _l("attend la fin de la pause"),
}
"""Why somebody has no mail of a campaign, or one that did not leave."""
CHECK = {
    "items": _l("Au moins un article"),
    "audience": _l("Au moins une personne abonnée"),
    "text": _l("Une version en texte simple"),
    "size": _l("Moins de 100 ko"),
    "embargo": _l("Aucun article sous embargo à cette heure-là"),
    "closed-calls": _l("Aucun appel clos à cette date"),
    "release": _l("Aucun embargo à cette heure-là"),
    "links": _l("Des liens complets (http ou https)"),
    "unsubscribe": _l("Un lien de désabonnement"),
    "variants": _l("Chaque version se compose : français ou anglais, avec ou sans prénom"),
    "sender": _l("Une adresse d’expédition"),
    "editorial": _l("Un éditorial"),
    "expired": _l("Aucun article périmé"),
    "dns": _l("Domaine d’expédition : SPF, DKIM, DMARC et nom du relais dans le DNS"),
    "one-click": _l("Le désabonnement en un clic répond"),
    "dead-links": _l("Chaque lien répond"),
}
SCHEDULE_FAILED = {
    "late": _l("les serveurs étaient arrêtés à l’heure dite"),
    "preflight": _l("une vérification indispensable n’est pas passée"),
    "nobody": _l("plus personne n’était à atteindre"),
    "on-the-wire": _l("un envoi arrêté avait encore des messages en route"),
}
"""Why a scheduled issue did not leave; another code is shown by itself."""
RECORD = {
    "spf": _l("SPF : qui peut envoyer pour vous"),
    "dkim": _l("DKIM : votre signature"),
    "dmarc": _l("DMARC : que faire d’un faux"),
    "mx": _l("MX : le chemin du retour"),
    "ptr": _l("PTR : le nom de l’adresse du relais, que publie son hébergeur"),
}
RECORD_STATE: dict[str, Words] = {
    "right": (_l("en place"), "done"),
    "weak": (_l("en place, mais faible"), "wait"),
    "wrong": (_l("à corriger"), "stop"),
    "missing": (_l("manque"), "stop"),
    "unknown": (_l("pas de réponse"), "wait"),
}
RECORD_WHY = {
    "no-answer": _l("Le DNS n’a pas répondu à temps. Réessayez ; si cela dure, parlez-en à votre hébergeur."),
    "spf-missing": _l("Aucun enregistrement SPF : publiez celui-ci, avec ce que demande votre relais."),
    "spf-twice": _l("Deux enregistrements SPF : les messageries n’en croient alors aucun. Réunissez-les."),
    "spf-open": _l("Il permet à tout le monde d’envoyer pour vous : terminez-le par -all ou ~all."),
    "spf-no-end": _l("Il ne dit pas quoi faire des autres : terminez-le par -all ou ~all."),
    "dkim-no-key": _l("Les messages ne sont pas signés : il n’y a pas de clé dans les réglages."),
    "dkim-missing": _l("La clé n’est pas publiée : les messageries ne peuvent pas vérifier la signature."),
    "dkim-other": _l("Une autre clé est publiée : chaque signature paraît fausse. Remplacez-la par celle-ci."),
    "dkim-twice": _l("Plusieurs clés sous le même nom : gardez seulement celle-ci."),
    "dmarc-missing": _l("Aucune règle DMARC : Gmail et Yahoo en demandent une."),
    "dmarc-wrong": _l("Cette règle DMARC ne se lit pas : il en faut une seule, avec p=none, quarantine ou reject."),
    "dmarc-none": _l("La règle regarde seulement (p=none). Quand les rapports sont bons, passez à quarantine."),
    "ptr-no-address": _l("Ce relais n’a pas d’adresse dans le DNS : vérifiez AGORA_SMTP_URL."),
    "ptr-missing": _l("L’adresse du relais n’a pas de nom : Gmail refuse ce qui en vient. Demandez-le à l’hébergeur."),
    "ptr-unconfirmed": _l("Le nom de l’adresse ne ramène pas à elle : publiez ce nom avec cette adresse."),
    "mx-missing": _l("Personne ne reçoit ce qui revient : les adresses mortes ne seront jamais connues."),
}
POSTMASTER = {
    "gmail": _l("Postmaster Tools montre la réputation du domaine et le taux de plaintes ; inscrivez-y le vôtre."),
    "microsoft": _l("SNDS montre la réputation de l’adresse IP, JMRP renvoie les plaintes ; un formulaire débloque."),
    "yahoo": _l("Sender Hub : inscrivez le domaine à la boucle de retour des plaintes, qui suit la signature DKIM."),
    "orange": _l("Les réponses « OFR » disent la cause ; signal-spam.fr renvoie les plaintes."),
    "free": _l("Limite les envois rapprochés : ralentissez avec AGORA_MAIL_RATES avant d’écrire au postmaster."),
    "sfr": _l("Inscrivez-vous à signal-spam.fr ; écrivez au postmaster avec l’adresse IP et une réponse complète."),
    "laposte": _l("Le postmaster répond avec l’adresse IP, la date et la réponse du serveur."),
}
"""What to do with a provider that says no. No addresses: theirs change more often than this file."""
_UNSAID = {
    "hand": _l("réglé à la main"),
    "answered": _l("une réponse en est revenue : il était donc parti"),
    **dict.fromkeys(("lease", "silence"), _l("la connexion s’est coupée avant la réponse")),
    "lost": _l("la connexion s’est coupée avant l’envoi : un nouvel essai suit"),
    "dropped": _l("repris avant l’envoi : rien n’est parti"),
    "consent": _l("s’est désabonnée avant l’envoi"),
    "address": _l("cette adresse n’est pas valable : rien n’a été envoyé"),
    "suppressed": _l("adresse écartée avant l’envoi"),
}


def fate(state: str, back: object) -> Words:
    """Of one mail, as `models.returns.fate` counts it. back: whether, or why, something came back."""
    return MESSAGE["returned" if back and state == "accepted" else state]


def answer(code: int | None, text: str, reason: str, back: str = "") -> str:
    """Why it came back; or what the relay said last, in its own words; or why it said nothing."""
    if back or reason in _UNSAID:
        return str(_(explain.sentence(back)) if back else _UNSAID[reason])
    return " ".join(filter(None, [str(code or ""), text])) or "—"


def refusal(reason: str) -> str:
    """Why a relay takes nothing, from its answer or from what came instead."""
    code = found[0] if (found := re.match(r"[245]\d\d\b", reason)) else ""
    if code in ("530", "534", "535", "538"):
        return str(_("il n’accepte pas notre identifiant ou notre mot de passe"))
    if code.startswith("4"):
        return str(_("il demande d’attendre"))
    return str(_("il refuse tout ce qui vient de nous") if code else _("il ne répond pas"))


def evidence(text: str) -> str:
    """Why an address is barred, as a person or a relay said it; the fingerprint of a kept mail is for nobody's eyes."""
    return "" if re.search(r"\b[0-9a-f]{64}\Z", text) else text


def proof(source: str, text: str) -> str:
    """Where a consent comes from and what proves it, without the numbers by which programs find it again."""
    if source == "registration":  # as a fact of that service says it; whoever else wrote one used words
        return str(_("formulaire d’inscription à une rencontre"))
    said = _(source) if source in OWN_SOURCES else source
    return " · ".join(filter(None, [said, re.sub(rf"\s*\b{_NUMBER}\b", "", text)]))


def quoted(said: str) -> str:
    """Somebody's very words between quotation marks, which they may already have come with."""
    if (bare := said.strip()).startswith("«") and bare.endswith("»") and not {"«", "»"} & set(bare[1:-1]):
        bare = bare[1:-1].strip()
    return str(_("« %(words)s »", words=bare))


def refused_file(reason: str, details: dict[str, Any]) -> str:
    """Why a file is not a list of contacts, and what to do."""
    sentences = {
        "too-large": _("Ce fichier dépasse %(megabytes)s Mo. Coupez-le en deux."),
        "spreadsheet": _(
            "Ce classeur ne se lit pas : c’est un ancien format, une autre archive, ou il est abîmé. Dans votre "
            "tableur, choisissez « Enregistrer sous », puis « Classeur Excel (.xlsx) » ou « CSV »."
        ),
        "bomb": _(
            "Décompressé, ce classeur serait bien plus grand qu’une liste de contacts. Copiez les lignes utiles dans "
            "un classeur neuf."
        ),
        "pdf": _("C’est un document PDF. Exportez la liste en CSV depuis votre tableur."),
        "archive": _("C’est une archive compressée. Ouvrez-la, puis déposez le fichier CSV qu’elle contient."),
        "picture": _("C’est une image. Exportez la liste en CSV depuis votre tableur."),
        "program": _("C’est un programme, pas une liste."),
        "binary": _("Ce fichier n’est pas du texte : on n’y lit pas de lignes. Exportez la liste en CSV."),
        "encoding": _(
            "Les accents de ce fichier ne se lisent dans aucun codage connu. Enregistrez-le en « CSV UTF-8 »."
        ),
        "empty": _("Ce fichier est vide."),
        "fault": _(
            "Une panne de notre côté a arrêté ce fichier : rien n’en a été écrit, et les fichiers suivants sont "
            "passés. Déposez-le de nouveau ; si cela se reproduit, donnez ce numéro à l’équipe technique : %(number)s."
        ),
        "only-titles": _("Ce fichier n’a que sa ligne de titres : il n’y a personne dedans."),
        "too-many-columns": _("Ce fichier a %(columns)s colonnes ; %(most)s au plus."),
        "too-many-rows": _("Ce fichier a plus de %(most)s lignes. Coupez-le en deux."),
        "cell-too-long": _(
            "La case qui commence à la ligne %(line)s est beaucoup trop longue : un guillemet n’est sans doute pas "
            "refermé."
        ),
    }
    sentence = sentences.get(reason) or _("Ce fichier ne se lit pas comme une liste de contacts.")
    return str(sentence % details if details else sentence)


def columns(states: list[str]) -> list[tuple[str, Any, str]]:
    """Table columns of states, for the table macro."""
    return [(state, SHORT[state], "num") for state in states]
