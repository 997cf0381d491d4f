"""What is said: a post, its language versions and its media."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from publisher.people.models import District


class Kind(models.TextChoices):
    PREVENTION_VIDEO = "prevention_video", _("Prevention video")
    HOTLINE_PROMO = "hotline_promo", _("Hotline promo")
    SCAM_WARNING = "scam_warning", _("Scam warning")
    NOTICE = "notice", _("Notice")


class Status(models.TextChoices):
    DRAFT = "draft", _("Draft")
    IN_REVIEW = "in_review", _("In review")
    RETURNED = "returned", _("Returned with a comment")
    APPROVED = "approved", _("Approved")
    CANCELLED = "cancelled", _("Cancelled")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class Post(models.Model):
    """`approved_digest` is the content as it was approved: any later edit makes it differ and asks again."""

    kind = models.CharField(max_length=20, choices=Kind.choices)
    title = models.CharField(max_length=200)
    district = models.ForeignKey(District, models.PROTECT, related_name="posts")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.DRAFT, db_index=True)
    urgent = models.BooleanField(default=False)
    pin = models.BooleanField(default=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    publish_at = models.DateTimeField(null=True, blank=True)  # wished for; the deliveries hold the truth
    channel_keys = models.JSONField(default=list)  # wished for, until approval makes deliveries of them
    single_language_reason = models.CharField(max_length=300, blank=True)
    made_with_ai = models.BooleanField(default=False)  # then residents are told, in their language
    reused = models.BooleanField(default=False)  # other people's material: where from, and who allowed it
    reused_source = models.CharField(max_length=300, blank=True)
    reused_permission = models.CharField(max_length=300, blank=True)
    template_slug = models.CharField(max_length=80, blank=True, db_index=True)
    template_digest = models.CharField(max_length=64, blank=True)
    revision = models.PositiveIntegerField(default=1)
    origin = models.CharField(max_length=10, default="console")  # console, shell, plan
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="posts")
    author_name = models.CharField(max_length=150)
    approved_by = models.CharField(max_length=150, blank=True)
    approved_at = models.DateTimeField(null=True, blank=True)
    approved_digest = models.CharField(max_length=64, blank=True)
    review_comment = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["status", "expires_at"], condition=models.Q(expires_at__isnull=False), name="post_ends"
            )
        ]

    def __str__(self) -> str:
        return self.title


class Version(models.Model):
    """One language of a post: Markdown with {hotline}, {district}, {date}; buttons and a poll if any."""

    post = models.ForeignKey(Post, models.CASCADE, related_name="versions")
    language = models.CharField(max_length=2)
    body = models.TextField()
    buttons = models.JSONField(default=list)  # [{"label": …, "url": …}]
    poll = models.JSONField(null=True, blank=True)  # {"question", "options", "answer" (1-based or null), "explanation"}

    class Meta:
        ordering = ["language"]
        constraints = [models.UniqueConstraint(fields=["post", "language"], name="one_version_per_language")]

    def __str__(self) -> str:
        return f"{self.post_id}/{self.language}"


class Upload(models.Model):
    """A picture or film that passed inspection, stored once by the hash of its bytes under var/uploads."""

    sha256 = models.CharField(max_length=64, unique=True)
    path = models.CharField(max_length=300)  # below var/
    name = models.CharField(max_length=200)  # as the person called it
    kind = models.CharField(max_length=5, choices=[("photo", _("Picture")), ("video", _("Film"))])
    mime = models.CharField(max_length=40)
    size = models.BigIntegerField()  # bytes
    width = models.PositiveIntegerField(default=0)
    height = models.PositiveIntegerField(default=0)
    duration = models.FloatField(default=0)  # seconds
    thumbnail = models.CharField(max_length=300, blank=True)  # below var/
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


class PostMedia(models.Model):
    """A file shown with a post; `language` empty: with every language."""

    post = models.ForeignKey(Post, models.CASCADE, related_name="media")
    upload = models.ForeignKey(Upload, models.PROTECT)
    language = models.CharField(max_length=2, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return f"{self.post_id}: {self.upload}"


class How(models.TextChoices):
    CREATED = "created", _("begun")
    SAVED = "saved", _("saved")
    KEPT = "kept", _("saved by itself")
    MEDIA = "media", _("pictures or films changed")
    RESTORED = "restored", _("brought back")
    CORRECTED = "corrected", _("corrected from a file")


class Snapshot(models.Model):
    """The whole post as somebody left it; `digest` tells which content a form counts from.

    What is saved by itself shares one row for a while, as long as nobody else has the post open: see keeping.py.
    """

    post = models.ForeignKey(Post, models.CASCADE, related_name="snapshots")
    how = models.CharField(max_length=9, choices=How.choices)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    by_name = models.CharField(max_length=150)
    began_at = models.DateTimeField()
    at = models.DateTimeField()
    digest = models.CharField(max_length=64)
    content = models.JSONField()

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["post", "digest"], name="snapshot_by_digest")]

    def __str__(self) -> str:
        return f"{self.post_id}: {self.how}, {self.by_name}"


class Editing(models.Model):
    """Somebody has the post open in the editor; not heard of for a while, they have left."""

    post = models.ForeignKey(Post, models.CASCADE, related_name="editing")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    since = models.DateTimeField()
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["post", "user"], name="one_editing_per_person")]

    def __str__(self) -> str:
        return f"{self.post_id}: {self.user_id}"


class PictureCheck(models.Model):
    """One point of the pictures' checklist, ticked by somebody for one file of one post. See pictures.py."""

    post = models.ForeignKey(Post, models.CASCADE, related_name="picture_checks")
    upload = models.ForeignKey(Upload, models.CASCADE, related_name="+")
    item = models.CharField(max_length=12)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    by_name = models.CharField(max_length=150)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["post", "upload", "item"], name="one_tick_per_point")]

    def __str__(self) -> str:
        return f"{self.post_id}: {self.item}"
