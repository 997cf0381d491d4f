"""What could go next: the first due delivery of each free channel, most urgent first."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, NamedTuple

from publisher.deliver import films, rows
from publisher.deliver.models import Account, Delivery, State
from publisher.deliver.pauses import Stopped

HEADS = """
SELECT * FROM (
    SELECT d.id, d.key, d.priority, d.due_at, d.created_at, d.not_before, d.expires_at, d.late_ok, d.attempts_made,
        d.part, d.language, d.post_id, d.channel_id, c.account_id, c.target, c.used_at, c.last_message_id,
        ROW_NUMBER() OVER (PARTITION BY c.account_id ORDER BY d.priority DESC, d.due_at, d.id) AS place
    FROM deliver_channel c JOIN deliver_delivery d ON d.id = (
        SELECT w.id FROM deliver_delivery w JOIN compose_post p ON p.id = w.post_id
        WHERE w.channel_id = c.id AND w.state = 'waiting' AND w.held = '' AND w.due_at <= %s
        AND p.status = 'approved' {open} {ready}
        ORDER BY w.priority DESC, w.due_at, w.id LIMIT 1
    )
    WHERE c.account_id IN ({accounts}) AND c.off_reason = '' AND NOT EXISTS (
        SELECT 1 FROM deliver_delivery f WHERE f.channel_id = c.id AND f.state IN ('claimed', 'sending')
    )
) AS heads WHERE place <= %s ORDER BY priority DESC, due_at, id
"""
OPEN = "AND p.district_id NOT IN ({0}) AND c.district_id NOT IN ({0})"
READY = "AND w.id NOT IN ({0})"


class Head(NamedTuple):
    """A delivery that is due, and where it would go. Plain values: a pass looks at many and takes few."""

    id: int
    key: str
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


def heads(accounts: Collection[str], moment: datetime, limit: int, stopped: Stopped) -> list[Head]:
    """At most `limit` of each account. An edit after approval asks again, and what is held waits for a decision:
    until then nothing of it goes out."""
    if stopped.everything or not accounts:
        return []
    districts = sorted(stopped.districts)
    still = OPEN.format(rows.marks(len(districts))) if districts else ""
    unmade = _without_films(accounts, moment)
    ready = READY.format(rows.marks(len(unmade))) if unmade else ""
    sql = HEADS.format(open=still, ready=ready, accounts=rows.marks(len(accounts)))
    found = rows.fetch(sql, [rows.at(moment), *districts, *districts, *unmade, *accounts, limit])
    return [Head(*_plain(row)) for row in found]


def _without_films(accounts: Collection[str], moment: datetime) -> list[int]:
    """Due, but their film for this account is not made yet."""
    if not films.any_unfinished():
        return []
    waiting = Delivery.objects.filter(state=State.WAITING, due_at__lte=moment)
    unmade: set[int] = set()
    for account in Account.objects.filter(pk__in=accounts):
        due = waiting.filter(channel__account=account)
        unmade |= set(due.values_list("pk", flat=True)) - set(
            films.with_films(due, account).values_list("pk", flat=True)
        )
    return sorted(unmade)


def _plain(row: tuple[Any, ...]) -> Iterable[Any]:
    number, key, priority, due, created, put_off, expires, late_ok, *middle, used, last, _place = row
    moments = (rows.moment(value) for value in (due, created, put_off, expires))
    return (number, rows.key(key), priority, *moments, bool(late_ok), *middle, rows.moment(used), last)
