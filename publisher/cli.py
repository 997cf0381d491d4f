"""The command line. Its words and JSON are a contract that others script against: extend it, don't break it.

Exit codes: 0 done, 1 failed, 2 wrong input (nothing was changed).
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

from publisher.hotline import command_line
from publisher.moving.marks import Moved
from publisher.yamlfile import FlawedFile

FAILED, WRONG_INPUT = 1, 2
SERVING = ("run", "web", "worker", "clock", "work")  # they have a patience of their own with the database
FORMATS = ("16:9", "9:16", "1:1", "4:5")
PROFILES = ("telegram", "telegram_local", "whatsapp")


def main(argv: Sequence[str] | None = None) -> int:
    """Entry point of the `publisher` command; returns the exit code."""
    arguments = _parser().parse_args(argv)
    if getattr(arguments, "home", None):
        os.environ["PUBLISHER_HOME"] = arguments.home
    if getattr(arguments, "practice", False):
        os.environ["PUBLISHER_PRACTICE"] = "1"
    try:
        return _run(arguments)
    except FlawedFile as error:
        print(*error.flaws, sep="\n", file=sys.stderr)
        return WRONG_INPUT
    except Moved as error:
        print(error, file=sys.stderr)
        return WRONG_INPUT
    except KeyboardInterrupt:
        return FAILED


def _run(arguments: argparse.Namespace) -> int:
    if arguments.command == "init":
        from publisher.starter import init

        return init(arguments.dir)
    if arguments.command == "restore":
        return _restore(arguments)
    migrating = arguments.command not in ("check", "backup", "migrate-to")
    from django.db import OperationalError

    try:
        _set_up(migrating=migrating)
        if arguments.command not in SERVING:
            return _done(arguments, migrating=migrating)
    except OperationalError as error:
        why = str(error).strip().partition("\n")[0]
        print(f"The database cannot be used: {why}. Is it running? See database: in config.yaml.", file=sys.stderr)
        return FAILED
    return _done(arguments, migrating=migrating)


def _done(arguments: argparse.Namespace, *, migrating: bool) -> int:
    commands = importlib.import_module("publisher.commands")
    module, _, name = arguments.function.rpartition(":")
    function = getattr(importlib.import_module(f"publisher.{module or 'commands'}"), name)
    from publisher.database import in_use, refuse_what_was_moved

    with in_use() if arguments.command != "migrate-to" else nullcontext():
        if migrating:
            refuse_what_was_moved()  # it may have been while this command waited
        code: int = commands.reporting(function, arguments)
    return code


def _restore(arguments: argparse.Namespace) -> int:
    from publisher.backup import Damaged, restore
    from publisher.dumping import NotDumped

    try:
        manifest = restore(Path(arguments.file), Path(arguments.dir).resolve(), arguments.database)
    except (OSError, Damaged, NotDumped) as error:
        print(f"Nothing was restored: {error}.", file=sys.stderr)
        return WRONG_INPUT
    print(f"Restored {len(manifest.files)} files as of {manifest.made_at} into {arguments.dir}.")
    print("Nothing goes out yet. When the original does not run any more: publisher resume --after-restore")
    return 0


def _set_up(*, migrating: bool) -> None:
    """Django with the deployment's settings; the database is brought up to date before anything uses it."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "publisher.settings"
    import django

    django.setup()
    from django.conf import settings

    from publisher import crashes

    crashes.start(settings.CONFIG)
    if migrating:
        from publisher.database import bring_up_to_date

        bring_up_to_date()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="publisher", description="Publishes prevention films and warnings, and measures what came of them."
    )
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--home", help="the deployment's folder (default: $PUBLISHER_HOME, else the current one)")
    common.add_argument("--practice", action="store_true", help="use the practice platforms instead of the real ones")
    json = argparse.ArgumentParser(add_help=False)
    json.add_argument("--json", action="store_true", help="print JSON")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def add(name: str, help: str, prints: bool = False, function: str = "") -> argparse.ArgumentParser:
        parents = [common, json] if prints else [common]
        command = commands.add_parser(name, help=help, description=help, parents=parents)
        command.set_defaults(function=function or name)
        return command

    _deployment_commands(add)
    _post_commands(add)
    _stop_commands(add)
    _studio_commands(add)
    _export_command(add)
    _import_command(add)
    _verify_command(add)
    _channel_commands(commands, common, json)
    _link_commands(commands, common, json)
    command_line.add_arguments(commands, common, json)
    _audit_commands(commands, common, json)
    _person_commands(commands, common, json)
    _study_commands(commands, common, json)
    _campaign_commands(commands, common, json)
    return parser


