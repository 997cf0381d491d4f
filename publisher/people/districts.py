"""Keeps the rows of regions and districts like the files have them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import Model

from publisher.config import Config
from publisher.config import District as Given
from publisher.people.models import District, Region

Row = TypeVar("Row", bound=Model)

on_new_numbers: list[Callable[[Sequence[str]], object]] = []
"""Called with the keys of districts whose hotline has another number now, inside the transaction that keeps it: later
stages register here when they start."""


def follow(config: Config) -> None:
    """Add and update; what is gone from the files stays, since people, posts and readings point to it.

    Two hundred districts cost one query when nothing differs: every command begins with this.
    """
    regions = {
        key: {"name_kk": one.name.kk, "name_ru": one.name.ru, "name_en": one.name.en, "place": place}
        for place, (key, one) in enumerate(config.regions.items(), start=1)
    }
    _bring(Region, regions)
    _bring(District, {key: _row(one, config, n) for n, (key, one) in enumerate(config.districts.items(), start=1)})


def _row(district: Given, config: Config, place: int) -> dict[str, Any]:
    return {
        "name_kk": district.name.kk,
        "name_ru": district.name.ru,
        "name_en": district.name.en,
        "hotline": district.hotline,
        "region_id": district.region,
        "population": district.population,
        "languages": list(district.languages or config.site.languages),
        "place": place,
        "time_zone": district.time_zone or config.site.time_zone,
        "quiet_from": district.quiet_hours.start,
        "quiet_to": district.quiet_hours.end,
    }


def _bring(model: type[Row], wanted: Mapping[str, dict[str, Any]]) -> None:
    known = model._default_manager.in_bulk()
    fresh = [model(key=key, **fields) for key, fields in wanted.items() if key not in known]
    changes = {key: _take_over(known[key], fields) for key, fields in wanted.items() if key in known}
    differing = [known[key] for key, changed in changes.items() if changed]
    model._default_manager.bulk_create(fresh, ignore_conflicts=True)  # another process may start at the same moment
    if differing:
        with transaction.atomic():
            model._default_manager.bulk_update(differing, list(next(iter(wanted.values()))), batch_size=100)
            _tell([key for key, changed in changes.items() if "hotline" in changed])


def _tell(districts: Sequence[str]) -> None:
    if districts:
        for listener in on_new_numbers:
            listener(districts)


def _take_over(row: Model, fields: Mapping[str, Any]) -> list[str]:
    """The names of what differed."""
    changed = [name for name, value in fields.items() if getattr(row, name) != value]
    for name in changed:
        setattr(row, name, fields[name])
    return changed
