"""Rows for what is refused because of us: our address, our set-up, our mail. Verdict: ours, nobody is removed."""

from __future__ import annotations

from services.mailer.bounces.reasons import Reason
from services.mailer.bounces.tongues import NOT_FROM_HERE, NOT_FROM_US, NOT_THIS, TOO_LARGE, TOO_MANY, UNWANTED

AUTHENTICATION = Reason(
    "authentication",
    "ours",
    "5.7.26",
    codes=("7.20", "7.21", "7.22", "7.23", "7.24", "7.26", "7.29", "7.30", "7.509"),
    phrases=(
        "spf mail from check", "spf~failed",
        "spf check", "spf fail", "spf record", "spf soft", "spf validation", "spf policy", "spf unauthorized",
        "spf (sender", "by spf", "failed spf", "spf:", "sender policy framework", "openspf", "dkim", "domainkeys",
        "dmarc", "(auth:", "unauthenticated email", "email is unauthenticated", "unauthenticated mail",
        "is not authenticated", "not authorized to send", "not an authorized relay",
        "is not allowed to send mail from", "not permitted sender", "message was not authenticated",
        "authentication-results", "not pass authentication", "sender id", "authentication checks failed", "ofr_spf",
        "fails to pass authentication", "authentification de l'expediteur",
    ),
)  # fmt: skip

REVERSE_NAME = Reason(
    "reverse-name",
    "ours",
    "5.7.25",
    codes=("7.25",),
    phrases=(
        "(ptr)", "requires ptr", "ptr and spf", "dns says does not exist", "dns inverso", "dns inverse",
        "helo~not valid", "ehlo argument", "dns check failure", "aup#cxdns",
        "reverse dns", "ptr record", "no ptr", "ptr lookup", "rdns", "reverse lookup", "reverse hostname",
        "generic ptr", "cannot find your hostname", "cannot find your reverse", "cannot resolve your address",
        "reverse name", "ip name lookup failed", "lookup failed for your", "forged hostname", "generic dns ptr",
        "dns ptr", "fcrdns", "domain * mismatches client ip", "unresolvable relay host", "unable to lookup your",
        "access denied. ip name", "dns inverse", "enregistrement ptr", "all mail servers must have a ptr",
        "helo command", "helo name", "invalid helo", "helo host", "bad helo", "ehlo command rejected",
    ),
)  # fmt: skip

REPUTATION = Reason(
    "blocked",
    "ours",
    "5.7.1",
    codes=("7.500", "7.606", "7.511", "7.513", "7.750"),
    phrases=(
        "accept connections from", "too many unknown", "a problem occurred", "connection refused from",
        "want mail from", "not welcome", "n'acceptons pas",
        "no aceptamos", "traffic not accepted", "due to abuse",
        "too many bounces", "not allowed access from", "is listed on",
        "is listed at", "permanently deferred",
        "too many bad commands", "sender ip address", "no valid recipients from", "bounce attacks", "rbl reject",
        "esmtp not accepting connections", "ip not in whitelist", "aup#",
        "email over ipv6",
        "invalid ip for", "bad ip profile", "network not allowed", "unwanted messages have been sent",
        "not allowed to connect", "listed as abusive", "refused to talk to me: 5", "drbl.", "bulk.advertising",
        "ask your postmaster",
        "rly:b", "rly:sn", "dnsbl:",
        "blacklist", "black list", "blacklisted", "blocklist", "block list", "blocked list", "denylist", "dnsbl",
        "an rbl", "rbl:", "by rbl", "rbl lookup", "rblsmtpd", "rbl list", "spamhaus", "spamcop",
        "barracudanetworks.com/reputation", "barracudacentral", "sorbs", "cloudmark", "senderbase",
        "proofpoint.com/dnsbl", "trendmicro", "uceprotect", "spamrats", "invaluement", "abuseat", "backscatterer",
        "hostkarma", "reputation", "banned sending ip", "banned ip", "ip is banned", "blocked using", "ip blocked",
        "blocked ip", "ip address * blocked", "is blocked by", "has been blocked by", "blocked by our",
        "host blocked", "server * is blocked", "host is blocked", "client host rejected", "client host blocked",
        "client host [", "access from ip", "is on our block", "part of their network is on our block",
        "temporarily deferred due to user complaints", "user complaints", "[tss", "[ts0", "connection blocked",
        "connection refused by policy", "dynamic ip", "dynamic/residential", "residential ip", "open relay",
        "open proxy", "rejecting open proxy", "confirm this mail server", "server requires confirmation",
        "bad sender ip", "not currently accepting mail from your", "no access from mail server",
        "access from your network", "s3140", "s3150", "(dyn:", "(rly:", "(rtr:", "(con:", "ofr_102", "ofr004_104",
        "ofr_506", "ofr_999", "lpn007", "lpn101", "lpn104", "lpn107", "adresse ip * bloquee", "ip bloquee",
        "bloque pour cause",
        "liste noire", "looks suspiciously like spammer", "use the smtp server of your isp", "blocked senders",
        "hosts with dynamic", "blocked for abuse", "too many invalid recipients", "too many spam",
        "suspicious due to the very low", "network is temporary", "spambl", "550 sc-001", "550 sc-002", "sc-004",
        "dy-001", "dy-002", "ou-001", "ou-002", "blocked - see", "has a poor reputation",
        "messages from * weren't sent", "has been temporarily blocked", "mail from * refused",
        "bad-connection blocked",
    ),
    hints=(
        "your ip", "ip-adresse", "go away",
    ),
    sayings=NOT_FROM_HERE,
)  # fmt: skip

