"""What each ticket's request carries and where it goes, read for a whole pass at once."""

from __future__ import annotations

import dataclasses
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

from publisher.compose.refusal import Refusal
from publisher.connectors.base import Message
from publisher.connectors.errors import Refused
from publisher.deliver import listeners
from publisher.deliver.border import now
from publisher.deliver.channels import description_for
from publisher.deliver.contents import common_content_of
from publisher.deliver.models import Account, Delivery, Part
from publisher.deliver.rows import fetch, key, marks

log = logging.getLogger(__name__)
FRESH = 2.0  # seconds for which a text made for one channel serves the next


@dataclass(frozen=True, slots=True)
class Job:
    account_key: str
    target: str
    message: Message


class _Row(NamedTuple):
    id: int
    key: str
    post_id: int
    language: str
    part: str
    account_key: str
    target: str
    digest: str
    channel_id: int
    district_key: str

    @property
    def wording(self) -> tuple[object, ...]:
        """Deliveries that say the same: a correction answers a message of its own channel, so it stands alone."""
        own = self.id if self.part == Part.CORRECTION else 0
        return (self.account_key, self.post_id, self.language, self.part, self.digest, own)


ROWS = """
SELECT d.id, d.key, d.post_id, d.language, d.part, c.account_id, c.target, p.approved_digest, c.id, p.district_id
FROM deliver_delivery d JOIN deliver_channel c ON c.id = d.channel_id JOIN compose_post p ON p.id = d.post_id
WHERE d.id IN ({ids})
"""


class Wordings:
    """Texts made a moment ago for other channels of the same account. What is approved anew has another digest."""

    def __init__(self) -> None:
        self._made: dict[tuple[object, ...], tuple[float, Message]] = {}

    def get(self, wording: tuple[object, ...]) -> Message | None:
        moment, message = self._made.get(wording, (0.0, None))
        return message if time.monotonic() - moment < FRESH else None

    def keep(self, wording: tuple[object, ...], message: Message) -> None:
        old = time.monotonic() - FRESH
        self._made = {key: made for key, made in self._made.items() if made[0] > old}
        if not message.media:  # a film's name on the platform may be known from one channel to the next
            self._made[wording] = (time.monotonic(), message)


def load(delivery_id: int) -> Job:
    """What to send and where, by the same code that showed the preview."""
    found = load_all([delivery_id], Wordings()).get(delivery_id, Refused("cannot be prepared now"))
    if isinstance(found, Refused):
        raise found
    return found


def load_all(delivery_ids: Sequence[int], known: Wordings) -> dict[int, Job | Refused]:
    """One wording is made once, however many of an account's channels get it. What cannot be made is left out."""
    if not delivery_ids:
        return {}
    found = fetch(ROWS.format(ids=marks(len(delivery_ids))), delivery_ids)
    rows = sorted((_Row(row[0], key(row[1]), *row[2:]) for row in found), key=lambda row: row.wording)
    jobs: dict[int, Job | Refused] = {}
    for _, same in groupby(rows, key=lambda row: row.wording):
        jobs |= _loaded(list(same), known)
    return jobs


def _loaded(rows: Sequence[_Row], known: Wordings) -> dict[int, Job | Refused]:
    try:
        message = known.get(rows[0].wording) or _message(rows)
    except Refusal as refusal:
        refused = Refused(refusal.code, reason=refusal.code, **refusal.values)
        return {row.id: refused for row in rows}
    except Exception:  # the leases run out, and it is tried again
        log.exception("Deliveries %s cannot be prepared.", [row.id for row in rows])
        return {}
    if not all(media.made for media in message.media):  # the film was ordered anew meanwhile: it waits in the queue
        return {}
    known.keep(rows[0].wording, message)
    messages = _for_channels(rows, message)
    return {
        row.id: Job(row.account_key, row.target, dataclasses.replace(mine, key=row.key))
        for row, mine in zip(rows, messages, strict=True)
    }


def _for_channels(rows: Sequence[_Row], message: Message) -> list[Message]:
    """What one channel has of its own (short links). Nothing is asked when nobody listens."""
    if not listeners.on_wording:
        return [message] * len(rows)
    description = description_for(Account.objects.get(pk=rows[0].account_key))
    return listeners.worded(
        [listeners.Worded(r.post_id, r.district_key, r.channel_id, r.language, message, description) for r in rows]
    )


def _message(rows: Sequence[_Row]) -> Message:
    first = Delivery.objects.select_related("channel__account", "post__district").get(pk=rows[0].id)
    message = common_content_of(first, now())
    if message.media:
        shown = [media.sha256 for media in message.media]
        Delivery.objects.filter(pk__in=[row.id for row in rows]).update(media=shown)
    return message
