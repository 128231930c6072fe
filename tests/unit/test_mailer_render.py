"""Single mails: both languages, text and HTML from one source, and nothing a person typed becomes markup."""

from __future__ import annotations

import datetime as dt
import io
import re
from typing import Any

import icalendar
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.mailer import mime, previews, render

TEMPLATES = [
    "registration_confirmed",
    "registration_wait_listed",
    "registration_promoted",
    "registration_changed",
    "registration_cancelled",
    "registration_link",
    "jury_result",
    "contribution_invitation",
]
ATTACK = '<script>alert("x")</script> & <b>gras</b>'


def data(**more: Any) -> dict[str, Any]:
    """What the facts carry, all of it at once."""
    slot = {
        "uid": "r1@agora.example",
        "sequence": 2,
        "starts_at": "2016-10-14T07:00:00+00:00",
        "ends_at": "2016-10-14T15:30:00+00:00",
        "summary": "6e Agora",
        "location": "Toulouse",
        "description": "",
        "url": "",
        "cancelled": False,
    }
    return {
        "person": {"first_name": "Zoé", "last_name": "Martin", "email": "zoe@example.org", "locale": "fr"},
        "organiser": {"name": "Réseau régional de coopération internationale", "email": "contact@agora.example"},
        "occasion": {
            "id": "x",
            "title": "6e Agora : agir ensemble",
            "starts_at": "2016-10-14T07:00:00+00:00",
            "ends_at": "2016-10-14T15:30:00+00:00",
            "place": "Hôtel de Région, 22 boulevard du Maréchal-Juin, Toulouse",
            "to_bring": "une gourde, et des photos de votre projet",
            "url": "https://agora.example/e/agora-2016",
        },
        "reference": "AG16-0042",
        "registered_by": "Soa Rakoto",
        "ticket": "AGORA-7F3K-92QX",
        "rank": 12,
        "calendar": [slot],
        "workshops": [
            {"title": "Eau et commune", "slot": "Matin", "room": "B12", "outcome": "confirmed", "rank": None},
            {"title": "Écoles jumelles", "slot": "Après-midi", "room": "", "outcome": "waiting", "rank": 3},
        ],
        "link": "https://agora.example/i/Zx81kQ",
        "undo_until": "2016-10-05T16:00:00+00:00",
        "call_title": "Tribune des projets 2016",
        "project_title": "De l’eau pour Ambatomanga",
        "structure": "Les Amis de Vakinankaratra",
        "outcome": "reserve",
        "projects": 18,
        "score": "13.75",
        "readings": 9,
        "criteria": [
            {"title": "Besoin et pertinence", "weight": 15, "mean": "4.25", "maximum": 5},
            {"title": "Co-construction avec l’autorité locale partenaire", "weight": 20, "mean": "2.80", "maximum": 5},
        ],
        "distance": "-0.41",
        "feedback": ["Un partenariat solide.\nLe budget gagnerait à être détaillé."],
        "number": 34,
        "until": "2016-10-10T21:59:00+00:00",
    } | more


def person(locale: str = "fr", **names: str) -> dict[str, str]:
    return {"first_name": "Zoé", "last_name": "Martin", "email": "zoe@example.org", "locale": locale} | names


def test_no_line_of_a_french_text_begins_with_what_ends_the_one_before() -> None:
    for length in range(80):
        told = data()
        told["occasion"]["title"] = "x" * length + " « ici »"
        lines = render.render("registration_confirmed", told).text.splitlines()
        assert not [line for line in lines if line.lstrip()[:1] in set(":;!?»")], f"a title of {length} letters"


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_colon_follows_the_word_at_once_in_english(template: str) -> None:
    typed = data(person=person("en"))
    typed["occasion"]["title"] = "Agora"
    assert re.search(r"[ \u00a0\u202f]:", render.render(template, typed).text) is None


@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize("locale", ["fr", "en"])
def test_every_template_says_the_same_in_text_and_html(template: str, locale: str) -> None:
    made = render.render(template, data(person=person(locale)))
    assert f'<html lang="{locale}"' in made.html
    assert "<h1" in made.html
    assert "&lt;" not in made.html
    assert "{{" not in made.html + made.text + made.subject
    assert len(made.html.encode()) < 40_000
    links = set(re.findall(r'href="(https://[^"]+)"', made.html))
    assert links == set(re.findall(r"https://\S+", made.text))
    told = ("Bonjour Zoé,", "Hello Zoé,")[locale == "en"]
    assert told in made.html
    assert told in made.text
    assert all(len(line) <= 72 or "https://" in line for line in made.text.splitlines())
    assert not re.search("personne suivante|next person", " ".join(made.text.split()))  # nobody may wait
    assert (made.to_name, made.reply_to) == ("Zoé Martin", "contact@agora.example")


