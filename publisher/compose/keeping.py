"""Every version of a post is kept: who left it so, and when. Saving never overwrites what somebody else wrote."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from publisher.compose import editing
from publisher.compose.approval import OPEN, changeable, digest_of, in_status, reopen, subject
from publisher.compose.content import DETAILS, PARTS, content_of, detail_from_data, languages_in
from publisher.compose.merging import Merged, merge
from publisher.compose.message import LANGUAGES
from publisher.compose.models import How, Post, Snapshot
from publisher.compose.refusal import Refusal
from publisher.people.audit import Actor, note

SPAN = timedelta(minutes=10)  # what one person's editor saves by itself within this time is one version


def baseline(post: Post) -> str:
    """The digest a form counts from. What was never kept (a fresh post, one from a plan) is kept now."""
    digest = digest_of(post)
    if not post.snapshots.filter(digest=digest).exists():
        author = Actor(post.author_name, post.author)
        _write(post, How.CREATED, author, digest)
    return digest


def record(post: Post, how: How, actor: Actor) -> bool:
    """False when it went into the version that this person's editor is writing anyway."""
    digest, last = digest_of(post), post.snapshots.first()
    if last and how == How.KEPT and _goes_on(last, post, actor):
        last.at, last.digest, last.content = timezone.now(), digest, content_of(post)
        last.save(update_fields=["at", "digest", "content"])
        return False
    _write(post, how, actor, digest)
    return True


def _goes_on(last: Snapshot, post: Post, actor: Actor) -> bool:
    """Never while somebody else may count from that version."""
    mine = last.how == How.KEPT and actor.user is not None and last.by_id == actor.user.pk
    return mine and timezone.now() - last.began_at < SPAN and not editing.others(post, actor.user)


def _write(post: Post, how: How, actor: Actor, digest: str) -> Snapshot:
    moment = timezone.now()
    return Snapshot.objects.create(
        post=post,
        how=how,
        by=actor.user,
        by_name=actor.name,
        began_at=moment,
        at=moment,
        digest=digest,
        content=content_of(post),
    )


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of a form: `other` left the version that stands there now. With conflicts nothing was saved."""

    merged: Merged
    digest: str
    other: Snapshot | None
    saved: bool

    @property
    def conflicts(self) -> Sequence[object]:
        return self.merged.conflicts


@transaction.atomic
def keep(
    post: Post, mine: Mapping[str, Any], actor: Actor, *, seen: str, how: How = How.SAVED, touched: bool = True
) -> Kept:
    """Puts a form's content into the post. `seen`: the digest of what the person had before them.

    Untouched, the form only asks for what others changed.
    """
    in_status(post, *OPEN)
    changeable(post)
    theirs, digest = content_of(post), digest_of(post)
    base = _base(post, theirs, seen, digest) if touched else {**theirs, **mine}
    merged = merge(base, mine, theirs)
    other = post.snapshots.filter(digest=digest).first() if seen and seen != digest else None
    if merged.conflicts or not merged.mine:
        return Kept(merged, digest, other, saved=False)
    put(post, merged.content, merged.mine)
    _after(post, how, actor, merged.mine)
    return Kept(merged, digest_of(post), other, saved=True)


def _base(post: Post, theirs: Mapping[str, Any], seen: str, digest: str) -> Mapping[str, Any] | None:
    if not seen or seen == digest:
        return theirs
    found = post.snapshots.filter(digest=seen).first()
    return found.content if found else None


def put(post: Post, content: Mapping[str, Any], names: Sequence[str]) -> None:
    """These of the content's names into the rows. A language whose text is empty is taken away."""
    details = [name for name in names if name in DETAILS]
    for name in details:
        setattr(post, name, detail_from_data(name, content[name]))
    if details:
        post.save(update_fields=[*details, "updated_at"])
    for language in LANGUAGES:
        if any(f"{part}_{language}" in names for part in PARTS):
            _put_version(post, language, content)


def _put_version(post: Post, language: str, content: Mapping[str, Any]) -> None:
    body, buttons, poll = (content.get(f"{part}_{language}") for part in PARTS)
    if body:
        fields = {"body": body, "buttons": buttons or [], "poll": poll}
        post.versions.update_or_create(language=language, defaults=fields)
    else:
        post.versions.filter(language=language).delete()


def _after(post: Post, how: How, actor: Actor, names: Sequence[str]) -> None:
    changed = sorted(names)
    if record(post, how, actor):
        note(actor, "edited", subject(post), district=post.district, fields=changed)
    reopen(post)


@transaction.atomic
def restore(post: Post, snapshot: Snapshot, actor: Actor) -> bool:
    """What was said comes back: title, texts, buttons, polls. Channels, times and files stay as they are now."""
    in_status(post, *OPEN)
    changeable(post)
    now_there = content_of(post)
    spoken = [f"{part}_{language}" for language in LANGUAGES for part in PARTS]
    wanted = {name: snapshot.content.get(name) for name in ["title", *spoken]}
    if not languages_in(snapshot.content):
        raise Refusal("empty_text")
    changed = list(merge(now_there, wanted, now_there).mine)
    if changed:
        put(post, wanted, changed)
        _after(post, How.RESTORED, actor, changed)
    return bool(changed)
