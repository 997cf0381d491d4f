"""Thinning drops what nobody asks for, and never changes a figure."""

from __future__ import annotations

import csv
import io
import sys
from argparse import Namespace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher import exporting
from publisher.commands import WrongInput
from publisher.connectors.base import Metric
from publisher.measure import retention
from publisher.measure.metrics import AFTER, HELD
from publisher.measure.models import AppointmentState, Horizon, Reading
from publisher.measure.readings import Asked, Known, Snapshot, followers_near, value_at
from publisher.measure.retention import Row, to_keep

SENT = datetime(2026, 10, 1, 5, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Almaty")
NOW = SENT + timedelta(days=40)

minutes = st.integers(0, 20 * 24 * 60)
series = st.lists(
    st.tuples(minutes, st.sampled_from(["bot-api", "public-page"])), max_size=60, unique_by=lambda t: t[0]
)
delays = st.lists(st.integers(0, 15), min_size=4, max_size=4)


@pytest.mark.parametrize("metric", [Metric.VIEWS, Metric.REACTIONS])
@given(series, delays)
def test_no_figure_changes(metric, series, delays):
    assert (metric in HELD) == (metric == Metric.REACTIONS)
    rows = [Row(n, metric, source, SENT + timedelta(minutes=m)) for n, (m, source) in enumerate(series)]
    asked = [
        Asked(h, SENT + AFTER[h], AppointmentState.TAKEN, SENT + AFTER[h] + timedelta(minutes=late))
        for h, late in zip(Horizon, delays, strict=True)
    ]
    moments = [moment for one in asked for moment in (one.due_at, one.taken_at)]
    kept = set(to_keep(rows, SENT, moments, ZONE))
    for one in asked:
        before, after = (
            value_at(one, _snapshots(rows, pks), metric, frozenset({metric}))
            for pks in ({row.pk for row in rows}, kept)
        )
        assert before == after


def _snapshots(rows: list[Row], pks: set[int]) -> list[Snapshot]:
    return [Snapshot(row.at, row.source, (("", row.pk),)) for row in sorted(rows, key=lambda r: r.at) if row.pk in pks]


@given(series)
def test_the_first_and_the_last_of_each_day_stay(series):
    rows = [Row(n, "views", source, SENT + timedelta(minutes=m)) for n, (m, source) in enumerate(series)]
    kept = set(to_keep(rows, SENT, (), ZONE))
    by_day: dict[object, list[Row]] = {}
    for row in sorted(rows, key=lambda r: r.at):
        by_day.setdefault(row.at.astimezone(ZONE).date(), []).append(row)
    assert all({day[0].pk, day[-1].pk} <= kept for day in by_day.values())


@pytest.fixture
def hourly(telegram):
    """Thirty days of followers, hour by hour."""
    Reading.objects.bulk_create(
        Reading(channel=telegram, metric="followers", value=1000 + n, at=SENT + timedelta(hours=n), source="bot-api")
        for n in range(30 * 24)
    )


def test_followers_of_old_days_become_two_a_day_and_boundaries_stay(telegram, hourly):
    moments = [datetime(2026, 10, day, 19, tzinfo=UTC) for day in range(2, 20)]  # midnight in Kazakhstan
    before = [followers_near(moment, timedelta(hours=12)) for moment in moments]
    dropped = retention.thin(NOW)
    assert dropped > 500
    assert [followers_near(moment, timedelta(hours=12)) for moment in moments] == before
    assert retention.thin(NOW) == 0


def test_the_last_two_weeks_are_left_whole(telegram, hourly):
    retention.thin(SENT + timedelta(days=30))
    young = Reading.objects.filter(at__gte=SENT + timedelta(days=16))
    assert young.count() == 14 * 24


def test_a_message_with_many_snapshots_keeps_its_figures(send, telegram):
    delivery = send(telegram, at=SENT)
    Reading.objects.bulk_create(
        Reading(delivery=delivery, metric="views", value=n, at=SENT + timedelta(minutes=20 * n), source="public-page")
        for n in range(600)
    )
    asked = [Asked(h, SENT + AFTER[h], AppointmentState.TAKEN, SENT + AFTER[h]) for h in Horizon]

    def figures():
        rows = Reading.objects.filter(delivery=delivery).order_by("at")
        taken = [Snapshot(row.at, row.source, (("", row.value),)) for row in rows]
        return [value_at(one, taken, Metric.VIEWS, frozenset({Metric.VIEWS})) for one in asked]

    before = figures()
    assert all(isinstance(found, Known) for found in before)
    assert retention.thin(NOW) > 300
    assert figures() == before


def test_the_export_has_every_reading_and_no_formula(telegram, send, tmp_path, capsys):
    delivery = send(telegram, at=SENT)
    Reading.objects.create(delivery=delivery, metric="reactions", label="=1+1", value=3, at=SENT, source="bot-api")
    Reading.objects.create(channel=telegram, metric="followers", value=9, at=SENT, source="hand", by="Айгүл")

    exporting.export(Namespace(start="2026-10-01", end="2026-10-01", out=tmp_path / "all.csv"))
    rows = list(csv.DictReader(io.StringIO((tmp_path / "all.csv").read_text(encoding="utf-8-sig"))))
    assert [(row["of"], row["metric"], row["value"]) for row in rows] == [
        ("message", "reactions", "3"),
        ("channel", "followers", "9"),
    ]
    assert rows[0]["label"] == "'=1+1"
    assert rows[1]["by"] == "Айгүл"


def test_everything_can_be_had_as_parquet_with_types(telegram, send, tmp_path, after):
    duckdb = pytest.importorskip("duckdb", reason="the extra “parquet” is not installed")
    delivery = send(telegram, "11")
    Reading.objects.create(
        delivery=delivery, metric="reactions", label="=❤", value=7, at=after(hours=1), source="mtproto"
    )
    file = tmp_path / "all.parquet"
    exporting.export(Namespace(start=None, end=None, out=file, format="parquet"))
    with duckdb.connect() as base:
        asked = 'SELECT key, post, label, value, epoch("at") FROM read_parquet(?)'
        found = base.execute(asked, [str(file)]).fetchall()
    assert found == [("tg", delivery.post_id, "=❤", 7, after(hours=1).timestamp())]
    assert [path.name for path in tmp_path.iterdir()] == ["all.parquet"]


def test_without_the_extra_it_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "duckdb", None)
    with pytest.raises(WrongInput, match="parquet"):
        exporting.export(Namespace(start=None, end=None, out=tmp_path / "all.parquet", format="parquet"))
