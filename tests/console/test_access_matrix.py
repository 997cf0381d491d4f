"""Every address × every role × own and other district. A new view without a rule, or without an example, fails."""

from __future__ import annotations

from datetime import date, timedelta
from http.cookies import SimpleCookie

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, reverse
from django.utils import timezone

from publisher.api.models import Token, Webhook
from publisher.compose.models import Post, PostMedia, Upload
from publisher.measure.models import InviteLink, Link, Page, Piece
from publisher.people.access import GRANTS, May
from publisher.people.models import Delegation, Role
from publisher.plan.models import Campaign, Share, Slot
from publisher.relay.models import Relay
from publisher.render.models import RenderOrder
from publisher.report.models import Digest, Study, Subscription
from publisher.residents.models import Question, QuizPair
from publisher.urls import urlpatterns
from tests.hotline import example

NAMED = [pattern for pattern in urlpatterns if pattern.name]
PUBLIC = {"login", "login_second", "passkey_log_in", "passkey_options", "invitation", "language"}
PUBLIC |= {"openapi", "feed_atom", "feed_rss", "feed_cap", "feed_alert", "feed_calendar", "widget"}
PUBLIC |= {
    "healthz",
    "readyz",
    "metrics",
    "hook_whatsapp",
    "follow",
    "relay",
    "relay_file",
    "relay_done",
    "relay_cannot",
    "relay_seen",
    "proof_ask",
    "proof_key",
    "proof_pem",
    "proof_json",
    "proof",
    "call_all",
    "call",
}
OF_A_DISTRICT = {
    *("post", "edit", "again", "live", "submit", "approve", "give_back", "cancel", "withdraw"),
    *("district_brand", "district_look", "district_brand_off"),
    *("keep", "versions", "restore", "pictures", "picture_tick", "test"),
    *("media_add", "media_earlier", "media_choose", "media_remove", "media_language", "upload", "thumbnail"),
    *("media_brand", "media_unbrand", "media_jobs", "films_made", "films_again", "still"),
    *("move_post", "move_slot", "slot_switch", "save_as_template", "library_use"),
    *("watched", "page_number", "page_table", "material"),
    *("digest_connect", "digest_sample", "digest_switch", "digest_settle", "study_drop"),
    *("link", "link_code", "link_switch"),
    *("relay_switch", "relay_connect", "relay_order"),
    *("token_revoke", "hook_switch", "hook_again"),
    *("campaign_begin", "campaign", "campaign_pass_on", "campaign_withdraw"),
    *("share_take", "share_refuse", "share_schedule", "share_settle"),
    *("alarm_draft", "alarm_close", "cluster_name", "cluster_aside", "case_remove"),
    *("outbound_one", "outbound_list", "outbound_deal", "outbound_back", "outbound_end"),
    *("outbound_call", "outbound_undo", "outbound_result"),
    *("round", "round_printed", "round_codes", "round_record", "round_back", "volunteer_add", "volunteer_switch"),
    "done_by_hand",
    *("question_answer", "question_close", "quiz_remove"),
    *("person", "person_change", "person_reset", "person_password", "person_sign_out", "delegation_end"),
    *(
        "settle",
        "send_anyway",
        "drop",
        "channel",
        "channel_check",
        "channel_mute",
        "channel_unmute",
        "channel_change",
        "invite_add",
        "invite_code",
        "invite_end",
        "person_switch",
    ),
}
ALL_ROLES = [*Role.values]
SOME_ROLES = [Role.OFFICER, Role.CHIEF, Role.ADMIN]  # between them every right, for and against
CENTRAL = {"campaign_begin"}  # for whoever works for several districts
METHODS = ("get", "head", "post", "put", "patch", "delete")
USED = ("get", "post")  # whose row it is, is asked the same way whatever the method


def _public(pattern: URLPattern) -> bool:
    return not getattr(pattern.callback, "login_required", True)


PROTECTED = [pattern for pattern in NAMED if not _public(pattern)]


