from __future__ import annotations

import re
import subprocess
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from publisher.render import ffmpeg
from publisher.render.errors import RenderError, RenderFailed, TextDoesNotFit
from publisher.render.films import brand_film
from publisher.render.jobs import render
from publisher.render.kit import MEDIA, Kit
from publisher.render.layouts import Moment
from publisher.render.naming import name_of
from publisher.render.specs import FilmSpec, Job, Rendition, VariantsSpec
from publisher.render.splice import group
from publisher.render.splice.cuts import CannotSplice
from publisher.render.splice.make import make_variants
from publisher.render.splice.variants import render_variants
from tests.render.specimens import film_of, make

SECONDS, RATE, END = 8, 25, 4
CLICKS = "aevalsrc='0.5*lt(mod(t,1),0.004)*sin(2*PI*1000*t)':s=48000"


@pytest.fixture(scope="module")
def source(films: Path) -> Path:
    picture = ("-f", "lavfi", "-i", f"testsrc2=s=320x180:r={RATE}:d={SECONDS}")
    sound = ("-f", "lavfi", "-i", f"{CLICKS}:d={SECONDS}", "-c:a", "aac", "-b:a", "192k")
    return make(films / "clicks.mp4", *picture, *sound, "-c:v", "libx264", "-pix_fmt", "yuv420p", "-crf", "16")


