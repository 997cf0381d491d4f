"""Parts of the console in a real browser, at a desk and on a phone, in Kazakh and Russian: calendar, approval, Today,
library, sample data. People have a module of their own; one server, one Chromium."""

from __future__ import annotations

import zipfile
from datetime import timedelta

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.dates import MONTHS
from django.utils.translation import gettext
from PIL import Image
from playwright.sync_api import Page, expect

from publisher.compose.models import Post
from publisher.deliver.models import Channel, Delivery, State
from publisher.people.models import Role
from tests.console import test_in_browser as common
from tests.console import test_library, test_samples

chromium, window, tomorrow = common.chromium, common.window, common.tomorrow
published, upload, sample = test_library.published, test_library.upload, test_samples.sample
pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
BOTH = [(1280, "kk"), (390, "ru")]
OTHERS = [(390, "kk"), (1280, "ru")]


def _cases(quick: list[tuple[int, str]]) -> pytest.MarkDecorator:
    marked = [one if one in quick else pytest.param(*one, marks=pytest.mark.thorough) for one in [*BOTH, *OTHERS]]
    return pytest.mark.parametrize(("width", "language"), marked)


everywhere, everywhere_slowly = _cases(BOTH), _cases([])


@pytest.fixture
def at_work(window):
    """A window of a person who reads the console in this language; its pages fit the screen."""

    def opened(user, width: int, language: str) -> Page:
        user.language = language
        user.save()
        return window(user, width, 844)

    return opened


def in_words(language: str, text: str) -> str:
    with translation.override(language):
        found = gettext(text)
    assert found != text, f"{text!r} is not translated into {language}"
    return found


def stands(page: Page, name: str, heading: str, language: str, *args: object) -> None:
    """The page opens, in its language, and is not wider than the screen."""
    page.goto(reverse(name, args=args))
    expect(page.locator("html")).to_have_attribute("lang", language)
    expect(page.locator("h1")).to_have_text(in_words(language, heading))
    fits(page)


def fits(page: Page) -> None:
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{page.url} is {wide} px too wide"


def press(page: Page, selector: str) -> None:
    """A button that asks first."""
    page.click(selector)
    page.click("#confirm-yes")


@everywhere
def test_a_post_waits_in_the_calendar_and_is_moved_there(at_work, officer, queued, tomorrow, width, language):
    post = queued(after=tomorrow - timezone.now())
    page = at_work(officer, width, language)
    stands(page, "calendar", "Calendar", language)
    with translation.override(language):
        month = str(MONTHS[timezone.localtime(tomorrow).month])
    page.goto(f"{reverse('calendar')}?view=month&date={tomorrow:%Y-%m-%d}")
    expect(page.locator("#content h2").first).to_contain_text(month[:3], ignore_case=True)
    if width > 600:
        page.locator(".ec-event").first.click()
        page.locator("#entry [data-move]").click()
    else:
        page.locator(".agenda-entry [data-move]").first.click()
    page.locator("#move-at").fill(f"{tomorrow + timedelta(hours=2):%Y-%m-%dT%H:%M}")
    fits(page)
    page.click("#move .btn-primary")
    expect(page.locator("form[action$='/undo/'] button")).to_be_visible()
    assert post.deliveries.first().due_at == tomorrow + timedelta(hours=2)


@everywhere_slowly
def test_what_was_returned_comes_back_and_an_urgent_one_takes_two(
    at_work, officer, approver, person, in_review, width, language
):
    post = in_review(urgent=True)
    page = at_work(approver, width, language)
    place = reverse("post", args=[post.pk])
    page.goto(place)
    page.click(".give-back summary")
    page.fill("#comment", "Нөмірін тексеріңіз / проверьте номер")
    page.click(".give-back form button")
    expect(page.locator("form[action$='/approve/']")).to_have_count(0)

    author = at_work(officer, width, language)
    author.goto(reverse("today"))
    expect(author.locator(".need", has_text="Нөмірін тексеріңіз")).to_be_visible()
    author.goto(place)
    author.click("form[action$='/submit/'] button")
    expect(author.locator("form[action$='/approve/']")).to_have_count(0)  # four eyes

    for second in (approver, person(Role.CHIEF)):
        reader = at_work(second, width, language)
        reader.goto(place)
        fits(reader)
        press(reader, "form[action$='/approve/'] button")
        expect(reader.locator(".alert-success")).to_be_visible()
    assert set(Delivery.objects.values_list("state", flat=True)) == {State.WAITING}


