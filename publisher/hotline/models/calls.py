"""Consultations and cases. No name, no number and no address of whoever called."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from publisher.compose.models import Post
from publisher.deliver.models import Channel
from publisher.hotline.models.places import Okrug
from publisher.people.models import District


class Verdict(models.TextChoices):
    FRAUD = "fraud", _("Fraud")
    NOT = "not", _("Not fraud")
    UNCLEAR = "unclear", _("Unclear")


class Heard(models.TextChoices):
    """How the person came to know of the hotline."""

    UNKNOWN = "", pgettext_lazy("heard of the hotline", "not asked")
    CHANNEL = "channel", pgettext_lazy("heard of the hotline", "channel or group")
    POST = "post", pgettext_lazy("heard of the hotline", "a post, by its code")
    LEAFLET = "leaflet", pgettext_lazy("heard of the hotline", "leaflet or poster")
    OUTBOUND = "outbound", pgettext_lazy("heard of the hotline", "our prevention call")
    VISIT = "visit", pgettext_lazy("heard of the hotline", "house visit")
    BOT = "bot", pgettext_lazy("heard of the hotline", "the bot")
    PEOPLE = "people", pgettext_lazy("heard of the hotline", "neighbours, family")
    OTHER = "other", pgettext_lazy("heard of the hotline", "something else")


class Outcome(models.TextChoices):
    NONE = "none", pgettext_lazy("outcome of a call", "only asked")
    NEAR_MISS = "near_miss", pgettext_lazy("outcome of a call", "did not fall for it")
    LOSS = "loss", pgettext_lazy("outcome of a call", "money is gone")


class Source(models.TextChoices):
    PHONE = "phone", pgettext_lazy("source of a report", "hotline call")
    BOT = "bot", pgettext_lazy("source of a report", "bot")
    VISIT = "visit", pgettext_lazy("source of a report", "house visit")


class Cluster(models.Model):
    """Reports that fit no pattern but share words: a person names what it is, or puts it aside."""

    district = models.ForeignKey(District, models.CASCADE, related_name="clusters")
    words = models.JSONField(default=list)  # the shared ones, the most telling first
    name = models.CharField(max_length=120, blank=True)
    pattern = models.CharField(max_length=60, blank=True)  # the known pattern that it turned out to be
    made_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(default=timezone.now)  # its newest report
    named_by = models.CharField(max_length=150, blank=True)
    put_aside = models.BooleanField(default=False)

    class Meta:
        ordering = ["-seen_at", "-id"]

    def __str__(self) -> str:
        return self.name or ", ".join(self.words)


class Consultation(models.Model):
    """One call to the hotline, or one report by other ways. No name, no number, no address of the person.

    `uid` is made where the call is written down, so that sending it twice makes one row.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    district = models.ForeignKey(District, models.PROTECT, related_name="consultations")
    okrug = models.ForeignKey(Okrug, models.SET_NULL, null=True, blank=True, related_name="consultations")
    at = models.DateTimeField()  # of the call, by the clock of the desk
    saved_at = models.DateTimeField(default=timezone.now)
    source = models.CharField(max_length=6, choices=Source.choices, default=Source.PHONE)
    language = models.CharField(max_length=2, default="kk")
    pattern = models.CharField(max_length=60, blank=True)  # a key of content/patterns; blank: none fits
    signs = models.JSONField(default=list)  # keys of content/patterns/signs.yaml
    verdict = models.CharField(max_length=7, choices=Verdict.choices)
    heard = models.CharField(max_length=8, choices=Heard.choices, default=Heard.UNKNOWN, blank=True)
    heard_channel = models.ForeignKey(Channel, models.SET_NULL, null=True, blank=True, related_name="+")
    heard_post = models.ForeignKey(Post, models.SET_NULL, null=True, blank=True, related_name="+")
    heard_code = models.CharField(max_length=12, blank=True)  # of a leaflet (measure.Link) or a post
    outcome = models.CharField(max_length=9, choices=Outcome.choices, default=Outcome.NONE)
    amount = models.PositiveBigIntegerField(null=True, blank=True)  # tenge, lost or nearly lost; None: not said
    note = models.CharField(max_length=200, blank=True)  # how it went, in words without personal data
    cluster = models.ForeignKey(Cluster, models.SET_NULL, null=True, blank=True, related_name="consultations")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    by_name = models.CharField(max_length=150, blank=True)

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [
            models.Index(fields=["district", "at"], name="consultations_by_time"),
            models.Index(fields=["pattern", "at"], name="consultations_by_pattern"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.pattern or '?'}: {self.verdict}"


class TakenBack(models.Model):
    """A consultation that was undone: its number alone, so that a late copy from a browser does not bring it back."""

    uid = models.UUIDField(primary_key=True)
    at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return str(self.uid)


class Case(models.Model):
    """A registered crime, for counting. `reference`: a keyed hash of its number, so that a file is read once."""

    district = models.ForeignKey(District, models.PROTECT, related_name="cases")
    okrug = models.ForeignKey(Okrug, models.SET_NULL, null=True, blank=True, related_name="cases")
    day = models.DateField()
    pattern = models.CharField(max_length=60, blank=True)
    amount = models.PositiveBigIntegerField(null=True, blank=True)  # tenge; None: not known
    reference = models.CharField(max_length=64, blank=True)
    by_name = models.CharField(max_length=150)
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-day", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["district", "reference"], condition=~Q(reference=""), name="one_case_of_a_number"
            )
        ]

    def __str__(self) -> str:
        return f"{self.day}: {self.pattern or '?'}"
