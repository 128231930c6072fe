"""The way around a call: a few groups, and the pages of the one where we are."""

from __future__ import annotations

from flask import url_for

from services.jury import tandems
from services.jury.models import Call, Round
from services.jury.web.doors import chair, chair_is_recused
from shared.web.menu import Group, Page, current, group
from shared.web.words import _

CHAIRS = frozenset({"rounds.board", "closing.late", "closing.ranking", "closing.minutes"}) | {
    "deliberation.page",
    "votes.page",
    "feedback.page",
}
"""The pages that doors.py opens to the chair."""
WITHOUT_SCORES = frozenset({"rounds.board"})
"""Those that a chair with a conflict may see too."""


def of(call: Call, this: Round) -> list[Group]:
    """The groups in the order of the work; for the chair, who is no staff, their pages alone."""
    funding = call.kind == "funding"
    groups: list[tuple[str, list[tuple[str, str] | None]]] = [
        (
            _("L’appel"),
            [
                ("calls.show", _("Où en est-on")),
                ("rulebooks.show", _("Règlement")) if funding else None,
                ("proposals.page", _("Propositions")) if call.kind == "tribune" else None,
                ("dossiers.index", _("Dossiers")) if call.takes_applications else None,
                ("pairing_halves.page", _("Tandems")) if tandems.is_one(call.rulebook) else None,
                ("calls.projects", _("Projets")),
                ("journal.page", _("Journal")),
            ],
        ),
        (
            _("Jury"),
            [
                ("calls.jury", _("Membres")),
                ("conflicts.page", _("Liens possibles")),
                ("readings.page", _("Lectures")),
                ("juror_mails.page", _("Courriels")),
                ("opinions.page", _("Avis d’experts")),
                ("exercise.page", _("Exercice")),
            ],
        ),
        (
            _("Séance"),
            [
                ("room.page", _("Salle")),
                ("rounds.board", _("Tableau")),
                ("rounds.pairing", _("Tablettes")),
                ("closing.late", _("Saisies tardives")),
                ("public_vote.page", _("Vote du public")),
            ],
        ),
        (
            _("Décision"),
            [
                ("closing.ranking", _("Classement")),
                ("deliberation.page", _("Délibération")),
                ("votes.page", _("Votes")),
                ("awards.table", _("Aides")) if this.left_at is None else None,
                ("closing.minutes", _("Procès-verbal")),
                ("feedback.page", _("Mots aux porteurs")),
            ],
        ),
        (_("Suivi"), [("payments.show", _("Suivi"))]),
    ]
    shown = [(label, [one for one in pages if one]) for label, pages in groups]
    if chair() is not None:
        open_ = WITHOUT_SCORES if chair_is_recused() else CHAIRS
        shown = [(text, [(endpoint, text)]) for _label, pages in shown for endpoint, text in pages if endpoint in open_]
    here = current([page for _label, pages in shown for page, _text in pages], _LEADS_FROM)
    return [_group(label, pages, here, call, this) for label, pages in shown]


_LEADS_FROM = {
    "awards.ask_withdraw": "awards.table",
    "awards.change": "awards.table",
    "unreached.page": "calls.show",
    "unreached.send_again": "calls.show",
    "reviews": "dossiers.index",
    "pairing_halves.pair": "pairing_halves.page",
    "calls.ask_remove": "calls.show",
    "calls.preview": "calls.projects",
    "projects.new": "calls.projects",
    "projects.create": "calls.projects",
    "projects.edit": "calls.projects",
    "projects.save": "calls.projects",
    "projects.withdraw": "calls.projects",
    "people.person": "calls.jury",
    "members.ask": "calls.jury",
    "members.preview": "calls.jury",
    "members.ask_leave": "calls.jury",
    "people.save": "calls.jury",
    "calls.add_juror": "calls.jury",
    "calls.recuse": "calls.jury",
    "proposals.keep": "proposals.page",
    "rulebook_parts.edit": "rulebooks.show",
    "rulebooks.figures": "rulebooks.show",
    "rulebooks.revise": "rulebooks.show",
    "rulebooks.version": "rulebooks.show",
    "rounds.ask_open": "calls.show",
    "rounds.ask_close": "calls.show",
    "opinions.project": "opinions.page",
    "opinions.ask": "opinions.page",
    "readings.ask_hand_over": "readings.page",
    "readings.hand_over": "readings.page",
    "juror_mails.set_read_by": "juror_mails.page",
    "next_round.page": "closing.ranking",
    "next_round.make": "closing.ranking",
    "closing.ask_sign": "closing.minutes",
    "closing.sign": "closing.minutes",
    "closing.ask_publish": "closing.minutes",
}
"""Pages that stand behind one of the menu."""
_BY_CALL = {"calls", "rulebooks", "proposals", "dossiers", "pairing_halves", "opinions", "conflicts", "journal"}


def _group(label: str, pages: list[tuple[str, str]], here: str, call: Call, this: Round) -> Group:
    return group(label, [Page(text, _address(endpoint, call, this), endpoint == here) for endpoint, text in pages])


def _address(endpoint: str, call: Call, this: Round) -> str:
    by_call = endpoint.partition(".")[0] in _BY_CALL
    return url_for(endpoint, call_id=call.id) if by_call else url_for(endpoint, round_id=this.id)
