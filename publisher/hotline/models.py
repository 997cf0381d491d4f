"""What the call centre knows: never who called. The only telephone numbers are those of a running campaign, hidden."""

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
from publisher.measure.models import Link
from publisher.people.models import District, User


class Okrug(models.Model):
    """A rural okrug of a district. Gone from the file, it stays: calls and visits point to it."""

    district = models.ForeignKey(District, models.PROTECT, related_name="okrugs")
    name_kk = models.CharField(max_length=120)
    name_ru = models.CharField(max_length=120)
    households = models.PositiveIntegerField(null=True, blank=True)
    population = models.PositiveIntegerField(null=True, blank=True)
    listed = models.BooleanField(default=True)  # it stands in the newest file

    class Meta:
        ordering = ["name_kk"]
        constraints = [models.UniqueConstraint(fields=["district", "name_kk"], name="one_okrug_of_a_name")]

    def __str__(self) -> str:
        return self.name_kk

    def name(self, language: str) -> str:
        return self.name_kk if language == "kk" else self.name_ru or self.name_kk


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


class VisitRound(models.Model):
    """A round of house visits with leaflets through the okrugs."""

    district = models.ForeignKey(District, models.PROTECT, related_name="visit_rounds")
    name = models.CharField(max_length=120)
    begins = models.DateField()
    ends = models.DateField()
    made_by = models.CharField(max_length=150)
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-begins", "-id"]

    def __str__(self) -> str:
        return self.name


class LeafletBatch(models.Model):
    """What was printed for an okrug in a round; `link` is the code on the leaflet."""

    round = models.ForeignKey(VisitRound, models.CASCADE, related_name="batches")
    okrug = models.ForeignKey(Okrug, models.PROTECT, related_name="batches")
    printed = models.PositiveIntegerField(default=0)
    link = models.ForeignKey(Link, models.SET_NULL, null=True, blank=True, related_name="batches")

    class Meta:
        verbose_name_plural = "leaflet batches"
        constraints = [models.UniqueConstraint(fields=["round", "okrug"], name="one_batch_per_okrug")]

    def __str__(self) -> str:
        return f"{self.round_id}/{self.okrug_id}: {self.printed}"


class Volunteer(models.Model):
    """Who goes from house to house: a first name or a code, nothing more."""

    okrug = models.ForeignKey(Okrug, models.CASCADE, related_name="volunteers")
    name = models.CharField(max_length=40)
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ["name", "id"]
        constraints = [models.UniqueConstraint(fields=["okrug", "name"], name="one_volunteer_of_a_name")]

    def __str__(self) -> str:
        return self.name


class HouseVisits(models.Model):
    """What one day brought in an okrug: households spoken to, leaflets handed over."""

    round = models.ForeignKey(VisitRound, models.CASCADE, related_name="visits")
    okrug = models.ForeignKey(Okrug, models.PROTECT, related_name="visits")
    day = models.DateField()
    households = models.PositiveIntegerField(default=0)
    leaflets = models.PositiveIntegerField(default=0)
    volunteer = models.ForeignKey(Volunteer, models.SET_NULL, null=True, blank=True, related_name="visits")
    by_name = models.CharField(max_length=150)
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-day", "-id"]
        verbose_name_plural = "house visits"

    def __str__(self) -> str:
        return f"{self.okrug_id} {self.day}: {self.households}"


class AlarmState(models.TextChoices):
    OPEN = "open", pgettext_lazy("alarm", "to be looked at")
    DRAFTED = "drafted", pgettext_lazy("alarm", "a draft is begun")
    CLOSED = "closed", pgettext_lazy("alarm", "looked at, no warning")


class Alarm(models.Model):
    """More reports of a pattern than usual; `okrug` empty: in the whole district. It opens a draft, never a post.

    `expected` and `limit` are the reports of `days` days that were usual, and the most that chance explains.
    """

    district = models.ForeignKey(District, models.CASCADE, related_name="alarms")
    okrug = models.ForeignKey(Okrug, models.CASCADE, null=True, blank=True, related_name="alarms")
    pattern = models.CharField(max_length=60)
    day = models.DateField()  # the last day that was counted
    days = models.PositiveSmallIntegerField(default=7)
    count = models.PositiveIntegerField()
    expected = models.FloatField()
    limit = models.PositiveIntegerField()
    state = models.CharField(max_length=7, choices=AlarmState.choices, default=AlarmState.OPEN)
    post = models.ForeignKey(Post, models.SET_NULL, null=True, blank=True, related_name="alarms")
    made_at = models.DateTimeField(default=timezone.now)
    told_at = models.DateTimeField(null=True, blank=True)  # in the control chat
    closed_by = models.CharField(max_length=150, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-made_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["district", "pattern"],
                condition=Q(okrug=None) & ~Q(state="closed"),
                name="one_open_alarm_per_district",
            ),
            models.UniqueConstraint(
                fields=["okrug", "pattern"],
                condition=Q(okrug__isnull=False) & ~Q(state="closed"),
                name="one_open_alarm_per_okrug",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pattern} {self.day}: {self.count} ({self.expected:.1f})"
