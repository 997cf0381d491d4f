"""What a film can be given besides logo, bar and end card: title, subtitles, music, another shape, a cover."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from PIL import Image

from publisher.render import ffmpeg
from publisher.render.films import brand_film
from publisher.render.kit import Kit
from publisher.render.loudness import measure
from publisher.render.probe import probe
from publisher.render.specs import Cue
from tests.render.specimens import SIDE, film_of, make

MUSIC_HZ, SPEECH_HZ = 3000, 300


@pytest.fixture(scope="module")
def spoken_film(films: Path) -> Path:
    """A white picture of 6 s, red from the fourth second; a loud tone in the first 3 s, then silence."""
    picture = ("-f", "lavfi", "-i", "color=white:s=160x90:r=25:d=6,drawbox=color=red:t=fill:enable='gte(t,4)'")
    speech = ("-f", "lavfi", "-i", f"aevalsrc='0.3*sin(2*PI*{SPEECH_HZ}*t)*lt(t,3)':d=6:s=48000")
    return make(films / "spoken.mp4", *picture, *speech, "-pix_fmt", "yuv420p", "-g", "25", "-c:a", "aac")


@pytest.fixture(scope="module")
def music(films: Path) -> Path:
    return make(films / "music.mp3", "-f", "lavfi", "-i", f"sine={MUSIC_HZ}:d=2", "-ac", "2")


@pytest.fixture(scope="module")
def full(kit: Kit, films: Path, spoken_film: Path, music: Path) -> Path:
    """All of it, in a folder whose name ffmpeg's filters would take for commands."""
    folder = films / "a'b [c], d;e:f"
    folder.mkdir()
    said = (Cue(1.0, 3.0, "Код айтпаңыз"),)
    given = {"intro": "«Қауіпсіз шот» деген болмайды", "subtitles": said, "music": music, "bar_moments": ()}
    brand_film(film_of(spoken_film, cover_at=5.0, **given), kit, folder / "full.mp4")
    return folder / "full.mp4"


def shot(path: Path, at: float, folder: Path) -> Image.Image:
    target = make(folder / f"at{at}.png", "-ss", str(at), "-i", str(path), "-frames:v", "1")
    with Image.open(target) as image:
        return image.convert("RGB")


def level(path: Path, hertz: int, begin: float, end: float) -> float:
    """Mean volume around a frequency, in dB."""
    narrow = (
        f"atrim={begin}:{end},bandpass=f={hertz}:width_type=h:w=60,bandpass=f={hertz}:width_type=h:w=60,volumedetect"
    )
    command = [ffmpeg.ffmpeg(), "-hide_banner", "-i", str(path), "-vn", "-af", narrow, "-f", "null", "-"]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    return float(re.findall(r"mean_volume: (-?[\d.]+) dB", told)[0])


def test_the_title_comes_before_the_film_and_takes_its_own_time(full: Path, kit: Kit, tmp_path: Path):
    before = kit.film.intro.seconds
    assert probe(full).duration_s == pytest.approx(before + 6 + kit.end.seconds, abs=0.1)
    assert sum(shot(full, 0.5, tmp_path).getpixel((3, SIDE - 3))) < 150
    assert min(shot(full, before + kit.film.intro.fade + 0.4, tmp_path).getpixel((3, SIDE - 3))) > 240


def test_a_subtitle_stands_there_for_its_time_alone(full: Path, kit: Kit, tmp_path: Path):
    left, top, width, height = (value * SIDE // 720 for value in kit.film.formats["16:9"].subtitles.box)
    box = (left, top, left + width, top + height)
    before = kit.film.intro.seconds
    during = shot(full, before + 2, tmp_path).crop(box).convert("L")
    after = shot(full, before + 3.4, tmp_path).crop(box).convert("L")
    assert during.getextrema()[0] < 90
    assert after.getextrema()[0] > 230


def test_sound_and_picture_stay_together_behind_the_title(full: Path, kit: Kit):
    before = kit.film.intro.seconds
    assert level(full, SPEECH_HZ, before + 0.1, before + 2.9) > level(full, SPEECH_HZ, 0, before - 0.1) + 20


def test_music_makes_way_for_speech_and_comes_back(full: Path, kit: Kit):
    before = kit.film.intro.seconds
    while_speaking = level(full, MUSIC_HZ, before + 0.8, before + 2.8)
    afterwards = level(full, MUSIC_HZ, before + 4.6, before + 5.8)
    assert afterwards > while_speaking + 6
    assert afterwards < level(full, SPEECH_HZ, before + 0.8, before + 2.8) - 8


def test_under_a_silent_film_music_is_as_loud_as_speech_would_be(
    kit: Kit, silent_film: Path, music: Path, tmp_path: Path
):
    brand_film(film_of(silent_film, music=music), kit, tmp_path / "made.mp4")
    assert measure(tmp_path / "made.mp4", "mov").loudness == pytest.approx(kit.film.loudness.target, abs=2.5)


def test_the_cover_is_the_moment_that_was_chosen(full: Path):
    with Image.open(full.with_suffix(".cover.jpg")) as cover:
        red, green, _blue = cover.convert("RGB").getpixel((cover.width // 3, cover.height // 2))
    assert red > 180 > 80 > green


def test_a_cropped_film_fills_the_other_shape(kit: Kit, films: Path, tmp_path: Path):
    square = make(films / "white.mp4", "-f", "lavfi", "-i", "color=white:s=90x90:r=10:d=1", "-pix_fmt", "yuv420p")
    for shape, ratio in (("16:9", 16 / 9), ("4:5", 4 / 5)):
        brand_film(film_of(square, fill="crop", format=shape, bar_moments=()), kit, tmp_path / "made.mp4")
        picture = shot(tmp_path / "made.mp4", 0.2, tmp_path)
        assert picture.width / picture.height == pytest.approx(ratio, abs=0.02)
        assert min(picture.getpixel((2, 2))) > 240


def test_a_film_can_be_cut_to_a_length(kit: Kit, plain_film: Path, tmp_path: Path):
    brand_film(film_of(plain_film, most_seconds=1.2), kit, tmp_path / "made.mp4")
    assert probe(tmp_path / "made.mp4").duration_s == pytest.approx(1.2 + kit.end.seconds, abs=0.1)
