"""The two steps that every message passes, for all that wait for them at once: a few statements and one commit.

The rule stays the same for each: claimed → sending is committed before its request, the outcome after it. Written as
SQL because the same three statements through the object layer cost more than the message's way to the platform.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import chain
from typing import NamedTuple

from django.db import connection, models, transaction

from publisher.compose.models import Post
from publisher.connectors.base import Receipt
from publisher.deliver import listeners, pauses
from publisher.deliver.border import now
from publisher.deliver.dispatch import Ticket
from publisher.deliver.models import Change, ChangeKind, Channel, Delivery, Part, RemoteUpload, State

LEASE_SEND = timedelta(seconds=60)  # prolonged while the worker lives; afterwards the outcome is unknown

BEGIN = """
UPDATE deliver_delivery SET state = 'sending', lease_until = %s
WHERE id IN ({ids}) AND (id, attempts_made) IN (VALUES {pairs})
AND state = 'claimed' AND NOT cancel_requested AND lease_until > %s
RETURNING id
"""
STARTED = """
UPDATE deliver_attempt SET started_at = %s WHERE delivery_id IN ({ids}) AND (delivery_id, number) IN (VALUES {pairs})
"""
SENT = """
WITH told (id, number, receipt) AS (VALUES {rows})
UPDATE deliver_delivery SET state = 'sent', sent_at = %s, receipt = CAST(told.receipt AS {json}), lease_until = NULL,
    worker = '', error_reason = '', error_values = CAST('{{}}' AS {json}), error_detail = ''
FROM told WHERE deliver_delivery.id IN ({ids}) AND deliver_delivery.id = told.id AND attempts_made = told.number
AND state IN ('sending', 'unknown')
RETURNING deliver_delivery.id, channel_id, post_id, language, part, cancel_requested
"""
ENDED = """
UPDATE deliver_attempt SET ended_at = %s, outcome = 'sent', reason = '', detail = ''
WHERE delivery_id IN ({ids}) AND (delivery_id, number) IN (VALUES {pairs})
"""
USED = """
WITH told (id, last) AS (VALUES {rows})
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


def begin_all(tickets: Sequence[Ticket]) -> list[bool]:
    """Claimed → sending, committed just before the requests. False: not ours any more, so nothing may be sent."""
    with transaction.atomic():
        mine = _not_stopped(tickets)
        if not mine:
            return [False] * len(tickets)
        moment = now()
        ids, pairs = _marks(len(mine), 1), _marks(len(mine), 2)
        keys, both = [t.delivery_id for t in mine], _flat((t.delivery_id, t.number) for t in mine)
        sql = BEGIN.format(ids=ids, pairs=pairs)
        begun = {row[0] for row in _all(sql, [_at(moment + LEASE_SEND), *keys, *both, _at(moment)])}
        mine = [ticket for ticket in mine if ticket.delivery_id in begun]
        if mine:
            keys, both = [t.delivery_id for t in mine], _flat((t.delivery_id, t.number) for t in mine)
            _run(STARTED.format(ids=_marks(len(mine), 1), pairs=_marks(len(mine), 2)), [_at(moment), *keys, *both])
    return [ticket.delivery_id in begun for ticket in tickets]


def _not_stopped(tickets: Sequence[Ticket]) -> list[Ticket]:
    """A stop that came between the claim and the request."""
    stopped = pauses.current()
    if not stopped:
        return list(tickets)
    rows = stopped.open(Delivery.objects.filter(pk__in=[ticket.delivery_id for ticket in tickets]))
    open_ones = set(rows.values_list("pk", flat=True))
    return [ticket for ticket in tickets if ticket.delivery_id in open_ones]


