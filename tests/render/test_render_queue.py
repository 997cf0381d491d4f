from __future__ import annotations

import asyncio
import os
import socket
import threading
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone

from publisher.compose import posts
from publisher.compose.message import Wording, media_of
from publisher.compose.models import Kind, Post, Status, Upload
from publisher.connectors import CONNECTORS
from publisher.people.audit import SYSTEM
from publisher.people.models import District
from publisher.render import orders, queue
from publisher.render.errors import LayoutChanged, RenderCancelled, SizeNotReachable
from publisher.render.jobs import adopt, existing
from publisher.render.models import RenderJob, RenderOrder, Road
from publisher.render.naming import name_of
from publisher.render.orders import Wish
from publisher.render.specs import Job, Progress
from publisher.render.splice import variants
from publisher.render.studio import Studio, make_films
from publisher.render.uploads import accept

TELEGRAM, WHATSAPP = CONNECTORS["telegram"].description, CONNECTORS["whatsapp_cloud"].description


@pytest.fixture
def post(district, plain_film: Path) -> Post:
    made = posts.blank(Kind.PREVENTION_VIDEO, "Фильм", district, SYSTEM)
    posts.save_versions(made, {code: Wording(code, "Текст") for code in ("kk", "ru")}, SYSTEM)
    return posts.set_media(made, [(accept(plain_film, "Менің фильмім.mp4"), "")], SYSTEM)


