"""For mails without a report: is this somebody's automatic answer, a relay that gave up, or an ordinary letter?

RFC 3834 asks automatic answers to say so; many say it only in their subject. Relays that give up are told by who
writes, by the subject or by what they say. An automatic answer of a person says nothing about the address.
"""

from __future__ import annotations

import re

from services.mailer.bounces import found
from services.mailer.bounces.mails import Mail
from services.mailer.bounces.table import says_why

_RELAY = re.compile(
    r"mailer-?daemon|post_?master|mail ?delivery|mail-daemon|mdaemon|mailerdaemon|delivery (?:sub)?system"
    r"|mail administrator"
    r"|\bmta\b|internet mail delivery|system administrator|administrat(?:or|eur) syst|systemadministrator"
    r"|mailadmin|mail system"
    r"|amazonses|complaints@|bounce|microsoft exchange|mailgateway|mail-?router|autoreply@.*exchange|nobody@"
    r"|uucp@|root@|smtp@",
    re.I,
)
_FAILURE_SUBJECT = re.compile(
    r"undeliver|error sending your mail|non[- ]?deliver|not deliver|delivery (?:status|fail|report|problem|error"
    r"|notification|delay"
    r"|unsuccess)"
    r"|deliver(?:y|ed)? .{0,20}fail|fail(?:ed|ure) .{0,20}(?:deliver|notice|mail)|failure notice|mail (?:failure"
    r"|error|could not)"
    r"|returned (?:mail|to sender)|return(?:ed|ing) (?:message|to)|mail system error"
    r"|warning: (?:could|mail|unable|failed)|message .{0,30}delayed|delayed mail|mail delayed"
    r"|could not (?:be )?(?:send|sent|deliver)"
    r"|message (?:not|could not|status)|rejected|bounce|user unknown|unknown user|unzustellbar|nicht zugestellt"
    r"|unzustellbarkeit"
    r"|zustellung|fehlgeschlagen|mailzustell|non (?:remis|d[ée]livr|distribu)|[ée]chec|message non|courrier non"
    r"|avis de non"
    r"|mancat[ao]|impossibile|consegna|no (?:se )?(?:ha )?(?:podido|entreg)|devuelto|error de entrega"
    r"|n[ãa]o entregue|falha"
    r"|onbestelbaar|kan niet|niet bezorgd|недостав|не доставлен|配信|エラー|送信でき|未配|届け|退信|无法投递"
    r"|不能投递|undelivered"
    r"|delivery expired|unreachable|see transcript|address (?:not found|unknown)|mail deliv|nondeliverable"
    r"|notice of non|loop alert|no se puede|no recapit|non recapit|nie można dostarczyć|niedostarczon|nelze doručit"
    r"|kunde inte|kan ikke leveres|kunne ikke|teslim edilemedi|전송 ?(?:실패|되지)|반송|배달 ?(?:되지|실패)"
    r"|nedoru[cč]i|k[ée]zbes[íi]thetetlen|не уда(?:лось|ется) доставить|未送[达達]|未能送[达達]"
    r"|ei voi(?:tu|da)? toimittaa|nu (?:a putut|poate) fi livrat|nelivr|nije isporučen|ni dostavljen|αδύνατη η παράδοση"
    r"|kan inte lever|nem k[ée]zbes|iletilemedi|ni mogoče dostaviti|није испоручен|не е испорачан"
    r"|no s['’]ha pogut (?:lliurar|entregar)"
    r"|не може да бъде доставен|недоставено|не вдалося достав|nepristatyt|nav piegād|kättetoimetama"
    r"|تعذر (?:ال)?تسليم|لم (?:يتم )?(?:ال)?تسليم|غير مسلمة|לא ניתן (?:היה )?למ|לא נמסר"
    r"|không (?:thể )?gửi(?: được)?(?= ?:| thư| tin| email|$)|ส่งไม่(?:สำเร็จ|ได้)"
    r"|^(?:pesan |e-?mail |mesej )?tidak (?:terkirim|dapat di(?:kirim|hantar))"
    r"|considered unsolicited|banned contents|virus .{0,40} (?:from|in) you",
    re.I,
)
_FAILURE_WORDS = re.compile(
    r"not (?:yet )?been delivered|could ?n[o']t be (?:delivered|sent)|could not deliver|unable to deliver"
    r"|(?:un)?able to be delivered"
    r"|permanent(?:ly)? (?:error|fail)|delivery .{0,30}failed"
    r"|wasn.t delivered|was not delivered|not be delivered|did not reach|undeliverable|failed permanently"
    r"|failed to deliver"
    r"|delivery problems?|returned (?:mail|message)|user unknown|unknown user|mailbox (?:is )?(?:full"
    r"|unavailable)|\b5\d\d[ -][45]\.\d\.\d"
    r"|\b55\d[ -]|rcpt to:|transcript of session|following address(?:es)? failed|n.a pas pu [êe]tre"
    r"|pas (?:[ée]t[ée] )?(?:remis|d[ée]livr[ée]|distribu[ée])"
    r"|nicht zugestellt|nicht zustellbar|konnte nicht|non (?:[èe] stato|pu[òo] essere)|no (?:se )?(?:ha podido"
    r"|pudo)|não (?:foi|pôde)"
    r"|niet (?:worden )?(?:bezorgd|afgeleverd)|не (?:было |может быть |удалось )?доставл|配信できません"
    r"|配送できません|送信できません|届けることができません"
    r"|お届けできません|配達できません|无法送达|无法投递|被退回",
    re.I,
)
_AWAY_SUBJECT = re.compile(
    r"out of (?:the )?office|auto(?:matic|mated)?[- ]?(?:reply|response|resp|antwort)|^auto:|autoreply|vacation"
    r"|on (?:holiday|leave)|away from"
    r"|r[ée]ponse automatique|absence|absent|en cong[ée]s?|indisponible|abwesen|automatische antwort|urlaub"
    r"|risposta automatica|fuori ufficio"
    r"|assen(?:za|te)|respuesta autom|fuera de la oficina|ausen|resposta autom|afwezig|automatisch antwoord"
    r"|accus[ée] (?:automatique )?de r[ée]ception|demande d['’]authentification|verification required"
    r"|自動応答|自動返信|不在|自[动動](?:回复|答复|回覆)"
    r"|автоответ|автоматич\w+ (?:ответ|відповідь)|자동 ?(?:회신|응답)|부재"
    r"|automatisk[at]? (?:svar|atbilde)|autosvar|automatyczna odpowied[zź]|odpowied[zź] automatyczna"
    r"|automatick[áa] odpov[ěe][ďd]|automaattinen vastaus|automatikus v[áa]lasz|r[ăa]spuns automat|otomatik yan[ıi]t"
    r"|frånvaro|fravær|ikke til ?stede|(?:ikke|inte) på kontoret|poissa(?:olo)?\b|nieobecno|házon kívül|szabadságon"
    r"|mimo kancel[áa]|nepřítom|în concediu|ofis dışında|меня нет|нет на месте|отсутств|в отпуск|відсутн|відпустк"
    r"|εκτός γραφείου|休暇|外出|休假|出差"
    r"|resposta automàtica|automatski odgovor|samodejni odgovor|аутоматски одговор|автоматичен отговор"
    r"|automatinis atsakymas|automātisk|automaatvastus|رد تلقائي|الرد التلقائي|پاسخ خودکار|מענה אוטומטי|תשובה אוטומטית"
    r"|trả lời tự động|balasan otomatis|jawapan automatik|ตอบกลับอัตโนมัติ|स्वचालित उत्तर"
    r"|αυτόματη απάντηση|^ooo\b|ответ автомат",
    re.I,
)
_AWAY_WORDS = re.compile(
    r"i(?: am|['’]m)(?: currently)? (?:out of (?:the )?office|away (?:on|from|until))|i will be (?:out of|travell?ing)"
    r"|(?:je suis|actuellement)(?: actuellement)? (?:absente?|en (?:cong[ée]s?|vacances))"
    r"|mailinblack|boxbe|account is protected by|votre message me parvienne"
    r"|ich bin (?:derzeit|zurzeit|bis) .{0,40}nicht",
    re.I,
)
# A program says of its own mail that it is one.
_ROBOT_WORDS = re.compile(
    r"(?:ceci est|il s['’]agit d['’]) ?une? (?:r[ée]ponse|message|courriel) automatique|cette r[ée]ponse automatique"
    r"|this (?:e-?mail |message )?is an? automat(?:ed|ic)(?:ally generated)? (?:e-?mail )?(?:reply|response|answer)"
    r"|this automat(?:ic|ed) (?:reply|response)|(?:this|it) is an? automat(?:ed|ic) (?:e-?mail|message)"
    r"|dies(?:e e-?mail)? ist eine automatisch\w* (?:generierte |erstellte )?(?:antwort|nachricht|e-?mail)"
    r"|est[ea] es una? (?:respuesta|mensaje|correo) autom[áa]tic|(?:questa|questo) [èe] un[ao]? ?(?:risposta|messaggio)"
    r" automatic|est[ea] [ée] uma? (?:resposta|mensagem) autom[áa]tic|dit is een automatisch (?:antwoord|bericht)",
    re.I,
)
# Services that ask an unknown sender for a proof before they deliver.
_GATES = re.compile(r"@(?:[\w-]+\.)*(?:mailinblack|boxbe|spamarrest|spamenmoins|sendio)\.\w", re.I)
# Names under which only programs write, and only to say what became of a mail.
_DAEMON = re.compile(
    r"mailer-?daemon|mail delivery (?:sub)?system|microsoftexchange[0-9a-f]{4}|microsoft outlook\b", re.I
)
_ARRIVED = re.compile(r"\bsuccess(?!.{0,20}fail)|\(relay\)|return receipt|accusé de remise", re.I)
_ROBOT_HEADERS = (
    "x-autoreply",
    "x-autorespond",
    "x-autoresponder",
    "x-autoresponse",
    "x-auto-reply",
    "x-auto-reply-from",
    "x-autogenerated",
    "x-mail-autoreply",
    "x-ms-exchange-inbox-rules-loop",
    "x-vacation",
)
_ROBOTS = re.compile(r"auto[-_ ]?(?:reply|replied|respond)", re.I)