@pytest.fixture
def address(queued, channel, district, person):
    """An existing thing of the first district for every address."""
    post = queued()
    upload = Upload.objects.create(
        sha256="a" * 64, path="uploads/none.jpg", name="x", kind="photo", mime="image/jpeg", size=1
    )
    media = PostMedia.objects.create(post=post, upload=upload)
    order = RenderOrder.objects.create(post=post, source=upload, format="16:9")
    invite = InviteLink.objects.create(channel=channel, url="https://t.me/+x", label="x", made_by="x")
    given = {
        "order": order.pk,
        "name": "film",
        "drawing": "card",
        "district": district.pk,
        "version": post.snapshots.first().pk,
        "item": "faces",
        "token": "none",
        "kind": "json",
        "path": "x",
        "key": "telegram-main",
        "account_key": "none",
        "sha256": upload.sha256,
        "slug": "sms-egov-code",
        "fingerprint": "none",
        "media": media.pk,
        "code": "none",
        "place": 0,
        "factor": 1,
        "invite": invite.pk,
        "visit": 1,
        "number": 1,
    }
    calls = example.of(district)
    given |= {"entry": calls["entry"], "row": 0}

    slot = Slot.objects.create(
        plan="weekly", at=post.deliveries.first().due_at, district=district, rule={"name": "x"}, channel_keys=[]
    )

    link = Link.objects.create(code="x", url="https://t.me/x", kind="poster", label="x", district=district, made_by="x")
    relay = Relay.objects.create(name="x", district=district)
    question = Question.objects.create(district=district, language="kk", platform="telegram")
    pair = QuizPair.objects.create(name="x", district=district, before=post, after=post, made_by="x")
    watched = Page.objects.create(account_id="telegram-main", name="x", role="own", district=district)
    piece = Piece.objects.create(page=watched, code="x", author="x", kind="photo", first_seen_at=timezone.now())

    away = Delegation.objects.create(
        who=person(Role.APPROVER), substitute=person(), from_day=date(2026, 1, 1), to_day=date(2026, 1, 2)
    )

    reader = Subscription.objects.create(name="x", chat="1", district=district, made_by="x")
    owed = timezone.now()
    digest = Digest.objects.create(
        subscription=reader, week=date(2026, 1, 5), piece="card", state="unknown", owed_at=owed, not_before=owed
    )

    study = Study.objects.create(
        title="x", district=district, outcome="calls", starts=date(2026, 1, 5), registered_by="x"
    )

    token = Token.objects.create(name="x", token_hash="x", district=district, made_by="x")
    hook = Webhook.objects.create(name="x", url="https://x.kz/", secret="x", district=district, made_by="x")
    campaign = Campaign.objects.create(title="x", source=post, by_name="x")
    share = Share.objects.create(campaign=campaign, district=district)

    def of(pattern: URLPattern) -> str:
        names = pattern.pattern.converters
        pks = {"channel": channel.pk, "deliveries": post.deliveries.first().pk, "people": person(name="colleague").pk}
        pks |= calls["pks"]
        pks |= {
            "slots": slot.pk,
            "report/digests/sent": digest.pk,
            "report/digests": reader.pk,
            "report/studies": study.pk,
            "links": link.pk,
            "relays/groups": channel.pk,
            "relays": relay.pk,
            "questions": question.pk,
            "quizzes": pair.pk,
            "pages/material": piece.pk,
            "pages": watched.pk,
            "campaigns/shares": share.pk,
            "campaigns": campaign.pk,
            "exchange/tokens": token.pk,
            "exchange/hooks": hook.pk,
        }
        pks["delegations"] = away.pk
        route = str(pattern.pattern)
        pk = next((value for part, value in pks.items() if route.startswith(part)), post.pk)
        return reverse(pattern.name, kwargs={name: pk if name == "pk" else given[name] for name in names})

    return of


@pytest.mark.parametrize("pattern", NAMED, ids=lambda pattern: pattern.name)
def test_every_view_says_who_may_see_it(pattern):
    assert _public(pattern) == (pattern.name in PUBLIC)
    if not _public(pattern):
        assert hasattr(pattern.callback, "needs") or hasattr(pattern.callback, "view_class")


def _statuses(client: Client, address: str, methods: tuple[str, ...] = METHODS) -> dict[str, int]:
    """By method. Each request is undone, so that one does not change what the next one finds."""
    found, cookies = {}, client.cookies.output(header="")
    for method in methods:
        with transaction.atomic():
            found[method] = getattr(client, method)(address).status_code
            transaction.set_rollback(True)
        client.cookies = SimpleCookie(cookies)
    return found


