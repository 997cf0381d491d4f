"""Where posts go and what became of each: the delivery row is the truth, everything else only wakes somebody up."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from publisher.compose.models import Post
from publisher.people.models import District


class Account(models.Model):
    """How we get in. Its settings are in config.yaml; here is what happened to it."""

    key = models.CharField(max_length=60, primary_key=True)
    type = models.CharField(max_length=30)
    practice = models.BooleanField(default=False)
    paused_at = models.DateTimeField(null=True, blank=True)
    pause_reason = models.CharField(max_length=60, blank=True)  # a sentence code
    pause_detail = models.TextField(blank=True)
    paused_by = models.CharField(max_length=150, blank=True)  # empty: the program itself
    cursor = models.CharField(max_length=100, blank=True)  # how far its updates were read

    def __str__(self) -> str:
        return self.key


class Channel(models.Model):
    """One destination. `target` is the lasting numeric id once the platform has told it."""

    key = models.SlugField(max_length=60, unique=True)
    account = models.ForeignKey(Account, models.PROTECT, related_name="channels")
    platform_kind = models.CharField(max_length=8, choices=[("channel", _("channel")), ("group", _("group"))])
    target = models.CharField(max_length=80)
    title = models.CharField(max_length=200, blank=True)
    url = models.URLField(blank=True)
    languages = models.JSONField()  # ["kk", "ru"], in the order residents see them
    tags = models.JSONField(default=list)
    district = models.ForeignKey(District, models.PROTECT, related_name="channels")
    off_reason = models.CharField(max_length=60, blank=True)  # empty: on
    off_detail = models.TextField(blank=True)
    last_message_id = models.CharField(max_length=80, blank=True)
    used_at = models.DateTimeField(null=True, blank=True)  # the latest moment a request of ours can have arrived there
    checked_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["key"]

    def __str__(self) -> str:
        return self.title or self.key


class HeardChat(models.Model):
    """A chat that a platform told us we are in: what the console offers to add. No channel until a person adds it."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="heard")
    target = models.CharField(max_length=80)
    title = models.CharField(max_length=200, blank=True)
    kind = models.CharField(max_length=8)  # channel, group
    missing = models.JSONField(default=list)  # rights we lack there
    heard_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "target"], name="one_heard_chat_each")]

    def __str__(self) -> str:
        return self.title or self.target


class State(models.TextChoices):
    WAITING = "waiting", _("waiting")
    CLAIMED = "claimed", _("about to be sent")  # a worker has it, nothing has left: safe to take back
    SENDING = "sending", _("being sent")  # a request may be on the wire
    PEOPLE = "people", _("with the people who post it")  # handed out; sent once one of them says so
    SENT = "sent", _("sent")
    UNKNOWN = "unknown", _("unknown")
    FAILED = "failed", _("failed")
    CANCELLED = "cancelled", _("cancelled")
    EXPIRED = "expired", _("expired")
    WITHDRAWN = "withdrawn", _("withdrawn")


class Part(models.TextChoices):
    MAIN = "main", _("text")
    POLL = "poll", _("poll")
    CORRECTION = "correction", _("correction in reply")  # where what stands cannot be changed


