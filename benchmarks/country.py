"""A campaign of the centre in many districts: the desk's part, the films, and the messages.

    python benchmarks/country.py [--quick] [--districts N] [--only desk,films,sending]

`desk`: how long handing out, the board, a correction and a withdrawal take. `films`: two for each district, joined
from shared parts: all of them with the bar that stays, and a tenth with the bar that slides in; by one worker of the
studio and by two, and what a small pilot had planned. `sending`: PostgreSQL, three workers, Telegram's own limit.
The default is 20 districts (--quick: also few films of 6 seconds); the whole is --districts 200.
The last line is one JSON object.
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
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]
REGIONS = 17
PARTS = ("desk", "films", "sending")
CONFIG = """
site: {name: Облыс}
database: sqlite:///var/publisher.sqlite3
districts:
  centre: {name: {kk: Орталық, ru: Центр}, hotline: "102"}
accounts:
  telegram-main: {type: telegram, token: "${BENCH_TOKEN}", api_url: "http://127.0.0.1:9"}
"""


def main() -> int:
    given = _arguments()
    figures: dict[str, float] = {"districts": given.districts, "channels": given.districts * given.channels}
    with tempfile.TemporaryDirectory(prefix="country-") as folder:
        if {"desk", "films"} & set(given.only):
            _deployment(Path(folder))
            places = places_of(given.districts, [str(n) for n in range(given.districts * given.channels)], "centre")
            figures |= _desk(places) if "desk" in given.only else {}
        if "films" in given.only:
            figures |= _films(Path(folder), given)
    if "sending" in given.only:
        import country_sending

        figures |= country_sending.measure(given.districts, given.channels, workers=3)
    figures["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    machine = {"python": platform.python_version(), "cpus": os.cpu_count(), "load_1m": round(os.getloadavg()[0], 1)}
    print(json.dumps({"name": "country", "ratios": _ratios(figures), "figures": figures, "machine": machine}))
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--districts", type=int, default=0)
    parser.add_argument("--channels", type=int, default=3, help="of each district")
    parser.add_argument("--seconds", type=int, default=0, help="of the film (20)")
    parser.add_argument("--film", type=Path, help="one of your own, instead of Big Buck Bunny")
    parser.add_argument("--workers", type=lambda text: [int(part) for part in text.split(",")], default=[1, 2])
    parser.add_argument("--layouts", type=lambda text: text.split(","), default=["film-band", "film"])
    parser.add_argument("--only", type=lambda text: text.split(","), default=list(PARTS))
    given = parser.parse_args()
    given.districts = given.districts or (10 if given.quick else 20)
    given.seconds = given.seconds or (6 if given.quick else 20)
    return given


def _ratios(figures: dict[str, float]) -> dict[str, float]:
    found = {}
    for layout in ("film-band", "film"):
        if one := figures.get(f"{layout}_1_workers_s"):
            if two := figures.get(f"{layout}_2_workers_s"):
                found[f"{layout}_two_workers_to_one"] = round(two / one, 3)
            found[f"{layout}_measured_to_planned"] = round(one / figures[f"{layout}_planned_s"], 3)
            found[f"{layout}_17_regions_hours_one_machine"] = round(
                REGIONS * 2 * figures["districts"] * one / figures[f"{layout}_variants"] / 3600, 2
            )
    if "sending_planned_s" in figures:
        found["sending_measured_to_planned"] = round(figures["sent_by_3_workers_s"] / figures["sending_planned_s"], 3)
    return found


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
    (home / "var/tmp").mkdir(parents=True, exist_ok=True)
    import django

    django.setup()
    from publisher.database import bring_up_to_date

    bring_up_to_date()


def places_of(districts: int, targets: Sequence[str], like: str) -> list[Any]:
    """Districts, with the targets dealt out to them as channels of both languages."""
    from publisher.deliver.models import Channel
    from publisher.people.models import District

    centre = District.objects.get(pk=like)
    places = [
        District(key=f"d{n}", name_kk=f"{n}-аудан", name_ru=f"Район {n}", hotline=f"2-{n:02}", languages=["kk", "ru"],
                 quiet_from=centre.quiet_to, quiet_to=centre.quiet_to)
        for n in range(districts)
    ]  # fmt: skip
    District.objects.bulk_create(places)
    fields = {"account_id": "telegram-main", "platform_kind": "channel", "languages": ["kk", "ru"]}
    Channel.objects.bulk_create(
        Channel(key=f"c{n}", target=target, district=places[n % districts], **fields)
        for n, target in enumerate(targets)
    )
    return places


def campaign_of(centre: str, places: Sequence[Any], actor: Any) -> Any:
    """Ordered, and handed out."""
    from publisher.compose import posts
    from publisher.compose.message import Wording
    from publisher.deliver import campaigns
    from publisher.people.models import District

    source = posts.blank("scam_warning", "Ескерту", District.objects.get(pk=centre), actor)
    texts = {"kk": "Абайлаңыз! {district}: {hotline}", "ru": "Осторожно! {district}: {hotline}"}
    posts.save_versions(source, {code: Wording(code, body) for code, body in texts.items()}, actor)
    posts.approve_from_shell(source, actor)
    campaign = campaigns.launch(source, places, actor, ordered=True)
    campaigns.hand_out(actor, campaign)
    return campaign


def _desk(places: Sequence[Any]) -> dict[str, float]:
    from django.utils import timezone

    from publisher.compose import posts
    from publisher.compose.message import Wording
    from publisher.deliver import campaigns
    from publisher.deliver.models import Delivery, State
    from publisher.deliver.progress import board
    from publisher.people.audit import Actor

    actor, found = Actor("bench"), {}

    def timed(name: str, act: Callable[[], Any]) -> Any:
        begun = time.perf_counter()
        made = act()
        found[name] = round(time.perf_counter() - begun, 3)
        return made

    campaign = timed("hand_out_s", lambda: campaign_of("centre", places, actor))
    timed("board_s", lambda: board(campaign))
    shares = list(campaign.shares.select_related("district"))
    now = timezone.now()
    timed("schedule_s", lambda: [campaigns.schedule(one, campaigns.channels_of(one.district), now, actor)
                                 for one in shares])  # fmt: skip
    Delivery.objects.update(state=State.SENT, sent_at=now)
    posts.save_versions(campaign.source, {"kk": Wording("kk", "Назар аударыңыз! {hotline}")}, actor)
    posts.approve_from_shell(campaign.source, actor)
    campaign.refresh_from_db()
    timed("correct_s", lambda: campaigns.pass_on(campaign, actor))
    timed("withdraw_s", lambda: campaigns.withdraw(campaign, actor))
    return {**found, "ms_a_district": round(1000 * found["hand_out_s"] / len(places), 2)}


def _films(folder: Path, given: argparse.Namespace) -> dict[str, float]:
    import country_films
    from rendering.sides import footage

    film, origin = footage(folder, given.seconds, given.film)
    print(f"film of {given.seconds} s: {origin}", file=sys.stderr, flush=True)
    figures: dict[str, float] = {"film_s": given.seconds}
    for layout in given.layouts:
        variants = given.districts * 2
        if layout != "film-band" and given.districts > 20:
            variants = given.districts // 10 * 2
        figures |= country_films.measure(film, layout, variants, given.workers)
    return figures


if __name__ == "__main__":
    sys.exit(main())
