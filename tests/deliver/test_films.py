"""A post goes out with its branded film, never without it, and a person is asked when there is none in time."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from publisher import run
from publisher.clock import Clock
from publisher.compose.approval import digest_of
from publisher.compose.models import Post, PostMedia, Upload
from publisher.console import looks
from publisher.deliver import dispatch, films, jobs, status
from publisher.deliver.border import db
from publisher.deliver.models import Delivery, State
from publisher.people import districts
from publisher.render.models import JobState, RenderJob, RenderOrder

pytestmark = pytest.mark.django_db


@pytest.fixture
def film(db) -> Upload:
    return Upload.objects.create(
        sha256="a" * 64, path="uploads/a.mp4", name="a.mp4", kind="video", mime="video/mp4", size=1
    )


@pytest.fixture
def branded(make_post, film, district):
    """An approved post whose film is being made for Telegram."""

    def make(state: str = JobState.RUNNING, **fields) -> Post:
        post = make_post()
        PostMedia.objects.create(post=post, upload=film)
        order = RenderOrder.objects.create(post=post, source=film, format="16:9")
        RenderJob.objects.create(
            order=order, district=district, language="kk", profile="telegram", state=state, **fields
        )
        Post.objects.filter(pk=post.pk).update(approved_digest=digest_of(post))
        return post

    return make


def claimed() -> list[int]:
    return [ticket.delivery_id for ticket in dispatch.claim("w", 10).tickets]


def test_it_waits_for_its_film_while_others_go_on(make_delivery, branded):
    waits, other = make_delivery(post=branded(), late_s=50), make_delivery(late_s=1)
    assert claimed() == [other.pk]
    assert not dispatch.is_idle()
    waits.refresh_from_db()
    assert waits.state == State.WAITING


def test_it_goes_out_with_the_film_as_soon_as_that_is_made(make_delivery, branded):
    delivery = make_delivery(post=branded())
    made = Upload.objects.create(
        sha256="b" * 64, path="renditions/b.mp4", name="b.mp4", kind="video", mime="video/mp4", size=2
    )
    RenderJob.objects.update(state=JobState.DONE, result=made)
    assert claimed() == [delivery.pk]
    (media,) = jobs.load(delivery.pk).message.media
    assert (media.sha256, media.path) == ("b" * 64, settings.HOME.var / "renditions/b.mp4")


def test_whoever_claims_it_all_the_same_does_not_send_it_without(make_delivery, branded):
    delivery = make_delivery(post=branded())
    assert jobs.load_all([delivery.pk], jobs.Wordings()) == {}


def test_the_film_of_another_platform_holds_nothing_back(make_delivery, branded):
    post = branded()
    RenderJob.objects.update(profile="whatsapp")
    delivery = make_delivery(post=post)
    assert claimed() == [delivery.pk]


def test_a_film_that_nobody_ordered_for_its_platform_is_ordered_when_it_is_due(make_delivery, branded):
    """The account's limit changed after the post was planned: it was claimed and laid back for ever, nobody told."""
    post = branded(JobState.DONE)
    RenderJob.objects.update(profile="telegram_local")
    delivery = make_delivery(post=post)
    assert jobs.load_all([delivery.pk], jobs.Wordings()) == {}
    assert films.order_late() == 1
    assert RenderJob.objects.get(profile="telegram").state == JobState.QUEUED
    assert claimed() == []
    assert films.order_late() == 0
    assert Delivery.objects.get(pk=delivery.pk).state == State.WAITING


@pytest.mark.parametrize(
    ("state", "minutes", "reason"),
    [
        (JobState.RUNNING, 5, ""),
        (JobState.QUEUED, 70, "film_too_late"),
        (JobState.FAILED, 1, "film_not_made"),
        (JobState.CANCELLED, 1, "film_not_made"),
    ],
)
def test_a_person_is_asked_when_it_failed_or_is_too_late(make_delivery, branded, state: str, minutes: int, reason: str):
    delivery = make_delivery(post=branded(state, reason="disk_full"), late_s=60 * minutes)
    films.give_up()
    delivery.refresh_from_db()
    assert delivery.error_reason == reason
    assert (delivery.state == State.FAILED) == bool(reason)


def test_before_its_time_a_film_that_failed_stops_nothing_yet(make_delivery, branded):
    delivery = make_delivery(post=branded(JobState.FAILED), late_s=-600)
    assert films.give_up() == 0
    delivery.refresh_from_db()
    assert delivery.state == State.WAITING


def test_sent_anyway_it_still_waits_for_the_film_however_long(make_delivery, branded):
    delivery = make_delivery(post=branded(JobState.RUNNING), late_s=600 * 60, late_ok=True)
    assert films.give_up() == 0
    assert claimed() == []
    assert Delivery.objects.get(pk=delivery.pk).state == State.WAITING


def numbered(hotline: str) -> None:
    """The same as config.yaml with another number."""
    config = settings.CONFIG
    other = config.districts["akkaiyn"].model_copy(update={"hotline": hotline})
    districts.follow(config.model_copy(update={"districts": {**config.districts, "akkaiyn": other}}))


def test_a_new_number_of_the_hotline_comes_into_films_that_are_still_to_go_out(make_delivery, branded):
    delivery = make_delivery(post=branded(JobState.DONE))
    numbered("2-20-20")
    assert RenderJob.objects.get().state == JobState.QUEUED
    assert claimed() == []
    assert Delivery.objects.get(pk=delivery.pk).state == State.WAITING


@pytest.mark.parametrize("hotline", ["2-15-65", "2-20-20"])
def test_films_that_went_out_stay_as_they_were(make_delivery, branded, hotline: str):
    make_delivery(post=branded(JobState.DONE), state=State.SENT)
    numbered(hotline)
    assert RenderJob.objects.get().state == JobState.DONE


def test_a_post_whose_film_is_being_made_is_no_alarm(make_delivery, branded):
    make_delivery(post=branded(), late_s=600)
    assert not status.overdue().exists()
    RenderJob.objects.update(state=JobState.DONE, finished_at=timezone.now() - timedelta(minutes=9))
    assert status.overdue().exists()


def test_people_see_what_it_waits_for(make_delivery, branded):
    delivery = make_delivery(post=branded(), late_s=600)
    assert looks.delivery_look(delivery, timezone.now()) is looks.FILM
    RenderJob.objects.update(state=JobState.DONE)
    assert looks.delivery_look(delivery, timezone.now()) is looks.LATE


@pytest.mark.django_db(transaction=True)
def test_work_until_idle_makes_the_films_that_wait(branded, monkeypatch):
    """The studio runs beside the worker, which ends only when nothing is left to make."""
    branded(JobState.QUEUED)
    seen: list[str] = []

    async def studio(stopping: asyncio.Event) -> None:
        await asyncio.sleep(0.2)
        seen.append("made")
        await db(lambda: RenderJob.objects.update(state=JobState.DONE))
        await stopping.wait()

    async def nothing(*_given: object) -> None:
        return None

    monkeypatch.setattr(run, "_studio", studio)
    monkeypatch.setattr(Clock, "tick", nothing)
    monkeypatch.setattr(Clock, "measure", nothing)
    monkeypatch.setattr(Clock, "listen_once", nothing)
    run.work_until_idle()
    assert seen == ["made"]
    assert not RenderJob.objects.exclude(state=JobState.DONE).exists()
