"""Keeps the districts' rows like config.yaml has them."""

from __future__ import annotations

from publisher.config import Config
from publisher.people.models import District


def follow(config: Config) -> None:
    """Add and update; a district gone from the file stays, since posts and readings point to it."""
    for key, district in config.districts.items():
        District.objects.update_or_create(
            key=key,
            defaults={
                "name_kk": district.name.kk,
                "name_ru": district.name.ru,
                "name_en": district.name.en,
                "hotline": district.hotline,
                "time_zone": district.time_zone or config.site.time_zone,
                "quiet_from": district.quiet_hours.start,
                "quiet_to": district.quiet_hours.end,
            },
        )
