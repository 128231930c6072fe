"""Results of an assembly as its pages say them, from a vote or from minutes. Next: rules/assembly/motions.py."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from sqlalchemy.orm import Session

from services.registration.models.assembly import Assembly, Motion
from services.registration.rules.assembly import statutes
from services.registration.rules.assembly.elections import commitment as committed
from services.registration.rules.assembly.elections import lot
from services.registration.rules.assembly.motions import THRESHOLDS, Count, Part
from services.registration.rules.assembly.motions import weighed as parts
from services.registration.rules.assembly.notices import days_left
from services.registration.rules.assembly.quorum import Quorum
from services.registration.rules.assembly.quorum import lacking as short
from services.registration.use_cases import assembly_room
from shared.web.i18n import percent
from shared.web.words import _, ngettext

Vote = Motion | Mapping[str, Any]
"""A point of the agenda as it stands, or as minutes quote it."""


def share(fraction: str | Fraction) -> str:
    """ "11/12, soit 91,7 %", "100 %": exact first, for two thirds are no decimal number."""
    part = Fraction(fraction)
    said = percent(float(part), decimals=1)
    return said if part.denominator == 1 else _("%(fraction)s, soit %(percent)s", fraction=str(part), percent=said)


def titled(motion: Vote) -> str:
    """Of a point on the agenda: « Élection (tour 2) », in the reader's language. Old minutes know of one round only."""
    title, number = (
        (motion.title, motion.round) if isinstance(motion, Motion) else (str(motion["title"]), motion.get("round", 1))
    )
    return _("%(title)s (tour %(number)d)", title=title, number=number) if number > 1 else title


def weighed(motion: Vote, rules: Mapping[str, Any]) -> list[Part]:
    """What each college said in a vote that is decided, where the statutes let colleges weigh; else nothing."""
    if not rules["weighted_colleges"] or _of(motion, "kind") != "motion":
        return []
    counts = {key: Count(**count) for key, count in _of(motion, "counts").items()}
    return parts(statutes.from_json(dict(rules)), counts, _of(motion, "majority"))


def bar(motion: Vote) -> tuple[int, int, int]:
    """The weighted result as whole numbers: what said yes, of how many, and how many are enough."""
    part, needed = Fraction(_of(motion, "decision")["share"] or 0), THRESHOLDS[_of(motion, "majority")]
    more = 0 if _of(motion, "majority") == "two_thirds" else 1  # half of it is not enough, and a hair more is
    fine = 1000
    scale = needed.denominator * fine
    return part.numerator * scale, part.denominator * scale, part.denominator * needed.numerator * fine + more


def level(motion: Vote) -> list[tuple[str, int, str]]:
    """Whom age or the lot parted: name, votes, and where it was the lot the sum that ranks them, the smallest first."""
    decision, counts = _of(motion, "decision"), _of(motion, "counts")
    if not decision["by_tie_rule"]:
        return []
    votes, seed = counts[decision["by_tie_rule"][0]], decision["seed"]
    tied = [one for one in _of(motion, "candidates") if counts[one["id"]] == votes]
    lots = {one["id"]: lot(seed, one["id"]) if seed else "" for one in tied}
    return [(one["name"], votes, lots[one["id"]]) for one in sorted(tied, key=lambda one: lots[one["id"]])]


def commitment(motion: Vote, rules: Mapping[str, Any]) -> str:
    """The sum of the secret half of a seed, where the lot would part a tie; "" for other votes and in old minutes."""
    if _of(motion, "kind") != "election" or rules["election_tie"] != "draw":
        return ""
    return committed(motion.draw_secret) if isinstance(motion, Motion) else motion.get("draw_commitment") or ""


def terms(assembly: Assembly | Mapping[str, Any]) -> str:
    """The sum of the secret half of the seed that says who of a board sits how long; "" where statutes ask for none,
    and in old minutes."""
    if isinstance(assembly, Assembly):
        asked = assembly.statutes.get("renewal_thirds") and any(one.college for one in assembly.motions)
        return committed(assembly.draw_secret) if asked else ""
    return assembly.get("terms_commitment") or ""


def lacking(quorum: Quorum, rules: statutes.Statutes, *, present_only: bool = False, over: bool = False) -> list[str]:
    """Who misses how many voters for the quorum, one sentence each: now, or when the meeting is over."""
    here = present_only or not rules.quorum_counts_proxies
    return [
        _missing(one.missing, _(one.label) if one.label else _("Toute l’assemblée"), here, over)
        for one in short(rules, quorum)
    ]


def _missing(number: int, who: str, here: bool, over: bool) -> str:
    """here: only who is there in person counts."""
    if over and here:
        return ngettext(
            "%(who)s : il a manqué %(num)d votant, présent en personne.",
            "%(who)s : il a manqué %(num)d votants, présents en personne.",
            number,
            who=who,
        )
    if over:
        return ngettext(
            "%(who)s : il a manqué %(num)d votant, présent ou représenté par un pouvoir.",
            "%(who)s : il a manqué %(num)d votants, présents ou représentés par un pouvoir.",
            number,
            who=who,
        )
    if here:
        return ngettext(
            "%(who)s : il manque %(num)d votant, présent en personne.",
            "%(who)s : il manque %(num)d votants, présents en personne.",
            number,
            who=who,
        )
    return ngettext(
        "%(who)s : il manque %(num)d votant, présent ou représenté par un pouvoir.",
        "%(who)s : il manque %(num)d votants, présents ou représentés par un pouvoir.",
        number,
        who=who,
    )


def only_in_person(assembly: Assembly, running: Motion | None) -> bool:
    """Whether the quorum of the moment is that of a vote where no proxy counts: this one, or all that are to come."""
    votes = [one for one in assembly.motions if one.kind != "point" and one.state == "planned"]
    return running.present_only if running else bool(votes) and all(one.present_only for one in votes)


def in_person(session: Session, assembly: Assembly, now: dt.datetime) -> list[str]:
    """What a vote of members present misses for its quorum now; nothing where the agenda has none to come."""
    asking = (one.present_only and one.state == "planned" for one in assembly.motions)
    if assembly.state != "open" or not any(asking):
        return []
    room = assembly_room.room(session, assembly, now, present_only=True)
    return lacking(room.quorum, room.statutes, present_only=True)


def notices(sent: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The register of notices with its instants, each with the one before it, and how many days were left."""
    rows: list[dict[str, Any]] = []
    for one in sent:
        at, held_at = (dt.datetime.fromisoformat(one[name]) for name in ("sent_at", "held_at"))
        before = rows[-1] if rows else None
        rows.append({**one, "sent_at": at, "held_at": held_at, "before": before, "days": days_left(held_at, at)})
    return rows


def _of(motion: Vote, name: str) -> Any:
    return getattr(motion, name) if isinstance(motion, Motion) else motion[name]
