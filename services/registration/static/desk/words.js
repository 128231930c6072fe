// What the desk says: French, as the network does, and English for who asks for it.

import { language } from "../shared/outbox/device.js";

const FR = {
  title: "Accueil", code: "Code du poste", pair: "Ouvrir le poste", desk: "Poste {n}", codeNeeded: "Écrivez le code.",
  unreached: "Le serveur ne répond pas. Pour ouvrir un poste il faut du réseau ; ensuite l’appareil s’en passe.",
  busy: "Trop d’essais : attendez une minute.", newCode: "Écrire un nouveau code", back: "Revenir au poste",
  before: "Cet appareil est le poste {n} de « {event} ». Un nouveau code en fait un autre ; ce qui n’est pas encore envoyé le sera.",
  received: "Tout est reçu par le serveur", kept: "{n} à envoyer, gardé ici", offline: "hors connexion", notYet: "pas encore prêt sans réseau", search: "Chercher",
  hint: "Trois lettres du nom ou de la structure, ou le code du badge. Une douchette admet d’un geste.", admit: "Admettre", undo: "Annuler l’entrée",
  admitted: "Admis·e", already: "déjà admis·e", waiting: "Liste d’attente", access: "Voir la personne référente accessibilité", meal: "Repas",
  coming: "La liste des inscrits n’est pas encore arrivée sur cet appareil. Un instant.",
  none: "Personne ne correspond. Vérifiez une lettre, ou inscrivez la personne ci-dessous.", walkIn: "Inscrire sur place",
  first: "Prénom", last: "Nom", structure: "Structure", add: "Inscrire et admettre", another: "C’est une autre personne",
  sameName: "Ce nom est déjà sur la liste, ci-dessus : admettez cette personne, si c’est elle.", lastNeeded: "Écrivez le nom.",
  second: "Cette page est déjà ouverte dans un autre onglet : notez dans celui-là. Celui-ci ne fait que montrer ; il prend le relais dès que l’autre est fermé.",
  adrift: "L’atelier de ce poste n’est plus au programme : rien n’est noté.",
  gone: "«\u00a0{workshop}\u00a0» n’est plus au programme d’aujourd’hui. Ce poste se tenait à sa porte ; il est maintenant à l’entrée de la rencontre. Choisissez une autre porte s’il le faut.",
  atEntrance: "J’ai vu : à l’entrée",
  fenced: "Ce poste a été retiré : il n’admet plus personne. Ce qui n’est pas parti reste gardé ici, et part dès qu’un nouveau code est écrit.",
  left: "{n} à envoyer pour « {event} », gardé ici.",
  leftFenced: "{n} à envoyer pour « {event} », gardé ici : son poste a été retiré. Un nouveau code de cet évènement le fait partir.",
  save: "Enregistrer dans un fichier", scan: "Lire un badge", stop: "Arrêter la caméra", unknown: "Ce code n’est pas un billet de cet évènement : {code}",
  seen: "J’ai vu", toRead: "{n} à lire", more: "et {n} autres : ajoutez une lettre", present: "{n} dans les lieux, d’après ce poste",
  day: "Jour", today: "aujourd’hui", presentOn: "Entrées du {day}, d’après ce poste : {n}", came: "venu·e le {days}", otherwise: "Annoncé·e le {days}",
  anotherDay: "Vous notez les entrées du {day}, pas celles d’aujourd’hui.",
  ahead: "L’évènement a lieu le {day}, pas aujourd’hui. Noter des entrées dès maintenant, pour s’exercer ?", notNow: "Ne rien noter",
  rehearse: "Noter, pour s’exercer", notNoted: "Rien n’est noté.", takeBack: "Annuler toutes ces entrées",
  practised: "Entrées notées d’avance, pour s’exercer : {n}. L’évènement a lieu le {day} : annulez-les d’ici là.",
  gate: "Porte", entrance: "Entrée de la rencontre", atGate: "Vous notez qui vient dans «\u00a0{workshop}\u00a0».", isHere: "Est là", undoHere: "Annuler", anyway: "Admettre ici quand même",
  expectedHere: "Attendu·e ici", expectedThere: "Attendu·e dans {workshop}", expectedNowhere: "Sans atelier à cette heure", seenThere: "Vu·e dans {workshop}",
  noted: "noté·e ici", alreadyHere: "déjà noté·e ici", presentIn: "{n} dans cet atelier ({capacity} places), d’après ce poste",
  blocked: "Cet appareil ne peut rien garder. Prenez un autre navigateur, ou la liste sur papier.",
  noCamera: "La caméra ne répond pas. Cherchez par trois lettres, ou écrivez le code du badge.",
  cameraRefused: "Le navigateur refuse la caméra à cette page. Permettez-la dans ses réglages, ou cherchez par trois lettres.",
  noReader: "Ce poste ne peut pas lire de badge : il lui manque le lecteur de codes QR. Cherchez par trois lettres, ou écrivez le code du badge.",
};
const EN = {
  title: "Desk", code: "Code of the desk", pair: "Open the desk", desk: "Desk {n}", codeNeeded: "Enter the code.",
  unreached: "The server does not answer. Opening a desk needs a network; afterwards the device does without.",
  busy: "Too many tries: wait a minute.", newCode: "Enter a new code", back: "Back to the desk",
  before: "This device is desk {n} of “{event}”. A new code makes it another; what is not sent yet still will be.",
  received: "The server has everything", kept: "{n} to send, kept here", offline: "offline", notYet: "not ready offline yet", search: "Search",
  hint: "Three letters of the name or the organisation, or the code of the badge. A hand-held reader admits in one go.", admit: "Admit", undo: "Undo",
  admitted: "Admitted", already: "already admitted", waiting: "Waiting list", access: "See the person in charge of access", meal: "Meal",
  coming: "The list of the event has not come to this device yet. One moment.",
  none: "Nobody matches. Check a letter, or register the person below.", walkIn: "Register here",
  first: "First name", last: "Last name", structure: "Organisation", add: "Register and admit", another: "This is another person",
  sameName: "This name is on the list already, above: admit that person, if it is them.", lastNeeded: "Enter the last name.",
  second: "This page is open in another tab: note there. This one only shows; it takes over as soon as the other is closed.",
  adrift: "The workshop of this desk is not in the programme any more: nothing is noted.",
  gone: "“{workshop}” is not in today’s programme any more. This desk stood at its door; it is at the entrance of the event now. Choose another door if need be.",
  atEntrance: "I have read it: at the entrance",
  fenced: "This desk was revoked: it admits nobody any more. What was not sent stays here, and leaves once a new code is entered.",
  left: "{n} to send for “{event}”, kept here.",
  leftFenced: "{n} to send for “{event}”, kept here: its desk was revoked. A new code of that event lets it leave.",
  save: "Save to a file", scan: "Scan a badge", stop: "Stop the camera", unknown: "This code is not a ticket for this event: {code}",
  seen: "I have read it", toRead: "{n} to read", more: "and {n} more: add a letter", present: "{n} in the building, as this desk knows",
  day: "Day", today: "today", presentOn: "Admitted on {day}, as this desk knows: {n}", came: "came on {days}", otherwise: "Expected on {days}",
  anotherDay: "You are noting the entries of {day}, not today’s.",
  ahead: "The event is on {day}, not today. Note who comes in already, for practice?", notNow: "Not now",
  rehearse: "Note them, for practice", notNoted: "Nobody was noted.", takeBack: "Undo all these entries",
  practised: "Entries noted in advance, for practice: {n}. The event is on {day}: undo them before then.",
  gate: "Door", entrance: "Entrance of the event", atGate: "You are noting who comes to “{workshop}”.", isHere: "Is here", undoHere: "Undo", anyway: "Admit here anyway",
  expectedHere: "Expected here", expectedThere: "Expected in {workshop}", expectedNowhere: "No workshop at this time", seenThere: "Seen in {workshop}",
  noted: "noted here", alreadyHere: "noted here already", presentIn: "{n} in this workshop ({capacity} seats), as this desk knows",
  blocked: "This device cannot keep anything. Take another browser, or the list on paper.",
  noCamera: "The camera does not answer. Search by three letters, or type the code of the badge.",
  cameraRefused: "The browser refuses the camera to this page. Allow it in its settings, or search by three letters.",
  noReader: "This desk cannot read a badge: it lacks the reader of QR codes. Search by three letters, or type the code of the badge.",
};
document.documentElement.lang = language();
const CHOSEN = language() === "en" ? EN : FR;

export const other = language() === "en" ? { lang: "fr", name: "Français" } : { lang: "en", name: "English" };

/** Whom it is about, or which workshop, and what is said of it. */
export const remark = (whose, words) => [whose, words].filter(Boolean).join(language() === "en" ? ": " : " : ");

export const quoted = (title) => (language() === "en" ? `“${title}”` : `«\u00a0${title}\u00a0»`);

/** A day as people say it, from "2016-10-14". */
export function dated(day, weekday = false) {
  const words = { day: "numeric", month: weekday ? "long" : "short", timeZone: "UTC", ...(weekday && { weekday: "long" }) };
  return day && new Date(`${day}T12:00Z`).toLocaleDateString(language() === "en" ? "en-GB" : "fr-FR", words);
}

export function t(key, values = {}) {
  return CHOSEN[key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
}
