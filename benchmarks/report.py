"""A year of a country: 10 million readings of 250,000 messages in 200 districts, and what the reports take of it.

    python benchmarks/report.py [--quick] [--keep FOLDER]
SQLite is filled by its own SQL; then the clock settles the figures and adds up what is past. A process of its own
gathers the weekly page of a district and the month of all districts; DuckDB adds up the same readings in the same run,
and its sums must be the same. The last line is one JSON object. --quick: 20 districts, half a year, within a minute.
--keep: the data stay in that folder and are used again, so that they can be made at one time and measured at a quiet
one.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
CHANNELS, POSTS = 3, 4  # of a district; its posts a week, each in both languages on every channel
HOURS = (1, 6, 24, 25, 48, 72, 73, 96, 168, 169)
METRICS = ("views", "reactions", "forwards", "replies")
MONDAY, MONTH, NOW = date(2026, 11, 23), date(2026, 11, 1), datetime(2026, 12, 10, 6, tzinfo=UTC)
LAST = "2026-11-29 19:00:00"  # UTC: the end of the last week in Almaty

# One message in 20 was not read after 72 h; numbers grow with time.
READINGS = """
INSERT INTO measure_reading (delivery_id, metric, label, value, at, source, by, proof)
SELECT d.id, m.metric, m.label, ((d.id * 7919) % 900 + 100) * (h.hours + 30) / 198 / m.part,
       strftime('%Y-%m-%d %H:%M:%S', d.sent_at, '+' || h.hours || ' hours'), 'public-page', '', ''
FROM deliver_delivery d CROSS JOIN moments h CROSS JOIN (
  SELECT 'views' AS metric, '' AS label, 1 AS part UNION ALL SELECT 'reactions', '👍', 20
  UNION ALL SELECT 'forwards', '', 50 UNION ALL SELECT 'replies', '', 90) m
WHERE NOT (d.id % 20 = 0 AND h.hours BETWEEN 60 AND 80)
"""
FOLLOWERS = """
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < :days)
INSERT INTO measure_reading (channel_id, metric, label, value, at, source, by, proof)
SELECT c.id, 'followers', '', 500 + c.id % 400 + (:days - i) * (c.id % 3),
       strftime('%Y-%m-%d %H:%M:%S', :last, '-' || (i * 24) || ' hours'), 'bot-api', '', ''
FROM deliver_channel c CROSS JOIN n
"""
APPOINTMENTS = """
INSERT INTO measure_appointment (delivery_id, horizon, due_at, state, taken_at, reason, tries)
SELECT d.id, a.horizon, strftime('%Y-%m-%d %H:%M:%S', d.sent_at, a.after),
       CASE WHEN d.id % 20 = 0 AND a.horizon = '72h' THEN 'missed' ELSE 'taken' END,
       CASE WHEN d.id % 20 = 0 AND a.horizon = '72h' THEN NULL
            ELSE strftime('%Y-%m-%d %H:%M:%S', d.sent_at, a.after) END,
       CASE WHEN d.id % 20 = 0 AND a.horizon = '72h' THEN 'reader_failed' ELSE '' END, 0
FROM deliver_delivery d CROSS JOIN (
  SELECT '1h' AS horizon, '+1 hours' AS after UNION ALL SELECT '24h', '+24 hours'
  UNION ALL SELECT '72h', '+72 hours' UNION ALL SELECT '7d', '+168 hours') a
