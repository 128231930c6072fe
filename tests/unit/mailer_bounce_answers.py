"""What servers answer, in many languages, and what is to be done about it. Nothing here has a status to go by."""

from __future__ import annotations

NOBODY = """
Boîte inexistante
l’utilisateur lea n’est pas connu sur ce serveur
Cette adresse n’est plus valide
Compte fermé
L’utilisateur lea.martin ne figure pas dans l’annuaire Domino
Destinataire inconnu ou boite aux lettres desactivee
Lea ne travaille plus chez nous
Aucun compte à ce nom
Lea Martin a quitté l’association
Der Empfänger ist unbekannt
Empfänger existiert hier nicht
Das E-Mail-Konto ist nicht in der Organisation vorhanden
Adressat unbekannt oder Mailbox deaktiviert
Casella di posta inesistente
L’account di posta elettronica non esiste
Destinatario errato
El buzón no existe
La dirección de correo no existe
Usuário desconhecido
A conta não existe
Mailbox bestaat niet
Konto nie istnieje
Użytkownik nieznany
Okänd mottagare
Пользователь не существует
Такого пользователя нет
あて先のユーザが見つかりません
收件人邮件地址不存在
존재하지 않는 사용자입니다
account deleted
Sorry, that user is not registered
This account has been terminated
the recipient does not belong to this server
address is no longer in use
The person has left the company
Invalid e-mail address
ADDRESS_NOT_FOUND
Recipient cannot be found
mailbox for lea is not defined here
no such email address
illegal user
no route found to domain
not our user; forwarding is off
""".strip().split("\n")

LATER = """
mailbox temporarily unavailable, too many messages stored
This mailbox has been blocked due to inactivity
user lea is temporarily blocked
recipient thread limit exceeded
Recipient unknown for now: greylisting in action
The recipient has disabled incoming mail
""".strip().split("\n")

OURS = """
Service unavailable. Access denied, traffic not accepted from this IP
Connection refused due to abuse
Domain has received too many bounces
because host 192.0.2.1 is listed on a list
SPF MAIL FROM check failed
Sender address b@agora.example is not valid
Adresse de l’expéditeur inconnue
Ihre IP-Adresse existiert nicht im DNS (PTR)
Dirección IP no encontrada en DNS inverso
your domain does not exist
Mittente sconosciuto
Сообщение отклонено как спам
Message has no Date header
rejecting password protected file attachment
you are trying to use this host as relay
Sending rate too high
DT:SPM 163 mx12
MI:IMF 163 mx35
RP:QRC 126 mx7
""".strip().split("\n")

ANSWERS = [(verdict, one) for verdict, all_ in (("remove", NOBODY), ("keep", LATER), ("ours", OURS)) for one in all_]

AWAY = """
Odpowiedź automatyczna: L'Echo
Automatická odpověď: L'Echo
Autosvar: L'Echo
Automaattinen vastaus: L'Echo
Automatikus válasz: L'Echo
Răspuns automat: L'Echo
Otomatik yanıt: L'Echo
Автоматический ответ: L'Echo
Автоматична відповідь: L'Echo
自动答复: L'Echo
자동 회신: L'Echo
Αυτόματη απάντηση: L'Echo
Accusé de réception : L'Echo
[Demande d'authentification] L'Echo
""".strip().split("\n")
"""Subjects of automatic answers."""
