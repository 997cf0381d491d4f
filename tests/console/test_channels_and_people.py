from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from publisher.connectors.base import Noticed, Target
from publisher.connectors.errors import AccessLost, TargetGone
from publisher.console.forms.channel import short_name
from publisher.console.views import accounts as account_view
from publisher.console.views import channel_add as view
from publisher.console.views import channels as channel_view
from publisher.deliver import heard
from publisher.deliver.models import Account, Attempt, Channel, Delivery, HeardChat
from publisher.measure.models import Reading
from publisher.people.models import AuditEntry, Invitation, Role, User

NEW = {
    "account": "telegram-main",
    "target": "@akkaiyn",
    "key": "akkaiyn-news",
    "languages": ["kk", "ru"],
    "district": "akkaiyn",
}


@pytest.fixture
def platform(monkeypatch):
    """What the platform would say: a Target, None (not reached), or an error."""

    def says(answer):
        async def look_up(account_key, target):
            if isinstance(answer, Exception):
                raise answer
            return answer

        monkeypatch.setattr(view.channels, "look_up", look_up)

    return says


@pytest.fixture
def manager(log_in, admin, accounts):
    return log_in(admin)


def test_a_channel_is_added_after_the_platform_was_asked(manager, platform):
    platform(Target("-100777", "Аққайың полициясы", "channel", url="https://t.me/akkaiyn"))
    manager.post(reverse("channel_add"), {**NEW, "tags": "Ауыл, мектеп, ауыл"})
    channel = Channel.objects.get()
    assert (channel.target, channel.title, channel.languages) == ("-100777", "Аққайың полициясы", ["kk", "ru"])
    assert channel.tags == ["ауыл", "мектеп"]


def test_a_channel_we_are_not_in_is_refused_in_words(manager, platform):
    platform(TargetGone("Bad Request: chat not found"))
    shown = manager.post(reverse("channel_add"), NEW).content.decode()
    assert "closed to us" in shown
    assert "chat not found" in shown
    assert not Channel.objects.exists()


def test_a_missing_right_is_told_and_the_channel_stays_off(manager, platform):
    platform(Target("-100777", "Арна", "channel", missing_rights=("post",)))
    shown = manager.post(reverse("channel_add"), NEW, follow=True).content.decode()
    assert "may not post there" in shown
    assert Channel.objects.get().off_reason == "no_rights"


def test_without_connection_it_is_added_unchecked_and_said_so(manager, platform):
    platform(None)
    shown = manager.post(reverse("channel_add"), NEW, follow=True).content.decode()
    assert "could not be reached" in shown
    assert Channel.objects.get().checked_at is None


@pytest.mark.parametrize("changed", [{"key": "Үлкен"}, {"key": "residents"}, {"languages": []}, {"district": "esil"}])
def test_what_cannot_be_a_channel_is_refused_before_asking(manager, channel, platform, changed):
    platform(AssertionError("asked"))
    reply = manager.post(reverse("channel_add"), {**NEW, **changed})
    assert "invalid-feedback" in reply.content.decode()
    assert Channel.objects.count() == 1


def test_the_same_chat_is_not_added_twice(manager, channel, platform):
    platform(Target(channel.target, "Арна", "channel"))
    assert "residents" in manager.post(reverse("channel_add"), NEW).content.decode()
    assert Channel.objects.count() == 1


@pytest.fixture
def looked(monkeypatch):
    """Looking at a saved channel does this to it, or answers so."""

    def says(error=None, **found):
        async def check(channel):
            if found:
                await Channel.objects.filter(pk=channel.pk).aupdate(**found)
            return error

        monkeypatch.setattr(channel_view.channels, "check", check)

    return says


def test_the_first_step_offers_the_chats_the_bot_was_heard_to_be_in(manager, channel):
    heard.note_event("telegram-main", Noticed("-1005", "Ауыл жаңалығы", "channel", ("pin",)))
    heard.note_event("telegram-main", Noticed(channel.target, "Тұрғындар", "channel", ()))
    shown = manager.get(reverse("channel_add")).content.decode()
    assert "Ауыл жаңалығы" in shown
    assert "it may not:" in shown
    assert channel.target not in shown


