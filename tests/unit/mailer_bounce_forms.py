# ruff: noqa: E501 - a mail on one line is easier to compare than a folded one
"""Mails that come back in forms that old relays, gateways and providers use. Names and places are invented."""

from __future__ import annotations

from tests.unit.mailer_bounce_samples import US, WHO, Sample, arf, dsn, text


def said(name: str, answer: str, verdict: str, reason: str | None = None) -> Sample:
    """A relay's answer in a report whose status says nothing."""
    return Sample(name, dsn(f"550 {answer}", ""), "bounce", verdict, reason)


_INNER = dsn("", "5.1.1").decode().replace('boundary="B"', 'boundary="I"').replace("--B", "--I")
_WRAPPED = (
    f"Return-Path: <>\nFrom: postmaster@mx.test\nTo: {US}\nSubject: Delivery Status Notification (Failure)\nMIME-Version: 1.0\n"
    'Content-Type: multipart/mixed; boundary="O"\n\n--O\nContent-Type: message/rfc822\n\n'
    f"{_INNER}\n--O\nContent-Type: text/plain\n\nThis e-mail is confidential.\n--O--\n"
).encode()
_NO_HEAD = text(
    "This message is in MIME format.\n\n------=_P\nContent-Type: text/plain\n\nYour message\n\n  To: K12\n  Subject: Virus on the site\n\n"
    f"did not reach the following recipient(s):\n\n{WHO} on Fri, 18 Oct 2002 09:13:24\n    The recipient name is not recognized\n\n"
    "------=_P\nContent-Type: message/rfc822\n\nFrom: x@ailleurs.example\nTo: k12 <k12@ailleurs.example>\nSubject: Virus on the site\n\nA virus.\n",
    subject="Undeliverable: Virus on the site",
)
_THANKS = f"Return-Path: <>\nFrom: Lea Martin <{WHO}>\nTo: {US}\nSubject: Merci\nPrecedence: bulk\n\nMerci de votre message, je reviens vers vous.\n"
_AWAY = f"From: Lea Martin <{WHO}>\nTo: {US}\nSubject: L'Echo\n\nHello,\nI am out of the office until Tuesday.\n"

