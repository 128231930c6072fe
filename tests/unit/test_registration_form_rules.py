"""What a form may ask, what a condition may look at, how an answer is read: docs/forms.md, rule by rule."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registration.event_templates import TEMPLATES
from services.registration.rules import form_answers, forms
from services.registration.rules.form_days import attended, on_days
from services.registration.rules.forms import Condition, Option, Question, Words
from services.registration.rules.question_library import COLUMNS, LIBRARY, LOCKED, default

OFFER = LIBRARY["carpool_role"]
SEATS = LIBRARY["carpool_seats"]


def test_every_question_of_the_library_is_ready_in_both_languages() -> None:
    assert forms.faults(tuple(LIBRARY.values()), LOCKED) == []
    assert all(one.hint.en for one in LIBRARY.values() if one.hint.fr)


def test_each_template_asks_what_fits_it() -> None:
    for kind in TEMPLATES:
        assert forms.faults(default(kind), LOCKED) == []
    meals = {kind for kind in TEMPLATES if "meal" in {one.key for one in default(kind)}}
    assert meals == {"agora", "workshop_day", "assembly"}
    days = default("agora", [dt.date(2016, 10, 14), dt.date(2016, 10, 15)])
    asked = next(one for one in days if one.key == "days")
    assert [one.words.fr for one in asked.options] == ["vendredi 14 octobre", "samedi 15 octobre"]


def test_seats_are_asked_of_who_offers_a_car_only() -> None:
    form = (OFFER, SEATS)
    assert forms.asked(form, {"carpool_role": ["offer"]}) == {"carpool_role", "carpool_seats"}
    assert forms.asked(form, {"carpool_role": ["seek"]}) == {"carpool_role"}
    assert forms.asked(form, {}) == {"carpool_role"}


def test_what_is_not_asked_counts_as_unanswered() -> None:
    last = Question("last", "text", Words("Fin", "End"), show_if=Condition("middle", ("true",)))
    middle = replace(last, key="middle", type="agreement", show_if=Condition("carpool_role", ("offer",)))
    form = (OFFER, middle, last)
    assert forms.asked(form, {"carpool_role": ["offer"], "middle": ["true"]}) == {"carpool_role", "middle", "last"}
    assert forms.asked(form, {"carpool_role": ["none"], "middle": ["true"]}) == {"carpool_role"}


def condition(on: Question, *values: str, protection: str = forms.ORDINARY) -> list[str]:
    then = Question("then", "text", Words("Alors", "Then"), protection=protection, show_if=Condition(on.key, values))
    return [code for key, code in forms.faults((on, then), {}) if key == "then"]


def test_a_condition_looks_at_an_earlier_closed_question() -> None:
    assert condition(OFFER, "offer") == []
    assert condition(OFFER, "nothing") == ["condition-unknown"]
    assert condition(OFFER) == ["condition-empty"]
    assert condition(LIBRARY["project"], "x") == ["condition-open"]
    assert forms.faults((SEATS, OFFER), {}) == [("carpool_seats", "condition-later")]
    outside = replace(SEATS, show_if=Condition("actor_type", ("authority",)))
    assert forms.faults((outside,), {}) == []


def test_an_ordinary_question_never_tells_a_sensitive_answer() -> None:
    assert condition(LIBRARY["diet"], "vegan") == ["condition-tells"]
    assert condition(LIBRARY["diet"], "vegan", protection=forms.SENSITIVE) == []


def test_what_is_asked_no_more_is_as_protected_as_what_it_would_tell() -> None:
    lift = Question("lift", "choice", Words("Monter"), options=OFFER.options, show_if=Condition(OFFER.key, ("seek",)))
    stop = Question("stop", "text", Words("Arrêt"), show_if=Condition("lift", ("offer",)))
    secret = replace(OFFER, protection=forms.SENSITIVE)
    before, free = (OFFER, SEATS, lift, stop), replace(lift, show_if=None)

    def held(*versions: forms.Questions) -> set[str]:
        return {key for key, protection in forms.classes(*versions).items() if protection == forms.SENSITIVE}

    assert held((OFFER,), before) == set()
    assert held((secret,), before) == {"carpool_role", "carpool_seats", "lift", "stop"}
    assert held((secret,), (OFFER,), before) == {"carpool_role", "carpool_seats", "lift", "stop"}
    assert held((), (secret, SEATS), before) == {"carpool_role", "carpool_seats", "lift", "stop"}
    assert held((secret, free), (OFFER, free), before) == {"carpool_role", "carpool_seats", "stop"}
    assert forms.classes((OFFER, free), (secret,)) == {"carpool_role": "ordinary", "lift": "ordinary"}


@pytest.mark.parametrize("change", [{"type": "date"}, {"protection": "ordinary"}, {"options": ()}])
def test_a_question_with_a_column_stays_what_the_column_holds(change: dict[str, Any]) -> None:
    assert ("diet", "column-changed") in forms.faults((replace(LIBRARY["diet"], **change),), LOCKED)
    assert forms.faults((replace(LIBRARY["diet"], label=Words("Que mangez-vous ?", "What do you eat?")),), LOCKED) == []


def test_a_question_without_words_is_not_ready_and_english_is_a_courtesy() -> None:
    codes = {code for _key, code in forms.faults((Question("x", "choice", Words("", "")),), {})}
    assert codes == {"label-missing", "options-few"}
    assert forms.faults((Question("x", "text", Words("Combien serez-vous ?")),), {}) == []


def test_order_stays_inside_a_section_and_removal_takes_its_conditions() -> None:
    form = forms.in_order((SEATS, LIBRARY["phone"], OFFER))
    assert [one.key for one in form] == ["phone", "carpool_seats", "carpool_role"]
    assert [one.key for one in forms.moved(form, "carpool_role", -1)] == ["phone", "carpool_role", "carpool_seats"]
    assert forms.moved(form, "carpool_seats", -1) == form
    assert forms.without((OFFER, SEATS), "carpool_role") == (replace(SEATS, show_if=None),)


def test_what_is_asked_about_days_follows_the_days_of_the_event() -> None:
    own = attended([dt.date(2016, 10, day) for day in (20, 21)])
    evening = Option("dinner", Words("Le dîner seul"))
    asks = replace(own, options=(*own.options, evening))
    room = Question("room", "text", Words("Une chambre ?"), show_if=Condition("days", ("2016-10-21", "dinner")))
    form = (asks, room)

    def on(*days: int) -> tuple[list[str], tuple[str, ...] | None]:
        found = on_days(form, [dt.date(2016, 10, day) for day in days])
        keys = [option.key[-5:] for one in found if one.key == "days" for option in one.options]
        return keys, found[-1].show_if and found[-1].show_if.values

    assert on_days(form, [dt.date(2016, 10, 20), dt.date(2016, 10, 21)]) == form
    assert on(27, 28) == (["10-27", "10-28", "inner"], ("2016-10-28", "dinner"))  # each took the place of its own
    assert on(21, 22, 23) == (["10-21", "10-22", "10-23", "inner"], ("2016-10-21", "dinner"))
    assert on(27, 28, 29)[1] == ("dinner",)
    assert on(21) == ([], None)  # everybody comes on the day that is left
    assert on(20) == ([], ("2016-10-21", "dinner"))  # nobody on the one that went
    shorter = on_days(form, [dt.date(2016, 10, 20)])
    then = Question("bed", "text", Words("Un lit ?"), show_if=Condition("room", ("x",)))
    assert (forms.asked(shorter, {}), forms.lapsed((*shorter, then))) == (set(), ["room", "bed"])
    assert forms.faults(shorter, {}) == [("room", "condition-day")]
    alone = replace(room, show_if=Condition("days", ("2016-10-21",)))
    gone = on_days((own, alone), [dt.date(2016, 10, day) for day in (18, 19, 20)])
    assert (forms.asked(gone, {"days": ["2016-10-20"]}), forms.faults(gone, {})) == (
        {"days"},
        [("room", "condition-day")],
    )
    back = on_days(gone, [dt.date(2016, 10, day) for day in (20, 21)])
    assert (back[1], forms.lapsed(back)) == (alone, [])  # the day is back, and so is the question
    assert on_days((room,), [dt.date(2016, 10, 27)]) == (room,)
    (moved, _room) = on_days(form, [dt.date(2016, 10, 27), dt.date(2016, 10, 28)])
    assert [option.words.fr for option in moved.options] == ["jeudi 27 octobre", "vendredi 28 octobre", "Le dîner seul"]


def test_the_difference_names_each_change_once() -> None:
    before = (OFFER, SEATS, LIBRARY["project"])
    after = (LIBRARY["project"], replace(SEATS, required=False, show_if=None), LIBRARY["level"])
    assert {(what, new.key) for what, _old, new in forms.changes(before, after)} == {
        ("added", "level"),
        ("removed", "carpool_role"),
        ("changed", "carpool_seats"),
        ("moved", "project"),
    }
    assert forms.changes(before, before) == []


@pytest.mark.parametrize(
    ("one", "texts", "value", "fault"),
    [
        (SEATS, ["3"], 3, ""),
        (SEATS, ["2,5"], 2.5, ""),
        (SEATS, ["9"], None, "large"),
        (SEATS, ["0"], None, "small"),
        (SEATS, ["trois"], None, "number"),
        (SEATS, [], None, "missing"),
        (OFFER, ["offer"], "offer", ""),
        (OFFER, ["bus"], None, "choice"),
        (LIBRARY["countries"], ["mg", "br"], ["br", "mg"], ""),
        (LIBRARY["countries"], ["mg", "xx"], None, "choice"),
        (LIBRARY["call_back"], ["non"], None, ""),
        (LIBRARY["carpool_place"], ["a\nb"], None, "lines"),
        (LIBRARY["carpool_place"], ["a" * 121], None, "long"),
        (LIBRARY["carpool_place"], ["25:99"], "25:99", ""),
        *[(LIBRARY["carpool_return"], [one], None, "time") for one in ("25:99", "vers 17h60", "24 h", "à 30 heures")],
        *[
            (LIBRARY["carpool_return"], [one], one, "")
            for one in (
                "17:30",
                "vers 17 h",
                "23h59",
                "17\u202fh\u202f30 ou 18 h",
                "le 30, vers midi",
                "ligne 99",
                "5:30 pm",
            )
        ],
        (Question("d", "date", Words("Quand ?")), ["3/10/2016"], "2016-10-03", ""),
        (Question("d", "date", Words("Quand ?")), ["31/02/2016"], None, "date"),
    ],
)
def test_answers_are_read_or_refused(one: Question, texts: list[str], value: Any, fault: str) -> None:
    found = form_answers.read(one, texts)
    assert (found.value, found.fault) == (value, fault)


questions = st.builds(
    Question,
    key=st.sampled_from(["a", "b", "diet", "meal"]),
    type=st.sampled_from(forms.TYPES),
    label=st.builds(Words, st.text(max_size=9), st.text(max_size=9)),
    options=st.lists(st.builds(Option, st.text(max_size=3), st.builds(Words, st.text(max_size=3))), max_size=3).map(
        tuple
    ),
    protection=st.sampled_from([forms.ORDINARY, forms.SENSITIVE]),
    section=st.sampled_from(forms.SECTIONS),
    show_if=st.none() | st.builds(Condition, st.sampled_from(["a", "b", "actor_type"]), st.just(("x",))),
    most=st.none() | st.integers(0, 9),
)


@pytest.mark.parametrize(
    ("key", "label", "said"),
    [
        ("structure", Words("Structure", "Structure"), "Organisation"),
        ("function", Words("Fonction", "Function"), "Role"),
        ("structure", Words("Nom de la structure", "Structure"), "Structure"),  # words of a team
        ("structure", Words("Structure", "Your structure"), "Your structure"),
        ("other", Words("Structure", "Structure"), "Structure"),
    ],
)
def test_a_question_of_the_library_says_in_english_what_the_library_says_today(
    key: str, label: Words, said: str
) -> None:
    kept = forms.plain(Question(key, "text", label))
    assert forms.from_plain(kept).label.of("en") == said
    assert forms.from_plain(kept).label.fr == label.fr


@given(form=st.lists(questions, max_size=5).map(tuple), texts=st.lists(st.text(max_size=12), max_size=3))
def test_any_form_is_judged_and_any_answer_read(form: forms.Questions, texts: list[str]) -> None:
    assert tuple(forms.from_plain(forms.plain(one)) for one in form) == form
    forms.faults(form, LOCKED)
    assert forms.asked(form, {one.key: texts for one in form}) <= {one.key for one in form}
    for one in form:
        found = form_answers.read(one, texts)
        if found.value is not None and one.type != "file":
            assert isinstance(form_answers.said(one, found.value, "fr"), str)


def test_what_is_not_asked_has_a_value_for_each_column() -> None:
    assert COLUMNS["meal"] is False
    assert {type(value) for value in COLUMNS.values()} == {str, bool}
    assert attended([dt.date(2016, 10, 1)]).options[0].words.fr == "samedi 1er octobre"