def finish_all(told: Sequence[tuple[Ticket, Receipt]]) -> list[bool]:
    """They stand there. Late word about an attempt already written off as unknown still counts."""
    with transaction.atomic():
        moment = now()
        rows = _flat((t.delivery_id, t.number, json.dumps(receipt_json(receipt))) for t, receipt in told)
        sql = SENT.format(
            rows=_marks(len(told), 3), ids=_marks(len(told), 1), json=models.JSONField().db_type(connection)
        )
        keys = [ticket.delivery_id for ticket, _ in told]
        standing = {row[0]: Standing(*row) for row in _all(sql, [*rows, _at(moment), *keys])}
        mine = [(ticket, receipt) for ticket, receipt in told if ticket.delivery_id in standing]
        if mine:
            _end_attempts([ticket for ticket, _ in mine], moment)
            _remember([(standing[ticket.delivery_id], receipt) for ticket, receipt in mine], moment)
    return [ticket.delivery_id in standing for ticket, _ in told]


def _end_attempts(tickets: Sequence[Ticket], moment: datetime) -> None:
    keys, pairs = [t.delivery_id for t in tickets], _flat((t.delivery_id, t.number) for t in tickets)
    _run(ENDED.format(ids=_marks(len(tickets), 1), pairs=_marks(len(tickets), 2)), [_at(moment), *keys, *pairs])


def _remember(mine: Sequence[tuple[Standing, Receipt]], moment: datetime) -> None:
    """What follows from messages that stand: the channel's last id, known uploads, changes asked for, appointments."""
    last = {row.channel_id: (receipt.ids or ("",))[-1] for row, receipt in mine}
    sql = USED.format(rows=_marks(len(last), 2), ids=_marks(len(last), 1))
    _run(sql, [*_flat(last.items()), _at(moment), *last])
    for row, receipt in mine:
        if receipt.uploads:
            remember_uploads(Channel.objects.values_list("account", flat=True).get(pk=row.channel_id), receipt, moment)
    _ask_for_changes([row for row, _ in mine], moment)
    sent = [
        Delivery(
            pk=row.id,
            post_id=row.post_id,
            channel_id=row.channel_id,
            language=row.language,
            part=row.part,
            state=State.SENT,
            sent_at=moment,
        )
        for row, _ in mine
    ]
    for tell in listeners.on_sent:
        tell(*sent)


def _ask_for_changes(rows: Sequence[Standing], moment: datetime) -> None:
    posts = {key: (pin, by) for key, pin, by in _posts(rows)}
    for row in rows:
        pin, author = posts[row.post_id]
        if row.cancel_requested:  # too late to cancel: take it away again
            _ask(row, ChangeKind.WITHDRAW, moment, author)
        elif pin and row.part == Part.MAIN:
            _ask(row, ChangeKind.PIN, moment, author)


def _posts(rows: Iterable[Standing]) -> Iterable[tuple[int, bool, str]]:
    return Post.objects.filter(pk__in={row.post_id for row in rows}).values_list("pk", "pin", "author_name")


def _ask(row: Standing, kind: ChangeKind, moment: datetime, author: str) -> None:
    Change.objects.create(delivery_id=row.id, kind=kind, due_at=moment, asked_by=author)


def remember_uploads(account_key: str, receipt: Receipt, moment: datetime) -> None:
    for upload in receipt.uploads:
        RemoteUpload.objects.update_or_create(
            account_id=account_key,
            sha256=upload.sha256,
            defaults={"remote_id": upload.remote_id, "uploaded_at": moment},
        )


def receipt_json(receipt: Receipt) -> dict[str, object]:
    return {"ids": list(receipt.ids), "url": receipt.url, "poll_id": receipt.poll_id}


def _marks(rows: int, width: int) -> str:
    """Placeholders: ?, ?, ? or (?, ?), (?, ?) for so many rows."""
    one = "%s" if width == 1 else f"({', '.join(['%s'] * width)})"
    return ", ".join([one] * rows)


def _flat(rows: Iterable[Iterable[object]]) -> list[object]:
    return list(chain.from_iterable(rows))


def _at(moment: datetime) -> object:
    return connection.ops.adapt_datetimefield_value(moment)


def _all(sql: str, values: Sequence[object]) -> list[tuple[int, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())


def _run(sql: str, values: Sequence[object]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
