# ruff: noqa: E501 - a mail on one line is easier to compare than a folded one
"""Mails that come back, written by hand after what relays and providers send. Names and places are invented."""

from __future__ import annotations

from typing import NamedTuple

WHO = "lea.martin@exemple.fr"
US = "echo@agora.example"
RETURNED = f"From: L'Echo <{US}>\nTo: {WHO}\nSubject: L'Echo no 41\nMessage-ID: <x41@agora.example>\n\nBonjour\n"


class Sample(NamedTuple):
    """A mail and what must be read in it. `reason` or `status` None: not looked at."""

    name: str
    raw: bytes
    kind: str
    verdict: str
    reason: str | None = None
    recipient: str = WHO
    status: str | None = None


def text(
    body: str,
    *,
    sender: str = "Mail Delivery System <MAILER-DAEMON@mx.test>",
    subject: str = "failure notice",
    head: str = "",
) -> bytes:
    """A bounce without a report."""
    return f"Return-Path: <>\nFrom: {sender}\nTo: {US}\nSubject: {subject}\n{head}\n{body}\n".encode()


def dsn(
    diagnostic: str,
    status: str = "5.0.0",
    *,
    action: str = "failed",
    says: str = "It could not be delivered.",
    extra: str = "",
    who: str = WHO,
) -> bytes:
    """A well-formed delivery status."""
    code = f"Diagnostic-Code: smtp; {diagnostic}\n" if diagnostic else ""
    state = f"Status: {status}\n" if status else ""
    return (
        f"Return-Path: <>\nFrom: MAILER-DAEMON@mx.test\nTo: {US}\nSubject: Undelivered Mail Returned to Sender\n"
        'Auto-Submitted: auto-replied\nMIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status; boundary="B"\n\n'
        f"--B\nContent-Type: text/plain; charset=us-ascii\n\n{says}\n\n--B\nContent-Type: message/delivery-status\n\n"
        f"Reporting-MTA: dns; mx.test\n\nFinal-Recipient: rfc822; {who}\nAction: {action}\n{state}{code}{extra}\n"
        f"--B\nContent-Type: message/rfc822\n\n{RETURNED}\n--B--\n"
    ).encode()


def arf(kind: str = "abuse", fields: str = f"Original-Rcpt-To: {WHO}\n", returned: str = RETURNED) -> bytes:
    """A complaint."""
    return (
        f"From: feedback@provider.test\nTo: {US}\nSubject: FW: L'Echo\nMIME-Version: 1.0\n"
        'Content-Type: multipart/report; report-type=feedback-report; boundary="B"\n\n'
        "--B\nContent-Type: text/plain\n\nThis is an abuse report.\n\n--B\nContent-Type: message/feedback-report\n\n"
        f"Feedback-Type: {kind}\nUser-Agent: Loop/1.0\nVersion: 1\n{fields}\n--B\nContent-Type: message/rfc822\n\n{returned}\n--B--\n"
    ).encode()


_PLAIN = dsn(
    "550 5.1.1 <lea.martin@exemple.fr>: Recipient address rejected: User unknown in local recipient table", "5.1.1"
)
_JAPANESE = (
    (
        f"Return-Path: <>\nFrom: Postmaster@phone.test\nTo: {US}\nSubject: Mail System Error - Returned Mail\n"
        "Content-Type: text/plain; charset=ISO-2022-JP\n\n"
    ).encode()
    + f"次のあて先へのメッセージはエラーのため送信できませんでした。\n{WHO}\nメールアドレスが存在しません\n".encode(
        "iso2022_jp"
    )
)
_LATIN = (
    f"Return-Path: <>\nFrom: postmaster@relais.test\nTo: {US}\nSubject: Echec de la remise\n\n".encode()
    + f"Votre message n'a pas pu être remis à :\n{WHO}\nUtilisateur inconnu, boîte aux lettres inconnue.\n".encode(
        "latin-1"
    )
)