def test_french_days_hours_and_spaces() -> None:
    made = render.render("registration_confirmed", data())
    assert made.subject == "Votre place est réservée\u202f: 6e Agora\u202f: agir ensemble"
    assert "vendredi 14 octobre 2016, de 9\u202fh à 17\u202fh\u202f30" in " ".join(made.text.split(" ")).replace(
        "\n", " "
    )
    assert "«\u202f6e Agora\u202f: agir ensemble\u202f»" in made.html
    both = ("2016-10-14T09:00:00+02:00", "2016-10-15T17:00:00+02:00")
    assert render.Words("fr").span(*both).replace("\u202f", " ") == (
        "du vendredi 14 octobre 2016 à 9 h au samedi 15 octobre 2016 à 17 h"
    )
    assert render.Words("en").span(*both) == "from Friday 14 October 2016 at 9:00 to Saturday 15 October 2016 at 17:00"


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        ("selected", "Votre projet est retenu"),
        ("reserve", "sur la liste de réserve"),
        ("not_selected", "n’a pas été retenu"),
    ],
)
def test_the_jurys_answer_is_plain_and_complete(outcome: str, words: str) -> None:
    made = render.render("jury_result", data(outcome=outcome))
    assert words in made.html
    assert words in made.text
    for said in ("4,25 sur 5", "13,75 sur 20", "12 sur 18 projets", "Le budget gagnerait"):
        assert said in made.html.replace("\n", " ")


def test_the_jurys_answer_says_what_is_given_of_what_was_asked_and_that_a_rank_was_moved() -> None:
    more = {
        "award": {"cents": 350_000},
        "asked": {"cents": 500_000},
        "score_rank": 14,
        "move_reason": "Le puits ne peut pas attendre.",
    }
    text = " ".join(render.render("jury_result", data(outcome="selected", **more)).text.split())
    assert "L’aide est de 3 500 € sur les 5 000 € demandés." in text
    assert "Les notes seules donnaient le rang 14. Le jury a changé l’ordre en délibérant" in text
    assert "Le puits ne peut pas attendre." in text


def test_the_jurys_answer_calls_weights_a_percentage_only_when_they_add_up_to_100() -> None:
    def said(*weights: int) -> str:
        criteria = [{"title": "Besoin", "weight": one, "mean": "3.82", "maximum": 5} for one in weights]
        made = render.render("jury_result", data(outcome="selected", criteria=criteria))
        return made.text.replace("\u202f", " ").replace("\xa0", " ")

    assert "60 %" in said(60, 40)
    assert "%" not in said(3, 2)


def test_a_confirmation_carries_ticket_and_calendar() -> None:
    made = render.render("registration_confirmed", data())
    picture, file = made.attachments
    assert (picture.cid, picture.data[:4]) == ("billet", b"\x89PNG")
    assert 'src="cid:billet"' in made.html
    assert "AGORA-7F3K-92QX" in made.text
    assert "AGORA-7F3K-92QX" in made.html
    (entry,) = icalendar.Calendar.from_ical(file.data).walk("VEVENT")
    assert entry.decoded("dtstart") == dt.datetime(2016, 10, 14, 7, tzinfo=dt.UTC)
    content = mime.letter(made.text, made.html, made.attachments)
    assert b'text/calendar; charset="utf-8"; method="PUBLISH"' in content.raw


@pytest.mark.parametrize(
    ("locale", "wishes", "when"),
    [
        ("fr", "Matin : Eau, puis Santé", "La répartition a lieu le lundi 10 octobre 2016 à 20 h."),
        ("en", "Matin: Eau, then Santé", "They are allocated on Monday 10 October 2016 at 20:00."),
    ],
)
def test_who_ranked_workshops_reads_their_wishes_and_when_they_are_allocated(
    locale: str, wishes: str, when: str
) -> None:
    ranked = {"ranked": [{"slot": "Matin", "titles": ["Eau", "Santé"]}], "allocated_at": "2016-10-10T18:00:00+00:00"}
    for template in ("registration_confirmed", "registration_wait_listed", "registration_changed"):
        made = render.render(template, data(person=person(locale), workshops=[], **ranked))
        plain = " ".join(made.text.replace("\u202f", " ").replace("\xa0", " ").split())
        assert (wishes in plain, when in plain) == (True, True)
    assert "épartition" not in render.render("registration_confirmed", data()).text


