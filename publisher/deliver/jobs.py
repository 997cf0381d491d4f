"""What each ticket's request carries and where it goes, read for a whole pass at once."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

from publisher.compose.refusal import Refusal
from publisher.connectors.base import Message
from publisher.connectors.errors import Refused
from publisher.deliver.border import now
from publisher.deliver.contents import content_of
from publisher.deliver.models import Delivery, Part

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Job:
    account_key: str
    target: str
    message: Message


class _Row(NamedTuple):
    id: int
    key: object
    post_id: int
    language: str
    part: str
    account_key: str
    target: str

    @property
    def wording(self) -> tuple[object, ...]:
        """Deliveries that say the same: a correction answers a message of its own channel, so it stands alone."""
        own = self.id if self.part == Part.CORRECTION else 0
        return (self.account_key, self.post_id, self.language, self.part, own)


COLUMNS = ("pk", "key", "post_id", "language", "part", "channel__account_id", "channel__target")


def load(delivery_id: int) -> Job:
    """What to send and where, by the same code that showed the preview."""
    found = load_all([delivery_id])[delivery_id]
    if isinstance(found, Refused):
        raise found
    return found


def load_all(delivery_ids: Iterable[int]) -> dict[int, Job | Refused]:
    """One wording is made once, however many of an account's channels get it. What cannot be made is left out."""
    rows = [_Row(*row) for row in Delivery.objects.filter(pk__in=list(delivery_ids)).values_list(*COLUMNS)]
    rows.sort(key=lambda row: row.wording)
    jobs: dict[int, Job | Refused] = {}
    for _, same in groupby(rows, key=lambda row: row.wording):
        jobs |= _loaded(list(same))
    return jobs


def _loaded(rows: Sequence[_Row]) -> dict[int, Job | Refused]:
    try:
        message = _message(rows)
    except Refusal as refusal:
        refused = Refused(refusal.code, reason=refusal.code, **refusal.values)
        return {row.id: refused for row in rows}
    except Exception:  # the leases run out, and it is tried again
        log.exception("Deliveries %s cannot be prepared.", [row.id for row in rows])
        return {}
    if not all(media.made for media in message.media):  # the film was ordered anew meanwhile: it waits in the queue
        return {}
    return {row.id: Job(row.account_key, row.target, dataclasses.replace(message, key=str(row.key))) for row in rows}


def _message(rows: Sequence[_Row]) -> Message:
    first = Delivery.objects.select_related("channel__account", "post__district").get(pk=rows[0].id)
    message = content_of(first, now())
    if message.media:
        shown = [media.sha256 for media in message.media]
        Delivery.objects.filter(pk__in=[row.id for row in rows]).update(media=shown)
    return message