def _deployment_commands(add) -> None:  # type: ignore[no-untyped-def]
    add("init", "write a new deployment: config.yaml, content/, media/, schedules/").add_argument("dir")
    check = add("check", "check all files and settings", prints=True)
    check.add_argument("--live", action="store_true", help="also ask each account and channel")
    for name, help in [
        ("run", "everything in one process: console, clock, worker"),
        ("web", "the console alone"),
    ]:
        add(name, help).add_argument("--port", type=int, help="port of the console")
    add("worker", "a sending worker alone")
    add("clock", "the clock alone: plans, readings, watching")
    add("practice", "the practice platforms alone, for console, worker and clock that run apart in practice mode")
    work = add("work", "clock and worker in one process, without the console")
    work.add_argument("--until-idle", action="store_true", help="end when nothing is due")
    add("collect", "take the readings that are due, now", prints=True)
    report = add("report", "what was published and what is known of it", prints=True)
    report.add_argument("--from", dest="start", metavar="DATE", help="first day, YYYY-MM-DD; with --to")
    report.add_argument("--to", dest="end", metavar="DATE", help="last day, YYYY-MM-DD")
    report.add_argument("--weekly", metavar="DATE", help="the chief's page for the week of this day")
    report.add_argument("--monthly", metavar="DATE", help="the deeper report for the month of this day")
    forms = ["html", "json", "pdf", "xlsx", "csv", "card"]
    report.add_argument("--format", choices=forms, default="html", help="any days: html, json; the others for the week")
    report.add_argument("-o", "--out", type=Path, metavar="FILE", help="default: to the terminal")
    report.add_argument("--language", choices=["kk", "ru", "en"], default="kk")
    report.add_argument("--district", help="key of the district (default: all)")
    invite = add("invite", "print a one-time link for a new colleague", prints=True)
    invite.add_argument("--role", choices=["admin", "officer", "approver", "duty", "chief"], default="officer")
    of = invite.add_mutually_exclusive_group()
    of.add_argument("--district", help="key of the district (default: all)")
    of.add_argument("--region", help="key of the region: all its districts")


def _post_commands(add) -> None:  # type: ignore[no-untyped-def]
    post = add("post", "queue a post; it counts as approved by you, and the audit trail says so", prints=True)
    post.add_argument("source", metavar="FILE_OR_SLUG", nargs="+", help="a .md file, a folder of them, or a template")
    post.add_argument("--to", required=True, metavar="KEY[,KEY]", help="channels, or tag:NAME")
    post.add_argument("--at", default="now", metavar="ISO|now", help="when; without a zone: the district's own time")
    post.add_argument("--media", action="append", default=[], metavar="FILE", help="a picture or film (repeatable)")
    post.add_argument("--layout", metavar="NAME", help="send its films branded after this layout, as soon as made")
    post.add_argument("--urgent", action="store_true", help="overtakes everything that waits")
    post.add_argument("--district", help="key of the district (default: the channels')")
    test = add("test", "a test in the control chat: exactly what residents would get", True, "trying:test")
    test.add_argument("source", metavar="ID_FILE_OR_SLUG", help="a post's number, a .md file, a folder, or a template")
    test.add_argument("--to", metavar="KEY[,KEY]", help="the channels it is meant for; a post knows its own")
    test.add_argument("--media", action="append", default=[], metavar="FILE", help="with a file: a picture or film")
    add("queue", "what waits, and what needs a person", prints=True)
    for name, help in [
        ("show", "a post with its deliveries and attempts"),
        ("cancel", "stop what has not gone out"),
        ("withdraw", "take a post away everywhere"),
    ]:
        add(name, help, prints=True).add_argument("id", type=int)
    correct = add("correct", "change the wording of a post, also where it stands", prints=True)
    correct.add_argument("id", type=int)
    correct.add_argument("file")
    settle = add("settle", "answer “did it appear?” for an unknown delivery", prints=True)
    settle.add_argument("delivery", type=int)
    settle.add_argument("answer", choices=["appeared", "did-not-appear"])


