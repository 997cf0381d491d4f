"""`publisher study`: questions about an effect, written down before the data are there, and what the data say."""

from __future__ import annotations

from argparse import Namespace
from datetime import date
from typing import Any

from django.conf import settings
from django.utils import timezone

from publisher.commands import DONE, WrongInput, tell
from publisher.hotline.patterns import catalogue
from publisher.people.audit import shell_actor
from publisher.people.models import District
from publisher.report.models import Control, Study, StudyOf
from publisher.report.monthly_records import StudyState
from publisher.report.scope import Scope
from publisher.report.stats.its import Effect
from publisher.report.studies import drop, register, state_of, studies


def add(arguments: Namespace) -> int:
    """Nothing of it can be changed afterwards."""
    study = register(
        arguments.title,
        StudyOf(arguments.outcome),
        _day(arguments.starts),
        shell_actor(),
        district=_district(arguments.district),
        pattern=_pattern(arguments.pattern),
        control=Control(arguments.control),
        lag_weeks=arguments.lag,
    )
    found = state_of(study, timezone.now())
    tell(arguments, as_data(found), [f"{study.pk}: {study.title}. Written down; it cannot be changed any more."])
    return DONE


def show(arguments: Namespace) -> int:
    rows = studies(Scope(_district(arguments.district)), timezone.now())
    tell(arguments, [as_data(row) for row in rows], [_line(row) for row in rows] or ["No question is written down."])
    return DONE


def drop_one(arguments: Namespace) -> int:
    study = Study.objects.filter(pk=arguments.id).first()
    if study is None:
        raise WrongInput(f"There is no question {arguments.id}. See: publisher study list.")
    if not drop(study, arguments.why, shell_actor()):
        raise WrongInput(f"Question {arguments.id} was dropped already.")
    tell(arguments, {"id": study.pk, "dropped": True}, ["Dropped. It stays on the page with the reason."])
    return DONE


def as_data(row: StudyState) -> dict[str, Any]:
    series = row.series
    return {
        "id": row.id,
        "title": row.title,
        "outcome": row.outcome,
        "control": row.control or None,
        "starts": row.starts.isoformat(),
        "lag_weeks": row.lag_weeks,
        "registered_at": row.registered_at.isoformat(),
        "registered_late": row.registered_late,
        "state": row.state,
        "reason": row.reason or None,
        "needed": row.needed or None,
        "found": row.found if row.needed else None,
        "level": _effect(series.level) if series else None,
        "against_control": _effect(series.against_control) if series and series.against_control else None,
        "power": {str(fall): round(power, 3) for fall, power in series.power} if series else None,
    }


def _effect(found: Effect) -> list[float]:
    return [found.ratio, found.interval.low, found.interval.high]


def _line(row: StudyState) -> str:
    state = row.state
    if row.needed:
        state += f" ({row.reason}: {row.found} of {row.needed})"
    if row.series:
        level = row.series.level
        state += f": level × {level.ratio:.2f} ({level.interval.low:.2f} to {level.interval.high:.2f})"
        if beside := row.series.against_control:
            state += (
                f", beside the control × {beside.ratio:.2f} ({beside.interval.low:.2f} to {beside.interval.high:.2f})"
            )
    late = ", written down after its start" if row.registered_late else ""
    return f"{row.id}: {row.title}, {row.outcome} from {row.starts}, {state}{late}"


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise WrongInput(f"“{text}” is no day; write it like 2026-11-30.") from None


def _district(key: str | None) -> District | None:
    if not key:
        return None
    found = District.objects.filter(pk=key).first()
    if found is None:
        raise WrongInput(f"No district is called {key}; there are: {', '.join(settings.CONFIG.districts)}.")
    return found


def _pattern(key: str) -> str:
    known = catalogue().patterns
    if key and key not in known:
        raise WrongInput(f"No ruse is called {key}; there are: {', '.join(known)}.")
    return key