class Delivery(models.Model):
    """One part of one language of one post on one channel: exactly one request makes it appear."""

    post = models.ForeignKey(Post, models.PROTECT, related_name="deliveries")
    channel = models.ForeignKey(Channel, models.PROTECT, related_name="deliveries")
    language = models.CharField(max_length=2)
    part = models.CharField(max_length=10, choices=Part.choices, default=Part.MAIN)
    key = models.UUIDField(default=uuid.uuid4, unique=True)  # the same for every attempt
    state = models.CharField(max_length=9, choices=State.choices, default=State.WAITING)
    priority = models.SmallIntegerField(default=0)  # URGENT overtakes everything
    due_at = models.DateTimeField()
    not_before = models.DateTimeField(null=True, blank=True)  # put off until then; due_at stays what people planned
    expires_at = models.DateTimeField(null=True, blank=True)
    held = models.CharField(max_length=30, blank=True)  # a sentence code: it waits for a person's decision
    late_ok = models.BooleanField(default=False)  # a person said: send it although it is late
    attempts_made = models.PositiveIntegerField(default=0)
    put_off = models.PositiveSmallIntegerField(default=0)  # failures that certainly sent nothing, for the back-off
    asked_at = models.DateTimeField(null=True, blank=True)  # "did it appear?" was put into the control chat
    lookups = models.PositiveSmallIntegerField(default=0)  # how often an unknown outcome was looked up
    lease_until = models.DateTimeField(null=True, blank=True)
    worker = models.CharField(max_length=80, blank=True)
    cancel_requested = models.BooleanField(default=False)
    sent_at = models.DateTimeField(null=True, blank=True)
    receipt = models.JSONField(null=True, blank=True)  # {"ids": [...], "url": …, "poll_id": …}
    revision = models.PositiveIntegerField(default=1)  # of the post, as it stands there
    media = models.JSONField(default=list, blank=True)  # SHA-256 of each file the message shows, in order
    error_reason = models.CharField(max_length=60, blank=True)  # a sentence code
    error_values = models.JSONField(default=dict, blank=True)
    error_detail = models.TextField(blank=True)
    settled_by = models.CharField(max_length=150, blank=True)  # who answered "did it appear?"
    created_at = models.DateTimeField(auto_now_add=True)

    URGENT = 10
    CORRECTING = 5  # before everything ordinary: something wrong stands there

    class Meta:
        ordering = ["due_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["post", "channel", "language", "part"],
                condition=~Q(part="correction"),
                name="one_delivery_each",
            ),
            models.UniqueConstraint(
                fields=["post", "channel", "language", "revision"],
                condition=Q(part="correction"),
                name="one_correction_for_each_wording",
            ),
            models.UniqueConstraint(
                fields=["channel"], condition=Q(state__in=["claimed", "sending"]), name="one_in_flight_per_channel"
            ),
        ]
        indexes = [
            models.Index("channel", F("priority").desc(), "due_at", "id", condition=Q(state="waiting"), name="heads"),
            models.Index(fields=["due_at"], condition=Q(state="waiting"), name="due"),
            models.Index(fields=["lease_until"], condition=Q(state__in=["claimed", "sending"]), name="leases"),
            models.Index(fields=["held"], condition=Q(state="waiting") & ~Q(held=""), name="held_back"),
            models.Index(fields=["state"], condition=Q(state__in=["unknown", "failed"]), name="needs_person"),
            models.Index(fields=["state", "due_at"], name="by_state_and_moment"),  # Today's lists and the calendar
            models.Index(fields=["sent_at"], name="by_sending"),
        ]

    def __str__(self) -> str:
        return f"{self.post_id} → {self.channel_id} ({self.language})"


class Attempt(models.Model):
    """One try, saved before the network is touched and completed after. Only ever added to."""

    delivery = models.ForeignKey(Delivery, models.CASCADE, related_name="attempts")
    number = models.PositiveIntegerField()
    worker = models.CharField(max_length=80)
    claimed_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=20, blank=True)  # sent, or the error's class in snake case
    reason = models.CharField(max_length=60, blank=True)
    detail = models.TextField(blank=True)
    id_before = models.CharField(max_length=80, blank=True)  # the last message id known there before

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["delivery", "number"], name="one_attempt_per_number")]

    def __str__(self) -> str:
        return f"{self.delivery_id} #{self.number} {self.outcome}"


class ChangeKind(models.TextChoices):
    EDIT = "edit", _("correction")
    WITHDRAW = "withdraw", _("withdrawal")
    PIN = "pin", _("pin")


class ChangeState(models.TextChoices):
    WAITING = "waiting", _("waiting")
    DOING = "doing", _("in progress")
    DONE = "done", _("done")
    FOLLOWED_UP = "followed_up", _("followed up in reply")
    BY_HAND = "by_hand", _("to be done by hand")
    FAILED = "failed", _("failed")
    CANCELLED = "cancelled", _("cancelled")


class Change(models.Model):
    """Something to do to a message that stands there. Doing it twice is harmless, so it is simply tried again."""

    delivery = models.ForeignKey(Delivery, models.CASCADE, related_name="changes")
    kind = models.CharField(max_length=8, choices=ChangeKind.choices)
    state = models.CharField(max_length=11, choices=ChangeState.choices, default=ChangeState.WAITING)
    revision = models.PositiveIntegerField(default=1)
    follow_up = models.ForeignKey(Delivery, models.SET_NULL, null=True, blank=True, related_name="+")
    due_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveIntegerField(default=0)
    asked_by = models.CharField(max_length=150)
    done_at = models.DateTimeField(null=True, blank=True)
    error_reason = models.CharField(max_length=60, blank=True)
    error_detail = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state__in=["waiting", "doing"]), name="changes_due"),
            models.Index(fields=["state"], condition=Q(state="by_hand"), name="changes_by_hand"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.delivery_id}"


class Pause(models.Model):
    """Sending stopped by a person: everything, or one district. An account's own stop is on its row."""

    scope = models.CharField(max_length=70, primary_key=True)  # "all", "district:KEY", "restored"
    reason = models.TextField()
    by = models.CharField(max_length=150)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.scope


