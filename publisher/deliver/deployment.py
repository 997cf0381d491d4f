"""Which deployment this is. A copy of its database must be told from the original, or both would send.

The database says who it is (an id and an epoch, one more with every restore); the folder beside it says which of these
it confirmed. Where they differ, the database was restored or carried here. On PostgreSQL many machines share one
database and no folder decides, so there a copy is stopped by hand (docs/operations.md).
"""

from __future__ import annotations

import json
from pathlib import Path

from django.conf import settings
from django.db import connection

from publisher.deliver.models import Deployment


def is_ours() -> bool:
    """False: a copy that nobody confirmed. The very first start makes the deployment, which is ours."""
    row = Deployment.objects.first()
    if row is None:
        Deployment.objects.create()
        confirm()
        return True
    return connection.vendor != "sqlite" or _confirmed() == {"id": str(row.id), "epoch": row.epoch}


def confirm() -> None:
    """From now on the folder and the database belong together."""
    row = Deployment.objects.first() or Deployment.objects.create()
    path = _path()
    draft = path.with_suffix(".part")
    draft.write_text(json.dumps({"id": str(row.id), "epoch": row.epoch}))
    draft.replace(path)


def _confirmed() -> object:
    try:
        return json.loads(_path().read_text())
    except (OSError, ValueError):
        return None


def _path() -> Path:
    """One for each database: practice has its own."""
    folder: Path = settings.HOME.folder("deployments")
    return folder / f"{Path(str(settings.DATABASES['default']['NAME'])).stem}.json"