def _stop_commands(add) -> None:  # type: ignore[no-untyped-def]
    backup = add("backup", "one .tar of everything, while the program runs", True, "operations:backup")
    backup.add_argument("file", nargs="?", metavar="FILE", help="default: var/backups/publisher-DATE-TIME.tar")
    backup.add_argument("--without-media", action="store_true", help="leave films and pictures out")
    restore = add("restore", "make a new folder from a backup; it sends nothing until you confirm")
    restore.add_argument("file")
    restore.add_argument("dir", metavar="DIR", help="an empty folder, or one that does not exist yet")
    restore.add_argument("--database", default="", metavar="URL", help="an empty PostgreSQL database, if it was on one")
    add("share-files", "bring all uploads to the place that files: names", True, "operations:share_files")
    move = add("migrate-to", "move from SQLite to PostgreSQL, rows compared", True, "moving.command:migrate_to")
    move.add_argument("url", metavar="postgresql://USER@HOST/NAME", help="an empty database; password by $PGPASSWORD")
    move.add_argument("--trial", action="store_true", help="copy and compare only; this deployment goes on as it is")
    pause = add("pause", "the stop button: nothing goes out until resumed", prints=True, function="operations:pause")
    pause.add_argument("--reason", required=True, metavar="TEXT", help="shown to everybody")
    resume = add("resume", "end a stop; what came due meanwhile is asked about", True, "operations:resume")
    for command in (pause, resume):
        of = command.add_mutually_exclusive_group()
        of.add_argument("--account", metavar="KEY", help="this account alone")
        of.add_argument("--district", metavar="KEY", help="this district alone")
        if command is resume:
            of.add_argument("--after-restore", action="store_true", help="the original does not run any more")
    backlog = add("backlog", "what came due during a stop: list, send, move, drop", True, "operations:backlog")
    backlog.add_argument("action", nargs="?", default="list", choices=["list", "send", "move", "drop"])
    backlog.add_argument("--post", type=int, metavar="ID", help="only this post's deliveries")
    backlog.add_argument("--at", metavar="ISO", help="for move: the new time")
    backlog.add_argument("--district", metavar="KEY", help="only this district's")


def _studio_commands(add) -> None:  # type: ignore[no-untyped-def]
    leaflet = add("leaflet", "a leaflet or poster as PDF, Kazakh and Russian", function="studio:leaflet")
    leaflet.add_argument("name", help="a file of media/leaflets/, without .yaml")
    leaflet.add_argument("--district", metavar="KEY", help="key of the district (default: the first in config.yaml)")
    leaflet.add_argument("--okrug", default="", metavar="KK|RU", help="the rural okrug's name in both languages")
    leaflet.add_argument("--size", choices=["a5", "a6", "a4x4", "poster", "poster-a4"], default="a5")
    leaflet.add_argument("--qr", default="", metavar="ADDRESS", help="default: the district's channel, else its number")
    leaflet.add_argument("-o", "--out", type=Path, required=True, metavar="FILE", help="the PDF")
    _film_arguments(
        add("render", "a film with logo, hotline bar and end card, within a platform's size", False, "studio:render")
    )
    every = add(
        "render-all", "branded versions of a post's films, for each language and platform", function="studio:render_all"
    )
    every.add_argument("post", type=int)
    every.add_argument("--profile", choices=PROFILES, help="default: those of its channels")
    every.add_argument("--layout", metavar="NAME", help="another layout than before (default: film)")
    every.add_argument("--format", choices=FORMATS, default="", help="default: the one nearest to the film's shape")
    every.add_argument("--cover", dest="cover_at", type=float, metavar="SECONDS", help="the film's moment as its cover")
    layouts = add("layouts", "the film layouts, and a sheet of small pictures of them", True, "studio:layouts")
    layouts.add_argument("--language", choices=["kk", "ru", "en"], default="kk")
    layouts.add_argument("--district", metavar="KEY", help="key of the district (default: the first in config.yaml)")
    layouts.add_argument("-o", "--out", type=Path, metavar="FILE", help="a PNG or JPEG with a picture of each")


def _export_command(add) -> None:  # type: ignore[no-untyped-def]
    export = add("export", "every reading as CSV or Parquet, with its source", False, "exporting:export")
    export.add_argument("--format", choices=["csv", "parquet"], default="csv")
    export.add_argument("--from", dest="start", metavar="DATE", help="first day, YYYY-MM-DD")
    export.add_argument("--to", dest="end", metavar="DATE", help="last day, YYYY-MM-DD")
    export.add_argument("-o", "--out", type=Path, metavar="FILE", help="default: to the screen")


def _verify_command(add) -> None:  # type: ignore[no-untyped-def]
    verify = add("verify", "is a copy of a post what we signed?", True, "residents.verifying:verify")
    verify.add_argument("file", metavar="FILE", help="the downloaded .json, or the saved page of the post")
    verify.add_argument("--key", metavar="PEM", help="public key (default: the one this deployment signed with)")


