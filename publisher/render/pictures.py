"""Covers and thumbnails: one telling picture of a film."""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageOps, UnidentifiedImageError

from publisher.render import ffmpeg
from publisher.render.errors import BrokenMedia, SizeNotReachable, UnsupportedMedia
from publisher.render.probe import Film, input_options, probe

THUMBNAIL_SIDE = 320  # Telegram: at most 320 pixels and 200 kB, JPEG
THUMBNAIL_BYTES = 200_000
MOST_SIDE = 4096  # Telegram takes 10,000 pixels of width and height together; phones show fewer
LEAST_SIDE = 640
COVER_BYTES = 5_000_000  # WhatsApp's largest picture
LOOK_AT = 100  # key pictures at most among which the most telling is looked for


def thumbnail(source: Path, target: Path, *, at: float | None = None) -> Path:
    """A small JPEG of a film (or JPEG, PNG, WebP picture). `at` in seconds; None: a telling moment is looked for."""
    picture = _picture(source)
    return save_thumbnail(picture or still(source, probe(source), at, target.with_suffix(".png")), target)


def _picture(source: Path) -> Image.Image | None:
    """None when it is no picture."""
    try:
        with Image.open(source, formats=["JPEG", "PNG", "WEBP"]) as picture:
            picture.draft("RGB", (4 * THUMBNAIL_SIDE, 4 * THUMBNAIL_SIDE))
            return _flat(picture)
    except UnidentifiedImageError:
        return None
    except (OSError, SyntaxError, ValueError) as error:
        raise BrokenMedia("The picture is damaged.", detail=str(error)) from error
    except Image.DecompressionBombError as error:
        raise UnsupportedMedia("The picture has far too many pixels.") from error


def _flat(picture: Image.Image) -> Image.Image:
    """Upright, and on white where it is transparent: dark words on nothing would become dark on black."""
    upright: Image.Image = ImageOps.exif_transpose(picture)
    if upright.mode.startswith("I"):  # sixteen bits of grey, of which Pillow keeps none by itself
        upright = upright.convert("I").point(lambda value: value / 256).convert("L")
    if upright.has_transparency_data:
        ground = Image.new("RGBA", upright.size, "white")
        ground.alpha_composite(upright.convert("RGBA"))
        upright = ground
    return upright.convert("RGB")


def still(source: Path, film: Film, at: float | None, draft: Path) -> Image.Image:
    """One picture of a film, upright. Without `at`: among the key pictures of its second fifth to its third, the one
    most like the others, so neither a fade nor a blur."""
    tries = [_telling(film), _exact(film, film.duration_s * 0.2)] if at is None else [_exact(film, at)]
    for seek, choose in tries:
        arguments = [*seek, *input_options(film.demuxer), "-i", str(source.resolve()), "-map", "0:V:0", "-vf"]
        arguments += [f"{choose}scale=iw*sar:ih,setsar=1", "-frames:v", "1", "-f", "image2", str(draft)]
        try:
            ffmpeg.run(arguments)
            with Image.open(draft) as picture:
                shown: Image.Image = picture.convert("RGB")
                return shown
        except FileNotFoundError:
            continue  # no key picture there
        finally:
            draft.unlink(missing_ok=True)
    raise BrokenMedia("No picture could be taken from the film.")


def _telling(film: Film) -> tuple[list[str], str]:
    """Decoding key pictures alone is some twenty times cheaper than all of them."""
    begin, length = film.duration_s * 0.2, film.duration_s * 0.4
    seek = ["-skip_frame", "nokey", "-ss", f"{begin:.3f}", "-t", f"{length:.3f}"]
    return seek, f"thumbnail={LOOK_AT},"


def _exact(film: Film, at: float) -> tuple[list[str], str]:
    return ["-ss", f"{min(max(0.0, at), max(0.0, film.duration_s - 0.1)):.3f}"], ""


def fitting_picture(source: Path, target: Path, most_bytes: int) -> Path:
    """An upright JPEG at the best quality that fits: first the quality gives way, down to 70, then the size, and it is
    refused below 640 pixels."""
    try:
        with Image.open(source, formats=["JPEG", "PNG", "WEBP"]) as picture:
            shown = _flat(picture)
    except (OSError, SyntaxError, ValueError) as error:
        raise BrokenMedia("The picture is damaged.", detail=str(error)) from error
    except Image.DecompressionBombError as error:
        raise UnsupportedMedia("The picture has far too many pixels.") from error
    shown.thumbnail((MOST_SIDE, MOST_SIDE), Image.Resampling.LANCZOS)
    while max(shown.size) >= LEAST_SIDE:
        for quality in (92, 85, 78, 70):
            shown.save(target, "JPEG", quality=quality, optimize=True)
            if target.stat().st_size <= most_bytes:
                return target
        shown = shown.resize((shown.width * 3 // 4, shown.height * 3 // 4), Image.Resampling.LANCZOS)
    target.unlink(missing_ok=True)
    limit = round(most_bytes / 1e6, 1)
    raise SizeNotReachable(f"The picture does not fit {limit:g} MB.", limit_mb=limit, seconds=0)


def save_thumbnail(picture: Image.Image, target: Path) -> Path:
    small = picture.copy()
    small.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE), Image.Resampling.LANCZOS, reducing_gap=3)
    return _save(small, target, THUMBNAIL_BYTES)


def save_cover(picture: Image.Image, target: Path) -> Path:
    """In the film's own size: what stands there before anybody presses play."""
    return _save(picture, target, COVER_BYTES)


def _save(picture: Image.Image, target: Path, most_bytes: int) -> Path:
    for quality in (90, 80, 65, 45, 25):
        picture.save(target, "JPEG", quality=quality, optimize=True)
        if target.stat().st_size <= most_bytes:
            break
    return target
