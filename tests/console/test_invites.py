"""Invitations on a channel's page: made, printed, ended, each with its sentence when it cannot be."""

from __future__ import annotations

import pytest
from django.urls import reverse

from publisher.connectors.errors import Refused, Unavailable
from publisher.measure import joining
from publisher.measure.models import InviteLink
from publisher.people.models import AuditEntry


@pytest.fixture
def platform(monkeypatch):
    """What the platform answers, or raises."""
    told: dict[str, object] = {"answer": "https://t.me/+abcdefgh"}

    async def invited(*_):
        if isinstance(told["answer"], Exception):
            raise told["answer"]
        return told["answer"]

    monkeypatch.setattr(joining, "_invited", invited)
    monkeypatch.setattr(joining, "_uninvited", invited)
    return told


def make(browser, channel, label="Плакат, Смирново"):
    return browser.post(reverse("invite_add", args=[channel.pk]), {"label": label}, follow=True).content.decode()


def test_one_is_made_and_its_code_printed(browser, channel, platform):
    shown = make(browser, channel)
    invite = InviteLink.objects.get()
    assert "nobody joined yet" in shown
    assert AuditEntry.objects.filter(verb="invite_made", subject=f"channel:{channel.key}").exists()
    for kind, begins in (("png", b"\x89PNG"), ("svg", b"<?xml")):
        reply = browser.get(reverse("invite_code", args=[channel.pk, invite.pk, kind]))
        assert reply.content.startswith(begins)
    assert browser.get(reverse("invite_code", args=[channel.pk, invite.pk, "exe"])).status_code == 404


@pytest.mark.parametrize("label", ["", "  ", "Плакат, Смирново"])
def test_a_name_is_needed_and_is_one_of_a_kind(browser, channel, platform, label):
    InviteLink.objects.create(channel=channel, url="https://t.me/+x", label="Плакат, Смирново", made_by="x")
    assert "Choose another name" in make(browser, channel, label)
    assert InviteLink.objects.count() == 1


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (Refused("x", reason="no_invite_right"), "may not make invitations"),
        (Unavailable("x"), "could not be reached"),
    ],
)
def test_a_refusal_is_told_in_words_and_nothing_is_kept(browser, channel, platform, error, words):
    platform["answer"] = error
    assert words in make(browser, channel)
    assert not InviteLink.objects.exists()


def test_ended_it_keeps_its_count(browser, channel, platform):
    invite = InviteLink.objects.create(channel=channel, url="https://t.me/+x", label="x", joined=4, made_by="x")
    shown = browser.post(reverse("invite_end", args=[channel.pk, invite.pk]), follow=True).content.decode()
    invite.refresh_from_db()
    assert (invite.off, invite.joined) == (True, 4)
    assert "4 people joined" in shown
