"""A ruse that is told of more often than usual opens a draft of its warning. A person finishes it, or puts it aside."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone, translation
from django.utils.translation import gettext, ngettext

from publisher.compose import posts
from publisher.compose.message import Wording
from publisher.compose.models import Post, Status
from publisher.compose.refusal import Refusal
from publisher.compose.templates import load
from publisher.hotline import counts, detection
from publisher.hotline.models import Alarm, AlarmState, Okrug
from publisher.hotline.patterns import Catalogue, catalogue
from publisher.people.access import within_reach
from publisher.people.audit import SYSTEM, Actor, note
from publisher.people.models import District, User
from publisher.yamlfile import FlawedFile

LENGTH = detection.PAST + max(detection.WINDOWS)
UNFINISHED = (Status.DRAFT, Status.IN_REVIEW, Status.RETURNED)


def look(now: datetime, *, drafts: bool = True) -> list[Alarm]:
    """Every district, up to its own today. The same rise is told once, however often this runs."""
    return [alarm for district in District.objects.all() for alarm in _look(district, now, drafts=drafts)]


def _look(district: District, now: datetime, *, drafts: bool) -> Iterable[Alarm]:
    today = now.astimezone(district.zone).date()
    first = counts.began(district)
    if first is None:
        return
    known = (today - first).days + 1  # days; zeros before the first call would make everything a rise
    quiet = _resting(district, now)
    for one in counts.series(district, today, LENGTH):
        if (one.pattern, one.okrug) not in quiet and (rise := detection.look(one.days[-known:])):
            alarm = _open(district, one, rise, today)
            if alarm and drafts:
                _begin(alarm)
            if alarm:
                yield alarm


def _begin(alarm: Alarm) -> None:
    with suppress(Refusal, FlawedFile):  # the alarm stands without a draft; a person sees it all the same
        draft(alarm, SYSTEM)


def _resting(district: District, now: datetime) -> set[tuple[str, int | None]]:
    """Open ones, and those that somebody closed a short while ago."""
    rows = Alarm.objects.filter(district=district)
    fresh = rows.filter(closed_at__gte=now - timedelta(days=detection.REST)) | rows.exclude(state=AlarmState.CLOSED)
    return set(fresh.values_list("pattern", "okrug"))


def _open(district: District, one: counts.Series, rise: detection.Rise, today: date) -> Alarm | None:
    """None when another clock was first."""
    alarm = Alarm(
        district=district,
        okrug_id=one.okrug,
        pattern=one.pattern,
        day=today,
        days=rise.days,
        count=rise.count,
        expected=rise.expected,
        limit=rise.limit,
    )
    try:
        with transaction.atomic():
            alarm.save(force_insert=True)
            facts = {
                "pattern": one.pattern,
                "count": rise.count,
                "expected": round(rise.expected, 1),
                "days": rise.days,
            }
            note(SYSTEM, "alarm", f"alarm:{alarm.pk}", district=district, okrug=one.okrug or 0, **facts)
    except IntegrityError:
        return None
    return alarm


def draft(alarm: Alarm, actor: Actor) -> Post:
    """The warning of the ruse with the facts in it, as a draft. One is enough for the district and its okrugs."""
    pattern = catalogue().patterns.get(alarm.pattern)
    if pattern is None or not pattern.templates:
        raise Refusal("pattern_without_template")
    with transaction.atomic():
        fresh = Alarm.objects.select_for_update(of=("self",)).select_related("post").get(pk=alarm.pk)
        if fresh.state == AlarmState.CLOSED:
            raise Refusal("alarm_closed")
        post = fresh.post or _begun(alarm) or _written(alarm, pattern.templates[0], actor)
        Alarm.objects.filter(pk=alarm.pk).update(post=post, state=AlarmState.DRAFTED)
    alarm.post, alarm.state = post, AlarmState.DRAFTED
    return post


def _begun(alarm: Alarm) -> Post | None:
    """The unfinished draft of another alarm of the same ruse."""
    rows = Alarm.objects.filter(district=alarm.district, pattern=alarm.pattern, post__status__in=UNFINISHED)
    found = rows.exclude(pk=alarm.pk).exclude(state=AlarmState.CLOSED).select_related("post").first()
    return found.post if found else None


def _written(alarm: Alarm, slug: str, actor: Actor) -> Post:
    template = load(settings.HOME.content, slug)
    languages = settings.CONFIG.site.languages
    post = posts.from_template(template, alarm.district, actor, languages, origin="hotline")
    wordings = {
        version.language: Wording(
            version.language, with_facts(version.body, facts(alarm, version.language)), version.buttons, version.poll
        )
        for version in post.versions.all()
    }
    return posts.save_versions(post, wordings, actor)


def with_facts(body: str, sentence: str) -> str:
    """Below the headline, which says the whole thing by itself."""
    headline, _, rest = body.partition("\n\n")
    return f"{headline}\n\n{sentence}\n\n{rest}".strip() if rest else f"{body}\n\n{sentence}"


def facts(alarm: Alarm, language: str) -> str:
    """What residents may know: how often, not where exactly. An okrug is small enough to guess who called."""
    with translation.override(language):
        said = ngettext(
            "In the last %(days)s days the hotline heard of it %(count)s time; usually it is about %(usual)s.",
            "In the last %(days)s days the hotline heard of it %(count)s times; usually it is about %(usual)s.",
            alarm.count,
        )
        return said % {"days": alarm.days, "count": alarm.count, "usual": usual(alarm)}


def usual(alarm: Alarm) -> str:
    """In whole numbers; less than one is said in words."""
    whole = round(alarm.expected)
    return str(whole) if whole else gettext("less than one")


def close(alarm: Alarm, actor: Actor) -> None:
    """Looked at. It keeps still about this ruse here for a while; a draft that was begun stays among the posts."""
    mine = Alarm.objects.filter(pk=alarm.pk).exclude(state=AlarmState.CLOSED)
    with transaction.atomic():
        if not mine.update(state=AlarmState.CLOSED, closed_by=actor.name, closed_at=timezone.now()):
            raise Refusal("alarm_closed")
        note(actor, "alarm_closed", f"alarm:{alarm.pk}", district=alarm.district, pattern=alarm.pattern)


def open_for(user: User) -> QuerySet[Alarm]:
    rows = Alarm.objects.exclude(state=AlarmState.CLOSED).select_related("district", "okrug", "post")
    return within_reach(user, rows)


def words(alarm: Alarm, known: Catalogue, language: str) -> Mapping[str, Any]:
    """The parts of the sentence that pages and the control chat say."""
    okrug: Okrug | None = alarm.okrug
    return {
        "pattern": known.patterns[alarm.pattern].name.of(language)
        if alarm.pattern in known.patterns
        else alarm.pattern,
        "place": okrug.name(language) if okrug else alarm.district.name(language),
        "count": alarm.count,
        "days": alarm.days,
        "usual": usual(alarm),
    }
