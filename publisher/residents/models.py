"""What the residents' bot keeps: as little and as short as it can, and nothing of it readable without the key.

Texts and addresses are sealed (sealing.py) with a key made of var/secret_key, which no database and no backup holds.
"""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from publisher.compose.models import Post
from publisher.people.models import District


class Talk(models.Model):
    """One person's talk with the bot. `person`: a keyed hash of account and chat; the address is dropped after a while.

    `step` says what the next words are taken for; empty: the menu.
    """

    person = models.CharField(max_length=64, unique=True)
    account = models.CharField(max_length=60)  # a key of config.yaml
    address = models.TextField(blank=True)  # the chat, sealed: for the answer alone
    language = models.CharField(max_length=2, blank=True)  # blank: not chosen yet
    district = models.ForeignKey(District, models.SET_NULL, null=True, blank=True, related_name="+")
    step = models.CharField(max_length=12, blank=True)
    ticked = models.JSONField(default=list)  # signs of content/patterns, while somebody ticks them
    last_at = models.DateTimeField(default=timezone.now, db_index=True)
    recent = models.PositiveSmallIntegerField(default=0)  # messages since `recent_since`
    recent_since = models.DateTimeField(default=timezone.now)
    floods = models.PositiveSmallIntegerField(default=0)  # how often the limit was met; each makes the next rest longer
    blocked_until = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.account}/{self.pk}"


class HeardOnce(models.Model):
    """A webhook's message that was taken in (a keyed hash, kept a week): unanswered ones are sent again."""

    digest = models.CharField(max_length=64, primary_key=True)
    at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.digest[:8]


class ReplyState(models.TextChoices):
    WAITING = "waiting", _("waiting")
    SENDING = "sending", _("being sent")
    SENT = "sent", _("sent")
    UNKNOWN = "unknown", _("unknown")
    FAILED = "failed", _("failed")


class Reply(models.Model):
    """One message of ours to one person. What it says is sealed, and emptied once it is sent."""

    talk = models.ForeignKey(Talk, models.CASCADE, related_name="replies")
    content = models.TextField(blank=True)  # sealed JSON
    press = models.CharField(max_length=80, blank=True)  # the pressed button that it answers
    question = models.ForeignKey("Question", models.SET_NULL, null=True, blank=True, related_name="replies")
    state = models.CharField(max_length=7, choices=ReplyState.choices, default=ReplyState.WAITING)
    tries = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=60, blank=True)  # a sentence's code

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["due_at"], condition=Q(state="waiting"), name="replies_to_send")]

    def __str__(self) -> str:
        return f"{self.talk_id}: {self.state}"


class QuestionState(models.TextChoices):
    OPEN = "open", _("waits for an answer")
    ANSWERED = "answered", _("answered")
    CLOSED = "closed", _("closed without an answer")


class Question(models.Model):
    """What a person asked the duty officer. Numbers in it are masked before it is sealed; emptied after `keep_days`."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    talk = models.ForeignKey(Talk, models.SET_NULL, null=True, blank=True, related_name="questions")
    district = models.ForeignKey(District, models.PROTECT, related_name="questions")
    language = models.CharField(max_length=2)
    platform = models.CharField(max_length=20)
    text = models.TextField(blank=True)  # sealed
    signs = models.JSONField(default=list)
    verdict = models.CharField(max_length=8, blank=True)  # the rules' own
    state = models.CharField(max_length=8, choices=QuestionState.choices, default=QuestionState.OPEN)
    asked_at = models.DateTimeField(default=timezone.now)
    told_late_at = models.DateTimeField(null=True, blank=True)
    answer = models.TextField(blank=True)  # sealed
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    answered_name = models.CharField(max_length=150, blank=True)

    class Meta:
        ordering = ["asked_at", "id"]
        indexes = [models.Index(fields=["district", "asked_at"], condition=Q(state="open"), name="questions_open")]

    def __str__(self) -> str:
        return f"{self.pk}: {self.state}"


class DayCount(models.Model):
    """How often something happened on a day: checks by verdict, genuine posts, reports. Nobody's name, only numbers."""

    day = models.DateField()
    account = models.CharField(max_length=60)
    what = models.CharField(max_length=20)
    count = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-day", "what"]
        constraints = [models.UniqueConstraint(fields=["day", "account", "what"], name="one_bot_count_a_day")]

    def __str__(self) -> str:
        return f"{self.day} {self.what}: {self.count}"


class Proof(models.Model):
    """A post's short code: what /v/<code> shows and the bot looks up. Given once, never to another post."""

    post = models.OneToOneField(Post, models.CASCADE, related_name="proof")
    code = models.CharField(max_length=8, unique=True)
    made_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.code


class SigningKey(models.Model):
    """A public key that wordings were signed with. Kept for good: what an earlier key signed stays checkable."""

    fingerprint = models.CharField(max_length=16, primary_key=True)
    public = models.TextField()  # PEM
    since = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-since"]

    def __str__(self) -> str:
        return self.fingerprint


class Wording(models.Model):
    """One wording as residents saw it, signed. A correction adds the next one; none is ever changed."""

    proof = models.ForeignKey(Proof, models.CASCADE, related_name="wordings")
    revision = models.PositiveIntegerField()  # of the post
    payload = models.TextField()  # the very bytes that were signed (JSON, UTF-8)
    signature = models.CharField(max_length=100)  # Ed25519, base64
    key = models.ForeignKey(SigningKey, models.PROTECT, related_name="+")
    signed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["revision"]
        constraints = [models.UniqueConstraint(fields=["proof", "revision"], name="one_signature_each_wording")]

    def __str__(self) -> str:
        return f"{self.proof_id}/{self.revision}"


class QuizPair(models.Model):
    """The same quiz before and after a campaign, on two posts."""

    name = models.CharField(max_length=120)
    district = models.ForeignKey(District, models.PROTECT, related_name="quiz_pairs")
    before = models.ForeignKey(Post, models.CASCADE, related_name="+")
    after = models.ForeignKey(Post, models.CASCADE, related_name="+")
    made_by = models.CharField(max_length=150)
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.name
