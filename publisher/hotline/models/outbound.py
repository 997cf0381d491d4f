"""Prevention calls. The only telephone numbers there are: hidden, and deleted when the campaign is over."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import pgettext_lazy

from publisher.hotline.models.places import Okrug
from publisher.people.models import District, User


class OutboundCampaign(models.Model):
    """A round of prevention calls. After its end the numbers are deleted; the counts stay."""

    district = models.ForeignKey(District, models.PROTECT, related_name="campaigns")
    name = models.CharField(max_length=120)
    pattern = models.CharField(max_length=60, blank=True)  # what the calls are about
    script_kk = models.TextField()
    script_ru = models.TextField()
    goal_low = models.PositiveIntegerField(default=200)  # calls a day
    goal_high = models.PositiveIntegerField(default=250)
    begins = models.DateField()
    ends = models.DateField()  # the last day of calling
    made_by = models.CharField(max_length=150)
    made_at = models.DateTimeField(auto_now_add=True)
    numbers_deleted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-begins", "-id"]

    def __str__(self) -> str:
        return self.name


class CallResult(models.TextChoices):
    WAITING = "", pgettext_lazy("prevention call", "to be called")
    TALKED = "talked", pgettext_lazy("prevention call", "talked")
    NO_ANSWER = "no_answer", pgettext_lazy("prevention call", "no answer")
    CALL_BACK = "call_back", pgettext_lazy("prevention call", "call again")
    WRONG = "wrong", pgettext_lazy("prevention call", "wrong number")
    REFUSED = "refused", pgettext_lazy("prevention call", "do not call again")


class OutboundEntry(models.Model):
    """A number to be called. `number` is encrypted and `digest` a keyed hash; the key is not in the database.

    Both are emptied when the campaign is over; okrug and result stay for the counts.
    """

    campaign = models.ForeignKey(OutboundCampaign, models.CASCADE, related_name="entries")
    okrug = models.ForeignKey(Okrug, models.SET_NULL, null=True, blank=True, related_name="entries")
    place = models.CharField(max_length=120, blank=True)  # a street or an organisation, never a person
    number = models.TextField(blank=True)
    digest = models.CharField(max_length=64, blank=True)
    caller = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="outbound_entries")
    dealt_at = models.DateTimeField(null=True, blank=True)
    result = models.CharField(max_length=9, choices=CallResult.choices, default=CallResult.WAITING, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField(null=True, blank=True)  # of the next try
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        verbose_name_plural = "outbound entries"
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "digest"], condition=~Q(digest=""), name="one_entry_of_a_number"
            )
        ]
        indexes = [models.Index(fields=["campaign", "done_at", "not_before"], name="entries_to_call")]

    def __str__(self) -> str:
        return f"{self.campaign_id}: {self.pk}"


class OutboundCall(models.Model):
    """One call that was made; the day is the district's own."""

    entry = models.ForeignKey(OutboundEntry, models.CASCADE, related_name="calls")
    at = models.DateTimeField()
    day = models.DateField(db_index=True)
    result = models.CharField(max_length=9, choices=CallResult.choices)
    language = models.CharField(max_length=2, default="kk")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    by_name = models.CharField(max_length=150)

    class Meta:
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        return f"{self.entry_id}: {self.result}"


class DoNotCall(models.Model):
    """Somebody asked not to be called: a keyed hash that new lists are compared with. It outlives the campaign."""

    digest = models.CharField(max_length=64, unique=True)
    district = models.ForeignKey(District, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    by_name = models.CharField(max_length=150)

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d}"