@pytest.mark.parametrize(
    ("locale", "subject", "said", "unsaid"),
    [
        ("fr", "Une place d’atelier s’est libérée pour vous", "dans « Eau », « Santé » : elle est à vous", "l’origine"),
        ("en", "A workshop place has come free for you", "in “Eau”, “Santé”: it is yours", "not you who"),
    ],
)
def test_who_waited_for_a_workshop_reads_that_it_is_theirs(locale: str, subject: str, said: str, unsaid: str) -> None:
    told, plain = (
        render.render("registration_changed", data(person=person(locale), **gained))
        for gained in ({"gained": ["Eau", "Santé"]}, {})
    )
    texts = [" ".join(one.text.replace("\u202f", " ").replace("\xa0", " ").split()) for one in (told, plain)]
    assert [one.subject.startswith(subject) for one in (told, plain)] == [True, False]
    assert [(said in text, unsaid in text) for text in texts] == [(True, False), (False, True)]


@pytest.mark.parametrize(
    ("locale", "kept", "queue"),
    [("fr", "Eau et commune, souhait gardé", "liste d’attente (rang"), ("en", "wish kept", "waiting list (rank")],
)
def test_who_waits_for_the_event_has_wishes_and_no_queue(locale: str, kept: str, queue: str) -> None:
    wish = {"title": "Eau et commune", "slot": "Matin", "room": "B12", "outcome": "waiting", "rank": None}
    made = render.render("registration_wait_listed", data(person=person(locale), workshops=[wish]))
    assert kept in made.text
    assert kept in made.html
    assert queue not in made.text
    queued = render.render("registration_confirmed", data(person=person(locale), workshops=[wish | {"rank": 3}]))
    assert kept not in queued.text
    assert f"{queue} 3)" in queued.text


@pytest.mark.parametrize(
    ("locale", "beside", "offered"),
    [
        (
            "fr",
            "À la même heure, il reste des places : « Forêts », « Santé »",
            "place proposée jusqu’au lundi 10 octobre 2016 à 20 h",
        ),
        (
            "en",
            "At the same time, there are places left in: “Forêts”, “Santé”",
            "a place is kept for you until Monday 10 October 2016 at 20:00",
        ),
    ],
)
def test_who_waits_for_a_workshop_reads_which_others_have_seats_and_who_is_offered_one_until_when(
    locale: str, beside: str, offered: str
) -> None:
    wish = {"title": "Jumelages", "slot": "Matin", "room": "", "outcome": "waiting"}
    waits = wish | {"rank": 2, "beside": ["Forêts", "Santé"]}
    kept = wish | {"rank": None, "offered_until": "2016-10-10T18:00:00+00:00"}
    made = render.render("registration_confirmed", data(person=person(locale), workshops=[waits, kept]))
    for text in (made.text, made.html):
        plain = " ".join(text.replace("\u202f", " ").replace("\xa0", " ").split())
        assert beside in plain
        assert offered in plain


@pytest.mark.parametrize(
    ("slot", "hour", "told"),
    [
        ({"slot": "Ateliers du matin", "starts_at": "2016-10-14T09:00:00+00:00"}, ("11 h", "11:00"), "matin, {} :"),
        ({"slot": "Second jour", "starts_at": "2016-10-15T09:30:00+00:00"}, ("11 h 30", "11:30"), "2016, {} :"),
        ({"slot": "11 h – 12 h 15", "starts_at": "2016-10-14T09:00:00+00:00"}, ("12 h 15", "12 h 15"), "– {} :"),
        ({"slot": "Matin"}, ("Matin", "Matin"), "- {} :"),
    ],
)
def test_a_mail_says_when_each_workshop_begins(slot: dict[str, str], hour: tuple[str, str], told: str) -> None:
    wish = {"title": "Eau et commune", "room": "", "outcome": "confirmed", "rank": None} | slot
    for locale, at in zip(("fr", "en"), hour, strict=True):
        text = render.render("registration_confirmed", data(person=person(locale), workshops=[wish])).text
        plain = " ".join(text.replace("*", "-").split()).replace("\u202f", " ").replace("\u00a0", " ")
        assert told.format(at).replace(" :", " :" if locale == "fr" else ":") in plain


