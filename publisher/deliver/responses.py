"""Votes and replies: kept as keyed hashes for a week, counted, and then forgotten."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from publisher.connectors.base import Event, Metric, Replied, Voted
from publisher.deliver.models import Delivery, Response

KEPT = timedelta(days=7, hours=12)  # after the message: until the last reading of the counts has surely been taken
VOTE, REPLY = "vote", "reply"


def record_event(account_key: str, event: Event) -> None:
    """The same webhook twice changes nothing: a voter has one row, and so has a reply."""
    if isinstance(event, Voted):
        _keep(account_key, event, VOTE, event.person, list(event.options))
    elif isinstance(event, Replied):
        _keep(account_key, event, REPLY, event.reply, [])


def _keep(account_key: str, event: Voted | Replied, kind: str, mark: str, options: list[str]) -> None:
    delivery = _delivery_of(account_key, event)
    if delivery is None or not mark or (delivery.sent_at and event.at - delivery.sent_at > KEPT):
        return
    told = {"options": options, "at": event.at}
    row, made = Response.objects.get_or_create(delivery=delivery, kind=kind, mark=mark, defaults=told)
    if not made and row.at < event.at:
        Response.objects.filter(pk=row.pk).update(**told)


def _delivery_of(account_key: str, event: Voted | Replied) -> Delivery | None:
    mine = Delivery.objects.filter(channel__account=account_key)
    here = mine.filter(channel__target=event.target) if event.target else mine
    return here.filter(receipt__ids__0=event.message_id).first() if event.message_id else None


def counts(deliveries: Sequence[int]) -> dict[int, list[tuple[Metric, str, int]]]:
    """Metric, label, number of each: lower bounds, for what was said before we listened is missing."""
    replies: Counter[int] = Counter()
    votes: dict[int, Counter[str]] = defaultdict(Counter)
    rows = Response.objects.filter(delivery__in=deliveries)
    for delivery, kind, options in rows.values_list("delivery", "kind", "options"):
        if kind == REPLY:
            replies[delivery] += 1
        else:
            votes[delivery].update(options)
    found = {key: [(Metric.POLL_VOTES, label, n) for label, n in sorted(mine.items())] for key, mine in votes.items()}
    for delivery, number in replies.items():
        found.setdefault(delivery, []).append((Metric.REPLIES, "", number))
    return found


def forget(moment: datetime) -> int:
    return Response.objects.filter(delivery__sent_at__lt=moment - KEPT).delete()[0]
