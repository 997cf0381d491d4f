"""By which roads a Telegram channel's numbers come, chosen by what works now: the best that can gives each number."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from publisher.connectors.base import Metric
from publisher.deliver.models import Channel
from publisher.measure import reader
from publisher.measure.models import ReaderChannel, ReaderLogin, ReadingTrouble, Thread, Watch
from publisher.measure.readings import PUBLIC_CHANNEL

Key = Literal["bot", "page", "session"]
OF_THE_BOT = (Metric.FOLLOWERS, Metric.REACTIONS, Metric.POLL_VOTES, Metric.JOINS)
OF_THE_SESSION = (Metric.VIEWS, Metric.FORWARDS, Metric.REPLIES, Metric.REACTIONS)


@dataclass(frozen=True, slots=True)
class Route:
    """`why`: a sentence's code, when it gives nothing now. `spare`: it works, and another gives the same better."""

    key: Key
    gives: tuple[Metric, ...]
    why: str = ""
    spare: bool = False

    @property
    def works(self) -> bool:
        return not self.why


def routes(channel: Channel, now: datetime) -> tuple[Route, ...]:
    """Empty for platforms that have one road only."""
    if channel.account.type != "telegram":
        return ()
    session = Route("session", OF_THE_SESSION, _session_trouble(channel, now))
    page = Route("page", (Metric.VIEWS,), _page_trouble(channel), spare=session.works)
    return _bot(channel), page, session


def _bot(channel: Channel) -> Route:
    comments = (Metric.REPLIES,) if Thread.objects.filter(delivery__channel=channel).exists() else ()
    account = channel.account
    why = channel.off_reason or ((account.pause_reason or "access_lost") if account.paused_at else "")
    return Route("bot", OF_THE_BOT + comments, why)


def _page_trouble(channel: Channel) -> str:
    if not PUBLIC_CHANNEL.match(channel.url):
        return "route_page_private"
    trouble = ReadingTrouble.objects.filter(channel=channel, reason__startswith="public_page").first()
    return trouble.reason if trouble else ""


def _session_trouble(channel: Channel, now: datetime) -> str:
    named = reader.accounts()
    if not named:
        return "route_session_none"
    if channel.pk in reader.channels_read(now):
        return ""
    row = ReaderChannel.objects.filter(channel=channel).first()
    if row is not None and row.problem:
        return row.problem
    return trouble_of(row.account_id if row else named[0], now) or "route_session_not_yet"


def trouble_of(account_key: str, now: datetime) -> str:
    """Why such an account is not asked now; empty: it is."""
    watch = Watch.objects.filter(pk=account_key).first()
    login = ReaderLogin.objects.filter(pk=account_key).first()
    if watch is None or not watch.on:
        return "reader_off"
    if login is not None and login.lost_at:
        return login.lost_reason
    if login is None or not login.sealed:
        return "reader_logged_out"
    told_to_wait = watch.blocked_until and watch.blocked_until > now
    return watch.blocked_reason if told_to_wait or watch.refusals >= reader.GIVEN_UP else ""
