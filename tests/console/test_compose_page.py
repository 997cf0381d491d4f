from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from publisher.compose import posts
from publisher.compose.models import Post, Status
from publisher.people.audit import user_actor


def form(post: Post, **changed) -> dict[str, object]:
    """What the browser sends when nothing was touched."""
    bodies = {f"body_{version.language}": version.body for version in post.versions.all()}
    return {
        "title": post.title,
        "kind": post.kind,
        "channels": post.channel_keys,
        "timing": "now",
        "seen": posts.digest_of(post),
        "action": "save",
        **bodies,
        **changed,
    }


def save(client, post, **changed):
    return client.post(reverse("edit", args=[post.pk]), form(post, **changed), follow=True)


def test_templates_are_found_by_words_of_either_language_and_by_tag(browser, district):
    def found(**asked):
        return browser.get(reverse("compose"), asked, headers={"HX-Request": "true"}).content.decode()

    everything, one = found(), found(q="sms egov")
    assert everything.count("template-card") >= 14
    assert 'value="sms-egov-code"' in one
    assert one.count("template-card") < everything.count("template-card")
    assert 'value="sms-egov-code"' in found(tag="sms-code")
    assert "No template matches" in found(q="жоқ сөз мүлдем")


def test_a_template_becomes_a_draft_of_ones_own(browser, officer, district):
    reply = browser.post(reverse("begin"), {"template": "sms-egov-code", "district": "akkaiyn"})
    post = Post.objects.get()
    assert reply.headers["Location"] == reverse("edit", args=[post.pk])
    assert (post.author, post.status, post.template_slug) == (officer, Status.DRAFT, "sms-egov-code")
    assert set(post.versions.values_list("language", flat=True)) == {"kk", "ru"}


def test_nobody_begins_a_post_for_another_district(browser, other_district):
    reply = browser.post(reverse("begin"), {"template": "sms-egov-code", "district": other_district.key})
    assert reply.status_code == 404
    assert not Post.objects.exists()


def test_an_unknown_template_is_told_and_makes_nothing(browser, district):
    reply = browser.post(reverse("begin"), {"template": "../../etc", "district": "akkaiyn"}, follow=True)
    assert "there is no template" in reply.content.decode()
    assert not Post.objects.exists()


def test_a_draft_is_saved_with_all_it_says(browser, draft, district):
    post = draft()
    day = (timezone.now() + timedelta(days=2)).astimezone(district.zone).date()
    changed = {
        "timing": "at",
        "day": f"{day}",
        "hour": "09:30",
        "urgent": "on",
        "last_day": f"{day + timedelta(days=3)}",
    }
    save(browser, post, body_ru="Новый текст {hotline}", buttons_kk="eGov | https://egov.kz/kk", **changed)
    post.refresh_from_db()
    assert post.publish_at == datetime(day.year, day.month, day.day, 9, 30, tzinfo=district.zone)
    assert post.urgent
    assert post.expires_at.astimezone(district.zone).date() == day + timedelta(days=3)
    assert post.versions.get(language="ru").body == "Новый текст {hotline}"
    assert post.versions.get(language="kk").buttons == [{"label": "eGov", "url": "https://egov.kz/kk"}]


def test_a_poll_is_written_by_hand(browser, draft):
    post = draft()
    quiz = {
        "question_kk": "Не істейсіз?",
        "options_kk": "Айтамын\nАйтпаймын",
        "right_kk": "2",
        "explanation_kk": "Айтпаңыз",
    }
    save(browser, post, **quiz)
    poll = post.versions.get(language="kk").poll
    assert poll == {
        "question": "Не істейсіз?",
        "options": ["Айтамын", "Айтпаймын"],
        "answer": 2,
        "explanation": "Айтпаңыз",
    }


@pytest.mark.parametrize(
    "changed",
    [
        {"timing": "at", "day": "", "hour": "09:00"},
        {"buttons_kk": "только слова"},
        {"buttons_kk": "x | javascript:alert(1)"},
        {"options_kk": "А\nБ", "right_kk": "3"},
        {"title": ""},
        {"channels": ["unknown"]},
    ],
)
def test_what_cannot_be_meant_is_refused_and_nothing_is_saved(browser, draft, changed):
    post = draft()
    before = posts.digest_of(post)
    reply = save(browser, post, body_ru="Другое", **changed)
    assert "invalid-feedback" in reply.content.decode()
    assert posts.digest_of(Post.objects.get()) == before


def test_nothing_is_lost_when_two_people_edit(browser, draft, approver):
    post = draft()
    mine = form(post, body_kk="Менің мәтінім")
    posts.save_versions(post, {"kk": "Әріптестің мәтіні"}, user_actor(approver))
    reply = browser.post(reverse("edit", args=[post.pk]), mine)
    assert post.versions.get(language="kk").body == "Әріптестің мәтіні"
    assert "Менің мәтінім" in reply.content.decode()


def test_sent_for_review(browser, draft):
    post = draft()
    save(browser, post, action="submit")
    post.refresh_from_db()
    assert post.status == Status.IN_REVIEW


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"body_ru": ""}, "needs the language"),
        ({"body_ru": "я" * 4097}, "4096"),
        ({"body_kk": "Сәлем {hotlin}"}, "unknown variable"),
        ({"channels": []}, "No channel was chosen"),
        ({"timing": "at", "day": "2020-01-01", "hour": "10:00"}, "in the past"),
    ],
)
def test_what_cannot_go_out_is_not_given_to_a_colleague(browser, draft, changed, words):
    post = draft()
    reply = save(browser, post, action="submit", **changed)
    assert words in reply.content.decode()
    post.refresh_from_db()
    assert post.status == Status.DRAFT


