"""A central campaign on its way out: PostgreSQL, several worker processes, the platforms' documented limits."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.e2e import postgres
from tests.e2e.deployment import Deployment, practice, wait_until

TELEGRAM_A_SECOND = 30  # of one bot: what the limiter keeps to
HANDED_OUT = """
from django.utils import timezone
from benchmarks.country import campaign_of, places_of
from publisher.deliver import campaigns
from publisher.deliver.models import Delivery
from publisher.people.audit import Actor

actor = Actor("bench")
places = places_of({districts}, {targets!r}, "akkaiyn")
campaign = campaign_of("akkaiyn", places, actor)
for share in campaign.shares.select_related("district"):
    campaigns.schedule(share, campaigns.channels_of(share.district), timezone.now(), actor)
answer(Delivery.objects.count())
"""
STATES = "SELECT state, count(*), max(sent_at) FROM deliver_delivery GROUP BY state"


def measure(districts: int, channels: int, workers: int) -> dict[str, float]:
    """Seconds from the workers' start to the last message, with the least that the limit allows beside it."""
    with tempfile.TemporaryDirectory() as folder, postgres.cluster() as cluster:
        home = Path(folder)
        with practice(home / "platform", "--no-residents") as server:
            targets = [server.channel(f"Арна {n}") for n in range(districts * channels)]
            here = Deployment(home / "centre", server, telegram="", database=cluster.create("country"))
            here.environment["PYTHONPATH"] = str(Path(__file__).resolve().parent.parent)
            here.run("queue")
            count = here.python(HANDED_OUT.format(districts=districts, targets=targets), timeout=300)
            began = time.monotonic()
            running = [here.start("worker", stderr=subprocess.DEVNULL) for _ in range(workers)]
            try:
                wait_until(lambda: server.counters().get("telegram sendMessage", 0) >= count, 300, "the last message")
                wall = time.monotonic() - began
                wait_until(lambda: [row[0] for row in here.sql(STATES)] == ["sent"], 30, "the last receipt")
            finally:
                for process in running:
                    process.terminate()
                for process in running:
                    process.wait(30)
            once = all(number == 1 for texts in server.judge().values() for number in texts.values())
    if not once:
        raise SystemExit("a message stands twice")
    print(f"{count} messages by {workers} workers: {wall:.1f} s, load {os.getloadavg()[0]:.1f}", file=sys.stderr)
    return {"messages": count, f"sent_by_{workers}_workers_s": round(wall, 1),
            "sending_planned_s": round(count / TELEGRAM_A_SECOND, 1)}  # fmt: skip
