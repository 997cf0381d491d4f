"""Ready-made clips: their words are data in media/scripts/*.yaml, in Kazakh and Russian."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from publisher import yamlfile
from publisher.render.kit import MEDIA
from publisher.render.layouts import Format, Frozen
from publisher.render.specs import CardSpec, ClipSpec, Job

_VARIABLE = re.compile(r"\{([^{}]*)\}")
KNOWN = ("hotline", "district")


def _known_variables(text: str) -> str:
    for name in _VARIABLE.findall(text):
        if name not in KNOWN:
            raise ValueError(f"unknown variable {{{name}}}; known are {{hotline}} and {{district}}")
    return text


Text = Annotated[str, Field(min_length=1), AfterValidator(_known_variables)]


class Words(Frozen):
    headline: Text
    caller: Text
    phrases: tuple[Text, ...] = Field(min_length=1, max_length=4)
    verdict: Text
    steps: tuple[Text, ...] = Field(min_length=1, max_length=5)
    message: Text


class Script(Frozen):
    """What one clip says, in both languages."""

    kk: Words
    ru: Words


def names(media: Path = MEDIA) -> tuple[str, ...]:
    return tuple(sorted(path.stem for path in (media / "scripts").glob("*.yaml")))


def read_script(name: str, media: Path = MEDIA) -> Script:
    """FlawedFile when there is no such script, or a line of it is wrong."""
    return yamlfile.read_yaml(media / "scripts" / f"{name}.yaml", Script)


def ready_made(
    script: str,
    language: Literal["kk", "ru"],
    hotline: str,
    district: str,
    format: Format = "16:9",
    *,
    media: Path = MEDIA,
    short_side: int = 0,
) -> Job:
    """A job for publisher.render.jobs.render. `district` is its name in that language."""
    words: Words = getattr(read_script(script, media), language)

    def filled(text: str) -> str:
        return text.replace("{hotline}", hotline).replace("{district}", district)

    spec = ClipSpec(
        language=language,
        format=format,
        headline=filled(words.headline),
        caller=filled(words.caller),
        phrases=tuple(map(filled, words.phrases)),
        verdict=filled(words.verdict),
        steps=tuple(map(filled, words.steps)),
        message=filled(words.message),
        hotline=hotline,
        district=district,
        qr=dial_code(hotline),
        short_side=short_side,
    )
    return Job(spec, media=media)


def ready_card(
    script: str,
    language: Literal["kk", "ru"],
    hotline: str,
    district: str,
    format: Format = "1:1",
    *,
    media: Path = MEDIA,
    short_side: int = 0,
) -> Job:
    """The same words as a still picture: the headline, and what to do."""
    words: Words = getattr(read_script(script, media), language)

    def filled(text: str) -> str:
        return text.replace("{hotline}", hotline).replace("{district}", district)

    spec = CardSpec(
        language=language,
        format=format,
        headline=filled(words.headline),
        lines=tuple(map(filled, words.steps)),
        hotline=hotline,
        district=district,
        qr=dial_code(hotline),
        short_side=short_side,
    )
    return Job(spec, media=media)


def dial_code(hotline: str) -> str:
    """What a QR code must say for a phone to offer to call; empty when the hotline is no number."""
    digits = re.sub(r"[^\d+]", "", hotline)
    return f"tel:{digits}" if digits else ""
