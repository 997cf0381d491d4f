"""What is to be said in the control chat. It is only written down here; deliver/notices.py sends it."""

from __future__ import annotations

from django.conf import settings

from publisher.people.models import District, Notice, NoticeKind


def put(kind: NoticeKind, post: int, district: District) -> None:
    """The newest word about a post replaces an earlier one that was not sent yet."""
    Notice.objects.filter(post=post, sent_at=None).delete()
    rules = settings.CONFIG.districts.get(district.pk)
    if rules is None or rules.notices:
        Notice.objects.create(kind=kind, post=post, district=district)
