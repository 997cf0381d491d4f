"""Parts of the monthly report that the week has not: sentences, campaigns, questions written down before."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext

from publisher.compose.models import Kind
from publisher.report import page_words as say
from publisher.report import words
from publisher.report.models import Control
from publisher.report.monthly_records import Campaign, Month, StudyState
from publisher.report.page import Figure, Line, Part
from publisher.report.stats.its import Effect
from publisher.report.weekly_records import Headline


def three(headline: Headline) -> tuple[Figure, ...]:
    return (
        say.compared("views", gettext("Views within 7 days"), headline.views, monthly=True),
        say.compared("followers", gettext("Followers, net change"), headline.followers, kind="signed", monthly=True),
        say.compared("forwards", gettext("Forwards"), headline.forwards, monthly=True),
    )


def sentences(month: Month) -> tuple[str, ...]:
    if not month.messages:
        return (gettext("Nothing was published in this month."),)
    views, net = month.headline.views.now, month.headline.followers.now
    values = {"posts": words.whole(month.posts), "messages": words.whole(month.messages)}
    said = [gettext("Posts: %(posts)s, messages in channels: %(messages)s.") % values]
    if views.value is not None:
        said.append(gettext("Views within 7 days: %(number)s.") % {"number": say.worded(views)})
    if net.value is not None:
        said.append(gettext("Followers, net: %(number)s.") % {"number": say.worded(net, signed=True)})
    calls = month.response.calls.now.value
    after = gettext("Consultations by the hotline: %(number)s.") % {"number": words.whole(calls)} if calls else ""
    return tuple(filter(None, (" ".join(said), after)))


def marks(campaigns: Sequence[Campaign], language: str) -> list[tuple[str, str]]:
    """Where campaigns began, on the week's Monday."""
    from datetime import timedelta

    found = []
    for row in campaigns:
        monday = row.starts - timedelta(days=row.starts.weekday())
        found.append((f"{monday:%d.%m}", say.titled(row.names, language, row.plan)))
    return found


def campaigns(rows: Sequence[Campaign], language: str) -> Part:
    return Part(
        "campaigns",
        gettext("Campaigns, before and during"),
        lines=tuple(Line(f"{say.titled(row.names, language, row.plan)}, {say.days(row.starts, row.ends)}", told(row))
                    for row in rows),
        empty=gettext("No campaign ran in this month."),
    )  # fmt: skip


def told(row: Campaign) -> str:
    """What the calls did beside the campaign, in the only words that are allowed."""
    if row.state == "planned":
        return gettext("not begun yet")
    if row.ratio is None or row.interval is None:
        return gettext("not compared: ") + reason(row.reason)
    values = {
        "change": words.percent((row.ratio - 1) * 100),
        "low": words.percent((row.interval.low - 1) * 100),
        "high": words.percent((row.interval.high - 1) * 100),
    }
    said = gettext("weekly consultations %(change)s (95 %%: %(low)s to %(high)s)") % values
    return f"{said}: {verdict(row.verdict)}"


def verdict(code: str) -> str:
    return {
        "usual": gettext("within ordinary variation"),
        "above": gettext("more than before; it coincided in time"),
        "below": gettext("fewer than before; it coincided in time"),
        "not_compared": gettext("too little data for a conclusion"),
    }[code]


def reason(code: str) -> str:
    return {
        "not_kept": gettext("calls were not written down"),
        "too_short": gettext("it ran for less than two weeks"),
        "too_few_weeks": gettext("too few weeks before it"),
        "nothing_before": gettext("no call was written down before it"),
        "small_counts": gettext("the counts are too small"),
        "not_over": gettext("it has just begun"),
    }.get(code, gettext("too little data for a conclusion"))


def caveat(code: str) -> str:
    return {
        "coincided": gettext("It happened at the same time. That shows no cause."),
        "other_changes": gettext("Banks, operators and the anti-fraud centre changed things at the same time."),
        "registration_lags": gettext("Cases are registered weeks later, and practice of registering changes."),
        "small_counts": gettext("The counts are small: by chance alone they halve or double."),
        "no_control": gettext("There is no other district or ruse to compare with."),
        "season": gettext("Holidays, harvest and winter change calls by themselves."),
        "too_short": gettext("It ran too short a time to be told from an ordinary week."),
    }.get(code, code)


def questions(rows: Sequence[StudyState]) -> Part:
    return Part(
        "questions",
        gettext("Questions written down before"),
        lines=tuple(Line(row.title, answered(row)) for row in rows),
        note=gettext("Start, lag and comparison were fixed before the numbers were known.") if rows else "",
        empty=gettext("No question is written down."),
    )


def answered(row: StudyState) -> str:
    late = gettext("written down after its start") if row.registered_late else ""
    if row.state == "dropped":
        said = gettext("dropped: %(why)s") % {"why": row.reason}
    elif row.state == "waiting":
        said = gettext("waits: %(found)s of %(needed)s weeks") % {"found": row.found, "needed": row.needed}
    elif row.state == "answered" and row.series:
        said = gettext("level %(level)s; chance to see a fall of 30 %%: %(power)s") % {
            "level": effect(row.series.level), "power": _power(dict(row.series.power))}  # fmt: skip
        said = " · ".join(filter(None, (said, _beside_control(row))))
    else:
        said = gettext("too little data for a conclusion")
    return " · ".join(filter(None, (said, late)))


def _beside_control(row: StudyState) -> str:
    """What is left of the change once the control's own is taken away: without it the level alone misleads."""
    if not row.series or not row.series.against_control:
        return ""
    what = gettext("compared with: %(what)s") % {"what": Control(row.control).label}
    return f"{what} – {effect(row.series.against_control)}"


def effect(found: Effect) -> str:
    change = words.percent((found.ratio - 1) * 100)
    low, high = words.percent((found.interval.low - 1) * 100), words.percent((found.interval.high - 1) * 100)
    return gettext("%(change)s (95 %%: %(low)s to %(high)s)") % {"change": change, "low": low, "high": high}


def _power(power: dict[int, float]) -> str:
    return say.number(power[30], "percent") if 30 in power else gettext("unknown")


def kind_or_language(key: str) -> str:
    """A slice without titles of its own: a kind of post, or a language."""
    if key in words.WRITTEN_IN:
        return {"kk": gettext("Kazakh"), "ru": gettext("Russian"), "en": gettext("English")}[key]
    return str(Kind(key).label) if key in Kind.values else key