def _link_commands(commands, common, json) -> None:  # type: ignore[no-untyped-def]
    link = commands.add_parser("link", help="short links for leaflets and posters").add_subparsers(
        required=True, metavar="ACTION"
    )
    add = link.add_parser("add", help="make one; prints its address", parents=[common, json])
    add.set_defaults(function="addresses:link_add")
    add.add_argument("url", help="where it leads; only to places that posts may lead to")
    add.add_argument("--label", required=True, help="where it will be, for instance an okrug")
    add.add_argument("--district", metavar="KEY", help="key of the district (default: the first in config.yaml)")
    links = link.add_parser("list", help="all of them, with their counts", parents=[common, json])
    links.set_defaults(function="addresses:link_list")


def _film_arguments(command: argparse.ArgumentParser) -> None:
    command.add_argument("file", type=Path, help="the film; for card and clip the name of a script of media/scripts/")
    command.add_argument(
        "--layout", default="film", metavar="NAME", help="a film layout (see: publisher layouts), or card, clip"
    )
    command.add_argument("--district", metavar="KEY", help="key of the district (default: the first in config.yaml)")
    command.add_argument("--districts", metavar="all|KEY,KEY", help="one film for each of them, into the folder OUT")
    command.add_argument("--language", choices=["kk", "ru", "en"], default="kk")
    command.add_argument("--languages", metavar="kk,ru", help="one film in each of them, into the folder OUT")
    command.add_argument("--format", choices=FORMATS, default="16:9")
    command.add_argument("--profile", choices=PROFILES, default="telegram")
    command.add_argument("--fill", choices=["blur", "plain", "crop"], default="blur", help="for a film of other shape")
    command.add_argument("--message", default="", help="in the bar and on the end card (default: the layout's)")
    command.add_argument("--bar", action="append", metavar="AT+SECONDS", help="when the hotline bar shows (repeatable)")
    command.add_argument("--subtitles", type=Path, metavar="FILE", help="SRT or WebVTT, burned in")
    command.add_argument("--intro", default="", metavar="TEXT", help="a title before the film")
    command.add_argument("--music", type=Path, metavar="FILE", help="a bed that makes way for speech")
    command.add_argument("--trim", type=float, default=0.0, metavar="SECONDS", help="use only so much of the film")
    command.add_argument(
        "--cover", "--cover-at", dest="cover_at", type=float, metavar="SECONDS", help="the film's moment as its cover"
    )
    command.add_argument("--cover-file", type=Path, metavar="FILE", help="save the cover here (JPEG)")
    command.add_argument("--qr", default="", metavar="ADDRESS", help="the end card's code (default: dials the hotline)")
    command.add_argument("--time-limit", type=float, default=3600.0, metavar="SECONDS")
    out_help = "the MP4 or picture; for several districts or languages the folder"
    command.add_argument("-o", "--out", type=Path, required=True, metavar="OUT", help=out_help)


def _channel_commands(commands, common, json) -> None:  # type: ignore[no-untyped-def]
    channel = commands.add_parser("channel", help="channels and groups").add_subparsers(required=True, metavar="ACTION")
    add = channel.add_parser("add", help="add a destination", parents=[common, json])
    add.set_defaults(function="channel_add")
    add.add_argument("key")
    add.add_argument("--account", required=True)
    add.add_argument("--target", required=True, help="@name or number of the chat, or the group's id")
    add.add_argument("--languages", default="kk,ru")
    add.add_argument("--platform-kind", choices=["channel", "group"], default="")
    add.add_argument("--district", help="key of the district (default: the first in config.yaml)")
    add.add_argument("--tags", default="")
    add.add_argument("--no-check", action="store_true", help="do not ask the platform about it now")
    channel.add_parser("list", help="all destinations", parents=[common, json]).set_defaults(function="channel_list")


def _audit_commands(commands, common, json) -> None:  # type: ignore[no-untyped-def]
    audit = commands.add_parser("audit", help="the audit trail").add_subparsers(required=True, metavar="ACTION")
    verify = audit.add_parser("verify", help="whole? exit code 1 names the first bad line", parents=[common, json])
    verify.set_defaults(function="ledger:check")
    verify.add_argument("--expect", metavar="HASH", help="a newest hash noted earlier; it must still stand there")
    export = audit.add_parser("export", help="the trail as a file", parents=[common])
    export.set_defaults(function="ledger:export")
    export.add_argument("--format", choices=["csv", "json"], default="csv")
    export.add_argument("--from", dest="start", metavar="DATE", help="first day, YYYY-MM-DD")
    export.add_argument("--to", dest="end", metavar="DATE", help="last day, YYYY-MM-DD")
    export.add_argument("-o", "--out", type=Path, metavar="FILE", help="default: to the terminal")


