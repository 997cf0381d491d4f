"""The sample data of the first start: which it is, and taking it away at one stroke. What people made always stays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import ProtectedError, QuerySet

from publisher.compose.models import Post, Upload
from publisher.compose.refusal import Refusal
from publisher.deliver.models import Channel, Delivery, State
from publisher.hotline import samples as call_samples
from publisher.people.access import within_reach
from publisher.people.audit import Actor, note, user_actor
from publisher.people.models import AuditEntry, User
from publisher.relay.models import Relay

TRAINER = Actor("practice mode")  # who makes it; nobody of the console has this name without an account
REMOVED = "samples_removed"


@dataclass(frozen=True, slots=True)
class Samples:
    """`goes` and what stays although it looks like it: a practice channel that people's own posts stand on."""

    posts: Sequence[Post]
    channels: Sequence[Channel]
    kept_channels: Sequence[Channel]
    calls: int = 0  # of the call centre: calls, cases, lists and visits

    def __bool__(self) -> bool:
        return bool(self.posts or self.channels or self.calls)


def found(user: User) -> Samples:
    posts = list(_posts(user).prefetch_related("versions"))
    own = Delivery.objects.exclude(post__in=posts).values("channel")
    channels = _channels(user)
    calls = call_samples.count(user, TRAINER.name)
    return Samples(posts, list(channels.exclude(pk__in=own)), list(channels.filter(pk__in=own)), calls)


def _posts(user: User) -> QuerySet[Post]:
    rows = Post.objects.filter(author=None, author_name=TRAINER.name)
    return within_reach(user, rows.select_related("district"))


def _channels(user: User) -> QuerySet[Channel]:
    """Those that practice mode itself opened, as the trail tells."""
    lines = AuditEntry.objects.filter(verb="channel_added", actor=None, actor_name=TRAINER.name)
    keys = [subject.removeprefix("channel:") for subject in lines.values_list("subject", flat=True)]
    return within_reach(user, Channel.objects.filter(key__in=keys).select_related("account"))


def _helpers(user: User) -> QuerySet[Relay]:
    """The people who post that practice mode made up."""
    lines = AuditEntry.objects.filter(verb="relay_added", actor=None, actor_name=TRAINER.name)
    keys = [subject.removeprefix("relay:") for subject in lines.values_list("subject", flat=True)]
    return within_reach(user, Relay.objects.filter(pk__in=keys))


def were_removed() -> bool:
    """Then the next start brings none back."""
    return AuditEntry.objects.filter(verb=REMOVED).exists()


def remove(user: User) -> Samples:
    """All of it or nothing. Refused while one of the posts is being sent."""
    with transaction.atomic():
        gone = found(user)
        deliveries = Delivery.objects.filter(post__in=gone.posts)
        if deliveries.filter(state__in=[State.CLAIMED, State.SENDING]).exists():
            raise Refusal("samples_being_sent")
        uploads = list(Upload.objects.filter(postmedia__post__in=gone.posts).distinct())
        call_samples.remove(user, TRAINER.name)
        deliveries.delete()
        Post.objects.filter(pk__in=[post.pk for post in gone.posts]).delete()
        Channel.objects.filter(pk__in=[channel.pk for channel in gone.channels]).delete()
        _helpers(user).filter(tasks=None).delete()
        files = [path for upload in uploads for path in _forget(upload)]
        titles, keys = [post.title for post in gone.posts], [channel.key for channel in gone.channels]
        note(user_actor(user), REMOVED, "samples", district=user.district, posts=titles, channels=keys)
        transaction.on_commit(lambda: _delete(files))
    return gone


def _forget(upload: Upload) -> list[Path]:
    """The files to delete; none when another post shows the upload, for then it stays."""
    if upload.postmedia_set.exists():
        return []
    try:
        with transaction.atomic():
            upload.delete()
    except ProtectedError:
        return []
    return [settings.HOME.var / path for path in (upload.path, upload.thumbnail) if path]


def _delete(files: Sequence[Path]) -> None:
    for path in files:
        path.unlink(missing_ok=True)
