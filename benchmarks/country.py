"""A campaign of the centre in many districts: how long handing out, the board, a correction and a withdrawal take.

`--quick` (the default here): 20 districts × 3 channels. `--districts 200` is the whole. Film variants: see
benchmarks of the studio; here their price per variant is taken from `--seconds-a-variant`, and told as such.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
SECONDS_A_VARIANT = 2.5  # 30 s of film by splice, one worker: docs/benchmarks.md
REGIONS, LARGEST_REGION = 17, 200
CONFIG = """
site: {name: Облыс}
database: sqlite:///var/publisher.sqlite3
districts:
  centre: {name: {kk: Орталық, ru: Центр}, hotline: "102"}
accounts:
  telegram-main: {type: telegram, token: "${BENCH_TOKEN}", api_url: "http://127.0.0.1:9"}
"""


def main() -> int:
    arguments = _arguments()
    with tempfile.TemporaryDirectory(prefix="country-") as folder:
        _deployment(Path(folder))
        found = _measured(arguments.districts, arguments.channels)
    variants = arguments.districts * 2
    studio = variants * arguments.seconds_a_variant
    figures = {
        "districts": arguments.districts,
        "channels": arguments.districts * arguments.channels,
        **{name: round(value, 3) for name, value in found.items()},
        "ms_a_district": round(1000 * found["hand_out_s"] / arguments.districts, 2),
        "film_variants": variants,
        "studio_s_one_worker_reckoned": round(studio),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }
    ratios = {
        "studio_to_everything_else": round(studio / sum(found.values()), 1),
        "board_to_hand_out": round(found["board_s"] / found["hand_out_s"], 3),
        "regions_17_studio_hours_one_worker": round(
            REGIONS * LARGEST_REGION * 2 * arguments.seconds_a_variant / 3600, 1
        ),
    }
    machine = {"python": platform.python_version(), "cpus": os.cpu_count(), "load_1m": round(os.getloadavg()[0], 1)}
    print(json.dumps({"name": "country", "ratios": ratios, "figures": figures, "machine": machine}))
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="20 districts")
    parser.add_argument("--districts", type=int, default=20)
    parser.add_argument("--channels", type=int, default=3, help="of each district")
    parser.add_argument("--seconds-a-variant", type=float, default=SECONDS_A_VARIANT)
    return parser.parse_args()


def _deployment(home: Path) -> None:
    (home / "config.yaml").write_text(CONFIG, encoding="utf-8")
    for name in ("content", "media", "schedules"):
        (home / name).symlink_to(ROOT / name)
    os.environ |= {
        "PUBLISHER_HOME": str(home),
        "BENCH_TOKEN": "1:bench",
        "DJANGO_SETTINGS_MODULE": "publisher.settings",
    }
    os.environ.pop("PUBLISHER_PRACTICE", None)
    import django

    django.setup()
    from publisher.database import bring_up_to_date

    bring_up_to_date()


def _measured(districts: int, channels: int) -> dict[str, float]:
    from django.utils import timezone

    from publisher.compose import posts
    from publisher.compose.message import Wording
    from publisher.deliver import campaigns
    from publisher.deliver.models import Channel, Delivery, State
    from publisher.deliver.progress import board
    from publisher.people.audit import Actor
    from publisher.people.models import District

    actor = Actor("bench")
    places = [
        District(key=f"d{n}", name_kk=f"{n}-аудан", name_ru=f"Район {n}", hotline=f"2-{n:02}", languages=["kk", "ru"])
        for n in range(districts)
    ]
    District.objects.bulk_create(places)
    Channel.objects.bulk_create(
        Channel(
            key=f"c{n}-{place.pk}",
            account_id="telegram-main",
            platform_kind="channel",
            target=f"{n}{place.pk}",
            languages=["kk", "ru"],
            district=place,
        )
        for place in places
        for n in range(channels)
    )
    centre = District.objects.get(pk="centre")
    source = posts.blank("scam_warning", "Ескерту", centre, actor)
    texts = {"kk": "Абайлаңыз! {district}: {hotline}", "ru": "Осторожно! {district}: {hotline}"}
    posts.save_versions(source, {code: Wording(code, body) for code, body in texts.items()}, actor)
    posts.approve_from_shell(source, actor)
    found: dict[str, float] = {}
    made = []

    def timed(name: str, act: Callable[[], object]) -> None:
        begun = time.perf_counter()
        made.append(act())
        found[name] = time.perf_counter() - begun

    timed("launch_s", lambda: campaigns.launch(source, places, actor, ordered=True))
    campaign = made[0]
    timed("hand_out_s", lambda: campaigns.hand_out(actor, campaign))
    found["hand_out_s"] += found.pop("launch_s")
    timed("board_s", lambda: board(campaign))
    shares = list(campaign.shares.select_related("district"))
    timed(
        "schedule_s",
        lambda: [
            campaigns.schedule(share, campaigns.channels_of(share.district), timezone.now(), actor) for share in shares
        ],
    )
    Delivery.objects.update(state=State.SENT, sent_at=timezone.now())
    posts.save_versions(source, {"kk": "Назар аударыңыз! {hotline}"}, actor)
    posts.approve_from_shell(source, actor)
    campaign.refresh_from_db()
    timed("correct_s", lambda: campaigns.pass_on(campaign, actor))
    timed("withdraw_s", lambda: campaigns.withdraw(campaign, actor))
    return found


if __name__ == "__main__":
    sys.exit(main())