# fmt: off
REMOVE = [
    Sample('postfix', _PLAIN, 'bounce', 'remove', 'user-unknown', status='5.1.1'),
    Sample('postfix says', dsn('', '5.0.0', says=f'This is the mail system at host mx.test.\n\n<{WHO}>: host mx[192.0.2.1] said: 550 No such user here (in reply to RCPT TO command)'), 'bounce', 'remove', 'user-unknown'),
    Sample('postfix host', dsn('', '5.4.4', says=f'<{WHO}>: Host or domain name not found. Name service error for name=exemple.fr type=A: Host not found').replace(b'smtp;', b'X-Postfix;'), 'bounce', 'remove', 'host-unknown'),
    Sample('exim', text(f'This message was created automatically by mail delivery software.\n\nA message that you sent could not be delivered to one or more of its\nrecipients. This is a permanent error. The following address(es) failed:\n\n  {WHO}\n    SMTP error from remote mail server after RCPT TO:<{WHO}>:\n    host mx.exemple.fr [192.0.2.5]: 550 unrouteable address\n\n------ This is a copy of the message, including all the headers. ------\n\n{RETURNED}', head=f'X-Failed-Recipients: {WHO}\nAuto-Submitted: auto-replied\n', subject='Mail delivery failed: returning message to sender'), 'bounce', 'remove', 'user-unknown', status='5.1.1'),
    Sample('exim domain', text(f'The following address(es) failed:\n\n  {WHO}\n    all relevant MX records point to non-existent hosts\n', head=f'X-Failed-Recipients: {WHO}\n'), 'bounce', 'remove'),
    Sample('sendmail', text(f'   ----- The following addresses had permanent fatal errors -----\n<{WHO}>\n    (reason: 550 5.1.1 <{WHO}>... User unknown)\n\n   ----- Transcript of session follows -----\n... while talking to mx.exemple.fr.:\n>>> DATA\n<<< 550 5.1.1 <{WHO}>... User unknown\n', subject='Returned mail: see transcript for details'), 'bounce', 'remove', 'user-unknown', status='5.1.1'),
    Sample('old sendmail', text(f'   ----- Transcript of session follows -----\n>>> RCPT To:<{WHO}>\n<<< 550 {WHO}... Host unknown\n550 <{WHO}>... Host unknown (Name server: exemple.fr: host not found)\n\n   ----- Unsent message follows -----\n{RETURNED}', subject='Returned mail: Host unknown'), 'bounce', 'remove', 'host-unknown', status='5.1.2'),
    Sample('qmail', text(f"Hi. This is the qmail-send program at relais.test.\nI'm afraid I wasn't able to deliver your message to the following addresses.\nThis is a permanent error; I've given up. Sorry it didn't work out.\n\n<{WHO}>:\n192.0.2.9 does not like recipient.\nRemote host said: 550 sorry, no mailbox here by that name (#5.1.1 - chkusr)\nGiving up on 192.0.2.9.\n\n--- Below this line is a copy of the message.\n\n{RETURNED}"), 'bounce', 'remove', 'user-unknown', status='5.1.1'),
    Sample('netqmail', text(f"<{WHO}>:\nSorry, I couldn't find any host named exemple.fr. (#5.1.2)\n\n--- Below this line is a copy of the message.\n\n{RETURNED}"), 'bounce', 'remove', 'host-unknown', status='5.1.2'),
    Sample('exchange 5.5', text(f"Your message\n\n  To:      {WHO}\n  Subject: L'Echo\n\ndid not reach the following recipient(s):\n\n{WHO} on Mon, 3 Oct 2016 09:00:00 +0200\n    The recipient name is not recognized\n\tThe MTS-ID of the original message is: c=fr;a= ;p=X\n", sender='System Administrator <postmaster@exchange.test>', subject="Undeliverable: L'Echo"), 'bounce', 'remove', 'user-unknown'),
    Sample('office 365', dsn('550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient lea.martin@exemple.fr not found by SMTP address lookup', '5.1.10'), 'bounce', 'remove', 'user-unknown'),
    Sample('office 365 edge', dsn('550 5.4.1 Recipient address rejected: Access denied. AS(201806281) [DB5.prod]', '5.4.1'), 'bounce', 'remove', 'user-unknown'),
    Sample('gmail', dsn("550-5.1.1 The email account that you tried to reach does not exist. Please try 550-5.1.1 double-checking the recipient's email address", '5.1.1'), 'bounce', 'remove', 'user-unknown'),
    Sample('yahoo', text(f"Sorry, we were unable to deliver your message to the following address.\n\n<{WHO}>:\nRemote host said:\n554 delivery error: dd This user doesn't have a yahoo.fr account ({WHO}) [0] - mta1 [BODY]\n\n--- Below this line is a copy of the message.\n\n{RETURNED}"), 'bounce', 'remove', 'user-unknown'),
    Sample('aol', dsn(f'550 5.1.1 <{WHO}>: Recipient address rejected: aol.com', '5.1.1'), 'bounce', 'remove', 'user-unknown'),
    Sample('orange', dsn('550 5.1.1 Adresse d au moins un destinataire invalide. Invalid recipient. OFR_416 [416]', '5.1.1'), 'bounce', 'remove', 'user-unknown'),
    Sample('wanadoo no status', dsn('550 Adresse d au moins un destinataire invalide. Invalid recipient. OFR004_416 [416]', ''), 'bounce', 'remove', 'user-unknown', status='5.1.1'),
    Sample('free', dsn('550 5.1.1 unknown or illegal alias: lea.martin@exemple.fr', '5.0.0'), 'bounce', 'remove', 'user-unknown', status='5.1.1'),
    Sample('sfr', dsn('551 5.5.1 Utilisateur inconnu', '5.5.1'), 'bounce', 'remove', 'user-unknown'),
    Sample('laposte', dsn('550 5.1.1 Boite inconnue. LPN105_416', '5.1.1'), 'bounce', 'remove', 'user-unknown'),
    Sample('gmx', text(f'This message was created automatically by mail delivery software.\n\nA message that you sent could not be delivered to\none or more of its recipients. This is a permanent error.\nThe following address failed:\n\n"{WHO}":\nSMTP error from remote server after RCPT command:\nhost: mx.exemple.fr\n5.1.1 <{WHO}>... User Unknown\n\n--- The header of the original message is following. ---\n\n{RETURNED}', sender='GMX Mailer Daemon <mailer-daemon@gmx.test>'), 'bounce', 'remove', 'user-unknown', status='5.1.1'),
    Sample('1und1 german', text(f'Diese Nachricht wurde automatisch erstellt.\nIhre Nachricht konnte nicht zugestellt werden an die folgende Adresse:\n\n{WHO}\n\nGrund: Empfänger unbekannt\n', subject='Unzustellbar', sender='Mail Delivery System <mailer-daemon@kunde.test>'), 'bounce', 'remove', 'user-unknown'),
    Sample('mail.ru', text(f'Это письмо создано автоматически.\n\n  {WHO}\n    SMTP error from remote mailer after RCPT TO:<{WHO}>:\n    550 нет такого пользователя\n', head=f'X-Failed-Recipients: {WHO}\n'), 'bounce', 'remove', 'user-unknown'),
    Sample('yandex', dsn('550 5.7.1 No such user!', '5.7.1'), 'bounce', 'remove', 'user-unknown'),
    Sample('domino', text(f"Your message\n\n  Subject: L'Echo\n\nwas not delivered to:\n\n  {WHO}\n\nbecause:\n\n  User lea.martin ({WHO}) not listed in Domino Directory\n", subject='DELIVERY FAILURE: User lea.martin not listed in Domino Directory', sender='postmaster@notes.test'), 'bounce', 'remove', 'user-unknown'),
    Sample('notes', text(f'------- Failure Reasons  --------\n\nUser not listed in public Name & Address Book\n{WHO}\n\n------- Returned Message --------\n\n{RETURNED}', sender='Mail Router <mailrouter@notes.test>', subject='Delivery failure'), 'bounce', 'remove', 'user-unknown'),
    Sample('mailenable', text(f'MailEnable: Message could not be delivered to some recipients.\nThe following recipient(s) could not be reached:\n\n\tRecipient: [SMTP:{WHO}]\n\tReason: Remote SMTP Server Returned: 550 user unknown\n\nMessage headers follow:\n\n{RETURNED}', sender='Postmaster <postmaster@me.test>', subject='Message Delivery Failure'), 'bounce', 'remove', 'user-unknown'),
    Sample('interscan', text(f'Unable to deliver message to <{WHO}>. SMTP server error message:\n550 5.1.1 <{WHO}> user unknown\n', sender='InterScan MSS <postmaster@scan.test>', subject='Mail could not be delivered'), 'bounce', 'remove', 'user-unknown', status='5.1.1'),
    Sample('barracuda', dsn(f'550 permanent failure for one or more recipients ({WHO}:550 unknown recipient)', '5.0.0'), 'bounce', 'remove', 'user-unknown'),
    Sample('communigate', text(f"Failed to deliver to '{WHO}'\nSMTP module(domain exemple.fr) reports:\n unknown user account\n", subject='Undeliverable mail'), 'bounce', 'remove', 'user-unknown'),
    Sample('imail', text(f'Unknown user: {WHO}\n\nOriginal message follows.\n\n{RETURNED}', subject='Undeliverable Mail', sender='Postmaster@imail.test'), 'bounce', 'remove', 'user-unknown'),
    Sample('courier', text(f'                     UNDELIVERABLE MAIL\n\nYour message to the following recipients cannot be delivered:\n\n<{WHO}>:\n    mx.exemple.fr [192.0.2.4]:\n>>> RCPT TO:<{WHO}>\n<<< 550 User unknown.\n', subject='NOTICE: mail delivery status.'), 'bounce', 'remove', 'user-unknown'),
    Sample('google groups', text(f"Hello {US},\n\nWe're writing to let you know that the group you tried to contact does not exist:\n\n{WHO}\n550 unknown user\n", subject='Delivery Status Notification (Failure)', head=f'X-Failed-Recipients: {WHO}\n', sender='Mail Delivery Subsystem <mailer-daemon@googlemail.com>'), 'bounce', 'remove', 'user-unknown'),
    Sample('ses report', dsn('550 5.1.1 user unknown', '5.1.1', extra='Remote-MTA: dns; mx.exemple.fr\n'), 'bounce', 'remove', 'user-unknown'),
    Sample('ses json', text('{"notificationType":"Bounce","bounce":{"bounceType":"Permanent","bouncedRecipients":[{"emailAddress":"' + WHO + '","status":"5.1.1","diagnosticCode":"smtp; 550 5.1.1 user unknown"}]}}', sender='no-reply@sns.test', subject='AWS Notification'), 'bounce', 'remove', 'user-unknown', status='5.1.1'),
    Sample('sendgrid', dsn('550 5.1.1 bounced address: unknown user', '5.1.1'), 'bounce', 'remove', 'user-unknown'),
    Sample('zoho', text(f'This message was created automatically by mail delivery software.\n A message that you sent could not be delivered to one or more of its recipients. This is a permanent error.\n\n{WHO} Invalid Address, ERROR_CODE :550, ERROR_CODE :5.1.1 <{WHO}>... User Unknown\n'), 'bounce', 'remove', 'user-unknown'),
    Sample('japanese', _JAPANESE, 'bounce', 'remove', 'user-unknown', status='5.1.1'),
    Sample('french latin-1, no charset', _LATIN, 'bounce', 'remove', 'user-unknown'),
    Sample('null mx', dsn('556 5.1.10 <lea.martin@exemple.fr>: Domain does not accept mail (nullMX)', '5.1.10'), 'bounce', 'remove', 'no-mail-here'),
    Sample('moved', dsn('551 5.1.6 User has moved; please try lea@ailleurs.test', '5.1.6'), 'bounce', 'remove', 'moved'),
    Sample('powermta', dsn('550 rejected', '', extra='X-PowerMTA-BounceCategory: bad-mailbox\n'), 'bounce', 'remove', 'user-unknown'),
    Sample('local alias', dsn('550 5.1.1 user unknown', '5.1.1', who='lea').replace(b'Action: failed', f'Original-Recipient: rfc822; {WHO}\nAction: failed'.encode()), 'bounce', 'remove', 'user-unknown'),
    Sample('verp', text('Your mail could not be delivered: user unknown').replace(f'To: {US}'.encode(), b'To: b+lea.martin=exemple.fr@bounces.agora.example'), 'bounce', 'remove', 'user-unknown'),
    Sample('complaint', arf(), 'complaint', 'remove', 'complaint'),
    Sample('complaint, redacted', arf(fields='Original-Rcpt-To: redacted@aol.com\n'), 'complaint', 'remove', 'complaint'),
    Sample('complaint, old', text(f'X-HmXmrOriginalRecipient: {WHO}\n', sender='staff@hotmail.com', subject='complaint about message from 192.0.2.1', head=f'X-HmXmrOriginalRecipient: {WHO}\n'), 'complaint', 'remove', 'complaint'),
]
# fmt: on

