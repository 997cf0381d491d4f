"""Relays (people who post into a group for us), their groups, and each thing they were asked to do."""

from __future__ import annotations

import secrets

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from publisher.deliver.models import Change, Channel, Delivery
from publisher.people.models import District


def new_code() -> str:
    return secrets.token_urlsafe(12)


class Relay(models.Model):
    """An officer, a group's administrator or a volunteer. No account here: a link to a task is all they need.

    `telegram_chat` is known once they wrote to the bot; `start_code` stands in the link that lets them do so.
    """

    name = models.CharField(max_length=120)
    district = models.ForeignKey(District, models.PROTECT, related_name="relays")
    language = models.CharField(max_length=2, default="kk")
    telegram_chat = models.CharField(max_length=40, blank=True)
    email = models.EmailField(blank=True)
    active = models.BooleanField(default=True)
    start_code = models.CharField(max_length=24, unique=True, default=new_code)
    greeted_at = models.DateTimeField(null=True, blank=True)  # told in that chat that it is theirs now
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name


class Duty(models.Model):
    """Who posts into a group, and who stands in: `place` 0 is asked first."""

    channel = models.ForeignKey(Channel, models.CASCADE, related_name="duties")
    relay = models.ForeignKey(Relay, models.CASCADE, related_name="duties")
    place = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["place", "id"]
        constraints = [models.UniqueConstraint(fields=["channel", "relay"], name="one_duty_each")]

    def __str__(self) -> str:
        return f"{self.channel_id}: {self.relay_id}"


class TaskKind(models.TextChoices):
    POST = "post", _("post it")
    CORRECT = "correct", _("correct it")
    WITHDRAW = "withdraw", _("delete it")


class TaskState(models.TextChoices):
    OPEN = "open", _("asked")
    DONE = "done", _("done")
    CANNOT = "cannot", _("could not")
    MISSED = "missed", _("no answer in time")
    TAKEN_BACK = "taken_back", _("not needed any more")


class Task(models.Model):
    """One thing asked of one relay. `nonce` is in their link, so that nobody can make one up or guess another."""

    delivery = models.ForeignKey(Delivery, models.CASCADE, related_name="tasks")
    relay = models.ForeignKey(Relay, models.PROTECT, related_name="tasks")
    kind = models.CharField(max_length=8, choices=TaskKind.choices, default=TaskKind.POST)
    change = models.ForeignKey(Change, models.CASCADE, null=True, blank=True, related_name="tasks")
    state = models.CharField(max_length=10, choices=TaskState.choices, default=TaskState.OPEN)
    nonce = models.CharField(max_length=24, default=new_code)
    revision = models.PositiveIntegerField(default=0)  # of the post as it was posted
    given_at = models.DateTimeField()
    until = models.DateTimeField()
    noticed_at = models.DateTimeField(null=True, blank=True)  # the link was sent, or its sending was begun
    not_brought_at = models.DateTimeField(null=True, blank=True)  # its sending failed: somebody passes it on by hand
    reminded_at = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["delivery", "relay", "kind"], condition=Q(state="open"), name="one_open_task_each"
            )
        ]
        indexes = [models.Index(fields=["until"], condition=Q(state="open"), name="open_tasks")]

    def __str__(self) -> str:
        return f"{self.kind} {self.delivery_id} → {self.relay_id}"
