"""Says in the control chat that posts wait for approval, for a second one, or were returned; with a link.

All that is due goes into one message, through the same limits as every other one. It names the post's number, kind and
district, and nothing of what it says or who wrote it: a chat is read on private phones.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext

from publisher.compose.models import Kind, Post, Status
from publisher.connectors.base import Message
from publisher.connectors.errors import ConnectorError, OutcomeUnknown
from publisher.deliver import pauses
from publisher.deliver.border import db, now
from publisher.deliver.changes import allowed
from publisher.deliver.connections import Connections
from publisher.deliver.models import Channel, Pause
from publisher.deliver.questions import control_chat
from publisher.deliver.worker import publishing
from publisher.people.models import Notice, NoticeKind

log = logging.getLogger(__name__)
AT_ONCE = 10  # lines of one message; the rest follows in the next
STALE = timedelta(hours=6)  # said later than this, it only confuses
KEPT = timedelta(days=30)
STILL = {NoticeKind.REVIEW: Status.IN_REVIEW, NoticeKind.SECOND: Status.IN_REVIEW, NoticeKind.RETURNED: Status.RETURNED}


@dataclass(frozen=True, slots=True)
class Word:
    ids: tuple[int, ...]
    account_key: str
    chat: str
    message: Message


def due() -> Word | None:
    """The next message; its notices are marked as said, so that no other clock says them too."""
    if Pause.objects.filter(scope=pauses.RESTORED).exists():  # the original says it
        return None
    with transaction.atomic():
        rows = _still_true(list(Notice.objects.select_for_update().filter(sent_at=None)[: AT_ONCE * 5]))[:AT_ONCE]
        place = control_chat("") if rows else None
        if place is None:
            return None
        account, chat = place
        if not allowed(Channel(account=account, target=chat, platform_kind="group"), now().timestamp()):
            return None
        ids = tuple(row.pk for row, _post in rows)
        Notice.objects.filter(pk__in=ids).update(sent_at=timezone.now())
        return Word(ids, account.key, chat, Message(f"notice-{ids[0]}-{ids[-1]}", text=_words(rows)))


def _still_true(rows: Sequence[Notice]) -> list[tuple[Notice, Post]]:
    """What was decided meanwhile, or is old, is not said any more."""
    posts = Post.objects.select_related("district").in_bulk([row.post for row in rows])
    fresh = timezone.now() - STALE
    pairs = [(row, posts[row.post]) for row in rows if row.post in posts]
    good = [(row, post) for row, post in pairs if row.created_at > fresh and post.status == STILL[NoticeKind(row.kind)]]
    known = {row.pk for row, _post in good}
    Notice.objects.filter(pk__in=[row.pk for row in rows if row.pk not in known]).delete()
    Notice.objects.filter(sent_at__lt=timezone.now() - KEPT).delete()
    return good


def _words(rows: Sequence[tuple[Notice, Post]]) -> str:
    """Kazakh, then Russian: both may be read there. The links stand once, below."""
    said = []
    for language in ("kk", "ru"):
        with translation.override(language):
            said.append("\n".join(_line(row, post, language) for row, post in rows))
    base = settings.CONFIG.site.public_url.rstrip("/")
    return "\n\n".join([*said, "\n".join(f"{base}/posts/{post.pk}/" for _row, post in rows)])


def _line(row: Notice, post: Post, language: str) -> str:
    sentences = {
        NoticeKind.REVIEW: gettext("Post %(number)s waits for approval: %(kind)s, %(district)s."),
        NoticeKind.SECOND: gettext("Urgent: post %(number)s waits for the second approval: %(kind)s, %(district)s."),
        NoticeKind.RETURNED: gettext("Post %(number)s was returned to its author: %(kind)s, %(district)s."),
    }
    values = {"number": post.pk, "kind": Kind(post.kind).label, "district": post.district.name(language)}
    return sentences[NoticeKind(row.kind)] % values


async def say(connections: Connections) -> int:
    """Returns how many notices were said."""
    word = await db(due)
    if word is None:
        return 0
    try:
        connector = publishing(await connections.get(word.account_key))
        await connector.publish(word.chat, word.message)
    except OutcomeUnknown as error:  # it may stand there: said once is enough
        log.info("Notice %s: %s", word.ids[0], error.detail)
    except ConnectorError as error:
        log.warning("The control chat %s cannot be told: %s", word.chat, error.detail)
        await db(_take_back, word.ids)
        return 0
    return len(word.ids)


def _take_back(ids: Sequence[int]) -> None:
    Notice.objects.filter(pk__in=ids).update(sent_at=None)
