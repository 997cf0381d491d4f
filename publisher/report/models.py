"""What reports keep: figures worked out once, and questions written down before their answer can be known."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from publisher.compose.models import Post
from publisher.deliver.models import Channel, Delivery
from publisher.measure.models import Horizon
from publisher.people.models import District
from publisher.report.digests_models import Digest, Subscription

__all__ = ["Digest", "Mark", "Past", "PastSum", "Settled", "Study", "Subscription"]


class Settled(models.Model):
    """The numbers of a message at a horizon, worked out from its readings by report.settle once the moment is over.

    Derived: dropping all rows loses nothing but time. `reasons` says why a number is not there.
    """

    delivery = models.ForeignKey(Delivery, models.CASCADE, related_name="+", db_index=False)
    horizon = models.CharField(max_length=3, choices=Horizon.choices)
    post = models.ForeignKey(Post, models.CASCADE, related_name="+", db_index=False)
    channel = models.ForeignKey(Channel, models.CASCADE, related_name="+", db_index=False)
    language = models.CharField(max_length=2)
    sent_at = models.DateTimeField()
    views = models.BigIntegerField(null=True)
    reactions = models.BigIntegerField(null=True)
    forwards = models.BigIntegerField(null=True)
    replies = models.BigIntegerField(null=True)
    read = models.BigIntegerField(null=True)  # always a lower bound
    reactions_floor = models.BooleanField(default=False)  # counted from single people: a lower bound too
    reasons = models.JSONField(default=dict)
    seen_at = models.DateTimeField(null=True)  # the newest of the readings that gave these numbers
    sources = models.CharField(max_length=120, default="")  # theirs, sorted, with commas between

    class Meta:
        constraints = [models.UniqueConstraint(fields=["delivery", "horizon"], name="settled_once_per_horizon")]
        indexes = [
            models.Index(fields=["horizon", "sent_at"], name="settled_by_time"),
            models.Index(fields=["channel", "horizon", "sent_at"], name="settled_by_channel"),
        ]

    def __str__(self) -> str:
        return f"{self.delivery_id} +{self.horizon}"


class Past(models.Model):
    """A week or a month that is over, added up once by report.past_making. Derived, like Settled.

    `deliveries` and the sum of their `ids`: what lay in it then, so that it shows when something moved since.
    """

    first = models.DateTimeField()
    last = models.DateTimeField()  # not included
    deliveries = models.BigIntegerField()
    ids = models.BigIntegerField()
    made_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["first", "last"], name="past_once")]

    def __str__(self) -> str:
        return f"{self.first:%Y-%m-%d} to {self.last:%Y-%m-%d}"


class PastSum(models.Model):
    """What the messages of a channel came to there. `seen`, of weeks: each one's minute in UTC and views, in lines."""

    past = models.ForeignKey(Past, models.CASCADE, related_name="sums", db_index=False)
    channel = models.ForeignKey(Channel, models.CASCADE, related_name="+", db_index=False)
    horizon = models.CharField(max_length=3, choices=Horizon.choices)
    messages = models.IntegerField()
    floors = models.IntegerField()
    known_views = models.IntegerField()
    known_reactions = models.IntegerField()
    known_forwards = models.IntegerField()
    known_replies = models.IntegerField()
    known_read = models.IntegerField()
    views = models.BigIntegerField()
    reactions = models.BigIntegerField()
    forwards = models.BigIntegerField()
    replies = models.BigIntegerField()
    read = models.BigIntegerField()
    seen = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["past", "horizon", "channel"], name="past_sum_once")]

    def __str__(self) -> str:
        return f"{self.past_id} {self.channel_id} +{self.horizon}"


class Mark(models.Model):
    """How far something was worked through: of readings, the highest id that was looked at."""

    name = models.CharField(max_length=40, primary_key=True)
    value = models.BigIntegerField(default=0)
    at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.name} {self.value}"


class StudyOf(models.TextChoices):
    CALLS = "calls", _("calls to the hotline")
    NEAR_MISSES = "near_misses", _("recognised attempts")
    LOSSES = "losses", _("losses told to the hotline")
    CASES = "cases", _("registered cases")


class Control(models.TextChoices):
    NONE = "", _("none")
    OTHER_PATTERNS = "patterns", _("other ruses")
    OTHER_DISTRICTS = "districts", _("other districts")


class Study(models.Model):
    """A question with its start, lag and control, written down before: nothing of it is ever changed afterwards.

    `starts` is a Monday. Whoever drops it says why, and it stays on the page.
    """

    title = models.CharField(max_length=200)
    district = models.ForeignKey(District, models.PROTECT, null=True, blank=True, related_name="studies")
    outcome = models.CharField(max_length=11, choices=StudyOf.choices)
    pattern = models.CharField(max_length=60, blank=True)  # blank: all
    control = models.CharField(max_length=9, choices=Control.choices, default=Control.NONE, blank=True)
    starts = models.DateField()
    lag_weeks = models.PositiveSmallIntegerField(default=0)
    registered_at = models.DateTimeField(default=timezone.now)
    registered_by = models.CharField(max_length=150)
    dropped_at = models.DateTimeField(null=True, blank=True)
    dropped_by = models.CharField(max_length=150, blank=True)
    dropped_why = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["starts", "id"]
        verbose_name_plural = "studies"
        constraints = [
            models.CheckConstraint(
                condition=~Q(control="districts", district=None), name="control_districts_need_a_district"
            ),
            models.CheckConstraint(
                condition=~Q(control="patterns", pattern=""), name="control_patterns_need_a_pattern"
            ),
        ]

    def __str__(self) -> str:
        return self.title
