from __future__ import annotations

import io
import zipfile
from datetime import timedelta

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from publisher.compose import posts, templates
from publisher.compose.message import Wording
from publisher.compose.models import Post, PostMedia, Upload
from publisher.deliver.models import Delivery, State
from publisher.measure.models import Reading
from publisher.people.audit import user_actor
from publisher.people.models import Role

GIVEN = {"slug": "fake-courier", "source": "Аудандағы жағдай", "tags": "loan, call", "repeat_after_days": "14"}


@pytest.fixture
def published(queued):
    """Sent an hour ago; the first message has been read twice."""

    def make(slug: str = "sms-egov-code", **details) -> Post:
        post = queued(**details)
        Post.objects.filter(pk=post.pk).update(template_slug=slug)
        rows = post.deliveries.all()
        rows.update(state=State.SENT, sent_at=timezone.now() - timedelta(hours=1))
        for minutes, value in ((5, 40), (30, 120)):
            at = timezone.now() - timedelta(hours=1) + timedelta(minutes=minutes)
            Reading.objects.create(delivery=rows.first(), metric="views", value=value, at=at, source="preview")
        return post

    return make


@pytest.fixture
def upload(db):
    def make(name: str = "Карточка.jpg", kind: str = "photo", sign: str = "a") -> Upload:
        return Upload.objects.create(
            sha256=sign * 64, path="uploads/none.jpg", name=name, kind=kind, mime="image/jpeg", size=1000
        )

    return make


def test_a_template_shows_its_last_use_and_what_is_known_of_it(browser, published):
    published()
    shown = browser.get(reverse("library"), {"q": "egov"}).content.decode()
    assert "Published 1 time," in shown
    assert "Views: <strong>≥ 120</strong>" in shown
    assert "known for 1 of 2" in shown


def test_what_no_platform_gave_is_called_not_known(browser, published):
    published()
    Reading.objects.all().delete()
    assert "What came of it is not known" in browser.get(reverse("library"), {"q": "egov"}).content.decode()


def test_another_districts_use_is_not_shown(log_in, person, other_district, published):
    published()
    shown = log_in(person(Role.OFFICER, of=other_district)).get(reverse("library"), {"q": "egov"}).content.decode()
    assert "Published" not in shown
    assert "Not published yet." in shown


def test_templates_are_found_by_words_and_by_tag(browser, district):
    assert "film-safe-account" in browser.get(reverse("library"), {"tag": "film"}).content.decode()
    assert "film-safe-account" not in browser.get(reverse("library"), {"q": "egov"}).content.decode()
    assert "No template matches" in browser.get(reverse("library"), {"q": "qqqq"}).content.decode()


def test_a_template_is_shown_as_it_would_be_sent_and_opens_the_composer(browser, district):
    shown = browser.get(reverse("library_template", args=["sms-egov-code"])).content.decode()
    assert "console/preview.js" in shown  # the buttons that choose a telephone
    assert "2-15-65" in shown
    assert "phone-telegram" in shown
    assert reverse("begin") in shown
    assert browser.get(reverse("library_template", args=["nothing"])).status_code == 404


def test_whoever_does_not_write_may_look_but_not_use(log_in, person, district):
    shown = log_in(person(Role.CHIEF)).get(reverse("library")).content.decode()
    assert "template-card" in shown
    assert reverse("begin") not in shown


def test_films_and_cards_are_found_by_name_and_by_the_title_of_their_post(browser, draft, upload, other_district):
    post = draft(title="Жалған курьер")
    mine, foreign = upload("Фильм.mp4", "video"), upload("Басқа.jpg", sign="b")
    PostMedia.objects.create(post=post, upload=mine)
    for asked in ({}, {"q": "фильм"}, {"q": "ЖАЛҒАН"}, {"kind": "video"}):
        shown = browser.get(reverse("films"), asked).content.decode()
        assert mine.name in shown
        assert foreign.name not in shown
    assert "No film or card matches" in browser.get(reverse("films"), {"kind": "photo"}).content.decode()


def test_a_file_shows_its_last_use(browser, published, upload):
    PostMedia.objects.create(post=published(), upload=upload())
    assert "≥ 120" in browser.get(reverse("films")).content.decode()


def test_a_draft_with_a_file_opens_in_the_composer(browser, draft, upload, officer):
    card = upload()
    PostMedia.objects.create(post=draft(), upload=card)
    reply = browser.post(reverse("library_use", args=[card.sha256]), {"district": "akkaiyn"})
    made = Post.objects.latest("id")
    assert reply.headers["Location"] == reverse("edit", args=[made.pk])
    assert [row.upload for row in made.media.all()] == [card]
    assert made.author == officer


@pytest.mark.parametrize("count", [1, 12])
def test_the_library_asks_as_much_whatever_was_published(count, browser, published, django_assert_max_num_queries):
    for number in range(count):
        published(title=f"№{number}")
    with django_assert_max_num_queries(22):
        browser.get(reverse("library"))


def test_a_post_becomes_a_template_that_check_accepts(browser, draft, officer, tmp_path):
    post = draft(title="Жалған курьер: «сәлемдеме»")
    buttons = ({"label": "eGov: көмек", "url": "https://egov.kz"},)
    poll = {"question": "Не істейсіз?", "options": ["Қоңырау", "Код: айтамын"], "answer": 1, "explanation": ""}
    wordings = {
        language: Wording(language, f"**{language}**: {{hotline}}\n\n— тире\n", buttons, poll)
        for language in ("kk", "ru")
    }
    posts.save_versions(post, wordings, user_actor(officer))
    reply = browser.post(reverse("save_as_template", args=[post.pk]), GIVEN)
    assert reply.headers["Content-Disposition"] == 'attachment; filename="fake-courier.zip"'
    with zipfile.ZipFile(io.BytesIO(reply.content)) as archive:
        assert sorted(archive.namelist()) == ["fake-courier/kk.md", "fake-courier/ru.md"]
        archive.extractall(tmp_path)
    template = templates.load_all(tmp_path, settings.CONFIG.link_hosts)["fake-courier"]
    assert (template.kind, template.tags, template.repeat_after_days) == ("scam_warning", ("loan", "call"), 14)
    assert template.versions["kk"].body == "**kk**: {hotline}\n\n— тире"
    assert template.versions["ru"].buttons == buttons
    assert template.versions["kk"].poll["options"] == poll["options"]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"slug": "sms-egov-code"}, "There is a template of this name already"),
        ({"slug": "Жалған"}, "invalid-feedback"),
        ({"source": " "}, "invalid-feedback"),
    ],
)
def test_what_check_would_refuse_is_told_before(given, words, browser, draft):
    reply = browser.post(reverse("save_as_template", args=[draft().pk]), {**GIVEN, **given})
    assert words in reply.content.decode()


def test_a_post_in_one_language_needs_its_reason_to_become_a_template(browser, draft):
    post = draft(texts={"kk": "Тек қазақша {hotline}"})
    assert (
        "this language is missing" in browser.post(reverse("save_as_template", args=[post.pk]), GIVEN).content.decode()
    )
    Post.objects.filter(pk=post.pk).update(single_language_reason="Тек қазақша сөйлейтін топ")
    assert browser.post(reverse("save_as_template", args=[post.pk]), GIVEN)["Content-Type"] == "application/zip"


def test_nothing_is_written_into_content(browser, draft):
    before = sorted(path for path in settings.HOME.content.rglob("*"))
    browser.post(reverse("save_as_template", args=[draft().pk]), GIVEN)
    assert sorted(path for path in settings.HOME.content.rglob("*")) == before
    assert Delivery.objects.count() == 0
