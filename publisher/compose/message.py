"""The very message that will be sent. Preview, counters, checks and the sender all get theirs here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from django.conf import settings

from publisher.compose import codes
from publisher.compose.markdown import escape
from publisher.compose.markup import FormattedText, to_entities, to_marks
from publisher.compose.refusal import Refusal
from publisher.compose.shown import Shown, files_of
from publisher.compose.variables import DistrictLike, fill, variables_for
from publisher.connectors.base import Button, Description, Media, Message, Poll

if TYPE_CHECKING:
    from publisher.compose.models import Post

LANGUAGES = ("kk", "ru", "en")
NAMES = {"kk": "Қазақша", "ru": "Русский", "en": "English"}
AI_MARK = {
    "kk": "_Жасанды интеллект көмегімен жасалған_",
    "ru": "_Создано с помощью искусственного интеллекта_",
    "en": "_Made with the help of artificial intelligence_",
}
CORRECTION = {"kk": "Түзету", "ru": "Исправление", "en": "Correction"}
"""Stands in front of a wording that follows a message which cannot be changed."""


class VersionLike(Protocol):
    """One language of what is said: a row, a template's file, or what somebody is just typing.

    `buttons`: {"label", "url"} each; `poll`: {"question", "options", "answer" (from 1, or None), "explanation"}.
    """

    @property
    def language(self) -> str: ...
    @property
    def body(self) -> str: ...
    @property
    def buttons(self) -> Sequence[Mapping[str, str]]: ...
    @property
    def poll(self) -> Mapping[str, Any] | None: ...


@dataclass(frozen=True, slots=True)
class Wording:
    """A version that is in no database yet."""

    language: str
    body: str
    buttons: Sequence[Mapping[str, str]] = ()
    poll: Mapping[str, Any] | None = None


def message_for(
    version: VersionLike,
    description: Description,
    district: DistrictLike,
    when: datetime,
    media: Sequence[Media] = (),
    part: str = "main",
    key: str = "",
    reply_to: str = "",
    *,
    made_with_ai: bool = False,
    below: str = "",
) -> Message:
    """`when` is the moment of publishing. Raises UnknownVariable. What is too long comes out too long: see problems."""
    values = variables_for(district, version.language, when)
    if part == "poll":
        return Message(key, poll=_poll(version.poll or {}, values, description))
    buttons = tuple(Button(fill(b["label"], values), b["url"]) for b in version.buttons)
    body = fill(version.body, {name: escape(value) for name, value in values.items()})
    if not description.limits.buttons or len(media) > 1:  # an album takes no buttons (Telegram's sendMediaGroup)
        body, buttons = _with_buttons_below(body, buttons), ()
    if part == "correction":
        body = f"**{CORRECTION[version.language]}**\n\n{body}"
    if made_with_ai:
        body = f"{body.rstrip()}\n\n{AI_MARK[version.language]}"
    if below:  # the post's code (codes.py)
        body = f"{body.rstrip()}\n\n{below}"
    formatted = to_entities(body) if description.markup == "entities" else FormattedText(to_marks(body), ())
    return Message(
        key,
        text=formatted.text,
        entities=formatted.entities,
        media=tuple(media),
        buttons=buttons,
        reply_to=reply_to,
        language=version.language,
    )


def _with_buttons_below(body: str, buttons: tuple[Button, ...]) -> str:
    lines = [f"{escape(button.label)}: <{button.url}>" for button in buttons]
    return "\n\n".join([body.rstrip(), "\n".join(lines)]) if lines else body


def _poll(poll: Mapping[str, Any], values: Mapping[str, str], description: Description) -> Poll:
    """Where there are no quizzes (no room for an explanation) the question is put without its right answer."""
    quizzes = description.limits.poll_explanation > 0
    answer = poll.get("answer") if quizzes else None
    return Poll(
        question=fill(poll.get("question", ""), values),
        options=tuple(fill(option, values) for option in poll.get("options", ())),
        answer=int(answer) - 1 if answer else None,
        explanation=fill(poll.get("explanation") or "", values) if quizzes else "",
    )


def message_of(
    post: Post,
    language: str,
    description: Description,
    when: datetime,
    part: str = "main",
    key: str = "",
    *,
    reply_to: str = "",
    with_media: bool = True,
) -> Message:
    """The message of a saved post. `remote_id` of its media is the sender's to add."""
    version = post.versions.filter(language=language).first()
    if version is None:
        raise Refusal("missing_language", language=NAMES.get(language, language), channel="")
    media = media_of(post, language, description) if with_media else ()
    below = codes.line_below(post, give=True)
    return message_for(
        version,
        description,
        post.district,
        when,
        media,
        part,
        key,
        reply_to,
        made_with_ai=post.made_with_ai,
        below=below,
    )


def media_of(post: Post, language: str, description: Description) -> tuple[Media, ...]:
    """The files this platform gets with one language, in order."""
    return tuple(map(media_for, files_of(post, language, description)))


def media_for(shown: Shown) -> Media:
    """What is not made yet has no size and no bytes to speak of: no limit stands against it, and nobody can send it."""
    upload, var, ready = shown.upload, settings.HOME.var, shown.state == "ready"
    return Media(
        path=var / upload.path,
        kind="video" if upload.kind == "video" else "photo",
        mime=upload.mime if ready else "video/mp4",
        size=upload.size if ready else 0,
        sha256=upload.sha256,
        width=upload.width,
        height=upload.height,
        duration=upload.duration,
        thumbnail=var / upload.thumbnail if upload.thumbnail else None,
        made=ready,
    )
