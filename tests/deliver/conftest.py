from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from publisher.compose.approval import digest_of
from publisher.compose.models import Kind, Post, Status, Version
from publisher.deliver.models import Channel, Delivery


@pytest.fixture
def make_channel(district, accounts):
    def make(key="residents", account="telegram-main", target="", **fields):
        target = target or f"-100{abs(hash(key)) % 10**9}"
        return Channel.objects.create(
            key=key,
            account_id=account,
            target=target,
            platform_kind="channel",
            languages=["kk"],
            district=district,
            **fields,
        )

    return make


@pytest.fixture
def channel(make_channel):
    return make_channel()


@pytest.fixture
def make_post(district):
    def make(body="**Абайлаңыз!** {hotline}", languages=("kk",), **fields):
        fields = {"status": Status.APPROVED, "title": "Ескерту", "author_name": "Айгүл", **fields}
        post = Post.objects.create(kind=Kind.SCAM_WARNING, district=district, **fields)
        for language in languages:
            Version.objects.create(post=post, language=language, body=body)
        post.approved_digest = digest_of(post)
        post.save()
        return post

    return make


@pytest.fixture
def make_delivery(make_post, channel):
    def make(on=None, late_s=1, **fields):
        fields = {"due_at": timezone.now() - timedelta(seconds=late_s), "language": "kk", **fields}
        return Delivery.objects.create(post=fields.pop("post", None) or make_post(), channel=on or channel, **fields)

    return make
