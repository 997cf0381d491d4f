"""The audit trail at the command line: is it whole, and take it along."""

from __future__ import annotations

import sys
from argparse import Namespace
from datetime import date

from publisher.commands import DONE, FAILED, WrongInput, tell
from publisher.people import trail, triggers
from publisher.people.audit import Broken, verify

WHAT = {
    "changed": "it was changed after it was written, or the line before it was",
    "missing": "lines before it are gone",
    "doubled": "its number stands there a second time",
}


def check(arguments: Namespace) -> int:
    """Exit code 1 names the first line that does not fit. The triggers are looked for as well."""
    verdict, guarded = verify(arguments.expect or ""), triggers.standing()
    lines = [f"{verdict.lines} lines are whole. Newest hash: {verdict.head}"]
    if verdict.broken:
        lines = [_words(verdict.broken), f"The {verdict.lines} lines before it are whole."]
    elif not verdict.expected_found:
        lines = [
            f"The hash {arguments.expect} does not stand in the trail: its end was cut off, or it was written anew."
        ]
    if not guarded:
        lines.append("The database's triggers against changes are missing; the next start after a migration sets them.")
    data = {
        "whole": verdict.whole,
        "lines": verdict.lines,
        "head": verdict.head,
        "broken": {"number": verdict.broken.number, "what": verdict.broken.what} if verdict.broken else None,
        "expected_found": verdict.expected_found,
        "guarded": guarded,
    }
    tell(arguments, data, lines)
    return DONE if verdict.whole and guarded else FAILED


def _words(broken: Broken) -> str:
    return f"Line {broken.number} does not fit: {WHAT[broken.what]}."


def export(arguments: Namespace) -> int:
    rows = trail.lines(start=_day(arguments.start), end=_day(arguments.end))
    written = trail.WRITERS[arguments.format](rows)
    if arguments.out is None:
        sys.stdout.writelines(written)
        return DONE
    with arguments.out.open("w", encoding="utf-8", newline="") as file:
        file.writelines(written)
    print(f"{arguments.out}: {rows.count()} lines.")
    return DONE


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise WrongInput(f"“{text}” is no date. Write it as 2026-11-27.") from None