SPAM = Reason(
    "spam-detected",
    "ours",
    "5.7.1",
    phrases=(
        "как спам", "スパム", "스팸",
        "likely suspicious", "filtered by outbound", "banned content", "rejecting mail content", "being spam",
        "filters rate",
        "considered spam", "considered as spam", "classified as spam", "detected as spam", "identified as spam",
        "looks like spam", "looked like spam", "is spam", "was spam", "as spam", "likely spam", "possible spam",
        "probable spam", "spam message", "spam content", "spam detected", "spam filter", "spam-like", "spam email",
        "spam mail", "spam score", "spamassassin", "spam rejected", "rejected as spam", "anti-spam", "antispam",
        "unsolicited bulk", "appears to be spam", "likely unsolicited", "high spam", "hit * spam", "rejected by spam",
        "appears to be unsolicited",
        "message * spam", "cmae", "blocked as spam", "spam is not", "contains spam", "no spam", "no-spam",
        "don't send spam", "junk mail", "content looks like", "spamming", "spam quarantine", "considered junk",
        "(hvu:", "considere comme spam", "indesirable", "pourriel", "als spam", "spam erkannt", "spam-verdacht",
        "spamverdacht", "come spam", "como spam", "spam-related", "spamblock", "迷惑メール", "垃圾邮件", "ofr_500",
        "lpn105_1",
    ),
    hints=(
        "spam.", "spam", "x-spam", "bulk mail", "as bulk", "unsolicited", "surbl", "uribl",
    ),
    sayings=UNWANTED,
)  # fmt: skip

SENDER = Reason(
    "sender-rejected",
    "ours",
    "5.1.8",
    codes=("1.7", "1.8", "1.9", "7.27", "7.512"),
    phrases=(
        "mail from~mismatch", "message sending for", "outgoing email disabled", "accept mails from", "sender verify",
        "postmaster verification", "your domain~not exist", "remitente invalid",
        "remetente invalid", "mittente sconosciut", "remitente no existe",
        "sender address~not valid", "sender address~not exist", "sender address~not found", "expediteur~inconnu",
        "expediteur~n'existe", "expediteur~inexistant", "absender~existiert nicht", "absender~unbekannt",
        "remitente~no existe", "mittente~inesistente",
        "blank from", "bogus mail from", "not allowed as a from", "unregistered domain", "unresolvable rfc.5321",
        "mail from not owned", "unroutable sender", "unrouteable sender", "different address or alias",
        "empty email address", "purported responsible", "from: domain", "registered gateway user",
        "mx records for * violat", "recursive cname", "fully qualified email address", "returned mail not accepted",
        "resent-from field",
        "invalid dns mx",
        "batv", "emetteur invalide", "email address is not verified",
        "third-party dsn", "backscatter protection",
        "sender address rejected", "sender rejected", "sender denied", "sender verify failed", "sender verification",
        "sender domain", "sender is rejected", "sender unknown", "unknown sender", "invalid sender", "sender invalid",
        "bad sender", "sender blocked", "sender refused", "sender address * reject", "sender's address",
        "domain of sender", "sender email address", "envelope sender", "badmailfrom", "bad mail from",
        "mail from domain", "mail from: rejected", "no mail from", "could not verify sender", "could not verify your",
        "empty envelope sender", "null sender", "rejecting bounce", "rejected from", "we don't accept mail from",
        "we do not accept mail from", "does not accept mail from", "doesn't accept mail from",
        "not accept mail from you", "not accepting mail from", "refused * mail from", "expediteur refuse",
        "expediteur inconnu", "adresse expediteur", "absender * abgelehnt", "absenderadresse", "mittente rifiutato",
        "mittente * non", "remitente rechazado", "to: must match", "from: header", "domain of the sender",
        "you are not allowed to send to", "in reply to mail from", "mail_from",
    ),
    hints=(
        "from address", "return address", "return path", "your domain", "from header", "sender not",
    ),
    sayings=NOT_FROM_US,
)  # fmt: skip

