from __future__ import annotations

from pathlib import Path

import pytest
from django.urls import reverse

from publisher.compose import posts
from publisher.deliver.models import Channel
from publisher.people.audit import user_actor
from publisher.people.models import District, Role
from publisher.render import orders, queue
from publisher.render.models import JobState, RenderJob, RenderOrder
from publisher.render.specs import Progress
from publisher.render.uploads import accept
from tests.render.specimens import make


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("films")
    return make(folder / "film.mp4", "-f", "lavfi", "-i", "testsrc2=s=64x36:r=10:d=2", "-pix_fmt", "yuv420p")


@pytest.fixture
def with_film(draft, officer, film: Path):
    post = draft()
    return posts.set_media(post, [(accept(film, "film.mp4"), "")], user_actor(officer))


@pytest.fixture
def ordered(with_film, officer):
    orders.brand(with_film, {"telegram"}, user_actor(officer))
    return with_film


def address(name: str, post, *more) -> str:
    return reverse(name, args=[post.pk, *more])


def wish(post, **more: object) -> dict[str, object]:
    return {"film": post.media.get().upload_id, "layout": "film", **more}


def test_a_film_can_be_branded_and_a_picture_cannot(browser, draft, with_film):
    words = "Make branded versions"
    assert words in browser.get(address("edit", with_film)).content.decode()
    assert words not in browser.get(address("edit", draft(title="Басқа"))).content.decode()


def test_the_button_orders_both_languages_and_shows_how_far_they_are(browser, with_film):
    page = browser.post(address("media_brand", with_film), wish(with_film, format="1:1")).content.decode()
    assert 'hx-trigger="every 2s"' in page
    assert RenderOrder.objects.get().format == "1:1"
    assert {row.profile for row in RenderJob.objects.all()} == {"telegram"}
    queue.beat(queue.claim("one"), Progress(0.42, 65.0))
    shown = browser.get(address("media_jobs", with_film)).content.decode()
    assert "42 %" in shown
    assert "1:05 left" in shown


def test_each_platform_of_the_chosen_channels_gets_its_own_size(browser, with_film, officer, district):
    Channel.objects.create(
        key="group", account_id="whatsapp-main", platform_kind="group", target="1", languages=["kk"], district=district
    )
    posts.change(with_film, user_actor(officer), channel_keys=["residents", "group"])
    browser.post(address("media_brand", with_film), wish(with_film))
    assert {row.profile for row in RenderJob.objects.all()} == {"telegram", "whatsapp"}


def test_the_cover_is_chosen_by_its_moment(browser, with_film):
    browser.post(address("media_brand", with_film), wish(with_film, cover_at="0.8"))
    assert RenderOrder.objects.get().cover_at == 0.8
    browser.post(address("media_brand", with_film), wish(with_film, cover_at="0.8", cover_exact="0:01.5"))
    assert RenderOrder.objects.get().cover_at == 1.5
    still = browser.get(reverse("still", args=[with_film.media.get().upload.sha256]), {"at": "1.5"})
    assert b"".join(still.streaming_content)[:2] == b"\xff\xd8"


def test_a_small_picture_of_each_layout_is_there_to_choose_by(browser, with_film):
    page = browser.get(address("edit", with_film)).content.decode()
    assert reverse("layout", args=["film"]) in page
    assert browser.get(reverse("layout", args=["film"]), {"format": "9:16"}).content[:2] == b"\xff\xd8"
    assert browser.get(reverse("layout", args=["nothing"])).status_code == 404


def test_a_name_that_fits_no_layout_costs_its_picture_and_no_error_page(browser, with_film):
    District.objects.filter(pk=with_film.district_id).update(name_kk="Ұ" * 200, name_ru="Ұ" * 200, name_en="Ұ" * 200)
    assert browser.get(reverse("layout", args=["film"])).status_code == 404


def test_the_form_counts_on_from_the_order(browser, with_film):
    seen = posts.digest_of(with_film)
    reply = browser.post(address("media_brand", with_film), wish(with_film, seen=seen)).content.decode()
    assert posts.digest_of(with_film) != seen
    assert posts.digest_of(with_film) in reply


def test_the_preview_and_the_checks_say_that_the_film_is_still_being_made(browser, ordered):
    assert "The branded film is still being made." in browser.get(address("post", ordered)).content.decode()


def test_a_failure_is_told_in_words_and_can_be_tried_again(browser, ordered):
    RenderJob.objects.update(
        state=JobState.FAILED, reason="film_too_long_for_limit", values={"limit_mb": 16, "seconds": 95}
    )
    shown = browser.get(address("edit", ordered)).content.decode()
    assert "Cut it to about 95 seconds." in shown
    browser.post(address("films_again", ordered))
    assert {row.state for row in RenderJob.objects.all()} == {"queued"}


def test_the_film_can_be_used_as_it_is_again(browser, ordered):
    browser.post(address("media_unbrand", ordered, RenderOrder.objects.get().pk))
    assert not RenderOrder.objects.exists()
    assert not RenderJob.objects.exists()


@pytest.mark.parametrize("name", ["media_brand", "media_jobs", "films_made", "films_again"])
def test_another_districts_films_are_out_of_reach(log_in, person, with_film, other_district, name: str):
    stranger = log_in(person(Role.OFFICER, other_district))
    ask = stranger.get if name in ("media_jobs", "films_made") else stranger.post
    assert ask(address(name, with_film)).status_code == 404
    assert not RenderJob.objects.exists()


def test_a_chief_may_not_order_films(log_in, person, with_film):
    assert log_in(person(Role.CHIEF)).post(address("media_brand", with_film)).status_code == 403
