"""One post of the centre in many districts: own number, own answer; one correction, one withdrawal, never doubled."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from publisher.compose import pictures, posts
from publisher.compose.message import Wording
from publisher.compose.models import Kind, Post, Status, Upload
from publisher.compose.refusal import Refusal
from publisher.deliver import actions, campaigns, channels
from publisher.deliver.contents import content_of
from publisher.deliver.models import Change, Channel, Delivery, State
from publisher.deliver.progress import Stand, board
from publisher.people.audit import Actor, user_actor
from publisher.people.models import AuditEntry, District, Notice, NoticeKind, Role, User
from publisher.plan.models import Answer
from publisher.render import orders
from publisher.render.models import RenderJob

TEXTS = {"kk": "**Абайлаңыз!** {district}: {hotline}.", "ru": "**Осторожно!** {district}: {hotline}."}


@pytest.fixture
def people(district):
    def make(role, of=None, name=""):
        return User.objects.create(username=name or f"{role}-{of}", role=role, district_id=of, password="!")

    return make


@pytest.fixture
def centre(people):
    return people(Role.APPROVER, name="centre")


@pytest.fixture
def places(district):
    channels.follow(settings.CONFIG)
    zerendi = District.objects.create(
        key="zerendi", name_kk="Зеренді", name_ru="Зеренда", hotline="2-20-20", region_id="akmola", languages=["ru"]
    )
    found = [District.objects.get(pk="esil"), zerendi]
    for place in found:
        Channel.objects.create(
            key=f"tg-{place.pk}",
            account_id="telegram-main",
            platform_kind="channel",
            target=f"-100{place.pk}",
            languages=[code for code in ("kk", "ru") if code in place.languages],
            district=place,
        )
    return found


@pytest.fixture
def source(district, people, centre) -> Post:
    writer = user_actor(people(Role.OFFICER, name="writer"))
    post = posts.blank(Kind.SCAM_WARNING, "Жалған тергеуші", district, writer)
    posts.save_versions(post, {code: Wording(code, body) for code, body in TEXTS.items()}, writer)
    return posts.approve(posts.submit(post, writer), user_actor(centre))


@pytest.fixture
def launch(source, places, centre):
    def make(**how):
        return campaigns.launch(source, [source.district, *places], user_actor(centre), **how)

    return make


@contextmanager
def refused(code):
    with pytest.raises(Refusal) as refusal:
        yield
    assert refusal.value.code == code


def stands(campaign):
    campaign.source.refresh_from_db()
    return {row.share.district_id: row.stand for row in board(campaign).rows}


def share_of(campaign, key):
    return campaign.shares.get(district=key)


def shown(post, language):
    row = Delivery(post=post, channel=Channel.objects.filter(district=post.district).first(), language=language)
    return content_of(row, timezone.now()).text


def corrected(source, centre, body="**Назар!** {hotline}."):
    writer = user_actor(User.objects.get(username="writer"))
    posts.save_versions(source, {"kk": body}, writer)
    posts.approve(posts.submit(source, writer), user_actor(centre))
    return source


def test_each_district_gets_its_own_number_name_and_languages(launch, centre):
    campaign = launch(ordered=True)
    esil, zerendi = share_of(campaign, "esil").post, share_of(campaign, "zerendi").post
    assert "2-02-02" in shown(esil, "kk")
    assert "Есіл ауданы" in shown(esil, "kk")
    assert list(zerendi.versions.values_list("language", flat=True)) == ["ru"]
    assert "2-20-20" in shown(zerendi, "ru")


def test_the_centre_s_own_district_is_not_asked(launch, source):
    assert set(launch().shares.values_list("district", flat=True)) == {"esil", "zerendi"}


def test_what_is_not_approved_at_the_centre_goes_nowhere(district, places, centre):
    draft = posts.blank(Kind.NOTICE, "x", district, user_actor(centre))
    with refused("not_approved"):
        campaigns.launch(draft, places, user_actor(centre))


def test_a_district_that_takes_it_has_its_own_four_eyes(launch, people):
    campaign = launch()
    officer, second = people(Role.APPROVER, "esil", "taker"), people(Role.APPROVER, "esil", "second")
    post = campaigns.take(share_of(campaign, "esil"), user_actor(officer))
    assert (post.status, post.district_id, post.channel_keys) == (Status.IN_REVIEW, "esil", ["tg-esil"])
    with refused("own_post"):
        posts.approve(post, user_actor(officer))
    posts.approve(post, user_actor(second))
    assert stands(campaign) == {"esil": Stand.ACCEPTED, "zerendi": Stand.WAITING}


def test_what_a_district_changed_shows_as_adapted(launch, people):
    campaign = launch()
    actor = user_actor(people(Role.OFFICER, "esil"))
    post = campaigns.take(share_of(campaign, "esil"), actor, adapt=True)
    assert post.status == Status.DRAFT
    assert stands(campaign)["esil"] == Stand.ACCEPTED
    posts.save_versions(post, {"kk": "Біздің ауданда да болды. {hotline}"}, actor)
    assert stands(campaign)["esil"] == Stand.ADAPTED


def test_a_refusal_needs_a_reason_and_shows_it(launch, people):
    campaign, actor = launch(), user_actor(people(Role.OFFICER, "esil"))
    with refused("reason_missing"):
        campaigns.refuse(share_of(campaign, "esil"), " ", actor)
    campaigns.refuse(share_of(campaign, "esil"), "Бұл айла бізде болған жоқ", actor)
    assert stands(campaign)["esil"] == Stand.REFUSED
    assert share_of(campaign, "esil").reason == "Бұл айла бізде болған жоқ"


def test_two_answers_to_one_question_are_one_too_many(launch, people):
    campaign, actor = launch(), user_actor(people(Role.OFFICER, "esil"))
    share = share_of(campaign, "esil")
    campaigns.take(share, actor)
    with refused("campaign_answered"):
        campaigns.take(share, actor)
    assert Post.objects.filter(district="esil").count() == 1


def test_without_an_answer_in_time_a_district_is_silent(launch):
    campaign = launch(answer_by=timezone.now() - timedelta(minutes=1))
    assert set(stands(campaign).values()) == {Stand.SILENT}


def test_what_is_ordered_can_only_be_scheduled(launch, people):
    campaign, actor = launch(ordered=True), user_actor(people(Role.OFFICER, "esil"))
    share = share_of(campaign, "esil")
    for wrong in (
        lambda: campaigns.refuse(share, "жоқ", actor),
        lambda: campaigns.take(share, actor),
        lambda: posts.save_versions(share.post, {"kk": "басқа"}, actor),
    ):
        with refused("ordered_by_centre"):
            wrong()
    rows = list(Channel.objects.filter(district="esil"))
    assert campaigns.schedule(share, rows, timezone.now() + timedelta(hours=1), actor) == 2
    assert stands(campaign)["esil"] == Stand.SCHEDULED
    Delivery.objects.filter(post=share.post).update(state=State.SENT, sent_at=timezone.now())
    assert stands(campaign)["esil"] == Stand.PUBLISHED


def test_an_order_s_approval_names_the_centre_s_second_person(launch):
    post = share_of(launch(ordered=True), "esil").post
    line = AuditEntry.objects.get(subject=f"post:{post.pk}", verb="approved_by_order")
    assert line.detail["approved_by"] == "centre"
    assert posts.is_approved(post)


def test_handing_out_twice_makes_nothing_twice(launch):
    campaign = launch(ordered=True)
    assert campaigns.hand_out(Actor("clock")) == 0
    assert Post.objects.filter(origin="ordered").count() == 2
    assert campaign.shares.exclude(post=None).count() == 2


def test_a_correction_reaches_what_was_ordered_at_once_and_once(launch, source, people, centre):
    campaign = launch(ordered=True)
    share = share_of(campaign, "esil")
    campaigns.schedule(share, list(Channel.objects.filter(district="esil")), timezone.now(), user_actor(centre))
    Delivery.objects.filter(post=share.post).update(state=State.SENT, sent_at=timezone.now())
    corrected(source, centre)
    campaign.refresh_from_db()
    assert campaigns.pass_on(campaign, user_actor(centre)) == (2, 0)
    assert share.post.versions.get(language="kk").body == "**Назар!** {hotline}."
    assert Change.objects.filter(delivery__post=share.post).count() == 2
    with refused("nothing_to_pass_on"):
        campaigns.pass_on(campaign, user_actor(centre))
    assert Change.objects.filter(delivery__post=share.post).count() == 2


def test_a_correction_of_what_was_offered_asks_the_district_s_second_person(launch, source, people, centre):
    campaign = launch()
    taker, second = user_actor(people(Role.OFFICER, "esil")), user_actor(people(Role.APPROVER, "esil"))
    share = share_of(campaign, "esil")
    post = posts.approve(campaigns.take(share, taker), second)
    actions.schedule(post, list(Channel.objects.filter(district="esil")), timezone.now(), actor=second)
    Delivery.objects.filter(post=post).update(state=State.SENT, sent_at=timezone.now())
    corrected(source, centre)
    campaigns.pass_on(campaign, user_actor(centre))
    post.refresh_from_db()
    assert post.status == Status.IN_REVIEW
    assert not Change.objects.filter(delivery__post=post).exists()


def test_a_text_that_both_changed_is_for_the_district_to_settle(launch, source, people, centre):
    campaign, taker = launch(), user_actor(people(Role.OFFICER, "esil"))
    post = campaigns.take(share_of(campaign, "esil"), taker, adapt=True)
    posts.save_versions(post, {"kk": "Біздің ауданда да болды. {hotline}"}, taker)
    corrected(source, centre)
    assert campaigns.pass_on(campaign, user_actor(centre)) == (0, 1)
    assert stands(campaign)["esil"] == Stand.TO_SETTLE
    campaigns.settle(share_of(campaign, "esil"), taker, centre=True)
    assert post.versions.get(language="kk").body == "**Назар!** {hotline}."
    assert stands(campaign)["esil"] == Stand.ACCEPTED


def test_an_adapted_text_elsewhere_stays_when_the_centre_corrects_another_language(launch, source, people, centre):
    campaign, taker = launch(), user_actor(people(Role.OFFICER, "esil"))
    post = campaigns.take(share_of(campaign, "esil"), taker, adapt=True)
    posts.save_versions(post, {"ru": "И у нас тоже. {hotline}"}, taker)
    corrected(source, centre)
    assert campaigns.pass_on(campaign, user_actor(centre)) == (1, 0)
    bodies = dict(post.versions.values_list("language", "body"))
    assert bodies == {"kk": "**Назар!** {hotline}.", "ru": "И у нас тоже. {hotline}"}


def test_a_withdrawal_reaches_all_and_nothing_is_offered_any_more(launch, people, centre):
    campaign = launch()
    taker, second = user_actor(people(Role.OFFICER, "esil")), user_actor(people(Role.APPROVER, "esil"))
    post = posts.approve(campaigns.take(share_of(campaign, "esil"), taker), second)
    actions.schedule(post, list(Channel.objects.filter(district="esil")), timezone.now(), actor=second)
    Delivery.objects.filter(post=post).update(state=State.SENT, sent_at=timezone.now())
    assert campaigns.withdraw(campaign, user_actor(centre)) == 1
    assert campaigns.withdraw(campaign, user_actor(centre)) == 0
    assert Change.objects.filter(delivery__post=post, kind="withdraw").count() == 2
    assert set(stands(campaign).values()) == {Stand.WITHDRAWN}
    with refused("campaign_over"):
        campaigns.take(share_of(campaign, "zerendi"), taker)


def test_districts_without_a_chat_of_their_own_share_one_word(launch):
    campaign = launch()
    assert [(row.kind, row.post) for row in Notice.objects.filter(kind=NoticeKind.OFFERED)] == [
        (NoticeKind.OFFERED, campaign.pk)
    ]


def test_a_failed_message_shows_before_all_else(launch, centre):
    campaign = launch(ordered=True)
    share = share_of(campaign, "esil")
    campaigns.schedule(share, list(Channel.objects.filter(district="esil")), timezone.now(), user_actor(centre))
    Delivery.objects.filter(post=share.post, language="kk").update(state=State.FAILED)
    assert stands(campaign)["esil"] == Stand.STUCK
    assert share_of(campaign, "esil").answer == Answer.TAKEN


def test_the_board_costs_the_same_for_two_districts_and_for_many(launch, django_assert_max_num_queries):
    campaign = launch(ordered=True)
    with django_assert_max_num_queries(6):
        board(campaign)


def test_a_branded_film_is_ordered_for_each_district_with_its_own_number(district, people, centre, places):
    upload = Upload.objects.create(
        sha256="b" * 64,
        path="uploads/x.mp4",
        name="x.mp4",
        kind="video",
        mime="video/mp4",
        size=1,
        width=1280,
        height=720,
    )
    writer = user_actor(people(Role.OFFICER, name="writer"))
    post = posts.blank(Kind.PREVENTION_VIDEO, "Фильм", district, writer)
    posts.save_versions(post, {code: Wording(code, body) for code, body in TEXTS.items()}, writer)
    posts.set_media(post, [(upload, "")], writer)
    for item in pictures.CHECKLIST:
        pictures.tick(post, upload, item, writer, on=True)
    orders.brand(post, ["telegram"], writer)
    posts.approve(posts.submit(post, writer), user_actor(centre))
    campaign = campaigns.launch(post, places, user_actor(centre), ordered=True)
    jobs = RenderJob.objects.exclude(district=district).values_list("district", "language", "order__post")
    esil, zerendi = (share_of(campaign, key).post_id for key in ("esil", "zerendi"))
    assert set(jobs) == {("esil", "kk", esil), ("esil", "ru", esil), ("zerendi", "ru", zerendi)}
    assert share_of(campaign, "esil").post.picture_checks.count() == len(pictures.CHECKLIST)
    assert posts.is_approved(share_of(campaign, "esil").post)
