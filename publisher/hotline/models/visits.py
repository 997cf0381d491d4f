"""House visits with leaflets, okrug by okrug."""

from __future__ import annotations

from django.db import models

from publisher.hotline.models.places import Okrug
from publisher.measure.models import Link
from publisher.people.models import District


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
