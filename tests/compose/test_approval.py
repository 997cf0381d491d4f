from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from publisher.compose import posts
from publisher.compose.message import Wording
from publisher.compose.models import Status
from publisher.people.audit import Actor, user_actor
from publisher.people.models import AuditEntry, Role, User

SHELL = Actor("aigul (command line)")


@pytest.fixture
def actor(district):
    """A person of the district with a role."""

    def make(name: str, role: str = Role.APPROVER, **fields) -> Actor:
        return user_actor(User.objects.create(username=name, role=role, district=district, **fields))

    return make


@pytest.fixture
def author(actor):
    return actor("aigul")


@pytest.fixture
def post(author, district):
    post = posts.blank("notice", "Жиын", district, author)
    posts.save_versions(post, {"kk": Wording("kk", "{hotline}"), "ru": Wording("ru", "{hotline}")}, author)
    return posts.submit(post, author)


def code(call, *arguments, **options) -> str:
    with pytest.raises(posts.Refusal) as caught:
        call(*arguments, **options)
    return caught.value.code


def test_a_second_person_approves(post, actor):
    posts.approve(post, actor("berik"))
    post.refresh_from_db()
    assert (post.status, post.approved_by) == (Status.APPROVED, "berik")
    assert post.approved_at is not None
    assert posts.is_approved(post)
    assert AuditEntry.objects.first().verb == "approved"


def test_the_author_does_not_approve_even_as_administrator(post, author):
    author.user.role = Role.ADMIN
    assert code(posts.approve, post, author) == "own_post"
    post.refresh_from_db()
    assert post.status == Status.IN_REVIEW


def test_whoever_changed_the_text_last_does_not_approve_it(post, actor):
    editor = actor("berik")
    posts.save_versions(post, {"kk": "{hotline}!"}, editor)
    assert code(posts.approve, post, editor) == "own_edit"
    posts.approve(post, actor("dana"))
    assert posts.is_approved(post)


@pytest.mark.parametrize("role", [Role.OFFICER])
def test_an_officer_may_not_approve(role, post, actor):
    with pytest.raises(posts.NotAllowed):
        posts.approve(post, actor("berik", role))


def test_an_approver_of_another_district_may_not_approve(post, actor):
    stranger = actor("berik")
    stranger.user.district_id = "esil"
    assert code(posts.approve, post, stranger) == "not_permitted"


def test_the_program_itself_may_not_approve(post):
    assert code(posts.approve, post, SHELL) == "not_permitted"


def test_what_was_changed_since_the_approver_looked_is_not_approved(post, actor, author):
    seen = posts.digest_of(post)
    posts.save_versions(post, {"kk": "{hotline} басқа"}, author)
    assert code(posts.approve, post, actor("berik"), seen=seen) == "changed_since_seen"


def test_only_what_waits_for_it_is_approved(post, actor):
    posts.approve(post, actor("berik"))
    assert code(posts.approve, post, actor("dana")) == "wrong_status"


def test_an_approval_counts_what_stands_in_the_database_not_in_the_callers_hand(post, actor):
    stale = type(post).objects.get(pk=post.pk)
    posts.give_back(post, "Қате бар", actor("berik"))
    assert code(posts.approve, stale, actor("dana")) == "wrong_status"


def test_a_post_without_a_text_is_not_submitted(district, author):
    assert code(posts.submit, posts.blank("notice", "Бос", district, author), author) == "empty_text"


def test_a_returned_post_carries_the_comment_and_is_submitted_again(post, actor, author):
    posts.give_back(post, " Нөмірін тексеріңіз ", actor("berik"))
    assert (post.status, post.review_comment) == (Status.RETURNED, "Нөмірін тексеріңіз")
    posts.save_versions(post, {"kk": "{hotline} дұрыс"}, author)
    assert posts.submit(post, author).status == Status.IN_REVIEW


def test_giving_back_needs_a_comment(post, actor):
    assert code(posts.give_back, post, " ", actor("berik")) == "comment_missing"


