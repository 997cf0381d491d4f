"""The two steps that every message passes, for all that wait for them at once: a few statements and one commit.

The rule stays the same for each: claimed → sending is committed before its request, the outcome after it. Written as
SQL because the same statements through the object layer cost more than the message's way to the platform.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import connection, models, transaction

from publisher.compose.models import Post
from publisher.connectors.base import Receipt
from publisher.deliver import listeners, pauses
from publisher.deliver.border import now
from publisher.deliver.dispatch import Ticket
from publisher.deliver.models import Change, ChangeKind, Channel, Delivery, Part, RemoteUpload, State
from publisher.deliver.rows import at, fetch, flat, marks, run

LEASE_SEND = timedelta(seconds=60)  # prolonged while the worker lives; afterwards the outcome is unknown

BEGIN = """
UPDATE deliver_delivery SET state = 'sending', lease_until = %s
WHERE id IN ({ids}) AND (id, attempts_made) IN (VALUES {pairs})
AND state = 'claimed' AND NOT cancel_requested AND lease_until > %s
AND (SELECT status FROM compose_post WHERE compose_post.id = post_id) = 'approved'
RETURNING id
"""
STARTED = """
UPDATE deliver_attempt SET started_at = %s WHERE delivery_id IN ({ids}) AND (delivery_id, number) IN (VALUES {pairs})
"""
SENT = """
WITH told (id, number, receipt) AS (VALUES {told})
UPDATE deliver_delivery SET state = 'sent', sent_at = %s, receipt = CAST(told.receipt AS {json}), lease_until = NULL,
    worker = '', error_reason = '', error_values = CAST('{{}}' AS {json}), error_detail = ''
FROM told WHERE deliver_delivery.id IN ({ids}) AND deliver_delivery.id = told.id AND attempts_made = told.number
AND state IN ('sending', 'unknown')
RETURNING deliver_delivery.id, channel_id, post_id, language, part, cancel_requested,
    (SELECT pin FROM compose_post WHERE compose_post.id = post_id)
"""
ENDED = """
UPDATE deliver_attempt SET ended_at = %s, outcome = 'sent', reason = '', detail = ''
WHERE delivery_id IN ({ids}) AND (delivery_id, number) IN (VALUES {pairs})
"""
USED = """
WITH told (id, last) AS (VALUES {told})
UPDATE deliver_channel SET used_at = %s,
    last_message_id = CASE told.last WHEN '' THEN last_message_id ELSE told.last END
FROM told WHERE deliver_channel.id IN ({ids}) AND deliver_channel.id = told.id
"""


class Standing(NamedTuple):
    """What is now on record as sent."""

    id: int
    channel_id: int
    post_id: int
    language: str
    part: str
    cancel_requested: bool
    pin: bool


def begin_all(tickets: Sequence[Ticket]) -> list[bool]:
    """Claimed → sending, committed just before the requests. False: not ours any more, so nothing may be sent.

    A film may be brought to the platform for minutes in between: a post that is edited meanwhile goes out no more."""
    with transaction.atomic():
        mine = _not_stopped(tickets)
        if not mine:
            return [False] * len(tickets)
        moment = now()
        keys, pairs = _keys(mine), _pairs(mine)
        sql = BEGIN.format(ids=marks(len(mine)), pairs=marks(len(mine), 2))
        begun = {key for (key,) in fetch(sql, [at(moment + LEASE_SEND), *keys, *pairs, at(moment)])}
        _note(STARTED, [ticket for ticket in mine if ticket.delivery_id in begun], moment)
    return [ticket.delivery_id in begun for ticket in tickets]


def _not_stopped(tickets: Sequence[Ticket]) -> list[Ticket]:
    """A stop that came between the claim and the request."""
    stopped = pauses.current()
    if not stopped:
        return list(tickets)
    mine = stopped.open(Delivery.objects.filter(pk__in=_keys(tickets)))
    keys = set(mine.values_list("pk", flat=True))
    return [ticket for ticket in tickets if ticket.delivery_id in keys]


def finish_all(told: Sequence[tuple[Ticket, Receipt]]) -> list[bool]:
    """They stand there. Late word about an attempt already written off as unknown still counts."""
    with transaction.atomic():
        moment = now()
        values = flat((t.delivery_id, t.number, json.dumps(receipt_json(receipt))) for t, receipt in told)
        kept_as = models.JSONField().db_type(connection)
        sql = SENT.format(told=marks(len(told), 3), ids=marks(len(told)), json=kept_as)
        keys = _keys([ticket for ticket, _ in told])
        standing = {row[0]: Standing(*row) for row in fetch(sql, [*values, at(moment), *keys])}
        mine = [(ticket, receipt) for ticket, receipt in told if ticket.delivery_id in standing]
        _note(ENDED, [ticket for ticket, _ in mine], moment)
        _remember([(standing[ticket.delivery_id], receipt) for ticket, receipt in mine], moment)
    return [ticket.delivery_id in standing for ticket, _ in told]


def _note(sql: str, tickets: Sequence[Ticket], moment: datetime) -> None:
    """On the tickets' attempts."""
    if tickets:
        sql = sql.format(ids=marks(len(tickets)), pairs=marks(len(tickets), 2))
        run(sql, [at(moment), *_keys(tickets), *_pairs(tickets)])


def _remember(mine: Sequence[tuple[Standing, Receipt]], moment: datetime) -> None:
    """What follows from messages that stand: the channel's last id, known uploads, changes asked for, appointments."""
    if not mine:
        return
    last = {row.channel_id: (receipt.ids or ("",))[-1] for row, receipt in mine}
    run(USED.format(told=marks(len(last), 2), ids=marks(len(last))), [*flat(last.items()), at(moment), *last])
    for row, receipt in mine:
        if receipt.uploads:
            remember_uploads(Channel.objects.values_list("account", flat=True).get(pk=row.channel_id), receipt, moment)
        if row.cancel_requested:  # too late to cancel: take it away again
            _ask(row, ChangeKind.WITHDRAW, moment)
        elif row.pin and row.part == Part.MAIN:
            _ask(row, ChangeKind.PIN, moment)
    sent = [_sent(row, moment) for row, _ in mine]
    for tell in listeners.on_sent:
        tell(*sent)


def _ask(row: Standing, kind: ChangeKind, moment: datetime) -> None:
    author = Post.objects.values_list("author_name", flat=True).get(pk=row.post_id)
    Change.objects.create(delivery_id=row.id, kind=kind, due_at=moment, asked_by=author)


def _sent(row: Standing, moment: datetime) -> Delivery:
    where = {"post_id": row.post_id, "channel_id": row.channel_id, "language": row.language, "part": row.part}
    return Delivery(pk=row.id, state=State.SENT, sent_at=moment, **where)


def remember_uploads(account_key: str, receipt: Receipt, moment: datetime) -> None:
    for upload in receipt.uploads:
        RemoteUpload.objects.update_or_create(
            account_id=account_key,
            sha256=upload.sha256,
            defaults={"remote_id": upload.remote_id, "uploaded_at": moment},
        )


def receipt_json(receipt: Receipt) -> dict[str, object]:
    return {"ids": list(receipt.ids), "url": receipt.url, "poll_id": receipt.poll_id}


def _keys(tickets: Sequence[Ticket]) -> list[int]:
    return [ticket.delivery_id for ticket in tickets]


def _pairs(tickets: Sequence[Ticket]) -> list[object]:
    return flat((ticket.delivery_id, ticket.number) for ticket in tickets)
