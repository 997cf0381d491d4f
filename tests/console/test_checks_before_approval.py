"""Settled before a colleague is asked: pictures looked at, origin and permission, the AI mark, words said again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from publisher.compose import pictures, posts
from publisher.compose.models import PictureCheck, Post, Status, Upload
from publisher.people.audit import user_actor
from publisher.people.models import AuditEntry
from tests.console.test_compose_page import form, live, save


@pytest.fixture
def picture(db) -> Upload:
    return Upload.objects.create(
        sha256="a" * 64, path="uploads/a.jpg", name="аула.jpg", kind="photo", mime="image/jpeg", size=1000
    )


@pytest.fixture
def illustrated(draft, picture, officer) -> Post:
    return posts.set_media(draft(), [(picture, "")], user_actor(officer))


def tick(client, post, picture, item, on="yes"):
    return client.post(reverse("picture_tick", args=[post.pk, picture.sha256, item]), {"on": on})


def test_a_picture_that_nobody_looked_at_is_not_given_to_a_colleague(browser, illustrated, picture, officer):
    shown = save(browser, illustrated, action="submit").content.decode()
    assert "Nobody has looked at “аула.jpg”" in shown
    for item in pictures.CHECKLIST:
        tick(browser, illustrated, picture, item)
    save(browser, illustrated, action="submit")
    illustrated.refresh_from_db()
    assert illustrated.status == Status.IN_REVIEW
    assert set(PictureCheck.objects.values_list("by", flat=True)) == {officer.pk}


def test_a_tick_tells_who_and_when_and_taking_it_off_is_in_the_trail(browser, illustrated, picture, officer):
    assert str(officer) in tick(browser, illustrated, picture, "faces").content.decode()
    tick(browser, illustrated, picture, "faces", on="no")
    verbs = AuditEntry.objects.filter(subject=f"post:{illustrated.pk}").values_list("verb", flat=True)
    assert list(verbs[:2]) == ["picture_unchecked", "picture_checked"]
    assert not PictureCheck.objects.exists()


def test_a_picture_that_stands_there_for_two_languages_is_ticked_once(browser, draft, picture, officer):
    post = posts.set_media(draft(), [(picture, "kk"), (picture, "ru")], user_actor(officer))
    assert tick(browser, post, picture, "faces").status_code == 200
    assert PictureCheck.objects.count() == 1


def test_only_files_of_the_post_and_known_points_are_ticked(browser, illustrated, picture, draft):
    assert tick(browser, draft(), picture, "faces").status_code == 404
    assert tick(browser, illustrated, picture, "beauty").status_code == 404


def test_a_picture_that_was_changed_in_review_is_not_approved(log_in, approver, in_review, picture, officer):
    post = in_review()
    posts.set_media(post, [(picture, "")], user_actor(officer))
    reply = log_in(approver).post(reverse("approve", args=[post.pk]), {"seen": posts.digest_of(post)}, follow=True)
    assert "Nobody has looked at" in reply.content.decode()
    post.refresh_from_db()
    assert post.status == Status.IN_REVIEW


def test_material_of_others_needs_its_origin_and_the_permission(browser, draft):
    post = draft()
    shown = save(browser, post, action="submit", reused="on", reused_source="Банк").content.decode()
    assert "who allowed it" in shown
    assert "who allowed it" in live(browser, post, reused="on")
    said = {"reused": "on", "reused_source": "Банк", "reused_permission": "хат, 3 қараша"}
    save(browser, post, action="submit", **said)
    post.refresh_from_db()
    assert (post.status, post.reused_source) == (Status.IN_REVIEW, "Банк")


def test_residents_are_told_in_their_language_what_was_made_with_ai(browser, draft):
    shown = live(browser, draft(), made_with_ai="on")
    assert "Жасанды интеллект көмегімен жасалған" in shown
    assert "Создано с помощью искусственного интеллекта" in shown


def test_who_approved_what_was_made_with_ai_is_kept(browser, in_review, approver):
    post = posts.approve(in_review(made_with_ai=True), user_actor(approver))
    assert AuditEntry.objects.get(verb="approved").detail["made_with_ai"] is True
    shown = browser.get(reverse("post", args=[post.pk])).content.decode()
    assert f"Made with AI, approved by {approver}" in shown


def test_taking_the_ai_mark_off_asks_for_approval_again(in_review, approver, officer):
    post = posts.approve(in_review(made_with_ai=True), user_actor(approver))
    posts.change(post, user_actor(officer), made_with_ai=False)
    assert post.status == Status.DRAFT


def test_nearly_the_same_words_on_the_same_channel_are_told_with_the_other_post(browser, draft, queued):
    said = "Бейтаныс адам тергеушімін деп таныстырса, тұтқаны қойып, {hotline} нөміріне хабарласыңыз."
    told = "Незнакомец назвался следователем — положите трубку и позвоните по номеру {hotline}, вам помогут."
    other = queued(texts={"kk": said, "ru": told})
    post = draft(texts={"kk": f"Құрметті тұрғын! {said}", "ru": "Совсем другой текст про {hotline}."})
    shown = live(browser, post)
    assert shown.count("Nearly the same text") == 1
    assert reverse("post", args=[other.pk]) in shown
    other.deliveries.update(due_at=timezone.now() - timedelta(days=20))
    assert "Nearly the same text" not in live(browser, post)


def test_what_config_says_blocks_keeps_a_repeated_text_back(browser, draft, queued, settings):
    checks = settings.CONFIG.checks.model_copy(update={"duplicate": "block"})
    settings.CONFIG = settings.CONFIG.model_copy(update={"checks": checks})
    queued()
    post = draft()
    assert "Nearly the same text" in save(browser, post, action="submit").content.decode()
    post.refresh_from_db()
    assert post.status == Status.DRAFT


def test_personal_data_keep_a_post_back(browser, draft):
    post = draft()
    shown = save(browser, post, action="submit", body_kk="Картасы 4111 1111 1111 1111. {hotline}").content.decode()
    assert "bank card" in shown
    assert "4111 1111 1111 1111" not in live(browser, post, body_kk="x").replace(form(post)["body_kk"], "")
    post.refresh_from_db()
    assert post.status == Status.DRAFT
