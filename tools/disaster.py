"""The disaster plan, rehearsed: backup → restore elsewhere → nothing goes out → (only when asked) go on there.

    tools/disaster.py HOME [--keep DIR] [--go-on]

The original is only read. Ends with 0 and one line for each step when the copy is whole; else with 1 and what is not.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


class NotWhole(Exception):
    """A step of the plan does not hold."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0] if __doc__ else "")
    parser.add_argument("home", type=Path, help="the deployment's folder")
    parser.add_argument("--keep", type=Path, help="leave the restored copy here (default: it is thrown away)")
    parser.add_argument("--go-on", action="store_true", help="also let the copy send: only when the original is gone")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="disaster-") as folder:
        try:
            rehearse(arguments.home.resolve(), arguments.keep or Path(folder) / "copy", Path(folder), arguments.go_on)
        except NotWhole as error:
            print(f"NOT WHOLE: {error}", file=sys.stderr)
            return 1
    return 0


def rehearse(home: Path, copy: Path, folder: Path, go_on: bool) -> None:
    begun, file = time.monotonic(), folder / "backup.tar"
    run(home, "backup", str(file))
    told(f"backup written: {file.stat().st_size / 1e6:.1f} MB", begun)
    run(home, "restore", str(file), str(copy))
    told("restored elsewhere", begun)
    before, after = state(home), state(copy)
    for name in before:
        if before[name] != after[name]:
            raise NotWhole(f"{name}: {before[name]} there, {after[name]} in the copy")
    told(f"the same {len(before['queue'])} deliveries wait, the trails are whole", begun)
    stops = json.loads(run(copy, "pause", "--reason", "rehearsal", "--json"))["stops"]
    if "restored" not in {stop.get("scope") or stop.get("kind") for stop in stops}:
        raise NotWhole("the copy is not fenced: it would send what the original sends too")
    told("the copy is fenced: it sends nothing before a person confirms", begun)
    run(copy, "resume")
    if go_on:
        run(copy, "resume", "--after-restore")
        told("the copy goes on; what came due meanwhile waits in: publisher backlog", begun)
    told("the plan holds", begun)


def state(home: Path) -> dict[str, Any]:
    """What must be the same on both sides. Held deliveries are waiting ones: the fence only asks about them later."""
    queue = json.loads(run(home, "queue", "--json"))
    trail = json.loads(run(home, "audit", "verify", "--json"))
    if not trail["whole"]:
        raise NotWhole(f"the audit trail in {home} is not whole")
    known = {(row["id"], row["due_at"], row["channel"]) for row in queue}
    channels = {row["key"] for row in json.loads(run(home, "channel", "list", "--json"))}
    return {"queue": known, "channels": channels}


def run(home: Path, *words: str) -> str:
    environment = {**os.environ, "PUBLISHER_HOME": str(home)}
    command = [sys.executable, "-m", "publisher", *words]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=600, check=False)
    if done.returncode:
        raise NotWhole(f"publisher {' '.join(words)}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


def told(words: str, begun: float) -> None:
    print(f"{time.monotonic() - begun:6.1f} s  {words}")


if __name__ == "__main__":
    sys.exit(main())
