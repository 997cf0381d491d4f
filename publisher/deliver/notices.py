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
from publisher.deliver.questions import control_chat, leave_alone, without_chat
from publisher.deliver.worker import publishing
from publisher.people.models import OF_CAMPAIGNS, Notice, NoticeKind
from publisher.plan.models import Campaign

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
        waiting = Notice.objects.filter(sent_at=None)
        if nobody := without_chat():
            waiting.filter(district__in=nobody, created_at__lt=timezone.now() - STALE).delete()
            waiting = waiting.exclude(district__in=nobody)
        rows = _still_true(list(waiting.select_for_update()[: AT_ONCE * 5]))
        place = control_chat("", rows[0].district_id) if rows else None
        if place is None:
            return None
        account, chat = place
        rows = [row for row in rows if control_chat("", row.district_id) == place][:AT_ONCE]
        if not allowed(Channel(account=account, target=chat, platform_kind="group"), now().timestamp()):
            return None
        ids = tuple(row.notice.pk for row in rows)
        Notice.objects.filter(pk__in=ids).update(sent_at=timezone.now())
        return Word(ids, account.key, chat, Message(f"notice-{ids[0]}-{ids[-1]}", text=_words(rows)))


@dataclass(frozen=True, slots=True)
class Line:
    """A notice, and the post or campaign it tells of."""

    notice: Notice
    about: Post | Campaign

    @property
    def district_id(self) -> str:
        return self.notice.district_id

    @property
    def path(self) -> str:
        return f"/{'posts' if isinstance(self.about, Post) else 'campaigns'}/{self.about.pk}/"


def _still_true(rows: Sequence[Notice]) -> list[Line]:
    """What was decided meanwhile, or is old, is not said any more."""
    of_posts = Post.objects.select_related("district").in_bulk([row.post for row in rows if _of_post(row)])
    of_campaigns = Campaign.objects.in_bulk([row.post for row in rows if not _of_post(row)])
    known = [(row, (of_posts if _of_post(row) else of_campaigns).get(row.post)) for row in rows]
    fresh = timezone.now() - STALE
    good = [Line(row, about) for row, about in known if about and row.created_at > fresh and _holds(row, about)]
    said = {line.notice.pk for line in good}
    Notice.objects.filter(pk__in=[row.pk for row in rows if row.pk not in said]).delete()
    Notice.objects.filter(sent_at__lt=timezone.now() - KEPT).delete()
    return good


def _of_post(row: Notice) -> bool:
    return row.kind not in OF_CAMPAIGNS


def _holds(row: Notice, about: Post | Campaign) -> bool:
    if isinstance(about, Post):
        return about.status == STILL[NoticeKind(row.kind)]
    return (row.kind == NoticeKind.WITHDRAWN) == (about.withdrawn_at is not None)


def _words(lines: Sequence[Line]) -> str:
    """Kazakh, then Russian: both may be read there. The links stand once, below."""
    said = []
    for language in ("kk", "ru"):
        with translation.override(language):
            said.append("\n".join(_line(line, language) for line in lines))
    base = settings.CONFIG.site.public_url.rstrip("/")
    return "\n\n".join([*said, "\n".join(f"{base}{line.path}" for line in lines)])


def _line(line: Line, language: str) -> str:
    row, about = line.notice, line.about
    if isinstance(about, Campaign):
        return _of_campaign(NoticeKind(row.kind)) % {"number": about.pk}
    post = about
    sentences = {
        NoticeKind.REVIEW: gettext("Post %(number)s waits for approval: %(kind)s, %(district)s."),
        NoticeKind.SECOND: gettext("Urgent: post %(number)s waits for the second approval: %(kind)s, %(district)s."),
        NoticeKind.RETURNED: gettext("Post %(number)s was returned to its author: %(kind)s, %(district)s."),
    }
    values = {"number": post.pk, "kind": Kind(post.kind).label, "district": post.district.name(language)}
    return sentences[NoticeKind(row.kind)] % values


def _of_campaign(kind: NoticeKind) -> str:
    return {
        NoticeKind.OFFERED: gettext("From the centre: campaign %(number)s is offered and waits for an answer."),
        NoticeKind.ORDERED: gettext("From the centre: campaign %(number)s is ordered; choose its time."),
        NoticeKind.TO_SETTLE: gettext("The centre corrected campaign %(number)s where the district had changed it."),
        NoticeKind.WITHDRAWN: gettext("The centre withdrew campaign %(number)s: it is taken away everywhere."),
    }[kind]


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
        await db(leave_alone, word.account_key, word.chat, error)
        return 0
    return len(word.ids)


def _take_back(ids: Sequence[int]) -> None:
    Notice.objects.filter(pk__in=ids).update(sent_at=None)
