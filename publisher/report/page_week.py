"""The weekly page, in one language: from the record of a week to what every form prints."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext, override

from publisher.compose.models import Kind
from publisher.connectors.base import Metric
from publisher.measure.metrics import LABELS
from publisher.people.models import District, Region
from publisher.report import page_parts, words
from publisher.report import page_words as say
from publisher.report.page import Figure, Head, Row, Shown, Table, WeekPage
from publisher.report.values import ENOUGH_KNOWN, Sum
from publisher.report.weekly_records import ChannelLine, Headline, Measured, Period, PostLine, Ratios, Week


def week_page(week: Week, language: str, *, least_known: float = ENOUGH_KNOWN) -> WeekPage:
    """Under `least_known` it warns before everything else."""
    with override(language):
        zone = ZoneInfo(week.period.zone)
        return WeekPage(
            head=_head(week, language, zone, least_known),
            sentences=page_parts.sentences(week, language),
            three=three(week.headline),
            channels=channel_table(week.channels, week.headline, week.ratios, zone),
            best=shown_posts(week.best, week.weakest, zone),
            best_empty=gettext("Nothing can be compared yet: too little is known about the week's posts."),
            parts=(
                page_parts.schemes(week.schemes, language),
                page_parts.response(week.response, week.ratios, language),
                page_parts.ratios(week.ratios, week.people, week.per_100k),
                page_parts.parity(week.parity, language),
                page_parts.unknown(week.measured, week.period, week.headline, week.gaps, zone),
                page_parts.happened(week.corrections, week.troubles, zone),
                page_parts.decisions(week.asks, language),
            ),
            formulas=page_parts.formulas(week.formulas),
        )


def named(district: District | Region | None, language: str) -> str:
    return district.name(language) if district else gettext("All districts")


def _head(week: Week, language: str, zone: ZoneInfo, least_known: float) -> Head:
    number = week.period.start.isocalendar().week
    title = gettext("Week %(number)s: report for the chief") % {"number": number}
    return head(week.district, week.period, week.measured, week.practice, language, zone, title,
                say.days(week.period.start, week.period.end), warnings(week.headline, least_known))  # fmt: skip


def head(
    district: District | Region | None,
    period: Period,
    measured: Measured,
    practice: bool,
    language: str,
    zone: ZoneInfo,
    title: str,
    days: str,
    warned: tuple[str, ...],
) -> Head:
    practised = gettext("Practice: these figures come from the practice platforms with simulated residents.")
    return Head(
        language=language,
        site=settings.CONFIG.site.name,
        district=named(district, language),
        district_key=district.key if district else "",
        title=title,
        period=days,
        start=period.start,
        end=period.end,
        zone=say.offset(period.made_at, zone),
        made=words.minute(period.made_at, zone),
        made_at=period.made_at,
        channels=gettext("%(known)s of %(of)s") % {"known": measured.known, "of": measured.of},
        practice=practice,
        warnings=(*([practised] if practice else []), *warned),
    )


def warnings(headline: Headline, wanted: float = ENOUGH_KNOWN) -> tuple[str, ...]:
    """What must be read before the numbers: which of the three are known for less than the wanted share.

    Numbers that a channel never gives are no part of it: nobody can read them.
    """
    named = {
        gettext("views"): headline.views.now,
        gettext("followers"): headline.followers.now,
        gettext("forwards"): headline.forwards.now,
    }
    known = gettext("%(what)s for %(known)s of %(of)s")
    little = [
        known % {"what": what, "known": found.known, "of": found.of}
        for what, found in named.items()
        if isinstance(found, Sum) and found.known < wanted * found.of
    ]
    if not little:
        return ()
    said = gettext("Incomplete, less than %(wanted)s %% is known: %(what)s. What is unknown is in no sum; what is "
                   "known for less than 80 %% is compared with nothing.")  # fmt: skip
    return (said % {"wanted": round(wanted * 100), "what": ", ".join(little)},)


def three(headline: Headline) -> tuple[Figure, ...]:
    return (
        say.compared("views", gettext("Views within 72 hours"), headline.views),
        say.compared("followers", gettext("Followers, net change"), headline.followers, kind="signed"),
        say.compared("forwards", gettext("Forwards"), headline.forwards),
    )


def channel_table(rows: Sequence[ChannelLine], headline: Headline, ratios: Ratios, zone: ZoneInfo) -> Table:
    names = [
        str(LABELS[Metric.FOLLOWERS]),
        gettext("Net"),
        gettext("Posts, kk"),
        gettext("Posts, ru"),
        gettext("Median views"),
        gettext("All views"),
        str(LABELS[Metric.FORWARDS]),
        "ER",
    ]
    return Table(
        key="channels",
        title=gettext("Channels"),
        first=gettext("Channel"),
        columns=tuple(names),
        rows=tuple(_channel(row, names, zone) for row in rows),
        total=_together(rows, names, headline, ratios) if len(rows) > 1 else None,
        empty=gettext("There are no channels yet. An administrator adds the first one under “Channels”."),
        note=gettext("Views are contacts, not people: one person may look several times and in several channels."),
    )


def _channel(row: ChannelLine, names: Sequence[str], zone: ZoneInfo) -> Row:
    key, behind = f"channel:{row.key}", say.opens(row.behind)
    figures = (
        say.of_number(f"{key}:followers", names[0], row.followers, zone, behind=behind),
        say.plain(f"{key}:net", names[1], row.net, row.net_reason, kind="signed", behind=behind),
        say.plain(f"{key}:kk", names[2], row.by_language.get("kk", 0)),
        say.plain(f"{key}:ru", names[3], row.by_language.get("ru", 0)),
        say.plain(f"{key}:median", names[4], row.median, row.views.reason or "nothing_known",
                  behind=say.opens(row.views.behind)),
        say.of_sum(f"{key}:views", names[5], row.views),
        say.of_sum(f"{key}:forwards", names[6], row.forwards),
        say.ratio(f"{key}:er", names[7], row.er),
    )  # fmt: skip
    return Row(key, row.title, _about(row, zone), figures)


def _about(row: ChannelLine, zone: ZoneInfo) -> str:
    """Platform, where the numbers come from, and how old they are."""
    read = words.minute(row.seen_at, zone) if row.seen_at else gettext("nothing was read")
    parts = [row.platform, *map(words.source, row.sources), read]
    return " · ".join([*parts, *([] if row.on else [gettext("switched off")])])


def _together(rows: Sequence[ChannelLine], names: Sequence[str], headline: Headline, ratios: Ratios) -> Row:
    nothing = Figure("all:followers", names[0], None, "", kind="count")  # followers of several channels are not people
    figures = (
        nothing,
        say.of_sum("all:net", names[1], headline.followers.now, kind="signed"),
        say.plain("all:kk", names[2], sum(row.by_language.get("kk", 0) for row in rows)),
        say.plain("all:ru", names[3], sum(row.by_language.get("ru", 0) for row in rows)),
        Figure("all:median", names[4], None, ""),
        say.of_sum("all:views", names[5], headline.views.now),
        say.of_sum("all:forwards", names[6], headline.forwards.now),
        say.ratio("all:er", names[7], ratios.er),
    )
    return Row("all", gettext("Together"), "", figures)


def shown_posts(best: Sequence[PostLine], weakest: PostLine | None, zone: ZoneInfo) -> tuple[Shown, ...]:
    return (*(_shown(post, zone, False) for post in best), *([_shown(weakest, zone, True)] if weakest else []))


def _shown(post: PostLine, zone: ZoneInfo, weakest: bool) -> Shown:
    key = f"post:{post.id}"
    spoken = ", ".join(words.WRITTEN_IN[language] for language in post.languages)
    parts = [words.minute(post.published_at, zone), spoken, str(Kind(post.kind).label)]
    times = say.plain(f"{key}:times", gettext("× usual"), post.against_usual, "too_few", kind="rate",
                      behind=say.opens(post.views.behind))  # fmt: skip
    figures = (
        say.of_sum(f"{key}:views", str(LABELS[Metric.VIEWS]), post.views),
        times,
        say.of_sum(f"{key}:forwards", str(LABELS[Metric.FORWARDS]), post.forwards),
        say.of_sum(f"{key}:reactions", str(LABELS[Metric.REACTIONS]), post.reactions),
    )
    return Shown(key, weakest, post.title, " · ".join(parts), figures, post.id, post.thumbnail)