# A person answers, or greets; a server that refuses shows its code where an answer begins.
_REPLY = re.compile(r"(?:re|r[ée]p|aw|sv|tr|fwd?|wg)\s?:", re.I)
_GREETS = re.compile(
    r"\s*(?:bonjour|bonsoir|salut|coucou|ch[eè]re?s?|madame|monsieur|mesdames|hello|hi|dear|good (?:morning|afternoon)"
    r"|hallo|guten|sehr geehrte|lieber?|buongiorno|gentil[ei]|ciao|hola|buen[oa]s|estimad|ol[áa]|bom dia|prezad|beste"
    r"|geachte|dag|dzień dobry|hej|hei|dobrý den|здравствуйте|добрый|您好|你好)\b",
    re.I,
)
_CODE = re.compile(r"(?:^|[:>\]])[ \t]{0,8}[45]\d\d[ -]|[45]\.\d\.\d|\brcpt to\b", re.I | re.M)


def is_letter(mail: Mail) -> bool:
    """Whether a person seems to write, under whatever address: words alone are no refusal then."""
    by_hand = bool(_REPLY.match(mail.first("subject")) or _GREETS.match(mail.says))
    return by_hand and not _CODE.search(mail.says[:8000])


_FORWARD = re.compile(r"(?:fwd?|tr|wg|rv|enc|i)\s?:", re.I)
_FORWARDED = re.compile(
    r"^[ \t>*_-]*(?:forwarded message|begin forwarded message|message (?:transféré|d['’]origine)"
    r"|original message|(?:weitergeleitete|ursprüngliche) nachricht|mensaje (?:reenviado|original)|messaggio inoltrato"
    r"|début du message réexpédié)",
    re.I | re.M,
)


