"""Rows for what is temporary, or the recipient's own affair: their limits, their filters, the road. Verdict: keep."""

from __future__ import annotations

from services.mailer.bounces.reasons import Reason
from services.mailer.bounces.tongues import ASLEEP, NO_ROOM

FULL = Reason(
    "mailbox-full",
    "keep",
    "5.2.2",
    codes=("2.2",),
    phrases=(
        "error writing message", "maximum mailbox size", "messages on this mailbox", "larger than the space",
        "trouble in home directory", "mailbox~too many messages", "boite~trop de messages", "postfach~zu viele",
        "not have enough space", "enough disk space", "box space not enough", "reached disk quota",
        "mailbox full", "mailbox is full", "mailbox * is full", "mailbox * full", "inbox is full", "inbox full",
        "mailfolder is full", "mail box full", "mbox full", "user is overquota", "over quota", "overquota",
        "over-quota", "quota exceed", "exceeded quota", "exceeds quota", "exceeded * quota", "exceeds * quota",
        "quota * exceeded", "quota full", "quota violation", "disk quota", "exceeded storage", "exceeds allowed size",
        "exceeded the space limit", "exceeded its limit", "out of storage", "out of space", "storage allocation",
        "storage limit", "storage quota", "insufficient mailbox", "insufficient quota", "not enough space",
        "not enough storage", "no space left", "user has exhausted", "mailbox size limit", "mailbox has exceeded",
        "mailbox exceeded", "mailbox exceeds", "mailbox would exceed", "mailbox quota", "account is full",
        "account full", "account is temporarily over", "has too many messages on the server", "maildir * over",
        "maildir delivery failed", "vmailbox over", "isn't enough space", "boite pleine", "boite * pleine",
        "boite * saturee", "quota depasse", "espace * insuffisant", "depasse * quota", "plus d'espace", "est pleine",
        "est plein", "postfach voll", "postfach * voll", "postfach ist voll", "speicherplatz", "casella piena",
        "casella * piena", "casilla * llena", "buzon * lleno", "buzon lleno", "cuota excedida", "caixa * cheia",
        "mailbox vol", "ящик * переполнен", "переполнен", "メールボックス * 一杯", "容量", "ofr_417", "ofr004_417",
        "rcp-p2 * full", "quota-issues", "邮箱已满", "空间不足", "over their quota", "bigger than its limit",
        "full mailbox",
        "mailsize limit exceeded", "mail file size exceeds",
    ),
    hints=(
        "message store", "too much mail", "quota has been",
    ),
    sayings=NO_ROOM,
)  # fmt: skip

SUSPENDED = Reason(
    "suspended",
    "keep",
    "5.2.1",
    codes=("2.1", "7.13"),
    phrases=(
        "mailbox is blocked", "account is blocked", "blocked due to inactivity", "disabled due to inactivity",
        "user~temporarily blocked", "disabled incoming",
        "banned recipient", "boite du destinataire archivee", "temporary locked", "recipient suspend the service",
        "temporarily inactive",
        "account disabled", "account is disabled", "account * disabled", "account has been disabled",
        "mailbox disabled", "mailbox is disabled", "mailbox * disabled", "user is disabled", "user disabled",
        "address disabled", "address is disabled", "account suspended", "account is suspended", "account * suspended",
        "has been suspended", "temporarily suspended", "mailbox suspended", "domain suspended", "account inactive",
        "account is inactive", "account * inactive", "inactive user", "inactive account", "mailbox is inactive",
        "mailbox inactive", "user is inactive", "user not active", "user inactive", "is not active",
        "not been active", "account is not active", "account unavailable", "account is locked", "account locked",
        "mailbox locked", "mailbox is locked", "user suspended", "mailbox is frozen", "mailbox frozen", "deactivated",
        "account expired", "account has expired", "expired account", "mailbox expired", "has been discontinued",
        "account is temporarily limited", "account is restricted", "currently inactive", "currently suspended",
        "hibernat", "invalid/inactive user", "over usage", "is currently not available", "archived recipient",
        "no longer active", "inactive-mailbox", "compte desactive", "compte suspendu", "compte * desactive",
        "boite * desactivee", "boite * suspendue", "compte bloque", "konto deaktiviert", "konto gesperrt",
        "postfach gesperrt", "postfach * deaktiviert", "account disattivato", "casella disabilitata",
        "casella * disattivata", "cuenta suspendida", "cuenta deshabilitada", "ofr_421_s", "usuario desactivado",
        "учетная запись * отключ", "ящик * заблокирован", "account that you tried to reach is disabled",
        "inactive. learn more", "usuario inactivo", "compte inactif", "temporarily disabled",
    ),
    hints=(
        "frozen", "discontinued", "not accepting mail", "is suspended", "mailbox currently", "due to inactivity",
    ),
    sayings=ASLEEP,
)  # fmt: skip

