"""What a mail is made of: equal to the standard library's work, and proof against every name."""

import datetime as dt
import email
import html
import re
from email import policy, quoprimime
from email.message import EmailMessage
from email.utils import format_datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.mailer import mime

TEXT = """Bonjour {{first_name}},

L’Écho du Réseau n° 34 — « Agir à Madagascar », un titre assez long pour être coupé par l’encodage.
.une ligne qui commence par un point
From une ligne qui commence par From
ligne qui finit par une espace \t
Se désinscrire : {{unsubscribe_url}}
"""
HTML = (
    """<!doctype html>
<html lang="fr"><body>
  <p>Bonjour   {{first_name}}, voici <strong>l’Écho</strong> = nº 34.</p>
\t<p>"""
    + "é" * 200
    + """</p>
  <a href="{{unsubscribe_url}}">Se désinscrire</a> ({{first_name}})
</body></html>"""
)
BOUNDARY = "=_agora_0123456789"
_HOLE = re.compile(r"\{\{([a-z_]+)\}\}")
AT = dt.datetime(2016, 10, 14, 9, 30, tzinfo=dt.UTC)


def by_the_standard_library(text: str, rich: str, headers: dict[str, str]) -> bytes:
    message = EmailMessage(policy=mime.STDLIB_POLICY)
    for name, value in headers.items():
        message[name] = value
    message.set_content(text, cte="quoted-printable")
    message.add_alternative(rich, subtype="html", cte="quoted-printable")
    message.set_boundary(BOUNDARY)
    return message.as_bytes()


def test_a_filled_body_is_byte_for_byte_the_standard_librarys() -> None:
    values = {"first_name": "Zoé & <Co>", "unsubscribe_url": "https://agora.example/unsubscribe/" + "x" * 90}
    made = mime.Alternative(TEXT, HTML, BOUNDARY).fill(values)
    text, rich = TEXT, HTML
    for name, value in values.items():
        text = text.replace("{{" + name + "}}", value)
        rich = rich.replace("{{" + name + "}}", html.escape(value))
    headers = {
        "From": "Reseau <echo@agora.example>",
        "To": "Jeanne Martin <jeanne@example.org>",
        "Date": format_datetime(AT),
        "Message-ID": "<abc@agora.example>",
        "Subject": "L'Echo du Reseau no 34",
    }
    ours = b"".join(
        [
            mime.address_header("From", "Reseau", "echo@agora.example"),
            mime.address_header("To", "Jeanne Martin", "jeanne@example.org"),
            mime.date_header(AT),
            mime.token_header("Message-ID", ["<abc@agora.example>"]),
            mime.text_header("Subject", "L'Echo du Reseau no 34"),
            *made.headers,
            b"\r\n",
            made.raw,
        ]
    )
    assert ours == by_the_standard_library(text, rich, headers)


lines = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)


@given(text=st.lists(lines, max_size=6).map("\n".join), rich=st.lists(lines, max_size=6).map("\n".join))
def test_any_content_is_encoded_as_the_standard_library_does(text: str, rich: str) -> None:
    text, rich = text.replace("{{", "{"), rich.replace("{{", "{")
    content = mime.Alternative(text, rich, BOUNDARY).fill({})
    assert b"".join([*content.headers, b"\r\n", content.raw]) == by_the_standard_library(text, rich, {})
    assert content.canonical == mime.relaxed(content.raw)


# Dots and spaces at the edges of lines, holes next to each other, and values long enough to move every break.
pieces = st.one_of(lines, st.sampled_from([*"{{first_name}} {{unsubscribe_url}} .. . =".split(), "\n", " ", "é" * 40]))
contents = st.lists(pieces, max_size=12).map(
    lambda words: re.sub(r"\{\{(?!(?:first_name|unsubscribe_url)\}\})", "{", "".join(words)) + "\n"
)
people = st.fixed_dictionaries(
    {
        "first_name": st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=90),
        "unsubscribe_url": st.text("abc.=/", max_size=150),
    }
)


def filled_in(content: str, values: dict[str, str]) -> str:
    return _HOLE.sub(lambda hole: values[hole[1]], content)


@given(text=contents, rich=contents, readers=st.lists(people, min_size=1, max_size=5))
def test_any_letter_filled_for_any_reader_is_the_standard_librarys(
    text: str, rich: str, readers: list[dict[str, str]]
) -> None:
    body = mime.Alternative(text, rich, BOUNDARY)
    for values in readers:
        content = body.fill(values)
        filled = filled_in(text, values), filled_in(rich, {hole: html.escape(value) for hole, value in values.items()})
        assert b"".join([*content.headers, b"\r\n", content.raw]) == by_the_standard_library(*filled, {})
        assert content.canonical == mime.relaxed(content.raw)
        assert content.stuffed == b"\r\n".join(
            b"." + line if line.startswith(b".") else line for line in content.raw.split(b"\r\n")
        )


def test_holes_are_named_and_a_missing_value_is_an_error() -> None:
    made = mime.Alternative(TEXT, HTML, BOUNDARY)
    assert made.holes == {"first_name", "unsubscribe_url"}
    with pytest.raises(KeyError):
        made.fill({"first_name": "Zoé"})


