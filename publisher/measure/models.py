"""Numbers with their source and moment. What nobody gave is absent, with the reason; it is never 0."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from publisher.compose.models import Post
from publisher.deliver.models import Account, Channel, Delivery
from publisher.measure.telegram_models import ChannelStatistics as ChannelStatistics
from publisher.measure.telegram_models import InviteLink as InviteLink
from publisher.measure.telegram_models import MessageLook as MessageLook
from publisher.measure.telegram_models import ReaderChannel as ReaderChannel
from publisher.measure.telegram_models import ReaderLogin as ReaderLogin
from publisher.measure.telegram_models import Repost as Repost
from publisher.measure.telegram_models import Thread as Thread
from publisher.people.models import District

STALE_AFTER = timedelta(hours=48)


class Watch(models.Model):
    """Whether an account that only looks may look: off until an administrator has read the notice and switched it on.

    `blocked_until`: the site told us to stop; nobody is asked before.
    """

    account = models.OneToOneField(Account, models.CASCADE, primary_key=True, related_name="watch")
    on = models.BooleanField(default=False)
    switched_by = models.CharField(max_length=150, blank=True)
    switched_at = models.DateTimeField(null=True, blank=True)
    next_at = models.DateTimeField(null=True, blank=True)  # the next request, a gentle while after the last
    blocked_until = models.DateTimeField(null=True, blank=True)
    blocked_reason = models.CharField(max_length=60, blank=True)
    refusals = models.PositiveSmallIntegerField(default=0)  # one after another: each makes the next wait longer

    def __str__(self) -> str:
        return f"{self.account_id}: {'on' if self.on else 'off'}"


class SpentRequest(models.Model):
    """One request that an account made: the budget outlives a restart. Rows older than a day are dropped."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="+")
    at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.account_id} {self.at}"


class PageRole(models.TextChoices):
    OWN = "own", _("our own page")
    SOURCE = "source", _("a source of material")


class PageState(models.TextChoices):
    OK = "ok", _("up to date")
    STALE = "stale", _("out of date")
    BLOCKED = "blocked", _("not shown to us")
    MANUAL = "manual", _("by hand")


class Page(models.Model):
    """A public page that we only look at. Rows follow config.yaml; one gone from there is kept, and left in peace."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="pages")
    name = models.CharField(max_length=60)
    title = models.CharField(max_length=200, blank=True)
    role = models.CharField(max_length=6, choices=PageRole.choices)
    district = models.ForeignKey(District, models.PROTECT, related_name="pages")
    permission = models.CharField(max_length=300, blank=True)
    listed = models.BooleanField(default=True)  # it stands in config.yaml
    next_at = models.DateTimeField(null=True, blank=True)
    seen_at = models.DateTimeField(null=True, blank=True)  # the last look that brought something
    problem = models.CharField(max_length=60, blank=True)  # a sentence's code
    failures = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["account", "name"], name="one_row_per_page")]

    def __str__(self) -> str:
        return self.title or self.name

    def state(self, now: datetime, watch: Watch | None) -> PageState:
        if watch is None or not watch.on or not self.listed:
            return PageState.MANUAL
        if self.failures >= 3 or (watch.blocked_until and watch.blocked_until > now):
            return PageState.BLOCKED
        if self.seen_at is None or self.seen_at < now - STALE_AFTER:
            return PageState.STALE
        return PageState.OK


class PieceState(models.TextChoices):
    SEEN = "seen", _("seen")
    DRAFTED = "drafted", _("made a draft")
    LEFT = "left", _("left out")


class Piece(models.Model):
    """A post of such a page. `author` may be somebody else: a joint post stands on both pages.

    `published_at` is known once the piece itself was looked at.
    """

    page = models.ForeignKey(Page, models.CASCADE, related_name="pieces")
    code = models.CharField(max_length=40)
    author = models.CharField(max_length=60)
    caption = models.TextField(blank=True)
    kind = models.CharField(max_length=5)  # photo, video, album
    state = models.CharField(max_length=7, choices=PieceState.choices, default=PieceState.SEEN)
    published_at = models.DateTimeField(null=True, blank=True)
    first_seen_at = models.DateTimeField()
    looked_at = models.DateTimeField(null=True, blank=True)
    hidden_likes = models.BooleanField(default=False)
    next_at = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    problem = models.CharField(max_length=60, blank=True)
    draft = models.ForeignKey(Post, models.SET_NULL, null=True, blank=True, related_name="pieces")

    class Meta:
        ordering = ["-published_at", "-id"]
        constraints = [models.UniqueConstraint(fields=["page", "code"], name="one_row_per_piece")]

    def __str__(self) -> str:
        return Truncator(self.caption.split("\n")[0]).chars(70) or self.code


def _of_one_thing() -> Q:
    names = ("delivery", "channel", "page", "piece")
    whole = Q()
    for mine in names:
        whole |= Q(**{f"{name}__isnull": name != mine for name in names})
    return whole


class Reading(models.Model):
    """One metric of one delivery, channel, page or piece at one moment. Cumulative counters keep every snapshot.

    `by` names the person who typed the number in; `proof` is the hash of a screenshot, or where it was read.
    """

    delivery = models.ForeignKey(Delivery, models.CASCADE, null=True, blank=True, related_name="readings")
    channel = models.ForeignKey(Channel, models.CASCADE, null=True, blank=True, related_name="readings")
    page = models.ForeignKey(Page, models.CASCADE, null=True, blank=True, related_name="readings")
    piece = models.ForeignKey(Piece, models.CASCADE, null=True, blank=True, related_name="readings")
    metric = models.CharField(max_length=20)
    label = models.CharField(max_length=120, blank=True)  # the emoji, the poll's option
    value = models.BigIntegerField()
    at = models.DateTimeField()
    source = models.CharField(max_length=20)
    by = models.CharField(max_length=150, blank=True)
    proof = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["at", "id"]
        indexes = [
            models.Index(fields=["delivery", "metric", "at"], name="delivery_metric"),
            models.Index(fields=["channel", "metric", "at"], name="channel_metric"),
        ]
        constraints = [
            models.CheckConstraint(condition=_of_one_thing(), name="of_one_thing"),
        ]

    def __str__(self) -> str:
        return f"{self.metric} {self.value} ({self.source})"


class Horizon(models.TextChoices):
    HOUR = "1h", _("1 hour")
    DAY = "24h", _("24 hours")
    THREE_DAYS = "72h", _("72 hours")
    WEEK = "7d", _("7 days")


class AppointmentState(models.TextChoices):
    WAITING = "waiting", _("not yet")
    TAKEN = "taken", _("taken")
    MISSED = "missed", _("missed")


class Appointment(models.Model):
    """A delivery is to be read at publication + horizon; `reason` says why it was not."""

    delivery = models.ForeignKey(Delivery, models.CASCADE, related_name="appointments")
    horizon = models.CharField(max_length=3, choices=Horizon.choices)
    due_at = models.DateTimeField()
    state = models.CharField(max_length=7, choices=AppointmentState.choices, default=AppointmentState.WAITING)
    taken_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=60, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["due_at"]
        constraints = [models.UniqueConstraint(fields=["delivery", "horizon"], name="one_appointment_per_horizon")]
        indexes = [models.Index(fields=["due_at"], condition=Q(state="waiting"), name="appointments_due")]

    def __str__(self) -> str:
        return f"{self.delivery_id} +{self.horizon}"


class PersonStatus(models.Model):
    """How far a message got with one person, by keyed hash; counted, never shown."""

    delivery = models.ForeignKey(Delivery, models.CASCADE, related_name="person_statuses")
    person = models.CharField(max_length=64)
    rank = models.PositiveSmallIntegerField(default=0)  # 1 delivered, 2 read, 3 played: only ever rises
    emoji = models.CharField(max_length=20, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["delivery", "person"], name="one_status_per_person")]

    def __str__(self) -> str:
        return f"{self.delivery_id} {self.rank}"


class ReadingTrouble(models.Model):
    """Why a channel's numbers cannot be had at the moment; gone with the first good answer."""

    channel = models.OneToOneField(Channel, models.CASCADE, primary_key=True, related_name="reading_trouble")
    reason = models.CharField(max_length=60)  # a sentence code
    since = models.DateTimeField()
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.channel_id}: {self.reason}"


