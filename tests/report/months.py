"""A month as it looks on paper: thirteen weeks with a gap, hours, topics, outcomes, a campaign, a funnel."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from publisher.people.models import District
from publisher.report.monthly_records import (
    Campaign,
    Cell,
    DistrictLine,
    Funnel,
    Hours,
    Line,
    Month,
    Outcome,
    Point,
    Quality,
    Slice,
    StudyState,
)
from publisher.report.stats.funnel import place
from publisher.report.stats.its import Effect, Series
from publisher.report.values import Count, Interval, Rate, Ratio
from tests.report import weeks

FORMULAS = (
    *("views", "usual", "growth", "er", "err", "forwarded", "ctr", "against_usual"),
    *("people", "poisson", "recognised", "wilson"),
)
MONDAYS = [date(2026, 7, 27) + timedelta(days=7 * n) for n in range(13)]
FIRST = datetime(2026, 9, 30, 19, tzinfo=UTC)
PERIOD = replace(
    weeks.PERIOD,
    start=date(2026, 10, 1),
    end=date(2026, 10, 31),
    first=FIRST,
    last=FIRST + timedelta(days=31),
    made_at=FIRST + timedelta(days=38),
    horizon="7d",
)


def line(name: str, values: list[int | None], little: tuple[int, ...] = ()) -> Line:
    points = [
        Point(day, value, value is not None and n not in little, 20 if n not in little else 9, 20)
        for n, (day, value) in enumerate(zip(MONDAYS, values, strict=True))
    ]
    return Line(name, tuple(points))


def lines() -> tuple[Line, ...]:
    return (
        line("views", [21400, 24900, 23100, 26050, None, 18200, 25400, 27800, 24100, 29900, 31200, 30730, 28400], (5,)),
        line("followers", [60, 42, -12, 88, 31, None, 75, 64, 51, 120, 114, 98, 77]),
        line("forwards", [210, 260, 240, 310, None, 190, 280, 330, 290, 350, 340, 289, 300]),
        line("calls", [1380, 1402, 1441, 1390, 1420, 1365, 1455, 1430, 1398, 1470, 1462, 1433, 1409]),
        line("near_misses", [9, 12, 11, 14, 10, 13, 15, 14, 18, 16, 21, 19, 17]),
        line("losses", [4, 3, 5, 2, 4, 3, 3, 2, 3, 1, 3, 2, 2]),
    )


def hours() -> Hours:
    cells = []
    for day in range(7):
        for hour in range(8, 22):
            peak = 1.9 if hour in (19, 20) else 1.25 if hour in (12, 13) else 0.85
            known = 4 if (day + hour) % 3 else 2
            cells.append(Cell(day, hour, known + 1, known, round(peak - day * 0.03, 2) if known > 2 else None))
    return Hours(tuple(cells), 312, True)


def piece(key, kk, ru, posts, messages, views, er) -> Slice:
    return Slice(key, {"kk": kk, "ru": ru} if kk else {}, posts, messages, views, er, weeks.count(posts * 9))


def funnel() -> Funnel:
    named = [
        ("akkaiyn", "Аққайың", "Аккайынский", 17600, 1462),
        ("esil", "Есіл", "Есильский", 22100, 1620),
        ("zhambyl", "Жамбыл", "Жамбылский", 19200, 2310),
        ("magzhan", "Мағжан Жұмабаев", "Магжана Жумабаева", 26400, 1904),
        ("taiynsha", "Тайынша", "Тайыншинский", 39500, 2810),
        ("ualikhanov", "Уәлиханов", "Уалихановский", 13900, 730),
        ("petropavl", "Петропавл", "Петропавловск", 221100, 17240),
    ]
    total, people = sum(row[4] for row in named), sum(row[3] for row in named)
    return Funnel("calls", total / people * 100_000, 1.0, tuple(_district(row, total / people) for row in named), 0)


def _district(row, level) -> DistrictLine:
    key, kk, ru, people, calls = row
    at = place(calls, people, level)
    rate = Rate(calls / people * 1e5, calls, people, Interval(calls / people * 96e3, calls / people * 104e3))
    views = Rate(people * 1.4 / people * 1e5, round(people * 1.4), people)
    return DistrictLine(
        district=District(key=key, name_kk=kk, name_ru=ru, population=people),
        population=people,
        messages=90,
        views=weeks.total(round(people * 1.4), 88, 90),
        views_rate=views,
        calls=Count(calls),
        calls_rate=rate,
        limits95=at.limits95,
        limits998=at.limits998,
        place=at.where,
    )


def campaigns() -> tuple[Campaign, ...]:
    return (
        Campaign(
            plan="safe-account",
            names={"kk": "Қауіпсіз шот айлығы", "ru": "Месячник «Безопасный счёт»"},
            starts=date(2026, 9, 28),
            ends=date(2026, 10, 25),
            state="over",
            posts=18,
            messages=72,
            views=weeks.total(61200, 70, 72),
            calls_before=Count(5560),
            calls_during=Count(5760),
            ratio=1.036,
            interval=Interval(0.998, 1.076),
            verdict="usual",
            reason="",
            caveats=("coincided", "other_changes", "registration_lags", "no_control"),
        ),
    )


def questions() -> tuple[StudyState, ...]:
    series = Series(52, 26, Effect(0.92, Interval(0.74, 1.14)), Effect(1.0, Interval(0.98, 1.02)), None, None, 1.4, 0.1,
                    ((10, 0.12), (20, 0.32), (30, 0.69), (40, 0.92)), True, True)  # fmt: skip
    common = {"outcome": "losses", "control": "", "lag_weeks": 2, "registered_by": "А. Серікова"}
    return (
        StudyState(1, "Фильмнен кейін шығындар азайды ма?", starts=date(2026, 4, 6), state="answered", series=series,
                 registered_at=datetime(2026, 3, 20, tzinfo=UTC), registered_late=False, **common),
        StudyState(2, "Листовкалардан кейін", starts=date(2026, 10, 5), state="waiting", needed=12, found=4,
                 registered_at=datetime(2026, 10, 12, tzinfo=UTC), registered_late=True, **common),
    )  # fmt: skip


def full() -> Month:
    week, total = weeks.full(), weeks.total
    shared = {name: getattr(week, name) for name in (
        "district", "practice", "measured", "ratios", "people", "per_100k", "channels", "best", "weakest", "schemes",
        "response", "parity", "corrections", "troubles", "gaps", "headline")}  # fmt: skip
    er = weeks.er
    safe, code = ("Қауіпсіз шот", "Безопасный счёт"), ("SMS-код", "Код из SMS")
    return Month(
        **shared,
        period=PERIOD,
        posts=51,
        messages=188,
        lines=lines(),
        hours=hours(),
        topics=(
            piece("safe-account", *safe, 18, 72, total(61200, 70, 72), er(2100, 61200, 70, 72)),
            piece("sms-code", *code, 9, 36, total(24100, 36, 36), er(905, 24100, 36, 36)),
            piece("hotline_promo", "", "", 12, 44, total(22800, 44, 44), er(640, 22800, 44, 44)),
        ),
        languages=(
            piece("kk", "", "", 51, 104, total(69400, 101, 104), er(2700, 69400, 101, 104)),
            piece("ru", "", "", 46, 84, total(52100, 84, 84), er(1690, 52100, 84, 84)),
        ),
        outcome=Outcome(
            attempts=Count(73),
            losses=Count(9),
            recognised=Ratio(73 / 82, 73, 82, 82, 82, "recognised", Interval(0.804, 0.941)),
            cases=Count(4),
            cases_rate=Rate(22.7, 4, 17600, Interval(6.2, 58.2)),
            calls_rate=Rate(33011.4, 5810, 17600, Interval(32168.0, 33871.0)),
            lost=3_950_000,
            lost_median=320000.0,
            before=tuple(Point(date(2026, n, 1), 3 + n % 3, True) for n in range(1, 11)),
            lost_known=9,
        ),
        studies=questions(),
        campaigns=campaigns(),
        funnel=funnel(),
        quality=(
            Quality("akkaiyn-tg", "Аққайың полициясы", 168, 2, 0, (("not_read_in_time", 2),)),
            Quality("akkaiyn-wa", "Аққайың тұрғындары", 72, 40, 28, (("not_given", 36), ("not_read_in_time", 4))),
        ),
        formulas=FORMULAS,
    )  # fmt: skip


def empty() -> Month:
    week = weeks.empty()
    month = full()
    shared = {name: getattr(week, name) for name in (
        "measured", "ratios", "people", "per_100k", "channels", "best", "weakest", "schemes", "response", "parity",
        "corrections", "troubles", "gaps", "headline")}  # fmt: skip
    nothing = Count(None, "not_kept")
    no_rate = Rate(None, None, None, reason="population_unknown")
    return replace(
        month,
        **shared,
        posts=0,
        messages=0,
        lines=tuple(Line(one.name, tuple(replace(p, value=None, comparable=False) for p in one.points))
                    for one in month.lines),
        hours=Hours((), 0, False),
        topics=(),
        languages=(),
        outcome=Outcome(nothing, nothing, replace(month.outcome.recognised, value=None, reason="not_kept"), nothing,
                        no_rate, no_rate, None, None, ()),
        studies=(),
        campaigns=(),
        funnel=None,
        quality=(),
    )  # fmt: skip


MONTHS = {"full": full, "empty": empty}
