"""What the console costs with 5,000 posts on 200 channels: server time, number of queries, bytes of the first load.

    python benchmarks/console.py [--quick]
Every page is asked for through the whole middleware with Django's own client, again and again in one process, beside a
page with one small form (the password) of the same stack. The last line is one JSON object. --quick: fewer rounds.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import platform
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
POSTS, CHANNELS, DAYS = 5000, 200, 730
CONFIG = """\
practice: true
site: {name: Аққайың ауданының полициясы, public_url: "http://127.0.0.1:8000"}
districts:
  akkaiyn:
    name: {kk: Аққайың ауданы, ru: Аккайынский район, en: Akkaiyn district}
    hotline: 2-15-65
"""


def prepare(home: Path) -> None:
    (home / "config.yaml").write_text(CONFIG, encoding="utf-8")
    for name in ("content", "media", "schedules"):
        (home / name).symlink_to(ROOT / name)
    os.environ |= {"PUBLISHER_HOME": str(home), "DJANGO_SETTINGS_MODULE": "publisher.settings"}
    import django

    django.setup()
    from publisher.database import bring_up_to_date

    bring_up_to_date()


def fill(posts: int, channels: int) -> None:
    """Two years of posts, two languages each on one to seven channels; nine in ten went out, and were read."""
    from django.utils import timezone

    from publisher.compose.models import Kind, Post, Status, Version
    from publisher.deliver.models import Account, Channel, Delivery, State
    from publisher.measure.models import Reading
    from publisher.people.models import District

    district, now = District.objects.get(), timezone.now()
    account = Account.objects.first()
    rows = Channel.objects.bulk_create(
        Channel(
            key=f"channel-{n}",
            account=account,
            platform_kind="channel",
            target=f"-100{n}",
            title=f"Ауыл №{n}",
            languages=["kk", "ru"],
            tags=["residents"],
            district=district,
        )
        for n in range(channels)
    )
    start = now - timedelta(days=DAYS * 0.9)
    made = Post.objects.bulk_create(
        Post(
            kind=Kind.values[n % 4],
            title=f"Ескерту №{n}: «қауіпсіз шот»",
            district=district,
            status=Status.APPROVED,
            author_name="—",
            template_slug="sms-egov-code",
            publish_at=start + timedelta(days=DAYS * n / posts),
        )
        for n in range(posts)
    )
    Version.objects.bulk_create(
        Version(post=post, language=language, body=f"**Абайлаңыз!** {{hotline}} {post.pk}")
        for post in made
        for language in ("kk", "ru")
    )
    deliveries = Delivery.objects.bulk_create(
        [
            Delivery(
                post=post,
                channel=rows[(post.pk * 7 + n) % channels],
                language=language,
                due_at=post.publish_at,
                state=State.SENT if post.publish_at < now else State.WAITING,
                sent_at=post.publish_at if post.publish_at < now else None,
            )
            for post in made
            for n in range(post.pk % 7 + 1)
            for language in ("kk", "ru")
        ],
        batch_size=2000,
    )
    Reading.objects.bulk_create(
        [
            Reading(
                delivery=row, metric="views", value=row.pk % 900, at=row.sent_at + timedelta(days=1), source="preview"
            )
            for row in deliveries
            if row.sent_at
        ],
        batch_size=2000,
    )


def people() -> tuple[object, object]:
    """An officer's browser and a draft of theirs."""
    from django.test import Client

    from publisher.compose import posts
    from publisher.compose.message import Wording
    from publisher.deliver.models import Channel
    from publisher.people.audit import user_actor
    from publisher.people.models import District, Role, User

    district = District.objects.get()
    user = User.objects.create(username="officer", role=Role.OFFICER, district=district, language="kk", password="!")
    actor = user_actor(user)
    draft = posts.blank("scam_warning", "Жаңа айла", district, actor)
    keys = list(Channel.objects.values_list("key", flat=True)[:10])
    posts.change(draft, actor, channel_keys=keys)
    text = "**Абайлаңыз!** Күмәндансаңыз, {hotline} нөміріне қоңырау шалыңыз.\n\n" * 6
    posts.save_versions(draft, {code: Wording(code, text) for code in ("kk", "ru")}, actor)
    browser = Client(SERVER_NAME="127.0.0.1")
    browser.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return browser, draft


