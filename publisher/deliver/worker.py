"""Sends one ticket: upload the film if need be → begin (database) → publish → record (database)."""

from __future__ import annotations

import asyncio
import dataclasses
import logging
import time

from publisher.connectors.base import Connector, Media, Message, Publishes, Receipt, Upload, Uploads
from publisher.connectors.errors import AccessLost, ConnectorError, OutcomeUnknown, Refused, Unavailable
from publisher.deliver import record, silence
from publisher.deliver.border import Together, db, now
from publisher.deliver.connections import Connections
from publisher.deliver.dispatch import Ticket
from publisher.deliver.files import bring
from publisher.deliver.jobs import Job
from publisher.deliver.limits import Uses
from publisher.deliver.models import Account, RemoteUpload

log = logging.getLogger(__name__)
AHEAD = 0.04  # seconds before its moment at which a delivery is marked as being sent
PULSE = 10.0  # seconds between prolongations of a lease


class Worker:
    """Carries out tickets with the process's connections."""

    def __init__(self, connections: Connections) -> None:
        self.connections = connections
        self.uses = Uses()
        self.waiting = 0  # tickets whose moment has not come: they take up no place
        self.silent: frozenset[str] = frozenset()  # accounts with failures since their last answer, by the last pass
        self._uploading: dict[tuple[str, str], asyncio.Lock] = {}
        self._pulses: dict[Ticket, float] = {}  # when each one's lease is to be prolonged
        self._begin = Together(record.begin_all)
        self._finish = Together(record.finish_all)

    async def carry_out(self, ticket: Ticket, job: Job | Refused) -> None:
        self.uses.begin(ticket.account_key, ticket.use)
        self._pulses[ticket] = time.monotonic() + PULSE
        try:
            await self._send(ticket, job)
        except ConnectorError as error:
            await self._failed(ticket, error)
        except asyncio.CancelledError:
            await asyncio.shield(self._note(ticket, OutcomeUnknown("stopped while sending")))
            raise
        finally:
            self.uses.end(ticket.account_key, ticket.use)
            del self._pulses[ticket]

    async def pulse(self) -> None:
        """Prolong the leases of what takes long. To be called every few seconds."""
        moment = time.monotonic()
        slow = [ticket for ticket, at in self._pulses.items() if at <= moment]
        if slow:
            await db(record.prolong, slow)
            self._pulses |= {ticket: moment + PULSE for ticket in slow if ticket in self._pulses}

    async def ask(self, account_key: str) -> None:
        """Whether a platform that did not answer is back, by a question that shows nothing to anybody."""
        try:
            await (await self._opened(account_key)).check()
        except (Unavailable, OutcomeUnknown) as error:
            await db(silence.still_silent, account_key, error.detail)
        except AccessLost as error:
            await db(_shut_out, account_key, error)
        except ConnectorError:  # whatever it says, it answers
            await db(silence.try_one, account_key)
        else:
            await db(silence.try_one, account_key)

    async def _failed(self, ticket: Ticket, error: ConnectorError) -> None:
        await self._note(ticket, error)
        await db(silence.note, ticket.account_key, error)

    async def _note(self, ticket: Ticket, error: ConnectorError) -> None:
        log.warning("Delivery %s: %s: %s", ticket.delivery_id, type(error).__name__, error.detail)
        await db(record.finish_error, ticket, error)

    async def _send(self, ticket: Ticket, job: Job | Refused) -> None:
        if isinstance(job, Refused):
            raise job
        connector = await self._opened(job.account_key)
        await bring(job.message)
        message = await self._uploaded(connector, job)
        await self._until_its_turn(ticket)
        if not await self._begin(ticket):
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
        await self._finish((ticket, receipt))
        if ticket.account_key in self.silent:
            await db(silence.answered, ticket.account_key)

    async def _until_its_turn(self, ticket: Ticket) -> None:
        self.waiting += 1
        try:
            await _until(ticket.send_at - AHEAD)
        finally:
            self.waiting -= 1

    async def _opened(self, account_key: str) -> Connector:
        try:
            return await self.connections.get(account_key)
        except OutcomeUnknown as error:  # logging in publishes nothing
            raise Unavailable(error.detail) from error

    async def _uploaded(self, connector: Connector, job: Job) -> Message:
        """Bring each film to the platform once, however many channels show it."""
        if not job.message.media or not isinstance(connector, Uploads):
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


async def _until(moment: float) -> None:
    pause = moment - time.monotonic()
    if pause > 0:
        await asyncio.sleep(pause)


def publishing(connector: Connector) -> Publishes:
    if not isinstance(connector, Publishes):
        raise Refused(f"{connector.description.label} cannot publish")
    return connector


def _shut_out(account_key: str, error: AccessLost) -> None:
    silence.answered(account_key)
    for account in Account.objects.filter(pk=account_key):
        record.pause(account, record.Cause("access_lost", error.reason, error.detail), now())


def _known_upload(account_key: str, sha256: str) -> Upload | None:
    row = RemoteUpload.objects.filter(account=account_key, sha256=sha256).first()
    return Upload(sha256, row.remote_id) if row else None


def _keep_upload(account_key: str, upload: Upload) -> None:
    record.remember_uploads(account_key, Receipt((), uploads=(upload,)), now())
