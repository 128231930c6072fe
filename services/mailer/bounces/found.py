"""Finding addresses in what relays write, and telling apart the address that failed from ours."""

from __future__ import annotations

import re

from services.mailer.bounces.mails import Mail, fields_of

ADDRESS = re.compile(r"(?:\"[^\"\n@<>]{1,64}\"|[\w!#$%&'*+/=?^`{|}~.\-]{1,100})@[^\W_](?:[\w-]|\.(?=\w)){0,250}(?<=\w)")
_OURS = re.compile(r"^(?:mailer-daemon|postmaster|mail-daemon|mdaemon|abuse|noreply|no-reply|mailerdaemon)\b", re.I)
_DELAY = re.compile(
    r"\bdelay(?:ed)?\b|warning: (?:could not send|message)|delivery status notification \(delay"
    r"|still being (?:retried|tried)"
    r"|not yet been delivered|has not been delivered yet|will (?:continue|keep) (?:to try|trying)|retard(?:é"
    r"|ée)?\b|verzögert"
    r"|zustellung verz|in ritardo|retrasad|atrasad|vertraagd|försena|forsinke|opóźnion|zpožd|задерж|затрим|gecik"
    r"|viivästy|késik|întârzi|καθυστέρ|配信遅延|遅延|延迟|延遲|지연",
    re.I,
)

# Where relays write who failed, from the surest to the vaguest. {A} is an address, from its first character on.
_PLACES = [
    r"^[ \t]*<{A}>:?[ \t]*(?:\(|\.\.\.|:|$)",
    r"(?:original|final|failed|invalid|bad)[- _]?recipients?[ \t]*[:=][ \t]*(?:rfc822;)?[ \t]*<?{A}",
    r"recipient(?: address)?:?[ \t]*(?:\[smtp:)?<?{A}",
    r"rcpt[ \t_]to[ \t]?:?[ \t]*[<(\[]?{A}",
    r"(?:was|were) addressed,?[ \t]*(?:\n[ \t]*)?[<\"']?{A}",
    r"(?:addressed to|delivered to|delivering to|deliver(?:y)? (?:of .{0,40} )?to|message to|mail to|sent to"
    r"|envoyé à|adressé à)[ \t:]*(?:\n[ \t]*)?[<\"']?{A}",
    r"(?:following|below|suivant|folgende|seguent|siguiente|destinataire|empfänger"
    r"|宛先)[^\n]{0,120}:?[ \t]*\n(?:[^\n@]{0,120}\n){0,3}[^\n@]{0,60}?[<\"'\[(]?{A}",
    r"^[ \t]*[\"'(<\[]?{A}[\"')>\]]?[ \t]*(?::|$|\.\.\.| \()",
    r"\b[45]\d\d[ -][^\n]{0,120}?<?{A}",
    r"(?:user|mailbox|account|address|adresse|utilisateur|benutzer)[ \t:]*[<\"'(\[]?{A}",
    r"\b(?:to|an|à|a)[ \t]*:[ \t]*[^\n@]{0,60}?<?{A}",
    r"{A}",
]
_BARE = re.compile(
    r"(?:recipient|address|user|mailbox|following)[^\n]{0,160}:[ \t]*\n\s{0,20}([\w.+-]{2,64})"
    r"(?:[ \t]*$|[ \t]{2}|[ \t]*\()",
    re.I | re.M,
)
_DIRECTORY = re.compile(r"^(?:smtp|rfc822|mailto)[=:;]", re.I)
_COMPILED = [re.compile(one.replace("{A}", rf"(?<![\w.+-])({ADDRESS.pattern})"), re.I | re.M) for one in _PLACES]
_NOT_HERE = re.compile(
    r"^[ \t>]*(?:from|message-id|sender(?: address)?|return-path|reply-to|subject|references|in-reply-to|de"
    r"|von|x-[\w-]*id"
    r"|received|reporting-mta"
    r"|errors-to|cc|list-[\w-]+|content-id)[ \t]*:.*$|not accepting mail from [^\s@]{1,100}@\S+",
    re.I | re.M,
)


def clean(address: str) -> str:
    """Without what texts leave around an address, and without the name of its kind ("SMTP=lea@exemple.fr")."""
    address = _DIRECTORY.sub("", address)
    if address.startswith("=?"):  # an encoded word for a local part: forbidden, and done
        return address
    return address.strip(" <>\"'`()[]{},;:=").rstrip(".") if not address.startswith('"') else address.strip(" <>,;:.")


def address_in(text: str) -> str:
    """The first address in a text, or the empty string. Relays also write `local=domain` and route addresses."""
    match = ADDRESS.search(text[:2000])
    return clean(match[0]) if match else ""


def is_delay(subject: str) -> bool:
    """Whether words announce that a relay goes on trying."""
    return bool(_DELAY.search(subject))


