"""The clock: APScheduler wakes somebody up, the database says what there is to do. A restart loses nothing."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger
from django.conf import settings

from publisher.api import tokens, webhooks
from publisher.compose.refusal import Refusal
from publisher.connectors.base import Listens
from publisher.connectors.errors import AccessLost, ConnectorError
from publisher.deliver import (
    actions,
    campaigns,
    channels,
    dispatch,
    events,
    films,
    lookup,
    muting,
    notices,
    pauses,
    phone_alarms,
    phones,
    questions,
    record,
    responses,
    status,
)
from publisher.deliver.border import db, now
from publisher.deliver.connections import Connections
from publisher.deliver.models import Account, Channel, Pause
from publisher.deliver.workers import dead_workers, forget
from publisher.hotline import alarms, clusters
from publisher.hotline.notices import say as say_rises
from publisher.hotline.retention import forget as forget_calls
from publisher.measure import collect, links, looking, pages, reader_pass, retention
from publisher.people.audit import SYSTEM
from publisher.plan import making, slots
from publisher.relay import handing
from publisher.relay.notices import send as bring_links
from publisher.render.tidy import tidy_up
from publisher.report import digests_sending, past_making
from publisher.report import settle as settling
from publisher.residents import proofs, replying, talks
from publisher.residents import questions as residents_questions
from publisher.yamlfile import FlawedFile

log = logging.getLogger(__name__)
LISTEN = 25.0  # seconds a long poll lasts
DEAF = 10.0  # seconds until the next one after a failure
Step = Callable[[], Awaitable[object]]


class Clock:
    """Recurring work of one process. Two clocks on one database do no harm: every step is a conditional change."""

    def __init__(self, connections: Connections) -> None:
        self.connections = connections
        self.alarmed: set[int] = set()

    async def run(self, stopping: asyncio.Event) -> None:
        scheduler = AsyncIOScheduler(timezone=settings.CONFIG.site.time_zone)
        for step, trigger in self._plan():
            scheduler.add_job(
                _ending_quietly(_guarded(step)),
                trigger,
                id=step.__name__,
                coalesce=True,
                max_instances=1,
                misfire_grace_time=None,
            )
        scheduler.start()
        listening = [asyncio.ensure_future(self._listen(key, stopping)) for key in settings.CONFIG.accounts]
        try:
            await self.tick()
            await stopping.wait()
        finally:
            scheduler.shutdown(wait=False)
            for task in listening:
                task.cancel()
            await asyncio.gather(*listening, return_exceptions=True)
            await db(status.stopped, "clock")

    def _plan(self) -> list[tuple[Step, IntervalTrigger | CronTrigger]]:
        return [
            (self.beat, IntervalTrigger(seconds=5)),
            (self.sweep, IntervalTrigger(seconds=5)),
            (self.look_up, IntervalTrigger(seconds=3)),
            (self.watch, IntervalTrigger(seconds=15)),
            (self.ask_people, IntervalTrigger(seconds=5)),
            (self.look_at_phones, IntervalTrigger(seconds=10 if settings.CONFIG.practice else 60)),
            (self.plan, IntervalTrigger(seconds=60)),
            (self.answer_residents, IntervalTrigger(seconds=1)),
            (self.prove, IntervalTrigger(seconds=30)),
            (self.measure, IntervalTrigger(seconds=30)),
            (self.read_by_session, IntervalTrigger(seconds=30)),
            (self.look_at_pages, IntervalTrigger(seconds=5 if settings.CONFIG.practice else 10)),
            (self.digests, IntervalTrigger(seconds=20)),
            (self.settle, IntervalTrigger(minutes=5)),
            (self.check_channels, CronTrigger(hour=6, minute=30)),
            (self.heed_calls, IntervalTrigger(minutes=10)),
            (self.forget, CronTrigger(hour=0, minute=10)),
            (self.probe, IntervalTrigger(minutes=5)),
            (self.tell_others, IntervalTrigger(seconds=15)),
            (self.tidy, CronTrigger(hour=3, minute=40)),
        ]

    async def tick(self) -> None:
        """Everything once, in order: at the start, and for `work --until-idle`."""
        for step in (self.beat, self.sweep, self.plan, self.ask_people, self.look_up, self.measure):
            await _guarded(step)()

    async def beat(self) -> None:
        await db(status.beat, "clock")

    async def sweep(self) -> None:
        swept = await db(_sweep)
        if swept.taken_back or swept.unknown:
            log.warning("Taken back from lost workers: %s; unknown: %s.", swept.taken_back, swept.unknown)

    async def look_up(self) -> None:
        await lookup.look_up(self.connections)
        await questions.ask(self.connections)
        await notices.say(self.connections)
        await phone_alarms.say_them(self.connections)
        await say_rises(self.connections)

    async def watch(self) -> None:
        """The watcher apart from the sending loop: says once for each delivery that it is overdue."""
        late = {row.pk: row for row in await db(lambda: list(status.overdue()[:100]))}
        for pk in late.keys() - self.alarmed:
            log.error("Overdue: delivery %s to %s was due at %s.", pk, late[pk].channel.key, late[pk].due_at)
        self.alarmed = set(late)

    async def plan(self) -> None:
        await db(plan_ahead)

    async def answer_residents(self) -> None:
        """What the bot has to say goes out."""
        await replying.send(self.connections)

    async def prove(self) -> None:
        """Wordings that went out get their code and signature; who waits too long for an answer is told so."""
        await db(lambda: proofs.sign_due(now()))
        await db(lambda: residents_questions.tell_late(now()))

    async def measure(self) -> None:
        await collect.collect(await db(now), self.connections.lend)

    async def read_by_session(self) -> None:
        await reader_pass.read(await db(now), self.connections.lend)

    async def ask_people(self) -> None:
        """Posts that people carry out: handed out, reminded of, given up; and their links brought to them."""
        await db(lambda: handing.hand_out(now()))
        await db(lambda: handing.follow_up(now()))
        await bring_links(self.connections)

    async def settle(self) -> None:
        """Figures of messages whose moment is over, so that reports need not read every snapshot again."""
        await db(lambda: settling.settle(now(), most=2_000))
        await db(lambda: past_making.add_up(now()))

    async def digests(self) -> None:
        """Weekly reports to chiefs; one that was missed while the program stood still is caught up once."""
        await digests_sending.send(self.connections)

    async def look_at_phones(self) -> None:
        """How the linked phones are: webhooks have been known to stop while everything seemed well."""
        await phones.look(self.connections)

    async def look_at_pages(self) -> None:
        pace = pages.IN_PRACTICE if settings.CONFIG.practice else pages.Pace()
        await looking.look_around(await db(now), self.connections.lend, pace)

    async def heed_calls(self) -> None:
        """A ruse that is told of more often than usual opens a draft; what fits no ruse is laid together."""
        await db(lambda: alarms.look(now()))
        await db(lambda: clusters.gather(now()))

    async def forget(self) -> None:
        """What was kept for a day only, and old snapshots that no figure is made of."""
        await db(lambda: links.forget_past(now()))
        await db(lambda: responses.forget(now()))
        await db(lambda: retention.forget_people(now()))
        await db(lambda: retention.thin(now()))
        await db(webhooks.forget)
        await db(tokens.forget)
        await db(lambda: forget_calls(now()))
        await db(lambda: talks.forget_past(now()))

    async def check_channels(self) -> None:
        """Daily: is the bot still there, may it still post? Found before a post needs it."""
        for channel in await db(lambda: list(Channel.objects.select_related("account"))):
            if channel.account_id in settings.CONFIG.accounts:
                await channels.check(channel)

    async def probe(self) -> None:
        """Once more within the half hour before a post; a blip changes nothing."""
        for channel in await db(lambda: channels.to_probe(now())):
            await channels.check(channel)

    async def tell_others(self) -> None:
        """Events for other programs; in practice nothing leaves this computer, and a copy's original tells them."""
        if settings.CONFIG.practice or await db(_is_copy):
            return
        await db(webhooks.gather)
        await asyncio.get_running_loop().run_in_executor(None, webhooks.send_apart)

    async def tidy(self) -> None:
        """Nightly: half-made films of a killed computer, and finished ones that nothing shows any more."""
        found = await asyncio.get_running_loop().run_in_executor(None, tidy_up)
        if found.files:
            log.info("The studio put away %s files, %.0f MB.", found.files, found.size / 1e6)

    async def _listen(self, account_key: str, stopping: asyncio.Event) -> None:
        while not stopping.is_set():
            try:
                pause = await self.listen_once(account_key, LISTEN)
            except Exception:  # a locked database must not make the account deaf for good
                log.exception("%s: what was heard could not be kept; it is asked for again.", account_key)
                pause = DEAF
            if pause is None:
                return
            await asyncio.sleep(pause)

    async def listen_once(self, account_key: str, wait: float) -> float | None:
        """One long poll; returns the pause before the next one in seconds, None when the account cannot listen."""
        if await db(_is_copy):  # what Telegram tells it tells once: a copy would take it from the original
            return DEAF
        try:
            connector = await self.connections.get(account_key)
            if not isinstance(connector, Listens):
                return None
            cursor = (await db(Account.objects.get, pk=account_key)).cursor
            heard = await connector.listen(cursor, wait)
            await db(events.record, account_key, heard.events, heard.cursor)
        except AccessLost as error:
            await db(_pause, account_key, error)
            return 60.0
        except ConnectorError as error:
            log.info("%s: not listening for now: %s", account_key, error.detail)
            return DEAF
        return 0.0


