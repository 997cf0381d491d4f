"""A district's logo: whatever was uploaded becomes a square PNG of our own making, or is refused with the reason."""

from __future__ import annotations

import io
import warnings

from PIL import Image, ImageOps, UnidentifiedImageError

from publisher.compose.refusal import Refusal
from publisher.render.canvas import rounded
from publisher.render.colours import contrast
from publisher.render.kit import Rgb

MOST_BYTES = 2_000_000
MOST_PIXELS = 16_000_000
LEAST_SIDE, SIDE = 128, 512  # pixels of the longer side: what is taken, and what is kept at most
SEEN = 1.6  # contrast from which a pixel stands out from its ground
ROUND = 0.18  # of the side


def take_in(data: bytes) -> bytes:
    """Nothing of the file itself is kept: no text, no profile, no trailing bytes. Raises Refusal."""
    if len(data) > MOST_BYTES:
        raise Refusal("logo_large", limit=MOST_BYTES // 1_000_000, pixels=MOST_PIXELS // 1_000_000)
    picture = _decoded(data)
    if max(picture.size) < LEAST_SIDE:
        raise Refusal("logo_small", found=max(picture.size), least=LEAST_SIDE)
    if picture.getchannel("A").getextrema() == (255, 255):  # no transparency: corners that suit a dark ground
        picture.putalpha(rounded(*picture.size, round(min(picture.size) * ROUND)))
    box = picture.getchannel("A").getbbox()
    if box is None:
        raise Refusal("logo_empty")
    return _png(_square(picture.crop(box)))


def _decoded(data: bytes) -> Image.Image:
    """What it is, is told by its bytes alone. A drawing in XML (SVG) is none of the two kinds."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=["PNG", "JPEG"]) as found:
                if found.width * found.height > MOST_PIXELS:
                    raise Refusal("logo_large", limit=MOST_BYTES // 1_000_000, pixels=MOST_PIXELS // 1_000_000)
                return ImageOps.exif_transpose(found).convert("RGBA")
    except UnidentifiedImageError:
        raise Refusal("logo_kind") from None
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise Refusal("broken_media") from None


def _square(picture: Image.Image) -> Image.Image:
    picture.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
    side = max(picture.size)
    whole = Image.new("RGBA", (side, side), (0, 0, 0, 0))
    whole.paste(picture, ((side - picture.width) // 2, (side - picture.height) // 2))
    return whole


def _png(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "PNG", optimize=True)
    return out.getvalue()


def standing_on(logo: Image.Image, ground: Rgb, tile: Rgb) -> Image.Image:
    """As it is where it stands out from the ground, else on a tile of its own."""
    if _stands_out(logo, ground):
        return logo
    side, inner = logo.width, round(logo.width * 0.78)
    whole = Image.new("RGBA", (side, side), (*tile, 0))
    whole.putalpha(rounded(side, side, round(side * ROUND)))
    whole.alpha_composite(logo.resize((inner, inner), Image.Resampling.LANCZOS), ((side - inner) // 2,) * 2)
    return whole


def _stands_out(logo: Image.Image, ground: Rgb) -> bool:
    """Half of what is drawn can be told from the ground. A small copy of few colours is enough to see that."""
    small = logo.resize((48, 48), Image.Resampling.BOX)
    drawn = small.getchannel("A").point(lambda alpha: 255 if alpha > 127 else 0)
    colours = small.convert("RGB").quantize(16)
    shares = colours.histogram(drawn)
    palette = colours.getpalette() or []
    seen = sum(
        number
        for place, number in enumerate(shares[:16])
        if number and contrast(tuple(palette[3 * place : 3 * place + 3]), ground) >= SEEN  # type: ignore[arg-type]
    )
    return seen * 2 >= sum(shares)
