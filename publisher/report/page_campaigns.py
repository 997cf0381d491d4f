"""Campaigns before and during, and the questions written down before, as a page of their own in one language."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from django.utils.translation import gettext, override

from publisher.report import page_month_parts as more
from publisher.report import page_parts, page_week
from publisher.report import page_words as say
from publisher.report.monthly_records import Campaign, Month
from publisher.report.page import Line, MonthPage, Part


def campaigns_page(month: Month, language: str) -> MonthPage:
    """Warnings about what is known of the month's channels are no part of it: a campaign has its own figures."""
    with override(language):
        zone = ZoneInfo(month.period.zone)
        return MonthPage(
            head=page_week.head(month.district, month.period, month.measured, month.practice, language, zone,
                                gettext("Campaigns, before and during"), say.month_of(month.period.start), ()),
            sentences=(gettext("The weeks before and the weeks during, beside each other. What changed at the same "
                               "time need not have changed because of it."),),
            three=(),
            charts=(),
            heat=None,
            tables=(),
            parts=(*(_part(row, language) for row in month.campaigns), *_none(month), more.questions(month.studies)),
            formulas=page_parts.formulas(("views", "its")),
        )  # fmt: skip


def _part(row: Campaign, language: str) -> Part:
    """What is said first, then what forbids to say more."""
    key = f"campaign:{row.plan}"
    return Part(
        key,
        f"{say.titled(row.names, language, row.plan)}, {say.days(row.starts, row.ends)}",
        figures=(
            say.plain(f"{key}:posts", gettext("Posts"), row.posts),
            say.plain(f"{key}:messages", gettext("Messages"), row.messages),
            say.of_sum(f"{key}:views", gettext("Views"), row.views),
            say.of_sum(f"{key}:before", gettext("Consultations in the 8 weeks before"), row.calls_before),
            say.of_sum(f"{key}:during", gettext("Consultations during"), row.calls_during),
        ),
        lines=(Line(more.told(row)), *(Line("", more.caveat(code)) for code in row.caveats)),
    )


def _none(month: Month) -> tuple[Part, ...]:
    if month.campaigns:
        return ()
    said = gettext("No campaign ran in this month. A plan with an end is a campaign: see the plans in schedules/.")
    return (Part("campaigns", gettext("Campaigns"), empty=said),)
