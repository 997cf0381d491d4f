"""content/patterns/*.yaml: the ruses that residents tell of, and the signs they are known by. Read here, never written.

`signs.yaml` holds the signs; every other file is one pattern, named by its key.
"""

from __future__ import annotations

import difflib
import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Annotated

from django.conf import settings
from django.utils.translation import get_language
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, RootModel

from publisher.compose.templates import folders
from publisher.yamlfile import Flaw, FlawedFile, Lines, parse, validate

log = logging.getLogger(__name__)
FOLDER = "patterns"
SIGNS = "signs.yaml"
ENOUGH = 3  # weight of the ticked signs from which it is called fraud
MOST_SIGNS = 20  # the desk has as many keys


def _said(text: str) -> str:
    if not text.strip():
        raise ValueError("write something here")
    return text.strip()


Said = Annotated[str, AfterValidator(_said)]
Lines_ = Annotated[tuple[Said, ...], Field(min_length=1)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Words(_Part):
    kk: Said
    ru: Said
    en: Said

    def __str__(self) -> str:
        """In the reader's language."""
        return self.of(get_language() or "kk")

    def of(self, language: str) -> str:
        return str(getattr(self, language, self.ru))


class Lists(_Part):
    kk: Lines_
    ru: Lines_
    en: Lines_

    def of(self, language: str) -> tuple[str, ...]:
        found: tuple[str, ...] = getattr(self, language, self.ru)
        return found


class Sign(_Part):
    """`weight` 3 makes it fraud by itself; 1 and 2 add up."""

    weight: int = Field(ge=1, le=3)
    name: Words


class PatternFile(_Part):
    name: Words
    order: int = Field(100, ge=1)
    signs: Annotated[tuple[str, ...], Field(min_length=1)]
    phrases: Lists  # what such callers really say
    asks: Lists  # what they want
    advice: Lists  # what to do; the duty officer reads it out
    templates: Annotated[tuple[str, ...], Field(min_length=1)]  # the first one becomes the draft of a warning


class _SignsFile(RootModel[dict[str, Sign]]):
    model_config = ConfigDict(frozen=True)


@dataclass(frozen=True, slots=True)
class Pattern:
    key: str
    name: Words
    order: int
    signs: tuple[str, ...]
    phrases: Lists
    asks: Lists
    advice: Lists
    templates: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Match:
    """How well the ticked signs fit; `besides`: ticked ones that the pattern does not know."""

    pattern: Pattern
    weight: int
    besides: int


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Signs in the order of their file, patterns in the order they give themselves."""

    signs: Mapping[str, Sign]
    patterns: Mapping[str, Pattern]

    def name(self, key: str) -> str:
        """For people; a pattern that is gone from the files keeps its key."""
        return str(self.patterns[key].name) if key in self.patterns else key

    def weight(self, ticked: Collection[str]) -> int:
        return sum(self.signs[key].weight for key in ticked if key in self.signs)

    def is_fraud(self, ticked: Collection[str]) -> bool:
        """Too few signs mean unclear, never that it is none."""
        return self.weight(ticked) >= ENOUGH

    def matches(self, ticked: Collection[str]) -> list[Match]:
        """The best first; the desk reckons the same way in the browser (desk.js)."""
        found = [Match(one, *self._fit(one, ticked)) for one in self.patterns.values()]
        return sorted((match for match in found if match.weight), key=lambda m: (-m.weight, m.besides, m.pattern.order))

    def _fit(self, pattern: Pattern, ticked: Collection[str]) -> tuple[int, int]:
        shared = [key for key in ticked if key in pattern.signs]
        return self.weight(shared), len(ticked) - len(shared)

    def of_template(self, slug: str) -> list[Pattern]:
        """The patterns that a template warns of."""
        return [pattern for pattern in self.patterns.values() if slug in pattern.templates]


_last_good: dict[Path, Catalogue] = {}


def catalogue() -> Catalogue:
    """The deployment's own, read again once a file changes.

    A flaw must not stop the desk: until the file is right again the program goes on with what it had, or, when it
    starts with a flaw, without the ruses that have one. `publisher check` names them.
    """
    content = settings.HOME.content
    folder = content / FOLDER
    files = sorted(folder.glob("*.yaml")) if folder.is_dir() else []
    return _cached(content, tuple((path, path.stat().st_mtime_ns) for path in files))


@lru_cache(maxsize=4)
def _cached(content: Path, _state: tuple[tuple[Path, int], ...]) -> Catalogue:
    found, flaws = _read_all(content, _slugs(content))
    if not flaws:
        _last_good[content] = found
    for flaw in flaws:
        log.error("The ruses stay as they were until this is right: %s", flaw)
    return _last_good.get(content, found)


def load_all(content: Path, templates: Collection[str] | None = None) -> Catalogue:
    """Raises FlawedFile with the flaws of all files. `templates`: the slugs that exist (those of `content`)."""
    found, flaws = _read_all(content, _slugs(content) if templates is None else list(templates))
    if flaws:
        raise FlawedFile(flaws)
    return found


def _slugs(content: Path) -> list[str]:
    return [path.name for path in folders(content)]


def _read_all(content: Path, slugs: Sequence[str]) -> tuple[Catalogue, list[Flaw]]:
    """What is whole, and the flaws of the rest."""
    folder = content / FOLDER
    if not folder.is_dir():
        return Catalogue({}, {}), []
    flaws: list[Flaw] = []
    signs = _signs(folder / SIGNS, flaws)
    found: list[Pattern] = []
    for path in sorted(folder.glob("*.yaml")):
        mine: list[Flaw] = []
        one = _pattern(path, signs, slugs, mine) if path.name != SIGNS else None
        flaws += mine
        found += [one] if one and not mine else []
    patterns = sorted(found, key=lambda pattern: (pattern.order, pattern.key))
    return Catalogue(signs, {pattern.key: pattern for pattern in patterns}), flaws


def _signs(path: Path, flaws: list[Flaw]) -> Mapping[str, Sign]:
    try:
        data, lines = _read(path)
        signs = validate(path, data, lines, _SignsFile).root
    except FlawedFile as error:
        flaws += error.flaws
        return {}
    if len(signs) > MOST_SIGNS:
        flaws.append(Flaw(path, 0, f"there are {len(signs)} signs; the desk has keys for {MOST_SIGNS}.", "Join some."))
    return signs


def _pattern(path: Path, signs: Mapping[str, Sign], slugs: Sequence[str], flaws: list[Flaw]) -> Pattern | None:
    try:
        data, lines = _read(path)
        file = validate(path, data, lines, PatternFile)
    except FlawedFile as error:
        flaws += error.flaws
        return None
    flaws += _strangers(path, lines, "signs", file.signs, signs)
    flaws += _strangers(path, lines, "templates", file.templates, slugs)
    flaws += _uneven(path, lines, file)
    return Pattern(key=path.stem, **{name: getattr(file, name) for name in PatternFile.model_fields})


def _read(path: Path) -> tuple[object, Lines]:
    try:
        return parse(path, path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise FlawedFile([Flaw(path, 0, "there is no such file.", "The patterns' signs stand in it.")]) from None
    except (OSError, UnicodeDecodeError) as error:
        raise FlawedFile([Flaw(path, 0, f"it cannot be read: {error}.", "Save it as UTF-8 text.")]) from None


def _strangers(path: Path, lines: Lines, name: str, given: Sequence[str], known: Iterable[str]) -> Iterable[Flaw]:
    known = list(known)
    for place, key in enumerate(given):
        if key not in known and known:
            close = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
            hint = f"Did you mean “{close[0]}”?" if close else f"Known: {', '.join(known)}."
            yield Flaw(path, lines.get((name, place), 0), f"“{name}” names “{key}”, which does not exist.", hint)


def _uneven(path: Path, lines: Lines, file: PatternFile) -> Iterable[Flaw]:
    """The same advice in every language, point by point."""
    counts = {language: len(file.advice.of(language)) for language in ("kk", "ru", "en")}
    if len(set(counts.values())) > 1:
        said = ", ".join(f"{language} {count}" for language, count in counts.items())
        yield Flaw(path, lines.get(("advice",), 0), f"“advice” has points: {said}.", "Say the same in each language.")