def specs_of(source: Path, count: int = 3, **changes: object) -> list[FilmSpec]:
    spec = film_of(source, bar_moments=(Moment(at=1, seconds=2),), **changes)
    return [replace(spec, hotline=f"{n}-{n}{n}-{n}{n}", district=f"Аудан {n}") for n in range(2, 2 + count)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("variants")


@pytest.fixture(scope="module")
def spliced(source: Path, folder: Path) -> list[Rendition]:
    return render_variants(source, specs_of(source), out_dir=folder)


@pytest.fixture(scope="module")
def in_one_pass(source: Path, kit: Kit, films: Path) -> Path:
    target = films / "one-pass.mp4"
    brand_film(specs_of(source)[0], kit, target)
    return target


def decoded(path: Path) -> np.ndarray:
    with av.open(str(path)) as film:
        return np.stack([frame.to_ndarray(format="gray").astype(np.int16) for frame in film.decode(video=0)])


def clicks(path: Path) -> np.ndarray:
    """Seconds at which the film's sound rises sharply."""
    command = [ffmpeg.ffmpeg(), "-v", "error", "-i", str(path), "-ac", "1", "-ar", "48000", "-f", "f32le", "-"]
    sound = np.frombuffer(subprocess.run(command, capture_output=True, check=True).stdout, np.float32)
    loud = np.flatnonzero(np.abs(sound) > 0.2 * np.abs(sound).max())
    return loud[np.insert(np.diff(loud) > 24000, 0, True)] / 48000


def test_every_variant_decodes_without_a_fault_and_has_every_picture(spliced: list[Rendition]):
    for made in spliced:
        command = [ffmpeg.ffmpeg(), "-v", "error", "-xerror", "-err_detect", "explode", "-i", str(made.path)]
        command += ["-map", "0", "-f", "null", "-progress", "-", "-"]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        assert done.stderr == ""
        assert int(re.findall(r"frame=\s*(\d+)", done.stdout)[-1]) == (SECONDS + END) * RATE


def test_pictures_are_evenly_spaced_and_decoding_times_rise(spliced: list[Rendition]):
    with av.open(str(spliced[1].path)) as film:
        stream = film.streams.video[0]
        times = [(p.pts * stream.time_base, p.dts) for p in film.demux(stream) if p.size]
    assert sorted(pts for pts, _ in times) == [Fraction(n, RATE) for n in range((SECONDS + END) * RATE)]
    assert [dts for _, dts in times] == sorted({dts for _, dts in times})


def test_each_picture_is_the_one_that_a_single_pass_gives(spliced: list[Rendition], in_one_pass: Path):
    ours, theirs = decoded(spliced[0].path), decoded(in_one_pass)
    assert ours.shape == theirs.shape
    noise = ((ours - theirs) ** 2).mean(axis=(1, 2))
    assert noise.max() < 60  # 30 dB at the worst; a picture too early or late is ten times as far off


def test_variants_differ_only_while_bar_or_end_card_is_there(spliced: list[Rendition]):
    one, other = decoded(spliced[0].path), decoded(spliced[1].path)
    differing = np.flatnonzero((one != other).any(axis=(1, 2)))
    assert set(range(RATE + 15, 3 * RATE - 15)) <= set(differing)
    assert set(range(SECONDS * RATE, (SECONDS + END) * RATE)) <= set(differing)
    assert not {0, RATE - 2, 3 * RATE + 2, 5 * RATE, SECONDS * RATE - 12} & set(differing)


def test_the_end_card_stands_still(spliced: list[Rendition]):
    card = decoded(spliced[0].path)[SECONDS * RATE :]
    assert (card == card[0]).all()


def test_sound_and_picture_stay_together(spliced: list[Rendition], source: Path):
    heard, wanted = clicks(spliced[2].path), clicks(source)
    assert len(heard) == len(wanted) == SECONDS
    assert np.abs(heard - wanted).max() < 0.02


def test_a_variant_is_the_rendition_that_a_single_job_would_name(
    spliced: list[Rendition], source: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("publisher.render.child.work", lambda *_: pytest.fail("made again"))
    job = Job(specs_of(source)[1])
    assert spliced[1].path.stem == name_of(job)
    assert render(job, out_dir=folder) == spliced[1]
    assert render_variants(source, specs_of(source), out_dir=folder) == spliced


def test_a_variant_brings_a_cover_without_any_districts_number(spliced: list[Rendition]):
    covers = {made.cover_path.read_bytes() for made in spliced if made.cover_path}
    assert len(covers) == 1
    assert all(made.thumbnail_path and made.thumbnail_path.stat().st_size < 200_000 for made in spliced)


def test_nothing_is_left_about(spliced: list[Rendition], folder: Path):
    found = {path.name.partition(".")[2] for path in folder.iterdir()}
    assert found == {"mp4", "json", "cover.jpg", "thumb.jpg"}
    assert len(list(folder.iterdir())) == 4 * len(spliced)


def test_a_phones_uneven_pictures_become_even_ones(source: Path, films: Path, tmp_path: Path):
    drop = ("-vf", "select='not(eq(mod(n,7),3))'", "-fps_mode", "vfr", "-c:a", "copy")
    uneven = make(films / "uneven.mp4", "-i", str(source), *drop)
    made = render_variants(uneven, specs_of(uneven, 2), out_dir=tmp_path)
    assert [film.notes for film in made] == [(), ()]
    with av.open(str(made[0].path)) as film:
        stream = film.streams.video[0]
        times = sorted(p.pts * stream.time_base for p in film.demux(stream) if p.size)
    assert {b - a for a, b in pairwise(times)} == {Fraction(1, 30)}


def test_a_film_that_shares_too_little_is_made_in_one_pass_and_says_so(plain_film: Path, tmp_path: Path):
    always = [replace(spec, bar_moments=(Moment(at=0, seconds=2),)) for spec in specs_of(plain_film, 2)]
    made = render_variants(plain_film, always, out_dir=tmp_path)
    assert [film.notes for film in made] == [("variant_in_one_pass",)] * 2
    assert [film.path.is_file() for film in made] == [True, True]


@pytest.mark.parametrize("fault", [CannotSplice("the parameter sets differ"), RenderFailed("ffmpeg stopped")])
def test_what_cannot_be_joined_is_made_in_one_pass(
    fault: Exception, source: Path, kit: Kit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def refuse(*_: object) -> None:
        raise fault

    monkeypatch.setattr(group, "join", refuse)
    specs = specs_of(source, 2)
    names = tuple(name_of(Job(spec, MEDIA)) for spec in specs)
    (tmp_path / "work").mkdir()
    told: list[float] = []
    make_variants(VariantsSpec(films=tuple(specs), names=names, out_dir=tmp_path), kit, tmp_path / "work", told.append)
    assert all((tmp_path / f"{name}.mp4").is_file() for name in names)
    assert told == sorted(told)
    assert all("variant_in_one_pass" in (tmp_path / f"{name}.json").read_text() for name in names)


def test_variants_keep_to_the_limit(source: Path, kit: Kit, in_one_pass: Path, tmp_path: Path):
    limit = in_one_pass.stat().st_size * 3 // 4
    made = render_variants(source, specs_of(source, 2, most_bytes=limit), out_dir=tmp_path)
    assert [film.size_bytes <= limit for film in made] == [True, True]
    assert min(film.size_bytes for film in made) > limit * 0.7


def test_a_text_that_does_not_fit_is_told_before_anything_is_encoded(source: Path, tmp_path: Path):
    fine, long = specs_of(source, 2)
    with pytest.raises((TextDoesNotFit, RenderError), match="long"):
        render_variants(source, [fine, replace(long, message="тым ұзын " * 60)], out_dir=tmp_path)
    assert list(tmp_path.iterdir()) == []
