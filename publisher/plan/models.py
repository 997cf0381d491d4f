"""Moments that a plan foresees, and what became of each."""

from __future__ import annotations

from django.conf import settings
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
    """Unique per (plan, moment, district): however many clocks run, a slot comes into being once."""

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
        constraints = [models.UniqueConstraint(fields=["plan", "at", "district"], name="one_slot_per_moment")]

    def __str__(self) -> str:
        return f"{self.plan} {self.at:%Y-%m-%d %H:%M}"


class Campaign(models.Model):
    """One post from the centre for many districts: each gets a version of its own, with its number and its name.

    Offered: a district takes it, changes it or refuses. Ordered: it only chooses the time.
    """

    title = models.CharField(max_length=200)
    source = models.ForeignKey(Post, models.PROTECT, related_name="campaigns")
    ordered = models.BooleanField(default=False)
    publish_at = models.DateTimeField(null=True, blank=True)  # wished for
    answer_by = models.DateTimeField(null=True, blank=True)  # after this a district without an answer counts as silent
    revision = models.PositiveIntegerField(default=1)  # of the source, as it was handed out last
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    by_name = models.CharField(max_length=150)
    created_at = models.DateTimeField(auto_now_add=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.title


class Answer(models.TextChoices):
    NONE = "", _("no answer yet")
    TAKEN = "taken", _("taken")
    REFUSED = "refused", _("refused")


class Share(models.Model):
    """One district's part of a campaign. `given` is the content as the centre gave it: what differs was adapted."""

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="shares")
    district = models.ForeignKey(District, models.PROTECT, related_name="+")
    post = models.OneToOneField(Post, models.SET_NULL, null=True, blank=True, related_name="share")
    answer = models.CharField(max_length=7, choices=Answer.choices, blank=True, default=Answer.NONE)
    reason = models.CharField(max_length=500, blank=True)  # of a refusal, in the district's words
    answered_by = models.CharField(max_length=150, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    given = models.JSONField(default=dict)
    revision = models.PositiveIntegerField(default=0)  # of the source, as this district has it
    to_settle = models.BooleanField(default=False)  # the centre corrected a text that the district had changed itself

    class Meta:
        ordering = ["district__place", "district_id"]
        constraints = [models.UniqueConstraint(fields=["campaign", "district"], name="one_share_per_district")]

    def __str__(self) -> str:
        return f"{self.campaign_id}: {self.district_id}"
