"""Moments in words, in a district's own time. Names come from here: browsers know no Kazakh months."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import get_language, gettext

MONTHS = {
    language: names.split()
    for language, names in {
        "kk": "қаңтар ақпан наурыз сәуір мамыр маусым шілде тамыз қыркүйек қазан қараша желтоқсан",
        "ru": "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
        "en": "January February March April May June July August September October November December",
    }.items()
}


def spoken() -> str:
    """The language of the page."""
    code = (get_language() or "kk")[:2]
    return code if code in MONTHS else "en"


def date_words(day: date, *, year: bool = False) -> str:
    """ "25 қараша", "25 ноября", "25 November"; with the year where it is asked for."""
    language = spoken()
    month = MONTHS[language][day.month - 1]
    if not year:
        return f"{day.day} {month}"
    patterns = {"kk": f"{day.year} ж. {day.day} {month}", "ru": f"{day.day} {month} {day.year} г."}
    return patterns.get(language, f"{day.day} {month} {day.year}")


def day_words(day: date, today: date) -> str:
    """Today, tomorrow, yesterday; else the date, with its year when that is another one."""
    near = {0: gettext("Today"), 1: gettext("Tomorrow"), -1: gettext("Yesterday")}
    return near.get((day - today).days) or date_words(day, year=day.year != today.year)


def moment_words(moment: datetime, zone: ZoneInfo) -> str:
    """ "Today, 14:05" on the district's clock."""
    local = moment.astimezone(zone)
    return f"{day_words(local.date(), timezone.now().astimezone(zone).date())}, {local:%H:%M}"


def span_words(span: timedelta) -> str:
    """How long, roughly: minutes up to two hours, then hours, then days."""
    minutes = max(int(span.total_seconds() // 60), 0)
    if minutes < 120:
        return gettext("%(count)s min") % {"count": minutes}
    if minutes < 48 * 60:
        return gettext("%(count)s h") % {"count": minutes // 60}
    return gettext("%(count)s days") % {"count": minutes // (24 * 60)}


MONTHS_ALONE = {
    **MONTHS,
    "ru": [
        *("январь", "февраль", "март", "апрель", "май", "июнь"),
        *("июль", "август", "сентябрь", "октябрь", "ноябрь", "декабрь"),
    ],
}
WEEKDAYS = {
    language: names.split()
    for language, names in {
        "kk": "дүйсенбі сейсенбі сәрсенбі бейсенбі жұма сенбі жексенбі",
        "ru": "понедельник вторник среда четверг пятница суббота воскресенье",
        "en": "Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
    }.items()
}
WEEKDAYS_SHORT = {
    language: names.split()
    for language, names in {
        "kk": "дс сс ср бс жм сб жс",
        "ru": "пн вт ср чт пт сб вс",
        "en": "Mon Tue Wed Thu Fri Sat Sun",
    }.items()
}


def month_words(day: date) -> str:
    """A month as a heading: "2026 жылғы қараша", "Ноябрь 2026", "November 2026"."""
    language = spoken()
    month = MONTHS_ALONE[language][day.month - 1]
    return f"{day.year} жылғы {month}" if language == "kk" else f"{month.capitalize()} {day.year}"


def weekday_words(day: date) -> str:
    return WEEKDAYS[spoken()][day.weekday()]


def span_of_days(first: date, last: date) -> str:
    """ "23–29 November 2026", or both dates in full when they lie in two months."""
    if first == last:
        return date_words(first, year=True)
    if (first.year, first.month) != (last.year, last.month):
        return f"{date_words(first, year=first.year != last.year)} – {date_words(last, year=True)}"
    days, month = f"{first.day}–{last.day}", MONTHS[spoken()][last.month - 1]
    patterns = {"kk": f"{last.year} ж. {days} {month}", "ru": f"{days} {month} {last.year} г."}
    return patterns.get(spoken(), f"{days} {month} {last.year}")