def _study_commands(commands, common, json) -> None:  # type: ignore[no-untyped-def]
    study = commands.add_parser("study", help="questions about an effect, written down before the data").add_subparsers(
        required=True, metavar="ACTION"
    )
    add = study.add_parser("add", help="write one down; it cannot be changed any more", parents=[common, json])
    add.set_defaults(function="studying:add")
    add.add_argument("title", help="the question, as it stands on the page")
    add.add_argument("--outcome", required=True, choices=["calls", "near_misses", "losses", "cases"])
    add.add_argument("--starts", required=True, metavar="DATE", help="the Monday it begins, YYYY-MM-DD")
    add.add_argument("--lag", type=int, default=0, metavar="WEEKS", help="how many weeks it may take to show")
    add.add_argument("--pattern", default="", metavar="KEY", help="one ruse alone (a file of content/patterns)")
    add.add_argument("--control", default="", choices=["", "patterns", "districts"], help="other ruses, or districts")
    add.add_argument("--district", metavar="KEY", help="default: all districts together")
    shown = study.add_parser("list", help="all questions, and what the data say", parents=[common, json])
    shown.set_defaults(function="studying:show")
    shown.add_argument("--district", metavar="KEY", help="this district's, and those about all")
    dropped = study.add_parser("drop", help="give one up; it stays on the page", parents=[common, json])
    dropped.set_defaults(function="studying:drop_one")
    dropped.add_argument("id", type=int)
    dropped.add_argument("--why", required=True, metavar="TEXT")


def _person_commands(commands, common, json) -> None:  # type: ignore[no-untyped-def]
    person = commands.add_parser("person", help="people, when nobody can log in")
    actions = person.add_subparsers(required=True, metavar="ACTION")
    everybody = actions.add_parser("list", help="who works here", parents=[common, json])
    everybody.set_defaults(function="staffing:listing")
    for name, help in [("reset", "remove a lost second factor"), ("password", "print a link for a new password")]:
        action = actions.add_parser(name, help=help, parents=[common, json])
        action.set_defaults(function=f"staffing:{name}")
        action.add_argument("name", help="the name for logging in")


def _import_command(add) -> None:  # type: ignore[no-untyped-def]
    help = "regions, districts, people and channels from a spreadsheet: says what is wrong, cell by cell"
    command = add("import", help, prints=True, function="importing.command:run")
    command.add_argument("files", nargs="+", type=Path, metavar="FILE", help="an xlsx file, or CSV, one table a file")
    command.add_argument("--live", action="store_true", help="also ask the platforms for every new channel")
    command.add_argument("--write", action="store_true", help="do it: districts.yaml, invitations, channels")


def _campaign_commands(commands, common, json) -> None:  # type: ignore[no-untyped-def]
    campaign = commands.add_parser("campaign", help="one post of the centre in many districts")
    actions = campaign.add_subparsers(required=True, metavar="ACTION")

    def action(name: str, help: str, function: str) -> argparse.ArgumentParser:
        made = actions.add_parser(name, help=help, parents=[common, json])
        made.set_defaults(function=f"campaigning:{function}")
        return made

    start = action("start", "hand an approved post out", "start")
    start.add_argument("post", type=int, help="the post's number")
    start.add_argument("--districts", default="all", metavar="KEY[,KEY]", help="default: all")
    start.add_argument("--region", metavar="KEY[,KEY]", help="all districts of these regions")
    start.add_argument("--order", action="store_true", help="districts only choose the time; otherwise it is offered")
    start.add_argument("--at", metavar="ISO", help="wished time")
    start.add_argument("--answer-by", metavar="ISO", help="afterwards a district without an answer counts as silent")
    action("list", "all campaigns", "listing")
    for name, help, function in [
        ("show", "how it stands in each district", "show"),
        ("pass-on", "the centre's correction, to every district", "pass_on"),
        ("withdraw", "take it away everywhere", "withdraw"),
    ]:
        action(name, help, function).add_argument("campaign", type=int, help="the campaign's number")


if __name__ == "__main__":
    sys.exit(main())
