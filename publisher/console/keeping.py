"""The editor's form, and what to tell when somebody else changed the post meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext_lazy as _

from publisher.compose.approval import digest_of
from publisher.compose.differing import Stretch, compare
from publisher.compose.keeping import Kept
from publisher.compose.merging import Conflict
from publisher.compose.message import LANGUAGES
from publisher.compose.message import NAMES as TONGUES
from publisher.compose.models import Post, Status
from publisher.console.forms.post import PostForm
from publisher.deliver.models import Channel
from publisher.people.models import User

NAMES = {
    "title": _("the title"),
    "kind": _("the kind"),
    "urgent": _("the urgency"),
    "pin": _("the pin"),
    "expires_at": _("the last day"),
    "publish_at": _("the time"),
    "channel_keys": _("the channels"),
    "single_language_reason": _("the reason for one language"),
    "made_with_ai": _("the AI mark"),
    "reused": _("the origin of the material"),
    "reused_source": _("the origin of the material"),
    "reused_permission": _("the permission"),
    "media": _("pictures and films"),
    "body": _("the text"),
    "buttons": _("the buttons"),
    "poll": _("the poll"),
}


def stands(post: Post) -> bool:
    return post.deliveries.exists()


def keeps_itself(post: Post) -> bool:
    """What others approved, or are reading for approval, changes only when somebody presses the button."""
    return post.status in (Status.DRAFT, Status.RETURNED) and not stands(post)


def channels_of(post: Post) -> QuerySet[Channel]:
    return Channel.objects.filter(district=post.district).select_related("account")


def form_for(request: HttpRequest, post: Post, data: QueryDict | None = None, *, fresh: bool = False) -> PostForm:
    """With what the browser sent; `fresh`: with what is saved."""
    written = set(post.versions.values_list("language", flat=True)) | set(settings.CONFIG.site.languages)
    languages = [language for language in LANGUAGES if language in written]
    posted = data if data is not None else request.POST if request.method == "POST" else None
    channels = list(channels_of(post))
    return PostForm(None if fresh else posted, post, languages, channels, seen=digest_of(post), correcting=stands(post))


@dataclass(frozen=True, slots=True)
class Side:
    """A text that two people changed, and how each side differs from the other."""

    conflict: Conflict
    theirs: Sequence[Stretch]
    mine: Sequence[Stretch]


def colliding(post: Post, form: PostForm, kept: Kept) -> dict[str, object]:
    """`set`: what the form is to show from now on, since somebody else changed it and we had not."""
    fresh = PostForm(None, post, form.languages, list(channels_of(post)), seen=kept.digest, correcting=form.correcting)
    return {
        "seen": kept.digest,
        "set": fresh.shown(kept.merged.taken),
        "taken": called(kept.merged.taken),
        "overruled": called(kept.merged.overruled) if kept.other else [],
        "other": kept.other,
        "sides": [_side(conflict) for conflict in kept.merged.conflicts],
    }


def _side(conflict: Conflict) -> Side:
    both = compare(conflict.theirs, conflict.mine)
    theirs = [one for one in both if one.kind != "new"]
    return Side(conflict, theirs, [one for one in both if one.kind != "gone"])


def stale(post: Post, seen: str, user: User) -> dict[str, object]:
    """For a post that is saved by the button alone: whether somebody else changed it meanwhile."""
    other = post.snapshots.filter(digest=digest_of(post)).exclude(by=user).first()
    changed = bool(seen) and seen != digest_of(post)
    return {"state": "waiting", "seen": seen, "other": other if changed else None}


def called(names: Sequence[str]) -> list[str]:
    """Each once, in words: “the text (Русский)”."""
    words = []
    for name in names:
        part, _bar, language = name.rpartition("_")
        if language in TONGUES:
            words.append(f"{NAMES[part]} ({TONGUES[language]})")
        else:
            words.append(str(NAMES[name]))
    return list(dict.fromkeys(words))