def pages(browser, draft) -> dict[str, Callable[[], object]]:
    from django.urls import reverse

    form = {
        "title": draft.title,
        "kind": draft.kind,
        "channels": draft.channel_keys,
        **{f"body_{version.language}": version.body for version in draft.versions.all()},
    }
    live, squeezed = reverse("live", args=[draft.pk]), {"Accept-Encoding": "gzip"}
    return {
        "calendar_month": lambda: browser.get(reverse("calendar"), headers=squeezed),
        "today": lambda: browser.get(reverse("today"), headers=squeezed),
        "composer_preview": lambda: browser.post(live, form, headers={"HX-Request": "true", **squeezed}),
        "password_page": lambda: browser.get(reverse("password"), headers=squeezed),
    }


def measured(ask: Callable[[], object], rounds: int) -> tuple[list[float], list[float], int]:
    """Milliseconds of CPU and by the clock of each round after a warm-up, and the queries of one.

    On a machine that others use too, the clock counts their work as well; CPU time is then nearer to a quiet server's.
    """
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from publisher.run import settle_memory

    for _ in range(3):
        reply = ask()
        assert reply.status_code == 200, reply.status_code
    settle_memory()  # as `publisher web` does when it is up
    with CaptureQueriesContext(connection) as queries:
        ask()
        asked = len(queries)  # the next request forgets them
    cpu, clock = [], []
    for _ in range(rounds):
        begun, worked = time.perf_counter(), time.process_time()
        ask()
        clock.append((time.perf_counter() - begun) * 1000)
        cpu.append((time.process_time() - worked) * 1000)
    return cpu, clock, asked


def first_load(browser, address: str) -> int:
    """Bytes of a page and of everything it asks for, as they leave the server."""
    reply = browser.get(address, headers={"Accept-Encoding": "gzip"})
    page = _unpacked(reply)
    found = set(re.findall(r'(?:href|src)="(/static/[^"#]+)', page.decode()))
    total, seen = len(_body(reply)), set()
    while found - seen:
        for address in sorted(found - seen):
            seen.add(address)
            file = browser.get(address, headers={"Accept-Encoding": "gzip"})
            total += len(_body(file))
            if address.endswith(".css"):
                base = address.rsplit("/", 1)[0]
                urls = re.findall(r"url\([\"']?([^\"')#?]+\.woff2)", _unpacked(file).decode())
                found |= {os.path.normpath(f"{base}/{url}") for url in urls}
    return total


def _body(reply) -> bytes:
    if not hasattr(reply, "packed"):
        reply.packed = b"".join(reply.streaming_content) if reply.streaming else reply.content
    return reply.packed


def _unpacked(reply) -> bytes:
    return gzip.decompress(_body(reply)) if reply.headers.get("Content-Encoding") == "gzip" else _body(reply)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    rounds = 20 if parser.parse_args().quick else 100
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        prepare(Path(folder))
        fill(POSTS, CHANNELS)
        browser, draft = people()
        for name, ask in pages(browser, draft).items():
            cpu, clock, queries = measured(ask, rounds)
            for kind, times in (("cpu", cpu), ("clock", clock)):
                figures[f"{name}_{kind}_p50_ms"] = statistics.median(times)
                figures[f"{name}_{kind}_p95_ms"] = statistics.quantiles(times, n=20)[-1]
            figures[f"{name}_queries"] = queries
            told = [f"{kind} p95 {figures[f'{name}_{kind}_p95_ms']:.0f} ms" for kind in ("cpu", "clock")]
            print(f"{name}: {', '.join(told)}, {queries} queries", flush=True)
        for name in ("today", "calendar"):
            figures[f"{name}_first_load_kb"] = first_load(browser, f"/{name}/") / 1000
            print(f"{name}: first load {figures[f'{name}_first_load_kb']:.0f} kB", flush=True)
    empty = figures["password_page_cpu_p50_ms"]
    ratios = {
        f"{name}_to_password_page": figures[f"{name}_cpu_p50_ms"] / empty
        for name in ("calendar_month", "today", "composer_preview")
    }
    machine = {"cores": os.cpu_count(), "python": platform.python_version(), "load": os.getloadavg()[0]}
    print(json.dumps({"name": "console", "ratios": ratios, "figures": figures, "machine": machine}))


if __name__ == "__main__":
    main()
