"""The studio's queue: one row for each film to be made of a post's own."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from publisher.compose.models import Post, Upload


class JobState(models.TextChoices):
    QUEUED = "queued", _("Waiting for the studio")
    RUNNING = "running", _("Being made")
    DONE = "done", _("Ready")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")


ACTIVE = (JobState.QUEUED, JobState.RUNNING)


class RenderJob(models.Model):
    """A rendition of `source` that was asked for. The row is the truth: a running one whose worker no longer beats is
    queued again. `result` is an Upload, so that a post can show it like any other file."""

    post = models.ForeignKey(Post, models.CASCADE, related_name="render_jobs")
    source = models.ForeignKey(Upload, models.PROTECT, related_name="+")
    language = models.CharField(max_length=2)
    format = models.CharField(max_length=5)
    profile = models.CharField(max_length=20)
    state = models.CharField(max_length=10, choices=JobState.choices, default=JobState.QUEUED, db_index=True)
    fraction = models.FloatField(default=0)
    left_s = models.FloatField(null=True)  # seconds, a guess
    worker = models.CharField(max_length=100, blank=True)
    beat_at = models.DateTimeField(null=True)
    cancel_asked = models.BooleanField(default=False)
    reason = models.CharField(max_length=60, blank=True)  # a sentence code
    values = models.JSONField(default=dict)
    notes = models.JSONField(default=list)
    result = models.ForeignKey(Upload, models.PROTECT, null=True, related_name="made_by")
    digest_before = models.CharField(max_length=64, blank=True)  # of the post, where this job put its films in place
    digest_after = models.CharField(max_length=64, blank=True)
    ordered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    ordered_by_name = models.CharField(max_length=150)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["post", "source", "language"], name="one_rendition_per_language_of_a_film")
        ]

    def __str__(self) -> str:
        return f"{self.source} · {self.language} · {self.profile}"

    @property
    def percent(self) -> int:
        return int(self.fraction * 100)

    @property
    def active(self) -> bool:
        return self.state in ACTIVE
