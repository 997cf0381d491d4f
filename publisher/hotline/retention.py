"""What the call centre forgets by itself: numbers of campaigns that are over, the words of old notes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from publisher.hotline import campaigns
from publisher.hotline.models import Consultation, TakenBack
from publisher.people.audit import SYSTEM

LEFT = timedelta(hours=12)  # no upload lasts so long
UNDONE = timedelta(days=30)  # no browser keeps a call longer: see desk.BACK


@dataclass(frozen=True, slots=True)
class Forgotten:
    numbers: int
    notes: int


def forget(now: datetime) -> Forgotten:
    """Nightly, by the clock; again is the same."""
    numbers = sum(campaigns.forget_numbers(row, SYSTEM) for row in campaigns.over(now))
    old = now - timedelta(days=settings.CONFIG.hotline.notes_days)
    notes = Consultation.objects.filter(at__lt=old).exclude(note="").update(note="")
    TakenBack.objects.filter(at__lt=now - UNDONE).delete()
    _leftovers(now)
    return Forgotten(numbers, notes)


def _leftovers(now: datetime) -> None:
    """A list on its way in lies in a temporary file for a moment; a program killed just then leaves it there."""
    for path in settings.HOME.folder("tmp").glob("*.upload*"):
        if path.stat().st_mtime < (now - LEFT).timestamp():
            path.unlink(missing_ok=True)