def test_a_boundary_that_occurs_in_the_text_is_refused() -> None:
    with pytest.raises(ValueError, match="boundary"):
        mime.Alternative(f"--{BOUNDARY}", "", BOUNDARY)


anything = st.text(max_size=300)
printable = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\u2028\u2029"), min_size=1, max_size=300
)


def parsed(*headers: bytes) -> EmailMessage:
    read = email.message_from_bytes(b"".join(headers) + b"\r\nbody", policy=policy.default)
    assert isinstance(read, EmailMessage)
    return read


@settings(max_examples=300)
@given(name=anything, subject=anything)
def test_no_value_makes_a_second_header(name: str, subject: str) -> None:
    try:
        headers = mime.address_header("To", name, "a@example.org") + mime.text_header("Subject", subject)
    except mime.UnsafeHeader:
        return
    assert parsed(headers).keys() == ["To", "Subject"]
    assert all(len(line) <= 998 for line in headers.split(b"\r\n"))


@pytest.mark.parametrize(
    "attack", ["a\r\nBcc: x@example.org", "a\nBcc: x", "a\rb", "a\0b", "a\x7fb", "a\x85b", "a\u2028b", "\x1b[2J"]
)
def test_control_characters_are_refused_in_every_kind_of_header(attack: str) -> None:
    with pytest.raises(mime.UnsafeHeader):
        mime.text_header("Subject", attack)
    with pytest.raises(mime.UnsafeHeader):
        mime.address_header("To", attack, "a@example.org")
    with pytest.raises(mime.UnsafeHeader):
        mime.address_header("To", "", f"a{attack}@example.org")
    with pytest.raises(mime.UnsafeHeader):
        mime.token_header("List-Unsubscribe", [attack])
    with pytest.raises(mime.UnsafeHeader):
        mime.Alternative("{{first_name}}", "", BOUNDARY).fill({"first_name": attack})


@settings(max_examples=300)
@given(subject=printable)
def test_a_subject_reads_back_as_it_was(subject: str) -> None:
    assert str(email.header.make_header(email.header.decode_header(raw_value("Subject", subject)))) == subject


def raw_value(name: str, value: str) -> str:
    """The value as it stands on the wire, unfolded."""
    return mime.text_header(name, value).decode().partition(": ")[2].replace("\r\n", "").rstrip()


def read_back(name: str) -> tuple[str, list[str]]:
    """The display name by RFC 2047, and the addresses that a reader finds."""
    raw = mime.address_header("To", name, "a@example.org")
    phrase = raw.decode()[4:].replace("\r\n", "").rpartition(" <")[0]
    if phrase.startswith('"'):
        return re.sub(r"\\(.)", r"\1", phrase[1:-1]), [a.addr_spec for a in parsed(raw)["To"].addresses]
    decoded = str(email.header.make_header(email.header.decode_header(phrase)))
    return decoded, [a.addr_spec for a in parsed(raw)["To"].addresses]


@settings(max_examples=300)
@given(name=printable.filter(lambda name: name.strip() == name))
def test_a_display_name_reads_back_as_it_was(name: str) -> None:
    assert read_back(name) == (name, ["a@example.org"])


@pytest.mark.parametrize(
    "name", ["Martin, Jeanne", 'Jeanne "Jo" Martin', "Zoé Élodie", "a\\b", "é, b <x@y>", "=?utf-8?q?x?=", "N" * 10_000]
)
def test_awkward_names_stay_one_recipient(name: str) -> None:
    assert read_back(name) == (name, ["a@example.org"])


@pytest.mark.parametrize("address", ["élodie@example.org", "a b@example.org", "a@b>,<c@d", "a@b\r\nBcc: c@d"])
def test_an_address_that_is_not_plain_is_refused(address: str) -> None:
    with pytest.raises(mime.UnsafeHeader):
        mime.address_header("To", "", address)


def test_a_single_mail_carries_its_picture_and_its_calendar() -> None:
    content = mime.letter(
        "Bonjour",
        '<img src="cid:billet" alt="">',
        [
            mime.Attachment("billet.png", "image", "png", b"\x89PNG", cid="billet"),
            mime.Attachment("agora.ics", "text", "calendar", b"BEGIN:VCALENDAR", parameters={"method": "PUBLISH"}),
        ],
    )
    message = email.message_from_bytes(b"".join(content.headers) + b"\r\n" + content.raw, policy=policy.default)
    assert [part.get_content_type() for part in message.walk()] == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "multipart/related",
        "text/html",
        "image/png",
        "text/calendar",
    ]
    assert content.canonical == mime.relaxed(content.raw)


@settings(max_examples=500)
@given(
    line=st.text(st.sampled_from("aé= \t.<"), max_size=400)
    | st.text(st.characters(blacklist_characters="\r\n", blacklist_categories=["Cs"]), max_size=200)
)
def test_a_line_is_broken_where_the_standard_library_breaks_it(line: str) -> None:
    octets = line.encode()
    theirs = quoprimime.body_encode(octets.decode("latin-1"), mime.MAX_LINE, "\r\n").encode() + b"\r\n"
    assert mime._quoted(octets) == theirs
