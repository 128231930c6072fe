// What the desk says: French, as the network does, and English when the address ends on ?lang=en.

const FR = {
  title: "Accueil", code: "Code du poste", pair: "Ouvrir le poste", desk: "Poste {n}",
  received: "Tout est reçu par le serveur", kept: "{n} à envoyer, gardé ici", offline: "hors connexion", search: "Chercher",
  hint: "Trois lettres du nom ou de la structure, ou le code du badge. Une douchette admet d’un geste.", admit: "Admettre", undo: "Annuler l’entrée",
  admitted: "Admis·e", already: "déjà admis·e", waiting: "Liste d’attente", access: "Voir la personne référente accessibilité", meal: "Repas",
  none: "Personne ne correspond. Vérifiez une lettre, ou inscrivez la personne ci-dessous.", walkIn: "Inscrire sur place",
  first: "Prénom", last: "Nom", structure: "Structure", add: "Inscrire et admettre", lastNeeded: "Écrivez le nom.",
  second: "Cette page est déjà ouverte dans un autre onglet. Celui-ci ne fait que montrer.",
  fenced: "Ce poste a été retiré. Ce qui n’est pas parti reste gardé ici : enregistrez-le dans un fichier.",
  save: "Enregistrer dans un fichier", scan: "Lire un badge", stop: "Arrêter la caméra", unknown: "Badge inconnu : {code}",
  seen: "J’ai vu", more: "et {n} autres : ajoutez une lettre", present: "{n} dans les lieux, d’après ce poste",
  blocked: "Cet appareil ne peut rien garder. Prenez un autre navigateur, ou la liste sur papier.",
  noCamera: "La caméra ne répond pas. Écrivez le code du badge.",
};
const EN = {
  title: "Desk", code: "Code of the desk", pair: "Open the desk", desk: "Desk {n}",
  received: "The server has everything", kept: "{n} to send, kept here", offline: "offline", search: "Search",
  hint: "Three letters of the name or the organisation, or the code of the badge. A hand-held reader admits in one go.", admit: "Admit", undo: "Undo",
  admitted: "Admitted", already: "already admitted", waiting: "Waiting list", access: "See the person in charge of access", meal: "Meal",
  none: "Nobody matches. Check a letter, or register the person below.", walkIn: "Register here",
  first: "First name", last: "Last name", structure: "Organisation", add: "Register and admit", lastNeeded: "Write the last name.",
  second: "This page is open in another tab. This one only shows.",
  fenced: "This desk was revoked. What was not sent stays here: save it to a file.",
  save: "Save to a file", scan: "Read a badge", stop: "Stop the camera", unknown: "Unknown badge: {code}",
  seen: "Seen", more: "and {n} more: add a letter", present: "{n} in the building, as this desk knows",
  blocked: "This device cannot keep anything. Take another browser, or the list on paper.",
  noCamera: "The camera does not answer. Type the code of the badge.",
};
const english = new URLSearchParams(location.search).get("lang") === "en";
const CHOSEN = english ? EN : FR;
document.documentElement.lang = english ? "en" : "fr";

export function t(key, values = {}) {
  return CHOSEN[key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
}
