"""The words of `publisher hotline …`. Read at every start of the program, so nothing heavy is imported here."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def add_arguments(commands: Any, common: Any, json: Any) -> None:
    """To the parser of cli.py; what each of them does is in callcentre.py."""
    actions = commands.add_parser("hotline", help="the call centre").add_subparsers(required=True, metavar="ACTION")

    def add(name: str, help: str, function: str) -> Any:
        action = actions.add_parser(name, help=help, description=help, parents=[common, json])
        action.set_defaults(function=f"callcentre:{function}")
        action.add_argument("--district", metavar="KEY", help="key of the district (default: the first)")
        return action

    for name, help, function in [
        ("okrugs", "the district's okrugs from a CSV or XLSX file", "take_okrugs"),
        ("cases", "registered cases from a CSV or XLSX file", "take_cases"),
        ("outbound", "numbers of a campaign from a CSV or XLSX file", "take_numbers"),
    ]:
        action = add(name, help, function)
        action.add_argument("file", type=Path)
        action.add_argument("--check", action="store_true", help="only check it; nothing is saved")
    action.add_argument("--campaign", type=int, required=True, metavar="NUMBER")
    action.add_argument("--good-rows", action="store_true", help="take the good rows although others are wrong")
    found = add("counts", "how many reports, of what and from where", "show_counts")
    rows = add("export", "every report as CSV; nothing of who called is in it", "export")
    for one, needed in [(found, True), (rows, False)]:
        one.add_argument("--from", dest="start", required=needed, metavar="DATE", help="first day, YYYY-MM-DD")
        one.add_argument("--to", dest="end", required=needed, metavar="DATE", help="last day, YYYY-MM-DD")
    rows.add_argument("-o", "--out", type=Path, metavar="FILE", help="default: to the screen")
    number = add("forget", "a person's number out of every list, at their request", "forget")
    number.add_argument("number")
    number.add_argument("--never-again", action="store_true", help="and out of the lists to come")
    old = add("delete", "old reports, for good", "delete")
    old.add_argument("--before", required=True, metavar="DATE", help="reports before this day, YYYY-MM-DD")
    old.add_argument("--yes", action="store_true", help="without it, only their number is told")
