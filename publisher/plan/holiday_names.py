"""Public holidays by name, in the language of the page. The library knows no Russian; the words here are ours."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from datetime import date

import holidays
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

# As python-holidays 0.109 calls them in English.
KNOWN = (
    _("New Year's Day"),
    _("Orthodox Christmas"),
    _("International Women's Day"),
    _("Nowruz Holiday"),
    _("Kazakhstan's People Solidarity Holiday"),
    _("Defender of the Fatherland Day"),
    _("Victory Day"),
    _("Capital Day"),
    _("Constitution Day"),
    _("Republic Day"),
    _("Independence Day"),
    _("Eid al-Adha"),
)
OBSERVED, ESTIMATED, SUBSTITUTED = " (observed)", " (estimated)", "Day off (substituted"


@functools.cache
def _english(year: int) -> Mapping[date, str]:
    return dict(holidays.country_holidays("KZ", years=year, language="en_US"))


def holiday_name(day: date) -> str:
    """Empty on a working day; says when the day is only moved here, or an estimate until announced."""
    name = _english(day.year).get(day, "")
    if not name:
        return ""
    if name.startswith(SUBSTITUTED):
        return gettext("Day off, moved here")
    bare = name.removesuffix(OBSERVED).removesuffix(ESTIMATED)
    words = "; ".join(gettext(part) for part in bare.split("; "))
    if name.endswith(OBSERVED):
        return gettext("%(holiday)s (day off moved here)") % {"holiday": words}
    return gettext("%(holiday)s (estimated)") % {"holiday": words} if name.endswith(ESTIMATED) else words