# fmt: off
KEEP = [
    Sample('full, gmail', dsn('552 5.2.2 The email account that you tried to reach is over quota.', '5.2.2'), 'bounce', 'keep', 'mailbox-full'),
    Sample('full, orange', dsn('552 5.1.1 Boite du destinataire pleine. Recipient overquota. OFR_417 [417]', '5.1.1'), 'bounce', 'keep', 'mailbox-full'),
    Sample('full, kddi', text(f'Your mail sent on: Mon, 3 Oct 2016 09:00:00 +0900\n    Could not be delivered to: <{WHO}>\n    As their mailbox is full.\n', sender='no-reply@app.kddi.test <mailer-daemon@app.kddi.test>', subject='Mail System Error'), 'bounce', 'keep', 'mailbox-full'),
    Sample('full, imail', text(f'User mailbox exceeds allowed size: {WHO}\n\nOriginal message follows.\n\n{RETURNED}', subject='Undeliverable Mail'), 'bounce', 'keep', 'mailbox-full', status='5.2.2'),
    Sample('full, german', dsn('552 Postfach ist voll', ''), 'bounce', 'keep', 'mailbox-full', status='5.2.2'),
    Sample('suspended', dsn("554 delivery error: dd This user's account is disabled.", '5.2.1'), 'bounce', 'keep', 'suspended'),
    Sample('suspended, au', text(f'The user(s) account is disabled.\n\n<{WHO}>: 550 user is disabled\n', sender='Postmaster@ezweb.test', subject='Mail System Error - Returned Mail'), 'bounce', 'keep', 'suspended'),
    Sample('expired', dsn('', '4.4.7', says=f'<{WHO}>: delivery time expired'), 'bounce', 'keep', 'expired'),
    Sample('exim timeout', text(f'The following address(es) failed:\n\n  {WHO}\n    retry timeout exceeded\n', head=f'X-Failed-Recipients: {WHO}\n'), 'bounce', 'keep', 'expired'),
    Sample('network', dsn('', '4.4.1', says=f'<{WHO}>: connect to mx.exemple.fr[192.0.2.3]:25: Connection refused'), 'bounce', 'keep', 'network'),
    Sample('loop', dsn('554 5.4.6 Too many hops', '5.4.6'), 'bounce', 'keep', 'network'),
    Sample('restricted', dsn('550 5.7.1 RESOLVER.RST.AuthRequired; authentication required', '5.7.133'), 'bounce', 'keep', 'filtered'),
    Sample('docomo', text(f'The following recipient may be using a filter and rejected by the recipient:\n\n<{WHO}>\n', subject='Undelivered Mail'), 'bounce', 'keep', 'filtered'),
    Sample('system', dsn('451 4.3.0 Internal error, configuration error', '4.3.0'), 'bounce', 'keep', 'system'),
    Sample('greylisted delay', dsn('450 4.7.1 Greylisted, please try again later', '4.7.1', action='delayed'), 'delay', 'keep', 'greylisted'),
    Sample('delay', dsn('', '4.0.0', action='delayed'), 'delay', 'keep', 'delayed'),
    Sample('delay, exim text', text(f'A message that you sent has not yet been delivered to one or more of its recipients after more than 24 hours.\n\nThe address to which the message has not yet been delivered is:\n\n  {WHO}\n\nNo action is required on your part.\n', subject='Warning: message delayed 24 hours'), 'delay', 'keep'),
    Sample('delivered', dsn('250 2.1.5 OK', '2.1.5', action='delivered'), 'none', 'keep', 'delivered'),
    Sample('away', text('Je suis absente.', sender=WHO, subject="Réponse automatique : L'Echo", head='Auto-Submitted: auto-replied\n'), 'auto-reply', 'keep', 'auto-reply'),
    Sample('away, english, no header', text('I am away until Monday.', sender=WHO, subject="Out of Office: L'Echo"), 'auto-reply', 'keep', 'auto-reply'),
    Sample('away, german', text('Ich bin nicht im Büro.', sender=WHO, subject='Abwesenheitsnotiz'), 'auto-reply', 'keep', 'auto-reply'),
    Sample('a letter', f'From: {WHO}\nTo: {US}\nSubject: Merci\n\nMerci pour ce beau numéro.\n'.encode(), 'none', 'keep', 'ordinary', recipient=''),
    Sample('not spam', arf('not-spam'), 'none', 'keep'),
    Sample('unclear', dsn('550 quelque chose', '5.0.0'), 'bounce', 'keep', 'undefined'),
]
# fmt: on