"""
TEMPLATES = ("fake-officer-safe-account", "fake-delivery", "phishing-qr", "job-as-dropper", "")
PATTERNS = ("officer-safe-account", "charity", "fake-delivery", "")


def config(districts: int) -> str:
    rows = (
        f'  d{n}: {{name: {{kk: "{n}-аудан", ru: "Район {n}"}}, hotline: "102", population: {8_000 + n * 137}}}\n'
        for n in range(districts)
    )
    site = '{name: Полиция, public_url: "http://127.0.0.1:8000"}'
    return f"practice: true\nsite: {site}\ndistricts:\n{''.join(rows)}"


def prepare(home: Path, districts: int = 0) -> None:
    """With a number of districts: a deployment for them, or the one that is there brought up to date."""
    if districts and not (home / "config.yaml").exists():
        (home / "config.yaml").write_text(config(districts), encoding="utf-8")
        for name in ("content", "media", "schedules"):
            (home / name).symlink_to(ROOT / name)
    os.environ |= {"PUBLISHER_HOME": str(home), "DJANGO_SETTINGS_MODULE": "publisher.settings"}
    import django

    django.setup()
    if districts:
        from publisher.database import bring_up_to_date

        bring_up_to_date()


def fill(districts: int, weeks: int) -> int:
    """Messages by Django, readings and appointments by SQL with the indexes made afterwards. Returns the readings."""
    channels = make_channels(districts)
    for week in range(weeks):
        make_messages(channels, week)
    make_calls(districts, weeks)
    database = sqlite3.connect(path())
    with database:
        database.executescript("PRAGMA synchronous=OFF; PRAGMA temp_store=MEMORY; PRAGMA cache_size=-400000;")
        indexes = _without_indexes(database, "measure_reading")
        database.execute("CREATE TEMP TABLE moments (hours INTEGER)")
        database.executemany("INSERT INTO moments VALUES (?)", [[hours] for hours in HOURS])
        database.execute(READINGS)
        database.execute(FOLLOWERS, {"days": weeks * 7 + 1, "last": LAST})
        database.execute(APPOINTMENTS)
        for statement in indexes:
            database.execute(statement)
        database.execute("ANALYZE")
    count = database.execute("SELECT count(*) FROM measure_reading").fetchone()[0]
    database.close()
    return count


def path() -> str:
    from django.conf import settings

    return str(settings.DATABASES["default"]["NAME"])


def _without_indexes(database: sqlite3.Connection, table: str) -> list[str]:
    rows = database.execute(
        "SELECT name, sql FROM sqlite_master WHERE type='index' AND tbl_name=? AND sql IS NOT NULL", [table]
    ).fetchall()
    for name, _sql in rows:
        database.execute(f'DROP INDEX "{name}"')
    return [sql for _name, sql in rows]


def make_channels(districts: int) -> list:
    from publisher.deliver.models import Account, Channel

    account = Account.objects.first()
    return Channel.objects.bulk_create(
        Channel(
            key=f"c{n}",
            account=account,
            platform_kind="channel",
            target=f"-100{n}",
            title=f"Ауыл №{n}",
            url=f"https://t.me/village{n}",
            languages=["kk", "ru"],
            district_id=f"d{n // CHANNELS}",
        )
        for n in range(districts * CHANNELS)
    )


def make_messages(channels: list, week: int) -> None:
    """A week of every district: four days at ten to four o'clock, both languages half an hour apart on each channel."""
    from publisher.compose.models import Post
    from publisher.deliver.models import Delivery

    end = datetime.fromisoformat(LAST).replace(tzinfo=UTC) - timedelta(weeks=week)
    districts = sorted({channel.district_id for channel in channels})
    posts = Post.objects.bulk_create(
        Post(
            kind="scam_warning",
            title=f"Ескерту {week}/{n}",
            district_id=district,
            status="approved",
            author_name="—",
            template_slug=TEMPLATES[(week + n) % len(TEMPLATES)],
            publish_at=end - timedelta(hours=158 - 40 * n - (week + n) % 6),
        )
        for district in districts
        for n in range(POSTS)
    )
    mine = {}
    for channel in channels:
        mine.setdefault(channel.district_id, []).append(channel)
    Delivery.objects.bulk_create(
        Delivery(
            post=post,
            channel=channel,
            language=language,
            due_at=post.publish_at,
            state="sent",
            sent_at=post.publish_at + timedelta(minutes=30 * later),
        )
        for post in posts
        for channel in mine[post.district_id]
        for later, language in enumerate(("kk", "ru"))
    )


