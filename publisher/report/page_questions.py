"""Questions that are asked every month, answered from the figures: as lines and tables like every other part."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext

from publisher.deliver.models import Channel, Delivery
from publisher.hotline.models import Consultation, Okrug, Verdict
from publisher.measure import hours
from publisher.people.models import District
from publisher.report import page_words as say
from publisher.report import words
from publisher.report.page import Figure, Line, Part, Row, Table
from publisher.report.scope import Scope
from publisher.report.settle import sent
from publisher.report.topics import Topics
from publisher.report.weekly_records import Scheme

LOOKED_BACK = timedelta(days=28)
MOST = 20


@dataclass(frozen=True, slots=True)
class Answer:
    """In a sentence first, then what it is made of."""

    sentence: str
    table: Table | None = None
    parts: tuple[Part, ...] = ()


def grown(schemes: Sequence[Scheme], language: str) -> Answer:
    """Which ruse grew this month, and did we warn?"""
    names = (gettext("Reports"), gettext("Usually"), gettext("With a loss"), gettext("Warnings"))
    told = [row for row in schemes if row.calls.value]
    told.sort(key=lambda row: (row.usual.verdict != "above", -(row.calls.value or 0)))
    rows = tuple(_ruse(row, names, language) for row in told)
    table = Table("grown", gettext("Ruses residents told of"), gettext("Ruse"), names, rows,
                  empty=gettext("Nobody told the hotline of a ruse in this month."))  # fmt: skip
    return Answer(_grown(told, language), table)


def _ruse(row: Scheme, names: Sequence[str], language: str) -> Row:
    key = f"grown:{row.key}"
    usual = row.usual.usual
    middle = say.plain(f"{key}:usual", names[1], usual.median if usual else None, "too_few")
    note = {
        "missed": gettext("no warning in four weeks"),
        "covered": "",
        "ahead": "",
    }[row.state]
    verdict = gettext("more than usual") if row.usual.verdict == "above" else ""
    figures = (
        say.of_sum(f"{key}:calls", names[0], row.calls),
        middle,
        say.of_sum(f"{key}:losses", names[2], row.losses),
        say.plain(f"{key}:posts", names[3], len(row.posts)),
    )
    title = say.titled(row.titles, language, row.key)
    return Row(key, title, " · ".join(filter(None, (verdict, note))), figures)


def _grown(told: Sequence[Scheme], language: str) -> str:
    above = [row for row in told if row.usual.verdict == "above"]
    if not told:
        return gettext("Nobody told the hotline of a ruse in this month.")
    if not above:
        return gettext("No ruse was told of more than usual.")
    missed = [say.titled(row.titles, language, row.key) for row in above if row.state == "missed"]
    names = ", ".join(say.titled(row.titles, language, row.key) for row in above)
    said = gettext("More than usual: %(ruses)s.") % {"ruses": names}
    if missed:
        return said + " " + gettext("Not warned of: %(ruses)s.") % {"ruses": ", ".join(missed)}
    return said + " " + gettext("We warned of all of them.")


def okrugs(districts: Collection[District]) -> list[Okrug]:
    return list(Okrug.objects.filter(district__in=districts).select_related("district"))


def not_reached(okrug: Okrug, now: datetime, language: str) -> Answer:
    """What do residents of this okrug not get? Its channels are those marked with its name."""
    first = now - LOOKED_BACK
    here = channels_of(okrug)
    rows = sent().filter(channel__district=okrug.district_id, sent_at__gte=first, sent_at__lt=now)
    got = set(rows.filter(channel__in=here).values_list("post", flat=True).order_by())
    missed = _posts_beside(rows, got)
    told = _told(okrug, first, now)
    warned = {key for post in Topics(got).posts.values() for key in post[2]}
    titles = Topics(())
    ruses = tuple(
        Line(say.titled(titles.titles(key), language, key), _reports(count), "bad")
        for key, count in told.most_common()
        if key not in warned
    )
    return Answer(_not_reached(okrug, here, missed, ruses, language), None, (
        Part("missed", gettext("Posts of the last 28 days that no channel there got"), lines=missed[:MOST],
             empty=gettext("Its channels got everything.")),
        Part("ruses", gettext("Ruses told of from there, without a warning in its channels"), lines=ruses,
             empty=gettext("None: every ruse that was told of from there was warned of there, or none was told of.")),
        Part("channels", gettext("Channels of this okrug"), figures=_counts(rows, here),
             empty=gettext("None. Give a channel this okrug's name as its tag.")),
    ))  # fmt: skip


def channels_of(okrug: Okrug) -> list[Channel]:
    names = {okrug.name_kk.casefold(), okrug.name_ru.casefold()}
    rows = Channel.objects.filter(district=okrug.district_id)
    return [row for row in rows if names & {str(tag).casefold() for tag in row.tags}]


def _posts_beside(rows, got: set[int]) -> tuple[Line, ...]:  # type: ignore[no-untyped-def]
    """Told once, with where it went out instead."""
    seen: dict[int, list[Delivery]] = {}
    for row in rows.select_related("post", "channel").order_by("-sent_at"):
        if row.post_id not in got:
            seen.setdefault(row.post_id, []).append(row)
    return tuple(
        Line(found[0].post.title, ", ".join(sorted({str(row.channel) for row in found})), url=str(post))
        for post, found in seen.items()
    )


def _told(okrug: Okrug, first: datetime, now: datetime) -> Counter[str]:
    rows = Consultation.objects.filter(okrug=okrug, at__gte=first, at__lt=now).exclude(verdict=Verdict.NOT)
    return Counter(rows.exclude(pattern="").values_list("pattern", flat=True).order_by())


def _reports(count: int) -> str:
    return gettext("reports: %(number)s") % {"number": words.whole(count)}


def _counts(rows, here: Sequence[Channel]) -> tuple[Figure, ...]:  # type: ignore[no-untyped-def]
    count = Counter(rows.filter(channel__in=here).values_list("channel", "language").order_by())
    return tuple(
        say.plain(f"channel:{row.key}:{code}", f"{row}, {words.WRITTEN_IN.get(code, code)}", count[row.pk, code])
        for row in here
        for code in row.languages
    )


def _not_reached(okrug: Okrug, here: Sequence[Channel], missed: Sequence[Line], ruses: Sequence[Line],
                 language: str) -> str:  # fmt: skip
    name = okrug.name_kk if language == "kk" else okrug.name_ru
    if not here:
        return gettext("%(okrug)s has no channel of its own: its residents get what the district's channels say.") % {
            "okrug": name}  # fmt: skip
    values = {"okrug": name, "posts": words.whole(len(missed)), "ruses": words.whole(len(ruses))}
    return gettext("%(okrug)s: posts of the district that did not come there: %(posts)s; ruses not warned of there: "
                   "%(ruses)s.") % values  # fmt: skip


def best_hours(scope: Scope, spoken: str) -> Answer:
    """Which hour is best for posts in this language?"""
    found = hours.best([district.pk for district in scope.districts], scope.zone, spoken)
    names = (gettext("Views against usual"), gettext("Messages"))
    rows = tuple(
        Row(f"span:{span.start}", f"{span.start:02}:00–{span.end:02}:00", "", (
            say.plain(f"span:{span.start}:ratio", names[0], span.ratio, kind="rate"),
            say.plain(f"span:{span.start}:count", names[1], span.count),
        ))
        for span in found.spans
    )  # fmt: skip
    table = Table("hours", gettext("Hours, the best first"), gettext("Hours"), names, rows,
                  empty=gettext("Not known yet."),
                  note=gettext("Views a day after, each against its own channel's usual; 1.0 is usual."))  # fmt: skip
    if not found.spans:
        values = {"needed": found.needed, "known": found.known}
        return Answer(gettext("Too little to say: %(needed)s messages with known views are needed, there are "
                              "%(known)s.") % values, table)  # fmt: skip
    first = found.spans[0]
    values = {"start": f"{first.start:02}:00", "end": f"{first.end:02}:00", "times": say.number(first.ratio, "rate")}
    return Answer(gettext("From %(start)s to %(end)s: %(times)s times the usual views.") % values, table)
