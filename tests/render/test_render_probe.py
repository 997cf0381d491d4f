from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from publisher.render import probe as probing
from publisher.render.errors import BrokenMedia, MediaTooLarge, MissingFile, UnsupportedMedia
from publisher.render.probe import parse, probe, sniff
from tests.render.specimens import make

HLS = "#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nfile:///etc/passwd\n"
CONCAT = "ffconcat version 1.0\nfile '/etc/passwd'\n"


def test_a_film_is_described_by_its_bytes(plain_film: Path):
    film = probe(plain_film)
    assert (film.width, film.height, film.fps, film.video_codec, film.audio_codec) == (160, 90, 25.0, "h264", "aac")
    assert (film.pix_fmt, film.rotation, film.channels, film.demuxer) == ("yuv420p", 0, 1, "mov")
    assert film.duration_s == pytest.approx(2.0, abs=0.1)
    assert film.size_bytes == plain_film.stat().st_size


def test_the_name_does_not_matter(plain_film: Path, tmp_path: Path):
    other = tmp_path / "holiday.txt"
    other.write_bytes(plain_film.read_bytes())
    assert probe(other).video_codec == "h264"


@pytest.mark.parametrize(
    "text", [HLS, CONCAT, "\ufeff" + HLS, "file '/etc/passwd'\n", "<svg><image href='/etc/passwd'/>"]
)
def test_a_playlist_is_refused_before_ffmpeg_sees_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str):
    monkeypatch.setattr(subprocess, "run", lambda *_a, **_k: pytest.fail("ffmpeg was asked about a playlist"))
    path = tmp_path / "film.mp4"
    path.write_text(text)
    with pytest.raises(UnsupportedMedia, match="playlist"):
        probe(path)


def test_a_playlist_behind_a_films_first_bytes_reads_no_other_file(tmp_path: Path, plain_film: Path):
    path = tmp_path / "film.mp4"
    path.write_bytes(plain_film.read_bytes()[:32] + HLS.replace("/etc/passwd", str(plain_film)).encode())
    with pytest.raises(BrokenMedia):
        probe(path)


def test_a_text_called_mp4_is_refused_as_text(tmp_path: Path):
    path = tmp_path / "film.mp4"
    path.write_text("Салем! Бұл фильм емес.\n")
    with pytest.raises(UnsupportedMedia) as caught:
        probe(path)
    assert (caught.value.reason, caught.value.values["cause"]) == ("unsupported_media", "text")


def test_a_picture_from_a_phone_is_no_film(tmp_path: Path):
    path = tmp_path / "film.mp4"
    path.write_bytes(b"\0\0\0\x18ftypheic" + bytes(64))
    with pytest.raises(UnsupportedMedia, match="picture"):
        sniff(path)


def test_an_empty_file_and_a_missing_one_are_told_apart(tmp_path: Path):
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "byte.mp4").write_bytes(b"\xff")
    with pytest.raises(UnsupportedMedia):
        probe(tmp_path / "byte.mp4")
    with pytest.raises(BrokenMedia, match="empty"):
        probe(tmp_path / "empty.mp4")
    with pytest.raises(MissingFile, match=r"gone\.mp4"):
        probe(tmp_path / "gone.mp4")


