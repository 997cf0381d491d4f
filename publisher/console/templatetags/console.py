"""Small words of the templates."""

from __future__ import annotations

import functools
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import template
from django.conf import settings
from django.template import Context
from django.templatetags.static import static
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from publisher.compose.models import Post
from publisher.connectors.base import Metric
from publisher.console import branding, looks, moments, rows, tags
from publisher.console.agenda import Entry
from publisher.console.hints import HINTS
from publisher.console.names import shown
from publisher.deliver.models import Attempt, Change, Delivery
from publisher.deliver.outcomes import Place
from publisher.measure.metrics import LABELS
from publisher.people.models import District, Invitation, User
from publisher.render.models import RenderJob
from publisher.render.roads import reason_for
from publisher.report import words
from publisher.sentences import Sentence, say

register = template.Library()
SPRITE = "vendor/tabler-icons-3.31.0/sprite.svg"
LANGUAGE_NAMES = {"kk": "Қазақша", "ru": "Русский", "en": "English"}


@register.simple_tag
@functools.cache
def icon(name: str, classes: str = "") -> SafeString:
    """An ornament beside words, never alone: screen readers skip it."""
    return format_html(
        '<svg class="icon {}" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        classes,
        static(SPRITE),
        name,
    )


@register.simple_tag
def badge(look: looks.Look) -> SafeString:
    return rows.badge(look, icon)


@register.filter
def who(name: str) -> str:
    return shown(name)


@register.filter
def look(thing: object) -> looks.Look:
    """The look of a delivery, a change, what came of one, an attempt or a post."""
    if isinstance(thing, Delivery):
        return looks.delivery_look(thing, timezone.now())
    if isinstance(thing, Change):
        return looks.CHANGES[thing.state]
    if isinstance(thing, Place):
        return looks.PLACES[thing.outcome]
    if isinstance(thing, Attempt):
        return looks.OUTCOMES.get(thing.outcome, looks.UNFINISHED)
    return looks.STATUSES[thing.status]


@register.filter
def films(post: Post) -> list[branding.Film]:
    """The films that the studio can make versions of, and how far it is."""
    return branding.films_of(post)


@register.filter
def branded(post: Post) -> list[branding.Film]:
    """Those of its films that residents see in their branded version."""
    return [film for film in branding.films_of(post) if film.order]


@register.simple_tag
def late_minutes() -> int:
    return settings.CONFIG.delivery.late_tolerance_minutes


@register.simple_tag
def film_layouts() -> list[branding.Choice]:
    return branding.layouts()


@register.simple_tag
def film_shapes() -> list[tuple[str, str]]:
    return branding.shapes()


@register.filter
def profile_name(profile: str) -> str:
    return branding.profile_name(profile)


@register.filter
def rendering(films: list[branding.Film]) -> bool:
    return any(film.active for film in films)


@register.filter
def road_why(job: RenderJob, together: bool = True) -> str:
    return say(reason_for(job.road, together=together)).what


@register.filter
def said(code: str) -> str:
    return say(code).what


@register.filter
def in_a_cell(reason: str) -> str:
    """Why a number is missing, in the two words that a table has room for."""
    return words.missing(reason)


@register.filter
def whole(number: int) -> str:
    return words.whole(number)


@register.filter
def metric_name(metric: str) -> object:
    return LABELS[Metric(metric)]


@register.filter
def why(job: RenderJob) -> Sentence:
    return say(job.reason, job.values)


def _zone(district: District | None) -> ZoneInfo:
    return district.zone if district else ZoneInfo(settings.TIME_ZONE)


@register.filter
def when(moment: datetime | None, district: District | None = None) -> SafeString | str:
    """“Today, 14:05” on the district's clock; the exact moment stays readable for machines."""
    if not moment:
        return "—"
    zone = _zone(district)
    iso = moment.astimezone(zone).isoformat(timespec="seconds")
    return format_html('<time datetime="{}">{}</time>', iso, moments.moment_words(moment, zone))


@register.filter
def clock(moment: datetime, district: District | None = None) -> str:
    return f"{moment.astimezone(_zone(district)):%H:%M}"


@register.filter
def clock_seconds(moment: datetime, district: District | None = None) -> str:
    return f"{moment.astimezone(_zone(district)):%H:%M:%S}"


@register.filter
def day(moment: datetime, district: District | None = None) -> str:
    zone = _zone(district)
    return moments.day_words(moment.astimezone(zone).date(), timezone.now().astimezone(zone).date())


@register.filter
def long_ago(moment: datetime) -> str:
    return moments.span_words(timezone.now() - moment)


@register.filter
def seconds(count: float) -> str:
    """A film's length as people read it: 1:05."""
    return f"{int(count) // 60}:{int(count) % 60:02}"


@register.filter
def lasted(span: timedelta) -> str:
    return moments.span_words(span)


@register.filter
def tongue(code: str) -> str:
    return LANGUAGE_NAMES.get(code, code)


@register.filter
def district_name(district: District | None) -> str:
    return district.name(moments.spoken()) if district else gettext("All districts")


@register.filter
def works_for(person: User | Invitation) -> str:
    """A person's district, region, or all of them."""
    place = person.district or person.region
    return place.name(moments.spoken()) if place else gettext("All districts")


@register.filter
def district_called(key: str) -> str:
    """A district by its key, in the language of the page."""
    found = District.objects.filter(pk=key).first()
    return found.name(moments.spoken()) if found else key


@register.simple_tag
def sentence(code: str, values: dict[str, Any] | None = None) -> Sentence:
    return say(code, values)


@register.filter
def verb(code: str) -> object:
    return looks.VERBS.get(code, code.replace("_", " "))


@register.filter
def item(mapping: dict[object, object], key: object) -> object:
    return mapping.get(key)


@register.simple_tag(takes_context=True)
def page_hint(context: Context) -> object:
    """What the page is for; nothing where there is no such page, as in an error."""
    match = context["request"].resolver_match
    return HINTS.get(match.view_name, "") if match else ""


@register.simple_tag(takes_context=True)
def agenda_row(context: Context, entry: Entry) -> SafeString:
    """A line of the calendar's list. Built here, since a month has hundreds and a template takes ten times as long."""
    lines = context.render_context.get(rows.Lines)
    if lines is None:
        names = context["channel_names"], context["district_names"], context["look"].zone
        lines = context.render_context[rows.Lines] = rows.Lines(*names, icon)
    return lines.line(entry)


@register.filter
def tag_word(tag: str) -> str:
    return tags.word(tag)


@register.filter
def platform_icon(account_type: str) -> str:
    marks = {"instagram": "brand-instagram", "telegram": "brand-telegram", "telegram_session": "brand-telegram"}
    return marks.get(account_type, "brand-whatsapp")


@register.filter
def megabytes(size: int) -> str:
    """Decimal, as the platforms give their limits; the smallest file still has 0.1."""
    count = round(max(size / 1e6, 0.1), 1 if size < 1e7 else None)
    return gettext("%(count)s MB") % {"count": formats.localize(count)}


@register.simple_tag
def outside(url: str) -> str:
    """Where a channel or message can be looked at. In practice it stands nowhere but in the practice chats."""
    return reverse("practice") if settings.CONFIG.practice else url
