"""Everything that stands against a post, found before anything is queued, with the very messages that would be sent."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Literal, NamedTuple

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext

from publisher.compose.codes import line_below
from publisher.compose.links import allowed, links
from publisher.compose.markdown import read
from publisher.compose.message import LANGUAGES, NAMES, VersionLike, media_for, message_for
from publisher.compose.parity import differences
from publisher.compose.personal import find
from publisher.compose.shown import Shown, files_of
from publisher.compose.templates import Template
from publisher.compose.variables import KNOWN, DistrictLike, fill, used, variables_for
from publisher.config import Checks
from publisher.connectors.base import Description, Message, problems
from publisher.sentences import Sentence, say

if TYPE_CHECKING:
    from publisher.compose.models import Post

ENTITIES = 100  # Telegram drops the formatting of what comes after (Bot API, MessageEntity limit)
_MARKS = re.compile(r"\*\*|~~|`")
_STRAY = re.compile(r"\*\*|~~|[{}]")


@dataclass(frozen=True, slots=True)
class Finding:
    """An error keeps the post from being queued; a warning is for the author to judge."""

    code: str
    severity: Literal["error", "warning"]
    language: str = ""
    values: Mapping[str, object] = field(default_factory=dict)

    @property
    def sentence(self) -> Sentence:
        return say(self.code, self.values)


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a version something stands; as text, in the reader's language."""

    kind: Literal["line", "button", "poll"]
    number: int = 0

    def __str__(self) -> str:
        words = {
            "line": gettext("line %(number)s"),
            "button": gettext("button %(number)s"),
            "poll": gettext("poll"),
        }
        return words[self.kind] % {"number": self.number}


class Destination(NamedTuple):
    """A channel, as far as composing needs to know it."""

    key: str
    languages: Sequence[str]
    description: Description


@dataclass(frozen=True, slots=True)
class Content:
    """What is to be checked: a saved post, a template, or a form in somebody's browser."""

    versions: Sequence[VersionLike]
    files: Callable[[str, Description], Sequence[Shown]] = lambda _language, _description: ()
    single_language_reason: str = ""
    made_with_ai: bool = False
    below: str = ""


def check_post(post: Post, channels: Iterable[tuple[str, Sequence[str], Description]]) -> list[Finding]:
    versions = list(post.versions.all())
    content = Content(
        versions, partial(files_of, post), post.single_language_reason, post.made_with_ai, line_below(post)
    )
    when = post.publish_at or timezone.now()
    return check(content, channels, post.district, when, settings.CONFIG.link_hosts)


def content_of(template: Template) -> Content:
    return Content(list(template.versions.values()), single_language_reason=template.single_language_reason)


def check(
    content: Content,
    channels: Iterable[tuple[str, Sequence[str], Description]],
    district: DistrictLike,
    when: datetime,
    link_hosts: Sequence[str],
) -> list[Finding]:
    """Errors first. `channels`: (key, languages, description) of each channel it is to go to."""
    destinations = [Destination(*channel) for channel in channels]
    versions = sorted(content.versions, key=lambda version: LANGUAGES.index(version.language))
    findings = [
        *_languages(content, destinations),
        *(found for version in versions for found in _version(version, district, when, link_hosts)),
        *(found for version in versions for found in _limits(version, content, destinations, district, when)),
        *_parity([version for version in versions if not _unknown(version)]),
    ]
    return graded(findings, settings.CONFIG.checks)


def graded(findings: Sequence[Finding], checks: Checks) -> list[Finding]:
    """Errors first. What config.yaml says of a check goes; the platforms' own limits are not for it to say."""
    severities: dict[str, Literal["error", "warning"]] = {"block": "error", "warn": "warning"}
    levels = {finding.code: getattr(checks, finding.code, "") for finding in findings}
    told = [
        replace(finding, severity=severities.get(levels[finding.code], finding.severity))
        for finding in findings
        if levels[finding.code] != "off"
    ]
    return sorted(told, key=lambda finding: finding.severity)


def _languages(content: Content, destinations: Sequence[Destination]) -> Iterator[Finding]:
    have = {version.language for version in content.versions}
    for key, languages, _description in destinations:
        lacking = [language for language in languages if language not in have]
        if lacking and len(lacking) == len(languages):
            yield Finding("no_language_for_channel", "error", "", {"channel": key, "language": named(languages)})
        elif not content.single_language_reason:
            for language in lacking:
                yield Finding("missing_language", "error", language, {"channel": key, "language": named([language])})


def named(languages: Sequence[str]) -> str:
    """Each language by the name it gives itself."""
    return ", ".join(NAMES.get(language, language) for language in languages)


