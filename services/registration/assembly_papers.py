"""The papers of an assembly as PDF: notices by letter, and forms to give a proxy.

The words are those of the mail (`services/mailer/templates/mail/fr/assembly_notice.j2`): a test holds the two together.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from services.registration.announce import gatherings
from services.registration.models.assembly import Assembly, AssemblyVoter, StruckVoter
from services.registration.papers import Paper, day, hour, qr
from services.registration.rules.assembly import statutes
from shared.clock import PARIS
from shared.web.i18n import typography


def letters(
    assembly: Assembly,
    voters: Sequence[AssemblyVoter | StruckVoter],
    today: dt.date,
    given: Mapping[str, str] | None = None,
) -> Paper:
    """One sheet a voter, to be folded in three: the name shows through the window. Below, the proxy to cut off.

    given: giver to holder, ids of voters, of the proxies that name the day before the meeting was moved."""
    names = {str(voter.id): voter.structure for voter in assembly.voters}
    if assembly.state == "called_off":
        return Paper(
            "notices", _about(assembly, today) | {"sheets": [_off(assembly, one, given, names) for one in voters]}
        )
    holders = {giver: names[holder] for giver, holder in (given or {}).items()}
    carried: dict[str, list[str]] = {}
    for giver, holder in (given or {}).items():
        carried.setdefault(holder, []).append(names[giver])
    sheets = [
        {
            "to": [voter.representative, voter.structure],
            "said": _said(assembly, voter)
            | {"moved": _moved(assembly, holders.get(str(voter.id)), carried.get(str(voter.id), []))},
            "giver": voter.structure,
            "code": qr(voter.card),
        }
        for voter in voters
        if isinstance(voter, AssemblyVoter)  # who was struck is called to nothing
    ]
    return Paper("notices", _about(assembly, today) | {"sheets": sheets})


def _off(
    assembly: Assembly, voter: AssemblyVoter | StruckVoter, given: Mapping[str, str] | None, names: Mapping[str, str]
) -> dict[str, Any]:
    """That it does not take place, and what becomes of the proxies of this voter."""
    own = str(voter.id)
    about = voter if isinstance(voter, StruckVoter) else assembly  # what their notice said
    said = [
        f"« {voter.structure} » était convoquée à : {about.title}. Cette assemblée n’a pas lieu. Vous n’avez rien à "
        "faire."
    ]
    if holder := (given or {}).get(own):
        said.append(
            f"Le pouvoir donné à « {names[holder]} » tombe avec elle. Si une autre assemblée est convoquée, il en "
            "faudra un autre."
        )
    said += [
        f"Le pouvoir que vous portiez pour « {names[giver]} » tombe avec elle. Cette structure est prévenue aussi."
        for giver, holder in (given or {}).items()
        if holder == own
    ]
    return {
        "to": [voter.representative, voter.structure],
        "said": [typography(one) for one in said],
        "when": _when(about.held_at),
        "place": about.place,
    }


def _when(instant: dt.datetime) -> str:
    held = instant.astimezone(PARIS)
    return f"{day(held.date())}, à {hour(held)}"


def badges(assembly: Assembly) -> Paper:
    """Eight badges to a page, with the code that is read at the entrance."""
    people = []
    for voter in assembly.voters:
        first, _, last = voter.representative.partition(" ")
        people.append({"first": first, "last": last, "structure": voter.structure, "code": qr(voter.card)})
    return Paper("badges", {"event": assembly.title, "people": people})


def blank_proxies(assembly: Assembly, today: dt.date) -> Paper:
    """Two blank forms to a sheet, for the entrance; none where the statutes allow no proxy."""
    return Paper("notices", _about(assembly, today) | {"sheets": []})


def _cap(assembly: Assembly) -> int | None:
    return statutes.from_json(assembly.statutes).most_proxies(len(assembly.voters))


def _about(assembly: Assembly, today: dt.date) -> dict[str, Any]:
    cap = _cap(assembly)
    limits = ["du même collège"] if assembly.statutes["proxies_same_college"] else []
    limits += [f"{cap} pouvoir par personne au plus" if cap == 1 else f"{cap} pouvoirs par personne au plus"] * bool(
        cap
    )
    return {
        "organiser": assembly.organiser_name,
        "email": assembly.organiser_email,
        "title": assembly.title,
        "made_on": day(today),
        "when": _when(assembly.held_at),
        "place": assembly.place,
        "corrected": _corrected(assembly),
        "called_off": assembly.calling_off.reason if assembly.state == "called_off" and assembly.calling_off else "",
        "agenda": gatherings.agenda(assembly),
        "proxies": cap != 0,
        "limits": ", ".join(limits),
    }


def _corrected(assembly: Assembly) -> list[str]:
    """What this letter says otherwise than the notice before; nothing in the first one."""
    if len(assembly.notices) < 2:
        return []
    was, now = assembly.notices[-2:]
    lines = [f"Cette convocation remplace celle du {day(_local(was['sent_at']).date())}. Ce qui change :"]
    title = was.get("title")  # not in notices of before
    if title and title != now.get("title", title):
        lines.append(f"Le titre était : {title}")
    if (was["held_at"], was["place"]) != (now["held_at"], now["place"]):
        for word, one in (("Avant", was), ("Maintenant", now)):
            held = _local(one["held_at"])
            lines.append(f"{word} : {day(held.date())}, à {hour(held)}, {one['place']}")
    for point in now["points"]:
        if not point["before"]:
            lines.append(f"Ajouté à l’ordre du jour : {point['after']}")
        elif not point["after"]:
            lines.append(f"Retiré de l’ordre du jour : {point['before']}")
        else:
            lines.append(f"À l’ordre du jour, avant : {point['before']} ; maintenant : {point['after']}")
    return [typography(one) for one in lines + [f"Motif : {now['reason']}"] * bool(now["reason"])]


def _moved(assembly: Assembly, holder: str | None, carried: Sequence[str]) -> str:
    """Of the proxies for another day than the meeting has now, given to `holder` or `carried`; "" where the day is the
    same."""
    if len(assembly.notices) < 2 or _cap(assembly) == 0:
        return ""
    was, now = (_local(one["held_at"]).date() for one in assembly.notices[-2:])
    if was == now:
        return ""
    kept = assembly.statutes.get("moved_proxies") == "kept"
    if kept:
        said = (
            f"Le pouvoir que vous aviez donné à « {holder} » vaut aussi pour la nouvelle date : les statuts le "
            "veulent. Il tombe si vous arrivez, ou si vous le retirez par écrit."
            if holder
            else ""
        )
    elif holder:
        said = (
            f"Le pouvoir que vous aviez donné à « {holder} » nomme l’ancienne date : il ne compte plus. Si vous ne "
            "pouvez pas venir, donnez-en un autre, ou confirmez celui-ci par écrit."
        )
    else:
        said = f"Vous aviez donné pouvoir pour le {day(was)} ? Écrivez-en un autre, pour la nouvelle date."
    for giver in carried:
        said += f" Le pouvoir que vous portez pour « {giver} » " + (
            "vaut aussi pour la nouvelle date : les statuts le veulent. Il compte si vous êtes là."
            if kept
            else "nomme l’ancienne date : il ne compte plus. Cette structure le sait ; pour voter à sa place, il vous "
            "en faut un autre."
        )
    return typography(said.strip())


def _local(instant: str) -> dt.datetime:
    return dt.datetime.fromisoformat(instant).astimezone(PARIS)


def _said(assembly: Assembly, voter: AssemblyVoter) -> dict[str, str]:
    """Before and after the agenda."""
    structure, rules = voter.structure, assembly.statutes
    if assembly.second_session:
        called = (
            f"Faute de quorum à la première séance, « {structure} » est convoquée à une seconde séance, sur le même "
            "ordre du jour. Elle délibère quel que soit le nombre de présents."
        )
    else:
        called = f"« {structure} » est convoquée à : {assembly.title}. Vous la représentez."
    most = _cap(assembly)
    if most == 0:
        return {"called": typography(called), "proxy": "Les statuts ne permettent pas de donner pouvoir."}
    college = " du même collège" if rules["proxies_same_college"] else ""
    cap = f" ; une même personne en porte {most} au plus" if most else ""
    blank = "est confié à un membre présent" if rules.get("proxies_blank") else "n’est pas reçu"
    proxy = (
        f"Vous ne pouvez pas venir ? Donnez pouvoir par écrit, daté et signé, à un autre membre{college}{cap}. "
        "Le pouvoir ne compte que si cette personne est présente, et tombe si vous arrivez. "
        f"Un pouvoir qui ne nomme personne {blank}."
    )
    return {"called": typography(called), "proxy": typography(proxy)}
