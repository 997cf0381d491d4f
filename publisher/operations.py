"""The administrator's commands: stop, go on, decide what came due meanwhile, back up."""

from __future__ import annotations

import contextlib
from argparse import Namespace
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet

from publisher import storage
from publisher.backup import Damaged, write
from publisher.commands import DONE, FAILED, WrongInput, moment_of, tell
from publisher.compose.models import Upload
from publisher.database import bring_up_to_date
from publisher.deliver import pauses, status
from publisher.deliver.models import Delivery
from publisher.dumping import NotDumped
from publisher.moving.marks import Moved
from publisher.people.audit import shell_actor
from publisher.people.models import District


def _scope(arguments: Namespace) -> str:
    if arguments.account:
        if arguments.account not in settings.CONFIG.accounts:
            known = ", ".join(settings.CONFIG.accounts) or "none"
            raise WrongInput(f"There is no account “{arguments.account}” in config.yaml. Known: {known}.")
        return f"account:{arguments.account}"
    if arguments.district:
        if not District.objects.filter(pk=arguments.district).exists():
            known = ", ".join(District.objects.values_list("key", flat=True))
            raise WrongInput(f"There is no district “{arguments.district}” in config.yaml. Known: {known}.")
        return f"district:{arguments.district}"
    return pauses.EVERYTHING


def pause(arguments: Namespace) -> int:
    scope = _scope(arguments)
    pauses.stop(scope, arguments.reason, shell_actor())
    waiting, _late = pauses.waiting_behind(scope)
    line = f"Stopped: {_words(scope)}. {waiting} deliveries wait. Go on with: publisher resume{_option(scope)}"
    tell(arguments, {"paused": scope, "waiting": waiting, "stops": stops()}, [line])
    return DONE


def resume(arguments: Namespace) -> int:
    scope = pauses.RESTORED if arguments.after_restore else _scope(arguments)
    if scope not in {stop.scope for stop in pauses.stops()}:
        raise WrongInput(f"Nothing is stopped there ({_words(scope)}). See: publisher queue.")
    held = pauses.resume(scope, shell_actor())
    lines = [f"Going on: {_words(scope)}."]
    if held:
        lines.append(f"{held} deliveries came due meanwhile and wait for your decision: publisher backlog")
    tell(arguments, {"resumed": scope, "held": held, "stops": stops()}, lines)
    return DONE


def backlog(arguments: Namespace) -> int:
    rows = pauses.backlog([arguments.district] if arguments.district else None)
    if arguments.action == "list":
        return _list_backlog(arguments, rows)
    if arguments.post is None and arguments.action != "drop":
        raise WrongInput("Name the post: publisher backlog send --post ID. Only drop may be used for all at once.")
    rows = rows.filter(post=arguments.post) if arguments.post is not None else rows
    if not rows.exists():
        raise WrongInput("Nothing is held there. See: publisher backlog")
    changed = _decision(arguments, rows)(rows)
    tell(arguments, {"action": arguments.action, "changed": changed}, [f"{changed} deliveries: {arguments.action}."])
    return DONE


def _decision(arguments: Namespace, rows: QuerySet[Delivery]) -> Callable[[QuerySet[Delivery]], int]:
    actor = shell_actor()
    if arguments.action == "send":
        return lambda found: pauses.send_now(found, actor)
    if arguments.action == "drop":
        return lambda found: pauses.drop(found, actor)
    if not arguments.at:
        raise WrongInput("Give the new time: publisher backlog move --post ID --at 2026-12-01T10:00")
    due_at: datetime = moment_of(arguments.at, rows[0].post.district)
    return lambda found: pauses.move(found, due_at, actor)


def backup(arguments: Namespace) -> int:
    with contextlib.suppress(Moved):  # what was moved away is worth keeping too
        bring_up_to_date()
    made_at = datetime.now().astimezone()
    target = Path(arguments.file or settings.HOME.folder("backups") / f"publisher-{made_at:%Y%m%d-%H%M%S}.tar")
    try:
        manifest = write(settings.HOME.path, _database(), target.resolve(), with_media=not arguments.without_media)
    except (Damaged, NotDumped) as error:
        raise OSError(f"No backup was made: {error}") from None
    size = target.stat().st_size
    data = {"file": str(target), "size": size, "files": len(manifest.files), "with_media": manifest.with_media}
    tell(arguments, data, [f"{target}: {len(manifest.files)} files, {size / 1e6:.1f} MB."])
    return DONE


def _database() -> Path | str:
    """SQLite's file, or PostgreSQL's address."""
    if connection.vendor != "sqlite":
        return str(settings.CONFIG.database)
    database = Path(str(settings.DATABASES["default"]["NAME"]))
    if not database.is_relative_to(settings.HOME.path):
        raise WrongInput(f"The database {database} lies outside the deployment's folder; put it below var/.")
    return database


def _list_backlog(arguments: Namespace, rows: QuerySet[Delivery]) -> int:
    data = [{"post": row.post_id, "title": row.post.title, **status.delivery_json(row)} for row in rows]
    lines = [
        f"{row.post_id} {row.post.title}: {row.channel.key} {row.language}, due {row.due_at:%d.%m.%Y %H:%M} UTC"
        for row in rows
    ]
    hint = "Decide: publisher backlog send|drop --post ID, or move --post ID --at TIME, or drop (all of it)."
    tell(arguments, data, [*lines, hint] if lines else ["Nothing is held."])
    return DONE


def stops() -> list[dict[str, str]]:
    """What stands still by a person's will, as JSON."""
    return [
        {"scope": stop.scope, "reason": stop.reason, "by": stop.by, "since": stop.since.isoformat()}
        for stop in pauses.stops()
    ]


def _words(scope: str) -> str:
    kind, _, key = scope.partition(":")
    return {"all": "everything", "restored": "the restored copy"}.get(kind, f"{kind} {key}")


def _option(scope: str) -> str:
    kind, _, key = scope.partition(":")
    return f" --{kind} {key}" if key else ""


def share_files(arguments: Namespace) -> int:
    """For a deployment that names a shared place later on; what is there already is not sent again."""
    if storage.place() is None:
        raise WrongInput("config.yaml names no shared place. Add files: (see docs/operations.md).")
    missing, shared = [], 0
    for upload in Upload.objects.all():
        for name in filter(None, (upload.path, upload.thumbnail)):
            if not (settings.HOME.var / name).is_file() and not storage.place().has(name):
                missing.append(name)
                continue
            storage.keep(name)
            shared += 1
    lines = [f"{shared} files are in the shared place.", *(f"Missing here and there: {name}" for name in missing)]
    tell(arguments, {"shared": shared, "missing": missing}, lines)
    return FAILED if missing else DONE
