"""Ready-made clips: their words are data in media/scripts/*.yaml, in Kazakh and Russian."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, Field

from publisher import yamlfile
from publisher.render.kit import MEDIA
from publisher.render.layouts import Format, Frozen
from publisher.render.specs import CardSpec, ClipSpec, Job

_VARIABLE = re.compile(r"\{([^{}]*)\}")
_NUMBER = re.compile(r"\+?\d[\d\s().\u2010-\u2014-]*")  # up to a comma, a stroke or a word
_BEHIND = re.compile(r"(?<=\d)\s*\([^()]*\)?\s*$")  # (102): another number, where an area's code stands in front
KNOWN = ("hotline", "district")


def unknown_variables(text: str) -> list[str]:
    return [name for name in _VARIABLE.findall(text) if name not in KNOWN]


def _known_variables(text: str) -> str:
    for name in unknown_variables(text):
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


class CardWords(Frozen):
    """A card's; without a tag it has the layout's."""

    tag: Annotated[str, AfterValidator(_known_variables)] = ""
    headline: Text
    lines: tuple[Text, ...] = Field((), max_length=7)


Said = TypeVar("Said", bound=Frozen)


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
    spec = clip_of(words, language, hotline, district, format)
    return Job(replace(spec, short_side=short_side), media=media)


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
    said = CardWords(headline=words.headline, lines=words.steps)
    spec = card_of(said, language, hotline, district, format)
    return Job(replace(spec, short_side=short_side), media=media)


def clip_of(words: Words, language: Literal["kk", "ru"], hotline: str, district: str, format: Format) -> ClipSpec:
    said = filled(words, hotline, district)
    return ClipSpec(
        language=language, format=format, hotline=hotline, district=district, qr=dial_code(hotline), **said.model_dump()
    )


def card_of(words: CardWords, language: Literal["kk", "ru"], hotline: str, district: str, format: Format) -> CardSpec:
    said = filled(words, hotline, district)
    return CardSpec(
        language=language, format=format, hotline=hotline, district=district, qr=dial_code(hotline), **said.model_dump()
    )


def filled(words: Said, hotline: str, district: str) -> Said:
    """With the variables' values in place of their names."""

    def told(value: str | tuple[str, ...]) -> str | tuple[str, ...]:
        if isinstance(value, str):
            return value.replace("{hotline}", hotline).replace("{district}", district)
        return tuple(map(told, value))  # type: ignore[arg-type]

    return words.model_copy(update={name: told(value) for name, value in words.model_dump().items()})


def dial_code(hotline: str) -> str:
    """What a QR code must say for a phone to offer to call: the first of several numbers, never all in one. Empty when
    the hotline is no number."""
    found = _NUMBER.search(hotline)
    digits = re.sub(r"[^\d+]", "", _BEHIND.sub("", found[0])) if found else ""
    return f"tel:{digits}" if digits else ""