# fmt: off
OURS = [
    Sample('gmail dmarc', dsn("550-5.7.26 Unauthenticated email from agora.example is not accepted due to domain's DMARC policy.", '5.7.26'), 'bounce', 'ours', 'authentication'),
    Sample('gmail reputation', dsn('550-5.7.1 Our system has detected that this message is likely suspicious due to the very low reputation of the sending domain.', '5.7.1'), 'bounce', 'ours', 'blocked'),
    Sample('spf', dsn('550 5.7.23 The message was rejected because of Sender Policy Framework violation', '5.7.23'), 'bounce', 'ours', 'authentication'),
    Sample('ptr', dsn('550 5.7.25 Client host rejected: cannot find your reverse hostname', '5.7.25'), 'bounce', 'ours', 'reverse-name'),
    Sample('spamhaus', dsn('554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org', '5.7.1'), 'bounce', 'ours', 'blocked'),
    Sample('outlook', dsn("550 5.7.1 Unfortunately, messages from [192.0.2.1] weren't sent. Please contact your Internet service provider since part of their network is on our block list (S3140).", '5.7.1'), 'bounce', 'ours', 'blocked'),
    Sample('yahoo tss', dsn('421 4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred due to user complaints', '4.7.0'), 'bounce', 'ours', 'blocked'),
    Sample('orange spam', dsn('550 5.2.0 Mail rejete. Mail rejected. OFR_506 [506]', '5.2.0'), 'bounce', 'ours', 'blocked'),
    Sample('free rate', dsn('421 4.7.0 too many connections from your host', '4.7.0'), 'bounce', 'ours', 'rate-limited'),
    Sample('spam', dsn('554 5.7.1 Message identified as SPAM', '5.7.1'), 'bounce', 'ours', 'spam-detected'),
    Sample('sender domain', dsn(f'450 4.1.8 <{US}>: Sender address rejected: Domain not found', '4.1.8'), 'bounce', 'ours', 'sender-rejected'),
    Sample('relay', text(f'<{WHO}>:\n192.0.2.7 does not like recipient.\nRemote host said: 554 <{WHO}>: Relay access denied\nGiving up on 192.0.2.7.\n'), 'bounce', 'ours', 'relay-denied'),
    Sample('too big', dsn('552 5.3.4 Message size exceeds fixed maximum message size', '5.3.4'), 'bounce', 'ours', 'too-big'),
    Sample('virus', dsn('554 5.7.0 Your message contains a virus', '5.7.0'), 'bounce', 'ours', 'virus'),
    Sample('content', dsn('554 5.6.0 Message content rejected', '5.6.0'), 'bounce', 'ours', 'content'),
    Sample('policy', dsn('550 5.7.1 Message rejected due to local policy', '5.7.1'), 'bounce', 'ours', 'policy'),
    Sample('tls', dsn('530 5.7.0 Must issue a STARTTLS command first', '5.7.0'), 'bounce', 'ours', 'security'),
    Sample('auth-failure report', arf('auth-failure'), 'complaint', 'ours', 'authentication'),
    Sample('delay, blocked', dsn('421 4.7.0 IP address blocked by reputation', '4.7.0', action='delayed'), 'delay', 'ours', 'blocked'),
]
# fmt: on

