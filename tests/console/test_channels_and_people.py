from __future__ import annotations

import pytest
from django.urls import reverse
from django.utils import timezone

from publisher.connectors.base import Target
from publisher.connectors.errors import TargetGone
from publisher.console.views import channels as view
from publisher.deliver.models import Account, Channel
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


def test_a_channel_is_switched_off_and_on_with_a_note_of_who(manager, channel, admin):
    manager.post(reverse("channel_switch", args=[channel.pk]), {"on": "no"})
    channel.refresh_from_db()
    assert channel.off_reason
    manager.post(reverse("channel_switch", args=[channel.pk]), {"on": "yes"})
    channel.refresh_from_db()
    assert not channel.off_reason
    assert [entry.verb for entry in AuditEntry.objects.all()] == ["channel_on", "channel_off"]


def test_tags_are_changed(manager, channel):
    manager.post(reverse("channel_tags", args=[channel.pk]), {"tags": "schools, Village"})
    channel.refresh_from_db()
    assert channel.tags == ["schools", "village"]


def test_an_account_is_paused_and_resumed(manager):
    manager.post(reverse("account_pause", args=["telegram-main"]), {"reason": "жаңа бот"})
    assert Account.objects.get(pk="telegram-main").paused_at
    assert "Paused" in manager.get(reverse("accounts")).content.decode()
    manager.post(reverse("account_resume", args=["telegram-main"]))
    assert not Account.objects.get(pk="telegram-main").paused_at


def test_accounts_tell_what_they_can_do_and_no_secret(manager):
    shown = manager.get(reverse("accounts")).content.decode()
    assert "publish, correct, withdraw" in shown
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