RECIPIENT_LIMIT = Reason(
    "recipient-limit",
    "keep",
    "5.2.3",
    codes=("2.3",),
    phrases=(
        "recipient thread limit",
        "user is receiving mail", "message receive limit", "recipient has exceeded their limit",
        "recipient's size limit", "exceeds the recipient", "maximum size allowed by the recipient",
        "limits set by the recipient", "limit set by the recipient", "taille autorisee par le destinataire",
        "recipsizelimit",
        "message length exceeds administrative limit", "recipient is receiving mail", "recipient is receiving too",
        "user you are trying to contact is receiving", "destinataire * recoit trop", "recipientthrottled",
    ),
)  # fmt: skip

FILTERED = Reason(
    "filtered",
    "keep",
    "5.2.1",
    codes=("2.0", "2.4", "1.4", "7.133", "7.124", "7.136", "7.12", "7.15", "7.16"),
    phrases=(
        "accepted in whitelist", "doesn't want", "does not want", "rejected by this user",
        "user rules", "refuses to receive",
        "only accepting mail from specific", "recipient preferences", "account is protected by",
        "refuse to receive mail", "restricted sms",
        "resolver.rst", "authrequired", "notauthorized", "recipient's mailbox is configured to reject", "user reject",
        "because the recipient is not accepting", "recipient is not accepting", "is not accepting mail",
        "not accepting messages", "due to extended inactivity", "user's filter", "recipient's filter",
        "recipient filter", "rejected by the recipient", "rejected by recipient", "recipient has blocked",
        "recipient refuses", "you have been blocked by the recipient", "you do not have permission to send",
        "don't have permission to send", "permission to send to this recipient", "restricted address",
        "only accepts mail from", "only accept mail from", "accepts messages only from", "allowed senders",
        "not on the allowed", "sender not in whitelist", "allowlist", "posting to this group",
        "may not exist, or you may not have permission", "to post messages to the group", "permission to post",
        "not a member of", "non-member", "nonmember", "only members", "only subscribers", "user refused",
        "refused by recipient", "bloque par le destinataire", "受信拒否", "拒否", "rejected by user",
        "rejected per user",
        "user has blocked", "does not wish to receive", "bounced by recipient",
    ),
    hints=(
        "challenge", "moderat", "whitelist", "recipient refused", "delivery restriction",
    ),
)  # fmt: skip

GREYLISTED = Reason(
    "greylisted",
    "keep",
    "4.7.1",
    phrases=(
        "greylist", "grey list", "grey-list", "graylist", "gray list", "gray-list", "postgrey", "liste grise",
        "try again in", "come back later", "verification in progress", "liste d'attente",
    ),
    hints=(
        "please try again later", "try later", "retry in",
    ),
)  # fmt: skip

