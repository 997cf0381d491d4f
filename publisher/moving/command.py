"""`publisher migrate-to postgresql://…`."""

from __future__ import annotations

import contextlib
import importlib.util
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import connection
from django.utils import timezone

from publisher.commands import DONE, WrongInput, tell
from publisher.database import Busy, bring_up_to_date, in_use, is_new
from publisher.deliver import status
from publisher.deliver.models import Heartbeat
from publisher.moving.marks import Moved, NotMoved
from publisher.settings import database_for

if TYPE_CHECKING:
    from publisher.moving.move import Report


def migrate_to(arguments: Namespace) -> int:
    """Nothing else may run: what was written here during the copy would be lost."""
    file = Path(str(settings.DATABASES["default"]["NAME"]))
    if connection.vendor != "sqlite":
        raise WrongInput("This deployment is on PostgreSQL already.")
    if not arguments.url.startswith(("postgresql://", "postgres://")):
        raise WrongInput("Give the new address like postgresql://publisher@127.0.0.1/publisher")
    if importlib.util.find_spec("psycopg") is None:
        raise WrongInput("PostgreSQL's driver is missing. Install it: pip install 'awareness-publisher[postgres]'")
    from publisher.moving.move import move  # psycopg is only there where PostgreSQL is wanted

    with _nobody_else():
        with contextlib.suppress(Moved):  # then only the last step may be missing
            bring_up_to_date()
        try:
            found = move(file, arguments.url, database_for(arguments.url), trial=arguments.trial)
        except NotMoved as error:
            raise WrongInput(f"Nothing was moved. {error}.") from None
    tell(arguments, found.as_json(), _moved_lines(found, arguments.url))
    return DONE


@contextlib.contextmanager
def _nobody_else() -> Iterator[None]:
    try:
        with in_use(alone=True):
            beats = Heartbeat.objects.filter(at__gt=timezone.now() - status.STANDSTILL) if not is_new() else ()
            if names := ", ".join(sorted(beat.name for beat in beats)):
                raise WrongInput(
                    f"Signs of life in the last {status.STANDSTILL.seconds} seconds: {names}. "
                    "Stop them, wait a minute, then repeat."
                )
            yield
    except Busy as error:
        raise WrongInput(f"{error}. Stop it (Ctrl-C, or systemctl stop publisher), then repeat.") from None


def _moved_lines(found: Report, url: str) -> list[str]:
    lines = [
        f"{row.table}: {row.here.rows} rows, checksum {row.here.checksum[:16]}, the same on both sides"
        for row in found.tables
    ]
    copied = f"{found.rows} rows in {len(lines)} tables."
    if found.trial:
        hint = "Only a trial: this deployment goes on as before, the copy sends nothing. Without --trial it is moved."
        return [*lines, copied, hint]
    return [
        *lines,
        "It had been moved already; nothing was copied." if found.again else copied,
        "The old file sends nothing any more. Change one line of config.yaml, then start as before:",
        f"    database: {found.target}",
        *(["The password does not belong into the file: export PGPASSWORD=…"] if found.target != url else []),
        "Films and pictures stay where they are; for several machines see files: in docs/operations.md.",
    ]
