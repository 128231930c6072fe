"""Rows for addresses where nobody is: the mailbox, the domain, or the person's move. Verdict: remove."""

from __future__ import annotations

from services.mailer.bounces.reasons import Reason

USER_UNKNOWN = Reason(
    "user-unknown",
    "remove",
    "5.1.1",
    codes=("1.1", "1.3", "1.0"),
    phrases=(
        "does not have an account", "not user of this server", "server don't exists", "bad recipient address",
        "unavailable mail user",
        # relays: Postfix, Exim, Sendmail, qmail, Courier, Communigate, IMail, MailEnable, Domino, Exchange
        "user unknown", "unknown user", "user is unknown", "unknown recipient", "recipient unknown",
        "unknown local part", "unknown local-part", "unknown mailbox", "mailbox unknown", "unknown address",
        "address unknown", "unknown account", "no such user", "no such recipient", "no such mailbox",
        "no such address", "no such account", "no such person", "no such local user", "no mailbox here by that name",
        "no mailbox by that name", "no account by that name", "no mailbox found",
        "no mail box available for this user", "no user with that name", "no one at this address", "user not found",
        "user was not found", "user * was not found", "recipient not found", "recipientnotfound",
        "recipient notfound", "mailbox not found", "address not found", "account not found", "user not exist",
        "user does not exist", "user doesn't exist", "user * does not exist", "user * doesn't exist",
        "user not known", "does not exist here", "mailbox does not exist", "mailbox doesn't exist",
        "mailbox * does not exist", "account does not exist", "account that you tried to reach does not exist",
        "account * does not exist", "recipient does not exist", "recipient * does not exist",
        "recipient address * does not exist", "address does not exist", "address doesn't exist",
        "address * does not exist", "address you entered couldn't be found", "address couldn't be found",
        "address could not be found", "email address could not be found", "wasn't found at", "was not found at",
        "couldn't be found or is invalid", "nonexistent user", "non-existent user", "non existent user",
        "non-existent recipient", "nonexistent mailbox", "not a known user", "is not a valid mailbox",
        "not a valid recipient", "not a valid user", "not a valid address", "is not a registered",
        "not a local address", "not a current address", "is not an active address", "is not valid for this",
        "invalid recipient", "invalid mailbox", "invalid user", "invalid address", "invalid local", "address invalid",
        "mailbox invalid", "recipient invalid", "recipients are invalid", "invalid rcpt", "bad recipient",
        "bad destination mailbox", "badrcptto", "badrecipientto", "not in my validrcptto",
        "isn't in my list of allowed", "unrouteable address", "unroutable address",
        "all relevant mx records point to non-existent", "not listed in domino directory",
        "not listed in public name", "not listed in * address book", "in name directory", "name is not recognized",
        "name was not recognized", "recipient name is not", "not present in directory",
        "e-mail account does not exist at the organization", "email address wasn't found", "email name is not found",
        "user missing home directory", "no valid recipients", "destination addresses were unknown",
        "ambiguous recipient", "adr.recipnotfound", "resolver.adr.recip", "resolver.adr.exrecip", "chkusr",
        "can't accept user", "cannot find user",
        "can't find user", "this user doesn't have a * account", "doesn't have a yahoo", "wrong or no longer valid",
        "no longer accepts mail", "mailbox unavailable or access denied", "vdeliver: invalid or unknown", "rcp-p1",
        "recipient address rejected: access denied", "recipient address rejected: undeliverable",
        "recipient address rejected: user", "recipient is not local", "not our customer", "user not listed",
        "requested action not taken: mailbox unavailable", "mailbox unavailable [", "dosn't exist", "doesnt exist",
        "no recipient * exists", "no local mailbox", "user invalid", "unknown email address",
        "unknown e-mail address", "not known at this site", "unknown to us", "unknown or illegal alias",
        "unknown in virtual", "alias does not exist", "550 5.1.1", "550-5.1.1", "551 5.1.1", "553 5.1.1", "#5.1.1",
        "nosuchuser", "email address is not recognized", "bad-mailbox", "account closed", "account has been deleted",
        "account has been closed", "mailbox has been deleted", "mailbox no longer exists", "user no longer",
        "no longer on server", "recipient rejected: 5.1.1", "no matching recipient", "recipient verification failed",
        "no existing user", "there is no such", "unknown or invalid user",
        # French, German, Italian, Spanish, Portuguese, Dutch, Polish, Russian, Japanese, Chinese
        "utilisateur inconnu", "destinataire inconnu", "adresse inconnue", "boite inconnue",
        "boite aux lettres inconnue", "compte inconnu", "compte inexistant", "n'existe plus", "adresse inexistante",
        "adresse d au moins un destinataire invalide", "adresse * destinataire invalide", "destinataire invalide",
        "adresse e-mail * pas ete trouvee", "adresse n'a pas pu etre trouvee", "impossible de trouver l'adresse",
        "ofr_416", "ofr_418", "lpn105", "boite mail inexistante", "nom de destinataire n'a pas ete reconnu",
        "empfanger unbekannt", "empfaenger unbekannt", "unbekannter benutzer", "benutzer unbekannt",
        "adresse unbekannt", "empfanger * nicht gefunden", "adresse * nicht gefunden", "kein benutzer",
        "unbekannter empfanger", "nessun utente simile", "utente sconosciuto", "utente inesistente",
        "destinatario sconosciuto", "indirizzo * non esiste", "casella inesistente", "indirizzo non trovato",
        "no existe dicha persona", "no existe ese usuario", "usuario desconocido", "usuario no existe",
        "no se ha encontrado la direccion", "direccion no encontrada", "no existe la cuenta", "cuenta no existe",
        "usuario inexistente", "endereco nao encontrado", "usuario nao encontrado", "conta nao existe",
        "gebruiker onbekend", "onbekende gebruiker", "adres niet gevonden", "nie ma takiego",
        "uzytkownik nie istnieje", "нет такого пользователя", "пользователь не найден", "адрес не найден",
        "не найдена", "пользователь * не существует", "宛先のメールアドレスが見つかりません", "宛先不明",
        "メールアドレスが存在しません", "ユーザは存在しません",
        "アドレスが見つかりませんでした", "用户不存在", "收件人不存在", "地址不存在", "无此用户", "信箱不存在",
        "找不到收件人",
    ),
    hints=(
        "introuvable", "no longer exists", "no longer valid", "bad address", "existiert nicht", "mailbox unavailable",
        "mailbox is unavailable", "mailbox not available", "mailbox is inactive", "address rejected",
        "recipient rejected", "recipient refused", "not found", "does not exist", "unknown",
    ),
)  # fmt: skip