class Deployment(models.Model):
    """One row: whose database this is. `epoch` counts the restores, so that a copy is told from its original."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    epoch = models.PositiveIntegerField(default=1)

    def __str__(self) -> str:
        return f"{self.id} ({self.epoch})"


class Bucket(models.Model):
    """A limit's memory (GCRA): `full_at` is the theoretical arrival time, in seconds since 1970."""

    key = models.CharField(max_length=120, primary_key=True)  # "account:A", "chat:7:1", "chat:7:60"
    full_at = models.FloatField(default=0)
    blocked_until = models.FloatField(default=0)  # told by the platform (429)
    uses = models.JSONField(default=list)  # [[whose, until], …]: requests that may still count, of an account's limit

    def __str__(self) -> str:
        return self.key


class Silence(models.Model):
    """An account whose platform has not answered since: a row only while there is trouble (silence.py)."""

    account = models.OneToOneField(Account, models.CASCADE, primary_key=True)
    since = models.DateTimeField()
    failures = models.PositiveIntegerField(default=0)  # in a row
    pause = models.PositiveIntegerField(default=0)  # seconds; 0: there were not enough failures yet
    probe_at = models.DateTimeField(null=True, blank=True)  # nothing is sent until then; empty: one message at a time
    detail = models.TextField(blank=True)

    def __str__(self) -> str:
        return f"{self.account_id}: {self.failures}"


class PhoneState(models.TextChoices):
    """What is known of the phone behind an account (a gateway's session)."""

    UNKNOWN = "", _("not asked yet")
    READY = "ready", _("ready")
    RESTRICTED = "restricted", _("restricted")
    BANNED = "banned", _("banned")
    LOGGED_OUT = "logged_out", _("logged out")
    QR = "qr", _("waits for the phone")
    PASSKEY = "passkey", _("waits for the passkey")
    CONFIRM = "confirm", _("waits for the code to be confirmed")
    STARTING = "starting", _("starting")
    STOPPED = "stopped", _("stopped")
    MISSING = "missing", _("no session yet")
    FAILED = "failed", _("failed")


class PhoneLink(models.Model):
    """An account that works through a linked phone: who took the risk upon them, and how the phone is (phones.py).

    `linked_at` is when the number was linked for the first time here: its warm-up counts from there.
    """

    account = models.OneToOneField(Account, models.CASCADE, primary_key=True, related_name="phone")
    accepted_at = models.DateTimeField(null=True, blank=True)  # the notice was read; nothing is asked or sent before
    accepted_by = models.CharField(max_length=150, blank=True)
    fall_back = models.BooleanField(default=False)  # people post while the phone is restricted, banned or logged out
    in_use_long = models.BooleanField(default=False)  # the number is no new one: no warm-up
    state = models.CharField(max_length=12, choices=PhoneState.choices, blank=True)
    until = models.DateTimeField(null=True, blank=True)  # of a restriction, if WhatsApp says
    number = models.CharField(max_length=60, blank=True)
    linked_at = models.DateTimeField(null=True, blank=True)
    seen_at = models.DateTimeField(null=True, blank=True)  # last asked
    heard_at = models.DateTimeField(null=True, blank=True)  # last webhook that was believed
    told = models.CharField(max_length=12, blank=True)  # the state that people were told of last
    detail = models.TextField(blank=True)

    def __str__(self) -> str:
        return f"{self.account_id}: {self.state}"


class Response(models.Model):
    """A vote or a reply, as keyed hashes only, kept for a week so that nothing counts twice. No text and no name.

    `mark` is the voter (their newest vote replaces the one before) or the reply itself.
    """

    delivery = models.ForeignKey(Delivery, models.CASCADE, related_name="responses")
    kind = models.CharField(max_length=5, choices=[("vote", _("vote")), ("reply", _("reply"))])
    mark = models.CharField(max_length=64)
    options = models.JSONField(default=list)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["delivery", "kind", "mark"], name="one_response_each")]

    def __str__(self) -> str:
        return f"{self.delivery_id} {self.kind}"


class RemoteUpload(models.Model):
    """What an account's platform calls bytes we already brought there."""

    account = models.ForeignKey(Account, models.CASCADE)
    sha256 = models.CharField(max_length=64)
    remote_id = models.CharField(max_length=300)
    uploaded_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "sha256"], name="one_upload_per_account")]

    def __str__(self) -> str:
        return f"{self.account_id}: {self.sha256[:12]}"


class Heartbeat(models.Model):
    """When each part of the program last showed signs of life; /healthz reads it."""

    name = models.CharField(max_length=80, primary_key=True)  # "clock", "worker:…"
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
