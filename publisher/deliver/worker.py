"""Sends one ticket: read (database) → upload the film if need be → begin (database) → publish → record (database)."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from publisher.compose.posts import Refusal
from publisher.connectors.base import Connector, Media, Message, Publishes, Receipt, Upload, Uploads
from publisher.connectors.errors import ConnectorError, OutcomeUnknown, Refused, Unavailable
from publisher.deliver import record
from publisher.deliver.border import db, now
from publisher.deliver.connections import Connections
from publisher.deliver.contents import content_of
from publisher.deliver.dispatch import Ticket
from publisher.deliver.limits import Uses
from publisher.deliver.models import Delivery, RemoteUpload

log = logging.getLogger(__name__)
AHEAD = 0.04  # seconds before its moment at which a delivery is marked as being sent
PULSE = 10.0  # seconds between prolongations of a lease


@dataclass(frozen=True, slots=True)
class Job:
    account_key: str
    target: str
    message: Message


def load(delivery_id: int) -> Job:
    """What to send and where, by the same code that showed the preview."""
    delivery = Delivery.objects.select_related("channel__account", "post__district").get(pk=delivery_id)
    message = content_of(delivery, now())
    if message.media:
        Delivery.objects.filter(pk=delivery_id).update(media=[media.sha256 for media in message.media])
    return Job(delivery.channel.account_id, delivery.channel.target, message)


class Worker:
    """Carries out tickets with the process's connections."""

    def __init__(self, connections: Connections) -> None:
        self.connections = connections
        self._uploading: dict[tuple[str, str], asyncio.Lock] = {}
        self.uses = Uses()

    async def carry_out(self, ticket: Ticket) -> None:
        self.uses.begin(ticket.account_key, ticket.use)
        async with self._pulse(ticket):
            try:
                await self._send(ticket)
            except ConnectorError as error:
                await self._note(ticket, error)
            except asyncio.CancelledError:
                await asyncio.shield(self._note(ticket, OutcomeUnknown("stopped while sending")))
                raise
            finally:
                self.uses.end(ticket.account_key, ticket.use)

    async def _note(self, ticket: Ticket, error: ConnectorError) -> None:
        log.warning("Delivery %s: %s: %s", ticket.delivery_id, type(error).__name__, error.detail)
        await db(record.finish_error, ticket, error)

    async def _send(self, ticket: Ticket) -> None:
        job = await self._prepared(ticket)
        if job is None:
            return
        connector = await self._opened(job.account_key)
        message = await self._uploaded(connector, job)
        await _until(ticket.send_at - AHEAD)
        if not await db(record.begin, ticket):
            return
        await _until(ticket.send_at)
        try:
            receipt = await publishing(connector).publish(job.target, message)
        except ConnectorError:
            raise
        except Exception as error:  # a fault of ours after the request may have left: nobody knows
            log.exception("Delivery %s", ticket.delivery_id)
            raise OutcomeUnknown(repr(error)) from error
        finally:
            self.uses.end(ticket.account_key, ticket.use)
        await db(record.finish_sent, ticket, receipt)

    async def _prepared(self, ticket: Ticket) -> Job | None:
        try:
            return await db(load, ticket.delivery_id)
        except Delivery.DoesNotExist:
            return None
        except Refusal as refusal:
            raise Refused(refusal.code, reason=refusal.code, **refusal.values) from refusal

    async def _opened(self, account_key: str) -> Connector:
        try:
            return await self.connections.get(account_key)
        except OutcomeUnknown as error:  # logging in publishes nothing
            raise Unavailable(error.detail) from error

    async def _uploaded(self, connector: Connector, job: Job) -> Message:
        """Bring each film to the platform once, however many channels show it."""
        if not isinstance(connector, Uploads):
            return job.message
        media = [await self._remote(connector, job.account_key, item) for item in job.message.media]
        return dataclasses.replace(job.message, media=tuple(media))

    async def _remote(self, connector: Uploads, account_key: str, item: Media) -> Media:
        if item.remote_id:
            return item
        async with self._uploading.setdefault((account_key, item.sha256), asyncio.Lock()):
            known = await db(_known_upload, account_key, item.sha256)
            if known is None:
                known = await connector.upload(item)
                if known is None:  # the first channel's message uploads it
                    return item
                await db(_keep_upload, account_key, known)
        return dataclasses.replace(item, remote_id=known.remote_id)

    @asynccontextmanager
    async def _pulse(self, ticket: Ticket) -> AsyncIterator[None]:
        beating = asyncio.ensure_future(_prolong_for_ever(ticket))
        try:
            yield
        finally:
            beating.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await beating


async def _until(moment: float) -> None:
    pause = moment - time.monotonic()
    if pause > 0:
        await asyncio.sleep(pause)


async def _prolong_for_ever(ticket: Ticket) -> None:
    while True:
        await asyncio.sleep(PULSE)
        await db(record.prolong, ticket)


def publishing(connector: Connector) -> Publishes:
    if not isinstance(connector, Publishes):
        raise Refused(f"{connector.description.label} cannot publish")
    return connector


def _known_upload(account_key: str, sha256: str) -> Upload | None:
    row = RemoteUpload.objects.filter(account=account_key, sha256=sha256).first()
    return Upload(sha256, row.remote_id) if row else None


def _keep_upload(account_key: str, upload: Upload) -> None:
    record.remember_uploads(account_key, Receipt((), uploads=(upload,)), now())
