"""Whether the plans name things that exist: for `publisher check`, with file and line."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from publisher.compose.templates import Template
from publisher.plan.files import Plan, Rule
from publisher.plan.rotation import fits
from publisher.plan.targets import TAG, KnownChannel
from publisher.yamlfile import Flaw

REGION = "region:"


def district_of(plan: Plan, districts: Collection[str]) -> str | None:
    """The plan's own, else the only one there is, else none can be told."""
    if plan.file.district:
        return plan.file.district if plan.file.district in districts else None
    return next(iter(districts)) if len(districts) == 1 else None


def districts_of(plan: Plan, districts: Collection[str]) -> list[str]:
    """For whom the plan is. Regions are known where `districts` are the settings' own."""
    if not plan.file.districts:
        own = district_of(plan, districts)
        return [own] if own else []
    return [key for key in districts if any(_meant(name, key, districts) for name in plan.file.districts)]


def _meant(name: str, key: str, districts: Collection[str]) -> bool:
    region = getattr(districts[key], "region", None) if isinstance(districts, Mapping) else None
    return name in ("all", key) or (region is not None and name == f"{REGION}{region}")


def unknown_districts(plans: Iterable[Plan], districts: Collection[str]) -> list[Flaw]:
    return [flaw for plan in plans for flaw in _district(plan, districts)]


def _district(plan: Plan, districts: Collection[str]) -> Iterator[Flaw]:
    for number, name in enumerate(plan.file.districts):
        if not any(_meant(name, key, districts) for key in districts):
            what = f"config.yaml has no district “{name}”."
            yield plan.flaw(what, nearest(name, ["all", *districts]), "districts", number)
    if not plan.file.districts and district_of(plan, districts) is None:
        named = plan.file.district
        what = f"config.yaml has no district “{named}”." if named else "the plan does not say for which district it is."
        yield plan.flaw(what, nearest(named or "", districts), "district")


def unknown_templates(plans: Iterable[Plan], templates: Mapping[str, Template]) -> list[Flaw]:
    """Slugs that no template has, and slots that no template fits."""
    return [
        flaw
        for plan in plans
        for number, rule in enumerate(plan.file.slots)
        for flaw in _templates(plan, number, rule, templates)
    ]


def _templates(plan: Plan, number: int, rule: Rule, templates: Mapping[str, Template]) -> Iterator[Flaw]:
    missing = [(n, slug) for n, slug in enumerate(rule.templates) if slug not in templates]
    for n, slug in missing:
        what = f"there is no template “{slug}” in content/."
        yield plan.flaw(what, nearest(slug, templates), "slots", number, "templates", n)
    if not missing and not any(fits(template, rule) for template in templates.values()):
        hint = "Write one in content/, or choose another kind or tags."
        yield plan.flaw(f"no template fits the slot “{rule.at}”.", hint, "slots", number)


def unknown_channels(plans: Iterable[Plan], channels: Sequence[KnownChannel], districts: Collection[str]) -> list[Flaw]:
    """Keys and tags under `to:` that lead nowhere, or over the district's border."""
    return [
        flaw
        for plan in plans
        for number, name in enumerate(plan.file.to)
        for flaw in _target(plan, number, name, channels, districts_of(plan, districts))
    ]


def _target(plan: Plan, number: int, name: str, channels: Sequence[KnownChannel], own: Sequence[str]) -> Iterator[Flaw]:
    named = [c for c in channels if c.key == name or (name.startswith(TAG) and name.removeprefix(TAG) in c.tags)]
    if any(channel.district in own for channel in named):
        return
    if named and own:
        what = f"“{name}” belongs to the district “{named[0].district}”, where another hotline is right."
        hint = "Write a plan of its own for that district."
    elif name.startswith(TAG):
        what = f"no channel has the tag “{name.removeprefix(TAG)}”."
        hint = nearest(name, {TAG + tag for channel in channels for tag in channel.tags})
    else:
        what = f"there is no channel “{name}”."
        hint = nearest(name, [channel.key for channel in channels])
    yield plan.flaw(what, hint, "to", number)


def nearest(name: str, known: Iterable[str]) -> str:
    names = sorted(known)
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    if close:
        return f"Did you mean “{close[0]}”?"
    return f"Known: {', '.join(names)}." if names else "None is set up yet."
