from __future__ import annotations

from pathlib import Path

import pytest
from django.urls import reverse

from publisher.compose import posts
from publisher.deliver.models import Channel
from publisher.people.audit import user_actor
from publisher.people.models import Role
from publisher.render import queue
from publisher.render.models import JobState, RenderJob
from publisher.render.specs import Progress, Rendition
from publisher.render.studio import Studio
from publisher.render.uploads import accept
from tests.render.specimens import make


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("films")
    return make(folder / "film.mp4", "-f", "lavfi", "-i", "testsrc2=s=64x36:r=10:d=1", "-pix_fmt", "yuv420p")


@pytest.fixture
def with_film(draft, officer, film: Path):
    post = draft()
    return posts.set_media(post, [(accept(film, "film.mp4"), "")], user_actor(officer))


def address(name: str, post, *more) -> str:
    return reverse(name, args=[post.pk, *more])


def test_a_film_can_be_branded_and_a_picture_cannot(browser, draft, with_film):
    words = "Make branded versions"
    assert words in browser.get(address("edit", with_film)).content.decode()
    assert words not in browser.get(address("edit", draft(title="Басқа"))).content.decode()


def test_the_button_orders_both_languages_and_shows_how_far_they_are(browser, with_film):
    page = browser.post(address("media_brand", with_film), {"seen": ""}).content.decode()
    assert 'hx-trigger="every 2s"' in page
    assert {row.profile for row in RenderJob.objects.all()} == {"telegram"}
    row = queue.claim("one")
    queue.beat(row, Progress(0.42, 65.0))
    shown = browser.get(address("media_jobs", with_film)).content.decode()
    assert "42 %" in shown
    assert "1:05 left" in shown


def test_whatsapps_limit_counts_as_soon_as_one_channel_is_there(browser, with_film, officer, district):
    Channel.objects.create(
        key="group", account_id="whatsapp-main", platform_kind="group", target="1", languages=["kk"], district=district
    )
    posts.change(with_film, user_actor(officer), channel_keys=["residents", "group"])
    browser.post(address("media_brand", with_film))
    assert {row.profile for row in RenderJob.objects.all()} == {"whatsapp"}


def test_when_the_films_are_ready_the_form_goes_on_from_there(browser, with_film, film: Path, tmp_path: Path):
    def made(job, **_given) -> Rendition:
        target = tmp_path / f"{job.spec.language}.mp4"
        target.write_bytes(film.read_bytes() + job.spec.language.encode())
        return Rendition(target, "", "video/mp4", 1, 64, 36, 1.0)

    seen = posts.digest_of(with_film)
    browser.post(address("media_brand", with_film), {"seen": seen})
    studio = Studio(make=made)
    while RenderJob.objects.exclude(state=JobState.DONE).exists():
        studio.step()
    reply = browser.get(address("media_jobs", with_film), {"seen": seen})
    assert (reply.headers["HX-Retarget"], reply.headers["HX-Reswap"]) == ("#media", "outerHTML")
    assert posts.digest_of(with_film) in reply.content.decode()
    assert "film · kk.mp4" in reply.content.decode()
    assert browser.get(address("media_jobs", with_film), {"seen": "other"}).content.decode().count("other") == 1


def test_a_failure_is_told_in_words(browser, with_film):
    browser.post(address("media_brand", with_film))
    RenderJob.objects.update(
        state=JobState.FAILED, reason="film_too_long_for_limit", values={"limit_mb": 16, "seconds": 95}
    )
    shown = browser.get(address("edit", with_film)).content.decode()
    assert "Cut it to about 95 seconds." in shown


def test_a_film_that_waits_can_be_stopped(browser, with_film):
    browser.post(address("media_brand", with_film))
    row = RenderJob.objects.first()
    browser.post(address("media_brand_stop", with_film, row.pk))
    row.refresh_from_db()
    assert row.state == JobState.CANCELLED


@pytest.mark.parametrize("name", ["media_brand", "media_jobs"])
def test_another_districts_films_are_out_of_reach(log_in, person, with_film, other_district, name: str):
    stranger = log_in(person(Role.OFFICER, other_district))
    ask = stranger.get if name == "media_jobs" else stranger.post
    assert ask(address(name, with_film)).status_code == 404
    assert not RenderJob.objects.exists()


def test_a_chief_may_not_order_films(log_in, person, with_film):
    assert log_in(person(Role.CHIEF)).post(address("media_brand", with_film)).status_code == 403
