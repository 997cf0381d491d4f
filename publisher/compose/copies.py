"""A district's own version of a post from the centre: same words, its own number and name by the variables in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from publisher.compose import keeping
from publisher.compose.approval import OPEN, approved_by_order, in_status, reopen, subject
from publisher.compose.content import PARTS, content_of, version_as_data
from publisher.compose.merging import merge
from publisher.compose.message import LANGUAGES
from publisher.compose.models import How, PictureCheck, Post, PostMedia, Upload
from publisher.people.audit import Actor, note
from publisher.people.models import District

OFFERED, ORDERED = "offered", "ordered"
SAID = (
    *("title", "kind", "urgent", "pin", "expires_at", "single_language_reason"),
    *("made_with_ai", "reused", "reused_source", "reused_permission"),
)


def given(source: Post, district: District) -> dict[str, Any]:
    """What the centre says there: the district's languages alone, unless the post has none of them."""
    content = content_of(source)
    written = [code for code in LANGUAGES if content.get(f"body_{code}")]
    spoken = [code for code in written if code in district.languages] or written
    texts = {f"{part}_{code}": content.get(f"{part}_{code}") for code in spoken for part in PARTS}
    media = [row for row in content["media"] if row[1] in ("", *spoken)]
    return {name: content[name] for name in SAID} | texts | {"media": media}


@transaction.atomic
def make(source: Post, district: District, actor: Actor, origin: str, **wishes: Any) -> Post:
    """A draft there. The pictures' checklist comes along: the same files were looked at."""
    content = given(source, district)
    post = Post.objects.create(
        title=content["title"],
        kind=content["kind"],
        district=district,
        author=actor.user,
        author_name=actor.name,
        origin=origin,
        template_slug=source.template_slug,
        template_digest=source.template_digest,
        **wishes,
    )
    keeping.put(post, content, [name for name in content if name != "media"])
    put_media(post, content["media"])
    ticks = PictureCheck.objects.filter(post=source, upload__in=post.media.values("upload"))
    PictureCheck.objects.bulk_create(
        PictureCheck(post=post, upload_id=tick.upload_id, item=tick.item, by=tick.by, by_name=tick.by_name)
        for tick in ticks.select_related("by")
    )
    note(actor, "created", subject(post), district=district, source=f"post:{source.pk}")
    return post


def put_media(post: Post, rows: Sequence[Sequence[str]]) -> None:
    uploads = {upload.sha256: upload for upload in Upload.objects.filter(sha256__in=[sha256 for sha256, _ in rows])}
    post.media.all().delete()
    PostMedia.objects.bulk_create(
        PostMedia(post=post, upload=uploads[sha256], language=language, position=position)
        for position, (sha256, language) in enumerate(rows)
    )


def was_adapted(post: Post, given: Mapping[str, Any]) -> bool:
    """Whether the district says something else than it was given."""
    now_there: dict[str, Any] = {"media": [[row.upload.sha256, row.language] for row in post.media.all()]}
    for version in post.versions.all():
        now_there |= version_as_data(version)
    said = {name: value for name, value in given.items() if name == "media" or name.startswith(PARTS)}
    return any((now_there.get(name) or None) != (value or None) for name, value in said.items())


@transaction.atomic
def renew(
    post: Post, before: Mapping[str, Any], after: Mapping[str, Any], actor: Actor, *, force: bool = False
) -> bool:
    """Puts what the centre corrected into the district's version; what the district changed elsewhere stays.

    False: both changed the same text, and nothing was done; `force` takes the centre's.
    """
    in_status(post, *OPEN)
    theirs = content_of(post)
    merged = merge(theirs if force else before, after, theirs)
    if merged.conflicts:
        return False
    changed = [name for name in merged.mine if name != "media"]
    if "media" in merged.mine:
        put_media(post, after["media"])
    keeping.put(post, merged.content, changed)
    if merged.mine:
        keeping.record(post, How.CORRECTED, actor)
        note(actor, "corrected_by_centre", subject(post), district=post.district, fields=sorted(merged.mine))
        reopen(post)
    return True


def approve_by_order(post: Post, source: Post, actor: Actor) -> Post:
    """Four eyes looked at the centre; the trail names whose."""
    return approved_by_order(post, source, actor)
