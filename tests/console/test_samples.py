from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from publisher import rehearsal, samples
from publisher.compose import posts
from publisher.compose.message import Wording
from publisher.compose.models import Kind, Post, PostMedia, Upload
from publisher.deliver import actions, channels
from publisher.deliver.models import Channel, Delivery, State
from publisher.hotline.models import Okrug
from publisher.measure.models import Reading
from publisher.people.models import AuditEntry, District, Role
from tests.console.conftest import TEXTS


@pytest.fixture
def sample(district, accounts):
    """As practice mode makes it: a channel, and a film that was sent and read."""
    channel = channels.add(
        "practice", "telegram-main", "-1009", languages=["kk", "ru"], district=district, actor=samples.TRAINER
    )
    post = posts.blank(Kind.PREVENTION_VIDEO, "Үлгі бейнеролик", district, samples.TRAINER)
    posts.save_versions(post, {k: Wording(k, v) for k, v in TEXTS.items()}, samples.TRAINER)
    path = settings.HOME.folder("uploads") / "sample.mp4"
    path.write_bytes(b"film")
    upload = Upload.objects.create(
        sha256="c" * 64, path="uploads/sample.mp4", name="x.mp4", kind="video", mime="video/mp4", size=4
    )
    PostMedia.objects.create(post=post, upload=upload)
    posts.approve_from_shell(post, samples.TRAINER)
    for row in actions.schedule(post, [channel], timezone.now() + timedelta(hours=1), actor=samples.TRAINER):
        Delivery.objects.filter(pk=row.pk).update(state=State.SENT, sent_at=timezone.now())
        Reading.objects.create(delivery=row, metric="views", value=3, at=timezone.now(), source="preview")
    return post


@pytest.fixture
def removing(log_in, admin):
    return log_in(admin)


def test_the_page_says_what_goes_and_what_stays(removing, sample):
    shown = removing.get(reverse("samples")).content.decode()
    for words in ("This goes", "Үлгі бейнеролик", "practice", "This stays", "audit trail"):
        assert words in shown


def test_one_click_takes_all_of_it_and_nothing_else(removing, sample, queued, django_capture_on_commit_callbacks):
    mine = queued()
    with django_capture_on_commit_callbacks(execute=True):
        removing.post(reverse("samples"))
    assert list(Post.objects.all()) == [mine]
    assert [channel.key for channel in Channel.objects.all()] == ["residents"]
    assert {row.post for row in Delivery.objects.all()} == {mine}
    assert not Upload.objects.exists()
    assert not (settings.HOME.var / "uploads/sample.mp4").exists()
    assert AuditEntry.objects.get(verb=samples.REMOVED).detail["posts"] == ["Үлгі бейнеролик"]
    assert "There is no sample data" in removing.get(reverse("samples")).content.decode()


def test_a_practice_channel_with_posts_of_people_stays(removing, sample, in_review, approver):
    own = Channel.objects.get(key="practice")
    post = in_review(channel_keys=["practice"])
    posts.approve_from_shell(post, samples.TRAINER)
    actions.schedule(post, [own], timezone.now() + timedelta(hours=1), actor=samples.TRAINER)
    assert "because a post of yours stands on it" in removing.get(reverse("samples")).content.decode()
    removing.post(reverse("samples"))
    assert Channel.objects.filter(key="practice").exists()
    assert list(Post.objects.all()) == [post]


def test_a_film_that_another_post_shows_stays(removing, sample, draft):
    PostMedia.objects.create(post=draft(), upload=Upload.objects.get())
    removing.post(reverse("samples"))
    assert Upload.objects.count() == 1
    assert (settings.HOME.var / "uploads/sample.mp4").exists()


def test_nothing_goes_while_one_is_being_sent(removing, sample):
    Delivery.objects.filter(post=sample).update(state=State.WAITING)
    Delivery.objects.filter(pk=sample.deliveries.first().pk).update(state=State.SENDING)
    reply = removing.post(reverse("samples"), follow=True)
    assert "being sent just now" in reply.content.decode()
    assert Post.objects.filter(pk=sample.pk).exists()


def test_another_district_has_nothing_to_remove(log_in, person, other_district, sample):
    log_in(person(Role.ADMIN, of=other_district)).post(reverse("samples"))
    assert Post.objects.filter(pk=sample.pk).exists()


@pytest.mark.django_db(transaction=True)
async def test_the_next_start_brings_none_back(monkeypatch, admin):
    called = []
    monkeypatch.setattr(rehearsal, "_open_channels", lambda trainer: called.append(trainer))
    monkeypatch.setattr(rehearsal, "first_posts", lambda stop: called.append(stop))
    for name in ("_register_webhook", "_open_control_chat"):
        if hasattr(rehearsal, name):
            monkeypatch.setattr(rehearsal, name, _nothing)
    await rehearsal.db(samples.remove, admin)

    class Stand:
        base_url = "http://127.0.0.1:9"

    await rehearsal.rehearse(Stand(), 8000)
    assert called == []


async def _nothing(*_arguments) -> None:
    return None


def test_the_sample_calls_belong_to_the_district_whose_channels_are_opened(district):
    District.objects.filter(pk=district.pk).update(place=9)  # named last in the files, though its key comes first
    rehearsal.first_calls()
    assert set(Okrug.objects.values_list("district", flat=True)) == {District.objects.first().pk}