def test_the_second_step_shows_what_the_platform_says_and_saves_nothing(manager, platform):
    platform(Target("-100777", "Аққайың полициясы", "channel", "https://t.me/akkaiyn_police", 412, ("pin",)))
    shown = manager.get(reverse("channel_add"), {"account": "telegram-main", "target": "t.me/akkaiyn"}).content.decode()
    for words in ("Аққайың полициясы", "412", "akkaiyn-police", "missing", "Administrators"):
        assert words in shown
    assert not Channel.objects.exists()


def test_a_link_is_asked_for_by_its_name(manager, monkeypatch):
    asked = []

    async def look_up(account_key, target):
        asked.append(target)

    monkeypatch.setattr(view.channels, "look_up", look_up)
    manager.get(reverse("channel_add"), {"account": "telegram-main", "target": "https://t.me/akkaiyn/12"})
    assert asked == ["@akkaiyn"]


@pytest.mark.parametrize("target", ["https://t.me/+AbCd", "екі сөз"])
def test_what_names_no_chat_goes_back_to_the_first_step_with_the_way_out(manager, platform, target):
    platform(AssertionError("asked"))
    shown = manager.get(reverse("channel_add"), {"account": "telegram-main", "target": target}).content.decode()
    assert "alert-danger" in shown
    assert "Step 1 of 2" in shown


def test_a_chat_that_is_a_channel_already_is_named_before_saving(manager, channel, platform):
    platform(Target(channel.target, "Тұрғындар", "channel"))
    shown = manager.get(reverse("channel_add"), {"account": "telegram-main", "target": "@same"}).content.decode()
    assert "residents" in shown
    assert "Step 1 of 2" in shown


def test_an_account_that_only_measures_is_not_offered(manager, monkeypatch):
    monkeypatch.setattr(view, "publishing_accounts", lambda: {"telegram-main": "Telegram"})
    assert "WhatsApp" not in manager.get(reverse("channel_add")).content.decode().split("<main")[1]


@pytest.mark.parametrize(
    ("title", "name"),
    [("Аққайың полициясы", "aqqaiyn-politsiiasy"), ("Есіл — жаңалықтар!", "esil-zhanalyqtar"), ("🙂", "channel")],
)
def test_a_short_name_is_proposed_in_latin_letters(db, title, name):
    assert short_name(Target("-1", title, "channel")) == name.replace("ts", "c")


def test_a_short_name_that_is_taken_gets_a_number(channel):
    assert short_name(Target("-1", "Residents", "channel")) == "residents-2"


def test_a_channel_is_muted_with_a_reason_and_says_what_becomes_of_its_posts(manager, channel, admin):
    asked = {"how": "muted_skip", "reason": "каникул"}
    shown = manager.post(reverse("channel_mute", args=[channel.pk]), asked, follow=True).content.decode()
    assert "are skipped" in shown
    assert "каникул" in shown
    channel.refresh_from_db()
    assert (channel.off_reason, channel.off_detail) == ("muted_skip", f"каникул — {admin}")
    assert AuditEntry.objects.get().verb == "channel_off"


@pytest.mark.parametrize("asked", [{"how": "muted_wait", "reason": " "}, {"how": "no_rights", "reason": "x"}])
def test_a_mute_without_a_reason_or_of_another_kind_changes_nothing(manager, channel, asked):
    assert "invalid-feedback" in manager.post(reverse("channel_mute", args=[channel.pk]), asked).content.decode()
    channel.refresh_from_db()
    assert channel.off_reason == ""


def test_switching_on_asks_the_platform_at_once(manager, channel, looked):
    Channel.objects.update(off_reason="muted_wait")
    looked()
    manager.post(reverse("channel_unmute", args=[channel.pk]))
    channel.refresh_from_db()
    assert channel.off_reason == ""


def test_a_channel_that_is_still_closed_to_us_stays_off_in_words(manager, channel, looked):
    Channel.objects.update(off_reason="target_gone")
    looked(TargetGone("Forbidden: kicked"), off_reason="target_gone")
    shown = manager.post(reverse("channel_unmute", args=[channel.pk]), follow=True).content.decode()
    assert "closed to us" in shown
    assert "kicked" in shown
    channel.refresh_from_db()
    assert channel.off_reason == "target_gone"


