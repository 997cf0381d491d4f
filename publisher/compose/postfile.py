"""A post that somebody wrote as a file: one .md, or a folder with kk.md, ru.md, en.md."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from pathlib import Path

from publisher.compose.frontmatter import PostMatter, VersionFile, read_version
from publisher.compose.message import Wording
from publisher.compose.templates import read_folder
from publisher.yamlfile import Flaw, FlawedFile


@dataclass(frozen=True, slots=True)
class PostFile:
    kind: str
    title: str
    versions: Mapping[str, Wording]
    urgent: bool
    pin: bool
    expires_at: datetime | date | None
    expires_after_days: int | None
    single_language_reason: str

    def expiry(self, zone: tzinfo, at: datetime) -> datetime | None:
        """When it stops being true: as written, else so many days after `at`."""
        if self.expires_at is None:
            return after_days(at, self.expires_after_days)
        if not isinstance(self.expires_at, datetime):
            return datetime.combine(self.expires_at + timedelta(days=1), time(), zone)
        return self.expires_at if self.expires_at.tzinfo else self.expires_at.replace(tzinfo=zone)


def after_days(at: datetime, days: int | None) -> datetime | None:
    return at + timedelta(days=days) if days else None


def read_post(path: Path) -> PostFile:
    """Raises FlawedFile. Which languages it must have depends on the channels: see checks."""
    if path.is_dir():
        files = read_folder(path, PostMatter)
    elif path.suffix == ".md":
        only = read_version(path, PostMatter)
        files = {only.language: only}
    else:
        hint = "Give a file that ends in .md, or a folder with kk.md and ru.md."
        raise FlawedFile([Flaw(path, 0, "this is not a post.", hint)])
    return _post_file(files)


def _post_file(files: Mapping[str, VersionFile]) -> PostFile:
    first: PostMatter = next(iter(files.values())).matter
    return PostFile(
        kind=first.kind,
        title=first.title,
        versions={language: _wording(file) for language, file in files.items()},
        urgent=first.urgent,
        pin=first.pin,
        expires_at=first.expires_at,
        expires_after_days=first.expires_after_days,
        single_language_reason=first.single_language_reason,
    )


def _wording(file: VersionFile) -> Wording:
    return Wording(file.language, file.body, file.matter.stored_buttons, file.matter.stored_poll)
