"""What relays say about whom, in the languages in which they say it: a word for who is meant, a word for what is wrong.

Both stand in one sentence, close together ("l'utilisateur lea n'est pas connu", "nieznany odbiorca"). One `Tongue` per
language; a word is the start of a word, as a regular expression. `reasons.fold` is applied to words and texts alike, so
accents and case do not count. Next: the tables (`absent.py`, `limits.py`, `refusals.py`), which take what they need.
"""

from __future__ import annotations

from services.mailer.bounces.eastern_tongues import ARABIC, CHINESE, HEBREW, INDONESIAN, JAPANESE, KOREAN, VIETNAMESE
from services.mailer.bounces.tongue import Tongue, words

Saying = tuple[tuple[str, ...], tuple[str, ...]]
"""Words for who is meant, words for what is wrong."""

_ENGLISH = Tongue(
    person=words("user|recipient|mail[- ]?box|account|address|alias"),
    absent=words(
        "deleted|terminated|has been removed|not defined|not exist|doesn't exist"
        "|don't exist|no exist"
        "|does not belong|not on this"
        "|not (?:an? )?recogni|unrecogni|no longer in use|no longer valid|no longer exist|not known|not used|not ok\\b"
        "|cannot be found|could not be found|couldn't be found|could not find|is not valid|not hosted here"
        "|not registered|is not allowed(?! to)|name not allowed(?! to)|unknown|wrong|never existed|any longer"
        "|no longer (?:work|with)|has left"
    ),
    full=words("full\\b|overflow|out of space|no (?:more )?room"),
    asleep=words(
        "suspended|inactiv|deactivated|locked|frozen|dormant|hangup|not activated|restricted|disabled|expired"
    ),
    sender=words(
        "(?<!to )(?<!to the )sender|mail ?from|envelope from|from address|from:? ?domain|your domain|sending domain"
        "|return path|reverse path"
    ),
    server=words(
        "ips?\\b|client host|connections? from|your (?:server|host|network|isp|provider|mail server|country|region"
        "|location)"
    ),
    refused=words(
        "reject|refus|denied|not allowed|not permitted|forbidden|blocked|banned|prohibit|not accepted|not authori"
        "|unauthori|invalid|mismatch|fake|spoof|hangup|must (?:resolve|exist)|not in my|has no|not exist|doesn't exist"
        "|not found|unknown|no access|not trusted|not be verified|unverif|unresolv|listed\\b|suspicious"
    ),
)
_FRENCH = Tongue(
    person=words("utilisateur|destinataire|boite|adresse(?! ip)|compte|usager|correspondant|messagerie"),
    absent=words(
        "inconnu|inexistant|n'existe|n'est plus valide|n'est pas valide|n'est pas connu|non valide|invalide|ferme"
        "|supprime|introuvable|ne figure pas|repertorie|pas trouve|plus en service|erronee?|incorrect|a change"
        "|n'accepte plus|aucune?|ne correspond|resilie|cloture|obsolete|a quitte|jamais existe"
    ),
    full=words("pleine?\\b|satur|quota|espace|capacite|depasse|plus de place"),
    asleep=words("suspend|desactiv|bloque|inacti|verrouill|gele|expire|restreint|indisponible"),
    sender=words("expediteur|emetteur|votre domaine|domaine d'envoi"),
    server=words("adresse ip|ip\\b|votre (?:serveur|fournisseur|hote|pays)|serveur d'envoi"),
    message=words("message|courriel|courrier|e-?mail|contenu|piece jointe"),
    refused=words(
        "refus|rejet|bloqu|interdit|non autoris|pas autoris|inconnu|invalide|non valide|n'existe|inexistant|banni"
        "|liste noire|liste de blocage|introuvable"
    ),
    spam=words("spam|indesirable|pourriel|virus|suspect"),
    many=words("trop (?:de\\b|d'|nombreu|frequent)"),
    large=words("trop (?:grand|gros|lourd|volumineu)"),
)
_GERMAN = Tongue(
    person=words(
        "benutzer|nutzer|empfanger|empfaenger|postfach|mailbox|e-?mail-adresse|(?<!ip-)adresse|adressat|konto"
    ),
    absent=words(
        "unbekannt|nicht bekannt|existiert nicht|existiert hier nicht|nicht existent|nicht vorhanden|nicht gefunden"
        "|ungultig|falsch|geloscht|nicht mehr|nicht in der organisation|nicht im domino|gibt es nicht|aufgelost"
    ),
    full=words("voll\\b|uberfullt|speicher|quota|uberschritten|platz"),
    asleep=words("gesperrt|deaktiviert|inaktiv|stillgelegt|blockiert|abgelaufen"),
    sender=words("absender|ihre domain|ihre domane"),
    server=words("ip-adresse|ip\\b|ihr (?:mail)?server|ihr netz"),
    message=words("nachricht|e-?mail|inhalt|anhang"),
    refused=words(
        "abgelehnt|abgewiesen|zuruckgewiesen|verweigert|nicht autorisiert|nicht erlaubt|nicht zugelassen|gesperrt"
        "|blockiert|ungultig|unbekannt|existiert nicht|nicht gefunden|verboten|gelistet|sperrliste"
    ),
    spam=words("spam|unerwunscht|virus|verdachtig"),
    many=words("zu (?:viele|haufig|schnell)"),
    large=words("zu gro(?:ss|ß)"),
)
_ITALIAN = Tongue(
    person=words("utente|casella|indirizzo(?! ip)|destinatario|account|mailbox"),
    absent=words(
        "inesistent|non esist|sconosciut|non trovat|non fa piu parte|non lavora piu|impossibile trovare"
        "|non e stat[oa] trovat|non valid"
        "|non presente|errat|nessun"
    ),
    full=words("pien[ao]|quota|spazio|superat|esaurit"),
    asleep=words("sospes|disattiv|disabilit|bloccat|inattiv|scadut"),
    sender=words("mittente|il tuo dominio"),
    server=words("indirizzo ip|ip\\b|server mittente|(?:vostro|suo|tuo) server"),
    message=words("messagg|e-?mail|contenuto|allegato"),
    refused=words(
        "rifiutat|respint|non autorizzat|non valid|non consentit|bloccat|inesistent|sconosciut|lista nera|vietat"
        "|non e abilitat"
    ),
    spam=words("spam|indesiderat|virus|sospett"),
    many=words("tropp[ie]\\b"),
    large=words("troppo grand"),
)
_SPANISH = Tongue(
    person=words("usuario|buzon|casilla|cuenta|direccion(?! ip)|destinatario"),
    absent=words(
        "no exist|inexistente|desconocid|no encontrad|no se ha encontrad|no se encontro|no valid|invalid|eliminad"
        "|no se encuentra|incorrect|erronea|ningun|no registrad|ya no trabaja"
    ),
    full=words("llen[oa]|cuota|espacio|excedid|superad"),
    asleep=words("suspendid|desactivad|deshabilitad|bloquead|inactiv|expirad"),
    sender=words("remitente|su dominio"),
    server=words("direccion ip|ip\\b|su servidor"),
    message=words("mensaje|correo|contenido|adjunto"),
    refused=words(
        "rechazad|no autorizad|no permitid|invalid|bloquead|inexistent|desconocid|lista negra|denegad|prohibid"
    ),
    spam=words("spam|no deseado|virus|basura|sospechos"),
    many=words("demasiad[oa]s"),
    large=words("demasiado grande|muy grande"),
)
_PORTUGUESE = Tongue(
    person=words("usuario|utilizador|caixa|conta\\b|endereco(?! ip)|destinatario"),
    absent=words(
        "nao exist|inexistente|desconhecid|nao encontrad|nao foi encontrad|nao pode ser encontrad|invalid|incorret"
        "|nenhum|existe tal"
        "|tal usu|exclui|nao trabalha"
    ),
    full=words("chei[ao]|cota|quota|espaco|excedid|lotad"),
    asleep=words("suspens|desativad|desabilitad|bloquead|inativ"),
    sender=words("remetente|seu dominio"),
    server=words("endereco ip|ip\\b|seu servidor"),
    message=words("mensage[mn]|e-?mail|conteudo|anexo"),
    refused=words("rejeitad|recusad|nao autorizad|nao permitid|invalid|bloquead|lista negra|desconhecid|proibid"),
    spam=words("spam|indesejad|virus|lixo|suspeit"),
    many=words("demasiad[oa]s|muit[oa]s|excesso de|(?<!grande )demais"),
    large=words("demasiado grande|muito grande|grande demais"),
)
_DUTCH = Tongue(
    person=words("gebruiker|persoon|mailbox|postvak|postbus|e-?mailadres|(?<!ip-)adres|ontvanger|account"),
    absent=words("bestaat niet|onbekend|niet bekend|niet gevonden|ongeldig|geen|werkt hier niet|niet meer werkzaam"),
    full=words("vol\\b|quota|overschreden|ruimte"),
    asleep=words("geblokkeerd|uitgeschakeld|inactief|opgeschort|gedeactiveerd"),
    sender=words("afzender|uw domein"),
    server=words("ip-adres|ip\\b|uw server"),
    message=words("bericht|e-?mail"),
    refused=words("geweigerd|afgewezen|niet toegestaan|geblokkeerd|ongeldig|onbekend|zwarte lijst|niet gemachtigd"),
    spam=words("spam|ongewenst|virus"),
    many=words("te veel"),
    large=words("te groot"),
)
_POLISH = Tongue(
    person=words("użytkownik|konto|konta|skrzynk|adres(?! ip)|odbiorc"),
    absent=words("nie istniej|nieznan|nie znaleziono|nie ma|nieprawidłow|niepoprawn|brak (?:takie|u[zż]ytk)"),
    full=words("przepełnion|pełna|zapełnion|przekroczon|brak miejsca"),
    asleep=words("zablokowan|nieaktywn|zawieszon|wyłączon"),
    sender=words("nadawc"),
    server=words("adres ip|ip\\b|twój serwer"),
    message=words("wiadomoś"),
    refused=words("odrzucon|zablokowan|niedozwolon|nieprawidłow|nieznan|nie istniej|czarn|zabronion"),
    spam=words("spam|niechcian|wirus|niepożądan"),
    many=words("(?:za|zbyt) (?:dużo|wiele|częst)"),
    large=words("(?:za|zbyt) duż[aye]\\b|za wielk"),
)
_NORDIC = Tongue(  # Swedish, Danish, Norwegian
    person=words(
        "mottagar|modtager|mottaker|användar|bruger|bruker|konto|(?<!ip-)adress|postlåd|brevlåd|postkass|e-?postadress"
    ),
    absent=words(
        "okänd|ukendt|ukjent|finns inte|findes ikke|finnes ikke|hittades inte|kunde inte hittas|gick inte att hitta"
        "|eksisterer ikke|existerar inte|ikke fundet|ugyldig|ogiltig"
        "|fant ikke|fandt ikke|hittade inte"
    ),
    full=words("full\\b|fuld\\b|fullt\\b|overskred|överskrid"),
    asleep=words("inaktiv|spärrad|avstängd|deaktiv|sperret|spærret|lukket"),
    sender=words("avsändar|afsender|avsender"),
    server=words("ip-adress|ip\\b"),
    message=words("meddeland|besked|melding|meddelelse|brev\\b"),
    refused=words(
        "avvisa|afvis|avvis|neka|blockera|blokere|blokker|inte tillåt|ikke tillad|ogiltig|ugyldig|okänd"
        "|finns inte|findes ikke|finnes ikke|eksisterer ikke|existerar inte"
    ),
    spam=words("spam|skräppost|uønsket|søppelpost|virus"),
    many=words("för många|for mange"),
    large=words("för stor|for stor"),
)
_FINNISH = Tongue(
    person=words("vastaanottaja|käyttäjä|postilaatik|sähköpostiosoit|osoite|tili"),
    absent=words("tuntematon|ei ole olemassa|ei löydy|ei löytynyt|virheelli"),
    full=words("täynnä|täysi|ylitt"),
    asleep=words("suljettu|poistettu käytöstä|lukittu"),
    sender=words("lähettäjä"),
    message=words("viesti"),
    refused=words("hylätty|estetty|ei sallittu|tuntematon|torjuttu|ei ole olemassa"),
    spam=words("spam|roskaposti|virus"),
    many=words("liian (?:mon|paljon)|liikaa"),
    large=words("liian suuri"),
    server=words("ip\\b"),
)
_CZECH = Tongue(  # and Slovak
    person=words("uživatel|používateľ|schránk|adresa|adresát|příjemc|príjemc|účet"),
    absent=words("neexistuj|neznám|nenalezen|nebyl\\w? nalezen|nebol\\w? nájden|neplatn|zrušen"),
    full=words("pln[áa]|překročen|prekročen|kvót"),
    asleep=words("zablokován|pozastaven|deaktivován|neaktivní"),
    sender=words("odesílatel|odosielateľ"),
    server=words("ip adresa|ip\\b"),
    message=words("zpráv|správ(?!c)"),
    refused=words("odmítnut|odmietnut|zablokován|nepovolen|neplatn|neznám|neexist"),
    spam=words("spam|nevyžádan|virus"),
    many=words("příliš (?:mnoho|často|veľa)"),
    large=words("příliš vel|príliš veľ"),
)
_HUNGARIAN = Tongue(
    person=words("felhasználó|címzett|postafiók|fiók|e-?mail cím|cím\\b"),
    absent=words("nem létezik|ismeretlen|nem található|nincs ilyen|érvénytelen"),
    full=words("megtelt|betelt|tele\\b"),
    asleep=words("letiltva|felfüggesztve|inaktív"),
    sender=words("feladó"),
    message=words("üzenet|levél"),
    refused=words("elutasít|nem engedélyez|letilt|érvénytelen|ismeretlen|nem létez"),
    spam=words("spam|levélszemét|kéretlen|vírus"),
    many=words("túl (?:sok|gyakr)"),
    large=words("túl nagy"),
    server=words("ip\\b"),
)
_ROMANIAN = Tongue(
    person=words("utilizator|destinatar|căsuț|cutia|contul|adres[ae]"),
    absent=words("nu exist|necunoscut|inexistent|nu a fost găsit|invalid"),
    full=words("plină|plin\\b|depășit"),
    asleep=words("suspendat|dezactivat|blocat|inactiv"),
    sender=words("expeditor"),
    message=words("mesaj"),
    refused=words("respins|refuzat|blocat|neautorizat|invalid|necunoscut|nu exist|inexistent"),
    spam=words("spam|nedorit|virus"),
    many=words("prea (?:mult|des)"),
    large=words("prea mare"),
    server=words("ip\\b"),
)
_TURKISH = Tongue(
    person=words("kullanıcı|alıcı|posta kutusu|hesab|hesap|adres"),
    absent=words("bulunamadı|yok\\b|mevcut değil|geçersiz|bilinmeyen|tanınmıyor"),
    full=words("dolu|doldu|kota"),
    asleep=words("askıya|devre dışı|kapatıl|pasif"),
    sender=words("gönderen|gönderici"),
    message=words("ileti|mesaj|e-?posta"),
    refused=words("reddedil|engellen|izin verilm|geçersiz|bilinmeyen|bulunamadı|mevcut değil"),
    spam=words("spam|istenmeyen|virüs"),
    many=words("çok (?:fazla(?! buyuk)|sayıda|sık)"),
    large=words("çok büyük|fazla büyük"),
    server=words("ip\\b"),
)
_SOUTH_SLAVIC = Tongue(  # Croatian, Serbian, Slovenian
    person=words("korisnik|uporabnik|primatelj|primalac|prejemnik|sanduč|račun|nabiralnik|adresa|naslov"),
    absent=words("ne postoji|nepoznat|ne obstaja|neznan|nije pronađen|ni najden|ni bilo mogoče najti"),
    full=words("pun\\b|puna\\b|pun[oa]\\b|poln|prekorač"),
    message=words("poruk|sporočil"),
    many=words("(?:previše|preveč)(?! vel)"),
    large=words("prevelik|previše vel|preveč vel"),
    sender=words("pošiljat|pošiljal|pošiljao"),
    server=words("ip\\b"),
    refused=words(
        "odbij|odbačen|zavrnjen|blokiran|zabranjen|prepovedan|ne postoji|nepoznat|nevažeć|ne obstaja|neznan|neveljav"
    ),
)
_BALTIC = Tongue(  # Latvian, Lithuanian, Estonian
    person=words("lietotāj|adresāt|pastkast|kont[so]|vartotoj|gavėj|dėžut|kasutaja|saaja|postkast|adres"),
    absent=words("neeksist|nav atrast|nezinām|neegzistuoj|nežinom|nerast|ei eksisteeri|ei leitud|tundmatu"),
    full=words("pilna|perpild|täis\\b"),
    sender=words("sūtītāj|siuntėj|saatja"),
    server=words("ip\\b"),
    refused=words(
        "noraidīt|bloķēt|atmest|blokuo|tagasi lükat|blokeerit|neeksist|nezinām|neegzistuoj|nežinom"
        "|nerast|ei eksisteeri|tundmatu"
    ),
    message=words("ziņojum|vēstul|laišk|žinut|pranešim|sõnum"),
    many=words("per daug|pārāk daudz|liiga palju"),
)
_RUSSIAN = Tongue(
    person=words("пользовател|ящик|(?<!ip-)адрес|учетн|получател|аккаунт|абонент"),
    absent=words(
        "не существ|не найден|не удается найти|не удалось найти|неизвест|удален|несуществ|неверн|недействит|такого"
        "|не работает|отсутств|не зарегистр"
    ),
    full=words("переполн|заполнен|квот|превыш|нет места|недостаточно места"),
    asleep=words("заблокир|отключен|приостанов|неактив"),
    sender=words("отправител"),
    server=words("ip\\b|ip-адрес|ваш сервер"),
    message=words("сообщени|пис[еь]м"),
    refused=words("отклон|отказ|запрещ|заблокир|неверн|не существ|неизвест|не найден|черн"),
    spam=words("спам|нежелат|вирус|подозр"),
    many=words("слишком (?:много|част)|числ|количеств|частот"),
    large=words("слишком (?:больш|велик)|превыша"),
)
_UKRAINIAN = Tongue(  # and Bulgarian
    person=words("користувач|скриньк|отримувач|одержувач|потребител|кутия|адрес|получател"),
    absent=words("не існує|не знайден|невідом|недійсн|не съществува|непознат|не е намерен"),
    full=words("переповн|заповнен|пълна|препълн"),
    asleep=words("заблокован|вимкнен|блокиран"),
    sender=words("відправник|подател"),
    message=words("повідомлен|лист(?:ів|и)?\\b|съобщени"),
    refused=words("відхилен|заблокован|заборонен|отхвърлен|не існує|невідом|недійсн|не съществува|непознат|блокиран"),
    spam=words("спам"),
    many=words("(?:забагато|надто багато|занадто багато)|кількіст|(?:твърде|прекалено) много|брой"),
    large=words("завелик|перевищ|твърде голям"),
    server=words("ip\\b"),
)
_GREEK = Tongue(
    person=words("χρήστη|παραλήπτη|γραμματοκιβώτιο|λογαριασμ|διεύθυνση"),
    absent=words("άγνωστ|δεν υπάρχει|δεν βρέθηκε|μη έγκυρ"),
    full=words("πλήρες|γεμάτο"),
    asleep=words("απενεργοποι|ανεστάλ"),
    sender=words("αποστολέα"),
    message=words("μήνυμα"),
    refused=words("απορρίφθηκε|αποκλεί|άγνωστ|δεν υπάρχει|μη έγκυρ"),
    spam=words("ανεπιθύμητ|spam"),
    many=words("(?:πάρα|υπερβολικά) πολλ"),
    large=words("πολύ μεγάλο"),
    server=words("ip\\b"),
)
_CATALAN = Tongue(
    person=words("usuari|bústia|compte|adreça(?! ip)|destinatari"),
    absent=words("no exist|inexistent|desconegu|no s'ha trobat|no (?:és )?vàlid"),
    full=words("plen[ao]?\\b|quota|espai"),
    message=words("missatge|correu"),
    many=words("massa (?!gran)"),
    large=words("massa gran"),
    sender=words("remitent|el vostre domini"),
    server=words("adreça ip|ip\\b|el vostre servidor"),
    refused=words(
        "rebutja|bloqueja|no perm|prohibi|no autoritza|no és vàlid|no vàlid|invàlid|no exist|inexistent|desconegu"
    ),
)
_SERBIAN = Tongue(  # in Cyrillic, and Macedonian
    person=words("корисник|прималац|примач|сандуч|налог|адрес"),
    absent=words("не постоји|не постои|непознат|није пронађен|не е пронајден"),
    full=words("пун\\b|пуно\\b|препун"),
    sender=words("пошиљал|пошиљао|испраќач"),
    server=words("ip\\b"),
    refused=words("одби|блокиран|забрањен|забранет|не постоји|не постои|непознат|неважећ|невалид"),
    message=words("порук"),
    many=words("(?:превише|премногу)(?! (?:вел|гол))"),
)
TONGUES = (
    _ENGLISH, _FRENCH, _GERMAN, _ITALIAN, _SPANISH, _PORTUGUESE, _DUTCH, _POLISH, _NORDIC, _FINNISH, _CZECH,
    _HUNGARIAN, _ROMANIAN, _TURKISH, _SOUTH_SLAVIC, _BALTIC, _RUSSIAN, _UKRAINIAN, _GREEK, ARABIC, HEBREW,
    JAPANESE, CHINESE, KOREAN, _CATALAN, _SERBIAN, VIETNAMESE, INDONESIAN,
)  # fmt: skip

