from __future__ import annotations

import asyncio
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from publisher.compose import posts
from publisher.compose.message import Wording
from publisher.compose.models import Kind, Post, Status
from publisher.people.audit import SYSTEM
from publisher.render import queue
from publisher.render.errors import SizeNotReachable
from publisher.render.models import JobState, RenderJob
from publisher.render.specs import Job, Progress, Rendition
from publisher.render.studio import Studio
from publisher.render.uploads import accept
from tests.render.specimens import make


@pytest.fixture
def post(district, plain_film: Path) -> Post:
    made = posts.blank(Kind.PREVENTION_VIDEO, "Фильм", district, SYSTEM)
    posts.save_versions(made, {code: Wording(code, "Текст") for code in ("kk", "ru")}, SYSTEM)
    return posts.set_media(made, [(accept(plain_film, "Менің фильмім.mp4"), "")], SYSTEM)


def shown(post: Post) -> list[tuple[str, str]]:
    return [(row.upload.name, row.language) for row in post.media.select_related("upload")]


@pytest.fixture
def quick(films: Path):
    """A studio's renderer that makes another film for each language at once."""

    def made(job: Job, *, out_dir: Path, on_progress, cancel: threading.Event) -> Rendition:
        on_progress(Progress(0.5, 3.0))
        name = f"quick-{job.spec.language}.mp4"
        colour = {"kk": "red", "ru": "blue"}[job.spec.language]
        film = make(films / name, "-f", "lavfi", "-i", f"color={colour}:s=64x64:r=10:d=1", "-pix_fmt", "yuv420p")
        return Rendition(film, "", "video/mp4", film.stat().st_size, 64, 64, 1.0, notes=("picture_made_smaller",))

    return made


def until_idle(studio: Studio) -> None:
    for _ in range(200):
        studio.step()
        if not studio.running and not RenderJob.objects.filter(state=JobState.QUEUED).exists():
            return
        threading.Event().wait(0.02)
    pytest.fail("the studio did not come to an end")


def test_each_language_is_ordered_once(post: Post):
    first = queue.order(post, "whatsapp", SYSTEM)
    assert [(row.language, row.format, row.state) for row in first] == [
        ("kk", "16:9", "queued"),
        ("ru", "16:9", "queued"),
    ]
    assert [row.pk for row in queue.order(post, "whatsapp", SYSTEM)] == [row.pk for row in first]


def test_the_versions_take_the_originals_place(post: Post, quick):
    before = posts.digest_of(post)
    queue.order(post, "whatsapp", SYSTEM)
    until_idle(Studio(make=quick))
    assert shown(post) == [("Менің фильмім · kk.mp4", "kk"), ("Менің фильмім · ru.mp4", "ru")]
    row = RenderJob.objects.first()
    assert (row.state, row.fraction, row.notes) == ("done", 1, ["picture_made_smaller"])
    assert queue.followed(post, before) == posts.digest_of(post)
    assert queue.originals(post) == []


def test_an_approved_posts_films_are_not_exchanged(post: Post, quick):
    queue.order(post, "whatsapp", SYSTEM)
    Post.objects.filter(pk=post.pk).update(status=Status.APPROVED)
    until_idle(Studio(make=quick))
    assert shown(post) == [("Менің фильмім.mp4", "")]


def test_a_film_that_fails_names_its_cause_and_leaves_the_original(post: Post, quick):
    def some_fail(job: Job, **given) -> Rendition:
        if job.spec.language == "ru":
            raise SizeNotReachable("It does not fit.", limit_mb=16, seconds=30)
        return quick(job, **given)

    queue.order(post, "whatsapp", SYSTEM)
    until_idle(Studio(make=some_fail))
    failed = RenderJob.objects.get(language="ru")
    assert (failed.state, failed.reason, failed.values["seconds"]) == ("failed", "film_too_long_for_limit", 30)
    assert shown(post) == [("Менің фильмім.mp4", "")]
    queue.order(post, "whatsapp", SYSTEM)  # tried again
    until_idle(Studio(make=quick))
    assert len(shown(post)) == 2


def test_two_workers_never_have_the_same_film(post: Post):
    queue.order(post, "telegram", SYSTEM)
    taken = [queue.claim("one"), queue.claim("two"), queue.claim("three")]
    assert [row.worker if row else None for row in taken] == ["one", "two", None]


def test_a_film_whose_worker_is_gone_waits_again(post: Post):
    queue.order(post, "telegram", SYSTEM)
    row = queue.claim("gone")
    assert queue.sweep() == 0
    RenderJob.objects.filter(pk=row.pk).update(beat_at=timezone.now() - queue.LOST_AFTER - timedelta(seconds=1))
    assert queue.sweep() == 1
    assert queue.claim("other").pk == row.pk
    assert not queue.beat(row, None)  # the lost one learns it
    queue.fail(row, ValueError())
    assert RenderJob.objects.get(pk=row.pk).state == JobState.RUNNING


def test_progress_is_kept_with_the_time_left(post: Post):
    queue.order(post, "telegram", SYSTEM)
    row = queue.claim("one")
    assert queue.beat(row, Progress(0.42, 12.0))
    row.refresh_from_db()
    assert (row.percent, row.left_s) == (42, 12.0)


def test_what_runs_is_stopped_when_somebody_cancels_it(post: Post):
    def endless(job: Job, *, cancel: threading.Event, **_given) -> Rendition:
        from publisher.render.errors import RenderCancelled

        assert cancel.wait(10)
        raise RenderCancelled("stopped")

    queue.order(post, "telegram", SYSTEM)
    studio = Studio(make=endless, slots=1)
    studio.step()
    running, waiting = RenderJob.objects.all()
    queue.cancel(waiting, SYSTEM)
    queue.cancel(running, SYSTEM)
    until_idle(studio)
    assert set(RenderJob.objects.values_list("state", flat=True)) == {"cancelled"}


def test_a_worker_that_ends_gives_its_films_back(post: Post):
    def endless(job: Job, *, cancel: threading.Event, **_given) -> Rendition:
        assert cancel.wait(10)
        raise ValueError

    queue.order(post, "telegram", SYSTEM)
    studio = Studio(make=endless, slots=1)
    studio.step()
    studio.stop()
    assert set(RenderJob.objects.values_list("state", flat=True)) == {"queued"}


def test_the_spec_follows_district_and_profile(post: Post):
    row, _other = queue.order(post, "whatsapp", SYSTEM)
    spec = queue.job_of(row).spec
    assert (spec.hotline, spec.district, spec.language, spec.most_bytes) == (
        "2-15-65",
        "Аққайың ауданы",
        "kk",
        16_000_000,
    )
    assert (spec.qr, spec.message) == ("tel:21565", "Күмәндансаңыз — қоңырау шалыңыз")


@pytest.mark.parametrize(
    ("size", "name"),
    [((1920, 1080), "16:9"), ((1080, 1920), "9:16"), ((640, 640), "1:1"), ((864, 1080), "4:5"), ((0, 0), "16:9")],
)
def test_a_film_gets_the_format_nearest_to_its_own(size: tuple[int, int], name: str):
    assert queue.nearest_format(*size) == name


@pytest.mark.django_db(transaction=True)
async def test_the_studio_runs_beside_the_others_and_ends_with_them():
    stopping = asyncio.Event()
    running = asyncio.ensure_future(Studio().run(stopping))
    await asyncio.sleep(0.1)
    stopping.set()
    await asyncio.wait_for(running, 5)
