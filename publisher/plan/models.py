"""Moments that a plan foresees, and what became of each."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from publisher.compose.models import Post
from publisher.people.models import District


class SlotState(models.TextChoices):
    PLANNED = "planned", _("Planned")
    MADE = "made", _("Post made")
    SKIPPED = "skipped", _("Skipped")
    MISSED = "missed", _("Missed")


class Slot(models.Model):
    """Unique per (plan, moment): however many clocks run, a slot comes into being once."""

    plan = models.SlugField(max_length=80)  # the file's name in schedules/, without .yaml
    at = models.DateTimeField()
    district = models.ForeignKey(District, models.PROTECT)
    rule = models.JSONField()  # the slot's line of the plan as it stood
    channel_keys = models.JSONField()
    state = models.CharField(max_length=8, choices=SlotState.choices, default=SlotState.PLANNED)
    reason = models.CharField(max_length=60, blank=True)  # a sentence code: quiet_hours, holiday, nothing_to_say, …
    by_person = models.BooleanField(default=False)  # a person changed it: the file no longer decides
    post = models.OneToOneField(Post, models.SET_NULL, null=True, blank=True, related_name="slot")

    class Meta:
        ordering = ["at"]
        constraints = [models.UniqueConstraint(fields=["plan", "at"], name="one_slot_per_moment")]

    def __str__(self) -> str:
        return f"{self.plan} {self.at:%Y-%m-%d %H:%M}"
