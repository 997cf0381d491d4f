"""Making and editing posts; approving is in approval.py. Every function writes the audit trail, in its transaction."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from publisher.compose.approval import (
    OPEN,
    approve,
    approve_by_plan,
    approve_from_shell,
    changeable,
    digest_of,
    give_back,
    in_status,
    is_approved,
    reopen,
    subject,
    submit,
)
from publisher.compose.content import DETAILS
from publisher.compose.keeping import record
from publisher.compose.message import LANGUAGES, VersionLike, Wording
from publisher.compose.models import How, Post, PostMedia, Upload, Version
from publisher.compose.postfile import after_days, read_post
from publisher.compose.refusal import NotAllowed, Refusal
from publisher.compose.templates import Template, folders, load
from publisher.config import Home
from publisher.people.audit import Actor, changes, note
from publisher.people.models import District
from publisher.yamlfile import Flaw, FlawedFile

__all__ = [
    "NotAllowed",
    "Refusal",
    "approve",
    "approve_by_plan",
    "approve_from_shell",
    "blank",
    "change",
    "correct_from_file",
    "digest_of",
    "from_file",
    "from_template",
    "give_back",
    "is_approved",
    "resolve",
    "save_versions",
    "set_media",
    "submit",
]


BEGINNING = 500  # characters of a text that the audit trail repeats


def resolve(home: Home, file_or_slug: str, district: District, actor: Actor, at: datetime | None = None) -> Post:
    """A new post from a file or folder, or from the template of that name. Raises FlawedFile when there is neither."""
    path = Path(file_or_slug)
    slugs = [folder.name for folder in folders(home.content)]
    if path.resolve().parent == home.content.resolve() and path.name in slugs:
        return from_template(load(home.content, path.name), district, actor, at=at, origin="shell")
    if path.exists():
        return from_file(path, district, actor, at=at)
    if path.suffix or len(path.parts) > 1:
        raise FlawedFile([Flaw(path, 0, "there is no such file.", "Give a .md file, a folder, or a template's name.")])
    return from_template(load(home.content, file_or_slug), district, actor, at=at, origin="shell")


def blank(kind: str, title: str, district: District, actor: Actor) -> Post:
    return _create(kind, title, district, actor, (), {"origin": "console"}, source="blank")


def from_template(
    template: Template,
    district: District,
    actor: Actor,
    languages: Collection[str] | None = None,
    *,
    at: datetime | None = None,
    origin: str = "console",
) -> Post:
    """`languages`: which of the template's to take (all of them). `at`: the moment from which its expiry counts."""
    wanted = [version for version in template.versions.values() if languages is None or version.language in languages]
    fields = {
        "origin": origin,
        "publish_at": at,
        "expires_at": after_days(at or timezone.now(), template.expires_after_days),
        "single_language_reason": template.single_language_reason,
        "template_slug": template.slug,
        "template_digest": template.digest,
    }
    return _create(template.kind, template.title, district, actor, wanted, fields, source=template.slug)


def from_file(path: Path, district: District, actor: Actor, *, at: datetime | None = None) -> Post:
    """Only the post's rows: nothing is approved or queued. Raises FlawedFile."""
    file = read_post(path)
    fields = {
        "origin": "shell",
        "urgent": file.urgent,
        "pin": file.pin,
        "publish_at": at,
        "expires_at": file.expiry(district.zone, at or timezone.now()),
        "single_language_reason": file.single_language_reason,
    }
    return _create(file.kind, file.title, district, actor, file.versions.values(), fields, source=path.name)


@transaction.atomic
def _create(
    kind: str,
    title: str,
    district: District,
    actor: Actor,
    versions: Iterable[VersionLike],
    fields: Mapping[str, Any],
    source: str,
) -> Post:
    post = Post.objects.create(
        kind=kind, title=title, district=district, author=actor.user, author_name=actor.name, **fields
    )
    for version in versions:
        _store(post, version)
    note(actor, "created", subject(post), district=district, source=source)
    return post


