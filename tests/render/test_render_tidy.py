"""What the studio keeps, what it puts away at night, and pictures that are brought within a platform's limit."""

from __future__ import annotations

import os
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone
from PIL import Image

from publisher.compose import posts
from publisher.compose.checks import check_post
from publisher.compose.message import Wording, media_of
from publisher.compose.models import Kind, Post, PostMedia, Upload
from publisher.connectors import CONNECTORS
from publisher.people.audit import SYSTEM
from publisher.people.models import District
from publisher.render import orders
from publisher.render.models import JobState, RenderJob, RenderOrder
from publisher.render.tidy import tidy_up
from publisher.render.uploads import accept

TELEGRAM, WHATSAPP = CONNECTORS["telegram"].description, CONNECTORS["whatsapp_cloud"].description
pytestmark = pytest.mark.django_db
LONG_AGO = time.time() - 400 * 24 * 3600


@pytest.fixture
def folder(tmp_path: Path, monkeypatch) -> Path:
    monkeypatch.setattr(settings, "RENDITIONS", settings.HOME.folder("renditions") / tmp_path.name)
    settings.RENDITIONS.mkdir()
    return settings.RENDITIONS


@pytest.fixture
def rendition(folder: Path):
    def make(name: str, *, old: bool = True) -> None:
        for ending in ("json", "mp4", "thumb.jpg"):
            path = folder / f"{name}.{ending}"
            path.write_bytes(b"12345")
            if old:
                os.utime(path, (LONG_AGO, LONG_AGO))

    return make


@pytest.fixture
def post(district) -> Post:
    made = posts.blank(Kind.NOTICE, "Хабарлама", district, SYSTEM)
    return posts.save_versions(made, {"kk": Wording("kk", "{hotline}")}, SYSTEM)


def film(name: str) -> Upload:
    return Upload.objects.create(
        sha256=name.ljust(64, "0"), path=f"renditions/{name}.mp4", name=name, kind="video", mime="video/mp4", size=5
    )


def test_old_films_that_nothing_names_are_put_away_and_others_kept(folder: Path, rendition, post: Post):
    for name in ("forgotten", "fresh", "shown", "job"):
        rendition(name, old=name != "fresh")
    PostMedia.objects.create(post=post, upload=film("shown"))
    order = RenderOrder.objects.create(post=post, source=film("source"), format="16:9")
    RenderJob.objects.create(order=order, district=post.district, language="kk", profile="telegram", name="job")
    assert tidy_up().files == 3
    assert {path.stem for path in folder.glob("*.mp4")} == {"fresh", "shown", "job"}
    assert tidy_up().files == 0


def test_what_a_killed_computer_left_half_made_goes(folder: Path):
    (folder / ".making-x").mkdir()
    os.utime(folder / ".making-x", (LONG_AGO, LONG_AGO))
    (folder / ".making-now").mkdir()
    tidy_up()
    assert [path.name for path in folder.iterdir()] == [".making-now"]


def test_films_for_districts_that_no_post_took_up_go_after_their_time(folder: Path, rendition, post: Post):
    rendition("unused")
    order = RenderOrder.objects.create(source=film("source"), format="16:9")
    RenderJob.objects.create(
        order=order, district=post.district, language="kk", profile="telegram", name="unused", result=film("unused")
    )
    Upload.objects.update(created_at=timezone.now() - timedelta(days=80))
    assert tidy_up().files == 0
    RenderOrder.objects.update(created_at=timezone.now() - timedelta(days=91))
    assert tidy_up().files == 3
    assert not Upload.objects.filter(name="unused").exists()


def test_a_card_with_the_number_of_before_is_told_where_the_words_already_have_the_new_one(post: Post, tmp_path: Path):
    picture = tmp_path / "card.png"
    Image.new("RGB", (600, 600), "#204070").save(picture)
    upload, other = accept(picture, "Карточка.png"), "9-99-99"
    drawn = orders.draw("card", {"kk": {"headline": "Код", "lines": []}}, post.district, "1:1", SYSTEM)
    drawn.jobs.update(state=JobState.DONE, result=upload, hotline=post.district.hotline)
    posts.set_media(post, [(upload, "")], SYSTEM)

    def told():
        found = check_post(post, [("t", ["kk"], TELEGRAM)])
        return [(f.severity, f.values["number"], f.values["wanted"]) for f in found if f.code == "drawn_number"]

    assert told() == []
    was = post.district.hotline
    District.objects.filter(pk=post.district_id).update(hotline=other)
    post.refresh_from_db()
    assert told() == [("warning", was, other)]


@pytest.fixture(scope="module")
def large_picture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """More than WhatsApp takes, and less than Telegram does: noise in colour."""
    path = tmp_path_factory.mktemp("pictures") / "large.png"
    Image.effect_noise((2500, 2200), 90).convert("RGB").save(path, compress_level=1)
    assert 5_000_000 < path.stat().st_size < 10_000_000
    return path


def test_a_picture_over_one_platforms_limit_goes_there_as_a_smaller_jpeg_and_says_so(large_picture: Path, post: Post):
    upload = accept(large_picture, "Сурет.png")
    posts.set_media(post, [(upload, "")], SYSTEM)
    (there,) = media_of(post, "kk", WHATSAPP)
    assert (there.mime, there.size <= 5_000_000) == ("image/jpeg", True)
    assert media_of(post, "kk", TELEGRAM)[0].sha256 == upload.sha256
    found = check_post(post, [("t", ["kk"], TELEGRAM), ("w", ["kk"], WHATSAPP)])
    assert [(f.code, f.values["platform"], f.severity) for f in found if f.code == "picture_fitted"] == [
        ("picture_fitted", WHATSAPP.label, "warning")
    ]
    assert not [f.code for f in found if f.code == "photo_too_big"]
