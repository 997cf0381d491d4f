"""Why a picture or film could not be made. `reason` finds the sentence for people; `values` fill it."""

from __future__ import annotations

from typing import ClassVar


class RenderError(Exception):
    """The message is a plain English sentence; `values` must survive JSON (they cross a process border)."""

    reason: ClassVar[str] = "render_failed"

    def __init__(self, message: str, **values: str | int | float) -> None:
        super().__init__(message)
        self.values = {"why": message, **values}

    @property
    def code(self) -> str:
        """The sentence for people: that of the cause, where the cause is known."""
        cause = self.values.get("cause")
        return f"media_{cause}" if cause else self.reason


class RenderFailed(RenderError):
    """Something of ours went wrong; `detail` has the technical tail for an administrator."""


class BrokenMedia(RenderError):
    """The file is damaged, empty or not what its name says."""

    reason = "broken_media"


class UnsupportedMedia(RenderError):
    """A container or codec that is not on the list, or a playlist that points elsewhere."""

    reason = "unsupported_media"


class MediaTooLarge(RenderError):
    """More pixels, pictures a second or seconds than this computer is asked to work on."""

    reason = "media_too_large"


class SizeNotReachable(RenderError):
    """Even the smallest picture of bearable quality is larger than the platform takes: trim the film."""

    reason = "film_too_long_for_limit"


class TextDoesNotFit(RenderError):
    reason = "picture_text_too_long"


class PaperTooSmall(TextDoesNotFit):
    """One side of a leaflet has more words than fit the paper at the smallest size."""

    reason = "leaflet_too_long"


class CodeTooLong(TextDoesNotFit):
    """The address behind a code makes it too fine for a phone's camera."""

    reason = "code_too_long"


class WordDoesNotFit(RenderError):
    reason = "picture_word_too_long"


class ClipLength(RenderError):
    """What was asked for makes a clip shorter or longer than the layout's limits."""

    reason = "clip_length"


class MissingLetter(RenderError):
    """The brand's font has no sign for a character (an emoji, for instance); it would show as a box."""

    reason = "missing_letter"


class MissingFile(RenderError):
    """A font, a logo or a source film is not where it was said to be."""

    reason = "missing_file"


class MissingFont(MissingFile):
    reason = "missing_font"


class UnknownLayout(RenderError):
    reason = "unknown_layout"


class LayoutChanged(RenderError):
    """Brand or layout were changed after the film was approved: what would be made is not what was approved."""

    reason = "layout_changed"


class DiskFull(RenderError):
    reason = "disk_full"


class RenderTimeout(RenderError):
    reason = "render_timeout"


class RenderCancelled(RenderError):
    reason = "render_cancelled"


_BY_REASON: dict[str, type[RenderError]] = {
    kind.reason: kind
    for kind in (
        RenderFailed,
        BrokenMedia,
        UnsupportedMedia,
        MediaTooLarge,
        SizeNotReachable,
        TextDoesNotFit,
        PaperTooSmall,
        CodeTooLong,
        WordDoesNotFit,
        ClipLength,
        MissingLetter,
        MissingFile,
        MissingFont,
        UnknownLayout,
        LayoutChanged,
        DiskFull,
        RenderTimeout,
        RenderCancelled,
    )
}
REASONS = frozenset(_BY_REASON)


def from_reason(reason: str, message: str, values: dict[str, str | int | float]) -> RenderError:
    """The error a child process told of, as it was raised there."""
    kind = _BY_REASON.get(reason, RenderFailed)
    return kind(message, **{key: value for key, value in values.items() if key != "why"})