def _version(
    version: VersionLike, district: DistrictLike, when: datetime, link_hosts: Sequence[str]
) -> Iterator[Finding]:
    language = version.language
    unknown = _unknown(version)
    for name in unknown:
        yield Finding("unknown_variable", "error", language, {"name": name})
    places = [*links(version.body), *(button["url"] for button in version.buttons)]
    for url in dict.fromkeys(places):
        if not allowed(url, link_hosts):
            yield Finding("link_not_allowed", "error", language, {"url": url})
    spans = [span for paragraph in read(version.body) for span in paragraph.spans]
    if any(span.image for span in spans):
        yield Finding("image_in_text", "error", language)
    if unknown:
        return
    plain = "".join(span.text for span in spans if "code" not in span.marks)
    for stray in dict.fromkeys(_STRAY.findall(re.sub(r"\{\{|\}\}", "", _without_variables(plain)))):
        yield Finding("stray_marks", "warning", language, {"marks": stray})
    if not _names_hotline(version, district, when):
        yield Finding("hotline_missing", "warning", language)
    yield from _personal(version, district)


def _personal(version: VersionLike, district: DistrictLike) -> Iterator[Finding]:
    """Told with its place and half hidden."""
    known = {district.hotline, *(other.hotline for other in settings.CONFIG.districts.values())}
    official = known | set(settings.CONFIG.checks.official_numbers)
    for place, text in _pieces(version):
        for found in find(_MARKS.sub("", text), official):
            yield Finding(found.code, "warning", version.language, {"place": place, "found": found.shown})


def _pieces(version: VersionLike) -> Iterator[tuple[Place, str]]:
    for number, line in enumerate(version.body.split("\n"), start=1):
        yield Place("line", number), line
    for number, button in enumerate(version.buttons, start=1):
        yield Place("button", number), f"{button['label']} {button['url']}"
    poll = version.poll or {}
    yield Place("poll"), " ".join([poll.get("question") or "", *poll.get("options", ()), poll.get("explanation") or ""])


def _without_variables(text: str) -> str:
    return re.sub(rf"\{{\s*(?:{'|'.join(KNOWN)})\s*\}}", "", text)


def _unknown(version: VersionLike) -> list[str]:
    """Variables nobody knows, in the body, the buttons and the poll."""
    poll = version.poll or {}
    texts = [version.body, *(button["label"] for button in version.buttons)]
    texts += [poll.get("question") or "", poll.get("explanation") or "", *poll.get("options", ())]
    return list(dict.fromkeys(name for text in texts for name, _ in used(text) if name not in KNOWN))


def _names_hotline(version: VersionLike, district: DistrictLike, when: datetime) -> bool:
    values = variables_for(district, version.language, when)
    texts = [version.body, *(button["label"] for button in version.buttons)]
    return any(district.hotline in fill(text, values) for text in texts)


def _limits(
    version: VersionLike,
    content: Content,
    destinations: Sequence[Destination],
    district: DistrictLike,
    when: datetime,
) -> Iterator[Finding]:
    """Once for each platform, naming its channels."""
    if _unknown(version):
        return
    wanted = [d for d in destinations if version.language in d.languages]
    for description in {d.description.key: d.description for d in wanted}.values():
        keys = ", ".join(d.key for d in wanted if d.description.key == description.key)
        files = content.files(version.language, description)
        media = tuple(map(media_for, files))
        ai, below = content.made_with_ai, content.below
        message = message_for(version, description, district, when, media, made_with_ai=ai, below=below)
        yield from _made(files, description, version.language, keys)
        yield from _broken(message, description, version.language, keys)
        if version.poll:
            poll = message_for(version, description, district, when, part="poll")
            yield from _broken(poll, description, version.language, keys)


def _made(files: Sequence[Shown], description: Description, language: str, channels: str) -> Iterator[Finding]:
    """What the studio has to say: a film that is not there yet, and what a limit made of a picture or film."""
    about = {"channel": channels, "platform": description.label}
    for file in files:
        if file.state == "waiting":
            yield Finding("film_not_ready", "warning", language, {**about, **file.values})
        elif file.state == "failed":
            yield Finding("film_not_made", "error", language, {**about, **file.values})
        elif file.note:
            yield Finding(file.note, "warning", language, {**about, **file.values})


def _broken(message: Message, description: Description, language: str, channels: str) -> Iterator[Finding]:
    about = {"channel": channels, "platform": description.label}
    for problem in problems(message, description.limits):
        values = {"limit": problem.limit, "found": problem.found, **about}
        yield Finding(problem.code, "warning" if problem.code == "no_polls" else "error", language, values)
    if len(message.entities) > ENTITIES:
        yield Finding("too_many_marks", "error", language, {"limit": ENTITIES, "found": len(message.entities), **about})


def _parity(versions: Sequence[VersionLike]) -> Iterator[Finding]:
    """Every further language against the first one."""
    for other in versions[1:]:
        for difference in differences(versions[0], other):
            yield Finding("parity", "warning", other.language, {"what": difference})