@pytest.fixture(autouse=True)
def _no_films_of_before(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(settings, "RENDITIONS", settings.HOME.folder(f"renditions/{tmp_path.name}"))


def film(job: Job, size: int = 1000, notes: Sequence[str] = ()) -> None:
    """Puts a rendition where the studio looks for it."""
    folder = settings.RENDITIONS / "draft"
    folder.mkdir(exist_ok=True)
    name = name_of(job)
    (folder / "made.mp4").write_bytes(name.encode().ljust(size))
    about = {"file": "made.mp4", "mime": "video/mp4", "width": 64, "height": 36, "duration": 1.0, "notes": notes}
    adopt(about, folder, settings.RENDITIONS, name)


def quick(jobs: Sequence[Job], *, on_progress, cancel: threading.Event) -> None:
    on_progress(Progress(0.5, 3.0))
    for job in jobs:
        film(job, notes=["picture_made_smaller"])


def until_idle(studio: Studio) -> None:
    for _ in range(400):
        studio.step()
        if not studio.running and queue.is_idle():
            return
        threading.Event().wait(0.02)
    pytest.fail("the studio did not come to an end")


def states(**which: str) -> set[str]:
    return set(RenderJob.objects.filter(**which).values_list("state", flat=True))


def test_each_language_and_platform_is_ordered_once(post: Post):
    first = orders.brand(post, {"whatsapp", "telegram"}, SYSTEM)
    assert {(row.language, row.profile, row.state) for row in first} == {
        (code, profile, "queued") for code in ("kk", "ru") for profile in ("telegram", "whatsapp")
    }
    assert RenderOrder.objects.get().format == "16:9"
    again = orders.brand(post, {"whatsapp", "telegram"}, SYSTEM)
    assert [row.pk for row in again] == [row.pk for row in first]


def test_every_platform_gets_its_own_film_and_the_original_stays_with_the_post(post: Post):
    orders.brand(post, {"whatsapp", "telegram"}, SYSTEM)
    until_idle(Studio(make=quick))
    sent = {key: media_of(post, "kk", about)[0] for key, about in (("telegram", TELEGRAM), ("whatsapp", WHATSAPP))}
    assert sent["telegram"].sha256 != sent["whatsapp"].sha256
    assert all(media.made and media.path.is_file() for media in sent.values())
    assert media_of(post, "ru", TELEGRAM)[0].sha256 != sent["telegram"].sha256
    assert [row.upload.name for row in post.media.select_related("upload")] == ["Менің фильмім.mp4"]


def test_what_is_not_made_yet_cannot_be_taken_for_made(post: Post):
    orders.brand(post, {"telegram"}, SYSTEM)
    (media,) = media_of(post, "kk", TELEGRAM)
    assert not media.made
    assert media.size == 0


def test_the_order_belongs_to_what_is_approved_and_the_making_does_not(post: Post):
    before = posts.digest_of(post)
    orders.brand(post, {"telegram"}, SYSTEM)
    ordered = posts.digest_of(post)
    assert ordered != before
    until_idle(Studio(make=quick))
    assert posts.digest_of(post) == ordered
    orders.brand(post, {"telegram"}, SYSTEM, Wish("film", "1:1"))
    assert posts.digest_of(post) not in (before, ordered)
    orders.unbrand(RenderOrder.objects.get(), SYSTEM)
    assert posts.digest_of(post) == before


def test_an_approved_post_asks_again_when_its_films_are_ordered_otherwise(post: Post):
    posts.approve_from_shell(post, SYSTEM)
    orders.brand(post, {"telegram"}, SYSTEM)
    post.refresh_from_db()
    assert post.status == Status.DRAFT


def test_a_film_is_not_made_after_another_layout_than_was_approved(post: Post):
    (row, _other) = orders.brand(post, {"telegram"}, SYSTEM)
    RenderOrder.objects.update(look="what it was")
    Post.objects.filter(pk=post.pk).update(status=Status.APPROVED)
    with pytest.raises(LayoutChanged):
        queue.job_of(RenderJob.objects.select_related(*queue.WITH).get(pk=row.pk))


def test_a_film_that_fails_names_its_cause_and_can_be_made_again(post: Post):
    def fails(jobs, **_given) -> None:
        raise SizeNotReachable("It does not fit.", limit_mb=16, seconds=30)

    orders.brand(post, {"whatsapp"}, SYSTEM)
    until_idle(Studio(make=fails))
    failed = RenderJob.objects.get(language="ru")
    assert (failed.state, failed.reason, failed.values["seconds"]) == ("failed", "film_too_long_for_limit", 30)
    orders.brand(post, {"whatsapp"}, SYSTEM)
    until_idle(Studio(make=quick))
    assert states() == {"done"}


def test_one_films_words_that_do_not_fit_leave_the_others_alone(post: Post):
    District.objects.filter(pk="esil").update(name_kk="Ұ" * 400)
    source = post.media.first().upload
    orders.for_districts(source, District.objects.all(), ["kk"], ["telegram"], SYSTEM, Wish())
    until_idle(Studio(make=quick))
    assert states(district="esil") == {"failed"}
    assert states(district="akkaiyn") == {"done"}


def test_versions_of_one_film_are_claimed_together_and_by_one_worker(post: Post):
    orders.brand(post, {"telegram"}, SYSTEM)
    assert [len(queue.claim(name)) for name in ("one", "two")] == [2, 0]


def test_urgent_posts_come_before_others_and_these_before_films_for_many_districts(post: Post, silent_film: Path):
    source = post.media.first().upload
    orders.for_districts(source, District.objects.all(), ["kk"], ["telegram"], SYSTEM, Wish())
    orders.brand(post, {"telegram"}, SYSTEM, Wish(format="1:1"))
    urgent = posts.blank(Kind.SCAM_WARNING, "Шұғыл", post.district, SYSTEM)
    posts.save_versions(urgent, {"kk": Wording("kk", "Мәтін")}, SYSTEM)
    posts.set_media(urgent, [(accept(silent_film, "b.mp4"), "")], SYSTEM)
    Post.objects.filter(pk=urgent.pk).update(urgent=True)
    orders.brand(urgent, {"telegram"}, SYSTEM)
    assert [queue.claim("w")[0].order.post for _ in range(3)] == [urgent, post, None]


def test_films_that_wait_for_a_smaller_limit_never_keep_others_from_being_made(post: Post):
    """However many stand before those that they wait for: an order for many districts names the larger limit first."""
    District.objects.bulk_create(
        District(key=f"d{n}", name_kk="Аудан", name_ru="Район", hotline="1") for n in range(25)
    )
    places = District.objects.filter(key__startswith="d")
    source = post.media.first().upload
    orders.for_districts(source, places, ["kk"], ["telegram", "whatsapp"], SYSTEM, Wish())
    assert {row.profile for row in queue.claim("one")} == {"whatsapp"}


def test_a_film_that_fits_the_smaller_limit_without_effort_serves_the_larger_one_too(post: Post):
    made: list[int] = []

    def counting(jobs: Sequence[Job], **_given) -> None:
        made.append(len(jobs))
        for job in jobs:
            film(job)

    orders.brand(post, {"telegram", "whatsapp"}, SYSTEM)
    until_idle(Studio(make=counting))
    assert made == [2]
    assert {row.road for row in RenderJob.objects.filter(profile="telegram")} == {"kept"}
    assert media_of(post, "kk", TELEGRAM) == media_of(post, "kk", WHATSAPP)


def test_a_film_whose_worker_is_gone_waits_again(post: Post):
    orders.brand(post, {"telegram"}, SYSTEM)
    rows = queue.claim("gone")
    assert queue.sweep() == 0
    RenderJob.objects.update(beat_at=timezone.now() - queue.LOST_AFTER - timedelta(seconds=1))
    assert queue.sweep() == 2
    assert {row.pk for row in queue.claim("other")} == {row.pk for row in rows}
    assert queue.beat(rows, None) == set()  # the lost one learns it
    queue.fail(rows, ValueError())
    assert states() == {"running"}


def test_after_a_crash_this_computers_films_wait_again_at_once(post: Post):
    orders.brand(post, {"telegram"}, SYSTEM)
    host = socket.gethostname()
    queue.claim(f"{host}:4194999:crashed")  # above the largest process number there is
    assert queue.bury("elsewhere") == 0
    assert queue.bury(host) == 2
    queue.claim(f"{host}:{os.getpid()}:alive")
    assert queue.bury(host) == 0


def test_progress_is_kept_with_the_time_left(post: Post):
    orders.brand(post, {"telegram"}, SYSTEM)
    rows = queue.claim("one")
    assert queue.beat(rows, Progress(0.42, 12.0)) == {row.pk for row in rows}
    rows[0].refresh_from_db()
    assert (rows[0].percent, rows[0].left_s) == (42, 12.0)


def test_what_runs_is_stopped_when_all_of_it_is_cancelled(post: Post):
    def endless(jobs, *, cancel: threading.Event, **_given) -> None:
        assert cancel.wait(10)
        raise RenderCancelled("stopped")

    orders.brand(post, {"telegram"}, SYSTEM)
    studio = Studio(make=endless, slots=1)
    studio.step()
    for row in RenderJob.objects.all():
        orders.cancel(row, SYSTEM)
    until_idle(studio)
    assert states() == {"cancelled"}


def test_taking_the_brand_off_ends_the_work_on_it(post: Post):
    def endless(jobs, *, cancel: threading.Event, **_given) -> None:
        assert cancel.wait(10)
        raise RenderCancelled("stopped")

    orders.brand(post, {"telegram"}, SYSTEM)
    studio = Studio(make=endless, slots=1)
    studio.step()
    orders.unbrand(RenderOrder.objects.get(), SYSTEM)
    until_idle(studio)
    assert media_of(post, "kk", TELEGRAM)[0].made


def test_a_film_with_the_number_before_is_never_taken_for_made(post: Post):
    """The same worker may have it twice: once with the old number, and ordered again with the new one."""
    orders.brand(post, {"telegram"}, SYSTEM)
    row = queue.claim("one")[0]
    job = queue.job_of(row)
    film(job)
    District.objects.filter(pk=row.district_id).update(hotline="2-20-20")
    queue.finish(row, existing(settings.RENDITIONS, name_of(job)), Road.WHOLE)
    assert RenderJob.objects.get(pk=row.pk).state == "running"


def test_what_is_made_says_which_number_it_shows(post: Post):
    orders.brand(post, {"telegram"}, SYSTEM)
    row = queue.claim("one")[0]
    job = queue.job_of(row)
    film(job)
    queue.finish(row, existing(settings.RENDITIONS, name_of(job)), Road.WHOLE)
    made = RenderJob.objects.get(pk=row.pk)
    assert (made.state, made.hotline) == ("done", row.district.hotline)


def test_a_worker_that_ends_gives_its_films_back(post: Post):
    def endless(jobs, *, cancel: threading.Event, **_given) -> None:
        assert cancel.wait(10)
        raise ValueError

    orders.brand(post, {"telegram"}, SYSTEM)
    studio = Studio(make=endless, slots=1)
    studio.step()
    studio.stop()
    assert states() == {"queued"}


def test_the_spec_follows_district_layout_and_profile(post: Post):
    orders.brand(post, {"whatsapp"}, SYSTEM, Wish("film", "4:5", cover_at=1.5))
    row = queue.claim("one")[0]
    spec = queue.job_of(row).spec
    assert (spec.hotline, spec.district, spec.language, spec.most_bytes) == (
        "2-15-65",
        "Аққайың ауданы",
        "kk",
        16_000_000,
    )
    assert (spec.qr, spec.message) == ("tel:21565", "Күмәндансаңыз — қоңырау шалыңыз")
    assert (spec.layout, spec.format, spec.cover_at) == ("film", "4:5", 1.5)


@pytest.mark.parametrize(
    ("size", "name"),
    [((1920, 1080), "16:9"), ((1080, 1920), "9:16"), ((640, 640), "1:1"), ((864, 1080), "4:5"), ((0, 0), "16:9")],
)
def test_a_film_gets_the_format_nearest_to_its_own(size: tuple[int, int], name: str):
    assert orders.nearest_format(*size) == name


@pytest.mark.django_db(transaction=True)
async def test_the_studio_runs_beside_the_others_and_ends_with_them():
    stopping = asyncio.Event()
    running = asyncio.ensure_future(Studio().run(stopping))
    await asyncio.sleep(0.1)
    stopping.set()
    await asyncio.wait_for(running, 5)


def test_a_long_film_for_many_districts_has_as_long_as_it_takes(post: Post, monkeypatch: pytest.MonkeyPatch):
    """An hour of film was given half an hour, and so was never finished."""
    given: list[float] = []
    monkeypatch.setattr(variants, "result_of", lambda job, *_given: given.append(job.time_limit))
    orders.brand(post, {"telegram"}, SYSTEM)
    Upload.objects.update(duration=3600)
    jobs = [queue.job_of(row) for row in queue.claim("one")]
    make_films(jobs, on_progress=lambda _told: None, cancel=threading.Event())
    assert given[0] > 15 * 3600


def test_many_films_that_take_long_to_look_at_are_not_taken_for_lost(post: Post, monkeypatch):
    """Else they would be claimed, lost and claimed again for ever, and none made."""
    orders.brand(post, {"whatsapp", "telegram"}, SYSTEM)
    looked_at = queue.job_of

    def slow(row, *profile):
        threading.Event().wait(0.15)
        return looked_at(row, *profile)

    monkeypatch.setattr("publisher.render.studio.BEAT_EVERY", 0.05)
    monkeypatch.setattr(queue, "LOST_AFTER", timedelta(seconds=0.28))
    monkeypatch.setattr(queue, "job_of", slow)
    studio = Studio(slots=1, make=quick)
    studio.step()
    assert queue.sweep() == 0
    studio.stop()
