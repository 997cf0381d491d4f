"""The bar that stays: its own slice in every picture, looked at by several decoders."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from publisher.render import ffmpeg
from publisher.render.band import REACH, ROW, draw_band, floor_of
from publisher.render.errors import TextDoesNotFit
from publisher.render.films import brand_film
from publisher.render.kit import Kit
from publisher.render.layouts import Moment
from publisher.render.naming import name_of
from publisher.render.specs import Cue, FilmSpec, Job, VariantsSpec
from publisher.render.splice.cuts import CannotSplice
from publisher.render.splice.encode import Setting
from publisher.render.splice.group import Variant, splicing
from publisher.render.splice.make import make_variants
from publisher.render.splice.verify import check_seam
from tests.render.specimens import film_of, make

SECONDS, RATE, END, TITLE = 6, 25, 4, 2.5
CLICKS = "aevalsrc='0.5*lt(mod(t,1),0.004)*sin(2*PI*1000*t)':s=48000"
DECODERS = {
    "one thread": ("-threads", "1", "-c:v", "h264"),
    "picture by picture": ("-threads", "4", "-thread_type", "frame", "-c:v", "h264"),
    "slice by slice": ("-threads", "4", "-thread_type", "slice", "-c:v", "h264"),
    "openh264": ("-c:v", "libopenh264"),
}


@dataclass(frozen=True)
class Group:
    films: tuple[Path, ...]
    setting: Setting

    @property
    def seam(self) -> int:
        return self.setting.seam

    @property
    def shared(self) -> int:
        return sum(map(len, self.setting.cuts.shared))


@pytest.fixture(scope="module")
def source(films: Path) -> Path:
    """Everything moves upwards, so that motion points over the seam wherever it may."""
    moving = f"testsrc2=s=640x720:r={RATE}:d={SECONDS},scroll=vertical=0.011,crop=640:360"
    sound = ("-f", "lavfi", "-i", f"{CLICKS}:d={SECONDS}", "-c:a", "aac", "-b:a", "192k")
    return make(films / "upwards.mp4", "-f", "lavfi", "-i", moving, *sound, "-pix_fmt", "yuv420p", "-crf", "14")


def specs_of(source: Path, count: int = 2, **changes: object) -> list[FilmSpec]:
    spec = film_of(source, bar="stays", **changes)
    return [replace(spec, hotline=f"{n}-{n}{n}-{n}{n}", district=f"Аудан {n}") for n in range(2, 2 + count)]


def spliced(specs: list[FilmSpec], kit: Kit, folder: Path) -> Group:
    folder.mkdir(exist_ok=True)
    group = [Variant(spec, f"v{n}", folder / f"v{n}") for n, spec in enumerate(specs)]
    with splicing(group, kit, folder / "shared", lambda _part: None) as begun:
        made = [variant for variant, _ in begun.finished()]
        return Group(tuple(variant.film for variant in made), begun.setting)


@pytest.fixture(scope="module")
def group(source: Path, kit: Kit, tmp_path_factory: pytest.TempPathFactory) -> Group:
    return spliced(specs_of(source), kit, tmp_path_factory.mktemp("bar"))


@pytest.fixture(scope="module")
def titled(source: Path, kit: Kit, tmp_path_factory: pytest.TempPathFactory) -> Group:
    return spliced(specs_of(source, intro="«Қауіпсіз шот» жоқ"), kit, tmp_path_factory.mktemp("titled"))


@pytest.fixture(scope="module")
def in_one_pass(source: Path, kit: Kit, films: Path) -> Path:
    brand_film(specs_of(source)[0], kit, films / "bar-in-one-pass.mp4")
    return films / "bar-in-one-pass.mp4"


@pytest.fixture
def without_b_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    real = Setting.video
    monkeypatch.setattr(Setting, "video", lambda self, **wanted: [*real(self, **wanted), "-bf", "0"])


def prints(path: Path, decoder: str, crop: str = "") -> list[str]:
    """A hash of each picture; any complaint of the decoder is an error."""
    strict = [ffmpeg.ffmpeg(), "-v", "error", "-xerror", "-err_detect", "explode", *DECODERS[decoder], "-i", str(path)]
    shown = [
        "-map",
        "0:v",
        *(["-vf", f"crop={crop}"] if crop else []),
        "-fps_mode",
        "passthrough",
        "-f",
        "framemd5",
        "-",
    ]
    done = subprocess.run([*strict, *shown], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return [line.rpartition(",")[2].strip() for line in done.stdout.splitlines() if not line.startswith("#")]


def above_and_below(group: Group, number: int, decoder: str) -> tuple[list[str], list[str]]:
    width, height = group.setting.size
    film = group.films[number]
    return (
        prints(film, decoder, f"{width}:{group.seam}:0:0"),
        prints(film, decoder, f"{width}:{height - group.seam}:0:{group.seam}"),
    )


def decoded(path: Path) -> np.ndarray:
    with av.open(str(path)) as film:
        return np.stack([frame.to_ndarray(format="gray").astype(np.int16) for frame in film.decode(video=0)])


def clicks(path: Path) -> np.ndarray:
    """Seconds at which the film's sound rises sharply."""
    command = [ffmpeg.ffmpeg(), "-v", "error", "-i", str(path), "-ac", "1", "-ar", "48000", "-f", "f32le", "-"]
    sound = np.frombuffer(subprocess.run(command, capture_output=True, check=True).stdout, np.float32)
    loud = np.flatnonzero(np.abs(sound) > 0.2 * np.abs(sound).max())
    return loud[np.insert(np.diff(loud) > 24000, 0, True)] / 48000