def _store(post: Post, version: VersionLike) -> bool:
    """False when it stood there like this already."""
    content = {"body": version.body, "buttons": list(map(dict, version.buttons)), "poll": version.poll}
    before = post.versions.filter(language=version.language).first()
    if before and all(getattr(before, name) == value for name, value in content.items()):
        return False
    post.versions.update_or_create(language=version.language, defaults=content)
    return True


@transaction.atomic
def save_versions(post: Post, versions: Mapping[str, str | VersionLike], actor: Actor, *, seen: str = "") -> Post:
    """By language: a new body, or a whole Wording. An empty body takes the language away.

    `seen`: the digest the person had before them; refused when somebody else changed the post since.
    """
    _editable(post, seen)
    wanted = [_wording(post, language, text) for language, text in versions.items()]
    before = _bodies(post)
    changed = [w.language for w in wanted if w.body.strip() and _store(post, w)]
    gone = [w.language for w in wanted if not w.body.strip()]
    deleted, _ = post.versions.filter(language__in=gone).delete()
    if changed or deleted:
        touched = [language for language in LANGUAGES if language in changed + gone]
        _after_edit(post, actor, languages=touched, **changes(before, _bodies(post)))
    return post


def _bodies(post: Post) -> dict[str, str]:
    """For the audit trail: the beginning of each text, and which text it is; the versions hold all of it."""
    bodies = dict.fromkeys(LANGUAGES, "") | dict(post.versions.values_list("language", "body"))
    return {language: _shortened(body) for language, body in bodies.items()}


def _shortened(body: str) -> str:
    if len(body) <= BEGINNING:
        return body
    return f"{body[:BEGINNING]}… ({len(body)}, SHA-256 {hashlib.sha256(body.encode()).hexdigest()})"


def _wording(post: Post, language: str, text: str | VersionLike) -> VersionLike:
    if not isinstance(text, str):
        return text
    before = post.versions.filter(language=language).first() or Version()
    return Wording(language, text, before.buttons, before.poll)


@transaction.atomic
def change(post: Post, actor: Actor, *, seen: str = "", **details: Any) -> Post:
    """New values for any of DETAILS."""
    _editable(post, seen)
    changed = sorted(name for name in DETAILS if name in details and getattr(post, name) != details[name])
    before = {name: getattr(post, name) for name in changed}
    for name in changed:
        setattr(post, name, details[name])
    if changed:
        post.save(update_fields=[*changed, "updated_at"])
        _after_edit(post, actor, fields=changed, before=before, after={name: details[name] for name in changed})
    return post


@transaction.atomic
def set_media(post: Post, files: Iterable[tuple[Upload, str]], actor: Actor) -> Post:
    """The post's pictures and films in order, each with its language ("" for all)."""
    _editable(post)
    wanted = [(upload.pk, language) for upload, language in files]
    if wanted == list(post.media.values_list("upload_id", "language")):
        return post
    post.media.all().delete()
    PostMedia.objects.bulk_create(
        PostMedia(post=post, upload_id=pk, language=language, position=position)
        for position, (pk, language) in enumerate(wanted)
    )
    _after_edit(post, actor, How.MEDIA, media=len(wanted))
    return post


@transaction.atomic
def correct_from_file(post: Post, path: Path, actor: Actor) -> Post:
    """New wording for the languages in the file; the others stay. It must be approved again. Raises FlawedFile."""
    file = read_post(path)
    _editable(post)
    changed = [version.language for version in file.versions.values() if _store(post, version)]
    post.title, post.kind = file.title, file.kind
    post.save(update_fields=["title", "kind", "updated_at"])
    record(post, How.CORRECTED, actor)
    note(actor, "corrected_from_file", subject(post), district=post.district, source=path.name, languages=changed)
    reopen(post)
    return post


def _editable(post: Post, seen: str = "") -> None:
    in_status(post, *OPEN)
    changeable(post)
    if seen and seen != digest_of(post):
        raise Refusal("changed_since_seen")


def _after_edit(post: Post, actor: Actor, how: How = How.SAVED, **detail: object) -> None:
    record(post, how, actor)
    note(actor, "edited", subject(post), district=post.district, **detail)
    reopen(post)
