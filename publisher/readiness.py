"""May this deployment do its work? For /readyz: what must be true before anything is sent, apart from signs of life."""

from __future__ import annotations

import os
import shutil
import uuid

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from publisher.deliver.models import Pause
from publisher.deliver.pauses import RESTORED

SPACE = 200_000_000  # bytes that must be free: a film, its renditions and the database's journal
_migrated: set[str] = set()
"""Databases seen with every migration applied; they stay so while this process' code runs, and looking takes 0.1 s."""


def checks() -> dict[str, str]:
    """Each condition with `ok`, or a code that docs/operations.md explains."""
    found = {"database": _database()}
    reachable = found["database"] == "ok"
    found["migrations"] = _migrations() if reachable else "not_asked"
    found["fence"] = _fence() if found["migrations"] == "ok" else "not_asked"
    found["disk"] = _disk()
    return found


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return "unreachable"
    return "ok"


def _migrations() -> str:
    name = str(connection.settings_dict["NAME"])
    if name not in _migrated:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            return "not_migrated"
        _migrated.add(name)
    return "ok"


def _fence() -> str:
    """A restored copy waits for a person; the console works meanwhile, since it is where the person answers."""
    return "restored_copy" if Pause.objects.filter(scope=RESTORED).exists() else "ok"


def _disk() -> str:
    """Written and synced, since a full or read-only disk shows only then."""
    path = settings.HOME.var / f"writable-{uuid.uuid4().hex}"
    try:
        with path.open("wb") as file:
            file.write(b"\0" * 4096)
            file.flush()
            os.fsync(file.fileno())
        free = shutil.disk_usage(settings.HOME.var).free
    except OSError:
        return "not_writable"
    finally:
        path.unlink(missing_ok=True)
    return "ok" if free >= SPACE else "nearly_full"
