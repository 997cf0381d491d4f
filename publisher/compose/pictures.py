"""What a person must have looked for in every picture and film before it goes out, and who did."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from publisher.compose.models import PictureCheck, Post, Upload
from publisher.people.audit import Actor, note

CHECKLIST: Mapping[str, object] = {
    "faces": _("No face can be recognised, or each of these people agreed."),
    "minors": _("No child can be recognised, or the parents agreed in writing."),
    "details": _("No documents, number plates, addresses or screens with personal data can be read."),
}


@dataclass(frozen=True, slots=True)
class Looked:
    """One file and its points: each with the tick that somebody set, or None."""

    upload: Upload
    points: Sequence[tuple[str, object, PictureCheck | None]]

    @property
    def open(self) -> list[str]:
        return [item for item, _words, tick in self.points if tick is None]

    @property
    def names(self) -> str:
        """Who looked, each once."""
        return ", ".join(dict.fromkeys(tick.by_name for _item, _words, tick in self.points if tick))


def looked_at(post: Post) -> list[Looked]:
    """Each file once, however many languages show it."""
    ticks = {(tick.upload_id, tick.item): tick for tick in post.picture_checks.all()}
    uploads = {row.upload_id: row.upload for row in post.media.select_related("upload")}
    return [
        Looked(upload, [(item, words, ticks.get((pk, item))) for item, words in CHECKLIST.items()])
        for pk, upload in uploads.items()
    ]


def tick(post: Post, upload: Upload, item: str, actor: Actor, *, on: bool) -> None:
    """Only by a person; a tick taken off is in the audit trail too."""
    if item not in CHECKLIST:
        raise KeyError(item)
    mine = PictureCheck.objects.filter(post=post, upload=upload, item=item)
    if on and not mine.exists():
        PictureCheck.objects.create(post=post, upload=upload, item=item, by=actor.user, by_name=actor.name)
    elif not on and mine.exists():
        mine.delete()
    else:
        return
    verb = "picture_checked" if on else "picture_unchecked"
    note(actor, verb, f"post:{post.pk}", district=post.district, file=upload.name, point=item)
