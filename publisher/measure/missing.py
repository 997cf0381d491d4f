"""Numbers that do not come and that only a person can bring back: one notice each, with one thing to do."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from publisher.deliver.models import Account, Channel
from publisher.measure import reader
from publisher.measure.models import Page, PageState, ReadingTrouble
from publisher.measure.reader import lost_ones


@dataclass(frozen=True, slots=True)
class Missing:
    """`reason` is a sentence's code; `of` leads to where it is put right."""

    of: Page | Channel | Account
    reason: str

    @property
    def kind(self) -> str:
        return type(self.of).__name__.lower()


def missing(districts: Collection[str] | None, now: datetime, *, manages: bool) -> list[Missing]:
    """`districts` None: all. Whoever may not manage accounts is not asked to log one in."""
    found = [Missing(page, _reason(page)) for page in _silent_pages(districts, now)]
    found += [Missing(row.channel, row.reason) for row in _changed(districts)]
    if manages and reader.accounts():
        found += [Missing(login.account, login.lost_reason) for login in lost_ones()]
    return found


def _silent_pages(districts: Collection[str] | None, now: datetime) -> list[Page]:
    """Blocked, or without a good answer for two days, though an administrator wants them looked at."""
    rows = Page.objects.filter(listed=True, account__watch__on=True).select_related("account__watch", "district")
    rows = rows if districts is None else rows.filter(district__in=districts)
    bad = (PageState.BLOCKED, PageState.STALE)
    return [page for page in rows if _asked_before(page) and page.state(now, page.account.watch) in bad]


def _asked_before(page: Page) -> bool:
    """One that was switched on a minute ago is not late."""
    return bool(page.seen_at or page.failures or page.account.watch.blocked_reason)


def _reason(page: Page) -> str:
    return page.account.watch.blocked_reason or page.problem or "page_stale"


def _changed(districts: Collection[str] | None) -> list[ReadingTrouble]:
    rows = ReadingTrouble.objects.filter(reason="public_page_changed").select_related("channel__district")
    rows = rows if districts is None else rows.filter(channel__district__in=districts)
    return list(rows.order_by("channel__key"))
