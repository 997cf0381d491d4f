"""Films as people really upload them: each comes out right, or is refused with the reason."""

from __future__ import annotations

import re
import subprocess
from itertools import pairwise
from pathlib import Path

import pytest
from PIL import Image

from publisher.render import ffmpeg
from publisher.render.errors import BrokenMedia, MediaTooLarge, UnsupportedMedia
from publisher.render.films import brand_film
from publisher.render.kit import Kit
from publisher.render.loudness import measure
from publisher.render.probe import Film, probe
from tests.render.specimens import SIDE, film_of, make

TONE = ("-f", "lavfi", "-i", "sine=440:d=1")
X264 = ("-c:v", "libx264", "-preset", "ultrafast")
HDR = ("-vf", "format=yuv420p10le,setparams=color_primaries=bt2020:color_trc=smpte2084:colorspace=bt2020nc")


def moving(size: str = "96x54", rate: int = 25, seconds: float = 1) -> tuple[str, ...]:
    return ("-f", "lavfi", "-i", f"testsrc2=s={size}:r={rate}:d={seconds}")


def branded(kit: Kit, source: Path, folder: Path) -> tuple[Path, Film]:
    target = folder / "made.mp4"
    brand_film(film_of(source), kit, target)
    film = probe(target)
    assert (film.video_codec, film.audio_codec, film.pix_fmt, film.height) == ("h264", "aac", "yuv420p", SIDE)
    return target, film


def decoded(path: Path) -> tuple[int, list[float]]:
    """How many pictures, and when each is shown; every error of the decoder is fatal."""
    command = [ffmpeg.ffmpeg(), "-hide_banner", "-xerror", "-err_detect", "explode", "-i", str(path)]
    command += ["-map", "0:v", "-vf", "showinfo=checksum=0", "-f", "null", "-"]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    times = [float(found) for found in re.findall(r"pts_time:([\d.]+)", told)]
    return len(times), times


ODD = {
    "mono": (*moving(), *TONE, "-ac", "1", "-c:a", "aac"),
    "surround": (*moving(), *TONE, "-af", "pan=5.1|FL=c0|FC=c0|LFE=c0|BL=c0|FR=c0|BR=c0", "-c:a", "aac"),
    "odd-sized": (*moving("97x55"), "-pix_fmt", "yuv444p"),
    "interlaced": (*moving("96x56"), "-vf", "setfield=tff", "-flags", "+ildct+ilme", "-x264-params", "interlaced=1"),
    "hdr": (*moving(), *HDR),
    "hlg": (*moving(), HDR[0], HDR[1].replace("smpte2084", "arib-std-b67")),
    "120 a second": moving(rate=120),
}


@pytest.mark.parametrize("name", ODD)
def test_an_odd_film_comes_out_as_every_phone_plays_it(kit: Kit, films: Path, tmp_path: Path, name: str):
    source = make(films / f"{name}.mp4", *ODD[name], *X264, "-t", "1")
    made, film = branded(kit, source, tmp_path)
    count, times = decoded(made)
    assert film.fps <= 30
    assert count == round((1 + kit.end.seconds) * film.fps)
    assert all(b > a for a, b in pairwise(times))
    assert (film.matrix, film.channels, film.interlaced) == ("bt709", 2, False)


def test_surround_sound_is_mixed_down_and_not_lost(kit: Kit, films: Path, tmp_path: Path):
    centre = ("-af", "pan=5.1|FC=c0", "-c:a", "aac")  # speech is in the middle
    source = make(films / "centre.mp4", *moving(), *TONE, *centre, *X264)
    assert probe(source).channels == 6
    made, _film = branded(kit, source, tmp_path)
    assert measure(made, "mov").loudness == pytest.approx(kit.film.loudness.target, abs=2)


def test_hdr_is_brought_to_the_colours_phones_show(kit: Kit, films: Path, tmp_path: Path):
    source = make(films / "pq.mp4", *moving(), *HDR, *X264)
    assert probe(source).hdr
    _made, film = branded(kit, source, tmp_path)
    assert (film.transfer, film.hdr) == ("bt709", False)


def test_a_variable_rate_becomes_an_even_one(kit: Kit, films: Path, tmp_path: Path):
    uneven = ("-vf", "select='not(mod(n\\,3))+gt(t\\,0.5)'", "-fps_mode", "vfr")
    source = make(films / "vfr.mp4", *moving(rate=30), *TONE, *uneven, *X264, "-c:a", "aac")
    made, film = branded(kit, source, tmp_path)
    _count, times = decoded(made)
    gaps = {round((b - a) * film.fps, 1) for a, b in pairwise(times)}
    assert gaps == {1.0}


