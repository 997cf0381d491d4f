from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from publisher.compose.models import Post, Status
from publisher.deliver.models import Channel, Delivery, Part, State

SENT = datetime(2026, 11, 24, 5, tzinfo=UTC)


@pytest.fixture
def telegram(district, accounts) -> Channel:
    return Channel.objects.create(
        key="tg", account_id="telegram-main", platform_kind="channel", target="-1001", title="Telegram channel",
        languages=["kk", "ru"], district=district,
    )  # fmt: skip


@pytest.fixture
def whatsapp(district, accounts) -> Channel:
    return Channel.objects.create(
        key="wa", account_id="whatsapp-main", platform_kind="group", target="group-7", title="WhatsApp group",
        languages=["kk"], district=district,
    )  # fmt: skip


@pytest.fixture
def make_post(district):
    def make_post(title: str = "Warning", **more: object) -> Post:
        fields = {"kind": "scam_warning", "status": Status.APPROVED, "author_name": "Aigul", **more}
        return Post.objects.create(title=title, district=district, **fields)

    return make_post


@pytest.fixture
def send(make_post):
    """A message that went out, as delivering leaves it, before anybody was told."""

    def send(channel: Channel, *ids: str, at: datetime = SENT, part: str = Part.MAIN, **more: object) -> Delivery:
        receipt = {"ids": list(ids or ("11",)), "url": "", "poll_id": more.pop("poll_id", "")}
        fields = {"language": "kk", "due_at": at, "state": State.SENT, **more}
        fields["post"] = fields.get("post") or make_post()
        return Delivery.objects.create(channel=channel, sent_at=at, receipt=receipt, part=part, **fields)

    return send


@pytest.fixture
def after():
    def after(**how_long: float) -> datetime:
        return SENT + timedelta(**how_long)

    return after
