"""Whatever a browser or a robot sends becomes data or messages, never an exception."""

from __future__ import annotations

import marshmallow as ma
import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import fields, validate
from werkzeug.datastructures import MultiDict

from shared.errors import RuleError
from shared.web.forms import HARD_LIMIT, Loaded, control_characters, load, tidy


class Everything(ma.Schema):
    name = fields.String(required=True, validate=validate.Length(min=1, max=40))
    email = fields.Email(required=True, validate=validate.Length(max=254))
    note = fields.String(load_default="", validate=validate.Length(max=200), metadata={"multiline": True})
    seats = fields.Integer(load_default=1, validate=validate.Range(min=1, max=9))
    price = fields.Decimal(load_default=None, allow_none=True)
    born = fields.Date(load_default=None)
    at = fields.AwareDateTime(load_default=None)
    wish = fields.UUID(load_default=None)
    site = fields.URL(load_default="")
    meal = fields.String(load_default="no", validate=validate.OneOf(["yes", "no"]))
    topics = fields.List(fields.String(validate=validate.OneOf(["eau", "ecole"])), load_default=list)
    newsletter = fields.Boolean(load_default=False)


GOOD = {"name": "Églantine", "email": "eglantine@example.org"}
anything = st.one_of(
    st.text(),
    st.text(alphabet=st.characters(min_codepoint=0, max_codepoint=0x10FFFF)),
    st.binary().map(lambda raw: raw.decode("utf-8", "replace")),
    st.sampled_from(["9" * 5000, "1e999999", "NaN", "-inf", "\x00", "a\r\nBcc: x@y.fr", "\ud800", "٣", "= 1+1"]),
)


@given(st.lists(st.tuples(st.one_of(st.sampled_from(sorted(Everything().fields)), st.text(max_size=20)), anything)))
def test_no_posted_form_ever_raises(pairs: list[tuple[str, str]]) -> None:
    loaded = load(Everything(), MultiDict(pairs))

    assert (loaded.data is None) == bool(loaded.errors)
    for values in loaded.errors.values():
        assert values
        assert all(values)


@given(anything)
def test_no_control_character_reaches_a_use_case(text: str) -> None:
    loaded = load(Everything(), MultiDict({**GOOD, "name": text, "note": text}))

    if loaded.data is not None:
        assert not control_characters(loaded.data["name"])
        assert "\n" not in loaded.data["name"]
        assert "\r" not in loaded.data["note"]
        loaded.data["note"].encode("utf-8")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("\u202a06 12 34 56 78\u202c", "06 12 34 56 78"),  # as an address book pastes a number
        ("\u202eadmin\u2066", "admin"),  # else the rest of the line, whoever wrote it, is read backwards
        ("\u200b \u2060\ufeff", ""),  # nothing that anybody sees is no answer
        ("e\u202d\u0301", "\u00e9"),
        (
            "\u06a9\u062a\u0627\u0628\u200c\u0647\u0627 \U0001f469\u200d\U0001f33e",
            "\u06a9\u062a\u0627\u0628\u200c\u0647\u0627 \U0001f469\u200d\U0001f33e",
        ),
    ],
)
def test_signs_that_nobody_sees_go_where_they_mean_nothing(typed: str, kept: str) -> None:
    assert tidy(typed) == kept


@given(anything)
def test_tidy_is_idempotent(text: str) -> None:
    assert tidy(tidy(text)) == tidy(text)


def test_a_right_form_gives_data_and_keeps_what_was_typed() -> None:
    loaded = load(
        Everything(),
        MultiDict(
            [
                ("name", "  E\u0301glantine "),
                ("email", "eglantine@example.org"),
                ("note", "un\r\ndeux"),
                ("seats", ""),
                ("topics", "eau"),
                ("topics", "ecole"),
                ("csrf_token", "secret"),
                ("unknown", "1"),
            ]
        ),
    )

    assert loaded.errors == {}
    assert loaded.data is not None
    assert loaded.data["name"] == "Églantine"
    assert loaded.data["note"] == "un\ndeux"
    assert loaded.data["seats"] == 1
    assert loaded.data["topics"] == ["eau", "ecole"]
    assert loaded.data["newsletter"] is False
    assert "unknown" not in loaded.data
    assert "csrf_token" not in loaded.raw
    assert loaded.raw["topics"] == ["eau", "ecole"]


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("name", "", "Répondez à cette question."),
        ("name", "x" * 10_000, "Ce texte est trop long : 40 caractères au plus, il en a 10000."),
        ("name", "x" * 1_000_000, "Ce texte est trop long : 40 caractères au plus."),
        ("name", "a\nBcc: voleur@example.org", "Ce texte doit tenir sur une seule ligne."),
        ("name", "a\x00b", "Ce texte contient des caractères invisibles : recopiez-le à la main."),
        ("name", "a\ufffeb", "Ce texte contient des caractères invisibles : recopiez-le à la main."),
        ("email", "eglantine", "Cette adresse électronique n’est pas complète : nom@domaine.fr."),
        ("email", "", "Répondez à cette question."),
        ("seats", "deux", "Écrivez un nombre entier."),
        ("seats", "12", "Ce nombre est trop grand : 9 au plus."),
        ("seats", "0", "Ce nombre est trop petit : 1 au moins."),
        ("born", "2016-02-30", "Cette date n’existe pas : écrivez jour, mois, année."),
        ("meal", "peut-être", "Choisissez dans la liste."),
        ("topics", "lune", "Choisissez dans la liste."),
        ("wish", "42", "Choisissez dans la liste."),
    ],
)
def test_errors_say_what_to_do(field: str, value: str, message: str) -> None:
    loaded = load(Everything(), MultiDict({**GOOD, field: value}))

    assert loaded.data is None
    said = {name: values[0].replace("\u202f", " ") for name, values in loaded.errors.items()}
    assert said == {field: message}


def test_too_much_is_cut_before_it_is_looked_at() -> None:
    loaded = load(Everything(), MultiDict({**GOOD, "note": "é" * 3_000_000}))

    assert len(loaded.raw["note"]) == HARD_LIMIT + 1


def test_no_value_of_a_long_list_is_left_out() -> None:
    loaded = load(Everything(), MultiDict([*GOOD.items(), *[("topics", "eau")] * 600]))

    assert loaded.data is not None
    assert len(loaded.data["topics"]) == 600


def test_a_later_rule_can_refuse_a_field() -> None:
    loaded = load(Everything(), MultiDict(GOOD))
    assert loaded.data is not None

    loaded.refuse("email", "Cette adresse est déjà inscrite.")

    assert loaded.data is None
    assert (loaded or Loaded()) is loaded  # refused is not absent: its errors and what was typed are to be shown
    assert loaded.errors == {"email": ["Cette adresse est déjà inscrite."]}
    assert loaded.raw["name"] == "Églantine"


def test_a_rule_speaks_at_its_field_and_elsewhere_on_a_page_of_its_own() -> None:
    form = Loaded(data={})
    form.take(RuleError("late", "C’est trop tard.", field="day"))
    assert (form.data, form.errors) == (None, {"day": ["C’est trop tard."]})
    with pytest.raises(RuleError, match="n’est plus là"):
        form.take(RuleError("gone", "Cette page n’est plus là."))


def test_a_first_form_shows_values_without_errors() -> None:
    assert Loaded.of({"name": "Ana", "phone": None}).raw == {"name": "Ana"}
