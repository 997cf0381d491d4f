"""Who works here, for which district, and what each of them did."""

from __future__ import annotations

from datetime import time
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Value
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


class Named(models.Model):
    """A place with a name in each language."""

    name_kk = models.CharField(max_length=120)
    name_ru = models.CharField(max_length=120)
    name_en = models.CharField(max_length=120, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        """In the reader's language, for choices in forms."""
        return self.name(get_language() or "kk")

    def name(self, language: str) -> str:
        return getattr(self, f"name_{language}", "") or self.name_ru


class Region(Named):
    """Districts under one department of the region. Its rows follow the files, like the districts'."""

    key = models.SlugField(primary_key=True)
    place = models.PositiveIntegerField(default=0)  # its turn in lists: as the files name them

    class Meta:
        ordering = ["place", "key"]

    @property
    def zone(self) -> ZoneInfo:
        """A region may span several zones; its figures are counted by the site's clock."""
        return ZoneInfo(settings.CONFIG.site.time_zone)


class District(Named):
    """A district police department. Its rows follow config.yaml (and districts.yaml) at every start."""

    key = models.SlugField(primary_key=True)
    hotline = models.CharField(max_length=40)
    region = models.ForeignKey(Region, models.PROTECT, null=True, blank=True, related_name="districts")
    population = models.PositiveIntegerField(null=True, blank=True)  # None: nobody said; never 0
    # The database has the defaults too: a process of the version before may still add a district.
    languages = models.JSONField(default=list, db_default=Value([], models.JSONField()))  # as residents read them
    place = models.PositiveIntegerField(default=0, db_default=0)  # its turn in lists: as the files name them
    time_zone = models.CharField(max_length=40, default="Asia/Almaty")
    quiet_from = models.TimeField(default=time(22))
    quiet_to = models.TimeField(default=time(8))

    class Meta:
        ordering = ["place", "key"]

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)


class Brand(models.Model):
    """A district's own look; without a row it has the deployment's. The other colours follow from these two, and the
    logo is always a PNG of our own making: it stands here, so that every machine and every backup has it."""

    district = models.OneToOneField(District, models.CASCADE, primary_key=True, related_name="brand")
    night = models.CharField(max_length=7)  # #RRGGBB: backgrounds, and text on the accent
    accent = models.CharField(max_length=7)  # the hotline's
    logo = models.BinaryField(blank=True, default=bytes)  # empty: the deployment's logo
    name_kk = models.CharField(max_length=120, blank=True)  # on the end card; empty: the district's name
    name_ru = models.CharField(max_length=120, blank=True)
    name_en = models.CharField(max_length=120, blank=True)
    changed_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"{self.district_id}: {self.night}, {self.accent}"

    def name(self, language: str) -> str:
        return getattr(self, f"name_{language}", "") or self.district.name(language)


LANGUAGES = [("kk", "Қазақша"), ("ru", "Русский"), ("en", "English")]


class Role(models.TextChoices):
    OFFICER = "officer", _("Press officer")
    APPROVER = "approver", _("Approver")
    DUTY = "duty", _("Duty officer")
    CHIEF = "chief", _("Chief")
    ADMIN = "admin", _("Administrator")


class User(AbstractUser):
    """One district's, or one region's; both empty: the person works for all districts."""

    role = models.CharField(max_length=10, choices=Role.choices, default=Role.OFFICER)
    district = models.ForeignKey(District, models.PROTECT, null=True, blank=True, related_name="people")
    region = models.ForeignKey(Region, models.PROTECT, null=True, blank=True, related_name="people")
    language = models.CharField(max_length=2, choices=LANGUAGES, default="kk")

    class Meta(AbstractUser.Meta):
        constraints = [
            models.CheckConstraint(
                condition=models.Q(district=None) | models.Q(region=None), name="of_a_district_or_a_region"
            )
        ]

    def __str__(self) -> str:
        return self.get_full_name() or self.username


class Invitation(models.Model):
    """A one-time link for the first administrator, a new colleague, or (`person`) somebody's new password.

    Only a hash of it is kept.
    """

    person = models.ForeignKey(User, models.CASCADE, null=True, blank=True, related_name="links")
    token_hash = models.CharField(max_length=64, unique=True)
    role = models.CharField(max_length=10, choices=Role.choices)
    district = models.ForeignKey(District, models.CASCADE, null=True, blank=True)
    region = models.ForeignKey(Region, models.CASCADE, null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.role} until {self.expires_at:%Y-%m-%d}"


