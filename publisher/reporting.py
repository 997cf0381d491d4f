"""`publisher report --weekly` and `--monthly`: the page of a chief in any of its forms, to a file or the terminal."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from publisher.commands import DONE, FAILED, WrongInput
from publisher.people.models import District
from publisher.render.errors import RenderError
from publisher.report.csv_lines import as_csv
from publisher.report.data import as_data
from publisher.report.page_html import as_html

BINARY = ("pdf", "xlsx", "card")


def of_week(arguments: Namespace, day: date, district: District | None) -> int:
    """Of the week that has this day in it."""
    from publisher.report.page_week import week_page
    from publisher.report.weekly import week

    record = week(district, day - timedelta(days=day.weekday()), timezone.now())
    return _give(arguments, record, lambda: week_page(record, arguments.language))


def of_month(arguments: Namespace, day: date, district: District | None) -> int:
    from publisher.report.monthly import month
    from publisher.report.page_month import month_page

    if arguments.format == "card":
        raise WrongInput("A card is of a week: use --weekly.")
    record = month(district, day.replace(day=1), timezone.now())
    return _give(arguments, record, lambda: month_page(record, arguments.language))


def _give(arguments: Namespace, record: Any, page: Callable[[], Any]) -> int:
    form = "json" if arguments.json else arguments.format
    if arguments.out is None and form in BINARY:
        raise WrongInput(f"Say where to write the {form}: -o FILE.")
    try:
        content = _made(form, record, page)
    except RenderError as error:
        print(error, file=sys.stderr)
        return FAILED
    if arguments.out is None:
        sys.stdout.write(content.decode("utf-8-sig"))
    else:
        arguments.out.write_bytes(content)
        print(f"{arguments.out}: {len(content):,} bytes")
    return DONE


def _made(form: str, record: Any, page: Callable[[], Any]) -> bytes:
    if form == "json":
        return (json.dumps(as_data(record), ensure_ascii=False, indent=2) + "\n").encode()
    if form == "csv":
        return as_csv(page())
    if form == "html":
        return as_html(page()).encode()
    return _heavy(form)(page())


def _heavy(form: str) -> Callable[[Any], bytes]:
    """What takes long to load is loaded when it is asked for."""
    if form == "xlsx":
        from publisher.report.xlsx import as_xlsx

        return as_xlsx
    if form == "card":
        from publisher.report.card import week_card

        return week_card
    from publisher.report.page import WeekPage
    from publisher.report.pdf import month_pdf, week_pdf

    return lambda page: week_pdf(page) if isinstance(page, WeekPage) else month_pdf(page)
