from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from publisher.compose.models import Post, Status
from publisher.deliver.models import Account, Channel, Delivery
from publisher.people.models import AuditEntry
from publisher.plan.making import make_posts
from publisher.plan.models import Slot, SlotState
from publisher.plan.slots import materialise
from tests.plan.plan_texts import WEEKLY

NOW = datetime(2026, 11, 24, 6, tzinfo=UTC)
DAILY = WEEKLY.replace("Mon 10:00", "* 10:00").replace("to:", "prepare_days: 2\nto:")
BY_PLAN = DAILY.replace("to:", "approve: plan\nto:")

pytestmark = pytest.mark.usefixtures("district")


@pytest.fixture
def make(home, channels, time_machine_at):
    def make(now: datetime = NOW):
        time_machine_at(now)
        materialise(now, home, channels)
        return make_posts(now, home)

    return make


def states() -> list[tuple[str, str]]:
    return list(Slot.objects.values_list("state", "reason"))


def test_posts_are_made_for_the_days_to_prepare_and_wait_for_a_person(write, template, make):
    write(DAILY)
    for slug in ("one", "two", "three"):
        template(slug)
    assert make() == []
    first, second = Post.objects.order_by("publish_at")
    assert (first.status, first.origin, first.publish_at) == (
        Status.IN_REVIEW,
        "plan",
        datetime(2026, 11, 25, 5, tzinfo=UTC),
    )
    assert first.channel_keys == ["akkaiyn-tg", "akkaiyn-wa"]
    assert {version.language for version in first.versions.all()} == {"kk", "ru"}
    assert first.template_slug != second.template_slug
    assert first.slot.state == SlotState.MADE


def test_a_plan_that_approves_hands_its_posts_on_to_be_queued(write, template, make):
    write(BY_PLAN)
    template("one")
    first, second = make()
    assert (first.post.status, first.due_at, first.channel_keys) == (
        Status.APPROVED,
        first.slot.at,
        ("akkaiyn-tg", "akkaiyn-wa"),
    )
    assert second.due_at == first.due_at + timedelta(days=1)
    assert "approved_by_plan" in AuditEntry.objects.values_list("verb", flat=True)


def test_what_is_approved_includes_its_channels_and_moment(write, template, make):
    from publisher.compose.posts import digest_of

    write(BY_PLAN)
    template("one")
    for prepared in make():
        post = Post.objects.get(pk=prepared.post.pk)
        assert post.approved_digest == digest_of(post)


def test_it_is_handed_on_again_until_it_is_queued(write, template, make, home):
    write(BY_PLAN)
    template("one")
    handed = make()
    assert [p.post for p in make()] == [p.post for p in handed]
    queue(handed[0].post)
    assert [p.post for p in make()] == [handed[1].post]
    assert Post.objects.count() == 2


def test_a_post_that_a_person_approved_is_handed_on(write, template, make):
    write(DAILY)
    template("one")
    make()
    Post.objects.order_by("publish_at").last().delete()
    post = Post.objects.get()
    Post.objects.update(status=Status.APPROVED, publish_at=post.publish_at + timedelta(hours=2))
    (prepared,) = [p for p in make() if p.post == post]
    assert prepared.due_at == post.publish_at + timedelta(hours=2)


def test_the_urgent_slot_makes_an_urgent_post(write, template, make):
    write(DAILY.replace("kind: scam_warning", "kind: scam_warning, urgent: true"))
    template("one")
    make()
    assert Post.objects.first().urgent


def test_a_warning_expires_by_its_template_counted_from_its_moment(write, template, make):
    write(DAILY)
    template("one", expires_after_days=2)
    make()
    post = Post.objects.order_by("publish_at").first()
    assert post.expires_at == post.publish_at + timedelta(days=2)


def test_a_slot_that_no_template_fits_is_skipped_and_tried_again(write, template, make):
    write(DAILY)
    template("promo", kind="hotline_promo")
    make()
    assert states()[:3] == [("skipped", "nothing_to_say"), ("skipped", "nothing_to_say"), ("planned", "")]
    template("one")
    make()
    assert states()[:3] == [("made", ""), ("made", ""), ("planned", "")]


def test_a_template_that_must_rest_leaves_the_next_slot_to_another(write, template, make):
    write(DAILY)
    template("one", repeat_after_days=30)
    template("two", repeat_after_days=30)
    make()
    assert sorted(Post.objects.values_list("template_slug", flat=True)) == ["one", "two"]
    make(NOW + timedelta(days=1))
    assert states()[2] == ("skipped", "nothing_to_say")


def test_two_clocks_make_one_post_of_a_slot(write, template, make, home, monkeypatch):
    from publisher.plan import making

    write(DAILY)
    template("one")
    load_all, other_ran = making.load_all, []

    def late(content):
        read = load_all(content)
        if not other_ran:
            other_ran.append(True)
            make_posts(NOW, home)
        return read

    monkeypatch.setattr(making, "load_all", late)
    make()
    assert Post.objects.count() == Slot.objects.filter(state=SlotState.MADE).count() == 2


def test_a_slot_that_a_person_skipped_makes_no_post(write, template, make, home, channels):
    write(DAILY)
    template("one")
    materialise(NOW, home, channels)
    Slot.objects.update(state=SlotState.SKIPPED, reason="by_person", by_person=True)
    make()
    assert not Post.objects.exists()


@pytest.mark.parametrize(
    ("status", "state", "reason"),
    [
        (Status.IN_REVIEW, "missed", "not_approved_in_time"),
        (Status.RETURNED, "missed", "not_approved_in_time"),
        (Status.APPROVED, "missed", "slot_missed"),
        (Status.CANCELLED, "skipped", "by_person"),
    ],
)
def test_a_post_that_was_not_queued_when_its_moment_came_says_why(write, template, make, status, state, reason):
    write(DAILY)
    template("one")
    make()
    Post.objects.update(status=status)
    make(NOW + timedelta(days=1))
    assert states()[0] == (state, reason)


def test_a_slot_whose_post_was_queued_stays_made(write, template, make):
    write(BY_PLAN)
    template("one")
    queue(make()[0].post)
    make(NOW + timedelta(days=1))
    assert states()[0] == ("made", "")


def queue(post: Post) -> None:
    account, _ = Account.objects.get_or_create(key="a", type="telegram")
    channel, _ = Channel.objects.get_or_create(
        key="akkaiyn-tg", defaults={"account": account, "target": "-1", "languages": ["kk"], "district": post.district}
    )
    Delivery.objects.create(post=post, channel=channel, language="kk", due_at=post.publish_at)
