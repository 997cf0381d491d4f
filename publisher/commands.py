"""What each command does once Django is set up. Returns the exit code; prints lines for people or JSON for scripts."""

from __future__ import annotations

import asyncio
import json
import sys
from argparse import Namespace
from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation

from publisher.compose import posts
from publisher.compose.models import Post, PostMedia
from publisher.compose.refusal import Refusal
from publisher.connectors.errors import ConnectorError
from publisher.deliver import actions, channels, pauses, status
from publisher.deliver.models import ChangeKind, ChangeState, Channel, Delivery
from publisher.people.audit import shell_actor
from publisher.people.models import District, Region
from publisher.sentences import say

DONE, FAILED, WRONG_INPUT = 0, 1, 2


class WrongInput(Exception):
    """What a person gave cannot be used; the message says what to do."""


def reporting(function: Callable[[Namespace], int], arguments: Namespace) -> int:
    """Run a command; wrong input ends in a sentence and exit code 2, a failure in a sentence and 1."""
    with translation.override("en"):
        try:
            return function(arguments)
        except Refusal as refusal:
            why = refusal.values.get("why")
            return _complain(f"{refusal.sentence} ({why})" if why else refusal.sentence, WRONG_INPUT)
        except (WrongInput, channels.NotAdded) as error:
            return _complain(error, WRONG_INPUT)
        except ConnectorError as error:
            return _complain(f"{say(error.reason)} ({error.detail})", FAILED)
        except OSError as error:
            return _complain(f"{error}.", FAILED)


def _complain(sentence: object, code: int) -> int:
    print(sentence, file=sys.stderr)
    return code


def tell(arguments: Namespace, data: Any, lines: Sequence[str]) -> None:
    if arguments.json:
        print(json.dumps(data, ensure_ascii=False, indent=2))
    else:
        print("\n".join(lines))


# Posts


def post(arguments: Namespace) -> int:
    rows = channels.resolve(split(arguments.to))
    district = _district(arguments.district) or rows[0].district
    due_at = moment_of(arguments.at, district)
    with transaction.atomic():  # everything wrong is found before anything is queued
        made = [_queue(source, rows, district, due_at, arguments) for source in arguments.source]
    data = [{"id": item.pk, "deliveries": status.show(item)["deliveries"]} for item in made]
    tell(arguments, data[0] if len(data) == 1 else data, [str(item.pk) for item in made])
    return DONE


def _queue(source: str, rows: list[Channel], district: District, due_at: datetime, arguments: Namespace) -> Post:
    actor = shell_actor()
    made = posts.resolve(settings.HOME, source, district, actor, at=due_at)
    made.origin, made.urgent = "shell", made.urgent or arguments.urgent
    made.channel_keys, made.publish_at = [row.key for row in rows], due_at
    made.save()
    attach(made, arguments.media)
    if arguments.layout:
        _brand(made, rows, arguments.layout)
    posts.approve_from_shell(made, actor)
    actions.schedule(made, rows, due_at, actor=actor)
    return made


def attach(made: Post, names: Sequence[str]) -> None:
    if not names:
        return
    from publisher.render.uploads import accept  # Pillow and the render stage are only needed here

    for position, path in enumerate(map(Path, names)):
        PostMedia.objects.create(post=made, upload=accept(path, path.name), position=position)


def _brand(made: Post, rows: list[Channel], layout: str) -> None:
    from publisher.deliver.films import profile_of
    from publisher.render.errors import UnknownLayout
    from publisher.render.orders import Wish, brand

    profiles = {profile_of(channels.description_of(row)) for row in rows}
    try:
        brand(made, profiles, shell_actor(), Wish(layout))
    except UnknownLayout as error:
        raise WrongInput(str(error)) from error


