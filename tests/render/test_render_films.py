from __future__ import annotations

import re
import subprocess
from fractions import Fraction
from pathlib import Path

import pytest
from PIL import Image

from publisher.render import ffmpeg
from publisher.render.clips import make_clip
from publisher.render.errors import BrokenMedia, DiskFull, SizeNotReachable
from publisher.render.filmgraph import rate_for, spans_of
from publisher.render.films import brand_film
from publisher.render.kit import Kit
from publisher.render.layouts import Moment
from publisher.render.loudness import measure
from publisher.render.pictures import THUMBNAIL_BYTES, thumbnail
from publisher.render.probe import probe
from tests.render.specimens import SIDE, clip_of, film_of, make


def frames_of(path: Path) -> int:
    """Decoded with every error fatal."""
    command = [ffmpeg.ffmpeg(), "-v", "error", "-xerror", "-err_detect", "explode", "-i", str(path), "-map", "0"]
    done = subprocess.run([*command, "-f", "null", "-progress", "-", "-"], capture_output=True, text=True, check=True)
    return int(re.findall(r"frame=\s*(\d+)", done.stdout)[-1])


def shot(path: Path, at: float, folder: Path) -> Image.Image:
    target = make(folder / f"at{at}.png", "-ss", str(at), "-i", str(path), "-frames:v", "1")
    with Image.open(target) as image:
        return image.convert("RGB")


def is_faststart(path: Path) -> bool:
    data = path.read_bytes()
    return 0 < data.index(b"moov") < data.index(b"mdat")


def near(colour: tuple[int, ...], wanted: tuple[int, ...], by: int = 6) -> bool:
    return all(abs(a - b) <= by for a, b in zip(colour, wanted, strict=True))


@pytest.fixture(scope="module")
def clip(kit: Kit, films: Path) -> Path:
    target = films / "clip.mp4"
    make_clip(clip_of(qr="tel:21565"), kit, target)
    return target


@pytest.fixture(scope="module")
def branded(kit: Kit, films: Path, plain_film: Path) -> Path:
    target = films / "branded.mp4"
    brand_film(film_of(plain_film, bar_moments=(Moment(at=0, seconds=2),)), kit, target)
    return target


def test_a_clip_is_what_every_phone_plays(clip: Path):
    film = probe(clip)
    assert (film.video_codec, film.audio_codec, film.pix_fmt, film.matrix) == ("h264", "aac", "yuv420p", "bt709")
    assert (min(film.width, film.height), film.fps) == (SIDE, 25.0)
    assert is_faststart(clip)
    assert frames_of(clip) == round(film.duration_s * 25) >= 250


def test_a_clips_colours_are_the_brands(clip: Path, kit: Kit, tmp_path: Path):
    last = shot(clip, probe(clip).duration_s - 0.5, tmp_path)
    assert near(last.getpixel((3, 3)), kit.colour("accent"))


def test_a_clip_is_quiet_but_not_silent(clip: Path):
    assert -45 < measure(clip, "mov").loudness < -20


def test_a_clip_brings_a_cover_and_a_thumbnail(clip: Path):
    with Image.open(clip.with_suffix(".cover.jpg")) as cover, Image.open(clip.with_suffix(".thumb.jpg")) as thumb:
        assert min(cover.size) == SIDE
        assert max(thumb.size) <= 320
    assert clip.with_suffix(".thumb.jpg").stat().st_size <= THUMBNAIL_BYTES
    assert not clip.with_suffix(".wav").exists()


def test_a_branded_film_is_the_film_and_four_seconds(branded: Path):
    film = probe(branded)
    assert (film.video_codec, film.audio_codec, film.pix_fmt, film.matrix) == ("h264", "aac", "yuv420p", "bt709")
    assert (film.height, film.fps) == (SIDE, 25.0)
    assert is_faststart(branded)
    assert frames_of(branded) == round(probe_length(branded) * 25)
    assert film.duration_s == pytest.approx(6.0, abs=0.1)


def probe_length(path: Path) -> float:
    return round(probe(path).duration_s * 25) / 25


