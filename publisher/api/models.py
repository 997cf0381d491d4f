"""Tokens of other programs, what they asked already, and what they are to be told."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from publisher.people.models import District, Region, User


class Scope(models.TextChoices):
    POSTS_READ = "posts:read", _("read posts and how they stand")
    POSTS_WRITE = "posts:write", _("write drafts")
    CHANNELS_READ = "channels:read", _("read channels")
    READINGS_READ = "readings:read", _("read readings")
    REPORT_READ = "report:read", _("read the report's numbers")


class Token(models.Model):
    """Only a hash is kept: the token is shown once. Of one district, one region, or (neither) all."""

    name = models.CharField(max_length=80)
    token_hash = models.CharField(max_length=64, unique=True)
    beginning = models.CharField(max_length=12)  # of the token, to tell one from another
    scopes = models.JSONField(default=list)
    district = models.ForeignKey(District, models.CASCADE, null=True, blank=True, related_name="+")
    region = models.ForeignKey(Region, models.CASCADE, null=True, blank=True, related_name="+")
    made_by = models.CharField(max_length=150)
    created_at = models.DateTimeField(auto_now_add=True)
    used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.name


class Asked(models.Model):
    """An answer that was given to an idempotency key: the same question gets the same answer, for a day."""

    token = models.ForeignKey(Token, models.CASCADE, related_name="asked")
    key = models.CharField(max_length=100)
    question = models.CharField(max_length=64)  # hash of method, path and body
    answer = models.JSONField(default=dict)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["token", "key"], name="one_answer_per_key")]

    def __str__(self) -> str:
        return f"{self.token_id}: {self.key}"


class EventKind(models.TextChoices):
    APPROVED = "post.approved", _("a post was approved")
    WITHDRAWN = "post.withdrawn", _("a post was withdrawn")
    CORRECTED = "post.corrected", _("a post was corrected")
    SENT = "delivery.sent", _("a message was published")
    FAILED = "delivery.failed", _("a message failed")


class Webhook(models.Model):
    """Where events go. `secret` is encrypted with a key made from var/secret_key, which no backup holds."""

    name = models.CharField(max_length=80)
    url = models.URLField(max_length=500)
    secret = models.TextField()
    events = models.JSONField(default=list)
    district = models.ForeignKey(District, models.CASCADE, null=True, blank=True, related_name="+")
    region = models.ForeignKey(Region, models.CASCADE, null=True, blank=True, related_name="+")
    off = models.BooleanField(default=False)
    made_by = models.CharField(max_length=150)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name


class OutState(models.TextChoices):
    WAITING = "waiting", _("waits")
    SENT = "sent", _("arrived")
    DEAD = "dead", _("given up")


class OutEvent(models.Model):
    """One event for one webhook: at least once, by an id of its own. `subject` makes sure the row exists once."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    webhook = models.ForeignKey(Webhook, models.CASCADE, related_name="rows")
    kind = models.CharField(max_length=20, choices=EventKind.choices)
    subject = models.CharField(max_length=60)
    body = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)
    due_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    state = models.CharField(max_length=7, choices=OutState.choices, default=OutState.WAITING)
    error = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["created_at"]
        constraints = [models.UniqueConstraint(fields=["webhook", "kind", "subject"], name="one_event_of_a_kind")]
        indexes = [
            models.Index(fields=["due_at"], condition=models.Q(state="waiting"), name="events_to_send"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"


class CalendarKey(models.Model):
    """The secret in a person's calendar address; only its hash is kept."""

    user = models.OneToOneField(User, models.CASCADE, related_name="calendar_key")
    key_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.user_id}"