@pytest.mark.parametrize("decoder", DECODERS)
@pytest.mark.parametrize("number", [0, 1])
def test_no_decoder_sees_anything_of_one_slice_in_the_other(group: Group, decoder: str, number: int):
    above, below = above_and_below(group, number, decoder)
    assert len(above) == (SECONDS + END) * RATE
    assert above[: group.shared] == prints(group.setting.body, decoder)
    assert len(set(below[: group.shared])) == 1


@pytest.mark.usefixtures("without_b_pictures")
def test_two_independent_decoders_give_the_same_pixels(source: Path, kit: Kit, tmp_path: Path):
    """Without B pictures, on which they differ for plain films of x264 as well."""
    made = spliced(specs_of(source, most_seconds=3), kit, tmp_path)
    assert prints(made.films[1], "openh264") == prints(made.films[1], "one thread")


def test_districts_differ_in_the_band_and_at_the_end_only(group: Group):
    one, other = (decoded(film) for film in group.films)
    body = slice(0, group.shared)
    assert (one[body, : group.seam] == other[body, : group.seam]).all()
    assert (one[body, group.seam :] != other[body, group.seam :]).any(axis=(1, 2)).all()


def test_each_picture_is_the_one_that_a_single_pass_gives(group: Group, in_one_pass: Path):
    ours, theirs = decoded(group.films[0]), decoded(in_one_pass)
    assert ours.shape == theirs.shape
    assert ((ours - theirs) ** 2).mean(axis=(1, 2)).max() < 60


def test_it_looks_as_good_as_a_single_pass(group: Group, in_one_pass: Path, source: Path, kit: Kit):
    assert vmaf(group, group.films[0], source, kit) > vmaf(group, in_one_pass, source, kit) - 0.5


def vmaf(group: Group, made: Path, source: Path, kit: Kit) -> float:
    """Of the film inside the picture, without logo and band."""
    wide, top = group.setting.size[0], floor_of(kit.film.formats["16:9"], group.setting.size).top
    body = f"crop=160:{top - 4}:(iw-160)/2:2,trim=end_frame={group.shared},setpts=PTS-STARTPTS"
    inside = f"scale={wide}:{top}:force_original_aspect_ratio=decrease:force_divisible_by=2"
    compare = f"[0:v]crop={wide}:{top}:0:0,{body}[a];[1:v]{inside},{body}[b];[a][b]libvmaf"
    told = ffmpeg.run(["-i", str(made), "-i", str(source), "-lavfi", compare, "-f", "null", "-"], loglevel="info")
    return float(re.findall(r"VMAF score: ([\d.]+)", told)[-1])


