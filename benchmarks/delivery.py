"""What a delivery costs: CPU beside a bare loop of the Telegram library, messages a second by number of workers, and
what 100,000 deliveries that wait cost the ones that are due, beside APScheduler's job store (waiting.py).

All sides talk to the same practice server (a process of its own, limits off), one after the other in one run.
    python benchmarks/delivery.py [--quick]
The last line is one JSON object. --quick: fewer messages, one and two workers, 10,000 waiting and 2,000 queued.
--only cost|waiting: one half of it.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
os.chdir(ROOT)  # the child processes run this tree

from benchmarks import waiting  # noqa: E402
from tests.e2e import crowd, postgres  # noqa: E402
from tests.e2e.deployment import Deployment, Platform, practice, wait_until  # noqa: E402

CHATS = 20
BARE = """
import asyncio, resource, sys, time
from telegram import Bot
from telegram.request import HTTPXRequest
base, chats, count = sys.argv[1], sys.argv[2].split(","), int(sys.argv[3])
async def main():
    request = HTTPXRequest(connection_pool_size=64)
    async with Bot("100200300:e2e-token", base_url=base + "/bot", request=request) as bot:
        await bot.send_message(chats[0], "warm")
        cpu, clock = time.process_time(), time.monotonic()
        for number in range(count):
            await bot.send_message(chats[number % len(chats)], f"Ескерту {number}. Сенім телефоны 2-15-65.")
        print((time.process_time() - cpu) / count * 1000, count / (time.monotonic() - clock))
asyncio.run(main())
"""
SQLITE = "sqlite:///var/publisher.sqlite3"
TICKS = os.sysconf("SC_CLK_TCK")


def bare(server: Platform, chats: list[str], count: int) -> tuple[float, float]:
    """Milliseconds of CPU per message, messages a second."""
    command = [sys.executable, "-c", BARE, server.base, ",".join(chats), str(count)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
    milliseconds, rate = map(float, done.stdout.split())
    return milliseconds, rate


def ours(
    server: Platform, folder: Path, database: str, chats: list[str], texts: int, workers: int
) -> tuple[float, float]:
    """The same for the product: workers in processes of their own, measured from their 20th message on."""
    here = Deployment(folder, server, database=database)
    targets = {f"chat{n:02}": chat for n, chat in enumerate(chats)}
    crowd.load(here, targets, texts, prefix=folder.name)
    before = _standing(server)
    running = [here.start("worker", stderr=subprocess.DEVNULL) for _ in range(workers)]
    try:
        wait_until(lambda: _standing(server) >= before + 20, 60, "the first messages")
        first, clock, cpu = _standing(server), time.monotonic(), sum(map(_cpu, running))
        wait_until(lambda: _standing(server) >= before + len(chats) * texts, 240, "the last message")
        count = _standing(server) - first
        return (sum(map(_cpu, running)) - cpu) / count * 1000, count / (time.monotonic() - clock)
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.wait(20)


def _standing(server: Platform) -> int:
    return server.counters().get("telegram sendMessage", 0)


def _cpu(process: subprocess.Popen) -> float:
    """Seconds, user and system."""
    fields = Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def costs(folder: Path, stack: ExitStack, cluster: postgres.Cluster, quick: bool) -> dict[str, float]:
    """With limits off on both sides."""
    texts, counts = (12, (1, 2)) if quick else (50, (1, 2, 4))
    server = stack.enter_context(practice(folder / "platform", "--relaxed-rates", "--no-residents"))
    chats = list(crowd.chats(server, CHATS).values())
    figures: dict[str, float] = {}
    figures["bare_cpu_ms"], figures["bare_per_s"] = bare(server, chats, CHATS * texts)
    for kind in ("sqlite", "postgresql"):
        for workers in counts:
            name = f"{kind}_{workers}"
            database = SQLITE if kind == "sqlite" else cluster.create(name)
            cpu, rate = ours(server, folder / name, database, chats, texts, workers)
            figures |= {f"{name}_cpu_ms": cpu, f"{name}_per_s": rate}
            print(f"{name}: {rate:.0f} messages/s, {cpu:.1f} ms CPU each", flush=True)
    return figures


def waits(folder: Path, cluster: postgres.Cluster, quick: bool) -> dict[str, float]:
    """With the documented limits."""
    count, queued = (10_000, 2_000) if quick else (100_000, 10_000)
    found = {"job_store": waiting.job_store(folder, count)}
    print("job_store:", found["job_store"], flush=True)
    for kind in ("sqlite", "postgresql"):
        for what, run in (("future", waiting.future), ("urgent", waiting.urgent)):
            home = folder / f"{kind}_{what}_platform"
            with practice(home, "--no-residents") as server:
                database = SQLITE if kind == "sqlite" else cluster.create(f"{kind}_{what}")
                here = Deployment(folder / f"{kind}_{what}", server, telegram="", database=database)
                found[f"{kind}_{what}"] = run(here, server, home, count if what == "future" else queued, 100)
                print(f"{kind}_{what}:", found[f"{kind}_{what}"], flush=True)
    return {f"{side}_{name}": value for side, values in found.items() for name, value in values.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", choices=["cost", "waiting"])
    given = parser.parse_args()
    figures: dict[str, float] = {}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        cluster = stack.enter_context(postgres.cluster())
        if given.only != "waiting":
            figures |= costs(folder, stack, cluster, given.quick)
        if given.only != "cost":
            figures |= waits(folder, cluster, given.quick)
    print(json.dumps({"name": "delivery", "ratios": ratios(figures), "figures": figures, "machine": machine()}))


def ratios(figures: dict[str, float]) -> dict[str, float]:
    found = {}
    for kind in ("sqlite", "postgresql"):
        if "bare_cpu_ms" in figures:
            found[f"cpu_{kind}_to_bare"] = figures[f"{kind}_1_cpu_ms"] / figures["bare_cpu_ms"]
        if "job_store_late_p99_s" in figures:
            found[f"late_{kind}_to_job_store"] = figures[f"{kind}_future_late_p99_s"] / figures["job_store_late_p99_s"]
    return found


def machine() -> dict[str, object]:
    return {"cores": os.cpu_count(), "python": platform.python_version(), "load": os.getloadavg()[0]}


if __name__ == "__main__":
    main()