NOBODY: tuple[Saying, ...] = tuple((one.person, one.absent) for one in TONGUES)
NO_ROOM: tuple[Saying, ...] = tuple((one.person, one.full) for one in TONGUES if one.full)
ASLEEP: tuple[Saying, ...] = tuple((one.person, one.asleep) for one in TONGUES if one.asleep)
NOT_FROM_US: tuple[Saying, ...] = tuple((one.sender, one.refused) for one in TONGUES)
NOT_FROM_HERE: tuple[Saying, ...] = tuple((one.server, one.refused) for one in TONGUES if one.server)
UNWANTED: tuple[Saying, ...] = tuple((one.message, one.spam) for one in TONGUES if one.message and one.spam)
NOT_THIS: tuple[Saying, ...] = tuple((one.message, one.refused) for one in TONGUES if one.message)
# Every language has its word for a connection, and here one list has them all.
_CONNECTION = words(
    "conne[xct]|conex|collegament|verbinding|verbindung|forbindelse|anslutning|tilkobling|yhtey|połącze|spojen|pripojen"
    "|kapcsolat|bağlant|savienojum|ühendus|соедин|подключ|з.єднан|връзк|συνδέσ|اتصال|חיבור|接続|连接|連接|연결|kết nối"
    "|koneksi|sambungan"
)
TOO_MANY: tuple[Saying, ...] = tuple(((*one.message, *_CONNECTION), one.many) for one in TONGUES if one.many)
TOO_LARGE: tuple[Saying, ...] = tuple((one.message, one.large) for one in TONGUES if one.large)