RELAY = Reason(
    "relay-denied",
    "ours",
    "5.7.1",
    phrases=(
        "use~as relay", "local user only", "only allowed for local users", "allowed to relay", "no longer relays",
        "not allowed to relay", "not local host", "specified domain is not allowed", "don't handle mail for",
        "do not handle mail for",
        "relaying denied", "relay access denied", "relay denied", "relay not permitted", "relaying not",
        "relay not allowed", "unable to relay", "relaying prohibited", "relaying is prohibited",
        "relay is prohibited", "relay operation rejected", "not permitted to relay", "we do not relay",
        "we don't relay", "this system is not configured to relay", "no relaying", "relaying mail to",
        "may not relay", "cannot relay", "relay refused", "not a relay", "that domain isn't in my list",
        "that domain is not in my list", "insecure mail relay",
        "mail relay denied", "not local to this", "relay of mail", "relayer * refuse", "relais refuse",
        "relais interdit", "weiterleitung nicht erlaubt", "must be authenticated to relay", "relay rejected",
        "relaying to", "not in our domain list", "as a relay", "not a gateway",
    ),
)  # fmt: skip

SECURITY = Reason(
    "security",
    "ours",
    "5.7.0",
    codes=("7.3", "7.4", "7.5", "7.6", "7.7", "7.8", "7.9", "7.10", "7.11", "7.14"),
    phrases=(
        "auth failed", "with authentication", "receive your mail before", "requires encryption", "requires tls",
        "high-strength ciphers",
        "unauthenticated sender", "verification failure", "not authorized to perform", "account not subscribed",
        "authentication required", "authentication failed", "authentication turned on", "authentification requise",
        "starttls", "tls required", "tls handshake", "tls negotiation", "tls * failed", "encryption required",
        "must authenticate", "requires authentication", "authentication needed", "authentication credentials",
        "smtp auth", "not authenticated", "server does not support encryption", "does not support tls",
        "please authenticate", "verify your identity",
    ),
    hints=(
        "certificate", "must be authenticated",
    ),
)  # fmt: skip

VIRUS = Reason(
    "virus",
    "ours",
    "5.7.0",
    phrases=(
        "password protected", "extension is forbidden",
        "executable files", "images or other attachments",
        "virus", "malware", "infected", "trojan", "phishing", "worm found", "attachment blocked", "banned file",
        "attachment * not allowed", "potentially executable", "executable content", "ce message contient un",
        "prohibited attachment", "banned attachment", "illegal attachment", "security threat", "dangerous attachment",
    ),
    hints=(
        "file type",
    ),
)  # fmt: skip

CONTENT = Reason(
    "content",
    "ours",
    "5.6.0",
    codes=("6.0", "6.1", "6.2", "6.3", "6.5", "6.6", "6.7", "6.8"),
    phrases=(
        "eingebetteten bildern", "too many links", "links contained", "valid message-id", "content reject",
        "mime/reject", "mime error",
        "invalid data", "required standards", "no date header",
        "invalid characters", "invalid mime", "header is too long", "message depth exceeded",
        "invalid message content",
        "binary content", "base64 encoding", "header are not",
        "multiple subject", "rfcmessagenoncompliant", "without to: field", "to: field",
        "message content rejected", "content rejected", "content restriction", "content filter", "contenu refuse",
        "headers are not", "header error", "duplicate header", "multiple from", "rfc 5322", "rfc5322", "rfc 2822",
        "rfc2822", "rfc 822 compliant", "not rfc", "missing header", "header missing", "improper use of 8-bit",
        "charset not", "bare lf", "bare newline", "invalid header", "line too long", "too many hops in header",
        "blocked url", "url in", "contenido rechazado", "messagewontaccept",
    ),
    hints=(
        "malformed", "links in", "message format", "unacceptable", "with attachments", "messages with", "stray",
        "contenu du message", "message header",
    ),
)  # fmt: skip