def test_a_film_cut_off_half_way_is_refused_with_how_much_is_there(tmp_path: Path, plain_film: Path):
    data = plain_film.read_bytes()
    (tmp_path / "cut.mp4").write_bytes(data[: len(data) // 2])
    with pytest.raises(BrokenMedia, match=r"cut off: only \d of 2 seconds"):
        probe(tmp_path / "cut.mp4")


def test_a_film_whose_index_is_missing_is_refused_with_what_to_do(tmp_path: Path, films: Path):
    whole = make(films / "tail.mp4", "-f", "lavfi", "-i", "testsrc2=s=160x90:r=25:d=1", "-pix_fmt", "yuv420p")
    (tmp_path / "cut.mp4").write_bytes(whole.read_bytes()[:4000])
    with pytest.raises(BrokenMedia, match="index is missing"):
        probe(tmp_path / "cut.mp4")


def test_rubbish_behind_a_films_first_bytes_is_refused(tmp_path: Path):
    (tmp_path / "junk.mp4").write_bytes(b"\0\0\0\x20ftypisom" + bytes(4000))
    with pytest.raises(BrokenMedia):
        probe(tmp_path / "junk.mp4")


def test_sound_alone_is_no_film_but_may_be_asked_for(films: Path):
    song = make(films / "song.mp3", "-f", "lavfi", "-i", "sine=d=1")
    with pytest.raises(BrokenMedia, match="no picture"):
        probe(song)
    assert probe(song, want="audio").audio_codec == "mp3"


@pytest.mark.parametrize(
    ("name", "codec"), [("film.webm", "libvpx"), ("film.avi", "mpeg4"), ("film.ts", "mpeg2video"), ("film.mkv", "ffv1")]
)
def test_listed_containers_are_taken_and_unlisted_codecs_are_not(films: Path, name: str, codec: str):
    path = make(films / name, "-f", "lavfi", "-i", "testsrc2=s=64x64:r=25:d=0.5", "-c:v", codec)
    if codec == "ffv1":
        with pytest.raises(BrokenMedia):
            probe(path)
    else:
        assert probe(path).width == 64


@pytest.mark.parametrize(("name", "codec"), [("sound.avi", "adpcm_ima_wav"), ("sound.mkv", "wmav2")])
def test_sound_of_an_unlisted_kind_is_refused_at_once(films: Path, name: str, codec: str):
    """It was taken in, and then every version of the film failed as if something of ours had gone wrong."""
    picture = ("-f", "lavfi", "-i", "testsrc2=s=64x64:r=25:d=0.5", "-f", "lavfi", "-i", "sine=d=0.5")
    path = make(films / name, *picture, "-c:v", "mpeg4", "-c:a", codec)
    with pytest.raises(UnsupportedMedia, match=codec) as caught:
        probe(path)
    assert caught.value.code == "media_unknown_kind"


def test_a_turned_film_has_the_size_people_see(films: Path, plain_film: Path):
    turned = make(films / "turned.mp4", "-display_rotation:v", "90", "-i", str(plain_film), "-c", "copy")
    film = probe(turned)
    assert (film.rotation, film.width, film.height) == (90, 90, 160)


def test_more_pixels_than_this_computer_takes_are_refused(plain_film: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(probing, "MOST_PIXELS", 100 * 80)
    with pytest.raises(MediaTooLarge, match="160×90"):
        probe(plain_film)


def test_pixels_count_as_they_are_decoded_and_not_as_they_are_to_be_shown(films: Path, monkeypatch: pytest.MonkeyPatch):
    """A small file that says “show it narrow” took more than a gigabyte of the console's computer."""
    picture = ("-f", "lavfi", "-i", "testsrc2=s=160x90:r=25:d=0.2", "-vf", "setsar=1/10", "-pix_fmt", "yuv420p")
    narrow = make(films / "narrow.mp4", *picture)
    assert probe(narrow).width == 16
    monkeypatch.setattr(probing, "MOST_PIXELS", 100 * 80)
    with pytest.raises(MediaTooLarge):
        probe(narrow)


def test_a_header_that_lies_lets_no_large_picture_be_decoded(plain_film: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(probing, "MOST_PIXELS", 60 * 40)
    monkeypatch.setattr(probing, "_refuse_unusable", lambda *_given: None)
    with pytest.raises(BrokenMedia):
        probe(plain_film)


def test_tags_of_colour_interlacing_and_channels_are_understood():
    told = """Input #0, mov,mp4, from 'x':
  Duration: 00:01:02.50, start: 0.000000, bitrate: 1 kb/s
  Stream #0:0[0x1](und): Video: hevc (Main 10) (hvc1 / 0x31), yuv420p10le(tv, bt2020nc/bt2020/smpte2084, top first), \
3840x2160 [SAR 1:1 DAR 16:9], 15 kb/s, 59.94 fps, 59.94 tbr, 60k tbn (default)
  Stream #0:1[0x2](und): Audio: ac3 (ac-3 / 0x33), 48000 Hz, 5.1(side), fltp, 384 kb/s
Output #0, null, to 'pipe:':
"""
    film = parse(told, size_bytes=1, demuxer="mov")
    assert (film.matrix, film.transfer, film.hdr, film.interlaced) == ("bt2020nc", "smpte2084", True, True)
    assert (film.fps, film.channels, film.duration_s, film.width) == (59.94, 6, 62.5, 3840)