@pytest.mark.parametrize(("turn", "above"), [(90, "blue"), (-90, "red")])
def test_a_film_from_a_turned_phone_stands_upright(kit: Kit, films: Path, tmp_path: Path, turn: int, above: str):
    halves = ("-f", "lavfi", "-i", "color=red:s=48x54:r=25:d=1", "-f", "lavfi", "-i", "color=blue:s=48x54:r=25:d=1")
    lying = make(films / "halves.mp4", *halves, "-filter_complex", "hstack", *X264, "-pix_fmt", "yuv420p")
    turned = make(tmp_path / "turned.mp4", "-display_rotation", str(turn), "-i", str(lying), "-c", "copy")
    target = tmp_path / "made.mp4"
    brand_film(film_of(turned, format="9:16", cover_at=0.4), kit, target)
    with Image.open(target.with_suffix(".cover.jpg")) as cover:
        assert cover.width < cover.height
        red, _green, blue = cover.convert("RGB").getpixel((cover.width // 2, cover.height // 4))
    assert ("red" if red > blue else "blue") == above


def test_sound_that_begins_late_stays_late(kit: Kit, films: Path, tmp_path: Path):
    source = make(films / "late.mkv", *moving(seconds=2), "-itsoffset", "1", *TONE, *X264, "-c:a", "aac")
    made, _film = branded(kit, source, tmp_path)
    silence = ffmpeg.run(["-i", str(made), "-af", "silencedetect=n=-40dB:d=0.3", "-f", "null", "-"], loglevel="info")
    (first, *_) = re.findall(r"silence_end: ([\d.]+)", silence)
    assert float(first) == pytest.approx(1.0, abs=0.06)


def test_more_pictures_than_phones_take_are_refused(films: Path):
    source = make(films / "fast.mp4", *moving("64x36", rate=240, seconds=0.5), *X264)
    with pytest.raises(MediaTooLarge, match="240 pictures"):
        probe(source)


def test_8k_is_refused_with_its_size(films: Path):
    source = make(films / "8k.mp4", *moving("7680x4320", rate=5, seconds=0.2), *X264)
    with pytest.raises(MediaTooLarge, match="7680×4320"):
        probe(source)


def test_a_film_of_no_length_is_refused(films: Path):
    source = make(films / "none.mp4", *moving(), *TONE, "-c:a", "aac", *X264, "-t", "0")
    with pytest.raises(BrokenMedia):
        probe(source)


def test_a_film_of_one_picture_is_made_or_refused_but_never_hangs(kit: Kit, films: Path, tmp_path: Path):
    source = make(films / "one.mp4", *moving(), *X264, "-frames:v", "1")
    made, _film = branded(kit, source, tmp_path)
    assert decoded(made)[0] >= kit.end.seconds * 25


def test_a_film_damaged_in_its_middle_is_made_or_refused(kit: Kit, plain_film: Path, tmp_path: Path):
    data = bytearray(plain_film.read_bytes())
    middle = data.index(b"mdat") + (len(data) - data.index(b"mdat")) // 3
    data[middle : middle + 400] = bytes(400)
    (tmp_path / "hurt.mp4").write_bytes(data)
    try:
        made, _film = branded(kit, tmp_path / "hurt.mp4", tmp_path)
    except BrokenMedia:
        return
    assert decoded(made)[0] == 150


@pytest.mark.parametrize(
    "what", ["#EXTM3U\n#EXTINF:1,\n{}\n", "ffconcat version 1.0\nfile '{}'\n", "<svg><image href='{}'/></svg>"]
)
@pytest.mark.parametrize("ending", ["mp4", "ts", "svg"])
def test_what_points_at_another_file_starts_no_program_that_could_read_it(
    tmp_path: Path, kit: Kit, monkeypatch: pytest.MonkeyPatch, what: str, ending: str
):
    path = tmp_path / f"film.{ending}"
    path.write_text(what.format("/etc/passwd"))
    monkeypatch.setattr(subprocess, "Popen", lambda *_a, **_k: pytest.fail("a program was started"))
    with pytest.raises(UnsupportedMedia, match="playlist"):
        brand_film(film_of(path), kit, tmp_path / "made.mp4")
    assert not (tmp_path / "made.mp4").exists()
