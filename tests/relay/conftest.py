from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from publisher.compose.models import Post, Status, Version
from publisher.connectors.whatsapp_relay import WhatsAppRelaySettings
from publisher.deliver.models import Account, Channel, Delivery
from publisher.relay.models import Duty, Relay

DUE = datetime(2026, 11, 24, 5, tzinfo=UTC)
WORDS = "Абайлаңыз! Күмәндансаңыз, {hotline} нөміріне қоңырау шалыңыз."


@pytest.fixture
def relays(district):
    """Two people: the first is asked, the second stands in."""
    return [Relay.objects.create(name=name, district=district, language="kk") for name in ("Айгүл", "Ерлан")]


@pytest.fixture
def account(district, settings) -> Account:
    given = WhatsAppRelaySettings(type="whatsapp_relay", remind_after=20, deputy_after=45, give_up_after=180)
    accounts = {**settings.CONFIG.accounts, "by-people": given}
    settings.CONFIG = settings.CONFIG.model_copy(update={"accounts": accounts})
    return Account.objects.create(key="by-people", type="whatsapp_relay")


@pytest.fixture
def group(account, district, relays) -> Channel:
    channel = Channel.objects.create(
        key="smirnovo",
        account=account,
        platform_kind="group",
        target="Смирново",
        title="Смирново тұрғындары",
        languages=["kk"],
        district=district,
    )
    for place, relay in enumerate(relays):
        Duty.objects.create(channel=channel, relay=relay, place=place)
    return channel


@pytest.fixture
def make(group, district):
    """A delivery of an approved post, due at DUE."""

    def make(**more: object) -> Delivery:
        given = {"kind": "scam_warning", "status": Status.APPROVED, "author_name": "Сәуле"}
        post = Post.objects.create(title="Қоңырау шалған «тергеуші»", district=district, **given)
        Version.objects.create(post=post, language="kk", body=WORDS)
        fields = {"language": "kk", "due_at": DUE, **more}
        row = Delivery.objects.create(post=post, channel=group, **fields)
        Delivery.objects.filter(pk=row.pk).update(created_at=DUE - timedelta(hours=1))
        row.refresh_from_db()
        return row

    return make


@pytest.fixture
def at():
    """Minutes after DUE."""
    return lambda minutes: DUE + timedelta(minutes=minutes)
