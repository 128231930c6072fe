"""Nobody is there, in the languages in which relays say it: a word for the person, then a word for the absence.

Both stand in one sentence, close together ("l'utilisateur lea n'est pas connu"). Written as `fold` leaves them:
lower case, without accents. Used by `absent.py`.
"""

from __future__ import annotations

from itertools import product

_SAYINGS = (
    (  # English
        ("user", "recipient", "mailbox", "account", "address", "alias"),
        (
            "deleted", "terminated", "has been removed", "not defined", "not exist", "does not belong", "not on this",
            "not recognised", "not recognized", "no longer in use", "no longer valid", "no longer exist", "not known",
            "cannot be found", "could not be found", "couldn't be found", "could not find", "is not valid",
            "not hosted here", "not registered",
        ),
    ),
    (  # French
        ("utilisateur", "destinataire", "boite", "adresse", "compte"),
        (
            "inconnu", "inexistant", "n'existe", "n'est plus valide", "n'est pas valide", "n'est pas connu", "ferme",
            "supprime", "introuvable", "ne figure pas", "repertorie", "pas trouve", "plus en service",
        ),
    ),
    (  # German
        ("benutzer", "empfanger", "empfaenger", "postfach", "adresse", "konto"),
        (
            "unbekannt", "existiert nicht", "existiert hier nicht", "nicht vorhanden", "nicht gefunden", "ungultig",
            "geloscht",
            "nicht in der organisation", "nicht im domino", "gibt es nicht",
        ),
    ),
    (  # Italian
        ("utente", "casella", "indirizzo", "destinatario", "account"),
        ("inesistente", "non esiste", "sconosciut", "non trovat", "non valid", "non presente"),
    ),
    (  # Spanish
        ("usuario", "buzon", "cuenta", "direccion", "destinatario"),
        ("no existe", "inexistente", "desconocid", "no encontrad", "no valid", "eliminad", "no se encuentra"),
    ),
    (  # Portuguese
        ("usuario", "utilizador", "caixa", "conta ", "endereco", "destinatario"),
        ("nao existe", "inexistente", "desconhecid", "nao encontrad", "invalid"),
    ),
    (("gebruiker", "mailbox", "postvak", "adres", "ontvanger"), ("bestaat niet", "onbekend", "niet gevonden")),
    (("uzytkownik", "konto", "skrzynk", "adres", "odbiorc"), ("nie istnieje", "nieznan", "nie znaleziono")),
    (("mottagare", "modtager", "mottaker", "anvandare", "bruger", "bruker", "konto"),
     ("okand", "ukendt", "ukjent", "finns inte", "findes ikke", "finnes ikke")),
    (("uzivatel", "schranka", "adresa", "prijemce"), ("neexistuje", "neznam", "nenalezen")),
    (("пользовател", "ящик", "адрес", "учетн"), ("не существует", "не найден", "неизвест", "удален")),
    (  # Japanese
        ("ユーザ", "宛先", "あて先", "メールアドレス", "メール アドレス", "受信者"),
        ("見つかりません", "存在しません", "不明"),
    ),
    (("用户", "收件人", "邮箱", "地址", "帐号", "账号"), ("不存在", "找不到", "无效", "已注销")),
    (("사용자", "수신자", "메일 주소", "계정", "주소"), ("존재하지 않", "찾을 수 없", "없습니다")),
)  # fmt: skip

NOBODY = tuple(f"{person}~{absence}" for people, absences in _SAYINGS for person, absence in product(people, absences))
"""Phrases for `reasons.says`."""