def is_forwarded(mail: Mail) -> bool:
    """Whether a person hands on what they got, a report of a relay perhaps: it is about their mail, not about ours."""
    by_hand = bool(_FORWARD.match(mail.first("subject")) and _FORWARDED.search(mail.says[:8000]))
    return by_hand and "multipart/report" not in mail.kind and not is_relay(mail)


def is_relay(mail: Mail) -> bool:
    """Whether a relay wrote this, not a person."""
    away = bool(_AWAY_SUBJECT.search(mail.first("subject")))
    return bool(_RELAY.search(mail.first("from"))) or (has_no_return(mail) and not away)


def has_no_return(mail: Mail) -> bool:
    """Whether it came with the empty envelope sender, which only machines use (RFC 5321, 4.5.5)."""
    return mail.first("return-path").strip() == "<>"


def asks_to_leave(mail: Mail) -> bool:
    """Whether a mail program wrote this for who pressed its "unsubscribe" button. It calls itself automatic."""
    return mail.first("x-apple-unsubscribe").strip().lower() == "true"


def is_auto_reply(mail: Mail) -> bool:
    """Whether this is an answer that a person's mailbox gives by itself (RFC 3834, or by its subject)."""
    if "multipart/report" in mail.kind and "disposition-notification" not in mail.kind:
        return False
    subject = mail.first("subject")
    away = bool(_AWAY_SUBJECT.search(subject))
    if _GATES.search(mail.first("from")):
        return True
    if _RELAY.search(mail.first("from")) and not (away and not _FAILURE_SUBJECT.search(subject)):
        return False
    told = mail.first("auto-submitted").lower()
    precedence = f"{mail.first('precedence')} {mail.first('x-precedence')}"
    by_header = (
        told.startswith(("auto-replied", "auto-notified", "auto-generated"))
        or bool(_ROBOTS.search(precedence))
        or any(name in mail.headers for name in _ROBOT_HEADERS)
        or "disposition-notification" in mail.kind
    )
    if not away and "in-reply-to" not in mail.headers and _AWAY_WORDS.search(mail.says[:300]):
        return not _FAILURE_SUBJECT.search(subject)
    if _ROBOT_WORDS.search(mail.says[:300]) and not _FAILURE_WORDS.search(mail.says[:8000]):
        return True
    return away or (by_header and not _FAILURE_SUBJECT.search(subject) and "x-failed-recipients" not in mail.headers)


def is_failure(mail: Mail) -> bool:
    """Whether this says, in whatever words, that a mail did not arrive."""
    if "x-failed-recipients" in mail.headers or "delivery-status" in mail.kind:
        return True
    subject = bool(_FAILURE_SUBJECT.search(mail.first("subject")))
    words = bool(_FAILURE_WORDS.search(mail.says[:8000]))
    returned = bool(mail.returned.strip())
    if _ARRIVED.search(mail.first("subject")):
        return words
    if _DAEMON.search(mail.first("from")):
        return True
    if not subject and not returned and is_letter(mail):
        return False
    # of anyone else, an answer may use the same words; a relay also says to whom
    if _RELAY.search(mail.first("from")) and says_why(mail.says) and found.in_words(mail):
        return True
    if is_relay(mail):
        return subject or words or returned
    return (subject and (words or returned)) or (words and returned)