def plan_ahead() -> int:
    """Slots two weeks ahead; posts for those that come near; deliveries for the approved ones.

    A file that cannot be used holds up nothing that was made and approved before."""
    moment = now()
    campaigns.hand_out(SYSTEM)
    try:
        slots.materialise(moment, settings.HOME, channels.known())
    except FlawedFile as error:
        log.error("The plans in schedules/ cannot be used, so no new moments are planned: %s", error)
    queued = 0
    for prepared in making.make_posts(moment, settings.HOME):
        try:
            rows = [row for row in channels.resolve(prepared.channel_keys) if not row.off_reason]
            actions.schedule(prepared.post, rows, prepared.due_at, actor=SYSTEM)
            queued += 1
        except (Refusal, channels.NotAdded) as refusal:  # shown on the post's page; the other slots go on
            log.error("The plan's post %s cannot be queued: %s", prepared.post.pk, refusal)
    return queued


def _sweep() -> record.Swept:
    folder = settings.HOME.folder("run")
    dead = dead_workers(folder)
    swept = record.sweep(dead)
    forget(folder, dead)
    dispatch.expire()
    muting.skip_due()
    films.order_late()
    films.give_up()
    return swept


def _is_copy() -> bool:
    """A restored one that nobody has confirmed."""
    return Pause.objects.filter(scope=pauses.RESTORED).exists()


def _pause(account_key: str, error: AccessLost) -> None:
    account = Account.objects.get(pk=account_key)
    record.pause(account, record.Cause("access_lost", error.reason, error.detail), now())


def _ending_quietly(step: Step) -> Step:
    """The scheduler logs a step that it cancels at the end as if it had failed."""

    async def quiet() -> None:
        with contextlib.suppress(asyncio.CancelledError):
            await step()

    return quiet


def _guarded(step: Step) -> Step:
    """A step that fails is logged and comes again; the clock goes on."""

    async def guarded() -> None:
        try:
            await step()
        except Exception:
            log.exception("The clock's step “%s” failed; it comes again.", getattr(step, "__name__", step))

    return guarded