def ours(mail: Mail) -> set[str]:
    """Addresses that did not fail: where this mail came from, where it went, who had sent the mail it returns."""
    returned = fields_of(mail.returned)
    values = [
        mail.first(name)
        for name in ("from", "to", "reply-to", "return-path", "delivered-to", "x-original-to", "sender")
    ]
    for name in ("from", "return-path", "reply-to", "sender", "x-envelope-from", "errors-to"):
        values += returned.get(name, [])
    return {address_in(one).lower() for one in values if one} - {""}


def in_words(mail: Mail) -> list[str]:
    """Addresses in what the mail says, the likeliest to have failed first; none of ours."""
    not_failed = ours(mail)
    text = _NOT_HERE.sub("", mail.says[:12000])
    found: list[str] = []
    for place in _COMPILED:
        for match in list(place.finditer(text))[:5]:
            one = clean(match[1])
            if one.lower() not in not_failed and not _OURS.match(one) and "." in one.partition("@")[2]:
                found.append(one)
        if found:
            return list(dict.fromkeys(found))
    return found


_LISTED = re.compile(rf"^[ \t*]*(?:[45]\d\d )?[<\"']?({ADDRESS.pattern})", re.M)


def listed(mail: Mail) -> list[str]:
    """Addresses that begin a line: what relays do with each recipient when several failed."""
    return list(dict.fromkeys(clean(match[1]) for match in _LISTED.finditer(mail.says[:12000])))[:50]


def in_headers(mail: Mail) -> str:
    """The address in a header that some relays add to name who failed."""
    for name in (
        "x-failed-recipients",
        "x-failed-recipient",
        "x-actual-recipient",
        "x-bounce-recipient",
        "x-original-recipient",
    ):
        if one := address_in(mail.first(name)):
            return one
    return ""


_FOR = (
    "x-actual-recipient",
    "envelope-to",
    "x-rcpt-to",
    "x-envelope-to",
    "delivered-to",
    "x-original-to",
    "apparently-to",
    "to",
    "cc",
)


def in_returned(mail: Mail) -> str:
    """Whom the returned mail was for."""
    returned = fields_of(mail.returned)
    told = [address_in(value) for name in _FOR for value in returned.get(name, [])]
    return next((one for one in told if one), "")


def written_to(mail: Mail) -> set[str]:
    """Addresses that we had put on the mail that came back, and the one that its envelope names (lower case)."""
    returned = fields_of(mail.returned)
    told = [one for name in ("to", "cc") for value in returned.get(name, []) for one in ADDRESS.findall(value[:2000])]
    told.append(from_verp([mail.first("to"), mail.first("delivered-to"), *returned.get("return-path", [])]))
    return {clean(one).lower() for one in told if one}


_ALIAS = re.compile(rf"\((?:ultimately )?(?:generated|expanded) from:?\s{{0,3}}<?({ADDRESS.pattern})")


def before_alias(says: str, named: str) -> str:
    """The address that stood on our mail before a relay followed an alias to `named`, or the empty string."""
    start = says.find(named) if named else -1
    match = _ALIAS.search(says, start, start + len(named) + 200) if start >= 0 else None
    return clean(match[1]) if match else ""


_VERP = re.compile(r"[+-]([\w.+-]{1,64})[=#]([\w-]+(?:\.[\w-]+)+)@")


def from_verp(values: list[str]) -> str:
    """`list-bounces+name=domain.fr@lists.example` names who failed in the envelope."""
    for value in values:
        if match := _VERP.search(value[:1000]):
            return f"{match[1]}@{match[2]}"
    return ""


def failing(mail: Mail) -> str:
    """The address that failed, from the surest place to the vaguest, or the empty string."""
    words = in_words(mail)
    returned = in_returned(mail)
    header = in_headers(mail)
    if header or words:
        aliased = before_alias(mail.says, header or words[0])
        if aliased:
            return aliased
    if header:
        return header
    if returned and returned.lower() in {one.lower() for one in words}:
        return returned
    if words:
        return words[0]
    return (
        returned
        or _bare(mail)
        or from_verp([mail.first("to"), mail.first("delivered-to"), mail.first("x-original-to")])
        or _last(mail)
    )


def _bare(mail: Mail) -> str:
    """A relay that writes only the local part means its own domain."""
    match = _BARE.search(mail.says[:12000])
    domain = address_in(mail.first("from")).rpartition("@")[2]
    return f"{match[1]}@{domain}" if match and "." in domain else ""


def _last(mail: Mail) -> str:
    """A mail to oneself: the only address left is ours."""
    match = ADDRESS.search(_NOT_HERE.sub("", mail.says[:12000]))
    return clean(match[0]) if match and not _OURS.match(clean(match[0])) else ""