_FORMS = [
    Sample("a report inside a mail", _WRAPPED, "bounce", "remove", "user-unknown"),
    Sample("parts without a head", _NO_HEAD, "bounce", "remove", "user-unknown"),
    Sample(
        "a name of the inside",
        dsn(
            "", "5.0.0 (recipient reached disk quota)", who="lea@store-3", extra=f"Original-Recipient: rfc822; {WHO}\n"
        ),
        "bounce",
        "keep",
        "mailbox-full",
    ),
    Sample(
        "a local name alone",
        text(
            f"Your mail to the following recipients could not be delivered because they are not accepting mail from {US}:\n\tlea.martin\n",
            sender="Mail Delivery Subsystem <MAILER-DAEMON@exemple.fr>",
        ),
        "bounce",
        "ours",
        "sender-rejected",
    ),
    Sample(
        "a local name with its reason",
        text(
            "The message that you sent was undeliverable to the following:\n\n\tlea.martin (mailbox is full)\n",
            sender="Mailer-Daemon@exemple.fr",
            subject="Message status - undeliverable",
        ),
        "bounce",
        "keep",
        "mailbox-full",
    ),
    Sample(
        "an x400 address",
        text(
            f"Your message did not reach the following recipient(s):\n\nc=FR;a= ;p=X;o=Y;dda:SMTP={WHO}; on Fri, 4 Oct 2002\n    The recipient name is not recognized\n",
            subject="Undeliverable: L'Echo",
        ),
        "bounce",
        "remove",
        "user-unknown",
    ),
    Sample(
        "a directory that proposes another",
        text(
            f"The address to\nwhich your message was addressed, {WHO}, did not exactly match an\naddress here. Perhaps:\n\n  L. Martin   lmartin@exemple.fr\n",
            sender="postmaster@exemple.fr",
            subject="FAILED MAIL",
        ),
        "bounce",
        "remove",
        "user-unknown",
    ),
    *(
        Sample(
            f"a report as {kind}",
            dsn("550 5.1.1 unknown user", "5.1.1").replace(b"message/delivery-status", kind.encode()),
            "bounce",
            "remove",
            "user-unknown",
        )
        for kind in ('application/octet-stream; name="details.dat"', "message/xdelivery-status")
    ),
    Sample(
        "away, in french, said in the text only",
        f"From: Lea <{WHO}>\nTo: {US}\nSubject: Re: L'Echo\n\nBonjour, actuellement en congés, à bientôt.\n".encode(),
        "auto-reply",
        "keep",
    ),
    *(
        Sample(
            f"a program that says so, {first}",
            f"From: Lea <{WHO}>\nTo: {US}\nSubject: Re: L'Echo\n\n{first}\nMerci.\n".encode(),
            "auto-reply",
            "keep",
        )
        for first in (
            "Ceci est une réponse automatique.",
            "This is an automated response. We have your message.",
            "I apologize for this automatic reply to your mail.",
            "Dies ist eine automatische Antwort.",
            "Este es un mensaje automático.",
        )
    ),
    Sample(
        "a person who speaks of an automatic answer",
        f"From: Lea <{WHO}>\nTo: {US}\nSubject: Re: L'Echo\n\nJ'ai reçu votre réponse automatique.\n".encode(),
        "none",
        "keep",
        recipient="",
    ),
    Sample("an account that is expired", dsn("550 User account is expired", ""), "bounce", "keep", "suspended"),
    Sample(
        "undeliverable in spanish",
        text(
            f"No se puede contactar con los siguientes destinatarios:\n\n   {WHO} el 12/10/2016\n"
            "      La cuenta de correo no existe en la organización.\n      <mx.exemple.fr #5.1.1>\n",
            sender="Administrador del sistema <postmaster@exemple.fr>",
            subject="No se puede entregar: L'Echo",
        ),
        "bounce",
        "remove",
        "user-unknown",
    ),
    Sample("thanks without a return path", _THANKS.encode(), "auto-reply", "keep", "auto-reply"),
    Sample("away, said in the text only", _AWAY.encode(), "auto-reply", "keep", "auto-reply"),
    Sample(
        "away in polish",
        f"From: Lea <{WHO}>\nTo: {US}\nSubject: [Automatyczna odpowiedz] L'Echo\nPrecedence: junk\n\nx\n".encode(),
        "auto-reply",
        "keep",
    ),
    Sample(
        "a list that turns round",
        text(
            f"Duplicated Message-ID in <{WHO}>.\n\n\nOriginal mail as follows:\n\n   From: {US}\n",
            sender=US,
            subject="Loop Alert: Duplicated Message-ID (liste ML)",
        ),
        "bounce",
        "keep",
        "system",
    ),
    Sample(
        "a gate that asks for a proof",
        f"From: noreply@mailinblack.com\nTo: {US}\nSubject: Confirmez\n\nVotre message attend.\n".encode(),
        "auto-reply",
        "keep",
        recipient="noreply@mailinblack.com",
    ),
    Sample(
        "an address with accents in a report of its own kind",
        dsn("", "5.1.1", who="léa@exemple.fr")
        .replace(b"rfc822; l", b"utf-8; l")
        .replace(b"message/delivery-status", b"message/global-delivery-status"),
        "bounce",
        "remove",
        recipient="léa@exemple.fr",
    ),
    # Words that nobody reads mean what the moment tells: after the mail was sent, the mail; before the recipient was
    # named, our address; at the recipient, nothing that would remove them.
    *(
        Sample(
            f"unread words {moment}",
            text(f"<{WHO}>: host mx.test said: 550 Zzz zzz ({moment})\n"),
            "bounce",
            verdict,
            reason,
        )
        for moment, verdict, reason in (
            ("in reply to end of DATA command", "ours", "policy"),
            ("in reply to MAIL FROM command", "ours", "sender-rejected"),
            ("in reply to RCPT TO command", "keep", "undefined"),
        )
    ),
    Sample(
        "unread words for a while, after the mail was sent",
        text(f"<{WHO}>: host mx.test said: 450 Zzz zzz (in reply to end of DATA command)\n"),
        "bounce",
        "keep",
    ),
    # Whom we wrote to is asked for, not the mailbox behind it; the mail that comes back tells which is which.
    Sample(
        "an alias that a relay followed",
        text(f"<tom@interne.fr> (expanded from <{WHO}>): user unknown\n"),
        "bounce",
        "remove",
        "user-unknown",
    ),
    Sample(
        "an alias in Sendmail's words",
        text(f"<tom@interne.fr>\n    (reason: 550 5.1.1 User unknown)\n    (expanded from: <{WHO}>)\n"),
        "bounce",
        "remove",
        "user-unknown",
    ),
    Sample(
        "a forward in a report",
        dsn("550 5.1.1 No such user", "5.1.1", who="tom@ailleurs.fr", extra=f"Original-Recipient: rfc822; {WHO}"),
        "bounce",
        "remove",
        "user-unknown",
    ),
    Sample(
        "a relay that rewrote the original address",
        dsn("550 5.1.1 No such user", "5.1.1", extra="Original-Recipient: rfc822; lea@passerelle.test"),
        "bounce",
        "remove",
        "user-unknown",
    ),
    # An address is read from its first character on, whatever word it begins with, and ends before "...".
    *(
        Sample(f"an address after {before!r}", text(f"{before}{who}{after}\n"), "bounce", "remove", "user-unknown", who)
        for before, who, after in (
            ("Invalid final delivery userid: ", "userx@exemple.fr", ""),
            ("Delivery failed, user unknown: ", "user.lea@exemple.fr", ""),
            ("No such user. Could not deliver mail ", "tom@exemple.fr", ""),
            ("The recipient does not exist. ", "recipients@exemple.fr", " is not known."),
            ("\t* [lea.martin@exemple.fr]: 550 ", "lea.martin@exemple.fr", "...User unknown"),
        )
    ),
    Sample(
        "a status with the meaning of its code",
        dsn(f"550 RCPT TO:<{WHO}> max message size exceeded", "5.1.1 (bad destination mailbox address)"),
        "bounce",
        "ours",
        "too-big",
    ),
    said("space in few words", 'mail "(0), ErrMsg=mail box space not enough, account=lea "', "keep", "mailbox-full"),
    said("a code in words", "BAD_RECIPIENT - see http://mx.test/bad", "remove", "user-unknown"),
    said("unsolicited", "Mail appears to be unsolicited -- report errors by telephone", "ours", "spam-detected"),
    said("helo", "HELO/EHLO argument is invalid", "ours", "reverse-name"),
    said("frequency", "Ip frequency limited", "ours", "rate-limited"),
    said("thread", "exceeding outbound thread limit", "ours", "rate-limited"),
    said("forbidden extension", "attachment extension is forbidden", "ours", "virus"),
    said("encryption by policy", "this route requires encryption (TLS)", "ours", "security"),
    said("whole size", "maximum email size exceeded", "ours", "too-big"),
    said("an own list", "RBL Reject.", "ours", "blocked"),
    said("receiving too quickly", "User is receiving mail too quickly", "keep", "recipient-limit"),
    # We were refused: nobody is removed for it, whatever the words say of a recipient or a mailbox.
    *(
        Sample(f"refused us: {answer}", dsn(f"550 {answer}", status), "bounce", "ours")
        for answer, status in (
            ("The recipient's server refuses to accept your mail from 192.0.2.1 (policy)", "5.7.1"),
            ("recipient has been denied by our spam filter", "5.7.1"),
            ("mailbox is not allowed to receive mail from your domain", "5.7.1"),
            ("Sender's mailbox is not allowed", "5.7.1"),
            ("server rejected recipients: too many recipients per session", "4.5.3"),
        )
    ),
    Sample(
        "unknown, and our address told",
        dsn("550 5.1.1 no such user (sender ip 192.0.2.1)", "5.1.1"),
        "bounce",
        "remove",
        "user-unknown",
    ),
    Sample(
        "a stray line in the head",
        text(f"<{WHO}>:\nThis address no longer exists.\n").replace(
            b"Return-Path: <>", "Reçu par là".encode("latin-1")
        ),
        "bounce",
        "remove",
        "user-unknown",
    ),
    said("room", f"Account(s) <{WHO}> does not have enough space", "keep", "mailbox-full"),
    said("size of what comes in", "exceeded maximum inbound message size", "ours", "too-big"),
    said("size for this person", "Message too large for this mailbox", "ours", "too-big"),
    said("size in french", "Taille limite du message atteinte", "ours", "too-big"),
    said("address of the network", "INVALID IP FOR SENDING MAIL OF DOMAIN agora.example", "ours", "blocked"),
    said("refused at the door", "refused to talk to me: 554 Connection refused", "ours", "blocked"),
    said("network", "host network not allowed", "ours", "blocked"),
    said("abusive", "server IP 192.0.2.1 listed as abusive", "ours", "blocked"),
    said("two subjects", "There are multiple Subject headers", "ours", "content"),
    said("no To", "Messages without To: fields are not accepted here", "ours", "content"),
    said("program in an archive", "executable files are not allowed in archives", "ours", "virus"),
    said("not owned", "Mail from not owned by user", "ours", "sender-rejected"),
    said("route of the sender", "unroutable sender address", "ours", "sender-rejected"),
    said("domain of From", "From: domain is invalid", "ours", "sender-rejected"),
    said("not for us", "we don't handle mail for that domain", "ours", "relay-denied"),
    said("closed list", "this is a closed mailing list", "ours", "policy"),
    said("group", "you are not allowed to post to this mailing list", "ours", "policy"),
    said("per hour", "domain has exceeded the max emails per hour (30)", "ours", "rate-limited"),
    said("suspicious", "our system has detected that this message is likely suspicious", "ours", "spam-detected"),
    said("rules of a person", "message rejected due to user rules", "keep", "filtered"),
    said("a person refuses", "the user refuses to receive this mail", "keep", "filtered"),
    said("badly answered name", "malformed or unexpected name server reply", "keep", "network"),
    said("userid", f"Invalid final delivery userid: {WHO}", "remove", "user-unknown"),
    said("not present", "mailbox not present", "remove", "user-unknown"),
    said("no such recipient in bad english", "recipient not exist", "remove", "user-unknown"),
    said("denied recipient", "sorry, your envelope recipient has been denied (#5.7.1)", "remove", "user-unknown"),
    said(
        "no list of users", "sorry, that domain or user isn't in my list of allowed rcpthosts", "remove", "user-unknown"
    ),
    said("german", "weil die Adresse nicht gefunden wurde", "remove", "user-unknown"),
    said("no access", f"mailbox {WHO} unavailable or access denied", "remove", "user-unknown"),
    said("la poste, sender", "5.5.3 Mail from not owned by user. LPN105_421", "ours", "sender-rejected"),
    said("la poste, account", "Le compte du destinataire est bloque. LPN007_426", "keep", "suspended"),
    said("la poste, later", "Service refuse. Veuillez essayer plus tard. LPN007_505", "keep", "system"),
    said("orange, size", "Taille limite OUK_514", "ours", "too-big"),
    said("la poste, dmarc", "Message refused LPN007_517", "ours", "authentication"),
    # Refused before the recipient was named, so about us, whatever the words.
    *(
        Sample(f"refused before the recipient: {stage}", text(f"  {WHO}\n    {stage}\n"), "bounce", "ours")
        for stage in (
            f"SMTP error from remote mail server after MAIL FROM:<{US}> SIZE=900:\n    550 5.1.1 agora.example does not exist",
            f"host mx.exemple.fr said: 550 unknown user <{US}> (in reply to MAIL\n    FROM command)",
            "SMTP error after initial connection: 550 No such domain agora.example",
            "host mx.exemple.fr said: 504 mx.agora.example: Host not found (in reply to EHLO command)",
            f">>> MAIL From:<{US}> SIZE=900\n<<< 550 {US}... User unknown",
            "Connected to 192.0.2.5 but sender was rejected.\nRemote host said: 550 no such user",
        )
    ),
    Sample("status about the sender", dsn("550 5.1.7 Invalid address", "5.1.7"), "bounce", "ours", "sender-rejected"),
    Sample(
        "a door that is never open",
        text(f"<{WHO}>: host exemple.fr said: 521 host does not accept mail (in reply to EHLO)"),
        "bounce",
        "remove",
        "no-mail-here",
    ),
    Sample(
        "two that failed, in quotation marks",
        text(
            f'"{WHO}":\nSMTP error after RCPT command:\n5.2.1 <{WHO}>... User unknown\n'
            '"paul@exemple.fr":\nSMTP error after RCPT command:\n5.2.2 <paul@exemple.fr>... Mailbox full\n'
        ),
        "bounce",
        "remove",
        "user-unknown",
    ),
    Sample(
        "an answer to our subject",
        text(
            f"Error: Invalid user address\n\nMessage details:\n  MAIL FROM: {US}\n  RCPT TO: {WHO}\n",
            sender="post_master@phone.test",
            subject="Re: L'Echo",
        ).replace(b"Return-Path: <>\n", b""),
        "bounce",
        "remove",
        "user-unknown",
    ),
    Sample(
        "a name server that did not answer, on two lines",
        text(f"<{WHO}>: Name service error for domain exemple.fr: Host not\n    found, try again"),
        "bounce",
        "keep",
        "network",
    ),
    said("our quota", "You've reached your daily relay quota", "ours", "rate-limited"),
    said("our quota of messages", "Throttled: daily message quota exceeded", "ours", "rate-limited"),
    said("our quota of the day", "5.4.5 Daily sending quota exceeded", "ours", "rate-limited"),
    said("our quota of submission", "5.2.2 Submission quota exceeded", "ours", "rate-limited"),
    said("a threshold", "Message threshold exceeded", "ours", "rate-limited"),
    said("a session", "max number of messages per session reached", "ours", "rate-limited"),
    said("permitted limits", "mx.agora.example has exceeded permitted limits within 1 hour", "ours", "rate-limited"),
    said("bad commands", "too many bad commands from 192.0.2.1", "ours", "blocked"),
    said("refused for a while", "4.7.850 Access denied, please try again later", "ours", "blocked"),
    said("the organisation refuses our network", "5.7.507 Access denied, rejected by recipient", "ours", "blocked"),
    said("address of the sender's network", "Sender IP address rejected", "ours", "blocked"),
    said("before the greeting", "ESMTP no data before greeting", "ours", "policy"),
    said("bogus", "bogus mail from", "ours", "sender-rejected"),
    said("an address that is a number", "IP addresses are not allowed as a From: address", "ours", "sender-rejected"),
    said("no relay", "not allowed to relay through this machine", "ours", "relay-denied"),
    said("lines", "500 Line limit exceeded", "ours", "too-big"),
    said("headers of parts", "this message contains invalid MIME headers", "ours", "content"),
    said("a long header", "X-Trace header is too long", "ours", "content"),
    said(
        "file of a mailbox", "Mail file size exceeds the maximum size allowed for mail delivery", "keep", "mailbox-full"
    ),
    said("what one may receive", "recipient's per hour message receive limit exceeded", "keep", "recipient-limit"),
    said("banned recipient", "5.7.505 Access denied, banned recipient", "keep", "suspended"),
    said("an invented domain", "5.1.4 Recipient address reserved by RFC 2606", "remove", "user-unknown"),
    said(
        "too many this hour",
        f"5.1.1 <{WHO}> 192.0.2.1 has sent to too many recipients this hour",
        "ours",
        "rate-limited",
    ),
    said("a policy that says unknown", f"5.1.1 <{WHO}> mailbox delivery failure policy error", "ours", "policy"),
    said("nobody valid, from us", "5.5.1 Error: no valid recipients from 192.0.2.1", "ours", "blocked"),
    said("filtered on the way out", "filtered by outbound scanning", "ours", "spam-detected"),
    said("mailbox not allowed", "Recipient mailbox is not allowed", "remove", "user-unknown"),
    said("hops", "Message has exceeded maximum hop count", "keep", "network"),
    said("no mail for this domain", "an MX or SRV record indicated no SMTP service", "remove", "no-mail-here"),
    said("names that are not told", "lookup of exemple.fr had no relevant answers", "keep", "network"),
    said("japanese directory", "ユーザー Lea は Domino ディレクトリには見つかりません", "remove", "user-unknown"),
    said("japanese list", "ディレクトリのリストにありません", "remove", "user-unknown"),
    Sample(
        "a transcript of several",
        text(
            "550 <paul@ailleurs.example>... Host unknown\n"
            f">>> RCPT To:<{WHO}>\n<<< 550 No such user here\n550 <{WHO}>... User unknown\n"
        ),
        "bounce",
        "remove",
        "user-unknown",
    ),
    Sample(
        "a notification whose line a relay broke",
        text(
            '{"Message": "{\\"notificationType\\":\\"Bounce\\",\\"bounce\\":{\\"bouncedRecipients\\":[{\\"emailAddress\\":'
            f'\\"{WHO}\\",\\"diagnosticCode\\":\\"550 user unknown\\"}}]}},\\"mail\\":{{\\"sub!\n ject\\":\\"L\\"}}}}"}}',
            sender="SNS <no-reply@cloud.test>",
            subject="Notification",
        ).replace(b"Return-Path: <>\n", b""),
        "bounce",
        "remove",
        "user-unknown",
    ),
    Sample(
        "a complaint that a list passed on",
        arf(
            fields="",
            returned=f"Delivered-To: echo@liste.test\nX-Original-To: echo@liste.test\nFrom: {US}\nTo: {WHO}\n\nx",
        ),
        "complaint",
        "remove",
    ),
    Sample(
        "a server that counts networks nobody can verify",
        text(
            f"The address to which it has not yet been delivered is:\n\n  {WHO}\n    Delay reason: SMTP error after MAIL FROM:<{US}>:\n"
            "    450 this host takes one unverified sending IP a day\n",
            subject="Warning: message 41 delayed 24 hours",
        ),
        "delay",
        "ours",
    ),
    Sample(
        "a local part that is an encoded word",
        text("<=?utf-8?B?w6k=?=@exemple.fr>: 550 5.1.1 No such user\n"),
        "bounce",
        "remove",
        "user-unknown",
        "=?utf-8?B?w6k=?=@exemple.fr",
    ),
    Sample(
        "refused by the recipient's server is no filter of the recipient",
        text(
            f"Delivery to the following recipient failed:\n\n     {WHO}\n\nWe tried, but it was rejected by the recipient domain. "
            "The other server answered: 554 5.7.0 Malformed header (state 18).\n"
        ),
        "bounce",
        "ours",
    ),
    Sample(
        "a command that a server does not know, after the mail",
        dsn(
            "504 Parameter not supported",
            "5.0.0",
            says=f"<{WHO}>: 504 Parameter not supported (in reply to end of DATA command)",
        ),
        "bounce",
        "keep",
        "system",
    ),
    Sample(
        "a domain that a telephone operator hosts",
        dsn(
            "550 Unknown user",
            "5.2.0",
            says=f"<{WHO}>: host mx9.docomo.ne.jp[192.0.2.1] said: 550 Unknown user (in reply to end of DATA command)",
        ),
        "bounce",
        "keep",
        "filtered",
    ),
    Sample(
        "a list of the person's own",
        dsn("550 5.7.1 Sender denylisted by recipient", "5.7.1"),
        "bounce",
        "keep",
        "filtered",
    ),
    Sample("a bare code of one operator", dsn("554 (CON:B1)", "5.0.0"), "bounce", "ours", "blocked"),
    Sample(
        "a sender's domain without records",
        dsn("550 Domain may not exist or DNS check failed. QQ", "5.0.0"),
        "bounce",
        "ours",
    ),
    Sample(
        "too many mails at once",
        dsn("550 Mailbox unavailable or access denied. QQ", "5.0.0"),
        "bounce",
        "keep",
        "recipient-limit",
    ),
    Sample(
        "who does not sign in",
        dsn("550 Clients of this relay must be authenticated", "5.0.0"),
        "bounce",
        "ours",
        "security",
    ),
    Sample(
        "what a filter adds to every clean mail",
        dsn("", "5.1.1", says=f"Delivery failed: {WHO}\n** This mail was scanned for all viruses by Clean Mail **"),
        "bounce",
        "remove",
        "user-unknown",
    ),
    said("a service that lets nobody in unasked", "Sender not pre-approved, see the notice above", "keep", "filtered"),
    Sample("a server that is away", dsn("4.4.4 Temporary server error. ATTR5", "4.4.4"), "bounce", "keep", "network"),
    said("tried as often as may be", "Exceeded maximum delivery attempts", "keep", "expired"),
    Sample("an address that cannot be delivered", dsn("554 undeliverable address", "5.0.0"), "bounce", "remove"),
]
FORMS = [one._replace(name=f"form: {one.name}") for one in _FORMS]
