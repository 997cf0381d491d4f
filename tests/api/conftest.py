"""A token of a district, and something for it to see."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from publisher.api import tokens
from publisher.api.models import Scope
from publisher.compose import posts
from publisher.compose.message import Wording
from publisher.compose.models import Kind, Post
from publisher.deliver import actions, channels
from publisher.deliver.models import Channel, Delivery, State
from publisher.people.audit import Actor
from publisher.people.models import District

SHELL = Actor("shell")
TEXTS = {"kk": "**Абайлаңыз!**\n{district}: {hotline} & <b>.", "ru": "**Осторожно!**\n{district}: {hotline}."}


@pytest.fixture
def other_district(district):
    return District.objects.get(pk="esil")


@pytest.fixture
def channel(district):
    channels.follow(settings.CONFIG)
    return Channel.objects.create(
        key="residents",
        account_id="telegram-main",
        platform_kind="channel",
        target="-1001",
        languages=["kk", "ru"],
        district=district,
    )


@pytest.fixture
def published(district, channel):
    def make(title="Жалған тергеуші", kind=Kind.SCAM_WARNING, after=timedelta(0)) -> Post:
        post = posts.blank(kind, title, district, SHELL)
        posts.save_versions(post, {code: Wording(code, body) for code, body in TEXTS.items()}, SHELL)
        posts.approve_from_shell(post, SHELL)
        actions.schedule(post, [channel], timezone.now() + after, actor=SHELL)
        sent = {"state": State.SENT, "sent_at": timezone.now(), "receipt": {"url": f"https://t.me/x/{post.pk}"}}
        if not after:
            Delivery.objects.filter(post=post).update(**sent)
        return post

    return make


@pytest.fixture
def caller(district):
    def make(*scopes, of=district) -> Client:
        _row, given = tokens.make("bot", scopes or Scope.values, SHELL, of)
        return Client(headers={"Authorization": f"Bearer {given}"})

    return make
