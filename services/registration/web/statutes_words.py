"""Statutes as people read them: line by line, and what differs between two."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from services.registration.queries.statutes import Offer
from services.registration.rules.assembly.statutes import CHOICES, College, Statutes, fraction
from services.registration.rules.choices import ACTOR_TYPES, N_
from shared.errors import Sentence
from shared.web.i18n import percent
from shared.web.words import _, ngettext

Line = tuple[str, str]
"""What a rule is about, and what it says."""

SWITCHES = {
    "quorum_per_college": N_("Le quorum est demandé dans chaque collège"),
    "quorum_counts_proxies": N_("Les pouvoirs comptent dans le quorum"),
    "proxies_same_college": N_("Un pouvoir se donne dans le même collège"),
    "proxies_blank": N_("Un pouvoir en blanc est reçu, et confié à un membre présent"),
    "weighted_colleges": N_("Les collèges pèsent, et non les structures"),
    "blanks_count": N_("Les votes blancs sont des suffrages exprimés"),
    "abstentions_count": N_(
        "Les abstentions, les blancs et les nuls comptent : majorité des membres présents ou représentés"
    ),
    "renewal_thirds": N_("Le conseil se renouvelle par tiers"),
}
LABELS = {
    "majority": N_("Majorité d’une proposition"),
    "tie": N_("Égalité sur une proposition"),
    "election_tie": N_("Égalité dans une élection"),
    "bureau": N_("Bureau"),
    "late_correction": N_("Convocation corrigée après le délai"),
    "moved_proxies": N_("Pouvoir donné avant que la date change"),
}


def choices(offers: Mapping[str, Offer]) -> list[tuple[str, str]]:
    """For a select."""
    return [
        (key, _("Version %(number)s : %(title)s", number=one.version.number, title=one.title))
        if one.version
        else (key, _(one.title))
        for key, one in offers.items()
    ]


def said(rules: Statutes) -> dict[str, Line]:
    """Every rule, by its name; a college by its key, so that one that is renamed is still the same."""
    lines = {
        f"college {one.key}": (_("Collège"), f"{_(one.label)}{_(' :')} {_college(rules, one)}")
        for one in rules.colleges
    }
    lines["quorum"] = (_("Quorum"), _("aucun") if not rules.quorum_share() else rules.quorum)
    lines["notice_days"] = (_("Jours entre la convocation et la séance"), str(rules.notice_days))
    lines["proxies_cap"] = (_("Pouvoirs par personne"), _proxies(rules))
    if rules.fees_days is None:
        lines["fees_days"] = (_("Cotisation"), _("pas demandée pour voter"))
    elif rules.fees_days == 0:
        lines["fees_days"] = (_("Cotisation"), _("à jour le jour de la séance"))
    else:
        said = ngettext("à jour %(num)d jour avant la séance", "à jour %(num)d jours avant la séance", rules.fees_days)
        lines["fees_days"] = (_("Cotisation"), said)
    days = rules.candidates_days
    lines["candidates_days"] = (
        _("Candidatures"),
        _("jusqu’à l’ouverture du vote")
        if days is None
        else ngettext("jusqu’à %(num)d jour avant la séance", "jusqu’à %(num)d jours avant la séance", days),
    )
    for name, words in SWITCHES.items():
        lines[name] = (_(words), _("oui") if getattr(rules, name) else _("non"))
    for name, words in LABELS.items():
        lines[name] = (_(words), _(CHOICES[name][getattr(rules, name)]))
    return lines


def changes(before: Statutes, after: Statutes) -> list[tuple[str, str, str]]:
    """What differs: the rule, what it said, what it says; "" where there was, or is, nothing."""
    old, new = said(before), said(after)
    nothing = ("", "")
    return [
        (new.get(name, old.get(name, nothing))[0], old.get(name, nothing)[1], new.get(name, nothing)[1])
        for name in {**old, **new}
        if old.get(name) != new.get(name)
    ]


def seats(rules: Statutes) -> Line:
    """The sum: « 33 sièges » and what they are made of."""
    holders, alternates = (sum(getattr(one, name) for one in rules.colleges) for name in ("seats", "alternates"))
    parts = " + ".join(str(one.seats) for one in rules.colleges)
    words = ngettext("%(num)d siège", "%(num)d sièges", holders)
    if len(rules.colleges) > 1:
        words = f"{parts} = {words}"
    return words, ngettext("%(num)d suppléant", "%(num)d suppléants", alternates) if alternates else ""


def spoken(text: str) -> str:
    """A sentence of the walk-through: colleges and sentences inside it are said in the reader's language too."""
    if not isinstance(text, Sentence):
        return _(text)
    values = {
        name: _(one.label) if isinstance(one, College) else spoken(one) if isinstance(one, str) else one
        for name, one in text.values.items()
    }
    return _(text.template, **values)


def _proxies(rules: Statutes) -> str:
    limits = [] if rules.proxies_cap is None else [str(rules.proxies_cap)]
    if rules.proxies_share:
        limits.append(_("%(share)s des voix au plus", share=rules.proxies_share))
    return ", ".join(limits) or _("sans limite")


def _college(rules: Statutes, one: College) -> str:
    parts = [ngettext("%(num)d siège", "%(num)d sièges", one.seats)]
    if one.alternates:
        parts.append(ngettext("%(num)d suppléant", "%(num)d suppléants", one.alternates))
    if rules.weighted_colleges:
        whole = sum((fraction(each.weight) for each in rules.colleges), Fraction(0))
        part = percent(float(fraction(one.weight) / whole), decimals=1)
        parts.append(_("poids %(weight)s, soit %(percent)s du résultat", weight=one.weight, percent=part))
    if one.quorum:
        parts.append(_("quorum %(share)s", share=one.quorum))
    if one.gathers:
        parts.append(", ".join(_(ACTOR_TYPES[each]) for each in one.gathers if each in ACTOR_TYPES))
    return " · ".join(parts)