def test_an_hour_stays_on_one_line() -> None:
    hours = [render.Words(language).hour("2016-10-14T15:30:00+00:00") for language in ("fr", "en")]
    assert hours == ["17\u202fh\u202f30", "17:30"]


def test_a_cancellation_has_no_ticket_and_cancels_the_calendar() -> None:
    cancelled = data()["calendar"][0] | {"cancelled": True}
    made = render.render("registration_cancelled", data(calendar=[cancelled]))
    (file,) = made.attachments
    assert b"STATUS:CANCELLED" in file.data


@pytest.mark.parametrize(
    ("locale", "own", "one", "many"),
    [
        ("fr", "hors de vos souhaits", "1 personne l’a demandé, dont 1 en premier, pour 1 place.", "pour 20 places."),
        ("en", "not one of your wishes", "1 person asked for it, 1 of them first, for 1 place.", "for 20 places."),
    ],
)
def test_the_allocation_counts_in_words_and_knows_what_was_chosen_by_hand_since(
    locale: str, own: str, one: str, many: str
) -> None:
    better = {"title": "Énergie", "rank": 1, "asked": 1, "first": 1, "seats": 1}
    outcome = {"slot": "Matin", "title": "Eau et commune", "room": "", "rank": None, "better": [better]}
    crowded = outcome | {"rank": 2, "better": [better | {"asked": 34, "first": 26, "seats": 20}]}
    made = render.render(
        "workshops_allocated", data(person=person(locale), outcomes=[outcome, crowded], lot=3, people=9)
    )
    text = " ".join(made.text.replace("\u202f", " ").split())
    assert "None" not in text
    assert own in text
    assert one in text
    assert many in text
    nothing = outcome | {"title": "", "better": [better, better]}
    made = render.render("workshops_allocated", data(person=person(locale), outcomes=[nothing], lot=3, people=9))
    short = {"fr": "Avec deux souhaits nommés", "en": "With two wishes"}[locale]
    assert (short in " ".join(made.text.split()), short in text) == (True, False)


@pytest.mark.parametrize(("locale", "back"), [("fr", "en fin de"), ("en", "the end of")])
def test_who_leaves_the_waiting_list_gave_no_place_back(locale: str, back: str) -> None:
    of_a_call = [slot | {"uid": "event-x@agora", "cancelled": True} for slot in data()["calendar"]]
    for calendar in ([], of_a_call):
        waited = render.render("registration_cancelled", data(person=person(locale), calendar=calendar))
        assert back in waited.text
        assert "place" not in waited.text
    held = render.render("registration_cancelled", data(person=person(locale)))
    assert "place" in held.text
    assert back not in held.text


@pytest.mark.parametrize("template", TEMPLATES)
def test_what_people_typed_is_never_markup(template: str) -> None:
    given_data = data(
        person=person(first_name=ATTACK),
        structure=ATTACK,
        project_title=ATTACK,
        feedback=[ATTACK],
        reference=ATTACK,
        criteria=[{"title": ATTACK, "weight": 1, "mean": ATTACK, "maximum": 5}],
        workshops=[{"title": ATTACK, "slot": ATTACK, "room": ATTACK, "outcome": "confirmed", "rank": None}],
    )
    given_data["occasion"] |= {"title": ATTACK, "place": ATTACK, "to_bring": ATTACK}
    given_data["organiser"] = {"name": ATTACK, "email": "contact@agora.example"}
    made = render.render(template, given_data)
    assert "<script" not in made.html
    assert "<b>" not in made.html


@settings(max_examples=30, deadline=None)
@given(name=st.text(max_size=120), title=st.text(max_size=200))
def test_any_name_makes_a_mail_or_a_clear_refusal(name: str, title: str) -> None:
    given_data = data(person=person(first_name=name))
    given_data["occasion"]["title"] = title
    made = render.render("registration_link", given_data)
    try:
        headers = mime.text_header("Subject", made.subject) + mime.address_header("To", made.to_name, "a@example.org")
    except mime.UnsafeHeader:
        return
    assert headers.count(b"\r\nTo: ") == 1


def test_missing_data_is_an_error() -> None:
    incomplete = data()
    del incomplete["link"]
    with pytest.raises(Exception, match="'link' is undefined"):
        render.render("registration_link", incomplete)


def test_the_ticket_picture_is_a_png_of_the_code() -> None:
    made = render.render("registration_confirmed", data())
    assert io.BytesIO(made.attachments[0].data).read(8) == b"\x89PNG\r\n\x1a\n"


