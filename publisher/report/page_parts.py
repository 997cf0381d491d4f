"""The parts of a report that stand under the numbers: ruses, response, languages, what is unknown, what to decide."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from django.utils.translation import gettext, ngettext, pgettext

from publisher.hotline.models import Heard
from publisher.measure.models import Horizon
from publisher.report import html, words
from publisher.report import page_words as say
from publisher.report.page import Line, Part
from publisher.report.page_formulas import formula
from publisher.report.records import Gap, Trouble
from publisher.report.values import People, Rate, Sum
from publisher.report.weekly_records import (
    Ask,
    Correction,
    Headline,
    Measured,
    Parity,
    Period,
    Ratios,
    Response,
    Scheme,
    Week,
)

STATES = ("missed", "covered", "ahead")


def sentences(week: Week, language: str) -> tuple[str, ...]:
    """Three, and in the order in which a chief asks: how far did it go, did people stay, what did people do."""
    return (_reached(week), _stayed(week), _did(week.response))


def _reached(week: Week) -> str:
    if not week.messages:
        return gettext("Nothing was published in this week.")
    values = {"posts": words.whole(week.posts), "messages": words.whole(week.messages)}
    start = gettext("Posts: %(posts)s, messages in channels: %(messages)s.") % values
    views = week.headline.views
    if views.now.value is None:
        return start + " " + gettext("How often they were seen is not known.")
    number = say.worded(views.now)
    seen = gettext("Views within 72 hours: %(number)s, %(beside)s.")
    return start + " " + seen % {"number": number, "beside": say.beside_usual(views)}


def _stayed(week: Week) -> str:
    net, forwards = week.headline.followers, week.headline.forwards
    said = []
    if net.now.value is not None:
        number = say.worded(net.now, signed=True)
        said.append(gettext("Followers, net: %(number)s, %(beside)s.") % {"number": number,
                    "beside": say.beside_usual(net, "signed")})  # fmt: skip
    else:
        said.append(gettext("How the number of followers changed is not known."))
    if forwards.now.value is not None:
        said.append(gettext("Forwarded: %(number)s.") % {"number": say.worded(forwards.now)})
    return " ".join(said)


def _did(found: Response) -> str:
    calls, near = found.calls, found.near_misses
    if calls.now.value is None:
        return gettext("Calls to the hotline were not written down, so nothing can be said about the response.")
    said = gettext("Consultations by the hotline: %(number)s, %(beside)s.") % {
        "number": say.worded(calls.now), "beside": say.beside_usual(calls)}  # fmt: skip
    if near.now.value is not None and found.losses.value is not None:
        said += " " + gettext("Recognised attempts: %(near)s; with a loss: %(losses)s.") % {
            "near": words.whole(near.now.value), "losses": words.whole(found.losses.value)}  # fmt: skip
    return said


def schemes(rows: Sequence[Scheme], language: str) -> Part:
    """Missed ones first: they are what a chief can still change."""
    ordered = sorted(rows, key=lambda row: (STATES.index(row.state), -(row.calls.value or 0)))
    lines = [line for row in ordered if (line := _scheme(row, language))]
    return Part(
        "schemes",
        gettext("Ruses, and whether we warned"),
        lines=tuple(lines),
        figures=tuple(
            say.of_sum(f"scheme:{row.key}:calls", say.titled(row.titles, language, row.key), row.calls)
            for row in ordered
        ),
        empty=gettext("Nobody told the hotline of a ruse, and no warning named one."),
    )


def _scheme(row: Scheme, language: str) -> Line:
    title = say.titled(row.titles, language, row.key)
    told = gettext("reports: %(number)s") % {"number": words.whole(row.calls.value)} if row.calls.value else ""
    growing = gettext("more than usual") if row.usual.verdict == "above" else ""
    warned = {
        "missed": gettext("no warning in four weeks"),
        "covered": _warned(len(row.posts)),
        "ahead": gettext("we warned ahead: %(number)s") % {"number": words.whole(len(row.posts))},
    }[row.state]
    tone = {"missed": "bad", "covered": "good", "ahead": ""}[row.state]
    return Line(title, " · ".join(filter(None, (told, growing, warned))), tone)  # type: ignore[arg-type]


def _warned(posts: int) -> str:
    if not posts:
        return gettext("we warned in the four weeks before")
    return gettext("we warned: %(number)s") % {"number": words.whole(posts)}


def response(found: Response, ratios: Ratios, language: str, *, monthly: bool = False) -> Part:
    figures = [
        say.compared("calls", gettext("Consultations"), found.calls, monthly=monthly),
        say.compared("near_misses", gettext("Recognised attempts"), found.near_misses, monthly=monthly),
        say.of_sum("losses", gettext("Attempts with a loss"), found.losses),
        say.ratio("recognised", gettext("Share recognised"), found.recognised),
        say.compared("clicks", gettext("Link openings"), found.clicks, monthly=monthly),
        say.compared("outbound", gettext("Prevention calls"), found.outbound, monthly=monthly),
    ]
    if found.lost is not None:
        label = gettext("Money lost, tenge")
        figures.append(say.money("lost", label, found.lost, found.lost_known, found.losses))
    return Part(
        "response",
        gettext("What residents did"),
        figures=tuple(figures),
        lines=_heard(found, language),
        note=gettext("It happened at the same time. It does not show that posts were the reason."),
    )


def _heard(found: Response, language: str) -> tuple[Line, ...]:
    names = {value: str(label) for value, label in Heard.choices}
    rows = sorted(
        (row for row in found.heard if row.answer and row.calls.value), key=lambda row: -(row.calls.value or 0)
    )
    titles = [say.titled(row.titles, language, names.get(row.answer, row.answer)) for row in rows]
    said = [f"{title} – {words.whole(row.calls.value or 0)}" for title, row in zip(titles, rows, strict=True)]
    if not said:
        return ()
    head = gettext("How callers heard of the hotline (asked: %(number)s)") % {"number": words.whole(found.heard_known)}
    return (Line(head, ", ".join(said)),)


def ratios(found: Ratios, people: People, per_100k: Rate) -> Part:
    """Rates with their formulas under them; people as two bounds, for nobody can know how many they are."""
    figures = [
        say.ratio("er", "ER", found.er),
        say.ratio("err", "ERR", found.err),
        say.ratio("forwarded", gettext("Forwarded"), found.forwarded),
        say.ratio("ctr", "CTR", found.ctr),
        say.rate("per_100k", gettext("Views per 100,000 residents"), per_100k),
        say.plain("people_low", gettext("People who follow, at least"), people.low, "nothing_known"),
        say.plain("people_high", gettext("People who follow, at most"), people.high, "population_unknown"),
    ]
    return Part("ratios", gettext("Rates"), tuple(figures))


def parity(found: Parity, language: str) -> Part:
    figures = [
        say.plain("pairs", gettext("Posts in both languages"), found.pairs,
                  note=gettext("of %(of)s posts") % {"of": words.whole(found.posts)}),
        say.plain("only_kk", gettext("Kazakh only"), found.only_kk),
        say.plain("only_ru", gettext("Russian only"), found.only_ru),
    ]  # fmt: skip
    for code, label in (("kk", gettext("Views, Kazakh")), ("ru", gettext("Views, Russian"))):
        if code in found.views:
            figures.append(say.of_sum(f"views_{code}", label, found.views[code]))
    return Part("parity", gettext("Two languages"), tuple(figures), _one_language(found, language), note=_lag(found))


def _lag(found: Parity) -> str:
    if found.lag_minutes is None:
        return ""
    if not round(found.lag_minutes):
        return gettext("Both languages went out at the same time.")
    span = say.minutes(found.lag_minutes)
    if found.lag_minutes > 0:
        return gettext("Russian followed Kazakh after %(span)s in the median.") % {"span": span}
    return gettext("Kazakh followed Russian after %(span)s in the median: it should come first.") % {"span": span}


def _one_language(found: Parity, language: str) -> tuple[Line, ...]:
    lines = []
    for _post, title, code, reason in found.one_language:
        spoken = words.WRITTEN_IN.get(code, code)
        lines.append(Line(f"{title} ({spoken})", reason or gettext("no reason was given"), "" if reason else "bad"))
    return tuple(lines)


def unknown(measured: Measured, period: Period, headline: Headline, gaps: Sequence[Gap], zone: ZoneInfo) -> Part:
    lines = [Line(title, gettext("The channel gave no number in this period."), "bad") for title in measured.missing]
    growing = max((s.growing for s in _sums(headline)), default=0)
    if growing and period.growing_until:
        until = words.minute(period.growing_until, zone)
        young = gettext("Messages younger than 72 hours: %(number)s")
        if period.horizon == Horizon.WEEK:
            young = gettext("Messages younger than 7 days: %(number)s")
        lines.append(Line(
            young % {"number": words.whole(growing)},
            gettext("Their views still grow. The last of them is complete on %(until)s.") % {"until": until},
        ))  # fmt: skip
    lines += [Line(line.what, line.why) for line in html.gap_lines(gaps)]
    read = gettext("Every number that the platforms give was read.")
    return Part(
        "unknown",
        gettext("What is not known, and why"),
        lines=tuple(lines),
        empty=read if measured.of else gettext("Nothing could be read: there are no channels yet."),
    )


def _sums(headline: Headline) -> list[Sum]:
    found = (headline.views.now, headline.followers.now, headline.forwards.now)
    return [one for one in found if isinstance(one, Sum)]


def happened(corrections: Sequence[Correction], troubles: Sequence[Trouble], zone: ZoneInfo) -> Part:
    lines = [_corrected(row, zone) for row in corrections]
    lines += [Line(line.what, line.why, "bad") for line in (html.trouble_line(row, zone) for row in troubles)]
    return Part(
        "happened",
        gettext("Corrected, withdrawn, not sent"),
        lines=tuple(lines),
        empty=gettext("Nothing: no message failed, none was corrected or withdrawn."),
    )


def _corrected(row: Correction, zone: ZoneInfo) -> Line:
    what = {
        "correction": gettext("corrected"),
        "withdrawal": gettext("withdrawn"),
        "counter_fell": gettext("a counter fell: to be looked at"),
    }.get(row.kind, row.kind)
    where = f", {row.where}" if row.where else ""
    who = gettext("by %(who)s") % {"who": row.by} if row.by else ""
    said = " · ".join(filter(None, (who, row.detail)))
    return Line(f"{words.minute(row.at, zone)} · {row.title}{where}: {what}", said)


def decisions(asks: Sequence[Ask], language: str) -> Part:
    return Part(
        "decisions",
        pgettext("what a chief is asked for", "To decide"),
        lines=tuple(Line(_ask(ask, language)) for ask in asks),
        empty=gettext("Nothing is to be decided this week."),
    )


def _ask(ask: Ask, language: str) -> str:
    values = dict(ask.values)
    if isinstance(values.get("titles"), dict):
        values["pattern"] = say.titled(values["titles"], language, str(values.get("pattern", "")))
    if isinstance(values.get("channels"), (list, tuple)):
        values["channels"] = ", ".join(map(str, values["channels"]))
    number = next((v for k, v in values.items() if k in ("calls", "posts", "count") and isinstance(v, int)), 0)
    said = {
        "warn_about": ngettext(
            "Warn of “%(pattern)s”: %(calls)s report, and no warning of it in four weeks.",
            "Warn of “%(pattern)s”: %(calls)s reports, and no warning of it in four weeks.", number),
        "more_known": gettext("Only %(percent)s %% of the numbers are known. Name a person who types in the "
                              "views of: %(channels)s."),
        "silent_channels": gettext("Nothing went out in: %(channels)s. Use them, or switch them off."),
        "kazakh": ngettext("%(posts)s post has no Kazakh version: have it written.",
                           "%(posts)s posts have no Kazakh version: have them written.", number),
        "troubles": ngettext("%(count)s message did not go out or may not have: have it looked at.",
                             "%(count)s messages did not go out or may not have: have them looked at.", number),
        "nothing_out": gettext("Nothing was published in this week: name who publishes, and when."),
        "keep_on": gettext("Nothing to decide: go on as planned."),
    }  # fmt: skip
    return said[ask.code] % values


def formulas(codes: Sequence[str]) -> tuple[Line, ...]:
    return tuple(Line(*formula(code)) for code in codes)
