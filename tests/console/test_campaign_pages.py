"""The centre's board and a district's answer, as pages."""

from __future__ import annotations

import pytest
from django.urls import reverse

from publisher.compose import posts
from publisher.compose.models import Status
from publisher.deliver import campaigns
from publisher.deliver.models import Channel
from publisher.people.audit import user_actor
from publisher.people.models import District, Role
from publisher.plan.models import Answer, Campaign


@pytest.fixture
def source(in_review, approver):
    return posts.approve(in_review(), user_actor(approver))


@pytest.fixture
def far_channel(other_district, accounts):
    return Channel.objects.create(
        key="esil-residents",
        account_id="telegram-main",
        platform_kind="channel",
        target="-1002",
        title="Есіл тұрғындары",
        languages=["kk", "ru"],
        district=other_district,
    )


@pytest.fixture
def campaign(source, other_district, far_channel, regional):
    def make(**how) -> Campaign:
        return campaigns.launch(source, [other_district], user_actor(regional(Role.APPROVER)), **how)

    return make


def test_the_centre_hands_an_approved_post_out(source, regional, log_in, other_district):
    browser = log_in(regional(Role.APPROVER))
    shown = browser.get(reverse("post", args=[source.pk])).content.decode()
    assert reverse("campaign_begin", args=[source.pk]) in shown
    reply = browser.post(
        reverse("campaign_begin", args=[source.pk]), {"binding": "ordered", "districts": [other_district.pk]}
    )
    made = Campaign.objects.get()
    assert reply["Location"] == reverse("campaign", args=[made.pk])
    assert (made.ordered, made.shares.get().post.district_id) == (True, "esil")


def test_who_may_not_approve_can_only_offer(source, regional, log_in, other_district):
    browser = log_in(regional(Role.OFFICER))
    reply = browser.post(
        reverse("campaign_begin", args=[source.pk]), {"binding": "ordered", "districts": [other_district.pk]}
    )
    assert "Only an approver may order it" in reply.content.decode()
    assert not Campaign.objects.exists()


def test_a_district_beyond_reach_cannot_be_chosen(source, regional, log_in, far_district):
    browser = log_in(regional(Role.APPROVER))
    browser.post(reverse("campaign_begin", args=[source.pk]), {"binding": "offered", "districts": [far_district.pk]})
    assert not Campaign.objects.exists()


def test_a_district_sees_its_own_number_and_takes_it(campaign, person, log_in, other_district):
    made = campaign()
    browser = log_in(person(Role.OFFICER, of=other_district))
    shown = browser.get(reverse("campaign", args=[made.pk])).content.decode()
    assert "2-02-02" in shown
    assert "2-15-65" not in shown
    reply = browser.post(reverse("share_take", args=[made.shares.get().pk]))
    post = made.shares.get().post
    assert reply["Location"] == reverse("post", args=[post.pk])
    assert post.status == Status.IN_REVIEW


def test_to_adapt_it_opens_the_editor(campaign, person, log_in, other_district):
    made = campaign()
    browser = log_in(person(Role.OFFICER, of=other_district))
    reply = browser.post(reverse("share_take", args=[made.shares.get().pk]), {"adapt": "yes"})
    assert reply["Location"] == reverse("edit", args=[made.shares.get().post_id])


def test_a_refusal_reaches_the_centre_with_its_reason(campaign, person, regional, log_in, other_district):
    made = campaign()
    browser = log_in(person(Role.OFFICER, of=other_district))
    browser.post(reverse("share_refuse", args=[made.shares.get().pk]), {"reason": "Бізде олай болған жоқ"})
    assert made.shares.get().reason
    board = log_in(regional(Role.CHIEF)).get(reverse("campaign", args=[made.pk])).content.decode()
    assert "Бізде олай болған жоқ" in board
    assert "Refused" in board


def test_what_is_ordered_is_scheduled_on_the_district_s_page(campaign, person, log_in, other_district, far_channel):
    made = campaign(ordered=True)
    browser = log_in(person(Role.OFFICER, of=other_district))
    share = made.shares.get()
    assert "Take it as it is" not in browser.get(reverse("campaign", args=[made.pk])).content.decode()
    browser.post(reverse("share_schedule", args=[share.pk]), {"at": "2030-01-01T10:00", "channels": [far_channel.pk]})
    share.refresh_from_db()
    assert share.answer == Answer.TAKEN
    assert share.post.deliveries.count() == 2
    page = browser.get(reverse("post", args=[share.post_id])).content.decode()
    assert "Ordered by the centre." in page
    assert reverse("edit", args=[share.post_id]) not in page


def test_an_unanswered_campaign_waits_on_top_of_the_list(campaign, person, log_in, other_district):
    campaign()
    shown = log_in(person(Role.OFFICER, of=other_district)).get(reverse("campaigns")).content.decode()
    assert "Your answer is awaited" in shown


def test_one_district_of_several_cannot_withdraw_it_everywhere(campaign, person, log_in):
    made = campaign()
    reply = log_in(person(Role.ADMIN)).post(reverse("campaign_withdraw", args=[made.pk]))
    assert reply.status_code == 404
    made.refresh_from_db()
    assert made.withdrawn_at is None


def test_the_centre_withdraws_it_everywhere(campaign, log_in, regional):
    made = campaign(ordered=True)
    reply = log_in(regional(Role.DUTY)).post(reverse("campaign_withdraw", args=[made.pk]), follow=True)
    assert "Withdrawn in 1 district." in reply.content.decode()
    made.shares.get().post.refresh_from_db()
    assert made.shares.get().post.status in (Status.WITHDRAWN, Status.CANCELLED)


def test_a_board_of_many_is_searched_and_narrowed(source, regional, log_in):
    fields = {"hotline": "102", "region_id": "sko", "languages": ["kk"]}
    places = [District.objects.create(key=f"d{n}", name_kk=f"Аудан {n}", name_ru=f"Район {n}", **fields)
              for n in range(14)]  # fmt: skip
    centre = regional(Role.APPROVER)
    made = campaigns.launch(source, places, user_actor(centre))
    campaigns.refuse(made.shares.get(district="d3"), "Бізде ол жоқ", user_actor(centre))
    browser, page = log_in(centre), reverse("campaign", args=[made.pk])

    def shown(query: str) -> int:
        return browser.get(f"{page}{query}").content.decode().count('class="row-item"')

    assert (shown(""), shown("?stand=refused"), shown("?q=район 1"), shown("?stand=refused&q=Аудан 4")) == (14, 1, 5, 0)
