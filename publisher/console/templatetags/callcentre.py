"""Small words of the call centre's pages."""

from __future__ import annotations

from datetime import date

from django import template

from publisher.console import moments
from publisher.hotline.models import Okrug

register = template.Library()


@register.filter
def on_day(day: date) -> str:
    """ "27 қараша"; with the year when it is not this one."""
    return moments.date_words(day, year=day.year != date.today().year)


@register.filter
def spoken_name(okrug: Okrug) -> str:
    return okrug.name(moments.spoken())
