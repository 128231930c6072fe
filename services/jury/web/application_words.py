"""The fields of an application in words: how each is called, and what was typed in it, in the reader's language."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from services.jury import application_rules, budget, filings, rulebooks, tandems
from services.jury.filings import Filing
from services.jury.models import Application, Attachment, Opinion
from services.jury.web import goals, places, tongues
from shared.web import i18n
from shared.web.words import _

LONG = 1000
"""Characters from which on a field is a part of its own to read, and no line among the facts."""


CHOSEN = {"legal_form", "commitment", "authority_level", "authority", "first", "school_agrees"}
"""Fields whose answer is one of a few codes."""


def label(name: str) -> str:
    """How the form calls a field; the name itself for one it does not know."""
    if name.startswith("request_"):
        return _("Aide demandée pour l’année %(number)s, en euros", number=name.removeprefix("request_"))
    if "_amount_" in name:
        return _("Budget")
    if name.startswith(application_rules.STATUS):
        return _("Cofinancement demandé ou obtenu")
    return {
        "title": _("Titre du projet"),
        "structure": _("Structure"),
        "acronym": _("Sigle"),
        "siret": _("Numéro SIRET"),
        "rna": _("Numéro RNA"),
        "bearer_first_name": _("Prénom de la personne à contacter"),
        "bearer_last_name": _("Nom de la personne à contacter"),
        "bearer_email": _("Son adresse électronique"),
        "legal_form": _("Statut"),
        "department": _("Département du siège"),
        "founded_on": _("Date de création"),
        "representative": _("Représentant légal"),
        "representative_role": _("Sa fonction"),
        "board": _("Dirigeants de la structure"),
        "resources": _("Ressources annuelles, en euros"),
        "people": _("Adhérents, bénévoles, salariés"),
        "past_support": _("Aides publiques déjà reçues"),
        "commitment": _("Contrat d’engagement républicain"),
        "place": _("Pays ou région"),
        "locality": _("Commune ou territoire"),
        "theme": _("Thème"),
        "language": _("Langue du dossier"),
        "goal_1": _("Objectif de développement durable (ODD)"),
        "goal_2": _("Un second ODD"),
        "partner_name": _("Partenaire sur place"),
        "partner_contact": _("Contact du partenaire"),
        "authority_name": _("Autorité locale"),
        "authority_level": _("Niveau de l’autorité locale"),
        "authority": _("Lettre de l’autorité locale"),
        "authority_contact": _("Contact de l’autorité locale"),
        "authority_role": _("Son rôle et sa contribution"),
        "summary": _("Résumé"),
        "need": _("Le besoin"),
        "objectives": _("Les objectifs"),
        "activities": _("Les activités"),
        "calendar": _("Le calendrier"),
        "beneficiaries": _("Les bénéficiaires"),
        "women": _("Bénéficiaires directs : femmes et filles"),
        "men": _("Bénéficiaires directs : hommes et garçons"),
        "indirect": _("Bénéficiaires indirects"),
        "risks": _("Les risques"),
        "monitoring": _("Suivi et évaluation"),
        "exit_plan": _("Et après le projet"),
        "restitution": _("Restitution en région"),
        "skills": _("Les compétences qui vous manquent"),
        "skills_days": _("Pour combien de jours, environ"),
        "starts_on": _("Début du projet"),
        "first": _("Est-ce votre seul dossier pour cet appel ?"),
        "presenters": _("Qui présente"),
        "spoken": _("Langue de la présentation"),
        "length": _("Durée souhaitée, en minutes"),
        "stage_needs": _("Besoins sur scène"),
        "school_name": _("Établissement scolaire"),
        "school_town": _("Commune de l’établissement"),
        "school_department": _("Département de l’établissement"),
        "school_kind": _("Type d’établissement"),
        "school_level": _("Niveau de la classe"),
        "pupils": _("Nombre d’élèves"),
        "teacher_first_name": _("Prénom de l’enseignant·e"),
        "teacher_last_name": _("Nom de l’enseignant·e"),
        "teacher_email": _("Adresse professionnelle de l’enseignant·e"),
        "class_work": _("Ce que fait la classe"),
        "school_agrees": _("Accord de la direction de l’établissement"),
        "meeting_1": _("Première rencontre en classe"),
        "meeting_2": _("Deuxième rencontre en classe"),
        "meeting_3": _("Troisième rencontre en classe"),
    }.get(name, name)


def kind(name: str) -> str:
    """How one of the three tables of the budget is called."""
    return {
        "expense": _("Dépenses"),
        "income": _("Autres recettes"),
        "kind": _("Valorisations (à part, hors équilibre)"),
    }[name]


def value(name: str, content: Mapping[str, str], figures: budget.Budget) -> str:
    """What was typed in a field, or chosen there in words."""
    typed = content[name]
    if name.startswith("request_"):
        year = int(name.removeprefix("request_")) - 1
        return i18n.money(figures.yearly[year]) if name not in figures.unread and year < len(figures.yearly) else typed
    if name in ("founded_on", "starts_on", *tandems.MEETINGS):
        return i18n.date(application_rules.date_of(typed), weekday=False) or typed
    if name == "resources":
        return typed if (cents := rulebooks.cents(typed)) is None else i18n.money(cents)
    if name == "place":
        return f"{places.name_of(typed)} ({typed})"
    if name in ("goal_1", "goal_2"):
        return goals.name_of(typed)
    if name in ("language", "spoken"):
        return tongues.name_of(typed)
    if name == "school_kind":
        return school(typed)
    if name not in CHOSEN:  # most are texts: their words are not looked for
        return typed
    return {
        ("legal_form", "association"): _("Une association ou une fondation"),
        ("legal_form", "authority"): _("Une collectivité"),
        ("legal_form", "public_body"): _("Un établissement public"),
        ("legal_form", "teaching"): _("Un établissement d’enseignement"),
        ("legal_form", "company"): _("Une entreprise"),
        ("legal_form", "other"): _("Autre"),
        ("commitment", "yes"): _("Souscrit"),
        ("authority_level", "local"): _("Commune ou intercommunalité"),
        ("authority_level", "middle"): _("Département, district ou province"),
        ("authority_level", "regional"): _("Région ou État fédéré"),
        ("authority_level", "national"): _("État"),
        ("authority_level", "other"): _("Autre"),
        ("authority", "letter"): _("Oui, avec une lettre"),
        ("authority", "expected"): _("Oui, la lettre viendra"),
        ("authority", "none"): _("Non, pas encore"),
        ("school_agrees", "yes"): _("Oui"),
        ("first", "yes"): _("Oui"),
        ("first", "no"): _("Non"),
    }.get((name, typed), typed)


def differences(before: Filing, after: Filing, rules: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """(what, before, after) of all that changed from one filing to a later one, in words.

    rules: the rulebook of the later one, which names the papers."""
    found, titles = filings.differences(before, after), {one["key"]: one["title"] for one in rules["attachments"]}
    told = (before, budget.of(before.content)), (after, budget.of(after.content))

    def row(what: str, said: Callable[[Filing, budget.Budget], str]) -> tuple[str, str, str]:
        old, new = (said(*one) for one in told)
        return what, old, new

    fields = [row(label(name), partial(_said, name)) for name in found.fields]
    tables = [row(kind(name), partial(_lines, name)) for name in found.tables]
    return fields + tables + [row(titles.get(name, name), partial(_files, name)) for name in found.papers]


def _said(name: str, filing: Filing, figures: budget.Budget) -> str:
    return value(name, filing.content, figures) if filing.content.get(name) else ""


def _lines(table: str, _filing: Filing, figures: budget.Budget) -> str:
    return "\n".join("{label}{colon} {amount}".format(colon=_(" :"), **_line(one)) for one in figures.lines[table])


def _files(paper: str, filing: Filing, _figures: budget.Budget) -> str:
    """By name; two files of one name are told apart by the beginning of their digests."""
    return "\n".join(f"{name} ({digest[:8]})" for name, digest in filing.files(paper))


def school(kind: str) -> str:
    """What kind of school a class belongs to, in words."""
    return {
        "primary": _("École"),
        "middle": _("Collège (6e à 3e)"),
        "high": _("Lycée"),
        "farm": _("Lycée agricole"),
    }.get(kind, kind)


def holiday(kind: str) -> str:
    """How a school holiday is called."""
    return {
        "autumn": _("vacances de la Toussaint"),
        "christmas": _("vacances de Noël"),
        "winter": _("vacances d’hiver"),
        "spring": _("vacances de printemps"),
        "summer": _("vacances d’été"),
    }[kind]


def choice(code: str) -> str:
    """What an opinion comes to."""
    return {
        "favourable": _("Favorable"),
        "reserved": _("Favorable sous réserve"),
        "unfavourable": _("Défavorable"),
        "none": _("Sans avis"),
    }[code]


def _opinion(one: Opinion) -> dict[str, str]:
    """An opinion of the committee of experts as a text of the dossier; nothing says whose it is."""
    parts = [
        (_("Ce qui convainc"), one.strengths),
        (_("Ce qui manque ou inquiète"), one.weaknesses),
        (_("Ce qu’il faudrait vérifier, et auprès de qui"), one.to_check),
    ]
    said = "\n\n".join(f"{title}{_(' :')} {text}" for title, text in parts if text)
    return {"title": _("Avis du comité d’experts : %(choice)s", choice=choice(one.choice)), "text": said}


def for_juror(
    application: Application, papers: Iterable[Attachment], opinions: Iterable[Opinion] = (), *, blind: bool
) -> dict[str, Any]:
    """What a juror reads: {facts, texts, tables, asked, papers}; of a blind round nothing that says who.

    opinions: of experts, where the call shows them; they come last, after what was filed."""
    content = application_rules.read_by_jurors((application.filed or {})["content"], blind=blind)
    figures = budget.of(content)
    told = [name for name in application_rules.READ_BY_JURORS if content.get(name)]
    said = {name: {"title": label(name), "text": value(name, content, figures)} for name in told}
    texts = [one for name, one in said.items() if application_rules.TEXTS.get(name, 0) >= LONG]
    if application.supplement and not blind:
        texts.append({"title": _("Compléments"), "text": application.supplement})
    texts += map(_opinion, opinions)
    totals = {"expense": figures.expenses, "income": figures.income, "kind": figures.in_kind}
    tables = [
        {"title": kind(name), "lines": [_line(one) for one in figures.lines[name]], "total": i18n.money(totals[name])}
        for name in budget.KINDS
        if figures.lines[name]
    ]
    return {
        "facts": [one for name, one in said.items() if application_rules.TEXTS.get(name, 0) < LONG],
        "texts": texts,
        "tables": tables,
        "asked": i18n.money(figures.requested) if figures.requested else "",
        "papers": [] if blind else [{"id": one.id, "name": one.file_name, "size": one.size} for one in papers],
    }


def status(code: str) -> str:
    """Whether another funder's money is there, in words; nothing where nobody said."""
    return {"asked": _("demandé"), "obtained": _("obtenu")}.get(code, "")


def _line(line: budget.Line) -> dict[str, str]:
    said = f" ({status(line.status)})" if status(line.status) else ""
    return {
        "label": (line.label or "—") + said,
        "amount": line.amount if line.cents is None else i18n.money(line.cents),
    }
