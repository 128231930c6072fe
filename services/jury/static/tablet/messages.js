// What the tablet says, in French and in English. French spacing is set here, so the table can be typed plainly.

const s = (n, one, many) => (Math.abs(n) < 2 ? one : many);
const en = (n, one, many) => (n === 1 ? one : many);

const TABLE = {
  title: ["Tablette du jury", "Jury tablet"],
  loading: ["Ouverture…", "Opening…"],
  skip: ["Aller au contenu", "Skip to the content"],
  dock: ["Projet", "Project"],
  list: ["Liste", "List"],
  // Status
  allReceived: ["Reçu. Rien à envoyer.", "Received. Nothing left to send."],
  kept: [
    ({ n }) => `Gardé sur cette tablette · ${n} à envoyer`,
    ({ n }) => `Kept on this tablet · ${n} to send`,
  ],
  sending: [({ n }) => `Envoi en cours · ${n} à envoyer`, ({ n }) => `Sending · ${n} to send`],
  ofWhich: [({ name, n }) => `dont ${name} : ${n}`, ({ name, n }) => `of which ${name}: ${n}`],
  lastContact: [({ when }) => `Dernier contact : ${when}`, ({ when }) => `Last contact: ${when}`],
  offlineShort: ["Hors connexion", "Offline"],
  notYet: ["Pas encore prête sans réseau", "Not ready offline yet"],
  portalShort: ["Wifi à connecter", "Wifi sign-in needed"],
  never: ["aucun pour l’instant", "none yet"],
  // Words for a project
  missing: ["à noter", "to score"],
  started: [({ done, all }) => `commencé, ${done} sur ${all}`, ({ done, all }) => `started, ${done} of ${all}`],
  startedComment: ["commentaire attendu", "comment needed"],
  scored: ["noté", "scored"],
  abstained: ["abstention", "abstained"],
  recused: ["récusé", "recused"],
  cellKept: ["gardé, à envoyer", "kept, to send"],
  cellReceived: ["reçu", "received"],
  cellLate: ["arrivé tard, attend une décision", "arrived late, waits for a decision"],
  cellTyping: ["en cours de saisie…", "typing…"],
  // Who reads what
  handed: [
    ({ more, fewer }) =>
      [more && `${more} ${s(more, "projet vous est confié", "projets vous sont confiés")}`, fewer && `${fewer} ${s(fewer, "projet passe", "projets passent")} à un autre membre`].filter(Boolean).join(" ; ") + ".",
    ({ more, fewer }) =>
      [more && `${more} ${en(more, "project was", "projects were")} given to you`, fewer && `${fewer} went to another member`].filter(Boolean).join("; ") + ".",
  ],
  // What was filed
  readDossier: ["Lire le dossier", "Read the application"],
  dossierOf: [({ place }) => `Dossier · ${place}`, ({ place }) => `Application · ${place}`],
  dossierParts: ["Dans ce dossier", "In this application"],
  dossierBack: ["Revenir à ma fiche", "Back to my sheet"],
  dossierLate: [
    "Ce dossier n’est pas encore sur la tablette. Il arrive dès que le réseau répond ; vos notes, elles, n’attendent pas.",
    "This application is not on the tablet yet. It comes as soon as the network answers; your scores need not wait.",
  ],
  dossiersComing: [
    ({ held, all }) => `Dossiers sur cette tablette : ${held} sur ${all}. Les autres arrivent.`,
    ({ held, all }) => `Applications on this tablet: ${held} of ${all}. The others are coming.`,
  ],
  dossierTotal: ["Total", "Total"],
  dossierAsked: ["Aide demandée", "Grant asked for"],
  papers: ["Les pièces jointes", "Attached papers"],
  papersHint: ["Elles ne sont pas gardées sur la tablette : il faut le réseau pour les ouvrir.", "They are not kept on the tablet: opening one takes the network."],
  paperOpen: [({ name, size }) => `${name} (${size} Ko)`, ({ name, size }) => `${name} (${size} kB)`],
  paperFailed: ["La pièce n’est pas venue. Réessayez quand le réseau répond.", "The paper did not come. Try again when the network answers."],
  paperSaved: [({ name }) => `${name} : dans les téléchargements de la tablette.`, ({ name }) => `${name}: in the tablet’s downloads.`],
  former: [({ score }) => `Note du tour précédent : ${score} sur 20.`, ({ score }) => `Score in the round before: ${score} out of 20.`],
  others: ["Voir les notes des autres", "See the others’ scores"],
  othersHint: ["Sans noms, et seulement quand votre fiche est complète et reçue.", "Without names, and only once your sheet is complete and received."],
  othersAre: [({ scores }) => `Les autres ont donné : ${scores}.`, ({ scores }) => `The others gave: ${scores}.`],
  othersNone: ["Personne d’autre n’a encore noté ce projet.", "Nobody else has scored this project yet."],
  beside: ["Ma sévérité à côté de celle des autres", "My severity beside the others’"],
  besideHint: ["Pour vous seul·e : personne d’autre ne le voit, et rien ne change.", "For you alone: nobody else sees it, and it changes nothing."],
  besideMore: [
    ({ points, n }) => `Sur ${n} projets, vous avez donné en moyenne ${points} points de plus que les autres, sur 20.`,
    ({ points, n }) => `Over ${n} projects you gave on average ${points} points of 20 more than the others.`,
  ],
  besideLess: [
    ({ points, n }) => `Sur ${n} projets, vous avez donné en moyenne ${points} points de moins que les autres, sur 20.`,
    ({ points, n }) => `Over ${n} projects you gave on average ${points} points of 20 fewer than the others.`,
  ],
  besideSame: [
    ({ n }) => `Sur ${n} projets, vous avez noté comme les autres, en moyenne.`,
    ({ n }) => `Over ${n} projects you scored like the others, on average.`,
  ],
  besideFew: [
    "Trop peu à comparer : il faut trois projets que vous et deux autres au moins avez notés.",
    "Too little to compare: it takes three projects that you and at least two others scored.",
  ],
  othersFailed: ["Pas de réponse du serveur. Votre fiche, elle, est gardée.", "The server did not answer. Your sheet is kept."],
  // Pairing
  pairTitle: ["Appairer cette tablette", "Pair this tablet"],
  pairLead: [
    "Le secrétariat vous montre un code QR : visez-le avec l’appareil photo. Vous pouvez aussi recopier le code écrit dessous.",
    "The secretary shows you a QR code: point the camera at it. You can also type the code printed below it.",
  ],
  pairCode: ["Code d’appairage", "Pairing code"],
  pairHint: ["Il sert une seule fois, pendant quelques minutes.", "It works once, for a few minutes."],
  pairDevice: ["Lire sur cet appareil", "Read on this device"],
  pairMailed: [
    "Cette tablette, cet ordinateur ou ce téléphone portera vos fiches. Choisissez celui sur lequel vous lirez : le lien ne sert qu’une fois.",
    "This tablet, computer or phone will hold your sheets. Choose the one you will read on: the link works once.",
  ],
  pairMailedHint: ["Il est dans le lien de votre courriel.", "It comes from the link in your mail."],
  pairGo: ["Appairer", "Pair"],
  pairBusy: ["Appairage en cours…", "Pairing…"],
  pairEmpty: ["Recopiez d’abord le code.", "Type the code first."],
  pairOffline: [
    "Le serveur ne répond pas. Vérifiez le wifi, puis réessayez : le code n’a pas servi.",
    "The server does not answer. Check the wifi and try again: the code was not used.",
  ],
  pairPortal: [
    "Ce wifi affiche une page de connexion à la place du serveur. Ouvrez-la dans un autre onglet, puis réessayez.",
    "This wifi shows a sign-in page instead of the server. Open it in another tab, then try again.",
  ],
  pairMany: ["Trop d’essais. Attendez une minute.", "Too many attempts. Wait a minute."],
  pairPaper: [
    "Pas de code ? Demandez la feuille papier au secrétariat : elle compte autant.",
    "No code? Ask the secretary for the paper sheet: it counts just as much.",
  ],
  // Confirmation
  confirmTitle: [({ name }) => `Vous êtes bien ${name} ?`, ({ name }) => `Are you ${name}?`],
  confirmRound: [({ title }) => `Vous allez noter : ${title}.`, ({ title }) => `You will score: ${title}.`],
  conflictTitle: ["Vos liens avec les projets", "Your links with the projects"],
  conflictLead: [
    "Cochez chaque projet dont vous êtes proche : membre, salarié, élu, parent, financeur, partenaire. Vous ne le noterez pas et n’en verrez plus rien. C’est normal, et noté au procès-verbal.",
    "Tick every project you are close to: member, employee, elected official, relative, funder, partner. You will not score it nor see it again. This is normal, and goes in the minutes.",
  ],
  conflictNone: ["Je n’ai de lien avec aucun autre projet.", "I have no link with any other project."],
  conflictMust: [
    "Cochez les projets dont vous êtes proche, ou dites que vous n’avez pas de lien.",
    "Tick the projects you are close to, or say that you have none.",
  ],
  direct: ["Lien direct", "Direct link"],
  directHelp: ["J’en fais partie, j’y ai un intérêt.", "I belong to it, I have an interest in it."],
  indirect: ["Lien indirect", "Indirect link"],
  indirectHelp: ["Un proche, ma structure, ma commune.", "Someone close, my organisation, my town."],
  confirmGo: [({ name }) => `Oui, je suis ${name} : commencer`, ({ name }) => `Yes, I am ${name}: begin`],
  confirmNo: ["Ce n’est pas moi", "That is not me"],
  notMe: [
    "Rendez la tablette au secrétariat, qui vous donnera un autre code. Rien n’a été noté.",
    "Give the tablet back to the secretary, who will give you another code. Nothing was scored.",
  ],
  // Exercise
  exerciseTitle: ["Exercice", "Exercise"],
  exercise: [
    "Exercice : notez ces deux projets inventés comme les vrais. Rien de ce que vous notez ici ne compte.",
    "Exercise: score these two invented projects like real ones. Nothing you score here counts.",
  ],
  exerciseClosed: [
    "L’exercice est terminé : regardez l’écran, et parlez des écarts. Les vrais projets arrivent ici à l’ouverture du tour.",
    "The exercise is over: look at the screen and talk about the differences. The real projects come here when the round opens.",
  ],
  exerciseConfirm: [
    "D’abord un exercice, qui ne compte pas. Vos liens avec les vrais projets vous seront demandés ensuite.",
    "First an exercise, which does not count. You will be asked about your links with the real projects afterwards.",
  ],
  exerciseDone: ["L’exercice est noté. Attendez les autres.", "The exercise is scored. Wait for the others."],
  exerciseHint: ["Exercice : cette note ne compte pas.", "Exercise: this score does not count."],
  // List
  progress: [
    ({ scored, all }) => `${scored} ${s(scored, "projet noté", "projets notés")} sur ${all}`,
    ({ scored, all }) => `${scored} of ${all} ${en(all, "project", "projects")} scored`,
  ],
  alsoRecused: [({ n }) => `${n} ${s(n, "récusé", "récusés")}`, ({ n }) => `${n} recused`],
  alsoAbstained: [({ n }) => `${n} ${s(n, "abstention", "abstentions")}`, ({ n }) => `${n} abstained`],
  nothingToRead: ["Aucun projet à noter pour vous en ce moment.", "No project for you to score at this moment."],
  allDone: ["Tout est noté. Merci.", "Everything is scored. Thank you."],
  allDonePending: [
    "Tout est noté. Gardez la tablette allumée jusqu’à « Reçu ».",
    "Everything is scored. Leave the tablet on until it says “Received”.",
  ],
  goOn: [({ number, title }) => `Continuer : n° ${number}, ${title}`, ({ number, title }) => `Go on: no. ${number}, ${title}`],
  begin: [({ number, title }) => `Commencer : n° ${number}, ${title}`, ({ number, title }) => `Begin: no. ${number}, ${title}`],
  recusedTitle: ["Projet retiré de votre liste", "Project removed from your list"],
  hello: [({ name }) => `${name}`, ({ name }) => `${name}`],
  // Sheet
  position: [({ at, all }) => `Projet ${at} sur ${all}`, ({ at, all }) => `Project ${at} of ${all}`],
  weight: [({ n, sum }) => `compte pour ${n} sur ${sum}`, ({ n, sum }) => `counts ${n} of ${sum}`],
  erase: ["Effacer cette note", "Clear this score"],
  erased: ["Note effacée", "Score cleared"],
  comment: ["Commentaire pour le jury", "Comment for the jury"],
  commentHint: ["Lu par le jury seulement.", "Read by the jury only."],
  commentNeeded: [
    ({ which }) => `Attendu pour le niveau choisi : ${which}.`,
    ({ which }) => `Needed for the level you chose: ${which}.`,
  ],
  notCounted: [
    ({ which }) => `Cette fiche ne compte pas encore : il y manque un commentaire pour le jury, demandé par le niveau choisi (${which}).`,
    ({ which }) => `This sheet does not count yet: it lacks a comment for the jury, which the level you chose asks for (${which}).`,
  ],
  feedback: ["Retour au porteur du projet", "Feedback for the applicant"],
  feedbackHint: ["Relu par la présidence, puis envoyé sans votre nom.", "Read by the chair, then sent without your name."],
  charsLeft: [({ n }) => `Encore ${n} caractères`, ({ n }) => `${n} characters left`],
  sheetTotal: [({ score }) => `Votre note : ${score} sur 20`, ({ score }) => `Your score: ${score} out of 20`],
  sheetTotalHint: ["Provisoire : vous pouvez tout changer jusqu’à la clôture.", "Provisional: you can change it until closing."],
  lacking: [
    ({ n }) => `Il reste ${n} ${s(n, "critère", "critères")} à noter`,
    ({ n }) => `${n} ${en(n, "criterion", "criteria")} left to score`,
  ],
  sectionPoints: [({ points, most }) => `${points} sur ${most}`, ({ points, most }) => `${points} of ${most}`],
  sectionMinimum: [({ n }) => `${n} au moins, en moyenne du jury`, ({ n }) => `at least ${n}, as the jury’s mean`],
  sectionLow: [
    ({ n }) => `sous les ${n} demandés : à cette moyenne, le projet serait éliminé`,
    ({ n }) => `below the ${n} asked for: at this mean the project would be out`,
  ],
  previous: ["Précédent", "Previous"],
  next: ["Suivant", "Next"],
  end: ["Terminer", "Finish"],
  undo: ["Annuler", "Undo"],
  undoLabel: [({ what }) => `Annuler le dernier changement : ${what}`, ({ what }) => `Undo the last change: ${what}`],
  undone: [({ what }) => `Annulé : ${what}`, ({ what }) => `Undone: ${what}`],
  nothingToUndo: ["Rien à annuler", "Nothing to undo"],
  notScoring: ["Ne pas noter ce projet", "Not scoring this project"],
  abstain: ["Je m’abstiens", "I abstain"],
  abstainHelp: [
    "Vos notes sur ce projet restent gardées, mais ne comptent pas. Vous pourrez reprendre.",
    "Your scores on this project are kept but do not count. You can resume.",
  ],
  resume: ["Reprendre la notation", "Resume scoring"],
  abstainedLead: ["Vous vous abstenez sur ce projet.", "You abstain on this project."],
  declare: ["Déclarer un lien avec ce projet", "Declare a link with this project"],
  declareNote: ["Lequel, en quelques mots (facultatif)", "Which one, in a few words (optional)"],
  declareGo: ["Me récuser de ce projet", "Recuse myself from this project"],
  declareWhat: [
    "Vous ne verrez plus ce projet et vos notes sur lui ne compteront pas. Seul le secrétariat peut revenir en arrière.",
    "You will not see this project again and your scores on it will not count. Only the secretary can undo this.",
  ],
  declareKind: ["Quel lien ?", "What link?"],
  cancel: ["Ne rien changer", "Change nothing"],
  recusedLead: [
    "Vous êtes récusé·e de ce projet : il n’est plus sur cette tablette.",
    "You are recused from this project: it is no longer on this tablet.",
  ],
  // Notices
  notices: ["À lire", "To read"],
  noticeConflict: [
    ({ title, what, mine, theirs }) => `${title}, ${what} : vous aviez écrit ${mine} ici et une autre de vos tablettes a écrit aussi. La valeur gardée est ${theirs}.`,
    ({ title, what, mine, theirs }) => `${title}, ${what}: you wrote ${mine} here and another of your tablets wrote too. The value kept is ${theirs}.`,
  ],
  noticeRefused: [
    ({ title, what, mine, reason }) => `${title}, ${what} : votre saisie ${mine} n’a pas été prise. ${reason}`,
    ({ title, what, mine, reason }) => `${title}, ${what}: your entry ${mine} was not taken. ${reason}`,
  ],
  noticeLate: [
    ({ title, what }) => `${title} : arrivé après la clôture (${what}). La présidence du jury décidera.`,
    ({ title, what }) => `${title}: arrived after closing (${what}). The chair of the jury will decide.`,
  ],
  noticePassed: [
    ({ title, what }) => `${title} : arrivé quand le projet était passé à un autre membre (${what}). La présidence du jury décidera.`,
    ({ title, what }) => `${title}: arrived when the project had passed to another member (${what}). The chair of the jury will decide.`,
  ],
  noticeLateAccepted: [
    ({ title, what, mine }) => `${title}, ${what} : la présidence du jury a accepté votre saisie ${mine}, arrivée trop tard.`,
    ({ title, what, mine }) => `${title}, ${what}: the chair of the jury accepted your entry ${mine}, which arrived too late.`,
  ],
  noticeLateRefused: [
    ({ title, what, mine }) => `${title}, ${what} : la présidence du jury n’a pas accepté votre saisie ${mine}, arrivée trop tard. Elle ne compte pas.`,
    ({ title, what, mine }) => `${title}, ${what}: the chair of the jury did not accept your entry ${mine}, which arrived too late. It does not count.`,
  ],
  quoted: [({ text }) => `« ${text} »`, ({ text }) => `“${text}”`],
  goneCriterion: ["un critère retiré de la grille", "a criterion taken out of the grid"],
  closedShort: ["tour clos", "round closed"],
  toRead: [({ n }) => `${n} à lire`, ({ n }) => `${n} to read`],
  noted: ["J’ai lu", "I have read this"],
  nothing: ["(rien)", "(nothing)"],
  status: ["abstention", "abstention"],
  conflict: ["lien déclaré", "declared link"],
  // Banners
  closed: [
    "La notation est close. Vos notes restent visibles ; ce qui n’est pas encore parti sera envoyé et soumis à la présidence.",
    "Scoring is closed. Your scores stay visible; what has not left yet will be sent and put to the chair.",
  ],
  fencedTitle: ["Cette tablette ne peut plus noter", "This tablet can no longer score"],
  fenced: [
    "Une autre tablette a été appairée à votre nom, celle-ci a été rendue, vous ne siégez plus au jury, le tour suivant est préparé, ou le serveur a été remis dans un état d’avant son appairage. Rien n’est effacé ici.",
    "Another tablet was paired in your name, this one was handed back, you sit on the jury no more, the next round is being prepared, or the server was put back to before it was paired. Nothing is erased here.",
  ],
  fencedPending: [
    ({ n }) => `${n} ${s(n, "saisie n’est pas arrivée", "saisies ne sont pas arrivées")} au serveur. Demandez un code pour appairer de nouveau cette tablette : tout partira. Sinon, enregistrez le fichier et remettez-le au secrétariat.`,
    ({ n }) => `${n} ${en(n, "entry has", "entries have")} not reached the server. Ask for a code to pair this tablet again and everything will leave. Otherwise save the file and hand it to the secretary.`,
  ],
  stranded: [
    ({ name, n }) => `${name} : ${n} ${s(n, "saisie n’est pas arrivée", "saisies ne sont pas arrivées")} au serveur, et cette tablette ne peut plus ${s(n, "l’envoyer", "les envoyer")} : une autre a été appairée à ce nom. Enregistrez le fichier et remettez-le au secrétariat.`,
    ({ name, n }) => `${name}: ${n} ${en(n, "entry has", "entries have")} not reached the server, and this tablet can no longer send ${en(n, "it", "them")}: another one was paired in that name. Save the file and hand it to the secretary.`,
  ],
  secondTab: [
    "Cette page est déjà ouverte dans un autre onglet : ici, on peut lire mais pas noter. Fermez l’autre pour continuer ici.",
    "This page is already open in another tab: here you can read but not score. Close the other one to go on here.",
  ],
  saveFile: ["Enregistrer le fichier", "Save the file"],
  saved: ["Fichier enregistré dans les téléchargements.", "File saved in the downloads."],
  codes: ["Montrer en codes QR", "Show as QR codes"],
  codesHow: [
    "Tenez cet écran devant la caméra du secrétariat (« Tablettes », « Lire le fichier d’une tablette », « Lire les codes »), jusqu’à ce qu’elle dise que tout est lu.",
    "Hold this screen before the secretary’s camera (“Tablets”, “Read the file of a tablet”, “Read the codes”) until it says that all is read.",
  ],
  codesAt: [({ n, all }) => `Code ${n} sur ${all}`, ({ n, all }) => `Code ${n} of ${all}`],
  codesRun: ["Faire défiler", "Play"],
  codesStop: ["Arrêter", "Pause"],
  codesBack: ["Code d’avant", "Previous code"],
  codesNext: ["Code d’après", "Next code"],
  codesAway: ["Ranger les codes", "Put the codes away"],
  codesNone: ["Tout est reçu : il n’y a rien à montrer.", "All is received: there is nothing to show."],
  codesFailed: [
    "Il manque à cette tablette de quoi dessiner des codes. Enregistrez le fichier, ou demandez la feuille papier.",
    "This tablet lacks what draws codes. Save the file, or ask for the paper sheet.",
  ],
  pairAgain: ["Appairer de nouveau", "Pair again"],
  // Stops
  stopTitle: ["Demandez la feuille papier", "Ask for the paper sheet"],
  stopInsecure: [
    "Cette adresse n’est pas sécurisée (https) : la tablette ne pourrait rien garder sans réseau.",
    "This address is not secure (https): the tablet could keep nothing without a network.",
  ],
  stopOld: [
    "Ce navigateur est trop ancien pour garder vos notes sans réseau.",
    "This browser is too old to keep your scores without a network.",
  ],
  stopFull: [
    "La mémoire de cette tablette est pleine : elle ne pourrait pas garder vos notes. Libérez de la place (photos, vidéos) puis réessayez, ou demandez une feuille.",
    "This tablet’s storage is full: it could not keep your scores. Make room (photos, videos) and try again, or ask for a sheet.",
  ],
  stopPrivate: [
    "Ce navigateur ne garde rien (navigation privée ?) : vos notes seraient perdues.",
    "This browser keeps nothing (private browsing?): your scores would be lost.",
  ],
  stopWrite: [
    "Cette tablette vient de refuser d’enregistrer votre dernière saisie. Ce qui était marqué « gardé » l’est toujours.",
    "This tablet has just refused to store your last entry. What was marked “kept” still is.",
  ],
  stopLost: [({ lost }) => `À recopier sur la feuille. ${lost}`, ({ lost }) => `To copy onto the sheet. ${lost}`],
  stopPaper: [
    "Le secrétariat a une feuille papier pour chaque projet. Elle compte autant qu’une tablette.",
    "The secretary has a paper sheet for each project. It counts just as much as a tablet.",
  ],
  stopRetry: ["Réessayer", "Try again"],
  // About this tablet
  about: ["Cette tablette", "This tablet"],
  aboutVersion: [({ version }) => `Version ${version}`, ({ version }) => `Version ${version}`],
  aboutPersist: ["Le navigateur a promis de ne rien effacer.", "The browser has promised to erase nothing."],
  aboutNoPersist: [
    "Le navigateur n’a pas promis de tout garder : ne videz pas son historique avant la fin.",
    "The browser has not promised to keep everything: do not clear its history before the end.",
  ],
  aboutOther: [
    ({ name, n }) => `${name} : ${n} à envoyer depuis cette tablette`,
    ({ name, n }) => `${name}: ${n} to send from this tablet`,
  ],
  unpair: ["Rendre la tablette", "Hand the tablet back"],
  unpairNot: [
    ({ n }) => `Pas encore : ${n} ${s(n, "saisie n’est pas arrivée", "saisies ne sont pas arrivées")}.`,
    ({ n }) => `Not yet: ${n} ${en(n, "entry has", "entries have")} not arrived.`,
  ],
  unpairAsk: [
    "Tout est reçu. La tablette oublie votre nom et vos notes ; pour noter encore, il faudra un nouveau code.",
    "Everything is received. The tablet forgets your name and scores; to score again you will need a new code.",
  ],
  unpairGo: ["Rendre la tablette et tout effacer ici", "Hand it back and erase everything here"],
  unpairFailed: ["Le serveur ne répond pas. Réessayez.", "The server does not answer. Try again."],
  // The code of a lent tablet
  pinTitle: ["Tablette protégée", "Protected tablet"],
  pinCode: ["Code de cette tablette", "Code of this tablet"],
  pinForgotten: [
    "Oublié ? Demandez un code d’appairage au secrétariat. Ce qui est gardé ici continue de partir.",
    "Forgotten? Ask the secretary for a pairing code. What is kept here goes on being sent.",
  ],
  pinGo: ["Ouvrir", "Open"],
  pinWrong: ["Ce n’est pas ce code.", "That is not the code."],
  pinWait: [
    ({ n }) => `Trop d’essais : attendez ${n} ${s(n, "seconde", "secondes")}.`,
    ({ n }) => `Too many tries: wait ${n} ${en(n, "second", "seconds")}.`,
  ],
  pinSet: ["Protéger par un code", "Protect with a code"],
  pinNew: ["Code choisi", "Chosen code"],
  pinShape: ["De 4 à 8 chiffres.", "4 to 8 digits."],
  pinKeep: ["Garder ce code", "Keep this code"],
  pinIsSet: [
    "Un code est demandé à l’ouverture et après une minute d’absence.",
    "A code is asked for at opening and after a minute away.",
  ],
  pinNow: ["Verrouiller maintenant", "Lock now"],
  pinOff: ["Enlever le code", "Take the code away"],
  update: ["Nouvelle version prête", "New version ready"],
  otherLanguage: ["English", "Français"],
  waitingPack: ["Chargement des projets…", "Loading the projects…"],
  packFailed: [
    "Les projets ne sont pas encore arrivés. La tablette réessaie toute seule.",
    "The projects have not arrived yet. The tablet keeps trying.",
  ],
};

