"""Who gets the weekly page by itself, and each part of each digest: written down before it is sent."""

from __future__ import annotations

import secrets
from datetime import time
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from publisher.people.models import District, Region

LANGUAGES = [("kk", "Қазақша"), ("ru", "Русский")]
THURSDAY = 3  # on Thursday every message of the week before is older than 72 hours


def new_code() -> str:
    return secrets.token_urlsafe(12)


class Road(models.TextChoices):
    TELEGRAM = "telegram", "Telegram"
    EMAIL = "email", _("e-mail")


class Weekday(models.IntegerChoices):
    MONDAY = 0, _("Monday")
    TUESDAY = 1, _("Tuesday")
    WEDNESDAY = 2, _("Wednesday")
    THURSDAY = 3, _("Thursday")
    FRIDAY = 4, _("Friday")
    SATURDAY = 5, _("Saturday")
    SUNDAY = 6, _("Sunday")


class Subscription(models.Model):
    """One reader of the weekly digest. Without district and region: the report of all districts.

    `chat` is known once they opened the bot by their link (`start_code`), or was typed in for a group. Moments before
    `since` are not owed: a new reader, and one who is switched on again, waits for the next one.
    """

    name = models.CharField(max_length=120)
    road = models.CharField(max_length=8, choices=Road.choices, default=Road.TELEGRAM)
    chat = models.CharField(max_length=40, blank=True)
    email = models.EmailField(blank=True)
    district = models.ForeignKey(District, models.PROTECT, null=True, blank=True, related_name="subscriptions")
    region = models.ForeignKey(Region, models.PROTECT, null=True, blank=True, related_name="subscriptions")
    language = models.CharField(max_length=2, choices=LANGUAGES, default="kk")
    weekday = models.PositiveSmallIntegerField(choices=Weekday.choices, default=THURSDAY)
    hour = models.PositiveSmallIntegerField(default=9, validators=[MaxValueValidator(23)])
    least_known = models.PositiveSmallIntegerField(
        default=80, validators=[MinValueValidator(1), MaxValueValidator(100)]
    )  # percent; with less the digest says so before everything else
    on = models.BooleanField(default=True)
    since = models.DateTimeField(default=timezone.now)
    start_code = models.CharField(max_length=24, unique=True, default=new_code)
    greeted_at = models.DateTimeField(null=True, blank=True)  # told in that chat that the digest comes there
    made_by = models.CharField(max_length=150)
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name

    @property
    def place(self) -> District | Region | None:
        return self.district or self.region

    @property
    def zone(self) -> ZoneInfo:
        return self.place.zone if self.place else ZoneInfo(settings.TIME_ZONE)

    @property
    def clock(self) -> str:
        return f"{time(self.hour):%H:%M}"

    @property
    def reachable(self) -> bool:
        return bool(self.chat if self.road == Road.TELEGRAM else self.email)


class Piece(models.TextChoices):
    """A digest by Telegram is two messages, each with a state of its own; by e-mail it is one."""

    CARD = "card", _("picture")
    PDF = "pdf", "PDF"
    MAIL = "mail", _("e-mail")


class DigestState(models.TextChoices):
    WAITING = "waiting", _("waits")
    SENDING = "sending", _("is being sent")
    SENT = "sent", _("sent")
    UNKNOWN = "unknown", _("may have arrived")
    FAILED = "failed", _("not sent")


class Digest(models.Model):
    """One message of one digest. Waiting → sending is one conditional change, saved before the network is touched;
    a row found in `sending` after its lease is `unknown` and is sent again only by a person's word.
    """

    subscription = models.ForeignKey(Subscription, models.CASCADE, related_name="digests")
    week = models.DateField()  # its Monday
    piece = models.CharField(max_length=4, choices=Piece.choices)
    sample = models.CharField(max_length=16, blank=True)  # of a sample its own mark; blank: the week's own digest
    state = models.CharField(max_length=8, choices=DigestState.choices, default=DigestState.WAITING)
    owed_at = models.DateTimeField()
    not_before = models.DateTimeField()
    lease_until = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    ended_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=60, blank=True)  # a sentence's code
    detail = models.TextField(blank=True)
    warned = models.BooleanField(default=False)  # it said on top that less than the stated share is known
    settled_by = models.CharField(max_length=150, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["subscription", "week", "piece", "sample"], name="one_digest_a_week")
        ]
        indexes = [
            models.Index(fields=["not_before"], condition=Q(state__in=["waiting", "sending"]), name="digests_under_way")
        ]

    def __str__(self) -> str:
        return f"{self.subscription_id} {self.week} {self.piece}: {self.state}"
