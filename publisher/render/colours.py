"""Contrast as WCAG 2.2 counts it, and a brand's six colours from the two that a district chooses."""

from __future__ import annotations

import colorsys
from collections.abc import Callable

from publisher.render.kit import Colours, Rgb

LEAST = 4.5  # WCAG 2.2, 1.4.3: text on its ground
STEADY = 7.0  # what white has on the brighter ground of bubbles, where the background leaves that much
PAPER: Rgb = (255, 255, 255)
MIST = 0.34  # how much of the background the quieter text has at most
TINT = 0.28  # how much of that the bubbles of a leaflet have: layouts/leaflet.typ
Good = Callable[[Rgb], bool]


def rgb_of(text: str) -> Rgb:
    """Of #RRGGBB."""
    value = int(text[1:], 16)
    return value >> 16, value >> 8 & 255, value & 255


def text_of(colour: Rgb) -> str:
    return "#{:02X}{:02X}{:02X}".format(*colour)


def luminance(colour: Rgb) -> float:
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in _parts(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: Rgb, other: Rgb) -> float:
    """From 1 (the same) to 21 (black on white)."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def legible(night: Rgb) -> float:
    """The least contrast that text in it, or white on it, comes to: leaflets print it on tinted paper too."""
    return min(contrast(PAPER, night), contrast(mixed(PAPER, night, MIST * TINT), night))


def is_background(night: Rgb) -> bool:
    return legible(night) >= LEAST


def is_accent(accent: Rgb, night: Rgb) -> bool:
    """Brighter than the background, and each can be read on the other."""
    return luminance(accent) > luminance(night) and contrast(accent, night) >= LEAST


def nearest(wanted: Rgb, good: Good) -> Rgb:
    """The good colour of the same hue that differs least in lightness. Black or white is always good for us."""
    hue, light, saturation = colorsys.rgb_to_hls(*_parts(wanted))
    for step in range(257):
        for lightness in (light - step / 256, light + step / 256):
            found = _whole(colorsys.hls_to_rgb(hue, min(1.0, max(0.0, lightness)), saturation))
            if good(found):
                return found
    raise ValueError(f"no colour of the hue of {text_of(wanted)} will do")


def palette(night: Rgb, accent: Rgb) -> Colours:
    """Every text of a layout keeps `LEAST` on what it stands on: white and mist on night, deep and surface."""
    surface = _furthest(night, PAPER, 0.22, lambda colour: contrast(PAPER, colour) >= STEADY)
    mist = _furthest(PAPER, night, MIST, lambda colour: contrast(colour, surface) >= LEAST)
    named = {"night": night, "deep": mixed(night, (0, 0, 0), 0.4), "surface": surface, "paper": PAPER}
    return Colours(**{name: text_of(colour) for name, colour in {**named, "mist": mist, "accent": accent}.items()})


def _furthest(start: Rgb, towards: Rgb, most: float, good: Good) -> Rgb:
    """On the way from a colour to another the last one that is good; `start` itself where none is."""
    steps = (mixed(start, towards, most * step / 24) for step in range(24, 0, -1))
    return next((colour for colour in steps if good(colour)), start)


def grey_share(night: Rgb) -> int:
    """Per cent of the background's colour in a leaflet's small print on white."""
    return next((share for share in range(72, 100) if contrast(PAPER, mixed(PAPER, night, share / 100)) >= LEAST), 100)


def mixed(one: Rgb, other: Rgb, share: float) -> Rgb:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def _parts(colour: Rgb) -> tuple[float, float, float]:
    red, green, blue = (part / 255 for part in colour)
    return red, green, blue


def _whole(parts: tuple[float, float, float]) -> Rgb:
    red, green, blue = (round(part * 255) for part in parts)
    return red, green, blue