EXPIRED = Reason(
    "expired",
    "keep",
    "4.4.7",
    codes=("4.1", "4.7"),
    phrases=(
        "was not delivered within", "did not accept our requests to connect",
        "retry timeout exceeded", "retry time not reached", "retry time exceeded", "delivery time expired",
        "time expired", "message expired", "delivery expired", "message timed out",
        "could not be delivered for more than", "undeliverable for", "been in the queue too long",
        "in queue too long", "too long in queue", "queue for too long", "queue too long",
        "wasn't able to establish an smtp connection", "giving up on it", "could not be delivered for",
        "unable to deliver * for * hours", "not been delivered after", "delivery timed out", "maximum retry",
        "maximum lifetime", "delai * depasse", "delai d'attente", "laenger als", "tempo scaduto", "tiempo agotado",
        "connection timed out", "operation timed out", "timed out", "delivery temporarily suspended", "max retries",
    ),
    hints=(
        "timeout", "time out", "time-out", "gave up", "number of attempts", "after * hours", "after * days",
        "too old", "depuis plus de", "seit mehr als", "expired",
    ),
)  # fmt: skip

NETWORK = Reason(
    "network",
    "keep",
    "4.4.1",
    codes=("4.0", "4.2", "4.3", "4.6", "4.14", "4.316"),
    phrases=(
        "name server reply", "no relevant answers",
        "could not contact dns servers", "mxloopback", "could not find a gateway",
        "connection refused", "conection refused", "connection reset", "connection lost", "lost connection",
        "connection dropped",
        "connection closed", "connection was dropped", "connection broken", "connection died", "connection failed",
        "connection error", "network is unreachable", "network unreachable", "no route to host",
        "host is unreachable", "host unreachable", "host is down", "host down", "not answering", "couldn't connect",
        "could not connect", "unable to connect", "can't connect", "cannot connect", "failed to connect", "mail loop",
        "mail forwarding loop", "loops back to", "mail is looping", "routing loop", "too many hops",
        "hop count exceeded", "maximum hop", "loop detected", "too many received", "temporary name server",
        "temporary lookup failure", "name server timeout", "dns temporary", "temporarily unable to", "broken pipe",
        "socket error", "remote host closed", "injoignable", "connexion impossible", "connexion refusee",
        "nicht erreichbar", "host or domain name not found * try again", "conversation * timed out",
        "no-answer-from-host", "routing-errors", "temporary dns", "temporary server error",
    ),
    hints=(
        "verbindung", "no answer", "bad connection", "network error", "name service error", "no servers",
        "unable to reach", "not responding",
    ),
)  # fmt: skip

SYSTEM = Reason(
    "system",
    "keep",
    "5.3.0",
    codes=("3.0", "3.1", "3.3", "3.5", "4.5", "5.1", "5.2", "5.4", "5.5"),
    phrases=(
        "duplicated message-id",
        "local error", "internal error", "system error", "configuration error", "local configuration", "config error",
        "insufficient system", "system storage", "out of memory", "insufficient disk", "disk full", "can't create",
        "cannot create", "i/o error", "temporary system", "temporary local problem", "temporary error",
        "temporarily unavailable", "service unavailable", "service not available", "command died", "procmail",
        "maildrop", "command failed", "unknown mailer error", "exit status", "can't exec", "couldn't deliver",
        "alias loop", "local_scan", "write error", "cannot store", "mail server temporarily", "resources temporarily",
        "system resources", "queue file", "erreur interne", "erreur de configuration", "fehler im system",
        "interner fehler", "errore interno", "error interno", "command not recognized", "syntax error",
        "bad sequence", "unrecognized command", "unknown command", "protocol error",
    ),
    hints=(
        "mail system", "deferred", "unexpected", "lmtp", "aliasing", "no space", "try again later",
        "permission denied", "server error", "pipe to", "temporary failure", "misconfigur", "server configuration",
        "mailer error",
    ),
)  # fmt: skip

NOT_ACCEPTING = Reason(
    "not-accepting",
    "keep",
    "5.3.2",
    codes=("3.2",),
    phrases=(
        "system not accepting", "not accepting network messages", "does not accept any mail",
        "server is not accepting", "mail server is shutting", "not accepting connections", "no smtp service here",
        "not currently accepting", "does not accept connections",
    ),
)  # fmt: skip
