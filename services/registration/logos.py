"""A logo that somebody hands in becomes a small PNG for pages and papers. Pure; use_cases/partners.py keeps it.

It is judged by its bytes, never by its name, and drawn anew: nothing of the file itself is kept.
"""

from __future__ import annotations

import base64
import io
import threading
from dataclasses import dataclass

from PIL import Image, ImageOps

from services.registration.rules.choices import N_
from shared.errors import RuleError

LARGEST = 5 * 1024 * 1024  # octets of the file that is sent
BOX = (480, 240)  # pixels: four times what a page shows, as printers and sharp screens need it
HEAVIEST = 60_000  # octets of what a reader loads, perhaps over a weak network
SMALLEST = 48  # pixels of the longer side
MOST_PIXELS = 30_000_000
MOST_SCANS = 64
"""A progressive JPEG has about ten; thousands of them are a way to keep a processor busy."""
_one_at_a_time = threading.Lock()


@dataclass(frozen=True)
class Drawn:
    """A PNG, see-through where the file was."""

    png: bytes
    width: int
    height: int


def read(data: bytes) -> Drawn:
    """The logo in these octets. Raises RuleError, on the field of the form, with what is wrong and what to do."""
    if len(data) > LARGEST:
        raise _refused(N_("Cette image dépasse 5 Mo : réduisez-la, puis envoyez-la de nouveau."))
    with _one_at_a_time:
        try:
            return _made(data)
        except RuleError:
            raise
        except Exception as error:
            raise _refused(N_("Ce fichier n’est pas une image que nous lisons : PNG, JPEG, WebP.")) from error


def as_svg(body: bytes, width: int, height: int) -> str:
    """The same picture as text, for papers: their data are text."""
    data = base64.b64encode(body).decode()
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">'
        f'<image width="{width}" height="{height}" href="data:image/png;base64,{data}"/></svg>'
    )


def _made(data: bytes) -> Drawn:
    with Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "WEBP")) as opened:
        scans = data.count(b"\xff\xda") if opened.format == "JPEG" else 0
        if opened.width * opened.height > MOST_PIXELS or scans > MOST_SCANS:
            raise _refused(N_("Cette image a trop de points : 1 000 de large suffisent pour un logo."))
        if max(opened.size) < SMALLEST:
            raise _refused(N_("Cette image est trop petite pour être lue : 48 points au moins de côté, mieux 480."))
        image = ImageOps.exif_transpose(opened).convert("RGBA")  # a photo of a sign stands upright
    image.thumbnail(BOX, Image.Resampling.LANCZOS)
    canvas = Image.new("RGBA", image.size)  # of its own: it inherits no comment, no profile, no EXIF
    canvas.paste(image)
    out = io.BytesIO()
    canvas.save(out, "PNG", optimize=True)
    if out.tell() > HEAVIEST:
        # A photo more than a logo; two hundred colours of it weigh a third.
        out = io.BytesIO()
        canvas.quantize(200, Image.Quantize.FASTOCTREE).save(out, "PNG", optimize=True)
    return Drawn(out.getvalue(), *canvas.size)


def _refused(message: str) -> RuleError:
    return RuleError("logo", message, status=422)
