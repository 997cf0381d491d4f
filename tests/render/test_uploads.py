"""What people upload, as telephones and strangers make it."""

from __future__ import annotations

import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.conf import settings
from django.test import RequestFactory
from PIL import Image

from publisher.console.files import serve
from publisher.render import uploads
from publisher.render.pictures import fitting_picture
from publisher.render.uploads import Seen, accept
from tests.render.specimens import make

pytestmark = pytest.mark.django_db


def test_a_telephones_jpeg_with_further_pictures_behind_it_is_a_jpeg(tmp_path: Path):
    first, second = (Image.new("RGB", (64, 48), colour) for colour in ("red", "blue"))
    first.save(tmp_path / "a.jpg", "MPO", save_all=True, append_images=[second])
    upload = accept(tmp_path / "a.jpg", "IMG_0001.JPG")
    assert (upload.kind, upload.mime, upload.width, upload.height) == ("photo", "image/jpeg", 64, 48)


@pytest.mark.parametrize(
    ("name", "codec", "mime"),
    [
        ("a.webm", "libvpx", "video/webm"),
        ("a.mkv", "mpeg4", "video/matroska"),
        ("a.avi", "mpeg4", "video/avi"),
        ("a.ts", "mpeg2video", "video/mpegts"),
    ],
)
def test_whatever_film_is_taken_can_be_opened_again(tmp_path: Path, name: str, codec: str, mime: str):
    """Films of other kinds than MP4 ended in “not found”, and a browser was not told that WebM is WebM."""
    film = make(tmp_path / name, "-f", "lavfi", "-i", "testsrc2=s=64x64:r=25:d=0.4", "-c:v", codec)
    upload = accept(film, name)
    assert upload.mime == mime
    reply = serve(RequestFactory().get("/"), settings.HOME.var / upload.path, upload.mime)
    assert reply.status_code == 200


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_dark_words_on_a_transparent_ground_stay_words(tmp_path: Path, mode: str):
    """WhatsApp takes JPEG alone from a linked phone: they went out black on black."""
    drawn = Image.new("RGBA", (800, 800), (0, 0, 0, 0))
    drawn.paste((0, 0, 0, 255), (300, 300, 500, 500))
    drawn.convert(mode).save(tmp_path / "a.png", **({"transparency": 0} if mode == "P" else {}))
    fitting_picture(tmp_path / "a.png", tmp_path / "a.jpg", 1_000_000)
    with Image.open(tmp_path / "a.jpg") as made:
        assert made.getpixel((10, 10))[0] > 250


def test_a_scan_of_sixteen_bits_keeps_its_greys(tmp_path: Path):
    scan = Image.new("I;16", (800, 800), 0x8000)
    scan.save(tmp_path / "a.png")
    fitting_picture(tmp_path / "a.png", tmp_path / "a.jpg", 1_000_000)
    with Image.open(tmp_path / "a.jpg") as made:
        assert made.getpixel((10, 10))[0] == pytest.approx(128, abs=3)


def test_the_same_file_taken_in_twice_at_once_is_kept_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Two people, or one who pressed the button twice: each request has a thread of its own."""
    (tmp_path / "a.mp4").write_bytes(b"film")
    both, copy = threading.Barrier(2, timeout=5), shutil.copyfile

    def together(source: Path, target: Path) -> None:
        copy(source, target)
        both.wait()

    monkeypatch.setattr(uploads.shutil, "copyfile", together)
    seen = Seen("video", "video/mp4", ".mp4", 1, 1)
    with ThreadPoolExecutor(2) as pool:
        kept = list(pool.map(lambda _: uploads._keep(tmp_path / "a.mp4", "cd" * 32, seen), range(2)))
    assert kept == [f"uploads/cd/{'cd' * 32}.mp4"] * 2