def test_a_project_that_too_few_scored_is_told_no_rank() -> None:
    """Its means by criterion may be high: it was not the last, it was not ranked."""
    for locale, rank, why in (("fr", "Rang :", "trop peu de membres"), ("en", "Rank:", "too few members")):
        said = {"outcome": "not_selected", "person": person(locale)}
        text = " ".join(render.render("jury_result", data(**said, score=None)).text.replace("\u202f", " ").split())
        assert (why in text, rank in text) == (True, False)
        ranked = " ".join(render.render("jury_result", data(**said)).text.replace("\u202f", " ").split())
        assert (why in ranked, rank in ranked) == (False, True)


def test_who_is_told_that_an_answer_does_not_pass_reads_why_and_which_mail_to_answer() -> None:
    """An answer to the refusal itself goes to the organiser: the mail says so wherever trying again helps."""
    sample = previews.sample("carpool_refused")
    for language, words in (("fr", "non à celui-ci"), ("en", "not to this one")):
        person = sample["person"] | {"locale": language}
        told = {
            reason: " ".join(
                render.render("carpool_refused", sample | {"reason": reason, "person": person}).text.split()
            )
            for reason in ("carpool-long", "carpool-quoted", "event-over", "carpool-unknown", "a reason of tomorrow")
        }
        assert [words in told[reason] for reason in told] == [True, True, False, False, False]
        assert told["carpool-unknown"] == told["a reason of tomorrow"]
        assert len(set(told.values())) == 4


@pytest.mark.parametrize(
    ("locale", "said"), [("fr", "reprendre votre place si elle est encore libre"), ("en", "if it is still free")]
)
def test_a_place_given_back_is_not_promised_for_a_second_time(locale: str, said: str) -> None:
    assert said in " ".join(render.render("registration_cancelled", data(person=person(locale))).text.split())


@pytest.mark.parametrize("locale", ["fr", "en"])
def test_who_waits_is_not_told_that_all_places_are_taken(locale: str) -> None:
    """Some may be kept for other types of actor, or be too few for a party that waits together."""
    text = " ".join(render.render("registration_wait_listed", data(person=person(locale))).text.split())
    assert ("pas de place pour vous" in text, "no place for you" in text) == (locale == "fr", locale == "en")


def test_a_payment_says_its_sum_and_when_without_naming_them() -> None:
    fr, en = (previews.preview("award_opened", language).mail.text for language in ("fr", "en"))
    assert "- Année 1\u202f: 4\u202f000\u202f€, dès maintenant\n- Année 1, solde\u202f: 1\u202f000\u202f€, après" in fr
    assert "- Year 1: €4,000, now\n- Year 1, balance: €1,000, after" in en


def test_the_first_of_a_month_is_written_as_one_says_it() -> None:
    for language, said in (("fr", "mardi 1er janvier 2030"), ("en", "Tuesday 1 January 2030")):
        words = render.Words(language)
        assert (words.date("2030-01-01"), words.day("2029-12-31T23:30:00+00:00")) == (said, said)


@pytest.mark.parametrize(("locale", "subject"), [("fr", "Votre inscription : "), ("en", "Your registration: ")])
def test_a_link_that_is_sent_again_is_titled_after_the_registration(locale: str, subject: str) -> None:
    """Whoever asked for it: the person, or the team while they telephone."""
    made = render.render("registration_link", data(person=person(locale)))
    assert made.subject.replace("\u202f", " ").replace("\u00a0", " ").startswith(subject)
    assert not re.search("Vous avez demandé|You asked", made.text)


def test_what_the_team_adds_keeps_its_lines_and_leads_where_it_says() -> None:
    told = data()
    told["occasion"]["word"] = "Par la cour.\n\nPlan : https://lieu.example/plan\n<b>Sonnez</b> au 12\n> deux fois"
    made = render.render("registration_confirmed", told)
    assert re.search(r"<p[^>]*>Par la cour\.</p>", made.html)
    assert re.search(r'Plan\W: <a href="https://lieu\.example/plan"[^>]*>lieu\.example/plan</a><br>', made.html)
    assert "&lt;b&gt;Sonnez&lt;/b&gt; au 12<br>" in made.html
    assert "<b>Sonnez</b> au 12\n\u200b> deux fois\n\n" in made.text
    assert re.search(r"Par la cour\.\n\nPlan\W: https://lieu\.example/plan\n", made.text)
