"""One Markdown file of a template or a post: its front matter, checked, and its body."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, field_validator

from publisher.compose.links import is_https, links
from publisher.compose.variables import KNOWN, used
from publisher.yamlfile import Flaw, FlawedFile, read_front_matter

Kind = Literal["prevention_video", "hotline_promo", "scam_warning", "notice"]
Language = Literal["kk", "ru", "en"]
BUTTONS = 3


def _said(text: str) -> str:
    if not text.strip():
        raise ValueError("write something here")
    return text.strip()


def _https(url: str) -> str:
    if not is_https(url):
        raise ValueError("a link begins with https:// and names a site, for instance https://egov.kz")
    return url


def _forewarning(tone: object) -> object:
    if tone != "forewarn":
        raise ValueError("the only tone is forewarn: warn beforehand and tell what to do, never frighten")
    return tone


Said = Annotated[str, AfterValidator(_said)]
Tone = Annotated[Literal["forewarn"], BeforeValidator(_forewarning)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ButtonMatter(_Part):
    label: Said
    url: Annotated[str, AfterValidator(_https)]


class PollMatter(_Part):
    """`answer` counts from 1 and makes the poll a quiz."""

    question: Said
    options: tuple[Said, ...]
    answer: int | None = None
    explanation: str = ""

    @field_validator("options")
    @classmethod
    def _enough(cls, options: tuple[str, ...]) -> tuple[str, ...]:
        if not 2 <= len(options) <= 12:
            raise ValueError(f"a poll has 2 to 12 answers, this one {len(options)}")
        return options

    @field_validator("answer")
    @classmethod
    def _one_of_them(cls, answer: int | None, info: ValidationInfo) -> int | None:
        count = len(info.data.get("options", ()))
        if answer is not None and count and not 1 <= answer <= count:
            raise ValueError(f"the right answer is a number from 1 to {count}, not {answer}")
        return answer


class FrontMatter(_Part):
    language: Language
    kind: Kind
    title: Annotated[Said, Field(max_length=200)]
    tags: tuple[str, ...] = ()
    repeat_after_days: int | None = Field(None, ge=1)
    expires_after_days: int | None = Field(None, ge=1)
    source: str = ""
    tone: Tone | None = None
    buttons: tuple[ButtonMatter, ...] = ()
    poll: PollMatter | None = None
    single_language_reason: str = Field("", max_length=300)

    @field_validator("buttons")
    @classmethod
    def _few(cls, buttons: tuple[ButtonMatter, ...]) -> tuple[ButtonMatter, ...]:
        if len(buttons) > BUTTONS:
            raise ValueError(f"at most {BUTTONS} buttons, not {len(buttons)}")
        return buttons

    @property
    def stored_buttons(self) -> tuple[dict[str, str], ...]:
        return tuple(button.model_dump() for button in self.buttons)

    @property
    def stored_poll(self) -> dict[str, Any] | None:
        return self.poll.model_dump(mode="json") if self.poll else None


class TemplateMatter(FrontMatter):
    """What is said again and again must say where the fact comes from, and be written to forewarn."""

    source: Said
    tone: Tone


class PostMatter(FrontMatter):
    """`expires_at`: a moment, in the district's zone unless it names its own; a date means: until its end."""

    urgent: bool = False
    pin: bool = False
    expires_at: datetime | date | None = None

    @field_validator("expires_at", mode="before")
    @classmethod
    def _iso(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        try:
            return date.fromisoformat(value) if len(value) <= 10 else datetime.fromisoformat(value)
        except ValueError:
            raise ValueError("write a date or a moment, for instance 2026-12-01 or 2026-12-01T18:00") from None


@dataclass(frozen=True, slots=True)
class VersionFile:
    """`first_line` is the line of the file on which the body begins."""

    path: Path
    language: str
    matter: Any
    body: str
    first_line: int

    def line_of(self, key: str) -> int:
        """The line of a top-level key in the front matter, or its first line when it is not there."""
        for number, line in enumerate(self.path.read_text(encoding="utf-8").splitlines(), start=1):
            if re.match(rf"[\"']?{re.escape(key)}[\"']?\s*:", line):
                return number
        return 1

    def line_at(self, position: int) -> int:
        return self.first_line + self.body.count("\n", 0, position)

    def links(self) -> Iterator[tuple[str, int]]:
        for url in links(self.body):
            yield url, self.line_at(max(self.body.find(url.removeprefix("https://")), 0))
        for button in self.matter.buttons:
            yield button.url, self.line_of("buttons")


def read_version(path: Path, matter: type[FrontMatter], language: str = "") -> VersionFile:
    """Raises FlawedFile with everything wrong. `language` is what the file's name says, where it says one."""
    values, body, first_line = read_front_matter(path, matter)
    file = VersionFile(path, values.language, values, body, first_line)
    flaws = [*_flaws(file, language), *_unknown_variables(file)]
    if flaws:
        raise FlawedFile(flaws)
    return file


def _flaws(file: VersionFile, language: str) -> Iterator[Flaw]:
    if language and file.language != language:
        what = f"“language” is {file.language}, but the file is called {file.path.name}."
        yield Flaw(file.path, file.line_of("language"), what, f"Write language: {language}, or rename the file.")
    if not file.body:
        yield Flaw(file.path, file.first_line, "the text is empty.", "Write it below the second line of dashes.")


def _unknown_variables(file: VersionFile) -> Iterator[Flaw]:
    known = f"Known are {', '.join(f'{{{name}}}' for name in KNOWN)}."
    for name, position in used(file.body):
        if name not in KNOWN:
            yield Flaw(file.path, file.line_at(position), f"unknown variable {{{name}}}.", known)
    for key, text in _texts(file.matter.model_dump(include={"buttons", "poll"})):
        for name, _ in used(text):
            if name not in KNOWN:
                yield Flaw(file.path, file.line_of(key), f"unknown variable {{{name}}} under “{key}”.", known)


def _texts(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    poll = values["poll"] or {"question": "", "options": (), "explanation": ""}
    for button in values["buttons"]:
        yield "buttons", button["label"]
    for text in (poll["question"], *poll["options"], poll["explanation"]):
        yield "poll", text
