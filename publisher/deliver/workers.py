"""Who is alive: every worker holds a lock on a file of its own while it runs, and the system frees it on any death."""

from __future__ import annotations

import fcntl
import glob
import os
import socket
import uuid
from pathlib import Path
from types import TracebackType
from typing import IO, Self


class WorkerName:
    """A name no other worker has, with its lock file under var/run. Use as a context manager."""

    def __init__(self, folder: Path) -> None:
        self.name = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
        self.path = folder / f"{self.name.replace(':', '-')}.lock"
        self._file: IO[str] | None = None

    def __enter__(self) -> Self:
        self._file = self.path.open("w")
        fcntl.flock(self._file, fcntl.LOCK_EX)  # somebody who looks for the dead may hold it for a moment
        self._file.write(self.name)  # only now: a file without a name is nobody's
        self._file.flush()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.path.unlink(missing_ok=True)
        if self._file:
            self._file.close()


def dead_workers(folder: Path) -> frozenset[str]:
    """Workers of this machine whose lock nobody holds any more. Their files are removed once they are named.

    Other machines' files in a shared folder say nothing here (locks may not cross the network): leases tell of those.
    """
    dead = set()
    for path in folder.glob(f"{glob.escape(socket.gethostname())}-*.lock"):
        try:
            with path.open("r") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                name = file.read().strip()
        except (BlockingIOError, FileNotFoundError):
            continue
        dead.add(name)
    return frozenset(name for name in dead if name)


def forget(folder: Path, names: frozenset[str]) -> None:
    """After their rows were swept."""
    for name in names:
        (folder / f"{name.replace(':', '-')}.lock").unlink(missing_ok=True)
