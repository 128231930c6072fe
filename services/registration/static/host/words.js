// What the host's page says: French, as the network does, and English for who asks for it.

import { language } from "../shared/outbox/device.js";

const FR = {
  findings: "Constats", proposals: "Propositions", next_steps: "Suites",
  findingsHint: "Ce que le groupe a constaté, en deux ou trois phrases.",
  proposalsHint: "Ce que le groupe propose, et à qui.", next_stepsHint: "Qui fait quoi, et pour quand.",
  received: "Tout est reçu par le serveur", kept: "Gardé ici, à envoyer", keptCount: "Gardé ici, à envoyer : {n}", offline: "hors connexion", notYet: "pas encore prêt sans réseau",
  joined: "Une autre personne a écrit dans « {part} » : les deux textes se suivent, relisez-les.",
  refused: "{part} : {reason} Votre texte : {mine}", seen: "J’ai vu", toRead: "{n} à lire", people: "{n} personnes attendues", person: "1 personne attendue", print: "Imprimer la liste",
  here: "Est là", undo: "Annuler", who: "Qui est là ? {here} sur {n}", more: "Qui est là ? {here} sur {n}, et {more} de plus", tapped: "{name} : {reason}",
  rooms: "Là : {here} · inscrites : {n} · places dans la salle : {capacity}", over: "Il y a plus de monde que de places : cette page ne refuse personne.",
  guest: "Sans inscription à cet atelier", elsewhere: "À {at} dans «\u00a0{workshop}\u00a0»", access: "Voir la personne référente accessibilité",
  someone: "Quelqu’un d’autre de la rencontre", someoneHint: "Trois lettres de son nom ou de sa structure suffisent.", below: "Dans la liste ci-dessous : {names}.", nobody: "Personne de ce nom parmi les inscrits. Envoyez-la à l’accueil : on l’y inscrit.",
  hereLead: "Un toucher par personne, même sans réseau. Qui est là est compté à l’atelier et à la rencontre.",
  replaced: "Lien remplacé : à lire", second: "Cette page est déjà ouverte dans un autre onglet : notez dans celui-là. Celui-ci ne fait que montrer ; il prend le relais dès que l’autre est fermé.",
  secondNewer: "Le lien que celui-ci remplace est encore ouvert dans un autre onglet. Fermez cet autre onglet et continuez ici : ce qui y est noté n’est pas perdu, et part d’ici. Jusque-là, cet onglet ne fait que montrer.",
  secondOther: "Un autre onglet note déjà «\u00a0{workshop}\u00a0» ; un appareil ne note qu’un atelier à la fois. Pour noter ici, fermez cet autre onglet : ce qu’il n’a pas encore envoyé reste gardé, et part quand son lien est ouvert à nouveau. Jusque-là, cet onglet ne fait que montrer.",
  fenced: "Un lien plus récent a remplacé celui-ci. Ce qui n’est pas parti reste gardé ici : fermez cette page, ouvrez le nouveau lien dans ce même navigateur, et tout part. Sans lui, enregistrez un fichier pour l’organisation.",
  save: "Enregistrer dans un fichier", noLink: "Ouvrez le lien que l’organisation vous a donné.",
  deadLink: "Ce lien n’ouvre plus rien : un plus récent l’a remplacé, ou il a été mal copié. Demandez-en un autre à l’organisation.",
  first: "La première fois, cette page a besoin du réseau. Revenez avec une connexion.",
  blocked: "Cet appareil ne peut rien garder. Prenez un autre navigateur, ou écrivez sur papier.",
  lead: "Écrivez pendant l’atelier, même sans réseau : chaque mot est gardé sur cet appareil, puis envoyé. La plénière le lit à l’écran.",
};
const EN = {
  findings: "Findings", proposals: "Proposals", next_steps: "Next steps",
  findingsHint: "What the group found, in two or three sentences.",
  proposalsHint: "What the group proposes, and to whom.", next_stepsHint: "Who does what, and by when.",
  received: "The server has everything", kept: "Kept here, to be sent", keptCount: "Kept here, to be sent: {n}", offline: "offline", notYet: "not ready offline yet",
  joined: "Somebody else wrote in “{part}”: both texts follow each other, read them again.",
  refused: "{part}: {reason} Your text: {mine}", seen: "Seen", toRead: "{n} to read", people: "{n} people expected", person: "1 person expected", print: "Print the list",
  here: "Is here", undo: "Undo", who: "Who is here? {here} of {n}", more: "Who is here? {here} of {n}, and {more} more", tapped: "{name}: {reason}",
  rooms: "Here: {here} · registered: {n} · seats in the room: {capacity}", over: "There are more people than seats: this page refuses nobody.",
  guest: "Not registered for this workshop", elsewhere: "At {at} in “{workshop}”", access: "To see the accessibility contact",
  someone: "Somebody else of the event", someoneHint: "Three letters of their name or structure are enough.", below: "In the list below: {names}.", nobody: "Nobody of that name has registered. Send them to the welcome desk, which registers them.",
  hereLead: "One tap for each person, even without a network. Whoever is here counts for the workshop and for the event.",
  replaced: "Link replaced: to read", second: "This page is open in another tab: note there. This one only shows; it takes over as soon as the other is closed.",
  secondNewer: "The link that this one replaces is still open in another tab. Close that tab and go on here: what was noted there is not lost, and leaves from here. Until then this tab only shows.",
  secondOther: "Another tab notes “{workshop}” already; a device notes one workshop at a time. To note here, close that tab: what it has not sent yet stays, and leaves when its link is opened again. Until then this tab only shows.",
  fenced: "A newer link replaced this one. What was not sent stays here: close this page, open the new link in this same browser, and all of it leaves. Without it, save a file for the organisers.",
  save: "Save to a file", noLink: "Open the link that the organisers gave you.",
  deadLink: "This link opens nothing any more: a newer one replaced it, or it was not copied whole. Ask the organisers for another.",
  first: "The first time, this page needs the network. Come back with a connection.",
  blocked: "This device cannot keep anything. Take another browser, or write on paper.",
  lead: "Write during the workshop, even without a network: each word is kept on this device, then sent. The plenary reads it on the screen.",
};
document.documentElement.lang = language();
const CHOSEN = language() === "en" ? EN : FR;

export const other = language() === "en" ? { lang: "fr", name: "Français" } : { lang: "en", name: "English" };

export function t(key, values = {}) {
  return CHOSEN[key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
}