def test_strangers_are_sent_to_the_log_in(address, client):
    wrong = {}
    for pattern in PROTECTED:
        replies = [getattr(client, method)(address(pattern)) for method in METHODS]
        if {reply.status_code for reply in replies} != {302} or any("/login/" not in r["Location"] for r in replies):
            wrong[pattern.name] = replies
    assert wrong == {}


@pytest.mark.parametrize("role", ALL_ROLES)
def test_a_role_gets_exactly_what_it_was_granted(role, address, log_in, person):
    client, wrong = log_in(person(role, name="asker")), {}
    for pattern in PROTECTED:
        needed: May | None = getattr(pattern.callback, "needs", None)
        found = _statuses(client, address(pattern))
        allowed = needed is None or needed in GRANTS[role]
        right = 403 not in found.values() if allowed else set(found.values()) <= {403, 405}
        if not right or set(found.values()) == {405}:
            wrong[pattern.name] = found
    assert wrong == {}


@pytest.mark.parametrize("role", ALL_ROLES)
def test_what_is_another_districts_does_not_exist(role, address, log_in, person, other_district):
    client, wrong = log_in(person(role, of=other_district)), {}
    for pattern in PROTECTED:
        if pattern.name in OF_A_DISTRICT:
            found = _statuses(client, address(pattern), USED)
            if not set(found.values()) <= {403, 404, 405} or set(found.values()) == {405}:
                wrong[pattern.name] = found
    assert wrong == {}


@pytest.mark.parametrize("role", SOME_ROLES)
def test_a_regions_people_get_in_its_districts_what_the_districts_own_get(role, address, log_in, person, regional):
    central, own, wrong = log_in(regional(role)), log_in(person(role, name="asker")), {}
    for pattern in PROTECTED:
        if pattern.name in OF_A_DISTRICT - CENTRAL:
            found = [_statuses(client, address(pattern), USED) for client in (central, own)]
            if found[0] != found[1]:
                wrong[pattern.name] = found
    assert wrong == {}


@pytest.mark.parametrize("role", SOME_ROLES)
def test_another_regions_people_find_nothing(role, address, log_in, regional):
    client, wrong = log_in(regional(role, "akmola")), {}
    for pattern in PROTECTED:
        if pattern.name in OF_A_DISTRICT:
            found = _statuses(client, address(pattern), USED)
            if not set(found.values()) <= {403, 404, 405} or set(found.values()) == {405}:
                wrong[pattern.name] = found
    assert wrong == {}


def test_every_address_with_a_row_in_it_is_checked_for_the_district():
    with_rows = {p.name for p in NAMED if {"pk", "sha256"} & set(p.pattern.converters)}
    with_rows |= {p.name for p in NAMED if p.name.startswith("district_")}
    assert with_rows == OF_A_DISTRICT


@pytest.mark.parametrize("page", ["today", "calendar", "posts", "channels", "people", "report"])
def test_lists_show_nothing_of_other_districts(page, queued, log_in, person, other_district):
    post = queued(title="Тек Аққайыңға")
    _sees_nothing(log_in(person(Role.ADMIN, of=other_district)), page, post)


@pytest.mark.parametrize("page", ["today", "calendar", "posts", "channels", "people", "report", "audit", "films"])
def test_lists_show_nothing_of_other_regions(page, queued, log_in, regional, far_district):
    post = queued(title="Тек Аққайыңға")
    _sees_nothing(log_in(regional(Role.ADMIN, "akmola")), page, post)


@pytest.mark.parametrize("page", ["today", "calendar", "posts"])
def test_lists_show_a_regions_people_all_its_districts_and_no_other(page, queued, log_in, regional, far_district):
    near = queued(title="Аққайыңда")
    far = queued(title="Зерендіде", after=timedelta(hours=2))
    Post.objects.filter(pk=far.pk).update(district=far_district)
    shown = log_in(regional(Role.ADMIN)).get(reverse(page)).content.decode()
    assert near.title in shown
    assert far.title not in shown


def _sees_nothing(client, page, post):
    shown = client.get(reverse(page)).content.decode()
    assert post.title not in shown
    assert "Тұрғындар" not in shown
    assert "officer-akkaiyn" not in shown
