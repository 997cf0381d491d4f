"""`publisher link`: short addresses for leaflets and posters, each with its own count."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from django.conf import settings
from django.db.models import Sum

from publisher.commands import DONE, WrongInput, tell
from publisher.measure import links
from publisher.measure.models import Link
from publisher.people.audit import shell_actor
from publisher.people.models import District


def link_add(arguments: Namespace) -> int:
    key = arguments.district or next(iter(settings.CONFIG.districts))
    district = District.objects.filter(pk=key).first()
    if district is None:
        raise WrongInput(f"There is no district “{key}”. Known: {', '.join(settings.CONFIG.districts)}.")
    link = links.make(arguments.url, arguments.label[:120], district, shell_actor())
    tell(arguments, _as_json(link), [links.address(link)])
    return DONE


def link_list(arguments: Namespace) -> int:
    rows = Link.objects.annotate(visits=Sum("days__visits"), people=Sum("days__people"))
    lines = [f"{links.address(row)}  {row.visits or 0:>6}  {row.label}  → {row.url}" for row in rows]
    tell(
        arguments,
        {"links": [_as_json(row) for row in rows]},
        lines or ["No link yet: publisher link add URL --label …"],
    )
    return DONE


def _as_json(link: Link) -> dict[str, Any]:
    """`followed` and `devices` are null as long as nobody came: nothing was counted, which is not a count of 0."""
    return {
        "code": link.code,
        "address": links.address(link),
        "url": link.url,
        "label": link.label,
        "district": link.district_id,
        "kind": link.kind,
        "off": link.off,
        "followed": getattr(link, "visits", None),
        "devices": getattr(link, "people", None),
    }
