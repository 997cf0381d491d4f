"""What the studio was asked for, film by film and district by district, and what came of it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from publisher.compose.models import Post, Upload
from publisher.people.models import District


class JobState(models.TextChoices):
    QUEUED = "queued", _("Waiting for the studio")
    RUNNING = "running", _("Being made")
    DONE = "done", _("Ready")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")


class Road(models.TextChoices):
    """How a film was made; `why` of each is a sentence of its own, road_…"""

    WHOLE = "whole", _("in one pass")
    SPLICE = "splice", _("joined from shared parts")
    SLICE = "slice", _("hotline bar put in as a slice of its own")
    KEPT = "kept", _("there already")


ACTIVE = (JobState.QUEUED, JobState.RUNNING)
UNFINISHED = (*ACTIVE, JobState.FAILED, JobState.CANCELLED)


class RenderOrder(models.Model):
    """What is to be made of `source`. With a post: residents see it in the film's place, so approval covers it.
    Without: one film for many districts. Without a source: a card or clip of `words`, by language, for one district.
    `look` is the hash of brand and layout as they were when it was ordered."""

    post = models.ForeignKey(Post, models.CASCADE, null=True, related_name="films")
    source = models.ForeignKey(Upload, models.PROTECT, null=True, related_name="+")
    words = models.JSONField(default=dict)
    layout = models.CharField(max_length=40, default="film")
    format = models.CharField(max_length=5)
    fill = models.CharField(max_length=5, default="blur")
    cover_at = models.FloatField(null=True)  # seconds of the film; None: a telling picture is looked for
    look = models.CharField(max_length=64, blank=True)
    ordered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    ordered_by_name = models.CharField(max_length=150)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["post", "source"], name="one_order_for_a_film_of_a_post")]

    def __str__(self) -> str:
        return f"{self.name} · {self.layout} · {self.format}"

    @property
    def name(self) -> str:
        """The film's, or the headline of what is drawn."""
        return self.source.name if self.source else next((said["headline"] for said in self.words.values()), "")


class RenderJob(models.Model):
    """One film of an order: for a district, in a language, for a platform's profile. The row is the truth: a running
    one whose worker no longer beats is queued again. `result` is an Upload, so that it is sent like any other file."""

    order = models.ForeignKey(RenderOrder, models.CASCADE, related_name="jobs")
    district = models.ForeignKey(District, models.PROTECT, related_name="+")
    language = models.CharField(max_length=2)
    profile = models.CharField(max_length=20)
    hotline = models.CharField(max_length=40, blank=True, default="", db_default="")  # the district's, as it was shown
    name = models.CharField(max_length=80, blank=True, db_index=True)  # the rendition's: a hash of all its inputs
    state = models.CharField(max_length=10, choices=JobState.choices, default=JobState.QUEUED, db_index=True)
    road = models.CharField(max_length=10, choices=Road.choices, blank=True)
    fraction = models.FloatField(default=0)
    left_s = models.FloatField(null=True)  # seconds, a guess
    worker = models.CharField(max_length=100, blank=True)
    beat_at = models.DateTimeField(null=True)
    cancel_asked = models.BooleanField(default=False)
    reason = models.CharField(max_length=60, blank=True)  # a sentence code
    values = models.JSONField(default=dict)
    notes = models.JSONField(default=list)
    result = models.ForeignKey(Upload, models.PROTECT, null=True, related_name="made_by")
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["order", "district", "language", "profile"], name="one_job_for_each_film_of_an_order"
            )
        ]

    def __str__(self) -> str:
        return f"{self.order.name} · {self.district_id} · {self.language} · {self.profile}"

    @property
    def percent(self) -> int:
        return int(self.fraction * 100)

    @property
    def active(self) -> bool:
        return self.state in ACTIVE

    @property
    def technical(self) -> str:
        """For the administrator, where the sentence for people can only say that something went wrong."""
        told = str(self.values.get("detail") or self.values.get("why", ""))
        return told if self.reason == "render_failed" else ""


class Fitted(models.Model):
    """A picture that was too large for a platform, as the JPEG that fits `most_bytes`."""

    source = models.ForeignKey(Upload, models.CASCADE, related_name="+")
    most_bytes = models.BigIntegerField()
    result = models.ForeignKey(Upload, models.PROTECT, related_name="fits")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "most_bytes"], name="one_picture_for_each_limit")]

    def __str__(self) -> str:
        return f"{self.source} ≤ {self.most_bytes}"