def test_what_came_due_while_muted_leads_to_a_decision(manager, queued, channel, looked):
    queued()
    Channel.objects.update(off_reason="muted_wait")
    Delivery.objects.update(due_at=timezone.now() - timedelta(minutes=1))
    looked()
    reply = manager.post(reverse("channel_unmute", args=[channel.pk]))
    assert reply.headers["Location"] == reverse("backlog")
    assert set(Delivery.objects.values_list("held", flat=True)) == {"paused_meanwhile"}


def test_looking_at_a_muted_channel_does_not_claim_that_it_is_on(manager, channel, looked):
    Channel.objects.update(off_reason="muted_wait")
    looked()
    shown = manager.post(reverse("channel_check", args=[channel.pk]), follow=True).content.decode()
    assert "we are in and may post" in shown
    assert "its posts wait" in shown


def test_looking_at_a_muted_channel_says_that_the_right_to_post_is_missing(manager, channel, looked):
    Channel.objects.update(off_reason="muted_wait")
    HeardChat.objects.create(
        account=channel.account, target=channel.target, kind="channel", missing=["post"], heard_at=timezone.now()
    )
    looked()
    shown = manager.post(reverse("channel_check", args=[channel.pk]), follow=True).content.decode()
    assert "we are in and may post" not in shown
    assert "may not post there" in shown


def test_languages_and_tags_are_changed_with_a_note_of_who(manager, channel):
    manager.post(reverse("channel_change", args=[channel.pk]), {"languages": ["ru", "kk"], "tags": "schools, Village"})
    channel.refresh_from_db()
    assert (channel.languages, channel.tags) == (["kk", "ru"], ["schools", "village"])
    assert AuditEntry.objects.get().verb == "channel_changed"


def test_a_channel_keeps_at_least_one_language(manager, channel):
    shown = manager.post(reverse("channel_change", args=[channel.pk]), {"tags": "x"}, follow=True).content.decode()
    assert "at least one language" in shown
    channel.refresh_from_db()
    assert channel.languages == ["kk", "ru"]


def test_a_channels_page_tells_members_rights_and_the_last_error_with_its_post(manager, queued, channel):
    post = queued()
    now = timezone.now()
    Reading.objects.create(channel=channel, metric="followers", value=321, at=now, source="bot-api")
    heard.note_event("telegram-main", Noticed(channel.target, "Тұрғындар", "channel", ("pin",)))
    Attempt.objects.create(
        delivery=post.deliveries.first(),
        number=1,
        worker="w",
        claimed_at=now,
        ended_at=now,
        outcome="target_gone",
        reason="target_gone",
        detail="Forbidden: bot was kicked",
    )
    shown = manager.get(reverse("channel", args=[channel.pk])).content.decode()
    for words in ("321", "pin messages", "closed to us", "bot was kicked", reverse("post", args=[post.pk])):
        assert words in shown


def test_the_list_asks_as_often_for_many_channels_as_for_one(manager, channel, django_assert_max_num_queries):
    for number in range(20):
        Channel.objects.create(
            key=f"c{number}",
            account_id="telegram-main",
            platform_kind="channel",
            target=f"-2{number}",
            languages=["kk"],
            district=channel.district,
        )
    with django_assert_max_num_queries(16):
        manager.get(reverse("channels"))


def test_an_officer_sees_a_channel_and_cannot_change_it(browser, channel):
    shown = browser.get(reverse("channel", args=[channel.pk])).content.decode()
    assert "Switch off for a while" not in shown
    assert (
        browser.post(reverse("channel_mute", args=[channel.pk]), {"how": "muted_wait", "reason": "x"}).status_code
        == 403
    )


def test_an_accounts_page_has_its_channels_limits_and_hand_over(manager, channel):
    shown = manager.get(reverse("account", args=["telegram-main"])).content.decode()
    for words in ("Тұрғындар", "Revoke current token", "Transfer Ownership", "the next message may go out at once"):
        assert words in shown
    shown = manager.get(reverse("account", args=["whatsapp-main"])).content.decode()
    assert "System users" in shown


