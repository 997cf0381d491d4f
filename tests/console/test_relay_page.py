"""The relay's own page: opened by a link alone, one tick, nothing else; and the officers' page about relays."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from publisher.compose import posts
from publisher.compose.models import PostMedia, Upload
from publisher.connectors.whatsapp_relay import WhatsAppRelaySettings
from publisher.deliver import pauses
from publisher.deliver.models import Account, Channel, Delivery, State
from publisher.people.audit import Actor, user_actor
from publisher.people.models import Role
from publisher.relay import handing, links, people
from publisher.relay.models import Duty, Relay, Task, TaskState


@pytest.fixture
def group(district, accounts, settings) -> Channel:
    given = {**settings.CONFIG.accounts, "by-people": WhatsAppRelaySettings(type="whatsapp_relay")}
    settings.CONFIG = settings.CONFIG.model_copy(update={"accounts": given})
    account = Account.objects.create(key="by-people", type="whatsapp_relay")
    return Channel.objects.create(
        key="smirnovo", account=account, platform_kind="group", target="x", title="Смирново", languages=["kk"],
        district=district,
    )  # fmt: skip


@pytest.fixture
def relay(group, district) -> Relay:
    relay = Relay.objects.create(name="Айгүл", district=district, language="ru")
    Duty.objects.create(channel=group, relay=relay)
    return relay


@pytest.fixture
def task(queued, group, relay) -> Task:
    post = queued()
    post.deliveries.all().delete()
    Delivery.objects.create(post=post, channel=group, language="kk", due_at=timezone.now())
    handing.hand_out(timezone.now() + timedelta(seconds=1))
    return Task.objects.get()


def page(task: Task, name: str = "relay", *more: object) -> str:
    return reverse(name, args=[links.token_of(task), *more])


def test_the_page_needs_no_account_and_speaks_the_relays_language(client, task):
    reply = client.get(page(task))
    shown = reply.content.decode()
    assert reply.status_code == 200
    assert 'lang="ru"' in shown
    assert "2-15-65" in shown
    assert reply["Referrer-Policy"] == "same-origin"
    assert "no-store" in reply["Cache-Control"]
    task.refresh_from_db()
    assert task.opened_at is not None


@pytest.mark.parametrize("token", ["x", "x" * 60, "..%2F"])
def test_a_made_up_link_leads_nowhere(client, task, token):
    for name in ("relay", "relay_done", "relay_cannot", "relay_seen"):
        ask = client.get if name == "relay" else client.post
        assert ask(reverse(name, args=[token])).status_code == 404


def test_one_tick_is_enough(client, task):
    client.post(page(task, "relay_done"), {"members": "214", "revision": "1"})
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.settled_by) == (State.SENT, "Айгүл")
    assert client.post(page(task, "relay_done")).status_code == 302
    assert Delivery.objects.get().sent_at == delivery.sent_at


def test_the_tick_needs_the_pages_own_form(task):
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(page(task, "relay_done")).status_code == 403
    assert Delivery.objects.get().state == State.PEOPLE


@pytest.mark.parametrize("members", ["-1", "99999", "many"])
def test_a_count_that_cannot_be_is_refused_and_nothing_is_ticked(client, task, members):
    assert client.post(page(task, "relay_done"), {"members": members}).status_code == 422
    assert Delivery.objects.get().state == State.PEOPLE


def test_cannot_is_told_and_asks_the_next(client, task, group, district):
    second = Relay.objects.create(name="Ерлан", district=district)
    Duty.objects.create(channel=group, relay=second, place=1)
    client.post(page(task, "relay_cannot"), {"reason": "жолда"})
    assert Task.objects.get(relay=second).state == TaskState.OPEN


def test_what_was_cancelled_is_not_to_be_posted_and_not_shown(client, task):
    Delivery.objects.update(state=State.CANCELLED)
    handing.follow_up(timezone.now())
    with translation.override("ru"):
        shown = client.get(page(task)).content.decode()
    assert "Пожалуйста, не публикуйте" in shown
    assert "2-15-65" not in shown


def test_what_is_being_corrected_is_not_shown_and_not_to_be_posted(client, task):
    """Its present words were approved by nobody."""
    posts.save_versions(task.delivery.post, {"kk": "Бекітілмеген мәтін"}, Actor("Сәуле"))
    shown = client.get(page(task)).content.decode()
    assert "сейчас не публикуйте" in shown
    assert "Бекітілмеген" not in shown
    assert 'name="revision" value="1"' in shown  # they may have posted the words before
    client.post(page(task, "relay_done"), {"revision": "1"})
    assert Delivery.objects.get().changes.get().kind == "edit"


def test_somebody_switched_off_cannot_say_that_it_is_posted(client, task):
    people.switch(task.relay, False, Actor("Сәуле"))
    assert client.get(page(task)).status_code == 404
    assert client.post(page(task, "relay_done")).status_code == 404
    assert Delivery.objects.get().state == State.PEOPLE


def test_what_was_stopped_is_not_to_be_posted_now(client, task):
    pauses.stop(pauses.EVERYTHING, "қате нөмір", Actor("Сәуле"))
    shown = client.get(page(task)).content.decode()
    assert "сейчас не публикуйте" in shown
    assert "2-15-65" not in shown
    pauses.resume(pauses.EVERYTHING, Actor("Сәуле"))
    assert "2-15-65" in client.get(page(task)).content.decode()


def test_only_the_tasks_own_file_is_given(client, task, settings):
    upload = Upload.objects.create(
        sha256="a" * 64, path="uploads/aa/card.jpg", name="x", kind="photo", mime="image/jpeg", size=3
    )
    path = settings.HOME.var / upload.path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(ContentFile(b"abc").read())
    PostMedia.objects.create(post=task.delivery.post, upload=upload)
    reply = client.get(page(task, "relay_file", 0))
    assert b"".join(reply.streaming_content) == b"abc"
    assert reply["Content-Type"] == "image/jpeg"
    assert reply["Content-Disposition"].endswith(f'filename="post-{task.delivery.post_id}-1.jpg"')
    part = client.get(page(task, "relay_file", 0), headers={"Range": "bytes=1-"})  # an iPhone plays no film without
    assert (part.status_code, part.content, part["Content-Range"]) == (206, b"bc", "bytes 1-2/3")
    assert "no-store" in part["Cache-Control"]
    assert client.get(page(task, "relay_file", 1)).status_code == 404


def test_how_many_have_seen_it_can_be_said_later(client, task):
    client.post(page(task, "relay_seen"), {"members": "87"})
    assert not task.delivery.readings.exists()
    client.post(page(task, "relay_done"))
    client.post(page(task, "relay_seen"), {"members": "87"})
    assert task.delivery.readings.get(metric="read").value == 87


def test_officers_see_who_has_it_in_hand_and_can_pass_the_link_on(browser, task):
    shown = browser.get(reverse("relays")).content.decode()
    assert "Айгүл" in shown
    assert links.token_of(task).split(":")[0] in shown


def test_a_person_is_added_and_put_into_a_group(browser, group, district):
    browser.post(reverse("relay_add"), {"name": "Ерлан", "language": "kk", "email": "", "district": district.pk})
    relay = Relay.objects.get()
    browser.post(reverse("relay_order", args=[group.pk]), {"relay": relay.pk, "do": "add"})
    assert handing.relays_of(group) == [relay]
    browser.post(reverse("relay_order", args=[group.pk]), {"relay": relay.pk, "do": "remove"})
    assert handing.relays_of(group) == []


def test_the_order_can_be_changed(browser, group, relay, district, officer):
    second = people.add("Ерлан", district, "kk", "", user_actor(officer))
    browser.post(reverse("relay_order", args=[group.pk]), {"relay": second.pk, "do": "add"})
    browser.post(reverse("relay_order", args=[group.pk]), {"relay": second.pk, "do": "up"})
    assert handing.relays_of(group) == [second, relay]


def test_relays_of_another_district_do_not_exist(log_in, person, other_district, relay, group):
    client = log_in(person(Role.OFFICER, of=other_district))
    assert client.post(reverse("relay_switch", args=[relay.pk]), {"on": "no"}).status_code == 404
    assert client.post(reverse("relay_order", args=[group.pk]), {"relay": relay.pk}).status_code == 404
    assert "Айгүл" not in client.get(reverse("relays")).content.decode()
