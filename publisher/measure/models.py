"""Numbers with their source and moment. What nobody gave is absent, with the reason; it is never 0."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from publisher.deliver.models import Channel, Delivery


class Reading(models.Model):
    """One metric of one delivery or one channel at one moment. Cumulative counters keep every snapshot."""

    delivery = models.ForeignKey(Delivery, models.CASCADE, null=True, blank=True, related_name="readings")
    channel = models.ForeignKey(Channel, models.CASCADE, null=True, blank=True, related_name="readings")
    metric = models.CharField(max_length=20)
    label = models.CharField(max_length=120, blank=True)  # the emoji, the poll's option
    value = models.BigIntegerField()
    at = models.DateTimeField()
    source = models.CharField(max_length=20)

    class Meta:
        ordering = ["at", "id"]
        indexes = [
            models.Index(fields=["delivery", "metric", "at"], name="delivery_metric"),
            models.Index(fields=["channel", "metric", "at"], name="channel_metric"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(delivery__isnull=False, channel__isnull=True)
                | Q(delivery__isnull=True, channel__isnull=False),
                name="of_a_delivery_or_a_channel",
            )
        ]

    def __str__(self) -> str:
        return f"{self.metric} {self.value} ({self.source})"


class Horizon(models.TextChoices):
    HOUR = "1h", _("1 hour")
    DAY = "24h", _("24 hours")
    THREE_DAYS = "72h", _("72 hours")
    WEEK = "7d", _("7 days")


class AppointmentState(models.TextChoices):
    WAITING = "waiting", _("not yet")
    TAKEN = "taken", _("taken")
    MISSED = "missed", _("missed")


class Appointment(models.Model):
    """A delivery is to be read at publication + horizon; `reason` says why it was not."""

    delivery = models.ForeignKey(Delivery, models.CASCADE, related_name="appointments")
    horizon = models.CharField(max_length=3, choices=Horizon.choices)
    due_at = models.DateTimeField()
    state = models.CharField(max_length=7, choices=AppointmentState.choices, default=AppointmentState.WAITING)
    taken_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=60, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["due_at"]
        constraints = [models.UniqueConstraint(fields=["delivery", "horizon"], name="one_appointment_per_horizon")]
        indexes = [models.Index(fields=["due_at"], condition=Q(state="waiting"), name="appointments_due")]

    def __str__(self) -> str:
        return f"{self.delivery_id} +{self.horizon}"


class PersonStatus(models.Model):
    """How far a message got with one person, by keyed hash; counted, never shown."""

    delivery = models.ForeignKey(Delivery, models.CASCADE, related_name="person_statuses")
    person = models.CharField(max_length=64)
    rank = models.PositiveSmallIntegerField(default=0)  # 1 delivered, 2 read, 3 played: only ever rises
    emoji = models.CharField(max_length=20, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["delivery", "person"], name="one_status_per_person")]

    def __str__(self) -> str:
        return f"{self.delivery_id} {self.rank}"
