"""content/<slug>/{kk,ru,en}.md: what can be posted again and again. Read here, never written."""

from __future__ import annotations

import difflib
import hashlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from publisher.compose.frontmatter import FrontMatter, TemplateMatter, VersionFile, read_version
from publisher.compose.links import allowed
from publisher.yamlfile import Flaw, FlawedFile

LANGUAGES = ("kk", "ru", "en")
REQUIRED = ("kk", "ru")
OTHERS = {"patterns"}  # folders of content/ that hold something else
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
# What must be the same in every language of one template or post.
_AGREE: dict[str, Callable[[Any], object]] = {
    "kind": lambda m: m.kind,
    "tags": lambda m: sorted(m.tags),
    "repeat_after_days": lambda m: m.repeat_after_days,
    "expires_after_days": lambda m: m.expires_after_days,
    "single_language_reason": lambda m: m.single_language_reason,
    "urgent": lambda m: getattr(m, "urgent", None),
    "pin": lambda m: getattr(m, "pin", None),
    "expires_at": lambda m: getattr(m, "expires_at", None),
    "buttons": lambda m: len(m.buttons),
    "poll": lambda m: m.poll and (len(m.poll.options), m.poll.answer),
}


@dataclass(frozen=True, slots=True)
class TemplateVersion:
    """One language of a template; `buttons` and `poll` in the form in which a post's version keeps them."""

    language: str
    title: str
    body: str
    buttons: tuple[Mapping[str, str], ...] = ()
    poll: Mapping[str, Any] | None = None
    source: str = ""


@dataclass(frozen=True, slots=True)
class Template:
    """`digest` is the hash of its files' bytes, so that a post can tell what it was made from."""

    slug: str
    kind: str
    tags: tuple[str, ...]
    repeat_after_days: int | None
    expires_after_days: int | None
    versions: Mapping[str, TemplateVersion]
    digest: str
    single_language_reason: str = ""

    @property
    def title(self) -> str:
        return next(iter(self.versions.values())).title


def load_all(content: Path, link_hosts: Sequence[str] | None = None) -> dict[str, Template]:
    """Every template by its slug. Raises FlawedFile with all flaws of all files; with `link_hosts`, also of links."""
    templates: dict[str, Template] = {}
    flaws: list[Flaw] = []
    for folder in folders(content):
        try:
            templates[folder.name] = _load(folder, link_hosts)
        except FlawedFile as error:
            flaws += error.flaws
    if flaws:
        raise FlawedFile(flaws)
    return templates


def load(content: Path, slug: str, link_hosts: Sequence[str] | None = None) -> Template:
    known = [folder.name for folder in folders(content)]
    if slug not in known:
        close = difflib.get_close_matches(slug, known, n=1)
        hint = f"Did you mean “{close[0]}”?" if close else f"Known: {', '.join(known) or 'none yet'}."
        raise FlawedFile([Flaw(content / slug, 0, f"there is no template “{slug}”.", hint)])
    return _load(content / slug, link_hosts)


def folders(content: Path) -> list[Path]:
    if not content.is_dir():
        return []
    found = (path for path in content.iterdir() if path.is_dir() and path.name not in OTHERS)
    return sorted(path for path in found if not path.name.startswith((".", "_")))


def _load(folder: Path, link_hosts: Sequence[str] | None) -> Template:
    if not _SLUG.fullmatch(folder.name):
        hint = "Name it with small Latin letters, digits and hyphens, for instance safe-account."
        raise FlawedFile([Flaw(folder, 0, "a template's folder has a name that cannot be used.", hint)])
    files = read_folder(folder, TemplateMatter)
    first = next(iter(files.values())).matter
    flaws = _lacking(folder, files, first.single_language_reason)
    if link_hosts is not None:
        flaws += [flaw for file in files.values() for flaw in _link_flaws(file, link_hosts)]
    if flaws:
        raise FlawedFile(flaws)
    versions = {language: _version(file) for language, file in files.items()}
    return Template(
        slug=folder.name,
        kind=first.kind,
        tags=first.tags,
        repeat_after_days=first.repeat_after_days,
        expires_after_days=first.expires_after_days,
        versions=versions,
        digest=digest(folder, files),
        single_language_reason=first.single_language_reason,
    )


def read_folder(folder: Path, matter: type[FrontMatter]) -> dict[str, VersionFile]:
    """The folder's versions in the order kk, ru, en. Raises FlawedFile with the flaws of all of them."""
    flaws: list[Flaw] = [_misnamed(path) for path in sorted(folder.glob("*.md")) if path.stem not in LANGUAGES]
    files: dict[str, VersionFile] = {}
    for language in LANGUAGES:
        path = folder / f"{language}.md"
        if path.exists():
            try:
                files[language] = read_version(path, matter, language)
            except FlawedFile as error:
                flaws += error.flaws
    if not flaws and not files:
        flaws.append(Flaw(folder, 0, "there is no text here.", "Write kk.md and ru.md."))
    if not flaws:
        flaws += _disagreements(files)
    if flaws:
        raise FlawedFile(flaws)
    return files


def _misnamed(path: Path) -> Flaw:
    return Flaw(path, 0, "the file's name is not a language of ours.", "Name it kk.md, ru.md or en.md.")


def _disagreements(files: Mapping[str, VersionFile]) -> list[Flaw]:
    first, *others = files.values()
    return [
        Flaw(
            other.path,
            other.line_of(name),
            f"“{name}” is not the same as in {first.path.name}.",
            f"There it is {_shown(value(first.matter))}, here {_shown(value(other.matter))}: make them the same.",
        )
        for other in others
        for name, value in _AGREE.items()
        if value(first.matter) != value(other.matter)
    ]


def _shown(value: object) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or "empty"
    return "not given" if value is None or value == "" else str(value)


def _lacking(folder: Path, files: Mapping[str, VersionFile], reason: str) -> list[Flaw]:
    hint = "Write it, or give single_language_reason: with the reason."
    return [
        Flaw(folder / f"{language}.md", 0, "this language is missing.", hint)
        for language in REQUIRED
        if language not in files and not reason
    ]


def _link_flaws(file: VersionFile, link_hosts: Sequence[str]) -> Iterable[Flaw]:
    for url, line in file.links():
        if not allowed(url, link_hosts):
            hint = "Remove it, or let the administrator add the site under link_hosts in config.yaml."
            yield Flaw(file.path, line, f"the link {url} leads to a place that is not on the list.", hint)


def _version(file: VersionFile) -> TemplateVersion:
    matter = file.matter
    return TemplateVersion(
        file.language, matter.title, file.body, matter.stored_buttons, matter.stored_poll, matter.source
    )


def digest(folder: Path, files: Iterable[str]) -> str:
    total = hashlib.sha256()
    for language in files:
        content = (folder / f"{language}.md").read_bytes()
        total.update(f"{language}:{len(content)}:".encode() + content)
    return total.hexdigest()
