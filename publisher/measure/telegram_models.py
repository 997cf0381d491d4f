"""What is kept of Telegram beyond its numbers: the reading account, statistics, reposts, invitations, threads."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from publisher.deliver.models import Account, Channel, Delivery


class ReaderLogin(models.Model):
    """A press-office account's log-in to Telegram, for numbers that a bot is not given. Its `watch`: whether it is on.

    `sealed` and `pending` (a log-in half made) are encrypted with a key that is not in this database.
    """

    account = models.OneToOneField(Account, models.CASCADE, primary_key=True, related_name="login")
    sealed = models.TextField(blank=True)
    pending = models.TextField(blank=True)
    name = models.CharField(max_length=200, blank=True)  # whose account, as Telegram calls it
    logged_in_by = models.CharField(max_length=150, blank=True)
    logged_in_at = models.DateTimeField(null=True, blank=True)
    lost_at = models.DateTimeField(null=True, blank=True)
    lost_reason = models.CharField(max_length=60, blank=True)  # a sentence code

    def __str__(self) -> str:
        return f"{self.account_id}: {self.name}"


class ReaderChannel(models.Model):
    """A channel of ours as that log-in sees it. Without a `peer` it cannot be read that way; `problem` says why."""

    channel = models.OneToOneField(Channel, models.CASCADE, primary_key=True, related_name="reader")
    account = models.ForeignKey(Account, models.CASCADE, related_name="+")
    peer = models.BigIntegerField(null=True, blank=True)
    access_hash = models.BigIntegerField(null=True, blank=True)
    statistics = models.BooleanField(default=False)  # Telegram shows us the channel's own statistics
    looked_at = models.DateTimeField(null=True, blank=True)
    next_at = models.DateTimeField(null=True, blank=True)
    problem = models.CharField(max_length=60, blank=True)

    def __str__(self) -> str:
        return f"{self.channel_id}: {self.problem or self.peer}"


class ChannelStatistics(models.Model):
    """What Telegram tells a channel's administrators, once a day. Pairs are [now, the period before]."""

    channel = models.ForeignKey(Channel, models.CASCADE, related_name="statistics")
    at = models.DateTimeField()
    since = models.DateTimeField()
    until = models.DateTimeField()
    data = models.JSONField()  # followers, views_a_post, shares_a_post, reactions_a_post, notified, graphs

    class Meta:
        ordering = ["-at"]
        constraints = [models.UniqueConstraint(fields=["channel", "at"], name="one_statistics_per_moment")]

    def __str__(self) -> str:
        return f"{self.channel_id} {self.at}"


class MessageLook(models.Model):
    """What Telegram shows of one message beyond its counters, three and seven days after it went out."""

    delivery = models.OneToOneField(Delivery, models.CASCADE, primary_key=True, related_name="look")
    looks = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(null=True, blank=True)  # empty: looked at for the last time
    half_after = models.PositiveIntegerField(null=True, blank=True)  # hours until half of the views had come

    class Meta:
        indexes = [models.Index(fields=["next_at"], condition=Q(next_at__isnull=False), name="looks_due")]

    def __str__(self) -> str:
        return f"{self.delivery_id} {self.half_after}"


class Repost(models.Model):
    """A public channel that passed a message of ours on."""

    delivery = models.ForeignKey(Delivery, models.CASCADE, related_name="reposts")
    title = models.CharField(max_length=200)
    url = models.URLField(blank=True)
    at = models.DateTimeField()
    views = models.PositiveBigIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["-at"]
        constraints = [models.UniqueConstraint(fields=["delivery", "title", "at"], name="one_row_per_repost")]

    def __str__(self) -> str:
        return f"{self.title} {self.at}"


class InviteLink(models.Model):
    """A platform's own invitation to a channel, for one poster or place; the platform tells who came by which."""

    channel = models.ForeignKey(Channel, models.CASCADE, related_name="invites")
    url = models.URLField(unique=True)
    label = models.CharField(max_length=32)  # Telegram's own limit for a link's name
    joined = models.PositiveIntegerField(default=0)
    made_by = models.CharField(max_length=150)
    made_at = models.DateTimeField(auto_now_add=True)
    off = models.BooleanField(default=False)

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["channel", "label"], name="one_invite_per_label")]

    def __str__(self) -> str:
        return self.label


class Thread(models.Model):
    """Where a message's comments are: its copy in the linked group. Who wrote and what is not kept, only how many."""

    delivery = models.OneToOneField(Delivery, models.CASCADE, primary_key=True, related_name="thread")
    group = models.CharField(max_length=80)
    root = models.CharField(max_length=80)
    comments = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["group", "root"], name="one_thread_per_root")]

    def __str__(self) -> str:
        return f"{self.group} {self.root}: {self.comments}"