@pytest.mark.parametrize("kind", ["group", "titled"])
def test_pictures_are_evenly_spaced_and_decoding_times_rise(kind: str, request: pytest.FixtureRequest):
    made: Group = request.getfixturevalue(kind)
    frames = round((SECONDS + END + (TITLE if kind == "titled" else 0)) * RATE)
    with av.open(str(made.films[1])) as film:
        stream = film.streams.video[0]
        times = [(p.pts * stream.time_base, p.dts) for p in film.demux(stream) if p.size]
    assert sorted(pts for pts, _ in times) == [Fraction(n, RATE) for n in range(frames)]
    assert all(a < b for (_, a), (_, b) in pairwise(times))


@pytest.mark.parametrize("kind", ["group", "titled"])
def test_sound_and_picture_stay_together(kind: str, source: Path, request: pytest.FixtureRequest):
    heard, wanted = clicks(request.getfixturevalue(kind).films[1]), clicks(source)
    later = round(TITLE * RATE) / RATE if kind == "titled" else 0
    assert len(heard) == len(wanted) == SECONDS
    assert np.abs(heard - wanted - later).max() < 0.02


@pytest.mark.parametrize("bar", ["slides", "stays"])
def test_under_a_title_each_picture_is_the_one_that_a_single_pass_gives(
    bar: str, titled: Group, source: Path, kit: Kit, tmp_path: Path
):
    moments = (Moment(at=2, seconds=2),)
    specs = [replace(spec, bar=bar, bar_moments=moments) for spec in specs_of(source, intro="«Қауіпсіз шот» жоқ")]
    made = titled if bar == "stays" else spliced(specs, kit, tmp_path / "group")
    brand_film(specs[0], kit, tmp_path / "whole.mp4")
    ours, theirs = decoded(made.films[0]), decoded(tmp_path / "whole.mp4")
    assert ours.shape == theirs.shape
    assert ((ours - theirs) ** 2).mean(axis=(1, 2)).max() < 60


def test_the_title_names_each_district_and_stands_still(titled: Group):
    one, other = (decoded(film)[: round(TITLE * RATE)] for film in titled.films)
    assert (one == one[0]).all()
    assert (one[0] != other[0]).any()


def refused(specs: list[FilmSpec], kit: Kit, folder: Path) -> bool:
    """All are made all the same, in one pass, and say so."""
    names = tuple(name_of(Job(spec)) for spec in specs)
    (folder / "work").mkdir(parents=True)
    make_variants(VariantsSpec(films=tuple(specs), names=names, out_dir=folder), kit, folder / "work", lambda _: None)
    assert all((folder / f"{name}.mp4").is_file() for name in names)
    return all("variant_in_one_pass" in (folder / f"{name}.json").read_text("utf-8") for name in names)


def test_an_encoder_without_cabac_is_not_woven(source: Path, kit: Kit, tmp_path: Path):
    encoding = kit.film.encoding.model_copy(update={"preset": "ultrafast"})
    plain = replace(kit, film=kit.film.model_copy(update={"encoding": encoding}))
    assert refused(specs_of(source, most_seconds=1), plain, tmp_path)


