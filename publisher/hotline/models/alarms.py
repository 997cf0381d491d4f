"""Rises that call for a warning."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import pgettext_lazy

from publisher.compose.models import Post
from publisher.hotline.models.places import Okrug
from publisher.people.models import District


class AlarmState(models.TextChoices):
    OPEN = "open", pgettext_lazy("alarm", "to be looked at")
    DRAFTED = "drafted", pgettext_lazy("alarm", "a draft is begun")
    CLOSED = "closed", pgettext_lazy("alarm", "looked at, no warning")


class Alarm(models.Model):
    """More reports of a pattern than usual; `okrug` empty: in the whole district. It opens a draft, never a post.

    `expected` and `limit` are the reports of `days` days that were usual, and the most that chance explains.
    """

    district = models.ForeignKey(District, models.CASCADE, related_name="alarms")
    okrug = models.ForeignKey(Okrug, models.CASCADE, null=True, blank=True, related_name="alarms")
    pattern = models.CharField(max_length=60)
    day = models.DateField()  # the last day that was counted
    days = models.PositiveSmallIntegerField(default=7)
    count = models.PositiveIntegerField()
    expected = models.FloatField()
    limit = models.PositiveIntegerField()
    state = models.CharField(max_length=7, choices=AlarmState.choices, default=AlarmState.OPEN)
    post = models.ForeignKey(Post, models.SET_NULL, null=True, blank=True, related_name="alarms")
    made_at = models.DateTimeField(default=timezone.now)
    told_at = models.DateTimeField(null=True, blank=True)  # in the control chat
    closed_by = models.CharField(max_length=150, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-made_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["district", "pattern"],
                condition=Q(okrug=None) & ~Q(state="closed"),
                name="one_open_alarm_per_district",
            ),
            models.UniqueConstraint(
                fields=["okrug", "pattern"],
                condition=Q(okrug__isnull=False) & ~Q(state="closed"),
                name="one_open_alarm_per_okrug",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pattern} {self.day}: {self.count} ({self.expected:.1f})"