class Delegation(models.Model):
    """While an approver is away, a substitute approves in their place; both days belong to it."""

    who = models.ForeignKey(User, models.CASCADE, related_name="delegations")
    substitute = models.ForeignKey(User, models.CASCADE, related_name="stands_in")
    from_day = models.DateField()
    to_day = models.DateField()
    made_by = models.CharField(max_length=150)
    made_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, blank=True)  # before its time, by a person

    class Meta:
        ordering = ["-from_day", "-id"]

    def __str__(self) -> str:
        return f"{self.substitute_id} for {self.who_id}, {self.from_day} to {self.to_day}"


class NoticeKind(models.TextChoices):
    REVIEW = "review", _("waits for approval")
    SECOND = "second", _("urgent, waits for the second approval")
    RETURNED = "returned", _("was returned")
    OFFERED = "offered", _("offered by the centre")
    ORDERED = "ordered", _("ordered by the centre")
    TO_SETTLE = "settle", _("corrected by the centre, to be settled")
    WITHDRAWN = "undone", _("withdrawn by the centre")


OF_CAMPAIGNS = (NoticeKind.OFFERED, NoticeKind.ORDERED, NoticeKind.TO_SETTLE, NoticeKind.WITHDRAWN)


class Notice(models.Model):
    """Something to say in a control chat: that a post waits. Never what it says, nor whose it is."""

    kind = models.CharField(max_length=8, choices=NoticeKind.choices)
    post = models.BigIntegerField()  # its number, or a campaign's: those are made further up the way
    district = models.ForeignKey(District, models.CASCADE)
    created_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["id"], condition=models.Q(sent_at=None), name="notices_to_send")]

    def __str__(self) -> str:
        return f"{self.post}: {self.kind}"


class Factor(models.TextChoices):
    APP = "app", _("Authenticator app")
    PASSKEY = "passkey", _("Passkey")


class SecondFactor(models.Model):
    """How a person proves to be themselves beside the password: an app's six digits, or a passkey.

    An app's `secret` is encrypted with a key made from var/secret_key, which no backup holds. `counter` is the last
    time step (app) or the number of uses (passkey) that was accepted: nothing is accepted twice.
    """

    user = models.ForeignKey(User, models.CASCADE, related_name="second_factors")
    kind = models.CharField(max_length=7, choices=Factor.choices)
    name = models.CharField(max_length=60)
    secret = models.TextField(blank=True)
    credential_id = models.CharField(max_length=1400, unique=True, null=True, blank=True)
    credential = models.TextField(blank=True)  # public key and identifiers, base64url
    site = models.CharField(max_length=253, blank=True)  # the host name a passkey was made for
    counter = models.BigIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["user"], condition=models.Q(kind="app"), name="one_app_per_person")
        ]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.name}"


class RecoveryCode(models.Model):
    """Printed once, for the day the phone is lost. Each works once; only a slow hash is kept."""

    user = models.ForeignKey(User, models.CASCADE, related_name="recovery_codes")
    salt = models.CharField(max_length=32)  # the same for all codes of a set
    hash = models.CharField(max_length=64)
    used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.user_id}: {'used' if self.used_at else 'unused'}"


class Visit(models.Model):
    """One log-in on one device, for as long as it lasts."""

    user = models.ForeignKey(User, models.CASCADE, related_name="visits")
    session_key = models.CharField(max_length=40, unique=True)
    began_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    device = models.CharField(max_length=80)
    address = models.GenericIPAddressField(null=True, blank=True)

    class Meta:
        ordering = ["-seen_at"]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.device}"


class Throttle(models.Model):
    """How often something went wrong within a span; in the database, so that all web processes count together."""

    key = models.CharField(max_length=100, primary_key=True)  # "login:…", "proof:12"
    count = models.PositiveIntegerField(default=0)
    since = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.key}: {self.count}"


class AuditEntry(models.Model):
    """Who did what, when, and what was there before. Only ever added to: the database refuses anything else."""

    number = models.BigIntegerField(unique=True)  # 1, 2, 3 … without a gap
    at = models.DateTimeField(db_index=True)
    actor = models.ForeignKey(User, models.PROTECT, null=True, blank=True)
    actor_name = models.CharField(max_length=150)
    verb = models.CharField(max_length=40)
    subject = models.CharField(max_length=200, db_index=True)  # "post:12", "channel:akkaiyn"; a log-in name may be long
    district = models.ForeignKey(District, models.PROTECT, null=True, blank=True)
    detail = models.JSONField(default=dict)
    before = models.JSONField(null=True, blank=True)
    after = models.JSONField(null=True, blank=True)
    hash = models.CharField(max_length=64)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.actor_name} {self.verb} {self.subject}"