def test_giving_back_needs_the_right_to_approve(post, actor):
    assert code(posts.give_back, post, "Жоқ", actor("berik", Role.OFFICER)) == "not_permitted"


def test_from_the_shell_the_administrator_answers_alone_and_the_trail_says_so(post):
    posts.approve_from_shell(post, SHELL)
    entry = AuditEntry.objects.first()
    assert (post.approved_by, entry.verb, entry.actor_name) == (SHELL.name, "approved_from_shell", SHELL.name)
    assert entry.detail == {"digest": post.approved_digest, "revision": 1}


def test_a_plan_approves_in_its_own_name(post):
    posts.approve_by_plan(post, "weekly")
    entry = AuditEntry.objects.first()
    assert (entry.verb, entry.detail["plan"], post.approved_by) == ("approved_by_plan", "weekly", "publisher (weekly)")
    assert posts.is_approved(post)


def test_the_trail_tells_the_whole_story_in_order(post, actor, author):
    posts.approve(post, actor("berik"))
    posts.change(post, author, urgent=True)
    verbs = list(AuditEntry.objects.order_by("id").values_list("verb", flat=True))
    assert verbs == ["created", "edited", "submitted", "approved", "edited"]


@pytest.fixture
def urgent(post, author):
    posts.change(post, author, urgent=True)
    return posts.submit(post, author) if post.status == Status.DRAFT else post


def test_an_urgent_post_needs_two_people_neither_its_author(urgent, actor, author):
    first, second = actor("berik"), actor("saule")
    posts.approve(urgent, first)
    urgent.refresh_from_db()
    assert (urgent.status, urgent.approved_by) == (Status.IN_REVIEW, "")
    assert code(posts.approve, urgent, first) == "second_person"
    assert code(posts.approve, urgent, author) == "own_post"
    posts.approve(urgent, second)
    assert posts.is_approved(urgent)
    assert [entry.verb for entry in AuditEntry.objects.all()[:2]] == ["approved", "approved_first"]


def test_a_change_after_the_first_approval_asks_both_again(urgent, actor, author):
    posts.approve(urgent, actor("berik"))
    posts.save_versions(urgent, {"kk": Wording("kk", "{hotline}!"), "ru": Wording("ru", "{hotline}!")}, author)
    urgent.refresh_from_db()
    posts.approve(urgent, actor("saule"))
    assert urgent.status == Status.IN_REVIEW


def test_a_returned_urgent_post_starts_again(urgent, actor, author):
    posts.approve(urgent, actor("berik"))
    posts.give_back(urgent, "қысқарт", actor("chief"))
    posts.submit(urgent, author)
    posts.approve(urgent, actor("saule"))
    assert urgent.status == Status.IN_REVIEW


def test_a_district_may_let_one_person_approve_what_is_urgent(urgent, actor, settings):
    rules = settings.CONFIG.districts["akkaiyn"].model_copy(update={"urgent_by_two": False})
    districts = {**settings.CONFIG.districts, "akkaiyn": rules}
    settings.CONFIG = settings.CONFIG.model_copy(update={"districts": districts})
    posts.approve(urgent, actor("berik"))
    assert posts.is_approved(urgent)


def test_what_is_urgent_ends_after_a_day_unless_it_says_when(urgent, actor, author, district):
    posts.approve(urgent, actor("berik"))
    posts.approve(urgent, actor("saule"))
    assert timedelta(hours=23) < urgent.expires_at - timezone.now() < timedelta(hours=25)
    until = timezone.now() + timedelta(hours=3)
    other = posts.blank("notice", "Жиын", district, author)
    posts.save_versions(other, {"kk": Wording("kk", "{hotline}")}, author)
    posts.change(other, author, urgent=True, expires_at=until)
    assert posts.submit(other, author).expires_at == until


def test_what_is_not_urgent_needs_no_end(post, actor):
    posts.approve(post, actor("berik"))
    assert post.expires_at is None
