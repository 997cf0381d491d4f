from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings
from django.urls import reverse

from publisher.compose.models import Post, Upload
from publisher.people.audit import SYSTEM
from publisher.people.models import District, Role
from publisher.render import orders, queue
from publisher.render.jobs import adopt
from publisher.render.models import JobState, RenderJob, RenderOrder
from publisher.render.naming import name_of
from publisher.render.orders import Wish
from publisher.render.specs import Progress
from publisher.render.studio import Studio
from publisher.render.uploads import accept
from tests.render.specimens import make


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("films")
    return make(folder / "film.mp4", "-f", "lavfi", "-i", "testsrc2=s=64x36:r=10:d=1", "-pix_fmt", "yuv420p")


@pytest.fixture
def upload(district, film: Path) -> Upload:
    return accept(film, "Фильм.mp4")


@pytest.fixture
def admin(log_in, person):
    return log_in(person(Role.ADMIN, of=None, name="boss"))


@pytest.fixture
def order(upload) -> RenderOrder:
    return orders.for_districts(upload, District.objects.all(), ["kk", "ru"], ["telegram"], SYSTEM, Wish())


@pytest.fixture
def _quick(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(settings, "RENDITIONS", settings.HOME.folder(f"renditions/{tmp_path.name}"))


def quick(jobs, **_given) -> None:
    folder = settings.RENDITIONS / "draft"
    folder.mkdir(exist_ok=True)
    for job in jobs:
        (folder / "made.mp4").write_bytes(name_of(job).encode())
        about = {"file": "made.mp4", "mime": "video/mp4", "width": 64, "height": 36, "duration": 1.0}
        adopt(about, folder, settings.RENDITIONS, name_of(job))


def until_idle() -> None:
    studio = Studio(make=quick)
    while not queue.is_idle():
        studio.step()


def test_an_administrator_orders_one_film_for_many_districts(admin, upload):
    asked = {"earlier": upload.sha256, "layout": "film-band", "format": "1:1", "languages": ["kk", "ru"]}
    asked |= {"districts": ["akkaiyn", "esil"], "profiles": ["telegram", "whatsapp"]}
    reply = admin.post(reverse("studio_new"), asked)
    order = RenderOrder.objects.get()
    assert reply.headers["Location"] == reverse("studio_order", args=[order.pk])
    assert (order.post, order.layout, order.format) == (None, "film-band", "1:1")
    assert order.jobs.count() == 8


def test_what_is_missing_is_said_and_nothing_ordered(admin, upload):
    reply = admin.post(reverse("studio_new"), {"earlier": upload.sha256, "languages": ["kk"]})
    assert reply.status_code == 400
    assert "Choose at least one of each." in reply.content.decode()
    assert not RenderOrder.objects.exists()


def test_the_board_shows_each_district_how_far_it_is(admin, order):
    queue.beat(queue.claim("one"), Progress(0.5, 65.0))
    shown = admin.get(reverse("studio_order", args=[order.pk])).content.decode()
    assert "0 of 4 films ready" in shown
    assert 'hx-trigger="every 2s"' in shown
    assert "50 % · 1:05 left" in shown
    assert all(place.hotline in shown for place in District.objects.all())


@pytest.mark.usefixtures("_quick")
def test_finished_films_can_be_downloaded_and_become_a_post_without_being_made_again(admin, order):
    until_idle()
    job = RenderJob.objects.filter(district="akkaiyn", language="kk").get()
    shown = admin.get(reverse("studio_order", args=[order.pk])).content.decode()
    assert f'href="{reverse("upload", args=[job.result.sha256])}" download=' in shown
    assert admin.get(reverse("upload", args=[job.result.sha256])).status_code == 200
    admin.post(reverse("studio_use", args=[order.pk, "akkaiyn"]))
    post = Post.objects.get()
    assert (post.district_id, post.films.get().layout) == ("akkaiyn", "film")


def test_stopping_leaves_what_is_ready_and_the_rest_can_be_taken_up_again(admin, order):
    RenderJob.objects.filter(language="kk").update(state=JobState.DONE)
    admin.post(reverse("studio_cancel", args=[order.pk]))
    assert set(RenderJob.objects.values_list("language", "state")) == {("kk", "done"), ("ru", "cancelled")}
    admin.post(reverse("studio_again", args=[order.pk]))
    assert set(RenderJob.objects.filter(language="ru").values_list("state", flat=True)) == {"queued"}


def test_whoever_has_one_district_sees_no_order_of_others(log_in, person, order, other_district):
    local = log_in(person(Role.ADMIN, of=other_district, name="local"))
    assert local.get(reverse("studio_order", args=[order.pk])).status_code == 404
    assert order.source.name not in local.get(reverse("studio")).content.decode()