def test_a_seam_that_is_not_of_one_colour_is_not_woven(
    source: Path, kit: Kit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def patterned(spec: FilmSpec, kit: Kit) -> object:
        picture, floor = draw_band(spec, kit)
        picture.paste((200, 30, 30), (40, floor.seam - floor.top + 8, 90, floor.seam - floor.top + 20))
        return picture, floor

    monkeypatch.setattr("publisher.render.artwork.draw_band", patterned)
    assert refused(specs_of(source, most_seconds=1), kit, tmp_path)


def test_a_bar_that_is_not_aligned_to_the_blocks_is_not_woven(
    source: Path, kit: Kit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def shifted(spec: FilmSpec, kit: Kit) -> object:
        picture, floor = draw_band(spec, kit)
        return picture, replace(floor, seam=floor.seam + 2)

    monkeypatch.setattr("publisher.render.artwork.draw_band", shifted)
    assert refused(specs_of(source, most_seconds=1), kit, tmp_path)


def test_what_shows_through_the_seam_is_found_out(group: Group):
    wrong = replace(group.setting, seam=group.seam + ROW)
    with pytest.raises(CannotSplice):
        check_seam(group.films[0], wrong)


@pytest.mark.parametrize("shape", ["9:16", "1:1", "4:5"])
def test_it_is_woven_in_every_format(shape: str, source: Path, kit: Kit, tmp_path: Path):
    made = spliced(specs_of(source, format=shape, most_seconds=2), kit, tmp_path)
    above, below = above_and_below(made, 1, "one thread")
    assert above[: made.shared] == prints(made.setting.body, "one thread")
    assert len(set(below[: made.shared])) == 1


@pytest.mark.parametrize("shape", ["16:9", "9:16", "1:1", "4:5"])
@pytest.mark.parametrize("side", [180, 360, 480, 540, 720, 1080])
@pytest.mark.parametrize(
    ("language", "message"), [("kk", "Күмәндансаңыз — қоңырау шалыңыз"), ("ru", "Сомневаетесь — позвоните")]
)
def test_the_band_fits_its_words_below_a_plain_seam(shape: str, side: int, language: str, message: str, kit: Kit):
    spec = film_of(Path("film.mp4"), bar="stays", format=shape, short_side=side, language=language, message=message)
    picture, floor = draw_band(replace(spec, district="Қызылжар ауданы", hotline="8 (715) 32-15-65"), kit)
    assert floor.seam % ROW == 0
    assert 0 < floor.top < floor.seam - ROW < floor.seam
    plain = picture.crop((0, floor.seam - ROW - floor.top, picture.width, floor.seam + REACH - floor.top))
    assert plain.getcolors() == [(plain.width * plain.height, kit.colour("night"))]


def test_a_text_too_long_for_the_band_is_told(kit: Kit):
    with pytest.raises(TextDoesNotFit):
        draw_band(film_of(Path("film.mp4"), bar="stays", message="тым ұзын " * 30), kit)


def test_subtitles_stand_above_the_band(source: Path, kit: Kit, tmp_path: Path):
    told = specs_of(source, most_seconds=1, subtitles=(Cue(0, SECONDS, "Код айтпаңыз"),))
    without = replace(told[0], subtitles=())
    brand_film(told[0], kit, tmp_path / "told.mp4")
    brand_film(without, kit, tmp_path / "without.mp4")
    differing = np.abs(decoded(tmp_path / "told.mp4")[5] - decoded(tmp_path / "without.mp4")[5]) > 40
    rows = np.flatnonzero(differing.any(axis=1))
    floor = floor_of(kit.film.formats["16:9"], (320, 180))
    assert 0.6 * floor.top < rows.min() < rows.max() < floor.top


@pytest.mark.parametrize("rate", [Fraction(24000, 1001), Fraction(30000, 1001)])
def test_no_picture_is_lost_at_a_rate_without_exact_decimals(rate: Fraction, films: Path, kit: Kit, tmp_path: Path):
    picture = ("-f", "lavfi", "-i", f"testsrc2=s=320x180:r={rate}:d=3", "-pix_fmt", "yuv420p")
    uneven = make(films / f"rate{rate.numerator}.mp4", *picture)
    specs = specs_of(uneven, intro="Сақ болыңыз")
    brand_film(specs[0], kit, tmp_path / "whole.mp4")
    for path in (tmp_path / "whole.mp4", spliced(specs, kit, tmp_path / "group").films[1]):
        with av.open(str(path)) as film:
            stream = film.streams.video[0]
            times = sorted(p.pts * stream.time_base for p in film.demux(stream) if p.size)
        frames = round(3 * rate) + round(4 * rate) + round(Fraction("2.5") * rate)
        assert times == [n / rate for n in range(frames)]