def make_calls(districts: int, weeks: int) -> None:
    from publisher.hotline.models import Consultation

    end = datetime.fromisoformat(LAST).replace(tzinfo=UTC)
    rows = (
        Consultation(
            district_id=f"d{n % districts}",
            at=end - timedelta(minutes=504 * (n // districts)),
            pattern=PATTERNS[n % 4],
            verdict="fraud",
            heard=("leaflet", "channel", "")[n % 3],
            source="bot" if n % 9 == 0 else "phone",
            outcome="near_miss" if n % 7 == 0 else "loss" if n % 7 == 1 else "none",
            amount=100_000 + n % 900_000 if n % 7 == 1 else None,
        )
        for n in range(20 * weeks * districts)
    )
    Consultation.objects.bulk_create(rows, batch_size=5_000)


def duckdb_of(home: Path):
    """The same messages and readings in DuckDB's own columns, brought over row by row, once."""
    import duckdb

    (home / "readings.duckdb").unlink(missing_ok=True)
    engine = duckdb.connect(str(home / "readings.duckdb"))
    source = sqlite3.connect(path())
    folder = home / "csv"
    folder.mkdir(exist_ok=True)
    for name, sql, columns in (
        ("d", "SELECT id, channel_id, language, sent_at FROM deliver_delivery",
         "id BIGINT, channel BIGINT, language VARCHAR, sent_at TIMESTAMP"),
        ("r", "SELECT delivery_id, metric, at, value FROM measure_reading WHERE delivery_id IS NOT NULL",
         "delivery BIGINT, metric VARCHAR, taken TIMESTAMP, number BIGINT"),
    ):  # fmt: skip
        file_of = folder / f"{name}.csv"
        with file_of.open("w", encoding="utf-8") as file:
            rows = source.execute(sql)
            while some := rows.fetchmany(50_000):
                file.write("".join(",".join(map(str, row)) + "\n" for row in some))
        engine.execute(f"CREATE TABLE {name} ({columns})")
        engine.execute(f"COPY {name} FROM '{file_of}' (HEADER false)")
        file_of.unlink()
    source.close()
    return engine


NEAREST = """
SELECT channel, count(*) AS messages, sum(value) AS views, count(value) AS known FROM (
  SELECT d.id, any_value(d.channel) AS channel,
         arg_min(r.number, abs(epoch(r.taken) - epoch(d.sent_at) - {after})) AS value
  FROM d LEFT JOIN r ON r.delivery = d.id AND r.metric = '{metric}'
       AND abs(epoch(r.taken) - epoch(d.sent_at) - {after}) <= {within}
  WHERE d.sent_at >= '{first}' AND d.sent_at < '{last}' GROUP BY d.id)
GROUP BY channel"""


def by_duckdb(engine) -> dict[str, tuple[int, int]]:
    """Sums and known numbers of the month after 7 days, four metrics, and of 13 weeks after 72 h, two metrics."""
    found = {}
    for metric in METRICS:
        found[f"month_{metric}"] = _sums(engine, metric, 168, 12, "2026-10-31 19:00:00", "2026-11-30 19:00:00")
    for metric in ("views", "forwards"):
        for n in range(13):
            last = datetime.fromisoformat(LAST) - timedelta(weeks=n)
            first = last - timedelta(weeks=1)
            found[f"week_{n}_{metric}"] = _sums(engine, metric, 72, 6, str(first), str(last))
    return found


def _sums(engine, metric: str, hours: int, tolerance: int, first: str, last: str) -> tuple[int, int]:
    sql = NEAREST.format(metric=metric, after=hours * 3600, within=tolerance * 3600, first=first, last=last)
    rows = engine.execute(sql).fetchall()
    return sum(row[2] or 0 for row in rows), sum(row[3] for row in rows)


def by_settled() -> dict[str, tuple[int, int]]:
    """The same sums by the product's own road."""
    from publisher.connectors.base import Metric
    from publisher.measure.models import Horizon
    from publisher.report.messages import Messages, add_up
    from publisher.report.scope import Scope

    scope = Scope()
    asked, found = Messages(scope, NOW), {}

    def sums(tallies, metric: str) -> tuple[int, int]:
        total = add_up(tallies, Metric(metric), scope.gives)
        return total.value or 0, total.known

    whole = asked.tallies(scope.moment(MONTH), scope.moment(date(2026, 12, 1)), Horizon.WEEK)
    found |= {f"month_{metric}": sums(whole, metric) for metric in METRICS}
    ends = [datetime.fromisoformat(LAST).replace(tzinfo=UTC) - timedelta(weeks=n) for n in range(13)]
    weeks = asked.tallies_in([(end - timedelta(weeks=1), end) for end in ends], Horizon.THREE_DAYS)
    for n, week in enumerate(weeks):
        found |= {f"week_{n}_{metric}": sums(week, metric) for metric in ("views", "forwards")}
    return found


def ask(home: Path, rounds: int) -> None:
    """In a process of its own: seconds of each report, the first and the middle one, and the most memory it held."""
    prepare(home)
    from publisher.people.models import District
    from publisher.report.monthly import month
    from publisher.report.weekly import week

    district = District.objects.get(pk="d7")
    told = {"memory_before_mb": memory()}
    told |= timed("week_district", lambda: week(district, MONDAY, NOW), rounds)
    told["memory_week_district_mb"] = memory()
    told |= timed("month_country", lambda: month(None, MONTH, NOW), rounds)
    told |= timed("sums_sqlite", by_settled, rounds)
    told["memory_mb"] = memory()
    told |= timed("week_country", lambda: week(None, MONDAY, NOW), rounds)
    told |= timed("month_district", lambda: month(district, MONTH, NOW), rounds)
    told["sums"] = by_settled()
    print(json.dumps(told))


def timed(name: str, work: Callable[[], object], rounds: int) -> dict[str, float]:
    """By the clock the first and the middle round, and the processor's seconds: others may use the machine too."""
    took, worked = [], []
    for _ in range(rounds):
        begun, busy = time.perf_counter(), time.process_time()
        work()
        took.append(time.perf_counter() - begun)
        worked.append(time.process_time() - busy)
    return {
        f"{name}_first_s": took[0],
        f"{name}_s": statistics.median(took),
        f"{name}_cpu_s": statistics.median(worked),
    }


def memory() -> float:
    """Megabytes at the most, of this process alone: getrusage would count the one that started it."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))) / 1024


def settle_all(done: dict[str, float], keep: Callable[[], object]) -> None:
    """A year settled by the clock's step, one after another; then what a step costs that finds nothing to do."""
    from publisher.report.settle import settle

    made = 1
    while made:
        begun = time.perf_counter()
        made = settle(NOW, most=20_000)
        took = time.perf_counter() - begun
        done["settling_s"] = done.get("settling_s", 0) + took
        done["settled_rows"] = done.get("settled_rows", 0) + made
        keep()
    done["settling_nothing_s"] = took


def add_up_all() -> dict[str, float]:
    """Weeks and months that are over, step by step as the clock does it; then a step that finds nothing to do."""
    from publisher.report.models import PastSum
    from publisher.report.past_making import add_up

    begun, made = time.perf_counter(), 1
    while made:
        last = time.perf_counter()
        made = add_up(NOW)
    took = time.perf_counter()
    return {"past_s": took - begun, "past_nothing_s": took - last, "past_rows": PastSum.objects.count()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--build", action="store_true", help="only make the data of --keep")
    parser.add_argument("--tiny", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--ask", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--rounds", type=int, default=5, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.ask:
        ask(arguments.ask, arguments.rounds)
    else:
        size = (20, 26) if arguments.quick else (8, 3) if arguments.tiny else (200, 52)
        with tempfile.TemporaryDirectory() as folder:
            home = arguments.keep or Path(folder)
            home.mkdir(exist_ok=True)
            built = build(home, *size)
            if not arguments.build:
                measure(home, built, arguments.rounds)


def build(home: Path, districts: int, weeks: int) -> dict[str, float]:
    """Each step is done once and its figures are kept beside the data."""
    notes = home / "built.json"
    done: dict[str, float] = json.loads(notes.read_text(encoding="utf-8")) if notes.exists() else {}
    prepare(home, districts)
    begun = time.perf_counter()
    if not done:
        done["readings"] = fill(districts, weeks)
        done["filling_s"] = time.perf_counter() - begun
        notes.write_text(json.dumps(done), encoding="utf-8")
    print(f"{done['readings']:,} readings in {done['filling_s']:.0f} s", flush=True)
    if "settling_nothing_s" not in done:
        settle_all(done, lambda: notes.write_text(json.dumps(done), encoding="utf-8"))
        duckdb_of(home).close()
        notes.write_text(json.dumps(done), encoding="utf-8")
    if "past_s" not in done:
        done |= add_up_all()
        notes.write_text(json.dumps(done), encoding="utf-8")
    print(f"settled in {done['settling_s']:.0f} s, past weeks and months in {done['past_s']:.0f} s", flush=True)
    return done


def measure(home: Path, figures: dict[str, float], rounds: int) -> None:
    import duckdb

    sums: dict[str, tuple[int, int]] = {}
    with duckdb.connect(str(home / "readings.duckdb"), read_only=True) as engine:
        by_duckdb(engine)
        figures |= timed("sums_duckdb", lambda: sums.update(by_duckdb(engine)), rounds)
    asked = [sys.executable, __file__, "--ask", str(home), "--rounds", str(rounds)]
    told = json.loads(subprocess.run(asked, check=True, capture_output=True, text=True).stdout.splitlines()[-1])
    assert {key: tuple(pair) for key, pair in told.pop("sums").items()} == sums, "DuckDB adds up something else"
    figures |= told
    for name in ("week_district", "month_country", "week_country", "month_district", "sums_sqlite", "sums_duckdb"):
        clock, cpu, first = (figures[f"{name}_{kind}"] for kind in ("s", "cpu_s", "first_s"))
        print(f"{name}: {clock:.2f} s, processor {cpu:.2f} s (first {first:.2f} s)", flush=True)
    ratios = {
        "month_country_to_sums_in_duckdb": figures["month_country_s"] / figures["sums_duckdb_s"],
        "sums_to_duckdb": figures["sums_sqlite_s"] / figures["sums_duckdb_s"],
        "sums_to_duckdb_cpu": figures["sums_sqlite_cpu_s"] / figures["sums_duckdb_cpu_s"],
    }
    machine = {"cores": os.cpu_count(), "python": platform.python_version(), "load": os.getloadavg()[0]}
    print(json.dumps({"name": "report", "ratios": ratios, "figures": figures, "machine": machine}))


if __name__ == "__main__":
    main()