def live(client, post, **changed) -> str:
    return client.post(
        reverse("live", args=[post.pk]), form(post, **changed), headers={"HX-Request": "true"}
    ).content.decode()


def test_the_preview_shows_what_is_typed_as_each_platform_gets_it(browser, draft):
    shown = live(browser, draft(), body_kk="**Қауіпті** 😀 {hotline}")
    assert "<b>Қауіпті</b> 😀 2-15-65" in shown
    assert "18 / 4096" in shown


def test_the_preview_saves_nothing(browser, draft):
    post = draft()
    before = posts.digest_of(post)
    live(browser, post, body_kk="басқа")
    assert posts.digest_of(post) == before


def test_findings_follow_the_typing(browser, draft):
    post = draft()
    assert "Nothing to put right" in live(browser, post)
    shown = live(browser, post, body_ru="Без номера")
    assert "does not name the hotline" in shown
    assert "leads to a place that is not on the list" in live(browser, post, body_kk="https://evil.example {hotline}")
    assert "unknown variable" in live(browser, post, body_kk="{hotlin}")


@pytest.mark.parametrize(
    "changed", [{"last_day": "9999-12-31"}, {"timing": "at", "day": "0001-01-01", "hour": "01:00"}]
)
def test_a_year_that_cannot_be_is_told_beside_its_field(browser, draft, changed):
    """“Never” as people write it, and what a browser makes of a year typed as 1."""
    post = draft()
    live(browser, post, **changed)
    assert "This year cannot be right" in save(browser, post, **changed).content.decode()
    kept = browser.post(reverse("keep", args=[post.pk]), form(post, **changed))
    assert "This year cannot be right" in kept.content.decode()


def test_a_tag_of_two_words_chooses_its_channels_too(browser, draft, channel):
    channel.tags = ["village", "two schools"]
    channel.save()
    shown = browser.get(reverse("edit", args=[draft().pk])).content.decode()
    assert 'data-choose-tag="two schools"' in shown
    assert 'data-tags="village,two schools"' in shown


def test_what_is_typed_is_never_taken_as_markup(browser, draft):
    shown = live(browser, draft(), body_kk="<script>alert(1)</script> <img src=x onerror=alert(1)> {hotline}")
    assert "<script>alert" not in shown
    assert "<img src=x" not in shown


def test_a_title_is_never_taken_as_markup(browser, draft):
    post = draft(title="<script>alert(1)</script>")
    for page in (reverse("posts"), reverse("post", args=[post.pk]), reverse("edit", args=[post.pk])):
        assert "<script>alert" not in browser.get(page).content.decode()


def test_an_edit_after_approval_asks_again(browser, queued, in_review, approver):
    post = posts.approve(in_review(), user_actor(approver))
    save(browser, post, body_kk="Өзгерді {hotline}")
    post.refresh_from_db()
    assert (post.status, post.approved_by) == (Status.DRAFT, "")


def test_a_post_that_went_out_is_corrected_in_its_texts_only(browser, queued):
    post = queued(title="Бұрынғы")
    post.deliveries.update(state="sent", sent_at=timezone.now())
    shown = browser.get(reverse("edit", args=[post.pk])).content.decode()
    assert "stands on 1 channel" in shown
    assert 'name="channels"' not in shown
    texts = {"body_kk": "Түзетілді {hotline}", "body_ru": "Исправлено {hotline}", "seen": posts.digest_of(post)}
    more = {"title": "Жаңа", "urgent": "on", "action": "submit"}
    browser.post(reverse("edit", args=[post.pk]), {**texts, **more})
    post.refresh_from_db()
    assert post.status == Status.IN_REVIEW
    assert post.versions.get(language="kk").body == "Түзетілді {hotline}"
    assert (post.title, post.urgent, post.channel_keys) == ("Бұрынғы", False, ["residents"])


def test_a_post_that_went_out_at_a_set_time_is_corrected_too(browser, queued):
    """Its hour has passed by then, and the form has no field to give another one."""
    post = queued(publish_at=timezone.now() + timedelta(hours=1))
    gone = timezone.now() - timedelta(hours=2)
    Post.objects.filter(pk=post.pk).update(publish_at=gone)
    post.refresh_from_db()
    Post.objects.filter(pk=post.pk).update(approved_digest=posts.digest_of(post))
    post.deliveries.update(state="sent", sent_at=gone, due_at=gone)
    texts = {"body_kk": "Түзетілді {hotline}", "body_ru": "Исправлено {hotline}", "seen": posts.digest_of(post)}
    reply = browser.post(reverse("edit", args=[post.pk]), {**texts, "action": "submit"}, follow=True)
    assert "in the past" not in reply.content.decode()
    post.refresh_from_db()
    assert (post.status, post.versions.get(language="kk").body) == (Status.IN_REVIEW, "Түзетілді {hotline}")


def test_a_cancelled_post_is_not_edited(browser, draft):
    post = draft()
    browser.post(reverse("cancel", args=[post.pk]))
    reply = save(browser, post, body_kk="Кеш")
    assert reply.redirect_chain[-1][0] == reverse("post", args=[post.pk])
    assert post.versions.get(language="kk").body != "Кеш"


def test_a_cancelled_post_is_used_again_as_a_new_draft(browser, queued, officer):
    post = queued(urgent=True)
    browser.post(reverse("cancel", args=[post.pk]))
    browser.post(reverse("again", args=[post.pk]))
    draft = Post.objects.latest("pk")
    assert (draft.status, draft.title, draft.urgent, draft.author) == (Status.DRAFT, post.title, True, officer)
    assert draft.channel_keys == post.channel_keys
    texts = {version.language: version.body for version in draft.versions.all()}
    assert texts == {version.language: version.body for version in post.versions.all()}
    assert not draft.approved_by
