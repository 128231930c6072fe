"""Photos for L'Écho: what is read, what is refused, and what nobody finds in them any more."""

from __future__ import annotations

import io
import random
import struct
import zlib
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image

from services.mailer import pictures
from shared.errors import RuleError

WHERE = {1: "N", 2: (43.0, 36.0, 16.0), 3: "E", 4: (1.0, 26.0, 38.0)}


def photo(kind: str = "JPEG", size: tuple[int, int] = (1600, 1200), mode: str = "RGB", **options: Any) -> bytes:
    """A picture of two halves, the left red and the right blue."""
    made = Image.new("RGB", size, (200, 30, 30))
    made.paste((30, 30, 200), (size[0] // 2, 0, *size))
    out = io.BytesIO()
    made.convert(mode).save(out, kind, **options)
    return out.getvalue()


def located() -> bytes:
    """Taken in Toulouse with the phone held on its side."""
    exif = Image.Exif()
    exif[0x0112], exif[0x010F], exif[0x8825] = 6, "Fabricant", WHERE
    return photo(exif=exif, comment=b"chez Nadia", xmp=b"<x:xmpmeta>chez Nadia</x:xmpmeta>")


def reading(made: pictures.Picture) -> Image.Image:
    return Image.open(io.BytesIO(made.jpeg))


@pytest.mark.parametrize(("kind", "mode"), [
    ("JPEG", "RGB"), ("JPEG", "L"), ("JPEG", "CMYK"), ("PNG", "RGB"), ("PNG", "RGBA"), ("PNG", "P"),
    ("PNG", "LA"), ("PNG", "I;16"), ("WEBP", "RGB"), ("WEBP", "RGBA"),
])  # fmt: skip
def test_what_phones_and_cameras_make_becomes_a_small_jpeg(kind: str, mode: str) -> None:
    data = photo(kind, mode="RGB" if mode == "I;16" else mode)
    if mode == "I;16":
        out = io.BytesIO()
        Image.new("I;16", (1600, 1200), 40_000).save(out, "PNG")
        data = out.getvalue()
    made = pictures.read(data)
    shown = reading(made)
    assert (shown.format, shown.mode, shown.size) == ("JPEG", "RGB", (1144, 858))
    assert (made.width, made.height) == (1144, 858)
    assert len(made.jpeg) <= pictures.HEAVIEST


def test_the_place_the_camera_and_every_comment_are_gone_and_it_stands_upright() -> None:
    given = located()
    assert b"chez Nadia" in given
    assert Image.open(io.BytesIO(given)).getexif().get_ifd(0x8825)[1] == "N"
    made = pictures.read(given)
    shown = reading(made)
    assert not shown.getexif()
    assert set(shown.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density", "progressive", "progression"}
    for trace in (b"Exif", b"Fabricant", b"chez Nadia", b"xmpmeta", b"ICC_PROFILE"):
        assert trace not in made.jpeg
    assert shown.size == (858, 1144)
    top, bottom = shown.getpixel((400, 100)), shown.getpixel((400, 1000))
    assert isinstance(top, tuple)
    assert isinstance(bottom, tuple)
    assert top[0] > top[2]
    assert bottom[0] < bottom[2]


def test_what_shines_through_stands_on_white() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (300, 300), (0, 0, 0, 0)).save(out, "PNG")
    assert reading(pictures.read(out.getvalue())).getpixel((150, 150)) == (255, 255, 255)


def test_noise_of_a_large_camera_still_is_light() -> None:
    noise = Image.frombytes("RGB", (1200, 900), random.Random(1).randbytes(1200 * 900 * 3))
    out = io.BytesIO()
    noise.save(out, "JPEG", quality=70)
    assert len(pictures.read(out.getvalue()).jpeg) <= pictures.HEAVIEST


def test_what_hides_behind_a_photo_does_not_come_along() -> None:
    script = b"<script>alert(1)</script>"
    polyglot = photo("PNG") + b"PK\x03\x04" + script
    assert script not in pictures.read(polyglot).jpeg
    commented = photo(comment=script)
    assert script not in pictures.read(commented).jpeg


def png(width: int, height: int, body: bytes) -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="900" height="900"><script>alert(1)</script></svg>'


@pytest.mark.parametrize(("data", "says"), [
    (lambda: b"", "n’est pas une photo"),
    (lambda: SVG, "n’est pas une photo"),
    (lambda: b"<!doctype html><img src=x onerror=alert(1)>", "n’est pas une photo"),
    (lambda: b"%PDF-1.7\n" + bytes(500), "n’est pas une photo"),
    (lambda: photo("GIF"), "n’est pas une photo"),
    (lambda: photo("TIFF"), "n’est pas une photo"),
    (lambda: photo()[:-9000], "n’est pas une photo"),
    (lambda: photo("PNG")[:400], "n’est pas une photo"),
    (lambda: photo("WEBP")[:300], "n’est pas une photo"),
    (lambda: b"\xff\xd8\xff\xe0" + bytes(300), "n’est pas une photo"),
    (lambda: png(60_000, 60_000, zlib.compress(bytes(60_000), 9)), "trop de points (60000 × 60000)"),
    (lambda: png(2_147_483_647, 2_147_483_647, b""), "n’est pas une photo|trop de points"),
    (lambda: png(6000, 6000, b""), "trop de points (6000 × 6000)"),
    (lambda: photo("PNG", size=(90, 900)), "trop petite (90 × 900)"),
    (lambda: bytes(30 * 1024 * 1024), "trop lourde : 10 Mo au plus"),
    (lambda: photo()[:-2] + b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00" * 5000 + b"\xff\xd9", "construite d’une façon"),
], ids=["nothing", "svg", "html", "pdf", "gif", "tiff", "cut jpeg", "cut png", "cut webp", "a head alone", "bomb",
        "overflow", "many points", "small", "30 MB", "scans"])  # fmt: skip
def test_everything_else_is_refused_and_says_why(data: Callable[[], bytes], says: str) -> None:
    given = data()
    with pytest.raises(RuleError) as refusal:
        pictures.read(given)
    assert refusal.value.field == "photo"
    assert any(words in refusal.value.message for words in says.split("|"))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_broken_bytes_are_a_photo_or_a_refusal(kind: str) -> None:
    chance, whole = random.Random(7), photo(kind, size=(240, 240))
    for _round in range(50):
        broken = bytearray(whole)
        for _change in range(chance.randint(1, 8)):
            broken[chance.randrange(len(broken))] = chance.randrange(256)
        try:
            made = pictures.read(bytes(broken))
        except RuleError:
            continue
        assert reading(made).format == "JPEG"
