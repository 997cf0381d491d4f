from __future__ import annotations

import shutil
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest

from publisher.render.filmgraph import Plan
from publisher.render.kit import Kit
from publisher.render.layouts import Moment
from publisher.render.probe import Film
from publisher.render.splice.cuts import CannotSplice, Range, cut, shared_spec
from publisher.render.splice.encode import Setting, require_room
from publisher.render.splice.verify import check_timestamps
from tests.render.specimens import film_of, make


def plan_of(seconds: int, rate: Fraction = Fraction(25)) -> Plan:
    film = Film(1280, 720, seconds, float(rate), "h264", "aac", "yuv420p", 0, 1, "mov")
    return Plan(film, rate, round(seconds * rate), round(4 * rate))


@pytest.mark.parametrize("rate", [Fraction(10), Fraction(25), Fraction(30000, 1001)])
def test_shared_and_differing_parts_together_are_the_film(rate: Fraction):
    cuts = cut(plan_of(60, rate), (Moment(at=1.5, seconds=7), Moment(at=-8, seconds=7.5)))
    parts = sorted([*cuts.shared, *cuts.differing], key=lambda part: part.begin)
    assert [a.end == b.begin for a, b in pairwise(parts)] == [True] * (len(parts) - 1)
    assert (parts[0].begin, parts[-1].end) == (0, cuts.planned.body)
    assert sum(map(len, cuts.shared)) > 0.7 * cuts.planned.body


def test_a_bar_just_before_the_end_card_is_one_part_with_it():
    cuts = cut(plan_of(60), (Moment(at=-8, seconds=7.5),))
    assert cuts.differing == (Range(1299, 1500),)


def test_without_a_bar_only_the_end_cards_rise_differs():
    assert cut(plan_of(60), ()).differing == (Range(1490, 1500),)


def test_a_bar_that_never_leaves_shares_nothing():
    with pytest.raises(CannotSplice):
        cut(plan_of(60), (Moment(at=0, seconds=60),))


def test_under_a_title_only_the_pictures_it_melts_into_differ():
    cuts = cut(replace(plan_of(60), intro=50, melt=12), ())
    assert cuts.differing == (Range(0, 12), Range(1490, 1500))
    assert cuts.frames == 50 + 1500 + 100


def test_films_under_other_titles_share_a_body_and_those_without_one_do_not():
    one = film_of(Path("film.mp4"), intro="Сақ болыңыз")
    assert shared_spec(replace(one, intro="Будьте осторожны")) == shared_spec(one)
    assert shared_spec(replace(one, intro="")) != shared_spec(one)


def test_districts_and_languages_share_a_body_and_formats_do_not():
    one = film_of(Path("film.mp4"))
    assert shared_spec(replace(one, hotline="2-15-66", language="ru")) == shared_spec(one)
    assert shared_spec(replace(one, format="9:16")) != shared_spec(one)


def test_no_film_is_spliced_that_would_fill_the_disk_with_raw_pictures(
    kit: Kit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Ten minutes with the bar there for half of them: 9 GB; then the films are made in one pass each."""
    bars = tuple(Moment(at=20 * n, seconds=10) for n in range(30))
    few = shutil._ntuple_diskusage(10**11, 10**11 - 5 * 10**9, 5 * 10**9)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: few)
    setting = Setting(cut(plan_of(600), bars), kit.film.encoding, (1280, 720), 23, tmp_path)
    with pytest.raises(CannotSplice, match="raw pictures"):
        require_room(setting)
    require_room(replace(setting, cuts=cut(plan_of(600), bars[:2])))


def test_a_film_with_a_picture_missing_is_found_out(films: Path):
    cuts = cut(plan_of(4), ())
    drop = "testsrc2=s=64x64:r=25:d=8,select='not(eq(n,50))'"
    timescale = ("-fps_mode", "vfr", "-video_track_timescale", "12800", "-pix_fmt", "yuv420p")
    flawed = make(films / "gap.mp4", "-f", "lavfi", "-i", drop, *timescale)
    with pytest.raises(CannotSplice, match="evenly"):
        check_timestamps(flawed, cuts)
