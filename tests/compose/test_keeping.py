from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from publisher.compose import editing, keeping, posts
from publisher.compose.content import content_of
from publisher.compose.message import Wording
from publisher.compose.models import Editing, How, Post, Snapshot, Status
from publisher.compose.refusal import Refusal
from publisher.people.audit import user_actor
from publisher.people.models import AuditEntry, User


@pytest.fixture
def aigul(district) -> User:
    return User.objects.create(username="aigul", first_name="Айгүл", password="!")


@pytest.fixture
def bolat(district) -> User:
    return User.objects.create(username="bolat", first_name="Болат", password="!")


@pytest.fixture
def post(district, aigul) -> Post:
    made = posts.blank("notice", "Сынақ", district, user_actor(aigul))
    posts.save_versions(made, {"kk": Wording("kk", "Бір"), "ru": Wording("ru", "Раз")}, user_actor(aigul))
    keeping.baseline(made)
    return made


def keep(post, user, seen, how=How.SAVED, **changed):
    return keeping.keep(post, {**content_of(post), **changed}, user_actor(user), seen=seen, how=how)


def body(post, language):
    return post.versions.get(language=language).body


def test_what_two_people_changed_apart_is_saved_together(post, aigul, bolat):
    seen = posts.digest_of(post)
    before = content_of(post)
    keep(post, aigul, seen, body_kk="Айгүлдің мәтіні")
    kept = keeping.keep(post, {**before, "body_ru": "Текст Болата"}, user_actor(bolat), seen=seen)
    assert (kept.saved, kept.merged.taken, kept.other.by) == (True, ["body_kk"], aigul)
    assert (body(post, "kk"), body(post, "ru")) == ("Айгүлдің мәтіні", "Текст Болата")


def test_the_same_text_changed_by_two_saves_nothing_and_shows_both(post, aigul, bolat):
    seen = posts.digest_of(post)
    before = content_of(post)
    keep(post, aigul, seen, body_kk="Айгүлдікі")
    kept = keeping.keep(post, {**before, "body_kk": "Болаттікі"}, user_actor(bolat), seen=seen)
    [conflict] = kept.conflicts
    assert (conflict.mine, conflict.theirs, body(post, "kk")) == ("Болаттікі", "Айгүлдікі", "Айгүлдікі")


def test_a_form_that_nobody_touched_only_takes_over(post, aigul, bolat):
    before = content_of(post)
    keep(post, aigul, "", body_kk="Айгүлдікі")
    kept = keeping.keep(post, before, user_actor(bolat), seen="long gone", touched=False)
    assert (kept.saved, kept.merged.taken) == (False, ["body_kk"])
    assert body(post, "kk") == "Айгүлдікі"


def test_what_one_editor_saves_by_itself_is_one_version_and_one_line_in_the_trail(post, aigul):
    for number in range(4):
        keep(post, aigul, posts.digest_of(post), How.KEPT, body_kk=f"Бір {number}")
    assert post.snapshots.filter(how=How.KEPT).count() == 1
    assert post.snapshots.first().content["body_kk"] == "Бір 3"
    assert AuditEntry.objects.filter(verb="edited", actor=aigul).count() == 2  # with the fixture's own


def test_a_version_that_a_colleague_counts_from_is_not_written_over(post, aigul, bolat):
    keep(post, aigul, posts.digest_of(post), How.KEPT, body_kk="Бір 1")
    editing.here(post, bolat)
    keep(post, aigul, posts.digest_of(post), How.KEPT, body_kk="Бір 2")
    assert post.snapshots.filter(how=How.KEPT).count() == 2


def test_after_ten_minutes_a_new_version_begins(post, aigul):
    keep(post, aigul, posts.digest_of(post), How.KEPT, body_kk="Бір 1")
    Snapshot.objects.filter(how=How.KEPT).update(began_at=timezone.now() - keeping.SPAN)
    keep(post, aigul, posts.digest_of(post), How.KEPT, body_kk="Бір 2")
    assert post.snapshots.filter(how=How.KEPT).count() == 2


def test_an_earlier_version_comes_back_and_the_later_one_is_kept(post, aigul):
    early = post.snapshots.get(digest=posts.digest_of(post))
    keep(post, aigul, posts.digest_of(post), body_kk="Кейін", urgent=True)
    assert keeping.restore(post, early, user_actor(aigul))
    post.refresh_from_db()
    assert (body(post, "kk"), post.urgent) == ("Бір", True)
    assert [row.content["body_kk"] for row in post.snapshots.all()[:2]] == ["Бір", "Кейін"]
    assert not keeping.restore(post, early, user_actor(aigul))


def test_bringing_back_words_asks_for_approval_again(post, aigul, bolat):
    early = post.snapshots.get(digest=posts.digest_of(post))
    keep(post, aigul, posts.digest_of(post), body_kk="Кейін")
    posts.approve_from_shell(post, user_actor(bolat))
    keeping.restore(post, early, user_actor(aigul))
    post.refresh_from_db()
    assert (post.status, post.approved_by) == (Status.DRAFT, "")


def test_nothing_is_saved_into_a_closed_post(post, aigul):
    Post.objects.filter(pk=post.pk).update(status=Status.CANCELLED)
    with pytest.raises(Refusal):
        keep(post, aigul, "", body_kk="Кеш")


def test_who_left_is_not_said_to_be_here(post, aigul, bolat):
    editing.here(post, bolat)
    assert [colleague.name for colleague in editing.here(post, aigul)] == ["Болат"]
    Editing.objects.filter(user=bolat).update(at=timezone.now() - editing.GONE - timedelta(seconds=1))
    assert editing.here(post, aigul) == []


def test_what_was_approved_before_the_mark_existed_stays_approved(post, bolat):
    digest = posts.digest_of(post)
    post.made_with_ai = True
    assert posts.digest_of(post) != digest
    post.made_with_ai = False
    assert posts.digest_of(post) == digest
