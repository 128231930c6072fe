"""A photo that somebody hands in becomes a JPEG that a letter may show. Pure; `photos.py` keeps it.

It is judged by its bytes, never by its name, and drawn anew: nothing of the file itself is kept, so that where and
with which camera it was taken, and whatever was hidden behind it, is gone.
"""

from __future__ import annotations

import io
import threading
from dataclasses import dataclass

from PIL import Image, ImageCms, ImageOps

from shared.errors import RuleError

LARGEST = 10 * 1024 * 1024  # bytes of the file that is sent
HEAVIEST = 160_000  # bytes of what a reader loads, perhaps over a weak network
SIDE = 1144  # pixels: twice the column of L'Écho, as sharp screens show it
SMALLEST = 200  # pixels of the shorter side
MOST_PIXELS = {"JPEG": 52_000_000, "MPO": 52_000_000, "PNG": 30_000_000, "WEBP": 30_000_000}
"""A JPEG is read at the scale that is needed, the others whole: four octets a pixel while it lasts."""
MOST_SCANS = 64
"""A progressive JPEG has about ten; thousands of them are a way to keep a processor busy."""
_QUALITIES = (82, 75, 68, 60, 50)
_LARGEST_PROFILE = 1024 * 1024

# Our own limits stand above; Pillow's would be a warning first.
Image.MAX_IMAGE_PIXELS = None
_one_at_a_time = threading.Lock()


class Refused(RuleError):
    """What is wrong with a file, on the field of the form."""

    def __init__(self, message: str) -> None:
        super().__init__("photo", message, field="photo")


@dataclass(frozen=True)
class Picture:
    """What the letter shows: sRGB, upright, without metadata."""

    jpeg: bytes
    width: int
    height: int


def read(data: bytes) -> Picture:
    """The picture in these bytes. Raises Refused, which says what is wrong and what to do."""
    if len(data) > LARGEST:
        raise Refused(f"Cette photo est trop lourde : {LARGEST // 1024 // 1024} Mo au plus.")
    if data.count(b"\xff\xda") > MOST_SCANS and data.startswith(b"\xff\xd8"):
        raise Refused("Cette photo est construite d’une façon que nous ne lisons pas. Enregistrez-la à nouveau.")
    with _one_at_a_time:
        try:
            return _made(data)
        except Refused:
            raise
        except Exception as error:
            raise Refused(
                "Ce fichier n’est pas une photo que nous lisons : JPEG, PNG ou WebP, entière. "
                "Sur un iPhone : Réglages, Appareil photo, Formats, « Le plus compatible »."
            ) from error


def _made(data: bytes) -> Picture:
    with Image.open(io.BytesIO(data), formats=("JPEG", "PNG", "WEBP")) as opened:
        width, height = opened.size
        if width * height > MOST_PIXELS[opened.format or ""]:
            raise Refused(
                f"Cette photo a trop de points ({width} × {height}). Réduisez-la : {2 * SIDE} de large suffisent."
            )
        if min(width, height) < SMALLEST:
            raise Refused(f"Cette photo est trop petite ({width} × {height}) : {SMALLEST} points au moins de côté.")
        opened.draft("RGB", (SIDE, SIDE))
        opened.load()
        profile = opened.info.get("icc_profile") or b""
        image = _upright(_plain_mode(opened))
    image.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
    return _encoded(_flat(_true_colours(image, profile)))


def _plain_mode(image: Image.Image) -> Image.Image:
    """Palettes and sixteen bits become colours that can be scaled."""
    if image.mode.startswith("I"):
        return image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    if image.has_transparency_data:
        return image.convert("RGBA")
    return image if image.mode in ("RGB", "L", "CMYK") else image.convert("RGB")


def _upright(image: Image.Image) -> Image.Image:
    """As it was held. What a broken EXIF says of it is not worth losing the photo."""
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # noqa: BLE001  (as above)
        return image


def _true_colours(image: Image.Image, profile: bytes) -> Image.Image:
    """In sRGB: mail programs do not read profiles, and phones take pictures in wider colours."""
    if profile and len(profile) <= _LARGEST_PROFILE:
        try:
            given = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            mode = "RGBA" if image.mode == "RGBA" else "RGB"
            made = ImageCms.profileToProfile(image, given, ImageCms.createProfile("sRGB"), outputMode=mode)
            return made if made is not None else image
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            pass
    return image


def _flat(image: Image.Image) -> Image.Image:
    """On white, and on a canvas of its own: it inherits no comment, no profile, no EXIF."""
    canvas = Image.new("RGB", image.size, "white")
    canvas.paste(image.convert("RGB"), mask=image.getchannel("A") if image.mode == "RGBA" else None)
    return canvas


def _encoded(image: Image.Image) -> Picture:
    """As good as fits in HEAVIEST; smaller where even a poor one does not."""
    while True:
        for quality in _QUALITIES:
            out = io.BytesIO()
            image.save(out, "JPEG", quality=quality, optimize=True, progressive=True)
            if out.tell() <= HEAVIEST:
                return Picture(out.getvalue(), *image.size)
        image = image.resize((image.width * 4 // 5, image.height * 4 // 5), Image.Resampling.LANCZOS)
