"""What is to be said in the control chats. It is only written down here; deliver/notices.py sends it."""

from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings

from publisher.people.models import OF_CAMPAIGNS, District, Notice, NoticeKind


def put(kind: NoticeKind, post: int, district: District) -> None:
    """The newest word about a post replaces an earlier one that was not sent yet."""
    Notice.objects.filter(post=post, sent_at=None).exclude(kind__in=OF_CAMPAIGNS).delete()
    if _wanted(district):
        Notice.objects.create(kind=kind, post=post, district=district)


def put_many(kind: NoticeKind, campaign: int, districts: Sequence[District]) -> None:
    """To each district that has a control chat of its own; to the shared one a single word for all the others."""
    wanted = [district for district in districts if _wanted(district)]
    own = [district for district in wanted if _own_chat(district)]
    others = [district for district in wanted if not _own_chat(district)][:1]
    Notice.objects.bulk_create(Notice(kind=kind, post=campaign, district=district) for district in [*own, *others])


def _wanted(district: District) -> bool:
    rules = settings.CONFIG.districts.get(district.pk)
    return rules is None or rules.notices


def _own_chat(district: District) -> bool:
    rules = settings.CONFIG.districts.get(district.pk)
    return bool(rules and rules.control_chat)
