"""The redirect that anybody may follow, and the page where links are made."""

from __future__ import annotations

import pytest
from django.db import OperationalError
from django.urls import reverse

from publisher.console.views import links as view
from publisher.measure import links
from publisher.measure.models import Link, LinkDay
from publisher.people.audit import Actor
from publisher.people.models import Role

PHONE = {"HTTP_USER_AGENT": "Mozilla/5.0 (Linux; Android 14) Chrome/130 Mobile Safari/537.36"}


@pytest.fixture
def link(district) -> Link:
    return links.make("https://t.me/akkaiyn", "Парақша", district, Actor("Айгүл"))


def test_anybody_may_follow_and_is_led_there_at_once(client, link):
    reply = client.get(reverse("follow", args=[link.code]), **PHONE)
    assert (reply.status_code, reply["Location"]) == (302, "https://t.me/akkaiyn")
    assert (reply["Cache-Control"], reply["Referrer-Policy"]) == ("no-store", "no-referrer")
    assert not reply.cookies
    assert LinkDay.objects.get().visits == 1


def test_an_unknown_code_is_told_the_hotline_and_leads_nowhere(client, district):
    reply = client.get(reverse("follow", args=["zzzzzzz"]), {"next": "https://evil.com"}, **PHONE)
    assert reply.status_code == 404
    assert district.hotline in reply.content.decode()


def test_a_database_that_cannot_write_does_not_stand_in_the_way(client, link, monkeypatch):
    def locked(*_):
        raise OperationalError("database is locked")

    monkeypatch.setattr(view.links, "count", locked)
    assert client.get(reverse("follow", args=[link.code]), **PHONE).status_code == 302


def test_an_officer_makes_one_and_gets_its_code(browser, district):
    form = {"label": "Смирново", "url": "https://t.me/akkaiyn", "district": district.pk}
    page = browser.post(reverse("link_add"), form, follow=True)
    link = Link.objects.get()
    assert link.code in page.content.decode()
    drawn = browser.get(reverse("link_code", args=[link.pk, "svg"]))
    assert (drawn["Content-Type"], drawn.content[:5]) == ("image/svg+xml", b"<?xml")
    assert browser.get(reverse("link_code", args=[link.pk, "png"])).content[:4] == b"\x89PNG"


def test_an_address_that_posts_may_not_lead_to_is_refused_in_words(browser, district):
    form = {"label": "x", "url": "https://evil.com", "district": district.pk}
    reply = browser.post(reverse("link_add"), form)
    assert reply.status_code == 422
    assert "allowed sites" in reply.content.decode()
    assert not Link.objects.exists()


def test_it_can_be_switched_off_and_on(browser, client, link):
    browser.post(reverse("link_switch", args=[link.pk]), {"on": "no"})
    assert client.get(reverse("follow", args=[link.code]), **PHONE).status_code == 404
    browser.post(reverse("link_switch", args=[link.pk]), {"on": "yes"})
    assert client.get(reverse("follow", args=[link.code]), **PHONE).status_code == 302


def test_links_of_another_district_do_not_exist(log_in, person, other_district, link):
    client = log_in(person(Role.OFFICER, of=other_district))
    assert client.get(reverse("link", args=[link.pk])).status_code == 404
    assert link.code not in client.get(reverse("links")).content.decode()


def test_links_of_messages_stand_by_their_posts_and_apart_from_those_on_paper(browser, link, queued, channel):
    post = queued()
    given = {"kind": "message", "post": post, "channel": channel, "language": "kk", "district": post.district}
    made = Link.objects.create(code="mmmmmmm", url="https://egov.kz", label="x", made_by="links", **given)
    LinkDay.objects.create(link=made, day="2026-11-24", visits=4, people=3)
    shown = browser.get(reverse("links"), {"of": "message"}).content.decode()
    assert "followed 4 times" in shown
    assert "Парақша" not in shown
    assert "https://egov.kz" not in browser.get(reverse("links")).content.decode()


def test_the_page_says_when_links_in_messages_are_off(browser):
    assert "This is off" in browser.get(reverse("links"), {"of": "message"}).content.decode()