let column = 0;

export function language() {
  return column === 0 ? "fr" : "en";
}

export function speak(wish) {
  column = wish === "en" ? 1 : 0;
  document.documentElement.lang = language();
}

function spaced(text) {
  return text
    .replace(/ ([;:!?»])/g, "\u202f$1")
    .replace(/« /g, "«\u202f")
    .replace(/(n°) /g, "$1\u00a0");
}

/** The message `key`, with its values. */
export function t(key, values = {}) {
  const entry = TABLE[key][column];
  const text = typeof entry === "function" ? entry(values) : entry;
  return column === 0 ? spaced(text) : text;
}

// Why the server refused an entry, as services/jury/rules.py and use_cases/operations.py say it.
const REFUSALS = [
  [/^Ce projet ne vous est pas confié/, "This project is not given to you: the entry stays in the log and does not count."],
  [/^Ce projet ne fait pas partie/, "This project is not part of this round."],
  [/^Vous êtes en retrait/, "You have stepped back from this project: the entry does not count."],
  [/^Ce texte dépasse (\d+)/, "This text is longer than $1 characters."],
  [/^Ce texte contient/, "This text holds a character that cannot be kept."],
  [/^Ce champ attend du texte/, "This field takes text."],
  [/^Ce critère ne fait pas partie/, "This criterion is not part of this round’s grid."],
  [/^Ce critère attend/, "This criterion takes a whole level."],
  [/^Le niveau doit être compris entre 0 et (\d+)/, "The level must be between 0 and $1."],
  [/^Cet état n’existe pas/, "There is no such state."],
];

/** What the server said of a refused entry, in the language of the page; its own words when they are not known. */
export function refusal(reason) {
  const known = column === 0 ? null : REFUSALS.find(([pattern]) => pattern.test(reason));
  if (!known) return reason;
  return known[1].replace("$1", known[0].exec(reason)[1] ?? "");
}

/** "14 h 05" or "14:05", on this device's clock. */
export function clock(at) {
  const date = new Date(at);
  const minutes = String(date.getMinutes()).padStart(2, "0");
  return column === 0 ? `${date.getHours()}\u202fh\u202f${minutes}` : `${date.getHours()}:${minutes}`;
}

/** Hundredths as people write them: "13,40" or "13.40". */
export function score(hundredths) {
  const text = (hundredths / 100).toFixed(2);
  return column === 0 ? text.replace(".", ",") : text;
}

/** The name of a section or a criterion in the language of the page. */
export function named(one) {
  return (column === 1 && one.title_en) || one.title;
}

export function country(code) {
  const region = (code || "").split("-")[0];
  try {
    return new Intl.DisplayNames([language()], { type: "region" }).of(region);
  } catch {
    return code || "";
  }
}