def moment_of(text: str, district: District) -> datetime:
    if text == "now":
        return timezone.now()
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise WrongInput(f"“{text}” is not a time. Write it like 2026-12-01T10:00, or now.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=district.zone)


def _post(arguments: Namespace) -> Post:
    found = Post.objects.filter(pk=arguments.id).select_related("district").first()
    if found is None:
        raise WrongInput(f"There is no post {arguments.id}. See: publisher queue.")
    return found


def show(arguments: Namespace) -> int:
    data = status.show(_post(arguments))
    lines = [f"{data['id']} {data['title']} ({data['kind']}, {data['status']})"]
    tell(arguments, data, [*lines, *map(_delivery_line, data["deliveries"]), *map(_place_line, data["changed"])])
    return DONE


def _place_line(place: dict[str, Any]) -> str:
    """What came of the last correction or withdrawal, one line for each message."""
    words = {"done": "done", "followed_up": "followed in reply", "under_way": "under way", "by_hand": "BY HAND"}
    line = f"  {ChangeKind(place['kind']).label} in {place['channel']} {place['language']}: {words[place['outcome']]}"
    return f"{line}. {place['what']} {place['do']}" if place["do"] else line


def _delivery_line(row: dict[str, Any]) -> str:
    when = timezone.localtime(datetime.fromisoformat(row["sent_at"] or row["due_at"]))
    line = f"  #{row['id']} {row['channel']} {row['language']} {row['part']}: {row['state']}, {when:%d.%m.%Y %H:%M}"
    if row["error"]:
        line += f"\n      {row['error']['what']} {row['error']['do']}"
    return "\n".join([line, *map(_change_line, row["changes"])])


def _change_line(change: dict[str, Any]) -> str:
    """Where a correction or withdrawal worked, and where people must act by hand."""
    why = f" {change['error']['what']} {change['error']['do']}" if change["error"] else ""
    return f"      {ChangeKind(change['kind']).label}: {ChangeState(change['state']).label}.{why}"


def queue(arguments: Namespace) -> int:
    rows = status.queue_rows()
    for stop in pauses.stops():  # beside the JSON, whose list scripts read
        why = stop.reason or say(stop.code).what
        print(f"Stopped: {stop.scope} since {stop.since:%d.%m.%Y %H:%M} UTC, {stop.by}: {why}", file=sys.stderr)
    lines = [f"{row['post']} {row['title']}\n{_delivery_line(row)}" for row in rows]
    tell(arguments, rows, lines or ["Nothing waits. Queue a post: publisher post FILE_OR_SLUG --to CHANNEL"])
    return DONE


def cancel(arguments: Namespace) -> int:
    found = _post(arguments)
    stopped = actions.cancel(found, shell_actor())
    found.refresh_from_db()
    tell(arguments, {**status.show(found), "cancelled": stopped}, [f"{stopped} deliveries cancelled."])
    return DONE


def withdraw(arguments: Namespace) -> int:
    found = _post(arguments)
    changes = actions.withdraw(found, shell_actor())
    found.refresh_from_db()
    line = f"{len(changes)} messages will be taken away; see: publisher show {found.pk}"
    tell(arguments, {**status.show(found), "withdrawing": len(changes)}, [line])
    return DONE


def correct(arguments: Namespace) -> int:
    actor = shell_actor()
    with transaction.atomic():
        corrected = posts.correct_from_file(_post(arguments), Path(arguments.file), actor)
        posts.approve_from_shell(corrected, actor)
        changes = actions.correct(corrected, actor)
    line = f"{len(changes)} messages will be corrected; see: publisher show {corrected.pk}"
    tell(arguments, {**status.show(corrected), "correcting": len(changes)}, [line])
    return DONE


def settle(arguments: Namespace) -> int:
    found = Delivery.objects.filter(pk=arguments.delivery).select_related("post__district", "channel").first()
    if found is None or not actions.settle(found, arguments.answer == "appeared", shell_actor()):
        raise WrongInput(f"No unknown delivery has the number {arguments.delivery}. See: publisher queue.")
    found.refresh_from_db()
    tell(arguments, status.delivery_json(found), [f"#{found.pk} is now {found.state}."])
    return DONE


# Channels


def channel_add(arguments: Namespace) -> int:
    languages = channels.ordered(split(arguments.languages))
    if not languages or len(languages) != len(split(arguments.languages)):
        raise WrongInput(f"“{arguments.languages}”: languages are kk, ru and en.")
    if arguments.account not in settings.CONFIG.accounts:
        known = ", ".join(settings.CONFIG.accounts) or "none"
        raise WrongInput(f"There is no account “{arguments.account}” in config.yaml. Known: {known}.")
    found = None if arguments.no_check else _looked_up(arguments)
    row = channels.add(
        arguments.key,
        arguments.account,
        arguments.target,
        languages=languages,
        district=_district(arguments.district) or _first_district(),
        actor=shell_actor(),
        platform_kind=arguments.platform_kind,
        tags=split(arguments.tags),
        found=found,
    )
    line = f"{row.key}: {row.title or row.target}"
    line += "" if found or arguments.no_check else " (the platform could not be asked now; it is checked later)"
    line += f"\n{say(row.off_reason)}" if row.off_reason else ""
    tell(arguments, _channel_json(row), [line])
    return DONE


def _looked_up(arguments: Namespace) -> Any:
    try:
        return asyncio.run(channels.look_up(arguments.account, arguments.target))
    except ConnectorError as error:
        raise WrongInput(f"{arguments.target}: {say(error.reason)} ({error.detail})") from None


def channel_list(arguments: Namespace) -> int:
    rows = [_channel_json(row) for row in Channel.objects.all()]
    lines = [
        f"{row['key']}  {row['account']}  {row['title'] or row['target']}  {','.join(row['languages'])}"
        f"  {'on' if row['on'] else row['off']}"
        for row in rows
    ]
    hint = "No channel yet. Add one: publisher channel add KEY --account A --target T --languages kk,ru"
    tell(arguments, rows, lines or [hint])
    return DONE


def _channel_json(row: Channel) -> dict[str, Any]:
    return {
        "key": row.key,
        "account": row.account_id,
        "platform_kind": row.platform_kind,
        "target": row.target,
        "title": row.title,
        "languages": row.languages,
        "tags": row.tags,
        "district": row.district_id,
        "on": not row.off_reason,
        "off": str(say(row.off_reason)) if row.off_reason else "",
    }


# Measuring and reporting


def collect(arguments: Namespace) -> int:
    from publisher.run import collect_now

    collected = asyncio.run(collect_now())
    data = {"taken": collected.taken, "missed": collected.missed, "failed": collected.failed}
    tell(arguments, data, [f"{data['taken']} readings taken, {data['missed']} missed, {data['failed']} failed."])
    return DONE


def report(arguments: Namespace) -> int:
    from publisher import reporting
    from publisher.report import figures, html

    if arguments.weekly:
        return reporting.of_week(arguments, _day(arguments.weekly), _district(arguments.district))
    if arguments.monthly:
        return reporting.of_month(arguments, _day(arguments.monthly), _district(arguments.district))
    if not (arguments.start and arguments.end):
        raise WrongInput("Say which days: --from and --to, or --weekly, or --monthly.")
    if arguments.format not in ("html", "json"):
        raise WrongInput(f"A report of any days is html or json; {arguments.format} is for --weekly and --monthly.")
    start, end = _day(arguments.start), _day(arguments.end)
    if end < start:
        raise WrongInput("The last day lies before the first one.")
    found = figures.build(start, end, _district(arguments.district))
    if arguments.json or arguments.format == "json":
        made = json.dumps(figures.as_json(found), ensure_ascii=False, indent=2)
    else:
        made = html.as_html(found, arguments.language)
    if arguments.out is None:
        print(made)
    else:
        arguments.out.write_text(made + "\n", encoding="utf-8")
    return DONE


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise WrongInput(f"“{text}” is not a day. Write it like 2026-12-01.") from None


# The deployment


def check(arguments: Namespace) -> int:
    from publisher.checkup import check_channels, check_files, check_live
    from publisher.database import bring_up_to_date, is_new

    problems = [str(flaw) for flaw in check_files(settings.HOME)]
    if arguments.live and not problems:
        bring_up_to_date()
        problems = asyncio.run(check_live())
    warnings = [] if problems or is_new() else [str(flaw) for flaw in check_channels(settings.HOME)]
    good = "All files and settings are in order." + (" Every account and channel answered." if arguments.live else "")
    data = {"ok": not problems, "problems": problems, "warnings": warnings}
    tell(arguments, data, [*problems, *(f"Note: {w}" for w in warnings)] + ([] if problems else [good]))
    return DONE if not problems else (FAILED if arguments.live else WRONG_INPUT)


def run(arguments: Namespace) -> int:
    from publisher.run import Parts, serve
    from publisher.welcome import lines

    serve(Parts(web=True, worker=True, clock=True), port=arguments.port, started=lines(arguments.port))
    return DONE


def web(arguments: Namespace) -> int:
    from publisher.run import Parts, serve
    from publisher.welcome import lines

    serve(Parts(web=True), port=arguments.port, started=lines(arguments.port, apart=True))
    return DONE


def worker(arguments: Namespace) -> int:
    from publisher.run import Parts, serve

    serve(Parts(worker=True))
    return DONE


def clock(arguments: Namespace) -> int:
    from publisher.run import Parts, serve

    serve(Parts(clock=True))
    return DONE


def practice(arguments: Namespace) -> int:
    from django.conf import settings

    from publisher.run import Parts, serve
    from publisher.welcome import practice_chats

    if not settings.CONFIG.practice:
        raise WrongInput("config.yaml says practice: false. There are practice platforms in practice mode only.")
    print(f"{practice_chats()}\nPress Ctrl-C to end.", flush=True)
    serve(Parts(practice=True))
    return DONE


def work(arguments: Namespace) -> int:
    from publisher.run import Parts, serve, work_until_idle

    if arguments.until_idle:
        work_until_idle()
    else:
        serve(Parts(worker=True, clock=True))
    return DONE


def invite(arguments: Namespace) -> int:
    from publisher.people import invitations

    place, region = _district(arguments.district), _region(getattr(arguments, "region", None))
    token = invitations.invite(arguments.role, place, region=region, actor=shell_actor())
    url = invitations.link(token)
    tell(arguments, {"url": url, "role": arguments.role}, [f"One-time link for the {arguments.role}: {url}"])
    return DONE


def split(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _district(key: str | None) -> District | None:
    if not key:
        return None
    found = District.objects.filter(pk=key).first()
    if found is None:
        known = ", ".join(District.objects.values_list("key", flat=True))
        raise WrongInput(f"There is no district “{key}” in config.yaml. Known: {known}.")
    return found


def _region(key: str | None) -> Region | None:
    found = Region.objects.filter(pk=key).first() if key else None
    if key and found is None:
        known = ", ".join(Region.objects.values_list("key", flat=True)) or "none"
        raise WrongInput(f"There is no region “{key}” in config.yaml. Known: {known}.")
    return found


def _first_district() -> District:
    return District.objects.get(pk=next(iter(settings.CONFIG.districts)))