class LinkKind(models.TextChoices):
    MESSAGE = "message", _("in a message")
    POSTER = "poster", _("on paper")


class Link(models.Model):
    """A short address of ours. It leads only where it was made to lead, and only to places that posts may lead to."""

    code = models.CharField(max_length=12, unique=True)
    url = models.URLField(max_length=500)
    kind = models.CharField(max_length=7, choices=LinkKind.choices)
    label = models.CharField(max_length=120)  # for people: where it hangs, what it is for
    district = models.ForeignKey(District, models.PROTECT, related_name="links")
    post = models.ForeignKey(Post, models.CASCADE, null=True, blank=True, related_name="short_links")
    channel = models.ForeignKey(Channel, models.SET_NULL, null=True, blank=True, related_name="short_links")
    language = models.CharField(max_length=2, blank=True)
    made_by = models.CharField(max_length=150)
    made_at = models.DateTimeField(auto_now_add=True)
    off = models.BooleanField(default=False)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["post", "channel", "language", "url"],
                condition=Q(kind="message"),
                name="one_link_for_each_place",
            )
        ]

    def __str__(self) -> str:
        return self.label


class LinkDay(models.Model):
    """A day of a link, by its district's clock. `people` counts devices; `machines` are left out of both."""

    link = models.ForeignKey(Link, models.CASCADE, related_name="days")
    day = models.DateField()
    visits = models.PositiveIntegerField(default=0)
    people = models.PositiveIntegerField(default=0)
    machines = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["day"]
        constraints = [models.UniqueConstraint(fields=["link", "day"], name="one_row_per_day")]

    def __str__(self) -> str:
        return f"{self.link_id} {self.day}: {self.visits}"


class LinkSalt(models.Model):
    """The day's secret that visitors are hashed with. Thrown away when the day is over: then nothing leads back."""

    day = models.DateField(primary_key=True)
    salt = models.BinaryField(max_length=32)

    def __str__(self) -> str:
        return str(self.day)


class LinkSeen(models.Model):
    """Who opened a link today, as a salted hash; rows of past days are deleted with their salt."""

    link = models.ForeignKey(Link, models.CASCADE, related_name="+")
    day = models.DateField(db_index=True)
    person = models.CharField(max_length=32)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["link", "day", "person"], name="one_visitor_per_day")]

    def __str__(self) -> str:
        return f"{self.link_id} {self.day}"