# fmt: off
BROKEN = [
    Sample('carriage returns alone', _PLAIN.replace(b'\n', b'\r'), 'bounce', 'remove', 'user-unknown'),
    Sample('carriage returns and line feeds', _PLAIN.replace(b'\n', b'\r\n'), 'bounce', 'remove', 'user-unknown'),
    Sample('no last boundary', _PLAIN[:_PLAIN.rindex(b'--B--')], 'bounce', 'remove', 'user-unknown'),
    Sample('cut after the status', _PLAIN[:_PLAIN.index(b'--B\nContent-Type: message/rfc822')], 'bounce', 'remove', 'user-unknown'),
    Sample('wrong boundary', _PLAIN.replace(b'boundary="B"', b'boundary="C"'), 'bounce', 'remove', 'user-unknown'),
    Sample('no boundary', _PLAIN.replace(b'; boundary="B"', b''), 'bounce', 'remove', 'user-unknown'),
    Sample('no status, no action', _PLAIN.replace(b'Status: 5.1.1\n', b'').replace(b'Action: failed\n', b'Status: \n'), 'bounce', 'remove', 'user-unknown'),
    Sample('status with a comment', _PLAIN.replace(b'Status: 5.1.1', b'Status: 5.1.1 (bad mailbox)'), 'bounce', 'remove', 'user-unknown', status='5.1.1'),
    Sample('unknown charset', _PLAIN.replace(b'us-ascii', b'x-martian'), 'bounce', 'remove', 'user-unknown'),
    Sample('NUL octets', _PLAIN.replace(b'could', b'co\x00uld'), 'bounce', 'remove', 'user-unknown'),
    Sample('bytes that are no text', _PLAIN.replace(b'It could', b'\xff\xfe\x80 could'), 'bounce', 'remove', 'user-unknown'),
    Sample('two recipients', _PLAIN.replace(b'--B\nContent-Type: message/rfc822', b'\nFinal-Recipient: rfc822; b@exemple.fr\nAction: failed\nStatus: 5.2.2\n\n--B\nContent-Type: message/rfc822'), 'bounce', 'remove', 'user-unknown'),
    Sample('one delayed, one failed', _PLAIN.replace(b'\nFinal-Recipient:', b'\nFinal-Recipient: rfc822; b@exemple.fr\nAction: delayed\nStatus: 4.4.1\n\nFinal-Recipient:'), 'bounce', 'remove', 'user-unknown'),
    Sample('html only', f"Return-Path: <>\nFrom: postmaster@x.test\nTo: {US}\nSubject: Undeliverable\nContent-Type: text/html\n\n<html><style>a{{}}</style><p>Your message to <b>{WHO}</b> couldn't be delivered.<br>Address not found</p>".encode(), 'bounce', 'remove', 'user-unknown'),
    Sample('quoted-printable', f'Return-Path: <>\nFrom: MAILER-DAEMON@x.test\nTo: {US}\nSubject: Undelivered\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n<{WHO}>:\n550 5.1.1 bo=C3=AEte aux lettres inc=\nonnue\n'.encode(), 'bounce', 'remove', 'user-unknown'),
    Sample('empty', b'', 'none', 'keep', None, ''),
]
# fmt: on

_OFFICE = f"""Your message to {WHO} couldn't be delivered.

lea.martin wasn't found at exemple.fr.

bounces+bZYxeGz9O4oj  Office 365  lea.martin
Action Required  Recipient
Unknown To address

How to Fix It
The address may be misspelled or may not exist. Try one or more of the following:
 - Retype the recipient's address, then resend the message. Clear the AutoComplete, mailbox might be full or blocked

More Info for Email Admins
Status code: 550 5.1.10

Original Message Details
Created Date:    10/31/2017
Sender Address:    {US}
Recipient Address:    {WHO}
Subject:    x

Error Details
Reported error: 550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient {WHO} not found by SMTP address lookup
"""

