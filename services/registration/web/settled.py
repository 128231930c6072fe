"""Step 1 of nine for the staff: all that is set of one event, in words. Next, for what each is: models/events.py.

Each line leads to where it is changed; what somebody would want to see to before publishing stands first.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

from flask import url_for
from flask_babel import get_locale
from sqlalchemy.orm import Session

from services.registration.drafts import tells_of_a_meal
from services.registration.models.events import Event
from services.registration.queries import documents, invitations, notices, partners
from services.registration.queries.forms import Form, read
from services.registration.queries.places import Places, places
from services.registration.rules import english
from services.registration.rules.forms import lapsed as lapsed_of
from services.registration.rules.participants import SHOWN_TO
from services.registration.use_cases import forms
from services.registration.web import event_form, programme_form, seats
from shared.web.i18n import date, moment, time, upfirst
from shared.web.words import _, ngettext

_WITH_A_PROGRAMME = ("agora", "training")


@dataclass(frozen=True)
class Line:
    """One thing that is set, in sentences. where: the page that changes it. see_to: what is to be looked at; stops:
    and until then a draft is not published."""

    what: str
    where: str
    said: list[str]
    see_to: list[str] = field(default_factory=list)
    stops: bool = False


Part = tuple[str, list[Line]]
"""What its lines are about, in a word or two."""


def to_see_to(event: Event, found: Sequence[Part], now: dt.datetime) -> list[tuple[Line, str]]:
    """What is to be looked at, with the line that it is about: before the event is published, and until it is over."""
    if event.state != "draft" and (event.state != "published" or event.ends_at <= now):
        return []
    return [(line, words) for _head, lines in found for line in lines for words in line.see_to]


def parts(session: Session, event: Event, now: dt.datetime) -> list[Part]:
    """Everything, by the order of the work."""
    left = places(session, event.id)
    version = forms.latest(session, event.id)
    return [
        (_("La rencontre"), [_when(event, now), _where(event), _texts(event, read(version)), _programme(event)]),
        (_("Sa page"), [_documents(session, event, now), _partners(session, event), _list_shown(event)]),
        (_("S’inscrire"), [_opening(session, event, now), _form(read(version), version.published_at is None, event),
                           _seats(event, left), _queue(event), *_wishes(event), _framed(event)]),
        (_("Les courriels"), [_reminders(event), _word(event), _told(session, event)]),
    ]  # fmt: skip


def _edit(event: Event, part: str) -> str:
    return url_for("event_editing.edit", slug=event.slug, _anchor=part)


def _when(event: Event, now: dt.datetime) -> Line:
    one_day = date(event.starts_at) == date(event.ends_at)
    day = {"date": date(event.starts_at), "start": time(event.starts_at), "end": time(event.ends_at)}
    said = (
        _("%(date)s, de %(start)s à %(end)s", **day)
        if one_day
        else _("du %(first)s au %(last)s", first=moment(event.starts_at), last=moment(event.ends_at))
    )
    over = [_("La date est passée.")] if event.ends_at <= now and event.state == "draft" else []
    return Line(_("Date et heure"), _edit(event, "what"), [upfirst(said)], over, stops=bool(over))


def _where(event: Event) -> Line:
    sites = [f"{one.name}, {one.address}" if one.address else one.name for one in event.sites]
    own = f"{event.place}, {event.address}" if event.address else event.place
    wanting = [] if event.address else [_("L’adresse manque : ni plan, ni département dans l’agenda.")]
    return Line(_("Lieu"), _edit(event, "what"), [own, *sites], wanting)


def _texts(event: Event, form: Form) -> Line:
    named = {"summary": _("En une phrase"), "description": _("Présentation"), "to_bring": _("À apporter"),
             "prerequisites": _("Prérequis")}  # fmt: skip
    written = [words for name, words in named.items() if getattr(event, name)]
    said = [_("En français : %(texts)s.", texts=", ".join([_("Titre"), *written]))]
    see_to = [
        words
        for name, words in (
            ("summary", _("La phrase qui résume la rencontre manque : l’agenda et les messageries la montrent.")),
            ("description", _("La présentation manque.")),
        )
        if not getattr(event, name)
    ]
    if event.state == "draft" and _lunch_is_missing(event, form):
        see_to += [
            _("« %(text)s » parle d’un déjeuner : ni le programme ni le formulaire n’en ont.", text=words)
            for name, words in named.items()
            if tells_of_a_meal(getattr(event, name)) or tells_of_a_meal(getattr(event, f"{name}_en"))
        ]
    there = [name for name in english.EVENT if getattr(event, name) and name != "word_en"]
    if not there:
        return Line(
            _("Textes"), _edit(event, "texts"), [*said, _("Rien en anglais : la page s’y lit en français.")], see_to
        )
    names = {"title": _("Titre")} | named
    missing = [words for name, words in names.items() if getattr(event, name) and f"{name}_en" not in there]
    said.append(_("En anglais : %(texts)s.", texts=", ".join(names[one[:-3]] for one in there)))
    if missing:
        see_to.append(_("Pas encore en anglais : %(texts)s.", texts=", ".join(missing)))
    return Line(_("Textes"), _edit(event, "texts"), said, see_to)


def _lunch_is_missing(event: Event, form: Form) -> bool:
    """Whether there is a programme, and nobody eats."""
    eats = "meal" in form.keys or any(tells_of_a_meal(one.title) for one in event.programme)
    return bool(event.programme or event.slots) and not eats


def _programme(event: Event) -> Line:
    moments, slots, workshops = len(event.programme), len(event.slots), len(event.workshops)
    said = [
        ngettext("%(num)d moment", "%(num)d moments", moments),
        ngettext("%(num)d créneau d’ateliers", "%(num)d créneaux d’ateliers", slots),
        ngettext("%(num)d atelier", "%(num)d ateliers", workshops),
    ]
    counted = [words for words, number in zip(said, (moments, slots, workshops), strict=True) if number]
    see_to = programme_form.warnings(event, programme_form.uses(event))
    if not counted and event.kind in _WITH_A_PROGRAMME:
        see_to = [_("Le programme est vide.")]
    see_to += [
        _("Le créneau « %(slot)s » n’a aucun atelier.", slot=one.label) for one in event.slots if not one.workshops
    ]
    return Line(_("Programme"), url_for("programme.index", slug=event.slug), [", ".join(counted) or _("Vide")], see_to)


def _documents(session: Session, event: Event, now: dt.datetime) -> Line:
    there = documents.of_event(session, event.id)
    said = [ngettext("%(num)d document", "%(num)d documents", len(there)) if there else _("Aucun")]
    if later := sum(1 for one in there if one.shown_from and now < one.shown_from):
        said.append(ngettext("%(num)d pas encore visible", "%(num)d pas encore visibles", later))
    return Line(_("Documents"), url_for("documents.index", slug=event.slug), [", ".join(said)])


def _partners(session: Session, event: Event) -> Line:
    names = partners.names(event)
    logos = len(partners.logos(session, names))
    said = [", ".join(names), ngettext("%(num)d logo", "%(num)d logos", logos) if logos else _("Aucun logo")]
    return Line(_("Organisation et partenaires"), url_for("partners.index", slug=event.slug), said)


def _list_shown(event: Event) -> Line:
    where = url_for("participants.setting", slug=event.slug)
    return Line(_("Qui lit la liste des participants"), where, [_(SHOWN_TO[event.list_reach])])


def _opening(session: Session, event: Event, now: dt.datetime) -> Line:
    opens = (
        _("Ouvrent le %(moment)s", moment=moment(event.opens_at)) if event.opens_at else _("Ouvrent à la publication")
    )
    closes = _("ferment le %(moment)s", moment=moment(event.closes_at)) if event.closes_at else _("ferment à la fin")
    said, see_to = [f"{opens}, {closes}."], []
    if event.by_invitation:
        invited = sum(invitations.counts(session, event.id).values())
        people = ngettext("%(num)d personne invitée", "%(num)d personnes invitées", invited)
        said.append(_("Sur invitation : %(people)s.", people=people))
        if not invited:
            see_to.append(_("Personne n’est invité, et l’on ne s’inscrit que par une invitation."))
    if event.closes_at and event.closes_at <= now < event.starts_at:
        see_to.append(_("Les inscriptions sont closes avant la rencontre : personne ne s’inscrit plus."))
    return Line(_("Inscriptions"), _edit(event, "opening"), said, see_to)


def _form(form: Form, waits: bool, event: Event) -> Line:
    number, must = len(form.questions), sum(1 for one in form.questions if one.required)
    said = ngettext("%(num)d question", "%(num)d questions", number)
    if must:
        said += ngettext(
            ", dont %(num)d à laquelle il faut répondre", ", dont %(num)d auxquelles il faut répondre", must
        )
    where = url_for("form_builder.show", slug=event.slug)
    see_to = [_("Le formulaire a des changements que personne ne voit encore.")] if event.state != "draft" else []
    unready = forms.unready(form)
    if unready:
        see_to.append(_(forms.UNREADY))
    language = str(get_locale() or "fr")
    lapsed = [
        _("« %(question)s » n’est plus posée à personne : elle ne l’était qu’à qui venait un jour que le formulaire ne "
          "propose plus.", question=one.label.of(language))
        for key in lapsed_of(form.questions) if (one := form.get(key))
    ]  # fmt: skip
    return Line(_("Formulaire"), where, [said], [*lapsed, *(see_to if waits else [])], stops=waits and unready)


def _seats(event: Event, left: Places) -> Line:
    said = [ngettext("%(num)d place", "%(num)d places", left.event.capacity), *seats.kept(left.event)]
    see_to = []
    for slot in event.slots:
        seated = sum(left.workshops[one.id].capacity for one in slot.workshops)
        if slot.workshops and seated < left.event.capacity:
            see_to.append(
                ngettext(
                    "« %(slot)s » : ses ateliers ont %(num)d place en tout, moins que la rencontre.",
                    "« %(slot)s » : ses ateliers ont %(num)d places en tout, moins que la rencontre.",
                    seated,
                    slot=slot.label,
                )
            )
    return Line(_("Nombre de places"), url_for("events.show", slug=event.slug, _anchor="capacity"), said, see_to)


def _queue(event: Event) -> Line:
    said = (
        ngettext(
            "Une place libre est proposée %(num)d heure à la personne suivante.",
            "Une place libre est proposée %(num)d heures à la personne suivante.",
            event.offer_hours,
        )
        if event.offer_hours
        else _("Une place libre va aussitôt à la personne suivante.")
    )
    return Line(_("Liste d’attente"), url_for("queue.index", slug=event.slug), [said])


def _wishes(event: Event) -> list[Line]:
    if not event.workshops:
        return []
    said = _("Dans l’ordre des inscriptions.")
    if event.allocation:
        said = _("D’après les souhaits, le %(moment)s.", moment=moment(event.allocation.due_at))
    return [Line(_("Places des ateliers"), url_for("allocations.index", slug=event.slug), [said])]


def _framed(event: Event) -> Line:
    said = event.framed_by or [_("Aucun")]
    return Line(_("Sites qui montrent le formulaire"), url_for("framing.show", slug=event.slug), list(said))


def _reminders(event: Event) -> Line:
    words = event_form.remind_words()
    said = ", ".join(words[one] for one in sorted(event.reminders, reverse=True)) or _("Aucun")
    return Line(_("Rappels à qui a une place"), _edit(event, "opening"), [upfirst(said)])


def _word(event: Event) -> Line:
    return Line(_("Un mot de l’équipe"), _edit(event, "texts"), [event.word or _("Aucun")])


def _told(session: Session, event: Event) -> Line:
    whom = [account.name if account else notice.email for notice, account in notices.told(session, event.id)]
    see_to = [] if whom else [_("Personne n’est averti des inscriptions par courriel.")]
    where = url_for("notices.index", slug=event.slug)
    return Line(_("Qui apprend les inscriptions"), where, [", ".join(whom) or _("Personne n’est averti")], see_to)
