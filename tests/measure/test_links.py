"""Short links: only where they were made to lead, counted without keeping anything of a person."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from publisher.compose.refusal import Refusal
from publisher.measure import links
from publisher.measure.links import Visit
from publisher.measure.models import Link, LinkDay, LinkSalt, LinkSeen
from publisher.people.audit import Actor
from publisher.people.models import AuditEntry

NOON = datetime(2026, 11, 20, 7, tzinfo=UTC)
OFFICER = Actor("Айгүл")
PHONE = "Mozilla/5.0 (Linux; Android 14; SM-A145F) AppleWebKit/537.36 Chrome/130.0.0.0 Mobile Safari/537.36"
CUBOT = "Mozilla/5.0 (Linux; Android 12; CUBOT NOTE 21) AppleWebKit/537.36 Chrome/130.0.0.0 Mobile Safari/537.36"
ROBOTS = [
    "TelegramBot (like TwitterBot)",
    "WhatsApp/2.24.20.89 A",
    "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)",
    "Mozilla/5.0 (compatible; vkShare; +http://vk.com/dev/Share)",
    "curl/8.5.0",
    "python-requests/2.32",
    "",
]


def visit(agent: str = PHONE, address: str = "10.0.0.1", method: str = "GET", **headers: str) -> Visit:
    return Visit(method, agent, address, {name.replace("_", "-"): value for name, value in headers.items()})


@pytest.fixture
def link(district) -> Link:
    return links.make("https://t.me/akkaiyn", "Парақша, Смирново", district, OFFICER)


def day_of(link: Link) -> LinkDay:
    return LinkDay.objects.get(link=link)


def test_a_code_is_short_and_easy_to_read_from_paper(link):
    assert len(link.code) == links.LENGTH
    assert not set(link.code) & set("01lio")
    assert AuditEntry.objects.filter(verb="link_made", subject=f"link:{link.code}").exists()


@pytest.mark.parametrize(
    "url", ["https://t.me.evil.com/x", "http://t.me/akkaiyn", "https://evil.com", "javascript:alert(1)", "//evil.com"]
)
def test_a_link_is_made_only_to_where_posts_may_lead(district, url):
    with pytest.raises(Refusal):
        links.make(url, "x", district, OFFICER)
    assert not Link.objects.exists()


def test_a_place_that_is_no_longer_allowed_is_not_led_to(link, settings):
    assert links.leads_to(link.code) == link
    settings.CONFIG = settings.CONFIG.model_copy(update={"link_hosts": ("gov.kz",)})
    assert links.leads_to(link.code) is None


def test_capitals_do_not_matter_and_a_link_that_is_off_leads_nowhere(link):
    assert links.leads_to(link.code.upper()) == link
    Link.objects.update(off=True)
    assert links.leads_to(link.code) is None


def test_the_same_phone_counts_once_a_day_as_a_device(link):
    for _ in range(3):
        links.count(link, visit(), NOON)
    links.count(link, visit(address="10.0.0.2"), NOON)
    assert (day_of(link).visits, day_of(link).people) == (4, 2)


def test_the_next_day_counts_anew_and_nothing_of_the_day_before_is_left(link):
    links.count(link, visit(), NOON)
    links.count(link, visit(), NOON + timedelta(days=1))
    assert [(row.visits, row.people) for row in LinkDay.objects.order_by("day")] == [(1, 1), (1, 1)]
    assert LinkSeen.objects.count() == 1
    assert LinkSalt.objects.count() == 1


def test_the_night_throws_away_what_was_kept_for_the_day(link):
    links.count(link, visit(), NOON)
    links.forget_past(NOON + timedelta(days=1))
    assert not LinkSeen.objects.exists()
    assert not LinkSalt.objects.exists()
    assert day_of(link).visits == 1


def test_a_day_is_the_districts_own(link):
    links.count(link, visit(), datetime(2026, 11, 19, 19, 30, tzinfo=UTC))
    assert day_of(link).day.isoformat() == "2026-11-20"


def test_neither_address_nor_browser_is_kept(link):
    links.count(link, visit(), NOON)
    kept = " ".join(
        str(value) for row in (*LinkSeen.objects.values(), *LinkDay.objects.values()) for value in row.values()
    )
    assert "10.0.0.1" not in kept
    assert "SM-A145F" not in kept


@pytest.mark.parametrize("agent", ROBOTS)
def test_robots_and_previews_are_not_people(link, agent):
    links.count(link, visit(agent), NOON)
    assert (day_of(link).visits, day_of(link).people, day_of(link).machines) == (0, 0, 1)


@pytest.mark.parametrize(
    "seen", [visit(method="HEAD"), visit(Sec_Purpose="prefetch"), visit(Purpose="preview"), visit(X_Moz="prefetch")]
)
def test_looking_ahead_is_not_reading(seen):
    assert seen.machine


@pytest.mark.parametrize("agent", [PHONE, CUBOT])
def test_a_phone_is_not_a_robot(agent):
    assert not visit(agent).machine
