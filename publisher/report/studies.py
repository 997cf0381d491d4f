"""Questions written down before their answer can be known, and what the interrupted series says to them."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Count, QuerySet
from django.db.models.functions import TruncDate
from django.utils import timezone

from publisher.compose.refusal import Refusal
from publisher.hotline.models import Case, Consultation, Outcome, Source
from publisher.people.audit import Actor, note
from publisher.people.models import District
from publisher.report.models import Control, Study, StudyOf
from publisher.report.monthly_records import StudyState
from publisher.report.scope import WEEK, Scope
from publisher.report.stats.its import AFTER, Refused, Series, fit

LONGEST_LAG = 12  # weeks


def register(
    title: str,
    outcome: StudyOf,
    starts: date,
    actor: Actor,
    *,
    district: District | None = None,
    pattern: str = "",
    control: Control = Control.NONE,
    lag_weeks: int = 0,
) -> Study:
    """For good: there is no way to change one. Raises Refusal where it could never be answered as it stands."""
    study = Study(
        title=title.strip(),
        district=district,
        outcome=outcome,
        pattern=pattern,
        control=control,
        starts=starts,
        lag_weeks=lag_weeks,
        registered_by=actor.name,
    )
    check(study)
    with transaction.atomic():
        study.save(force_insert=True)
        note(actor, "study_registered", f"study:{study.pk}", district=district, title=study.title, starts=str(starts))
    return study


def check(study: Study) -> None:
    """Raises Refusal for one that could never be answered as it stands."""
    if study.starts.weekday():
        raise Refusal("study_starts_on_monday", day=study.starts.isoformat())
    if study.lag_weeks > LONGEST_LAG:
        raise Refusal("study_lag_too_long", weeks=LONGEST_LAG)
    alone = {Control.OTHER_PATTERNS: not study.pattern, Control.OTHER_DISTRICTS: study.district is None}
    if alone.get(Control(study.control), False):
        raise Refusal("study_control_impossible")


def kept(study: Study, now: datetime) -> tuple[int, int]:
    """Whole weeks before the start that are written down by now, and what happened in them."""
    scope = Scope(study.district)
    counts = [n for monday, n in weekly(rows_of(study, scope), scope, now).items() if monday < study.starts]
    return len(counts), sum(counts)


def drop(study: Study, why: str, actor: Actor) -> bool:
    """It stays on the page with the reason; False when somebody dropped it already."""
    with transaction.atomic():
        open_one = Study.objects.filter(pk=study.pk, dropped_at=None)
        done = open_one.update(dropped_at=timezone.now(), dropped_by=actor.name, dropped_why=why.strip()[:300])
        if done:
            note(actor, "study_dropped", f"study:{study.pk}", district=study.district, why=why.strip()[:300])
    return bool(done)


def studies(scope: Scope, now: datetime) -> tuple[StudyState, ...]:
    """Those of the place, and those about all districts."""
    mine = scope.only(Study.objects.all()) | Study.objects.filter(district=None)
    return tuple(state_of(study, now) for study in mine.select_related("district").order_by("starts", "pk"))


def state_of(study: Study, now: datetime) -> StudyState:
    scope = Scope(study.district)
    found = None if study.dropped_at else answer(study, scope, now)
    zone = scope.zone
    return StudyState(
        id=study.pk,
        title=study.title,
        outcome=study.outcome,
        control=study.control,
        starts=study.starts,
        lag_weeks=study.lag_weeks,
        registered_at=study.registered_at,
        registered_by=study.registered_by,
        registered_late=study.registered_at.astimezone(zone).date() >= study.starts,
        state=_state(found),
        reason=study.dropped_why if found is None else found.reason if isinstance(found, Refused) else "",
        needed=found.needed if isinstance(found, Refused) else 0,
        found=found.found if isinstance(found, Refused) else 0,
        series=found if isinstance(found, Series) else None,
    )


def _state(found: Series | Refused | None) -> str:
    if found is None:
        return "dropped"
    if isinstance(found, Series):
        return "answered"
    return "waiting" if found.reason == "weeks_after" else "too_few"


def answer(study: Study, scope: Scope, now: datetime) -> Series | Refused:
    """From the first whole week that was written down to the last whole week that is over."""
    counts = weekly(rows_of(study, scope), scope, now)
    other = weekly(control_of(study), scope, now) if study.control else {}
    if other:  # before its first entry the control is unknown, not 0
        counts = {monday: n for monday, n in counts.items() if monday >= min(other)}
    if not counts:
        return Refused("weeks_after", AFTER, 0) if study.starts > now.date() else Refused("weeks_before", 26, 0)
    start = (study.starts - min(counts)).days // 7
    control = [other.get(monday, 0) for monday in counts] if study.control else None
    population = [float(scope.population)] * len(counts) if scope.population else None
    return fit(list(counts.values()), start, study.lag_weeks, population, control)


def rows_of(study: Study, scope: Scope) -> QuerySet:
    rows = scope.only(_outcome(study.outcome))
    return rows.filter(pattern=study.pattern) if study.pattern else rows


def control_of(study: Study) -> QuerySet:
    """The same outcome where nothing was done: of other ruses here, or of this ruse elsewhere."""
    rows = _outcome(study.outcome)
    if study.control == Control.OTHER_PATTERNS:
        here = rows.filter(district=study.district) if study.district else rows
        return here.exclude(pattern=study.pattern)
    elsewhere = rows.exclude(district=study.district)
    return elsewhere.filter(pattern=study.pattern) if study.pattern else elsewhere


def _outcome(outcome: str) -> QuerySet:
    if outcome == StudyOf.CASES:
        return Case.objects.order_by()
    rows = Consultation.objects.order_by()
    if outcome == StudyOf.CALLS:
        return rows.filter(source=Source.PHONE)
    return rows.filter(outcome=Outcome.LOSS if outcome == StudyOf.LOSSES else Outcome.NEAR_MISS)


def weekly(rows: QuerySet, scope: Scope, now: datetime) -> dict[date, int]:
    """By Monday, without gaps: a week without any is 0. The week of the first entry counts only if it began it."""
    by_day = _by_day(rows, scope)
    if not by_day:
        return {}
    first = min(by_day)
    monday = first if not first.weekday() else first + timedelta(days=7 - first.weekday())
    today = now.astimezone(scope.zone).date()
    count: Counter[date] = Counter()
    for day, n in by_day.items():
        count[day - timedelta(days=day.weekday())] += n
    found = {}
    while monday + WEEK <= today:
        found[monday] = count[monday]
        monday += WEEK
    return found


def _by_day(rows: QuerySet, scope: Scope) -> dict[date, int]:
    """Counted by the database: all calls of a country since the beginning are millions."""
    dated = rows if rows.model is Case else rows.annotate(local=TruncDate("at", tzinfo=scope.zone))
    return dict(dated.values_list("day" if rows.model is Case else "local").annotate(n=Count("pk")))