# fmt: off
STYLES = [
    Sample('o365 text, again', text(_OFFICE, subject='Undeliverable: x', sender='Microsoft Outlook <postmaster@x>'), 'bounce', 'remove'),
    Sample('icewarp, again', text(f'Could not deliver message to the following recipient(s):\n\nFailed Recipient: {WHO}\nReason: Remote host said: 550 5.1.1 The email account that you tried to reach does not exist.\n', sender='System Administrator <x@y.test>', subject='Delivery Failure'), 'bounce', 'remove'),
    Sample('haraka, again', text(f"Hi. This is the Haraka Mailer program at x.\nI'm afraid I wasn't able to deliver your message to the following addresses.\n\n<{WHO}>: Too many failures (Tried all MXs)\n\n--- Below this line is a copy of the message.\n"), 'bounce', 'keep'),
    Sample('postfix relay text fr, again', text(f"Ceci est un message automatique du système de messagerie.\n\nVotre message n'a pas pu être remis.\n\n<{WHO}>: l'hôte mx.exemple.fr a répondu : 550 Boîte aux lettres inexistante\n", head='Content-Type: text/plain; charset=utf-8\n', subject='=?utf-8?q?Message_non_distribu=C3=A9?='), 'bounce', 'remove'),
    Sample('exim relay, again', text(f'A message that you sent could not be delivered to one or more of its\nrecipients. This is a permanent error. The following address(es) failed:\n\n  autre@ailleurs.fr\n    (generated from {WHO})\n    SMTP error from remote mail server after RCPT TO:<autre@ailleurs.fr>:\n    550 5.1.1 User unknown\n', head='X-Failed-Recipients: autre@ailleurs.fr\n'), 'bounce', 'remove'),
    Sample('es, again', text(f'No se ha podido entregar el mensaje a los siguientes destinatarios:\n\n{WHO}\n\nEl usuario no existe\n', subject='No se ha podido entregar: x'), 'bounce', 'remove'),
    Sample('it, again', text(f'Il messaggio non può essere consegnato a:\n\n{WHO}\n\nCasella di posta piena\n', subject='Mancata consegna', head='Content-Type: text/plain; charset=utf-8\n'), 'bounce', 'keep'),
    Sample('it2, again', text(f'Il messaggio non può essere consegnato a:\n\n{WHO}\n\nUtente sconosciuto\n', subject='Mancata consegna', head='Content-Type: text/plain; charset=utf-8\n'), 'bounce', 'remove'),
    Sample('pt, again', text(f'A sua mensagem não foi entregue a:\n{WHO}\nUsuário não encontrado\n', subject='Falha na entrega', head='Content-Type: text/plain; charset=utf-8\n'), 'bounce', 'remove'),
    Sample('nl, again', text(f'Uw bericht kon niet worden bezorgd bij:\n{WHO}\nGebruiker onbekend\n', subject='Onbestelbaar: x'), 'bounce', 'remove'),
    Sample('zh, again', text(f'您的邮件无法送达 {WHO}\n用户不存在\n', subject='退信', head='Content-Type: text/plain; charset=utf-8\n'), 'bounce', 'remove'),
    Sample('pl, again', text(f'Nie ma takiego użytkownika {WHO}\n', subject='Undelivered', head='Content-Type: text/plain; charset=utf-8\n'), 'bounce', 'remove'),
    Sample('smtp; 550 unknown, again', dsn('550 5.2.1 The user you are trying to contact is receiving mail at a rate that prevents additional messages', '5.2.1'), 'bounce', 'keep'),
    Sample('5.4.4 status only, again', dsn('', '5.4.4', says='x'), 'bounce', 'remove'),
    Sample('5.1.1 status only, again', dsn('', '5.1.1', says='x'), 'bounce', 'remove'),
    Sample('5.2.2 status only, again', dsn('', '5.2.2', says='x'), 'bounce', 'keep'),
    Sample('5.7.1 status only, again', dsn('', '5.7.1', says='x'), 'bounce', 'ours'),
    Sample('4.4.1 host timed out, again', dsn('', '4.4.1', says=f'<{WHO}>: connect to mx.exemple.fr[1.2.3.4]:25: Connection timed out'), 'bounce', 'keep'),
    Sample('550 mailbox unavailable, again', dsn('550 mailbox unavailable', '5.0.0'), 'bounce', 'remove'),
    Sample('rp-001, again', dsn("421 RP-001 (SNT) Unfortunately, some messages from 1.2.3.4 weren't sent. rate limit", '4.0.0'), 'bounce', 'ours'),
    Sample('uribl, again', dsn('554 5.7.1 [P4] Message blocked due to spam content in the message.', '5.7.1'), 'bounce', 'ours'),
    Sample('barracuda2, again', dsn('550 5.7.1 Message content rejected due to [SPF] IP', '5.7.1'), 'bounce', 'ours'),
    Sample('mimecast, again', dsn('550 Administrative prohibition - envelope blocked - https://community.mimecast.com', '5.0.0'), 'bounce', 'ours'),
    Sample('fwd list, again', dsn('550 5.7.1 The group only accept messages from people in its organization or allowed senders list', '5.7.1'), 'bounce', 'keep'),
    Sample('qq, again', dsn('550 Mailbox not found. http://service.mail.qq.com', '5.0.0'), 'bounce', 'remove'),
    Sample('163, again', dsn('550 User suspended', '5.0.0'), 'bounce', 'keep'),
    Sample('kundenserver, again', dsn('550 Requested action not taken: mailbox unavailable For explanation visit http://postmaster.1and1.com/en/error-messages?ip=%1s', '5.0.0'), 'bounce', 'remove'),
    Sample('gmx policy, again', dsn('554 Transaction failed Reject due to policy restrictions. For explanation visit http://postmaster.gmx.com', '5.0.0'), 'bounce', 'ours'),
    Sample('t-online, again', dsn('554 IP=1.2.3.4 - A problem occurred. Ask your postmaster for help or to contact tosa@rx.t-online.de to clarify. (BL)', '5.0.0'), 'bounce', 'ours'),
    Sample('comcast, again', dsn('550 5.1.1 Not our Customer', '5.1.1'), 'bounce', 'remove'),
    Sample('att, again', dsn('553 5.3.0 flpd DNSBL:RBL 521< 1.2.3.4 >_is_blocked. For assistance forward this error to abuse_rbl@abuse-att.net', '5.3.0'), 'bounce', 'ours'),
    Sample('cox, again', dsn('552 5.2.0 message rejected - mailbox over quota AUP#QU', '5.2.0'), 'bounce', 'keep'),
    Sample('verizon, again', dsn('550 4.2.1 mailbox temporarily disabled', '4.2.1'), 'bounce', 'keep'),
    Sample('mailru full, again', dsn("550 Message was not accepted -- recipient's mailbox is over quota", '5.0.0'), 'bounce', 'keep'),
    Sample('rambler, again', dsn('550 5.7.1 Policy rejection on the target address', '5.7.1'), 'bounce', 'ours'),
    Sample('orange numbers', dsn('550 5.1.0 Emetteur invalide. Invalid Sender. OFR_415 [415]', '5.1.0'), 'bounce', 'ours', 'sender-rejected'),
    Sample('laposte numbers', dsn('550 5.5.0 Service refuse. Veuillez essayer plus tard. LPN007_510', '5.5.0'), 'bounce', 'ours', 'blocked'),
    Sample('laposte archived', dsn('550 5.1.1 Boite du destinataire archivee. Archived recipient. LPN007 420', '5.1.1'), 'bounce', 'keep', 'suspended'),
    Sample('forwarded by hand lists nobody', dsn('550 5.1.1 user unknown', '5.1.1', who='').replace(b'Final-Recipient: rfc822; \n', b'Final-Recipient: rfc822; <>\n'), 'bounce', 'remove', 'user-unknown'),
    Sample('activehunter style', text(f'----- Transcript of session follows -----\n>>> {WHO} <{WHO}>\n\n 550 sorry, no mailbox here by that name (#5.1.1 - chkusr)\n', head='X-AHMAILID: 1\n', subject='FAILURE NOTICE :'), 'bounce', 'remove'),
    Sample('james style', text(f"Hi. This is the James mail server at james.test.\nI'm afraid I wasn't able to deliver your message to the following addresses.\nThis is a permanent error; I've given up. Sorry it didn't work out.  Below\nI include the list of recipients and the reason why I was unable to deliver\nyour message.\n\nMessage details:\n  Subject: x\n  MAIL FROM: {US}\n  RCPT TO: {WHO}\n  From: {US}\n  To: {WHO}\n\nError message below:\n550 - Requested action not taken: no such user here\n", subject='[BOUNCE]', sender='postmaster@james.test'), 'bounce', 'remove'),
    Sample('mfilter style', text(f'-------server message\n550 5.1.1 unknown user <{WHO}>\n\n-------original message\n{RETURNED}', subject='failure notice', head='X-Mailer: m-FILTER\n'), 'bounce', 'remove'),
    Sample('mailfoundry style', text(f'This is a bounce message generated by the MailFoundry\n\nUnable to deliver message to: <{WHO}>\nDelivery failed for the following reason:\nServer mx22.x.org[192.0.2.222] failed with: 550 <{WHO}> No such user here\n\nThis has been a permanent failure.  No further delivery attempts will be made.\n', subject='Message delivery has failed'), 'bounce', 'remove'),
    Sample('messaging server style', text(f'This report relates to a message you sent with the following header fields:\n\n  Message-id: <E1@a.b>\n  Date: Mon\n  From: {US}\n  To: {WHO}\n  Subject: x\n\nYour message cannot be delivered to the following recipients:\n\n  Recipient address: {WHO}\n  Reason: Remote SMTP server has rejected address\n  Diagnostic code: smtp;550 5.1.1 <{WHO}>... User Unknown\n  Remote system: dns;mx.exemple.fr\n', sender='Internet Mail Delivery <postmaster@x.test>', subject='Delivery Notification: Delivery has failed'), 'bounce', 'remove'),
    Sample('messaging over quota style', text(f'Your message cannot be delivered to the following recipients:\n\n  Recipient address: lea@ims-ms-daemon\n  Original address: {WHO}\n  Reason: Over quota\n', sender='Internet Mail Delivery <postmaster@x.test>', subject='Delivery Notification: Delivery has failed'), 'bounce', 'keep'),
    Sample('opensmtpd style', text(f'    Hi!\n\n    This is the MAILER-DAEMON, please DO NOT REPLY to this e-mail.\n\n    An error has occurred while attempting to deliver a message for\n    the following list of recipients:\n\n{WHO}: 550 5.2.2 <lea@exemple>... Mailbox Full\n\n    Below is a copy of the original message:\n\n{RETURNED}', subject='Delivery status notification'), 'bounce', 'keep'),
    Sample('surfcontrol style', text(f'Your message could not be sent.\nA transcript of the attempts to send the message follows.\nThe number of attempts made: 1\nAddressed To: {WHO}\n\nThu 29 Apr 2010 23:34:45 +0900\nFailed to send to identified host,\n{WHO}: [192.0.2.5], 550 {WHO}... No such user\n --- Message non-deliverable.\n', sender='Mail Delivery System <md@x>', subject='Message Delivery Failure'), 'bounce', 'remove'),
    Sample('mcafee style', text(f'Your message could not be delivered\n--- The following addresses had delivery problems ---\n\n<{WHO}>   (User unknown {WHO})\n', subject='Delivery Status', sender='Mail Delivery Subsystem <x@y.test>'), 'bounce', 'remove'),
    Sample('exch2007 fr style', text(f"Échec de la remise à ces destinataires ou groupes :\n\n{WHO}\nL'adresse de messagerie que vous avez entrée n'a pas pu être trouvée.\n\nInformations de diagnostic pour les administrateurs :\n\nServeur de génération : mta22.neko.test\n\n{WHO}\n#550 5.1.1 RESOLVER.ADR.RecipNotFound; not found ##\n\nEn-têtes de message d'origine :\n\n{RETURNED}", sender='Microsoft Exchange <postmaster@x>', subject="Non remis : L'Echo", head='Content-Type: text/plain; charset=utf-8\n'), 'bounce', 'remove'),
    Sample('exch quota style', text(f"Generating server: mta2.test\n\n{WHO}\n#552 5.2.2 The recipient's mailbox is full ##\n\nOriginal message headers:\n\n{RETURNED}", sender='postmaster@x', subject="Undeliverable: L'Echo"), 'bounce', 'keep'),
    Sample('verizon style', text(f'Message could not be delivered to mobile.\nError: No valid recipients for this MM\n\nOriginal Message:\nFrom: {US}\nTo: {WHO}\nSubject: t\n', sender='sysadmin@a.vzwpix.test', subject='Undeliverable Message'), 'bounce', 'remove'),
    Sample('gmail old style', text(f'This is an automatically generated Delivery Status Notification\n\nDelivery to the following recipient failed permanently:\n\n     {WHO}\n\nTechnical details of permanent failure: \nGoogle tried to deliver your message, but it was rejected by the recipient domain. We recommend contacting the other email provider for further information about the cause of this error. The error that the other server returned was: 550 550 <{WHO}>: User unknown (state 14).\n\n   ----- Original message -----\n\n{RETURNED}', sender='Mail Delivery Subsystem <mailer-daemon@googlemail.com>', subject='Delivery Status Notification (Failure)'), 'bounce', 'remove'),
    Sample('gmail delay style', text(f'This is an automatically generated Delivery Status Notification\n\nTHIS IS A WARNING MESSAGE ONLY.\n\nYOU DO NOT NEED TO RESEND YOUR MESSAGE.\n\nDelivery to the following recipient has been delayed:\n\n     {WHO}\n\nMessage will be retried for 2 more day(s)\n\nTechnical details of temporary failure: \nThe recipient server did not accept our requests to connect.\n', sender='Mail Delivery Subsystem <mailer-daemon@googlemail.com>', subject='Delivery Status Notification (Delay)'), 'delay', 'keep'),
    Sample('gmail dns style', text(f'Delivery to the following recipient failed permanently:\n\n     {WHO}\n\nTechnical details of permanent failure: \nDNS Error: Domain name not found\n', sender='Mail Delivery Subsystem <mailer-daemon@googlemail.com>', subject='Delivery Status Notification (Failure)'), 'bounce', 'remove'),
    Sample('ezweb style', text(f'Each of the following recipients was rejected by a remote\nmail server.\n\n   Recipient: <{WHO}>\n   >>> RCPT TO:<{WHO}>\n   <<< 550 <{WHO}>: User unknown\n', sender='<Postmaster@au.test>', subject='Mail System Error - Returned Mail'), 'bounce', 'remove'),
    Sample('exim de style', text(f'Diese E-Mail wurde automatisch vom Mailserver erzeugt.\n\nDie Zustellung an die folgende Adresse ist fehlgeschlagen:\n\n  {WHO}\n    SMTP error from remote mail server after end of data:\n    host mx [1.2.3.4]: 554 Transaction failed, spam\n', head=f'X-Failed-Recipients: {WHO}\n'), 'bounce', 'ours'),
    Sample('x1 style', text(f'The original message was received at Thu, 29 Apr 2010 23:34:45 +0900 (JST)\nfrom mx.test\n\n ----- The following addresses had permanent fatal errors -----\n\n   {WHO}\n   (reason: user unknown)\n', sender='"Mail Deliver System" <x@y.test>', subject='Returned Mail: lea'), 'bounce', 'remove'),
    Sample('mailmarshal style', text(f'Your message:\n   From:    {US}\n   To:      {WHO}\n   Subject: x\n\nCould not be delivered because of\n\n550 5.1.1 User unknown\n\nThe following recipients were affected:\n    {WHO}\n\nAdditional Information\n', subject='Undeliverable Mail: x', sender='admin@mm.test'), 'bounce', 'remove'),
    Sample('delay postfix text style', text(f'This is the mail system at host x.test.\n\n####################################################################\n# THIS IS A WARNING ONLY.  YOU DO NOT NEED TO RESEND YOUR MESSAGE. #\n####################################################################\n\nYour message could not be delivered for more than 4 hour(s).\nIt will be retried until it is 5 day(s) old.\n\n<{WHO}>: connect to mx[1.2.3.4]:25: Connection timed out\n', subject='Delayed Mail (still being retried)'), 'delay', 'keep'),
    Sample('postfix full text style', text(f"This is the mail system at host x.test.\n\nI'm sorry to have to inform you that your message could not\nbe delivered to one or more recipients. It's attached below.\n\nFor further assistance, please send mail to postmaster.\n\nIf you do so, please include this problem report. You can\ndelete your own text from the attached returned message.\n\n                   The mail system\n\n<{WHO}>: host mx.exemple.fr[192.0.2.3] said: 550 5.1.1 <{WHO}>: Recipient address\n    rejected: User unknown (in reply to RCPT TO command)\n", subject='Undelivered Mail Returned to Sender'), 'bounce', 'remove'),
    Sample('forwarded style', dsn('550 5.1.1 user unknown', '5.1.1', who='autre@ailleurs.fr', extra=f'Original-Recipient: rfc822;{WHO}\n'), 'bounce', 'remove'),
    Sample('dsn sieve style', dsn("550 5.7.1 message refused by recipient's filter", '5.7.1'), 'bounce', 'keep'),
    Sample('ofr 4xx style', dsn('421 4.7.0 Service refuse. Veuillez essayer plus tard. Service refused, please try later. OFR_108', '4.7.0'), 'bounce', 'ours'),
    Sample('x-unix style', dsn('', '5.3.0').replace(b'Status: 5.3.0', b'Status: 5.3.0\nDiagnostic-Code: x-unix; procmail: Quota exceeded while writing'), 'bounce', 'keep'),
    Sample('aol blk style', dsn('554 RLY:BL http://postmaster.info.aol.com/errors/554rlybl.html', '5.0.0'), 'bounce', 'ours'),
    Sample('554 5.7.1 access denied style', dsn('554 5.7.1 <mx.us>: Client host rejected: Access denied', '5.7.1'), 'bounce', 'ours'),
    Sample('hotmail ou style', dsn("550 OU-002 (COL004) Unfortunately, messages from 1.2.3.4 weren't sent", '5.0.0'), 'bounce', 'ours'),
    Sample('hotmail gone style', dsn('550 Requested action not taken: mailbox unavailable (1234)', '5.5.0'), 'bounce', 'remove'),
    Sample('icloud full style', dsn('552 5.2.2 <x>: user is over quota', '5.2.2'), 'bounce', 'keep'),
    Sample('550 5.7.1 rejected style', dsn('550 5.7.1 Message rejected', '5.7.1'), 'bounce', 'ours'),
    Sample('laposte 513 style', dsn('554 5.7.1 Service unavailable; mail rejected LPN007_510', '5.7.1'), 'bounce', 'ours'),
    Sample('docomo, after data', text('   ----- The following addresses had permanent fatal errors -----\n<lea@docomo.ne.jp>\n    (reason: 550 Unknown user lea@docomo.ne.jp)\n\n>>> DATA\n<<< 550 Unknown user lea@docomo.ne.jp\n'), 'bounce', 'keep', 'filtered', 'lea@docomo.ne.jp'),
    Sample('two recipients, two reasons', text(f'The following address(es) failed:\n\n  {WHO}\n    550 user unknown\n  b@exemple.fr\n    552 mailbox full\n'), 'bounce', 'remove', 'user-unknown'),
    Sample('bracketed reason', text(f'The original message was received at Mon, 3 Oct 2016 09:00:00 +0900\nfrom {US}\n\n---The following addresses had delivery errors---\n\n{WHO} [User unknown]\n', subject="Returned Mail: L'Echo"), 'bounce', 'remove', 'user-unknown'),
    Sample('starred recipient', text(f'Delivery to the following recipients failed permanently:\n\n  * {WHO}\n\nTechnical details:\n\nSMTP:RCPT host 192.0.2.8: 553 5.3.0 <{WHO}>... No such user here\n'), 'bounce', 'remove', 'user-unknown'),
    Sample('error count', text(f'1 error(s):\n\nSMTP Server <mta2.test> rejected recipient <{WHO}>\n  (Error following RCPT command). It responded as follows: [550 5.1.1 User unknown]\n', subject='There was an error sending your mail', sender='x@y.test'), 'bounce', 'remove', 'user-unknown'),
]
# fmt: on

SAMPLES = [*REMOVE, *KEEP, *OURS, *BROKEN, *STYLES]
