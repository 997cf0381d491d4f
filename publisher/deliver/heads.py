"""What could go next: the first due delivery of each of an account's free channels, most urgent first."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from django.db.models import Exists, OuterRef, QuerySet, Subquery

from publisher.compose.models import Status
from publisher.deliver.films import with_films
from publisher.deliver.models import Account, Channel, Delivery, State
from publisher.deliver.pauses import Stopped


class Head(NamedTuple):
    """A delivery that is due, and where it would go. Plain values: a pass looks at many and takes few."""

    id: int
    priority: int
    due_at: datetime
    created_at: datetime
    not_before: datetime | None
    expires_at: datetime | None
    late_ok: bool
    attempts_made: int
    part: str
    language: str
    post_id: int
    channel_id: int
    account_id: str
    target: str
    used_at: datetime | None
    last_message_id: str

    @property
    def urgent(self) -> bool:
        return self.priority >= Delivery.URGENT


COLUMNS = (*Head._fields[:12], "channel__account_id", "channel__target", "channel__used_at", "channel__last_message_id")


def due(moment: datetime) -> QuerySet[Delivery]:
    """An edit after approval asks again, and what is held waits for a decision: until then nothing of it goes out."""
    return Delivery.objects.filter(state=State.WAITING, held="", due_at__lte=moment, post__status=Status.APPROVED)


def heads(account: Account, moment: datetime, limit: int, stopped: Stopped) -> list[Head]:
    in_flight = Delivery.objects.filter(channel=OuterRef("pk"), state__in=[State.CLAIMED, State.SENDING])
    ready = with_films(stopped.open(due(moment)), account)
    first = ready.filter(channel=OuterRef("pk")).order_by("-priority", "due_at", "id").values("pk")[:1]
    channels = Channel.objects.filter(account=account, off_reason="").filter(~Exists(in_flight))
    found = channels.annotate(head=Subquery(first)).filter(head__isnull=False).values("head")
    rows = Delivery.objects.filter(pk__in=found).order_by("-priority", "due_at", "id")
    return [Head(*row) for row in rows.values_list(*COLUMNS)[:limit]]