def test_the_bar_with_the_number_stands_over_the_film_and_then_the_end_card(branded: Path, kit: Kit, tmp_path: Path):
    left, top, _width, height = (round(value * SIDE / 720) for value in kit.film.formats["16:9"].number.box)
    during, after = shot(branded, 1.2, tmp_path), shot(branded, 4.0, tmp_path)
    assert near(during.getpixel((left + 1, top + height // 2)), kit.colour("accent"), 30)
    assert near(after.getpixel((2, 2)), kit.colour("accent"))


def test_a_films_sound_comes_out_at_the_wanted_loudness(branded: Path):
    assert measure(branded, "mov").loudness == pytest.approx(-16, abs=1)


def test_sound_with_peaks_is_limited_and_still_hits_the_mark(kit: Kit, films: Path, tmp_path: Path):
    peaks = "aevalsrc='0.08*sin(2*PI*300*t)+0.5*lt(mod(t,1),0.02)*sin(2*PI*900*t)':d=4:s=48000"
    picture = ("-f", "lavfi", "-i", "color=gray:s=64x64:r=10:d=4", "-f", "lavfi", "-i", peaks)
    source = make(films / "peaks.mp4", *picture, "-pix_fmt", "yuv420p", "-c:a", "aac", "-b:a", "192k")
    target = tmp_path / "made.mp4"
    brand_film(film_of(source, format="1:1"), kit, target)
    found = measure(target, "mov")
    assert found.loudness == pytest.approx(-16, abs=1)
    assert found.peak <= 0


def test_a_film_without_sound_gets_a_silent_track(kit: Kit, silent_film: Path, tmp_path: Path):
    target = tmp_path / "made.mp4"
    brand_film(film_of(silent_film), kit, target)
    assert probe(target).audio_codec == "aac"
    assert measure(target, "mov").loudness < -60


def test_a_turned_film_stands_upright(kit: Kit, films: Path, tmp_path: Path):
    halves = "color=red:s=160x90:r=25:d=1,drawbox=x=80:w=80:h=90:color=blue:t=fill"
    lying = make(films / "halves.mp4", "-f", "lavfi", "-i", halves, "-pix_fmt", "yuv420p")
    turned = make(films / "upright.mp4", "-display_rotation:v", "90", "-i", str(lying), "-c", "copy")
    target = tmp_path / "made.mp4"
    brand_film(film_of(turned, format="9:16", bar_moments=()), kit, target)
    picture = shot(target, 0.3, tmp_path)
    assert (picture.width, picture.height) == (SIDE, 320)
    # Turned by 90° counter-clockwise, what was at the right is above.
    above, below = picture.getpixel((40, 80)), picture.getpixel((40, 240))
    assert above[2] > 150 > above[0]
    assert below[0] > 150 > below[2]


def test_a_film_of_another_shape_is_framed_and_not_stretched(kit: Kit, films: Path, tmp_path: Path):
    square = make(films / "square.mp4", "-f", "lavfi", "-i", "color=white:s=90x90:r=10:d=1", "-pix_fmt", "yuv420p")
    target = tmp_path / "made.mp4"
    brand_film(film_of(square, fill="plain", bar_moments=()), kit, target)
    picture = shot(target, 0.2, tmp_path)
    assert near(picture.getpixel((8, 90)), kit.colour("night"), 10)
    assert near(picture.getpixel((160, 90)), (255, 255, 255), 10)


def test_a_film_over_the_limit_is_made_to_fit(kit: Kit, noisy_film: Path, tmp_path: Path):
    target = tmp_path / "made.mp4"
    brand_film(film_of(noisy_film, most_bytes=10_000_000), kit, target)
    easy = target.stat().st_size
    brand_film(film_of(noisy_film, most_bytes=easy // 3), kit, target)
    assert easy // 4 < target.stat().st_size <= easy // 3
    assert frames_of(target) == 250


def test_where_little_room_is_left_the_picture_gets_smaller_and_says_so(kit: Kit, noisy_film: Path, tmp_path: Path):
    target = tmp_path / "made.mp4"
    notes = brand_film(film_of(noisy_film, most_bytes=105_000), kit, target).notes
    assert target.stat().st_size <= 105_000
    assert probe(target).height < SIDE
    assert notes == ("picture_made_smaller",)


def test_a_film_that_cannot_fit_is_refused_with_the_length_that_would(kit: Kit, noisy_film: Path, tmp_path: Path):
    with pytest.raises(SizeNotReachable, match="trim it") as caught:
        brand_film(film_of(noisy_film, most_bytes=60_000), kit, tmp_path / "made.mp4")
    assert 0 <= caught.value.values["seconds"] < 6


@pytest.mark.parametrize(
    ("fps", "rate"),
    [
        (25, Fraction(25)),
        (29.97, Fraction(30000, 1001)),
        (59.94, Fraction(30000, 1001)),
        (50, 25),
        (17.3, 30),
        (240, 30),
    ],
)
def test_unusual_rates_become_usual_ones(fps: float, rate: Fraction):
    assert rate_for(fps, 30) == rate


def test_moments_are_cut_to_the_film_and_never_overlap():
    moments = (Moment(at=1.5, seconds=7), Moment(at=-8, seconds=7.5))
    assert spans_of(moments, 60) == [(1.5, 8.5), (52, 59.5)]
    assert spans_of(moments, 10) == [(1.5, 9.5)]
    assert spans_of(moments, 2) == [(0, 2)]
    assert spans_of(moments, 0.8) == []


def test_a_thumbnail_is_small_and_upright(plain_film: Path, films: Path, tmp_path: Path):
    turned = make(films / "turned-too.mp4", "-display_rotation:v", "90", "-i", str(plain_film), "-c", "copy")
    with Image.open(thumbnail(turned, tmp_path / "thumb.jpg")) as image:
        assert (image.format, image.size) == ("JPEG", (90, 160))


def test_a_large_picture_gets_a_thumbnail_too(tmp_path: Path):
    Image.effect_noise((1200, 900), 90).convert("RGB").save(tmp_path / "noise.png")
    with Image.open(thumbnail(tmp_path / "noise.png", tmp_path / "thumb.jpg")) as image:
        assert image.size == (320, 240)
    assert (tmp_path / "thumb.jpg").stat().st_size <= THUMBNAIL_BYTES


def test_a_full_disk_is_told_as_such():
    with pytest.raises(DiskFull):
        ffmpeg.run(["-f", "lavfi", "-i", "testsrc2=s=64x64:d=2", "-f", "rawvideo", "/dev/full"])


def test_a_broken_picture_is_told_as_such(tmp_path: Path):
    Image.effect_noise((200, 200), 90).save(tmp_path / "whole.png")
    (tmp_path / "broken.png").write_bytes((tmp_path / "whole.png").read_bytes()[:9000])
    with pytest.raises(BrokenMedia):
        thumbnail(tmp_path / "broken.png", tmp_path / "thumb.jpg")
