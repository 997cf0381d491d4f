from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from publisher.connectors.telegram import Telegram
from publisher.render.errors import BrokenMedia, SizeNotReachable
from publisher.render.films import brand_film
from publisher.render.kit import Kit
from publisher.render.pictures import fitting_picture
from publisher.render.probe import probe
from publisher.render.profiles import Profile, check_profiles, film_for, read_profiles
from tests.render.specimens import SIDE, film_of


@pytest.fixture(scope="session")
def noise(films: Path) -> Path:
    Image.effect_noise((1600, 1200), 120).convert("RGB").save(films / "noise.png")
    return films / "noise.png"


def test_the_platforms_limits_are_data():
    profiles = read_profiles()
    assert profiles["whatsapp"].film_bytes == 16_000_000
    assert profiles["whatsapp"].picture_bytes == 5_000_000
    assert profiles["telegram"].film_bytes == 50_000_000
    assert profiles["telegram_local"].film_bytes == 2_000_000_000


def test_a_profile_is_never_larger_than_what_its_connector_takes():
    limits = Telegram.description.limits
    assert read_profiles()["telegram"].film_bytes <= limits.video_bytes
    assert read_profiles()["telegram"].picture_bytes <= limits.photo_bytes


def test_a_wrong_line_is_found_by_the_check(own_media: Path):
    assert check_profiles(own_media) == []
    path = own_media / "layouts" / "profiles.yaml"
    path.write_text(path.read_text().replace("film_mb: 16", "film_mb: much"))
    (flaw,) = check_profiles(own_media)
    assert (flaw.file, flaw.line > 0) == (path, True)


@pytest.mark.parametrize(
    ("name", "height", "side"), [("whatsapp", 1080, 0), ("telegram_local", 1080, 1080), ("telegram_local", 480, 0)]
)
def test_a_film_is_as_sharp_as_it_was_and_the_platform_takes(plain_film: Path, name: str, height: int, side: int):
    film = replace(probe(plain_film), width=height * 16 // 9, height=height)
    spec = film_for(film_of(plain_film), read_profiles()[name], film)
    assert (spec.short_side, spec.most_bytes) == (side, read_profiles()[name].film_bytes)


def test_the_profile_guarantees_the_size_whatever_the_film(kit: Kit, noisy_film: Path, tmp_path: Path):
    tight = Profile(film_mb=0.3, picture_mb=1, largest=720)
    spec = replace(film_for(film_of(noisy_film), tight, probe(noisy_film)), short_side=SIDE)
    brand_film(spec, kit, tmp_path / "made.mp4")
    film = probe(tmp_path / "made.mp4")
    assert film.size_bytes <= 300_000
    assert (film.video_codec, film.audio_codec, film.pix_fmt) == ("h264", "aac", "yuv420p")


def test_a_picture_over_the_limit_is_made_to_fit(noise: Path, tmp_path: Path):
    made = fitting_picture(noise, tmp_path / "made.jpg", 400_000)
    assert made.stat().st_size <= 400_000
    with Image.open(made) as image:
        assert (image.format, image.width / image.height) == ("JPEG", pytest.approx(4 / 3, abs=0.01))


def test_a_picture_that_fits_keeps_its_size(noise: Path, tmp_path: Path):
    made = fitting_picture(noise, tmp_path / "made.jpg", 5_000_000)
    with Image.open(made) as image:
        assert image.size == (1600, 1200)


def test_a_picture_that_would_become_a_stamp_is_refused(noise: Path, tmp_path: Path):
    with pytest.raises(SizeNotReachable):
        fitting_picture(noise, tmp_path / "made.jpg", 20_000)


def test_a_broken_picture_is_refused(noise: Path, tmp_path: Path):
    (tmp_path / "cut.png").write_bytes(noise.read_bytes()[:9000])
    with pytest.raises(BrokenMedia):
        fitting_picture(tmp_path / "cut.png", tmp_path / "made.jpg", 5_000_000)
