"""Links in messages that count: only where they are wanted, only unseen or as themselves, never in a post's way."""

from __future__ import annotations

import pytest
from django.db import DatabaseError

from publisher.compose.leading import led
from publisher.compose.models import Version
from publisher.connectors.base import Button, Entity, Message
from publisher.connectors.telegram import Telegram
from publisher.connectors.whatsapp_cloud import WhatsAppCloud
from publisher.deliver import jobs
from publisher.deliver.contents import content_of
from publisher.deliver.models import Delivery
from publisher.measure import links, tracked
from publisher.measure.models import Link, LinkDay

PLACE = "https://stat.gov.kz/kk/alayaq"
TEXT = f"Толығырақ: [осында]({PLACE}) және https://egov.kz"


@pytest.fixture
def tracking(settings):
    def switch(address: str = "https://pol.kz", wanted: bool | None = None, **district: bool) -> None:
        config = settings.CONFIG
        given = config.links.model_copy(update={"address": address, "in_messages": wanted})
        districts = {key: one.model_copy(update=district) for key, one in config.districts.items()}
        settings.CONFIG = config.model_copy(update={"links": given, "districts": districts})

    return switch


@pytest.fixture
def delivery(make_post, telegram) -> Delivery:
    return _delivery(make_post(), telegram)


def _delivery(post, channel) -> Delivery:
    buttons = [{"label": "Ашу", "url": PLACE}, {"label": "Арна", "url": "https://t.me/akkaiyn"}]
    Version.objects.get_or_create(post=post, language="kk", defaults={"body": TEXT, "buttons": buttons})
    return Delivery.objects.create(post=post, channel=channel, language="kk", due_at=post.created_at)


def told(delivery: Delivery) -> Message:
    return content_of(delivery, delivery.due_at)


def test_a_button_and_a_link_behind_words_lead_by_a_short_one(tracking, delivery):
    tracking()
    message, link = told(delivery), Link.objects.get()
    short = f"https://pol.kz/l/{link.code}"
    assert (link.url, link.kind, link.channel, link.language) == (PLACE, "message", delivery.channel, "kk")
    assert [button.url for button in message.buttons] == [short, "https://t.me/akkaiyn"]
    assert short in [entity.url for entity in message.entities]


def test_an_address_that_is_read_leads_where_it_says(tracking, delivery):
    tracking()
    message = told(delivery)
    assert "https://egov.kz" in message.text
    assert "https://egov.kz" in [entity.url for entity in message.entities]


def test_words_that_look_like_an_address_count_as_one():
    message = Message("", "egov.kz", entities=(Entity("text_link", 0, 7, "https://egov.kz/x"),))
    assert led(message, {"https://egov.kz/x": "https://pol.kz/l/x"}, shown=False) == message


def test_whatsapp_shows_the_short_one(tracking, make_post, whatsapp):
    tracking()
    text = told(_delivery(make_post(), whatsapp)).text
    assert PLACE not in text
    assert text.count("https://pol.kz/l/") == 3
    assert "https://t.me/akkaiyn" in text


def test_the_same_channel_gets_the_same_one_every_time(tracking, delivery):
    tracking()
    assert told(delivery) == told(delivery)
    assert Link.objects.count() == 1


def test_each_channel_gets_its_own_though_the_text_is_made_once(tracking, delivery, telegram):
    tracking()
    telegram.pk, telegram.key, telegram.target = None, "tg2", "-1002"
    telegram.save()
    other = _delivery(delivery.post, telegram)
    found = jobs.load_all([delivery.pk, other.pk], jobs.Wordings())
    urls = {found[one.pk].message.buttons[0].url for one in (delivery, other)}
    assert len(urls) == 2
    assert set(Link.objects.values_list("channel__key", flat=True)) == {"tg", "tg2"}


@pytest.mark.parametrize(
    ("address", "wanted", "in_district", "used"),
    [
        ("https://pol.kz", None, True, True),
        ("https://pol.kz", False, True, False),
        ("https://pol.kz", None, False, False),
        ("http://pol.kz", None, True, False),
        ("https://127.0.0.1:8000", None, True, False),
        ("https://10.1.2.3", None, True, False),
        ("https://console.local", None, True, False),
        ("https://localhost", None, True, False),
        ("http://127.0.0.1:8000", True, True, True),
        ("https://pol.kz", True, False, False),
    ],
)
def test_where_they_are_used(tracking, delivery, address, wanted, in_district, used):
    tracking(address, wanted, tracked_links=in_district)
    assert ("/l/" in told(delivery).buttons[0].url) is used


def test_a_text_that_would_become_too_long_keeps_its_own(tracking, make_post, whatsapp):
    tracking("https://a-very-long-name-of-a-department.example-of-a-region.kz")
    post = make_post()
    Version.objects.create(post=post, language="kk", body=f"{'ә' * 4070} https://egov.kz")
    delivery = Delivery.objects.create(post=post, channel=whatsapp, language="kk", due_at=post.created_at)
    assert "https://egov.kz" in told(delivery).text


def test_a_database_that_cannot_write_does_not_stand_in_the_way(tracking, delivery, monkeypatch, caplog):
    tracking()

    def locked(*_):
        raise DatabaseError("database is locked")

    monkeypatch.setattr(tracked, "_known", locked)
    assert told(delivery).buttons[0].url == PLACE


def test_places_that_posts_may_not_lead_to_get_none(tracking, delivery, settings):
    tracking()
    settings.CONFIG = settings.CONFIG.model_copy(update={"link_hosts": ("egov.kz",)})
    told(delivery)
    assert not Link.objects.filter(url=PLACE).exists()


@pytest.mark.parametrize("description", [Telegram.description, WhatsAppCloud.description], ids=lambda d: d.key)
def test_the_preview_shows_a_short_one_with_dots(tracking, district, description):
    tracking()
    message = Message("", PLACE, buttons=(Button("Ашу", PLACE),) if description.limits.buttons else ())
    shown = tracked.shown(message, description, district.key)
    assert f"https://pol.kz/l/{tracked.HIDDEN_CODE}" in (shown.buttons[0].url if shown.buttons else shown.text)


def test_a_forwarded_copy_is_read_as_what_we_wrote(tracking, make_post, whatsapp):
    tracking()
    delivery = _delivery(make_post(), whatsapp)
    sent, link = told(delivery).text, Link.objects.filter(url=PLACE).first()
    assert PLACE in tracked.restored(sent)
    assert "/l/" not in tracked.restored(sent)
    for fake in (
        f"https://pol.kz.evil.com/l/{link.code}",
        f"https://pol.kz/l/{link.code}x",
        "https://pol.kz/l/zzzzzzz",
    ):
        assert tracked.restored(fake) == fake


def test_clicks_are_told_by_post_channel_and_language(tracking, delivery):
    tracking()
    told(delivery)
    link = Link.objects.get()
    place = (delivery.post_id, delivery.channel_id, "kk")
    assert tracked.clicks([delivery.post_id]) == {place: tracked.Clicks(0, 0)}
    LinkDay.objects.create(link=link, day="2026-11-24", visits=5, people=3)
    assert tracked.clicks([delivery.post_id]) == {place: tracked.Clicks(5, 3)}
    assert links.leads_to(link.code) == link
