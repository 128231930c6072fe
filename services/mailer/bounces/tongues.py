"""What relays say about whom, in the languages in which they say it: a word for who is meant, a word for what is wrong.

Both stand in one sentence, close together ("l'utilisateur lea n'est pas connu", "nieznany odbiorca"). One `Tongue` per
language; a word is the start of a word, as a regular expression. `reasons.fold` is applied to words and texts alike, so
accents and case do not count. Next: the tables (`absent.py`, `limits.py`, `refusals.py`), which take what they need.
"""

from __future__ import annotations

from typing import NamedTuple

Saying = tuple[tuple[str, ...], tuple[str, ...]]
"""Words for who is meant, words for what is wrong."""


class Tongue(NamedTuple):
    """`person`: who was written to. `sender`, `server`, `message`: we, by our address, our network, our mail.

    `large`: what is wrong with a message that is too big.
    """

    person: tuple[str, ...]
    absent: tuple[str, ...]
    full: tuple[str, ...] = ()
    asleep: tuple[str, ...] = ()
    sender: tuple[str, ...] = ()
    server: tuple[str, ...] = ()
    message: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    spam: tuple[str, ...] = ()
    large: tuple[str, ...] = ()


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split("|"))


_ENGLISH = Tongue(
    person=_words("user|recipient|mail[- ]?box|account|address|alias"),
    absent=_words(
        "deleted|terminated|has been removed|not defined|not exist|doesn't exist"
        "|don't exist|no exist"
        "|does not belong|not on this"
        "|not (?:an? )?recogni|unrecogni|no longer in use|no longer valid|no longer exist|not known|not used|not ok\\b"
        "|cannot be found|could not be found|couldn't be found|could not find|is not valid|not hosted here"
        "|not registered|is not allowed(?! to)|name not allowed(?! to)|unknown|wrong|never existed|any longer"
        "|no longer (?:work|with)|has left"
    ),
    full=_words("full\\b|overflow|out of space|no (?:more )?room"),
    asleep=_words(
        "suspended|inactiv|deactivated|locked|frozen|dormant|hangup|not activated|restricted|disabled|expired"
    ),
    sender=_words(
        "(?<!to )(?<!to the )sender|mail ?from|envelope from|from address|from:? ?domain|your domain|sending domain"
        "|return path|reverse path"
    ),
    server=_words(
        "ips?\\b|client host|connections? from|your (?:server|host|network|isp|provider|mail server|country|region"
        "|location)"
    ),
    refused=_words(
        "reject|refus|denied|not allowed|not permitted|forbidden|blocked|banned|prohibit|not accepted|not authori"
        "|unauthori|invalid|mismatch|fake|spoof|hangup|must (?:resolve|exist)|not in my|has no|not exist|doesn't exist"
        "|not found|unknown|no access|not trusted|not be verified|unverif|unresolv|listed\\b|suspicious"
    ),
)
_FRENCH = Tongue(
    person=_words("utilisateur|destinataire|boite|adresse(?! ip)|compte|usager|correspondant|messagerie"),
    absent=_words(
        "inconnu|inexistant|n'existe|n'est plus valide|n'est pas valide|n'est pas connu|non valide|invalide|ferme"
        "|supprime|introuvable|ne figure pas|repertorie|pas trouve|plus en service|erronee?|incorrect|a change"
        "|n'accepte plus|aucune?|ne correspond|resilie|cloture|obsolete|a quitte|jamais existe"
    ),
    full=_words("pleine?\\b|satur|quota|espace|capacite|depasse|plus de place"),
    asleep=_words("suspend|desactiv|bloque|inacti|verrouill|gele|expire|restreint|indisponible"),
    sender=_words("expediteur|emetteur|votre domaine|domaine d'envoi"),
    server=_words("adresse ip|ip\\b|votre (?:serveur|fournisseur|hote|pays)|serveur d'envoi"),
    message=_words("message|courriel|courrier|e-?mail|contenu|piece jointe"),
    refused=_words(
        "refus|rejet|bloqu|interdit|non autoris|pas autoris|inconnu|invalide|non valide|n'existe|inexistant|banni"
        "|liste noire|liste de blocage|introuvable"
    ),
    spam=_words("spam|indesirable|pourriel|virus|suspect"),
    large=_words("trop (?:grand|gros|lourd|volumineu)"),
)
_GERMAN = Tongue(
    person=_words(
        "benutzer|nutzer|empfanger|empfaenger|postfach|mailbox|e-?mail-adresse|(?<!ip-)adresse|adressat|konto"
    ),
    absent=_words(
        "unbekannt|nicht bekannt|existiert nicht|existiert hier nicht|nicht existent|nicht vorhanden|nicht gefunden"
        "|ungultig|falsch|geloscht|nicht mehr|nicht in der organisation|nicht im domino|gibt es nicht|aufgelost"
    ),
    full=_words("voll\\b|uberfullt|speicher|quota|uberschritten|platz"),
    asleep=_words("gesperrt|deaktiviert|inaktiv|stillgelegt|blockiert|abgelaufen"),
    sender=_words("absender|ihre domain|ihre domane"),
    server=_words("ip-adresse|ip\\b|ihr (?:mail)?server|ihr netz"),
    message=_words("nachricht|e-?mail|inhalt|anhang"),
    refused=_words(
        "abgelehnt|abgewiesen|zuruckgewiesen|verweigert|nicht autorisiert|nicht erlaubt|nicht zugelassen|gesperrt"
        "|blockiert|ungultig|unbekannt|existiert nicht|nicht gefunden|verboten|gelistet|sperrliste"
    ),
    spam=_words("spam|unerwunscht|virus|verdachtig"),
    large=_words("zu gro(?:ss|ß)"),
)
_ITALIAN = Tongue(
    person=_words("utente|casella|indirizzo(?! ip)|destinatario|account|mailbox"),
    absent=_words(
        "inesistent|non esist|sconosciut|non trovat|non fa piu parte|non lavora piu|impossibile trovare"
        "|non e stat[oa] trovat|non valid"
        "|non presente|errat|nessun"
    ),
    full=_words("pien[ao]|quota|spazio|superat|esaurit"),
    asleep=_words("sospes|disattiv|disabilit|bloccat|inattiv|scadut"),
    sender=_words("mittente|il tuo dominio"),
    server=_words("indirizzo ip|ip\\b|server mittente|(?:vostro|suo|tuo) server"),
    message=_words("messaggio|e-?mail|contenuto|allegato"),
    refused=_words(
        "rifiutat|respint|non autorizzat|non valid|non consentit|bloccat|inesistent|sconosciut|lista nera|vietat"
        "|non e abilitat"
    ),
    spam=_words("spam|indesiderat|virus|sospett"),
    large=_words("troppo grand"),
)
_SPANISH = Tongue(
    person=_words("usuario|buzon|casilla|cuenta|direccion(?! ip)|destinatario"),
    absent=_words(
        "no exist|inexistente|desconocid|no encontrad|no se ha encontrad|no se encontro|no valid|invalid|eliminad"
        "|no se encuentra|incorrect|erronea|ningun|no registrad|ya no trabaja"
    ),
    full=_words("llen[oa]|cuota|espacio|excedid|superad"),
    asleep=_words("suspendid|desactivad|deshabilitad|bloquead|inactiv|expirad"),
    sender=_words("remitente|su dominio"),
    server=_words("direccion ip|ip\\b|su servidor"),
    message=_words("mensaje|correo|contenido|adjunto"),
    refused=_words(
        "rechazad|no autorizad|no permitid|invalid|bloquead|inexistent|desconocid|lista negra|denegad|prohibid"
    ),
    spam=_words("spam|no deseado|virus|basura|sospechos"),
    large=_words("demasiado grande|muy grande"),
)
_PORTUGUESE = Tongue(
    person=_words("usuario|utilizador|caixa|conta\\b|endereco(?! ip)|destinatario"),
    absent=_words(
        "nao exist|inexistente|desconhecid|nao encontrad|nao foi encontrad|nao pode ser encontrad|invalid|incorret"
        "|nenhum|existe tal"
        "|tal usu|exclui|nao trabalha"
    ),
    full=_words("chei[ao]|cota|quota|espaco|excedid|lotad"),
    asleep=_words("suspens|desativad|desabilitad|bloquead|inativ"),
    sender=_words("remetente|seu dominio"),
    server=_words("endereco ip|ip\\b|seu servidor"),
    message=_words("mensagem|e-?mail|conteudo|anexo"),
    refused=_words("rejeitad|recusad|nao autorizad|nao permitid|invalid|bloquead|lista negra|desconhecid|proibid"),
    spam=_words("spam|indesejad|virus|lixo|suspeit"),
    large=_words("demasiado grande|muito grande|grande demais"),
)
_DUTCH = Tongue(
    person=_words("gebruiker|persoon|mailbox|postvak|postbus|e-?mailadres|(?<!ip-)adres|ontvanger|account"),
    absent=_words("bestaat niet|onbekend|niet bekend|niet gevonden|ongeldig|geen|werkt hier niet|niet meer werkzaam"),
    full=_words("vol\\b|quota|overschreden|ruimte"),
    asleep=_words("geblokkeerd|uitgeschakeld|inactief|opgeschort|gedeactiveerd"),
    sender=_words("afzender|uw domein"),
    server=_words("ip-adres|ip\\b|uw server"),
    message=_words("bericht|e-?mail"),
    refused=_words("geweigerd|afgewezen|niet toegestaan|geblokkeerd|ongeldig|onbekend|zwarte lijst|niet gemachtigd"),
    spam=_words("spam|ongewenst|virus"),
    large=_words("te groot"),
)
_POLISH = Tongue(
    person=_words("użytkownik|konto|konta|skrzynk|adres(?! ip)|odbiorc"),
    absent=_words("nie istniej|nieznan|nie znaleziono|nie ma|nieprawidłow|niepoprawn|brak (?:takie|u[zż]ytk)"),
    full=_words("przepełnion|pełna|zapełnion|przekroczon|brak miejsca"),
    asleep=_words("zablokowan|nieaktywn|zawieszon|wyłączon"),
    sender=_words("nadawc"),
    server=_words("adres ip|ip\\b|twój serwer"),
    message=_words("wiadomoś"),
    refused=_words("odrzucon|zablokowan|niedozwolon|nieprawidłow|nieznan|nie istniej|czarn|zabronion"),
    spam=_words("spam|niechcian|wirus|niepożądan"),
    large=_words("za duż|zbyt duż|za wielk"),
)
_NORDIC = Tongue(  # Swedish, Danish, Norwegian
    person=_words(
        "mottagar|modtager|mottaker|användar|bruger|bruker|konto|(?<!ip-)adress|postlåd|brevlåd|postkass|e-?postadress"
    ),
    absent=_words(
        "okänd|ukendt|ukjent|finns inte|findes ikke|finnes ikke|hittades inte|kunde inte hittas|gick inte att hitta"
        "|eksisterer ikke|existerar inte|ikke fundet|ugyldig|ogiltig"
        "|fant ikke|fandt ikke|hittade inte"
    ),
    full=_words("full\\b|fuld\\b|fullt\\b|overskred|överskrid"),
    asleep=_words("inaktiv|spärrad|avstängd|deaktiv|sperret|spærret|lukket"),
    sender=_words("avsändar|afsender|avsender"),
    server=_words("ip-adress|ip\\b"),
    message=_words("meddeland|besked|melding|meddelelse|brev\\b"),
    refused=_words("avvisa|afvis|avvis|neka|blockera|blokere|blokker|inte tillåt|ikke tillad|ogiltig|ugyldig|okänd"),
    spam=_words("spam|skräppost|uønsket|søppelpost|virus"),
    large=_words("för stor|for stor"),
)
_FINNISH = Tongue(
    person=_words("vastaanottaja|käyttäjä|postilaatik|sähköpostiosoit|osoite|tili"),
    absent=_words("tuntematon|ei ole olemassa|ei löydy|ei löytynyt|virheelli"),
    full=_words("täynnä|täysi|ylitt"),
    asleep=_words("suljettu|poistettu käytöstä|lukittu"),
    sender=_words("lähettäjä"),
    message=_words("viesti"),
    refused=_words("hylätty|estetty|ei sallittu|tuntematon|torjuttu"),
    spam=_words("spam|roskaposti|virus"),
    large=_words("liian suuri"),
)
_CZECH = Tongue(  # and Slovak
    person=_words("uživatel|používateľ|schránk|adresa|adresát|příjemc|príjemc|účet"),
    absent=_words("neexistuj|neznám|nenalezen|nebyl\\w? nalezen|nebol\\w? nájden|neplatn|zrušen"),
    full=_words("pln[áa]|překročen|prekročen|kvót"),
    asleep=_words("zablokován|pozastaven|deaktivován|neaktivní"),
    sender=_words("odesílatel|odosielateľ"),
    server=_words("ip adresa|ip\\b"),
    message=_words("zpráva|správa"),
    refused=_words("odmítnut|odmietnut|zablokován|nepovolen|neplatn|neznám"),
    spam=_words("spam|nevyžádan|virus"),
    large=_words("příliš vel|príliš veľ"),
)
_HUNGARIAN = Tongue(
    person=_words("felhasználó|címzett|postafiók|fiók|e-?mail cím|cím\\b"),
    absent=_words("nem létezik|ismeretlen|nem található|nincs ilyen|érvénytelen"),
    full=_words("megtelt|betelt|tele\\b"),
    asleep=_words("letiltva|felfüggesztve|inaktív"),
    sender=_words("feladó"),
    message=_words("üzenet|levél"),
    refused=_words("elutasít|nem engedélyez|letilt|érvénytelen|ismeretlen"),
    spam=_words("spam|levélszemét|kéretlen|vírus"),
    large=_words("túl nagy"),
)
_ROMANIAN = Tongue(
    person=_words("utilizator|destinatar|căsuț|cutia|contul|adres[ae]"),
    absent=_words("nu exist|necunoscut|inexistent|nu a fost găsit|invalid"),
    full=_words("plină|plin\\b|depășit"),
    asleep=_words("suspendat|dezactivat|blocat|inactiv"),
    sender=_words("expeditor"),
    message=_words("mesaj"),
    refused=_words("respins|refuzat|blocat|neautorizat|invalid|necunoscut"),
    spam=_words("spam|nedorit|virus"),
    large=_words("prea mare"),
)
_TURKISH = Tongue(
    person=_words("kullanıcı|alıcı|posta kutusu|hesab|hesap|adres"),
    absent=_words("bulunamadı|yok\\b|mevcut değil|geçersiz|bilinmeyen|tanınmıyor"),
    full=_words("dolu|doldu|kota"),
    asleep=_words("askıya|devre dışı|kapatıl|pasif"),
    sender=_words("gönderen|gönderici"),
    message=_words("ileti|mesaj|e-?posta"),
    refused=_words("reddedil|engellen|izin verilm|geçersiz|bilinmeyen"),
    spam=_words("spam|istenmeyen|virüs"),
    large=_words("çok büyük|fazla büyük"),
)
_SOUTH_SLAVIC = Tongue(  # Croatian, Serbian, Slovenian
    person=_words("korisnik|uporabnik|primatelj|primalac|prejemnik|sanduč|račun|nabiralnik|adresa|naslov"),
    absent=_words("ne postoji|nepoznat|ne obstaja|neznan|nije pronađen|ni najden|ni bilo mogoče najti"),
    full=_words("pun\\b|puna\\b|pun[oa]\\b|poln|prekorač"),
    message=_words("poruka|sporočilo"),
    large=_words("prevelik"),
)
_BALTIC = Tongue(  # Latvian, Lithuanian, Estonian
    person=_words("lietotāj|adresāt|pastkast|kont[so]|vartotoj|gavėj|dėžut|kasutaja|saaja|postkast|adres"),
    absent=_words("neeksist|nav atrast|nezinām|neegzistuoj|nežinom|nerast|ei eksisteeri|ei leitud|tundmatu"),
    full=_words("pilna|perpild|täis\\b"),
)
_RUSSIAN = Tongue(
    person=_words("пользовател|ящик|(?<!ip-)адрес|учетн|получател|аккаунт|абонент"),
    absent=_words(
        "не существ|не найден|не удается найти|не удалось найти|неизвест|удален|несуществ|неверн|недействит|такого"
        "|не работает|отсутств|не зарегистр"
    ),
    full=_words("переполн|заполнен|квот|превыш|нет места|недостаточно места"),
    asleep=_words("заблокир|отключен|приостанов|неактив"),
    sender=_words("отправител"),
    server=_words("ip\\b|ip-адрес|ваш сервер"),
    message=_words("сообщени|письм"),
    refused=_words("отклон|отказ|запрещ|заблокир|неверн|не существ|неизвест|не найден|черн"),
    spam=_words("спам|нежелат|вирус|подозр"),
    large=_words("слишком (?:больш|велик)|превыша"),
)
_UKRAINIAN = Tongue(  # and Bulgarian
    person=_words("користувач|скриньк|отримувач|одержувач|потребител|кутия|адрес|получател"),
    absent=_words("не існує|не знайден|невідом|недійсн|не съществува|непознат|не е намерен"),
    full=_words("переповн|заповнен|пълна|препълн"),
    asleep=_words("заблокован|вимкнен|блокиран"),
    sender=_words("відправник|подател"),
    message=_words("повідомлен|лист\\b|съобщени"),
    refused=_words("відхилен|заблокован|заборонен|отхвърлен"),
    spam=_words("спам"),
    large=_words("завелик|перевищ|твърде голям"),
)
_GREEK = Tongue(
    person=_words("χρήστη|παραλήπτη|γραμματοκιβώτιο|λογαριασμ|διεύθυνση"),
    absent=_words("άγνωστ|δεν υπάρχει|δεν βρέθηκε|μη έγκυρ"),
    full=_words("πλήρες|γεμάτο"),
    asleep=_words("απενεργοποι|ανεστάλ"),
    sender=_words("αποστολέα"),
    message=_words("μήνυμα"),
    refused=_words("απορρίφθηκε|αποκλεί|άγνωστ"),
    spam=_words("ανεπιθύμητ|spam"),
    large=_words("πολύ μεγάλο"),
)
_ARABIC = Tongue(
    person=_words("المستخدم|المستلم|صندوق|الحساب|العنوان|مستخدم|مستلم|عنوان|بريد"),
    absent=_words("غير موجود|غير معروف|لا يوجد|غير صالح|لم يتم العثور|تعذر العثور"),
    full=_words("ممتلئ"),
    asleep=_words("معطل|موقوف|معلق"),
    sender=_words("المرسل"),
    refused=_words("مرفوض|محظور|غير مصرح"),
    message=_words("الرسالة|رسالة"),
    large=_words("كبيرة? جدا"),
)
_HEBREW = Tongue(
    person=_words("משתמש|המשתמש|הנמען|נמען|תיבת|החשבון|הכתובת|כתובת"),
    absent=_words("לא קיים|לא קיימת|אינו קיים|אינה קיימת|לא נמצא|לא ידוע"),
    full=_words("מלאה"),
    asleep=_words("מושבת|מושעה|חסום"),
    sender=_words("השולח"),
    refused=_words("נדחה|חסום"),
    message=_words("ההודעה|הודעה"),
    large=_words("גדולה מדי"),
)
_JAPANESE = Tongue(
    person=_words("ユーザ|宛先|あて先|メールアドレス|メール アドレス|受信者|アカウント|メールボックス|受信トレイ"),
    absent=_words("見つかりません|見つかりませんでした|存在しません|不明|存在しない"),
    full=_words("いっぱい|一杯|容量|超過|満杯"),
    asleep=_words("停止|凍結|休止|無効"),
    sender=_words("送信者|送信元|差出人"),
    server=_words("ip"),
    message=_words("メッセージ|メール"),
    refused=_words("拒否|ブロック|無効|許可され|存在しません"),
    spam=_words("迷惑|スパム|ウイルス"),
    large=_words("大きすぎ|超過"),
)
_CHINESE = Tongue(
    person=_words("用户|收件人|邮箱|地址|帐号|账号|账户|帐户|用戶|使用者|信箱|帳號|收件者"),
    absent=_words("不存在|找不到|无效|無效|已注销|未找到|不正确|错误|没有该|未开通|未開通|沒有該|查无|查無"),
    full=_words("已满|已滿|容量|空间不足|超出|超过|配额|已滿|空间不够|空間不"),
    asleep=_words("禁用|停用|冻结|凍結|锁定|过期|暂停"),
    sender=_words("发件人|發件人|寄件者|发信人|发送方"),
    server=_words("ip"),
    message=_words("邮件|郵件|信件"),
    refused=_words("拒绝|拒絕|无效|禁止|不存在|被拒|黑名单|屏蔽|未授权"),
    spam=_words("垃圾|病毒|广告"),
    large=_words("太大|过大|過大"),
)
_KOREAN = Tongue(
    person=_words("사용자|수신자|받는 사람|메일 주소|계정|주소|편지함|사서함|메일함"),
    absent=_words("존재하지 않|찾을 수 없|없습니다|잘못된|유효하지 않"),
    full=_words("가득|용량|초과"),
    asleep=_words("중지|정지|휴면|비활성"),
    sender=_words("발신자|보낸 사람|보내는 사람"),
    message=_words("메시지|메일"),
    refused=_words("거부|차단|허용되지"),
    spam=_words("스팸"),
    large=_words("너무 (?:크|큽|큰|커)"),
)
_CATALAN = Tongue(
    person=_words("usuari|bústia|compte|adreça(?! ip)|destinatari"),
    absent=_words("no exist|inexistent|desconegu|no s'ha trobat|no vàlid"),
    full=_words("plen[ao]?\\b|quota|espai"),
    message=_words("missatge|correu"),
    large=_words("massa gran"),
)
_SERBIAN = Tongue(  # in Cyrillic, and Macedonian
    person=_words("корисник|прималац|примач|сандуч|налог|адрес"),
    absent=_words("не постоји|не постои|непознат|није пронађен|не е пронајден"),
    full=_words("пун\\b|пуно\\b|препун"),
)
_VIETNAMESE = Tongue(
    person=_words("người nhận|người dùng|hộp thư|tài khoản|địa chỉ"),
    absent=_words("không tồn tại|không tìm thấy|không hợp lệ|không có"),
    full=_words("đầy|vượt quá|hết dung lượng"),
    message=_words("thư|tin nhắn"),
    large=_words("quá lớn"),
)
_INDONESIAN = Tongue(  # and Malay
    person=_words("pengguna|penerima|kotak surat|kotak masuk|akun|akaun|alamat"),
    absent=_words("tidak ditemukan|tidak ada|tidak dikenal|tidak valid|tidak wujud|tidak ditemui"),
    full=_words("penuh|melebihi"),
    message=_words("pesan|mesej"),
    large=_words("terlalu besar"),
)
TONGUES = (
    _ENGLISH, _FRENCH, _GERMAN, _ITALIAN, _SPANISH, _PORTUGUESE, _DUTCH, _POLISH, _NORDIC, _FINNISH, _CZECH,
    _HUNGARIAN, _ROMANIAN, _TURKISH, _SOUTH_SLAVIC, _BALTIC, _RUSSIAN, _UKRAINIAN, _GREEK, _ARABIC, _HEBREW,
    _JAPANESE, _CHINESE, _KOREAN, _CATALAN, _SERBIAN, _VIETNAMESE, _INDONESIAN,
)  # fmt: skip

NOBODY: tuple[Saying, ...] = tuple((one.person, one.absent) for one in TONGUES)
NO_ROOM: tuple[Saying, ...] = tuple((one.person, one.full) for one in TONGUES if one.full)
ASLEEP: tuple[Saying, ...] = tuple((one.person, one.asleep) for one in TONGUES if one.asleep)
NOT_FROM_US: tuple[Saying, ...] = tuple((one.sender, one.refused) for one in TONGUES if one.sender)
NOT_FROM_HERE: tuple[Saying, ...] = tuple((one.server, one.refused) for one in TONGUES if one.server)
UNWANTED: tuple[Saying, ...] = tuple((one.message, one.spam) for one in TONGUES if one.message and one.spam)
NOT_THIS: tuple[Saying, ...] = tuple((one.message, one.refused) for one in TONGUES if one.message)
TOO_LARGE: tuple[Saying, ...] = tuple((one.message, one.large) for one in TONGUES if one.large)