@everywhere
def test_today_asks_whether_it_appeared_and_takes_the_answer(at_work, officer, queued, running, width, language):
    post = queued()
    Delivery.objects.filter(post=post).update(state=State.SENT, sent_at=timezone.now())
    unsure = post.deliveries.first()
    Delivery.objects.filter(pk=unsure.pk).update(state=State.UNKNOWN, error_reason="outcome_unknown")
    page = at_work(officer, width, language)
    stands(page, "today", "Today", language)
    question = page.locator(".need", has_text=in_words(language, "Did it appear?"))
    expect(question).to_contain_text(post.title)
    press(page, f"#yes-{unsure.pk}")
    expect(page.locator(".alert-success")).to_be_visible()
    expect(page.locator(".calm")).to_have_text(in_words(language, "Nothing needs you. Everything runs."))
    unsure.refresh_from_db()
    assert unsure.state == State.SENT


@everywhere_slowly
def test_the_library_is_searched_and_says_what_came_of_a_template(at_work, officer, published, width, language):
    published()
    page = at_work(officer, width, language)
    stands(page, "library", "Library", language)
    everything = page.locator(".template-card").count()
    page.fill("#template-words", "egov")
    expect(page.locator(".template-card")).not_to_have_count(everything)
    card = page.locator(".template-card", has=page.locator("a[href$='/sms-egov-code/']"))
    expect(card.locator(".use-results")).to_contain_text("≥ 120")
    page.fill("#template-words", "")
    page.select_option("#template-tag", "film")
    expect(page.locator("a[href$='/film-safe-account/']")).to_be_visible()
    expect(page.locator("a[href$='/sms-egov-code/']")).to_have_count(0)
    page.fill("#template-words", "qqqq")
    expect(page.locator("#templates .empty-state")).to_be_visible()

    page.goto(reverse("library_template", args=["sms-egov-code"]))
    fits(page)
    page.click("[data-look=telegram-dark]")
    expect(page.locator(".phone-whatsapp").first).to_be_hidden()
    page.click("form[action$='/begin/'] button")
    page.wait_for_url("**/edit/")
    assert Post.objects.filter(template_slug="sms-egov-code").count() == 2


@everywhere_slowly
def test_films_are_found_and_a_good_post_becomes_a_template(
    at_work, officer, published, upload, tmp_path, width, language
):
    post = published(slug="")
    post.media.create(upload=upload("Жалған тергеуші.jpg"))
    upload("Басқа.jpg", sign="b")
    Image.new("RGB", (64, 36), "#0b63a8").save(settings.HOME.folder("uploads") / "none.jpg")
    page = at_work(officer, width, language)
    page.goto(reverse("library"))
    page.click(f"a[href='{reverse('films')}']")
    expect(page.locator(".shelf article")).not_to_have_count(0)
    page.fill("#film-words", "тергеуші")
    expect(page.locator(".shelf article")).to_have_count(1)
    expect(page.locator(".shelf .use-results")).to_contain_text("≥ 120")

    page.goto(reverse("post", args=[post.pk]))
    page.click(f"a[href='{reverse('save_as_template', args=[post.pk])}']")
    page.fill("[name=slug]", "fake-prosecutor")
    page.fill("[name=source]", "Аудандағы жағдай / случай в районе")
    fits(page)
    with page.expect_download() as begun:
        page.click("main form button.btn-primary")
    begun.value.save_as(tmp_path / "template.zip")
    with zipfile.ZipFile(tmp_path / "template.zip") as archive:
        assert {"fake-prosecutor/kk.md", "fake-prosecutor/ru.md"} <= set(archive.namelist())


@everywhere
def test_sample_data_goes_with_one_click_and_what_people_wrote_stays(at_work, admin, sample, draft, width, language):
    own = draft()
    page = at_work(admin, width, language)
    page.goto(reverse("help"))
    page.click(f"main a[href='{reverse('samples')}']")
    expect(page.locator("h1")).to_have_text(in_words(language, "Sample data"))
    expect(page.locator("section[aria-labelledby=goes]")).to_contain_text(sample.title)
    fits(page)
    press(page, "main form button")
    page.wait_for_url("**/today/")
    expect(page.locator(".alert-success")).to_be_visible()
    assert list(Post.objects.all()) == [own]
    assert [channel.key for channel in Channel.objects.all()] == ["residents"]
    page.goto(reverse("samples"))
    expect(page.locator(".empty-state")).to_be_visible()
