"""The editor saves by itself; two people at one post; versions."""

from __future__ import annotations

import html
import json
import re

import pytest
from django.urls import reverse

from publisher.compose import keeping, posts
from publisher.compose.models import Post, Status
from publisher.people.audit import user_actor
from tests.console.test_compose_page import form

HTMX = {"HX-Request": "true"}


@pytest.fixture
def post(draft) -> Post:
    made = draft()
    keeping.baseline(made)
    return made


@pytest.fixture
def colleague(person):
    return person(name="bolat")


def keep(client, post, **changed) -> str:
    data = {**form(post), "changed": "1", **changed}
    return client.post(reverse("keep", args=[post.pk]), data, headers=HTMX).content.decode()


def values(shown: str) -> dict[str, object]:
    return json.loads(html.unescape(re.search(r'data-set="([^"]*)"', shown)[1]))


def body(post, language) -> str:
    return post.versions.get(language=language).body


def test_a_draft_saves_by_itself_and_says_when(browser, post):
    shown = keep(browser, post, body_kk="Жаңа {hotline}")
    assert body(post, "kk") == "Жаңа {hotline}"
    assert re.search(r"saved \d\d:\d\d", shown)
    assert f'data-seen="{posts.digest_of(post)}"' in shown


def test_of_a_form_that_is_not_right_everything_else_is_saved(browser, post):
    shown = keep(browser, post, body_kk="Жаңа", buttons_ru="тек сөз", title="")
    assert 'data-state="partly"' in shown
    assert body(post, "kk") == "Жаңа"
    assert Post.objects.get().title == post.title


@pytest.mark.parametrize("state", ["in_review", "approved"])
def test_what_others_read_or_approved_changes_only_by_the_button(browser, post, approver, state, officer):
    posts.submit(post, user_actor(officer))
    if state == "approved":
        posts.approve(post, user_actor(approver))
    assert 'data-state="waiting"' in keep(browser, post, body_kk="Өзгерді")
    post.refresh_from_db()
    assert (body(post, "kk") != "Өзгерді", post.status) == (True, state)


def test_a_closed_post_says_so(browser, post):
    Post.objects.filter(pk=post.pk).update(status=Status.CANCELLED)
    assert "This post is closed" in keep(browser, post)


def test_who_else_has_it_open_is_named(browser, log_in, colleague, post):
    log_in(colleague).get(reverse("edit", args=[post.pk]))
    assert "Bolat has this post open too" in browser.get(reverse("edit", args=[post.pk])).content.decode()
    assert "Bolat has this post open too" in keep(browser, post)


def test_what_a_colleague_changed_comes_into_the_form(browser, colleague, post, channel):
    mine = {**form(post), "changed": "1", "body_kk": "Менікі {hotline}"}
    posts.save_versions(post, {"ru": "Её {hotline}"}, user_actor(colleague))
    posts.change(post, user_actor(colleague), urgent=True, channel_keys=[])
    shown = browser.post(reverse("keep", args=[post.pk]), mine, headers=HTMX).content.decode()
    assert values(shown) == {"body_ru": "Её {hotline}", "urgent": True, "channels": []}
    assert "Bolat changed at" in shown
    assert (body(post, "kk"), body(post, "ru")) == ("Менікі {hotline}", "Её {hotline}")


def test_the_same_text_by_two_stands_side_by_side(browser, colleague, post):
    mine = {**form(post), "changed": "1", "body_kk": "Менің мәтінім"}
    posts.save_versions(post, {"kk": "Оның мәтіні"}, user_actor(colleague))
    shown = browser.post(reverse("keep", args=[post.pk]), mine, headers=HTMX).content.decode()
    assert 'data-state="conflict"' in shown
    for words in ("Bolat changed the same text", 'data-conflict="kk"', "Менің", "Оның", "Put both together"):
        assert words in shown
    assert body(post, "kk") == "Оның мәтіні"


def test_by_the_button_too_both_texts_are_shown_and_the_rest_is_taken_over(browser, colleague, post):
    mine = {**form(post), "body_kk": "Менің мәтінім"}
    posts.save_versions(post, {"kk": "Оның мәтіні", "ru": "Её текст"}, user_actor(colleague))
    shown = browser.post(reverse("edit", args=[post.pk]), mine).content.decode()
    assert 'data-conflict="kk"' in shown
    assert re.search(r'<textarea name="body_kk"[^>]*>\s*Менің мәтінім', shown)
    assert re.search(r'<textarea name="body_ru"[^>]*>\s*Её текст', shown)
    settled = {**mine, "body_ru": "Её текст", "seen": posts.digest_of(post)}
    browser.post(reverse("edit", args=[post.pk]), settled)
    assert (body(post, "kk"), body(post, "ru")) == ("Менің мәтінім", "Её текст")


def test_what_arrived_is_told_to_the_browser_that_kept_it(browser, post):
    reply = browser.post(reverse("edit", args=[post.pk]), {**form(post), "draft": "17-x"})
    assert reply.cookies["kept_draft"].value == "17-x"


def test_versions_tell_who_and_what_and_one_comes_back(browser, post, approver):
    early = post.snapshots.get(digest=posts.digest_of(post))
    posts.save_versions(post, {"kk": "Мүлдем басқа {hotline}"}, user_actor(approver))
    shown = browser.get(reverse("versions", args=[post.pk])).content.decode()
    assert str(approver) in shown
    assert "<ins>" in shown
    assert "<del>" in shown
    browser.post(reverse("restore", args=[post.pk, early.pk]))
    assert body(post, "kk") == early.content["body_kk"]


def test_versions_of_a_post_that_was_never_changed_are_an_empty_page_with_words(browser, district, officer):
    post = posts.blank("notice", "-", district, user_actor(officer))
    assert "No version was kept yet" in browser.get(reverse("versions", args=[post.pk])).content.decode()


def test_a_version_of_another_post_is_not_brought_back(browser, post, draft):
    other = draft()
    keeping.baseline(other)
    assert browser.post(reverse("restore", args=[post.pk, other.snapshots.first().pk])).status_code == 404


def test_texts_in_versions_are_never_taken_as_markup(browser, post, approver):
    posts.save_versions(post, {"kk": "<script>alert(1)</script>"}, user_actor(approver))
    assert "<script>alert" not in browser.get(reverse("versions", args=[post.pk])).content.decode()