HOST_UNKNOWN = Reason(
    "host-unknown",
    "remove",
    "5.1.2",
    codes=("1.2", "4.4", "4.310"),
    phrases=(
        "name or service not known", "account or domain may not exist", "domain may not exist", "unknown domain name",
        "nonexistentdomain", "returned answer with no data",
        "host unknown", "unknown host", "host not found", "hostname not found", "domain not found", "domain unknown",
        "unknown domain", "no such domain", "no such host", "domain does not exist", "domain doesn't exist",
        "domain * couldn't be found", "domain * does not exist", "domain is not valid", "invalid domain",
        "bad domain", "nxdomain", "domain must exist", "domain name not found", "couldn't find any host",
        "couldn't find a mail exchanger", "mail domain mentioned", "no mx record", "no mx or a", "has no mx",
        "mx records * empty", "illegal host", "unrouteable mail domain", "unrouteable domain", "unroutable domain",
        "all host address lookups failed", "all relevant mx records", "no route to host found for domain",
        "domain is not reachable", "can't find domain", "domaine inconnu", "domaine inexistant",
        "domaine * n'existe pas", "domain unbekannt", "unbekannte domain", "dominio sconosciuto",
        "dominio non trovato", "dominio desconocido", "dominio no existe", "bad-domain", "couldn't resolve",
        "unable to resolve", "cannot resolve route", "get_dns_err", "dns resolve failed", "ドメインが見つかりません",
        "域名不存在",
    ),
    hints=(
        "name service error", "dns error", "dns lookup failed", "dns failure", "dns query failed", "routing error",
    ),
)  # fmt: skip

NO_MAIL = Reason(
    "no-mail-here",
    "remove",
    "5.1.10",
    codes=("1.10",),
    phrases=(
        "null mx", "nullmx", "does not accept mail", "doesn't accept mail", "does not accept email",
        "doesn't accept email", "does not receive mail", "domain does not accept", "host does not accept mail",
        "no mail accepted for this domain", "domain doesn't receive", "smtp protocol * diagnostic: smtp; 521",
        "521 host", "521 server does not", "name server: .: host not found", "mail receiving disabled",
        "not accepting mail for this domain",
    ),
)  # fmt: skip

MOVED = Reason(
    "moved",
    "remove",
    "5.1.6",
    codes=("1.6", "7.17"),
    phrases=(
        "has moved", "address changed", "user not local; please try", "551 user not local", "has been replaced by",
        "address has changed", "mailbox has moved", "new address is", "no longer use this address",
        "a change d'adresse", "a demenage", "nouvelle adresse", "neue adresse", "mailbox owner has changed",
        "dead letter address",
    ),
)  # fmt: skip

ROWS = (MOVED, NO_MAIL, HOST_UNKNOWN, USER_UNKNOWN)
