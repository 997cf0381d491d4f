"""Where calls come from and visits go: the okrugs of a district."""

from __future__ import annotations

from django.db import models

from publisher.people.models import District


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
