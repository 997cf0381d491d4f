"""The process that touches media: low priority, bounded, without our secrets, and never outliving who asked.

It reads one line from its input (the job), writes lines of JSON ({"progress": …}, at last {"result": …} or
{"error": …}), and dies with its ffmpeg when its input is closed: that is how it learns that its parent is gone.
"""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Generator, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any

from publisher.render.errors import RenderCancelled, RenderError, RenderFailed, RenderTimeout, from_reason
from publisher.render.specs import JOB, Job

ROOT = Path(__file__).resolve().parents[2]
PASSED_ON = ("PATH", "LANG", "LC_ALL", "TMPDIR", "IMAGEIO_FFMPEG_EXE", "LD_LIBRARY_PATH", "SYSTEMROOT")
LOOK_EVERY = 0.2  # seconds between looks at the clock and at `cancel`


@dataclass(frozen=True, slots=True)
class Line:
    """One thing the child said; None each time it said nothing for a while."""

    told: dict[str, Any] | None


def work(job: Job, folder: Path, cancel: Event | None = None) -> Generator[float | dict[str, Any]]:
    """Fractions from 0 to 1, then the result. Raises RenderError. However it ends, all its processes are gone."""
    with (folder / "messages.txt").open("wb") as messages:
        process = _start(folder, messages)
        try:
            yield from _listen(process, job, folder, cancel)
        finally:
            _end(process)


def _start(folder: Path, messages: Any) -> subprocess.Popen[bytes]:
    environment = {key: os.environ[key] for key in PASSED_ON if key in os.environ}
    environment |= {"PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(
        [sys.executable, "-m", "publisher.render"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=messages,
        cwd=folder,
        env=environment,
        start_new_session=True,  # a group of its own, to be ended as one
    )


def _end(process: subprocess.Popen[bytes]) -> None:
    """The group is killed even after the child itself has ended: an ffmpeg may be left of it."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe:
            with suppress(OSError):
                pipe.close()


def _listen(
    process: subprocess.Popen[bytes], job: Job, folder: Path, cancel: Event | None
) -> Iterator[float | dict[str, Any]]:
    _tell(process, json.dumps({"job": JOB.dump_python(job, mode="json"), "folder": str(folder)}))
    until = time.monotonic() + job.time_limit
    for line in _lines(process):
        if cancel is not None and cancel.is_set():
            raise RenderCancelled("The work was cancelled.")
        if time.monotonic() > until:
            limit = f"{job.time_limit:.0f} seconds"
            raise RenderTimeout(f"The work took longer than {limit} and was stopped.", limit=round(job.time_limit))
        if line.told is None:
            continue
        if "progress" in line.told:
            yield float(line.told["progress"])
        else:
            yield _result(line.told)
            return
    raise _died(process, folder)


def _tell(process: subprocess.Popen[bytes], line: str) -> None:
    assert process.stdin
    with suppress(BrokenPipeError):
        process.stdin.write(line.encode() + b"\n")
        process.stdin.flush()


def _lines(process: subprocess.Popen[bytes]) -> Iterator[Line]:
    assert process.stdout
    pending = b""
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while True:
            if not selector.select(LOOK_EVERY):
                yield Line(None)
                continue
            block = os.read(process.stdout.fileno(), 65536)
            if not block:
                return
            *whole, pending = (pending + block).split(b"\n")
            for line in whole:
                yield Line(json.loads(line))


def _result(told: dict[str, Any]) -> dict[str, Any]:
    if "error" in told:
        error = told["error"]
        raise from_reason(error["reason"], error["message"], error["values"])
    result: dict[str, Any] = told["result"]
    return result


def _died(process: subprocess.Popen[bytes], folder: Path) -> RenderError:
    code = process.wait()
    tail = (folder / "messages.txt").read_text("utf-8", "replace")[-2000:]
    if code == -signal.SIGKILL:
        return RenderFailed("The work was ended from outside, perhaps for want of memory.", detail=tail)
    return RenderFailed("The work ended without a result.", detail=tail)