def test_a_districts_administrator_sees_only_that_districts_channels_of_an_account(
    log_in, person, channel, other_district
):
    shown = log_in(person(Role.ADMIN, of=other_district)).get(reverse("account", args=["telegram-main"]))
    assert "Тұрғындар" not in shown.content.decode()


def test_the_platform_says_who_we_are_or_why_not(manager, monkeypatch):
    async def known(key):
        return Target("1", "Аққайың боты", "private", url="https://t.me/akkaiyn_bot")

    async def refused(key):
        raise AccessLost("Unauthorized")

    monkeypatch.setattr(account_view, "_ourselves", known)
    assert "https://t.me/akkaiyn_bot" in manager.get(reverse("account_who", args=["telegram-main"])).content.decode()
    monkeypatch.setattr(account_view, "_ourselves", refused)
    shown = manager.get(reverse("account_who", args=["telegram-main"])).content.decode()
    assert "Unauthorized" in shown
    assert "alert-triangle" in shown


@pytest.mark.parametrize(("language", "name"), [("kk", "Аққайың ауданы"), ("ru", "Аккайынский район")])
def test_districts_are_offered_in_the_readers_language(manager, admin, platform, language, name):
    User.objects.filter(pk=admin.pk).update(language=language)
    platform(None)
    address = reverse("channel_add") + "?account=telegram-main&target=@akkaiyn"
    for page in (address, reverse("people"), reverse("report")):
        options = re.findall(r"<option[^>]*>([^<]+)</option>", manager.get(page).content.decode())
        assert name in [option.strip() for option in options], page


def test_an_account_is_paused_and_resumed(manager):
    manager.post(reverse("account_pause", args=["telegram-main"]), {"reason": "жаңа бот"})
    assert Account.objects.get(pk="telegram-main").paused_at
    assert "Paused" in manager.get(reverse("accounts")).content.decode()
    assert "жаңа бот" in manager.get(reverse("account", args=["telegram-main"])).content.decode()
    manager.post(reverse("account_resume", args=["telegram-main"]))
    assert not Account.objects.get(pk="telegram-main").paused_at


def test_accounts_tell_what_they_can_do_and_no_secret(manager):
    pages = [reverse("accounts"), *(reverse("account", args=[key]) for key in ("telegram-main", "whatsapp-main"))]
    shown = "".join(manager.get(page).content.decode() for page in pages)
    assert "publish, correct, withdraw" in shown
    assert "neither correct nor withdraw" in shown  # WhatsApp's official interface
    assert "at most eight people" in shown
    assert "/hooks/whatsapp/whatsapp-main/" in shown
    for secret in ("123456:TEST-token", "test-whatsapp-token", "test-app-secret", "test-verify"):
        assert secret not in shown


def test_a_colleague_is_invited_by_a_link_shown_once(manager, client):
    shown = manager.post(reverse("invite"), {"role": Role.APPROVER, "district": "akkaiyn"})
    link = shown.context["link"]
    assert link in shown.content.decode()
    assert shown.headers["Cache-Control"] == "no-store"
    assert "/invitation/" not in manager.get(reverse("people")).content.decode()
    assert client.get(link.removeprefix("http://127.0.0.1:8000")).status_code == 200
    assert AuditEntry.objects.get().verb == "invited"


@pytest.mark.parametrize("wanted", ["esil", ""])
def test_a_districts_administrator_invites_only_into_that_district(manager, wanted):
    manager.post(reverse("invite"), {"role": Role.ADMIN, "district": wanted})
    assert not Invitation.objects.exists()


def test_a_person_switched_off_is_outside_at_once(manager, officer, log_in):
    theirs = log_in(officer)
    assert theirs.get(reverse("today")).status_code == 200
    manager.post(reverse("person_switch", args=[officer.pk]), {"on": "no"})
    assert theirs.get(reverse("today")).status_code == 302


def test_nobody_switches_themselves_off(manager, admin):
    manager.post(reverse("person_switch", args=[admin.pk]), {"on": "no"})
    assert User.objects.get(pk=admin.pk).is_active


def test_last_log_in_is_shown(manager, officer):
    User.objects.filter(pk=officer.pk).update(last_login=timezone.now())
    assert "last here:" in manager.get(reverse("people")).content.decode()