POLICY = Reason(
    "policy",
    "ours",
    "5.7.1",
    codes=("7.0", "7.1", "7.2"),
    phrases=(
        "bounced by administrator", "data before greeting", "members-only list", "not allowed to post",
        "closed mailing list",
        "not subscribed to this group",
        "captcha", "given low priority", "messages with multiple addresses",
        "organization policy", "organizational settings", "protocol violation", "mass mailer",
        "policy violation", "policy reasons", "policy reason", "violates * policy", "local policy", "against policy",
        "by policy", "policy rejection", "security policy", "administrative policy", "policy restriction",
        "mail policy", "message policy", "denied by policy", "rejected due to policy", "rejected for policy",
        "due to security", "site policy", "policy-related", "message refused by", "message rejected by",
        "administrative prohibition", "administratively", "refused by policy", "rejected by header",
        "has been blocked", "message blocked", "mail refused", "refused to accept your mail", "message denied",
        "message filtered", "closed policy", "closed-loop", "legal reasons", "service refused", "raison de securite",
        "not allowed to send",
    ),
    hints=(
        "politique", "richtlinie", "policies", "prohibited by", "was blocked", "is blocked", "sieve", "blocked by",
        "access denied", "denied", "blocked", "rejected", "refused", "prohibited", "permission", "transaction failed",
        "policy", "restricted", "refuse", "abgelehnt", "rifiutato", "rechazado", "no permit", "spoof", "filter",
        "banned", "quarantine", "mailbox access",
    ),
    sayings=NOT_THIS,
)  # fmt: skip

RATE = Reason(
    "rate-limited",
    "ours",
    "4.7.28",
    codes=("7.28", "5.3", "7.232", "7.233", "7.705", "7.708"),
    phrases=(
        "sending rate", "rate too high", "trop d'envois",
        "try again later, closing connection", "thread limit", "excessive volume", "max message per connection",
        "frequency limited",
        "max emails per hour", "numerous attempts to deliver", "message threshold", "messages per session",
        "exceeded permitted limits",
        "rate limit", "rate-limit", "ratelimit", "limit exceeded for", "too many messages", "too many mails",
        "too many emails", "too many connections", "too many concurrent", "too many sessions",
        "too many simultaneous", "too many recipients", "too many smtp", "too many requests", "too many errors",
        "too many invalid", "too fast", "sending limit", "daily limit", "hourly limit", "daily quota",
        "sending quota", "message quota", "hourly quota", "maximum number of connections",
        "connections from your host", "connection limit", "connection rate", "exceeded the rate", "throttl",
        "slow down", "unusual rate", "trop de connexions", "trop de messages", "zu viele verbindungen",
        "zu viele nachrichten", "ofr_109", "ofr_108", "ofr004_105", "lpn105_4", "lpn104_4",
        "receiving mail at a rate", "receiving mail too quickly", "sent too many", "recipients per",
        "connections per", "max defers and failures per hour", "defer_fail_hour", "exceeded * sending", "mxrt",
    ),
    sayings=TOO_MANY,
)  # fmt: skip

TOO_BIG = Reason(
    "too-big",
    "ours",
    "5.3.4",
    codes=("3.4",),
    phrases=(
        "maximum email size", "line limit exceeded",
        "message too large for", "taille limite", "incoming message size", "inbound message size",
        "message size exceeds", "message too big", "message too large", "message is too big", "message is too large",
        "size limit", "message size limit", "exceeds fixed maximum", "exceeds maximum message size",
        "exceeds the maximum", "exceeded maximum", "exceeds maximum", "maximum message size", "max message size",
        "message file too big", "mail file too", "size exceeds", "exceeds size", "message length exceeds",
        "exceeds administrative limit", "message size * exceed", "size of the message", "larger than the",
        "taille maximale", "trop volumineux", "trop gros", "taille du message", "zu gross", "zu groß",
        "nachricht * groesse", "troppo grande", "demasiado grande", "メールサイズ",
    ),
    hints=(
        "too big", "too large",
    ),
    sayings=TOO_LARGE,
)  # fmt: skip
